"""Stiff integration of a batch: every instance has its own steps, outcome and interpolant; the algebra is batched.

The method is Rodas5P: linearly implicit, L-stable, of order 5, with one Jacobian and one LU factorisation a step.
Instances that are finished leave the batch, so that slow ones do not keep it. Everything is float64, on the device of
the starting states.

In memory the instances come last, so that elementwise work and sums over components run along them: for states of four
components that is three times as fast. It shows only in strides; shapes are (B, ...).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, Self

import torch
from torch import Tensor

from verify.dynamics.integrate import SHORTEST, Outcome
from verify.dynamics.rosenbrock import RODAS5P, Rosenbrock

_ABSOLUTE = 1e-3
"""The absolute tolerance in units of the relative one, as for `integrate`: it suits states of order one."""

_SAFETY, _SHRINK, _GROW = 0.9, 0.2, 5.0
_STUCK = 8
"""Rejections in a row that hardly lessened the error, after which shorter steps are given up: at order 5 a single one
that was cut to 0.8 of its length lessens it to a third."""

_SMALL, _DEFECT = 6, 1e-8
"""Components up to which an explicit inverse is faster than LU at a thousand instances, and the most by which matrix
times inverse may miss a vector of ones; a pivot that vanishes or is tiny misses it by far more."""

_CODES = {outcome: code for code, outcome in enumerate(Outcome)}
_GOING = -1


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
    """The instances still in the batch."""

    who: Tensor
    clock: Tensor
    state: Tensor
    end: Tensor
    length: Tensor
    code: Tensor
    evaluations: Tensor
    error: Tensor
    """Of the last attempt in units of the tolerance, if it was rejected; else oo."""
    stuck: Tensor

    def take(self, instances: Tensor) -> _Active:
        return _Active(*(_last(part.T[..., instances].T) if part.ndim == 2 else part[instances] for part in self))


class _Attempt(NamedTuple):
    who: Tensor
    accepted: Tensor
    clock: Tensor
    end: Tensor
    dense: Tensor


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

    The relative tolerance is `tolerance`, the absolute one a thousandth of it; a step's error is the root mean square
    of its components in these units. `longest` bounds the steps where the stiffness itself changes along the clock: a
    step linearises once. `budget` bounds the right-hand sides of each instance. An instance that fails has an outcome that
    says why and spoils no other; nothing is raised for it.
    """
    at = _Active(
        who=torch.arange(len(state), device=state.device),
        clock=start.clone(),
        state=_last(state),
        end=end.clone(),
        length=_first_length(system, start, state, tolerance, method),
        code=torch.full((len(state),), _GOING, device=state.device),
        evaluations=torch.zeros_like(start),
        error=torch.full_like(start, torch.inf),
        stuck=torch.zeros_like(start),
    )
    step, attempts = _stepper(method, state), []
    codes, evaluations = at.code.clone(), at.evaluations.clone()
    while True:
        look = system.linearise(at.clock, at.state)
        code = _judged(_judged(at.code, look.halts), {Outcome.REACHED: at.clock >= at.end})
        at = at._replace(code=code)
        going = at.code == _GOING
        count = int(going.sum())
        if count == 0 or count < 0.8 * len(going):  # each time the batch shrinks, its data are copied
            codes[at.who], evaluations[at.who] = at.code, at.evaluations
            if count == 0:
                break
            fewer = going.nonzero()[:, 0]
            at, system = at.take(fewer), system.take(fewer)
            continue
        h = torch.minimum(at.length.clamp(max=longest), at.end - at.clock)
        new, error, dense = step(system, look, at.clock, at.state, h)
        scale = tolerance * (torch.maximum(at.state.abs(), new.abs()) + _ABSOLUTE)
        size = (error / scale).T.square().mean(0).sqrt().nan_to_num(nan=torch.inf)
        accepted = going & (size <= 1)
        attempts.append(_Attempt(at.who, accepted, at.clock + h, new, dense))
        at = _advanced(at, going, accepted, new, h, size, method, budget)
    return _collected(attempts, start, state, codes, evaluations)


def _advanced(
    at: _Active,
    going: Tensor,
    accepted: Tensor,
    new: Tensor,
    h: Tensor,
    size: Tensor,
    method: Rosenbrock,
    budget: int,
) -> _Active:
    """The batch after an attempt of length h: what was accepted moves on, and every instance has a new length."""
    factor = (_SAFETY * size ** (-1 / method.order)).clamp(_SHRINK, _GROW)
    clock = torch.where(accepted, at.clock + h, at.clock)
    # A step cut short from outside says little about the length that its error would allow.
    length = torch.where(
        accepted, torch.maximum(h * factor, at.length.clamp(max=1.0) * factor.clamp(max=1.0)), h * factor
    )
    stuck = torch.where(accepted, 0.0, at.stuck + (size > 0.7 * at.error))
    evaluations = at.evaluations + len(method.nodes) * going
    tiny, exhausted = length <= SHORTEST * clock.abs().clamp(min=1), evaluations + len(method.nodes) > budget
    code = at.code
    if bool((tiny | exhausted | (stuck >= _STUCK)).any()):
        failures = {
            Outcome.NON_FINITE: tiny & torch.isinf(size),
            Outcome.STEP_COLLAPSE: tiny,
            Outcome.FLOOR: stuck >= _STUCK,
            Outcome.BUDGET: exhausted,
        }
        code = _judged(code, failures)
    return _Active(
        who=at.who,
        clock=clock,
        state=torch.where(accepted[:, None], new, at.state),
        end=at.end,
        length=length,
        code=code,
        evaluations=evaluations,
        error=torch.where(accepted, torch.inf, size),
        stuck=stuck,
    )


