"""Exponents from errors at halved steps: local slopes, their extrapolation, and fits with half-integer powers or a constant term."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ACCEPTED = 0.02
"""The extrapolated exponent may miss the claimed one by this much."""
LAST_SLOPE = 0.05
"""The last local slope may miss it by this much: it converges like the step."""
REFUTED_BELOW = 0.3
"""An extrapolated exponent this far below the claimed one refutes it; exponents of these methods are multiples of one half."""


@dataclass(frozen=True)
class Exponent:
    """The order seen in errors e_j at steps h_j = h_0 / 2^j.

    `slopes` are log2(e_j / e_{j+1}); `extrapolated` is 2 q_J - q_{J-1}, which removes the correction that is linear in h;
    `uncertainty` is |q_J - q_{J-1}|, the discretisation's share, plus the rounding's.
    """

    slopes: np.ndarray
    extrapolated: float
    uncertainty: float
    above_floor: bool

    def decides(self, order: float) -> int:
        """+1, -1 or 0: the errors fall like step^order, or more slowly, or neither can be said."""
        if self.extrapolated <= order - REFUTED_BELOW and self.above_floor:
            return -1
        near = abs(self.extrapolated - order) <= ACCEPTED and abs(self.slopes[-1] - order) <= LAST_SLOPE
        return 1 if near and self.above_floor else 0


def exponent(errors: np.ndarray, floor: float = 1e-12) -> Exponent:
    """The exponent of errors at steps that halve from one to the next; at least three.

    The order is decided only where the last error is 1,000 times the floor: below, rounding bends the slopes.
    """
    errors = np.asarray(errors, float)
    if len(errors) < 3 or not (errors > 0).all():
        return Exponent(np.full(max(len(errors) - 1, 1), np.nan), np.nan, np.inf, False)
    slopes = np.log2(errors[:-1] / errors[1:])
    spread = abs(slopes[-1] - slopes[-2]) + 2 * floor / errors[-1]
    return Exponent(slopes, float(2 * slopes[-1] - slopes[-2]), float(spread), bool(errors[-1] > 1e3 * floor))


def power_fit(steps: np.ndarray, errors: np.ndarray, powers: tuple[float, ...]) -> np.ndarray:
    """The coefficients c of e = sum_i c_i h^powers_i, one for each row of `errors` (..., steps); least squares on relative residuals.

    With powers (1/2, 1, 3/2, 2) the first coefficient tells a half order from a whole one, which slopes do only at steps that cost a
    thousand times more; with (0, 1, 2) the first coefficient tells an error that does not vanish.
    """
    steps, errors = np.asarray(steps, float), np.asarray(errors, float)
    design = steps[:, None] ** np.asarray(powers)
    # Columns are scaled by their largest entry, rows by the step, so that the smallest steps count as much as the largest.
    rows = 1 / steps
    scale = np.abs(design * rows[:, None]).max(0)
    solution, *_ = np.linalg.lstsq(
        design * rows[:, None] / scale, np.moveaxis(errors * rows, -1, 0).reshape(len(steps), -1), rcond=None
    )
    return np.moveaxis((solution / scale[:, None]).reshape(len(powers), *errors.shape[:-1]), 0, -1)
