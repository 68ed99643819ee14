"""Gradient flow U' = -F(U U^T) U of a factorised objective, batched over problems, scales and seeds, and what is read off a path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from verify.dynamics.extrapolation import Array, Field, extrapolated_step
from verify.models.factorisation import Objective, Quadratic, transposed

Tensor = torch.Tensor


@dataclass(frozen=True)
class Path:
    """A batch of trajectories on uniform grids of time, one grid for each.

    `states` (batch, rows, ...) at times `start + row * step`, with `start` and `step` (batch,); `local_error` (batch,) is the largest
    embedded error of a step, relative to the state. `read` maps states to the matrices W that are measured.
    """

    field: Field
    read: Callable[[Tensor], Tensor]
    start: Tensor
    step: Tensor
    states: Tensor
    local_error: Tensor

    @property
    def times(self) -> Tensor:
        """The times of the rows, (batch, rows)."""
        rows = torch.arange(self.states.shape[1], dtype=self.step.dtype, device=self.step.device)
        return self.start[:, None] + rows * self.step[:, None]

    @property
    def matrices(self) -> Tensor:
        """W along the path, (batch, rows, d, d)."""
        return self.read(self.states)

    @property
    def status(self) -> list[str]:
        """Empty, or the sentence that says why a trajectory cannot be used."""
        finite = torch.isfinite(self.states).flatten(1).all(1)
        return [
            "" if ok and error < 1e-6 else
            f"the flow left the reach of its step size (relative error {error:.1e} in one step); take more steps" if ok else
            "the flow became infinite or undefined; take more steps, or a shorter time"
            for ok, error in zip(finite.tolist(), self.local_error.tolist(), strict=True)
        ]  # fmt: skip

    def at(self, times: Tensor) -> Tensor:
        """The states at `times` (batch, n), by one short step from the row before each."""
        rows = ((times - self.start[:, None]) / self.step[:, None]).floor().long().clamp(0, self.states.shape[1] - 1)
        batch = torch.arange(len(rows), device=rows.device)[:, None]
        return self._after(self.states[batch, rows], times - self.times[batch, rows])

    def closest(self, target: Tensor, *, before: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The least Frobenius distance of W to `target` (batch, d, d) along the path, and its time, both (batch,).

        `before` (batch,) ends the search earlier. The minimum over the rows is refined by steps inside its two neighbouring intervals,
        since the error of a grid would bias an exponent that is fitted to these distances.
        """
        distances = (self.matrices - target[:, None]).norm(dim=(-2, -1))
        if before is not None:
            distances = distances.masked_fill(self.times > before[:, None], torch.inf)
        left = (distances.argmin(1) - 1).clamp(0, self.states.shape[1] - 3)
        batch = torch.arange(len(left), device=left.device)
        base, low, width = self.states[batch, left][:, None], torch.zeros_like(self.step), 2 * self.step
        for _ in range(
            3
        ):  # 3 rounds of 17 points: the grid shrinks by 8 each, and the distance is quadratic at its minimum
            offsets = low[:, None] + width[:, None] * torch.linspace(0, 1, 17, dtype=low.dtype, device=low.device)
            near = (self.read(self._after(base, offsets)) - target[:, None]).norm(dim=(-2, -1))
            best = near.argmin(1)
            low = offsets[batch, (best - 1).clamp(0)]
            width = offsets[batch, (best + 1).clamp(max=16)] - low
        return near[batch, best], self.times[batch, left] + offsets[batch, best]

    def crossing(self, measure: Callable[[Tensor], Tensor], level: float) -> Tensor:
        """The first time at which `measure` (states -> numbers) reaches `level` from below, (batch,); NaN where it never does."""
        values = measure(self.states)
        reached = values >= level
        right = reached.int().argmax(1).clamp(min=1)
        batch = torch.arange(len(right), device=right.device)
        base, low, high = self.states[batch, right - 1], torch.zeros_like(self.step), self.step.clone()
        below, above = values[batch, right - 1] - level, values[batch, right] - level
        middle, was_up = high, torch.zeros_like(reached[:, 0])
        for count in range(14):
            # Regula falsi; an end that is kept twice has its value halved (Illinois), so that neither end gets stuck.
            middle = (low * above - high * below) / (above - below)
            value = measure(extrapolated_step(self.field, base, middle)[0]) - level
            up = value >= 0
            again = (up == was_up) if count else torch.zeros_like(up)
            low, below = torch.where(up, low, middle), torch.where(up, torch.where(again, below / 2, below), value)
            high, above = torch.where(up, middle, high), torch.where(up, value, torch.where(again, above / 2, above))
            was_up = up
        return torch.where(reached.any(1), self.times[batch, right - 1] + middle.nan_to_num(), torch.nan)

    def _after(self, states: Tensor, offsets: Tensor) -> Tensor:
        """The states (batch, n or 1, ...) moved on by `offsets` (batch, n), one step each."""
        # The problem differs along the batch and not along the offsets, so that these come first.
        waiting = states.transpose(0, 1).expand(offsets.shape[1], *states.shape[:1], *states.shape[2:])
        return extrapolated_step(self.field, waiting, offsets.T)[0].transpose(0, 1)


def factorised_flow(
    objective: Objective, start: Tensor, horizon: Tensor, *, steps: int, since: Tensor | float = 0.0
) -> Path:
    """The flow from `start` (batch, d, k) for the times `horizon` (batch,), in `steps` equal steps each.

    `since` is the time at which it starts. The steps suit the flow when step * |F| <= 1/4 or so: the local error then lies below 1e-10.
    """
    host = on_host(objective, start)
    return follow(
        right_hand_side(objective),
        lambda u: u @ u.mT,
        start,
        horizon,
        steps=steps,
        since=since,
        in_numpy=None if host is None else right_hand_side(host),
    )


