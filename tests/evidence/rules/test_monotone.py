"""Nondecreasing: rows in the wrong order, recorded rates, and what bars can hide."""

from __future__ import annotations

import numpy as np
import pytest

from verify.evidence.rules.monotone import judge_monotone

RISING = np.linspace(0.0, 1.0, 50)


def verdict(value, error=0.0, **options):
    found = judge_monotone(np.atleast_2d(value), error, **options)
    return int(found.answers[0]), found.reasons[0].code


def test_a_rise_with_narrow_bars_holds():
    assert verdict(RISING) == (1, "rises")
    assert verdict(RISING, 0.005) == (1, "rises")
    assert verdict(RISING, 0.02) == (0, "rise-too-small")


def test_two_rows_with_disjoint_bars_in_the_wrong_order_refute():
    dipping = RISING.copy()
    dipping[30] = dipping[20]
    assert verdict(dipping, 0.001) == (-1, "falls")
    assert verdict(dipping, 0.2) == (0, "dips")
    assert verdict(-RISING, 0.001) == (-1, "falls")


def test_rows_need_not_be_neighbours():
    """Each step lies within the bars; over ten rows the fall does not."""
    slowly = np.concatenate([RISING, 1 - np.linspace(0, 0.02, 40)])
    assert np.max(-np.diff(slowly)) < 2 * 0.004
    assert verdict(slowly, 0.004) == (-1, "falls")


def test_a_small_dip_within_bars_that_would_pass_stays_open():
    """The bars are below 1 % of the rise and hide the dip; narrower ones would refute, so it must not hold."""
    dipping = RISING.copy()
    dipping[25] = dipping[24] - 0.012
    assert verdict(dipping, 0.008) == (0, "dips")
    assert verdict(dipping, 0.005) == (-1, "falls")
    assert verdict(dipping, 0.008, rate=np.ones((1, 50))) == (0, "dips")


def test_a_negative_rate_refutes_whatever_the_rows_say():
    rate = np.ones(50)
    rate[17] = -0.1
    assert verdict(RISING, 0.001, rate=rate[None], rate_error=0.01) == (-1, "rate-negative")
    assert verdict(RISING, 0.001, rate=rate[None], rate_error=0.2)[0] == 1
    assert verdict(RISING, 0.5, rate=rate[None], rate_error=0.2) == (0, "rate-within-error")


def test_positive_rates_hold_where_bars_of_the_values_are_wide():
    assert verdict(RISING, 0.3, rate=np.ones((1, 50)), rate_error=0.1) == (1, "rates-positive")
    assert verdict(RISING[::-1], 0.001, rate=np.ones((1, 50)), rate_error=0.1) == (-1, "falls")


def test_a_resolution_allows_a_relative_drop():
    """A margin that one example attains is constant, and its rounding falls and rises."""
    constant = 0.14 * (1 + 1e-12 * np.sin(np.arange(50)))
    assert verdict(constant, 1e-13)[0] != 1
    assert verdict(constant, 1e-13, resolution=1e-9) == (1, "rises")
    assert verdict(constant * (1 - 1e-6 * RISING), 1e-13, resolution=1e-9) == (-1, "falls")
    assert verdict(constant, 1e-8, resolution=1e-9)[0] == 0


def test_rows_not_measured_leave_it_open_unless_others_refute():
    holed = RISING.copy()
    holed[10] = np.nan
    assert verdict(holed) == (0, "rows-not-measured")
    holed[20] = holed[5]
    assert verdict(holed, 0.001) == (-1, "falls")


def test_rows_that_are_not_there_do_not_count():
    ragged = np.where(np.arange(50) < 30, RISING, np.nan)
    assert verdict(ragged, exists=(np.arange(50) < 30)[None]) == (1, "rises")
    wrong = np.where(np.arange(50) < 30, RISING, -1.0)
    assert verdict(wrong, exists=(np.arange(50) < 30)[None]) == (1, "rises")


@pytest.mark.parametrize("value", [[], [1.0], [np.nan, np.nan], [np.nan, 1.0]])
def test_fewer_than_two_rows_decide_nothing(value):
    assert verdict(np.array(value)[None] if value else np.empty((1, 0))) == (0, "too-few-rows")


def test_the_smallest_drop_that_would_have_been_seen():
    found = judge_monotone(RISING[None], 0.004)
    (power,) = found.power
    assert power == pytest.approx(0.008)
    for depth, expected in ((1.01, -1), (0.99, 0)):
        dipping = RISING.copy()
        dipping[30] = dipping[29] - depth * power
        assert verdict(dipping, 0.004)[0] == expected
