"""The direction u of gradient flow in the clock log rho, for a batch: du/dsigma = w/<u, w> - u as a stiff system.

These are the first rows of `reduced_flow`: they drive the others and are driven by none, so a batch that needs tau and
margins alone (functions of u and rho) is integrated without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from verify.dynamics.force import force, force_jacobian
from verify.dynamics.integrate import Outcome
from verify.dynamics.stiff import Linearised, System
from verify.models.arrays import identity, inner, norm
from verify.models.losses import Loss
from verify.models.network import Examples, Network

LONGEST = 0.3
"""Longest step in L log rho. Margins grow and the stiffness with them by e^0.3 meanwhile, which one linearisation
stands: with steps of 0.7 and more in the linear case a state could land so far from the slow manifold, within the
tolerance in u, that the weights p there are those of another point."""


@dataclass(frozen=True)
class SphereFlow(System):
    """Gradient flow's direction for instances with equal numbers of examples and parameters; data (B, N, D), (B, N).

    An instance ends where tau reaches `tau_target`, or where <u, w> is not positive and the clock stops.
    """

    network: Network
    loss: Loss
    data: Examples
    tau_target: float = torch.inf

    def velocity(self, clock: Tensor, state: Tensor) -> Tensor:
        w = force(self.network, self.loss, self.data, torch.exp(clock)[:, None] * state).direction
        return w / inner(state, w)[:, None] - state

    def linearise(self, clock: Tensor, state: Tensor) -> Linearised:
        rho = torch.exp(clock)
        theta = rho[:, None] * state
        at = force(self.network, self.loss, self.data, theta)
        stretch = rho[:, None, None] * force_jacobian(self.network, self.loss, self.data, theta, at)
        stopped = torch.logical_not(inner(state, at.direction) > 1e-12 * norm(at.direction))
        halts = {Outcome.CLOCK_STOPPED: stopped, Outcome.REACHED: at.tau >= self.tau_target}
        return _on_sphere(state, at.direction, stretch, halts)

    def take(self, instances: Tensor) -> Self:
        data = Examples(*(part[instances] for part in self.data))
        return type(self)(self.network, self.loss, data, self.tau_target)


def _on_sphere(u: Tensor, w: Tensor, stretch: Tensor, halts: dict[Outcome, Tensor]) -> Linearised:
    """w/c - u and its derivatives with respect to u and to log rho, for c = <u, w> and dw = K (du + u dsigma), K =
    `stretch`."""
    radial = inner(u, w)[:, None]
    along = (stretch @ u[:, :, None])[:, :, 0]
    pull = w + (u[:, None, :] @ stretch)[:, 0, :]
    scaled = w / radial
    matrix = (stretch - scaled[:, :, None] * pull[:, None, :]) / radial[:, :, None] - identity(u.shape[-1], u)
    return Linearised(scaled - u, matrix, (along - scaled * inner(u, along)[:, None]) / radial, halts)


@dataclass(frozen=True)
class LinearSphereFlow(System):
    """`SphereFlow` of linear networks under the exponential loss, with the instances last throughout.

    The same formulas without products of small matrices: several times as fast at N = 8, d = 4.
    """

    rows: Tensor
    """z_n = y_n x_n, (N, d, B)."""

    tau_target: float = torch.inf

    @classmethod
    def of(cls, z: Tensor, tau_target: float = torch.inf) -> Self:
        """The flow for z (B, N, d)."""
        return cls(z.permute(1, 2, 0).contiguous(), tau_target)

    def velocity(self, clock: Tensor, state: Tensor) -> Tensor:
        u = state.T
        w = self._pull(torch.softmax(self._exponents(clock, u), 0))
        return (w / (u * w).sum(0) - u).T

    def linearise(self, clock: Tensor, state: Tensor) -> Linearised:
        u, rho = state.T, torch.exp(clock)
        exponents = self._exponents(clock, u)
        p = torch.softmax(exponents, 0)
        tau = torch.log(p.amax(0)) - exponents.amax(0)  # the largest p is exp(-least margin) over the loss
        w = self._pull(p)
        spread = (self.rows - w) * (p * rho)[:, None]
        stretch = (spread[:, :, None] * self.rows[:, None, :]).sum(0)  # minus K, which is symmetric
        radial, along = (u * w).sum(0), (stretch * u).sum(1)
        scaled = w / radial
        matrix = (scaled[:, None] * (along - w)).sub_(stretch).div_(radial)
        matrix.diagonal().sub_(1.0)
        drift = (scaled * (u * along).sum(0) - along) / radial
        halts = {Outcome.CLOCK_STOPPED: torch.logical_not(radial > 0), Outcome.REACHED: tau >= self.tau_target}
        return Linearised((scaled - u).T, matrix.permute(2, 0, 1), drift.T, halts)

    def take(self, instances: Tensor) -> Self:
        return type(self)(self.rows[..., instances], self.tau_target)

    def _exponents(self, clock: Tensor, u: Tensor) -> Tensor:
        """-q_n, (N, B), at directions u (d, B)."""
        return (self.rows * (u * -torch.exp(clock))).sum(1)

    def _pull(self, p: Tensor) -> Tensor:
        return (self.rows * p[:, None]).sum(0)
