"""Traces: what an experiment measured, as columns over named axes with the instances as the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from verify.errors import StatementError


@dataclass(frozen=True)
class Column:
    """One measured quantity.

    `values` has the instances first, then one dimension for each axis in `over`, in that order; its dtype is float64 (measured), or
    object holding `fractions.Fraction` (exact) or `flint.arb` (balls). NaN, or None in an object array, means "not measured".

    `error` is the error of evaluating at the computed state, `flow_error` the distance of the computed state's value from
    the true trajectory's, both absolute, on the recorded scale (on log x where `log` is set). `rate` is the derivative of the
    recorded value along the trace's clock, from the right-hand side. `state` is False for times and path integrals.
    """

    values: np.ndarray
    over: tuple[str, ...] = ()
    log: bool = False
    error: np.ndarray | float = 0.0
    flow_error: np.ndarray | float = 0.0
    rate: np.ndarray | None = None
    rate_error: np.ndarray | float = 0.0
    state: bool = True

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if values.dtype != object:
            values = values.astype(np.float64, copy=False)
        object.__setattr__(self, "values", values)
        if values.ndim != 1 + len(self.over):
            raise StatementError(
                f"a column over {self.over or 'no axis'} needs {1 + len(self.over)} dimensions (instances first), and values of "
                f"shape {values.shape} were given"
            )

    def take(self, chosen: np.ndarray) -> Column:
        """The column of the chosen instances (a boolean or integer index)."""
        size = len(self.values)

        def pick(array: Any) -> Any:
            return array if array is None or np.ndim(array) == 0 or len(array) != size else np.asarray(array)[chosen]

        return Column(
            self.values[chosen],
            self.over,
            self.log,
            pick(self.error),
            pick(self.flow_error),
            pick(self.rate),
            pick(self.rate_error),
            self.state,
        )


@dataclass(frozen=True)
class Trace:
    """The measurements of one experiment on a batch of instances.

    `columns` maps the names of quantities to columns; `masks` maps an axis to a boolean array (instances, length) of entries that
    exist, for ragged axes; `status` has one string for each instance, empty or the sentence that says why it failed.
    """

    columns: Mapping[str, Column]
    status: Sequence[str]
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    device: str = "cpu"
    notes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths: dict[str, int] = {}
        for name, column in self.columns.items():
            if len(column.values) != len(self.status):
                raise StatementError(
                    f"the column {name!r} has {len(column.values)} instances, and the trace has {len(self.status)}; make them agree"
                )
            for axis, length in zip(column.over, column.values.shape[1:], strict=True):
                if lengths.setdefault(axis, length) != length:
                    raise StatementError(
                        f"the column {name!r} has {length} entries along {axis!r}, and another has {lengths[axis]}; make them agree"
                    )
        object.__setattr__(self, "_lengths", lengths)

    @property
    def size(self) -> int:
        """The number of instances."""
        return len(self.status)

    @property
    def lengths(self) -> dict[str, int]:
        """The number of entries along each axis."""
        return dict(self._lengths)  # type: ignore[attr-defined]

    def take(self, chosen: np.ndarray) -> Trace:
        """The trace of the chosen instances (a boolean or integer index)."""
        kept = np.arange(self.size)[chosen]
        return Trace(
            {name: column.take(kept) for name, column in self.columns.items()},
            [str(self.status[i]) for i in kept],
            {axis: mask[kept] for axis, mask in self.masks.items()},
            self.device,
            self.notes,
        )

    def joined(self, other: Trace) -> Trace:
        """Both traces' columns on the same instances; a column that both hold is taken from this one."""
        status = [mine or theirs for mine, theirs in zip(self.status, other.status, strict=True)]
        return Trace(
            {**other.columns, **self.columns},
            status,
            {**other.masks, **self.masks},
            self.device,
            {**other.notes, **self.notes},
        )


def padded(entries: Sequence[Sequence[Any]]) -> tuple[np.ndarray, np.ndarray]:
    """Values along a ragged axis, one sequence an instance, as an array (instances, longest), and its mask.

    Floats are padded with NaN; exact entries (`Fraction`) and balls (`arb`) stay what they are, and are padded with None.
    """
    longest = max((len(entry) for entry in entries), default=0)
    mask = np.array([[k < len(entry) for k in range(longest)] for entry in entries], dtype=bool).reshape(
        len(entries), longest
    )
    rigorous = all(isinstance(value, (Fraction, int, arb)) for entry in entries for value in entry)
    values = np.full(mask.shape, None if rigorous else np.nan, dtype=object if rigorous else np.float64)
    for row, entry in zip(values, entries, strict=True):
        row[: len(entry)] = list(entry)
    return values, mask
