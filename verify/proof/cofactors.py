"""Cofactors of given equations: how a difference that vanishes by them is a combination of them.

Elimination in the kernel's field: each given equation, its rate along the clock and its totals are divided into the rest as
polynomials in one generator, those in which they are linear first. Which generator is a guess, so several orders are tried. Nothing here is trusted: the kernel checks what comes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

from flint import fmpq_mpoly

from verify.kernel.axes import along, generator_along
from verify.kernel.budget import SIZES, Full
from verify.kernel.core.expressions import minus
from verify.kernel.core.field import Field, Ratio
from verify.kernel.core.reasons import Reasons
from verify.kernel.difference import informed
from verify.kernel.refusals import Refused, brief
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
                    reasons = informed(Field(statement, size), given)
                    goal = reasons.field.normal(reasons.plain(minus(left, right)))
                    if goal.num.is_zero():
                        return total([])
                    found, remainder = eliminate(equations(reasons, goal), goal, order, late)
                    if remainder.num.is_zero():
                        return found
                    rest = rest if rest != "0" else expression(remainder)
        except Full:
            continue
        break
    raise NotFound(f"the given equations do not make {brief(rest)} vanish")


def equations(reasons: Reasons, goal: Ratio) -> list[Equation]:
    """The given equations and their rates, and their products summed over the axes of the totals in the goal."""
    field, clock = reasons.field, reasons.field.setting.clock
    found = []
    for name, relations in reasons.given.items():
        for k, relation in enumerate(relations):
            if relation[0] == "eq":
                node = ["given", name] if k == 0 else ["given", name, str(k)]
                found.append(Equation(node, field.normal(minus(*relation[1:]))))
                if clock in along(found[-1].value):
                    try:
                        slope = ["rate", node, ["var", clock]]
                        found.append(Equation(slope, field.normal(reasons.plain(slope))))
                    except Refused:  # a least value has no rate
                        continue
    return found + [each for e in found for each in summed(reasons, e, [goal, *(e.value for e in found)])]


def summed(reasons: Reasons, equation: Equation, where: list[Ratio]) -> Iterator[Equation]:
    """For each total that the equation changes when it is divided into the summand: the total of what is taken off."""
    field, seen = reasons.field, set()
    inside = {i for a in where for p in (a.num, a.den) for i, _ in field.used(p.degrees())}
    for i in sorted(i for i in inside if field.generators[i].kind == "total"):
        axes, summand = field.generators[i].of
        for x, degree in solvable(field, equation.value, ORDERS[0]):
            if not generator_along(field, x).intersection(axes):
                continue
            factors = [divide(summand, x, equation.value)[1]]
            if degree == 1:  # x in one place only, where it occurs in several: of x*x, that is x*e and not e*e
                slope = summand.num.derivative(len(field.polynomials) - 1 - x)
                lead = powers_of(field, equation.value.num, x)[1]
                factors.append(field.ratio(slope, summand.den) * field.ratio(equation.value.den, lead))
            for factor in factors:
                node = product([expression(factor), equation.reason])
                for axis in sorted(axes):
                    node = ["total", node, axis]
                if not factor.num.is_zero() and str(node) not in seen:
                    seen.add(str(node))
                    yield Equation(node, field.normal(reasons.plain(node)))


def eliminate(pool: list[Equation], goal: Ratio, order: tuple[str, ...], late: bool) -> tuple[Expression, Ratio]:
    """A combination of the equations, and what is left of the goal when it is taken off."""
    field, found = goal.field, []
    solved = [(each, next(solvable(field, each.value, order), None)) for each in pool]
    while True:
        ranked = [
            (best[1], *rank(field, best[0], order, late), k, best[0]) for k, (_, best) in enumerate(solved) if best
        ]
        if not ranked:
            return total(found), goal
        *_, k, x = min(ranked)
        pivot, _ = solved.pop(k)
        goal, factor = divide(goal, x, pivot.value)
        if not factor.num.is_zero():
            found.append(product([expression(factor), pivot.reason]))
        for j, (other, _) in enumerate(solved):
            value, factor = divide(other.value, x, pivot.value)
            if not factor.num.is_zero():
                taken = product(["-1", expression(factor), pivot.reason])
                solved[j] = Equation(total([other.reason, taken]), value), next(solvable(field, value, order), None)


def rank(field: Field, x: int, order: tuple[str, ...], late: bool) -> tuple[int, int]:
    kind = field.generators[x].kind
    return order.index(kind) if kind in order else len(order), -x if late else x


def solvable(field: Field, a: Ratio, order: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """The generators whose highest power has a coefficient that does not vanish, with that power: the most welcome first."""
    powers = sorted(field.used(a.num.degrees()), key=lambda power: (power[1], rank(field, power[0], order, True)))
    return ((i, k) for i, k in powers if 0 not in field.sign(field.ratio(powers_of(field, a.num, i)[k])))


def powers_of(field: Field, p: fmpq_mpoly, x: int) -> dict[int, fmpq_mpoly]:
    """The coefficients of the powers of a generator in a polynomial."""
    place = len(field.polynomials) - 1 - x
    parts: dict[int, dict[tuple[int, ...], Any]] = {}
    for exponents, c in p.terms():
        others = (*exponents[:place], 0, *exponents[place + 1 :])
        parts.setdefault(int(exponents[place]), {})[others] = c
    return {k: field.unit.context().from_dict(terms) for k, terms in parts.items()}


def divide(goal: Ratio, x: int, equation: Ratio) -> tuple[Ratio, Ratio]:
    """rest and factor with goal = rest + factor * equation: the numerators divided as polynomials in one generator."""
    field, symbol = goal.field, goal.field.polynomials[x]
    divisor = powers_of(field, equation.num, x)
    degree = max(divisor)
    rest = {k: field.ratio(part) for k, part in powers_of(field, goal.num, x).items()}
    factor = field.constant(0)
    for k in range(max(rest, default=0), degree - 1, -1):
        c = rest.pop(k, field.constant(0)) * field.ratio(field.unit, divisor[degree])
        factor += c * field.ratio(symbol ** (k - degree))
        for j, part in divisor.items():
            if j < degree:
                rest[k - degree + j] = rest.get(k - degree + j, field.constant(0)) + c * field.ratio(-part)
    below = field.ratio(field.unit, goal.den)
    left = reduce(lambda found, k: found + rest[k] * field.ratio(symbol**k), rest, field.constant(0))
    return left * below, factor * below * field.ratio(equation.den)
