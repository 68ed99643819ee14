"""Gradient descent U <- U - eta F(U U^T) U on a factorised objective, batched, and how close it comes to given matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from verify.dynamics.factorised_flow import on_host
from verify.models.factorisation import Objective, transposed

Tensor = torch.Tensor

LOOK = 200
"""Steps whose distances to the targets are taken together, which costs less than after each."""


@dataclass(frozen=True)
class Descent:
    """What a batch of descents passed. `visits` and `steps` (batch, targets): the least distances to the targets, and after how many steps."""

    visits: Tensor
    steps: Tensor
    end: Tensor
    """W after the last step, (batch, d, d)."""

    @property
    def status(self) -> list[str]:
        """Empty, or the sentence that says why a descent cannot be used."""
        finite = torch.isfinite(self.end).flatten(1).all(1).tolist()
        return ["" if ok else "the descent diverged; take a smaller step size" for ok in finite]


@np.errstate(over="ignore", invalid="ignore")  # a descent that diverges has a status
def factorised_descent(
    objective: Objective, start: Tensor, targets: Tensor, *, step_size: Tensor | float, steps: int
) -> Descent:
    """`steps` steps from `start` (batch, d, k), with the distance to every one of `targets` (batch, n, d, d) taken after each.

    `step_size` is eta, a number or (batch,). Every step is looked at: the closest approach lasts a few steps only.
    """
    eta = torch.as_tensor(step_size, dtype=start.dtype, device=start.device).reshape(-1, 1, 1)
    host = on_host(objective, start)
    problem, u = (objective, start) if host is None else (host, start.numpy(force=True))
    size = eta if host is None else eta.numpy(force=True)
    w = u @ transposed(u)
    end = torch.as_tensor(w)
    visits = (end[:, None] - targets).norm(dim=(2, 3))
    when = torch.zeros_like(visits)
    for first in range(1, steps + 1, LOOK):
        passed = []
        for _ in range(first, min(first + LOOK, steps + 1)):
            u = u - size * (problem.gradient(w) @ u)
            w = u @ transposed(u)
            passed.append(w)
        seen = torch.stack([torch.as_tensor(each) for each in passed])
        distances = (seen[:, :, None] - targets).norm(dim=(3, 4))
        nearest = distances.argmin(0)
        distance = distances.gather(0, nearest[None])[0]
        closer = distance < visits
        visits, when = torch.where(closer, distance, visits), torch.where(closer, first + nearest.double(), when)
        end = seen[-1]
    return Descent(visits, when, end)
