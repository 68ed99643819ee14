"""The length of the curve of directions u = theta/|theta| along margin paths, and how it falls from one doubling of tau to the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from verify.dynamics.observables import Observables
from verify.dynamics.paths import MarginPath


def arc_length(rows: Observables, thin: int = 1) -> np.ndarray:
    """The integral of |du/dlog rho| over log rho since the first row, through every `thin`-th row; NaN beyond the last measured one."""
    log_rho, turn = rows.log_rho.cpu().numpy(), rows.tangent.cpu().numpy()
    measured = np.isfinite(log_rho) & np.isfinite(turn)
    length = np.full(len(log_rho), np.nan)
    if measured.sum() >= 4 * thin:
        knots = np.flatnonzero(measured)[::thin]
        total = CubicSpline(log_rho[knots], turn[knots]).antiderivative()
        length[measured] = total(log_rho[measured]) - total(log_rho[knots[0]])
    return length


def arc_lengths(paths: Sequence[MarginPath]) -> tuple[np.ndarray, np.ndarray]:
    """Lengths (paths, rows) and their errors: those of the flow (as everywhere, twice the coarse run's distance) and of the quadrature."""
    fine, coarse, thinned = (
        np.array([arc_length(part, thin) for part in parts])
        for parts, thin in (
            ([path.rows for path in paths], 1),
            ([path.coarse for path in paths], 1),
            ([path.rows for path in paths], 2),
        )
    )
    error = np.maximum.accumulate(2 * np.abs(fine - coarse) + np.abs(fine - thinned), axis=1)
    return fine, error


def doubling_ratios(tau: np.ndarray, length: np.ndarray, error: np.ndarray, least: float) -> tuple[np.ndarray, ...]:
    """Along one path: the length within each doubling of tau over that within the one before, in windows above `least`, and its error.

    Windows end at tau[-1], tau[-1]/2, tau[-1]/4, ...; they are read off a monotone interpolant in log tau.
    """
    count = int(np.log2(tau[-1] / least))
    edges = np.log(tau[-1]) - np.log(2) * np.arange(count, -1, -1)
    rising = np.append(True, tau[1:] > np.maximum.accumulate(tau)[:-1])
    at, bar = (PchipInterpolator(np.log(tau[rising]), part[rising])(edges) for part in (length, error))
    window, spread = np.diff(at), np.diff(bar) + 1e-15 * at[-1]
    ratio = window[1:] / window[:-1]
    return ratio, ratio * (spread[1:] / window[1:] + spread[:-1] / window[:-1])
