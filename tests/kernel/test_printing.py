"""The printed goal is the goal: read as arithmetic by Python, the text has the value of the expression."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings

from tests.kernel.random_expressions import expressions, value
from verify.kernel.core.printing import show
from verify.kernel.refusals import brief

AT = {"x": 1.37, "y": -0.61, "m": 0.83, "c": 0.29}
FUNCTIONS = {name: getattr(math, name) for name in ("exp", "log", "sin", "cos")} | {"abs": abs, "min": min, "max": max}


@given(expressions)
@settings(max_examples=120, deadline=None)
def test_the_text_has_the_value_of_the_expression(e: Any) -> None:
    wanted = value(e, AT)
    if math.isnan(wanted) or abs(wanted) > 1e12:
        return
    text = show(e).replace("^", "**")
    got = eval(text, {"__builtins__": {}}, FUNCTIONS | AT)  # the text is ours, of names and operators only
    assert got == pytest.approx(wanted, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("e", "text"),
    [
        (["add", ["var", "x"], ["mul", "-1", ["add", ["var", "y"], "-2"]]], "x - (y - 2)"),
        (["mul", "-2/3", ["var", "x"], ["pow", ["var", "y"], "-2"]], "-2*x/(3*y^2)"),
        (["pow", ["pow", ["var", "x"], "2"], "1/2"], "(x^2)^(1/2)"),
        (["pow", "-1", "2"], "(-1)^2"),
        (["rate", ["log", ["var", "x"]], ["var", "t"]], "d(log(x))/d(t)"),
        (["pow", ["rate", ["var", "x"], ["var", "t"]], "2"], "(d(x)/d(t))^2"),
        (["total", ["mul", ["var", "p"], ["log", ["var", "p"]]], "n"], "Σ_n(p*log(p))"),
        (["always", ["ge", ["least", ["var", "q"], "n"], "0"], "t"], "for all t: min_n(q) ≥ 0"),
        (["implies", ["and", ["gt", ["var", "x"], "0"], ["ne", ["var", "y"], "1"]], ["lt", "0", ["var", "x"]]],
         "((x > 0) and (y ≠ 1)) ⟹ (0 < x)"),
        (["tends", ["var", "x"], ["oo"], "t"], "x →(∞) along t"),
        (["apply", "f", ["add", ["var", "x"], "1"]], "f(x + 1)"),
    ],
)  # fmt: skip
def test_notation(e: Any, text: str) -> None:
    assert show(e) == text


def test_a_long_formula_is_shortened_in_sentences_only() -> None:
    e = ["add", *[["var", "x"]] * 500]
    assert len(brief(e)) < 210 and len(show(e)) == 500 + 3 * 499
