"""Tends: does a sequence converge to the limit that is claimed?

The limit is extrapolated by every model of natural corrections that fits the rows (`fits.limit`): powers of the clock, of 1/log t, of
1/log log t, so that on whichever of the scales t, log t, log log t the distance falls, a model that falls with it is among them. To hold, the
distance must also have come within the resolution: an extrapolated limit alone holds nothing.

Blind spots: a limit approached more slowly than a power of 1/log log t; a drift that moves by less than the resolution over all rows.
"""

from __future__ import annotations

import numpy as np

from verify.evidence.reasons import Code
from verify.evidence.rules import fits
from verify.evidence.rules.corrections import BESIDE_POWER, GROWTH, LOGS, POWERS, SLOW, SLOW_LOGS
from verify.evidence.rules.geometric import falls_geometrically, geometric_limit, late_rows
from verify.evidence.rules.judgement import Judgement, choose, merge
from verify.evidence.rules.scales import LEAST_ROWS, Points, first, tail, towards_limit
from verify.evidence.verdict import Reason

MODELS = ((), *POWERS, *LOGS, *SLOW_LOGS)
ON_SCALE = ((*MODELS, *BESIDE_POWER), MODELS)
"""What may stand beside a drift in log t, and beside one in log log t."""
LAST = 1 / 6
"""The last three of the rows that a fit uses, where it has all of them."""
FALL = 0.9
"""The distance falls when the last rows are nearer than this share of the largest distance before."""
AT_LIMIT = 0.1
"""A level distance below this share of the resolution counts as the limit itself."""
LEAST_POWER = 0.05
"""A sequence that grows like a power of t grows with an exponent above this one."""
STANDSTILL = 0.05
"""A value levels off when its limit is known to this share of all that it has moved, and from t to t^e it is to move by no more, ..."""
NEGLIGIBLE = 1e-3
"""... or to this share of itself."""
EQUAL = 1e100
"""Rows are weighted equally up to this bar: all of them."""


def judge_limit(
    value: np.ndarray,
    error: np.ndarray | float,
    limit: np.ndarray | float,
    limit_error: np.ndarray | float,
    log_clock: np.ndarray,
    *,
    towards: str,
    resolution: float | None = None,
) -> Judgement:
    """Whether B sequences converge to their limits, from R rows ordered towards the clock's limit.

    `value` and `error` (B, R): numbers and absolute bars, NaN: not measured. `limit` and `limit_error`: scalars, (B,) or (B, R); a
    limit of oo or -oo is one towards which the sequence passes every bound. `log_clock` (B, R) or (R,), `towards` "oo" or "0".
    `resolution`: absolute, of the limit; without one a finite limit is not decided.

    HOLDS: the distance falls, in the last rows it is within the resolution r, bars included, and so is the extrapolated limit with its
    uncertainty; or the distance lies below its bars (or r/10) on the last third, and these within r; or it falls geometrically in the clock
    itself, and the last sixth of all rows is within r. REFUTED: the last rows are away by more
    than r, and the values level off away from the limit, by more than r and by four times the uncertainty, or the distance grows like a power of t or
    of log t; or the values drift beyond doubt, by more than r over as much again of log t or from t to t^e. For an infinite limit: HOLDS
    where the values drift towards it, REFUTED where they level off or drift the other way. `power`: the smallest shift of
    a claimed finite limit that would be refuted.
    """
    value = np.asarray(value, dtype=np.float64)
    s = np.broadcast_to(towards_limit(log_clock, towards), value.shape)
    limit, limit_error = (_rows(part, value.shape) for part in (limit, limit_error))
    error = np.broadcast_to(np.asarray(error, dtype=np.float64), value.shape)
    infinite = np.isinf(limit).any(axis=1)
    parts = []
    with np.errstate(all="ignore"):
        if infinite.any():
            parts.append(
                (infinite, _towards_infinity((value * np.sign(limit))[infinite], error[infinite], s[infinite]))
            )
        if not infinite.all():
            judged = judge_distance(
                (value - limit)[~infinite], (error + limit_error)[~infinite], s[~infinite], resolution
            )
            found, uncertainty = judged.measured["distance"]
            parts.append((~infinite, judged.with_measured({"limit": (limit[~infinite][:, -1] + found, uncertainty)})))
    return merge(len(value), parts)


