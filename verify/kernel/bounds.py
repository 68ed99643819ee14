"""Reasons about bounds: an entry lies below what is largest, above what is least, and some entry attains it.

["gap", bound, k]   e - least(e), largest(e) - e, total(e) - e where e >= 0, a_k - min(a_0, ...), max(a_0, ...) - a_k,
                    abs(x) - x for k = 0 and abs(x) + x for k = 1: none of them is negative
["at", e, bound]    `e` with x replaced by bound = ["least", x, axis] (or "largest"), provided that what is left depends
                    on the axis no more: the value of `e` where x is least, so it has whatever sign `e` has everywhere
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .axes import along
from .core.expressions import Expression, minus, replace
from .core.signs import ANY, NONNEGATIVE, Signs
from .indices import everywhere
from .refusals import Refused, brief

if TYPE_CHECKING:
    from .core.reasons import Reasons


def gap(reasons: Reasons, bound: Expression, position: str = "0") -> Expression:
    """How far an entry is from the bound; of a few entries, the one at the position."""
    head, *args = reasons.plain(bound)
    k, bound = int(position), [head, *args]
    if head == "least" or (head == "min" and k < len(args)):
        return minus(args[k] if head == "min" else args[0], bound)
    if head in ("largest", "total") or (head == "max" and k < len(args)):
        return minus(bound, args[k] if head == "max" else args[0])
    if head == "abs" and k < 2:
        return minus(bound, ["mul", "-1" if k else "1", args[0]])
    raise Refused(f'there is no gap number {k} to "{head}"')


def sign_of_gap(reasons: Reasons, bound: Expression, position: str = "0") -> Signs:
    """No gap is negative; that to a total only where none of the terms is."""
    if bound[0] != "total":
        return NONNEGATIVE
    with everywhere(reasons.field):
        return NONNEGATIVE if reasons.sign(bound[1]) <= NONNEGATIVE else ANY


def at(reasons: Reasons, e: Expression, bound: Expression) -> Expression:
    """`e` where the bound is attained.

    A rate is left alone: that of a least value is another thing. So is what binds an axis along which the bound varies: it
    is attained at different places there.
    """
    if bound[0] not in ("least", "largest"):
        raise Refused('"at" needs a least or a largest value')
    e, bound = reasons.plain(e), reasons.plain(bound)
    _, x, axis = bound
    varies = {axis, *along(reasons.field.normal(bound))}

    def new(e: list[Any]) -> Expression | None:
        binds = e[0] in ("total", "least", "largest") and e[2] in varies
        return bound if e == x else e if binds or e[0] == "rate" else None

    found = replace(e, new)
    if axis in along(reasons.field.normal(found)):
        raise Refused(f"{brief(found)} still depends on {axis}")
    return found


def sign_at(reasons: Reasons, e: Expression, bound: Expression) -> Signs:
    with everywhere(reasons.field):
        return reasons.sign(e)


PLAIN = {"gap": gap, "at": at}
SIGN = {"gap": sign_of_gap, "at": sign_at}
