"""Gradient descent in logs, against plain gradient descent where that is possible, and beyond underflow where it is not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from verify.dynamics.margin_descent import bending, descend, margin_descent, step_rows
from verify.dynamics.modified_margin import margin_given_up
from verify.models.linear import DeepLinear, Linear
from verify.models.losses import EXPONENTIAL
from verify.models.network import Examples

NETWORK = DeepLinear((2,))
DATA = Examples.signed([[1.0, 0.3], [0.8, -0.2], [1.2, 0.1]])
THETA = np.array([1.0, 0.2, 0.5, -0.3, 1.1, 0.7])


def gradient(theta):
    margins = NETWORK.margins(theta, DATA)
    return -np.exp(-margins) @ NETWORK.gradients(theta, DATA)


@pytest.mark.spec("margin-kkt/T7/E4")
def test_is_gradient_descent():
    theta = THETA
    found = margin_descent(NETWORK, EXPONENTIAL, DATA, THETA, lambda tau: 0.1 * np.exp(-tau), steps=20)
    for k in range(20):
        assert found.theta[k] == pytest.approx(theta, rel=1e-12)
        theta = theta - 0.1 * gradient(theta)
    start = 1 / np.exp(-NETWORK.margins(THETA, DATA)).sum()
    assert np.exp(found.log_time) == pytest.approx(start + 0.1 * np.arange(21), rel=1e-12)


@pytest.mark.spec("margin-kkt/T7/E4")
def test_survives_losses_far_below_underflow():
    theta = 40 * THETA
    rows = step_rows(NETWORK, EXPONENTIAL, DATA, theta[None], lambda tau: 0.01 / tau, (0.5, 1.0))
    assert rows.tau[0] > 1500
    assert np.all(np.isfinite(rows.growth)) and np.all(rows.tau_after > rows.tau[..., None])
    half, _ = descend(NETWORK, EXPONENTIAL, DATA, theta, lambda tau: 0.01 / tau, 0.5)
    assert rows.growth[0, 0] == pytest.approx(half @ half / (theta @ theta) - 1, abs=1e-15)


def test_a_run_that_overshoots_ends():
    pair, start = Examples.signed([[1.0, 10.0], [1.0, -10.0]]), np.array([1.0, 0.05])
    found = margin_descent(Linear(), EXPONENTIAL, pair, start, lambda tau: np.exp(-tau), steps=50)
    assert found.theta[1] == pytest.approx([1.830, -3.784], abs=1e-3)
    assert np.isnan(found.theta[2:]).all()


@pytest.mark.spec("margin-kkt/T7/S5")
def test_the_hessian_of_the_loss():
    steps = 1e-6 * np.eye(6)
    hessian = np.array([(gradient(THETA + e) - gradient(THETA - e)) / 2e-6 for e in steps])
    loss = np.exp(-NETWORK.margins(THETA, DATA)).sum()
    assert bending(NETWORK, EXPONENTIAL, DATA, THETA) == pytest.approx(np.linalg.norm(hessian, 2) / loss, rel=1e-7)


@pytest.mark.spec("margin-kkt/T7/E1", "margin-kkt/T7/E3", "margin-kkt/T7/X1")
@pytest.mark.parametrize(("start", "degree"), [(0.506, 2), (0.3, 4), (1.0, 1), (5.0, 2)])
def test_the_modified_margin_by_quadrature_of_the_running_supremum(start, degree):
    def log_r(s: float) -> float:
        return s + np.log((1 + 2 * (1 + 1 / (degree * s)) * start / (2 * s)) / s)

    grid = np.linspace(start, start + 40, 200_001)
    curve = grid + np.log((1 + 2 * (1 + 1 / (degree * grid)) * start / (2 * grid)) / grid)

    def integrand(s: float) -> float:
        return float(np.exp(max(curve[grid <= s].max(initial=log_r(start)), log_r(s)) - s) - 1 / s)

    tau = start + 0.2
    kinks = np.linspace(tau, start + 40, 9)
    near = sum(quad(integrand, low, high, limit=200, epsabs=1e-9)[0] for low, high in pairwise(kinks))
    end = kinks[-1]
    expected = near + start / end + start / (2 * degree * end**2)
    assert margin_given_up(np.array(tau), start, degree) == pytest.approx(expected, rel=1e-5)
