"""Normal forms and signs against floating point: whatever the kernel says of a random expression is true of its values."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.notation import block, json, rate, symbols
from tests.kernel.random_expressions import expressions, value
from verify.kernel.budget import Full
from verify.kernel.core.field import Field, Ratio
from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement
from verify.proof.decode import expression

STATEMENT = Statement.read("sample", block(real="x y", positive="m", nonnegative="c", over=dict.fromkeys("xymc", "t")))
x, y, m, t = symbols("x y m t")


def points(seed: int) -> list[dict[str, float]]:
    rng = random.Random(seed)
    edge = {"x": -1.0, "y": 1.0, "m": 0.5, "c": 0.0}
    drawn = [
        {"x": rng.uniform(-2, 2), "y": rng.uniform(-2, 2), "m": rng.uniform(0.1, 2), "c": rng.uniform(0, 2)}
        for _ in range(6)
    ]
    return [edge, *drawn]


def normal(e: Any, size: int = 64) -> tuple[Field, Ratio]:
    field = Field(STATEMENT, size)
    return field, field.normal(e)


def close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6 * (1 + abs(a)))


@given(expressions)
@settings(max_examples=120, deadline=None)
def test_a_normal_form_has_the_value_of_the_expression_wherever_it_is_accepted(e: Any) -> None:
    try:
        _, found = normal(e)
    except (Refused, Full):
        return
    again = expression(found)
    for at in points(1):
        wanted = value(e, at)
        assert not math.isnan(wanted), "accepted, although it is not defined here"
        if abs(wanted) < 1e8:
            got = value(again, at)
            assert math.isnan(got) or close(got, wanted)  # nan: a pole of one of the terms in floating point


@given(expressions)
@settings(max_examples=120, deadline=None)
def test_the_sign_of_a_normal_form_is_that_of_its_values(e: Any) -> None:
    try:
        field, found = normal(e)
        signs = field.sign(found)
    except (Refused, Full):
        return
    for at in points(2):
        got = value(e, at)
        if not math.isnan(got) and abs(got) > 1e-9:
            assert (got > 0) - (got < 0) in signs


@given(expressions, st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_a_rate_is_the_limit_of_difference_quotients(e: Any, seed: int) -> None:
    """Along the straight line through a point on which x, y, m and c move at the rates 1, 2, 3 and 4."""
    try:
        _, found = normal(["rate", e, ["var", "t"]])
    except (Refused, Full):
        return
    rates = dict(zip("xymc", (1.0, 2.0, 3.0, 4.0), strict=True))
    at = points(seed + 10)[1 + seed]

    def evaluated(e: Any) -> Any:  # the rates of symbols replaced by their numbers
        if isinstance(e, list) and e[0] == "rate":
            return str(int(rates[e[1][1]]))
        return [e[0], *(a if e[0] == "var" else evaluated(a) for a in e[1:])] if isinstance(e, list) else e

    got = value(evaluated(expression(found)), at)
    h = 1e-5
    ahead, behind = (value(e, {k: v + s * h * rates[k] for k, v in at.items()}) for s in (1, -1))
    if all(math.isfinite(v) and abs(v) < 1e4 for v in (got, ahead, behind)):
        assert math.isclose(got, (ahead - behind) / (2 * h), rel_tol=1e-3, abs_tol=1e-3 * (1 + abs(value(e, at))))


def test_denominators_and_depth_are_bounded() -> None:
    tower: Any = ["var", "x"]
    for _ in range(50):
        tower = ["exp", tower]
    normal(tower)
    for e in (json((x + y + m + t) ** 100), json(m**1000001), ["pow", "7", "999999"], ["pow", json(m), "1/401"]):
        with pytest.raises(Refused, match=r"too large|too high|too much work"):
            normal(e)


def test_too_many_generators_ask_for_a_larger_field() -> None:
    e = ["add", *(["exp", ["pow", ["var", "x"], str(k)]] for k in range(1, 12))]
    with pytest.raises(Full):
        normal(e, size=10)
    normal(e, size=12)


def test_the_rate_of_a_rate() -> None:
    _, found = normal(json(rate(rate(x, t), t)))
    assert expression(found) == ["rate", ["rate", ["var", "x"], ["var", "t"]], ["var", "t"]]
