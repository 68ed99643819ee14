"""What section 0 and T1 of margin-kkt measured on seven architectures, and why kinked networks are smoothed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.dynamics.margin_instances import NETWORKS, fitted, labelled_by_a_plane, labelled_by_xor
from verify.dynamics.force import force
from verify.dynamics.integrate import Outcome, integrate
from verify.dynamics.margin_flow import margin_flow
from verify.dynamics.problem import Problem
from verify.dynamics.reduced_flow import jacobian, velocity
from verify.models.linear import Linear
from verify.models.losses import EXPONENTIAL
from verify.models.two_layer import DEFAULT_SMOOTHINGS, RectifiedPower, SmoothedRectifier, smoothing_limit


def assert_the_five_facts(network, data, tau_target):
    """Monotone smoothed margin, its exact slope, log N between the margins, the target, and the bound on the
    turning."""
    (path,) = margin_flow(network, EXPONENTIAL, [data], [fitted(network, data)], tau_target=tau_target, rows=600)
    rows, degree = path.rows, network.degree
    assert path.status == ""
    assert torch.all(rows.smoothed.diff() > -1e-12 * rows.smoothed[1:])
    exact = degree * ((1 + rows.entropy / rows.tau) / rows.cosine**2 - 1)
    assert (exact - rows.log_smoothed_rate).abs().max() < 1e-9 * (1 + float(exact.abs().max()))
    gap, scale = rows.margin - rows.smoothed, torch.exp(-degree * rows.log_rho)
    assert torch.all(gap >= 0)
    assert torch.all(gap <= np.log(rows.margins.shape[1]) * scale * (1 + 1e-9))
    assert rows.tau[-1].item() == pytest.approx(tau_target, rel=1e-3)
    turned, allowed = rows.turning[-1].item(), float(rows.log_smoothed[-1] - rows.log_smoothed[0]) / degree
    assert 0 < turned < allowed


@pytest.mark.spec("margin-kkt/T1/R1")
@pytest.mark.parametrize("name", ["linear", "deep-linear-2", "relu-squared"])
def test_five_facts_to_ten_thousand(name):
    assert_the_five_facts(NETWORKS[name], labelled_by_a_plane(), 1e4)


@pytest.mark.thorough
@pytest.mark.spec("margin-kkt/T1/R2")
@pytest.mark.spec("margin-kkt/T1/Q2")
@pytest.mark.spec("margin-kkt/T1/Q3")
@pytest.mark.spec("margin-kkt/T0/Q1")
@pytest.mark.parametrize("name", NETWORKS)
def test_five_facts_to_a_million(name):
    """The specification's own values of the turning belong to random instances that it does not give; the bound is for
    all."""
    assert_the_five_facts(NETWORKS[name], labelled_by_a_plane(), 1e6)


@pytest.mark.thorough
@pytest.mark.spec("margin-kkt/T0/Q2")
@pytest.mark.spec("margin-kkt/T0/Q3")
@pytest.mark.spec("margin-kkt/T0/E12")
@pytest.mark.parametrize(
    ("alpha", "data"), [(0.0, labelled_by_xor()), (0.3, labelled_by_a_plane())], ids=["relu-xor", "leaky-plane"]
)
def test_smoothing_error_is_of_first_order(alpha, data):
    """gt at tau = 10^6 from one start, for four smoothings: differences fall tenfold, and two of them predict the
    limit."""
    start = fitted(SmoothedRectifier(6, alpha, 1e-1), data, seed=3, tau=1.0)
    values = []
    for eps in (1e-1, 1e-2, 1e-3, 1e-4):
        (path,) = margin_flow(SmoothedRectifier(6, alpha, eps), EXPONENTIAL, [data], [start], tau_target=1e6)
        assert path.status == ""
        assert torch.all(path.rows.smoothed.diff() > 0)
        values.append(path.rows.smoothed[-1].item())
    steps = np.abs(np.diff(values))
    assert steps[2] < steps[1] / 4
    assert abs(smoothing_limit((values[1], values[2]), DEFAULT_SMOOTHINGS) - values[3]) < steps[2]


@pytest.mark.thorough
@pytest.mark.spec("margin-kkt/T0/X8")
def test_chattering_steps_on_the_kinked_network_are_no_test_of_monotonicity():
    """theta += h w/|w|^2, h = .1, to tau = 10^3 on ReLU: the smoothed margin falls in a good part of the steps."""
    network, data = RectifiedPower(6, 1), labelled_by_xor()
    theta, smoothed, cosine = fitted(SmoothedRectifier(6, eps=1e-3), data, seed=3, tau=1.0), [], []
    while True:
        at = force(network, EXPONENTIAL, data, theta)
        smoothed.append(at.tau / (theta @ theta))
        cosine.append(theta @ at.direction / np.linalg.norm(theta) / np.linalg.norm(at.direction))
        if at.tau > 1e3:
            break
        theta = theta + 0.1 * at.direction / (at.direction @ at.direction)
    falls = np.diff(smoothed) < 0
    assert 0.1 < falls.mean() < 0.6
    assert np.median(1 - np.array(cosine[-1000:])) > 1e-4


@pytest.mark.thorough
@pytest.mark.spec("margin-kkt/T0/X6")
def test_a_stiff_solver_hangs_on_the_kinks():
    """On ReLU itself neither LSODA nor Radau arrives in 15,000 right-hand sides each; margin_flow refuses such a network."""
    network, data = RectifiedPower(6, 1), labelled_by_xor()
    theta = fitted(SmoothedRectifier(6, eps=1e-3), data, seed=3, tau=1.0)
    problem = Problem(network, EXPONENTIAL, data, torch.device("cpu"))
    start, state = float(np.log(np.linalg.norm(theta))), np.append(theta / np.linalg.norm(theta), [0.0, 0.0])
    run = integrate(
        problem.hosted(velocity), problem.hosted(jacobian), start, state, start + 7, tolerance=1e-8, budget=30_000
    )
    assert run.outcome is not Outcome.REACHED
    assert force(network, EXPONENTIAL, data, np.exp(run.clock[-1]) * run.states[-1, :-2]).tau < 1e5


@pytest.mark.spec("margin-kkt/T0/Q1")
def test_cost_of_a_decade_is_constant():
    """An implicit method pays per decade of tau, not per unit: at most 800 right-hand sides each from 10^2 to 10^6."""
    data = labelled_by_a_plane()
    start = fitted(Linear(), data)
    counts = [
        margin_flow(Linear(), EXPONENTIAL, [data], [start], tau_target=target, rows=20, tolerance=1e-9)[0].evaluations
        for target in (1e2, 1e4, 1e6)
    ]
    assert np.diff(counts).max() < 2 * 2 * 800
