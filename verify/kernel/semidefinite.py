"""Rational quadratic forms, and whether one is positive semidefinite, by an exact L D L^T factorisation."""

from __future__ import annotations

from flint import fmpq

from .expressions import Expression, Refused


def semidefinite(matrix: list[list[fmpq]]) -> bool:
    """Whether the matrix is square, symmetric and x' M x >= 0 for all x.

    A semidefinite matrix whose diagonal entry vanishes has a vanishing row; else the Schur complement of the entry
    is semidefinite exactly when the matrix is.
    """
    size = range(len(matrix))
    if any(len(row) != len(matrix) for row in matrix) or any(matrix[i][j] != matrix[j][i] for i in size for j in size):
        return False
    a = [list(row) for row in matrix]
    for k in size:
        if a[k][k] < 0 or (a[k][k] == 0 and any(c != 0 for c in a[k][k:])):
            return False
        for i in size[k + 1 :]:
            if a[i][k] != 0:  # then so is a[k][k]: the row of one that vanishes does, and its column by symmetry
                factor = a[i][k] / a[k][k]
                a[i] = [c - factor * d for c, d in zip(a[i], a[k], strict=True)]
    return True


def form(matrix: list[list[str]], vector: list[Expression]) -> Expression:
    """The quadratic form of a matrix of numbers in some expressions."""
    if any(len(side) != len(vector) for side in (matrix, *matrix)):
        raise Refused("a quadratic form needs a square matrix and as many expressions as it has rows")
    rows = zip(matrix, vector, strict=True)
    return ["add", *(["mul", c, x, y] for row, x in rows for c, y in zip(row, vector, strict=True))]
