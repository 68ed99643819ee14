"""Linear convergence: a distance that falls by about the same factor over equal steps of the clock itself.

The scales of the other rules, log t and its iterates, see a decay like q^t as one that never settles: over forty iterations log t moves by less
than four. Here the envelope max_{t' >= t} |d(t')| is compared over the two halves of the tail in t.

Blind spot: a part of the distance that lies below the rest on every row.
"""

from __future__ import annotations

import numpy as np

from verify.evidence.rules.scales import TAIL

LARGEST_LOG = 300.0
"""Above this log t the clock itself is no coordinate: its square overflows."""
LEAST_ROWS = 8
"""Four rows in each half of the tail."""
LEAST_FALL = 100.0
"""The envelope falls by this factor over the tail, so that no crossing of zero that the rows resolve is taken for a decay."""
SAME_RATE = 2.0
"""The rates over the two halves differ by less than this factor. A power of t slows down by more than that (by log 3 / log(5/3) = 2.15 over a
tail of 80 %), a crossing of zero speeds up by far more."""

LATE = 1 / 6
"""The share of rows that must have arrived, or that says how much still moves."""
STILL_TO_MOVE = 30.0
"""After a geometric decay the rest moves by less than the last sixth of the rows did; a term like 1/log t below it may hide 23 times that."""


def falls_geometrically(distance: np.ndarray, error: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Whether |distance| (B, R), where it is above its bars, falls like a geometric sequence in exp(s) (B,). s (B, R) is |log clock|."""
    known = np.isfinite(distance) & np.isfinite(error) & np.isfinite(s)
    seen = known & (np.abs(distance) > error)
    return np.array(
        [
            bool(_geometric(np.exp(at[rows]), np.abs(d[rows])))
            if rows.sum() >= LEAST_ROWS and at[rows].max() <= LARGEST_LOG
            else False
            for d, at, rows in zip(distance, s, seen, strict=True)
        ],
        dtype=bool,
    )


def geometric_limit(value: np.ndarray, error: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The limit of values (B, R) whose distance to their last row falls geometrically, and its uncertainty, (B,) each; NaN elsewhere."""
    late = late_rows(np.isfinite(value) & np.isfinite(error))
    size = len(value)
    last = value[np.arange(size), value.shape[1] - 1 - np.argmax(late[:, ::-1], axis=1)]
    bars = np.max(np.where(late, error, 0.0), axis=1, initial=0.0)
    moved = np.max(np.where(late, np.abs(value - last[:, None]), 0.0), axis=1, initial=0.0)
    found = falls_geometrically(np.where(late, np.nan, value - last[:, None]), error + bars[:, None], s)
    return np.where(found, last, np.nan), np.where(found, STILL_TO_MOVE * moved + bars, np.nan)


def late_rows(known: np.ndarray) -> np.ndarray:
    """The last sixth of the known rows, two at least (B, R)."""
    from_the_end = np.cumsum(known[:, ::-1], axis=1)[:, ::-1]
    return known & (from_the_end <= np.maximum(np.ceil(LATE * known.sum(axis=1)), 2)[:, None])


def _geometric(t: np.ndarray, size: np.ndarray) -> bool:
    """One series: clock (n,) in any order, distances (n,) above zero."""
    order = np.argsort(t, kind="stable")
    t, size = t[order], size[order]
    envelope = np.log(np.maximum.accumulate(size[::-1])[::-1])
    begin = t[-1] - TAIL * (t[-1] - t[0])
    first, middle = np.searchsorted(t, [begin, (begin + t[-1]) / 2])
    if min(middle - first, len(t) - 1 - middle) < LEAST_ROWS // 2 or envelope[first] - envelope[-1] < np.log(
        LEAST_FALL
    ):
        return False
    early = (envelope[first] - envelope[middle]) / (t[middle] - t[first])
    late = (envelope[middle] - envelope[-1]) / (t[-1] - t[middle])
    return early < SAME_RATE * late and late < SAME_RATE * early
