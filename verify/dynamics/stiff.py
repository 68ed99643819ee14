"""Stiff integration of a batch: every instance has its own steps, outcome and interpolant; the algebra is batched.

The method is Rodas5P: linearly implicit, L-stable, of order 5, with one Jacobian and one LU factorisation a step.
Instances that are finished leave the batch, so that slow ones do not keep it. Everything is float64, on the device of
the starting states.

In memory the instances come last, so that elementwise work and sums over components run along them: for states of four
components that is three times as fast. It shows only in strides; shapes are (B, ...).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, Self

import torch
from torch import Tensor

from verify.dynamics.integrate import SHORTEST, Outcome
from verify.dynamics.rosenbrock import RODAS5P, Rosenbrock

_ABSOLUTE = 1e-3
"""The absolute tolerance in units of the relative one, as for `integrate`: it suits states of order one."""

_SHARE = 1 / 3
"""What a step may err, in units of the tolerance, so that the path keeps to it: over 512 linear instances the largest
error was then 0.6, 0.7 and 0.4 of 1e-5, 1e-6 and 1e-7; with 1/2 it was 0.8, 0.9, 0.5, and 1.3 on a smoothed ReLU."""

_SAFETY, _SHRINK, _GROW = 0.9, 0.2, 5.0
_STUCK = 8
"""Rejections in a row that hardly lessened the error, after which shorter steps are given up: at order 5 a single one
that was cut to 0.8 of its length lessens it to a third."""

_SMALL = 6
"""Components up to which products with the inverse are faster than LU's triangular solves at a thousand instances."""


class Linearised(NamedTuple):
    """What a step needs of a system at its start."""

    velocity: Tensor
    """(B, k)."""

    jacobian: Tensor
    """Its exact derivative with respect to the state, (B, k, k)."""

    drift: Tensor
    """Its exact derivative with respect to the clock, (B, k)."""

    halts: Mapping[Outcome, Tensor] = MappingProxyType({})
    """Masks (B,) of the instances that end here, and as what; the first that applies counts."""

    def take(self, instances: Tensor) -> Linearised:
        """The same for the instances with these indices."""
        drift, velocity = self.drift.T[:, instances].T, self.velocity.T[:, instances].T
        return Linearised(velocity, self.jacobian.permute(1, 2, 0)[..., instances].permute(2, 0, 1), drift)


class System(ABC):
    """dx/ds = velocity(s, x) for a batch of instances that do not see each other: clocks (B,), states (B, k)."""

    @abstractmethod
    def velocity(self, clock: Tensor, state: Tensor) -> Tensor:
        """dx/ds, (B, k)."""

    def linearise(self, clock: Tensor, state: Tensor) -> Linearised:
        """The velocity with its derivatives; by torch.func unless overridden."""

        def along(tangent: Tensor) -> Tensor:
            tangents = (tangent[0].expand_as(clock), tangent[1:].expand_as(state))
            return torch.func.jvp(self.velocity, (clock, state), tangents)[1]

        basis = torch.eye(state.shape[-1] + 1, dtype=state.dtype, device=state.device)
        columns = torch.func.vmap(along, out_dims=-1)(basis)
        return Linearised(self.velocity(clock, state), columns[..., 1:], columns[..., 0])

    @abstractmethod
    def take(self, instances: Tensor) -> Self:
        """The same system for the instances with these indices."""


@dataclass(frozen=True)
class Trajectories:
    """The accepted steps of B instances with k components, padded to the longest of S steps."""

    clock: Tensor
    """At the start and after each step, (B, S + 1); oo beyond the last."""

    states: Tensor
    """(B, S + 1, k); NaN beyond the last."""

    steps: Tensor
    """How many were accepted, (B,)."""

    evaluations: Tensor
    """Right-hand sides, those of rejected steps included, (B,)."""

    outcomes: tuple[Outcome, ...]

    _dense: Tensor
    """(B, S, 3, k)."""

    @property
    def last(self) -> tuple[Tensor, Tensor]:
        """Clock (B,) and state (B, k) where each instance ended."""
        everyone = torch.arange(len(self.steps), device=self.steps.device)
        return self.clock[everyone, self.steps], self.states[everyone, self.steps]

    def at(self, clock: Tensor) -> Tensor:
        """The states at clock values (B, R), (B, R, k), by the method's own interpolant; NaN outside of the run."""
        after = torch.searchsorted(self.clock, clock.contiguous())
        step = (after - 1).clamp(0, self._dense.shape[1] - 1)
        who = torch.arange(len(clock), device=clock.device)[:, None]
        start, left, right = self.clock[who, step], self.states[who, step], self.states[who, step + 1]
        share = ((clock - start) / (self.clock[who, step + 1] - start))[..., None]
        first, second, third = self._dense[who, step].unbind(-2)
        bend = (1 - share) * (first + share * (second + share * third))
        rows = (1 - share) * left + share * (right + bend)
        inside = (clock >= self.clock[:, :1]) & (after <= self.steps[:, None])
        rows = torch.where((clock == self.clock[:, :1])[..., None], self.states[:, :1], rows)
        return torch.where(inside[..., None], rows, torch.nan)


