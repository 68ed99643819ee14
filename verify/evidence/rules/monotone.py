"""Nondecreasing: by recorded rates and by rows of one trajectory in the wrong order."""

from __future__ import annotations

import numpy as np

from verify.evidence.reasons import Code
from verify.evidence.rules.judgement import Judgement, choose

BARS = 0.01
"""Error bars up to this share of the whole rise let the statement hold: the largest drop they can hide is then known and small."""


def judge_monotone(
    value: np.ndarray,
    error: np.ndarray,
    rate: np.ndarray | None = None,
    rate_error: np.ndarray | float = 0.0,
    *,
    resolution: float | None = None,
    exists: np.ndarray | None = None,
) -> Judgement:
    """Whether B series never fall, from R rows in the order of the clock.

    `value` and `error` (B, R): the error compares rows of one trajectory. `rate` and `rate_error` (B, R): derivatives along
    the clock, None where none are recorded. NaN: not measured; then a series can be refuted and cannot hold. `exists` (B, R) is
    False for rows of a ragged axis that are not there. `resolution` allows a drop of that share of the largest |value| (and a negative rate
    of that share of the largest |rate|): a series wholly above it holds, one wholly below is refuted.

    REFUTED: a rate wholly negative at a row, or two rows with disjoint bars in the wrong order. HOLDS: neither, and one of (a) every
    rate is nonnegative, bars included; (b) bars of at most 1 % of the rise, and no row's midpoint more than one bar
    below an earlier one; (c) no drop beyond the resolution is possible. What happens between rows is not seen: `power` is the smallest drop between two rows
    that would have been seen, in units of the value.
    """
    value, error = (
        np.asarray(value, dtype=np.float64),
        np.broadcast_to(np.asarray(error, dtype=np.float64), np.shape(value)),
    )
    exists = np.ones(value.shape, bool) if exists is None else exists
    measured = exists & np.isfinite(value) & np.isfinite(error)
    count = measured.sum(axis=1)
    low, high = np.where(measured, value - error, np.nan), np.where(measured, value + error, np.nan)
    middle, bar = np.where(measured, value, np.nan), np.where(measured, error, np.nan)

    certain, possible, seen = _largest_drop(low, high), _largest_drop(high, low), _largest_drop(middle, middle)
    largest_bar = np.max(np.where(measured, error, 0.0), axis=1, initial=0.0)
    rise = _last(middle) - _first(middle)
    allowed = (resolution or 0.0) * np.max(np.abs(np.where(measured, value, 0.0)), axis=1, initial=0.0)

    refuted_by_rows = certain > allowed
    holds_by_rows = (largest_bar <= BARS * rise) & (seen <= largest_bar)
    if resolution is not None:
        holds_by_rows |= possible <= allowed
    refuted_by_rates = holds_by_rates = uncertain_rate = np.zeros(len(value), bool)
    if rate is not None:
        rate = np.asarray(rate, dtype=np.float64)
        known = exists & np.isfinite(rate)
        negative = -(resolution or 0.0) * np.max(np.abs(np.where(known, rate, 0.0)), axis=1, keepdims=True, initial=0.0)
        refuted_by_rates = np.any(known & (rate + rate_error < negative), axis=1)
        uncertain_rate = np.any(known & (rate - rate_error < negative), axis=1)
        holds_by_rates = ~uncertain_rate & np.all(known | ~exists, axis=1)

    complete = np.all(measured | ~exists, axis=1)
    answers, reasons = choose(
        len(value),
        [
            (refuted_by_rates, -1, Code.RATE_NEGATIVE),
            (refuted_by_rows, -1, Code.FALLS),
            (count < 2, 0, Code.TOO_FEW_ROWS),
            (~complete, 0, Code.ROWS_NOT_MEASURED),
            (holds_by_rates, 1, Code.RATES_POSITIVE),
            (holds_by_rows, 1, Code.RISES),
            (uncertain_rate, 0, Code.RATE_WITHIN_ERROR),
        ],
        Code.RISE_TOO_SMALL,
    )
    margin = np.select([refuted_by_rows, answers > 0], [allowed - certain, allowed - possible], np.nan)
    power = np.where(count >= 2, _two_largest(bar) + allowed, np.nan)
    drops = {
        "largest drop": (np.where(count >= 2, seen, np.nan), (possible - certain) / 2),
        "rise": (rise, _first(bar) + _last(bar)),
    }
    return Judgement(answers, margin, reasons, drops, power)


def _largest_drop(earlier: np.ndarray, later: np.ndarray) -> np.ndarray:
    """The largest earlier[i] - later[j] over rows i < j, (B,); -inf where no two rows are measured."""
    highest = np.fmax.accumulate(np.where(np.isnan(earlier), -np.inf, earlier), axis=1)[:, :-1]
    return np.max(
        np.where(np.isnan(later[:, 1:]), -np.inf, highest - np.nan_to_num(later[:, 1:])), axis=1, initial=-np.inf
    )


def _first(rows: np.ndarray) -> np.ndarray:
    return (
        rows[np.arange(len(rows)), np.argmax(np.isfinite(rows), axis=1)]
        if rows.shape[1]
        else np.full(len(rows), np.nan)
    )


def _last(rows: np.ndarray) -> np.ndarray:
    return _first(rows[:, ::-1])


def _two_largest(bar: np.ndarray) -> np.ndarray:
    return np.sort(np.nan_to_num(bar), axis=1)[:, -2:].sum(axis=1)
