"""The right-hand sides and Jacobians of the flows against automatic differentiation, and their exact invariants."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
import torch
from numpy.testing import assert_allclose

from tests.dynamics.margin_instances import NETWORKS
from verify.dynamics.force import force, force_jacobian
from verify.dynamics.reduced_flow import gauges, jacobian, velocity
from verify.dynamics.time_flow import log_time_jacobian, log_time_velocity
from verify.models.losses import EXPONENTIAL, LOGISTIC, loss_from
from verify.models.network import Examples

q = sp.Symbol("q")
LOSSES = {
    "exp": EXPONENTIAL,
    "logistic": LOGISTIC,
    "cubic": loss_from(q**3, q),
    "tail-3": loss_from(3 * sp.log(q), q),
}
every_network = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def correct_state(network, seed=0, examples=6):
    """A state on the sphere at which every example is classified correctly: labels are taken from the network."""
    draw = torch.Generator().manual_seed(seed)
    inputs = torch.randn(examples, 3, dtype=torch.float64, generator=draw)
    theta = torch.randn(network.size(3), dtype=torch.float64, generator=draw)
    labels = torch.sign(network.margins(theta, Examples(inputs, torch.ones(examples, dtype=torch.float64))))
    kept = labels != 0
    data = Examples(inputs[kept], labels[kept])
    log_rho = torch.log(theta.norm()) + 0.3
    y = torch.tensor([-1.0, 0.0], dtype=torch.float64)
    return data, log_rho, torch.cat([theta / theta.norm(), y])


def log_loss(network, loss, data, theta):
    return torch.logsumexp(-loss.f(network.margins(theta, data)), -1)


@pytest.mark.spec("margin-kkt/T0/E1")
@pytest.mark.spec("margin-kkt/T0/S1")
@pytest.mark.spec("margin-kkt/T0/E5")
@every_loss
@every_network
def test_flow_is_the_gradient_of_the_loss_in_another_clock(network, loss):
    """theta = e^sigma u moves along -grad log Loss, by automatic differentiation, with d log|theta|/dsigma = 1."""
    data, log_rho, state = correct_state(network)
    u, y = state[:-2], state[-2]
    theta = (torch.exp(log_rho) * u).requires_grad_()
    value = log_loss(network, loss, data, theta)
    (gradient,) = torch.autograd.grad(value, theta)
    theta = theta.detach()
    downhill = -gradient  # d theta/dt = Loss * downhill
    time_per_sigma = (theta @ theta) / (theta @ downhill)  # Loss dt/dsigma, from d log rho/dt = <theta, theta'>/rho^2
    expected_motion = (downhill * time_per_sigma - theta) / torch.exp(log_rho)
    moved = velocity(network, loss, data, log_rho, state)
    assert_allclose(moved[:-2], expected_motion, rtol=1e-9, atol=1e-9)
    tau_rate = downhill @ downhill * time_per_sigma
    log_t_rate = torch.exp(-value.detach() + torch.log(time_per_sigma) - (y - value.detach()))
    assert_allclose(moved[-2], log_t_rate - tau_rate, rtol=1e-9)
    assert_allclose(moved[-1], expected_motion @ expected_motion, rtol=1e-8, atol=1e-10)


@pytest.mark.spec("margin-kkt/T0/E1")
@every_network
def test_flow_in_the_specification_s_own_form(network):
    """what = sum p_n grad q_n(u) with p = softmax(-R q(u)), R = e^{L sigma}: homogeneity lets theta stand for u."""
    data, log_rho, state = correct_state(network)
    u, power = state[:-2], torch.exp(network.degree * log_rho)
    weights = torch.softmax(-power * network.margins(u, data), -1)
    what = weights @ network.gradients(u, data)
    assert_allclose(
        velocity(network, EXPONENTIAL, data, log_rho, state)[:-2], what / (u @ what) - u, rtol=1e-10, atol=1e-12
    )
    assert_allclose(u @ what, network.degree * weights @ network.margins(u, data), rtol=1e-12)


@pytest.mark.spec("margin-kkt/T0/E4")
@every_network
def test_time_rows_in_the_specification_s_own_form(network):
    """dT = exp(tau + (2-L) sigma - log <u,what> - T), dtau = R (L qbar + <what, du/dsigma>) with unit-sphere
    quantities."""
    data, log_rho, state = correct_state(network)
    u, y, degree = state[:-2], state[-2], network.degree
    power = torch.exp(degree * log_rho)
    margins = network.margins(u, data)
    weights, tau = torch.softmax(-power * margins, -1), -torch.logsumexp(-power * margins, -1)
    what = weights @ network.gradients(u, data)
    moved = velocity(network, EXPONENTIAL, data, log_rho, state)
    time = torch.exp(tau + (2 - degree) * log_rho - torch.log(u @ what) - (y + tau))
    height = power * (degree * weights @ margins + what @ moved[:-2])
    assert_allclose(moved[-2], time - height, rtol=1e-9, atol=1e-11)


@pytest.mark.spec("margin-kkt/T0/S1")
@pytest.mark.spec("margin-kkt/T1/X4")
@every_loss
@every_network
def test_sphere_is_invariant_and_attracting(network, loss):
    """d|u|^2/dsigma = 2 (1 - |u|^2) at any |u|, so nothing has to be normalised along the way."""
    data, log_rho, state = correct_state(network)
    for length in (0.7, 1.0, 1.2):
        u = length * state[:-2]
        moved = velocity(network, loss, data, log_rho, torch.cat([u, state[-2:]]))
        assert_allclose(2 * u @ moved[:-2], 2 * (1 - length**2), rtol=1e-10, atol=1e-10)


@pytest.mark.spec("margin-kkt/T0/E6")
@pytest.mark.spec("margin-kkt/T0/E7")
@pytest.mark.spec("margin-kkt/T0/E8")
@every_loss
@every_network
def test_jacobian_is_the_derivative_of_the_velocity(network, loss):
    """All of it but the rows of y and turning with respect to u, which are left out and stand as zeros."""
    data, log_rho, state = correct_state(network)
    exact = torch.func.jacrev(lambda s: velocity(network, loss, data, log_rho, s))(state)
    analytic = jacobian(network, loss, data, log_rho, state)
    scale = exact.abs().max()
    assert_allclose(analytic[:-2] / scale, exact[:-2] / scale, atol=1e-10)
    assert_allclose(analytic[-2:, -2:] / scale, exact[-2:, -2:] / scale, atol=1e-12)
    assert torch.all(analytic[-2:, :-2] == 0)
    assert exact[-2:, :-2].abs().max() > 0


@pytest.mark.spec("margin-kkt/T0/E6")
@every_network
def test_jacobian_agrees_with_central_differences(network):
    data, log_rho, state = correct_state(network, seed=3)
    step = 1e-6
    columns = [
        (
            velocity(network, EXPONENTIAL, data, log_rho, state + step * e)
            - velocity(network, EXPONENTIAL, data, log_rho, state - step * e)
        )
        / (2 * step)
        for e in torch.eye(len(state), dtype=torch.float64)
    ]
    differences, analytic = torch.stack(columns, -1)[:-2], jacobian(network, EXPONENTIAL, data, log_rho, state)[:-2]
    assert_allclose(analytic, differences, atol=1e-6 * float(analytic.abs().max()))


@pytest.mark.spec("margin-kkt/T0/E7")
def test_jacobian_of_the_force_is_symmetric_for_the_exponential_loss_alone():
    """For exp it is sum p Hess q - Cov_p(grad q)."""
    network = NETWORKS["relu-cubed"]
    data, log_rho, state = correct_state(network)
    theta = torch.exp(log_rho) * state[:-2]
    at = force(network, EXPONENTIAL, data, theta)
    matrix, gradients = force_jacobian(network, EXPONENTIAL, data, theta, at), network.gradients(theta, data)
    covariance = torch.einsum("n,ni,nj->ij", at.weights, gradients, gradients) - torch.outer(at.direction, at.direction)
    assert_allclose(
        matrix, network.curvature(theta, data, at.weights) - covariance, atol=1e-9 * float(covariance.abs().max())
    )
    cubic = LOSSES["cubic"]
    skew = force_jacobian(network, cubic, data, theta, force(network, cubic, data, theta))
    assert (skew - skew.T).abs().max() > 1e-3 * skew.abs().max()


@every_loss
@every_network
def test_log_time_flow_and_its_jacobian(network, loss):
    data, log_rho, state = correct_state(network)
    theta = torch.exp(log_rho) * state[:-2]
    log_t = torch.tensor(0.4, dtype=torch.float64)
    gradient = torch.func.grad(lambda s: torch.exp(log_loss(network, loss, data, s)))(theta)
    assert_allclose(
        log_time_velocity(network, loss, data, log_t, theta), -torch.exp(log_t) * gradient, rtol=1e-9, atol=1e-14
    )
    hessian = torch.func.jacrev(lambda s: log_time_velocity(network, loss, data, log_t, s))(theta)
    assert_allclose(
        log_time_jacobian(network, loss, data, log_t, theta), hessian, atol=1e-9 * float(hessian.abs().max())
    )


@every_network
def test_kernels_are_batched_and_mappable(network):
    data, log_rho, state = correct_state(network)
    states, clocks = torch.stack([state, state.flip(0)]), torch.stack([log_rho, log_rho + 0.5])
    for kernel in (velocity, jacobian, gauges):
        batched = kernel(network, EXPONENTIAL, data, clocks, states)
        mapped = torch.func.vmap(lambda c, s, kernel=kernel: kernel(network, EXPONENTIAL, data, c, s))(clocks, states)
        single = kernel(
            network, EXPONENTIAL, Examples(*(part.numpy() for part in data)), clocks[0].numpy(), states[0].numpy()
        )
        assert_allclose(mapped, batched, rtol=1e-12, atol=1e-12)
        assert_allclose(single, batched[0], rtol=1e-11, atol=1e-11)


@pytest.mark.spec("margin-kkt/T1/X2")
@pytest.mark.spec("margin-kkt/T0/X5")
def test_no_number_overflows_at_a_loss_of_exp_minus_a_million():
    """The loss underflows beyond tau = 745 and t overflows; everything that the flow carries is finite."""
    network = NETWORKS["linear"]
    data, _, state = correct_state(network)
    log_rho = torch.tensor(np.log(1e7), dtype=torch.float64)
    at = force(network, EXPONENTIAL, data, torch.exp(log_rho) * state[:-2])
    assert at.tau > 1e5
    assert torch.exp(-at.tau) == 0
    assert torch.exp(at.tau) == torch.inf
    assert torch.isfinite(velocity(network, EXPONENTIAL, data, log_rho, state)).all()
    assert torch.isfinite(jacobian(network, EXPONENTIAL, data, log_rho, state)).all()
