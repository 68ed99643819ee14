"""The kinds of certificate that the kernel knows, each with what checks it: by refusing, with a sentence, or returning.

RELATIONS prove one relation from what is given; CLAIMS the whole claim of a step; REFERENCES say in words what the numbers
of one instance prove about a reference problem of that kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import enclosure, programmes, trace_minimum, trapping, two_layer, weak_order
from .core.expressions import Expression
from .difference import check_difference
from .goals import ASSUMED, goals
from .refusals import Refused, entry, items
from .statement import Statement

Given = dict[str, list[Expression]]
Relation = Callable[[Statement, Given, Expression, dict[str, Any]], None]


RELATIONS: dict[str, Relation] = {
    "identity": check_difference,
    "inequality": check_difference,
    "enclosure": enclosure.check_box,
}
CLAIMS: dict[str, Callable[[Statement, str, dict[str, Any]], None]] = {
    "trapping": trapping.check,
    "weak-order": weak_order.check,
}
REFERENCES: dict[str, Callable[[dict[str, Any], Any, Any], str]] = {
    "qp": programmes.check_instance,
    "lp": programmes.check_instance,
    "trace-minimum": trace_minimum.check_instance,
    "two-layer": two_layer.check_optimum,
}


def asked(statement: Statement, name: str) -> list[tuple[Given, Expression]]:
    """The relations that a step has to prove, each with the unfolded relations from which it may be proved."""
    step = statement.steps[name]
    formulas = {g: statement.formulas[g] for g in step.given if statement.formulas[g] is not None}  # None: in words
    given = {g: statement.conjuncts(statement.unfold(formula)) for g, formula in formulas.items()}
    parts = [goal for part in statement.conjuncts(statement.unfold(step.claim)) for goal in goals(part)]
    return [({**given, ASSUMED: assumed}, goal) for assumed, goal in parts]


def check_step(statement: Statement, name: str, certificate: Any) -> None:
    """Refuse, with a sentence, unless the certificate proves the claim of the step from what the step is given."""
    kind = entry(certificate, "kind", str, "the certificate of a step")
    if kind in CLAIMS:
        return CLAIMS[kind](statement, name, certificate)
    wanted = asked(statement, name)
    parts = items(certificate.get("parts"), "the parts of a certificate") if kind == "all" else [certificate]
    if len(parts) != len(wanted):
        raise Refused(f"the claim has {len(wanted)} relations to prove, the certificate {len(parts)} proofs")
    for (given, goal), part in zip(wanted, parts, strict=True):
        kind = entry(part, "kind", str, "a certificate")
        if kind not in RELATIONS:
            raise Refused(f"the kernel knows no certificate of this kind: it knows {', '.join((*RELATIONS, *CLAIMS))}")
        RELATIONS[kind](statement, given, goal, part)
