"""The difference that a reason tells is the one that its words name: a reader evaluates the words and gets the number."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from verify import Column, Conjecture, Trace, decide

a, b = sp.symbols("a b")


@pytest.mark.parametrize("relation", [a <= b, a < b, a >= b + 9, a > b + 9, sp.Eq(a, b), a <= 3, a >= 8, b >= 8])
def test_words_and_number_agree(relation):
    guess = Conjecture("guess")
    values = {"a": guess.parameter("a"), "b": guess.parameter("b")}
    guess.conclude("claim", relation)
    trace = Trace({name: Column(np.array([Fraction(v)], dtype=object)) for name, v in (("a", 5), ("b", 2))}, [""])
    reason = decide(guess, guess.conclusions["claim"].formula, trace).reason.sentence
    told = re.search(r"error bars\. (.*) = (\S+)\.$", reason)  # exact numbers have no bar
    assert told
    words, number = told.groups()
    assert sp.parse_expr(words, local_dict=values).subs({"a": 5, "b": 2}) == sp.Rational(number)