def _judged(code: Tensor, masks: Mapping[Outcome, Tensor]) -> Tensor:
    """The codes of those still going that a mask applies to become that mask's outcome, the first one's."""
    for outcome, mask in masks.items():
        code = torch.where((code == _GOING) & mask, _CODES[outcome], code)
    return code


def _first_length(system: System, clock: Tensor, state: Tensor, tolerance: float, method: Rosenbrock) -> Tensor:
    """A length over which the state moves by about tolerance^(1/p) of its size; the error of the first step mends it."""
    speed = system.velocity(clock, state).norm(dim=-1)
    size = state.norm(dim=-1) + _ABSOLUTE
    return (tolerance ** (1 / method.order) * size / (speed + 1e-3 * size)).nan_to_num(nan=1.0)


def _stepper(
    method: Rosenbrock, like: Tensor
) -> Callable[[System, Linearised, Tensor, Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]:
    """One step of the method: the new state and its error (B, k) and the interpolant's three vectors (B, 3, k)."""

    # What a stage combines are the rows (state, h^2 drift, U_1, U_2, ...), by one product of matrices.
    stages = len(method.nodes)
    mixing = [
        like.new_tensor([(1.0, 0.0, *own), (0.0, slope, *coupled)])
        for own, slope, coupled in zip(method.stages, method.slopes, method.coupling, strict=True)
    ]
    finish = like.new_tensor([(1.0, 0.0, *method.weights), *((0.0, 0.0, *row) for row in method.dense)])
    nodes = like.new_tensor(method.nodes)
    diagonal = torch.eye(like.shape[-1], dtype=like.dtype, device=like.device) / method.gamma

    def step(
        system: System, look: Linearised, clock: Tensor, state: Tensor, h: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        batch, width = state.shape
        solve = solver(diagonal - h[:, None, None] * look.jacobian)
        rows = state.new_empty((stages + 2, width, batch))
        flat = rows.view(stages + 2, -1)
        rows[0] = state.T
        torch.mul(look.drift.T, h * h, out=rows[1])
        velocity = look.velocity
        for i, at in enumerate(clock + nodes[:, None] * h):
            point, pull = (mixing[i] @ flat[: i + 2]).view(2, width, batch)
            if i:
                velocity = system.velocity(at, point.T)
            rows[i + 2] = solve(torch.addcmul(pull, h, velocity.T))
        done = (finish @ flat).view(4, width, batch)
        return done[0].T, rows[-1].T, done[1:].permute(2, 0, 1)

    return step


def solver(matrix: Tensor) -> Callable[[Tensor], Tensor]:
    """x -> matrix^-1 x for matrices (B, k, k) and right-hand sides (k, B), the instances last.

    Up to `_SMALL` components by an explicit inverse (Gauss-Jordan without pivots, elementwise over the batch), which is
    tried on a vector; where that fails, and beyond, by batched LU.
    """
    size = matrix.shape[-1]
    if size <= _SMALL:
        rows = matrix.permute(1, 2, 0).contiguous()
        found = inverse(rows)
        defect = (rows * found.sum(1)).sum(1) - 1
        if bool((defect.abs() <= _DEFECT).all()):
            return lambda right: (found * right).sum(1)
    factors, pivots, _ = torch.linalg.lu_factor_ex(matrix)
    return lambda right: torch.linalg.lu_solve(factors, pivots, right.T[..., None])[..., 0].T


def inverse(rows: Tensor) -> Tensor:
    """The inverses of matrices (k, k, B), by Gauss-Jordan elimination without pivots."""
    found = rows.clone()
    for k in range(len(rows)):
        pivot = found[k, k].reciprocal()
        column = found[:, k].clone()
        found[:, k].zero_()
        found[k, k].fill_(1.0)
        row = found[k] * pivot
        found.addcmul_(column[:, None], row, value=-1)
        found[k].zero_().add_(row)
    return found


def _last(state: Tensor) -> Tensor:
    """The same numbers with the instances last in memory."""
    return state.T.contiguous().T


def _collected(
    attempts: list[_Attempt], start: Tensor, state: Tensor, codes: Tensor, evaluations: Tensor
) -> Trajectories:
    """The accepted steps of all attempts, sorted by instance."""
    batch, width = state.shape
    outcomes = tuple(tuple(Outcome)[code] for code in codes.tolist())
    if not attempts:
        nothing = torch.zeros(batch, dtype=torch.long, device=state.device)
        dense = state.new_full((batch, 1, 3, width), torch.nan)
        return Trajectories(start[:, None], state[:, None], nothing, evaluations.long(), outcomes, dense)
    accepted = torch.cat([each.accepted for each in attempts]).nonzero()[:, 0]
    who = torch.cat([each.who for each in attempts])[accepted]
    row, order = torch.sort(who, stable=True)
    taken, steps = accepted[order], torch.bincount(who, minlength=batch)
    longest = max(int(steps.max()), 1)
    column = torch.arange(len(row), device=row.device) - (steps.cumsum(0) - steps)[row]
    clock = start.new_full((batch, longest + 1), torch.inf)
    states = start.new_full((batch, longest + 1, width), torch.nan)
    dense = start.new_full((batch, longest, 3, width), torch.nan)
    clock[:, 0], states[:, 0] = start, state
    clock[row, column + 1] = torch.cat([each.clock for each in attempts])[taken]
    states[row, column + 1] = torch.cat([each.end for each in attempts])[taken]
    dense[row, column] = torch.cat([each.dense for each in attempts])[taken]
    return Trajectories(clock, states, steps, evaluations.long(), outcomes, dense)
