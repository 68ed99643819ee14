"""Theta, BigO, Equivalent: does the ratio of an expression to its gauge drift as the clock goes to its limit?"""

from __future__ import annotations

import numpy as np

from verify.evidence.reasons import Code
from verify.evidence.rules import fits
from verify.evidence.rules.judgement import Judgement, choose
from verify.evidence.rules.scales import distance_to_limit, tail

RESOLUTION = 0.05
"""Exponents in the theorems differ from their nearest variants by 1/6 and more: a third of that."""
TRANSIENT = 0.25
"""Slope allowed on a log scale finer than the gauge."""
LARGEST_BAR = 0.5
"""A row whose bar exceeds half of its value lies on the solver's floor: its logarithm is not measured."""
FLOOR = 0.01
SCALE_NAMES = ("slope", "log slope", "log log slope", "log log log slope")


def judge_gauge(kind, log_ratio, error, log_clock, *, towards, depth, resolution=None) -> Judgement:
    y = np.asarray(log_ratio, dtype=np.float64)
    s = np.broadcast_to(distance_to_limit(log_clock, towards), y.shape)
    error = np.broadcast_to(np.asarray(error, dtype=np.float64), y.shape)
    measured = np.isfinite(y) & (error <= LARGEST_BAR)
    y = np.where(measured, y, np.nan)
    r = RESOLUTION if resolution is None else float(resolution)
    size = len(y)
    with np.errstate(all="ignore"):
        spread = np.nan_to_num(np.nanmax(np.where(measured, y, -np.inf), axis=1) - np.nanmin(np.where(measured, y, np.inf), axis=1), posinf=0, neginf=0)
    few = measured.sum(1) < 5
    drifts, holds, levels, measured_slopes = np.zeros(size, bool), np.ones(size, bool), np.zeros(size, bool), {}
    beyond, inside, power = np.full(size, -np.inf), np.full(size, np.inf), np.full(size, np.nan)
    falls = np.zeros(size, bool)
    for k in range(max(1, depth) + 1):
        allowed = r if k <= depth else max(r, TRANSIENT)
        points = tail(y, error, s, k)
        lower = [(fits.drift(1),), *((fits.drift(1), fits.power(q)) for q in fits.POWERS)] if k == 0 else []
        slope = fits.estimate(points, fits.drift(k), [(), *fits.SINGLE, *fits.PAIRS, *fits.LOGS, *lower], spread, FLOOR)
        g, u = slope.value, slope.error
        sharp = u <= np.abs(g) / 4
        up, down = sharp & (g - u > allowed), sharp & (g + u < -allowed)
        drifts |= (up if kind == "bigo" else up | down) & ~falls
        falls |= sharp & (g + u < -allowed) & (kind == "bigo")
        within = (g + u <= allowed) if kind == "bigo" else (np.abs(g) + u <= allowed)
        holds &= within | falls
        inside = np.fmin(inside, allowed - (g if kind == "bigo" else np.abs(g)) - u)
        beyond = np.fmax(beyond, np.where(up | down, np.abs(g) - u - allowed, -np.inf))
        measured_slopes[SCALE_NAMES[k]] = (g, u)
        if k == depth:
            power = np.maximum(allowed + u, 4 * u) + np.abs(g)
    if kind == "equivalent":
        limit = fits.estimate(tail(y, error, s, 0), None, [(), *fits.SINGLE, *fits.PAIRS, *fits.LOGS], spread, FLOOR)
        points = tail(y, error, s, 0)
        gap = np.max(np.where(points.weight > 0, np.abs(points.y) + points.error, 0)[:, -3:], axis=1)
        measured_slopes["log ratio"] = (limit.value, limit.error)
        holds &= (np.abs(limit.value) + limit.error <= r) & (gap <= r)
        levels = (np.abs(limit.value) - limit.error > r) & (limit.error <= np.abs(limit.value) / 4) & holds_level(measured_slopes, r)
    answers, reasons = choose(
        size,
        [(few, 0, Code.TOO_FEW_ROWS), (drifts, -1, Code.DRIFT), (levels, -1, Code.WRONG_CONSTANT), (holds, 1, Code.ONE_SIDED if kind == "bigo" else Code.LEVEL)],
        Code.UNDECIDED_DRIFT,
    )
    margin = np.select([answers > 0, answers < 0], [inside, -beyond], np.nan)
    return Judgement(answers, margin, reasons, measured_slopes, power)


def holds_level(slopes, r):
    return np.all([np.abs(g) + u <= max(r, TRANSIENT) for name, (g, u) in slopes.items() if name in SCALE_NAMES], axis=0)
