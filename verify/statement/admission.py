"""What a formula must satisfy to be declared, and the filling in of axes where only one fits.

Everything that SymPy could have settled silently is refused here with one sentence that says what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sympy as sp
from sympy.core.expr import Expr
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanAtom, BooleanFunction

from verify.errors import StatementError
from verify.statement import operators as ops

if TYPE_CHECKING:
    from verify.statement.theorem import Theorem

_ALONG_THE_CLOCK = (ops.Nondecreasing, ops.Tends, ops.Theta, ops.BigO, ops.Equivalent, ops.Eventually)


def admit_formula(theorem: Theorem, formula: Any, where: str) -> Boolean:
    """The formula with its axes filled in, or a StatementError that says what to write."""
    if isinstance(formula, (bool, BooleanAtom)):
        raise StatementError(
            f"{where} is the constant {formula}: SymPy settled a relation at birth, or `==` was used; write Eq(a, b) for an "
            "equation, and relations whose truth depends on a quantity"
        )
    if not isinstance(formula, Boolean) or isinstance(formula, sp.Symbol):
        raise StatementError(
            f"{where} is {formula!r}, which is not a formula; write a relation such as x >= 0, or an operator such as Always(...)"
        )
    filled = _fill(theorem, formula, where)
    unbound = free_axes(theorem, filled)
    if unbound:
        names = ", ".join(unbound)
        raise StatementError(
            f"{where} leaves the axis {names} unbound; wrap it, as in Always({formula}, over={names if len(unbound) == 1 else f'({names})'})"
        )
    return filled


def admit_expression(theorem: Theorem, given: Any, where: str, variable: sp.Symbol | None = None) -> Expr:
    """The expression with its axes filled in; `variable` is a bound variable that it may use."""
    if isinstance(given, (bool, BooleanAtom, float)):
        raise StatementError(
            f"{where} is {given!r}; write an expression over quantities, with Rational(1, 2) in place of 0.5"
        )
    expression = sp.sympify(given)
    if not isinstance(expression, Expr):
        raise StatementError(
            f"{where} is {given!r}, which is not an expression; write one over the theorem's quantities"
        )
    return _fill(theorem, expression, where, variable)


def free_axes(theorem: Theorem, node: sp.Basic) -> tuple[str, ...]:
    """The axes along which the expression or formula still varies, in the order of their declaration."""
    return tuple(name for name in theorem.axes if name in _axes_of(theorem, node))


def _axes_of(theorem: Theorem, node: sp.Basic) -> set[str]:
    if isinstance(node, sp.Symbol):
        return set(theorem.over(node.name))
    if isinstance(node, ops.Operator):
        return _union(theorem, node.parts) - {axis.name for axis in node.axes}  # type: ignore[attr-defined]
    return _union(theorem, node.args)


def _union(theorem: Theorem, nodes: Iterable[sp.Basic]) -> set[str]:
    return set().union(*(_axes_of(theorem, node) for node in nodes))


def _fill(theorem: Theorem, node: sp.Basic, where: str, variable: sp.Symbol | None = None) -> Any:
    """Rebuild the tree bottom-up, each operator with its axes; refuse what cannot mean anything."""
    _refuse(theorem, node, where, variable)
    if not node.args:
        return node
    if isinstance(node, ops.Operator):
        parts = [_fill(theorem, part, where, variable) for part in node.parts]
        axes = node.axes or _only_axis(theorem, node, parts, where)
        for axis in axes:
            if axis.name not in theorem.axes:  # type: ignore[attr-defined]
                raise StatementError(
                    f"{where} binds {axis}, which is not an axis of {theorem.name!r}; its axes are {', '.join(theorem.axes) or 'none'}"
                )
        return node.func(*parts, *axes)  # type: ignore[attr-defined]
    args = [_fill(theorem, arg, where, variable) for arg in node.args]
    if all(new is old for new, old in zip(args, node.args, strict=True)):
        return node
    rebuilt = node.func(*args)
    if isinstance(rebuilt, BooleanAtom):
        raise StatementError(
            f"{where} contains {node}, which SymPy settles as {rebuilt}; write a relation whose truth depends on a quantity"
        )
    return rebuilt


def _refuse(theorem: Theorem, node: sp.Basic, where: str, variable: sp.Symbol | None) -> None:
    if isinstance(node, sp.Float):
        raise StatementError(
            f"{where} contains the Float {node}; write an exact number, such as Rational('{sp.Float(node, 6)}')"
        )
    if isinstance(node, BooleanAtom):
        raise StatementError(
            f"{where} contains the constant {node}: SymPy settled a relation at birth, or `==` was used; write Eq(a, b)"
        )
    if isinstance(node, BooleanFunction) and not isinstance(node, Relational):
        name = type(node).__name__
        raise StatementError(
            f"{where} uses SymPy's {name}, which evaluates its arguments; write {name}(...) imported from verify"
        )
    if isinstance(node, sp.Symbol) and node != variable and node.name not in theorem.names:
        raise StatementError(
            f"{where} uses the symbol {node}, which {theorem.name!r} does not declare; declare it with theorem.quantity, parameter, index, clock or define"
        )
    if isinstance(node, sp.Symbol) and node != variable and node != theorem.symbol(node.name):
        raise StatementError(
            f"{where} uses another symbol named {node} (with assumptions, {node.assumptions0}); use the one that the theorem returned"
        )
    if isinstance(node, AppliedUndef) and node.func.__name__ not in theorem.functions:
        raise StatementError(
            f"{where} applies {node.func.__name__}, which {theorem.name!r} does not define; declare it with theorem.function"
        )


def _only_axis(theorem: Theorem, node: Any, parts: list[sp.Basic], where: str) -> tuple[sp.Symbol, ...]:
    if isinstance(node, (ops.And, ops.Or, ops.Not, ops.Implies, ops.Rate)):
        return ()
    kinds = (
        ("clock",)
        if isinstance(node, _ALONG_THE_CLOCK)
        else ("draws",)
        if isinstance(node, ops.Probability)
        else ("clock", "index", "draws")
    )
    if isinstance(node, ops.Aggregate):
        kinds = ("index",)
    fitting = [axis for name, axis in theorem.axes.items() if axis.kind in kinds and name in _union(theorem, parts)]
    if len(fitting) != 1:
        found = f"the axes {', '.join(axis.name for axis in fitting)} fit" if fitting else "no axis fits"
        keyword = "along" if isinstance(node, _ALONG_THE_CLOCK) and not isinstance(node, ops.Eventually) else "over"
        raise StatementError(
            f"{where}: {type(node).__name__}({', '.join(map(str, parts))}) does not say its axis, and {found}; say {keyword}="
        )
    return (fitting[0].symbol,)
