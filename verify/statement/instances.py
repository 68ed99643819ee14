"""Instances: the concrete objects on which a theorem is checked, held exactly wherever their data are exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Instance:
    """One instance: a label and named data (numbers, strings, float64 arrays, or object arrays of `Fraction`).

    Floats are dyadic rationals and integers are integers, so every instance has an exact rational form: `exact(name)`.
    """

    label: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", MappingProxyType(dict(self.data)))

    def __getitem__(self, name: str) -> Any:
        return self.data[name]

    def __reduce__(self) -> tuple[Any, ...]:
        return (Instance, (self.label, dict(self.data)))

    def get(self, name: str, default: Any = None) -> Any:
        """The datum of that name, or the default."""
        return self.data.get(name, default)

    def floats(self, name: str) -> np.ndarray:
        """The datum as a float64 array."""
        return np.asarray(self.data[name], dtype=np.float64)

    def exact(self, name: str) -> np.ndarray:
        """The datum as an object array of `Fraction`."""
        array = np.asarray(self.data[name])
        return np.array(
            [Fraction(v) if not isinstance(v, np.generic) else Fraction(v.item()) for v in array.flat], dtype=object
        ).reshape(array.shape)

    def as_json(self) -> dict[str, Any]:
        """The data with every number as a rational string "-3" or "2/7"."""
        return {name: rationals(value) for name, value in self.data.items()}


def rationals(value: Any) -> Any:
    """Numbers as strings in lowest terms, arrays as nested lists, strings as they are."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, np.ndarray):
        return [rationals(entry) for entry in value]
    if isinstance(value, (list, tuple)):
        return [rationals(entry) for entry in value]
    return str(Fraction(value.item() if isinstance(value, np.generic) else value))
