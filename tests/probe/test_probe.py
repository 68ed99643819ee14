"""The probe finds what is false, makes it small, and finds nothing against what is true."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.probe.conjectures import ARTEFACT, FAILING, MEANS, NEEDLE, WALKS
from verify import find_counterexample
from verify.errors import BadInput


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "walks": WALKS,
        "means": MEANS,
        "sloppy": ARTEFACT,
        "failing": FAILING,
        "needle": NEEDLE,
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def test_a_fifteen_line_conjecture_falls_to_one_short_step_down(folder):
    found = find_counterexample("walks.py", budget=5)
    assert found.witness is not None
    steps = [Fraction(step) for step in found.witness["point"]["normal1"][0]]
    assert len(steps) == 40 and min(steps) < 0, "a walk that falls has a step down"
    assert sum(step != 0 for step in steps) <= 4, "most of its steps were made zero"
    assert found.witness["point"]["widened"] == "1", "and it lies in the family's own box"


@pytest.mark.parametrize("seed", range(5))
def test_a_true_theorem_survives(folder, seed):
    """(a + b)^2/4 >= a b holds for all reals, so anything found here is the probe's own fault."""
    found = find_counterexample("means.py", conclusion="means", budget=1.5, seed=seed)
    assert found.witness is None and not found.artefacts
    assert found.tally.evaluations > 50 and found.tally.nearest is not None
    assert found.outcome["kind"] == "survived"
    assert f"{found.tally.evaluations:,} evaluations in" in str(found) and "closest approach: HOLDS" in str(found)


def test_a_control_that_looks_like_a_mutant_survives(folder):
    assert find_counterexample("means.py", mutant="loose", budget=1.0).witness is None


def test_a_mutant_falls_exactly_and_to_small_numbers(folder):
    witness = find_counterexample("means.py", mutant="a-third", budget=4).witness
    assert witness is not None
    a, b = (Fraction(v) for v in witness["point"]["values"])
    assert ((a + b) / 3) ** 2 < a * b, "the witness, checked by hand"
    assert min(a, b) >= 0 and witness["point"]["count"] == "2", "every hypothesis holds"
    assert max(a, b) <= 10 and a.denominator * b.denominator <= 4
    assert witness["expected"]["grade"] == "EXACT"


def test_what_random_points_miss_the_gradient_finds(folder):
    """The ball takes a share of 10^-9 of the cube; its squared distance has a gradient everywhere."""
    found = find_counterexample("needle.py", conclusion="outside", budget=20)
    assert found.witness is not None and found.method == "gradient"
    x = [float(Fraction(v)) for v in found.witness["point"]["x"]]
    centre = (0.31, -0.42, 0.53, -0.64, 0.15, 0.26)
    assert sum((a - b) ** 2 for a, b in zip(x, centre, strict=True)) < 1e-3, "the witness, checked by hand"


def test_a_dropped_hypothesis_is_broken_and_the_others_hold(folder):
    witness = find_counterexample("means.py", conclusion="means", drop="two-numbers", budget=4).witness
    assert witness is not None
    values = [Fraction(v) for v in witness["point"]["values"]]
    product = Fraction(1)
    for value in values:
        product *= value
    assert len(values) == 3, "shrunk to the smallest number of values that breaks the hypothesis"
    assert (sum(values) / 2) ** 2 < product and min(values) >= 0
    assert witness["hypotheses"] == {"nonnegative": "HOLDS", "two-numbers": "REFUTED"}
    assert witness["dropped"] == ["two-numbers"]


def test_what_tighter_tolerances_do_not_bear_out_is_an_artefact(folder):
    found = find_counterexample("sloppy.py", budget=2)
    assert found.witness is None
    assert found.artefacts, "the loose search is fooled"
    assert {check.name for _, check in found.artefacts} == {"tolerance"}
    assert "numerical artefact" in str(found)


def test_failed_and_raising_experiments_are_never_witnesses(folder):
    found = find_counterexample("failing.py", budget=2)
    assert found.witness is None and not found.artefacts
    assert found.tally.undecided > 0 and found.tally.nearest is not None


def test_the_same_seed_finds_the_same(folder):
    first, second = (find_counterexample("means.py", mutant="a-third", budget=3, seed=7).witness for _ in range(2))
    assert first is not None and second is not None
    assert first["point"] == second["point"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"conclusion": "meens"}, "did you mean means"),
        ({"mutant": "a-third", "conclusion": "means"}, "attacks one of them"),
        ({"drop": "positive"}, "has no hypothesis 'positive'"),
        ({"budget": 0}, "give a positive number"),
        ({"mutant": "means/T1/M1"}, "it has a-third, loose"),
    ],
)
def test_misuse_is_one_sentence(folder, arguments: dict[str, Any], sentence):
    with pytest.raises(BadInput, match=sentence):
        find_counterexample("means.py", **arguments)


def test_the_outcome_is_json_whatever_came_out(folder):
    attacks: tuple[dict[str, Any], ...] = ({"mutant": "a-third"}, {"conclusion": "means"})
    for given in attacks:
        outcome = find_counterexample("means.py", budget=1, **given).outcome
        assert json.loads(json.dumps(outcome, allow_nan=False)) == outcome
        assert {"theorem", "claim", "dropped", "statement", "space", "search"} <= set(outcome)
