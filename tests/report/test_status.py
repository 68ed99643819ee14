"""Each word of a status, from hand-made reports; and what must not be enough for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report import examples
from verify.errors import BadInput
from verify.report.status import DISPROVED, PROVED, SUPPORTED, UNDECIDED, refutable, standing, status, verifiable

X = ["var", "x"]
POSITIVE = ["gt", X, "0"]
LIMIT = ["tends", X, "0", "t"]


def a_report(
    records: list[dict[str, Any]], *, steps: Any = (), hypotheses: Any = (), conclusion: Any = POSITIVE, **about: Any
) -> dict[str, Any]:
    """One theorem with the single conclusion "c"; `about` is merged into the statement's."""
    report = examples.report(tuple({**record, "theorem": "small"} for record in records))
    block = {
        "theorem": "small", "axes": [], "quantities": [], "definitions": [], "hypotheses": list(hypotheses),
        "conclusions": [{"name": "c", "formula": conclusion}], "steps": list(steps),
        "about": {"kind": "theorem", "title": "small", "file": "small.py", "file_hash": "f" * 64, "statement_hash": examples.HASH, **about},
    }  # fmt: skip
    return {**report, "statements": {"small": block}}


def word(*arguments: Any, **named: Any) -> str:
    return status(a_report(*arguments, **named), "small").word


MEASURED = examples.record("conclusion", "c")
REFUTED = {
    **MEASURED,
    "verdict": "REFUTED",
    "as_expected": False,
    "grade": "EXACT",
    "witness": examples.witness("-1/3"),
}
ONE, TWO = (
    {"name": "one", "claim": ["ge", X, "1"], "given": [], "by": "sos"},
    {"name": "two", "claim": POSITIVE, "given": ["one"], "by": "identity"},
)
BY_KERNEL = [examples.step("one", "kernel"), examples.step("two", "kernel")]


def test_proved_here_needs_an_accepted_chain_to_every_conclusion():
    assert word([*BY_KERNEL, MEASURED], steps=[ONE, TWO]) == PROVED
    assert word(BY_KERNEL, steps=[ONE, TWO]) == PROVED  # proved, and never measured
    assert word([*BY_KERNEL[1:], MEASURED], steps=[ONE, TWO]) == SUPPORTED  # the first step was not run
    assert (
        word([*BY_KERNEL, MEASURED], steps=[ONE, {**TWO, "claim": ["ge", X, "0"]}]) == SUPPORTED
    )  # it claims something else


def test_a_refused_step_leaves_the_theorem_undecided():
    refused = {**BY_KERNEL[0], "verdict": "INCONCLUSIVE", "as_expected": False}
    assert word([refused, BY_KERNEL[1], MEASURED], steps=[ONE, TWO]) == UNDECIDED


def test_modulo_counts_each_step_that_the_kernel_did_not_check():
    assert word([examples.step("one", "cited"), BY_KERNEL[1]], steps=[ONE, TWO]) == "PROVED HERE MODULO 1 CITED"
    assert (
        word([examples.step("one", "cited"), examples.step("two", "cas")], steps=[ONE, TWO])
        == "PROVED HERE MODULO 2 CITED"
    )
    unused = {"name": "three", "claim": LIMIT, "given": [], "by": "cited"}
    assert (
        word([*BY_KERNEL, examples.step("three", "cited")], steps=[ONE, TWO, unused]) == PROVED
    )  # not behind the conclusion


def test_steps_that_rest_on_each_other_prove_nothing():
    circular = [{**ONE, "given": ["two"]}, TWO]
    assert word([*BY_KERNEL, MEASURED], steps=circular) == SUPPORTED
    itself = [{**TWO, "given": ["two"]}]
    assert word([BY_KERNEL[1], MEASURED], steps=itself) == SUPPORTED


