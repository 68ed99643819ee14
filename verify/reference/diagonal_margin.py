"""The diagonal network q_n = sum_i z_ni theta_i^2, on which the margin problem is linear in theta_i^2 and solved exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from verify.errors import BadInput
from verify.reference.entropic import LinearOptimum, linear_optimum


@dataclass(frozen=True)
class DiagonalMargin:
    """Both problems' optima in rationals, from two linear programmes that know nothing of each other."""

    least_square: Fraction
    """min |theta|^2 subject to q_n(theta) >= 1 for all n."""

    largest_margin: Fraction
    """max over |u| = 1 of min_n q_n(u), the margin gamma*."""


def diagonal_margin(z: np.ndarray) -> DiagonalMargin:
    """The optima for rows z (N, d), exact or float: min sum v subject to Z v >= 1, and max min Z v over the simplex, v_i = theta_i^2.

    Raises BadInput where a programme has no nondegenerate optimum.
    """
    rows = np.asarray(z, dtype=object)
    n, d = rows.shape
    surplus, ones, zeros = -np.identity(n, dtype=int), np.ones((n, 1), dtype=int), np.zeros((1, n), dtype=int)
    feasible = np.concatenate([rows, surplus], axis=1)
    above = np.concatenate([rows, -ones, surplus], axis=1)
    simplex = np.concatenate([np.ones((1, d), dtype=int), [[0]], zeros], axis=1)
    least = linear_optimum(feasible, np.ones(n, dtype=int), np.array(d * [1] + n * [0]))
    largest = linear_optimum(
        np.concatenate([above, simplex]), np.array(n * [0] + [1]), np.array(d * [0] + [-1] + n * [0])
    )
    squares, weights = _primal(least), _primal(largest)
    return DiagonalMargin(sum(squares[:d], Fraction(0)), weights[d])


def _primal(found: LinearOptimum) -> list[Fraction]:
    if found.status:
        raise BadInput(
            f"the rows give no diagonal maximum margin that was proved optimal: {found.status}; give rows in general position"
        )
    return list(found.primal)
