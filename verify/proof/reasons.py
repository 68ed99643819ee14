"""The reasons of the kernel as SymPy functions, for the slack of an inequality, and the standard ways to combine them.

`Given("name")` is left - right of what is given; `Tangent(x)` is x - 1 - log(x); `Gap(bound)` is how far an entry is from a
bound on it; `At(e, bound)` is `e` where the bound is attained. Their meaning and their signs stand in `verify/kernel/core/reasons.py` and `verify/kernel/extensions.py`.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from verify.statement.encode import to_json


class Reason(sp.Function):
    """A head that only a certificate may hold."""

    def __new__(cls, *args: Any, **options: Any) -> Any:
        return super().__new__(cls, *args, **options)


class Given(Reason):
    """Given("name") or Given("name", k): left - right of the k-th relation that the step is given under this name."""

    @classmethod
    def eval(cls, name: Any, k: Any = sp.S.Zero) -> None:
        return None

    def __new__(cls, name: Any, k: Any = 0) -> Any:
        return super().__new__(cls, sp.Symbol(name) if isinstance(name, str) else name, sp.Integer(k))


class Tangent(Reason):
    """x - 1 - log(x), which is not negative for x > 0."""


class Gap(Reason):
    """Gap(bound) or Gap(bound, k): the distance of an entry from a least, a largest, a total, a minimum or an absolute value."""

    def __new__(cls, bound: Any, k: Any = 0) -> Any:
        return super().__new__(cls, bound, sp.Integer(k))


class At(Reason):
    """At(e, bound): `e` where bound = Least(x, n) or Largest(x, n) is attained."""


def encode(node: sp.Basic) -> Any:
    """The kernel's form of an expression that may hold reasons."""
    reasons = {r: sp.Symbol(f"reason_{i}") for i, r in enumerate(sorted(_outermost(node), key=sp.default_sort_key))}
    inside = {symbol.name: reason for reason, symbol in reasons.items()}

    def fill(e: Any) -> Any:
        if isinstance(e, list) and e[0] == "var" and e[1] in inside:
            return _reason(inside[e[1]])
        return [e[0], *map(fill, e[1:])] if isinstance(e, list) else e

    return fill(to_json(sp.sympify(node).xreplace(reasons)))


def _reason(node: Reason) -> Any:
    if isinstance(node, Given):
        name, k = node.args
        return ["given", str(name)] if k == 0 else ["given", str(name), str(k)]
    head, args = type(node).__name__.lower(), [encode(arg) for arg in node.args]
    return [head, *args[:1]] if head == "gap" and args[1] == "0" else [head, *args]


def _outermost(node: sp.Basic) -> set[Reason]:
    if isinstance(node, Reason):
        return {node}
    return {reason for arg in node.args for reason in _outermost(arg)}


def exp_gap(a: Any, b: Any, slack: Any) -> Any:
    """exp(a) - exp(b), of the sign of slack = a - b >= 0: exp(b) times the tangent to exp at 0 and the slack."""
    return sp.exp(b) * (Tangent(sp.exp(a - b)) + slack)


def log_gap(x: Any, y: Any, slack: Any) -> Any:
    """log(x) - log(y) for positive x and y, of the sign of slack = x - y >= 0."""
    return Tangent(y / x) + slack / x


def power_gap(x: Any, y: Any, a: Any, slack: Any) -> Any:
    """x**a - y**a for positive x and y and a >= 0, of the sign of slack = x - y >= 0."""
    return y**a * (Tangent((x / y) ** a) + a * log_gap(x, y, slack))
