"""`decide`: what a formula answers on a trace.

A pure function of the statement, the formula, the trace and the resolution. Answers are +1, 0, -1 for each instance; And and Always
take the least, Or and Sometimes the greatest, Not the negative. Data never raise: a failed instance, a missing column, a NaN make
the answer INCONCLUSIVE with its reason.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from flint import ctx
from sympy.core.expr import Expr
from sympy.logic.boolalg import Boolean

from verify.evidence.domain import outside_domain
from verify.evidence.findings import PerInstance
from verify.evidence.grades import Grade
from verify.evidence.interpret import Interpreter, NotMeasured
from verify.evidence.numbers import as_measured
from verify.evidence.propositions import Propositions
from verify.evidence.reasons import Code
from verify.evidence.scope import scope_of
from verify.evidence.trace import Trace
from verify.evidence.verdict import Answer, Reason, Verdict
from verify.statement.declarations import Setting

BALL_BITS = 1024
"""Precision of ball arithmetic: the entropy of near-certain weights, 1e-80 say, keeps its sign."""


def decide(
    theorem: Any, formula: Boolean, trace: Trace, within: Fraction | None = None, setting: Setting | None = None
) -> Verdict:
    """The verdict on one formula over all instances of one trace.

    Args:
        theorem: offers `axes`, `quantities` and `setting`.
        formula: with its axes filled in, as declarations hold it.
        trace: what an experiment measured.
        within: the resolution; None where the conclusion has none.
        setting: the definitions in force, when a case replaces some.

    The verdict is universal: HOLDS when every instance holds, REFUTED when one is refuted (the witness), else INCONCLUSIVE.
    """
    scope = scope_of(theorem, formula, trace)
    resolution = None if within is None else float(within)
    if trace.size == 0:
        return _undecided(trace, scope, resolution, Code.VACUOUS.reason("there is no instance to decide on"))
    propositions = Propositions(theorem, setting or theorem.setting, trace, resolution)
    try:
        with ctx.workprec(BALL_BITS):
            finding = propositions.find(formula, flow=False).per_instance()
    except NotMeasured as missing:
        return _undecided(trace, scope, resolution, Code.NOT_MEASURED.reason(f"{missing}"))
    answers, reasons = _excluding_unusable(theorem, trace, propositions.used, finding)
    worst = _worst(answers, finding.margin)
    answer = Answer.of(_universal(answers))
    return Verdict(
        answer=answer,
        grade=propositions.grade if answer is not Answer.INCONCLUSIVE or propositions.grade else Grade.ESTIMATED,
        scope=scope,
        reason=reasons[worst],
        answers=answers,
        confidence=propositions.confidence,
        resolution=resolution,
        resolving_power=_power(finding, answers),
        witness=worst if answer is Answer.REFUTED else None,
        tree=finding.node,
        measured=_measured(finding, worst),
    )


def evaluate(
    theorem: Any, expression: Expr, trace: Trace, setting: Setting | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The value of an expression at the last existing row of every clock, for each instance, with its error bar.

    The expression varies along no other axis. NaN where it was not measured.
    """
    interpreter = Interpreter(theorem.quantities, setting or theorem.setting, trace, flow=True)
    unknown = np.full(trace.size, np.nan)
    try:
        number = as_measured(interpreter.value(expression))
    except NotMeasured:
        return unknown, unknown
    mid, err = (
        np.broadcast_to(part, np.broadcast_shapes(part.shape, (trace.size, *[1] * len(interpreter.axes))))
        for part in (number.mid, number.err)
    )
    rows = mid.reshape(trace.size, -1), err.reshape(trace.size, -1)
    measured = np.isfinite(rows[0])
    last = rows[0].shape[1] - 1 - np.argmax(measured[:, ::-1], axis=1)
    take = np.arange(trace.size), last
    return np.where(measured.any(1), rows[0][take], np.nan), np.where(measured.any(1), rows[1][take], np.nan)


def _undecided(trace: Trace, scope: str, resolution: float | None, reason: Reason) -> Verdict:
    answers = np.zeros(trace.size, dtype=np.int8)
    return Verdict(Answer.INCONCLUSIVE, Grade.ESTIMATED, scope, reason, answers, resolution=resolution)


def _universal(answers: np.ndarray) -> int:
    return -1 if (answers < 0).any() else int(answers.min())


def _excluding_unusable(
    theorem: Any, trace: Trace, used: set[str], finding: PerInstance
) -> tuple[np.ndarray, list[Reason]]:
    """Failed instances, and those with values outside a quantity's declared sign, decide nothing."""
    answers, reasons = finding.answers.copy(), list(finding.reasons)
    strays = outside_domain(theorem.quantities, trace, used)
    for i, status in enumerate(trace.status):
        if status:
            answers[i], reasons[i] = 0, Code.FAILED_INSTANCE.reason(f"instance {i} failed: {status}")
        elif strays[i]:
            answers[i], reasons[i] = 0, Code.OUTSIDE_DOMAIN.reason(f"instance {i}: {strays[i]}")
    return answers, reasons


def _worst(answers: np.ndarray, margin: np.ndarray) -> int:
    """The instance that decides: of those with the least answer, the one with the least margin."""
    candidates = np.flatnonzero(answers == (-1 if (answers < 0).any() else answers.min()))
    margins = np.where(np.isnan(margin[candidates]), np.inf, margin[candidates])
    return int(candidates[np.argmin(margins)])


def _power(finding: PerInstance, answers: np.ndarray) -> float | None:
    """The smallest perturbation that some instance would refute, where the formula holds."""
    powers = finding.power[answers > 0]
    powers = powers[np.isfinite(powers)]
    return float(powers.min()) if len(powers) else None


def _measured(finding: PerInstance, worst: int) -> dict[str, list[float | None]]:
    numbers: dict[str, list[float | None]] = {}
    for name, (value, error) in finding.measured.items():
        if np.isfinite(value[worst]):
            numbers[name] = [float(value[worst]), float(error[worst]) if np.isfinite(error[worst]) else None]
    return numbers
