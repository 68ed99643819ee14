"""Gradient flow of f(U_L ... U_1) on L square layers, in a clock that counts escape times, with the time of the flow carried along.

From a small start of scale a (of M = U_L U_L^T) the flow needs a time of order a^-(L/2 - 1) to leave the origin. In the clock s with
ds = tr(M)^(L/2 - 1) dt the same orbit takes a time of order log(1/a).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from verify.dynamics.extrapolation import Array, Field, extrapolated_step
from verify.dynamics.factorised_flow import Path, follow, on_host
from verify.models.factorisation import Objective, transposed

Tensor = torch.Tensor


@dataclass(frozen=True)
class DeepPath:
    """A batch of trajectories; `path` runs in the clock s, with states (batch, rows, L*d*d + 1): the layers, then the time t."""

    path: Path
    depth: int
    size: int
    by_time: Field
    """The right-hand side in the time of the flow."""
    gradient: Field
    """F, the gradient of the objective."""

    def layers(self, states: Tensor) -> Tensor:
        """The layers U_1, ..., U_L, (..., L, d, d)."""
        return states[..., :-1].unflatten(-1, (self.depth, self.size, self.size))

    def gram(self, states: Tensor) -> Tensor:
        """M = U_L U_L^T, which is (W W^T)^(1/L) when the layers are balanced."""
        last = self.layers(states)[..., -1, :, :]
        return last @ last.mT

    def trace(self, states: Tensor) -> Tensor:
        """tr M."""
        return self.layers(states)[..., -1, :, :].square().sum((-1, -2))

    def at_time(self, times: Tensor) -> Tensor:
        """The states (batch, n, ...) at the flow's own `times` (batch, n), by one step in t from the row before; NaN beyond the path."""
        clock = self.path.states[..., -1]
        rows = (torch.searchsorted(clock.contiguous(), times.contiguous(), right=True) - 1).clamp(0, clock.shape[1] - 2)
        batch = torch.arange(len(rows), device=rows.device)[:, None]
        base = self.path.states[batch, rows]
        wait = times - clock[batch, rows]
        states = extrapolated_step(self.by_time, base.transpose(0, 1), wait.T)[0].transpose(0, 1)
        return states.masked_fill((times > clock[:, -1:])[..., None], torch.nan)

    def at_trace(self, level: float) -> Tensor:
        """The states (batch, ...) at which tr M first reaches `level`; NaN where it never does."""
        return self.path.at(self.path.crossing(self.trace, level)[:, None])[:, 0]


def deep_flow(objective: Objective, layers: Tensor, horizon: Tensor, *, steps: int) -> DeepPath:
    """The flow from `layers` (batch, L, d, d), L >= 2, for the lengths `horizon` (batch,) of the clock s, in `steps` equal steps."""
    depth, d = layers.shape[-3], layers.shape[-1]
    by_time, by_length = right_hand_sides(objective, depth)
    host = on_host(objective, layers)

    def product(state: Tensor) -> Tensor:
        u = state[..., :-1].unflatten(-1, (depth, d, d))
        w = u[..., 0, :, :]
        for i in range(1, depth):
            w = u[..., i, :, :] @ w
        return w

    start = torch.cat([layers.flatten(1), torch.zeros_like(layers[:, 0, 0, :1])], 1)
    in_numpy = None if host is None else right_hand_sides(host, depth)[1]
    path = follow(by_length, product, start, horizon, steps=steps, in_numpy=in_numpy)
    return DeepPath(path, depth, d, by_time, objective.gradient)


def right_hand_sides(objective: Objective, depth: int) -> tuple[Field, Field]:
    """The change of the layers and the time, (..., L*d*d + 1), in the time t and in the clock s; on numpy arrays if the objective is."""
    d = objective.size
    power = depth / 2 - 1

    def by_time(state: Array) -> Array:
        u = [state[..., k * d * d : (k + 1) * d * d].reshape(*state.shape[:-1], d, d) for k in range(depth)]
        before = [u[0]]
        for layer in u[1:]:
            before.append(layer @ before[-1])
        rates, after = [], -objective.gradient(before[-1])
        for below, layer in zip(before[-2::-1], u[:0:-1], strict=True):
            rates.append(after @ transposed(below))
            after = transposed(layer) @ after
        rates.append(after)
        parts = [rate.reshape(*state.shape[:-1], d * d) for rate in rates[::-1]]
        if isinstance(state, np.ndarray):
            return np.concatenate([*parts, np.ones_like(state[..., :1])], -1)
        return torch.cat([*parts, torch.ones_like(state[..., :1])], -1)

    def by_length(state: Array) -> Array:
        last = state[..., (depth - 1) * d * d : -1]
        return by_time(state) / (last * last).sum(-1)[..., None] ** power

    return by_time, by_length


def equal_layers(alpha: Tensor, depth: int, shape: Tensor) -> Tensor:
    """Balanced layers U_l = sqrt(alpha) B^(1/2), so that M = alpha B and W = M^(L/2); `alpha` (batch,), `shape` B (d, d) or (batch, d, d)."""
    values, vectors = torch.linalg.eigh(shape)
    root = (vectors * values.clamp(min=0).sqrt()[..., None, :]) @ vectors.mT
    return (alpha.sqrt()[:, None, None] * root)[:, None].expand(-1, depth, -1, -1).contiguous()
