"""What a notebook shows: theorems, verdicts and reports as fragments of HTML that are well formed and escaped."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from verify import OWN, Conjecture, Paper, Theorem, check
from verify.proof import cited

VOID = {"br"}


class Tags(HTMLParser):
    """Every tag in order; fails on one that is closed and was not opened last."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.words = ""
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        assert not any(name.startswith("on") or "http" in (value or "") for name, value in attrs if name != "xmlns")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


@pytest.fixture
def theorem() -> Theorem:
    hostile = "<script>alert('x')</script> & \"quotes\""
    theorem = Theorem("squares", hostile, Paper(hostile, 2026, fidelity=OWN), summary=hostile)
    x = theorem.parameter("x", hostile, sign="real")
    half = theorem.define("half", x / 2, hostile)
    theorem.assume("large", x >= 1, hostile)
    theorem.assume("tame", hostile, assumed=hostile)
    theorem.conclude("larger", half**2 >= 0, hostile)
    theorem.mutant("negative", of="larger", formula=half**2 < 0, why=hostile)
    theorem.ablate("large", breaks="larger", on="small")
    theorem.step("square", "larger", by=cited(hostile))

    @theorem.family("some")
    def some(rng, size):
        return {"x": [1, 2, 3]}

    @theorem.family("small", without="large")
    def small(rng, size):
        return {"x": [0]}

    return theorem


def test_a_theorem_shows_all_of_its_statement_with_formulas_in_mathml(theorem):
    tags = Tags(theorem._repr_html_())
    # two symbols and the value of one, a hypothesis, a conclusion, a mutant
    assert tags.seen.count("math") == 6
    assert "script" not in tags.seen
    assert tags.words.count("<script>alert('x')</script> & \"quotes\"") == 10
    for heading in ("Setting", "Hypotheses", "Conclusions", "Proof", "Must be refuted", "without large"):
        assert heading in tags.words


def test_a_report_shows_each_case_with_verdict_and_reason(theorem):
    report = check(theorem)
    tags = Tags(report._repr_html_())
    assert tags.seen.count("tr") == len(report.records)
    for record in report.records:
        assert record["case"] in tags.words
        assert record["reason"]["sentence"] in tags.words
    assert "1 not as expected" in tags.words  # the ablation, since a square is not negative at 0 either
    assert tags.words.count("FAILED") == 1


def test_a_verdict_shows_answer_grade_scope_and_reason():
    from fractions import Fraction

    import numpy as np

    from verify import Column, Trace, decide

    guess = Conjecture("guess")
    x = guess.parameter("x")
    guess.conclude("large", x > 2)
    column = Column(np.array([Fraction(1), Fraction(3)], dtype=object))
    verdict = decide(guess, guess.conclusions["large"].formula, Trace({"x": column}, ["", ""]))
    tags = Tags(verdict._repr_html_())
    assert "REFUTED, exact, 2 instances" in tags.words
    assert verdict.reason.sentence in tags.words
