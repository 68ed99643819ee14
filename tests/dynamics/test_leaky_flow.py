"""The rescaled flow against plain integration, closed forms and conserved quantities."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from verify.dynamics.rescaled_flow import HEUN, RK4, RK8, rates, rescaled_flow, step
from verify.models import two_layer_leaky as leaky
from verify.models.losses import LOGISTIC
from verify.models.network import Examples
from verify.reference.early_phase import early_phase

SLOW_SIDE = np.array([[1, 0.5]] * 4 + [[1, -0.5], [1.5, 0.5]])
"""The positives of an instance whose mean direction is 17 degrees off its max-margin separator (1, 0)."""


def _tensor(values) -> torch.Tensor:
    return torch.tensor(np.asarray(values, dtype=float))


def _starts(seed: int, batch: int, width: int, scale: float, inputs: int = 2) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    return _tensor([leaky.gaussian_start(rng, width, inputs, scale=scale) for _ in range(batch)])


@pytest.mark.spec("leaky-relu/T1/H3", "leaky-relu/T1/E4")
def test_states_in_real_time_are_those_of_an_adaptive_solver():
    data, network = leaky.mirrored(_tensor(SLOW_SIDE)), leaky.TwoLayerLeaky(4, 0.5)
    start = _starts(0, 3, 4, 0.05)
    times = np.array([1.0, 5.0, 12.0])
    visits = rescaled_flow(network, data, start, _tensor(times), clock="time", eta=0.02, method=RK4)

    def velocity(_, theta):
        q, pull = network.pullback(data)(torch.tensor(theta))
        return pull(torch.exp(LOGISTIC.log_weight(q)) / len(q)).numpy()

    for theta, found in zip(start.numpy(), visits.theta.numpy(), strict=True):
        peer = solve_ivp(velocity, (0, times[-1]), theta, t_eval=times, rtol=1e-9, atol=1e-11, max_step=0.05)
        # Kinks are crossed on the way, where both methods drop to first order: 1e-4 of the step there.
        np.testing.assert_allclose(found, peer.y.T, atol=2e-5)
    np.testing.assert_allclose(visits.log_time.numpy(), np.log(times)[None].repeat(3, 0), atol=1e-10)
    assert visits.status == [""] * 3


@pytest.mark.spec("leaky-relu/T1/E1", "leaky-relu/T1/E2", "leaky-relu/T1/E3")
def test_rows_are_met_and_the_loss_underflows_nowhere():
    data, network = leaky.mirrored(_tensor(SLOW_SIDE)), leaky.TwoLayerLeaky(8, 0.5)
    levels = torch.tensor([0.8, 3.0, 30.0, 400.0], dtype=torch.float64)
    visits = rescaled_flow(network, data, _starts(0, 4, 8, 1e-4), levels, eta=0.5)
    assert visits.status == [""] * 4
    torch.testing.assert_close(visits.log_loss, -levels.expand(4, 4), rtol=1e-10, atol=0)
    assert torch.isfinite(visits.log_time).all()
    assert (visits.log_time[:, -1] > 390).all()
    assert (visits.log_time.diff(dim=-1) > 0).all()


@pytest.mark.parametrize(("method", "order"), [(HEUN, 2), (RK4, 4), (RK8, 8)])
def test_methods_have_their_order(method, order):
    """On one linear neuron pair (alpha = 1) nothing is kinked; errors against a run with steps 8 times shorter."""
    data, network = leaky.mirrored(_tensor(SLOW_SIDE)), leaky.TwoLayerLeaky(2, 1.0)
    start, times = _starts(1, 1, 2, 0.3), torch.tensor([6.0], dtype=torch.float64)
    etas = (0.2, 0.1, 0.0125) if order < 8 else (1.2, 0.6, 0.1)
    found = [rescaled_flow(network, data, start, times, clock="time", eta=eta, method=method).theta for eta in etas]
    coarse, fine = (float((state - found[2]).norm()) for state in found[:2])
    assert abs(math.log2(coarse / fine) - order) < 0.1 * order


@pytest.mark.spec("leaky-relu/T1/S4")
def test_balance_is_conserved_and_the_norm_grows_by_eulers_identity():
    data, network = leaky.mirrored(_tensor(SLOW_SIDE)), leaky.TwoLayerLeaky(8, 0.5)
    start = _starts(2, 4, 8, 0.1)
    visits = rescaled_flow(network, data, start, torch.tensor([5.0, 50.0], dtype=torch.float64), eta=0.1, method=RK4)
    w, a = network.layers(visits.theta)
    balance = a**2 - (w * w).sum(-1)
    w, a = network.layers(start)
    before = a**2 - (w * w).sum(-1)
    # Relative to the squares that cancel in it.
    assert float(((balance - before[:, None]).abs() / (visits.theta**2).sum(-1, keepdim=True)).max()) < 1e-6
    at = rates(network, data, visits.theta[:, 0])
    q = network.margins(visits.theta[:, 0], data)
    weights = torch.exp(LOGISTIC.log_weight(q) - at.log_scale[:, None]) / q.shape[-1]
    torch.testing.assert_close((visits.theta[:, 0] * at.velocity).sum(-1), 2 * (weights * q).sum(-1))


@pytest.mark.spec("leaky-relu/T3/C2", "leaky-relu/T3/R1")
def test_margin_reached_on_symmetric_data():
    data, network = leaky.mirrored(_tensor(SLOW_SIDE)), leaky.TwoLayerLeaky(8, 0.5)
    start = _starts(0, 16, 8, 1e-4)
    grown = leaky.growth(network, start, data)
    halves = [torch.where(side, grown**2, 0).sum(-1) for side in (grown > 0, grown < 0)]
    even = (halves[0] / halves[1]).log().abs() < math.log(10)
    visits = rescaled_flow(network, data, start[even], torch.tensor([100.0], dtype=torch.float64), eta=0.5)
    theta = visits.theta[:, 0]
    ratio = network.margins(theta, data).amin(-1) / (theta**2).sum(-1) / 0.375
    assert bool(((ratio > 0.99) & (ratio < 1)).all())
    assert visits.steps < 1000  # 740 in the reference run


@pytest.mark.spec("leaky-relu/T4/E1", "leaky-relu/T4/X1", "leaky-relu/T4/X2", "leaky-relu/T6/X1")
def test_early_growth_has_the_phase_error_of_its_method():
    """The amplitude at T1 is off by rate * T1 * eta^p times the method's constant: Heun by percents, RK4 by 1e-5."""
    data, network, scale = leaky.mirrored(_tensor(SLOW_SIDE)), leaky.TwoLayerLeaky(4, 0.5), 1e-12
    start = _starts(3, 1, 4, scale)
    early = early_phase(start[0].numpy(), scale, 0.5, data.inputs.numpy(), data.labels.numpy())
    r = 1e-3
    errors = {}
    for name, method, eta in (("heun", HEUN, 0.5), ("rk4", RK4, 0.2), ("fine", RK4, 0.1)):
        visits = rescaled_flow(
            network, data, start, _tensor(early.time(np.array([r]), scale)), clock="time", eta=eta, method=method
        )
        found = visits.theta[0, 0].numpy() / r
        errors[name] = np.linalg.norm(found - early.leading()) / np.linalg.norm(early.leading())
    assert errors["heun"] > 0.05
    assert errors["rk4"] < 3e-4
    assert abs(math.log2(errors["rk4"] / errors["fine"]) - 4) < 0.3


