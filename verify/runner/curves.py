"""Expressions on a trace as curves along one axis, with error bars, in numbers that an axis of a drawing can carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.evidence import numbers as num
from verify.evidence.interpret import Interpreter
from verify.evidence.numbers import Measured

LARGEST_LOG = 230.0
"""e^230 = 1e100: beyond it a drawing shows the logarithm."""
DECADES = 2
"""A positive range wider than this is drawn on a logarithmic axis."""


@dataclass(frozen=True)
class Curves:
    """Values (series, rows) with absolute bars, NaN where nothing was measured; `log` where they are logarithms."""

    mid: np.ndarray
    err: np.ndarray
    log: bool = False

    @property
    def fits(self) -> bool:
        """Whether the values, and not only their logarithms, are within the range of a drawing."""
        return not self.log or bool(np.nanmax(np.abs(self.mid), initial=0.0) < LARGEST_LOG)

    @property
    def spread(self) -> float:
        """The largest value less the smallest."""
        return float(np.nanmax(self.mid, initial=-np.inf) - np.nanmin(self.mid, initial=np.inf))

    def plain(self) -> Curves:
        """The values of which these are the logarithms."""
        mid = np.exp(self.mid)
        return Curves(mid, mid * np.expm1(np.minimum(self.err, LARGEST_LOG)))

    def from_one_on(self) -> Curves:
        """Without what is below one: a logarithm that runs to 10^6 has nothing to show there."""
        return Curves(np.where(self.mid >= 1, self.mid, np.nan), self.err, self.log)

    def minus(self, other: Curves) -> Curves:
        """The difference, whose bars add up."""
        return Curves(self.mid - other.mid, self.err + other.err, self.log)

    def scale(self, *others: Curves) -> str:
        """Logarithmic where all values, those of the others included, are positive and range over more than DECADES."""
        values = np.concatenate([each.mid[np.isfinite(each.mid)] for each in (self, *others)])
        return "log" if len(values) and values.min() > 0 and values.max() > 10**DECADES * values.min() else "linear"

    def scale_of_rows(self) -> str:
        """Logarithmic where the rows of a clock crowd towards its beginning, few of them at or before zero."""
        known = self.mid[np.isfinite(self.mid)]
        positive = known[known > 0]
        if len(positive) < 0.7 * len(known) or not len(positive):
            return "linear"
        return "log" if positive.max() > 10 * np.median(positive) else "linear"

    def shifted(self, by: Any) -> Curves:
        """With a number added, one for each series."""
        return Curves(self.mid + by, self.err, self.log)

    def within(self, resolution: float) -> Curves:
        """With the resolution for a bar: what counts as equal to it."""
        return Curves(self.mid, np.full_like(self.mid, resolution), self.log)

    def last(self) -> np.ndarray:
        """The last measured value of each series (series, 1)."""
        measured = np.isfinite(self.mid)
        at = self.mid.shape[1] - 1 - np.argmax(measured[:, ::-1], axis=1)
        return np.take_along_axis(self.mid, at[:, None], axis=1)


class Reader:
    """Reads expressions along one dimension of a trace: 0 for the instances, else that of an axis.

    `shape` is that of everything that is read together; its other dimensions are the series.
    """

    def __init__(self, interpreter: Interpreter, shape: tuple[int, ...], dimension: int):
        self._interpreter, self._dimension = interpreter, dimension
        exists = np.ones(shape, dtype=bool)
        for name in interpreter.axes:
            if shape[interpreter.dimension(name)] > 1:
                exists = exists & interpreter.mask(name)
        self._exists = np.broadcast_to(exists, shape)

    def read(self, e: Any, *beside: Any) -> Curves:
        """The values of an expression; their logarithms where its range, or that of what it is compared with, leaves the floats."""
        wide = any(map(self._interpreter.wide, (e, *beside)))
        if wide and all(map(self._interpreter.positive, (e, *beside))):
            return self.logs(e)
        return self._rows(num.as_measured(self._interpreter.value(e)), log=False)

    def logs(self, e: Any) -> Curves:
        """The logarithms of an expression's values."""
        return self._rows(num.as_measured(self._interpreter.log(e)), log=True)

    def _rows(self, number: Measured, log: bool) -> Curves:
        shape = self._exists.shape
        mid = np.where(self._exists, np.broadcast_to(number.mid, shape), np.nan)
        err = np.broadcast_to(number.err, shape)
        rows = (np.moveaxis(part, self._dimension, -1).reshape(-1, shape[self._dimension]) for part in (mid, err))
        return Curves(next(rows), next(rows), log)


def thinned(x: np.ndarray, logarithmic: bool, most: int) -> np.ndarray:
    """The positions of at most `most` rows, about equidistant on the axis."""
    known = np.flatnonzero(np.isfinite(x) & ((x > 0) | (not logarithmic)))
    if len(known) <= most:
        return known
    places = np.log(x[known]) if logarithmic else x[known]
    targets = np.linspace(places.min(), places.max(), most)
    return np.unique(known[np.abs(places[None] - targets[:, None]).argmin(axis=1)])
