"""Two-class data with exact entries: real data that ship with scikit-learn, and the form in which a user's own are
held."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from verify.models.network import Examples

_SPECIES = ("setosa", "versicolor", "virginica")
_SIXTEENTHS = np.array([Fraction(k, 16) for k in range(17)], dtype=object)


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
        signed, negative = self.inputs.copy(), self.labels < 0
        signed[negative] = -signed[negative]
        return signed

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
    table = _recorded("digits.csv.gz").astype(int)
    pixels, target = table[:, :-1], table[:, -1]
    chosen = np.isin(target, (positive, negative))
    return TwoClasses(
        name=f"digits-{positive}-{negative}",
        inputs=_SIXTEENTHS[pixels[chosen]],
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
    if positive not in _SPECIES:
        raise ValueError(f"{positive!r} is none of the species {', '.join(_SPECIES)}; name one of them")
    table = _recorded("iris.csv")[1:]  # below the line that names the species
    centimetres, target = table[:, :-1], table[:, -1].astype(int)
    return TwoClasses(
        name=f"iris-{positive}",
        inputs=np.vectorize(Fraction, otypes=[object])(centimetres),
        labels=np.where(target == _SPECIES.index(positive), 1, -1),
        classes=("the other species", positive),
        features=("sepal length", "sepal width", "petal length", "petal width"),
        scaling="Centimetres as recorded; no constant feature.",
    )


@cache
def _recorded(name: str) -> np.ndarray:
    """The fields of one of scikit-learn's files as text, row by row; read as a file, since its package takes a second to import."""
    package = find_spec("sklearn")
    assert package is not None and package.submodule_search_locations, "scikit-learn is a dependency"
    content = (Path(package.submodule_search_locations[0]) / "datasets" / "data" / name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
    return np.array([line.split(",") for line in text.splitlines()])
