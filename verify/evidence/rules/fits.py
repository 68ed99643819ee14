"""Extrapolation to the clock's limit by many models: the hull over all that fit is the answer and its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import groupby

import numpy as np

from verify.evidence.rules.corrections import Model
from verify.evidence.rules.scales import Points

WITHIN = 3.0
"""A model fits when it misses the rows by at most this factor more than the best one does."""
LARGEST_TERM = 1.5
"""No term of a model moves by more than this many times what the values move by over the rows."""
LARGEST_CANCELLATION = 50.0
"""... nor by more than this many times what they deviate from a straight line: noise must not be fitted by large terms that cancel."""
LEAP = (0.25, 0.5)
"""This share of what extrapolation changed stays uncertain: on the scale of the clock itself, where corrections decay exponentially, and on
log scales."""
UNSEEN = 0.5
"""On a log scale, corrections of relative order 1/log t are never excluded: a slope is known to UNSEEN / log t at best, or to what the values
move by over all rows where that is less."""
PLAIN = 4.0
"""Where the leading terms alone lie within the bars on the last half of the rows, they count with this many times the error that the
bars give them: bars may hide a decay. A decay exp(-q x) that bars hide over a width w has a slope of at most 1 / (q w) times that error, and
the slope is sharp above 4: what decays by a quarter over the rows cannot be taken for a drift."""
LEAST_SHARE = 0.02
"""A ratio settles when it keeps at least this share of its last value."""
ROUNDING = 1e-13


@dataclass(frozen=True)
class Estimate:
    """An extrapolated number (B,) with its uncertainty (B,). NaN: no model fits. `hull` (B,) is the part of the uncertainty that the
    models and the bars account for; `local` (B,) is what the last rows alone say; `miss` (B,) how far the best model misses the rows."""

    value: np.ndarray
    error: np.ndarray
    hull: np.ndarray
    local: np.ndarray
    miss: np.ndarray

    def take(self, series: np.ndarray) -> Estimate:
        """The estimates of the chosen series."""
        return Estimate(*(getattr(self, part.name)[series] for part in fields(self)))

    @property
    def sharp(self) -> np.ndarray:
        """Known well enough to speak against a claim: the uncertainty is at most a quarter of the value (B,)."""
        return self.error <= np.abs(self.value) / 4


@dataclass(frozen=True)
class _Fits:
    """What a set of models gives for one number, each array (models, B)."""

    value: np.ndarray
    error: np.ndarray
    miss: np.ndarray


def slope(points: Points, models: Sequence[Model], floor: float) -> Estimate:
    """g in y = A + g x + corrections, over the models; x is the points' scale. `floor`: bars below it count as equal."""
    # Scaling e by a constant changes nothing, rounding included.
    points = replace(points, y=points.y - _mean(points.y, points.used))
    middle = _mean(points.x, points.used)
    width = np.max(np.where(points.used, np.abs(points.x - middle), 0.0), axis=1)
    with np.errstate(all="ignore"):
        # In units of the half width: log t may be 1e6, and centring keeps the constant and the drift apart.
        line = (points.x - middle) / width[:, None]
        late = points.late(1 / 3)
        dx, dy = line - _mean(line, late), points.y - _mean(points.y, late)
        local = np.sum(late * dx * dy, axis=1) / np.sum(late * dx**2, axis=1)
        unseen = np.minimum(UNSEEN * np.exp(-points.x[:, -1]) * width, _range(points.y, points.used))
        found = _estimate(points, [np.ones_like(line), line], models, floor, local, unseen)
        return Estimate(found.value / width, found.error / width, found.hull / width, found.local / width, found.miss)


def limit(points: Points, models: Sequence[Model], floor: float) -> Estimate:
    """L in y = L + corrections, over the models; `local` is the last value."""
    with np.errstate(all="ignore"):
        return _estimate(points, [np.ones_like(points.y)], models, floor, points.y[:, -1], np.zeros(len(points.y)))


