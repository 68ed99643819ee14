"""Rational quadratic forms, and whether one is positive semidefinite, by an exact L D L^T factorisation."""

from __future__ import annotations

from flint import fmpq

from ..refusals import Refused
from .expressions import Expression


def semidefinite(matrix: list[list[fmpq]]) -> bool:
    """Whether the matrix is square, symmetric and x' M x >= 0 for all x.

    A semidefinite matrix whose first diagonal entry vanishes has a vanishing first row; else the Schur complement of the
    entry is semidefinite exactly when the matrix is.
    """
    if any(len(row) != len(matrix) for row in matrix) or matrix != [list(row) for row in zip(*matrix, strict=True)]:
        return False
    while matrix:
        (pivot, *row), *rest = matrix
        if pivot < 0 or (pivot == 0 and any(row)):
            return False
        ratios = [(a / pivot if a else a, others) for a, *others in rest]  # by symmetry a is zero where the pivot is
        matrix = [[c - r * b for b, c in zip(row, others, strict=True)] if r else others for r, others in ratios]
    return True


def form(matrix: list[list[str]], vector: list[Expression]) -> Expression:
    """The quadratic form of a matrix of numbers in some expressions."""
    if any(len(side) != len(vector) for side in (matrix, *matrix)):
        raise Refused("a quadratic form needs a square matrix and as many expressions as it has rows")
    rows = zip(matrix, vector, strict=True)
    return ["add", *(["mul", c, x, y] for row, x in rows for c, y in zip(row, vector, strict=True))]
