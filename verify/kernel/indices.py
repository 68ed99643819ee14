"""Sums over an index, and the least and the largest value along it: the generators that they bring into a normal form.

What is claimed or assumed holds at one point; a sum runs over others too, where facts about that point are of no use.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial, reduce
from typing import TYPE_CHECKING

from flint import fmpq_mpoly

from .axes import along, generator_along, polynomial_along
from .core.expressions import Expression
from .core.signs import Signs, plus
from .refusals import Refused

if TYPE_CHECKING:
    from .core.field import Field, Ratio
    from .core.reasons import Reasons


@contextmanager
def everywhere(field: Field) -> Iterator[None]:
    """What is done inside holds at every point: the facts about one point are out of sight."""
    facts = field.facts
    field.facts = ChainMap(facts.maps[-1])
    try:
        yield
    finally:
        field.facts = facts


def terms(field: Field, p: fmpq_mpoly, axis: str) -> Iterator[tuple[fmpq_mpoly, list[int], fmpq_mpoly]]:
    """Each term of a polynomial as a factor free of the axis, totals (to the first power) and a rest that depend on it."""
    for exponents, c in p.terms():
        free, totals, rest = field.unit * c, [], field.unit
        for i, k in field.used(exponents):
            if axis not in generator_along(field, i):
                free *= field.polynomials[i] ** k
            elif field.generators[i].kind == "total" and k == 1:
                totals.append(i)
            else:
                rest *= field.polynomials[i] ** k
        yield free, totals, rest


def sum_over(field: Field, a: Ratio, axis: str) -> Ratio:
    """The sum of `a` over an index: linear, what is free of the index taken out, a sum of sums as one sum over both."""
    c, factors = field.factors(field.ratio(field.unit, a.den))
    outside = inside = field.unit
    for p, k in factors:
        outside, inside = (outside, inside * p**-k) if axis in polynomial_along(field, p) else (outside * p**-k, inside)
    found = field.unit * 0
    for free, totals, rest in terms(field, a.num, axis):
        axes, summand = {axis}, field.ratio(rest, inside)
        if len(totals) == 1 and along(summand).isdisjoint(field.generators[totals[0]].of[0]):
            more, inner = field.generators[totals[0]].of
            axes, summand = axes | {*more}, summand * inner
        else:
            summand = reduce(lambda s, i: s * field.ratio(field.polynomials[i]), totals, summand)
        found += free * summed(field, axes, summand)
        field.budget.spend(len(found))
    return field.ratio(found * c, outside)


def summed(field: Field, axes: set[str], summand: Ratio) -> fmpq_mpoly:
    of = (tuple(sorted(axes)), summand)
    return field.generator("total", of, lambda: plus(found := anywhere(field, summand), found))


def anywhere(field: Field, a: Ratio) -> Signs:
    """The signs that `a` may have at any point."""
    with everywhere(field):
        return field.sign(a)


def bound(head: str, field: Field, e: Expression, axis: str) -> Ratio:
    """The least or the largest value along an index; what is free of the index is taken out of it."""
    index(field, axis)
    with everywhere(field):
        a = field.normal(e)
    if axis not in along(a):
        return a
    free = field.unit * 0
    for factor, totals, rest in terms(field, a.num, axis) if axis not in polynomial_along(field, a.den) else ():
        free += factor if rest == 1 and not totals else 0
    c = (a.num - free).leading_coefficient()
    rest = field.ratio((a.num - free) / c, a.den)
    kind = head if c > 0 else "largest" if head == "least" else "least"
    value = field.generator(kind, ((axis,), rest), lambda: anywhere(field, rest))
    return field.ratio(free, a.den) + field.ratio(value * c)


def total(field: Field, e: Expression, axis: str) -> Ratio:
    index(field, axis)
    with everywhere(field):
        return sum_over(field, field.normal(e), axis)


def index(field: Field, axis: str) -> None:
    if field.setting.axes[axis] != "index":
        raise Refused(f"{axis} is no index axis: totals and bounds are over a finite index")


def sign_of_total(reasons: Reasons, e: Expression, axis: str) -> Signs:
    """Of one or more numbers of these signs; how many there are is not known."""
    return plus(found := sign_of_bound(reasons, e, axis), found)


def sign_of_bound(reasons: Reasons, e: Expression, axis: str) -> Signs:
    with everywhere(reasons.field):
        return reasons.sign(e)


NORMAL = {"total": total, "least": partial(bound, "least"), "largest": partial(bound, "largest")}
SIGN = {"total": sign_of_total, "least": sign_of_bound, "largest": sign_of_bound}
