"""What is measured of leaky ReLU networks along their flows: functions f(network, data, theta, given) of the state.

theta is (b, R, d), R rows of b networks; each returns (b, R), or (b, R, ...) where it says so. `given` holds what a measurement
compares with.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from verify.models.losses import LOGISTIC
from verify.models.network import Examples
from verify.models.two_layer_leaky import TwoLayerLeaky, linear_part, masses

Given = Mapping[str, torch.Tensor]


def margin(network: TwoLayerLeaky, data: Examples, theta: torch.Tensor, given: Given) -> torch.Tensor:
    """min_i q_i/rho^2."""
    return network.margins(theta, data).amin(-1) / _square(theta)


def smoothed(network: TwoLayerLeaky, data: Examples, theta: torch.Tensor, given: Given) -> torch.Tensor:
    """ell^{-1}(n loss)/rho^2, ell the logistic loss and loss its mean."""
    log_total = torch.logsumexp(-LOGISTIC.f(network.margins(theta, data)), -1)
    return LOGISTIC.inverse(-log_total) / _square(theta)


def log_square(network: TwoLayerLeaky, data: Examples, theta: torch.Tensor, given: Given) -> torch.Tensor:
    """log rho^2."""
    return torch.log(_square(theta))


def log_positive(network: TwoLayerLeaky, data: Examples, theta: torch.Tensor, given: Given) -> torch.Tensor:
    """log A+, A+ the sum of a_k^2 over a_k > 0; that of 1e-300 where there is none."""
    return torch.log(masses(network, theta)[0] + 1e-300)


def log_negative(network: TwoLayerLeaky, data: Examples, theta: torch.Tensor, given: Given) -> torch.Tensor:
    """log A-, A- the sum of a_k^2 over a_k < 0; that of 1e-300 where there is none."""
    return torch.log(masses(network, theta)[1] + 1e-300)


def value(network: TwoLayerLeaky, data: Examples, theta: torch.Tensor, given: Given) -> torch.Tensor:
    """f(x)/rho^2 at the given points x, (b, R, points)."""
    return network.outputs(theta, given["points"]) / _square(theta)[..., None]


def chord(network: TwoLayerLeaky, data: Examples, theta: torch.Tensor, given: Given) -> torch.Tensor:
    """|beta/|beta| - w*| with beta = sum_k a_k w_k and w* the given separator."""
    beta = linear_part(network, theta)
    return (beta / beta.norm(dim=-1, keepdim=True) - given["separator"]).norm(dim=-1)


def overtaking(network: TwoLayerLeaky, data: Examples, theta: torch.Tensor, given: Given) -> torch.Tensor:
    """By how much the fastest direction of a neuron outgrows the norm, relative to it.

    d log|w_k| of a balanced neuron along its direction is sgn(a_k) sum_i p_i y_i phi(w_k/|w_k| . x_i), p the softmax of the losses; at
    a KKT point none exceeds d log rho.
    """
    weights = torch.softmax(-LOGISTIC.f(network.margins(theta, data)), -1) * data.labels
    w, a = network.layers(theta)
    pulls = (network.unit(w, data.inputs) * weights.unsqueeze(-2)).sum(-1)
    norm = 2 * (a * pulls).sum(-1) / _square(theta)
    return (a.sign() * pulls / w.norm(dim=-1).clamp(min=1e-300)).amax(-1) / norm - 1


def _square(theta: torch.Tensor) -> torch.Tensor:
    return (theta * theta).sum(-1)
