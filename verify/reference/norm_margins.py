"""The max-margin directions of other norms: min |w|_1 or min |w|_inf subject to z_n . w >= 1, as linear programs solved
exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat

from verify.reference.exact_simplex import minimise
from verify.reference.rationals import fractions, rational_matrix


@dataclass(frozen=True)
class NormMargin:
    """A w of least norm with z_n . w >= 1, and alpha >= 0 with |sum_n alpha_n z_n|_dual <= 1 and sum_n alpha_n = |w|,
    in rationals.

    The direction of w maximises min_n z_n . w/|w|. It need not be the only one that does.
    """

    primal: tuple[Fraction, ...]
    dual: tuple[Fraction, ...]

    @property
    def w(self) -> np.ndarray:
        """w in float64."""
        return np.array([float(value) for value in self.primal])

    def certificate(self) -> dict[str, Any]:
        """What was found, for a checker that has the problem: the primal and the dual as strings of rationals."""
        return {
            "kind": "optimum",
            "primal": [str(value) for value in self.primal],
            "dual": [str(value) for value in self.dual],
        }


def l1_margin(z: Any) -> NormMargin | None:
    """min |w|_1 subject to z_n . w >= 1 for rows of z, shape (N, d), exact or float; None where the rows are not
    separable.

    Its dual is max sum alpha subject to |Z^T alpha|_inf <= 1, alpha >= 0, which has a feasible vertex at hand; w are
    its multipliers.
    """
    exact = rational_matrix(z)
    examples, features = exact.nrows(), exact.ncols()
    table = [
        [*(sign * exact[n, i] for n in range(examples)), *_unit(2 * features, i + features * (sign < 0))]
        for sign in (1, -1)
        for i in range(features)
    ]
    cost = [fmpq(-1)] * examples + [fmpq(0)] * 2 * features
    best = minimise(cost, fmpq_mat(table), [fmpq(1)] * 2 * features, list(range(examples, examples + 2 * features)))
    if best is None:
        return None
    w = [low - high for low, high in zip(best.y[features:], best.y[:features], strict=True)]
    return NormMargin(fractions(w), fractions(best.x[:examples]))


def linf_margin(z: Any) -> NormMargin | None:
    """min |w|_inf subject to z_n . w >= 1 for rows of z, shape (N, d), exact or float; None where the rows are not
    separable.

    Its dual is max sum alpha subject to |Z^T alpha|_1 <= 1, alpha >= 0, written with Z^T alpha = plus - minus.
    """
    exact = rational_matrix(z)
    examples, features = exact.nrows(), exact.ncols()
    table = [
        [
            *(exact[n, i] for n in range(examples)),
            *(-entry for entry in _unit(features, i)),
            *_unit(features, i),
            fmpq(0),
        ]
        for i in range(features)
    ]
    table.append([fmpq(0)] * examples + [fmpq(1)] * (2 * features + 1))
    cost = [fmpq(-1)] * examples + [fmpq(0)] * (2 * features + 1)
    start = [*range(examples + features, examples + 2 * features), examples + 2 * features]
    best = minimise(cost, fmpq_mat(table), [fmpq(0)] * features + [fmpq(1)], start)
    if best is None:
        return None
    return NormMargin(fractions([-entry for entry in best.y[:features]]), fractions(best.x[:examples]))


def _unit(size: int, index: int) -> list[fmpq]:
    return [fmpq(int(j == index)) for j in range(size)]
