"""KKT points of min |theta|^2/2 subject to q_n(theta) >= 1: how far a point is from one, its best multipliers, and the linear
problem at it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from verify.reference.max_margin import MaxMargin, NotSeparable, max_margin

_FINEST = 2.0**-40
"""Features are rounded to multiples of this, so that exact optima of measured gradients stay short; it moves margins by 1e-12."""


@dataclass(frozen=True)
class KktResiduals:
    """What is missing from the KKT conditions at (theta, lambda), unscaled; all zero at a KKT point."""

    infeasibility: float
    """max_n 1 - q_n, or 0."""

    negativity: float
    """max_n -lambda_n, or 0."""

    stationarity: float
    """|theta - sum_n lambda_n h_n|."""

    complementarity: np.ndarray
    """lambda_n (q_n - 1), (N,)."""

    def within(self, eps: float, delta: float) -> bool:
        """Whether this is an (eps, delta)-KKT point: feasible, lambda >= 0, stationary up to eps, each lambda_n (q_n - 1) <= delta.

        Definition C.6 of Lyu & Li (2020), arXiv:1906.05890, after Dutta et al. (2013). At (0, 0) it is a KKT point.
        """
        feasible = self.infeasibility <= 0 and self.negativity <= 0
        return feasible and self.stationarity <= eps and bool(np.all(self.complementarity <= delta))


def kkt_residuals(
    theta: np.ndarray, margins: np.ndarray, gradients: np.ndarray, multipliers: np.ndarray
) -> KktResiduals:
    """The residuals at theta (d,) with margins q_n (N,), their gradients h_n (N, d) and multipliers lambda_n (N,).

    Floats or, for an exact answer, object arrays of `Fraction`. Where q_n is not differentiable h_n is a Clarke selection, and the
    answer is about that selection.
    """
    rest = (theta - multipliers @ gradients).astype(float)
    return KktResiduals(
        infeasibility=float(max(1 - margins.min(), 0)),
        negativity=float(max(-multipliers.min(), 0)),
        stationarity=float(np.linalg.norm(rest)),
        complementarity=(multipliers * (margins - 1)).astype(float),
    )


def active_examples(margins: np.ndarray, tau: float) -> np.ndarray:
    """Which q_n/min q - 1 are at most (log N + 36)/tau (N,): the others have weights e^{-q_n}/loss below e^{-36}, which is nothing.

    A fixed threshold would be wrong at every tau but one: on the way to a KKT point the active margins agree up to O(1/tau).
    """
    return margins / margins.min() - 1 <= (np.log(len(margins)) + 36) / tau


def distance_to_cone(theta: np.ndarray, gradients: np.ndarray) -> float:
    """min over lambda >= 0 of |theta - sum_n lambda_n h_n|/|theta|: 0 where theta is stationary with some multipliers."""
    return float(nnls(gradients.T, theta)[1] / np.linalg.norm(theta))


def tangent_margin(gradients: np.ndarray) -> tuple[np.ndarray, MaxMargin | NotSeparable]:
    """The hard-margin support vector machine on the features h_n = grad q_n (N, d): the rounded rows, and its exact solution.

    A direction is that of a KKT point of the homogeneous problem exactly where it maximises this linear margin at its own
    gradients (the neural tangent kernel's machine; Lyu & Li 2020, Corollary 4.5 and Lemma C.13).
    """
    rows = np.round(gradients / _FINEST) * _FINEST
    return rows, max_margin(rows)
