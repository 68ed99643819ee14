"""Linear programs in rational arithmetic: a vertex found in floating point, then Bland's simplex until every sign is
exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import fmpq, fmpq_mat

from verify.reference.rationals import column, independent


@dataclass(frozen=True)
class Vertex:
    """An optimal vertex of min c.x subject to A x = b, x >= 0, proved by its multipliers: A^T y <= c and b.y = c.x."""

    x: list[fmpq]
    y: list[fmpq]


def minimise(c: list[fmpq], a: fmpq_mat, b: list[fmpq], start: list[int]) -> Vertex | None:
    """An exact optimal vertex of min c.x subject to A x = b, x >= 0, or None when c.x is unbounded below.

    `start` are the columns of a feasible basis (A restricted to them is invertible and gives x >= 0). A floating-point
    solution only suggests a better basis to start from. Bland's rule (lowest index in, lowest index out) cannot cycle,
    so this ends.
    """
    rows, columns = a.nrows(), a.ncols()
    basis = _suggested(c, a, b) or sorted(start)
    while True:
        matrix = _columns(a, basis)
        x = _entries(matrix.solve(column(b)))
        y = _entries(matrix.transpose().solve(column([c[j] for j in basis])))
        reduced = _entries(a.transpose() * column(y))
        entering = next((j for j in range(columns) if c[j] < reduced[j]), None)
        if entering is None:
            solution = [fmpq(0)] * columns
            for j, value in zip(basis, x, strict=True):
                solution[j] = value
            return Vertex(solution, y)
        step = _entries(matrix.solve(column([a[i, entering] for i in range(rows)])))
        ratios = [(x[k] / step[k], basis[k]) for k in range(rows) if step[k] > 0]
        if not ratios:
            return None
        basis[basis.index(min(ratios)[1])] = entering


def _suggested(c: list[fmpq], a: fmpq_mat, b: list[fmpq]) -> list[int] | None:
    """A feasible basis that contains the support of the float solution, if there is one."""
    dense = np.array([[float(entry) for entry in row] for row in a.tolist()])
    from scipy.optimize import linprog  # half a second to import, for programmes that most data do not lead to

    found = linprog([float(v) for v in c], A_eq=dense, b_eq=[float(v) for v in b], bounds=(0, None), method="highs-ds")
    if found.status != 0:
        return None
    order = list(np.argsort(-found.x, kind="stable"))
    basis = [order[k] for k in independent(_columns(a, order))]
    if len(basis) < a.nrows() or min(_entries(_columns(a, basis).solve(column(b)))) < 0:
        return None
    return basis


def _columns(a: fmpq_mat, chosen: list[int]) -> fmpq_mat:
    return fmpq_mat(a.nrows(), len(chosen), [a[i, int(j)] for i in range(a.nrows()) for j in chosen])


def _entries(vector: fmpq_mat) -> list[fmpq]:
    return vector.entries()
