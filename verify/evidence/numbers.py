"""The numbers of the interpreter: measured ones with an error bar, balls, and exact rationals, as arrays that broadcast.

Two numbers combine at the weaker of their kinds: exact with exact stays exact as long as the operation is rational and goes to
balls otherwise; anything with a measured number is measured. The kind is the grade of what is computed from it.

Measured errors are propagated to first order and worst case, with a floor of rounding; balls are rigorous (python-flint's arb). NaN
stands for "not measured", an infinite error for "nothing is known".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from flint import arb, fmpq

from verify.evidence.grades import Grade

_ULP = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Measured:
    """Floats with absolute error bars."""

    mid: np.ndarray
    err: np.ndarray
    grade = Grade.ESTIMATED

    @classmethod
    def of(cls, mid: Any, err: Any = 0.0) -> Measured:
        """With the floor of rounding added, and unknown errors made infinite."""
        mid = np.asarray(mid, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            err = np.abs(np.asarray(err, dtype=np.float64)) + _ULP * np.abs(mid)
        mid, err = np.broadcast_arrays(mid, err)
        return cls(mid, np.where(np.isnan(err), np.inf, err))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.mid.shape


@dataclass(frozen=True)
class Balls:
    """An object array of `arb`; a non-finite ball is unknown."""

    values: np.ndarray
    grade = Grade.ENCLOSED

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape


@dataclass(frozen=True)
class Exact:
    """An object array of `Fraction`."""

    values: np.ndarray
    grade = Grade.EXACT

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape


Number: TypeAlias = Any
"""One of Measured, Balls, Exact; the functions below tell them apart at run time, two at once, which no checker follows."""


def exact(value: Any) -> Exact:
    """One rational as a number without dimensions."""
    return Exact(np.array(Fraction(value), dtype=object))


def as_measured(number: Number) -> Measured:
    """The same numbers as floats with error bars that cover the conversion."""
    if isinstance(number, Measured):
        return number
    if isinstance(number, Exact):
        return Measured.of(_map(float, number.values).astype(np.float64))
    mid = _map(lambda ball: float(ball.mid()) if ball.is_finite() else np.nan, number.values).astype(np.float64)
    return Measured.of(mid, _map(lambda ball: float(ball.rad()) * (1 + 1e-9), number.values).astype(np.float64))


def as_balls(number: Balls | Exact) -> Balls:
    """The same numbers as balls."""
    if isinstance(number, Balls):
        return number
    return Balls(_map(lambda value: arb(fmpq(value.numerator, value.denominator)), number.values))


def add(a: Number, b: Number) -> Number:
    a, b = _common(a, b)
    if isinstance(a, Measured):
        return Measured.of(a.mid + b.mid, a.err + b.err)
    return type(a)(np.asarray(a.values + b.values, dtype=object))


def multiply(a: Number, b: Number) -> Number:
    a, b = _common(a, b)
    if isinstance(a, Measured):
        with np.errstate(invalid="ignore", over="ignore"):
            return Measured.of(
                a.mid * b.mid, _times(np.abs(a.mid), b.err) + _times(np.abs(b.mid), a.err) + _times(a.err, b.err)
            )
    return type(a)(np.asarray(a.values * b.values, dtype=object))


def negative(a: Number) -> Number:
    return multiply(exact(-1), a)


def subtract(a: Number, b: Number) -> Number:
    return add(a, negative(b))


def power(base: Number, exponent: Fraction) -> Number:
    """A rational power; a fractional one of a number that may be negative, or a negative one of a number that may be zero, is unknown."""
    whole = exponent.denominator == 1
    if isinstance(base, Exact) and whole and (exponent >= 0 or all(base.values.flat)):
        return Exact(_map(lambda value: value ** int(exponent), base.values))
    if isinstance(base, (Exact, Balls)):
        return Balls(_map(lambda ball: _ball_power(ball, exponent), as_balls(base).values))
    least = base.mid - base.err
    unknown = (least <= 0) & (base.mid + base.err >= 0) if exponent < 0 else np.zeros(base.shape, dtype=bool)
    if not whole:
        unknown = unknown | (least < 0)
    p = float(exponent)
    return _monotone(base, lambda x: np.power(x, p), unknown)


def _ball_power(ball: Any, exponent: Fraction) -> Any:
    # arb(0, 1)**2 is nan in python-flint, so whole powers are repeated products.
    if exponent.denominator != 1:
        return (ball.log() * arb(fmpq(exponent.numerator, exponent.denominator))).exp()
    product = arb(1)
    for _ in range(abs(int(exponent))):
        product = product * ball
    return 1 / product if exponent < 0 else product


def exponential(a: Number) -> Number:
    if isinstance(a, Measured):
        return _monotone(a, np.exp)
    return Balls(_map(lambda ball: ball.exp(), as_balls(a).values))


def logarithm(a: Number) -> Number:
    """The natural logarithm; of a number that may not be positive it is unknown, of one that is not it is not measured."""
    if isinstance(a, Measured):
        positive = Measured(np.where(a.mid > 0, a.mid, np.nan), a.err)
        return _monotone(positive, np.log, positive.mid - positive.err <= 0)
    if isinstance(a, Exact) and all(value == 1 for value in a.values.flat):
        return Exact(_map(lambda value: Fraction(0), a.values))
    return Balls(_map(lambda ball: ball.log(), as_balls(a).values))


def sine(a: Number) -> Number:
    if isinstance(a, Measured):
        return Measured.of(np.sin(a.mid), np.minimum(a.err, 2.0))
    return Balls(_map(lambda ball: ball.sin(), as_balls(a).values))


def cosine(a: Number) -> Number:
    if isinstance(a, Measured):
        return Measured.of(np.cos(a.mid), np.minimum(a.err, 2.0))
    return Balls(_map(lambda ball: ball.cos(), as_balls(a).values))


def absolute(a: Number) -> Number:
    if isinstance(a, Measured):
        return Measured(np.abs(a.mid), a.err)
    return type(a)(_map(abs, a.values))


def smaller(a: Number, b: Number) -> Number:
    return negative(larger(negative(a), negative(b)))


def larger(a: Number, b: Number) -> Number:
    a, b = _common(a, b)
    if isinstance(a, Measured):
        low, high = np.maximum(a.mid - a.err, b.mid - b.err), np.maximum(a.mid + a.err, b.mid + b.err)
        return Measured.of(
            np.maximum(a.mid, b.mid), np.maximum(high - np.maximum(a.mid, b.mid), np.maximum(a.mid, b.mid) - low)
        )
    choose: Callable[..., Any] = max if isinstance(a, Exact) else lambda x, y: x.max(y)
    return type(a)(np.asarray(np.frompyfunc(choose, 2, 1)(a.values, b.values), dtype=object))


def total(a: Number, dimension: int, mask: np.ndarray) -> Number:
    """The sum along a dimension, over the entries that exist; the dimension stays, with length one."""
    if isinstance(a, Measured):
        mid, err = (np.where(mask, part, 0.0) for part in (a.mid, a.err))
        return Measured.of(
            mid.sum(dimension, keepdims=True),
            err.sum(dimension, keepdims=True) + _ULP * np.abs(mid).sum(dimension, keepdims=True),
        )
    zero: Any = Fraction(0) if isinstance(a, Exact) else arb(0)
    return type(a)(np.asarray(np.where(mask, a.values, zero).sum(dimension, keepdims=True), dtype=object))


def largest(a: Number, dimension: int, mask: np.ndarray) -> Number:
    """The largest along a dimension, over the entries that exist; NaN where there is none."""
    if isinstance(a, Measured):
        mid = np.where(mask, a.mid, -np.inf).max(dimension, keepdims=True)
        low, high = (np.where(mask, a.mid + s * a.err, -np.inf).max(dimension, keepdims=True) for s in (-1, 1))
        with np.errstate(invalid="ignore"):
            return Measured.of(np.where(np.isneginf(mid), np.nan, mid), np.maximum(high - mid, mid - low))
    moved, kept = np.moveaxis(a.values, dimension, -1), np.moveaxis(np.broadcast_to(mask, a.shape), dimension, -1)
    columns = [np.asarray(moved[..., i]) for i in range(moved.shape[-1])]
    best = Balls(np.full(moved.shape[:-1], arb(float("nan")), dtype=object)) if not columns else type(a)(columns[0])
    for i, column in enumerate(columns[1:], start=1):
        grown = larger(best, type(a)(column))
        chosen = np.where(kept[..., i], np.where(kept[..., :i].any(-1), grown.values, column), best.values)  # type: ignore[union-attr]
        best = type(a)(chosen)
    return type(best)(np.expand_dims(best.values, dimension))


def least(a: Number, dimension: int, mask: np.ndarray) -> Number:
    """The smallest along a dimension, over the entries that exist."""
    return negative(largest(negative(a), dimension, mask))


def log_total(a: Number, dimension: int, mask: np.ndarray) -> Number:
    """log of the sum of exp along a dimension, by the largest term; it grows with every term, so the bar's ends bound it."""
    if not isinstance(a, Measured):
        return logarithm(total(exponential(a), dimension, mask))
    mid, low, high = (_log_sum_exp(end, dimension, mask) for end in (a.mid, a.mid - a.err, a.mid + a.err))
    with np.errstate(invalid="ignore"):
        return Measured.of(mid, np.maximum(high - mid, mid - low) + 4 * _ULP)