def on_host(objective: Objective, start: Tensor) -> Quadratic | None:
    """The objective in numpy arrays where small steps are quicker with them: a quadratic one, on a CPU."""
    return objective.in_numpy() if isinstance(objective, Quadratic) and start.device.type == "cpu" else None


def right_hand_side(objective: Objective) -> Field:
    """U -> -F(U U^T) U, on numpy arrays if the objective is made of them."""

    def field(u: Array) -> Array:
        return -objective.gradient(u @ transposed(u)) @ u

    return field


def follow(
    field: Field,
    read: Callable[[Tensor], Tensor],
    start: Tensor,
    horizon: Tensor,
    *,
    steps: int,
    since: Tensor | float = 0.0,
    in_numpy: Field | None = None,
) -> Path:
    """The path of state' = field(state) from `start` (batch, ...) in equal steps, every state kept.

    `in_numpy` is the same right-hand side on numpy arrays; it takes the steps of tensors on a CPU, where torch's calls cost more than the
    arithmetic.
    """
    step = horizon / steps
    if in_numpy is not None and start.device.type == "cpu":
        moves = _moves(in_numpy, start.numpy(force=True), step.numpy(force=True), steps)
        states, errors = (torch.from_numpy(np.stack(part, 1)) for part in moves)
    else:
        states, errors = (torch.stack(part, 1) for part in _moves(field, start, step, steps))
    sizes = states[:, 1:].flatten(2).norm(dim=2).clamp(min=1e-300)
    worst = (errors.flatten(2).norm(dim=2) / sizes).amax(1)
    return Path(field, read, torch.zeros_like(step) + since, step, states, worst)


@np.errstate(over="ignore", invalid="ignore")  # a flow that blows up has a status
def _moves(field: Field, state: Array, step: Array, steps: int) -> tuple[list[Any], list[Any]]:
    """The states, the first one included, and the embedded error of every step."""
    states, errors = [state], []
    for _ in range(steps):
        state, error = extrapolated_step(field, state, step)
        states.append(state)
        errors.append(error)
    return states, errors


def scaled_identity(alpha: Tensor, d: int) -> Tensor:
    """The starts U = sqrt(alpha) I, so that W = alpha I; `alpha` (batch,)."""
    return alpha.sqrt()[:, None, None] * torch.eye(d, dtype=alpha.dtype, device=alpha.device)


def scaled_factor(alpha: Tensor, shape: Tensor) -> Tensor:
    """The starts U with U U^T = alpha * `shape`, where `shape` (batch, d, d) or (d, d) is positive definite."""
    return alpha.sqrt()[:, None, None] * torch.linalg.cholesky(shape)


@dataclass(frozen=True)
class Ends:
    """Where the flow ends from W = alpha I: `matrices` and `change` (their change against half as many steps), (batch, scales, d, d).

    `status` has one sentence a problem: empty, or why an end cannot be used.
    """

    matrices: Tensor
    change: Tensor
    status: list[str]


LEGS = 8
"""The time of a flow to its end is given in as many equal parts; after each it is over if the flow has come to rest at a solution."""


def small_start_ends(problem: Quadratic, log_scales: Tensor, *, resolution: float = 4.0) -> Ends:
    """The ends of the flow for a batch of problems with f >= 0 of which 0 is the minimum, from W = alpha I.

    `log_scales` (scales,) holds log alpha. The unit of time is the inverse of the largest eigenvalue of -F(0), at which the flow leaves 0;
    `resolution` steps a unit, more where -F(0) has larger negative eigenvalues. An end with f above 1e-10 f(0) has not reached a solution
    and says so.
    """
    count, scales, d = len(problem.linear), len(log_scales), problem.linear.shape[-1]
    spectrum = torch.linalg.eigvalsh(problem.linear)
    rate = spectrum[:, -1].clamp(min=1e-3 * spectrum.abs().amax(1).clamp(min=1e-300))
    stiffness = float((spectrum.abs().amax(1) / rate).max().clamp(max=4.0))
    batch = torch.arange(count, device=rate.device).repeat_interleave(scales)
    decay = -log_scales.repeat(count)
    units = (1.5 * float(decay.max()) + 200) / LEGS
    steps = int(resolution * stiffness * units)

    def end(steps: int) -> tuple[Tensor, list[str]]:
        state, status = scaled_identity(torch.exp(-decay), d), [""] * len(batch)
        for _ in range(LEGS):
            path = factorised_flow(problem[batch], state, units / rate[batch], steps=steps)
            before, state = state, path.states[:, -1]
            status = [old or new for old, new in zip(status, path.status, strict=True)]
            # At a saddle too the state stands still for long, but f is positive there.
            if torch.allclose(state, before, rtol=0, atol=1e-13) and bool((missing(state) < 1e-10).all()):
                break
        return state, status

    def missing(state: Tensor) -> Tensor:
        return problem[batch].value(state @ state.mT) / problem.constant[batch]

    (fine, sentences), (coarse, _) = end(steps), end(steps // 2)
    ends, rough = ((state @ state.mT).reshape(count, scales, d, d) for state in (fine, coarse))
    status = [next((each for each in sentences[i * scales : (i + 1) * scales] if each), "") for i in range(count)]
    late = [
        "" if solved else "the flow has not reached a solution in the time it was given"
        for solved in (missing(fine).reshape(count, scales) < 1e-10).all(1).tolist()
    ]
    return Ends(ends, (ends - rough).abs(), [first or second for first, second in zip(status, late, strict=True)])
