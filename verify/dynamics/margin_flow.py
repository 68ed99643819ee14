"""Gradient flow towards large margins, on a batch of instances, with rows on a grid of the caller's and two error bars
a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import torch
from scipy.interpolate import PchipInterpolator

from verify.dynamics.integrate import Outcome, Sampled, Trajectory, arrived, integrate, sampled
from verify.dynamics.observables import Observables, observe, spread
from verify.dynamics.paths import MarginPath
from verify.dynamics.problem import Problem
from verify.dynamics.reduced_flow import field, gauges, jacobian
from verify.dynamics.rounding import rounding
from verify.models.losses import Loss
from verify.models.network import Examples, Network

_LONGEST = 50.0
"""Growth of log rho after which a target in tau is given up: e^50 = 5e21, far beyond what float64 margins resolve (tau
about 1e10)."""

_LOOK = 8
"""Of so many steps one is looked at while the coarse run goes on, which saves a fifth of its time; all of them are afterwards."""


def margin_flow(
    network: Network | Sequence[Network],
    loss: Loss,
    data: Sequence[Examples],
    start: Sequence[np.ndarray],
    *,
    tau_target: float | None = None,
    log_rho_target: float | None = None,
    rows: int = 200,
    log_t_start: float = 0.0,
    tolerance: float = 1e-11,
    budget: int = 40_000,
    degree: float | None = None,
    device: str | torch.device = "cpu",
) -> tuple[MarginPath, ...]:
    """Gradient flow of Loss = sum_n ell(q_n) from each start theta_0, where log t = `log_t_start`; one path an
    instance.

    `network` is one network for all instances or one each; numbers of examples and of parameters may differ between
    instances. Data and starts are numpy arrays (or tensors on the CPU). Exactly one target is given: with `tau_target`
    the rows are equidistant in asinh(tau) (that is, in log tau once tau is large), with `log_rho_target` in log rho;
    the first row is the start. `tolerance` is relative, the absolute one a thousandth of it; `budget` bounds the
    right-hand sides of each of an instance's two runs. `degree` normalises the margins of a network that has none.

    The clock log rho needs <u, w> > 0, which Loss < 1 at the start guarantees for a homogeneous network. A failed
    instance has an outcome other than `REACHED` and rows up to where it came (NaN beyond); it spoils no other. On the
    CPU the solver calls numpy, which is four times as fast there; for any other device forces and Jacobians are
    evaluated on that device.

    Raises ValueError for arguments that cannot mean anything, such as a network that slides along its kinks.
    """
    if (tau_target is None) == (log_rho_target is None):
        raise ValueError(
            f"give exactly one target, and tau_target={tau_target}, log_rho_target={log_rho_target} were given"
        )
    if rows < 5:
        raise ValueError(
            f"a path needs at least 5 rows, and rows={rows} was given; rates and errors compare neighbours"
        )
    networks = [network] * len(data) if isinstance(network, Network) else list(network)
    if not len(networks) == len(data) == len(start):
        raise ValueError(
            f"networks, data and starts must agree in number, and {len(networks)}, {len(data)}, {len(start)} were given"
        )
    for each, examples, theta in zip(networks, data, start, strict=True):
        size = each.size(np.shape(examples.inputs)[-1])
        if np.shape(theta) != (size,) or not np.all(np.isfinite(theta)) or not np.any(theta):
            raise ValueError(
                f"a start is a finite vector of {size} parameters for {each}, other than 0, and {theta} was given; "
                "mend it, or let fitted_start find one"
            )
    settings = _Settings(tau_target, log_rho_target, rows, log_t_start, tolerance, budget, degree)
    problems = [Problem.on(device, each, loss, examples) for each, examples in zip(networks, data, strict=True)]
    return tuple(
        _path(problem, np.asarray(theta, dtype=float), settings) for problem, theta in zip(problems, start, strict=True)
    )


@dataclass(frozen=True)
class _Settings:
    tau_target: float | None
    log_rho_target: float | None
    rows: int
    log_t_start: float
    tolerance: float
    budget: int
    degree: float | None


def _path(problem: Problem, theta: np.ndarray, settings: _Settings) -> MarginPath:
    rho = np.linalg.norm(theta)
    start, state = float(np.log(rho)), np.concatenate([theta / rho, [0.0, 0.0]])
    gauge = problem.hosted(gauges)
    state[-2] = settings.log_t_start - gauge(start, state)[1]
    end = start + _LONGEST if settings.log_rho_target is None else settings.log_rho_target

    rate, derivative = field(problem), problem.hosted(jacobian)
    tolerance, budget = settings.tolerance, settings.budget
    outcome, grid, coarse = Outcome.REACHED, np.linspace(start, end, settings.rows), None
    if settings.tau_target is None and end > start:  # where the rows lie is known beforehand
        coarse = arrived(rate, derivative, state, grid, tolerance=100 * tolerance, budget=budget)
    if coarse is None or not (gauge(grid, coarse.states)[:, 0] > 0).all():
        outcome, grid, coarse = _searched(problem, start, state, end, settings)
    fine = coarse
    if grid[-1] > start:
        fine = sampled(rate, derivative, state, grid, tolerance=tolerance, budget=budget)
    seen, rough = (_observe(problem, grid, states, settings.degree) for states in (fine.states, coarse.states))
    if outcome is Outcome.REACHED:
        outcome = Outcome.CLOCK_STOPPED if bool((seen.cosine <= 0).any()) else fine.outcome
    return MarginPath(
        rows=seen,
        error=rounding(problem.network, problem.loss, problem.tensors, seen, degree=settings.degree),
        flow_error=Observables.combine(spread, seen, rough),
        coarse=rough,
        outcome=outcome,
        solver=fine.solver,
        evaluations=coarse.evaluations + fine.evaluations,
    )


def _searched(
    problem: Problem, start: float, state: np.ndarray, end: float, settings: _Settings
) -> tuple[Outcome, np.ndarray, Sampled]:
    """The coarse run, looked at as it goes: how it ended, the rows' log rho, and its states there."""
    gauge, seen = problem.hosted(gauges), count()

    def halt(clock: float, state: np.ndarray) -> Outcome | None:
        if next(seen) % _LOOK:
            return None
        cosine, tau = gauge(clock, state)
        if not cosine > 0:
            return Outcome.CLOCK_STOPPED
        arrived = clock >= end if settings.tau_target is None else tau >= settings.tau_target
        return Outcome.REACHED if arrived else None

    run = integrate(
        field(problem), problem.hosted(jacobian), start, state, end,
        tolerance=100 * settings.tolerance, budget=settings.budget, halt=halt,
    )  # fmt: skip
    run = _while_running(gauge, run)
    outcome, grid = _judged(problem, run, settings)
    return outcome, grid, Sampled(run.at(grid), run.outcome, run.solver, run.evaluations)