def test_a_proof_may_use_only_the_hypotheses_that_the_conclusion_needs():
    hypotheses = [{"name": "h", "formula": POSITIVE}, {"name": "k", "formula": POSITIVE}]
    steps = [{**ONE, "given": ["k"]}, TWO]
    needs_h = {"c": {"under": ["h"]}}
    assert word([*BY_KERNEL, MEASURED], steps=steps, hypotheses=hypotheses, conclusions=needs_h) == SUPPORTED
    assert word([*BY_KERNEL, MEASURED], steps=steps, hypotheses=hypotheses) == PROVED  # by default it needs all
    assert (
        word([*BY_KERNEL, MEASURED], steps=steps, hypotheses=hypotheses, conclusions={"c": {"under": []}}) == SUPPORTED
    )


def test_supported_needs_every_case_as_expected():
    assert word([MEASURED]) == SUPPORTED
    undecided = {**MEASURED, "verdict": "INCONCLUSIVE", "as_expected": False}
    assert word([MEASURED, undecided]) == UNDECIDED
    surviving = {**examples.MUTANT, "of": "c", "verdict": "HOLDS", "as_expected": False}
    assert word([MEASURED, surviving]) == UNDECIDED
    assert word([examples.record("control", "k")]) == UNDECIDED  # the conclusion itself was never measured
    assert word([]) == UNDECIDED


def test_a_part_of_the_cases_gives_no_status_unless_it_disproves():
    def found(*records: dict[str, Any], cases: int) -> Any:
        report = a_report(list(records))
        report["environment"]["cases"] = {"small": cases}
        return status(report, "small")

    assert found(MEASURED, cases=1).word == SUPPORTED
    assert found(MEASURED, cases=3).word == "1 OF 3 CASES RUN"
    assert found({**MEASURED, "kind": "probe"}, cases=3).word == "0 OF 3 CASES RUN"  # no case of the plan
    off = found({**MEASURED, "verdict": "INCONCLUSIVE", "as_expected": False}, cases=3)
    assert off.sentence.endswith("; not as expected: conclusion[c]-rational")
    assert {off.look, found(cases=3).look} == {"open"}
    assert found(REFUTED, cases=3).word == DISPROVED  # one rigorous witness is enough


def test_a_conclusion_left_to_the_thorough_level_is_named_and_never_carries_a_theorem_alone():
    two = a_report([MEASURED], conclusions={"later": {"level": "thorough"}})
    two["statements"]["small"]["conclusions"].append({"name": "later", "formula": LIMIT})
    found = status(two, "small")
    assert found.word == SUPPORTED
    assert "left to the thorough level: later" in found.sentence
    two["environment"]["level"] = "thorough"
    assert status(two, "small").word == UNDECIDED
    assert word([examples.record("control", "k")], conclusions={"c": {"level": "thorough"}}) == UNDECIDED


def test_disproved_needs_a_rigorous_witness_to_a_formula_that_numbers_can_refute():
    assert word([REFUTED]) == DISPROVED
    assert word([{**REFUTED, "grade": "ENCLOSED"}]) == DISPROVED
    assert word([{**REFUTED, "grade": "ESTIMATED"}]) == UNDECIDED
    assert word([{**REFUTED, "witness": None}]) == UNDECIDED
    assert word([REFUTED], conclusion=LIMIT) == UNDECIDED  # no finite range refutes a limit
    probe = {**examples.PROBE, "of": "c", "verdict": "REFUTED", "grade": "EXACT", "witness": examples.witness("-1/3")}
    assert word([MEASURED, probe]) == DISPROVED
    assert word([MEASURED, {**probe, "drops": "h"}]) == SUPPORTED  # it attacks a weakened theorem
    mutant = {**examples.MUTANT, "of": "c", "grade": "EXACT"}
    assert word([MEASURED, mutant]) == SUPPORTED  # what fell is the false variant