@pytest.mark.spec("leaky-relu/T7/E1", "leaky-relu/T7/Q1", "leaky-relu/T7/N1")
@pytest.mark.parametrize(("alpha", "branches"), [(0.5, True), (0.9, False)])
def test_a_repelling_kink_is_seen_and_branches(alpha, branches):
    data = Examples(_tensor([[1, 0], [-0.75, 1]]), _tensor([1, 1]))
    start = _tensor([[1e-11, 0.01, 0.01], [-1e-11, 0.01, 0.01]])
    visits = rescaled_flow(
        leaky.TwoLayerLeaky(1, alpha), data, start, _tensor([10.0]), clock="time", eta=0.1, method=RK4, watch=True
    )
    right, left = visits.theta[:, 0, 0].tolist()
    assert abs(right - 0.0292) < 5e-5
    assert abs(left - (-0.0287 if branches else 0.02918)) < 5e-5
    assert bool((visits.branchings > 0).all()) == branches
    assert visits.slides.tolist() == [0, 0]


@pytest.mark.spec("leaky-relu/T7/X2", "leaky-relu/T1/X1")
def test_an_attracting_kink_is_seen():
    """a y < 0 at x_1 with one-sided speeds towards the kink from both sides: the neuron slides along w_1 = 0."""
    data = Examples(_tensor([[1, 0], [0.75, 1]]), _tensor([-1, 1]))
    start = _tensor([[1e-3, 0.01, 0.01]])
    visits = rescaled_flow(leaky.TwoLayerLeaky(1, 0.5), data, start, _tensor([5.0]), clock="time", eta=0.05, watch=True)
    assert int(visits.slides[0]) > 10
    assert abs(float(visits.theta[0, 0, 0])) < 1e-3


