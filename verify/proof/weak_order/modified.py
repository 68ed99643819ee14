"""Finding the equation: the modified equation of an update, and the unknown coefficients of an ansatz."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from verify.errors import BadInput
from verify.proof.weak_order.expansion import Expansion, weak_order
from verify.proof.weak_order.jets import Index
from verify.proof.weak_order.problem import SDE, Formula, Update


@dataclass(frozen=True)
class ModifiedEquation:
    """The equation that an update follows, to the order asked or as far as there is one.

    `obstruction` is empty when `expansion.order` is what was asked. Otherwise no drift and diffusion reach that order for a general
    noise: it holds the terms with third or higher derivatives of the test function (index to coefficient, at `obstruction_power`),
    which drift and diffusion cannot cancel; the noise must make each of them vanish.
    """

    equation: SDE
    expansion: Expansion
    obstruction: dict[Index, Formula]
    obstruction_power: Fraction | None


def modified_equation(update: Update, order: int = 2) -> ModifiedEquation:
    """The drift and diffusion, as series in the step, for which the chain is a weak approximation of the given order.

    Backward error analysis (Shardlow 2006; Zygalakis 2011): the lowest term of the residual against the equation found so far is a
    differential operator without a term of order zero; when it has order at most two it is the next correction of drift and diffusion.
    """
    size = len(update.variables)
    equation = SDE([0] * size, sp.zeros(size))
    while True:
        expansion = weak_order(update, equation, order)
        if not expansion.sharp or expansion.order >= order:
            return ModifiedEquation(equation, expansion, {}, None)
        high = {index: c for index, c in expansion.leading.items() if sum(index) > 2}
        if high:
            return ModifiedEquation(equation, expansion, high, expansion.leading_power)
        factor = update.step ** sp.Rational(str(expansion.leading_power)) / update.time
        equation = _corrected(equation, expansion.leading, factor)


def _corrected(equation: SDE, operator: dict[Index, Formula], factor: Formula) -> SDE:
    drift, diffusion = list(equation.drift), equation.diffusion.as_mutable()
    for index, c in operator.items():
        raised = [i for i, n in enumerate(index) for _ in range(n)]
        if len(raised) == 1:
            drift[raised[0]] += sp.expand(c * factor)
        else:
            i, j = raised
            diffusion[i, j] += sp.expand(c * factor) * (2 if i == j else 1)
            diffusion[j, i] = diffusion[i, j]
    return SDE(drift, diffusion)


def coefficients_for(
    update: Update, equation: SDE, unknowns: Sequence[sp.Symbol], order: int = 2
) -> list[dict[sp.Symbol, Formula]]:
    """The values of unknown coefficients in drift and diffusion for which the chain has the given order, for every f, Sigma, ...

    Each coefficient of the residual below the order's power, as a polynomial in the functions' derivatives, must vanish identically:
    a system of polynomial equations in the unknowns. An empty list means that no values do; a solution that leaves an unknown out
    leaves it free.
    """
    missing = [u for u in unknowns if not any(sp.sympify(e).has(u) for e in (*equation.drift, *equation.diffusion))]
    if missing:
        raise BadInput(
            f"the unknown {missing[0]} does not occur in the equation; the unknowns are symbols of its drift or diffusion"
        )
    expansion = weak_order(update, equation, order)
    conditions: set[Formula] = set()
    for (power, _), coefficient in expansion.residual.items():
        if power < expansion.time_power + order:
            conditions |= set(_split(coefficient, unknowns))
    if not conditions:
        return [{}]
    return sp.solve(sorted(conditions, key=str), list(unknowns), dict=True)


def _split(coefficient: Formula, unknowns: Sequence[sp.Symbol]) -> list[Formula]:
    """The polynomials in the unknowns that multiply each monomial in everything else."""
    collected: dict[Formula, Formula] = {}
    for term in sp.Add.make_args(sp.expand(coefficient)):
        rest, own = term.as_independent(*unknowns, as_Add=False)
        number, monomial = rest.as_coeff_Mul()
        collected[monomial] = collected.get(monomial, sp.Integer(0)) + number * own
    return list(collected.values())
