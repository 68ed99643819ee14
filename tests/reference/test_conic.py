"""Cone programmes against closed forms: both kinds of cone, a quadratic, what is infeasible and what is unbounded."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csc_array

from verify.reference.conic import solve


@pytest.mark.parametrize("form", [np.asarray, csc_array])
def test_a_quadratic_programme_and_its_multipliers(form):
    """The shortest x with x_1 + 2 x_2 >= 1 and x_1 >= -1 is (1, 2)/5, with the multipliers 1/5 and 0."""
    found = solve(np.zeros(2), form([[-1.0, -2.0], [-1.0, 0.0]]), np.array([-1.0, 1.0]), nonnegative=2, P=np.eye(2))
    assert found.outcome == "solved"
    np.testing.assert_allclose(found.x, [0.2, 0.4], atol=1e-7)
    np.testing.assert_allclose(found.dual, [0.2, 0.0], atol=1e-7)


def test_a_matrix_that_is_not_diagonal_counts_both_halves():
    """min x.Px/2 - x_1 without an active constraint is P^{-1} e_1."""
    P = np.array([[2.0, 1.0], [1.0, 3.0]])
    found = solve(np.array([-1.0, 0.0]), np.zeros((1, 2)), np.ones(1), nonnegative=1, P=P)
    np.testing.assert_allclose(found.x, np.linalg.solve(P, [1, 0]), atol=1e-7)


def test_second_order_cones():
    """The least t_1 + t_2 with |u_c| <= t_c and (3, 4) . u_1 + (0, 1) . u_2 >= 1 is 1/5, all of it in u_1."""
    rows = np.zeros((7, 6))
    rows[0] = [0, -3, -4, 0, 0, -1]
    rows[1:] = -np.eye(6)
    found = solve(
        np.array([1.0, 0, 0, 1, 0, 0]), rows, np.array([-1.0, *6 * [0]]), nonnegative=1, balls=[3, 3], tolerance=1e-10
    )
    assert found.outcome == "solved"
    np.testing.assert_allclose(found.x, [0.2, 0.12, 0.16, 0, 0, 0], atol=1e-8)
    assert found.dual[0] == pytest.approx(0.2, abs=1e-8)


def test_outcomes_without_a_solution():
    nothing_fits = solve(np.zeros(1), np.array([[1.0], [-1.0]]), np.array([-1.0, -1.0]), nonnegative=2, P=np.eye(1))
    assert nothing_fits.outcome == "infeasible"
    no_end = solve(np.array([-1.0]), np.array([[-1.0]]), np.zeros(1), nonnegative=1)
    assert no_end.outcome == "failed"
