"""Relations between measured numbers: the enclosure of lhs - rhs against zero, at the conclusion's resolution.

An equality whose difference lies inside the resolution HOLDS, one disjoint from it is REFUTED, else it is undecided; measured numbers
without a resolution never make an equality HOLD, exact ones need none. A bound with a resolution r HOLDS when the difference
lies wholly above -r and is REFUTED when wholly below -r, since sharp families attain it. A strict bound never holds at equality.

Where both sides are positive by structure and one of them leaves the range of floats (it is recorded as its logarithm), the
logarithms are compared, and the resolution is then relative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from verify.evidence import numbers as num
from verify.evidence.grades import Grade
from verify.evidence.interpret import Interpreter
from verify.evidence.numbers import Balls, Exact, Number


@dataclass(frozen=True)
class Comparison:
    """The answers of a relation, entry by entry, with what decided them.

    `margin` is the signed distance of the enclosure to the opposite answer, `power` the smallest shift of the right-hand side that
    these numbers would refute; both in the units of `difference`.
    """

    answers: np.ndarray
    margin: np.ndarray
    power: np.ndarray
    difference: np.ndarray
    error: np.ndarray
    grade: Grade
    logarithmic: bool
    unresolved: bool
    """A measured equality without a resolution."""


def compare(interpreter: Interpreter, relation: Any, resolution: float | None) -> Comparison:
    """Decide a relation at every entry of the trace."""
    lhs, rhs = relation.lhs, relation.rhs
    if isinstance(relation, (sp.Le, sp.Lt)):
        lhs, rhs = rhs, lhs
    difference, logarithmic = _difference(interpreter, lhs, rhs)
    strict = isinstance(relation, (sp.Gt, sp.Lt))
    equality = isinstance(relation, (sp.Eq, sp.Ne))
    mid, low, high = num.enclosure(difference)
    r = resolution or 0.0
    unresolved = equality and resolution is None and difference.grade is Grade.ESTIMATED
    with np.errstate(invalid="ignore"):
        if equality:
            answers = _equality(difference, low, high, r, unresolved)
            margin = np.where(answers > 0, r - np.maximum(np.abs(low), np.abs(high)), -_distance(low, high, r))
            power = np.maximum(np.minimum(r + high, r - low), 0.0)
        else:
            answers = _bound(difference, low, high, r, strict)
            margin = np.where(answers > 0, low + r, np.where(answers < 0, high + r, np.minimum(low + r, 0.0)))
            power = np.maximum(high + r, 0.0)
    if isinstance(relation, sp.Ne):
        answers, margin, power = -answers, -margin, np.full_like(power, np.nan)
    shape = np.broadcast_shapes(np.shape(answers), np.shape(mid))
    parts = (np.broadcast_to(part, shape) for part in (answers, margin, power, mid, (high - low) / 2))
    return Comparison(*parts, difference.grade, logarithmic, unresolved)  # type: ignore[arg-type]


def _difference(interpreter: Interpreter, lhs: sp.Expr, rhs: sp.Expr) -> tuple[Number, bool]:
    """lhs - rhs, or log lhs - log rhs where that is the only way to form it."""
    both = interpreter.positive(lhs) and interpreter.positive(rhs)
    if both and (interpreter.wide(lhs) or interpreter.wide(rhs)):
        return num.subtract(interpreter.log(lhs), interpreter.log(rhs)), True
    for positive, other, sign in ((lhs, rhs, 1), (rhs, lhs, -1)):
        if other == 0 and interpreter.positive(positive) and interpreter.wide(positive):
            # A finite logarithm is a positive number, however small: an exact 1 has its sign, where the float would be zero.
            finite = num.as_measured(interpreter.log(positive))
            return num.Measured.of(np.where(np.isfinite(finite.mid), float(sign), np.nan)), True
    return num.subtract(interpreter.value(lhs), interpreter.value(rhs)), False


def _equality(difference: Number, low: np.ndarray, high: np.ndarray, r: float, unresolved: bool) -> np.ndarray:
    if isinstance(difference, Exact) and not r:
        return np.where(_signs(difference) == 0, 1, -1).astype(np.int8)
    apart = (low > r) | (high < -r)
    inside = (low >= -r) & (high <= r) if r and not unresolved else np.zeros(np.shape(low), dtype=bool)
    return np.where(apart, -1, np.where(inside, 1, 0)).astype(np.int8)


def _bound(difference: Number, low: np.ndarray, high: np.ndarray, r: float, strict: bool) -> np.ndarray:
    if isinstance(difference, Exact) and not r:
        signs = _signs(difference)
        return np.where(signs > 0, 1, np.where((signs == 0) & (not strict), 1, -1)).astype(np.int8)
    if isinstance(difference, Balls) and not r:
        above = _test(difference, lambda ball: ball > 0 if strict else ball >= 0)
        below = _test(difference, lambda ball: ball <= 0 if strict else ball < 0)
        return np.where(above, 1, np.where(below, -1, 0)).astype(np.int8)
    if strict:
        # "Never holds at equality": strictness is decided against zero, and only the refutation enjoys the resolution.
        return np.where(low > 0, 1, np.where(high < -r, -1, 0)).astype(np.int8)
    return np.where(low >= -r, 1, np.where(high < -r, -1, 0)).astype(np.int8)


def _signs(difference: Exact) -> np.ndarray:
    return np.asarray(np.frompyfunc(lambda value: (value > 0) - (value < 0), 1, 1)(difference.values)).astype(np.int8)


def _test(difference: Balls, predicate) -> np.ndarray:
    return np.asarray(np.frompyfunc(lambda ball: bool(predicate(ball)), 1, 1)(difference.values)).astype(bool)


def _distance(low: np.ndarray, high: np.ndarray, r: float) -> np.ndarray:
    """How far the enclosure lies from [-r, r]; zero where they meet."""
    return np.maximum(np.maximum(low - r, -high - r), 0.0)
