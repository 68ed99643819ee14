"""Ball arithmetic by containment: an exact point inside the input, the exact answer inside the output; two precisions overlap."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.kernel.core.balls import OPERATIONS, certain, integer_power, value
from verify.kernel.refusals import Refused, Unknown

X, Y = ["var", "x"], ["var", "y"]
FORMS: dict[str, Any] = {
    "add": ["add", X, Y, "1/3"], "mul": ["mul", X, Y, "-2/7"], "pow": ["pow", X, "3/7"], "exp": ["exp", X], "log": ["log", X],
    "sin": ["sin", X], "cos": ["cos", X], "abs": ["abs", X], "min": ["min", X, Y], "max": ["max", X, Y],
    "square": ["pow", X, "2"], "cube": ["pow", X, "3"], "fourth": ["pow", X, "4"], "reciprocal": ["pow", X, "-1"], "power": ["pow", X, Y],
}  # fmt: skip
EXACT: dict[str, Any] = {
    "add": lambda x, y: x + y + mpmath.mpf(1) / 3, "mul": lambda x, y: x * y * -2 / mpmath.mpf(7), "pow": lambda x, y: x ** (mpmath.mpf(3) / 7),
    "exp": lambda x, y: mpmath.exp(x), "log": lambda x, y: mpmath.log(x), "sin": lambda x, y: mpmath.sin(x), "cos": lambda x, y: mpmath.cos(x),
    "abs": lambda x, y: abs(x), "min": lambda x, y: min(x, y), "max": lambda x, y: max(x, y), "square": lambda x, y: x**2,
    "cube": lambda x, y: x**3, "fourth": lambda x, y: x**4, "reciprocal": lambda x, y: 1 / x, "power": lambda x, y: x**y,
}  # fmt: skip
rationals = st.fractions(min_value=-4, max_value=4, max_denominator=64)


def test_every_operation_is_tested() -> None:
    assert set(OPERATIONS) <= set(FORMS) == set(EXACT)


def ball(x: Fraction, left: Fraction, right: Fraction) -> arb:
    """A ball that holds x, which may lie anywhere in it."""
    low, high = x - abs(left), x + abs(right)
    return arb(fmpq(low.numerator, low.denominator)).union(arb(fmpq(high.numerator, high.denominator)))


@pytest.mark.parametrize("name", FORMS)
@given(x=rationals, y=rationals, left=rationals, right=rationals, precision=st.sampled_from([32, 64, 200]))
@settings(max_examples=25, deadline=None)
def test_containment(name: str, x: Fraction, y: Fraction, left: Fraction, right: Fraction, precision: int) -> None:
    with ctx.workprec(precision):
        boxes = {"x": ball(x, left / 16, right / 16), "y": ball(y, right / 16, left / 16)}
        try:
            found = value(FORMS[name], boxes)
            finer = ctx.workprec(2 * precision)
            with finer:
                assert value(FORMS[name], boxes).overlaps(found)
        except Unknown:
            return
    with mpmath.workdps(60):
        exact = EXACT[name](mpmath.mpf(x.numerator) / x.denominator, mpmath.mpf(y.numerator) / y.denominator)
    with ctx.workprec(precision + 200):
        assert found.overlaps(arb(mpmath.nstr(exact, 55)) + arb(0, 1e-50))


@given(x=rationals, k=st.integers(-9, 9))
@settings(max_examples=60, deadline=None)
def test_integer_powers_contain_the_exact_power(x: Fraction, k: int) -> None:
    if x == 0 and k < 0:
        return
    exact = x**k
    assert integer_power(ball(x, Fraction(1, 99), Fraction(1, 77)), k).contains(
        arb(fmpq(exact.numerator, exact.denominator))
    ) or (
        abs(x) < Fraction(1, 50) and k < 0  # the ball holds zero: nan, which `value` refuses
    )


@pytest.mark.parametrize(
    "e",
    [["log", X], ["log", "-1"], ["log", "0"], ["pow", X, "-1"], ["pow", "0", "-1"], ["pow", X, "1/2"], ["pow", "-1", "1/2"], ["pow", X, Y],
     ["mul", "0", ["log", X]], ["exp", ["exp", ["exp", ["exp", "9"]]]]],
)  # fmt: skip
def test_what_is_not_finite_is_unknown(e: Any) -> None:
    with pytest.raises(Unknown):
        value(e, {"x": arb(0, 1), "y": arb(1)})


def test_the_square_of_a_ball_around_zero_is_finite_and_hardly_negative() -> None:
    """flint's own arb(0, 1)**2 is nan, and the product arb(0, 1)*arb(0, 1) reaches -1."""
    assert not math.isfinite(float((arb(0, 1) ** 2).upper()))
    assert value(["pow", X, "2"], {"x": arb(0, 1)}) > -1e-8
    assert value(["pow", X, "2"], {"x": arb(0, 1)}).contains(arb(1))


@pytest.mark.parametrize(
    "relation",
    [["eq", X, X], ["gt", X, "0"], ["ge", X, "0"], ["le", X, "0"], ["ne", X, "0"], ["eq", "1", ["exp", "0"]]],
)
def test_an_overlap_is_no_proof(relation: Any) -> None:
    if relation[0] == "eq" and relation[1] == "1":
        certain(relation, {})  # both sides exact
        return
    with pytest.raises(Unknown):
        certain(relation, {"x": arb(0, 1)})


def test_a_relation_that_holds() -> None:
    for relation in (["gt", X, "0"], ["lt", "0", X], ["ne", X, "0"], ["ge", X, "1"], ["le", "1", X]):
        certain(relation, {"x": arb(3, 1)})
    with pytest.raises(Refused):
        certain(["gt", ["total", X, "n"], "0"], {"x": arb(3, 1)})
