"""The audit as text, for a reader: what each theorem declares, each goal, and what its conclusions stand on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .core.printing import show
from .refusals import Refused
from .standing import standing
from .statement import SIGNS, Statement

if TYPE_CHECKING:
    from .audit import Outcome


def lines(report: Any, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The audit as text: what each theorem declares, each goal with its outcome, what conclusions stand on, the counts."""
    for theorem, block in report["statements"].items():
        try:
            statement = Statement.read(theorem, block)
        except Refused:
            continue
        yield from declared(statement)
        for o in outcomes:
            if o.theorem == theorem:
                yield f"  {o.status:<8} {o.kind} {o.name}: {o.goal}" + (
                    f"\n           {o.sentence}" if o.sentence else ""
                )
        for name, formula in statement.conclusions.items():
            yield f"  {name}: {show(formula)}\n           {standing(statement, outcomes, name)}"
    for o in outcomes:
        if o.kind == "statement" or o.theorem not in report["statements"]:
            yield f"refused  {o.kind} {o.name} of {o.theorem}: {o.sentence}"
    statuses = ("accepted", "refused", "cited", "cas", "withheld")
    yield ", ".join(f"{sum(o.status == status for o in outcomes)} {status}" for status in statuses)


def declared(statement: Statement) -> Iterator[str]:
    """What the goals of a theorem build on: signs, functions, definitions, relations and hypotheses."""
    yield statement.theorem
    for sign in ("positive", "nonnegative"):
        names = ", ".join(name for name, quantity in statement.quantities.items() if quantity.sign == SIGNS[sign])
        yield from [f"  {sign}: {names}"] if names else []
    for name, (bound, value) in statement.functions.items():
        yield f"  {name}({bound}) := {show(value)}"
    for name, value in statement.definitions.items():
        yield f"  {name} := {show(value)}"
    for name, formula in statement.formulas.items():
        if name not in statement.steps:
            role = "hypothesis" if name in statement.hypotheses else "relation"
            yield f"  {role} {name}: {show(formula) if formula is not None else '(in words)'}"
