"""Greedy low-rank learning: add the steepest direction to a stationary point, flow to the next one, and stop at the global minimum.

Source: the algorithm of Li, Luo & Lyu (2020), arXiv:2012.09839, in the limit of infinitesimal steps off each saddle.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
import torch

from verify.dynamics.extrapolation import extrapolated_step
from verify.dynamics.factorised_flow import on_host, right_hand_side
from verify.models.factorisation import Objective

Tensor = torch.Tensor


@dataclass(frozen=True)
class Saddle:
    """A stationary point W = U U^T that the algorithm visits, `factor` U being (d, r)."""

    factor: Tensor
    value: float
    """f(W)."""
    rates: Tensor
    """The eigenvalues of -F(W), descending; the flow leaves along the first at rate 2 * rates[0]."""
    residual: float
    """The norm of F(W) U, which is 0 at a stationary point."""
    status: str = ""
    """Empty, or the sentence that says why the path ends here unfinished."""

    @property
    def matrix(self) -> Tensor:
        """W."""
        return self.factor @ self.factor.T

    @property
    def rank(self) -> int:
        """r, the number of directions added so far."""
        return self.factor.shape[1]


def greedy_low_rank(
    objective: Objective,
    *,
    epsilon: float = 1e-10,
    tolerance: float = 1e-7,
    steps: int = 4000,
) -> list[Saddle]:
    """The saddles W_0 = 0, W_1, ..., ending where no eigenvalue of -F exceeds `tolerance` (relative to the first one).

    `objective` is one problem. Each phase starts at distance `epsilon` (of W) off the saddle, follows the gradient flow until it is at rest,
    and ends on the stationary point next to it by Newton's method. A phase without rest after `steps` steps, or with a multiple top eigenvalue, has a status.
    """
    factor = torch.zeros(objective.size, 0, dtype=torch.float64)
    path = [_saddle(objective, factor)]
    scale = float(path[0].rates[0])
    while not path[-1].status and path[-1].rank < objective.size:
        rates, vectors = torch.linalg.eigh(-objective.gradient(path[-1].matrix))
        positive = (rates > tolerance * scale).nonzero().flatten()
        if scale <= 0 or not len(positive):
            break
        chosen = positive[-1]
        if len(rates) > 1 and float(rates[-1] - rates[-2]) <= 1e-9 * scale:
            path[-1] = _saddle(
                objective, factor, "the largest eigenvalue of -F is multiple, so the next direction is not determined"
            )
            break
        factor = torch.cat([factor, epsilon**0.5 * vectors[:, chosen : chosen + 1]], 1)
        factor, status = _rest(objective, factor, float(rates[chosen]), steps)
        path.append(_saddle(objective, factor, status))
    return path


def tangent_rates(objective: Objective, factor: Tensor) -> Tensor:
    """The eigenvalues, ascending, of the linear map E -> -F(W) E - H[U E^T + E U^T] U at a stationary point W = U U^T.

    It is the derivative of the factorised flow U' = -F(U U^T) U; `factor` is U, (d, r), and there are d*r eigenvalues (some are 0 by
    the rotations of U when r > 1).
    """
    return torch.linalg.eigvalsh(tangent_map(objective, factor))


def _saddle(objective: Objective, factor: Tensor, status: str = "") -> Saddle:
    w = factor @ factor.T
    gradient = objective.gradient(w)
    return Saddle(
        factor,
        float(objective.value(w)),
        torch.linalg.eigvalsh(-gradient).flip(0),
        float((gradient @ factor).norm()),
        status,
    )


@np.errstate(over="ignore", invalid="ignore")
def _rest(objective: Objective, start: Tensor, rate: float, steps: int) -> tuple[Tensor, str]:
    """Flow towards rest, with a step that follows the error; near rest Newton's method, kept if it ends close by at a stable point."""
    host = on_host(objective, start)
    field = right_hand_side(host or objective)
    state, norm = (start[None], torch.linalg.vector_norm) if host is None else (start[None].numpy(), np.linalg.norm)
    step, size = 0.25 / rate + 0 * state[:, 0, 0], float(norm(state[0, :, -1]))
    for count in range(steps):
        moved, error = extrapolated_step(field, state, step)
        length = float(norm(moved))
        wrong = float(norm(error)) / max(length, 1e-300) / 1e-7
        if wrong > 1 or not isfinite(length):
            step = step / 2
            continue
        state, step = moved, step * min(1.3, (1 / max(wrong, 1e-9)) ** (1 / 8) * 0.9)
        left = float(norm(state[0, :, -1])) > 1e3 * size
        if left and count % 10 == 0 and float(norm(field(state))) <= 1e-4 * rate * length:
            point, status = stationary_point(objective, torch.as_tensor(state[0]))
            rates = tangent_rates(objective, point)
            if not status and float(rates[-1]) <= 1e-6 * float(-rates[0]):
                return point, ""
    late = f"the flow was not at rest after {steps} steps; give more steps, or check that f is bounded below"
    return torch.as_tensor(state[0]), late


def stationary_point(objective: Objective, factor: Tensor) -> tuple[Tensor, str]:
    """The solution of F(U U^T) U = 0 next to `factor` (d, r) by Newton's method, and a status: empty, or why there is none nearby."""
    current = factor
    for _ in range(8):
        residual = objective.gradient(current @ current.T) @ current
        # Least squares of least norm: rotations of U leave W unchanged, so the derivative is singular.
        move = torch.linalg.lstsq(
            tangent_map(objective, current), residual.reshape(-1, 1), rcond=1e-9, driver="gelsd"
        ).solution
        current = current + move.reshape(current.shape)
        if float(move.norm()) <= 1e-14 * float(current.norm()):
            break
    if not torch.isfinite(current).all() or float((current - factor).norm()) > 1e-2 * float(factor.norm()):
        return (
            factor,
            "Newton's method left the point at which the flow came to rest; the stationary point is degenerate",
        )
    return current, ""


def tangent_map(objective: Objective, factor: Tensor) -> Tensor:
    """The linear map of `tangent_rates` as a symmetric (d*r, d*r) matrix on directions E written row by row."""
    d, r = factor.shape
    directions = torch.eye(d * r, dtype=factor.dtype).reshape(d * r, d, r)
    w = factor @ factor.T
    changes = directions @ factor.T + factor @ directions.mT
    columns = -objective.gradient(w) @ directions - objective.curvature(w, changes) @ factor
    jacobian = columns.reshape(d * r, d * r)
    return (jacobian + jacobian.T) / 2