def judge_distance(
    distance: np.ndarray, error: np.ndarray, s: np.ndarray, resolution: float | None, *, may_drift: bool = True
) -> Judgement:
    """Whether signed distances (B, R) to a limit tend to 0; s (B, R) is |log clock|. Measures "distance", extrapolated. With `may_drift`
    a drift refutes; without, that is another rule's business."""
    size = len(distance)
    r = resolution or 0.0
    floor = r / 10 or EQUAL
    with np.errstate(all="ignore"):
        points = tail(distance, error, s, 1)
        found = fits.limit(points, MODELS, floor)
        measured = {"distance": (found.value, found.error)}
        few = points.count < LEAST_ROWS
        if resolution is None:
            nan = np.full(size, np.nan)
            return Judgement(*_answers(size, [(few, 0, Code.TOO_FEW_ROWS)], Code.NO_RESOLUTION, nan), measured, nan)

        away, last, before = np.abs(points.y), points.late(LAST), points.used & ~points.late(LAST)
        nearest, furthest = (
            np.min(np.where(last, away - points.error, np.inf), axis=1),
            np.max(np.where(last, away + points.error, 0.0), axis=1),
        )
        falls = np.max(np.where(last, away, 0.0), axis=1) < FALL * np.max(np.where(before, away, 0.0), axis=1)
        within = r - np.fmax(furthest, np.abs(found.value) + found.error)
        hidden = (away <= np.maximum(points.error, AT_LIMIT * r)) & (away + points.error <= r)
        at_limit = np.all(~points.late(1 / 3) | hidden, axis=1)
        arrived = falls & (within >= 0)
        at_end = r - np.max(
            np.where(late_rows(np.isfinite(distance + error)), np.abs(distance) + error, 0.0), axis=1, initial=0.0
        )
        geometric = np.zeros(size, bool)
        open_ = np.flatnonzero(~(at_limit | arrived | few) & (at_end >= 0))
        geometric[open_] = falls_geometrically(distance[open_], error[open_], s[open_])

        candidates = np.flatnonzero(at_limit | arrived)
        if len(candidates):
            leaving = candidates[
                fits.leaves(found.take(candidates), fits.limit(points.take(candidates), GROWTH, floor))
            ]
            at_limit[leaving], arrived[leaving] = False, False

        beyond = np.where(found.sharp, np.abs(found.value) - found.error, 0.0) - r
        open_ = np.flatnonzero((beyond > 0) & (nearest > r))
        if len(open_):
            slower = fits.limit(points.take(open_), (*MODELS, *SLOW), floor)
            beyond[open_] = np.fmin(beyond[open_], np.where(slower.sharp, np.abs(slower.value) - slower.error, 0.0) - r)
        open_ = np.flatnonzero(~(at_limit | arrived | geometric | few) & (at_end < 0))
        rest, unsure = geometric_limit(distance[open_], error[open_], s[open_])
        beyond[open_] = np.fmax(beyond[open_], np.abs(rest) - unsure - r)
        wrong = (beyond > 0) & (nearest > r) & ~geometric
        recedes = np.zeros(size, bool)
        open_ = np.flatnonzero(~(few | at_limit | arrived | geometric | wrong))
        if may_drift and len(open_):
            recedes[open_] = _recedes(distance[open_], error[open_], s[open_], nearest[open_], r)

    cases = [
        (few, 0, Code.TOO_FEW_ROWS),
        (wrong, -1, Code.WRONG_LIMIT),
        (recedes, -1, Code.RECEDES),
        (at_limit, 1, Code.AT_THE_LIMIT),
        (arrived, 1, Code.ARRIVED),
        (geometric, 1, Code.GEOMETRIC),
    ]
    margin = np.select(
        [wrong, recedes, at_limit, arrived, geometric],
        [-beyond, np.fmin(r - nearest, 0.0), r - furthest, within, at_end],
        np.nan,
    )
    power = np.fmax(np.abs(found.value) + np.maximum(r + found.error, 4 * found.error), r + furthest)
    details = [
        f"The last rows are away by up to {d:.3g}; extrapolated, the distance is {value:.3g} +- {u:.2g}, at the resolution {r:.3g}."
        for d, value, u in zip(furthest, found.value, found.error, strict=True)
    ]
    return Judgement(*_answers(size, cases, Code.NOT_SETTLED, margin, details), measured, power)


