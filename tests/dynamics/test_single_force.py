"""The right-hand sides that solvers call: one state in numpy, against the batched formulas of the same flows."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from verify.dynamics.fitted import NETWORKS
from verify.dynamics.force import force
from verify.dynamics.problem import Problem
from verify.dynamics.reduced_flow import field, velocity
from verify.dynamics.single_force import single_force
from verify.dynamics.time_flow import log_time_field, log_time_velocity
from verify.models.losses import EXPONENTIAL, LOGISTIC, loss_from
from verify.models.network import Examples

Q = sp.Symbol("q")
LOSSES = {"exp": EXPONENTIAL, "logistic": LOGISTIC, "tail-3": loss_from(3 * sp.log(Q), Q)}


def problem(name, loss):
    rng = np.random.default_rng(1)
    inputs = {"convolution": 16, "a + b^3": 1}.get(name, 4)
    data = Examples(np.abs(rng.normal(size=(6, inputs))), np.ones(6))
    # Positive parameters and inputs give every network a positive margin, as q^{-3} needs.
    theta = np.abs(rng.normal(size=NETWORKS[name].size(inputs)))
    return Problem.on("cpu", NETWORKS[name], loss, data), theta / np.linalg.norm(theta)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("name", NETWORKS)
def test_it_agrees_with_the_batched_formulas(name, loss):
    posed, u = problem(name, loss)
    for log_rho in (0.1, 2.0, 4.0):
        theta = np.exp(log_rho) * u
        expected = force(posed.network, posed.loss, posed.data, theta)
        tau, factor, w = single_force(posed)(theta)
        assert tau == pytest.approx(expected.tau, rel=1e-13, abs=1e-13)
        assert factor == pytest.approx(np.exp(expected.log_factor), rel=1e-12)
        np.testing.assert_allclose(w, expected.direction, rtol=1e-11, atol=1e-13 * np.abs(w).max())
        state = np.append(u, [0.7, 0.2])
        found, batched = field(posed)(log_rho, state), posed.hosted(velocity)(log_rho, state)
        np.testing.assert_allclose(found, batched, rtol=1e-9, atol=1e-12 * np.abs(batched[:-2]).max() + 1e-13)
        found, batched = log_time_field(posed)(1.0, theta), posed.hosted(log_time_velocity)(1.0, theta)
        np.testing.assert_allclose(found, batched, rtol=1e-10, atol=1e-300)


@pytest.mark.parametrize(
    ("log_rho", "scale", "y"),
    [(0.1, -1.0, 0.0), (0.1, 1.0, -1e4), (0.1, 0.0, 0.0), (800.0, 1.0, 0.0), (0.1, np.nan, 0.0)],
)
def test_a_stray_state_gets_the_answer_of_the_batched_formula(log_rho, scale, y):
    """Where <u, w> is not positive, where t leaves the floats, at the origin, where the norm does, and at no number."""
    posed, u = problem("deep-linear-2", EXPONENTIAL)
    state = np.append(scale * u, [y, 0.0])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(field(posed)(log_rho, state), posed.hosted(velocity)(log_rho, state), rtol=1e-9)


def test_a_steep_step_in_time_is_capped_alike():
    posed, u = problem("linear", EXPONENTIAL)
    found, batched = log_time_field(posed)(1e4, -u), posed.hosted(log_time_velocity)(1e4, -u)
    np.testing.assert_allclose(found, batched, rtol=1e-12)
    assert np.isfinite(found).all()
