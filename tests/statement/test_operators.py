"""Operators are inert: SymPy carries and prints them, and settles nothing."""

from __future__ import annotations

import copy
import pickle
from xml.etree import ElementTree

import pytest
import sympy as sp

from verify.errors import StatementError
from verify.statement import operators as ops
from verify.statement.render import forms
from verify.statement.theorem import Theorem

x, y, t, n = sp.symbols("x y t n")
EVERY_OPERATOR = {
    ops.And: ops.And(x > 0, x <= 0),
    ops.Or: ops.Or(x > 0, x <= 0),
    ops.Not: ops.Not(x > 0),
    ops.Implies: ops.Implies(x > 0, x > 0),
    ops.Always: ops.Always(x > 0, t),
    ops.Sometimes: ops.Sometimes(x > 0, over=(t, n)),
    ops.Eventually: ops.Eventually(x > 0, over=t),
    ops.Probability: ops.Probability(x > 0, over=n),
    ops.Nondecreasing: ops.Nondecreasing(x, along=t),
    ops.Tends: ops.Tends(x, y, along=t),
    ops.Theta: ops.Theta(x, x, along=t),
    ops.BigO: ops.BigO(x, 1 / t, along=t),
    ops.Equivalent: ops.Equivalent(x, y, along=t),
    ops.Rate: ops.Rate(x, t),
    ops.Total: ops.Total(1, over=n),
    ops.Least: ops.Least(x, over=n),
    ops.Largest: ops.Largest(x, over=n),
}


@pytest.fixture
def theorem() -> Theorem:
    theorem = Theorem("inert")
    clock, index = theorem.clock("t"), theorem.index("n")
    theorem.quantity("x", over=(clock, index), latex=r"\tilde x")
    theorem.parameter("y")
    return theorem


def test_every_operator_has_an_example():
    assert set(EVERY_OPERATOR) == set(ops.OPERATORS)


@pytest.mark.parametrize("node", EVERY_OPERATOR.values(), ids=lambda node: type(node).__name__)
class TestInert:
    def test_survives_simplify_pickle_copy_and_rebuilding(self, node):
        assert sp.simplify(node) == node
        assert pickle.loads(pickle.dumps(node)) == node
        assert copy.deepcopy(node) == node
        assert node.func(*node.args) == node

    def test_survives_substitution_of_an_equal_symbol(self, node):
        assert node.subs(x, sp.Symbol("x")) == node

    def test_prints_in_three_ways(self, node, theorem):
        printed = forms(theorem, node)
        assert type(node).__name__ in printed["text"]
        ElementTree.fromstring(printed["mathml"])
        assert r"\tilde x" in printed["latex"] or not node.has(x)


def test_the_same_names_in_a_second_theorem_keep_their_own_meaning():
    first, second = Theorem("first"), Theorem("second")
    over_time = first.quantity("z", over=first.clock("t"))
    scalar = second.quantity("z")
    first.conclude("c", ops.Always(over_time > 0))
    second.conclude("c", scalar > 0)
    assert first.conclusions["c"].formula.args[1:] == (sp.Symbol("t"),)
    assert second.conclusions["c"].formula == (scalar > 0)
    with pytest.raises(StatementError, match="no axis fits"):
        second.conclude("d", ops.Always(scalar > 0))


@pytest.mark.parametrize(
    "collapsed",
    [
        lambda: ops.And(sp.Eq(x, x), x > 0),
        lambda: ops.Or(x == y, x > 0),
        lambda: ops.Not(sp.Integer(1) > 0),
        lambda: ops.Always(sp.Integer(2) < 1, t),
        lambda: ops.Probability(x == y, n),
        lambda: ops.Implies(x > 0, True),
    ],
)
def test_a_settled_relation_is_refused_where_it_enters(collapsed):
    with pytest.raises(StatementError, match=r"SymPy settled a relation at birth, or `==` was used; write Eq"):
        collapsed()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: ops.Always(x + 1, t), "not a formula"),
        (lambda: ops.Tends(x > 0, 1, t), "not an expression"),
        (lambda: ops.Always(x > 0, over="t"), "is not a symbol"),
        (lambda: ops.And(x > 0), "at least 2"),
    ],
)
def test_wrong_arguments_are_refused(wrong, sentence):
    with pytest.raises(StatementError, match=sentence):
        wrong()


def test_python_s_own_connectives_are_refused():
    with pytest.raises(StatementError, match=r"has no truth value by itself; write And\(a, b\)"):
        _ = ops.Always(x > 0, t) and ops.Always(x < 1, t)
