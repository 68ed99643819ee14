"""Columns of a trace from gradient descent on a family of instances, along the clock "T" and the index "a" of fractions of a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from verify.dynamics.fitted import flow_parts
from verify.dynamics.force import force
from verify.dynamics.margin_descent import LogStep, bending, margin_descent, step_rows
from verify.dynamics.modified_margin import margin_given_up
from verify.evidence.trace import Column
from verify.models.losses import EXPONENTIAL, Loss
from verify.models.network import Examples, Network
from verify.models.sphere_bounds import sphere_bounds
from verify.statement.instances import Instance

FRACTIONS = (0.25, 0.5, 1.0)
"""Fractions of a step after which its effect is measured."""


class Batch(NamedTuple):
    """A family of instances of one network and one shape, stacked."""

    network: Network
    data: Examples
    start: np.ndarray
    step: LogStep
    degree: np.ndarray
    tau: np.ndarray
    """tau at the start."""


def start_numbers(instance: Instance) -> dict[str, Any]:
    """What a step of the descent needs to know of an instance, for the exponential loss.

    L; the margins q0; tau0 and rho0 = |theta|; B0, B1, B2 over the unit sphere; the modified margin guarded0 (B0, which bounds every
    margin, where the loss is not below one and there is none); sigma2, the largest eigenvalue of sum_n x_n x_n^T.
    """
    network, data, theta = flow_parts(instance)
    length, bounds, degree = float(np.linalg.norm(theta)), sphere_bounds(network, data), instance["L"]
    tau = float(force(network, EXPONENTIAL, data, theta).tau)
    guarded = bounds.value
    if tau > 0:
        guarded = float(tau * np.exp(-margin_given_up(np.array(tau), tau, degree)) / length**degree)
    return {
        "q0": network.margins(theta, data),
        "B0": bounds.value,
        "B1": bounds.gradient,
        "B2": bounds.hessian,
        "rho0": length,
        "tau0": tau,
        "guarded0": guarded,
        "sigma2": float(np.linalg.norm(data.inputs, 2) ** 2),
        "L": degree,
    }


def descent_batch(instances: Sequence[Instance], eta: sp.Expr, tau: sp.Symbol) -> Batch:
    """The instances stacked, with the step `eta`, an expression in `tau` and in numbers that `start_numbers` gives by name.

    An instance that has a number "eta" takes that constant step instead.
    """
    parts = [flow_parts(each) for each in instances]
    data = Examples(*(np.stack(each) for each in zip(*(part[1] for part in parts), strict=True)))
    names, formula = _step_size(eta, tau)
    numbers = [start_numbers(each) for each in instances]
    constants, degree, level = (
        [np.array([float(each[name]) for each in numbers]) for name in wanted] for wanted in (names, ["L"], ["tau0"])
    )

    own = np.array([float(each.get("eta", np.nan)) for each in instances])

    def step(level: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(own), formula(level, *constants), own * np.exp(-level))

    return Batch(parts[0][0], data, np.stack([part[2] for part in parts]), step, degree[0], level[0])


@lru_cache(maxsize=64)
def _step_size(eta: sp.Expr, tau: sp.Symbol) -> tuple[list[str], Callable[..., np.ndarray]]:
    """eta e^{-tau}, a function of tau and of the named numbers, in which e^tau and e^-tau have cancelled before they are evaluated."""
    size = sp.powsimp(eta * sp.exp(-tau))
    names = sorted(symbol.name for symbol in size.free_symbols - {tau})
    extremes = {
        "amax": lambda numbers, axis: reduce(np.maximum, numbers),
        "amin": lambda numbers, axis: reduce(np.minimum, numbers),
    }
    return names, sp.lambdify((tau, *map(sp.Symbol, names)), size, modules=[extremes, "numpy"])


def descent_columns(batch: Batch, loss: Loss, *, steps: int, rows: int | None = None) -> dict[str, Column]:
    """T, tau, loss, rho, margin, guarded (the modified margin), eta, grad, mean, turn, kkt, growth, drop, gain and a."""
    with np.errstate(
        all="ignore"
    ):  # a run that overshoots ends with numbers that are not finite: they are not measured
        descent = margin_descent(batch.network, loss, batch.data, batch.start, batch.step, steps=steps, rows=rows)
        seen = step_rows(batch.network, loss, batch.data, descent.theta, batch.step, FRACTIONS)
        log_tau = np.log(seen.tau) - _given_up(batch, seen.tau)
        log_tau_after = np.log(seen.tau_after) - _given_up(batch, seen.tau_after)
        gain = log_tau_after - log_tau[..., None] - batch.degree[:, None] / 2 * np.log1p(seen.growth)
        margin = seen.lowest * np.exp(-batch.degree * seen.log_rho)
        # with one multiplier for all, the distance to a combination of the gradients is that of the angle (Lyu & Li 2020, Lemma C.8)
        kkt = np.sqrt(2 * (1 - 1 / np.sqrt(1 + seen.turn**2))) * margin ** (-1 / batch.degree)
        drop = -np.expm1(seen.tau[..., None] - seen.tau_after)
    ulps = 1e-14 * (1 + np.abs(seen.tau))
    along = {
        "T": (descent.log_time, 1e-13, True),
        "tau": (seen.tau, ulps, False),
        "loss": (-seen.tau, ulps, True),
        "rho": (seen.log_rho, 1e-15, True),
        "margin": (margin, 1e-14 * np.abs(margin), False),
        "guarded": (log_tau - batch.degree * seen.log_rho, 1e-12, True),
        "eta": (seen.log_eta, ulps, True),
        "grad": (seen.log_grad, 2 * ulps, True),
        "mean": (seen.mean, ulps, False),
        "turn": (seen.turn, 1e-13, False),
        "kkt": (kkt, 1e-7, False),
    }
    after = {
        "growth": (seen.growth, 2e-15),
        "drop": (drop, 2 * ulps[..., None] * (1 + np.abs(drop))),
        "gain": (gain, 1e-12),
    }
    columns = {name: Column(_first(values), ("T",), log, _first(error)) for name, (values, error, log) in along.items()}
    columns |= {
        name: Column(_first(values), ("T", "a"), error=_first(error)) for name, (values, error) in after.items()
    }
    return columns | {"a": Column(np.tile(FRACTIONS, (len(batch.start), 1)), ("a",))}


def hessian_columns(batch: Batch, *, steps: int, rows: int) -> dict[str, Column]:
    """T, tau, loss and hess, for the exponential loss."""
    with np.errstate(all="ignore"):
        descent = margin_descent(
            batch.network, EXPONENTIAL, batch.data, batch.start, batch.step, steps=steps, rows=rows
        )
        tau = force(batch.network, EXPONENTIAL, batch.data, descent.theta).tau
        sizes = bending(batch.network, EXPONENTIAL, batch.data, descent.theta)
    ulps = 1e-14 * (1 + np.abs(tau))
    return {
        "T": Column(_first(descent.log_time), ("T",), True, 1e-13),
        "tau": Column(_first(tau), ("T",), error=_first(ulps)),
        "loss": Column(_first(-tau), ("T",), True, _first(ulps)),
        "hess": Column(_first(sizes), ("T",), error=_first(1e-12 * sizes)),
    }


def _given_up(batch: Batch, tau: np.ndarray) -> np.ndarray:
    """log of smoothed over modified margin, (rows, instances, ...)."""
    lost = [
        margin_given_up(tau[:, k], start, degree) if start > 0 else np.nan * tau[:, k]
        for k, (start, degree) in enumerate(zip(batch.tau, batch.degree, strict=True))
    ]
    return np.stack(lost, 1)


def _first(values: np.ndarray | float) -> Any:
    """(rows, instances, ...) as (instances, rows, ...)."""
    return np.moveaxis(values, 0, 1) if isinstance(values, np.ndarray) else values
