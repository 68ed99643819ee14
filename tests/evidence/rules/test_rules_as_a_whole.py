"""What must be true of every rule: more uncertainty never turns an answer into its opposite, and units do not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evidence.rules.clocks import ALPHAS, DECADES, LADDER, LONG
from verify.evidence.rules.gauges import judge_gauge
from verify.evidence.rules.monotone import judge_monotone
from verify.evidence.rules.tends import judge_limit

CLOCKS = {"decades": (DECADES, "oo"), "long": (LONG, "oo"), "ladder": (-LADDER, "0"), "alphas": (-ALPHAS, "0")}
GROWING = np.array([1.0, 3.0, 10.0, 1e2, 1e3, 1e5, 1e7, 1e9, 1e11])[:, None]
"""Factors by which the bars of one series grow, as a batch."""

coefficient = st.floats(-2, 2, allow_subnormal=False)
seeds = st.integers(0, 2**32 - 1)


def _series(
    s: np.ndarray, power: float, log: float, a: float, b: float, q: float, seed: int, noise: float
) -> np.ndarray:
    """A drift, corrections of both kinds, and noise, in terms of s = |log t|."""
    n = np.random.default_rng(seed).uniform(-1, 1, len(s))
    return power * s + log * np.log(s) + a * np.exp(-q * (s - s[0])) + b / s + noise * n


series = st.builds(
    lambda *parts: parts,
    st.sampled_from([0.0, 0.0, 0.0, 0.1, -0.3, 0.5]),
    st.sampled_from([0.0, 0.0, 0.0, 0.3, -1.0, 0.5]),
    coefficient,
    coefficient,
    st.floats(0.2, 2),
    seeds,
    st.sampled_from([0.0, 1e-10, 1e-6, 1e-3, 1e-2]),
)


def _never_opposite(answers: np.ndarray) -> None:
    assert not (np.any(answers == 1) and np.any(answers == -1)), answers


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("kind", ["theta", "bigo", "equivalent"])
@settings(max_examples=12, deadline=None)
@given(parts=series, depth=st.sampled_from([0, 1]))
def test_growing_bars_never_turn_a_gauge_into_its_opposite(clock, kind, parts, depth):
    log_clock, towards = CLOCKS[clock]
    y = _series(np.abs(log_clock), *parts)
    bars = (1e-12 + parts[-1]) * GROWING * np.ones_like(y)
    found = judge_gauge(kind, np.broadcast_to(y, bars.shape), bars, log_clock, towards=towards, depth=depth)
    _never_opposite(found.answers)


@pytest.mark.parametrize("clock", CLOCKS)
@settings(max_examples=12, deadline=None)
@given(parts=series, limit=st.sampled_from(["true", "off", "last", "oo"]), resolution=st.sampled_from([0.01, 0.1]))
def test_growing_bars_never_turn_a_limit_into_its_opposite(clock, parts, limit, resolution):
    log_clock, towards = CLOCKS[clock]
    y = _series(np.abs(log_clock), *parts)
    claimed = {"true": 0.0, "off": 0.4, "last": y[-1], "oo": np.inf}[limit]
    bars = (1e-12 + parts[-1]) * GROWING * np.ones_like(y)
    found = judge_limit(
        np.broadcast_to(y, bars.shape), bars, claimed, 0.0, log_clock, towards=towards, resolution=resolution
    )
    _never_opposite(found.answers)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=2, max_size=12), st.integers(0, 20), st.booleans())
def test_growing_bars_never_turn_monotone_into_its_opposite(steps, bias, with_rates):
    value = np.cumsum(np.array(steps) + bias) / 20
    bars = np.array([0.0, 1e-6, 1e-3, 0.01, 0.1, 1.0, 10.0])[:, None] * np.ones_like(value)
    rate = np.broadcast_to(np.gradient(value), bars.shape) if with_rates else None
    found = judge_monotone(np.broadcast_to(value, bars.shape), bars, rate, bars)
    _never_opposite(found.answers)


@pytest.mark.parametrize("clock", CLOCKS)
@settings(max_examples=12, deadline=None)
@given(parts=series, factor=st.floats(1e-100, 1e100))
def test_scaling_by_a_constant_never_changes_theta(clock, parts, factor):
    log_clock, towards = CLOCKS[clock]
    y = _series(np.abs(log_clock), *parts)
    both = judge_gauge("theta", np.stack([y, y + np.log(factor)]), 1e-9, log_clock, towards=towards, depth=0)
    assert both.answers[0] == both.answers[1] or np.nanmin(np.abs(both.margin)) < 1e-6
    np.testing.assert_allclose(*both.measured["slope"][0], atol=1e-6)


@pytest.mark.parametrize("clock", CLOCKS)
@settings(max_examples=12, deadline=None)
@given(parts=series, shift=st.floats(-100, 100), sign=st.sampled_from([-1, 1]))
def test_shifting_value_and_limit_together_changes_nothing(clock, parts, shift, sign):
    log_clock, towards = CLOCKS[clock]
    y = _series(np.abs(log_clock), *parts)
    value, limit = np.stack([y, sign * (y + shift)]), np.array([0.3, sign * (0.3 + shift)])
    both = judge_limit(value, 1e-9, limit, 0.0, log_clock, towards=towards, resolution=0.05)
    assert both.answers[0] == both.answers[1] or np.nanmin(np.abs(both.margin)) < 1e-6


@settings(max_examples=20, deadline=None)
@given(parts=series)
def test_a_clock_to_zero_is_the_reciprocal_of_one_to_infinity(parts):
    y = _series(DECADES, *parts)
    up = judge_gauge("theta", y[None], 1e-9, DECADES, towards="oo", depth=0)
    down = judge_gauge("theta", y[None], 1e-9, -DECADES, towards="0", depth=0)
    assert up.answers == down.answers
    assert up.measured["slope"][0] == down.measured["slope"][0]


@pytest.mark.parametrize("kind", ["theta", "bigo", "equivalent"])
def test_every_undecided_series_says_why(kind):
    rng = np.random.default_rng(7)
    y = rng.normal(size=(40, 1)) * np.linspace(0, 1, 60) + rng.normal(size=(40, 60)) * 10.0 ** rng.uniform(
        -8, 0, (40, 1)
    )
    found = judge_gauge(kind, y, 1e-6, np.linspace(1, 8, 60), towards="oo", depth=0)
    assert np.array_equal(np.isnan(found.margin), found.answers == 0)
    assert np.all(np.sign(np.nan_to_num(found.margin)) == found.answers)
    assert len(found.reasons) == 40
    assert all(reason.sentence.endswith(".") for reason in found.reasons)
