"""SGD with weight decay on a scale-invariant loss of two variables, in polar coordinates, and the stationary law of its equation.

L_gamma(x) depends on the angle phi of x only, with derivative L_gamma'(phi) = sin phi + s z, z = +-1. A gradient is tangential, so that
a step with q = L_gamma'(phi) takes (r, phi) to r'^2 = (1 - eta lam)^2 r^2 + eta^2 q^2/r^2 and phi' = phi - atan(eta q/((1 - eta lam) r^2)).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from scipy.special import ive

from verify.dynamics.spectral import Chebyshev, Fourier, Grid
from verify.errors import BadInput


@dataclass(frozen=True)
class Stationary:
    """Stationary means R = E|x|^2, G = E|grad L|^2, N = E tr Cov(grad L_gamma), and the largest relative error among them."""

    R: float
    G: float
    N: float
    error: float


def of_the_equation(eta: float, lam: float, s: float) -> Stationary:
    """The equation's stationary law: r^2 = sqrt(eta s^2/(2 lam)) is constant, and phi is von Mises with k = 2 r^2/(eta s^2)."""
    square = np.sqrt(eta * s**2 / (2 * lam))
    k = 2 * square / (eta * s**2)
    return Stationary(square, ive(1, k) / (k * ive(0, k)) / square, s**2 / square, 1e-14)


@lru_cache(64)
def of_sgd(eta: float, lam: float, s: float, modes: int = 41, nodes: int = 28) -> Stationary:
    """The chain's stationary law, exactly, on a grid in phi and log r^2; its error is the change from a coarser grid.

    Raises:
        BadInput: s <= 1. Then a gradient can vanish, and no interval of r with a positive lower end is invariant.
    """
    if s <= 1:
        raise BadInput(
            f"the noise is {s}; above 1 the gradients never vanish, and the exact stationary law can be computed"
        )
    fine, coarse = (_on_grid(eta, lam, s, a, b) for a, b in ((modes, nodes), (modes - 10, nodes - 6)))
    gap = max(abs(getattr(fine, name) / getattr(coarse, name) - 1) for name in "RGN")
    return Stationary(fine.R, fine.G, fine.N, float(gap) + 1e-12)


def _on_grid(eta: float, lam: float, s: float, modes: int, nodes: int) -> Stationary:
    keep = 1 - eta * lam
    least, largest = s - 1, s + 1
    rest = np.sqrt(1 - keep**2)
    low = min(eta * least / rest, 2 * keep * eta * least)
    high = max(eta * largest / rest, keep**2 * low + (eta * largest) ** 2 / low)
    grid = Grid((Fourier(modes), Chebyshev(nodes, float(np.log(low)) - 1e-9, float(np.log(high)) + 1e-9)))
    phi, log_square = grid.points
    square = np.exp(log_square)

    def move(z: float) -> tuple[np.ndarray, np.ndarray]:
        q = np.sin(phi) + s * z
        return phi - np.arctan(eta * q / (keep * square)), np.log(keep**2 * square + (eta * q) ** 2 / square)

    system = (np.eye(grid.size) - grid.transition([(0.5, move(1.0)), (0.5, move(-1.0))])).T
    system[-1] = 1.0
    law = np.linalg.solve(system, np.r_[np.zeros(grid.size - 1), 1.0])
    return Stationary(float(law @ square), float(law @ (np.sin(phi) ** 2 / square)), float(law @ (s**2 / square)), 0.0)


def sampled_sgd(
    eta: float, lam: float, s: float, chains: int, steps: int, generator: torch.Generator, tilt: float = 0.0
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Time averages of |x|^2, |grad L|^2 and tr Cov over the second half of `steps`, for independent chains with Gaussian z.

    They start at the equation's stationary radius, or at 1 where that is larger.

    `tilt` adds (tilt/2) x_1^2 to the loss, which is then not scale invariant.
    """
    device = generator.device
    x = torch.randn((chains, 2), generator=generator, dtype=torch.float64, device=device)
    x *= min((eta * s**2 / (2 * lam)) ** 0.25, 1.0) / x.norm(dim=1, keepdim=True)
    sums = torch.zeros((3, chains), dtype=torch.float64, device=device)
    for k in range(steps):
        square = (x * x).sum(1)
        tangent = torch.stack([-x[:, 1], x[:, 0]], 1) / square[:, None]
        mean = (x[:, 1] / square.sqrt())[:, None] * tangent
        mean[:, 0] += tilt * x[:, 0]
        if k >= steps // 2:
            sums += torch.stack([square, (mean * mean).sum(1), s**2 / square])
        noise = torch.randn((chains, 1), generator=generator, dtype=torch.float64, device=device)
        x = (1 - eta * lam) * x - eta * (mean + s * noise * tangent)
    first, second, third = sums / (steps - steps // 2)
    return first, second, third
