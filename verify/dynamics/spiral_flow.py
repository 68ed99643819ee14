"""Gradient flow on the spiral, in a clock in which its direction turns at a bounded rate: log s, s = 1 + log(rho/rho_0)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from verify.dynamics.integrate import Outcome, sampled
from verify.models.spiral import Spiral


class SpiralPath(NamedTuple):
    """Rows at the asked log s, of one trajectory; NaN where it did not come."""

    states: np.ndarray
    """(x, psi), (rows, 2)."""

    length: np.ndarray
    """Arc length of u since the start, (rows,)."""

    error: np.ndarray
    """Twice the distance to the run at 100 times the tolerance, of (x, psi, length), the largest so far; (rows, 3)."""

    status: str
    """Empty, or the sentence that says why the run ended early."""


def spiral_flow(
    spiral: Spiral, x: float, psi: float, log_s: np.ndarray, *, tolerance: float = 1e-11, budget: int = 40_000
) -> SpiralPath:
    """The flow from (x, psi) at s = 1 through the increasing `log_s`, which begin with 0.

    The valley psi = 0 is unstable across: a start exactly in it leaves it by rounding, to a side that no run determines. Start beside
    it.
    """

    def field(log_s: float, state: np.ndarray) -> np.ndarray:
        return np.exp(log_s - state[0]) * spiral.velocity(state[:2])

    start = np.array([x, psi, 0.0])
    runs = [sampled(field, None, start, log_s, tolerance=each, budget=budget) for each in (tolerance, 100 * tolerance)]
    fine, coarse = (run.states for run in runs)
    failed = [run.outcome.value for run in runs if run.outcome is not Outcome.REACHED]
    error = 2 * np.maximum.accumulate(np.abs(fine - coarse), axis=0)
    return SpiralPath(fine[:, :2], fine[:, 2], error, failed[0] if failed else "")