@pytest.mark.spec("leaky-relu/T1/X3")
def test_the_step_rule_is_not_shortened_by_a_far_example_that_is_fitted():
    """With max |x| in place of the weighted lengths, late steps on data with a hint at (30, 0) are 20 times shorter."""
    inputs = _tensor([[1, 0], [-1, 0], [30, 0], [0.05, 1], [0.05, -1]])
    data, network = Examples(inputs, _tensor([1, -1, 1, 1, 1])), leaky.TwoLayerLeaky(8, 0.5)
    start = _tensor([leaky.balanced_start(np.random.default_rng(1), 8, 2, scale=1e-3)])
    theta = rescaled_flow(network, data, start, torch.tensor([3.0], dtype=torch.float64)).theta[:, 0]
    q = network.margins(theta, data)
    weights = torch.exp(torch.nn.functional.logsigmoid(-q) - torch.nn.functional.logsigmoid(-q).amax(-1, keepdim=True))
    longest, rho2 = inputs.norm(dim=-1).max(), (theta**2).sum(-1)
    naive = len(inputs) / (weights.sum(-1) * (longest + rho2 * longest**2))
    assert float(rates(network, data, theta).longest / naive) > 20


def test_what_is_not_reached_has_a_sentence():
    data, network = leaky.mirrored(_tensor(SLOW_SIDE)), leaky.TwoLayerLeaky(4, 0.5)
    start = _starts(0, 2, 4, 1e-2)
    start[1, 0] = math.nan
    visits = rescaled_flow(network, data, start, torch.tensor([1.0, 50.0], dtype=torch.float64), budget=150)
    assert "the budget of 150 steps ended before row 2 of 2" in visits.status[0]
    assert "left the range of float64 before row 1 of 2" in visits.status[1]
    assert bool(torch.isfinite(visits.theta[0, 0]).all())
    assert bool(torch.isnan(visits.theta[0, 1]).all())


def test_one_step_runs_where_its_tensors_are():
    """On the meta device, which refuses a tensor made on the CPU."""

    def empty(*shape: int) -> torch.Tensor:
        return torch.empty(shape, dtype=torch.float64, device="meta")

    data, network = Examples(empty(6, 2), empty(6)), leaky.TwoLayerLeaky(4, 0.5)
    at = rates(network, data, empty(3, 12))
    moved = step(network, data, empty(3, 12), at, empty(3), RK4)
    below, above = network.one_sided_speeds(empty(3, 12), data, empty(3, 6))
    assert moved.shape == (3, 12)
    assert below.shape == above.shape == (3, 4, 6)
    assert {tensor.device.type for tensor in (moved, above, *at)} == {"meta"}
