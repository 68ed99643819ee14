"""The moment engine for quadratic losses, against the weak-order prover and against exact iteration."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from scipy.linalg import expm

from verify.dynamics.moments import moment_residual
from verify.errors import BadInput

x, h, a, b, ma, mb, va, vb = sp.symbols("x h a b m_a m_b v_a v_b")
MOMENTS = {a: ma, b: mb, a**2: ma**2 + va, b**2: mb**2 + vb, a * b: ma * mb}
SLOPE, SIGMA = ma * x - mb, va * x**2 + vb


def residual(correction, diffusion=SIGMA):
    """SGD on a x^2/2 - b x with independent random a, b."""
    return moment_residual(
        {x: (1 - h * a) * x + h * b},
        h,
        MOMENTS,
        {x: -SLOPE - correction * h * SLOPE * ma},
        sp.Matrix([[h * diffusion]]),
    )


@pytest.mark.spec("sde-weak-order/T0/E3", "sde-weak-order/T1/C4", "sde-weak-order/T1/R4")
def test_quadratic_certificate_of_the_modified_equation():
    found = residual(sp.Rational(1, 2))
    assert found.order == 2
    x_row, square_row = found.powers[2].row(1), found.powers[2].row(2)
    assert sp.expand(x_row[1] + ma**3 / 3) == 0
    assert sp.expand(square_row[2] + sp.Rational(2, 3) * ma * (ma**2 - 3 * va)) == 0


@pytest.mark.spec("sde-weak-order/T1/M9")
@pytest.mark.parametrize(("correction", "sign"), [(0, -1), (1, 1)])
def test_other_corrections_are_off_at_first_order(correction, sign):
    found = residual(correction)
    assert found.order == 1
    assert sp.expand(found.powers[1][1, 1] - sign * ma**2 / 2) == 0
    assert sp.expand(found.powers[1][2, 2] - sign * ma**2) == 0


def test_wrong_covariance_is_off():
    assert residual(sp.Rational(1, 2), SIGMA * 2).order == 1
    assert residual(0, 0).order == 1


def test_residual_is_the_error_of_the_second_moment():
    """At numbers: (M^K - e^{T L}) on x^2 over h^2 tends to the integral of the residual, by matrices and nothing else."""
    found = residual(sp.Rational(1, 2))
    numbers = {ma: 1, mb: Fraction(1, 2), va: Fraction(1, 4), vb: 1}
    R = np.array(found.powers[2].subs(numbers).tolist(), float)
    L0 = np.array([[0, 0, 0], [0.5, -1, 0], [0, 1, -2]])
    block = expm(np.block([[L0, R], [np.zeros((3, 3)), L0]]))
    gaps = []
    for steps in (64, 128):
        eta = 1 / steps
        mean, square = 1 - eta, 1 - 2 * eta + eta**2 * 1.25
        M = np.array([[1, 0, 0], [eta * 0.5, mean, 0], [eta**2 * 1.25, 2 * eta * 0.5 - 2 * eta**2 * 0.5, square]])
        L = L0 + eta * np.array([[0, 0, 0], [0.25, -0.5, 0], [1, 0.5, -1 + 0.25]])
        gap = (np.linalg.matrix_power(M, steps) - expm(L)) / eta**2
        gaps.append(np.abs(gap - block[:3, 3:]).max())
    assert gaps[1] < 0.6 * gaps[0] < 0.05


def test_two_dimensions():
    p, q = sp.symbols("p q")
    drift = {p: -2 * p + q, q: p - 3 * q}
    matrix = sp.Matrix([[-2, 1], [1, -3]])
    corrected = matrix - h * matrix**2 / 2
    exact = moment_residual(
        {v: v + h * d for v, d in drift.items()},
        h,
        {},
        dict(zip((p, q), corrected * sp.Matrix([p, q]), strict=True)),
        sp.zeros(2),
    )
    assert exact.order == 2 and len(exact.monomials) == 6


@pytest.mark.parametrize(
    ("new", "says"),
    [((1 - h * a) * x**2, "degree above two"), (x * (1 - h) + h * a**3, "was not given"), (2 * x, "identity")],
)
def test_bad_input(new, says):
    with pytest.raises(BadInput, match=says):
        moment_residual({x: new}, h, MOMENTS, {x: -x}, sp.zeros(1))
