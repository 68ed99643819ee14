"""Sums of squares: a polynomial inequality as a positive semidefinite quadratic form in monomials, in exact rationals.

With p the numerator of the larger minus the smaller side, a numerical Gram matrix Q with p = m'Qm is sought in the interior
of the semidefinite cone, rounded to rationals and projected back onto p = m'Qm exactly (Peyrl and Parrilo 2008); from the
interior the rounded matrix is semidefinite again. Multipliers g >= 0 add g times sums of squares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import fmpq, fmpq_mpoly

from verify.kernel.core.expressions import minus
from verify.kernel.core.field import Field, Ratio
from verify.kernel.core.semidefinite import semidefinite
from verify.kernel.difference import informed
from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement
from verify.proof.cofactors import NotFound
from verify.proof.decode import expression, polynomial, product, total
from verify.proof.finders import Given, wanted, whole, written

Exponents = tuple[int, ...]
DENOMINATORS = (1, 12, 360, 10**4, 10**6, 10**9)  # of the rounded matrices, the simplest first


@dataclass(frozen=True)
class SumOfSquares:
    """The larger minus the smaller side as a sum of squares, plus multipliers that are >= 0 times sums of squares."""

    multipliers: tuple[sp.Basic, ...]
    kind: ClassVar[str] = "inequality"

    def find(self, block: Any, name: str) -> dict[str, Any]:
        """The certificate; NotFound when there is no such sum of this degree, or none that survives rounding."""
        return whole([self._find(*goal) for goal in wanted(block, name)])

    def _find(self, statement: Statement, given: Given, goal: Any) -> dict[str, Any]:
        head, left, right = goal
        reasons = informed(Field(statement, 48), given)
        factors = ["1", *(written(statement, given, g) for g in self.multipliers)]
        try:
            larger, smaller = (right, left) if head in ("le", "lt") else (left, right)
            difference = reasons.field.normal(minus(larger, smaller))
            values = [reasons.field.normal(reasons.plain(g)) for g in factors]
        except Refused as refusal:
            raise NotFound(
                f"the inequality is no quotient of polynomials that is shown to be defined: {refusal}"
            ) from None
        if any(g.den != 1 for g in values):
            raise NotFound("the multipliers of a sum of squares are polynomials")
        forms = [
            product([g, ["quadratic", [[str(c) for c in row] for row in gram], *basis]])
            for g, (gram, basis) in zip(factors, gram_matrices(difference, values), strict=True)
        ]
        below = polynomial(difference.field, difference.den)
        found = product([total(forms), ["pow", below, "-1"] if below != "1" else "1"])
        return {"kind": self.kind, "difference": product(["-1", found]) if head in ("le", "lt") else found}


def gram_matrices(difference: Ratio, factors: list[Ratio]) -> Iterator[tuple[list[list[fmpq]], list[Any]]]:
    """For each factor g a rational semidefinite Q and monomials m with sum of g m'Qm equal to the numerator."""
    import cvxpy as cp  # a second to import, which theorem files that only mention sos() should not wait for

    field, target = difference.field, coefficients(difference.num)
    bases = [basis(difference.num, g.num) for g in factors]
    rows: dict[Exponents, list[tuple[int, int, int, fmpq]]] = {key: [] for key in target}
    for k, (g, monomials) in enumerate(zip(factors, bases, strict=True)):
        for i, a in enumerate(monomials):
            for j, b in enumerate(monomials):
                for key, c in coefficients(g.num).items():
                    rows.setdefault(tuple(x + y + z for x, y, z in zip(a, b, key, strict=True)), []).append(
                        (k, i, j, c)
                    )
    matrices = [cp.Variable((len(m), len(m)), PSD=True) for m in bases]
    slack = cp.Variable()
    constraints: list[Any] = [
        sum((float(c) * matrices[k][i, j] for k, i, j, c in entries), cp.Constant(0)) == float(target.get(key, fmpq(0)))
        for key, entries in rows.items()
    ] + [q - slack * np.eye(q.shape[0]) >> 0 for q in matrices] + [slack <= 1]  # fmt: skip
    problem = cp.Problem(cp.Maximize(slack), constraints)
    problem.solve(solver=cp.CLARABEL)
    if problem.status not in ("optimal", "optimal_inaccurate") or any(q.value is None for q in matrices):
        raise NotFound(f"there is no sum of squares of this degree: the solver says {problem.status}")
    for denominator in DENOMINATORS:
        grams = [rounded(np.asarray(q.value), denominator) for q in matrices]
        for key, entries in rows.items():
            missing = target.get(key, fmpq(0)) - sum((c * grams[k][i][j] for k, i, j, c in entries), fmpq(0))
            square = sum((c * c for *_, c in entries), fmpq(0))
            for k, i, j, c in entries:
                grams[k][i][j] += missing * c / square
        if exact(rows, target, grams) and all(semidefinite(q) for q in grams):
            names = [[monomial(field, m) for m in monomials] for monomials in bases]
            return iter(zip(grams, names, strict=True))
    raise NotFound(
        f"the sum of squares found numerically does not survive rounding to denominators up to {DENOMINATORS[-1]}"
    )


def exact(rows: dict[Exponents, Any], target: dict[Exponents, fmpq], grams: list[list[list[fmpq]]]) -> bool:
    return all(
        sum((c * grams[k][i][j] for k, i, j, c in entries), fmpq(0)) == target.get(key, fmpq(0))
        for key, entries in rows.items()
    )


def rounded(q: np.ndarray, denominator: int) -> list[list[fmpq]]:
    symmetric = np.rint((q + q.T) / 2 * denominator)
    return [[fmpq(int(c), denominator) for c in row] for row in symmetric]


def coefficients(p: fmpq_mpoly) -> dict[Exponents, fmpq]:
    return {tuple(int(k) for k in exponents): c for exponents, c in p.terms()}


def basis(target: fmpq_mpoly, factor: fmpq_mpoly) -> list[Exponents]:
    """The monomials whose squares times the factor may occur: of at most half the degree, in each generator and in all."""
    size, degrees = len(target.degrees()), [int(k) for k in target.degrees()]
    half = (int(target.total_degree()) - int(factor.total_degree())) // 2
    used = [i for i, k in enumerate(degrees) if k]
    found = []
    for n in range(max(half, 0) + 1):
        for chosen in combinations_with_replacement(used, n):
            exponents = tuple(chosen.count(i) for i in range(size))
            if all(2 * k <= top for k, top in zip(exponents, degrees, strict=True)):
                found.append(exponents)
    return found or [(0,) * size]


def monomial(field: Field, exponents: Exponents) -> Any:
    p = field.unit
    for i, k in field.used(exponents):
        p *= field.polynomials[i] ** k
    return expression(field.ratio(p))


def sos(*multipliers: Any) -> SumOfSquares:
    """A polynomial inequality (or a quotient with a positive denominator) as a sum of squares, which is found.

    Multipliers are expressions that are visibly >= 0, such as x of declared sign or `Given("name")`: each may carry a sum of
    squares of its own.
    """
    return SumOfSquares(tuple(sp.sympify(g) for g in multipliers))
