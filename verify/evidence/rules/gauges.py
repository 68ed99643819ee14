"""Theta, BigO, Equivalent: does the ratio of an expression to its gauge drift as the clock goes to its limit?

The logarithm of the ratio, y, is compared with the scales of the clock: log t, log log t, and as many further iterates as logs are
iterated in the gauge. A factor t^a has slope a on the first, (log t)^b slope b on the second: a rule on the first alone would let
Theta(loss, 1/t) hold for 1/(t log t) at log t = 1e6, where the slope is 1e-6. On each scale the slope at the limit is
extrapolated (`fits.slope`): instead of local slopes and their last change, by every model of a drift with natural corrections
(powers of the clock, half-integer ones among them, of 1/log t, and log log t / log t) that fits the rows; the hull over these models, with
error bars, half of what the extrapolation changed, and what corrections of order 1/log t can hide, is the uncertainty u.

Blind spots: a factor log log t beside a pure power (it lies within TRANSIENT once log t is large); a bounded oscillation slower than the
rows; a transient slower than `corrections.SLOW`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from verify.evidence.reasons import Code
from verify.evidence.rules import fits
from verify.evidence.rules.corrections import BESIDE_POWER, GROWTH, LOGS, POWERS, SLOW
from verify.evidence.rules.judgement import Judgement, choose, merge
from verify.evidence.rules.scales import LEAST_ROWS, Points, tail, towards_limit
from verify.evidence.rules.tends import judge_distance

RESOLUTION = 0.05
"""Exponents of the theorems differ from their nearest variants by 1/6 and more: a third of that."""
TRANSIENT = 0.25
"""Slope allowed on the log scale that is finer than the gauge, where no log is claimed."""
FLOOR_BAR, LARGEST_BAR = 0.01, 0.5
"""A row whose relative bar exceeds the first and ten times the median, or exceeds the second, lies on the solver's floor: its logarithm is not
measured."""
EQUAL_BARS = 0.01
"""Rows are weighted equally up to this relative bar: models miss the rows by corrections they do not know, not by noise."""
SPARED = 0.25
"""This share of what extrapolation changed in the safe direction does not count for a one-sided claim."""
MODELS = ((), *POWERS, *LOGS)
SLOPES = ("slope", "log slope", "log log slope", "log log log slope")


def judge_gauge(
    kind: Literal["theta", "bigo", "equivalent"],
    log_ratio: np.ndarray,
    error: np.ndarray | float,
    log_clock: np.ndarray,
    *,
    towards: str,
    depth: int,
    resolution: float | None = None,
) -> Judgement:
    """Whether B expressions are of the order of their gauges, from R rows ordered towards the clock's limit.

    `log_ratio` and `error` (B, R): log(e/gauge) and its absolute bars; NaN and bars above 1/2: not measured. `log_clock` (B, R) or
    (R,): log of the clock, which may reach 1e6. `towards`: "oo" or "0". `depth`: how many logs are iterated in gauge or expression, 0 for powers
    of the clock. `resolution`: of the exponents (and of the constant, for "equivalent"), default RESOLUTION.

    With slope g and uncertainty u on each scale, and r the resolution (TRANSIENT on a log scale finer than the gauge, for slopes that may
    be zero): HOLDS where |g| + u <= r on every scale; REFUTED where |g| - u > r on one, u <= |g|/4, and slower transients explain
    it no better; "bigo" is one-sided in g, and a scale on which the ratio falls beyond doubt settles the finer ones. "equivalent" where
    nothing drifts: Tends(log(e/gauge), 0) at the resolution r. Otherwise undecided. `power`: of the exponent on the
    gauge's own finest scale; for "equivalent", of the ratio.
    """
    y = np.asarray(log_ratio, dtype=np.float64)
    s = np.broadcast_to(towards_limit(log_clock, towards), y.shape)
    error = np.broadcast_to(np.asarray(error, dtype=np.float64), y.shape)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a series without rows has no median
        usual = np.nanmedian(np.where(np.isfinite(y), error, np.nan), axis=1, keepdims=True)
    y = np.where(error <= np.clip(10 * usual, FLOOR_BAR, LARGEST_BAR), y, np.nan)
    r = RESOLUTION if resolution is None else float(resolution)
    one_sided = kind == "bigo"
    size = len(y)

    holds, drifts, falls, short, doubtful = np.ones(size, bool), *np.zeros((4, size), bool)
    inside, beyond = np.full(size, np.inf), np.full(size, np.nan)
    scales: list[_Scale] = []
    few = tail(y, error, s, 0).count < LEAST_ROWS
    with np.errstate(all="ignore"):
        for k in range(max(1, depth) + 1):
            scale = _on_scale(tail(y, error, s, k), k, r, k > depth, one_sided)
            scales.append(scale)
            # Where the ratio already falls like a power, only a local slope upwards would put a finer scale in doubt.
            settled = falls & (scale.slope.local < 0)
            holds &= (scale.room >= 0) | settled
            inside = np.where(settled, inside, np.fmin(inside, scale.room))
            now = scale.drifts & ~settled & ((scale.slope.value > 0) | (not one_sided))
            beyond = np.fmax(beyond, np.where(now, scale.excess, np.nan))
            drifts |= now
            falls |= scale.drifts & (scale.slope.value < 0) & one_sided
            doubtful |= scale.doubtful
            short |= scale.short
        own = scales[depth]
        power = np.maximum(own.allowed + own.slope.error, 4 * own.slope.error) + np.abs(own.slope.value)
        leaves = scales[0].leaves
    measured = {name: (scale.slope.value, scale.slope.error) for name, scale in zip(SLOPES, scales, strict=False)}

    cases = [
        (few, 0, Code.TOO_FEW_ROWS),
        (drifts, -1, Code.DRIFT),
        (holds & ~leaves, 1, Code.ONE_SIDED if one_sided else Code.LEVEL),
        (short, 0, Code.SCALE_TOO_SHORT),
        (doubtful | (holds & leaves), 0, Code.TRANSIENT),
    ]
    answers, reasons = choose(size, cases, Code.UNDECIDED_DRIFT, _details(measured))
    margin = np.select([answers > 0, answers < 0], [inside, -beyond], np.nan)
    judged = Judgement(answers, margin, reasons, measured, power)
    if kind != "equivalent":
        return judged
    ratio = judge_distance(y, error, s, r, may_drift=False)
    constant = replace(ratio, measured={**measured, "log ratio": ratio.measured["distance"]}, power=ratio.power)
    return merge(size, [(drifts, judged.take(drifts)), (~drifts, constant.take(~drifts))])


@dataclass(frozen=True)
class _Scale:
    """What one scale says, each array (B,): `room` is what is left inside the resolution, `excess` what lies beyond it, where the slope drifts
    in either direction; `doubtful` where a slower transient may explain that; `leaves` where a growing power has set in."""

    slope: fits.Estimate
    allowed: float
    room: np.ndarray
    excess: np.ndarray
    drifts: np.ndarray
    doubtful: np.ndarray
    leaves: np.ndarray
    short: np.ndarray


def _on_scale(points: Points, k: int, r: float, finer: bool, one_sided: bool) -> _Scale:
    """`finer`: this log scale is finer than the gauge; a slope up to TRANSIENT that may be zero is let pass there."""
    allowed = max(r, TRANSIENT) if finer else r
    models = (*MODELS, *(BESIDE_POWER if k == 0 else ()))
    slope = fits.slope(points, models, EQUAL_BARS)
    room, excess = _room(slope, allowed, one_sided), _excess(slope, allowed)
    if finer:
        room = np.where(np.abs(slope.value) <= 2 * slope.error, room, _room(slope, r, one_sided))
    seems = excess > 0
    drifts = seems & points.one_way()
    chosen = np.flatnonzero(drifts)
    if len(chosen):
        rows = points.take(chosen)
        slower = fits.slope(rows, (*models, *SLOW), EQUAL_BARS)
        same = np.sign(slower.value) == np.sign(slope.value[chosen])
        confirmed = same & (_excess(slower, allowed) > 0) & ~fits.settles(rows, (*MODELS, *SLOW), slower)
        excess[chosen] = np.fmin(excess[chosen], _excess(slower, allowed))
        room[chosen] = np.where(confirmed, np.fmin(room[chosen], _room(slower, allowed, one_sided)), -np.inf)
        drifts[chosen] = confirmed
    leaves = np.zeros(len(seems), bool)
    chosen = np.flatnonzero(room >= 0)
    if k == 0 and len(chosen):
        leaves[chosen] = fits.leaves(slope.take(chosen), fits.slope(points.take(chosen), GROWTH, EQUAL_BARS))
    return _Scale(slope, allowed, room, excess, drifts, seems & ~drifts, leaves, points.count < LEAST_ROWS)


def _room(found: fits.Estimate, allowed: float, one_sided: bool) -> np.ndarray:
    if not one_sided:
        return allowed - found.error - np.abs(found.value)
    # Where the last rows fall faster than the extrapolated slope, undoing a part of the extrapolation does not lead upwards.
    spared = np.maximum(found.value - found.local, 0.0) * SPARED
    return allowed - np.maximum(found.error - spared, found.hull) - found.value


def _excess(found: fits.Estimate, allowed: float) -> np.ndarray:
    """By how much a sharp slope lies beyond what is allowed, in either direction; -inf where it is not sharp, or does not."""
    excess = np.abs(found.value) - found.error - allowed
    return np.where(found.sharp & (excess > 0), excess, -np.inf)


def _details(slopes: dict[str, tuple[np.ndarray, np.ndarray]]) -> list[str]:
    """The slopes of each series, which name the factors that are not excluded."""
    scales = ["the clock's log" + " log" * k for k in range(len(slopes))]
    pairs = np.stack([np.stack(pair, axis=1) for pair in slopes.values()], axis=1)
    return [
        f"Slope of the ratio's log: {', '.join(f'{g:.3g} +- {u:.2g} on {scale}' for (g, u), scale in zip(row, scales, strict=True))}."
        for row in pairs
    ]
