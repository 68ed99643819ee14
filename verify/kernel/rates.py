"""Rates along the clock: the derivative of a normal form by the rules of calculus, almost everywhere.

An absolute value, a least and a largest value have no rate here. A quotient of rates is the rate along another quantity.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

from flint import fmpq_mpoly

from .axes import generator_along
from .core.expressions import Expression
from .core.signs import ANY, ZERO, Signs
from .indices import everywhere, sum_over
from .refusals import Refused

if TYPE_CHECKING:
    from .core.field import Field, Ratio
    from .core.reasons import Reasons


def quotient(field: Field, e: Expression, along: Expression) -> Ratio:
    with everywhere(field):
        above, below = (rate(field, field.normal(a)) for a in (e, along))
    return above * below.inverse(["rate", along, ["var", str(field.setting.clock)]])


def rate(field: Field, a: Ratio) -> Ratio:
    """The rate of a quotient of polynomials."""
    above, below = slope(field, a.num), slope(field, a.den)
    once = field.ratio(field.unit, a.den)
    return above * once + below * field.ratio(-a.num) * once * once


def slope(field: Field, p: fmpq_mpoly) -> Ratio:
    """The rate of a polynomial, by the chain rule."""
    found = field.constant(0)
    for i, _ in field.used(p.degrees()):
        generator = field.generators[i]
        if field.setting.clock in generator_along(field, i):
            if generator.kind not in RULES:
                raise Refused(f'the kernel knows no rate of "{generator.kind}"')
            partial = p.derivative(len(field.polynomials) - 1 - i)
            found += field.ratio(partial) * RULES[generator.kind](field, generator.of)
    return found


def of_symbol(field: Field, name: str, order: int = 0) -> Ratio:
    """The next rate of a quantity; that of the clock itself is 1."""
    if name == field.setting.clock:
        return field.constant(int(order == 0))
    return field.ratio(field.generator("rate", (name, order + 1), lambda: ANY))


def of_root(field: Field, of: tuple[fmpq_mpoly, int]) -> Ratio:
    p, order = of
    if 0 in field.signs(p):
        raise Refused("a root has no rate where it may vanish")
    root = field.generator("root", of, lambda: ANY)  # the one that there is
    return field.ratio(root) * slope(field, p) * field.ratio(field.unit, p * order)


def of_total(field: Field, of: tuple[tuple[str, ...], Ratio]) -> Ratio:
    axes, summand = of
    return reduce(lambda found, axis: sum_over(field, found, axis), axes, rate(field, summand))


def of_wave(field: Field, other: str, sign: int, a: Ratio) -> Ratio:
    return field.ratio(field.generator(other, a, lambda: ANY) * sign) * rate(field, a)


def sign(reasons: Reasons, e: Expression, along: Expression) -> Signs:
    """The rate of what is zero everywhere is zero; nothing else is said by the shape."""
    with everywhere(reasons.field):
        return ZERO if reasons.sign(e) == ZERO else ANY


RULES: dict[str, Callable[[Field, Any], Ratio]] = {
    "symbol": of_symbol,
    "rate": lambda field, of: of_symbol(field, *of),
    "log": lambda field, p: slope(field, p) * field.ratio(field.unit, p),
    "exp": lambda field, m: field.exp(m) * rate(field, m),
    "root": of_root,
    "sin": lambda field, a: of_wave(field, "cos", 1, a),
    "cos": lambda field, a: of_wave(field, "sin", -1, a),
    "total": of_total,
}
NORMAL = {"rate": quotient}
SIGN = {"rate": sign}
