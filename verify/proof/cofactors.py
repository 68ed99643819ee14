"""Cofactors of given equations: how a difference that vanishes by them is a combination of them.

Gaussian elimination in the kernel's field. Each given equation, its rate along the clock and its totals are solved for a
generator in which they are linear; substituting it keeps account of what was added. Which generator to solve for is a
guess, so several orders are tried. Nothing here is trusted: the kernel checks what comes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flint import fmpq_mpoly

from verify.kernel.expressions import Refused
from verify.kernel.field import Field, Full, Ratio
from verify.kernel.reasons import SIZES, Reasons, minus
from verify.kernel.statement import Statement
from verify.proof.decode import expression, product, total

Expression = Any
ORDERS = (  # of the kinds of generator that an equation is solved for, the most welcome first
    ("rate", "total", "least", "largest", "symbol", "root", "exp", "log"),
    ("rate", "symbol", "total", "least", "largest", "root", "exp", "log"),
    ("total", "rate", "symbol", "least", "largest", "root", "exp", "log"),
    ("symbol", "rate", "total", "least", "largest", "root", "exp", "log"),
)


class NotFound(Exception):
    """No certificate was found; the sentence says what was tried or what is left."""


@dataclass(frozen=True)
class Equation:
    """An expression that vanishes by what is given, and its value in the field."""

    reason: Expression
    value: Ratio


def vanishing(
    statement: Statement, given: dict[str, list[Expression]], left: Expression, right: Expression
) -> Expression:
    """An expression with given equations in every term whose value is left - right; both may hold reasons.

    Raises:
        NotFound: left - right is no such combination, as far as elimination sees.
    """
    rest = "0"
    for size in SIZES:
        try:
            for order in ORDERS:
                for late in (False, True):
                    reasons = Reasons(Field(statement, size), given)
                    goal = reasons.field.normal(reasons.plain(minus(left, right)))
                    found, remainder = eliminate(equations(reasons, goal), goal, order, late)
                    if remainder.num.is_zero():
                        return found
                    rest = rest if rest != "0" else expression(remainder)
        except Full:
            continue
        break
    from verify.kernel.printing import show

    raise NotFound(f"the given equations do not make {show(rest)} vanish")


def equations(reasons: Reasons, goal: Ratio) -> list[Equation]:
    """The given equations and their rates, and their products summed over the axes of the totals in the goal."""
    field, clock = reasons.field, reasons.field.statement.clock
    found = []
    for name, relations in reasons.given.items():
        for k, relation in enumerate(relations):
            if relation[0] == "eq":
                node = ["given", name] if k == 0 else ["given", name, str(k)]
                found.append(Equation(node, field.normal(minus(*relation[1:]))))
                if clock in found[-1].value.over:
                    try:
                        slope = ["rate", node, ["var", clock]]
                        found.append(Equation(slope, field.normal(reasons.plain(slope))))
                    except Refused:  # a least value has no rate
                        continue
    return found + [each for e in found for each in summed(reasons, e, [goal, *(e.value for e in found)])]


def summed(reasons: Reasons, equation: Equation, where: list[Ratio]) -> Iterator[Equation]:
    """For each total whose summand is linear in a generator of the equation: what replacing the generator there adds."""
    field, seen = reasons.field, set()
    inside = {i for a in where for p in (a.num, a.den) for i, _ in field.used(p.degrees())}
    for i in sorted(inside):
        if field.generators[i].kind != "total":
            continue
        axes, summand = field.generators[i].of
        for x in solvable(field, equation.value, ORDERS[0]):
            slope = derivative(field, summand.num, x)
            if (
                not field.generators[x].over & axes
                or slope.is_zero()
                or field.signs(coefficient(field, equation.value, x)) >= {0}
            ):
                continue
            factor = field.ratio(slope, summand.den) * field.ratio(
                equation.value.den, coefficient(field, equation.value, x)
            )
            node = product([expression(factor), equation.reason])
            for axis in sorted(axes):
                node = ["total", node, axis]
            if str(node) not in seen:
                seen.add(str(node))
                yield Equation(node, field.normal(reasons.plain(node)))


def eliminate(pool: list[Equation], goal: Ratio, order: tuple[str, ...], late: bool) -> tuple[Expression, Ratio]:
    """A combination of the equations and what is left of the goal when it is taken off."""
    field, found = goal.field, []
    while pool:
        ranked = [
            (rank(field, x, order, late), k, x) for k, e in enumerate(pool) for x in solvable(field, e.value, order)[:1]
        ]
        if not ranked:
            break
        _, k, x = min(ranked)
        pivot = pool.pop(k)
        goal, factor = substitute(goal, x, pivot.value)
        if not factor.num.is_zero():
            found.append(product([expression(factor), pivot.reason]))
        for j, other in enumerate(pool):
            value, factor = substitute(other.value, x, pivot.value)
            if not factor.num.is_zero():
                taken = product(["-1", expression(factor), pivot.reason])
                pool[j] = Equation(total([other.reason, taken]), value)
        pool = [e for e in pool if not e.value.num.is_zero()]
    return total(found), goal


def rank(field: Field, x: int, order: tuple[str, ...], late: bool) -> tuple[int, int]:
    kind = field.generators[x].kind
    return order.index(kind) if kind in order else len(order), -x if late else x


def solvable(field: Field, a: Ratio, order: tuple[str, ...]) -> list[int]:
    """The generators in which the numerator is linear with a coefficient that does not vanish, the most welcome first."""
    found = [
        i for i, k in field.used(a.num.degrees())
        if k == 1 and 0 not in field.sign(field.ratio(coefficient(field, a, i)))
    ]  # fmt: skip
    return sorted(found, key=lambda i: rank(field, i, order, True))


def derivative(field: Field, p: fmpq_mpoly, x: int) -> fmpq_mpoly:
    return p.derivative(len(field.polynomials) - 1 - x)


def coefficient(field: Field, a: Ratio, x: int) -> fmpq_mpoly:
    return derivative(field, a.num, x)


def substitute(goal: Ratio, x: int, equation: Ratio) -> tuple[Ratio, Ratio]:
    """goal = new + factor * equation, where `new` has the root of the equation in place of x in its numerator."""
    field, symbol = goal.field, goal.field.polynomials[x]
    slope = coefficient(field, equation, x)
    root = field.ratio(slope * symbol - equation.num, slope)
    parts: dict[int, fmpq_mpoly] = {}
    for exponents, c in goal.num.terms():
        powers = dict(field.used(exponents))
        k = powers.pop(x, 0)
        term = field.unit * c
        for i, n in powers.items():
            term *= field.polynomials[i] ** n
        parts[k] = parts.get(k, field.unit * 0) + term
    new = factor = field.constant(0)
    for k, part in parts.items():
        new += field.ratio(part) * root**k
        for j in range(k):
            factor += field.ratio(part * symbol**j) * root ** (k - 1 - j)
    below = field.ratio(field.unit, goal.den)
    return new * below, factor * below * field.ratio(equation.den, slope)
