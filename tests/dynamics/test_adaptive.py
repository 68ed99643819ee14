"""The engines for RMSprop and Adam, against sampled chains and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from verify.dynamics.adam_quadratic import AdamGrid
from verify.dynamics.adaptive import AdaptivePendulum
from verify.dynamics.chains import Adam, RMSprop, adam, mean, rmsprop
from verify.models.noise import FOUR_POINT


def test_rmsprop_on_the_grid_is_the_algorithm():
    """E cos theta after 20 steps from one node, by the matrix and by 50,000 paths of the torch chain."""
    model, rate = AdaptivePendulum(), 0.125
    theta, w = model.grid.points

    def step(noise):
        g = rate * model.values["f1"] / model.sigma0 + noise
        return -rate * model.sigma0 * g / (model.sigma0 * w + model.eps0), model.c2 * rate**2 * (g * g - w * w)

    chain = model.chain(FOUR_POINT.moves(), step)
    start = int(np.argmin((theta - 1) ** 2 + (w - 1.2) ** 2))
    expected = (np.linalg.matrix_power(chain, 20) @ model.tests)[start]
    sigma, generator = model.sigma0 / rate, torch.Generator().manual_seed(0)
    state = RMSprop(
        torch.full((50_000,), theta[start], dtype=torch.float64),
        torch.full((50_000,), (sigma * w[start]) ** 2, dtype=torch.float64),
    )
    for _ in range(20):
        noise = FOUR_POINT.sample((50_000,), generator)
        gradient = torch.sin(state.x) + sigma * (1 + 0.2 * torch.cos(state.x)) * noise
        state = rmsprop(state, gradient, rate, 1 - model.c2 * rate**2, model.eps0 / rate, fresh=False)
    for sampled, exact in zip(
        (torch.cos(state.x), torch.sin(state.x), torch.cos(state.x) * state.v / sigma**2), expected, strict=True
    ):
        low, high = mean(sampled).interval
        assert low < exact < high


@pytest.mark.spec("sde-weak-order/T5/E1")
def test_moments_of_adams_equation_by_simulation():
    """At pull = 1/2 the drift is linear and constant: E theta is a matrix exponential, E theta^2 follows from a sampled path."""
    model = AdamGrid(6)
    theta, m, _ = model.grid.points
    found = model.moments(lambda t, u: 0.5 + 0 * u, 2.0, 1.0, 1.5, 0.5, 0.75)
    matrix = np.array([[0.0, -0.5], [2.0, -2.0]])
    flow = expm(0.25 * matrix)
    np.testing.assert_allclose(found[:, 0], flow[0, 0] * theta + flow[0, 1] * m, atol=1e-10)
    start, generator, dt = 40, torch.Generator().manual_seed(0), 0.25 / 400
    x, y = (
        torch.full((20_000,), theta[start], dtype=torch.float64),
        torch.full((20_000,), m[start], dtype=torch.float64),
    )
    for _ in range(400):
        noise = torch.randn(20_000, generator=generator, dtype=torch.float64) * dt**0.5
        x, y = x - 0.5 * y * dt, y + 2 * (x - y) * dt + 1.5 * noise
    low, high = mean(x**2).interval
    assert low - 1e-3 < found[start, 1] < high + 1e-3


@pytest.mark.spec("sde-weak-order/T5/E2")
def test_adam_on_the_grid_is_the_algorithm():
    """E of the observables after 16 steps from one node, by backward recursion and by 50,000 paths of the torch chain."""
    model, rate = AdamGrid(20), 0.125
    sigma0, eps0, c1, c2, first, steps = 1.0, 0.5, 2.0, 1.0, 32, 16
    h = rate**2

    def step(k, nodes, z):
        theta, m, w = nodes
        g = rate * theta / sigma0 + z
        new_m, new_u = m + c1 * h * (sigma0 / rate * g - m), w * w + c2 * h * (g * g - w * w)
        b1, b2 = 1 - (1 - c1 * h) ** (k + 1), 1 - (1 - c2 * h) ** (k + 1)
        return theta - h * b2**0.5 / b1 * new_m / (sigma0 * new_u**0.5 + eps0 * b2**0.5), new_m, new_u**0.5

    expected, tail = model.expectation(FOUR_POINT.moves(), step, first, steps)
    assert tail < 1e-6
    theta, m, w = model.grid.points
    start = int(np.argmin((theta - 0.8) ** 2 + (m - 0.7) ** 2 + (w - 1.2) ** 2))
    sigma, generator = sigma0 / rate, torch.Generator().manual_seed(1)
    x, mean_gradient, mean_square = (
        torch.full((50_000,), float(v), dtype=torch.float64) for v in (theta[start], m[start], (sigma * w[start]) ** 2)
    )
    state = Adam(x, mean_gradient, mean_square, first)
    for _ in range(steps):
        gradient = state.x + sigma * FOUR_POINT.sample((50_000,), generator)
        state = adam(state, gradient, rate, 1 - c1 * h, 1 - c2 * h, eps0 / rate)
    for sampled, exact in zip((state.x, state.x**2, state.x * state.v / sigma**2), expected[start], strict=True):
        low, high = mean(sampled).interval
        assert low < exact < high
