"""Gradient descent U <- U - eta F(U U^T) U on a factorised objective, batched, and how close it comes to given matrices."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from verify.models.factorisation import Objective

Tensor = torch.Tensor


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


def factorised_descent(
    objective: Objective, start: Tensor, targets: Tensor, *, step_size: Tensor | float, steps: int
) -> Descent:
    """`steps` steps from `start` (batch, d, k), with the distance to every one of `targets` (batch, n, d, d) taken after each.

    `step_size` is eta, a number or (batch,). Every step is looked at: the closest approach lasts a few steps only.
    """
    u, eta = start, torch.as_tensor(step_size, dtype=start.dtype, device=start.device).reshape(-1, 1, 1)
    w = u @ u.mT
    visits = (w[:, None] - targets).norm(dim=(2, 3))
    when = torch.zeros_like(visits)
    for step in range(1, steps + 1):
        u = u - eta * (objective.gradient(w) @ u)
        w = u @ u.mT
        distance = (w[:, None] - targets).norm(dim=(2, 3))
        closer = distance < visits
        visits, when = torch.where(closer, distance, visits), torch.where(closer, float(step), when)
    return Descent(visits, when, w)
