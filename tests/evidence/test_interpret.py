"""The interpreter: values and logarithms of expressions, without under- or overflow, with the right error bars."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from verify.evidence.grades import Grade
from verify.evidence.interpret import Interpreter, NotMeasured
from verify.evidence.numbers import as_measured
from verify.evidence.trace import Column, Trace, padded
from verify.statement import operators as ops
from verify.statement.theorem import Theorem

theorem = Theorem("interpreted")
t = theorem.clock("t", log=True)
n = theorem.index("n")
loss = theorem.quantity("loss", over=t, log=True)
q = theorem.quantity("q", over=(t, n))
rho = theorem.quantity("rho", over=t, sign="positive")
k = theorem.parameter("k")
free = theorem.quantity("free", over=t)
margin = theorem.define("margin", sp.log(1 / loss) / rho**k)
v = sp.Symbol("v")
ell = theorem.function("ell", v, sp.exp(-v))

LOG_T = np.array([[1.0, 10.0, 1e6]])
Q = np.array([[[1.0, 2.0], [10.0, 12.0], [1e6, 1e6 + 3]]])


def trace(**more: Column) -> Trace:
    columns = {
        "t": Column(LOG_T, ("t",), log=True, rate=np.ones((1, 3))),
        "loss": Column(-LOG_T, ("t",), log=True, rate=-np.ones((1, 3)), error=1e-9, flow_error=1e-3),
        "q": Column(Q, ("t", "n"), rate=np.ones_like(Q)),
        "rho": Column(np.array([[1.0, 2.0, 4.0]]), ("t",), rate=np.array([[1.0, 2.0, 4.0]])),
        "k": Column(np.array([Fraction(2)], dtype=object)),
    }
    return Trace({**columns, **more}, [""])


def interpreter(flow: bool = False, **more: Column) -> Interpreter:
    return Interpreter(theorem.quantities, theorem.setting, trace(**more), flow=flow)


def rows(number) -> np.ndarray:
    return as_measured(number).mid.ravel()


def test_a_product_that_would_underflow_is_formed_in_logarithms():
    assert np.allclose(rows(interpreter().value(loss * t)), 1.0)
    assert np.allclose(rows(interpreter().value(3 * loss**2 * t * sp.exp(sp.log(t)))), 3.0)
    assert np.allclose(rows(interpreter().log(loss**2 / t)), -3 * LOG_T.ravel())


def test_a_sum_that_would_underflow_is_formed_by_its_largest_term():
    assert np.allclose(rows(interpreter().log(loss + 2 * loss)), -LOG_T.ravel() + np.log(3))
    expected = np.log(np.exp(-(Q - Q.min(2, keepdims=True))).sum(2)) - Q.min(2)
    assert np.allclose(rows(interpreter().log(ops.Total(ell(q), n))), expected.ravel())


def test_definitions_and_functions_unfold():
    assert np.allclose(rows(interpreter().value(margin)), LOG_T.ravel() / np.array([1, 4, 16]))
    assert np.allclose(rows(interpreter().log(ell(q))), -Q.ravel())


def test_a_mutated_setting_changes_what_is_evaluated():
    changed = theorem.setting.replaced({"margin": rho, "ell": sp.Lambda(v, 1 / v)})
    mutated = Interpreter(theorem.quantities, changed, trace(), flow=False)
    assert np.allclose(rows(mutated.value(margin)), [1, 2, 4])
    assert np.allclose(rows(mutated.value(ell(q))), 1 / Q.ravel())


def test_aggregates_along_an_index():
    assert np.allclose(rows(interpreter().value(ops.Total(q, n))), Q.sum(2).ravel())
    assert np.allclose(rows(interpreter().value(ops.Least(q, n))), Q.min(2).ravel())
    assert np.allclose(rows(interpreter().value(ops.Total(1 + 0 * q, n))), 2.0)
    assert np.allclose(rows(interpreter().value(ops.Largest(loss * t * q / q, n))), 1.0)


def test_rates_by_the_chain_rule():
    slope = ops.Rate(sp.log(margin), sp.log(rho))  # tau'/tau - k rho'/rho, over rho'/rho = 1
    assert np.allclose(rows(interpreter().value(slope)), 1 / LOG_T.ravel() - 2)
    assert np.allclose(rows(interpreter().value(ops.Rate(loss * t, t))), 0.0)
    assert np.allclose(rows(interpreter().value(ops.Rate(ops.Total(q**2, n), sp.log(t)))), (2 * Q).sum(2).ravel())
    assert np.allclose(
        rows(interpreter().value(ops.Rate(rho**rho, rho))), [x**x * (np.log(x) + 1) for x in (1.0, 2.0, 4.0)]
    )


def test_a_rate_that_was_not_recorded_is_not_measured():
    with pytest.raises(NotMeasured, match="no rate of 'free'"):
        interpreter(free=Column(np.ones((1, 3)), ("t",))).value(ops.Rate(free, t))
    with pytest.raises(NotMeasured, match="nothing measures 'free'; the trace holds k, loss, q, rho, t"):
        interpreter().value(free)


def test_the_flow_error_counts_only_for_the_trajectory():
    state, trajectory = (as_measured(interpreter(flow).log(loss)).err.max() for flow in (False, True))
    assert state == pytest.approx(1e-9, rel=1)
    assert trajectory == pytest.approx(1e-3, rel=0.01)


def test_exact_columns_stay_exact():
    number = interpreter().value(k**2 / 3)
    assert number.grade is Grade.EXACT
    assert number.values.item() == Fraction(4, 3)


def test_ragged_exact_entries_keep_their_mask():
    values, mask = padded([[Fraction(1), Fraction(2)], [Fraction(5)]])
    ragged = Theorem("ragged")
    index = ragged.index("n")
    a = ragged.quantity("a", over=index)
    seen = Interpreter(
        ragged.quantities, ragged.setting, Trace({"a": Column(values, ("n",))}, ["", ""], {"n": mask}), flow=False
    )
    assert np.allclose(rows(seen.value(ops.Total(a, index))), [3, 5])