def _while_running(gauge: Callable[[np.ndarray, np.ndarray], np.ndarray], run: Trajectory) -> Trajectory:
    """The run up to the first state at which the clock stands still, if there is one."""
    stopped = np.flatnonzero(~(gauge(run.clock, run.states)[:, 0] > 0))
    return run.until(int(stopped[0]), Outcome.CLOCK_STOPPED) if len(stopped) else run


def _observe(problem: Problem, grid: np.ndarray, states: np.ndarray, degree: float | None) -> Observables:
    log_rho, state = problem.tensor(grid), problem.tensor(states)
    return observe(
        problem.network,
        problem.loss,
        problem.tensors,
        log_rho,
        state[..., :-2],
        state[..., -2],
        state[..., -1],
        degree=degree,
    )


def _judged(problem: Problem, coarse: Trajectory, settings: _Settings) -> tuple[Outcome, np.ndarray]:
    """What became of the coarse run, and the rows' log rho: equidistant in the target's scale, as far as it came."""
    outcome, clock, scale, top = coarse.outcome, coarse.clock, coarse.clock, np.inf
    if settings.tau_target is not None:
        scale, top = np.arcsinh(problem.hosted(gauges)(clock, coarse.states)[:, 1]), np.arcsinh(settings.tau_target)
        # tau rises with log rho, but for rounding where the clock stops.
        rising = np.append(True, scale[1:] > np.maximum.accumulate(scale)[:-1])
        clock, scale = clock[rising], scale[rising]
        if outcome is Outcome.REACHED and scale[-1] < top:
            outcome = Outcome.OUT_OF_RANGE
    if len(clock) == 1:
        outcome = Outcome.ALREADY_THERE if outcome is Outcome.REACHED else outcome
        return outcome, np.append(clock, np.full(settings.rows - 1, np.nan))
    grid = PchipInterpolator(scale, clock)(np.linspace(scale[0], min(scale[-1], top), settings.rows))
    grid[0] = clock[0]
    return outcome, grid
