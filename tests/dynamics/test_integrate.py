"""The integrator: closed forms, every outcome, and the fallback."""

from __future__ import annotations

import numpy as np
import pytest

from verify.dynamics.integrate import Outcome, arrived, integrate, sampled


def decay(rate):
    """y' = rate (cos t - y), whose slow solution is (rate^2 cos t + rate sin t)/(1 + rate^2)."""
    return (
        lambda t, y: rate * (np.cos(t) - y),
        lambda t, y: np.array([[-rate]]),
        lambda t: (rate**2 * np.cos(t) + rate * np.sin(t)) / (1 + rate**2),
    )


@pytest.mark.parametrize("rate", [1.0, 1e3, 1e6])
def test_stiff_decay_against_its_closed_form(rate):
    field, jacobian, exact = decay(rate)
    run = integrate(field, jacobian, 0.0, np.array([exact(0.0)]), 10.0, tolerance=1e-9, budget=5000)
    clock = np.linspace(0, 10, 57)
    assert run.outcome is Outcome.REACHED
    assert run.solver == "LSODA"
    assert run.clock[-1] == 10
    np.testing.assert_allclose(run.at(clock)[:, 0], exact(clock), atol=2e-8)


@pytest.mark.spec("margin-kkt/T0/E9")
@pytest.mark.spec("margin-kkt/T4/E2")
def test_radau_takes_over_where_lsoda_gives_up():
    """One NaN and LSODA is lost (it accepts the step); Radau starts again and arrives."""
    field, jacobian, exact = decay(1e3)
    calls = 0

    def moody(t, y):
        nonlocal calls
        calls += 1
        return np.full_like(y, np.nan) if calls == 30 else field(t, y)

    run = integrate(moody, jacobian, 0.0, np.array([exact(0.0)]), 1.0, tolerance=1e-8, budget=2000)
    assert run.outcome is Outcome.REACHED
    assert run.solver == "Radau"
    assert run.evaluations == calls
    np.testing.assert_allclose(run.states[-1, 0], exact(1.0), atol=1e-7)


def test_budget_stops_both_solvers():
    field, jacobian, exact = decay(1e3)
    run = integrate(field, jacobian, 0.0, np.array([exact(0.0)]), 1e4, tolerance=1e-10, budget=300)
    assert run.outcome is Outcome.BUDGET
    assert run.evaluations <= 302
    assert 0 < run.clock[-1] < 1e4
    assert np.isnan(run.at(np.array([run.clock[-1] * 1.01]))).all()


def test_a_pole_is_never_passed_silently():
    """y' = y^2 from 1 has a pole at t = 1."""
    run = integrate(lambda t, y: y**2, lambda t, y: np.diag(2 * y), 0.0, np.ones(1), 2.0, tolerance=1e-8, budget=4000)
    assert run.outcome in (Outcome.STEP_COLLAPSE, Outcome.NON_FINITE, Outcome.BUDGET)
    assert run.clock[-1] <= 1 + 1e-6


def test_nan_everywhere_is_not_finite():
    run = integrate(
        lambda t, y: y * np.nan, lambda t, y: np.full((1, 1), np.nan), 0.0, np.ones(1), 1.0, tolerance=1e-8, budget=500
    )
    assert run.outcome in (Outcome.NON_FINITE, Outcome.STEP_COLLAPSE)
    assert np.isfinite(run.states).all()


def test_halt_sees_the_start_and_every_step():
    field, jacobian, exact = decay(10.0)
    seen = []

    def halt(t, y):
        seen.append(t)
        return Outcome.CLOCK_STOPPED if t > 0.5 else None

    run = integrate(field, jacobian, 0.0, np.array([exact(0.0)]), 5.0, tolerance=1e-8, budget=2000, halt=halt)
    assert run.outcome is Outcome.CLOCK_STOPPED
    assert seen == list(run.clock)
    assert seen[-2] <= 0.5 < seen[-1]
    stopped = integrate(
        field, jacobian, 1.0, np.ones(1), 5.0, tolerance=1e-8, budget=2000, halt=lambda t, y: Outcome.REACHED
    )
    assert stopped.evaluations == 0
    assert stopped.at(np.array([1.0, 2.0]))[0] == 1
    assert np.isnan(stopped.at(np.array([2.0]))).all()