class _Active(NamedTuple):
    """The instances still in the batch, B of them; they come last."""

    who: Tensor
    clock: Tensor
    state: Tensor
    """(k, B)."""
    end: Tensor
    length: Tensor
    """Of the next step."""
    error: Tensor
    """Of the last attempt, as for `_size`, if it was rejected; NaN if it was accepted, oo before the first."""
    stuck: Tensor
    """Rejections in a row that hardly lessened the error."""
    steps: Tensor
    """Accepted so far."""

    def take(self, instances: Tensor) -> _Active:
        return _Active(*(part[..., instances] for part in self))


class _Attempt(NamedTuple):
    who: Tensor
    step: Tensor
    accepted: Tensor
    clock: Tensor
    rows: Tensor
    """The new state and the interpolant's three vectors, (4, k, B)."""


def integrate_batch(
    system: System,
    start: Tensor,
    state: Tensor,
    end: Tensor,
    *,
    tolerance: float,
    longest: float = torch.inf,
    budget: int = 40_000,
    method: Rosenbrock = RODAS5P,
) -> Trajectories:
    """Integrates from clocks `start` (B,) and states `state` (B, k) to `end` (B,), or to where `system` halts.

    `tolerance` is relative to the Euclidean norm of the state, whose components should therefore be of one kind; the
    error of a single step is held to a third of it. `longest` bounds the steps where the stiffness itself changes along
    the clock: a step linearises once. `budget` bounds the right-hand sides of each instance. An instance that fails has
    an outcome that says why and spoils no other; nothing is raised for it.
    """
    batch = len(state)
    at = _Active(
        who=torch.arange(batch, device=state.device),
        clock=start,
        state=state.T.contiguous(),
        end=end,
        length=_first_length(system, start, state, tolerance, method).clamp(max=longest),
        error=torch.full_like(start, torch.inf),
        stuck=torch.zeros_like(start),
        steps=torch.zeros(batch, dtype=torch.long, device=state.device),
    )
    step, spent, attempts = _stepper(method, state), 0, []
    outcomes: list[Outcome] = [Outcome.REACHED] * batch
    evaluations = torch.zeros_like(at.who)
    while len(at.who):
        look = system.linearise(at.clock, at.state.T)
        kinds, masks = zip(*_endings(at, look.halts, spent + len(method.nodes) > budget), strict=True)
        ended = torch.stack(masks)
        if bool(ended.any()):
            done, stay = ended.any(0).nonzero()[:, 0], ended.any(0).logical_not().nonzero()[:, 0]
            evaluations[at.who[done]] = spent
            for instance, kind in zip(at.who[done].tolist(), ended[:, done].int().argmax(0).tolist(), strict=True):
                outcomes[instance] = kinds[kind]
            at, system, look = at.take(stay), system.take(stay), look.take(stay)
            if len(stay) == 0:
                break
        h = torch.minimum(at.length, at.end - at.clock)
        rows, error = step(system, look, at.clock, at.state, h)
        size = _size(error, at.state, tolerance)
        attempt = _Attempt(at.who, at.steps, size <= 1, at.clock + h, rows)
        attempts.append(attempt)
        spent += len(method.nodes)
        at = _advanced(at, attempt, size, h * (_SAFETY * size ** (-1 / method.order)).clamp(_SHRINK, _GROW), longest)
    return _collected(attempts, start, state, tuple(outcomes), evaluations)


def _endings(at: _Active, halts: Mapping[Outcome, Tensor], exhausted: bool) -> Iterator[tuple[Outcome, Tensor]]:
    """What may end an instance, with a mask of those that it ends; the first that applies counts."""
    tiny = at.length <= SHORTEST * at.clock.abs().clamp(min=1)
    yield from halts.items()
    yield Outcome.REACHED, at.clock >= at.end
    yield Outcome.NON_FINITE, tiny & (at.error == torch.inf)
    yield Outcome.STEP_COLLAPSE, tiny
    yield Outcome.FLOOR, at.stuck >= _STUCK
    yield Outcome.BUDGET, torch.full_like(tiny, exhausted)


def _size(error: Tensor, state: Tensor, tolerance: float) -> Tensor:
    """The norms of errors (k, B) in units of what a step may err at these states; oo where they are no numbers."""
    allowed = (_SHARE * tolerance) ** 2 * (state.square().sum(0) + _ABSOLUTE**2)
    return (error.square().sum(0) / allowed).sqrt().nan_to_num(nan=torch.inf)