def _log_sum_exp(terms: np.ndarray, dimension: int, mask: np.ndarray) -> np.ndarray:
    top = np.where(mask, terms, -np.inf).max(dimension, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return top + np.log(np.where(mask, np.exp(terms - top), 0.0).sum(dimension, keepdims=True))


def enclosure(a: Number) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(middle, lower end, upper end) as floats; the ends are NaN where nothing was measured, infinite where nothing is known."""
    a = as_measured(a)
    with np.errstate(invalid="ignore"):
        return a.mid, a.mid - a.err, a.mid + a.err


def _common(a: Number, b: Number) -> tuple[Any, Any]:
    if isinstance(a, Measured) or isinstance(b, Measured):
        return as_measured(a), as_measured(b)
    if isinstance(a, Balls) or isinstance(b, Balls):
        return as_balls(a), as_balls(b)
    return a, b


def _monotone(a: Measured, function: Callable[[np.ndarray], np.ndarray], unknown: np.ndarray | None = None) -> Measured:
    """A function that is monotone on either side of zero, with the error read off the ends of the bar."""
    with np.errstate(all="ignore"):
        mid, low, high = function(a.mid), function(a.mid - a.err), function(a.mid + a.err)
        err = np.maximum(np.abs(high - mid), np.abs(low - mid))
    if unknown is not None:
        err = np.where(unknown, np.inf, err)
    return Measured.of(
        np.where(np.isinf(mid) & np.isfinite(a.mid), np.nan, mid) if function is not np.exp else mid, err
    )


def _times(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A product in which zero wins over an infinite error."""
    with np.errstate(invalid="ignore"):
        return np.where((a == 0) | (b == 0), 0.0, a * b)


def _map(function: Callable[..., Any], values: np.ndarray) -> np.ndarray:
    return np.asarray(np.frompyfunc(function, 1, 1)(values), dtype=object)
