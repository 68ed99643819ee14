"""What a conclusion's page plots: what the formula speaks of, along its clock, beside what the formula predicts for it.

Read off the formula: a sequence with its limit, an expression with its gauge, one side of a relation with the other. A
theorem file that wants another picture says so with `theorem.plot`. One instance is drawn, the one that decides.
"""

# SymPy's nodes carry attributes that its stubs do not know:
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportCallIssue=false

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import sympy as sp
from flint import ctx
from sympy.core.relational import Relational

from verify.evidence import numbers as num
from verify.evidence.decide import BALL_BITS
from verify.evidence.interpret import Interpreter, NotMeasured
from verify.evidence.trace import Trace
from verify.evidence.verdict import Verdict
from verify.runner.curves import Curves, Reader, thinned
from verify.statement import operators as ops
from verify.statement.cases import TABLE_FAMILY, Case
from verify.statement.render import text
from verify.statement.theorem import Theorem

POINTS = 40
"""Of a line; more cannot be told apart on paper."""
LEAST = 3
"""Points of a line that is worth drawing."""
LINES = 3
"""Of one index, such as the neurons: the first, a middle and the last one."""
_WIDEST = 30 * math.log(10)
"""Beyond thirty decades an expression and its gauge look the same: their ratio is drawn."""
_LONGEST = 60
"""Characters of a label."""
_SIGNS = {sp.Eq: "", sp.Le: "at most ", sp.Lt: "below ", sp.Ge: "at least ", sp.Gt: "above "}


@dataclass(frozen=True)
class View:
    """`y` against `against` (None: the axis along which it varies), beside `predicted`, whose label begins with `saying`.

    A gauge is "exact" where the ratio to it is to tend to one; one of the same "order" is scaled to meet the last row.
    """

    y: Any
    predicted: Any = None
    saying: str = ""
    against: Any = None
    gauge: Literal["", "exact", "order"] = ""


def figure(
    theorem: Theorem, case: Case, trace: Trace, verdict: Verdict, planned: Sequence[Case]
) -> dict[str, Any] | None:
    """The figure of a conclusion's record, after the schema; a conclusion is drawn on one of its families only.

    None for other cases and families, and where nothing can be drawn.
    """
    if case.kind not in ("conclusion", "conjecture") or not trace.size:
        return None
    declared = theorem.plots.get(case.name)
    view = View(declared.y, declared.predicted, "", declared.against) if declared else shown_by(case.formula)
    if view is None or case.families[0] != _family(theorem, case, declared.on if declared else "", planned):
        return None
    try:
        with ctx.workprec(BALL_BITS), np.errstate(all="ignore"):
            return _Drawing(theorem, case, view).figure(trace, _deciding(verdict))
    except NotMeasured:
        return None


def shown_by(formula: Any) -> View | None:
    """What a formula speaks of, and what it predicts; None where it is no claim about one number."""
    if isinstance(formula, (ops.Always, ops.Sometimes, ops.Eventually)):
        return shown_by(formula.parts[0])
    if isinstance(formula, (ops.And, ops.Implies)):
        parts = formula.parts[1:] if isinstance(formula, ops.Implies) else formula.parts
        return next((view for view in map(shown_by, parts) if view is not None), None)
    if isinstance(formula, ops.Tends):
        e, limit = formula.parts
        return View(e, None if limit is sp.oo else limit, "limit ")
    if isinstance(formula, ops.Equivalent):
        return View(*formula.parts, gauge="exact")
    if isinstance(formula, (ops.Theta, ops.BigO)):
        return View(*formula.parts, "order " if isinstance(formula, ops.Theta) else "at most the order ", gauge="order")
    if isinstance(formula, ops.Nondecreasing):
        return View(formula.parts[0])
    if isinstance(formula, Relational) and type(formula) in _SIGNS:
        turned = formula if formula.lhs.free_symbols else formula.reversed
        return View(turned.lhs, turned.rhs, _SIGNS[type(turned)])
    return None


