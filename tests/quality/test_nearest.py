"""Distances of mutants in units of the resolving power, and the shift that is tried where none is near."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from tests.quality import generic_mutants
from tests.quality.calibrate import over_seeds, verdicts
from tests.quality.nearest import WITHIN, nearest, shifts
from verify import Always, BigO, Implies, Nondecreasing, Tends, Theorem, Theta
from verify.options import Options
from verify.report.calibration import markdown, remote
from verify.runner import Bench
from verify.runner.deciding import settle

TENTH = sp.Rational(1, 10)


def toy(conclude) -> Theorem:
    """x = 2 + 1/t at 200 times, y = t^2, k = 5."""
    theorem = Theorem("toy")
    t = theorem.clock("t")
    x, y = theorem.quantity("x", over=t), theorem.quantity("y", over=t, log=True)
    k = theorem.parameter("k")
    conclude(theorem, t, x, y, k)
    times = np.geomspace(1, 1e6, 200)
    theorem.family("one")(lambda rng, size: {"t": times, "x": 2 + 1 / times, "y": 2 * np.log(times), "k": 5.0})
    return theorem


def near(theorem, fallen=()):
    bench = Bench(Options("quick", 0))
    (conclusion,) = generic_mutants.conclusions(theorem)
    cases = [replace(conclusion, name=name, formula=formula, expected="REFUTED") for name, formula in fallen]
    return nearest(bench, theorem, conclusion, [(case, settle(bench, theorem, case)) for case in cases])


def test_the_distance_of_a_shifted_equality_is_the_shift_over_the_power():
    theorem = toy(lambda th, t, x, y, k: th.conclude("five", sp.Eq(k, 5), within=TENTH))
    k = theorem.quantities["k"].symbol
    # The power is 1/10, and 5.25 is refuted by .15 beyond it.
    found = near(theorem, [("far", sp.Eq(k, 6)), ("near", sp.Eq(k, sp.Rational(21, 4)))])
    assert (found.mutant, found.distance) == ("near", pytest.approx(2.5, rel=1e-6))


def test_a_mutant_that_holds_or_is_turned_round_is_no_near_one():
    theorem = toy(lambda th, t, x, y, k: th.conclude("above", k >= 4))
    k = theorem.quantities["k"].symbol
    found = near(theorem, [("holds", k >= 3), ("turned", k <= 4), ("far", k >= 50)])
    assert found.mutant == "shifted up by 2 resolving powers"
    assert found.distance == pytest.approx(2)


@pytest.mark.parametrize(
    "conclude",
    [
        lambda th, t, x, y, k: th.conclude("limit", Tends(x, 2), within=TENTH),
        lambda th, t, x, y, k: th.conclude("order", Theta(y, t**2), within=TENTH),
        lambda th, t, x, y, k: th.conclude("at-most", BigO(y, t**2), within=TENTH),
        lambda th, t, x, y, k: th.conclude("logs", Always(y >= t), within=TENTH),
        lambda th, t, x, y, k: th.conclude("premise", Implies(k > 4, k < 6)),
    ],
)
def test_a_conclusion_without_mutants_is_shifted_and_falls(conclude):
    found = near(toy(conclude))
    assert "shifted" in found.mutant
    assert 1 < found.distance <= WITHIN


def test_what_has_no_number_is_exempt_with_its_reason():
    monotone = near(toy(lambda th, t, x, y, k: th.conclude("rises", Nondecreasing(y))))
    assert "order" in monotone.exempt
    idle = near(toy(lambda th, t, x, y, k: th.conclude("idle", Implies(k < 4, k > 6))))
    assert "no number" in idle.exempt


def test_a_conclusion_that_does_not_hold_has_no_near_mutant():
    found = near(toy(lambda th, t, x, y, k: th.conclude("six", sp.Eq(k, 6), within=TENTH)))
    assert not found.near


def test_an_exponent_is_shifted_on_the_finest_scale_of_its_gauge():
    theorem = toy(lambda th, t, x, y, k: th.conclude("order", Theta(y, t**2 / sp.log(t)), within=TENTH))
    t = theorem.axes["t"].symbol
    made = {variant.formula.parts[1] for variant in shifts(theorem, theorem.conclusions["order"].formula, TENTH)}
    assert made == {t**2 * sp.log(t) ** (-1 + TENTH), t**2 * sp.log(t) ** (-1 - TENTH)}


def test_the_table_tells_the_conclusions_that_are_far():
    found = verdicts(toy(lambda th, t, x, y, k: th.conclude("five", sp.Eq(k, 5), within=TENTH)), 0)
    assert found["nearest"]["five"]["distance"] == pytest.approx(2, rel=1e-2)
    far = over_seeds([{"mutant": "a", "distance": 2.0}, {"mutant": "b", "distance": None}])
    assert far == {"mutant": "b", "distances": [2.0, None]}
    groups = {
        group: {} for group in ("conclusions", "controls", "true variants", "mutants", "ablations", "generic mutants")
    }
    row = {"file_hash": "a", "seeds": [0, 1], "verdicts": groups, "nearest": {"five": far, "odd": {"exempt": "exact"}}}
    table = {"schema": 1, "level": "quick", "theorems": {"toy": row}}
    assert list(remote(table)) == ["toy, five: its nearest mutant lies at 2, none fell resolving powers"]
    assert "0 of 1 conclusions" in markdown(table, {"toy": "a"})


def test_the_shift_of_a_bound_makes_it_harder():
    theorem = toy(lambda th, t, x, y, k: th.conclude("above", k >= 4))
    (variant,) = shifts(theorem, theorem.conclusions["above"].formula, sp.Rational(Fraction(1, 2)))
    assert variant.formula == (theorem.quantities["k"].symbol >= sp.Rational(9, 2))
