"""The instances of a family: drawn from a generator of their own, with whatever columns they already carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from verify.errors import BadInput
from verify.evidence.trace import Column, Trace
from verify.statement.instances import Instance
from verify.statement.theorem import Theorem


@dataclass(frozen=True)
class Sample:
    """Instances, and the trace of what is known of them without any experiment."""

    instances: tuple[Instance, ...]
    given: Trace


def sample(theorem: Theorem, family: str, drawn: Any) -> Sample:
    """What a family function returned, as a sample.

    A list of instances gives the parameters that all of them carry as numbers. A dict of columns, named like quantities, is
    the trace already: each array has the instances first, then the quantity's axes in the order of its `over`; an array
    without the first dimension is the same for every instance. Integers and Fractions are exact, floats are measured.

    Raises:
        BadInput: anything else.
    """
    if isinstance(drawn, Mapping):
        return _from_columns(theorem, family, drawn)
    if not isinstance(drawn, Sequence) or not all(isinstance(each, Instance) for each in drawn):
        raise BadInput(
            f"the family {family!r} returned {_named(drawn)}; return a list of Instance, or a dict of arrays named like quantities"
        )
    instances = tuple(drawn)
    columns = {}
    for name, quantity in theorem.quantities.items():
        values = [instance.get(name) for instance in instances]
        if not quantity.over and values and all(_is_number(value) for value in values):
            columns[name] = Column(np.array([_exact(value) for value in values], dtype=object), log=False)
    return Sample(instances, Trace(columns, [""] * len(instances)))


def _from_columns(theorem: Theorem, family: str, drawn: Mapping[str, Any]) -> Sample:
    columns = {}
    for name, given in drawn.items():
        if name not in theorem.quantities:
            known = (
                "a definition, which is evaluated; return the quantities it is made of"
                if name in theorem.definitions
                else "no quantity"
            )
            raise BadInput(
                f"the family {family!r} returned the column {name!r}, which is {known} (the quantities are {', '.join(theorem.quantities)})"
            )
        columns[name] = given if isinstance(given, Column) else _column(theorem, family, name, given)
    size = max((len(column.values) for column in columns.values()), default=0)
    shared = {name: _repeated(column, size) for name, column in columns.items()}
    trace = Trace(shared, [""] * size)
    check_axes(theorem, trace, f"the family {family!r}")
    rows = [{name: column.values[i] for name, column in trace.columns.items()} for i in range(size)]
    return Sample(tuple(Instance(f"{family}-{i}", row) for i, row in enumerate(rows)), trace)


def _column(theorem: Theorem, family: str, name: str, given: Any) -> Column:
    quantity = theorem.quantities[name]
    values = np.asarray(given)
    if values.dtype.kind in "iub" or (values.dtype == object and all(isinstance(value, int) for value in values.flat)):
        values = np.array([Fraction(int(value)) for value in values.flat], dtype=object).reshape(values.shape)
    if values.dtype.kind not in "fO":
        raise BadInput(f"the family {family!r} returned {name!r} as {_named(given)}; return numbers")
    if values.ndim == len(quantity.over):
        values = values[np.newaxis]
    if values.ndim != 1 + len(quantity.over):
        axes = ", ".join(("instances", *quantity.over))
        raise BadInput(
            f"the family {family!r} returned {name!r} with shape {values.shape}; its dimensions are ({axes})"
        )
    return Column(values, quantity.over, quantity.log)


def _repeated(column: Column, size: int) -> Column:
    return column.take(np.zeros(size, dtype=int)) if len(column.values) == 1 < size else column


def check_axes(theorem: Theorem, trace: Trace, who: str) -> None:
    """Refuse a column whose axes are not those of its quantity: a formula over the clock must not be decided at one row."""
    for name, column in trace.columns.items():
        if name in theorem.quantities and set(column.over) != set(theorem.over(name)):
            raise BadInput(
                f"{who} returned {name!r} over {_axes(column.over)}, and it is declared over {_axes(theorem.over(name))}"
            )


def _axes(names: Sequence[str]) -> str:
    return f"({', '.join(names)})" if names else "no axis"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Fraction, np.number)) and not isinstance(value, bool)


def _exact(value: Any) -> Fraction:
    return Fraction(value.item() if isinstance(value, np.generic) else value)


def _named(given: Any) -> str:
    return f"{type(given).__name__} {given!r:.60}"
