"""Tends on sequences with known limits."""

from __future__ import annotations

import numpy as np
import pytest

from tests.evidence.rules.clocks import ALPHAS, DECADES, LADDER, LONG, loglog
from verify.evidence.rules.tends import judge_limit

EXACT = 1e-12


def verdict(value, limit, s, *, towards="oo", error: np.ndarray | float = EXACT, resolution: float | None = 0.02):
    return judge_limit(
        np.atleast_2d(value), error, limit, 0.0, s if towards == "oo" else -s, towards=towards, resolution=resolution
    )


def answer(*args, **options) -> int:
    return int(verdict(*args, **options).answers[0])


CASES = {
    "a power of t": (DECADES, "oo", lambda s: np.exp(-s / 2)),
    "half-integer powers of h": (LADDER, "0", lambda s: 0.4 * np.exp(-s / 2) - 0.7 * np.exp(-s) + np.exp(-1.5 * s)),
    "a small power of alpha": (ALPHAS, "0", lambda s: 2 * np.exp(-0.2 * s)),
    "1/log t": (LONG, "oo", lambda s: 3 / s),
    "log log t / log t": (LONG, "oo", lambda s: 2 * np.log(s) / s),
    "a power of 1/log t": (LONG, "oo", lambda s: 2 * s**-0.5),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("sign", [-1, 1])
def test_convergence_on_each_scale(case, sign):
    s, towards, distance = CASES[case]
    value = 1.5 + sign * distance(s)
    assert answer(value, 1.5, s, towards=towards) == 1
    assert answer(value, 1.5 + 0.2, s, towards=towards) == -1
    assert answer(value, 1.5 - 0.2, s, towards=towards) == -1


STEPS = np.arange(1.0, 81.0)
ITERATIONS = np.log(STEPS)


@pytest.mark.parametrize("factor", [0.5, 0.75, -0.75])
def test_a_geometric_sequence_over_iterations(factor):
    """Its whole course takes four units of log n, so that no fit in log n settles it."""
    value = 1.5 - 3 * factor**STEPS
    assert verdict(value, 1.5, ITERATIONS, resolution=1e-6).reasons[0].code == "geometric"
    assert answer(value, 1.5 + 1e-5, ITERATIONS, resolution=1e-6) == -1
    assert answer(value[:16], 1.5, ITERATIONS[:16], resolution=1e-6) == 0


@pytest.mark.parametrize(
    "value",
    [
        1 - STEPS / 80.0001,  # passes through zero just after its last row
        (1 - STEPS / 80.01) ** 3,
        0.9**STEPS + 2e-3 / (1 + ITERATIONS),  # the slow part has come out
    ],
)
def test_what_only_looks_geometric_does_not_hold(value):
    assert answer(value, 0.0, ITERATIONS, resolution=1e-6) != 1
    assert answer(value, value[-1], ITERATIONS, resolution=1e-6) != 1


def test_the_distance_must_have_come_within_the_resolution():
    """Extrapolation finds the limit to 1e-6, and the last row is still 0.1 away."""
    found = verdict(1 / DECADES, 0.0, DECADES)
    assert abs(found.measured["limit"][0][0]) < 1e-4
    assert (found.answers[0], found.reasons[0].code) == (0, "not-settled")


def test_a_constant_at_its_limit_holds_and_away_from_it_is_refuted():
    level = np.full_like(DECADES, 2.0)
    assert answer(level, 2.0, DECADES, error=0.0) == 1
    assert answer(level, 2.5, DECADES, error=0.0) == -1


def test_a_level_distance_within_the_resolution_stays_open():
    """It does not fall, so nothing says that it tends to 0."""
    assert answer(np.full_like(DECADES, 2.015), 2.0, DECADES) == 0


def test_a_solver_floor_holds_when_the_bars_are_within_the_resolution():
    rng = np.random.default_rng(2)
    floor = np.exp(-2 * DECADES) + 1e-3 * rng.uniform(-1, 1, DECADES.shape)
    assert answer(1 + floor, 1.0, DECADES, error=1e-3) == 1
    assert answer(1 + floor, 1.0, DECADES, error=1e-3, resolution=1e-4) == 0
    assert answer(1 + floor, 1.1, DECADES, error=1e-3) == -1


@pytest.mark.parametrize("growth", [lambda s: 0.3 * s, lambda s: 0.3 * loglog(s), lambda s: np.exp(0.3 * s)])
@pytest.mark.parametrize("s", [DECADES, LADDER])
def test_passing_by_the_claimed_limit_is_no_convergence(growth, s):
    """The distance falls and is within the resolution at the last row, by coincidence."""
    value = growth(s)
    for offset in (0.0, 0.005, 0.015):
        assert answer(value, value[-1] + offset, s) <= 0


def test_a_slow_crossing_never_holds():
    value = loglog(LONG)
    found = [answer(value, value[-1] + offset, LONG) for offset in np.linspace(-0.02, 0.02, 9)]
    assert max(found) <= 0


@pytest.mark.parametrize("growth", [lambda s: np.exp(s / 2), lambda s: 2 * s, lambda s: s**0.5])
def test_a_distance_that_grows_is_refuted(growth):
    assert answer(1 + growth(DECADES), 1.0, DECADES) == -1


def test_an_undamped_oscillation_never_holds():
    turn = 2 * np.pi * 4 * (DECADES - DECADES[0]) / np.ptp(DECADES)
    answers = [answer(np.sin(turn + phase), 0.0, DECADES) for phase in np.linspace(0, 6, 12)]
    assert max(answers) <= 0


def test_a_damped_oscillation_is_not_refuted():
    turn = 2 * np.pi * 4 * (DECADES - DECADES[0]) / np.ptp(DECADES)
    answers = [answer(np.exp(-DECADES) * np.sin(turn + phase), 0.0, DECADES) for phase in np.linspace(0, 6, 12)]
    assert min(answers) >= 0


@pytest.mark.parametrize("sign", [-1, 1])
def test_an_infinite_limit(sign):
    for growing in (np.exp(DECADES), 3 * DECADES - 7, loglog(DECADES), np.exp(DECADES / 3) - 5):
        assert answer(sign * growing, sign * np.inf, DECADES) == 1
        assert answer(-sign * growing, sign * np.inf, DECADES) == -1
    for level in (2 - np.exp(-DECADES), 5 + np.exp(-DECADES / 2), np.full_like(DECADES, 3.0)):
        assert answer(sign * level, sign * np.inf, DECADES) == -1
    assert answer(sign * LONG, sign * np.inf, LONG) == 1
    assert answer(sign * loglog(LONG), sign * np.inf, LONG) == 1
    assert answer(sign / LONG, sign * np.inf, LONG) == -1


def test_finite_and_infinite_limits_in_one_batch():
    value = np.stack([np.exp(-DECADES), DECADES, np.exp(-DECADES), DECADES])
    found = judge_limit(value, EXACT, np.array([0.0, np.inf, np.inf, 0.0]), 0.0, DECADES, towards="oo", resolution=0.02)
    assert list(found.answers) == [1, 1, -1, -1]
    assert np.isnan(found.measured["limit"][0][[1, 2]]).all()


def test_without_a_resolution_nothing_is_decided():
    found = verdict(np.exp(-DECADES), 0.0, DECADES, resolution=None)
    assert (found.answers[0], found.reasons[0].code) == (0, "no-resolution")
    assert found.measured["limit"][0][0] == pytest.approx(0, abs=1e-6)


def test_too_few_rows_and_rows_not_measured():
    assert verdict(np.zeros(4), 0.0, DECADES[:4]).reasons[0].code == "too-few-rows"
    value = np.exp(-DECADES)
    value[::2] = np.nan
    assert answer(value, 0.0, DECADES) == 1
    assert answer(np.full_like(value, np.nan), 0.0, DECADES) == 0


def test_errors_of_the_limit_count():
    """A reference value that is itself uncertain by more than the resolution decides nothing."""
    found = judge_limit(
        np.exp(-DECADES)[None], EXACT, np.array([0.0]), np.array([0.05]), DECADES, towards="oo", resolution=0.02
    )
    assert found.answers[0] == 0


def test_the_resolving_power_is_a_shift_that_the_same_rows_refute():
    value = 1 + np.exp(-DECADES / 2)
    power = verdict(value, 1.0, DECADES).power[0]
    assert 0.02 <= power < 0.06
    for sign in (-1, 1):
        assert answer(value, 1 + sign * 1.1 * power, DECADES) == -1
