"""Numbers: an operation's answer contains the exact answer at every point of its operands' bars, and keeps the weaker kind."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import assume, given
from hypothesis import strategies as st

from verify.evidence import numbers as num
from verify.evidence.grades import Grade
from verify.evidence.numbers import Balls, Exact, Measured

MIDS = st.floats(-50, 50)
ERRORS = st.floats(0, 3)
PLACES = st.floats(-1, 1)


def measured(mid: float, err: float = 0.0) -> Measured:
    return Measured(np.array([mid]), np.array([err]))


def exact(*values: int | float | str | Fraction) -> Exact:
    return Exact(np.array([Fraction(value) for value in values], dtype=object))


def balls(*values: arb) -> Balls:
    return Balls(np.array(values, dtype=object))


def covers(number: Measured, truth: float) -> bool:
    mid, low, high = (float(end[0]) for end in num.enclosure(number))
    slack = 1e-13 * (1 + abs(truth))  # the truth is itself a float
    return math.isnan(mid) or low - slack <= truth <= high + slack


@given(MIDS, ERRORS, PLACES, MIDS, ERRORS, PLACES)
def test_binary_operations_contain_every_true_answer(a, da, s, b, db, r):
    x, y = a + s * da, b + r * db
    for operation, truth in (
        (num.add, x + y),
        (num.subtract, x - y),
        (num.multiply, x * y),
        (num.larger, max(x, y)),
        (num.smaller, min(x, y)),
    ):
        assert covers(operation(measured(a, da), measured(b, db)), truth)


@given(MIDS, ERRORS, PLACES)
def test_unary_operations_contain_every_true_answer(a, da, s):
    x = a + s * da
    assert covers(num.exponential(measured(a, da)), math.exp(x))
    assert covers(num.absolute(measured(a, da)), abs(x))
    assert covers(num.sine(measured(a, da)), math.sin(x))
    assert covers(num.cosine(measured(a, da)), math.cos(x))
    if x > 0 and a > 0:
        assert covers(num.logarithm(measured(a, da)), math.log(x))


@given(
    MIDS,
    ERRORS,
    PLACES,
    st.sampled_from([Fraction(2), Fraction(3), Fraction(-1), Fraction(-2), Fraction(1, 2), Fraction(-3, 2)]),
)
def test_powers_contain_every_true_answer(a, da, s, p):
    x = a + s * da
    assume(abs(x) > 1e-6 and (x > 0 or p.denominator == 1))
    assert covers(num.power(measured(a, da), p), x ** float(p))


@given(st.lists(st.tuples(MIDS, ERRORS, PLACES), min_size=1, max_size=5))
def test_folds_contain_every_true_answer(entries):
    number = Measured(np.array([[e[0] for e in entries]]), np.array([[e[1] for e in entries]]))
    truths, mask = [a + s * d for a, d, s in entries], np.ones((1, len(entries)), dtype=bool)
    for fold, truth in (
        (num.total, math.fsum(truths)),
        (num.largest, max(truths)),
        (num.least, min(truths)),
        (num.log_total, math.log(sum(map(math.exp, truths)))),
    ):
        folded = fold(number, 1, mask)
        assert covers(Measured(folded.mid[0], folded.err[0]), truth)


def test_a_fold_sees_only_the_entries_that_exist():
    number, mask = exact(1, 5, 3), np.array([[True, False, True]])
    number = Exact(number.values[None])
    assert num.total(number, 1, mask).values.item() == 4
    assert num.largest(number, 1, mask).values.item() == 3
    assert num.least(number, 1, mask).values.item() == 1
    floats = num.as_measured(number)
    assert num.largest(floats, 1, mask).mid.item() == 3


def test_exact_stays_exact_for_rational_operations_and_goes_to_balls_otherwise():
    third = exact("1/3")
    assert num.add(third, third).values.item() == Fraction(2, 3)
    assert num.power(third, Fraction(-2)).values.item() == 9
    assert num.exponential(third).grade is Grade.ENCLOSED
    assert num.power(third, Fraction(1, 2)).grade is Grade.ENCLOSED
    assert num.add(third, measured(1.0)).grade is Grade.ESTIMATED


def test_the_square_of_a_ball_around_zero_is_known():
    square = num.power(balls(arb(0, 1)), Fraction(2)).values.item()
    assert square.is_finite() and square.contains(arb(0.25))


@pytest.mark.parametrize("p", [Fraction(-1), Fraction(-2)])
def test_a_negative_power_of_a_bar_around_zero_is_unknown(p):
    assert np.isinf(num.power(measured(0.1, 0.2), p).err).all()
    assert not num.power(balls(arb(0, 1)), p).values.item().is_finite()


def test_a_logarithm_of_a_bar_that_reaches_zero_is_unknown_and_of_a_negative_number_not_measured():
    assert np.isinf(num.logarithm(measured(0.1, 0.2)).err).all()
    assert np.isnan(num.logarithm(measured(-1.0)).mid).all()


def test_nan_is_not_measured_whatever_it_meets():
    for operation in (num.add, num.multiply, num.larger):
        assert np.isnan(num.as_measured(operation(measured(math.nan), measured(1.0))).mid).all()
