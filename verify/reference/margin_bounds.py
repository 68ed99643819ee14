"""Rigorous bounds on the maximum margin from any approximate solution, for data on which the exact optimum would be too
long."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from flint import fmpq

from verify.reference.rationals import column, fractions, rational, rational_matrix


class MarginBounds(NamedTuple):
    """Rational bounds on gamma^2, the square of max over |w| = 1 of min_n z_n . w; proved by weak duality, whatever the
    inputs were."""

    lower: Fraction
    upper: Fraction


def margin_bounds(z: Any, w: Any, alpha: Any) -> MarginBounds:
    """Bounds on gamma^2 from a w that separates the rows of z and any alpha >= 0, not all zero (floats count as the
    rationals they are).

    gamma >= min_n z_n . w/|w| by definition, and gamma <= |Z^T alpha|/sum alpha, since sum_n alpha_n z_n . v <= |Z^T
    alpha| for |v| = 1.

    Raises ValueError where w does not separate the rows or alpha has a negative entry or none that is positive.
    """
    rows = rational_matrix(z)
    direction, weights = [rational(entry) for entry in w], [rational(entry) for entry in alpha]
    least = min((rows * column(direction)).entries())
    if least <= 0:
        raise ValueError(
            f"the least margin of w is {float(least)}, and a lower bound needs a w with positive margins; give one that separates the rows"
        )
    total = sum(weights, fmpq(0))
    if min(weights) < 0 or total == 0:
        raise ValueError("alpha must be nonnegative and not all zero; clip a solver's multipliers at zero first")
    pulled = (rows.transpose() * column(weights)).entries()
    lower, upper = fractions([least**2 / _square(direction), _square(pulled) / total**2])
    return MarginBounds(lower, upper)


def _square(vector: list[fmpq]) -> fmpq:
    return sum((entry * entry for entry in vector), fmpq(0))
