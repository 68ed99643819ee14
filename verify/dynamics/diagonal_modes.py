"""The flow of f(W) = |W - M|^2/2 from a diagonal start in the eigenbasis of M: each mode is logistic, m/(1 + (m/w - 1) e^(-2mt)).

Closed forms for numpy, exact to a few ulps for each mode and for what it is short of m, whatever the scale of the start; and least
distances over all times, on grids that are refined around their least entry.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Measure = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From the modes and what they are short of m, both (times, d), to a number for each time."""


def modes_at(m: np.ndarray, start: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The modes and what they are short of m at the times t, (times, d) each; `start` (d,) holds w >= 0, and m > 0."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        ratio = (m / start - 1) * np.exp(-2 * m * t[:, None])
        short = np.where(np.isinf(ratio) | (start == 0), m, m * ratio / (1 + ratio))
        return np.where(start == 0, 0.0, m / (1 + ratio)), short


def to_saddle(k: int) -> Measure:
    """The distance to W_k = diag(m_1, ..., m_k, 0, ..., 0)."""
    return lambda modes, short: np.linalg.norm(np.concatenate([short[:, :k], modes[:, k:]], 1), axis=1)


def least(m: np.ndarray, start: np.ndarray, measure: Measure, horizon: float) -> tuple[float, float]:
    """The least value of a measure over the times from 0 to `horizon`, and when it is taken."""
    low, high = 0.0, horizon
    for _ in range(4):
        t = np.linspace(low, high, 2001)
        values = measure(*modes_at(m, start, t))
        k = int(values.argmin())
        low, high = t[max(k - 1, 0)], t[min(k + 1, 2000)]
    return float(values[k]), float(t[k])


def leaving_share(m: np.ndarray, start: np.ndarray, k: int, horizon: float) -> float:
    """The share of mode k + 1 in W - W_k at the first time after the closest approach at which |W - W_k| has grown to the root of its least."""
    smallest, when = least(m, start, to_saddle(k), horizon)
    t = np.linspace(when, horizon, 20001)
    modes, short = modes_at(m, start, t)
    sizes = to_saddle(k)(modes, short)
    row = int(np.argmax(sizes >= np.sqrt(smallest)))
    return float(modes[row, k] / sizes[row])
