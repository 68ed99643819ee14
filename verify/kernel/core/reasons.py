"""Identities, sums of squares and other inequalities: left - right, written so that its sign can be read off.

The certificate is an expression, the `difference`, whose normal form is that of left - right and whose sign, by the rules
below, is what the relation says: a sum of squares with positive coefficients is seen to be >= 0, a product with a given
equation as a factor to be 0. It may hold reasons, with a value and a sign of their own; extensions.py lists more:
    ["given", name, k]     left - right of the k-th relation that is given under this name; its sign is what that says
    ["quadratic", Q, ...]  the quadratic form of a rational Q, which is checked to be positive semidefinite
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from .. import extensions
from ..budget import bounded
from ..goals import ASSUMED
from ..refusals import Refused, brief
from .expressions import Expression, minus, number, replace
from .field import Field
from .semidefinite import form, semidefinite
from .signs import ANY, MEANS, NONNEGATIVE, POSITIVE, Signs, plus, power, sign_of, times


class Reasons:
    """Expressions with reasons in one field, and what is given: `plain` is their value, `sign` their sign."""

    def __init__(self, field: Field, given: dict[str, list[Expression]]) -> None:
        self.field, self.given = field, given

    def prove(self, goal: Expression, difference: Expression) -> None:
        """Refuse unless `difference` is left - right of the relation `goal`, and of the sign that it needs."""
        head, left, right = goal
        value = bounded(self.plain(difference))
        if not self.field.normal(minus(minus(left, right), value)).num.is_zero():
            raise Refused(f"what the certificate holds is not left - right of {brief(goal)}")
        if not (sign := self.sign(difference)) or not sign <= MEANS[head]:
            raise Refused(f"what the certificate holds is not seen to have the sign that {brief(goal)} needs")

    def relation(self, name: str, k: str = "0") -> Expression:
        """The k-th relation that is given under a name."""
        relations = self.given[name]
        if int(k) >= len(relations) or relations[int(k)][0] not in MEANS:
            raise Refused(f"{name} gives no relation number {k}")
        return relations[int(k)]

    def plain(self, e: Expression) -> Expression:
        """The value of `e` as an expression without reasons."""

        def new(e: list[Any]) -> Expression | None:
            head, *args = e
            if head == "given":
                return minus(*self.relation(*args)[1:])
            if head == "quadratic":
                return form(args[0], [self.plain(x) for x in args[1:]])
            return extensions.PLAIN[head](self, *args) if head in extensions.PLAIN else None

        return replace(e, new)

    def sign(self, e: Expression) -> Signs:
        """The signs that `e` may have: by its shape, and where that leaves all three open, by its normal form."""
        if isinstance(e, str):
            return sign_of(number(e))
        found = self.shape(*e)
        return found if found != ANY else self.field.sign(self.field.normal(self.plain(e)))

    def shape(self, head: str, *args: Any) -> Signs:
        """The signs that an expression may have by its head and its arguments."""
        match head:
            case "given" if args[0] != ASSUMED or self.field.facts.maps[1:]:  # at the point
                return frozenset(MEANS[self.relation(*args)[0]])
            case "quadratic" if semidefinite([[number(c) for c in row] for row in args[0]]):
                return NONNEGATIVE
            case "add" | "mul":
                return reduce(plus if head == "add" else times, map(self.sign, args))
            case "exp":
                return POSITIVE
            case "pow" if isinstance(args[1], str):  # of any other exponent the normal form knows more
                c = number(args[1])
                if c.q == 1:
                    return power(self.sign(args[0]), int(c.p))
                return self.sign(args[0]) & NONNEGATIVE if c > 0 else POSITIVE
        return extensions.SIGN[head](self, *args) if head in extensions.SIGN else ANY
