"""Exact bounds on a minimum trace: min tr X over symmetric positive semidefinite X with <A_i, X> = y_i.

What was found is in rationals: `primal` X, positive semidefinite with <A_i, X> = y_i exactly, so that the minimum is at most tr X; and `dual`
nu with I - sum nu_i A_i positive semidefinite, so that tr X >= sum nu_i <A_i, X> = nu.y for every feasible X. Or, for "infeasible", `dual` z
with -sum z_i A_i positive semidefinite and z.y > 0, which no feasible X allows.
"""

from __future__ import annotations

from typing import Any

from flint import fmpq

from .core.expressions import number
from .core.semidefinite import semidefinite
from .programmes import shown
from .refusals import Refused, entry, items

Rows = list[list[fmpq]]


def check_instance(template: dict[str, Any], data: Any, found: Any) -> str:
    """What the numbers of one instance prove about the minimum trace, in words; a sentence when they do not."""
    name, what = template["name"], "the data of an instance"
    a = [square(rows, "a measurement") for rows in entry(data, str(template.get("A")), list, what)]
    y = [number(value) for value in entry(data, str(template.get("y")), list, what)]
    d = len(a[0]) if a else 0
    if len(y) != len(a) or d == 0 or any(len(rows) != d or transposed(rows) != rows for rows in a):
        raise Refused(f"{name} needs as many observations as symmetric measurements of one size")
    nu = [
        number(value) for value in items(found.get("dual") if isinstance(found, dict) else None, "the dual variables")
    ]
    if len(nu) != len(a):
        raise Refused(f"there are {len(nu)} dual variables where {name} has {len(a)} observations")
    combined = [
        [sum((v * rows[i][j] for v, rows in zip(nu, a, strict=True)), fmpq(0)) for j in range(d)] for i in range(d)
    ]
    low, size = sum((u * v for u, v in zip(nu, y, strict=True)), fmpq(0)), f"{d} x {d}, {len(a)} observations"
    if entry(found, "kind", str, "a certificate") == "infeasible":
        if low <= 0 or not semidefinite([[-c for c in row] for row in combined]):
            raise Refused("the dual variables do not exclude a feasible matrix")
        return f"{name} ({size}) has no feasible matrix"
    x = square(found.get("primal"), "the primal matrix")
    if len(x) != d or not semidefinite(x):
        raise Refused("the primal matrix is not positive semidefinite, or not of the right size")
    if any(
        sum((p * q for row, line in zip(x, rows, strict=True) for p, q in zip(row, line, strict=True)), fmpq(0)) != v
        for rows, v in zip(a, y, strict=True)
    ):
        raise Refused("the primal matrix does not have the observations")
    if not semidefinite([[int(i == j) - combined[i][j] for j in range(d)] for i in range(d)]):
        raise Refused("the identity minus the combination of the measurements is not positive semidefinite")
    high = sum((x[i][i] for i in range(d)), fmpq(0))
    if low == high:
        return f"the minimum trace of {name} ({size}) is {shown(high)}"
    return f"the minimum trace of {name} ({size}) lies in [{shown(low)}, {shown(high)}]"


def square(rows: Any, what: str) -> Rows:
    """A square matrix of exact numbers."""
    found = [[number(c) for c in items(row, f"a row of {what}")] for row in items(rows, what)]
    if any(len(row) != len(found) for row in found):
        raise Refused(f"{what} is not a square matrix")
    return found


def transposed(rows: Rows) -> Rows:
    return [list(column) for column in zip(*rows, strict=True)]
