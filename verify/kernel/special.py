"""Absolute values, least and largest of a few, sines and cosines: the generators that they bring into a normal form."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .expressions import Expression
from .signs import ANY, NONNEGATIVE, power

if TYPE_CHECKING:
    from .field import Field, Ratio


def absolute(field: Field, e: Expression) -> Ratio:
    """Factor by factor; where the sign is not known, a generator whose square is that of the factor."""
    c, factors = field.factors(field.normal(e))
    found = field.constant(abs(c))
    for p, k in factors if c else ():
        p = p if field.signs(p) <= NONNEGATIVE else -p
        if not field.signs(p) <= NONNEGATIVE:
            value = field.generator("abs", p, str(p), field.over(p), lambda p=p: power(field.signs(p), 2))
            field.spend(len(p) ** 2)
            field.relate(value**2 - p**2)
            p = value
        found *= (field.ratio(p) if k > 0 else field.ratio(field.unit, p)) ** abs(k)
    return found


def extreme(head: str, field: Field, *args: Expression) -> Ratio:
    """A generator of its own, whatever the order of the arguments."""
    values = {value.key: value for value in map(field.normal, args)}
    over = frozenset().union(*(value.over for value in values.values()))
    of = [values[key] for key in sorted(values)]
    return field.ratio(
        field.generator(head, of, str(sorted(values)), over, lambda: frozenset().union(*map(field.sign, of)))
    )


def wave(head: str, field: Field, e: Expression) -> Ratio:
    """The sine or the cosine; both are generators, with sin**2 = 1 - cos**2."""
    a = field.normal(e)
    if a.num.is_zero():
        return field.constant(int(head == "cos"))
    flip = a.num.coefficient(0) < 0
    a = a * -1 if flip else a
    cos = field.generator("cos", a, a.key, a.over, lambda: ANY, lambda: field.ratio(-sin) * field.rate(a))
    sin = field.generator("sin", a, a.key, a.over, lambda: ANY, lambda: field.ratio(cos) * field.rate(a))
    field.relate(sin**2 + cos**2 - 1)
    return field.ratio(cos if head == "cos" else -sin if flip else sin)


HEADS = {
    "abs": absolute,
    "min": partial(extreme, "min"),
    "max": partial(extreme, "max"),
    "sin": partial(wave, "sin"),
    "cos": partial(wave, "cos"),
}
