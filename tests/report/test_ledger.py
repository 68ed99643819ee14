"""The ledger: computed, the same on every machine, and compared with the committed one."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

from tests.report import examples
from verify.report import ledger
from verify.report.cuda import NEVER_RUN, cuda_sentence


def test_an_entry_holds_status_fidelity_hash_and_counts():
    entry = ledger.ledger(examples.report(), NEVER_RUN)["theorems"]["linear-max-margin"]
    assert entry["status"] == "SUPPORTED"
    assert entry["fidelity"] == "RECONSTRUCTED"
    assert entry["file_hash"] == "d" * 64
    assert entry["steps"] == {"kernel": 1, "cas": 1, "cited": 1}
    assert entry["hypotheses"] == {"TESTED": 1, "BY CONSTRUCTION": 0, "ASSUMED": 1}
    assert entry["mutants"] == [1, 1]


def test_the_machine_and_the_hour_leave_no_trace():
    report = examples.report()
    fresh = examples.report()
    fresh["environment"] |= {"platform": "another", "started": "2030-01-01T00:00:00Z", "seconds": 1.0, "seed": 7}
    for record in fresh["records"]:
        record["seconds"] = 9.0
    assert ledger.texts(report, NEVER_RUN) == ledger.texts(fresh, NEVER_RUN)


def test_written_read_and_compared(tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    report = examples.report()
    assert "fresh ledger.json" in ledger.drift(report, folder)
    ledger.write(report, folder)
    assert ledger.drift(report, folder) == ""
    assert ledger.read(tmp_path) == ledger.ledger(report, NEVER_RUN)
    report["records"][6] |= {"verdict": "HOLDS", "as_expected": False}  # a mutant survives
    changed = ledger.drift(report, folder)
    assert '-   "status": "SUPPORTED"' in changed
    assert '+   "status": "UNDECIDED"' in changed
    assert "0 of 1" in changed


def test_a_report_of_a_part_of_the_cases_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    report = examples.report()
    report["environment"]["cases"] = {"linear-max-margin": len(report["records"]) + 1}
    (tmp_path / "report.json").write_text(json.dumps(report))
    assert ledger.main(["report.json"]) == 2
    assert "holds only a part of the cases of linear-max-margin" in capsys.readouterr().err
    assert not list((tmp_path / "reports").iterdir())


def test_an_entry_is_stale_when_its_file_has_changed(tmp_path):
    file = tmp_path / "theorem.py"
    file.write_text("a = 1\n")
    entry = {"file_hash": hashlib.sha256(b"a = 1\n").hexdigest()}
    assert not ledger.is_stale(entry, file)
    file.write_text("a = 2\n")
    assert ledger.is_stale(entry, file)


def test_a_table_cell_cannot_break_the_table():
    report = examples.report()
    report["statements"]["linear-max-margin"]["about"]["file"] = "a|b\n<script>"
    table = ledger.markdown(ledger.ledger(report, NEVER_RUN)).splitlines()
    rows = [line for line in table if line.startswith("|")]
    assert len(rows) == 4
    assert "a\\|b &lt;script>" in rows[2]


def test_cuda_is_claimed_only_from_a_file_that_a_card_wrote(tmp_path):
    assert cuda_sentence(tmp_path) == NEVER_RUN
    (tmp_path / "A.json").write_text(json.dumps({"card": "A", "passed": False}))
    assert cuda_sentence(tmp_path) == NEVER_RUN
    (tmp_path / "B.json").write_text(json.dumps({"card": "B", "passed": True}))
    assert cuda_sentence(tmp_path) == "CUDA: verified on B."


def test_the_ledger_is_read_without_importing_what_computes():
    code = "import sys; from verify.report import ledger; ledger.read(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "sympy", "torch", "cvxpy", "jinja2", "matplotlib", "jsonschema"} & set(loaded)
