"""Two-class data with exact entries: real data that ship with scikit-learn, and the form in which a user's own are
held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from verify.models.network import Examples

_SPECIES = ("setosa", "versicolor", "virginica")


@dataclass(frozen=True)
class TwoClasses:
    """Examples of two classes, exactly."""

    name: str

    inputs: np.ndarray
    """x_n, (N, D), an object array of `Fraction`."""

    labels: np.ndarray
    """y_n, (N,), integers +1 and -1."""

    classes: tuple[str, str]
    """What the labels -1 and +1 stand for."""

    features: tuple[str, ...]
    """The D features' names."""

    scaling: str
    """How the entries relate to what was recorded, as a sentence for a report."""

    @property
    def signed(self) -> np.ndarray:
        """z_n = y_n x_n, (N, D), an object array of `Fraction`."""
        return self.labels[:, None] * self.inputs

    @cached_property
    def examples(self) -> Examples:
        """The nearest float64 inputs, and the labels."""
        return Examples(self.inputs.astype(float), self.labels.astype(float))

    def with_constant(self) -> TwoClasses:
        """With a feature that is 1 everywhere, which makes a separating hyperplane through the origin one with an
        offset."""
        ones = np.full((len(self.inputs), 1), Fraction(1), dtype=object)
        return replace(
            self,
            inputs=np.concatenate([self.inputs, ones], axis=1),
            features=(*self.features, "constant"),
            scaling=f"{self.scaling} A constant feature 1 is appended, since the rows are not separable by a hyperplane through the origin.",
        )


def digits(positive: int, negative: int) -> TwoClasses:
    """Handwritten digits (8 x 8 pixels, scikit-learn's `load_digits`; UCI, Alpaydin and Kaynak 1998) of two of the ten
    classes.

    Intensities 0, ..., 16 are divided by 16, which keeps them exact in float64 and norms of order one; pixels that are
    zero everywhere stay, since a feature that is constantly zero changes neither the flow from 0 nor the margin.
    """
    from sklearn.datasets import load_digits

    pixels, target = load_digits(return_X_y=True)
    chosen = np.isin(target, (positive, negative))
    return TwoClasses(
        name=f"digits-{positive}-{negative}",
        inputs=_exact(np.asarray(pixels)[chosen], lambda value: Fraction(int(value), 16)),
        labels=np.where(target[chosen] == positive, 1, -1),
        classes=(f"digit {negative}", f"digit {positive}"),
        features=tuple(f"pixel {row},{column}" for row in range(8) for column in range(8)),
        scaling="Pixel intensities 0..16 divided by 16; no constant feature.",
    )


def iris(positive: str = "setosa") -> TwoClasses:
    """Fisher's irises (scikit-learn's `load_iris`; Fisher 1936): one species against the other two, in centimetres as
    recorded.

    Decimals are exact: 5.1 is 51/10. Setosa is separable from the rest by a hyperplane through the origin; the other
    two are not.
    """
    from sklearn.datasets import load_iris

    if positive not in _SPECIES:
        raise ValueError(f"{positive!r} is none of the species {', '.join(_SPECIES)}; name one of them")
    centimetres, target = load_iris(return_X_y=True)
    return TwoClasses(
        name=f"iris-{positive}",
        inputs=_exact(np.asarray(centimetres), lambda value: Fraction(Decimal(repr(float(value))))),
        labels=np.where(target == _SPECIES.index(positive), 1, -1),
        classes=("the other species", positive),
        features=("sepal length", "sepal width", "petal length", "petal width"),
        scaling="Centimetres as recorded; no constant feature.",
    )


def _exact(array: np.ndarray, convert: Callable[[Any], Fraction]) -> np.ndarray:
    exact = np.empty(array.shape, dtype=object)
    exact[:] = [[convert(value) for value in row] for row in array]
    return exact
