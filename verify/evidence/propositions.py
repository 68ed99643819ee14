"""The truth of formulas on a trace, entry by entry: one method for each family of operators."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import sympy as sp
from sympy.core.relational import Relational

from verify.evidence import numbers as num
from verify.evidence.findings import Finding, Index, combine, fold_axis, node_of, opposite
from verify.evidence.grades import Grade
from verify.evidence.interpret import Interpreter, NotMeasured
from verify.evidence.numbers import Measured, Number
from verify.evidence.reasons import Code
from verify.evidence.relations import compare
from verify.evidence.rules.eventually import ROWS as LAST_ROWS
from verify.evidence.rules.eventually import judge_eventually
from verify.evidence.rules.gauges import judge_gauge
from verify.evidence.rules.judgement import Judgement
from verify.evidence.rules.monotone import judge_monotone
from verify.evidence.rules.probability import SHARE, probability_interval
from verify.evidence.rules.tends import judge_limit
from verify.evidence.trace import Trace
from verify.evidence.verdict import Reason
from verify.statement import operators as ops
from verify.statement.declarations import Setting

_GAUGES: dict[type, Literal["theta", "bigo", "equivalent"]] = {
    ops.Theta: "theta",
    ops.BigO: "bigo",
    ops.Equivalent: "equivalent",
}


class Propositions:
    """Decides the formulas of one case. After `find`, `grade`, `confidence` and `used` say what the answer rests on."""

    def __init__(self, theorem: Any, setting: Setting, trace: Trace, resolution: float | None):
        self.theorem = theorem
        self.trace = trace
        self.resolution = resolution
        self.grade = Grade.EXACT
        self.confidence: float | None = None
        self.used: set[str] = set()
        self._at_state, self._on_trajectory = (
            Interpreter(theorem.quantities, setting, trace, flow=flow, probability=self._probability)
            for flow in (False, True)
        )

    def find(self, formula: Any, *, flow: bool) -> Finding:
        """What the formula answers; `flow` where the statement is about the trajectory, not about each state alone."""
        if isinstance(formula, (ops.And, ops.Or, ops.Implies)):
            return self._connective(formula, flow)
        if isinstance(formula, ops.Not):
            child = self.find(formula.parts[0], flow=flow)
            return self._noted(opposite(child), formula, (child.node,))
        if isinstance(formula, (ops.Always, ops.Sometimes)):
            return self._quantified(formula, flow)
        if isinstance(formula, ops.Eventually):
            return self._eventually(formula)
        if isinstance(formula, Relational):
            return self._relation(formula, flow)
        if isinstance(formula, ops.Nondecreasing):
            return self._nondecreasing(formula)
        if isinstance(formula, ops.Tends):
            return self._tends(formula)
        if isinstance(formula, (ops.Theta, ops.BigO, ops.Equivalent)):
            return self._gauge(formula)
        raise NotMeasured(f"no rule decides {formula}")

    # Connectives and quantifiers --------------------------------------------------------------------------------------------

    def _connective(self, formula: Any, flow: bool) -> Finding:
        parts = list(formula.parts)
        if isinstance(formula, ops.Implies):
            parts[0] = ops.Not(parts[0])
        children = [self.find(part, flow=flow) for part in parts]
        return self._noted(
            combine(children, universal=isinstance(formula, ops.And)), formula, tuple(child.node for child in children)
        )

    def _quantified(self, formula: Any, flow: bool) -> Finding:
        child = found = self.find(formula.parts[0], flow=flow)
        for axis in formula.axes:
            dimension = self._at_state.dimension(axis.name)
            mask = self._at_state.mask(axis.name)
            if found.answers.shape[dimension] == 1:
                mask = np.any(mask, axis=dimension, keepdims=True)
            found = fold_axis(found, dimension, mask, universal=isinstance(formula, ops.Always))
        return self._noted(found, formula, (child.node,))

    def _eventually(self, formula: Any) -> Finding:
        child = self.find(formula.parts[0], flow=True)
        (axis,) = formula.axes
        dimension = self._at_state.dimension(axis.name)
        measured = np.broadcast_to(self._at_state.mask(axis.name), child.answers.shape) & ~np.isnan(child.margin)
        rows, exists = (np.moveaxis(part, dimension, -1) for part in (child.answers, measured))
        rest = rows.shape[:-1]
        judged = judge_eventually(rows.reshape(-1, rows.shape[-1]), exists.reshape(-1, rows.shape[-1]))
        late = exists & (np.cumsum(exists[..., ::-1], axis=-1)[..., ::-1] <= LAST_ROWS)
        folded = fold_axis(child, dimension, np.moveaxis(late, -1, dimension), universal=True)
        answers = np.expand_dims(judged.answers.reshape(rest), dimension)
        order = np.expand_dims(np.arange(answers.size).reshape(rest), dimension)

        def explain(index: Index) -> Reason:
            return folded.explain(index) if answers[index] else judged.reasons[int(order[index])]

        return self._noted(replace(folded, answers=answers, explain=explain), formula, (child.node,))

    # Relations ----------------------------------------------------------------------------------------------------------------

    def _relation(self, relation: Any, flow: bool) -> Finding:
        interpreter = self._interpreter(relation, flow)
        comparison = compare(interpreter, relation, self.resolution)
        self.grade = min(self.grade, comparison.grade)
        shape = np.broadcast_shapes(comparison.answers.shape, (self.trace.size, *[1] * len(interpreter.axes)))
        answers, margin, power, mid, err = (
            np.broadcast_to(part, shape)
            for part in (
                comparison.answers,
                comparison.margin,
                comparison.power,
                comparison.difference,
                comparison.error,
            )
        )
        sides = _sides(relation, comparison.logarithmic)

        def explain(index: Index) -> Reason:
            row = self._row(index, comparison.answers.shape)
            bar = "" if comparison.grade is Grade.EXACT else f" +- {err[index]:.2g}"  # there, how a float is rounded
            found = f"{sides} = {mid[index]:.7g}{bar}{row}."
            if np.isnan(mid[index]):
                return Code.NOT_MEASURED.reason(f"{relation} was not measured{row}.")
            if answers[index]:
                return (Code.HOLDS if answers[index] > 0 else Code.REFUTED).reason(found)
            if comparison.unresolved:
                return Code.NO_RESOLUTION.reason(found)
            return Code.WITHIN_ERROR.reason(f"{found[:-1]}, at the resolution {self.resolution or 0:.3g}.")

        found = Finding(
            answers,
            margin,
            power,
            {"difference": (mid, err)},
            explain,
            node_of(_said(relation), "relation", answers, margin),
        )
        return self._noted(found, relation, ())

    def _interpreter(self, node: Any, flow: bool) -> Interpreter:
        """Relations of state functions are decided with the error at the state, everything else with the flow's error too."""
        columns = self._at_state.columns(node) & set(self.trace.columns)
        self.used |= columns
        return (
            self._on_trajectory
            if flow or not all(self.trace.columns[name].state for name in columns)
            else self._at_state
        )

    def _row(self, index: Index, shape: tuple[int, ...]) -> str:
        """Where an entry stands, such as " at log t = 13.8, n = 3", along the axes on which an array of this shape varies."""
        named = []
        for position, name in enumerate(self.trace.lengths, start=1):
            if position >= len(shape) or shape[position] == 1:
                continue
            column = self.trace.columns.get(name)
            if column is not None and column.over == (name,):
                coordinate = column.values[index[0], index[position]]
                named.append(f"{'log ' if column.log else ''}{name} = {float(coordinate):.5g}")
            else:
                named.append(f"{name} = {index[position]}")
        return f" at {', '.join(named)}" if named else ""

    # Statements along the clock -------------------------------------------------------------------------------------------------

    def _nondecreasing(self, formula: Any) -> Finding:
        (e,), (axis,) = formula.parts, formula.axes
        interpreter = self._along(e, axis)
        logarithmic = interpreter.positive(e) and interpreter.wide(e)
        series = interpreter.log(e) if logarithmic else interpreter.value(e)
        try:
            slope = interpreter.value(interpreter.derivative(sp.log(e) if logarithmic else e))
        except NotMeasured:
            value, error, shape = self._rows(axis, series)
            judged = judge_monotone(value, error, resolution=self.resolution)
        else:
            value, error, rate, rate_error, shape = self._rows(axis, series, slope)
            judged = judge_monotone(value, error, rate, rate_error, resolution=self.resolution)
        return self._judged(judged, shape, formula)

    def _tends(self, formula: Any) -> Finding:
        (e, limit), (axis,) = formula.parts, formula.axes
        interpreter = self._along(e, axis, limit)
        target: Number = Measured(np.array(np.inf), np.array(0.0)) if limit is sp.oo else interpreter.value(limit)
        value, error, goal, goal_error, clock, _, shape = self._rows(
            axis, interpreter.value(e), target, interpreter.log(axis)
        )
        judged = judge_limit(
            value, error, goal, goal_error, clock, towards=self._towards(axis), resolution=self.resolution
        )
        return self._judged(judged, shape, formula)

    def _gauge(self, formula: Any) -> Finding:
        (e, gauge), (axis,) = formula.parts, formula.axes
        interpreter = self._along(e, axis, gauge)
        ratio = num.subtract(interpreter.log(e), interpreter.log(gauge))
        value, error, clock, _, shape = self._rows(axis, ratio, interpreter.log(axis))
        kind = _GAUGES[type(formula)]
        depth = max(_depth(part, axis) for part in (e, gauge))
        judged = judge_gauge(
            kind, value, error, clock, towards=self._towards(axis), depth=depth, resolution=self.resolution
        )
        return self._judged(judged, shape, formula)

    def _along(self, e: Any, axis: sp.Symbol, *others: Any) -> Interpreter:
        self.grade = Grade.ESTIMATED
        for node in (e, axis, *others):
            self.used |= self._at_state.columns(node) & set(self.trace.columns) if node is not sp.oo else set()
        self._at_state.dimension(axis.name)
        return self._on_trajectory

    def _towards(self, axis: sp.Symbol) -> str:
        return "0" if self.theorem.axes[axis.name].to == 0 else "oo"

    def _rows(self, axis: sp.Symbol, *numbers: Number) -> list[Any]:
        """Middles and errors as (series, rows), the clock last and the rest flattened; then the shape of the rest."""
        dimension = self._at_state.dimension(axis.name)
        measured = [num.as_measured(number) for number in numbers]
        shape = np.broadcast_shapes(*(m.shape for m in measured), (self.trace.size, *[1] * len(self._at_state.axes)))
        shape = (*shape[:dimension], self.trace.lengths[axis.name], *shape[dimension + 1 :])
        mask = self._at_state.mask(axis.name)
        rows: list[Any] = []
        for m in measured:
            mid = np.where(mask, np.broadcast_to(m.mid, shape), np.nan)
            for part in (mid, np.broadcast_to(m.err, shape)):
                rows.append(np.moveaxis(part, dimension, -1).reshape(-1, shape[dimension]))
        rest = (*shape[:dimension], 1, *shape[dimension + 1 :])
        return [*rows, rest]

    def _judged(self, judged: Judgement, shape: tuple[int, ...], formula: Any) -> Finding:
        answers, margin, power = (
            np.asarray(part).reshape(shape) for part in (judged.answers, judged.margin, judged.power)
        )
        measured = {
            name: (value.reshape(shape), error.reshape(shape)) for name, (value, error) in judged.measured.items()
        }
        order = np.arange(answers.size).reshape(shape)
        found = Finding(
            answers,
            margin,
            power,
            measured,
            lambda index: judged.reasons[int(order[index])],
            node_of(_said(formula), "", answers, margin),
        )
        return self._noted(found, formula, ())

    # Draws ------------------------------------------------------------------------------------------------------------------------

    def _probability(self, e: ops.Probability) -> Number:
        event = self.find(e.parts[0], flow=True)
        (axis,) = e.axes
        dimension, mask = self._at_state.dimension(axis.name), self._at_state.mask(axis.name)
        shape = np.broadcast_shapes(event.answers.shape, mask.shape)
        answers, kept = np.broadcast_to(event.answers, shape), np.broadcast_to(mask, shape)
        counts = [(kept & chosen).sum(dimension, keepdims=True) for chosen in (answers > 0, answers < 0, answers < 2)]
        lower, upper = probability_interval(*counts)
        self.confidence = 1 - SHARE
        return Measured((lower + upper) / 2, (upper - lower) / 2)

    def _noted(self, found: Finding, formula: Any, children: tuple) -> Finding:
        return replace(
            found, node=node_of(_said(formula), type(formula).__name__, found.answers, found.margin, children)
        )


def _depth(node: Any, clock: sp.Symbol) -> int:
    """How many logarithms are iterated around the clock's symbol: 0 for powers of it, 1 for log t, 2 for log log t."""
    if not node.args:
        return 0
    inner = max(_depth(arg, clock) for arg in node.args)
    return inner + 1 if isinstance(node, sp.log) and node.has(clock) else inner


def _sides(relation: Any, logarithmic: bool) -> str:
    """What the relation compares, as text: the side that is to be larger first, as the difference is formed."""
    lhs, rhs = relation.lhs, relation.rhs
    if isinstance(relation, (sp.Le, sp.Lt)):
        lhs, rhs = rhs, lhs
    if logarithmic:
        return f"log({_said(lhs)}) - log({_said(rhs)})"
    if rhs == 0:
        return _said(lhs)
    taken = _said(rhs)
    return f"{_said(lhs)} - ({taken})" if rhs.is_Add or taken.startswith("-") else f"{_said(lhs)} - {taken}"


@lru_cache(maxsize=4096)
def _said(formula: Any) -> str:
    """The formula as text, which SymPy takes a millisecond for: the same ones are decided on family after family."""
    return str(formula)
