"""What is observed along a flow: the state functions of a network under a loss, and their rates in the clock log
rho."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property

import torch
from torch import Tensor

from verify.dynamics.force import force
from verify.models.arrays import inner, norm
from verify.models.losses import Loss
from verify.models.network import Examples, Network


@dataclass(frozen=True)
class Observables:
    """Float64 tensors with leading dimensions (...), one entry a state theta = rho u.

    w = sum_n p_n grad q_n(theta) is the direction of gradient flow, d theta/dt = Loss S w; hat w = w/rho^(L-1) is of
    order one. Rates are derivatives with respect to log rho along gradient flow, from the right-hand side.
    """

    log_rho: Tensor
    """log |theta|."""

    direction: Tensor
    """u = theta/rho, (..., d)."""

    y: Tensor
    """log t - tau, which stays O(log tau)."""

    turning: Tensor
    """Integral of 1/beta^2 - 1 = |du/dlog rho|^2 over log rho since the start."""

    tau: Tensor
    """log 1/Loss; the logarithm of the loss is its negative."""

    log_t: Tensor
    """log t, with t = 1 at the start."""

    margins: Tensor
    """q_n(theta), (..., N)."""

    weights: Tensor
    """p_n, (..., N): softmax of log(-ell'(q_n)), and softmax(-q) for the exponential loss."""

    entropy: Tensor
    """H = -sum_n p_n log p_n."""

    margin: Tensor
    """min_n q_n / rho^L, the normalised margin."""

    smoothed: Tensor
    """g(tau)/rho^L, the smoothed normalised margin, with g = f^{-1}; NaN where g is not known."""

    log_smoothed: Tensor
    """log(g(tau)/rho^L); NaN where g(tau) <= 0."""

    cosine: Tensor
    """beta, the cosine of theta and d theta/dt."""

    cosine_defect: Tensor
    """1 - beta, from the tangential part of w and so without cancellation."""

    tangent: Tensor
    """|du/dlog rho| = sqrt(1/beta^2 - 1), from the tangential part of w."""

    force: Tensor
    """|hat w|."""

    radial: Tensor
    """<u, hat w>."""

    log_speed: Tensor
    """log |d theta/dt|."""

    tau_rate: Tensor
    """d tau/dlog rho."""

    log_t_rate: Tensor
    """d log t/dlog rho."""

    log_smoothed_rate: Tensor
    """d log(g(tau)/rho^L)/dlog rho."""

    @cached_property
    def theta(self) -> Tensor:
        """rho u, (..., d)."""
        return torch.exp(self.log_rho)[..., None] * self.direction

    @classmethod
    def combine(cls, function: Callable[..., Tensor], *observables: Observables) -> Observables:
        """The function applied column by column."""
        return cls(
            **{column.name: function(*(getattr(each, column.name) for each in observables)) for column in fields(cls)}
        )


def observe(
    network: Network,
    loss: Loss,
    data: Examples,
    log_rho: Tensor,
    u: Tensor,
    y: Tensor,
    turning: Tensor,
    *,
    degree: float | None = None,
) -> Observables:
    """The observables at the states (log_rho (...), u (..., d), y (...), turning (...)), tensors on one device.

    u need not have norm one: its norm is moved into log_rho first, so that what is observed belongs to theta =
    exp(log_rho) u exactly. `degree` normalises the margins; it is the network's own unless given, and a network without
    one needs it.
    """
    degree = resolved_degree(network, degree)
    length = norm(u)
    log_rho, u = log_rho + torch.log(length), u / length[..., None]
    rho = torch.exp(log_rho)
    at = force(network, loss, data, rho[..., None] * u)
    power = torch.exp(degree * log_rho)
    size, radial = norm(at.direction), inner(u, at.direction)
    sine = norm(at.direction - radial[..., None] * u) / size
    cosine = radial / size
    log_t_rate = torch.exp(log_rho - at.log_factor - torch.log(radial) - y)
    tau_rate = torch.exp(at.log_factor) * rho * size**2 / radial
    inverse = loss.inverse(at.tau)
    log_inverse_slope = -loss.log_slope(inverse) - torch.log(inverse)  # log of g'(tau)/g(tau)
    scale = torch.exp((degree - 1) * log_rho)
    return Observables(
        log_rho=log_rho,
        direction=u,
        y=y,
        turning=turning,
        tau=at.tau,
        log_t=y + at.tau,
        margins=at.margins,
        weights=at.weights,
        entropy=torch.special.entr(at.weights).sum(-1),
        margin=torch.amin(at.margins, -1) / power,
        smoothed=inverse / power,
        log_smoothed=torch.log(inverse) - degree * log_rho,
        cosine=cosine,
        cosine_defect=torch.where(cosine > 0, sine**2 / (1 + cosine), 1 - cosine),
        tangent=sine / cosine,
        force=size / scale,
        radial=radial / scale,
        log_speed=at.log_factor - at.tau + torch.log(size),
        tau_rate=tau_rate,
        log_t_rate=log_t_rate,
        log_smoothed_rate=torch.exp(log_inverse_slope) * tau_rate - degree,
    )


def spread(fine: Tensor, coarse: Tensor) -> Tensor:
    """Twice |fine - coarse|, the largest over nine neighbouring rows (the first dimension).

    Two trajectories cross, and at a crossing their distance says nothing about the error; hence the neighbours. Without
    the factor of two, the distance to a run at a hundredth of the tolerance was at most 1.4 times the bar, over all
    columns, on eleven instances with seven networks.
    """
    gap = (fine - coarse).abs().movedim(0, -1)
    return 2 * torch.nn.functional.pad(gap, (4, 4)).unfold(-1, 9, 1).amax(-1).movedim(-1, 0)


def resolved_degree(network: Network, degree: float | None) -> float:
    if degree is None:
        degree = network.degree
    if degree is None:
        raise ValueError(f"{network} is not homogeneous, so margins have no degree to be normalised by; give `degree`")
    return degree
