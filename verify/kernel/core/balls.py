"""The sign of an expression at a point or over a box, in ball arithmetic: what is not finite is unknown.

python-flint's traps are kept out: arb(0, 1)**2 is nan, nan compares False, a quotient by what holds zero may be infinite.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from flint import arb

from .. import extensions
from ..refusals import Refused, Unknown, brief
from .expressions import Expression, minus, number
from .signs import MEANS


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
    """x**k from the exact ends of x, between which an odd power is monotone, and an even one in abs(x)."""
    if abs(k) > 10_000:
        raise Refused("a power is too large for the kernel")
    if k < 0:
        return 1 / integer_power(x, -k)
    low, high = (x.lower(), x.upper()) if k % 2 else (x.abs_lower(), x.abs_upper())
    return (low**k).union(high**k)


OPERATIONS = extensions.BALL | {
    "add": lambda *xs: sum(xs, arb(0)),
    "mul": lambda *xs: reduce(arb.__mul__, xs),
    "pow": lambda x, y: (y * x.log()).exp(),
    "exp": arb.exp,
    "log": arb.log,
}


def certain(relation: Expression, values: Mapping[str, arb]) -> None:
    """Refuse unless the enclosures show that the relation holds; an equation only when both sides are exact."""
    head, left, right = relation
    x = value(minus(left, right), values)
    excluded = {-1: x >= 0, 0: x > 0 or x < 0, 1: x <= 0}
    if not {sign for sign in excluded if not excluded[sign]} <= MEANS[head]:
        raise Unknown(f"the enclosure {x.str(8)} of left - right does not show that {brief(relation)}")
