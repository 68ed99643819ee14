"""The one way in which a relation is proved: left - right, written so that its sign can be read off.

The certificate of an identity or an inequality is an expression, the `difference`. It is accepted when its normal form is
that of left - right and its sign, worked out by the rules below, is what the relation says: a sum of squares with positive
coefficients is seen to be >= 0, a product with a given equation as a factor to be 0. Besides the heads of the language it
may hold reasons, each with a value and a sign of its own:

    ["given", name, k]     left - right of the k-th relation that is given under this name; its sign is what that says
    ["tangent", x]         x - 1 - log(x) >= 0, for x > 0
    ["quadratic", Q, ...]  the quadratic form of a rational Q, which is checked to be positive semidefinite
    ["gap", bound, k]      how far an entry is from a bound on it (bounds.py)
    ["at", e, bound]       `e` where a bound is attained (bounds.py)
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from . import bounds
from .bounds import minus
from .expressions import Expression, Refused, number, validate
from .field import Field, Full
from .printing import brief
from .semidefinite import form, semidefinite
from .signs import ANY, NONNEGATIVE, POSITIVE, ZERO, Signs, plus, power, sign_of, times
from .statement import MEANS, Statement

SIZES = (24, 96, 384)  # generators of a field: one that is too small is tried first, for room costs time in factoring
ASSUMED = "assumed"  # the name of what the claim itself assumes at the point: "p implies q" proves q from p


def check(statement: Statement, given: dict[str, list[Expression]], goal: Expression, difference: Any) -> None:
    """Refuse, with a sentence, unless `difference` proves the relation `goal` from the unfolded relations in `given`."""
    unfolded = statement.unfold(validate(difference, statement.names() | {"g": given}, "r"))
    for size in SIZES:
        try:
            return Reasons(Field(statement, size), given).prove(goal, unfolded)
        except Full:
            continue
    raise Refused(f"the normal forms need more than {SIZES[-1]} generators")


class Reasons:
    """Expressions with reasons in one field, once it has learned what is given: `plain` is their value, `sign` their sign."""

    def __init__(self, field: Field, given: dict[str, list[Expression]]) -> None:
        self.field, self.given = field, given
        for local in (False, True):
            facts = [p for name, ps in given.items() for p in ps if p[0] in MEANS and (name == ASSUMED) == local]
            while facts:  # a fact may need another one to be defined: log(log(1/loss)) > 0 needs loss < 1
                later = [p for p in facts if not self.learned(p, local)]
                facts = later if len(later) < len(facts) else []

    def learned(self, relation: Expression, local: bool) -> bool:
        try:
            self.field.learn(relation, local)
        except Refused:
            return False
        return True

    def prove(self, goal: Expression, difference: Expression) -> None:
        head, left, right = goal
        value = self.field.normal(self.plain(difference))
        if not (self.field.normal(minus(left, right)) + value * -1).num.is_zero():
            raise Refused(f"what the certificate holds is not left - right of {brief(goal)}")
        sign = self.sign(difference)
        if not sign or not sign <= MEANS[head]:
            raise Refused(f"what the certificate holds is not seen to have the sign that {brief(goal)} needs")

    def relation(self, name: str, k: str = "0") -> Expression:
        """The k-th relation that is given under a name."""
        if int(k) >= len(self.given[name]) or self.given[name][int(k)][0] not in MEANS:
            raise Refused(f"{name} gives no relation number {k}")
        return self.given[name][int(k)]

    def plain(self, e: Expression) -> Expression:
        """The value of `e` as an expression without reasons."""
        if isinstance(e, str) or e[0] in ("var", "oo"):
            return e
        head, *args = e
        if head == "given":
            return minus(*self.relation(*args)[1:])
        args = [self.plain(a) if isinstance(a, list) and not isinstance(a[0], list) else a for a in args]  # no matrix
        match head:
            case "tangent":
                return minus(minus(args[0], "1"), ["log", args[0]])
            case "quadratic":
                return form(args[0], args[1:])
            case "gap":
                return bounds.gap(args)
            case "at":
                return bounds.at(self.field, *args)
        return [head, *args]

    def sign(self, e: Expression) -> Signs:
        """The signs that `e` may have: by its shape, and where that leaves all three open, by its normal form."""
        if isinstance(e, str):
            return sign_of(number(e))
        found = self.shape(*e)
        return found if found != ANY else self.field.sign(self.field.normal(self.plain(e)))

    def shape(self, head: str, *args: Any) -> Signs:
        match head:
            case "given" if args[0] == ASSUMED and self.field.depth:
                return ANY  # what is assumed at the point says nothing about the others that a total runs over
            case "given":
                return frozenset(MEANS[self.relation(*args)[0]])
            case "tangent":
                return NONNEGATIVE
            case "quadratic":
                return NONNEGATIVE if semidefinite([[number(c) for c in row] for row in args[0]]) else ANY
            case "exp":
                return POSITIVE
            case "add":
                return reduce(plus, map(self.sign, args))
            case "mul":
                return reduce(times, map(self.sign, args))
            case "pow" if isinstance(args[1], str) and number(args[1]).q == 1:
                return power(self.sign(args[0]), int(number(args[1]).p))
            case "pow" if (
                isinstance(args[1], str) and number(args[1]) > 0
            ):  # the field has seen that no base is negative
                return self.sign(args[0]) & NONNEGATIVE
            case "pow":
                return POSITIVE
            case "abs":
                return power(self.sign(args[0]), 2)
            case "min" | "max":
                return frozenset().union(*map(self.sign, args))
            case "gap":
                return bounds.gap_sign(self, args[0])
            case "total" | "least" | "largest" | "at" | "rate":
                with self.field.everywhere():
                    found = self.sign(args[0])
                return plus(found, found) if head == "total" else found if head != "rate" or found == ZERO else ANY
        return ANY
