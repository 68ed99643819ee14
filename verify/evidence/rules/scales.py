"""The scales of a clock, its logarithm and the iterated logarithms, and rows that lie about equidistantly on one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

POINTS = 17
"""Rows that a fit uses: a drift, a constant and three corrections leave twelve degrees of freedom for the check."""
TAIL = 0.8
"""The share before the limit that is used, of the rows or of the range on the scale, whichever reaches further back. Local
slopes want a short tail; a fit that knows corrections tells them from a drift the better, the more of them it sees."""
LEAST_ROWS = 5
"""A drift, a constant and one correction, and two rows to check them with."""


def towards_limit(log_clock: np.ndarray, towards: str) -> np.ndarray:
    """The coordinate s that grows towards the limit: log t where t tends to oo, -log t where t tends to 0."""
    if towards not in ("oo", "0"):
        raise ValueError(
            f"a clock runs towards 'oo' or '0', and {towards!r} was given; say which of the two is its limit"
        )
    return np.asarray(log_clock, dtype=np.float64) * (1.0 if towards == "oo" else -1.0)


def iterate(s: np.ndarray, depth: int) -> np.ndarray:
    """log applied `depth` times to s, NaN where one of the arguments is below 1: there the scale has not begun."""
    for _ in range(depth):
        s = np.log(np.where(s >= 1.0, s, np.nan))
    return s


def first(rows: np.ndarray) -> np.ndarray:
    """The first finite entry of each row (B,), NaN where there is none."""
    if rows.shape[1] == 0:
        return np.full(len(rows), np.nan)
    return rows[np.arange(len(rows)), np.argmax(np.isfinite(rows), axis=1)]


@dataclass(frozen=True)
class Points:
    """Rows of B series on which a fit is made, each array (B, n).

    `y` and `error` are the values and their bars, `s` is |log clock| in a unit of the clock that makes it at least 1, `x` the scale's
    coordinate, `used` is False for a row that repeats another or was not measured. `start` (B,) is s at the first measured row of all;
    `depth` how many logs are iterated in x.
    """

    y: np.ndarray
    error: np.ndarray
    s: np.ndarray
    x: np.ndarray
    used: np.ndarray
    start: np.ndarray
    depth: int

    def take(self, series: np.ndarray) -> Points:
        """The points of the chosen series."""
        return replace(
            self, **{name: getattr(self, name)[series] for name in ("y", "error", "s", "x", "used", "start")}
        )

    @cached_property
    def count(self) -> np.ndarray:
        """The number of rows used (B,)."""
        return self.used.sum(axis=1)

    @cached_property
    def progress(self) -> np.ndarray:
        """0 at the first measured row of all, 1 at the last (B, n): the unit in which a correction decays."""
        start = self.start[:, None]
        return (self.s - start) / (self.s[:, -1:] - start)

    def late(self, share: float) -> np.ndarray:
        """The last `share` of the rows used, at least two (B, n)."""
        from_the_end = np.cumsum(self.used[:, ::-1], axis=1)[:, ::-1]
        return self.used & (from_the_end <= np.maximum(np.ceil(share * self.count), 2)[:, None])

    def one_way(self) -> np.ndarray:
        """The values move in one direction on the last three quarters of the rows, up to their bars and a tenth of the move (B,): an
        oscillation that the rows resolve is no drift."""
        late = self.late(3 / 4)
        steps = np.where(late[:, 1:] & late[:, :-1], np.diff(self.y, axis=1), 0.0)
        up, down = np.sum(np.maximum(steps, 0.0), axis=1), np.sum(np.maximum(-steps, 0.0), axis=1)
        slack = 2 * np.sum(np.where(late, self.error, 0.0), axis=1)
        return np.minimum(up, down) <= 0.1 * np.maximum(up, down) + slack


def tail(y: np.ndarray, error: np.ndarray, s: np.ndarray, depth: int) -> Points:
    """About POINTS measured rows of each series (B, R), equidistant in the log iterated `depth` times.

    Rows that are not finite, or not beyond every earlier row in s, count as not measured. No row is interpolated.
    """
    if y.shape[1] == 0:
        y, error, s = (np.full((len(y), 1), np.nan) for _ in range(3))
    known = np.isfinite(y) & np.isfinite(error) & np.isfinite(s)
    # A log factor knows no unit of the clock: where the clock starts below e, its first row gets log t = 1.
    s = s + np.maximum(0.0, 1.0 - np.min(np.where(known, s, np.inf), axis=1, initial=np.inf, keepdims=True))
    x = iterate(s, depth)
    known &= np.isfinite(x)
    furthest = np.maximum.accumulate(np.where(known, s, -np.inf), axis=1)
    known[:, 1:] &= s[:, 1:] > furthest[:, :-1]
    count = known.sum(axis=1)
    first = np.min(np.where(known, x, np.inf), axis=1, initial=np.inf)
    last = np.max(np.where(known, x, -np.inf), axis=1, initial=-np.inf)
    # Of a short ladder at least LEAST_ROWS rungs are kept.
    kept = known & (np.cumsum(known, axis=1) > np.minimum((1 - TAIL) * count, count - LEAST_ROWS)[:, None])
    with np.errstate(invalid="ignore"):
        begin = np.minimum(np.min(np.where(kept, x, np.inf), axis=1, initial=np.inf), last - TAIL * (last - first))
    targets = begin[:, None] + (last - begin)[:, None] * np.linspace(0.0, 1.0, POINTS)
    chosen = np.stack([np.argmin(np.where(known, np.abs(x - at[:, None]), np.inf), axis=1) for at in targets.T], axis=1)
    used = np.diff(chosen, axis=1, prepend=-1) > 0
    used &= (count > 0)[:, None]
    start = np.min(np.where(known, s, np.inf), axis=1, initial=np.inf)
    y, error, s, x = (np.take_along_axis(part, chosen, axis=1) for part in (y, error, s, x))
    return Points(y, error, s, x, used, start, depth)
