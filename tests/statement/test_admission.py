"""Every way in which a declaration can silently mean something else is refused with one sentence."""

from __future__ import annotations

import pytest
import sympy as sp

from verify.errors import StatementError
from verify.statement import operators as ops
from verify.statement.theorem import Theorem


@pytest.fixture
def theorem() -> Theorem:
    theorem = Theorem("admission")
    clock, index = theorem.clock("t", log=True), theorem.index("n")
    theorem.quantity("loss", over=clock, log=True)
    theorem.quantity("q", over=(clock, index))
    theorem.parameter("L")
    return theorem


t, loss, q, L = sp.symbols("t loss q L")

REFUSED = {
    "born true": (lambda: sp.Eq(loss, loss), "settled a relation at birth"),
    "python equality": (lambda: loss == q, r"write Eq\(a, b\)"),
    "a float": (lambda: ops.Always(loss > 0.5), r"write an exact number, such as Rational"),
    "undeclared": (
        lambda: ops.Always(sp.Symbol("z") > 0, over=t),
        "does not declare; declare it with theorem.quantity",
    ),
    "unbound clock": (lambda: loss > 0, r"leaves the axis t unbound; wrap it, as in Always\(loss > 0, over=t\)"),
    "two axes fit": (lambda: ops.Always(q > 0), "the axes t, n fit; say over="),
    "no axis fits": (lambda: ops.Always(L > 0), "no axis fits; say over="),
    "not an axis": (lambda: ops.Always(q > 0, over=L), "which is not an axis"),
    "sympy's And": (lambda: ops.Always((loss > 0) & (loss < 1)), r"write And\(...\) imported from verify"),
    "a symbol with assumptions": (
        lambda: ops.Always(sp.Symbol("loss", positive=True) - L > 0, over=t),
        "another symbol named loss",
    ),
    "an undefined function": (lambda: ops.Always(sp.Function("g")(loss) > 0), "declare it with theorem.function"),
    "an expression": (lambda: loss, "not a formula"),
    "a number": (lambda: 3, "not a formula"),
    "unbound under Tends": (lambda: ops.Tends(q, 0), "leaves the axis n unbound"),
}


@pytest.mark.parametrize(("formula", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_mean_anything_is_refused(theorem, formula, sentence):
    with pytest.raises(StatementError, match=sentence) as refusal:
        theorem.conclude("c", formula())
    assert "\n" not in str(refusal.value)
    assert not theorem.conclusions


@pytest.mark.parametrize(
    ("given", "filled"),
    [
        (ops.Theta(loss, 1 / t), ops.Theta(loss, 1 / t, t)),
        (ops.Always(loss > 0), ops.Always(loss > 0, t)),
        (ops.Always(ops.Tends(q, 0), over=sp.Symbol("n")), ops.Always(ops.Tends(q, 0, t), sp.Symbol("n"))),
        (ops.Always(ops.Total(q) > 0), ops.Always(ops.Total(q, sp.Symbol("n")) > 0, t)),
        (ops.Nondecreasing(ops.Least(q)), ops.Nondecreasing(ops.Least(q, sp.Symbol("n")), t)),
        (ops.Eventually(loss < 1), ops.Eventually(loss < 1, t)),
    ],
)
def test_the_only_axis_that_fits_is_filled_in(theorem, given, filled):
    theorem.conclude("c", given)
    assert theorem.conclusions["c"].formula == filled


def test_a_definition_varies_along_the_axes_of_its_parts(theorem):
    mean = theorem.define("mean", ops.Total(q) / L)
    assert theorem.over("mean") == ("t",)
    theorem.conclude("c", ops.Always(mean > 0))
    assert theorem.conclusions["c"].formula.args[1:] == (t,)


def test_a_bound_variable_of_a_function_is_not_a_quantity(theorem):
    v = sp.Symbol("v")
    ell = theorem.function("ell", v, sp.exp(-v))
    theorem.conclude("c", ops.Always(ell(q) > 0, over=(t, sp.Symbol("n"))))
    with pytest.raises(StatementError, match="must be a symbol that the theorem does not use"):
        theorem.function("g", q, q**2)
    with pytest.raises(StatementError, match="does not declare"):
        theorem.function("h", v, v + sp.Symbol("w"))


@pytest.mark.parametrize(
    ("declare", "sentence"),
    [
        (lambda th: th.quantity("loss"), "declares 'loss' twice"),
        (lambda th: th.quantity("a b"), "a name is made of the characters"),
        (lambda th: th.quantity("w", over="s"), "runs over 's', which is no axis"),
        (lambda th: th.quantity("w", sign="negative"), "one of positive, nonnegative, real"),
        (lambda th: th.clock("s", to=1), "goes to oo or to 0"),
        (lambda th: th.define("d", 0.5), r"Rational\(1, 2\) in place of 0.5"),
        (lambda th: th.define("d", sp.Symbol("d")), "does not declare"),
        (lambda th: th.assume("h"), "give exactly one"),
        (lambda th: th.assume("h", L > 1, assumed="because"), "give exactly one"),
        (lambda th: th.conclude("c", L > 1, within=0.1), "is the float 0.1"),
        (lambda th: th.conclude("c", L > 1, within=0), "must be positive"),
        (lambda th: th.conclude("c", L > 1, spec="T1"), "not of the form"),
        (lambda th: th.mutant("m", of="c", formula=L > 1, why=""), "is no conclusion"),
        (lambda th: th.ablate("h", breaks="c", on="f"), "is no hypothesis"),
        (lambda th: th.step("s", "c", by=None), "is no conclusion"),
        (lambda th: th.step("s", L > 1, by=None, given="earlier"), "declared so far are none"),
        (lambda th: th.experiment(measures=[sp.Symbol("z")]), "which are no quantities"),
    ],
)
def test_declarations_are_checked_at_once(theorem, declare, sentence):
    with pytest.raises(StatementError, match=sentence):
        declare(theorem)


def test_a_mutant_must_change_something(theorem):
    theorem.conclude("c", L > 1)
    with pytest.raises(StatementError, match="changes nothing"):
        theorem.mutant("m", of="c", why="")
    with pytest.raises(StatementError, match="is the conclusion 'c' itself"):
        theorem.mutant("m", of="c", formula=L > 1, why="")
    with pytest.raises(StatementError, match="does not define; it defines nothing"):
        theorem.mutant("m", of="c", define={L: 2}, why="")
