"""The words of a statement: propositions and aggregates over named axes, as SymPy objects that never evaluate.

A formula is a tree of these operators over SymPy relations (`<=`, `<`, `Eq`, `Ne`). SymPy must print it and carry it, and must
not think about it: `And(x > 0, x <= 0)` stays as written, a Python bool is refused where it enters, and `simplify`
leaves an operator alone. The connectives `And`, `Or`, `Not`, `Implies` are our own for that reason; SymPy's evaluate
their arguments at birth, so that `Or(a == b, x > 0)` would silently become `x > 0`.

An operator binds one or more *axes* (`over=`, `along=`): the clock, an index, the draws. Where only one fits, it may be left
out; `Theorem` fills it in when the formula is declared.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.expr import Expr
from sympy.logic.boolalg import Boolean, BooleanAtom

from verify.errors import StatementError


def _proposition(given: Any, operator: str) -> sp.Basic:
    if isinstance(given, (bool, BooleanAtom)):
        raise StatementError(
            f"{operator}(...) was given the constant {given}: SymPy settled a relation at birth, or `==` was used; "
            "write Eq(a, b) for an equation, and give relations whose truth depends on a quantity"
        )
    formula = sp.sympify(given)
    if not isinstance(formula, Boolean):
        raise StatementError(
            f"{operator}(...) was given {formula}, which is not a formula; write a relation such as x >= 0 or Eq(x, y)"
        )
    return formula


def _expression(given: Any, operator: str) -> Expr:
    expression = sp.sympify(given)
    if not isinstance(expression, Expr):
        raise StatementError(
            f"{operator}(...) was given {given}, which is not an expression; write a formula's sides, not a relation"
        )
    return expression


def _axes(over: Any) -> tuple[sp.Symbol, ...]:
    axes: Any = over if isinstance(over, (tuple, list, sp.Tuple)) else () if over is None else (over,)
    for axis in axes:
        if not isinstance(axis, sp.Symbol):
            raise StatementError(
                f"the axis {axis!r} is not a symbol; pass what theorem.clock(...) or theorem.index(...) returned"
            )
    return tuple(axes)


class Operator:
    """What every operator shares: it survives `simplify`, and it says how many of its arguments are not axes."""

    arity = 1
    latex_template = ""

    def _eval_simplify(self, **_: Any):
        return self

    @property
    def parts(self) -> tuple[sp.Basic, ...]:
        """The arguments that are formulas or expressions."""
        return self.args[: self.arity]  # type: ignore[attr-defined]

    @property
    def axes(self) -> tuple[sp.Symbol, ...]:
        """The axes bound here; empty when they have not been filled in yet."""
        return self.args[self.arity :]  # type: ignore[attr-defined]

    def _latex(self, printer: Any) -> str:
        axes = ", ".join(printer._print(axis) for axis in self.axes)
        limits = getattr(printer, "limits", {})
        clock = ", ".join(
            rf"{printer._print(axis)} \to {limits[axis]}" if axis in limits else axes for axis in self.axes
        )
        return self.latex_template.format(*(printer._print(part) for part in self.parts), axes=axes, clock=clock)

    def _sympystr(self, printer: Any) -> str:
        parts = [printer._print(part) for part in self.parts]
        axes = ", ".join(printer._print(axis) for axis in self.axes)
        return f"{type(self).__name__}({', '.join(parts)}{f'; {axes}' if axes else ''})"


class Proposition(Operator, Boolean):
    """A formula built by an operator."""

    def __bool__(self) -> bool:
        raise StatementError(
            f"{self} has no truth value by itself; write And(a, b), Or(a, b), Not(a) in place of and, or, not"
        )


class _Connective(Proposition):
    least_arguments = 2

    def __new__(cls, *formulas: Any):
        if len(formulas) < cls.least_arguments:
            raise StatementError(
                f"{cls.__name__}(...) needs at least {cls.least_arguments} formula(s), and {len(formulas)} was given"
            )
        return Boolean.__new__(cls, *(_proposition(formula, cls.__name__) for formula in formulas))

    @property
    def parts(self) -> tuple[sp.Basic, ...]:
        return self.args

    @property
    def axes(self) -> tuple[sp.Symbol, ...]:
        return ()


class And(_Connective):
    """Every one of the formulas."""

    def _latex(self, printer: Any) -> str:
        return r" \;\wedge\; ".join(_grouped(part, printer) for part in self.parts)


class Or(_Connective):
    """At least one of the formulas."""

    def _latex(self, printer: Any) -> str:
        return r" \;\vee\; ".join(_grouped(part, printer) for part in self.parts)


class Not(_Connective):
    """The formula is false; where the formula is undecided, so is this."""

    least_arguments = 1

    def __new__(cls, formula: Any):
        return super().__new__(cls, formula)

    def _latex(self, printer: Any) -> str:
        return rf"\neg\,{_grouped(self.parts[0], printer)}"


class Implies(_Connective):
    """Or(Not(premise), consequence)."""

    def __new__(cls, premise: Any, consequence: Any):
        return super().__new__(cls, premise, consequence)

    def _latex(self, printer: Any) -> str:
        return rf"{_grouped(self.parts[0], printer)} \;\Rightarrow\; {_grouped(self.parts[1], printer)}"


def _grouped(formula: sp.Basic, printer: Any) -> str:
    printed = printer._print(formula)
    return rf"\left({printed}\right)" if isinstance(formula, _Connective) else printed


class _Quantifier(Proposition):
    def __new__(cls, formula: Any, *axes: Any, over: Any = None):
        return Boolean.__new__(cls, _proposition(formula, cls.__name__), *_axes(axes), *_axes(over))


class Always(_Quantifier):
    """The formula at every point of the axes."""

    latex_template = r"\forall {axes}:\; {0}"


class Sometimes(_Quantifier):
    """The formula at one point of the axes at least."""

    latex_template = r"\exists {axes}:\; {0}"


class Eventually(_Quantifier):
    """The formula from some point of the clock on, towards its limit."""

    latex_template = r"\text{{eventually in }} {axes}:\; {0}"


class Probability(Operator, Expr):
    """The probability of an event over the draws; compare it with a number."""

    latex_template = r"\mathbb{{P}}_{{{axes}}}\left[{0}\right]"

    def __new__(cls, event: Any, *axes: Any, over: Any = None):
        return Expr.__new__(cls, _proposition(event, cls.__name__), *_axes(axes), *_axes(over))


class Nondecreasing(Proposition):
    """The expression never falls along the clock."""

    latex_template = r"{0}\ \text{{is nondecreasing in }} {axes}"

    def __new__(cls, expression: Any, *axes: Any, along: Any = None):
        return Boolean.__new__(cls, _expression(expression, cls.__name__), *_axes(axes), *_axes(along))


class _Asymptotic(Proposition):
    """A comparison of an expression with a second one as the clock goes to its limit."""

    arity = 2

    def __new__(cls, expression: Any, other: Any, *axes: Any, along: Any = None):
        sides = (_expression(expression, cls.__name__), _expression(other, cls.__name__))
        return Boolean.__new__(cls, *sides, *_axes(axes), *_axes(along))


class Tends(_Asymptotic):
    """The expression converges to the limit."""

    latex_template = r"{0} \to {1}\quad ({clock})"


class Theta(_Asymptotic):
    """The expression is of the same order as the gauge: their ratio stays between two positive constants."""

    latex_template = r"{0} = \Theta\left({1}\right)\quad ({clock})"


class BigO(_Asymptotic):
    """The expression is at most of the order of the gauge."""

    latex_template = r"{0} = O\left({1}\right)\quad ({clock})"


class Equivalent(_Asymptotic):
    """The ratio of the expression to the gauge tends to one."""

    latex_template = r"{0} \sim {1}\quad ({clock})"


class Rate(Operator, Expr):
    """The derivative of an expression along the clock, per unit of `wrt`: (de/dclock) / (d wrt/dclock)."""

    arity = 2
    latex_template = r"\frac{{d\,{0}}}{{d\,{1}}}"

    def __new__(cls, expression: Any, wrt: Any):
        return Expr.__new__(cls, _expression(expression, cls.__name__), _expression(wrt, cls.__name__))

    def _latex(self, printer: Any) -> str:
        top, bottom = (self._factor(part, printer) for part in self.parts)
        return rf"\frac{{d {top}}}{{d {bottom}}}"

    @staticmethod
    def _factor(part: sp.Basic, printer: Any) -> str:
        printed = printer._print(part)
        return printed if part.is_Symbol or isinstance(part, sp.log) else rf"\left({printed}\right)"


class Aggregate(Operator, Expr):
    """One number from the values of an expression along an index."""

    def __new__(cls, expression: Any, *axes: Any, over: Any = None):
        return Expr.__new__(cls, _expression(expression, cls.__name__), *_axes(axes), *_axes(over))


class Total(Aggregate):
    """The sum of the expression over an index."""

    latex_template = r"\sum_{{{axes}}} {0}"


class Least(Aggregate):
    """The smallest value of the expression over an index."""

    latex_template = r"\min_{{{axes}}} {0}"


class Largest(Aggregate):
    """The largest value of the expression over an index."""

    latex_template = r"\max_{{{axes}}} {0}"


OPERATORS: tuple[type[Operator], ...] = (
    And, Or, Not, Implies, Always, Sometimes, Eventually, Probability, Nondecreasing, Tends, Theta, BigO, Equivalent, Rate,
    Total, Least, Largest,
)  # fmt: skip
