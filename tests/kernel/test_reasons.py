"""The sign that is read off a random expression with reasons is that of its values, at points where what is given holds."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.notation import block, symbols
from verify.kernel.budget import Full
from verify.kernel.core.field import Field
from verify.kernel.difference import informed
from verify.kernel.goals import ASSUMED
from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement

x, m, a, w, c = symbols("x m a w c")
STATEMENT = Statement.read(
    "sample", block(real="x a", positive="m w", nonnegative="c", over={"a": "n", "w": "n", "x": "t"})
)
GIVEN = {"above": [x >= m], "entries": [a >= -2], ASSUMED: [a > 0, x > 1]}

scalars = st.sampled_from([*(["var", name] for name in "xmc"), "1", "-1", "2", "1/3", ["given", "above"]])
entries = st.sampled_from(
    [["var", "a"], ["var", "w"], ["given", "entries"], ["given", ASSUMED], ["given", ASSUMED, "1"]]
)


HIDDEN = [["add", "1", "0"], ["add", "1", "1"], ["mul", "1/2", "2"], ["add", "1/4", "1/4"]]  # exponents: 1, 2, 1, 1/2


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    bounds = st.tuples(st.sampled_from(["least", "largest", "total"]), inner, st.just("n")).map(list)
    return st.one_of(
        st.tuples(st.sampled_from(["add", "mul"]), inner, inner).map(list),
        st.tuples(st.just("pow"), inner, st.sampled_from(["2", "-1", "3", "1/2", *HIDDEN])).map(list),
        st.tuples(st.sampled_from(["exp", "log", "abs", "tangent"]), inner).map(list),
        bounds,
        st.tuples(st.just("gap"), bounds).map(list),
        st.tuples(
            st.just("gap"), st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(list), st.sampled_from("01")
        ).map(list),
        st.tuples(st.just("gap"), st.tuples(st.just("abs"), inner).map(list), st.sampled_from("01")).map(list),
        st.tuples(
            st.just("at"), inner, st.sampled_from([["least", ["var", "a"], "n"], ["largest", ["var", "w"], "n"]])
        ).map(list),
        st.tuples(
            st.just("quadratic"), st.sampled_from([[["1", "-1"], ["-1", "1"]], [["1", "2"], ["2", "1"]]]), inner, inner
        ).map(list),
    )


reasons = st.recursive(st.one_of(scalars, entries), grown, max_leaves=8)


def value(e: Any, at: dict[str, Any], n: int) -> float:
    """The value at the entry n of a point in floating point; nan where it is not defined."""
    if isinstance(e, str):
        top, _, bottom = e.partition("/")
        return int(top) / int(bottom or 1)
    if e[0] == "var":
        return at[e[1]][n] if isinstance(at[e[1]], list) else at[e[1]]
    if e[0] in ("total", "least", "largest"):
        found = [value(e[1], at, i) for i in range(len(at["a"]))]
        return (
            math.nan if any(map(math.isnan, found)) else {"total": math.fsum, "least": min, "largest": max}[e[0]](found)
        )
    args = [value(arg, at, n) for arg in e[1:]]
    if any(map(math.isnan, args)):
        return math.nan
    try:
        match e[0]:
            case "add":
                return math.fsum(args)
            case "mul":
                return math.prod(args)
            case "pow":
                return args[0] ** int(args[1]) if args[1] == int(args[1]) else math.sqrt(args[0])
            case "min" | "max":
                return min(args) if e[0] == "min" else max(args)
        return abs(args[0]) if e[0] == "abs" else getattr(math, e[0])(*args)
    except (ValueError, ZeroDivisionError, OverflowError):
        return math.nan


def points() -> list[tuple[dict[str, Any], int]]:
    """Points with x >= m, every a >= -2, and what is assumed at the point only: a > 0 and x > 1 for the entry n."""
    rng, found = random.Random(7), []
    for _ in range(25):
        at: dict[str, Any] = {"m": rng.uniform(0.1, 2), "c": rng.choice([0.0, rng.uniform(0, 2)])}
        at["x"] = max(at["m"], 1) + rng.choice([1e-3, rng.uniform(0.01, 1)])
        at["a"] = [rng.choice([-2.0, 0.0, rng.uniform(-2, 2)]) for _ in range(3)]
        at["w"] = [rng.uniform(0.1, 2) for _ in range(3)]
        n = rng.randrange(3)
        at["a"][n] = rng.uniform(0.1, 2)
        found.append((at, n))
    return found


POINTS = points()


@given(reasons)
@settings(max_examples=100, deadline=None)
def test_a_visible_sign_is_the_sign(e: Any) -> None:
    try:
        proof = informed(Field(STATEMENT, 48), GIVEN)
        plain = proof.plain(e)
        proof.field.normal(plain)
        signs = proof.sign(e)
    except (Refused, Full):
        return
    for at, n in POINTS:
        got = value(plain, at, n)
        assert not math.isnan(got) or nearly_singular(plain, at, n), "accepted, although it is not defined here"
        if abs(got) > 1e-7 and math.isfinite(got):
            assert (got > 0) - (got < 0) in signs
        if abs(got) < 1e-12 and signs == {1}:
            assert got > 0 or nearly_singular(plain, at, n)


def nearly_singular(e: Any, at: dict[str, Any], n: int) -> bool:
    """Whether floating point may have lost a value that exact arithmetic has: something in it is huge or vanishing."""
    if isinstance(e, str) or e[0] == "var":
        return False
    if e[0] in ("total", "least", "largest"):
        return any(nearly_singular(e[1], at, i) for i in range(3))
    inside = [arg for arg in e[1:] if isinstance(arg, list)]
    values = [value(arg, at, n) for arg in inside]
    return any(math.isnan(v) or abs(v) > 100 or abs(v) < 1e-9 for v in values) or any(
        nearly_singular(arg, at, n) for arg in inside
    )


@pytest.mark.parametrize(
    ("e", "signs"),
    [
        (["given", "above"], {0, 1}),
        (["given", ASSUMED, "1"], {1}),
        (["total", ["given", ASSUMED], "n"], {-1, 0, 1}),
        (["total", ["add", "2", ["var", "a"]], "n"], {0, 1}),
        (["gap", ["total", ["var", "a"], "n"]], {-1, 0, 1}),
        (["gap", ["total", ["var", "w"], "n"]], {0, 1}),
        (["at", ["add", "2", ["var", "a"]], ["least", ["var", "a"], "n"]], {0, 1}),
        (["quadratic", [["1", "2"], ["2", "1"]], ["var", "w"], ["var", "m"]], {1}),  # w, m > 0, though the form is indefinite
        (["quadratic", [["1", "-2"], ["-2", "1"]], ["var", "x"], ["var", "m"]], {-1, 0, 1}),
        (["pow", ["var", "c"], "1/2"], {0, 1}),
        (["mul", "-1", ["exp", ["var", "x"]]], {-1}),
    ],
)  # fmt: skip
def test_signs(e: Any, signs: set[int]) -> None:
    assert informed(Field(STATEMENT, 48), GIVEN).sign(e) == signs


@pytest.mark.parametrize(
    "e",
    [
        ["gap", ["var", "x"]], ["gap", "1"], ["gap", ["exp", "1"]], ["gap", ["abs", ["var", "x"]], "2"], ["gap", ["min", "1", "2"], "2"],
        ["at", ["var", "x"], ["total", ["var", "a"], "n"]], ["at", ["var", "w"], ["least", ["var", "a"], "n"]], ["at", "1", "1"],
        ["given", "above", "1"], ["quadratic", [["1"]], "1", "2"], ["quadratic", [["1"], ["2"]], "1", "2"],
    ],
)  # fmt: skip
def test_reasons_that_are_none(e: Any) -> None:
    with pytest.raises(Refused):
        informed(Field(STATEMENT, 48), GIVEN).plain(e)