def test_until_cuts_a_run_short():
    field, jacobian, exact = decay(10.0)
    run = integrate(field, jacobian, 0.0, np.array([exact(0.0)]), 5.0, tolerance=1e-8, budget=2000)
    short = run.until(3, Outcome.CLOCK_STOPPED)
    assert short.outcome is Outcome.CLOCK_STOPPED
    assert list(short.clock) == list(run.clock[:4])
    assert (short.states == run.states[:4]).all()
    inside, beyond = np.linspace(0, run.clock[3], 7), run.clock[4:6]
    assert (short.at(inside) == run.at(inside)).all()
    assert np.isnan(short.at(beyond)).all()


def test_every_outcome_is_a_sentence():
    for outcome in Outcome:
        assert outcome.value[0].isupper()
        assert outcome.value.endswith(".")


@pytest.mark.parametrize("rate", [1.0, 1e3, 1e6])
def test_rows_that_are_known_beforehand_against_their_closed_form(rate):
    field, jacobian, exact = decay(rate)
    clock = np.linspace(0, 10, 57)
    run = sampled(field, jacobian, np.array([exact(0.0)]), clock, tolerance=1e-9, budget=5000)
    assert (run.outcome, run.solver) == (Outcome.REACHED, "LSODA")
    assert run.states[0, 0] == exact(0.0)
    np.testing.assert_allclose(run.states[:, 0], exact(clock), atol=2e-8)


def test_a_jacobian_that_is_not_symmetric_is_given_the_right_way_round():
    """A turned one would not fail, but take many times as many right-hand sides."""
    matrix = np.array([[-1.0, 999.0], [0.0, -1000.0]])
    clock, start = np.linspace(0, 20, 9), np.array([1.0, 1.0])

    def run(jacobian):
        return sampled(lambda t, y: matrix @ y, lambda t, y: jacobian, start, clock, tolerance=1e-9, budget=20000)

    right = run(matrix)
    # e^{-1000 t} moves along (1, -1), so the first entry is 2 e^{-t} - e^{-1000 t}.
    np.testing.assert_allclose(right.states[1:, 0], 2 * np.exp(-clock[1:]), atol=1e-8)
    assert right.evaluations < run(matrix.T).evaluations


def test_where_lsoda_does_not_arrive_the_careful_integration_says_why():
    field, jacobian, exact = decay(1e3)
    clock, start = np.linspace(0.0, 1e4, 5), np.array([exact(0.0)])
    assert arrived(field, jacobian, start, clock, tolerance=1e-10, budget=300) is None
    run = sampled(field, jacobian, start, clock, tolerance=1e-10, budget=300)
    assert run.outcome is Outcome.BUDGET
    assert np.isnan(run.states[-1]).all()
    assert run.states[0] == start


def test_a_pole_is_never_passed_between_rows():
    clock = np.array([0.0, 0.5, 2.0])
    run = sampled(lambda t, y: y**2, lambda t, y: np.diag(2 * y), np.ones(1), clock, tolerance=1e-8, budget=4000)
    assert run.outcome is not Outcome.REACHED
    assert run.states[1] == pytest.approx(2)
    assert np.isnan(run.states[2]).all()


def test_a_number_that_is_not_finite_is_no_arrival():
    def lost(t, y):
        return np.full_like(y, np.nan) if t > 0.5 else -y

    assert arrived(lost, None, np.ones(1), np.linspace(0.0, 1.0, 5), tolerance=1e-8, budget=2000) is None
