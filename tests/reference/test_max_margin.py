"""The exact support vector machine: KKT conditions checked in fractions here, cvxpy as an independent route, degenerate
data."""

from __future__ import annotations

from fractions import Fraction

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from verify.errors import BadInput
from verify.models.datasets import digits, iris
from verify.reference.margin_bounds import margin_bounds
from verify.reference.max_margin import MaxMargin, NotSeparable, hard_margin, max_margin

RATIONAL = [[3, 1, 0], [1, 2, 1], [2, -1, 1], [0, 4, -1], [5, 1, 1]]
"""The instance of margin-kkt/T4.5."""


def dot(left, right):
    return sum((Fraction(a) * Fraction(b) for a, b in zip(left, right, strict=True)), Fraction(0))


def assert_kkt(z, optimum):
    """Stationarity, feasibility, signs and complementarity, exactly; they imply that primal and dual agree."""
    margins = [dot(row, optimum.primal) for row in z]
    columns = list(zip(*z, strict=True))
    assert tuple(dot(column, optimum.dual) for column in columns) == optimum.primal
    assert min(margins) == 1
    assert min(optimum.dual) >= 0
    assert all(alpha == 0 or margin == 1 for alpha, margin in zip(optimum.dual, margins, strict=True))
    assert optimum.margin_points == tuple(n for n, margin in enumerate(margins) if margin == 1)
    assert dot(optimum.primal, optimum.primal) == sum(optimum.dual) == 1 / optimum.gamma_squared


def assert_contradiction(z, found):
    """Gordan's certificate, exactly."""
    assert min(found.dual) >= 0
    assert sum(found.dual) == 1
    assert all(dot(column, found.dual) == 0 for column in zip(*z, strict=True))
    assert found.rows == tuple(n for n, weight in enumerate(found.dual) if weight)


def solved(z) -> MaxMargin:
    """The optimum of rows that are separable."""
    found = max_margin(z)
    assert isinstance(found, MaxMargin)
    return found


@pytest.mark.spec("margin-kkt/T4/R1")
@pytest.mark.spec("margin-kkt/T4/E1")
def test_rational_instance():
    optimum = solved(RATIONAL)
    assert_kkt(RATIONAL, optimum)
    assert optimum.support == optimum.margin_points == (2, 3)
    assert optimum.primal == (Fraction(4, 7), Fraction(2, 7), Fraction(1, 7))
    assert (optimum.dual[2], optimum.dual[3]) == (Fraction(2, 7), Fraction(1, 7))
    assert optimum.gamma_squared == Fraction(7, 3)
    assert optimum.unique
    assert not optimum.degenerate
    assert optimum.certificate() == {
        "kind": "optimum",
        "primal": ["4/7", "2/7", "1/7"],
        "dual": ["0", "0", "2/7", "1/7", "0"],
    }


def test_one_point_and_two_points_in_closed_form():
    """w = z/|z|^2; for two orthogonal rows w = sum z_n/|z_n|^2."""
    one = solved([[3, 4]])
    assert one.primal == (Fraction(3, 25), Fraction(4, 25))
    assert one.dual == (Fraction(1, 25),)
    two = solved([[2, 0, 0], [0, Fraction(1, 3), 0]])
    assert two.primal == (Fraction(1, 2), Fraction(3), Fraction(0))
    assert two.dual == (Fraction(1, 4), Fraction(9))


integer_rows = st.tuples(st.integers(1, 9), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(-4, 4))
)


@settings(max_examples=120, deadline=None)
@given(integer_rows)
def test_random_integers_end_in_a_proof_either_way(z):
    """Small integers are full of ties, duplicates, dependent and zero rows; every answer is checked exactly."""
    found = max_margin(z)
    rows = z.tolist()
    if isinstance(found, NotSeparable):
        assert_contradiction(rows, found)
    else:
        assert_kkt(rows, found)
        points = np.array([rows[n] for n in found.margin_points])
        assert found.unique == (np.linalg.matrix_rank(points) == len(points))
        assert found.degenerate == (largest_least_multiplier(points, found.w) < 1e-7)


def largest_least_multiplier(points, w):
    """max over duals of the least multiplier on the margin points, by an independent float LP."""
    alpha, least = cp.Variable(len(points)), cp.Variable()
    problem = cp.Problem(cp.Maximize(least), [points.T @ alpha == w, alpha >= least, least >= 0])
    problem.solve(solver=cp.CLARABEL)
    return np.asarray(least.value).item()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 12), st.integers(1, 6))
def test_separable_integers_agree_with_cvxpy(seed, examples, features):
    draw = np.random.default_rng(seed)
    direction = draw.normal(size=features)
    z = draw.integers(-9, 10, size=(examples, features))
    z = np.where((z @ direction)[:, None] < 0, -z, z)
    z = z[np.abs(z @ direction) > 0.3]
    if len(z) == 0:
        return
    optimum = solved(z)
    assert_kkt(z.tolist(), optimum)
    w = cp.Variable(features)
    squared = cp.Problem(cp.Minimize(cp.sum_squares(w)), [z @ w >= 1]).solve(solver=cp.CLARABEL)
    # The solver's tolerance of 1e-8 is one on the objective; the minimiser is known to its square root.
    assert float(1 / optimum.gamma_squared) == pytest.approx(squared, rel=1e-5)
    np.testing.assert_allclose(optimum.w, np.asarray(w.value), atol=1e-3 * (1 + np.abs(optimum.w).max()))


