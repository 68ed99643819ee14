"""`decide`: relations at a resolution, connectives, quantifiers, and what never happens to a verdict."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.evidence.decide import decide, evaluate
from verify.evidence.grades import Grade
from verify.evidence.trace import Column, Trace, padded
from verify.evidence.verdict import Answer
from verify.statement import operators as ops
from verify.statement.admission import admit_formula
from verify.statement.theorem import Theorem

HOLDS, REFUTED, OPEN = Answer.HOLDS, Answer.REFUTED, Answer.INCONCLUSIVE
theorem = Theorem("decided")
t = theorem.clock("t")
n = theorem.index("n")
s = theorem.draws("s")
a, b = theorem.quantity("a"), theorem.quantity("b")
x = theorem.quantity("x", over=t)
y = theorem.quantity("y", over=(t, n))
loss = theorem.quantity("loss", over=t, log=True)
mass = theorem.quantity("mass", sign="positive")
hit = theorem.quantity("hit", over=s)


def scalars(error: float = 0.0, **values: float | Fraction | arb) -> Trace:
    """One instance with scalar columns; exact where they are fractions, balls where they are arbs."""
    columns = {
        name: Column(np.array([value], dtype=float if isinstance(value, float) else object), error=error)
        for name, value in values.items()
    }
    return Trace(columns, [""])


def decided(formula, trace: Trace, within=None):
    return decide(theorem, admit_formula(theorem, formula, "the formula"), trace, within)


def series(values, **more) -> Trace:
    values = np.atleast_2d(np.asarray(values, dtype=float))
    clock = np.broadcast_to(np.arange(1.0, values.shape[1] + 1), values.shape)
    return Trace({"t": Column(clock, ("t",)), "x": Column(values, ("t",), **more)}, [""] * len(values))


# (difference a - b, error, resolution) -> Eq, >=, >
RELATIONS = [
    (0.0, 0.1, None, OPEN, OPEN, OPEN),
    (0.0, 0.1, Fraction(1, 5), HOLDS, HOLDS, OPEN),
    (0.5, 0.1, None, REFUTED, HOLDS, HOLDS),
    (-0.5, 0.1, None, REFUTED, REFUTED, REFUTED),
    (-0.15, 0.1, Fraction(1, 5), OPEN, OPEN, OPEN),
    (-0.5, 0.1, Fraction(1, 5), REFUTED, REFUTED, REFUTED),
    (0.5, 0.1, Fraction(1, 5), REFUTED, HOLDS, HOLDS),
    (-0.05, 0.1, Fraction(1, 5), HOLDS, HOLDS, OPEN),
]


@pytest.mark.parametrize(("difference", "error", "within", "equal", "bound", "strict"), RELATIONS)
def test_a_measured_relation_is_decided_by_its_enclosure_and_the_resolution(
    difference, error, within, equal, bound, strict
):
    trace = scalars(error / 2, a=1.0 + difference, b=1.0)
    assert decided(sp.Eq(a, b), trace, within).answer is equal
    assert decided(a >= b, trace, within).answer is bound
    assert decided(b <= a, trace, within).answer is bound
    assert decided(a > b, trace, within).answer is strict
    assert decided(sp.Ne(a, b), trace, within).answer is Answer.of(-{HOLDS: 1, REFUTED: -1, OPEN: 0}[equal])


def test_exact_numbers_need_no_resolution_and_strict_bounds_never_hold_at_equality():
    trace = scalars(a=Fraction(1, 3), b=Fraction(1, 3))
    for formula, answer in ((sp.Eq(a, b), HOLDS), (a >= b, HOLDS), (a > b, REFUTED), (sp.Eq(a, b + 1), REFUTED)):
        verdict = decided(formula, trace)
        assert (verdict.answer, verdict.grade) == (answer, Grade.EXACT)


def test_balls_decide_rigorously_or_not_at_all():
    trace = scalars(a=arb(2).sqrt(), b=arb(2).sqrt() + arb("1e-3"))
    assert decided(a < b, trace).answer is HOLDS
    assert decided(a < b, trace).grade is Grade.ENCLOSED
    assert decided(a <= a + b - b, scalars(a=arb(1, 0.1), b=arb(2))).answer is OPEN
    assert decided(a > 0, scalars(a=arb(float("nan")))).answer is OPEN


def test_numbers_beyond_the_range_of_floats_are_compared_in_logarithms():
    column = Column(np.array([[-1e6, -2e6, -3e6]]), ("t",), log=True, error=1e-6)
    clock = Column(np.array([[1.0, 2.0, 3.0]]), ("t",))
    trace = Trace({"t": clock, "loss": column}, [""])
    assert decided(ops.Always(loss > 0), trace).answer is HOLDS
    assert decided(ops.Always(loss <= 0), trace).answer is REFUTED
    assert decided(ops.Always(loss < sp.exp(-(10**6) // 2)), trace).answer is HOLDS
    assert decided(ops.Always(sp.Eq(loss, sp.exp(-(10**6) * t))), trace, Fraction(1, 1000)).answer is HOLDS
    assert decided(ops.Always(sp.Eq(loss, 2 * sp.exp(-(10**6) * t))), trace, Fraction(1, 1000)).answer is REFUTED


TRUTH = {1: a > 0, -1: a < 0, 0: sp.Eq(a, 1)}  # with a = 1 +- .1 and no resolution


@pytest.mark.parametrize(("p", "q"), list(itertools.product((1, 0, -1), repeat=2)))
def test_truth_tables(p, q):
    trace = scalars(0.1, a=1.0)
    left, right = TRUTH[p], TRUTH[q]
    for formula, sign in (
        (ops.And(left, right), min(p, q)),
        (ops.Or(left, right), max(p, q)),
        (ops.Implies(left, right), max(-p, q)),
        (ops.Not(left), -p),
    ):
        assert decided(formula, trace).answer is Answer.of(sign)


def test_quantifiers_over_a_ragged_index_ignore_what_does_not_exist():
    values = np.array([[[1.0, 2.0, np.nan], [3.0, 4.0, np.nan]], [[1.0, 2.0, 3.0], [-1.0, 1.0, 1.0]]])
    mask = np.array([[True, True, False], [True, True, True]])
    clock = Column(np.array([[1.0, 2.0]] * 2), ("t",))
    trace = Trace({"t": clock, "y": Column(values, ("t", "n"))}, ["", ""], {"n": mask})
    everywhere = decided(ops.Always(y > 0, over=(t, n)), trace)
    assert everywhere.answers.tolist() == [1, -1]
    assert everywhere.answer is REFUTED
    assert everywhere.witness == 1
    assert "t = 2" in everywhere.reason.sentence
    assert decided(ops.Sometimes(y > 2, over=(t, n)), trace).answers.tolist() == [1, 1]
    assert decided(ops.Always(ops.Sometimes(y > 3, over=n), over=t), trace).answers.tolist() == [-1, -1]


def test_a_row_that_was_not_measured_leaves_always_open_unless_another_refutes():
    assert decided(ops.Always(x > 0), series([1.0, np.nan, 2.0])).answer is OPEN
    assert decided(ops.Always(x > 0), series([1.0, np.nan, -2.0])).answer is REFUTED
    assert decided(ops.Sometimes(x > 0), series([-1.0, np.nan, -2.0])).answer is OPEN


def test_eventually_asks_the_last_three_rows():
    assert decided(ops.Eventually(x > 0), series([-1.0, -1.0, 1.0, 1.0, 1.0])).answer is HOLDS
    assert decided(ops.Eventually(x > 0), series([1.0, 1.0, -1.0, -1.0, -1.0])).answer is REFUTED
    assert decided(ops.Eventually(x > 0), series([1.0, 1.0, 1.0, -1.0, 1.0])).answer is OPEN
    assert decided(ops.Eventually(x > 0), series([1.0, 1.0])).reason.code == "too-few-rows"


def test_state_relations_ignore_the_flow_error_and_trajectory_statements_do_not():
    wide = {"flow_error": 10.0}
    assert decided(ops.Always(x > 0), series([1.0, 1.0, 1.0], **wide)).answer is HOLDS
    assert decided(ops.Always(x > 0), series([1.0, 1.0, 1.0], state=False, **wide)).answer is OPEN
    assert decided(ops.Eventually(x > 0), series([1.0, 1.0, 1.0], **wide)).answer is OPEN


def test_one_refuted_instance_refutes_and_a_failed_one_decides_nothing():
    trace = series([[1.0, 1.0, 1.0], [1.0, 1.0, -1.0]])
    assert decided(ops.Always(x > 0), trace).witness == 1
    failed = Trace(trace.columns, ["", "the step collapsed"])
    verdict = decided(ops.Always(x > 0), failed)
    assert (verdict.answer, verdict.reason.code) == (OPEN, "failed-instance")
    assert "the step collapsed" in verdict.reason.sentence


def test_nothing_holds_vacuously():
    assert decided(a > 0, Trace({"a": Column(np.zeros(0))}, [])).reason.code == "vacuous"
    values, mask = padded([[], [Fraction(1)]])
    trace = Trace({"y": Column(values.astype(float)[:, None, :], ("t", "n"))}, ["", ""], {"n": mask})
    verdict = decided(ops.Always(y > 0, over=(t, n)), trace)
    assert verdict.answers.tolist() == [0, 1]
    assert verdict.reason.code == "vacuous"


def test_what_the_trace_lacks_is_named():
    verdict = decided(a > b, scalars(a=1.0))
    assert (verdict.answer, verdict.reason.code) == (OPEN, "not-measured")
    assert "nothing measures 'b'; the trace holds a" in verdict.reason.sentence


def test_a_value_against_its_declared_sign_decides_nothing():
    verdict = decided(mass < 5, scalars(mass=-1.0))
    assert (verdict.answer, verdict.reason.code) == (OPEN, "outside-domain")
    assert decided(mass < 5, scalars(mass=1.0)).answer is HOLDS


def test_probability_counts_decided_draws_only():
    sure = np.concatenate([np.ones(700), -np.ones(200), np.zeros(100)])
    trace = Trace({"hit": Column(sure[None], ("s",), error=0.5)}, [""])
    event = ops.Probability(hit > 0)
    verdict = decided(event >= Fraction(3, 5), trace)
    assert verdict.answer is HOLDS
    assert verdict.confidence == pytest.approx(1 - 1e-9)
    assert decided(event >= Fraction(9, 10), trace).answer is REFUTED
    assert decided(event >= Fraction(75, 100), trace).answer is OPEN


def test_resolving_power_is_the_smallest_shift_that_would_be_refuted():
    verdict = decided(sp.Eq(a, b), scalars(0.01, a=1.03, b=1.0), Fraction(1, 10))
    power = verdict.resolving_power
    assert power is not None
    assert power == pytest.approx(0.1 + 0.02 - 0.03, rel=1e-6)
    for factor, answer in ((0.99, OPEN), (1.01, REFUTED)):
        assert (
            decided(
                sp.Eq(a, b - sp.Rational(str(power * factor))), scalars(0.01, a=1.03, b=1.0), Fraction(1, 10)
            ).answer
            is answer
        )


def test_evaluate_reads_the_last_measured_row():
    value, error = evaluate(theorem, 2 * x, series([[1.0, 2.0, 3.0], [1.0, 5.0, np.nan]], error=0.1))
    assert value.tolist() == [6.0, 10.0]
    assert error[0] == pytest.approx(0.2)


FORMULAS = [
    a >= b,
    a > b,
    sp.Eq(a, b),
    ops.Not(a >= b),
    ops.Or(a > b, sp.Eq(a, b)),
    ops.And(a >= b, b >= 0),
    ops.Implies(a > b, sp.Ne(a, b)),
]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(FORMULAS),
    st.floats(-1, 1),
    st.floats(-1, 1),
    st.floats(0, 0.2),
    st.floats(0, 2),
    st.sampled_from([None, Fraction(1, 10)]),
)
def test_growing_error_bars_never_turn_an_answer_into_its_opposite(formula, left, right, error, more, within):
    before = decided(formula, scalars(error, a=left, b=right), within).answer
    after = decided(formula, scalars(error + more, a=left, b=right), within).answer
    assert {before, after} != {HOLDS, REFUTED}


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(FORMULAS), st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 0.2))
def test_a_formula_and_its_negation_are_opposite(formula, left, right, error):
    trace = scalars(error, a=left, b=right)
    signs = {HOLDS: 1, REFUTED: -1, OPEN: 0}
    assert signs[decided(formula, trace).answer] == -signs[decided(ops.Not(formula), trace).answer]