def _advanced(at: _Active, attempt: _Attempt, size: Tensor, length: Tensor, longest: float) -> _Active:
    """The batch after an attempt: what was accepted moves on, and every instance has a new length."""
    accepted = attempt.accepted
    return _Active(
        who=at.who,
        clock=torch.where(accepted, attempt.clock, at.clock),
        state=torch.where(accepted, attempt.rows[0], at.state),
        end=at.end,
        length=length.clamp(max=longest),
        error=torch.where(accepted, torch.nan, size),
        stuck=torch.where(accepted, 0.0, at.stuck + (size > 0.7 * at.error)),
        steps=at.steps + accepted,
    )


def _first_length(system: System, clock: Tensor, state: Tensor, tolerance: float, method: Rosenbrock) -> Tensor:
    """A length over which the state moves by about tolerance^(1/p) of its size; the error of the first step mends it."""
    speed = system.velocity(clock, state).norm(dim=-1)
    size = state.norm(dim=-1) + _ABSOLUTE
    return (tolerance ** (1 / method.order) * size / (speed + 1e-3 * size)).nan_to_num(nan=1.0)


def _stepper(
    method: Rosenbrock, like: Tensor
) -> Callable[[System, Linearised, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]:
    """One step from states (k, B): the new states with the interpolant's three vectors, (4, k, B), and the error (k, B)."""

    # What a stage combines are the rows (state, h^2 drift, U_1, U_2, ...), by one product of matrices.
    stages = len(method.nodes)
    mixing = [
        like.new_tensor([(1.0, 0.0, *own), (0.0, slope, *coupled)])
        for own, slope, coupled in zip(method.stages, method.slopes, method.coupling, strict=True)
    ]
    finish = like.new_tensor([(1.0, 0.0, *method.weights), *((0.0, 0.0, *row) for row in method.dense)])
    nodes = like.new_tensor(method.nodes)[:, None]
    diagonal = torch.eye(like.shape[-1], dtype=like.dtype, device=like.device) / method.gamma

    def step(system: System, look: Linearised, clock: Tensor, state: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        width, batch = state.shape
        solve = solver(diagonal - h[:, None, None] * look.jacobian)
        rows = state.new_empty((stages + 2, width, batch))
        flat = rows.view(stages + 2, -1)
        rows[0] = state
        torch.mul(look.drift.T, h * h, out=rows[1])
        velocity = look.velocity
        for i, at in enumerate((clock + nodes * h).unbind()):
            point, pull = torch.mm(mixing[i], flat[: i + 2]).view(2, width, batch).unbind()
            if i:
                velocity = system.velocity(at, point.T)
            rows[i + 2] = solve(pull.addcmul_(h, velocity.T))
        return torch.mm(finish, flat).view(4, width, batch), rows[-1]

    return step


def solver(matrix: Tensor) -> Callable[[Tensor], Tensor]:
    """x -> matrix^-1 x for matrices (B, k, k) and right-hand sides (k, B), by batched LU with pivots.

    Up to `_SMALL` components the inverse is formed: its products are elementwise over the batch.
    """
    if matrix.shape[-1] <= _SMALL:
        inverse = torch.linalg.inv_ex(matrix)[0].permute(1, 2, 0).contiguous()
        return lambda right: (inverse * right).sum(1)
    factors, pivots, _ = torch.linalg.lu_factor_ex(matrix)
    return lambda right: torch.linalg.lu_solve(factors, pivots, right.T[..., None])[..., 0].T


def _collected(
    attempts: list[_Attempt], start: Tensor, state: Tensor, outcomes: tuple[Outcome, ...], evaluations: Tensor
) -> Trajectories:
    """The accepted steps of all attempts, sorted by instance."""
    batch, width = state.shape
    if not attempts:
        nothing = torch.zeros(batch, dtype=torch.long, device=state.device)
        dense = state.new_full((batch, 1, 3, width), torch.nan)
        return Trajectories(start[:, None], state[:, None], nothing, evaluations, outcomes, dense)
    accepted = torch.cat([each.accepted for each in attempts]).nonzero()[:, 0]
    who = torch.cat([each.who for each in attempts])[accepted]
    step = torch.cat([each.step for each in attempts])[accepted]
    steps = torch.bincount(who, minlength=batch)
    longest = max(int(steps.max()), 1)
    clock = start.new_full((batch, longest + 1), torch.inf)
    clock[:, 0] = start
    clock[who, step + 1] = torch.cat([each.clock for each in attempts])[accepted]
    rows = start.new_full((4 * width, batch * longest), torch.nan)
    rows[:, who * longest + step] = torch.cat([each.rows.view(4 * width, -1) for each in attempts], -1)[:, accepted]
    ends, dense = rows.view(4, width, batch, longest).permute(2, 3, 0, 1).split((1, 3), 2)
    return Trajectories(clock, torch.cat([state[:, None], ends[:, :, 0]], 1), steps, evaluations, outcomes, dense)