def _family(theorem: Theorem, case: Case, declared: str, planned: Sequence[Case]) -> str:
    """The family whose case is drawn: the declared one, or the first; a user's own table is always drawn."""
    if case.families == (TABLE_FAMILY,):
        return TABLE_FAMILY
    same = (each for each in planned if (each.kind, each.name) == (case.kind, case.name))
    return declared or next(same).families[0]


def _deciding(verdict: Verdict) -> int:
    """The instance that the answer rests on: of those with the least answer, the one with the least margin."""
    margin = np.zeros(len(verdict.answers)) if verdict.tree is None else verdict.tree.margin
    return int(np.lexsort((np.where(np.isnan(margin), np.inf, margin), verdict.answers))[0])


@dataclass(frozen=True)
class _Side:
    """Curves in numbers that fit a drawing, and the words beside them."""

    curves: Curves
    label: str


class _Drawing:
    def __init__(self, theorem: Theorem, case: Case, view: View):
        self.theorem, self.case, self.view = theorem, case, view

    def figure(self, trace: Trace, instance: int) -> dict[str, Any] | None:
        """Along an axis on the one instance; over all instances where nothing drawn varies along an axis."""
        one = self._interpreter(trace.take(np.array([instance])))
        drawn = [part for part in (self.view.y, self.view.predicted, self.view.against) if part is not None]
        shapes = [num.as_measured(one.value(part)).shape for part in drawn]
        shape = np.broadcast_shapes(*shapes, (1,) * (1 + len(one.axes)))
        varying = [name for name in one.axes if shape[one.dimension(name)] > 1]
        axis = min(varying, key=lambda name: not self._is_clock(name), default=None)
        if axis is not None:
            reader = Reader(one, shape, one.dimension(axis))
            x = self._coordinate(reader, one, axis)
            others = {name: shape[one.dimension(name)] for name in varying if name != axis}
            return x and self._assembled(reader, x, others, joined=self._is_clock(axis))
        reader = Reader(self._interpreter(trace), (trace.size, *shape[1:]), 0)
        return self._assembled(reader, _counted(trace.size, "instance"), {}, joined=False)

    def _interpreter(self, trace: Trace) -> Interpreter:
        return Interpreter(self.theorem.quantities, self.case.setting, trace, flow=True)

    def _is_clock(self, axis: str) -> bool:
        return self.theorem.axes[axis].kind == "clock"

    def _coordinate(self, reader: Reader, interpreter: Interpreter, axis: str) -> _Side | None:
        """What stands on the horizontal axis. The number of a row is no value: without its column a clock is not drawn."""
        if self.view.against is not None:
            return self._side(reader.read(self.view.against), self.view.against)
        if axis in interpreter.trace.columns:
            side = self._side(reader.read(self.theorem.axes[axis].symbol), self.theorem.axes[axis].symbol)
            upwards = side.curves.log and self.theorem.axes[axis].to is sp.oo
            return replace(side, curves=side.curves.from_one_on()) if upwards else side
        return None if self._is_clock(axis) else _counted(interpreter.trace.lengths[axis], axis)

    def _sides(self, reader: Reader) -> tuple[_Side, _Side | None, str]:
        """The measured side, the predicted one, and the scale of the axis that they share."""
        view, within = self.view, self.case.within
        if view.gauge:
            return self._against_gauge(reader)
        if view.predicted is None:
            y = self._side(reader.read(view.y), view.y)
            return y, None, y.curves.scale()
        y, predicted = reader.read(view.y, view.predicted), reader.read(view.predicted, view.y)
        if y.log and not (y.fits and predicted.fits):
            sides = (
                _Side(y, f"log({self._text(view.y)})"),
                _Side(predicted, f"{view.saying}log({self._text(view.predicted)})"),
            )
            return *sides, "linear"
        measured, claimed = self._side(y, view.y), self._side(predicted, view.predicted, view.saying)
        if within and not claimed.curves.mid.any() and measured.curves.scale() == "log":
            # zero has no place on a logarithmic axis; what counts as zero has
            claimed = _Side(claimed.curves.shifted(float(within)), f"{claimed.label}, within {within}")
            return measured, claimed, "log"
        if within and view.saying in ("limit ", ""):
            claimed = replace(claimed, curves=claimed.curves.within(float(within)))
        return measured, claimed, measured.curves.scale(claimed.curves)

    def _against_gauge(self, reader: Reader) -> tuple[_Side, _Side, str]:
        view = self.view
        y, gauge = reader.logs(view.y), reader.logs(view.predicted)
        ratio = y.minus(gauge)
        shift = 0.0 if view.gauge == "exact" else ratio.last()
        claimed = gauge.shifted(shift)
        if y.fits and claimed.fits and y.spread < _WIDEST:
            sides = self._side(y, view.y), self._side(claimed, view.predicted, view.saying)
        else:
            sides = (
                self._side(ratio, view.y / view.predicted),
                self._side(gauge.minus(gauge).shifted(shift), sp.Integer(1)),
            )
            sides = sides[0], replace(sides[1], label="1" if view.gauge == "exact" else f"{view.saying}1")
        return *sides, sides[0].curves.scale(sides[1].curves)

    def _side(self, curves: Curves, e: Any, saying: str = "") -> _Side:
        if not curves.log:
            return _Side(curves, saying + self._text(e))
        return (
            _Side(curves.plain(), saying + self._text(e))
            if curves.fits
            else _Side(curves, f"{saying}log({self._text(e)})")
        )

    def _assembled(self, reader: Reader, x: _Side, others: dict[str, int], *, joined: bool) -> dict[str, Any] | None:
        measured, claimed, scale = self._sides(reader)
        x_scale = x.curves.scale_of_rows() if joined else "linear"
        lines: list[dict[str, Any]] = []
        for k in _some(np.flatnonzero(np.isfinite(measured.curves.mid).sum(axis=1) >= LEAST)):
            at = x.curves.mid[min(k, len(x.curves.mid) - 1)]
            rows = thinned(np.where(np.isfinite(measured.curves.mid[k]), at, np.nan), x_scale == "log", POINTS)
            label = ", ".join(
                f"{name} = {i}" for name, i in zip(others, np.unravel_index(k, tuple(others.values())), strict=True)
            )
            lines.append(_line(label or "measured", "measured", at, measured.curves, k, rows, joined))
            if claimed is not None:
                lines.append(_line(claimed.label, "predicted", at, claimed.curves, k, rows, joined))
        distinct = [line for place, line in enumerate(lines) if line not in lines[:place]]
        return (
            {
                "x": {"label": x.label, "scale": x_scale},
                "y": {"label": measured.label, "scale": scale},
                "lines": distinct,
            }
            if distinct
            else None
        )

    def _text(self, e: Any) -> str:
        shown = text(self.theorem, e)
        return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _counted(length: int, name: str) -> _Side:
    """Entries of an index that has no coordinate, by their number from 0 on, as in the reasons of verdicts."""
    return _Side(Curves(np.arange(float(length))[None], np.zeros((1, length))), f"{name}, by number")


def _some(series: np.ndarray) -> Iterator[int]:
    """The first, a middle and the last of many."""
    chosen = series if len(series) <= LINES else series[np.linspace(0, len(series) - 1, LINES).round().astype(int)]
    return map(int, chosen)


def _line(
    label: str, role: str, x: np.ndarray, curves: Curves, series: int, rows: np.ndarray, joined: bool
) -> dict[str, Any]:
    y, error = (_numbers(part[min(series, len(part) - 1)][rows]) for part in (curves.mid, curves.err))
    return {"label": label, "role": role, "x": _numbers(x[rows]), "y": y, "error": error, "joined": joined}


def _numbers(values: np.ndarray) -> list[float | None]:
    """Eight figures: a margin that is short of its limit by 1e-7 of itself still shows."""
    return [float(f"{value:.8g}") if np.isfinite(value) else None for value in values]
