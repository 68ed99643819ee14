"""Columns of a trace from margin paths: one observable, or a quantity formed from several, with both error bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor

from verify.dynamics.observables import Observables
from verify.dynamics.paths import MarginPath, stacked
from verify.evidence.trace import Column


def observed(
    paths: Sequence[MarginPath],
    name: str,
    over: tuple[str, ...],
    *,
    log: bool = False,
    rate: str | None = None,
    state: bool = True,
) -> Column:
    """The observable of that name; `log` where it is the logarithm of the quantity, `rate` the observable that is its rate."""

    def stack(part: Callable[[MarginPath], Observables], which: str) -> np.ndarray:
        return stacked(paths, lambda path: getattr(part(path), which))

    rates = (None, 0.0) if rate is None else (stack(lambda path: path.rows, rate), stack(lambda path: path.error, rate))
    values, error, flow_error = (
        stack(part, name) for part in (lambda p: p.rows, lambda p: p.error, lambda p: p.flow_error)
    )
    return Column(values, over, log, error, flow_error, *rates, state)


def derived(
    paths: Sequence[MarginPath],
    quantity: Callable[[int, Observables], Tensor],
    over: tuple[str, ...],
    *,
    rounding: Callable[[int, Observables], Tensor],
    log: bool = False,
    rate: Callable[[int, Observables], Tensor] | None = None,
    state: bool = True,
) -> Column:
    """A quantity of (instance, observables), whose flow error is formed after the errors of its parts have cancelled.

    `rounding` bounds the error of evaluating it, and its rate, in floating point.
    """
    position = {id(path): i for i, path in enumerate(paths)}

    def at(path: MarginPath) -> int:
        return position[id(path)]

    values = stacked(paths, lambda path: quantity(at(path), path.rows))
    flow_error = stacked(paths, lambda path: path.derived(lambda rows: quantity(at(path), rows))[1])
    error = stacked(paths, lambda path: rounding(at(path), path.rows))
    if rate is None:
        return Column(values, over, log, error, flow_error, state=state)
    along = rate
    rates = stacked(paths, lambda path: along(at(path), path.rows))
    spread = stacked(paths, lambda path: path.derived(lambda rows: along(at(path), rows))[1])
    return Column(values, over, log, error, flow_error, rates, spread + error, state)


def flow_columns(paths: Sequence[MarginPath]) -> dict[str, Column]:
    """What every theorem about gradient flow measures along the clock "t": t, rho, loss (with rates per log rho), tau and margin."""

    def constant(k: int, rows: Observables) -> Tensor:
        return rows.log_rho * 0 + 1

    def ulps(k: int, rows: Observables) -> Tensor:
        return 1e-15 * rows.tau.abs()

    return {
        "t": observed(paths, "log_t", ("t",), log=True, rate="log_t_rate", state=False),
        "rho": derived(
            paths,
            lambda k, rows: rows.log_rho,
            ("t",),
            log=True,
            rate=constant,
            rounding=lambda k, rows: 1e-15 * constant(k, rows),
        ),
        "loss": derived(
            paths, lambda k, rows: -rows.tau, ("t",), log=True, rate=lambda k, rows: -rows.tau_rate, rounding=ulps
        ),
        "tau": observed(paths, "tau", ("t",), rate="tau_rate"),
        "margin": observed(paths, "margin", ("t",)),
    }


def fitted_slope(
    paths: Sequence[MarginPath], quantity: Callable[[Observables], Tensor], low: float, high: float
) -> Column:
    """The slope of a logarithm over log log t, by least squares on the rows with tau in [low, high]; one number an instance.

    Rows on which the two runs differ by more than 1/20 lie on the solver's floor and do not count; with fewer than five left there
    is no slope (NaN). The error is twice the distance between the runs' slopes.
    """

    def slopes(path: MarginPath) -> tuple[float, float]:
        fine, coarse = (quantity(rows).cpu().numpy() for rows in (path.rows, path.coarse))
        tau, log_t = path.rows.tau.cpu().numpy(), path.rows.log_t.cpu().numpy()
        with np.errstate(invalid="ignore"):  # the logarithm of 0 in both runs
            kept = (tau >= low) & (tau <= high * (1 + 1e-9)) & (np.abs(fine - coarse) <= 0.05)
        if kept.sum() < 5:
            return np.nan, np.nan
        scale = np.log(log_t[kept])
        first, second = (float(np.polyfit(scale, values[kept], 1)[0]) for values in (fine, coarse))
        return first, 2 * abs(first - second) + 1e-12

    found = np.array([slopes(path) for path in paths])
    return Column(found[:, 0], error=found[:, 1], state=False)
