"""`margin_report`: how near a trained network is to a direction of maximum margin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from verify.errors import BadInput
from verify.models.losses import LOGISTIC
from verify.networks.margin_model import Homogeneity, Upcast, homogeneity
from verify.networks.margin_tangent import Pairs, Tangent, tangent_machine
from verify.networks.report import Report

LISTED = 1_000
"""Constraints of the active set that are kept, the largest multipliers first."""


@dataclass(frozen=True)
class Active:
    """One constraint near the margin: example n, against another class (None for one output)."""

    example: int
    against: int | None
    margin: float
    """s/s_min, at least 1."""
    multiplier: float
    """lambda >= 0."""


@dataclass(frozen=True)
class NearKKT:
    """(eps, delta) of the approximate KKT point theta/s_min^(1/L) of min |theta|^2/2 subject to all s >= 1.

    With u = theta/|theta|, w the direction of -grad Loss, p its weights and hat w = w/|theta|^(L-1), the multipliers are
    lambda_k = p_k s_min(u)^(1 - 2/L)/|hat w| (Lyu & Li 2020, arXiv:1906.05890, Definition C.6; the formulas for weights
    of any loss are derived here).
    """

    eps: float
    """|theta/s_min^(1/L) - sum_k lambda_k grad s_k|, both there; equals sqrt(2 (1 - beta)) times that point's norm."""

    eps_relative: float
    """eps over the norm of the point: |u - w/|w||."""

    delta: float
    """max_k lambda_k (s_k/s_min - 1)."""

    delta_sum: float
    """sum_k lambda_k (s_k/s_min - 1)."""

    multipliers: float
    """sum_k lambda_k."""

    active: tuple[Active, ...]
    """Constraints with s_k <= s_min + log K + 3 (K their number), at most 1,000, by falling multiplier: softmax weights
    give the others at most e^-3 of the sum."""

    active_count: int


@dataclass(frozen=True)
class MarginReport(Report):
    """Margins s_k, loss and distance from the KKT conditions at one state of a network; None means not defined, and
    `notes` say why."""

    examples: int
    outputs: int
    constraints: int
    parameters: int
    homogeneity: Homogeneity
    log_norm: float
    """log |theta|."""

    log_loss: float
    """log of the summed loss log(1 + sum_j exp(-s_nj))."""

    violated: int
    """Constraints with s_k <= 0."""

    least: float
    """s_min, not normalised."""

    normalised: float | None
    """s_min/|theta|^L."""

    smoothed: float | None
    """ell^{-1}(Loss)/|theta|^L with ell(s) = log(1 + e^{-s}): it increases along gradient flow once Loss < log 2."""

    cosine: float
    """beta, the cosine of theta and -grad Loss."""

    cosine_defect: float
    """1 - beta, without cancellation."""

    kkt: NearKKT | None
    tangent: Tangent | None
    notes: tuple[str, ...]

    forms = "verify.networks.margin_pages"

    @property
    def degree(self) -> float | None:
        """L, None where the network is not homogeneous."""
        return self.homogeneity.degree


def margin_report(model: nn.Module, X: Tensor, y: Tensor) -> MarginReport:
    """Margins, loss and KKT conditions of a network on its training data, in float64 whatever the model's own precision.

    Args:
        model: any module in evaluation mode; its copy is evaluated, so nothing of it changes. One output an example is
            a binary classifier, C outputs have one score for each class. Parameters that require a gradient are theta.
        X: the training inputs, examples first.
        y: labels -1 and 1 (or 0 and 1) for one output, classes 0, ..., C - 1 for C.

    The loss is the sum over examples of log(1 + sum_j exp(-s_nj)), s_nj = Phi_y - Phi_j (y Phi for one output): cross-
    entropy. It is carried as a logarithm, so it may be any power of ten. The tangent-kernel machine needs the gradients of
    at most 1,000 constraints, everything else products with the Jacobian only.

    Raises:
        BadInput: a model, inputs or labels that cannot be used, in one sentence.
    """
    network = Upcast.of(model, torch.as_tensor(X))
    outputs = network.outputs()
    labels = _labels(torch.as_tensor(y), outputs)
    pairs = Pairs.of_labels(labels, outputs.shape[1])
    scales, notes = homogeneity(network), []
    s = pairs.of(outputs)
    weights, tau = softmax_weights(pairs, s, len(outputs))
    theta = network.vector
    w = network.pulled(pairs.cotangent(weights, len(outputs)))
    rho, size = float(theta.norm()), float(w.norm())
    gap = float((theta / rho - w / size).norm()) if rho > 0 and size > 0 else math.nan
    least, degree = float(s.min()), scales.degree
    violated = int((s <= 0).sum())
    kkt = tangent = normalised = smoothed = None
    if degree is None or degree == 0:
        notes.append(
            "margins are not normalised and there is no KKT point, since the network has no degree of homogeneity"
        )
    else:
        log_power = degree * math.log(rho)
        normalised = math.copysign(math.exp(math.log(abs(least)) - log_power), least) if least else 0.0
        smoothed = float(LOGISTIC.inverse(torch.tensor(tau, dtype=torch.float64))) * math.exp(-log_power)
        if violated == 0:
            kkt = _near_kkt(pairs, s, weights, rho, size, gap, degree)
            tangent = tangent_machine(network, pairs, s)
    if violated:
        notes.append(
            f"{violated} of {len(s)} constraints are violated, so the data are not fitted and there is no KKT point to be near to"
        )
    elif degree and tau <= -math.log(math.log(2)):
        notes.append("the loss is not below log 2 yet, from where the smoothed margin is proved to increase")
    return MarginReport(
        examples=len(outputs),
        outputs=outputs.shape[1],
        constraints=len(s),
        parameters=network.size,
        homogeneity=scales,
        log_norm=math.log(rho) if rho > 0 else -math.inf,
        log_loss=-tau,
        violated=violated,
        least=least,
        normalised=normalised,
        smoothed=smoothed,
        cosine=1 - gap**2 / 2,
        cosine_defect=gap**2 / 2,
        kkt=kkt,
        tangent=tangent,
        notes=tuple(notes),
    )


