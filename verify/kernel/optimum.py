"""Optima of convex quadratic and linear programmes, and their infeasibility, in exact rational arithmetic.

The problem is that of a reference in the statement block (problems.py): minimise 1/2 x'Px + q'x subject to Gx >= h and
Ax = b. Found:
    primal   x with Gx >= h and Ax = b: the minimum is at most f(x);
    dual     y >= 0 for the rows of G and, as "equality", z for those of A, with Pu + q = G'y + A'z at a point u (x itself,
             or "stationary"): by convexity the minimum is at least h'y + b'z - 1/2 u'Pu, and at an optimum both agree;
    or, for the kind "infeasible", y >= 0 and z with G'y + A'z = 0 and h'y + b'z > 0, which no feasible x allows (Farkas).
"""

from __future__ import annotations

from typing import Any

from flint import arb, fmpq, fmpq_mat

from .expressions import Refused, entry
from .problems import column, problem
from .semidefinite import semidefinite


def check_instance(template: dict[str, Any], data: Any, found: Any) -> str:
    """What the numbers of one instance prove about the reference problem, in words; a sentence when they prove nothing."""
    p = problem(template, data)
    unknowns, constraints = p["P"].nrows(), p["G"].nrows() + p["A"].nrows()
    name = f"{template['name']} ({unknowns} unknowns, {constraints} constraints)"
    if not semidefinite(p["P"].tolist()):
        raise Refused(f"{name} is not convex")
    y, z = column(found, "dual", p["G"].nrows()), column(found, "equality", p["A"].nrows())
    if any(c < 0 for c in y.entries()):
        raise Refused("a dual variable of an inequality is negative")
    gradient, support = p["G"].transpose() * y + p["A"].transpose() * z, dot(p["h"], y) + dot(p["b"], z)
    if entry(found, "kind", str, "the certificate of an instance") == "infeasible":
        if any(c != 0 for c in gradient.entries()) or support <= 0:
            raise Refused("the dual variables do not exclude a feasible point")
        return f"{name} has no feasible point"
    x = column(found, "primal", unknowns)
    u = column(found, "stationary", unknowns) if "stationary" in found else x
    if any(c < 0 for c in (p["G"] * x - p["h"]).entries()) or any(c != 0 for c in (p["A"] * x - p["b"]).entries()):
        raise Refused("the primal point is not feasible")
    if p["P"] * u + p["q"] != gradient:
        raise Refused("the dual variables do not balance the gradient")
    high, low = dot(p["P"] * x, x) / 2 + dot(p["q"], x), support - dot(p["P"] * u, u) / 2
    value = f"is {shown(high)}" if low == high else f"lies in [{shown(low)}, {shown(high)}]"
    return f"the minimum of {name} {value}"


def dot(x: fmpq_mat, y: fmpq_mat) -> fmpq:
    return sum((a * b for a, b in zip(x.entries(), y.entries(), strict=True)), fmpq(0))


def shown(c: fmpq) -> str:
    """A rational as it is, or a decimal enclosure of one that is long."""
    return str(c) if len(str(c)) <= 40 else arb(c).str(20)