def _recedes(distance: np.ndarray, error: np.ndarray, s: np.ndarray, nearest: np.ndarray, r: float) -> np.ndarray:
    """The values drift, or their distance grows like a power of t or of log t, beyond doubt (B,)."""
    recedes = np.zeros(len(distance), bool)
    away = np.where(np.abs(distance) > error, np.abs(distance), np.nan)
    for k in (0, 1):
        points = tail(distance, error, s, k)
        further = points.x[:, -1] - points.x[:, 0] if k == 0 else np.ones(len(points.y))
        recedes |= _drifts(points, k, r / further, r / 10)
        recedes |= (nearest > r) & (
            _drifts(tail(np.log(away), error / away, s, k), k, np.full(len(away), LEAST_POWER), 0.01, upwards=True)
        )
    return recedes


def _drifts(points: Points, k: int, least: np.ndarray, floor: float, upwards: bool = False) -> np.ndarray:
    """The values have a slope beyond +-least on scale k, which no slower transient explains (B,)."""
    drifts = points.one_way()
    for models in (ON_SCALE[k], (*ON_SCALE[k], *SLOW)):
        chosen = np.flatnonzero(drifts)
        if len(chosen):
            found = fits.slope(points.take(chosen), models, floor)
            sign = np.ones(len(chosen)) if upwards else np.sign(found.value)
            drifts[chosen] = (
                found.sharp & (sign * found.value - found.error > least[chosen]) & (sign * found.local > least[chosen])
            )
    return drifts


def _towards_infinity(value: np.ndarray, error: np.ndarray, s: np.ndarray) -> Judgement:
    """Whether values (B, R) tend to +oo."""
    points = tail(value, error, s, 1)
    known = np.isfinite(value) & np.isfinite(error)
    moved = np.max(np.where(known, value, -np.inf), axis=1) - np.min(np.where(known, value, np.inf), axis=1)
    still = STANDSTILL * moved
    found, settled = fits.slope(points, MODELS, EQUAL), fits.limit(points, MODELS, EQUAL)
    grows, falls = (_grows(sign * value, error, s, still) for sign in (1, -1))
    little = np.maximum(still, NEGLIGIBLE * np.abs(points.y[:, -1]))
    level = (np.abs(found.value) + found.hull <= little) & (settled.error <= little)
    cases = [
        (points.count < LEAST_ROWS, 0, Code.TOO_FEW_ROWS),
        (grows & ~falls, 1, Code.GROWS),
        (falls & ~grows, -1, Code.RECEDES),
        (level & ~grows, -1, Code.LEVELS_OFF),
    ]
    nan = np.full(len(value), np.nan)
    return Judgement(
        *_answers(len(value), cases, Code.NOT_SETTLED, nan),
        {"log slope": (found.value, found.error), "levels off at": (settled.value, settled.error)},
        nan,
    )


def _grows(value: np.ndarray, error: np.ndarray, s: np.ndarray, still: np.ndarray) -> np.ndarray:
    """Values (B, R) drift upwards in log log t, in log t, or like a power of t."""
    # Measured from the first row: a constant beside a power of t would bend its logarithm.
    start = np.nan_to_num(first(value))[:, None]
    zero, gained = np.zeros(len(value)), np.where(value - start > 2 * error, value - start, np.nan)
    return (
        _drifts(tail(value, error, s, 1), 1, still, EQUAL, upwards=True)
        | _drifts(tail(value, error, s, 0), 0, zero, EQUAL, upwards=True)
        | _drifts(tail(np.log(gained), error / gained, s, 0), 0, zero + LEAST_POWER, 0.01, upwards=True)
    )


def _answers(
    size: int, cases: list, otherwise: Code, margin: np.ndarray, details: list[str] | None = None
) -> tuple[np.ndarray, np.ndarray, tuple[Reason, ...]]:
    answers, reasons = choose(size, cases, otherwise, details)
    return answers, np.where(answers != 0, margin, np.nan), reasons


def _rows(part: np.ndarray | float, shape: tuple[int, ...]) -> np.ndarray:
    part = np.asarray(part, dtype=np.float64)
    return np.broadcast_to(part[:, None] if part.ndim == 1 else part, shape)
