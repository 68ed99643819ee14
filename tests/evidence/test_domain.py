"""Numbers outside the sign that was declared: the instance is undecided, with the number that was measured."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from verify import Always, Column, Conjecture, Trace, decide


@pytest.mark.parametrize("kind", ["exact", "measured"])
@pytest.mark.parametrize("along", [False, True], ids=["parameter", "quantity"])
def test_the_stray_number_is_named(kind, along):
    guess = Conjecture("guess")
    t = guess.clock("t")
    x = guess.quantity("x", over=t, sign="positive") if along else guess.parameter("x")
    guess.conclude("small", Always(x < 9) if along else x < 9)
    numbers = [[1, 2], [1, -4]] if along else [1, -4]
    values = np.array(numbers, dtype=object) * Fraction(1) if kind == "exact" else np.array(numbers, dtype=float)
    verdict = decide(
        guess, guess.conclusions["small"].formula, Trace({"x": Column(values, ("t",) if along else ())}, ["", ""])
    )
    assert list(verdict.answers) == [1, 0]
    assert "'x' is declared positive, and -4" in verdict.reason.sentence