def leaves(found: Estimate, growing: Estimate) -> np.ndarray:
    """Models with a growing power of the clock fit the rows where no others do (B,): the values have begun to leave."""
    return growing.miss * WITHIN < found.miss


def settles(points: Points, models: Sequence[Model], found: Estimate) -> np.ndarray:
    """exp(y) tends to a positive number by corrections that add to it, as far as the rows tell (B,): of the models that do so best, one fits no
    worse than `found`, which leaves more than the bars unexplained. Corrections add to an expression, not to its log: large ones tell."""
    ratio = np.exp(points.y - points.y[:, -1:])
    weight, bar = np.where(points.used, 1 / ratio, 0.0), _bar(points)
    relative = replace(points, y=ratio, error=ratio * points.error)
    fits = _fit_all(relative, [np.ones_like(ratio)], models, weight, bar)
    best = np.fmin(WITHIN * np.min(fits.miss, axis=0), found.miss)
    return np.any((fits.miss <= best) & (fits.value - fits.error > LEAST_SHARE), axis=0) & (found.miss > WITHIN * bar)


def _bar(points: Points) -> np.ndarray:
    """What the bars and rounding leave open in one row, about (B,)."""
    bar = np.sqrt(np.sum(np.where(points.used, points.error**2, 0.0), axis=1) / points.count)
    return bar + ROUNDING * np.maximum(np.max(np.abs(points.y), axis=1), 1.0)


def _estimate(
    points: Points, lead: list[np.ndarray], models: Sequence[Model], floor: float, local: np.ndarray, unseen: np.ndarray
) -> Estimate:
    weight = points.used * floor / np.hypot(floor, points.error)
    bar = _bar(points)
    fits = _fit_all(points, lead, models, weight, bar)
    value, error, miss = fits.value, fits.error, fits.miss
    best = np.argmin(miss, axis=0)
    # Among many models one fits a few rows by chance: the fewer rows remain, the further from the best a good one may be.
    freedom = np.maximum(points.count - len(lead) - 2, 1)
    fitting = miss <= WITHIN * len(models) ** (1 / freedom) * np.min(miss, axis=0)
    fitting &= np.isfinite(miss)
    middle = np.take_along_axis(value, best[None], axis=0)[0]
    hull = np.max(np.where(fitting, np.abs(value - middle) + error, 0.0), axis=0)
    known = fitting.any(axis=0)
    error = np.where(known, hull + LEAP[min(points.depth, 1)] * np.abs(middle - local) + unseen, np.inf)
    plain, plain_error = _plain(points, lead)
    plain_error = plain_error + unseen
    better = plain_error < error
    known |= better
    value, error, hull = (
        np.where(known, np.where(better, theirs, ours), np.nan)
        for theirs, ours in ((plain, middle), (plain_error, error), (plain_error, hull))
    )
    return Estimate(value, error, hull, local, np.min(miss, axis=0))


