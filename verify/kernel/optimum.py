"""Optima of convex quadratic and linear programmes, and their infeasibility, in exact rational arithmetic.

The problem is that of a reference in the statement block: minimise 1/2 x'Px + q'x subject to Gx >= h and Ax = b, each
letter the name of a matrix of the instance's data, -NAME, "zero", "identity" or "ones" (zero when it is left out). Found:
    primal   x with Gx >= h and Ax = b: the minimum is at most f(x);
    dual     y >= 0 for the rows of G and, as "equality", z for those of A, with Pu + q = G'y + A'z at a point u (x itself,
             or "stationary"): by convexity the minimum is at least h'y + b'z - 1/2 u'Pu, and at an optimum both agree;
    or, for the kind "infeasible", y >= 0 and z with G'y + A'z = 0 and h'y + b'z > 0, which no feasible x allows (Farkas).
"""

from __future__ import annotations

from typing import Any

from flint import arb, fmpq, fmpq_mat

from .expressions import Refused, clip, items, number
from .semidefinite import semidefinite
from .statement import entry

GENERATED = {"zero": lambda i, j: 0, "ones": lambda i, j: 1, "identity": lambda i, j: int(i == j)}


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
    return f"the minimum of {name} " + (
        f"is {shown(high)}" if low == high else f"lies in [{shown(low)}, {shown(high)}]"
    )


def problem(template: dict[str, Any], data: Any) -> dict[str, fmpq_mat]:
    """The matrices P, q, G, h, A and b of a reference for the instance's data."""
    names = {letter: template.get(letter, "zero") for letter in "PqGhAb"}
    read = {letter: matrix(data, name) for letter, name in names.items() if name not in tuple(GENERATED)}
    n = next((len(rows) if letter == "q" else len(rows[0]) for letter, rows in read.items() if letter in "PqGA"), 0)
    rows = {
        a: len(read[a]) if a in read else n if names[a] == "identity" else len(read.get(b, ())) for a, b in ("Gh", "Ab")
    }
    shapes = {
        "P": (n, n),
        "q": (n, 1),
        "G": (rows["G"], n),
        "h": (rows["G"], 1),
        "A": (rows["A"], n),
        "b": (rows["A"], 1),
    }
    found = {}
    for letter, (height, width) in shapes.items():
        table = read.get(letter)
        if table is None:
            table = [[GENERATED[names[letter]](i, j) for j in range(width)] for i in range(height)]
        if n == 0 or len(table) != height or any(len(row) != width for row in table):
            raise Refused(f"the matrix {letter} of the reference has the wrong shape for this instance")
        found[letter] = fmpq_mat(height, width, [c for row in table for c in row])
    return found


def matrix(data: Any, name: Any) -> list[list[fmpq]]:
    """The rows that the instance's data hold under a name; a list of numbers is a column, and -NAME has the other sign."""
    rows = entry(data, str(name).removeprefix("-"), list, "the data of an instance")
    sign = -1 if str(name).startswith("-") else 1
    found = [[sign * number(c) for c in (row if isinstance(row, list) else [row])] for row in rows]
    if not found or not found[0]:
        raise Refused(f"the matrix {clip(name)} is empty")
    return found


def column(found: Any, name: str, height: int) -> fmpq_mat:
    """The vector of this name in a certificate; one that is left out is empty, which suits a problem without its rows."""
    values = items(found.get(name, []) if isinstance(found, dict) else None, f"the vector {name}")
    if len(values) != height:
        raise Refused(f"the vector {name} has {len(values)} entries where the problem has {height}")
    return fmpq_mat(height, 1, [number(c) for c in values])


def dot(x: fmpq_mat, y: fmpq_mat) -> fmpq:
    return sum((a * b for a, b in zip(x.entries(), y.entries(), strict=True)), fmpq(0))


def shown(c: fmpq) -> str:
    """A rational as it is, or a decimal enclosure of one that is long."""
    return str(c) if len(str(c)) <= 40 else arb(c).str(20)
