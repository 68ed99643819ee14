"""The tampering of `make tamper` on a small report: nothing gets through, and a checker that is too loose is found out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.margin import margin_block
from tests.kernel.test_audit import sample
from tests.kernel.test_margin import found
from tests.tamper import main, numbers, others, tamper
from verify.kernel import kinds, programmes


def report() -> dict[str, Any]:
    """The sample report, and three steps of the smoothed margin."""
    together, block, names = sample(), margin_block(), ("entropy", "tau", "euler")
    block["steps"] = [step for step in block["steps"] if step["name"] in names]
    together["statements"]["smoothed-margin"] = block
    together["records"] += [
        {"theorem": "smoothed-margin", "kind": "step", "name": name, "checked_by": "kernel", "certificate": found(name)}
        for name in names
    ]
    return together


class InThisProcess:
    """A pool of one process, this one, in which a checker that has been loosened stays so."""

    def __init__(self, _: int, start: Any, arguments: tuple[Any, ...]) -> None:
        start(*arguments)

    def __enter__(self) -> InThisProcess:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def imap_unordered(self, function: Any, tasks: list[Any]) -> Any:
        return map(function, tasks)


def test_nothing_gets_through() -> None:
    counts = tamper(report())
    assert not [outcome for outcome in counts if "ACCEPTED" in outcome or outcome.endswith(": accepted")]
    assert counts["refused"] > 30 and counts["swapped: refused"] > 0 and counts["a second definition: refused"] == 2


def test_a_loose_checker_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.RELATIONS, "inequality", lambda *_: None)
    assert tamper(report())["swapped: accepted"] > 0
    monkeypatch.undo()
    monkeypatch.setitem(
        kinds.REFERENCES, "qp", lambda template, data, found: f"the minimum of it () is {found['primal'][0]}"
    )
    assert tamper(report())["ACCEPTED"] > 0


def test_every_number_is_changed() -> None:
    certificate = {"kind": "x2", "a": ["1", "2/7", ["var", "b1", "-3"]], "precision": 64, "null": None, "yes": True}
    assert list(numbers(certificate)) == [("a", 0), ("a", 1), ("a", 2, 2), ("precision",)]
    assert all(value not in others(value) for value in ("0", "1", "-2/7", 64))


def test_the_program_changes_all_numbers_and_says_how_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report()))
    assert main([str(path), "--processes", "2"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"(\d+) of \1 numbers were changed", said) and ", 0 of them accepted" in said
    assert "smoothed-margin is done" in said


def test_the_program_fails_when_something_false_is_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report()))
    monkeypatch.setattr("tests.tamper.Pool", InThisProcess)
    monkeypatch.setattr("tests.tamper.BENCH", [])
    monkeypatch.setattr(programmes, "number", programmes.number)  # put back afterwards: the process remembers it
    monkeypatch.setitem(kinds.RELATIONS, "inequality", lambda *_: None)
    assert main([str(path)]) == 1
    assert "swapped: accepted: smoothed-margin" in capsys.readouterr().out
