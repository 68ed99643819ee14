"""The escape of deep factorised flows from small starts, against the trajectory of rank one that they approach."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from verify.dynamics.deep_flow import DeepPath, deep_flow, equal_layers
from verify.models.factorisation import Quadratic

Tensor = torch.Tensor

REFERENCE = tuple(1e-3 / 2**k for k in range(5))
"""Starts of rank one; the limit trajectory is extrapolated from them, since their errors are powers of the start (Richardson)."""


@dataclass(frozen=True)
class Escape:
    """Measurements of a batch of problems (first axis) from falling scales (second axis)."""

    error: Tensor
    """Distance of M to the limit trajectory at the escape time plus each of the given times, (problems, scales, times); NaN beyond the path."""
    second: Tensor
    """Second eigenvalue of M there."""
    orbit: Tensor
    """Distance of M to the limit trajectory where both have the given trace, (problems, scales)."""
    time: Tensor
    """The time at which M has that trace."""
    equation_gap: Tensor
    """Largest entry of M' + F(M^P) M^P + M^P F(M^P) there, M' from the layers."""
    status: list[str]
    """One for each problem: empty, or why its flow cannot be used."""


def escape(
    problems: Quadratic, shapes: Tensor, scales: Tensor, *, depth: int, times: Tensor, level: float, steps: int
) -> Escape:
    """Deep flows from M = alpha B, alpha in `scales` and B one of `shapes` (problems, d, d), and from the rank-one starts along u_1.

    The escape time is alpha^(1-P)/(2 mu_1 (P - 1)), P = depth/2, and log(1/alpha)/(2 mu_1) for P = 1; mu_1 is the largest eigenvalue of
    -F(0), u_1 its eigenvector. All on one device, float64.
    """
    number, count, power = len(shapes), len(scales), depth / 2
    rates, vectors = torch.linalg.eigh(problems.linear)
    mu, tops = rates[:, -1], vectors[:, :, -1:] @ vectors[:, :, -1:].mT
    small = torch.tensor(REFERENCE, dtype=scales.dtype, device=scales.device)
    alphas = torch.cat([scales, small])
    batch = torch.arange(number, device=scales.device).repeat_interleave(len(alphas))
    # Both kinds of start run in one batch, which costs as much as either of them.
    each = torch.cat([shapes[:, None].expand(-1, count, -1, -1), tops[:, None].expand(-1, len(small), -1, -1)], 1)
    starts = equal_layers(alphas.repeat(number), depth, each.flatten(0, 1))
    length = (8.0 - torch.log(alphas)) / mu[:, None]
    path = deep_flow(problems[batch], starts, length.flatten(), steps=steps)
    slow = alphas ** (1 - power) / (power - 1) if power > 1 else -torch.log(alphas)
    waits = (slow / (2 * mu[:, None])).flatten()[:, None] + times
    m = path.gram(path.at_time(waits)).unflatten(0, (number, -1))
    limit = _extrapolated(m[:, count:])
    there = path.at_trace(level)
    grams, sizes = path.gram(there).unflatten(0, (number, -1)), (number, len(alphas))
    known = torch.isfinite(m).all(-1).all(-1)
    second = torch.linalg.eigvalsh(torch.where(known[..., None, None], m, 0.0))[..., -2]
    status = ["".join(path.path.status[k * len(alphas) : (k + 1) * len(alphas)]) for k in range(number)]
    return Escape(
        (m[:, :count] - limit).norm(dim=(3, 4)),
        torch.where(known, second, torch.nan)[:, :count],
        (grams[:, :count] - grams[:, -1:]).norm(dim=(2, 3)),
        there[:, -1].reshape(sizes)[:, :count],
        _equation_gap(path, there, power).reshape(sizes)[:, :count],
        status,
    )


def _extrapolated(table: Tensor) -> Tensor:
    """Richardson's extrapolation along the second axis, whose starts halve."""
    for order in range(1, table.shape[1]):
        table = (2**order * table[:, 1:] - table[:, :-1]) / (2**order - 1)
    return table


def _equation_gap(path: DeepPath, states: Tensor, power: float) -> Tensor:
    moving, now = path.layers(path.by_time(states)), path.layers(states)
    change = moving[:, -1] @ now[:, -1].mT
    values, vectors = torch.linalg.eigh(path.gram(states))
    root = (vectors * values.clamp(min=0)[:, None, :] ** power) @ vectors.mT
    pull = path.gradient(root)
    return (change + change.mT + pull @ root + root @ pull).abs().amax((1, 2))
