"""Extrapolation to the clock's limit by a set of models: the hull over every model that fits is the answer, with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from verify.evidence.rules.scales import Points, iterate

POWERS = (0.125, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)
"""Exponents of decaying powers of the clock; an exponent between two of them is fitted by both together."""
WITHIN = 3.0
"""A model counts when it misses the rows by at most this factor more than the best one, error bars included."""
AMPLITUDE = 3.0
"""A correction was, at the first row, at most this many times the range of the values (a prior, not a bound)."""
ROUNDING = 1e-13
LEAP = 0.25
"""The share of what extrapolation changed that always stays uncertain."""


@dataclass(frozen=True)
class Estimate:
    """An extrapolated number (B,), its uncertainty (B,), and how far the best model misses the rows (B,)."""

    value: np.ndarray
    error: np.ndarray
    misfit: np.ndarray

    @property
    def low(self) -> np.ndarray:
        return self.value - self.error

    @property
    def high(self) -> np.ndarray:
        return self.value + self.error


def power(q: float):
    return lambda s, start: np.exp(-q * (s - start))


def log_power(p: float, depth: int = 1):
    """(log t)^-p at depth 1, (log log t)^-p at depth 2."""

    def basis(s, start):
        x = iterate(s, depth - 1)
        return np.where(x >= 1.0, np.abs(x), np.nan) ** -p

    return basis


def log_over(s, start):
    """log log t / log t."""
    return iterate(s, 1) / s


def drift(depth: int):
    return lambda s, start: iterate(s, depth)


SINGLE = [(power(q),) for q in POWERS]
PAIRS = [(power(p), power(q)) for p, q in combinations(POWERS, 2)]
LOGS = [(log_power(1.0),), (log_power(0.5),), (log_power(2.0),), (log_over, log_power(1.0)), (log_power(1.0), log_power(2.0)), *(
    (log_power(1.0), power(q)) for q in POWERS)]


def estimate(points: Points, target, models, spread: np.ndarray, floor: float) -> Estimate:
    """The coefficient of `target` (None: the constant) in value = constant + target + corrections, over all `models`."""
    weight = points.weight * floor / np.hypot(floor, points.error)
    bar = np.sqrt((weight * points.error**2).sum(1) / np.maximum(weight.sum(1), ROUNDING))
    scale = np.max(np.abs(points.y), axis=1)
    sigma = bar + ROUNDING * np.maximum(scale, 1.0)
    ridge = sigma / (AMPLITUDE * spread + sigma)
    values, errors, misses = [], [], []
    with np.errstate(all="ignore"):
        ones = np.ones_like(points.s)
        lead = [ones] if target is None else [target(points.s, points.start[:, None]), ones]
        # Centring the drift changes only the constant, and keeps the fit well conditioned at log t = 1e6.
        if target is not None:
            middle = (lead[0] * points.weight).sum(1, keepdims=True) / points.count[:, None]
            width = np.max(np.abs((lead[0] - middle) * points.weight), axis=1)
            lead[0] = (lead[0] - middle) / width[:, None]
        else:
            width = np.ones(len(scale))
        for model in models:
            columns = [basis(points.s, points.start[:, None]) for basis in model]
            usable = points.count >= len(lead) + len(columns) + 2
            for column in columns:
                top = np.max(np.abs(column) * points.weight, axis=1)
                usable &= np.isfinite(column * points.weight).all(1) & (top > 1e-10)
            design = np.stack([*lead, *columns], axis=2) * weight[:, :, None]
            design = np.where(points.weight[:, :, None] > 0, design, 0.0)
            extra = np.zeros((len(scale), len(columns), design.shape[2]))
            for i in range(len(columns)):
                extra[:, i, len(lead) + i] = ridge
            full = np.concatenate([design, extra], axis=1)
            full[~usable] = 0.0
            inverse = np.linalg.pinv(full, rcond=1e-13)
            observed = points.y * weight
            coefficients = np.einsum("bpn,bn->bp", inverse[:, :, : observed.shape[1]], observed)
            residual = observed - np.einsum("bnp,bp->bn", design, coefficients)
            freedom = np.maximum(points.count - len(lead) - len(columns), 1)
            miss = np.sqrt((residual**2).sum(1) / freedom)
            row = inverse[:, 0]
    error = np.hypot(miss, ROUNDING * scale) * np.abs(row[:, : observed.shape[1]]).sum(1) + (np.abs(row[:, : observed.shape[1]]) * weight * points.error).sum(1)
            error += sigma * np.sqrt((row[:, observed.shape[1]:]**2).sum(1))
            values.append(np.where(usable, coefficients[:, 0], np.nan))
            errors.append(error)
            misses.append(np.where(usable, np.hypot(miss, sigma), np.inf))
        value, error, miss = (np.array(a) for a in (values, errors, misses))
        best = miss.min(axis=0)
        # Of many models one fits a few rows well by chance: the fewer rows remain, the further from the best may a good one be.
        freedom = np.maximum(points.count - len(lead) - 2, 1)
        counts = (miss <= WITHIN * len(models) ** (1 / freedom) * best) & np.isfinite(miss)
        chosen = np.argmin(miss, axis=0)
        center = value[chosen, np.arange(value.shape[1])]
        spread_out = np.max(np.where(counts, np.abs(value - center) + error, 0.0), axis=0)
        none = ~counts.any(axis=0)
        spread_out = spread_out + LEAP * np.abs(center - (raw(points, lead[0]) if target is not None else last(points)))
    return Estimate(np.where(none, np.nan, center / width), np.where(none, np.nan, spread_out / width), best)


def last(points):
    at = np.argmax(points.weight * np.arange(1, points.s.shape[1] + 1), axis=1)
    return np.take_along_axis(points.y, at[:, None], 1)[:, 0]


def raw(points, x):
    """Local slope over the last third of the points, in units of x."""
    w = points.weight.copy()
    n = np.cumsum(w[:, ::-1], axis=1)[:, ::-1]
    w = w * (n <= np.maximum(np.ceil(points.count[:, None] / 3), 2))
    mx = (w * x).sum(1, keepdims=True) / w.sum(1, keepdims=True)
    my = (w * points.y).sum(1, keepdims=True) / w.sum(1, keepdims=True)
    return (w * (x - mx) * (points.y - my)).sum(1) / (w * (x - mx) ** 2).sum(1)
