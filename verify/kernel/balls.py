"""Values of expressions in ball arithmetic: each number is enclosed, and what is not finite is unknown.

python-flint's traps are kept out here: arb(0, 1)**2 is nan, comparisons with nan are False, and the quotient by a ball that
holds zero may be infinite rather than nan.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from flint import arb

from .expressions import Expression, Refused, number
from .printing import brief


class Unknown(Refused):
    """The enclosure is not finite, or too wide to decide."""


def value(e: Expression, values: Mapping[str, arb]) -> arb:
    """The enclosure of an unfolded expression, given those of its quantities, at the precision of flint's context."""
    if isinstance(e, str):
        return arb(number(e))
    head, *args = e
    if head == "var" and args[0] in values:
        return values[args[0]]
    if head not in OPERATIONS:
        raise Refused(f"{brief(e)} has no value at a point: the statement bounds no such quantity by numbers")
    if head == "pow" and isinstance(args[1], str) and number(args[1]).q == 1:
        found = integer_power(value(args[0], values), int(number(args[1]).p))
    else:
        found = OPERATIONS[head](*(value(a, values) for a in args))
    if not found.is_finite():
        raise Unknown(f"{brief(e)} has no finite enclosure")
    return found


def integer_power(x: arb, k: int) -> arb:
    """x**k by squaring, a square enclosed as a square and not as a product."""
    if abs(k) > 10_000:
        raise Refused("a power is too large for the kernel")
    if k < 0:
        return 1 / integer_power(x, -k)
    if k < 2:
        return x if k else arb(1)
    low, high = (half := integer_power(x, k // 2)).abs_lower(), half.abs_upper()
    square = (low * low).union(high * high)
    return square * x if k % 2 else square


OPERATIONS = {
    "add": lambda *xs: sum(xs, arb(0)),
    "mul": lambda *xs: reduce(arb.__mul__, xs),
    "pow": lambda x, y: (y * x.log()).exp(),
    "exp": arb.exp,
    "log": arb.log,
    "sin": arb.sin,
    "cos": arb.cos,
    "abs": lambda x: x.abs_lower().union(x.abs_upper()),
    "min": lambda *xs: reduce(arb.min, xs),
    "max": lambda *xs: reduce(arb.max, xs),
}


def certain(relation: Expression, values: Mapping[str, arb]) -> None:
    """Refuse unless the enclosures show that the relation holds; an equation only when both sides are exact."""
    head, left, right = relation
    x = value(["add", left, ["mul", "-1", right]], values)
    holds = {"gt": x > 0, "ge": x >= 0, "lt": x < 0, "le": x <= 0, "ne": x > 0 or x < 0, "eq": x == 0}
    if not holds[head]:
        raise Unknown(f"the enclosure {x.str(8)} of left - right does not show that {brief(relation)}")
