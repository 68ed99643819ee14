"""Which instances decide a case, what is run for it, and how the answers of instances and families become one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from sympy import Rational

from tests.runner.samples import TIMES, power_law, records
from verify import Answer, Column, Nondecreasing, Theorem, Theta, Trace
from verify.evidence.grades import Grade
from verify.evidence.verdict import Reason, Verdict
from verify.options import Options
from verify.report.read import validator
from verify.runner import Bench, check_case
from verify.runner.deciding import Settled, together
from verify.statement.cases import plan
from verify.statement.instances import Instance


def test_every_case_of_the_sample_comes_out_as_expected_and_follows_the_schema():
    found = records(power_law())
    assert {name: record["verdict"] for name, record in found.items()} == {
        "hypothesis[steep]-steep": "HOLDS",
        "hypothesis[steep]-shallow": "REFUTED",
        "conclusion[rate]-steep": "HOLDS",
        "conclusion[level]-steep": "HOLDS",
        "control[half]-steep": "HOLDS",
        "mutant[cubic]-steep": "REFUTED",
        "mutant[compensated]-steep": "REFUTED",
        "ablation[steep-breaks-rate]-shallow": "REFUTED",
    }
    for record in found.values():
        assert record["as_expected"]
        assert list(validator("record").iter_errors(record)) == []


def test_instances_that_fail_a_hypothesis_reach_no_experiment_and_are_counted():
    ran: list[str] = []
    record = records(power_law(ran))["conclusion[rate]-steep"]
    assert record["instances"] == 12
    assert record["scope"].endswith("; not instances: 4 (steep)")
    assert record["left_out"] == [{"count": 4, "why": "the hypothesis steep is not found to hold"}]
    assert not any("s3" in each.split() for each in ran)


def test_a_trace_is_shared_by_the_cases_of_a_family_and_a_false_setting_costs_one_more():
    ran: list[str] = []
    records(power_law(ran))
    # steep in the theorem's setting and in the mutant's; shallow, for the ablation
    assert sorted(each.split()[1] for each in ran) == ["f0", "s0", "s0"]


def test_a_hypothesis_reports_the_instances_that_come_out_as_its_family_declares():
    found = records(power_law())
    assert found["hypothesis[steep]-steep"]["instances"] == 12
    assert found["hypothesis[steep]-steep"]["grade"] == "EXACT"  # p is an integer of the instance
    assert found["hypothesis[steep]-shallow"]["left_out"] == []


def test_a_refuted_case_has_a_witness_and_the_distance_at_which_it_fell():
    found = records(power_law())
    mutant, ablation = found["mutant[cubic]-steep"], found["ablation[steep-breaks-rate]-shallow"]
    assert mutant["distance"] == pytest.approx(1 - 1 / 20, abs=1e-3)  # |(-2) - (-3)| beyond the resolution
    assert mutant["witness"]["instance"]["p"] == "2"
    assert ablation["witness"]["dropped"] == "steep"
    assert ablation["drops"] == "steep"
    assert ablation["witness"]["family"] == "shallow"
    assert found["mutant[compensated]-steep"]["setting_hash"] != found["conclusion[level]-steep"]["setting_hash"]


@pytest.mark.parametrize(
    ("offsets", "level", "asked"),
    [
        ((5, 5), "quick", ["first"]),  # it falls clearly
        ((5, 5), "thorough", ["first", "second"]),
        ((Rational(1, 5), 5), "quick", ["first", "second"]),  # nearer than three resolutions: say more
        ((0, 5), "quick", ["first", "second"]),  # it stands on the first
    ],
)
def test_one_family_on_which_a_mutant_clearly_falls_is_enough(offsets, level, asked):
    theorem, drawn = Theorem("offset"), []
    x = theorem.quantity("x", "2, and 2 + an offset")
    theorem.conclude("positive", x >= 2, within=Rational(1, 10))
    theorem.mutant("two", of="positive", formula=x <= 2, why="the other side")
    for name, offset in zip(("first", "second"), offsets, strict=True):
        theorem.family(name)(lambda rng, size, name=name, offset=offset: drawn.append(name) or {"x": [2 + offset]})
    (mutant,) = (case for case in plan(theorem, level) if case.kind == "mutant")
    record = check_case(Bench(Options(level)), theorem, mutant).record
    assert drawn == asked == record["families"]
    assert record["verdict"] == "REFUTED"
    assert record["as_expected"]
    assert ("not asked: second" in record["scope"]) == (asked == ["first"])


def test_a_witness_shows_gaps_and_what_is_no_number():
    theorem = Theorem("gaps")
    n = theorem.clock("n")
    theorem.quantity("s", over=n)
    theorem.conclude("falls", Nondecreasing(-theorem.symbol("s")))

    @theorem.family("line")
    def line(rng, size):
        return {"n": range(1, 9), "s": [[1.0, 2.0, 3.0, np.nan, 5.0, 6.0, 7.0, np.nan]]}

    record = records(theorem)["conclusion[falls]-line"]
    assert record["verdict"] == "REFUTED"
    assert record["witness"]["instance"]["s"] == ["1", "2", "3", None, "5", "6", "7", None]
    assert list(validator("record").iter_errors(record)) == []


def test_an_error_of_the_library_is_a_reason_too(monkeypatch):
    monkeypatch.setattr("verify.runner.deciding.decide", lambda *arguments: 1 / 0)
    record = records(power_law())["conclusion[rate]-steep"]
    assert (record["verdict"], record["reason"]["code"]) == ("INCONCLUSIVE", "internal-error")
    assert "ZeroDivisionError" in record["reason"]["sentence"]


def test_private_records_hold_no_numbers_of_instances():
    witness = records(power_law(), Options(private=True))["mutant[cubic]-steep"]["witness"]
    assert set(witness["instance"]) == {"sha256"}


def test_a_mutant_nearer_than_three_resolutions_is_an_error_though_refuted():
    theorem = power_law()
    near = Rational(1, 10)
    theorem.mutant(
        "near", of="rate", formula=Theta(theorem.symbol("x"), theorem.symbol("t") ** (-2 - near)), why="near"
    )
    record = records(theorem)["mutant[near]-steep"]
    assert record["verdict"] == "REFUTED"
    assert not record["as_expected"]
    assert record["reason"]["code"] == "mutant-too-near"


def broken(kind: str) -> Theorem:
    """The sample with a family or an experiment that misbehaves."""
    theorem = power_law()
    if kind == "family":
        theorem.families["steep"] = replace(theorem.families["steep"], make=lambda rng, size: 1 / 0)
    elif kind == "no instances":
        theorem.families["steep"] = replace(theorem.families["steep"], make=lambda rng, size: [])
    elif kind == "nobody qualifies":
        theorem.families["steep"] = replace(theorem.families["steep"], make=lambda rng, size: [Instance("f", {"p": 1})])
    else:
        outcomes = {
            "experiment": lambda instances, setting, run: {}["missing"],
            "no trace": lambda instances, setting, run: None,
            "wrong size": lambda instances, setting, run: Trace({}, [""]),
            "wrong axes": lambda instances, setting, run: Trace(
                {"x": Column(np.zeros(len(instances)))}, [""] * len(instances)
            ),
            "no column": lambda instances, setting, run: Trace({}, [""] * len(instances)),
            "failed": lambda instances, setting, run: failing(instances),
        }
        theorem.experiments["solve"] = replace(theorem.experiments["solve"], run=outcomes[kind])
    return theorem


def failing(instances: list[Instance]) -> Trace:
    """The right columns, with one instance whose solver failed."""
    rows = np.array([-2 * TIMES for _ in instances])
    clock = np.array([TIMES for _ in instances])
    columns = {"t": Column(clock, ("t",), log=True), "x": Column(rows, ("t",), log=True)}
    return Trace(columns, ["the solver stalled", *[""] * (len(instances) - 1)])


@pytest.mark.parametrize(
    ("kind", "code", "sentence"),
    [
        ("family", "family-failed", "the family 'steep' raised ZeroDivisionError: division by zero (test_deciding.py:"),
        ("no instances", "vacuous", "has no instance of this case; not instances: none was drawn"),
        ("nobody qualifies", "vacuous", "has no instance of this case; not instances: 1 (steep)"),
        ("experiment", "experiment-failed", "the experiment 'solve' raised KeyError: 'missing' (test_deciding.py:"),
        ("no trace", "experiment-failed", "returned NoneType for 12 instances; return a Trace"),
        ("wrong size", "experiment-failed", "for 12 instances; return a Trace with a status for each"),
        ("wrong axes", "experiment-failed", "returned 'x' over no axis, and it is declared over (t)"),
        ("no column", "not-measured", ""),
    ],
)
def test_whatever_goes_wrong_is_a_reason_never_an_exception_and_never_a_pass(kind, code, sentence):
    found = records(broken(kind))
    for name in ("conclusion[rate]-steep", "mutant[compensated]-steep", "control[half]-steep"):
        record = found[name]
        assert (record["verdict"], record["as_expected"]) == ("INCONCLUSIVE", False)
        assert record["reason"]["code"] == code
        assert sentence in record["reason"]["sentence"]
        assert list(validator("record").iter_errors(record)) == []


def test_one_failed_instance_leaves_a_claim_open_and_a_mutant_refuted_by_the_others():
    found = records(broken("failed"))
    claim, mutant = found["conclusion[rate]-steep"], found["mutant[cubic]-steep"]
    assert (claim["verdict"], claim["reason"]["code"]) == ("INCONCLUSIVE", "failed-instance")
    assert "the solver stalled" in claim["reason"]["sentence"]
    assert mutant["verdict"] == "REFUTED"


def test_a_failure_carries_the_traceback_of_the_theorem_file_alone():
    theorem = broken("experiment")
    case = next(case for case in plan(theorem) if case.id == "conclusion[rate]-steep")
    details = check_case(Bench(), theorem, case).details
    assert "test_deciding.py" in details
    assert "bench.py" not in details


def test_what_no_experiment_measures_is_named():
    theorem = power_law()
    missing = theorem.quantity("missing", "never measured", over=theorem.symbol("t"))
    theorem.conclude("unmeasured", Nondecreasing(missing))
    record = records(theorem)["conclusion[unmeasured]-steep"]
    assert record["reason"]["code"] == "not-measured"
    assert "nothing measures missing on the family 'steep'" in record["reason"]["sentence"]


def test_a_hypothesis_that_only_the_trace_decides_leaves_instances_out_after_the_run():
    theorem = power_law()
    theorem.assume("falls-fast", Theta(theorem.symbol("x"), theorem.symbol("t") ** -2), within=Rational(1, 20))

    @theorem.family("mixed")
    def mixed(rng, size):
        return [Instance(f"m{k}", {"p": (2, 2, 3)[k], "a": 1.0}) for k in range(3)]

    record = records(theorem)["conclusion[rate]-mixed"]
    assert (record["verdict"], record["instances"]) == ("HOLDS", 2)
    assert record["left_out"] == [{"count": 1, "why": "the hypothesis falls-fast is not found to hold"}]


@pytest.mark.parametrize("observes", [True, False])
def test_an_instance_that_something_failed_on_is_never_left_out_for_it(observes):
    """Else a solver that fails would turn its instances into no instances, and the rest would hold."""
    theorem = Theorem("fails")
    t = theorem.clock("t")
    x, gap = theorem.quantity("x", over=t), theorem.parameter("gap", sign="real")
    theorem.assume("closed", gap > 0)
    theorem.conclude("rises", Nondecreasing(x))

    def measure(instances, setting, run):
        rows = np.array([np.arange(1.0, 9) for _ in instances])
        columns = {"gap": Column(np.array([1.0] * len(instances)))}
        if not observes:
            columns |= {"t": Column(rows, ("t",)), "x": Column(rows, ("t",))}
        return Trace(columns, ["no solution"] + [""] * (len(instances) - 1))

    @theorem.experiment(measures=[t, x])
    def run(instances, setting, run):
        rows = np.array([np.arange(1.0, 9) for _ in instances])
        return Trace({"t": Column(rows, ("t",)), "x": Column(rows, ("t",))}, [""] * len(instances))

    (theorem.observe(measures=[gap]) if observes else theorem.experiment(measures=[gap, t, x]))(measure)
    theorem.family("three")(lambda rng, size: [Instance(f"i{k}", {}) for k in range(3)])
    for record in records(theorem).values():
        assert (record["verdict"], record["reason"]["code"]) == ("INCONCLUSIVE", "failed-instance")
        assert record["left_out"] == []


def test_a_hypothesis_that_is_undecided_on_an_instance_is_not_passed_over():
    theorem = Theorem("undecided")
    theorem.quantity("x", over=theorem.clock("t"))
    a = theorem.parameter("a", sign="real")
    theorem.assume("positive", a > 0)
    theorem.conclude("rises", Nondecreasing(theorem.symbol("x")))

    @theorem.family("bars")
    def bars(rng, size):
        a = Column(np.array([1.0, -1.0, 0.0]), error=0.5)
        return {"t": range(1, 9), "x": range(1, 9), "a": a}

    found = records(theorem)
    hypothesis, conclusion = found["hypothesis[positive]-bars"], found["conclusion[rises]-bars"]
    assert (hypothesis["verdict"], hypothesis["instances"]) == ("INCONCLUSIVE", 2)  # without the one that is refuted
    assert (conclusion["verdict"], conclusion["instances"]) == ("HOLDS", 1)
    assert conclusion["left_out"] == [{"count": 2, "why": "the hypothesis positive is not found to hold"}]


def test_an_ablation_by_the_setting_reads_the_hypotheses_in_that_setting():
    theorem = Theorem("setting")
    n = theorem.clock("n")
    theorem.quantity("s", over=n)
    c = theorem.parameter("c")
    bound = theorem.define("bound", 2 * c)
    theorem.assume("small", bound < 3)
    theorem.conclude("grows", Nondecreasing(theorem.symbol("s") * (3 - bound)))
    theorem.ablate("small", breaks="grows", on="line", define={bound: 4 * c})

    @theorem.family("line")
    def line(rng, size):
        return {"n": range(1, 10), "s": range(1, 10), "c": [1, 1]}

    found = records(theorem)
    assert found["conclusion[grows]-line"]["verdict"] == "HOLDS"
    assert found["ablation[small-breaks-grows]-line"]["verdict"] == "REFUTED"


def test_tabulated_values_stand_in_the_records_of_conclusions():
    theorem = power_law()
    theorem.tabulate("scaled", theorem.symbol("x") * theorem.symbol("t") ** 2)
    measured = records(theorem)["conclusion[rate]-steep"]["measured"]
    least, largest = measured["least scaled"], measured["largest scaled"]
    assert 1 <= least[0] < largest[0] <= 2  # the prefactor a of the closed form
    assert 0 < least[1] < 1e-8


def test_certificates_are_kept_once_and_only_of_the_instances_that_decide():
    theorem = power_law()

    @theorem.observe(measures=["p"])
    def look(instances, setting, run):
        found = [{"kind": "optimum", "label": instance.label} for instance in instances]
        notes = {"certificates": {"reference": {"measures": ["p"], "instances": found}}}
        p = Column(np.array([instance["p"] for instance in instances], dtype=float))
        return Trace({"p": p}, [""] * len(instances), notes=notes)

    found = records(theorem)
    holding = [name for name, record in found.items() if record["certificate"] is not None]
    assert holding == ["hypothesis[steep]-steep", "hypothesis[steep]-shallow"]
    labels = [each["label"] for each in found["hypothesis[steep]-steep"]["certificate"]["instances"]]
    assert len(labels) == 12
    assert "s3" not in labels


def settled(family: str, answer: Answer, grade: Grade, code: str = "x") -> Settled:
    return Settled(Verdict(answer, grade, f"on {family}", Reason(code, code), np.zeros(0)), (family,), size=1)


HOLDS, REFUTED, OPEN = Answer.HOLDS, Answer.REFUTED, Answer.INCONCLUSIVE


@pytest.mark.parametrize(
    ("answers", "universal"),
    [
        ((HOLDS, HOLDS), HOLDS),
        ((HOLDS, OPEN), OPEN),
        ((OPEN, REFUTED), REFUTED),
        ((HOLDS, REFUTED), REFUTED),
        ((OPEN, OPEN), OPEN),
    ],
)
def test_families_together_are_universal(answers, universal):
    for order in (answers, answers[::-1]):
        parts = [settled(f"f{k}", answer, Grade.ESTIMATED) for k, answer in enumerate(order)]
        found = together(parts)
        assert found.verdict.answer is universal
        assert found.size == 2
        assert all(part.verdict.scope in found.verdict.scope for part in parts)


def test_a_refutation_has_the_best_grade_of_those_that_refute_and_a_truth_the_least():
    refuted = together([settled("a", REFUTED, Grade.ESTIMATED), settled("b", REFUTED, Grade.EXACT)])
    assert refuted.verdict.grade is Grade.EXACT
    held = together([settled("a", HOLDS, Grade.ESTIMATED), settled("b", HOLDS, Grade.EXACT)])
    assert held.verdict.grade is Grade.ESTIMATED
    assert math.isnan(held.margin)