def _plain(points: Points, lead: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The leading terms alone on the last half of the rows: value and error (B,), the error infinite where a row is missed by more than its bar."""
    late = points.late(1 / 2)
    q, r = np.linalg.qr(np.where(late[..., None], np.stack(lead, -1), 0.0))
    y = np.where(late, points.y, 0.0)
    missed = np.abs(y - np.einsum("bnp,bp->bn", q, np.einsum("bnp,bn->bp", q, y)))
    row = q[..., -1] / r[:, -1, -1][:, None]
    error = PLAIN * np.sum(np.abs(row) * points.error, axis=1)
    fits = np.all(~late | (missed <= points.error), axis=1) & (late.sum(axis=1) > len(lead)) & np.isfinite(error)
    return np.where(fits, np.sum(row * y, axis=1), 0.0), np.where(fits, error, np.inf)


def _fit_all(
    points: Points, lead: list[np.ndarray], models: Sequence[Model], weight: np.ndarray, bar: np.ndarray
) -> _Fits:
    groups = [list(group) for _, group in groupby(sorted(models, key=len), key=len)]
    fits = [_fit(points, lead, group, weight, bar) for group in groups]
    return _Fits(*(np.concatenate([getattr(fit, part.name) for fit in fits]) for part in fields(_Fits)))


def _fit(points: Points, lead: list[np.ndarray], models: list[Model], weight: np.ndarray, bar: np.ndarray) -> _Fits:
    """Weighted least squares for models with equally many corrections; the number wanted is the last leading term's coefficient."""
    corrections = np.stack(
        [
            np.stack([correction(points) for correction in model], -1) if model else np.empty((*points.y.shape, 0))
            for model in models
        ]
    )
    terms = corrections.shape[-1] + len(lead)
    columns = np.concatenate(
        [corrections, np.broadcast_to(np.stack(lead, -1), (*corrections.shape[:-1], len(lead)))], axis=-1
    )
    columns = np.where(points.used[..., None], columns, 0.0)
    # Corrections are monotone along the rows, so that the ends tell how far they move.
    ranges = np.abs(corrections[:, :, 0] - corrections[:, :, -1])
    present = np.isfinite(columns.sum(axis=2)).all(axis=2) & (ranges > 1e-10).all(axis=2) & (points.count >= terms + 2)
    columns = np.where(present[..., None, None], columns, 0.0)

    span, bent = _range(points.y, points.used), _range(points.y - _line(points, lead), points.used)
    allowed = LARGEST_TERM * (span + 2 * bar)
    if len(lead) > 1:
        allowed = np.minimum(allowed, LARGEST_CANCELLATION * (bent + 2 * bar))
    # A weak prior in the place of the limit on the terms, so that bars of error do not let them cancel.
    prior = np.zeros((*corrections.shape[:2], corrections.shape[-1], terms))
    prior[..., range(corrections.shape[-1]), range(corrections.shape[-1])] = (bar / (allowed + bar))[:, None]
    q, r = np.linalg.qr(np.concatenate([columns * weight[..., None], prior], axis=-2))
    data = q[..., : points.y.shape[1], :]
    observed = points.y * weight
    projected = np.einsum("mbnp,bn->mbp", data, observed)
    residual = observed - np.einsum("mbnp,mbp->mbn", data, projected)
    coefficients = _back_substitute(r, projected)
    tame = (np.abs(coefficients[..., : corrections.shape[-1]]) * ranges <= allowed[:, None]).all(axis=-1)

    miss = np.sqrt(np.sum(residual**2, axis=-1) / np.maximum(points.count - terms, 1))
    rows = np.abs(q[..., -1] / r[..., -1, -1][..., None])
    on_data, on_prior = rows[..., : points.y.shape[1]], rows[..., points.y.shape[1] :]
    error = on_data.sum(-1) * miss + np.sum(on_data * weight * points.error, axis=-1) + on_prior.sum(-1) * bar
    usable = present & tame
    return _Fits(
        np.where(usable, coefficients[..., -1], 0.0),
        np.where(usable, error, 0.0),
        np.where(usable, np.hypot(miss, bar), np.inf),
    )


def _line(points: Points, lead: list[np.ndarray]) -> np.ndarray:
    """The straight line through the rows used, by least squares (B, n)."""
    x, y = lead[-1] - _mean(lead[-1], points.used), points.y - _mean(points.y, points.used)
    along = np.sum(points.used * x * y, axis=1, keepdims=True) / np.sum(points.used * x**2, axis=1, keepdims=True)
    return points.y - y + np.where(np.isfinite(along), along, 0.0) * x


def _back_substitute(r: np.ndarray, b: np.ndarray) -> np.ndarray:
    x = np.zeros_like(b)
    for i in reversed(range(b.shape[-1])):
        x[..., i] = (b[..., i] - np.sum(r[..., i, i + 1 :] * x[..., i + 1 :], axis=-1)) / r[..., i, i]
    return x


def _mean(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    return np.sum(np.where(used, values, 0.0), axis=1, keepdims=True) / np.maximum(
        np.sum(used, axis=1, keepdims=True), 1
    )


def _range(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    return np.max(np.where(used, values, -np.inf), axis=1) - np.min(np.where(used, values, np.inf), axis=1)
