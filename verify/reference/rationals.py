"""Exact numbers: arrays of integers, decimals, fractions or floats as matrices of rationals, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat

from verify.errors import BadInput


def rational(number: Any) -> fmpq:
    """The number exactly: an integer, a `Fraction`, or a float as the dyadic rational that it is.

    Raises BadInput for NaN and infinities.
    """
    try:
        numerator, denominator = number.as_integer_ratio()
    except (ValueError, OverflowError):
        raise BadInput(f"{number} is no rational number; give finite entries") from None
    return fmpq(int(numerator), int(denominator))


def rational_matrix(rows: Any) -> fmpq_mat:
    """A two-dimensional array (or a sequence of rows) as an exact matrix."""
    table = rows.tolist() if isinstance(rows, np.ndarray) else [list(row) for row in rows]
    if not table or not table[0]:
        raise BadInput("a matrix with no entry was given; give at least one row and one column")
    return fmpq_mat(len(table), len(table[0]), [rational(entry) for row in table for entry in row])


def column(numbers: Sequence[fmpq]) -> fmpq_mat:
    """The numbers as a matrix with one column."""
    return fmpq_mat(len(numbers), 1, list(numbers))


def select(matrix: fmpq_mat, rows: Sequence[int]) -> fmpq_mat:
    """The matrix of the chosen rows."""
    return fmpq_mat(len(rows), matrix.ncols(), [matrix[i, j] for i in rows for j in range(matrix.ncols())])


def fractions(numbers: Iterable[fmpq]) -> tuple[Fraction, ...]:
    """The numbers as Python fractions."""
    return tuple(Fraction(int(number.p), int(number.q)) for number in numbers)


def independent(columns: fmpq_mat) -> list[int]:
    """Indices of the first maximal set of linearly independent columns, from the left."""
    reduced, rank = columns.rref()
    pivots, j = [], 0
    for i in range(rank):
        while reduced[i, j] == 0:
            j += 1
        pivots.append(j)
    return pivots
