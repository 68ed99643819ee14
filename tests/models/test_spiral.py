"""The spiral, against the gradient of its network in three dimensions by automatic differentiation."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
import torch

from verify.models.spiral import Spiral

R = sp.Symbol("r")
SPIRAL = Spiral(4 * R**4 / (4 * R**4 + (1 - R**2) ** 3), R, degree=2)


def margin(theta: torch.Tensor) -> torch.Tensor:
    """q = rho^2 (1 - f), written out once more."""
    rho = theta.norm()
    a, b = theta[0] / rho, theta[1] / rho
    r = torch.sqrt(a**2 + b**2)
    x = 1 / (1 - r**2)
    amplitude = 4 * r**4 / (4 * r**4 + (1 - r**2) ** 3)
    return rho**2 * (1 - torch.exp(-x) * (1 - amplitude * torch.sin(torch.atan2(b, a) - x)))


@pytest.mark.parametrize(("x", "psi"), [(1.5, 0.01), (2.0, 1.3), (4.0, -2.0), (1.1, 3.0)])
def test_the_velocity_is_that_of_gradient_flow_on_the_sphere(x, psi):
    r, phi = np.sqrt(1 - 1 / x), psi + x
    u = torch.tensor([r * np.cos(phi), r * np.sin(phi), np.sqrt(1 / x)], dtype=torch.float64, requires_grad=True)
    (w,) = torch.autograd.grad(margin(u), u)
    u, w = u.detach().numpy(), w.numpy()
    motion = w / (u @ w) - u
    radial = (u[:2] @ motion[:2]) / r
    angular = (u[0] * motion[1] - u[1] * motion[0]) / r**2
    x_rate = 2 * r * x**2 * radial
    expected = np.array([x_rate, angular - x_rate, np.linalg.norm(motion)])
    state = np.array([x, psi])
    assert np.exp(-x) * SPIRAL.velocity(state) == pytest.approx(expected, rel=1e-9)
    assert SPIRAL.margin(state) == pytest.approx(float(margin(torch.as_tensor(u))), rel=1e-13)


@pytest.mark.spec("margin-kkt/T6/S1", "margin-kkt/T6/M3")
def test_only_the_power_three_keeps_the_flow_in_the_valley():
    radii = [Fraction(k, 11) for k in range(1, 11)]
    planar = Spiral(4 * R**4 / (4 * R**4 + (1 - R**2) ** 4), R)
    assert all(SPIRAL.valley_drift(radius) == 0 for radius in radii)
    expected = [4 * r**4 / (4 * r**4 + (1 - r**2) ** 4) for r in radii]
    assert [planar.valley_drift(radius) for radius in radii] == expected
