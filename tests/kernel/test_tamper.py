"""The tampering of `make tamper` on a small report: nothing gets through, and a checker that is too loose is found out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.margin import margin_block
from tests.kernel.test_audit import sample
from tests.kernel.test_margin import found
from tests.tamper import numbers, others, tamper
from verify.kernel import kinds


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
