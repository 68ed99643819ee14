"""Nondecreasing: by recorded rates, and by rows of one trajectory in the wrong order."""

from __future__ import annotations

import numpy as np

from verify.evidence.reasons import Code
from verify.evidence.rules.judgement import Judgement, choose
from verify.evidence.rules.scales import first

BARS = 0.01
"""Error bars up to this share of the whole rise let the statement hold: the largest drop they can hide is then known and small."""

SLIGHT = 1e-6
"""A fall between two rows within their bars is rounding up to this share of the rise; a larger one may be real, and narrower bars would refute."""


def judge_monotone(
    value: np.ndarray,
    error: np.ndarray | float,
    rate: np.ndarray | None = None,
    rate_error: np.ndarray | float = 0.0,
    *,
    resolution: float | None = None,
    exists: np.ndarray | None = None,
) -> Judgement:
    """Whether B series never fall, from R rows in the order of the clock.

    `value` and `error` (B, R): the error compares rows of one trajectory. `rate` and `rate_error` (B, R): derivatives along the
    clock, None where none are recorded. NaN: not measured; such a series can be refuted and cannot hold. `exists` (B, R) is False for rows
    of a ragged axis that are not there. `resolution` allows a drop of that share of the largest |value|, and a negative rate of
    that share of the largest |rate|.

    REFUTED: a rate wholly negative at a row, or two rows with disjoint bars in the wrong order. HOLDS: neither, and either no drop beyond
    the resolution is possible; or no row lies below an earlier one, within bars or not, and (a) no rate can be negative or (b) the bars are at
    most 1 % of the rise. Nothing is seen between rows. `power` is the smallest drop between two rows that is sure to be
    seen, in units of the value.
    """
    value = np.asarray(value, dtype=np.float64)
    error = np.broadcast_to(np.asarray(error, dtype=np.float64), value.shape)
    exists = np.ones(value.shape, bool) if exists is None else np.asarray(exists)
    r = resolution or 0.0
    known = exists & np.isfinite(value) & np.isfinite(error)
    enough = known.sum(axis=1) >= 2
    mid, bar = np.where(known, value, np.nan), np.where(known, error, np.nan)
    with np.errstate(invalid="ignore"):
        certain, possible, seen = (_drop(mid + sign * bar, mid - sign * bar) for sign in (-1, 1, 0))
        half_width = (possible - certain) / 2
        rise = first(mid[:, ::-1]) - first(mid)
    widest = np.max(np.where(known, error, 0.0), axis=1, initial=0.0)
    allowed = r * np.max(np.where(known, np.abs(value), 0.0), axis=1, initial=0.0)

    falls = certain > allowed
    dips = seen > np.fmax(allowed, SLIGHT * rise)
    rises = (widest <= BARS * rise) & ~dips
    if resolution is not None:
        rises |= possible <= allowed
    backwards = forwards = unsure = np.zeros(len(value), bool)
    if rate is not None:
        rate = np.asarray(rate, dtype=np.float64)
        there = exists & np.isfinite(rate)
        least = -r * np.max(np.where(there, np.abs(rate), 0.0), axis=1, keepdims=True, initial=0.0)
        backwards = np.any(there & (rate + rate_error < least), axis=1)
        unsure = np.any(there & ~(rate - rate_error >= least), axis=1)
        forwards = ~unsure & np.all(there | ~exists, axis=1) & ~dips

    power = np.where(enough, np.sort(np.nan_to_num(bar), axis=1)[:, -2:].sum(axis=1) + allowed, np.nan)
    cases = [
        (backwards, -1, Code.RATE_NEGATIVE),
        (falls, -1, Code.FALLS),
        (~enough, 0, Code.TOO_FEW_ROWS),
        (np.any(exists & ~known, axis=1), 0, Code.ROWS_NOT_MEASURED),
        (forwards, 1, Code.RATES_POSITIVE),
        (rises, 1, Code.RISES),
        (unsure, 0, Code.RATE_WITHIN_ERROR),
        (dips, 0, Code.DIPS),
    ]
    details = [
        f"Largest drop between two rows {drop:.3g} +- {width:.2g}; one of {least_seen:.2g} would have been seen."
        for drop, width, least_seen in zip(np.maximum(seen, 0.0), half_width, power, strict=True)
    ]
    answers, reasons = choose(len(value), cases, Code.RISE_TOO_SMALL, details)
    margin = np.select([falls, answers > 0], [allowed - certain, np.maximum(allowed - possible, 0.0)], np.nan)
    measured = {
        "largest drop": (np.where(enough, np.maximum(seen, 0.0), np.nan), half_width),
        "rise": (rise, first(bar) + first(bar[:, ::-1])),
    }
    return Judgement(answers, margin, reasons, measured, power)


def _drop(earlier: np.ndarray, later: np.ndarray) -> np.ndarray:
    """The largest earlier[i] - later[j] over rows i < j (B,), -inf where no two rows are measured."""
    highest = np.fmax.accumulate(np.where(np.isnan(earlier), -np.inf, earlier), axis=1)[:, :-1]
    return np.max(highest - np.where(np.isnan(later), np.inf, later)[:, 1:], axis=1, initial=-np.inf)
