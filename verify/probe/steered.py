"""A family as a space: its generator is replaced by a draw, so that the numbers it asks for become coordinates.

The box is that of the family's own draws, and, where `widened` is 10, that box tenfold about its middle. What the family derives from
its draws stays derived from them. Only reals are widened: integers count and index.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from verify.probe.draw import Draw, Rejected

REACH = 4.0
"""A normal draw's box: four scales to each side."""

MOST_DRAWS = 10_000
"""A family that asks for more is drawing again and again, since nothing pleases its own filter."""


class SteeredGenerator:
    """The part of `numpy.random.Generator` that families use, with every number taken from a draw.

    A method that is not steered is served by a generator of its own, seeded by one coordinate: reproducible, and not searched.
    """

    def __init__(self, draw: Draw, widen: float):
        self._draw = draw
        self._widen = widen
        self._count = 0

    def _name(self, kind: str) -> str:
        self._count += 1
        if self._count > MOST_DRAWS:
            raise Rejected(f"the family drew {MOST_DRAWS} times without coming to an end")
        return f"{kind}{self._count}"

    def _reals(self, low: Any, high: Any, size: Any) -> Any:
        if np.ndim(low) or np.ndim(high):
            shape = np.broadcast_shapes(np.shape(low), np.shape(high)) if size is None else size
            return np.asarray(low) + self._reals(0.0, 1.0, shape) * (np.asarray(high) - np.asarray(low))
        middle, half = (low + high) / 2, abs(high - low) / 2 * self._widen
        return self._draw.reals(self._name("uniform"), middle - half, middle + half, () if size is None else size)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        """As NumPy's."""
        return self._reals(low, high, size)

    def random(self, size: Any = None) -> Any:
        """As NumPy's; never widened, since it stands for probabilities."""
        return self._draw.reals(self._name("random"), 0.0, 1.0, () if size is None else size)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        """As NumPy's, cut off at `REACH` scales."""
        shape = np.broadcast_shapes(np.shape(loc), np.shape(scale)) if size is None else size
        name = self._name("normal")
        return np.asarray(loc) + np.asarray(scale) * self._draw.normal(name, 0.0, 1.0, REACH * self._widen, shape)

    def standard_normal(self, size: Any = None) -> Any:
        """As NumPy's, cut off at `REACH` scales."""
        return self.normal(size=size)

    def integers(self, low: Any, high: Any = None, size: Any = None, dtype: Any = None, endpoint: bool = False) -> Any:
        """As NumPy's; never widened."""
        low, high = (0, low) if high is None else (low, high)
        shape = np.broadcast_shapes(np.shape(low), np.shape(high)) if size is None else size
        bottom, top = np.broadcast_to(low, shape), np.broadcast_to(high, shape) - (0 if endpoint else 1)
        if shape == ():
            return self._draw.integer(self._name("integer"), int(bottom), int(top))
        if np.ptp(bottom) == 0 and np.ptp(top) == 0:
            values = self._draw.rationals(self._name("integers"), int(bottom.flat[0]), int(top.flat[0]), shape)
            return values.astype(int)
        each = [
            self._draw.rationals(self._name("integers"), int(a), int(b))
            for a, b in zip(bottom.flat, top.flat, strict=True)
        ]
        return np.array([int(value) for value in each]).reshape(shape)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or not hasattr(np.random.Generator, name):
            raise AttributeError(name)
        seed = self._draw.integer(self._name("seed"), 0, 2**31 - 1)
        return getattr(np.random.default_rng(seed), name)
