"""`Draw`: named coordinates from which a space makes an instance; each is given by a point, or drawn at random.

A space is a function of a draw, as a family is one of a generator. Because every coordinate has a name, a kind and bounds, a point can
be replayed, moved, made smaller and written down exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import Any, Literal

import numpy as np

from verify.errors import BadInput

Kind = Literal["integer", "reals", "rationals"]


class Rejected(Exception):
    """The coordinates describe no element of the space, for the reason that the message gives."""


@dataclass(frozen=True)
class Coordinate:
    """One named entry of a point: an integer, reals in a box, or rationals on a grid.

    `values` is an object array of exact numbers (int or `Fraction`), or float64 while a search is under way; its shape is ()
    for one number. `denominator` belongs to the grid.
    """

    kind: Kind
    low: Fraction
    high: Fraction
    values: np.ndarray
    denominator: int = 1

    @property
    def exact(self) -> np.ndarray:
        """The values as `Fraction`; a float is the dyadic rational that it is."""
        return np.array([Fraction(value) for value in self.values.flat], dtype=object).reshape(self.values.shape)

    def at(self, values: Any) -> Coordinate:
        """The same coordinate with other values, moved into the bounds."""
        array = np.asarray(values)
        inside = np.array([min(max(value, self.low), self.high) for value in array.flat], dtype=array.dtype)
        return replace(self, values=inside.reshape(array.shape))


Point = Mapping[str, Coordinate]
"""All coordinates of one element of a space, in the order in which they were drawn."""


class Draw:
    """What a space draws its coordinates from.

    Args:
        given: a point; its coordinates are used where they fit.
        rng: draws the coordinates that are not given, or do not fit; None makes a misfit an error.
        fit: which index an array loses along an axis that has become one shorter.
    """

    def __init__(self, given: Point | None = None, rng: np.random.Generator | None = None, fit: int = -1):
        self.point: dict[str, Coordinate] = {}
        self._given = given or {}
        self._rng = rng
        self._fit = fit

    def integer(self, name: str, low: int, high: int) -> int:
        """An integer from low to high, both included: a count, a dimension, a width. Shrinking moves it towards low."""
        return int(self._coordinate("integer", name, low, high, (), 1).values[()])

    def reals(self, name: str, low: float, high: float, shape: int | Sequence[int] = ()) -> Any:
        """A float64 array of that shape with entries in [low, high], or one float. Shrinking makes them short rationals."""
        values = self._coordinate("reals", name, low, high, shape, 1).values.astype(np.float64)
        return values if values.ndim else float(values)

    def rationals(self, name: str, low: int, high: int, shape: int | Sequence[int] = (), denominator: int = 1) -> Any:
        """An object array of `Fraction` on the grid of multiples of 1/denominator in [low, high], or one of them."""
        values = self._coordinate("rationals", name, low, high, shape, denominator).exact
        return values if values.ndim else values[()]

    def normal(self, name: str, middle: float, scale: float, reach: float, shape: int | Sequence[int] = ()) -> Any:
        """Reals that a random draw takes from a normal law, cut off at `reach` scales from the middle."""
        low, high = middle - reach * scale, middle + reach * scale
        spread = (middle, scale * reach / 4)
        values = self._coordinate("reals", name, low, high, shape, 1, normal=spread).values.astype(np.float64)
        return values if values.ndim else float(values)

    def reject(self, why: str) -> None:
        """Say that these coordinates describe no element of the space.

        Raises:
            Rejected: always.
        """
        raise Rejected(why)

    def _coordinate(
        self, kind: Kind, name: str, low: Any, high: Any, shape: int | Sequence[int], denominator: int,
        normal: tuple[float, float] | None = None,
    ) -> Coordinate:  # fmt: skip
        if name in self.point:
            raise BadInput(f"a space draws {name!r} twice; give the second one another name")
        sizes = (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(int(size) for size in shape)
        empty = Coordinate(kind, Fraction(low), Fraction(high), np.zeros(sizes), denominator)
        if not empty.low <= empty.high:
            raise BadInput(f"the bounds of {name!r} are {low} and {high}; the first must not exceed the second")
        found = self._fitting(empty, name) if name in self._given else None
        if found is None:
            if self._rng is None:
                raise Rejected(f"the point has no {name!r} of shape {sizes} between {low} and {high}")
            found = replace(empty, values=_random(empty, self._rng, normal))
        self.point[name] = found
        return found

    def _fitting(self, empty: Coordinate, name: str) -> Coordinate | None:
        """The given values, cut down to the shape where an array has become smaller; None where they cannot be used."""
        given = self._given[name]
        values, wanted = given.values, empty.values.shape
        if values.ndim != len(wanted):
            return None
        if self._rng is not None:
            if given.kind != empty.kind:
                return None
            for axis, (old, new) in enumerate(zip(values.shape, wanted, strict=True)):
                if old == new + 1:
                    values = np.delete(values, self._fit % old, axis=axis)
                elif old > new:
                    values = np.take(values, np.arange(new), axis=axis)
        if values.shape != wanted:
            return None
        if self._rng is not None:
            return empty.at(values)
        inside = all(empty.low <= value <= empty.high and on_grid(empty, value) for value in values.flat)
        return replace(empty, values=values) if inside else None


def on_grid(coordinate: Coordinate, value: Any) -> bool:
    """Whether a value is one that the coordinate can take; reals can take every one within the bounds."""
    return coordinate.kind == "reals" or (Fraction(value) * coordinate.denominator).denominator == 1


def _random(empty: Coordinate, rng: np.random.Generator, normal: tuple[float, float] | None) -> np.ndarray:
    shape, low, high = empty.values.shape, empty.low, empty.high
    if empty.kind == "reals":
        if normal is None:
            return np.asarray(rng.uniform(float(low), float(high), size=shape))
        return np.clip(rng.normal(*normal, size=shape), float(low), float(high))
    q = empty.denominator
    steps = rng.integers(ceil(low * q), floor(high * q), size=shape, endpoint=True)
    return np.array([Fraction(int(step), q) for step in np.ravel(steps)], dtype=object).reshape(shape)


def unit(point: Point) -> np.ndarray:
    """The reals and rationals of a point as coordinates of the unit cube; integers are structure and stay out."""
    parts = [
        (c.values.astype(float).ravel() - float(c.low)) / max(float(c.high - c.low), 1e-300)
        for c in point.values()
        if c.kind != "integer"
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def moved(point: Point, cube: np.ndarray) -> dict[str, Coordinate]:
    """The point whose reals and rationals have these coordinates of the unit cube; rationals go to the nearest of their grid."""
    found, start = {}, 0
    for name, c in point.items():
        if c.kind == "integer":
            found[name] = c
            continue
        shape = c.values.shape
        count = int(np.prod(shape, dtype=int))
        values = float(c.low) + np.clip(cube[start : start + count], 0, 1) * float(c.high - c.low)
        start += count
        if c.kind == "rationals":
            exact = [Fraction(round(value * c.denominator), c.denominator) for value in values]
            found[name] = c.at(np.array(exact, dtype=object).reshape(shape))
        else:
            found[name] = c.at(values.reshape(shape))
    return found
