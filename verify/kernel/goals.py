"""What is asked: the setting in which formulas are meant, and the relations that show a claim.

A quantity is a real function of its axes. A clock is an interval along which quantities are locally absolutely continuous,
and rates are meant almost everywhere. An index is a finite non-empty set. A formula is claimed at every point of every
instance; what is not shown to be defined there is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import axes, pointwise
from .budget import bounded
from .core.expressions import Expression, replace
from .core.signs import MEANS, Signs
from .refusals import Refused

ASSUMED = "assumed"  # the name of what the claim itself assumes at the point: "p implies q" proves q from p
NEGATION = {"eq": "ne", "ne": "eq", "le": "gt", "gt": "le", "lt": "ge", "ge": "lt"}


@dataclass(frozen=True)
class Quantity:
    kind: str
    over: tuple[str, ...]
    sign: Signs


@dataclass(frozen=True)
class Setting:
    """The symbols of a theorem, and what the defined ones stand for; `unfolded` holds no defined symbols any more."""

    theorem: str
    axes: dict[str, str] = field(default_factory=dict)
    ends: dict[str, Any] = field(default_factory=dict)
    quantities: dict[str, Quantity] = field(default_factory=dict)
    functions: dict[str, tuple[str, Expression]] = field(default_factory=dict)
    unfolded: dict[str, Expression] = field(default_factory=dict)

    def names(self) -> dict[str, Any]:
        """What may stand in an expression, by the letters of `expressions`."""
        return {"v": {*self.quantities, *self.unfolded}, "a": self.axes, "f": self.functions}

    def unfold(self, e: Expression) -> Expression:
        """`e` with definitions and functions of the setting replaced by what they stand for."""

        def new(e: list[Any]) -> Expression | None:
            if e[0] == "apply":
                return pointwise.applied(*self.functions[e[1]], self.unfold(e[2]))
            return self.unfolded.get(e[1]) if e[0] == "var" else None

        return bounded(replace(e, new))

    @property
    def clock(self) -> str | None:
        return next((name for name, kind in self.axes.items() if kind == "clock"), None)

    def conjuncts(self, p: Expression) -> list[Expression]:
        """The formulas that hold at every point where `p` is given; a rate where it says that something nondecreases."""
        if p[0] in ("always", "and"):
            return [q for part in (p[1:] if p[0] == "and" else p[1:2]) for q in self.conjuncts(part)]
        if p[0] == "nondecreasing" and p[2] == self.clock and self.ends[p[2]] == "oo":
            return [axes.nondecreasing(*p[1:])]
        return [p]


def goals(p: Expression) -> list[tuple[list[Expression], Expression]]:
    """What is to be shown for `p`, one of the conjuncts: pairs of the relations assumed at the point, and a relation."""
    head, *parts = p
    if head in MEANS:
        return [([], p)]
    if head == "and":
        return [goal for part in parts for goal in goals(part)]
    if head == "not" and parts[0][0] in MEANS:
        return goals(negated(parts[0]))
    premises = parts[1:]  # of an alternative: the first one is proved from the negations of the others
    if head == "implies":
        premises = parts[0][1:] if parts[0][0] == "and" else parts[:1]
    if head in ("or", "implies") and all(q[0] in MEANS for q in premises):
        claim, assumed = (parts[0], [*map(negated, premises)]) if head == "or" else (parts[1], premises)
        return [(assumed + more, goal) for more, goal in goals(claim)]
    raise Refused(f'the kernel knows no proof of a claim with "{head}" in this place')


def negated(relation: Expression) -> Expression:
    return [NEGATION[relation[0]], *relation[1:]]
