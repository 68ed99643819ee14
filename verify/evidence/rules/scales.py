"""The scales of a clock: its logarithm and the iterated logarithms, and rows that lie equidistantly on one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

POINTS = 21
"""Rows that a fit uses. Seven leave too few degrees of freedom beside a drift and two corrections."""
TAIL = 1.0
"""The share before the limit that is used, of the rows or of the range on the scale, whichever reaches further back."""
LEAST_ROWS = 5


def distance_to_limit(log_clock: np.ndarray, towards: str) -> np.ndarray:
    """The coordinate that grows towards the limit: log t for t to oo, -log t for t to 0."""
    if towards not in ("oo", "0"):
        raise ValueError(f"a clock runs towards 'oo' or '0', and {towards!r} was given")
    return np.asarray(log_clock, dtype=np.float64) * (1.0 if towards == "oo" else -1.0)


def iterate(s: np.ndarray, depth: int) -> np.ndarray:
    """log applied `depth` times to s, NaN where the last argument is below 1 (there the scale has not begun)."""
    for _ in range(depth):
        with np.errstate(invalid="ignore", divide="ignore"):
            s = np.where(s >= 1.0, np.log(s), np.nan)
    return s


@dataclass(frozen=True)
class Points:
    """Rows of B series, (B, POINTS): values, error bars, the coordinate s = |log clock|; `weight` is 0 for a repeated or missing row.

    `start` (B,) is s at the first measured row and `spread` (B,) the range of the values over all rows: they bound how
    large a decaying correction can have been.
    """

    y: np.ndarray
    error: np.ndarray
    s: np.ndarray
    weight: np.ndarray
    start: np.ndarray

    @property
    def count(self) -> np.ndarray:
        return self.weight.sum(axis=1)


def tail(y: np.ndarray, error: np.ndarray, s: np.ndarray, depth: int, share: float = TAIL) -> Points:
    """About POINTS rows, equidistant on the scale of depth `depth`, from the last `share` of each series.

    Rows that are not finite, or not beyond every earlier row in s, count as not measured.
    """
    x = iterate(s, depth)
    known = np.isfinite(y) & np.isfinite(error) & np.isfinite(x)
    before = np.fmax.accumulate(np.where(known, s, -np.inf), axis=1)
    known[:, 1:] &= s[:, 1:] > before[:, :-1]
    at = np.where(known, x, np.nan)
    count = known.sum(axis=1)
    first = np.where(count > 0, np.nanmin(np.where(count[:, None] > 0, at, 0.0), axis=1), np.nan)
    last = np.where(count > 0, np.nanmax(np.where(count[:, None] > 0, at, 0.0), axis=1), np.nan)
    rank = np.cumsum(known, axis=1)
    # A ladder of six rungs keeps five: fewer leave nothing to check the fit with.
    kept = known & (rank > np.minimum((1 - share) * count, count - LEAST_ROWS)[:, None])
    begin = np.fmin(np.min(np.where(kept, at, np.inf), axis=1), last - share * (last - first))
    targets = begin[:, None] + (last - begin)[:, None] * np.linspace(0.0, 1.0, POINTS)
    away = np.where(known[:, :, None], np.abs(at[:, :, None] - targets[:, None, :]), np.inf)
    chosen = np.argmin(away, axis=1)
    fresh = np.concatenate([np.ones((len(y), 1), bool), np.diff(chosen, axis=1) > 0], axis=1) & (count > 0)[:, None]
    take = lambda rows: np.take_along_axis(rows, chosen, axis=1)  # noqa: E731
    return Points(*(np.where((count > 0)[:, None], take(rows), 1.0) for rows in (y, error, s)), fresh.astype(float), np.min(np.where(known, s, np.inf), axis=1))
