"""Rational matrices: is it positive semidefinite, what is its kernel, where do linear equations hold; no rounding anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import fmpq, fmpq_mat

Matrix = np.ndarray
"""An object array of `Fraction`."""


def fractions(array: object, denominator: int | None = None) -> Matrix:
    """The array with every entry as a Fraction: exactly, or the nearest one with a bounded denominator."""
    given = np.asarray(array)
    entries = [Fraction(v.item() if isinstance(v, np.generic) else v) for v in given.ravel()]
    if denominator is not None:
        entries = [entry.limit_denominator(denominator) for entry in entries]
    exact = np.empty(len(entries), dtype=object)
    exact[:] = entries
    return exact.reshape(given.shape)


def in_flint(array: Matrix) -> np.ndarray:
    """The same rationals as python-flint's, with which long calculations take a quarter of the time."""
    found = np.empty(array.shape, dtype=object)
    found.ravel()[:] = [fmpq(int(entry.numerator), int(entry.denominator)) for entry in array.ravel()]
    return found


def from_flint(array: np.ndarray) -> Matrix:
    """Fractions in place of python-flint's rationals; other entries stay."""
    found = np.empty(array.shape, dtype=object)
    found.ravel()[:] = [_fraction(entry) if isinstance(entry, fmpq) else entry for entry in array.ravel()]
    return found


def positive_semidefinite(matrix: Matrix) -> bool:
    """Whether a symmetric rational matrix is positive semidefinite, by elimination: a zero pivot must head a zero row."""
    rest = [list(row) for row in in_flint(matrix)]
    while rest:
        pivot, row = rest[0][0], rest[0][1:]
        if pivot < 0 or (pivot == 0 and any(row)):
            return False
        rest = [
            [entry - (row[i] * row[j] / pivot if pivot else 0) for j, entry in enumerate(line[1:])]
            for i, line in enumerate(rest[1:])
        ]
    return True


def kernel(matrix: Matrix) -> Matrix:
    """A rational basis of {v: matrix v = 0}, as the columns of the answer (possibly none)."""
    reduced, rank = _flint(matrix).rref()
    columns = matrix.shape[1]
    pivots = [next(j for j in range(columns) if reduced[i, j] != 0) for i in range(rank)]
    free = [j for j in range(columns) if j not in pivots]
    basis = fractions(np.zeros((columns, len(free)), dtype=int))
    for k, j in enumerate(free):
        basis[j, k] = Fraction(1)
        for i, pivot in enumerate(pivots):
            basis[pivot, k] = -_fraction(reduced[i, j])
    return basis


def solve(matrix: Matrix, right: Sequence[Fraction]) -> tuple[Matrix, bool] | None:
    """One solution of `matrix` x = `right` and whether it is the only one; None when there is none."""
    rows, columns = matrix.shape
    joined = np.concatenate([matrix, np.array(list(right), dtype=object).reshape(rows, 1)], 1)
    reduced, rank = _flint(joined).rref()
    pivots = [next(j for j in range(columns + 1) if reduced[i, j] != 0) for i in range(rank)]
    if columns in pivots:
        return None
    found = fractions(np.zeros(columns, dtype=int))
    for i, pivot in enumerate(pivots):
        found[pivot] = _fraction(reduced[i, columns])
    return found, len(pivots) == columns


def inverted(matrix: Matrix) -> Matrix:
    """The inverse of an invertible matrix (n, n); ZeroDivisionError when it is singular."""
    undone = _flint(matrix).inv()
    return fractions([[_fraction(undone[i, j]) for j in range(len(matrix))] for i in range(len(matrix))])


def _flint(matrix: Matrix) -> fmpq_mat:
    return fmpq_mat(
        matrix.shape[0], matrix.shape[1], [fmpq(entry.numerator, entry.denominator) for entry in matrix.ravel()]
    )


def _fraction(number: fmpq) -> Fraction:
    return Fraction(int(number.p), int(number.q))
