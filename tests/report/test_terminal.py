"""The closing lines of a run at three widths, with and without colour."""

from __future__ import annotations

import re

import pytest

from tests.report import examples
from verify.report.terminal import summary


def off() -> dict:
    report = examples.report()
    report["records"][1] |= {"verdict": "INCONCLUSIVE", "as_expected": False}
    return report


def test_everything_as_expected():
    assert summary(examples.report()).splitlines() == [
        "linear-max-margin    SUPPORTED",
        "  steps: 1 kernel, 1 cas, 1 cited; conclusions: 2 of 2 cases hold (2 estimated); mutants: 1 of 1",
        "  fell; ablations: 1 of 1 fell; 5.8 s",
        "loss-falls-for-ever  UNDECIDED",
        "  conclusions: 0 of 1 cases hold (1 estimated); 0.8 s",
        "",
        "11 cases, all as expected in 12.5 s.",
    ]


def test_what_came_out_otherwise_is_told_with_reason_and_command():
    text = summary(off())
    assert (
        "linear-max-margin::conclusion[margin-reached]-rational\n  INCONCLUSIVE, estimated, 1 instance, tau to 1e+06; expected HOLDS\n"
        in text
    )
    assert "  verify check linear-max-margin -k 'conclusion[margin-reached]-rational' --seed 0\n" in text
    assert text.endswith("1 of 11 cases did not come out as expected in 12.5 s.\n")


def test_an_interrupted_run_says_so():
    report = examples.report()
    report["environment"] |= {"planned": 20, "seconds": None}
    assert summary(report).endswith("11 of 20 planned cases ended, all as expected; the run was interrupted.\n")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_colour_changes_no_character_and_prose_fits_the_width(width):
    plain, coloured = summary(off(), width), summary(off(), width, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    stripped = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in stripped.splitlines()] == plain.splitlines()
    assert all(len(line) <= width for line in plain.splitlines() if "verify check" not in line)


def test_text_from_a_file_cannot_drive_the_terminal():
    report = off()
    report["records"][1] |= {
        "case": "x\x1b[2J\r\x07y\u202e",
        "reason": {"code": "x", "sentence": "[red]a[/red] \x9b31m"},
    }
    text = summary(report)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert "[red]a[/red]" in text


def test_many_unexpected_cases_are_counted():
    report = examples.report(tuple({**examples.CONCLUSION, "as_expected": False} for _ in range(50)))
    text = summary(report)
    assert text.count("verify check") == 20
    assert "and 30 more" in text
