"""Quadratic losses: chains and diffusions whose first and second moments close, as exact matrices.

For an affine update x' = A x + b with random A, b the expectations of 1, x, x^2 (in d dimensions: all monomials of degree at most two)
are taken to linear combinations of themselves: a matrix M(h). The diffusion with affine drift and quadratic diffusion acts on the same
monomials by a matrix L(h). The chain's exact modified generator is log(M)/h, as a power series in h, so the diffusion has weak order p on
these observables exactly when log(M)/h - L = O(h^p).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import combinations_with_replacement
from typing import Any

import sympy as sp
from sympy.core.expr import Expr

from verify.errors import BadInput


@dataclass(frozen=True)
class MomentResidual:
    """log(M)/h - L on the monomials, as matrices of exact expressions, one for each power of the step.

    Row i of `powers[k]` says by which combination of the monomials the generator on monomial i is off, at order step^k.
    """

    monomials: tuple[Expr, ...]
    powers: tuple[sp.ImmutableMatrix, ...]

    @property
    def order(self) -> int:
        """The weak order on these observables; len(powers) if the residual vanishes as far as it was computed."""
        return next((k for k, matrix in enumerate(self.powers) if not matrix.is_zero_matrix), len(self.powers))


def moment_residual(
    new: dict[sp.Symbol, Expr],
    step: sp.Symbol,
    moments: dict[Expr, Expr],
    drift: dict[sp.Symbol, Expr],
    diffusion: sp.MatrixBase,
    order: int = 2,
) -> MomentResidual:
    """The residual of a diffusion against an affine chain, through step^order.

    Args:
        new: state variable to its value after one step, affine in the state, polynomial in the step and in random coefficients.
        moments: monomials in the random coefficients to their expectations; degree two suffices.
        drift: state variable to the drift, affine in the state; may depend on the step.
        diffusion: B B^T, at most quadratic in the state.
    """
    state = list(new)
    monomials = [sp.Integer(1), *state, *(sp.Mul(*pair) for pair in combinations_with_replacement(state, 2))]
    random: list[Any] = sorted({s for m in moments for s in m.free_symbols}, key=str)
    chain_rows = [
        _row(_expectation(m.subs(new, simultaneous=True), random, moments), state, monomials) for m in monomials
    ]
    generator_rows = []
    for m in monomials:
        image = sum(drift[v] * m.diff(v) for v in state) + sum(
            diffusion[i, j] * m.diff(v, w) / 2 for i, v in enumerate(state) for j, w in enumerate(state)
        )
        generator_rows.append(_row(sp.expand(image), state, monomials))
    chain = _series(sp.Matrix(chain_rows), step, order + 1)
    generator = _series(sp.Matrix(generator_rows), step, order)
    if chain[0] != sp.eye(len(monomials)):
        raise BadInput(f"the update does not reduce to the identity as {step} goes to zero")
    logarithm = _log_series(chain)
    return MomentResidual(
        tuple(monomials),
        tuple(sp.ImmutableMatrix((logarithm[k + 1] - generator[k]).expand()) for k in range(order + 1)),
    )


def _expectation(expression: Expr, random: list[sp.Symbol], moments: dict[Expr, Expr]) -> Expr:
    if not random:
        return sp.expand(expression)
    poly = sp.Poly(sp.expand(expression), *random)
    total = sp.Integer(0)
    for exponents, coefficient in poly.terms():
        monomial = sp.Mul(*(z**n for z, n in zip(random, exponents, strict=True)))
        if monomial != 1 and monomial not in moments:
            raise BadInput(f"the expectation of {monomial} is needed and was not given; add it to the moments")
        total += coefficient * (1 if monomial == 1 else moments[monomial])
    return sp.expand(total)


def _row(expression: Expr, state: list[sp.Symbol], monomials: list[Expr]) -> list[Expr]:
    poly = sp.Poly(expression, *state)
    found = {sp.Mul(*(v**n for v, n in zip(state, exponents, strict=True))): c for exponents, c in poly.terms()}
    if set(found) - set(monomials):
        raise BadInput(
            f"{expression} has a degree above two in the state; the moments of a chain close only for affine updates"
        )
    return [found.get(m, sp.Integer(0)) for m in monomials]


def _series(matrix: sp.Matrix, step: sp.Symbol, order: int) -> list[sp.Matrix]:
    return [matrix.applyfunc(lambda e, k=k: sp.expand(e).coeff(step, k)) for k in range(order + 1)]


def _log_series(chain: list[sp.Matrix]) -> list[sp.Matrix]:
    """The coefficients of log(I + N), N = sum_{k >= 1} h^k N_k, through the order of `chain`."""
    size = len(chain)
    zero = sp.zeros(*chain[0].shape)
    power = [zero, *chain[1:]]
    total = list(power)
    for n in range(2, size):
        power = [
            reduce(lambda a, b: a + b, (power[i] * chain[k - i] for i in range(1, k)), zero).expand()
            for k in range(size)
        ]
        total = [t + sp.Rational((-1) ** (n + 1), n) * p for t, p in zip(total, power, strict=True)]
    return total
