"""Gradient flow in the clock log t: slower than the clock log rho, but it also runs where the norm does not grow.

    d theta/dlog t = t Loss S w,   t Loss = exp(log t - tau),

which stays of order one however large t becomes.
"""

from __future__ import annotations

from math import exp, log

import numpy as np
import torch
from scipy.optimize import brentq

from verify.dynamics.force import force
from verify.dynamics.integrate import Outcome, Sampled, integrate, sampled
from verify.dynamics.observables import Observables, observe, spread
from verify.dynamics.paths import MarginPath
from verify.dynamics.problem import Problem
from verify.dynamics.rounding import rounding
from verify.dynamics.single_force import LEFT_THE_FLOATS, Field, single_force
from verify.models.arrays import Array, namespace
from verify.models.losses import Loss
from verify.models.network import Examples, Network

_LATEST = 30.0
"""log t at which a fitted start is given up: t = 1e13, where t grad Loss is lost in the rounding of a Loss that stays
up."""

_STEEPEST = 600.0
"""Exponent at which t |grad Loss| is capped, so that a solver's stray trial state gets a huge finite answer."""


def log_time_velocity(network: Network, loss: Loss, data: Examples, log_t: Array, theta: Array) -> Array:
    """d theta/dlog t, batched over leading dimensions of `log_t` (...) and `theta` (..., d)."""
    at = force(network, loss, data, theta)
    return _rate(log_t - at.tau + at.log_factor) * at.direction


def log_time_field(problem: Problem) -> Field:
    """`log_time_velocity` as a solver calls it, from numpy to numpy; on the CPU with plain numbers, in a third of the time."""
    batched = problem.hosted(log_time_velocity)
    if problem.device.type != "cpu":
        return batched
    force_at = single_force(problem)

    def single(log_t: float, theta: np.ndarray) -> np.ndarray:
        try:
            tau, factor, direction = force_at(theta)
            return exp(min(log_t - tau + log(factor), _STEEPEST)) * direction
        except LEFT_THE_FLOATS:
            return batched(log_t, theta)

    return single


def log_time_jacobian(network: Network, loss: Loss, data: Examples, log_t: Array, theta: Array) -> Array:
    """-t Hess Loss = t Loss S (sum_n p_n Hess q_n + sum_n p_n a'(q_n) grad q_n grad q_n^T), (..., d, d)."""
    at = force(network, loss, data, theta)
    gradients = network.gradients(theta, data)
    slopes = at.weights * loss.log_weight_slope(at.margins)
    outer = namespace(theta).swapaxes(slopes[..., None] * gradients, -1, -2) @ gradients
    return _rate(log_t - at.tau + at.log_factor)[..., None] * (network.curvature(theta, data, at.weights) + outer)


def log_time_flow(
    network: Network,
    loss: Loss,
    data: Examples,
    start: np.ndarray,
    log_times: np.ndarray,
    *,
    tolerance: float = 1e-11,
    budget: int = 40_000,
    degree: float | None = None,
    device: str = "cpu",
) -> MarginPath:
    """Gradient flow of one instance from `start` at log t = log_times[0], with rows at the increasing `log_times`.

    For starts with Loss >= 1, data that are not separable, and as a second route to what `margin_flow` measures.
    `turning` is not measured here. Tolerances, budget, outcome and errors are those of `margin_flow`.
    """
    problem, log_times = Problem.on(device, network, loss, data), np.asarray(log_times, dtype=float)
    fine, coarse = (
        _run(problem, np.asarray(start, dtype=float), log_times, each, budget) for each in (tolerance, 100 * tolerance)
    )
    seen, rough = (_observe(problem, log_times, each, degree) for each in (fine, coarse))
    return MarginPath(
        rows=seen,
        error=rounding(network, loss, problem.tensors, seen, degree=degree),
        flow_error=Observables.combine(spread, seen, rough),
        coarse=rough,
        outcome=fine.outcome if coarse.outcome is Outcome.REACHED else coarse.outcome,
        solver=fine.solver,
        evaluations=fine.evaluations + coarse.evaluations,
    )


def fitted_start(
    network: Network,
    loss: Loss,
    data: Examples,
    theta: np.ndarray,
    *,
    tau: float,
    tolerance: float = 1e-11,
    budget: int = 40_000,
) -> tuple[np.ndarray, Outcome]:
    """The point with log 1/Loss = tau on gradient flow from theta, and how the flow came there.

    It gives the clock log rho a start with Loss < 1 on the trajectory of a theta that need not fit the data. The point
    is theta itself where its loss is small enough already, and the last one reached where the outcome is not `REACHED`.
    """
    problem, theta = Problem.on("cpu", network, loss, data), np.asarray(theta, dtype=float)

    force_at = single_force(problem)

    def excess(state: np.ndarray) -> float:
        return force_at(state)[0] - tau

    def halt(log_t: float, state: np.ndarray) -> Outcome | None:
        return Outcome.REACHED if excess(state) >= 0 else None

    run = integrate(
        log_time_field(problem),
        problem.hosted(log_time_jacobian),
        0.0,
        theta,
        _LATEST,
        tolerance=tolerance,
        budget=budget,
        halt=halt,
    )
    if run.outcome is not Outcome.REACHED or len(run.clock) == 1:
        return run.states[-1], run.outcome
    if excess(run.states[-1]) < 0:
        return run.states[-1], Outcome.OUT_OF_RANGE
    log_t = brentq(lambda clock: excess(run.at(np.array([clock]))[0]), run.clock[-2], run.clock[-1], xtol=1e-9)
    return run.at(np.array([log_t]))[0], Outcome.REACHED


def _run(problem: Problem, start: np.ndarray, log_times: np.ndarray, tolerance: float, budget: int) -> Sampled:
    velocity, jacobian = log_time_field(problem), problem.hosted(log_time_jacobian)
    return sampled(velocity, jacobian, start, log_times, tolerance=tolerance, budget=budget)


def _observe(problem: Problem, log_times: np.ndarray, run: Sampled, degree: float | None) -> Observables:
    log_t, theta = problem.tensor(log_times), problem.tensor(run.states)
    tau = force(problem.network, problem.loss, problem.tensors, theta).tau
    unknown = torch.full_like(log_t, torch.nan)
    return observe(
        problem.network,
        problem.loss,
        problem.tensors,
        torch.zeros_like(log_t),
        theta,
        log_t - tau,
        unknown,
        degree=degree,
    )


def _rate(exponent: Array) -> Array:
    xp = namespace(exponent)
    return xp.exp(xp.clip(exponent, None, _STEEPEST))[..., None]
