"""Absolute values, least and largest of a few, sines and cosines, and the tangent to the logarithm.

The reason ["tangent", x] is x - 1 - log(x), which is not negative for x > 0.
"""

from __future__ import annotations

from functools import partial, reduce
from typing import TYPE_CHECKING

from flint import arb, fmpq_mpoly

from .core.expressions import Expression, minus
from .core.signs import ANY, NONNEGATIVE, Signs, power

if TYPE_CHECKING:
    from .core.field import Field, Ratio
    from .core.reasons import Reasons


def relate(field: Field, relation: fmpq_mpoly) -> None:
    """A polynomial that vanishes, with the square of a generator that may have been made before as its leading term."""
    if relation not in field.relations:
        field.relations.append(relation)


def absolute(field: Field, e: Expression) -> Ratio:
    """Factor by factor; where the sign is not known, a generator whose square is that of the factor."""
    c, factors = field.factors(field.normal(e))
    found = field.constant(abs(c))
    for p, k in factors if c else ():
        p = p if field.signs(p) <= NONNEGATIVE else -p
        if not field.signs(p) <= NONNEGATIVE:
            value = field.generator("abs", p, lambda p=p: power(field.signs(p), 2))
            relate(field, value**2 - field.budget.product(p, p))
            p = value
        found *= (field.ratio(p) if k > 0 else field.ratio(field.unit, p)) ** abs(k)
    return found


def extreme(head: str, field: Field, *args: Expression) -> Ratio:
    """A generator of its own, whatever the order of the arguments."""
    values = {repr(value): value for value in map(field.normal, args)}
    of = [values[key] for key in sorted(values)]
    return field.ratio(field.generator(head, of, lambda: frozenset().union(*map(field.sign, of))))


def wave(head: str, field: Field, e: Expression) -> Ratio:
    """The sine or the cosine; both are generators, with sin**2 = 1 - cos**2."""
    a = field.normal(e)
    if a.num.is_zero():
        return field.constant(int(head == "cos"))
    flip = a.num.leading_coefficient() < 0
    a = a * -1 if flip else a
    cos, sin = (field.generator(kind, a, lambda: ANY) for kind in ("cos", "sin"))
    relate(field, sin**2 + cos**2 - 1)
    return field.ratio(cos if head == "cos" else -sin if flip else sin)


def tangent(reasons: Reasons, x: Expression) -> Expression:
    x = reasons.plain(x)
    return minus(minus(x, "1"), ["log", x])


def one_of(reasons: Reasons, *args: Expression) -> Signs:
    return frozenset().union(*map(reasons.sign, args))


NORMAL = {
    "abs": absolute,
    "min": partial(extreme, "min"),
    "max": partial(extreme, "max"),
    "sin": partial(wave, "sin"),
    "cos": partial(wave, "cos"),
}
PLAIN = {"tangent": tangent}
SIGN = {
    "abs": lambda reasons, x: power(reasons.sign(x), 2),
    "min": one_of,
    "max": one_of,
    "tangent": lambda reasons, x: NONNEGATIVE,
}
BALL = {
    "sin": arb.sin,
    "cos": arb.cos,
    "abs": lambda x: x.abs_lower().union(x.abs_upper()),
    "min": lambda *xs: reduce(arb.min, xs),
    "max": lambda *xs: reduce(arb.max, xs),
}