@pytest.mark.spec("margin-kkt/T4/R2")
def test_margin_point_without_multiplier_is_degenerate():
    optimum = solved([[1, 0], [1, 1]])
    assert_kkt([[1, 0], [1, 1]], optimum)
    assert optimum.dual == (1, 0)
    assert optimum.margin_points == (0, 1)
    assert optimum.support == (0,)
    assert optimum.unique
    assert optimum.degenerate


@pytest.mark.spec("margin-kkt/T4/R2")
def test_singular_gram_matrix_gets_a_positive_dual_where_there_is_one():
    rows = [[0, 1], *[[1, 0]] * 5]
    optimum = solved(rows)
    assert_kkt(rows, optimum)
    assert optimum.dual == (1, *[Fraction(1, 5)] * 5)
    assert not optimum.unique
    assert not optimum.degenerate


@pytest.mark.spec("margin-kkt/T4/R2")
def test_singular_gram_matrix_can_be_degenerate_too():
    """w = (1, 0) for three rows on the margin line x = 1 whose duals must put all weight on (1, 0)."""
    rows = [[1, 0], [1, 0], [1, 1], [2, 5]]
    optimum = solved(rows)
    assert_kkt(rows, optimum)
    assert optimum.dual[0] + optimum.dual[1] == 1
    assert optimum.margin_points == (0, 1, 2)
    assert not optimum.unique
    assert optimum.degenerate


@pytest.mark.parametrize(
    "rows",
    [
        [[1, 2], [-1, -2]],
        [[0, 0], [1, 1]],
        [[1, 0], [0, 1], [-1, -1]],
        [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[Fraction(1, 3), 0.1], [Fraction(-1, 3), -0.1]],
    ],
)
def test_inseparable_rows_get_a_contradiction(rows):
    found = max_margin(rows)
    assert isinstance(found, NotSeparable)
    assert_contradiction(rows, found)
    assert found.certificate() == {"kind": "infeasible", "dual": [str(weight) for weight in found.dual]}


def test_rows_that_must_be_separable_are_refused_by_name():
    assert hard_margin([[3, 0], [1, 1]]) == max_margin([[3, 0], [1, 1]])
    with pytest.raises(
        BadInput, match=r"the rows 1, 2 contradict each other: no w has .* > 0 on all of them; give separable"
    ):
        hard_margin([[5, 1], [1, 2], [-1, -2]])


def test_exactness_decides_what_floats_cannot():
    """Two rows that contradict each other but for 10^-30: Clarabel sees none of it, the rationals see both cases."""
    tiny = Fraction(1, 10**30)
    inside = solved([[1, 0], [-1, tiny]])
    assert_kkt([[1, 0], [-1, tiny]], inside)
    assert isinstance(max_margin([[1, 0], [-1, 0]]), NotSeparable)


def test_floats_are_the_dyadic_rationals_that_they_are():
    draw = np.random.default_rng(3)
    z = draw.normal(size=(40, 6))
    z *= np.sign(z @ draw.normal(size=6))[:, None]
    optimum = solved(z)
    assert_kkt(z.tolist(), optimum)
    assert abs(optimum.solver_gap) < 1e-6


@pytest.mark.parametrize("data", [digits(0, 1), digits(3, 8), iris()], ids=lambda data: data.name)
def test_real_data_are_solved_exactly(data):
    optimum = solved(data.signed)
    assert_kkt(data.signed.tolist(), optimum)
    assert optimum.unique
    assert not optimum.degenerate


@pytest.mark.parametrize("species", ["versicolor", "virginica"])
def test_other_irises_are_not_separable_and_it_is_proved(species):
    data = iris(species)
    for z in (data.signed, data.with_constant().signed):
        found = max_margin(z)
        assert isinstance(found, NotSeparable)
        assert_contradiction(z.tolist(), found)


@pytest.mark.parametrize(
    ("z", "sentence"),
    [([], "no entry"), ([[]], "no entry"), ([[1.0, float("nan")]], "finite"), ([[float("inf")]], "finite")],
)
def test_bad_input_gets_one_sentence(z, sentence):
    with pytest.raises(BadInput, match=sentence):
        max_margin(z)


@pytest.mark.spec("margin-kkt/T4/R3")
def test_bounds_from_any_multipliers_contain_the_exact_margin():
    draw = np.random.default_rng(0)
    exact = solved(RATIONAL)
    gaps = []
    for size in (0.3, 1e-3, 1e-6, 1e-9):
        w = exact.w + size * draw.normal(size=3)
        alpha = np.abs(exact.alpha + size * draw.normal(size=5))
        bounds = margin_bounds(RATIONAL, w, alpha)
        assert bounds.lower <= exact.gamma_squared <= bounds.upper
        gaps.append(bounds.upper - bounds.lower)
    # The dual bound is off by the weight that lands on rows beyond the margin, so the gap is of first order.
    assert gaps[2] < gaps[1] / 100
    assert gaps[3] < gaps[2] / 100
    assert margin_bounds(RATIONAL, exact.primal, exact.dual) == (exact.gamma_squared, exact.gamma_squared)


@pytest.mark.spec("margin-kkt/T4/R3")
def test_bounds_refuse_what_proves_nothing():
    with pytest.raises(ValueError, match="separates the rows"):
        margin_bounds(RATIONAL, [-1, 0, 0], [1, 1, 1, 1, 1])
    with pytest.raises(ValueError, match="nonnegative"):
        margin_bounds(RATIONAL, [4, 2, 1], [-1, 0, 2, 1, 0])
    with pytest.raises(ValueError, match="nonnegative"):
        margin_bounds(RATIONAL, [4, 2, 1], [0, 0, 0, 0, 0])
