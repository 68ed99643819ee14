"""The table of how often we are wrong: counted, bounded, and compared with a run of the same seed."""

from __future__ import annotations

import json

import pytest

from tests.report import examples
from verify.report import calibration, ledger
from verify.report.cuda import NEVER_RUN

CONCLUSION, MUTANT = "conclusion[margin-reached]-rational", "mutant[log-s]-rational"


def table(**changed: str) -> dict:
    """Three seeds of the example theorem; `changed` replaces the letters of groups' only claims."""
    letters = {
        "conclusions": "HHH",
        "controls": "HHI",
        "mutants": "RRR",
        "ablations": "RRI",
        "generic mutants": "RIR",
        "true variants": "HHH",
    }
    claims = {"conclusions": CONCLUSION, "mutants": MUTANT}
    verdicts = {group: {claims.get(group, "claim"): changed.get(group, letters[group])} for group in calibration.GROUPS}
    row = {"file_hash": "d" * 64, "seeds": [0, 1, 2], "verdicts": verdicts}
    return {"schema": 1, "level": "quick", "theorems": {"linear-max-margin": row}}


@pytest.mark.parametrize(
    ("errors", "tries", "interval"),
    # Clopper & Pearson (1934): the textbook's 1 of 10; 0 of n has the upper end 1 - (1/40)^(1/n), n of n mirrors it
    [(1, 10, (0.0025, 0.4450)), (0, 10, (0.0, 1 - 0.025**0.1)), (10, 10, (0.025**0.1, 1.0))],
)
def test_the_interval_is_clopper_and_pearsons(errors, tries, interval):
    assert calibration.interval(errors, tries) == pytest.approx(interval, abs=5e-5)


def test_nothing_is_wrong_with_an_open_verdict():
    assert list(calibration.wrong(table())) == []


@pytest.mark.parametrize(
    ("group", "letters", "sentence"),
    [
        ("conclusions", "HRH", f"linear-max-margin, conclusions: {CONCLUSION} is refuted at the seeds 1"),
        ("mutants", "HRH", f"linear-max-margin, mutants: {MUTANT} holds at the seeds 0, 2"),
        ("generic mutants", "RRH", "linear-max-margin, generic mutants: claim holds at the seeds 2"),
        ("true variants", "RHH", "linear-max-margin, true variants: claim is refuted at the seeds 0"),
    ],
)
def test_a_false_claim_that_holds_and_a_true_one_that_is_refuted_are_told(group, letters, sentence):
    assert list(calibration.wrong(table(**{group: letters}))) == [sentence]


def test_a_run_is_compared_with_the_letters_of_its_own_seed():
    report = examples.report()
    same = table(conclusions="HII", mutants="RHH")
    assert list(calibration.differing(same, report)) == []
    other = table(conclusions="IHH")
    assert list(calibration.differing(other, report)) == [
        f"linear-max-margin::{CONCLUSION} is HOLDS at the seed 0, and was INCONCLUSIVE when calibrated"
    ]
    report["environment"]["seed"] = 7  # not calibrated
    assert list(calibration.differing(other, report)) == []
    edited = table(conclusions="IHH")
    edited["theorems"]["linear-max-margin"]["file_hash"] = "e" * 64
    assert list(calibration.differing(edited, examples.report())) == []


def test_the_ledger_prints_the_counts_and_says_when_they_are_of_an_earlier_file(tmp_path):
    (tmp_path / calibration.FILE).write_text(json.dumps(table()))
    ledger.write(examples.report(), tmp_path)
    text = (tmp_path / "LEDGER.md").read_text()
    assert "| linear-max-margin | 3 | 3, 0, 0 | 2, 0, 1 | 3, 0, 0 | 0, 3, 0 | 0, 2, 1 | 0, 2, 1 |" in text
    assert "0 of 9 true claims were refuted: between 0 and 0.34" in text  # 1 - (1/40)^(1/9) = 0.336
    assert "89% were decided" in text
    assert ledger.drift(examples.report(), tmp_path) == ""
    edited = examples.report()
    edited["statements"]["linear-max-margin"]["about"]["file_hash"] = "e" * 64
    assert "| linear-max-margin (of an earlier file) |" in ledger.texts(edited, NEVER_RUN, table())["LEDGER.md"]


def test_without_a_table_the_ledger_has_no_such_section():
    assert "How often are we wrong" not in ledger.texts(examples.report(), NEVER_RUN)["LEDGER.md"]
