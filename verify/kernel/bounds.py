"""Reasons about bounds: an entry lies below what is largest, above what is least, and some entry attains it.

["gap", bound, k]   e - least(e), largest(e) - e, total(e) - e where e >= 0, a_k - min(a_0, ...), max(a_0, ...) - a_k,
                    abs(x) - x for k = 0 and abs(x) + x for k = 1: none of them is negative
["at", e, bound]    `e` with x replaced by bound = ["least", x, axis] (or "largest"), provided that what is left depends
                    on the axis no more: the value of `e` where x is least, so it has whatever sign `e` has everywhere
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .expressions import Expression, Refused, replace
from .printing import brief
from .signs import ANY, NONNEGATIVE, Signs

if TYPE_CHECKING:
    from .field import Field
    from .reasons import Reasons


def gap(reason: list[Expression]) -> Expression:
    """How far an entry is from the bound, as an expression without reasons; of a few entries, the k-th."""
    bound, k = reason[0], int(reason[1]) if len(reason) > 1 else 0
    head, *args = bound
    if head == "least" or (head == "min" and k < len(args)):
        return minus(args[k] if head == "min" else args[0], bound)
    if head in ("largest", "total") or (head == "max" and k < len(args)):
        return minus(bound, args[k] if head == "max" else args[0])
    if head == "abs" and k < 2:
        return minus(bound, ["mul", "-1" if k else "1", args[0]])
    raise Refused(f'there is no gap number {k} to "{head}"')


def gap_sign(reasons: Reasons, bound: Expression) -> Signs:
    """The sign of such a gap; that to a total only where none of the terms is negative."""
    if bound[0] != "total":
        return NONNEGATIVE
    with reasons.field.everywhere():
        return NONNEGATIVE if reasons.sign(bound[1]) <= NONNEGATIVE else ANY


def at(field: Field, e: Expression, bound: Expression) -> Expression:
    """`e` where the bound is attained. A rate is left alone: that of a least value is another thing."""
    if bound[0] not in ("least", "largest"):
        raise Refused('"at" needs a least or a largest value')
    _, x, axis = bound

    def new(e: list[Any]) -> Expression | None:
        return bound if e == x else e if e[0] == "rate" or axis in e[2:] else None

    found = replace(e, new)
    if axis in field.normal(found).over:
        raise Refused(f"{brief(found)} still depends on {axis}")
    return found


def minus(left: Expression, right: Expression) -> Expression:
    return ["add", left, ["mul", "-1", right]]
