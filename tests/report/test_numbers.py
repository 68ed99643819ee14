"""Numbers as a reader sees them."""

from __future__ import annotations

import pytest

from verify.report.numbers import measurement, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not measured"),
        ("7/3", "7/3"),
        ([1.5275252316, 3e-11], "1.5275252316 ± 3e-11"),
        ([1.5275252316, 2e-4], "1.52753 ± 0.0002"),
        ([0.0, 1e-12], "0 ± 1e-12"),
        ([1e6, 2.0], "1000000 ± 2"),
        ([-0.5, 4.0], "-0.5 ± 4"),
        ([0.25, 0.0], "0.25 ± 0"),
        ([0.25, None], "0.25 ± unknown"),
        (["3*2^-1", "1*2^-60"], "1.5 ± 8.67361737988e-19 (enclosed)"),
        (["0*2^0", "1*2^-2000"], "0 ± 8.710e-603 (enclosed)"),
        (["-1*2^5000", "0*2^0"], "-1.412e+1505 ± 0 (enclosed)"),
    ],
)
def test_measurements(value, text):
    assert measurement(value) == text


def test_numbers_without_an_error():
    assert number("2/7") == "2/7"
    assert number("1/100000") == "1e-05"
    assert number("1/100") == "1/100"
    assert number(None) == "–"
    assert number(2.5e-7) == "2.5e-07"


@pytest.mark.parametrize("value", ["9" * 100_000, "1/" + "9" * 100_000])
def test_a_number_that_nobody_would_read_is_cut(value):
    assert len(number(value)) < 60
    assert f"{len(value):,} characters" in number(value)


@pytest.mark.parametrize(
    "value", [["9" * 100_000 + "*2^1", "1*2^0"], ["1*2^" + "9" * 100_000, "0*2^0"], ["1*2^-999999", "1*2^999999"]]
)
def test_an_absurd_ball_is_printed_in_bounded_time_and_length(value):
    assert len(measurement(value)) < 150
