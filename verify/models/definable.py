"""Whether a network is definable in an o-minimal structure, read off the expression of one path through it."""

from __future__ import annotations

import sympy as sp

_DEFINABLE = (sp.Number, sp.Symbol, sp.Add, sp.Mul, sp.exp, sp.log, sp.Max, sp.Min, sp.Abs)
"""Definable in the o-minimal structure of the real field with exp (Wilkie 1996), beside powers with a number as exponent; so are
compositions and finite sums of what is."""


def outside(expression: sp.Expr) -> list[sp.Basic]:
    """The parts of an expression that this structure is not known to hold, such as a sine of an unbounded argument."""
    return [
        part
        for part in sp.preorder_traversal(expression)
        if not (isinstance(part, _DEFINABLE) or (isinstance(part, sp.Pow) and part.exp.is_number))
    ]


def _paths() -> dict[str, sp.Expr]:
    a, b, c, w, v, x, y = sp.symbols("a b c w v x y", real=True)
    eps, alpha = sp.symbols("eps alpha", positive=True)
    reach = w * x + v * y
    smoothed = (1 + alpha) / 2 * reach + (1 - alpha) / 2 * sp.sqrt(reach**2 + eps**2 * (x**2 + y**2) * (w**2 + v**2))
    return {
        "linear": reach,
        "deep-linear-2": a * reach,
        "deep-linear-3": a * b * reach,
        "deep-linear-4": a * b * c * reach,
        "relu-squared": a * sp.Max(reach, 0) ** 2,
        "relu-cubed": a * sp.Max(reach, 0) ** 3,
        "smoothed-relu": a * smoothed.subs(alpha, 0),
        "smoothed-leaky-relu": a * smoothed,
    }


PATHS: dict[str, sp.Expr] = _paths()
"""One path through each of the homogeneous architectures, by name; the network is a sum of such paths."""
