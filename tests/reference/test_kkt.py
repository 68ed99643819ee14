"""KKT residuals at points known by hand, the cone of gradients, the tangent machine, and the diagonal network's two programmes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from verify.errors import BadInput
from verify.reference.diagonal_margin import diagonal_margin
from verify.reference.kkt import active_examples, distance_to_cone, kkt_residuals, tangent_margin
from verify.reference.max_margin import MaxMargin

ONE, TWO, HALF = Fraction(1), Fraction(2), Fraction(1, 2)


def exactly(*rows):
    return np.array(rows, dtype=object)


@pytest.mark.spec("margin-kkt/T2/E1")
def test_the_corner_of_the_diagonal_network_is_a_kkt_point_exactly():
    # q = theta_1^2 + 2 theta_2^2 at e_1: h = (2, 0), lambda = 1/2, though (0, 1/sqrt 2) is shorter.
    found = kkt_residuals(exactly(ONE, 0 * ONE), exactly(ONE), exactly([TWO, 0 * ONE]), exactly(HALF))
    assert found.within(0.0, 0.0)


@pytest.mark.spec("margin-kkt/T2/E1")
@pytest.mark.parametrize(
    ("theta", "margin", "multiplier"),
    [((1.0, 0.0), 0.9, 0.5), ((1.0, 0.0), 1.0, -0.5), ((1.0, 0.2), 1.0, 0.5), ((1.0, 0.0), 1.5, 0.5)],
    ids=["infeasible", "negative", "not-stationary", "not-complementary"],
)
def test_each_condition_is_looked_at(theta, margin, multiplier):
    gradients = np.array([[theta[0] / multiplier, 0.0]])
    found = kkt_residuals(np.array(theta), np.array([margin]), gradients, np.array([multiplier]))
    assert not found.within(0.1, 0.1)


@pytest.mark.spec("margin-kkt/T2/E1")
def test_approximate_points_are_told_from_exact_ones():
    found = kkt_residuals(
        np.array([1.0, 0.05]), np.array([1.0, 1.2]), np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([0.5, 0.1])
    )
    assert found.stationarity == pytest.approx(0.05)
    assert found.complementarity == pytest.approx([0.0, 0.02])
    assert found.within(0.06, 0.03) and not found.within(0.04, 0.03) and not found.within(0.06, 0.01)


@pytest.mark.spec("margin-kkt/T2/X2")
def test_the_active_set_follows_tau():
    margins = np.array([1.0, 1.01, 1.3])
    assert active_examples(margins, 100.0).tolist() == [True, True, True]
    assert active_examples(margins, 1e3).tolist() == [True, True, False]
    assert active_examples(margins, 1e6).tolist() == [True, False, False]


def test_the_cone_keeps_multipliers_nonnegative():
    gradients = np.array([[1.0, 0.0], [1.0, 1.0]])
    assert distance_to_cone(np.array([2.0, 1.0]), gradients) < 1e-12
    # Below the cone the nearest point is on its edge.
    assert distance_to_cone(np.array([1.0, -1.0]), gradients) == pytest.approx(2**-0.5)


@pytest.mark.spec("margin-kkt/T2/S8")
def test_a_kkt_point_solves_the_machine_on_its_own_gradients():
    # theta = (1/2, 1/3), z = (2, 9/2), (3, 9/4): both margins are 1, and h_n = 2 z_n theta.
    theta, z = np.array([1 / 2, 1 / 3]), np.array([[2.0, 4.5], [3.0, 2.25]])
    _, best = tangent_margin(2 * z * theta)
    assert isinstance(best, MaxMargin)
    assert best.w == pytest.approx(theta / 2)


def test_both_programmes_of_the_diagonal_network():
    corner = diagonal_margin(exactly([ONE, TWO]))
    assert (corner.least_square, corner.largest_margin) == (HALF, TWO)
    inside = diagonal_margin(exactly([TWO, Fraction(9, 2)], [3 * ONE, Fraction(9, 4)]))
    assert inside.least_square == Fraction(1, 4) + Fraction(1, 9)
    assert inside.largest_margin == 1 / inside.least_square


def test_rows_that_no_diagonal_network_fits_are_refused():
    with pytest.raises(BadInput, match="proved optimal"):
        diagonal_margin(exactly([-ONE, -TWO]))
