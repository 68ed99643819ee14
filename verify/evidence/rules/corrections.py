"""The corrections that may stand beside a leading term and die out towards the clock's limit.

A correction maps `Points` to a column (B, n); a model is a tuple of them. Models are few and natural rather than dense: whatever a
model can imitate over the rows at hand, no rule can tell from a drift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from verify.evidence.rules.scales import Points, iterate

Correction = Callable[[Points], np.ndarray]
Model = tuple[Correction, ...]

SLOWEST, FASTEST = 1.5, 30.0
"""A power of the clock falls from the first row to the last by exp(SLOWEST) at least. Slower ones look like drifts, and are the blind spot
that goes with the length of the clock; ones faster than exp(FASTEST) are gone before the tail."""


def decay(k: float) -> Correction:
    """The power of the clock that falls by exp(k) over the whole trace."""
    return lambda points: np.exp(-k * points.progress)


def power(q: float) -> Correction:
    """clock^-q for a clock to oo, clock^q for one to 0; 1 at the first row."""
    return lambda points: np.exp(-q * (points.s - points.start[:, None]))


def log_power(p: float, unit: float = 0.0) -> Correction:
    """(log c t)^-p with c = exp(unit): nobody knows a log's natural unit of time."""
    return lambda points: (points.s + unit) ** -p


def log_over_log(unit: float = 0.0) -> Correction:
    """log log ct / log ct with c = exp(unit): the correction that comes with an inverse function such as t(loss)."""
    return lambda points: iterate(points.s + unit, 1) / (points.s + unit)


def iterated_log(depth: int, p: float = 1.0) -> Correction:
    """The p-th power of the log iterated `depth` times."""
    return lambda points: iterate(points.s, depth) ** p


def series(term: Callable[[float], Correction], q: float, terms: int) -> Model:
    """q, 2q, 3q, ...: what log(1 + c t^-q) and a half-integer expansion are made of."""
    return tuple(term(q * m) for m in range(1, terms + 1))


def _pairs(term: Callable[[float], Correction], grid: Iterable[float]) -> list[Model]:
    grid = list(grid)
    return [(term(grid[i]), term(grid[j])) for i in range(len(grid)) for j in range(i + 1, len(grid))]


UNITS = (0.0, 1.0, 2.0, 4.0)
POWERS: tuple[Model, ...] = (
    *(series(decay, q, terms) for q in np.geomspace(SLOWEST, FASTEST, 16) for terms in (1, 2, 3)),
    *(series(power, q, terms) for q in (0.5, 1.0) for terms in (1, 2, 3)),
    *_pairs(decay, np.geomspace(SLOWEST, 20.0, 7)),
)
LOGS: tuple[Model, ...] = (
    *((log_power(p),) for p in (0.5, 2.0)),
    (log_power(1.0), log_power(2.0)),
    *((log_power(1.0, unit),) for unit in UNITS),
    *((log_over_log(unit),) for unit in UNITS),
    *((log_over_log(unit), log_power(1.0, unit)) for unit in UNITS),
    *((log_power(1.0), power(q)) for q in (0.25, 0.5, 1.0, 2.0)),
)
SLOW: tuple[Model, ...] = tuple(series(decay, q, terms) for q in (0.35, 0.5, 0.75, 1.0, 1.25) for terms in (1, 2, 3))
"""Slower powers still. They imitate a drift so well that they never speak for a claim, and must not be excluded before one is refuted."""
GROWTH: tuple[Model, ...] = tuple(
    (decay(-k), *decays)
    for k in np.geomspace(SLOWEST, FASTEST, 6)
    for decays in ((), *(series(decay, q, terms) for q in np.geomspace(SLOWEST, 20.0, 5) for terms in (1, 2)))
)
"""A power that grows: where it fits and no decaying one does, the ratio has begun to leave."""
SLOW_LOGS: tuple[Model, ...] = (
    *((iterated_log(1, -p),) for p in (0.5, 1.0, 2.0)),
    (iterated_log(1, -1.0), iterated_log(1, -2.0)),
)
"""Powers of 1/log log t: how slowly a limit may be approached."""
BESIDE_POWER: tuple[Model, ...] = (
    (iterated_log(1),),
    *((iterated_log(1), *series(decay, q, terms)) for q in np.geomspace(SLOWEST, 20.0, 8) for terms in (1, 2)),
)
"""A log factor is of lower order than a power of the clock, and may stand beside it."""
