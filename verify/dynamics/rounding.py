"""Error bars of evaluating the observables at a given state: first-order bounds on rounding, carried through each
formula."""

from __future__ import annotations

import torch

from verify.dynamics.observables import Observables, resolved_degree
from verify.models.arrays import norm
from verify.models.losses import Loss
from verify.models.network import Examples, Network

_EPSILON = torch.finfo(torch.float64).eps


def rounding(
    network: Network, loss: Loss, data: Examples, seen: Observables, *, degree: float | None = None
) -> Observables:
    """Absolute rounding errors of `seen`, column by column; zero for what is part of the state (log_rho, direction, y,
    turning).

    A margin is a composition of inner products, each backward stable, so its error is at most k eps sum_i
    |dq_n/dtheta_i theta_i| with k the number of operations in a row (Higham, Accuracy and Stability of Numerical
    Algorithms, sections 3.1 and 3.5). Everything else follows by the chain rule; the amplifier is rho^L, which
    multiplies the error of a margin of order one into that of log p_n.
    """
    degree = resolved_degree(network, degree)
    rho = torch.exp(seen.log_rho)
    power = torch.exp(degree * seen.log_rho)
    gradients = network.gradients(seen.theta, data)
    unit = _EPSILON * (gradients.shape[-1] + 4 * degree + 4)
    terms = (gradients.abs() @ seen.theta.abs()[..., None])[..., 0]

    margins = unit * terms
    log_weight = (
        loss.log_weight_slope(seen.margins).abs() * margins + 4 * _EPSILON * loss.log_weight(seen.margins).abs()
    )
    mean_log_weight = (seen.weights * log_weight).sum(-1)
    size = seen.margins.shape[-1]
    log_weights = log_weight + mean_log_weight[..., None] + _EPSILON * size
    weights = seen.weights * log_weights
    f_error = torch.exp(loss.log_slope(seen.margins)) * margins + 2 * _EPSILON * loss.f(seen.margins).abs()
    tau = (torch.softmax(-loss.f(seen.margins), -1) * f_error).sum(-1) + _EPSILON * (size + seen.tau.abs())
    log_p = torch.log(torch.clamp(seen.weights, min=torch.finfo(torch.float64).tiny))
    entropy = (weights * (log_p.abs() + 1)).sum(-1) + _EPSILON * size

    direction = seen.force * rho ** (degree - 1)
    mean = seen.weights[..., None, :] @ gradients
    force = (weights * norm(gradients - mean)).sum(-1) + unit * (seen.weights * norm(gradients)).sum(-1)
    angle = force / direction + unit
    factor = mean_log_weight + tau
    cosine_defect = angle * (seen.tangent * seen.cosine + angle)
    rate = factor + 3 * angle / seen.cosine + 4 * unit
    inverse = loss.inverse(seen.tau)
    log_inverse = torch.exp(-loss.log_slope(inverse) - torch.log(inverse)) * tau + 2 * _EPSILON
    log_power = _EPSILON * (degree * seen.log_rho.abs() + 2)
    lowest = seen.margins.amin(-1)
    lowest_error = torch.maximum(lowest - (seen.margins - margins).amin(-1), (seen.margins + margins).amin(-1) - lowest)
    nothing = torch.zeros_like(seen.log_rho)
    return Observables(
        log_rho=nothing,
        direction=torch.zeros_like(seen.direction),
        y=nothing,
        turning=nothing,
        tau=tau,
        log_t=tau + _EPSILON * seen.log_t.abs(),
        margins=margins,
        weights=weights,
        entropy=entropy,
        margin=lowest_error / power + log_power * seen.margin.abs(),
        smoothed=(log_inverse + log_power) * seen.smoothed.abs(),
        log_smoothed=log_inverse + log_power + _EPSILON * torch.log(inverse).abs(),
        cosine=cosine_defect + 4 * _EPSILON,
        cosine_defect=cosine_defect,
        tangent=angle / seen.cosine**2,
        force=force / rho ** (degree - 1) + (unit + log_power) * seen.force,
        radial=force / rho ** (degree - 1) + (unit + log_power) * seen.force,
        log_speed=factor + tau + angle + _EPSILON * seen.log_speed.abs(),
        tau_rate=rate * seen.tau_rate,
        log_t_rate=(factor + angle / seen.cosine + unit + _EPSILON * (seen.log_rho.abs() + seen.y.abs()))
        * seen.log_t_rate,
        log_smoothed_rate=(rate + log_inverse) * (seen.log_smoothed_rate + degree).abs() + _EPSILON * degree,
    )
