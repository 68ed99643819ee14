"""Stiff integration of one trajectory: LSODA, then Radau where it stalls, with a budget and an outcome that is always
looked at."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

import numpy as np
from scipy.integrate import LSODA, DenseOutput, Radau, odeint

SHORTEST = 8 * np.finfo(float).eps
"""A step this short, relative to the clock, is none: the solver would spend its budget on the spot."""

Field = Callable[[float, np.ndarray], np.ndarray]


class Outcome(Enum):
    """How an integration ended; the value is the sentence that a reader sees."""

    REACHED = "The flow reached its target."
    BUDGET = "The budget of right-hand sides was spent before the target was reached; raise `budget` or aim lower."
    STEP_COLLAPSE = (
        "The step size collapsed before the target was reached: the flow may end there (a norm that stays bounded ends the "
        "clock log rho); else loosen `tolerance` or aim lower."
    )
    FLOOR = (
        "Shorter steps no longer lessened the error of a step: the right-hand side is rounded by more than the tolerance, or "
        "has a kink there; loosen `tolerance`."
    )
    CLOCK_STOPPED = (
        "The norm of the parameters does not grow there (<u, w> is not positive), so log rho is no clock; start at "
        "Loss < 1, where it grows, or use the clock log t."
    )
    NON_FINITE = "A state stopped being a finite number; the loss or the network overflows there, so aim lower."
    ALREADY_THERE = "The start is at or beyond the target; give a larger target or an earlier start."
    OUT_OF_RANGE = (
        "The clock ran to its end before the target was reached; give a target in the clock itself, or check that the "
        "data are separable."
    )


@dataclass(frozen=True)
class Trajectory:
    """The accepted steps of one integration."""

    clock: np.ndarray
    """Clock at the start and after each step, (steps + 1,)."""

    states: np.ndarray
    """States there, (steps + 1, k)."""

    outcome: Outcome
    solver: str
    """"LSODA" or "Radau"."""

    evaluations: int
    """Right-hand sides evaluated, those of a stalled first attempt included."""

    _segments: tuple[DenseOutput, ...]

    def until(self, step: int, outcome: Outcome) -> Trajectory:
        """The same up to this many steps, where it ends with the outcome."""
        return replace(
            self,
            clock=self.clock[: step + 1],
            states=self.states[: step + 1],
            outcome=outcome,
            _segments=self._segments[:step],
        )

    def at(self, clock: np.ndarray) -> np.ndarray:
        """The states at increasing clock values by the solver's own interpolant, (rows, k); NaN beyond the last
        step."""
        rows = np.full((len(clock), self.states.shape[1]), np.nan)
        step = np.searchsorted(self.clock, clock, side="left") - 1
        for row, (k, value) in enumerate(zip(step, clock, strict=True)):
            if value == self.clock[0]:
                rows[row] = self.states[0]
            elif 0 <= k < len(self._segments):
                rows[row] = self._segments[k](value)
        return rows


class _BudgetSpent(Exception):
    """Raised inside the right-hand side, the one place where a solver that makes no progress still passes."""


class _Counted:
    """A right-hand side that raises when it has been evaluated more often than the budget allows."""

    def __init__(self, field: Field, budget: int):
        self.field, self.budget, self.evaluations = field, budget, 0

    def __call__(self, clock: float, y: np.ndarray) -> np.ndarray:
        self.evaluations += 1
        if self.evaluations > self.budget:
            raise _BudgetSpent
        return self.field(clock, y)


def integrate(
    field: Field,
    jacobian: Field | None,
    start: float,
    state: np.ndarray,
    end: float,
    *,
    tolerance: float,
    budget: int,
    halt: Callable[[float, np.ndarray], Outcome | None] = lambda clock, state: None,
) -> Trajectory:
    """Integrates d state/d clock = field(clock, state) from `start` to `end`, or until `halt` answers with an outcome.

    `halt` sees the start and every accepted step. The relative tolerance is `tolerance`, the absolute one a thousandth
    of it, which suits states of order one. LSODA gets half of the budget (right-hand sides); where it stalls, collapses
    or leaves the finite numbers, Radau, which is slower and more robust, starts again with the rest; where both fail,
    the answer is the one that came further. Without a `jacobian` the solvers take differences, which will do for a few
    coordinates. Never raises for a failed integration: look at `outcome`.
    """
    first = _attempt(LSODA, field, jacobian, start, state, end, tolerance, budget // 2, halt)
    if first.outcome not in (Outcome.BUDGET, Outcome.STEP_COLLAPSE, Outcome.NON_FINITE):
        return first
    second = _attempt(
        Radau, field, jacobian, start, state, end, tolerance, budget - first.evaluations, halt, spent=first.evaluations
    )
    if second.outcome is not Outcome.REACHED and second.clock[-1] < first.clock[-1]:
        return replace(first, evaluations=second.evaluations)
    return second


class Sampled(NamedTuple):
    """An integration seen at the clock values that were asked for."""

    states: np.ndarray
    """(rows, k); NaN beyond the last step."""

    outcome: Outcome
    solver: str
    """"LSODA" or "Radau"."""

    evaluations: int
    """Right-hand sides evaluated."""


def sampled(
    field: Field, jacobian: Field | None, state: np.ndarray, clock: np.ndarray, *, tolerance: float, budget: int
) -> Sampled:
    """The states at increasing clock values, the first that of `state`: `integrate` where the rows are known beforehand.

    LSODA then runs from row to row without leaving compiled code between its steps, which saves a third of the time; where it does
    not arrive, `integrate` starts again, and says why.
    """
    straight = arrived(field, jacobian, state, clock, tolerance=tolerance, budget=budget)
    if straight is not None:
        return straight
    run = integrate(field, jacobian, clock[0], state, clock[-1], tolerance=tolerance, budget=budget)
    return Sampled(run.at(clock), run.outcome, run.solver, run.evaluations)


def arrived(
    field: Field, jacobian: Field | None, state: np.ndarray, clock: np.ndarray, *, tolerance: float, budget: int
) -> Sampled | None:
    """The same by LSODA alone with half of the budget, and None where it does not arrive."""
    count = _Counted(field, budget // 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the message is looked at
            states, info = odeint(
                count, state, clock, Dfun=jacobian, tfirst=True, rtol=tolerance, atol=tolerance / 1000,
                tcrit=clock[-1:], mxstep=budget, full_output=True,
            )  # fmt: skip
    except (_BudgetSpent, ValueError):
        return None
    if info["message"] != "Integration successful." or not np.isfinite(states).all():
        return None
    return Sampled(states, Outcome.REACHED, "LSODA", count.evaluations)


def _attempt(
    method: type[LSODA] | type[Radau],
    field: Field,
    jacobian: Field | None,
    start: float,
    state: np.ndarray,
    end: float,
    tolerance: float,
    budget: int,
    halt: Callable[[float, np.ndarray], Outcome | None],
    spent: int = 0,
) -> Trajectory:
    counted = _Counted(field, budget)
    clocks, states, segments = [start], [np.array(state)], []
    outcome = halt(start, state)
    if outcome is None and not np.all(np.isfinite(counted(start, state))):
        outcome = Outcome.NON_FINITE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the solver's complaints come back as a status, which is checked
            if outcome is None:
                solver = method(counted, start, state, end, rtol=tolerance, atol=tolerance / 1000, jac=jacobian)
            while outcome is None:
                solver.step()
                if not np.isfinite(solver.y).all():
                    outcome = Outcome.NON_FINITE
                elif solver.status == "failed" or solver.t - clocks[-1] <= SHORTEST * max(1.0, abs(solver.t)):
                    outcome = Outcome.STEP_COLLAPSE
                else:
                    clocks.append(solver.t)
                    states.append(solver.y.copy())
                    segments.append(solver.dense_output())
                    outcome = halt(solver.t, solver.y) or (Outcome.REACHED if solver.status == "finished" else None)
    except _BudgetSpent:
        outcome = Outcome.BUDGET
    except ValueError:  # scipy's word for a matrix with NaN or infinities; what else is amiss shows in the first call
        outcome = Outcome.NON_FINITE
    total = spent + counted.evaluations
    return Trajectory(np.array(clocks), np.array(states), outcome, method.__name__, total, tuple(segments))
