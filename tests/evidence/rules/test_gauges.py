"""Theta, BigO, Equivalent on series with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.evidence.rules.clocks import ALPHAS, DECADES, LADDER, LONG, loglog, powers
from verify.evidence.rules.gauges import judge_gauge

EXACT = 1e-12
"""Bars of series computed in double precision."""


def verdict(kind, y, s, *, towards="oo", depth=0, error: np.ndarray | float = EXACT, resolution=None):
    return judge_gauge(
        kind, np.atleast_2d(y), error, s if towards == "oo" else -s, towards=towards, depth=depth, resolution=resolution
    )


def answer(*args, **options) -> int:
    return int(verdict(*args, **options).answers[0])


CLOCKS = {"decades": (DECADES, "oo"), "long": (LONG, "oo"), "ladder": (LADDER, "0"), "alphas": (ALPHAS, "0")}


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_constant_ratio_is_theta_and_big_o(clock):
    s, towards = CLOCKS[clock]
    assert answer("theta", 0 * s + 3.0, s, towards=towards) == 1
    assert answer("bigo", 0 * s - 300.0, s, towards=towards) == 1


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("exponent", [-1.0, -0.5, 0.2, 0.5, 2.0])
def test_a_pure_power_beside_the_gauge(clock, exponent):
    s, towards = CLOCKS[clock]
    assert answer("theta", exponent * s, s, towards=towards) == -1
    # No abs on slopes: what decays faster than the gauge is BigO of it, and not Theta.
    assert answer("bigo", exponent * s, s, towards=towards) == (-1 if exponent > 0 else 1)


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize(
    "terms", [[(0.8, 0.5)], [(-0.6, 1.0)], [(0.5, 0.5), (-0.7, 1.0), (0.3, 1.5)], [(1.0, 1.0), (2.0, 2.0)]]
)
def test_decaying_powers_do_not_hide_the_answer(clock, terms):
    s, towards = CLOCKS[clock]
    corrected = powers(s, *terms)
    assert answer("theta", corrected, s, towards=towards) == 1
    assert answer("theta", corrected - 0.5 * s, s, towards=towards) == -1
    assert answer("bigo", corrected + 0.5 * s, s, towards=towards) == -1


def test_half_integer_corrections_of_a_ladder_are_extrapolated():
    """The order 2 is off by 0.02 between the last two rungs, and by less than 1e-4 when extrapolated."""
    error = -2 * LADDER + powers(LADDER, (2.0, 0.5), (1.0, 1.0))
    assert abs(np.diff(error)[-1] / np.diff(LADDER)[-1] + 2) > 0.015
    found = verdict("theta", error + 2 * LADDER, LADDER, towards="0")
    assert abs(found.measured["slope"][0][0]) < 1e-4
    assert found.answers[0] == 1
    for order in (1.5, 2.5):
        assert answer("theta", error + order * LADDER, LADDER, towards="0") == -1
    for order in (1.85, 2.15):
        assert answer("theta", error + order * LADDER, LADDER, towards="0") != 1


@pytest.mark.parametrize("clock", ["decades", "long", "alphas"])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_hidden_log_factor_never_holds(clock, sign):
    s, towards = CLOCKS[clock]
    ratio = sign * loglog(s)
    assert answer("theta", ratio, s, towards=towards) == -1
    assert answer("theta", ratio, s, towards=towards, depth=1) == -1
    assert answer("theta", ratio + powers(s, (0.7, 1.0)), s, towards=towards) == -1
    assert answer("bigo", ratio, s, towards=towards) == -sign


def test_a_log_factor_at_log_t_of_a_million_is_seen_on_its_own_scale():
    found = verdict("theta", -loglog(LONG), LONG)
    assert found.answers[0] == -1
    assert abs(found.measured["slope"][0][0]) < 1e-6
    assert found.measured["log slope"][0][0] == pytest.approx(-1, abs=1e-6)


@pytest.mark.parametrize("exponent", [0.15, -0.3, 1.0])
def test_the_exponent_of_a_log_is_decided_at_the_resolution_on_the_long_clock(exponent):
    slowly = 0.8 / LONG + 0.3 * loglog(LONG) / LONG
    assert answer("theta", slowly, LONG, depth=1) == 1
    assert answer("theta", slowly + exponent * loglog(LONG), LONG, depth=1) == -1


@pytest.mark.parametrize("clock", ["decades", "long"])
@pytest.mark.parametrize("correction", [lambda s: 1 / s, lambda s: np.log(s) / s, lambda s: np.log1p(-0.7 / (s + 1))])
def test_corrections_in_the_log_are_no_drift(clock, correction):
    s, _ = CLOCKS[clock]
    assert answer("theta", correction(s), s) == 1
    assert answer("theta", correction(s), s, depth=1) >= 0
    assert answer("bigo", correction(s), s) == 1


def test_a_log_log_factor_is_decided_where_the_gauge_has_one():
    s = np.geomspace(30.0, 1e6, 300)
    assert answer("theta", 0 * s, s, depth=2) == 1
    assert answer("theta", 0.5 * loglog(loglog(s)), s, depth=2) == -1
    assert answer("theta", 1 / loglog(s), s, depth=2) >= 0


def test_known_blind_spot_a_log_log_factor_beside_a_pure_power():
    """Stated on the limits page: the factor lies within the quarter power of log t that is let pass as a transient."""
    found = verdict("theta", loglog(loglog(LONG)), LONG)
    assert found.measured["log slope"][0][0] < 0.25
    assert found.answers[0] != -1


def test_equivalent_needs_the_constant_as_well():
    s = LONG
    assert answer("equivalent", 1 / s, s) == 1
    assert answer("equivalent", 1 / s + 0.2, s) == -1
    assert answer("equivalent", 1 / s - 0.2, s) == -1
    assert answer("equivalent", -loglog(s), s) == -1
    assert answer("equivalent", powers(DECADES, (0.8, 0.5)), DECADES) == 1
    assert answer("equivalent", powers(DECADES, (0.8, 0.5)) + 0.3, DECADES) == -1


def test_equivalent_waits_until_the_ratio_has_come_to_one():
    """Extrapolation alone says 1, but the last ratio is still 20 % away."""
    ratio = 2 / DECADES
    found = verdict("equivalent", ratio, DECADES)
    assert ratio[-1] > 0.2
    assert found.answers[0] == 0
    assert found.reasons[0].code == "not-settled"


def test_a_growing_term_that_has_set_in_does_not_hold():
    leaving = np.log1p(1e-4 * np.exp(0.5 * DECADES)) + powers(DECADES, (0.5, 1.0))
    assert 0.005 < leaving[-1] < 0.05
    found = verdict("theta", leaving, DECADES)
    assert (found.answers[0], found.reasons[0].code) == (0, "transient")


@pytest.mark.parametrize("periods", [1.5, 3.0, 7.0])
def test_an_oscillation_that_the_rows_resolve_is_not_refuted(periods):
    turn = 2 * np.pi * periods * (DECADES - DECADES[0]) / np.ptp(DECADES)
    phases = np.linspace(0, 2 * np.pi, 16)[:, None]
    assert np.all(
        judge_gauge("theta", np.log(2 + np.sin(turn + phases)), EXACT, DECADES, towards="oo", depth=0).answers >= 0
    )


def test_noise_within_its_bars():
    rng = np.random.default_rng(1)
    noise = 0.01 * rng.uniform(-1, 1, (50, len(DECADES)))
    level = verdict("theta", noise, DECADES, error=0.01).answers
    drifting = verdict("theta", noise + 0.5 * DECADES, DECADES, error=0.01).answers
    assert np.all(level >= 0)
    assert np.mean(level == 1) > 0.8
    assert np.all(drifting <= 0)
    assert np.mean(drifting == -1) > 0.5
    with_log = verdict("theta", noise + loglog(DECADES), DECADES, error=0.01).answers
    assert np.all(with_log <= 0)


def test_bars_as_wide_as_the_question_leave_it_open():
    assert answer("theta", 0 * DECADES, DECADES, error=0.4) == 0
    assert answer("theta", 0.2 * DECADES, DECADES, error=0.4) == 0


def test_rows_at_the_solver_floor_are_left_out():
    """e = t^-2 until it drowns in a floor of 1e-9, which its bars say."""
    e = np.exp(-2 * DECADES) + 1e-9
    y, error = np.log(e) + 2 * DECADES, 1e-9 / e
    assert error[-1] > 0.05
    assert answer("theta", y, DECADES, error=error) == 1
    assert answer("theta", y - DECADES, DECADES, error=error) == -1


@pytest.mark.parametrize("rows", [0, 1, 4])
def test_too_few_rows(rows):
    found = verdict("theta", np.zeros((2, rows)), DECADES[:rows])
    assert list(found.answers) == [0, 0]
    assert {reason.code for reason in found.reasons} == {"too-few-rows"}


def test_rows_not_measured_are_left_out_and_nothing_measured_is_undecided():
    y = 0.5 * DECADES
    y[::3] = np.nan
    assert answer("theta", y, DECADES) == -1
    assert answer("theta", np.full_like(y, np.nan), DECADES) == 0
    assert answer("theta", np.full_like(y, -np.inf), DECADES) == 0


def test_series_of_a_batch_do_not_touch_each_other():
    y = np.stack([0 * DECADES, DECADES, np.full_like(DECADES, np.nan), -loglog(DECADES)])
    together = judge_gauge("theta", y, EXACT, DECADES, towards="oo", depth=0)
    assert list(together.answers) == [1, -1, 0, -1]
    for i in (0, 1, 3):
        alone = judge_gauge("theta", y[i : i + 1], EXACT, DECADES, towards="oo", depth=0)
        assert alone.measured["slope"][0][0] == pytest.approx(together.measured["slope"][0][i], abs=1e-12)


def test_the_resolving_power_is_what_the_same_rows_refute():
    """A gauge that is off by a little more than the resolving power is refuted by the same rows; by a third of it, it is not."""
    for s, depth, scale in ((DECADES, 0, DECADES), (LONG, 1, loglog(LONG))):
        y = powers(s, (0.8, 1.0))
        power = verdict("theta", y, s, depth=depth).power[0]
        assert 0.05 <= power < 0.1
        for sign in (-1, 1):
            assert answer("theta", y + sign * 1.1 * power * scale, s, depth=depth) == -1
            assert answer("theta", y + sign * power * scale / 3, s, depth=depth) != -1


def test_an_unknown_limit_of_the_clock_is_refused():
    with pytest.raises(ValueError, match="'oo' or '0'"):
        judge_gauge("theta", np.zeros((1, 9)), 0.0, np.arange(9.0), towards="1", depth=0)
