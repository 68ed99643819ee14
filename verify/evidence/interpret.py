"""The values of expressions on a trace: `value(e)` and `log(e)`, mutually recursive, so that no number under- or overflows.

`loss` may be recorded as its logarithm -10^6; then `log(t*loss)` is a sum of logarithms and `value(loss**2*exp(q))` is the exponential of
one, and `exp(-10^6)` is never formed on the way. Arrays have the instances first, then every axis of the trace in a fixed order, with
length one where an expression does not vary.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp
from flint import arb
from sympy.core.function import AppliedUndef

from verify.evidence import numbers as num
from verify.evidence.numbers import Balls, Exact, Measured, Number
from verify.evidence.trace import Column, Trace
from verify.statement import operators as ops
from verify.statement.declarations import Setting

_RATE = "rate of "


class NotMeasured(Exception):
    """The trace lacks what an expression needs; the message is a sentence."""


class Interpreter:
    """Evaluates expressions of one theorem on one trace.

    `flow` says whether errors are those of the true trajectory (`error + flow_error`) or of the computed state alone.
    """

    def __init__(
        self,
        quantities: Any,
        setting: Setting,
        trace: Trace,
        *,
        flow: bool,
        probability: Callable[[ops.Probability], Number] | None = None,
    ):
        self.quantities = quantities
        self.setting = setting
        self.trace = trace
        self.flow = flow
        self.axes = tuple(trace.lengths)
        self._probability = probability
        self._values: dict[sp.Basic, Number] = {}
        self._logs: dict[sp.Basic, Number] = {}

    def dimension(self, axis: str) -> int:
        """The dimension of an axis in every array."""
        if axis not in self.axes:
            raise NotMeasured(f"the trace has no axis {axis!r}")
        return 1 + self.axes.index(axis)

    def mask(self, axis: str) -> np.ndarray:
        """Which entries of an axis exist, shaped to broadcast."""
        kept = self.trace.masks.get(axis)
        shape = [1] * (1 + len(self.axes))
        shape[self.dimension(axis)] = self.trace.lengths[axis]
        if kept is None:
            return np.ones(shape, dtype=bool)
        shape[0] = self.trace.size
        return np.asarray(kept, dtype=bool).reshape(shape)

    # The two functions ----------------------------------------------------------------------------------------------------

    def value(self, e: sp.Basic) -> Number:
        """The value of the expression."""
        if e not in self._values:
            self._values[e] = self._value(e)
        return self._values[e]

    def log(self, e: sp.Basic) -> Number:
        """The natural logarithm of the expression."""
        if e not in self._logs:
            self._logs[e] = self._log(e)
        return self._logs[e]

    def _value(self, e: Any) -> Number:
        if e.is_Rational:
            return num.exact(Fraction(int(e.p), int(e.q)))
        if e.is_Symbol:
            return self._symbol(e, logarithm=False)
        if isinstance(e, AppliedUndef):
            return self.value(self._applied(e))
        if self.wide(e) and self.positive(e):
            return num.exponential(self.log(e))
        if e.is_Add:
            return reduce(num.add, map(self.value, e.args))
        if e.is_Mul:
            return reduce(num.multiply, map(self.value, self._grouped(e)))
        if isinstance(e, sp.exp):
            return num.exponential(self.value(e.args[0]))
        if isinstance(e, sp.log):
            return self.log(e.args[0])
        if e.is_Pow:
            if e.exp.is_Rational:
                return num.power(self.value(e.base), Fraction(int(e.exp.p), int(e.exp.q)))
            return num.exponential(num.multiply(self.value(e.exp), self.log(e.base)))
        if isinstance(e, ops.Rate):
            above, below = (self.derivative(part) for part in e.parts)
            return self.value(above / below)
        if isinstance(e, ops.Aggregate):
            return self._over_axes(e, {ops.Total: num.total, ops.Least: num.least, ops.Largest: num.largest}[type(e)])
        if isinstance(e, ops.Probability) and self._probability:
            return self._probability(e)
        if isinstance(e, (sp.Min, sp.Max)):
            return reduce(num.smaller if isinstance(e, sp.Min) else num.larger, map(self.value, e.args))
        unary = {sp.Abs: num.absolute, sp.sin: num.sine, sp.cos: num.cosine}.get(type(e))
        if unary is None:
            raise NotMeasured(f"no rule evaluates {e}")
        return unary(self.value(e.args[0]))

    def _log(self, e: Any) -> Number:
        if e.is_Symbol:
            return self._symbol(e, logarithm=True)
        if isinstance(e, AppliedUndef):
            return self.log(self._applied(e))
        if isinstance(e, sp.exp):
            return self.value(e.args[0])
        if e.is_Mul and all(map(self.positive, e.args)):
            return reduce(num.add, map(self.log, e.args))
        if e.is_Pow and self.positive(e.base):
            return num.multiply(self.value(e.exp), self.log(e.base))
        if self.wide(e) and e.is_Add and all(map(self.positive, e.args)):
            return self._log_sum([self.log(term) for term in e.args])
        if isinstance(e, ops.Aggregate) and self.wide(e) and self.positive(e):
            part = e.parts[0]
            if isinstance(e, ops.Total):
                return self._over_axes(e, num.log_total, self.log(part))
            return self._over_axes(e, num.least if isinstance(e, ops.Least) else num.largest, self.log(part))
        if self.wide(e) and self.positive(e):
            raise NotMeasured(f"no rule evaluates the logarithm of {e}")
        return num.logarithm(self.value(e))

    def _log_sum(self, logs: list[Number]) -> Number:
        measured = [num.as_measured(each) for each in logs]
        shape = np.broadcast_shapes(*(each.shape for each in measured))
        stacked = Measured(
            *(
                np.stack([np.broadcast_to(part, shape) for part in parts])
                for parts in zip(*((m.mid, m.err) for m in measured), strict=True)
            )
        )
        folded = num.log_total(stacked, 0, np.ones((len(logs), *[1] * len(shape)), dtype=bool))
        assert isinstance(folded, Measured)
        return Measured(folded.mid[0], folded.err[0])

    def _over_axes(
        self, e: ops.Aggregate, fold: Callable[[Any, int, np.ndarray], Number], part: Number | None = None
    ) -> Number:
        folded = self.value(e.parts[0]) if part is None else part
        for axis in e.axes:
            dimension, mask = self.dimension(axis.name), self.mask(axis.name)
            folded = fold(_stretched(folded, dimension, self.trace.lengths[axis.name], len(self.axes)), dimension, mask)
        return folded

    def _grouped(self, e: Any) -> list[Any]:
        """The factors of a product, those that are positive and of a wide range taken together."""
        wide = [factor for factor in e.args if self.positive(factor) and self.wide(factor)]
        if len(wide) < 2 or len(wide) == len(e.args):
            return list(e.args)
        return [sp.Mul(*wide), *(factor for factor in e.args if factor not in wide)]

    # Symbols --------------------------------------------------------------------------------------------------------------

    def _symbol(self, symbol: sp.Symbol, *, logarithm: bool) -> Number:
        name = symbol.name
        if name in self.setting.definitions:
            return (self.log if logarithm else self.value)(self.setting.definitions[name])
        if name.startswith(_RATE):
            number = self._rate_column(name.removeprefix(_RATE))
            return num.logarithm(number) if logarithm else number
        column = self._column(name)
        number = self._number(column)
        if column.log:
            return number if logarithm else num.exponential(number)
        return num.logarithm(number) if logarithm else number

    def _column(self, name: str) -> Column:
        if name not in self.trace.columns:
            raise NotMeasured(
                f"nothing measures {name!r}; the trace holds {', '.join(sorted(self.trace.columns)) or 'no column'}"
            )
        return self.trace.columns[name]

    def _number(self, column: Column) -> Number:
        values = self._placed(column, column.values)
        if values.dtype == object:
            return self._rigorous(values, column.over)
        err = np.asarray(column.error, dtype=float) + (np.asarray(column.flow_error, dtype=float) if self.flow else 0.0)
        return Measured.of(values, self._placed(column, err))

    def _rigorous(self, values: np.ndarray, over: tuple[str, ...]) -> Number:
        """Fractions or balls; what was not measured makes fractions balls, unless the axis' mask says that it does not exist."""
        missing = np.array([value is None for value in values.flat], dtype=bool).reshape(values.shape)
        exists = reduce(np.logical_and, map(self.mask, over), np.ones(values.shape, dtype=bool))
        balls = any(isinstance(value, arb) for value in values.flat)
        if not (missing & exists).any():
            return Balls(_filled(values, missing, arb(0))) if balls else Exact(_filled(values, missing, Fraction(0)))
        known = values if balls else num.as_balls(Exact(_filled(values, missing, Fraction(0)))).values
        return Balls(_filled(known, missing, arb(float("nan"))))

    def _rate_column(self, name: str) -> Number:
        column = self._column(name)
        if column.rate is None:
            raise NotMeasured(f"no rate of {name!r} was recorded")
        err = np.asarray(column.rate_error, dtype=float)
        return Measured.of(self._placed(column, np.asarray(column.rate, dtype=float)), self._placed(column, err))

    def _placed(self, column: Column, array: np.ndarray) -> np.ndarray:
        """The column's own axes moved to their dimensions, the others of length one."""
        array = np.asarray(array)
        if array.ndim == 0:
            return array
        array = np.broadcast_to(array, column.values.shape)
        order = sorted(range(len(column.over)), key=lambda i: self.axes.index(column.over[i]))
        moved = np.transpose(array, (0, *(1 + i for i in order)))
        lengths = iter(moved.shape[1:])
        return moved.reshape(moved.shape[0], *(next(lengths) if axis in column.over else 1 for axis in self.axes))

    def _applied(self, e: AppliedUndef) -> sp.Basic:
        return self.setting.functions[e.func.__name__](e.args[0])

    # Structure ------------------------------------------------------------------------------------------------------------

    def positive(self, e: Any) -> bool:
        """Whether the expression is positive whatever is measured, by its structure and the declared signs."""
        if e.is_Symbol:
            if e.name in self.setting.definitions:
                return self.positive(self.setting.definitions[e.name])
            declared = self.quantities.get(e.name)
            return declared is not None and declared.sign == "positive"
        if e.is_Rational:
            return e.p > 0
        if isinstance(e, sp.exp):
            return True
        if isinstance(e, AppliedUndef):
            return self.positive(self._applied(e))
        if e.is_Pow:
            return self.positive(e.base)
        if e.is_Mul or e.is_Add or isinstance(e, (sp.Min, sp.Max)):
            return all(map(self.positive, e.args))
        return isinstance(e, ops.Aggregate) and self.positive(e.parts[0])

    def wide(self, e: Any) -> bool:
        """Whether the expression's own value may leave the range of floats: a quantity recorded as its log, or an exponential, outside of a log."""
        if e.is_Symbol:
            if e.name in self.setting.definitions:
                return self.wide(self.setting.definitions[e.name])
            return e.name in self.trace.columns and self.trace.columns[e.name].log
        if isinstance(e, sp.log):
            return False
        if isinstance(e, sp.exp):
            return not e.args[0].is_Rational
        if isinstance(e, AppliedUndef):
            return self.wide(self._applied(e))
        if isinstance(e, (ops.Rate, ops.Probability)):
            return False
        parts = e.parts if isinstance(e, ops.Operator) else e.args
        return any(map(self.wide, parts))

    def columns(self, node: Any) -> set[str]:
        """The names of the columns that the expression or formula rests on."""
        if node.is_Symbol:
            if node.name in self.setting.definitions:
                return self.columns(self.setting.definitions[node.name])
            return {node.name}
        if isinstance(node, AppliedUndef):
            return self.columns(self._applied(node))
        parts = node.parts if isinstance(node, ops.Operator) else node.args
        return set().union(*map(self.columns, parts))

    # Derivatives along the clock --------------------------------------------------------------------------------------------

    def derivative(self, e: Any) -> Any:
        """d e/dclock by the chain rule, as an expression in the recorded rates.

        It is built as an expression so that SymPy cancels `x*(1/x)` before any number is formed; the rate of a quantity that is
        recorded as its logarithm is that of the logarithm.
        """
        if e.is_Rational:
            return sp.Integer(0)
        if e.is_Symbol:
            return self._symbol_derivative(e)
        if isinstance(e, AppliedUndef):
            return self.derivative(self._applied(e))
        if e.is_Add:
            return sp.Add(*map(self.derivative, e.args))
        if e.is_Mul:
            return sp.Add(*(sp.Mul(e / factor, self.derivative(factor)) for factor in e.args))
        if e.is_Pow:
            inner = e.exp * self.derivative(e.base) / e.base
            slope = self.derivative(e.exp)
            return e * (inner if slope == 0 else inner + slope * sp.log(e.base))
        if isinstance(e, sp.exp):
            return e * self.derivative(e.args[0])
        if isinstance(e, sp.log):
            return self.derivative(e.args[0]) / e.args[0]
        if isinstance(e, ops.Total):
            return ops.Total(self.derivative(e.parts[0]), *e.axes)
        raise NotMeasured(f"no rule gives the rate of {e}")

    def _symbol_derivative(self, symbol: sp.Symbol) -> Any:
        name = symbol.name
        if name in self.setting.definitions:
            return self.derivative(self.setting.definitions[name])
        declared = self.quantities[name]
        if declared.kind == "parameter" or not any(self.quantities[axis].kind == "clock" for axis in declared.over):
            return sp.Integer(0)
        rate = sp.Symbol(_RATE + name)
        return symbol * rate if self._column(name).log else rate


def _filled(values: np.ndarray, missing: np.ndarray, by: arb | Fraction) -> np.ndarray:
    filled = values.copy()
    filled[missing] = by
    return filled


def _stretched(number: Number, dimension: int, length: int, axes: int) -> Number:
    """A number that is constant along a dimension, repeated along it, so that a total counts every entry."""
    shape = number.shape or (1,) * (1 + axes)
    target = (*shape[:dimension], length, *shape[dimension + 1 :])
    if isinstance(number, Measured):
        return Measured(np.broadcast_to(number.mid, target), np.broadcast_to(number.err, target))
    return type(number)(np.broadcast_to(number.values, target))
