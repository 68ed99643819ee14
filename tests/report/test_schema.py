"""The published schema accepts the hand-made report and refuses what must not pass for one."""

from __future__ import annotations

import copy

import pytest

from tests.report import examples
from verify.errors import BadInput
from verify.report.read import checked, validator


def test_the_example_follows_the_schema():
    assert checked(examples.report())


@pytest.mark.parametrize("record", examples.RECORDS, ids=lambda record: record["case"])
def test_every_kind_of_record_is_valid_and_every_field_is_required(record):
    assert validator("record").is_valid(record)
    optional = {"left_out", "distance", "figure", "of", "drops"}
    for field in record.keys() - optional:
        assert not validator("record").is_valid({key: value for key, value in record.items() if key != field}), field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("verdict", "PASSED"),
        ("grade", "PROVED"),
        ("kind", "check"),
        ("statement_hash", "abc"),
        ("measured", {"margin": 1.5}),
        ("measured", {"margin": [1.5, -0.1]}),
        ("measured", {"margin": "4/6.0"}),
        ("measured", {"margin": "0x10"}),
        ("resolution", "1e-5"),
        ("instances", -1),
        ("seed", None),
        ("expected", None),
        ("checked_by", "kernel"),
        ("sampling", 1.5),
        ("formula", "x > 0"),
        ("name", "../../etc/passwd"),
        ("theorem", "<script>"),
        ("remark", "unknown fields are refused"),
    ],
)
def test_what_a_record_may_not_say(field, value):
    assert not validator("record").is_valid({**examples.CONCLUSION, field: value})


def test_a_step_has_a_checker_and_no_seed_and_an_ablation_says_what_it_drops():
    assert not validator("record").is_valid({**examples.STEP, "checked_by": None})
    assert not validator("record").is_valid({**examples.STEP, "seed": 0})
    assert not validator("record").is_valid({**examples.ABLATION, "drops": None})
    assert not validator("record").is_valid({**examples.MUTANT, "of": None})
    assert not validator("record").is_valid({**examples.CONJECTURE, "expected": "HOLDS"})


def test_exact_enclosed_and_measured_numbers_cannot_be_mistaken_for_each_other():
    number = validator("measurement")
    for value in (None, "7/3", "-2", ["3*2^-1", "1*2^-60"], [1.5, 1e-9], [1.5, None]):
        assert number.is_valid(value), value
    for value in (1.5, "1.5", ["3/2", "1/4"], [1.5], [1.5, "1/4"], ["3*2^-1"], [[1.5, 0.1]], True):
        assert not number.is_valid(value), value


def test_names_that_disagree_are_refused_in_a_sentence():
    report = examples.report()
    report["statements"]["another"] = copy.deepcopy(examples.STATEMENT)
    with pytest.raises(BadInput, match="the two names must agree"):
        checked(report)
    report = examples.report()
    del report["statements"]["loss-falls-for-ever"]
    with pytest.raises(BadInput, match="no statement of that name"):
        checked(report)


def test_a_refusal_names_the_place():
    report = examples.report()
    report["records"][3]["verdict"] = "PASSED"
    with pytest.raises(BadInput, match=r"records/3/verdict.*'PASSED'"):
        checked(report)
