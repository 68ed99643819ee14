"""Tends: does a sequence converge to the limit that is claimed?"""

from __future__ import annotations

import numpy as np

from verify.evidence.reasons import Code
from verify.evidence.rules import fits
from verify.evidence.rules.judgement import Judgement, choose
from verify.evidence.rules.scales import distance_to_limit, tail


def judge_limit(value, error, limit, limit_error=0.0, log_clock=None, *, towards, resolution=None) -> Judgement:
    value = np.asarray(value, dtype=np.float64)
    s = np.broadcast_to(distance_to_limit(log_clock, towards), value.shape)
    limit = np.asarray(limit, dtype=np.float64)
    limit = limit[:, None] if limit.ndim == 1 else limit
    error = np.broadcast_to(np.asarray(error, dtype=np.float64) + (limit_error[:, None] if np.ndim(limit_error) == 1 else limit_error), value.shape)
    d = value - limit
    size = len(d)
    nan = np.full(size, np.nan)
    if resolution is None or not np.all(np.isfinite(limit)):
        answers, reasons = choose(size, [], Code.NO_RESOLUTION)
        return Judgement(answers, nan, reasons, {}, nan)
    r = float(resolution)
    known = np.isfinite(d)
    with np.errstate(all="ignore"):
        spread = np.nan_to_num(np.max(np.where(known, d, -np.inf), axis=1) - np.min(np.where(known, d, np.inf), axis=1), posinf=0, neginf=0)
    points = tail(d, error, s, 0)
    est = fits.estimate(points, None, [(), *fits.SINGLE, *fits.PAIRS, *fits.LOGS], spread, r / 10)
    gap = np.max(np.where(points.weight > 0, np.abs(points.y) + points.error, 0)[:, -3:], axis=1)
    early = np.max(np.where(points.weight > 0, np.abs(points.y), 0)[:, :3], axis=1)
    late = np.max(np.where(points.weight > 0, np.abs(points.y) - points.error, -np.inf)[:, -3:], axis=1)
    few = points.count < 5
    holds = (np.abs(est.value) + est.error <= r) & (gap <= r) & ((late < 0.9 * early) | (late <= 0))
    levels = (np.abs(est.value) - est.error > r) & (est.error <= np.abs(est.value) / 4) & (late > r)
    answers, reasons = choose(size, [(few, 0, Code.TOO_FEW_ROWS), (holds, 1, Code.ARRIVED), (levels, -1, Code.WRONG_LIMIT)], Code.NOT_SETTLED)
    margin = np.select([answers > 0, answers < 0], [r - gap, -(np.abs(est.value) - est.error - r)], np.nan)
    return Judgement(answers, margin, reasons, {"limit": (limit[:, -1] + est.value, est.error)}, np.maximum(r + est.error, 4 * est.error) + np.abs(est.value))
