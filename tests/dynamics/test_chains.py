"""The methods step by step against torch.optim, SVAG's weights, and Euler-Maruyama against closed forms and a shared path."""

from __future__ import annotations

import math

import pytest
import torch

from verify.dynamics.chains import Adam, RMSprop, adam, mean, rmsprop, run, sgd, svag, svag_weights
from verify.dynamics.sde import brownian_increments, coarsened, euler_maruyama, final_states
from verify.models.noise import RADEMACHER, SKEW, batch_gradients

STEPS = 25


def optimised(optimizer, gradients, start):
    """The iterates of a torch optimiser that is fed the given gradients."""
    x = torch.nn.Parameter(start.clone())
    method = optimizer([x])
    for gradient in gradients:
        x.grad = gradient.clone()
        method.step()
        yield x.detach().clone()


@pytest.fixture
def gradients():
    return torch.randn((STEPS, 7), generator=torch.Generator().manual_seed(1), dtype=torch.float64)


START = torch.linspace(-1, 1, 7, dtype=torch.float64)


def test_sgd_is_torchs(gradients):
    x = START
    for gradient, theirs in zip(
        gradients, optimised(lambda p: torch.optim.SGD(p, lr=0.1), gradients, START), strict=True
    ):
        x = sgd(x, gradient, 0.1)
        torch.testing.assert_close(x, theirs, rtol=1e-14, atol=1e-15)


@pytest.mark.spec("sde-weak-order/T4/X4")
def test_rmsprop_is_torchs(gradients):
    """alpha is beta, eps stands outside the square root, v starts at zero."""
    state = RMSprop(START, torch.zeros_like(START))
    theirs = optimised(lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-3), gradients, START)
    for gradient, expected in zip(gradients, theirs, strict=True):
        state = rmsprop(state, gradient, 0.01, 0.9, 1e-3)
        torch.testing.assert_close(state.x, expected, rtol=1e-13, atol=1e-15)
    old = rmsprop(state, gradients[0], 0.01, 0.9, 1e-3, fresh=False)
    torch.testing.assert_close(old.x, state.x - 0.01 * gradients[0] / (state.v.sqrt() + 1e-3))
    assert not torch.equal(old.x, rmsprop(state, gradients[0], 0.01, 0.9, 1e-3).x)


@pytest.mark.spec("sde-weak-order/T5/X4")
def test_adam_is_torchs(gradients):
    state = Adam(START, torch.zeros_like(START), torch.zeros_like(START), 0)
    theirs = optimised(lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-3), gradients, START)
    for gradient, expected in zip(gradients, theirs, strict=True):
        state = adam(state, gradient, 0.01, 0.8, 0.95, 1e-3)
        torch.testing.assert_close(state.x, expected, rtol=1e-13, atol=1e-15)
    assert state.k == STEPS


@pytest.mark.parametrize("amplification", [1, 2, 4, 16, 2.5])
def test_svag_weights(amplification):
    a, b = svag_weights(amplification)
    assert a + b == pytest.approx(1) and a**2 + b**2 == pytest.approx(amplification)
    assert a**3 + b**3 == pytest.approx((3 * amplification - 1) / 2) and a**4 + b**4 == pytest.approx(
        amplification**2 / 2 + amplification - 0.5
    )


@pytest.mark.spec("sde-weak-order/T2/S4")
def test_svag_at_one_is_sgd(gradients):
    torch.testing.assert_close(svag(START, gradients[0], gradients[1], 0.1, 1), sgd(START, gradients[0], 0.1))


def test_run_yields_each_state():
    assert [float(x) for x in run(lambda x: x / 2, torch.tensor(1.0), 3)] == [0.5, 0.25, 0.125]


@pytest.mark.spec("sde-weak-order/T0/E11")
def test_euler_maruyama_of_a_linear_equation():
    """dX = -X dt + dW by Euler: E X_K^2 = (1 - h)^{2K} + h (1 - (1 - h)^{2K}) / (1 - (1 - h)^2), exactly."""
    generator = torch.Generator().manual_seed(0)
    x = final_states(lambda x: -x, torch.ones_like, torch.ones(200_000, dtype=torch.float64), 16, 1.0, generator)
    shrink = (1 - 1 / 16) ** 2
    expected = shrink**16 + (1 / 16) * (1 - shrink**16) / (1 - shrink)
    low, high = mean(x**2).interval
    assert low < expected < high and high - low < 0.05


def test_increments_of_one_path_at_two_steps():
    fine = brownian_increments(64, (1000,), 1.0, torch.Generator().manual_seed(0))
    coarse = coarsened(fine, 4)
    torch.testing.assert_close(coarse.sum(0), fine.sum(0))
    assert float(fine.var()) == pytest.approx(1 / 64, rel=0.03) and len(coarse) == 16
    ends = [
        list(euler_maruyama(lambda x: -x, torch.ones_like, torch.zeros(1000, dtype=torch.float64), dw, 1.0))[-1]
        for dw in (fine, coarse)
    ]
    assert float((ends[0] - ends[1]).std()) < 0.1 * float(ends[0].std())
    with pytest.raises(ValueError, match="give a divisor"):
        coarsened(fine, 5)


@pytest.mark.spec("sde-weak-order/T0/X6", "sde-weak-order/T0/E10")
def test_euler_maruyama_is_no_reference_for_order_two():
    """With additive noise and a linear drift the bias of four substeps is known exactly, and exceeds the order-2 error of SGD.

    f = x^2/2, h = 1/16, x_0 = 1: E x_K of SGD is (1 - h)^K; the modified equation's is exp(-(1 + h/2)); Euler's with four substeps is
    (1 - (1 + h/2) h/4)^{4K}.
    """
    h, steps = 1 / 16, 16
    sgd_mean, equation = (1 - h) ** steps, math.exp(-(1 + h / 2))
    euler = (1 - (1 + h / 2) * h / 4) ** (4 * steps)
    assert abs(euler - equation) > 2 * abs(sgd_mean - equation)


@pytest.mark.parametrize("atoms", [RADEMACHER, SKEW])
def test_sampled_moments(atoms):
    draws = atoms.sample((200_000,), torch.Generator().manual_seed(3))
    for order in (1, 2, 3):
        low, high = mean(draws**order).interval
        assert low <= float(atoms.moment(order)) <= high


def test_batch_gradients_have_the_covariance_over_the_batch_size():
    rows = torch.tensor([[1.0, 0], [-1, 2], [0, -2], [0, 0]], dtype=torch.float64)
    draws = batch_gradients(rows, 8, 50_000, torch.Generator().manual_seed(0))
    expected = (rows - rows.mean(0)).T @ (rows - rows.mean(0)) / 4 / 8
    torch.testing.assert_close(torch.cov(draws.T), expected, atol=4e-3, rtol=0)
