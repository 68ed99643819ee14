"""Values and rates of expressions at a point in ball arithmetic: short power series along the clock.

The rules of calculus are flint's own here, so that the algebra of the kernel's normal forms has something independent to
agree with. python-flint's traps: a zero series times nan is zero, so every intermediate value must be finite; and a
coefficient beyond the precision of a series reads as zero, so the precision is looked at first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from flint import arb, arb_series, fmpq

from verify.kernel.core.expressions import number
from verify.kernel.refusals import brief

Expression = Any


class Undefined(Exception):
    """The expression has no finite enclosure at this point."""


@dataclass(frozen=True)
class Point:
    """values: for each quantity a series, or nested lists of them over its index axes; axes: which those are; sizes: how long."""

    values: Mapping[str, Any]
    axes: Mapping[str, list[str]]
    sizes: Mapping[str, int]

    def value(self, e: Expression, where: Mapping[str, int]) -> arb_series:
        """The enclosure of an unfolded expression, at these places of the index axes.

        Raises:
            Undefined: a logarithm, a quotient or a rate is not finite there.
        """
        try:
            found = self._value(e, where)
        except (ZeroDivisionError, ValueError, OverflowError):
            raise Undefined(brief(e)) from None
        if found.prec < 1 or not found[0].is_finite():
            raise Undefined(brief(e))
        return found

    def _value(self, e: Expression, where: Mapping[str, int]) -> arb_series:
        if isinstance(e, str):
            return arb_series([arb(number(e))], 3)
        head, *args = e
        if head == "var":
            return reduce(lambda found, axis: found[where[axis]], self.axes[args[0]], self.values[args[0]])
        if head in ("total", "least", "largest"):
            entries = [self.value(args[0], {**where, args[1]: i}) for i in range(self.sizes[args[1]])]
            return reduce(arb_series.__add__, entries) if head == "total" else extreme(entries, head == "least")
        values = [self.value(a, where) for a in args]
        match head:
            case "add":
                return reduce(arb_series.__add__, values)
            case "mul":
                return reduce(arb_series.__mul__, values)
            case "pow":
                whole = number(args[1]) if isinstance(args[1], str) else fmpq(1, 2)
                return integer_power(values[0], int(whole.p)) if whole.q == 1 else (values[1] * values[0].log()).exp()
            case "exp" | "log" | "sin" | "cos":
                return getattr(values[0], head)()
            case "abs":
                return extreme([values[0], -values[0]], False)
            case "min" | "max":
                return extreme(values, head == "min")
            case "rate":
                return values[0].derivative() / values[1].derivative()
        raise ValueError(f"{head} has no value")


def integer_power(x: arb_series, k: int) -> arb_series:
    """x**k by multiplication: powers of balls that hold zero are nan otherwise."""
    if k < 0:
        return 1 / integer_power(x, -k)
    if k == 0:
        return arb_series([arb(1)], 3)
    half = integer_power(x, k // 2)
    return half * half * x if k % 2 else half * half


def extreme(values: list[arb_series], least: bool) -> arb_series:
    """The least or the largest of the values; with its rates only where one entry certainly is it."""
    for x in values:
        if all(x is y or (x[0] < y[0] if least else x[0] > y[0]) for y in values):
            return x
    return arb_series([reduce(arb.min if least else arb.max, (x[0] for x in values))], 1)
