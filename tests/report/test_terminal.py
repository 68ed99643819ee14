"""The closing lines of a run at three widths, with and without colour, on a screen and in a pipe.

`python -m tests.report.test_terminal` writes the snapshots anew; what they hold is then read like any other change.
"""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

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


SNAPSHOTS = Path(__file__).parent / "snapshots"
WIDTHS = [(60, False), (60, True), (80, False), (80, True), (120, False), (120, True)]


def snapshot(width: int, colour: bool) -> Path:
    return SNAPSHOTS / f"summary-{width}{'-colour' if colour else ''}.txt"


@pytest.mark.parametrize(("width", "colour"), WIDTHS)
def test_the_lines_are_those_of_the_snapshot(width, colour):
    assert summary(off(), width, colour) == snapshot(width, colour).read_text(encoding="utf-8")


def command(tmp_path: Path) -> list[str]:
    (tmp_path / "report.json").write_text(json.dumps(off()))
    return [sys.executable, "-c", "from verify.cli import main; main()", "report", str(tmp_path)]


def test_a_pipe_gets_plain_text(tmp_path):
    printed = subprocess.run(command(tmp_path), capture_output=True, text=True, check=True).stdout
    assert printed == summary(off(), 100) + f"report: {tmp_path / 'index.html'}\n"


@pytest.mark.parametrize(("width", "colour"), [(80, True), (80, False)])
def test_a_terminal_gets_its_width_and_colour_unless_it_wants_none(tmp_path, width, colour):
    screen, side = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(width), "NO_COLOR": "" if colour else "1"}
    subprocess.run(command(tmp_path), stdout=side, env=environment, check=True)
    os.close(side)
    printed = b""
    try:
        while part := os.read(screen, 65536):
            printed += part
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(screen)
    assert printed.decode().replace("\r\n", "\n").startswith(snapshot(width, colour).read_text(encoding="utf-8"))


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


if __name__ == "__main__":
    for width, colour in WIDTHS:
        snapshot(width, colour).write_text(summary(off(), width, colour), encoding="utf-8")
