"""The JSON of a statement: one encoding, and a hash that moves with the mathematics and with nothing else."""

from __future__ import annotations

import json

import pytest
import sympy as sp

from verify.errors import StatementError
from verify.statement import operators as ops
from verify.statement.encode import block, canonical, setting_hash, statement_hash, to_json
from verify.statement.theorem import Theorem

v = sp.Symbol("v")


def build(
    title: str = "a title", *, to: object = sp.oo, latex: str | None = None, rate: int = 1, hypothesis: int = 1
) -> Theorem:
    theorem = Theorem("hashed", title)
    t = theorem.clock("t", to=to)
    x = theorem.quantity("x", "measured", over=t, latex=latex)
    y = theorem.define("y", rate * x)
    theorem.function("f", v, v**2)
    theorem.assume("h", ops.Always(y > hypothesis))
    theorem.conclude("c", ops.Theta(y, 1 / t), within=sp.Rational(1, 100))
    return theorem


def hashed(theorem: Theorem) -> str:
    return statement_hash(theorem, theorem.conclusions["c"].formula)


def test_numbers_symbols_and_heads():
    x = sp.Symbol("x")
    assert to_json(sp.Rational(-3)) == "-3"
    assert to_json(sp.Rational(4, 14)) == "2/7"
    assert to_json(sp.sqrt(x)) == ["pow", ["var", "x"], "1/2"]
    assert to_json(sp.exp(-x)) == ["exp", ["mul", "-1", ["var", "x"]]]
    assert to_json(ops.Always(x > 0, sp.Symbol("t"))) == ["always", ["gt", ["var", "x"], "0"], "t"]
    with pytest.raises(StatementError, match="the heads are"):
        to_json(sp.gamma(x))


def test_the_block_is_json_and_complete():
    theorem = build()
    encoded = block(theorem)
    assert json.loads(json.dumps(encoded)) == encoded
    assert encoded["definitions"] == [{"name": "y", "value": ["var", "x"]}]
    assert encoded["axes"] == [{"name": "t", "kind": "clock", "to": "oo"}]


def test_the_hash_ignores_titles_latex_and_resolution():
    assert hashed(build()) == hashed(build("another title", latex=r"\xi"))


@pytest.mark.parametrize("change", [{"to": 0}, {"rate": 2}, {"hypothesis": 2}])
def test_the_hash_moves_with_the_mathematics(change):
    assert hashed(build()) != hashed(build(**change))


def test_the_hash_does_not_depend_on_the_order_of_commutative_arguments():
    assert canonical(["add", ["var", "b"], ["var", "a"]]) == canonical(["add", ["var", "a"], ["var", "b"]])
    assert canonical(["pow", ["var", "b"], ["var", "a"]]) != canonical(["pow", ["var", "a"], ["var", "b"]])


def test_a_mutated_setting_has_another_hash():
    theorem = build()
    changed = theorem.setting.replaced({"f": sp.Lambda(v, v**3)})
    assert setting_hash(theorem, changed) != setting_hash(theorem, theorem.setting)
    with pytest.raises(StatementError, match="which the setting does not define; it defines f, y"):
        theorem.setting.replaced({"g": v})


def test_a_replaced_definition_may_only_need_earlier_ones():
    theorem = build()
    with pytest.raises(StatementError, match="makes 'y' need y, which is defined no earlier"):
        theorem.setting.replaced({"y": sp.Symbol("y") + 1})