def softmax_weights(pairs: Pairs, s: Tensor, examples: int) -> tuple[Tensor, float]:
    """p_k with -grad Loss = Loss S sum_k p_k grad s_k, (K,), summing to one, and tau = log 1/Loss, at any loss.

    The constraints of an example act through h_n = -log sum_j exp(-s_nj), whose logistic loss the example has; so log p_nj
    is -s_nj + h_n - softplus(h_n) up to a constant, which is -s_nj - log(1 + sum_j' exp(-s_nj')).
    """
    block = s.view(examples, -1)
    soft = -torch.logsumexp(-block, 1)
    log_p = (LOGISTIC.log_weight(soft) + soft)[:, None] - block
    tau = -torch.logsumexp(-LOGISTIC.f(soft), 0)
    return torch.softmax(log_p.flatten(), 0), float(tau)


def _near_kkt(pairs: Pairs, s: Tensor, weights: Tensor, rho: float, size: float, gap: float, degree: float) -> NearKKT:
    least = float(s.min())
    # In logs, since s_min and |theta|^L may both be huge: log s_min(u) and log |hat w|.
    log_least = math.log(least) - degree * math.log(rho)
    log_force = math.log(size) - (degree - 1) * math.log(rho)
    multipliers = weights * math.exp((1 - 2 / degree) * log_least - log_force)
    excess = s / least - 1
    slack = multipliers * excess
    near = (s <= least + math.log(len(s)) + 3).nonzero()[:, 0]
    listed = near[torch.argsort(multipliers[near], descending=True)][:LISTED].tolist()
    active = tuple(
        Active(
            int(pairs.example[k]),
            None if pairs.against[k] < 0 else int(pairs.against[k]),
            float(s[k]) / least,
            float(multipliers[k]),
        )
        for k in listed
    )
    return NearKKT(
        eps=gap * math.exp(-log_least / degree),
        eps_relative=gap,
        delta=float(slack.max()),
        delta_sum=float(slack.sum()),
        multipliers=float(multipliers.sum()),
        active=active,
        active_count=len(near),
    )


def _labels(y: Tensor, outputs: Tensor) -> Tensor:
    """+-1 for one output, class numbers for several, on the device of the outputs."""
    if outputs.ndim != 2:
        raise BadInput(
            f"the outputs have shape {tuple(outputs.shape)}; one number or one row of class scores an example is needed"
        )
    if not bool(torch.isfinite(outputs).all()):
        raise BadInput("some outputs are not finite numbers, even in float64; scale the inputs or the weights down")
    y = y.to(outputs.device)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.shape != outputs.shape[:1]:
        raise BadInput(
            f"there are {len(outputs)} inputs and labels of shape {tuple(y.shape)}; give one label for each input"
        )
    values = sorted(set(y.tolist()))
    if outputs.shape[1] == 1:
        if not set(values) <= {-1, 1} and not set(values) <= {0, 1}:
            raise BadInput(
                f"the labels of a network with one output are -1 and 1, or 0 and 1, and {values[:5]} was given"
            )
        return torch.where(y > 0, 1, -1)
    classes = outputs.shape[1]
    if any(value != int(value) or not 0 <= value < classes for value in values):
        raise BadInput(
            f"the labels of a network with {classes} outputs are 0, ..., {classes - 1}, and {values[:5]} was given"
        )
    return y.long()
