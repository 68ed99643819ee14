"""What is changed in a formula by rule, and that what is listed as true is really made."""

from __future__ import annotations

import json

import numpy as np
import pytest
import sympy as sp

from tests.quality import generic_mutants
from tests.quality.calibrate import table, usable, verdicts
from tests.quality.generic_mutants import Facts, variants
from verify import Always, And, BigO, Equivalent, Implies, Nondecreasing, Tends, Theorem, Theta
from verify.loading import catalogue, default_folder, load

x, y, z, t = sp.symbols("x y z t")
HALF = sp.Rational(1, 2)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (x <= y, {x >= y, x <= sp.Rational(11, 10) * y, x <= y / 2, x <= 2 * y}),
        (sp.Eq(x, y + z), {sp.Eq(x, y), sp.Eq(x, z), *(sp.Eq(x, c * (y + z)) for c in generic_mutants.FACTORS)}),
        (Theta(x, t**-2, t), {Theta(x, t ** sp.Rational(-3, 2), t), Theta(x, t ** sp.Rational(-5, 2), t), Theta(x, t**-4, t)}),
        (BigO(x, sp.Integer(1), t), {BigO(x, sp.sqrt(t), t), BigO(x, 1 / sp.sqrt(t), t)}),
        (Tends(x, sp.Integer(0), t), {Tends(x, sp.Integer(1), t), Tends(x, sp.oo, t)}),
        (Nondecreasing(x + y, t), {Nondecreasing(-x - y, t), Nondecreasing(x, t), Nondecreasing(y, t)}),
        (Always(And(x > 0, sp.Eq(y, 0)), t), {Always(And(x < 0, sp.Eq(y, 0)), t)}),
        (Implies(x > 0, y > 0), {Implies(x > 0, y < 0)}),
    ],
)  # fmt: skip
def test_the_changes_are_those_of_the_rule(formula, expected):
    assert {variant.formula for variant in variants(formula)} == expected


def test_the_constant_of_an_equivalent_is_changed_and_that_of_an_order_is_not():
    assert Equivalent(x, 2 / t, t) in {variant.formula for variant in variants(Equivalent(x, 1 / t, t))}
    assert Theta(x, 2 / t, t) not in {variant.formula for variant in variants(Theta(x, 1 / t, t))}


def toy() -> Theorem:
    """x = 2 + c/t with c drawn between 1 and 2, and its limit."""
    theorem = Theorem("toy")
    t = theorem.clock("t")
    x = theorem.quantity("x", over=t)
    theorem.conclude("limit", Tends(x, 2), within=sp.Rational(1, 100))
    theorem.mutant("three", of="limit", formula=Tends(x, 3), why="another limit")
    times = np.geomspace(1, 1e6, 200)
    theorem.family("one")(lambda rng, size: {"t": times, "x": 2 + rng.uniform(1, 2) / times})
    return theorem


def test_every_claim_gets_a_letter_and_none_is_wrong():
    found = verdicts(toy(), seed=3)["verdicts"]
    assert found["conclusions"] == {"conclusion[limit]-one": "H"}
    assert found["mutants"] == {"mutant[three]-one": "R"}
    assert set(found["generic mutants"].values()) == {"R"}
    assert len(found["generic mutants"]) == 5


def test_lines_become_a_table_and_are_used_again_while_file_and_list_are_the_same(tmp_path, monkeypatch):
    lines = [
        {
            "theorem": "toy",
            "seed": seed,
            "file_hash": "a",
            "listed": generic_mutants.listing("toy"),
            **verdicts(toy(), seed),
        }
        for seed in (1, 0)
    ]
    row = table(lines, None)["theorems"]["toy"]
    assert row["seeds"] == [0, 1]
    assert row["verdicts"]["mutants"] == {"mutant[three]-one": "RR"}
    path = tmp_path / "lines.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"torn')
    assert usable(path, {"toy": "a"}, 2) == lines
    assert usable(path, {"toy": "a"}, 1) == lines[1:]
    assert usable(path, {"toy": "b"}, 2) == []
    monkeypatch.setattr(generic_mutants, "_listed", lambda: {"toy": {"true": {"limit: times 2": "a reason"}}})
    assert usable(path, {"toy": "a"}, 2) == []


def test_a_bound_is_relaxed_only_where_the_signs_and_the_clock_say_so():
    facts = Facts(nonnegative=lambda e: e == y, limits={"t": sp.oo, "h": sp.Integer(0)})
    h = sp.Symbol("h")

    def relaxed(formula):
        return {variant.formula for variant in variants(formula, facts) if variant.relaxed}

    assert relaxed(x <= y) == {x <= 2 * y, x <= sp.Rational(11, 10) * y}
    assert relaxed(Always(And(x >= y, z > 0), t)) == {Always(And(x >= y / 2, z > 0), t)}
    assert relaxed(x <= z) == relaxed(sp.Eq(x, y)) == set()
    assert relaxed(BigO(x, 1 / t, t)) == {BigO(x, 1 / sp.sqrt(t), t)}
    assert relaxed(BigO(x, h**2, h)) == {BigO(x, h ** sp.Rational(3, 2), h)}
    assert relaxed(BigO(x, 1 / sp.log(sp.log(t)), t)) == {BigO(x, 1 / sp.sqrt(sp.log(sp.log(t))), t)}
    assert relaxed(Theta(x, 1 / t, t)) == set()


def test_of_a_listed_name_braces_and_a_last_star_after_a_space_stand_for_others(monkeypatch):
    names = ("rate: x**2 to x**(3)", "speed: *", "bound: part {1|2}, times {1/2|2}")
    monkeypatch.setattr(generic_mutants, "_listed", lambda: {"toy": {"true": dict.fromkeys(names, "reason")}})
    assert generic_mutants.is_listed("toy", "true", "bound: part 2, times 1/2")
    assert not generic_mutants.is_listed("toy", "true", "bound: part 2, times 11/10")
    assert generic_mutants.is_listed("toy", "true", "rate: x**2 to x**(3)")
    assert not generic_mutants.is_listed("toy", "true", "rate: x**2 to xyz**(3)")
    assert generic_mutants.is_listed("toy", "true", "speed: times 2")
    assert not generic_mutants.is_listed("toy", "true", "rate: times 2")


def test_every_variant_that_is_listed_is_made_and_has_a_reason():
    known = catalogue([default_folder()])
    for name, kinds in generic_mutants._listed().items():
        (theorem,) = (each for each in load(known[name].file) if each.name == name)
        made = {each.case.name: each.relaxed for each in generic_mutants.generic(theorem)}
        assert set(kinds) <= {"true", "depends"}
        for kind, reasons in kinds.items():
            for pattern, reason in reasons.items():
                for each in generic_mutants._alternatives(pattern):
                    assert any(generic_mutants.matches(each, case) for case in made), f"{name} {kind}: {each}"
                matched = [case for case in made if generic_mutants.matches(pattern, case)]
                assert not all(made[case] for case in matched), f"{pattern} need not be listed: it is a relaxed bound"
                assert len(reason) > 10