def test_a_witness_must_be_known_to_satisfy_every_hypothesis():
    hypotheses = [{"name": "h", "formula": POSITIVE}]
    exact = examples.record("hypothesis", "h", grade="EXACT")
    assert word([REFUTED, exact], hypotheses=hypotheses) == DISPROVED
    assert word([REFUTED, {**exact, "grade": "ESTIMATED"}], hypotheses=hypotheses) == UNDECIDED
    assert word([REFUTED, {**exact, "families": ["another"]}], hypotheses=hypotheses) == UNDECIDED
    assert (
        word([REFUTED], hypotheses=[{"name": "h", "formula": None}]) == UNDECIDED
    )  # assumed, so the instance may violate it
    assert word([REFUTED], hypotheses=hypotheses, conclusions={"c": {"under": []}}) == DISPROVED  # it needs none


def test_a_hypothesis_by_construction_counts_once_its_step_is_accepted():
    about = {"hypotheses": {"h": {"standing": "BY CONSTRUCTION", "because": "one"}}}

    def found(*records: dict[str, Any]) -> str:
        report = a_report([REFUTED, *records], steps=[ONE], hypotheses=[{"name": "h", "formula": None}])
        report["statements"]["small"]["about"] |= about
        return status(report, "small").word

    assert found(BY_KERNEL[0]) == DISPROVED
    assert found(examples.step("one", "cited")) == UNDECIDED
    assert found() == UNDECIDED


@pytest.mark.parametrize(
    ("formula", "by_refuting", "by_verifying"),
    [
        (POSITIVE, True, True),
        (["always", POSITIVE, "t"], True, False),
        (["sometimes", POSITIVE, "t"], False, True),
        (["not", ["sometimes", POSITIVE, "t"]], True, False),
        (["implies", POSITIVE, ["always", POSITIVE, "t"]], True, False),
        (["implies", ["always", POSITIVE, "t"], POSITIVE], False, True),
        (["and", POSITIVE, LIMIT], False, False),
        (["or", POSITIVE, ["always", POSITIVE, "n"]], True, False),
        (["nondecreasing", X, "t"], True, False),
        (["eventually", POSITIVE, "t"], False, False),
        (["theta", X, X, "t"], False, False),
        (["ge", ["probability", POSITIVE, "m"], "1/2"], False, False),
        (["always", ["ge", ["add", "1", ["probability", POSITIVE, "m"]], "1/2"], "t"], False, False),
        (None, False, False),
        ("1", False, False),
        ([], False, False),
    ],
)
def test_which_formulas_finitely_many_numbers_can_settle(formula, by_refuting, by_verifying):
    assert refutable(formula) is by_refuting
    assert verifiable(formula) is by_verifying


def test_standing_says_what_it_rests_on():
    report = a_report([MEASURED], hypotheses=[{"name": "h", "formula": None}])
    report["statements"]["small"]["about"]["hypotheses"] = {
        "h": {"standing": "ASSUMED", "because": "it is not testable"}
    }
    found = standing(report["statements"]["small"], report["records"], "c")
    assert found.sentence == "no step claims it: measured only; assumes h"


def test_unknown_theorem():
    with pytest.raises(BadInput, match="has no theorem 'another'"):
        status(a_report([MEASURED]), "another")


def test_a_good_status_says_how_it_was_attacked_and_what_is_not_tested():
    report = a_report([MEASURED, {**examples.MUTANT, "of": "c"}], hypotheses=[{"name": "h", "formula": None}])
    report["statements"]["small"]["about"] |= {
        "hypotheses": {"h": {"standing": "ASSUMED"}},
        "mutants": {"log-s": {"of": "c"}, "left-out": {"of": "c"}},
    }
    assert status(report, "small").sentence == (
        "0 of 1 conclusion proved here, 1 measured to hold in 1 case; 1 mutant fell, 1 not run; 1 hypothesis assumed"
    )
    assert (
        status(a_report(BY_KERNEL, steps=[ONE, TWO]), "small").sentence
        == "the kernel accepted a chain of steps to the conclusion"
    )
