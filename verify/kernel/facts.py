"""What given relations say of signs: a relation says which signs each irreducible factor of left - right may have."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING

from .axes import along
from .core.expressions import Expression, minus
from .core.signs import MEANS, power, sign_of, times
from .refusals import Refused

if TYPE_CHECKING:
    from .core.field import Field


class Contradictory(Refused):
    """What is given allows no values at all, so that it would prove anything."""


def learn(field: Field, relations: Iterable[Expression], local: bool = False) -> None:
    """Take relations as given, at the point only or everywhere; one that is not seen to be defined says nothing.

    One may need another to be defined: log(log(1/loss)) > 0 needs loss < 1. A case that does not occur teaches nothing.

    Raises:
        Contradictory: the relations leave a polynomial no sign, and not only at the point.
    """
    left = [p for p in relations if p[0] in MEANS]
    while left:
        later = [p for p in left if not learned(field, p, local)]
        left = later if len(later) < len(left) else []


def learned(field: Field, relation: Expression, local: bool) -> bool:
    head, *sides = relation
    try:
        difference = field.normal(minus(*sides))
        c, factors = field.factors(difference)
    except Refused:
        return False
    for p, k in factors:
        others = (power(field.signs(q), m) for q, m in factors if q != p)
        rest = reduce(times, others, sign_of(c))
        possible = frozenset(s for s in field.signs(p) if times(power(sign_of(s), k), rest) & MEANS[head])
        if possible:
            field.facts.maps[0 if local and along(difference) else -1][str(p)] = possible
        elif not local:
            raise Contradictory("what is given contradicts itself")
    return True
