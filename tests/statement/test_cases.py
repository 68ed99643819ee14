"""Planning: which cases a theorem has, on which families, and what each must answer."""

from __future__ import annotations

import pytest
import sympy as sp

from verify.errors import StatementError
from verify.statement.cases import plan, plan_for_table
from verify.statement.completeness import gaps, require_consistent
from verify.statement.source import CONFIRMED, OWN, Paper
from verify.statement.theorem import Conjecture, Theorem


def declare(kind: type[Theorem] = Theorem) -> Theorem:
    theorem = kind("planned", "A title", Paper("Nobody", 2024, fidelity=OWN))
    x = theorem.quantity("x", "a number")
    rate = theorem.define("rate", 2 * x)
    theorem.assume("small", x < 1, "x is small")
    theorem.assume("smooth", assumed="not testable")
    theorem.conclude("bound", rate < 2)
    theorem.conclude("free", x**2 >= 0, under=())
    theorem.family("inside")(lambda rng, size: {"x": rng.random(size)})
    theorem.family("many", level="thorough")(lambda rng, size: {"x": rng.random(100 * size)})
    theorem.family("outside", without="small")(lambda rng, size: {"x": 1 + rng.random(size)})
    theorem.mutant("half", of="bound", formula=rate < 1, why="1 in place of 2")
    theorem.mutant("triple", of="bound", define={rate: 3 * x}, why="3 in place of 2")
    theorem.mutant("positive", of="free", formula=x < 0, why="wrong sign")
    theorem.control("quarter", formula=x < 4, why="weaker than the hypothesis")
    theorem.ablate("small", breaks="bound", on="outside")
    return theorem


def test_one_case_a_family_for_claims_and_one_over_all_for_attacks():
    ids = {case.id: case.expected for case in plan(declare())}
    assert ids == {
        "hypothesis[small]-inside": "HOLDS",
        "hypothesis[small]-outside": "REFUTED",
        "conclusion[bound]-inside": "HOLDS",
        "conclusion[free]-inside": "HOLDS",
        "conclusion[free]-outside": "HOLDS",
        "control[quarter]-inside": "HOLDS",
        "mutant[half]-inside": "REFUTED",
        "mutant[triple]-inside": "REFUTED",
        "mutant[positive]-inside+outside": "REFUTED",
        "ablation[small-breaks-bound]-outside": "REFUTED",
    }


def test_a_family_of_the_thorough_level_waits_for_it():
    quick, thorough = ({case.id for case in plan(declare(), level)} for level in ("quick", "thorough"))
    assert {case for case in thorough - quick if not case.startswith("mutant")} == {
        "hypothesis[small]-many",
        "conclusion[bound]-many",
        "conclusion[free]-many",
        "control[quarter]-many",
    }
    assert "mutant[positive]-inside+many+outside" in thorough


def test_an_ablation_asks_for_the_other_hypotheses_and_the_violation():
    (ablation,) = [case for case in plan(declare()) if case.kind == "ablation"]
    assert (ablation.under, ablation.without) == (("smooth",), ("small",))


def test_a_mutant_of_the_setting_changes_the_setting_and_not_the_formula():
    cases = {case.name: case for case in plan(declare())}
    assert cases["triple"].formula == cases["bound"].formula
    assert cases["triple"].setting["rate"] == 3 * sp.Symbol("x")


def test_a_conjecture_expects_nothing():
    conjectured = [case for case in plan(declare(Conjecture)) if case.kind == "conjecture"]
    assert conjectured and all(case.expected is None for case in conjectured)


def test_gaps_are_listed_and_mended():
    theorem = Theorem("bare")
    x = theorem.quantity("x")
    theorem.assume("h", x > 0)
    theorem.conclude("c", x > 1)
    assert len(gaps(theorem)) == 6
    assert gaps(declare()) == []


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda th: th.conclusions.clear(), "concludes nothing"),
        (lambda th: th.conclude("late", th.symbol("x") > 0, on="nowhere"), "names 'nowhere', which is not declared"),
        (lambda th: th.conclude("late", th.symbol("x") > 0, under="nothing"), "names 'nothing', which is not declared"),
        (lambda th: th.ablate("small", breaks="bound", on="inside", name="wrong"), "not declared without="),
        (lambda th: th.assume("built", by_step="missing"), "names 'missing', which is not declared"),
    ],
)
def test_what_a_finished_file_may_not_name(spoil, sentence):
    theorem = declare()
    require_consistent(theorem)
    spoil(theorem)
    with pytest.raises(StatementError, match=sentence):
        require_consistent(theorem)


def test_a_table_needs_a_theorem_that_takes_one():
    theorem = declare()
    with pytest.raises(StatementError, match="takes no table"):
        plan_for_table(theorem)
    theorem.table(lambda table: [])
    assert {case.id for case in plan_for_table(theorem)} == {
        "hypothesis[small]-data",
        "conclusion[bound]-data",
        "conclusion[free]-data",
    }


def test_a_number_of_a_theorem_is_printed_only_when_confirmed():
    with pytest.raises(StatementError, match="is not CONFIRMED; leave result= out"):
        Paper("Soudry et al.", 2018, arxiv="1710.10345", result="Theorem 3")
    with pytest.raises(StatementError, match="CONFIRMED without"):
        Paper("Lyu & Li", 2020, fidelity=CONFIRMED)
    confirmed = Paper("Lyu & Li", 2020, arxiv="1906.05890", result="Theorem 4.1", fidelity=CONFIRMED)
    assert confirmed.citation == "Lyu & Li (2020), arXiv:1906.05890, Theorem 4.1"
    assert "eprint = {1906.05890}" in confirmed.bibtex
