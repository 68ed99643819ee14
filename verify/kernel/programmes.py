"""Certificates of quadratic and linear programmes, for references of kind "qp" or "lp", with an instance's data put in.

A statement block gives each letter of core/optimum.py as the name of a matrix of the data, -NAME, "zero", "identity" or "ones"
(zero when it is left out). Found are the vectors "primal" (x), "dual" (y), "equality" (z) and "stationary" (u, x itself when it
is left out); or, for the kind "infeasible", y >= 0 and z with G'y + A'z = 0 and h'y + b'z > 0, which no feasible x allows
(Farkas).
"""

from __future__ import annotations

from typing import Any

from flint import arb, fmpq, fmpq_mat

from .core.expressions import number
from .core.optimum import enclosed
from .core.semidefinite import semidefinite
from .refusals import Refused, clip, entry, items

GENERATED = {"zero": lambda i, j: 0, "ones": lambda i, j: 1, "identity": lambda i, j: int(i == j)}


def check_instance(template: dict[str, Any], data: Any, found: Any) -> str:
    """What the numbers of one instance prove about the reference problem, in words; a sentence when they prove nothing."""
    p = problem(template, data)
    unknowns, constraints = p["P"].nrows(), p["G"].nrows() + p["A"].nrows()
    name = f"{template['name']} ({unknowns} unknowns, {constraints} constraints)"
    y, z = column(found, "dual", p["G"].nrows()), column(found, "equality", p["A"].nrows())
    if entry(found, "kind", str, "the certificate of an instance") == "infeasible":
        exclude(p, y, z)
        return f"{name} has no feasible point"
    x = column(found, "primal", unknowns)
    low, high = enclosed(p, x, column(found, "stationary", unknowns) if "stationary" in found else x, y, z)
    value = f"is {shown(high)}" if low == high else f"lies in [{shown(low)}, {shown(high)}]"
    return f"the minimum of {name} {value}"


def exclude(p: dict[str, fmpq_mat], y: fmpq_mat, z: fmpq_mat) -> None:
    """Refuse unless these dual variables of a convex problem exclude a feasible point."""
    gradient, support = p["G"].transpose() * y + p["A"].transpose() * z, p["h"].transpose() * y + p["b"].transpose() * z
    if not semidefinite(p["P"].tolist()):
        raise Refused("the problem is not convex")
    if any(c < 0 for c in y.entries()):
        raise Refused("a dual variable of an inequality is negative")
    if any(c != 0 for c in gradient.entries()) or support[0, 0] <= 0:
        raise Refused("the dual variables do not exclude a feasible point")


def problem(template: dict[str, Any], data: Any) -> dict[str, fmpq_mat]:
    """The matrices P, q, G, h, A and b of a reference for the instance's data."""
    names = {letter: template.get(letter, "zero") for letter in "PqGhAb"}
    read = {letter: matrix(data, name) for letter, name in names.items() if name not in tuple(GENERATED)}
    n = next((len(rows) if letter == "q" else len(rows[0]) for letter, rows in read.items() if letter in "PqGA"), 0)
    g, a = (n if names[m] == "identity" else len(read.get(m) or read.get(side, ())) for m, side in ("Gh", "Ab"))
    shapes, found = {"P": (n, n), "q": (n, 1), "G": (g, n), "h": (g, 1), "A": (a, n), "b": (a, 1)}, {}
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
    found = [[number(c) for c in (row if isinstance(row, list) else [row])] for row in rows]
    found = [[-c for c in row] for row in found] if str(name).startswith("-") else found
    if not found or not found[0]:
        raise Refused(f"the matrix {clip(name)} is empty")
    return found


def column(found: Any, name: str, height: int) -> fmpq_mat:
    """The vector of this name in a certificate; one that is left out is empty, which suits a problem without its rows."""
    values = items(found.get(name, []) if isinstance(found, dict) else None, f"the vector {name}")
    if len(values) != height:
        raise Refused(f"the vector {name} has {len(values)} entries where the problem has {height}")
    return fmpq_mat(height, 1, [number(c) for c in values])


def shown(c: fmpq) -> str:
    """A rational as it is, or a decimal enclosure of one that is long."""
    return str(c) if len(str(c)) <= 40 else arb(c).str(20)
