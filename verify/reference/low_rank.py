"""The best positive semidefinite matrix of rank at most s, by descents from many starts, between bounds that an isometry proves."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from scipy.optimize import minimize

from verify.dynamics.glrl import stationary_point, tangent_map
from verify.models.factorisation import Objective, Quadratic
from verify.reference.exact_matrices import Matrix, fractions, positive_semidefinite


@dataclass(frozen=True)
class LowRank:
    """The best stationary point found, and how far the starts agree."""

    matrix: np.ndarray
    """Z_s, (d, d)."""
    value: float
    """f(Z_s)."""
    agreeing: int
    """How many of the starts ended within 1e-6 of Z_s."""
    starts: int
    residual: float
    """The norm of F(Z) V for the factor V of Z."""
    status: str = ""


@dataclass(frozen=True)
class Sandwich:
    """lower <= min f <= upper over rank at most s, for f = <W - M, H[W - M]>/2 with (1 - delta) I <= H <= (1 + delta) I."""

    lower: float
    upper: float


def best_low_rank(objective: Objective, s: int, rng: np.random.Generator, *, starts: int = 8) -> LowRank:
    """The best of `starts` descents of f(V V^T) over V (d, s), each ended by Newton's method; one problem, not a batch.

    The global minimum is not certified by this search; `sandwich` bounds it where H is a near isometry.
    """
    d, fast = objective.size, objective.in_numpy() if isinstance(objective, Quadratic) else None
    scale = float(torch.linalg.matrix_norm(objective.gradient(torch.zeros(d, d, dtype=torch.float64)), 2))

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        if fast is not None:
            factor = flat.reshape(d, s)
            w = factor @ factor.T
            return float(fast.value(w)), (2 * fast.gradient(w) @ factor).ravel()
        v = torch.tensor(flat.reshape(d, s))
        w = v @ v.T
        return float(objective.value(w)), (2 * objective.gradient(w) @ v).numpy().ravel()

    found = []
    for _ in range(starts):
        # Sizes over a factor 16, since a basin may lie far from 0 (the weighted pair's better minimum is four times the other one).
        start = np.sqrt(scale / d) * 4.0 ** rng.uniform(-0.5, 1.5) * rng.normal(size=d * s)
        descent = minimize(
            value_and_slope, start, jac=True, method="L-BFGS-B", options={"gtol": 1e-9, "ftol": 1e-15, "maxiter": 5000}
        )
        factor, status = stationary_point(objective, torch.tensor(descent.x.reshape(d, s)))
        w = factor @ factor.T
        found.append((float(objective.value(w)), w.numpy(), float((objective.gradient(w) @ factor).norm()), status))
    value, matrix, residual, status = min(found, key=lambda each: each[0])
    agreeing = sum(bool(np.linalg.norm(w - matrix) < 1e-6) for _, w, _, _ in found)
    return LowRank(matrix, value, agreeing, starts, residual, status)


def first_order_response(objective: Objective, change: Objective, factor: np.ndarray) -> float:
    """|dZ/d delta| at delta = 0 for Z = V V^T stationary under f + delta g, from the linear equations of the first order.

    `objective` is f, `change` is g, `factor` is V (d, s) with F(V V^T) V = 0 and a nonsingular derivative up to rotations of V.
    """
    v = torch.tensor(np.ascontiguousarray(factor))
    pull = change.gradient(v @ v.T) @ v
    move = torch.linalg.lstsq(
        tangent_map(objective, v), pull.reshape(-1, 1), rcond=1e-9, driver="gelsd"
    ).solution.reshape(v.shape)
    return float((move @ v.T + v @ move.T).norm())


def isometric_within(operator: np.ndarray, delta: Fraction) -> bool:
    """Whether (1 - delta) I <= H <= (1 + delta) I holds exactly, H an operator's float64 entries taken as the rationals they are."""
    h = fractions(operator)
    eye = fractions(np.eye(len(h), dtype=int))
    return positive_semidefinite((1 + delta) * eye - h) and positive_semidefinite(h - (1 - delta) * eye)


def sandwich(eigenvalues: Matrix | np.ndarray, s: int, delta: float) -> Sandwich:
    """(1 -+ delta)/2 times the squares of M's eigenvalues beyond the s largest (Eckart and Young, and the isometry)."""
    tail = sum(float(m) ** 2 for m in sorted(eigenvalues, reverse=True)[s:])
    return Sandwich((1 - delta) / 2 * tail, (1 + delta) / 2 * tail)
