"""The support vector machine on a network's gradients (its tangent kernel), by a working set and matrix-free products."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from scipy.optimize import nnls
from torch import Tensor

from verify.networks.margin_model import Upcast

ROUNDS, ADDED, LARGEST, ENTRIES = 40, 100, 1_000, 40_000_000
"""Rounds of adding violated constraints, how many a round, the most constraints, and the most entries of gradients
held at once."""

_CLOSED = 1e-9
"""Relative duality gap at which the rounds end."""


@dataclass(frozen=True)
class Tangent:
    """min |v|^2/2 subject to <grad s_k(theta), v> >= 1 for all constraints k, and how far theta's direction is from v's.

    At a KKT point of the margin problem v is a multiple of theta (Lyu & Li 2020, arXiv:1906.05890, Corollary 4.5).
    """

    chord: float
    """|u - v/|v||, u = theta/|theta|: close to the angle in radians where small."""

    margin: float
    """min_k <grad s_k, v>/|v|: attained, so a lower bound of the best; gradients at theta itself."""

    bound: float
    """An upper bound of the best, |sum_k alpha_k grad s_k|/sum_k alpha_k for the dual's alpha >= 0."""

    gap: float
    """1 - margin/bound, which certifies v (in floating point)."""

    support: int
    """Constraints with alpha_k > 0."""

    residual: float
    """min |u - sum_k lambda_k grad s_k| over lambda >= 0 on the last working set: stationarity with better multipliers
    than the loss's own, which flicker where descent runs at the edge of stability."""


def tangent_machine(network: Upcast, pairs: Pairs, margins: Tensor) -> Tangent | None:
    """The machine for constraints `pairs` with present margins (K,); None where no direction has positive margins.

    A working set starts from the smallest margins and grows by what its solution violates; each round needs the
    gradients of the new constraints and one product with the Jacobian for all.
    """
    held = int(min(LARGEST, max(1, ENTRIES // network.size)))
    working = torch.argsort(margins)[: min(held, 32)]
    rows = torch.stack(list(network.rows(pairs.weights(working), pairs.example[working])))
    best: Tangent | None = None
    u = network.vector / network.vector.norm()
    for _ in range(ROUNDS):
        alpha = _dual(rows)
        v = alpha @ rows
        length = v.norm()
        if not bool(length > 0):
            return None
        values = pairs.of(network.pushed(v / length))
        bound, margin = float(length / alpha.sum()), float(values.min())
        if margin > 0 and (best is None or margin > best.margin):
            chord = float((u - v / length).norm())
            best = Tangent(chord, margin, bound, 1 - margin / bound, int((alpha > 0).sum()), _residual(rows, u))
        violated = torch.argsort(values)[:ADDED]
        violated = violated[(values[violated] < bound * (1 - _CLOSED)) & ~torch.isin(violated, working)]
        # What carries no weight may leave: the bound falls strictly from round to round, so none cycles.
        working, rows = working[alpha > 0], rows[alpha > 0]
        violated = violated[: held - len(working)]
        if not len(violated):
            break
        more = torch.stack(list(network.rows(pairs.weights(violated), pairs.example[violated])))
        working, rows = torch.cat([working, violated]), torch.cat([rows, more])
    return best


def _dual(rows: Tensor) -> Tensor:
    """alpha >= 0 of the machine on these rows, up to a factor: the solution of |sum alpha_k row_k|^2 + (sum alpha_k - 1)^2
    -> min, whose optimality conditions are the machine's."""
    gram = rows @ rows.T
    values, vectors = torch.linalg.eigh(gram / gram.diagonal().mean())
    root = values.clamp(min=0).sqrt()[:, None] * vectors.T
    matrix = torch.cat([root, torch.ones_like(root[:1])]).cpu().numpy()
    target = torch.zeros(len(matrix), dtype=torch.float64).numpy()
    target[-1] = 1.0
    alpha, _ = nnls(matrix, target, maxiter=50 * len(target))
    return torch.as_tensor(alpha, dtype=rows.dtype, device=rows.device)


def _residual(rows: Tensor, u: Tensor) -> float:
    """min |u - sum lambda_k row_k| over lambda >= 0, from products of the rows alone."""
    values, vectors = torch.linalg.eigh(rows @ rows.T)
    kept = values > 1e-12 * values.max()
    root = values[kept].sqrt()[:, None] * vectors[:, kept].T
    target = vectors[:, kept].T @ (rows @ u) / values[kept].sqrt()
    found, _ = nnls(root.cpu().numpy(), target.cpu().numpy(), maxiter=50 * len(rows))
    return float((u - torch.as_tensor(found, dtype=rows.dtype, device=rows.device) @ rows).norm())


@dataclass(frozen=True)
class Pairs:
    """The constraints s_k >= 1: s = y Phi for one output, s = Phi_y - Phi_j for each other class j."""

    signs: Tensor
    """Weights of the outputs in each constraint's example, (K, C)."""

    example: Tensor
    """(K,)."""

    against: Tensor
    """The other class, (K,); -1 for one output."""

    @classmethod
    def of_labels(cls, labels: Tensor, classes: int) -> Pairs:
        """For labels +-1 (classes = 1), or classes 0, ..., C - 1; the constraints of an example stand together."""
        count = len(labels)
        if classes == 1:
            example = torch.arange(count, device=labels.device)
            return cls(labels.double()[:, None], example, torch.full_like(example, -1))
        example = torch.arange(count, device=labels.device).repeat_interleave(classes - 1)
        others = torch.arange(classes, device=labels.device).expand(count, -1)
        against = others[others != labels[:, None]]
        unit = torch.eye(classes, dtype=torch.float64, device=labels.device)
        return cls(unit[labels[example]] - unit[against], example, against)

    def weights(self, which: Tensor) -> Tensor:
        """(len(which), C)."""
        return self.signs[which]

    def of(self, outputs: Tensor) -> Tensor:
        """s_k for outputs (N, C), (K,)."""
        return (self.signs * outputs[self.example]).sum(-1)

    def cotangent(self, weights: Tensor, examples: int) -> Tensor:
        """The weights (N, C) of the outputs in sum_k weights_k s_k."""
        found = torch.zeros(examples, self.signs.shape[1], dtype=torch.float64, device=weights.device)
        return found.index_add_(0, self.example, weights[:, None] * self.signs)
