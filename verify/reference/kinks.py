"""How far a direction of a two-layer (leaky) ReLU network is from stationary, with the best slopes at its kinks."""

from __future__ import annotations

import numpy as np

from verify.models.network import Examples

_NEARLY_ACTIVE = 0.01
"""Largest q_n/min q - 1 of an example that may have a multiplier."""


def distance_with_slopes(
    theta: np.ndarray, data: Examples, width: int, *, leak: float = 0.0, kink: float = 5e-3, free: bool = True
) -> float:
    """min |theta - sum_n lambda_n h_n|/|theta| over lambda >= 0 on active examples and, at the kinks, slopes in [leak, 1].

    theta holds w_1, ..., w_m, a_1, ..., a_m of sum_j a_j s(w_j . x), with s(z) = z for z > 0 and leak z else. A kink is a pair (j, n) with
    |w_j . x_n| at most `kink` times |w_j| |x_n|; there h_n is a Clarke selection, and with `free` false the slope is the leak. In
    the multipliers and their products with slopes the problem is a convex quadratic programme. Gradient flow slides along kinks, so
    that its limit is stationary with slopes strictly inside the interval.
    """
    import cvxpy as cp

    x, y = np.asarray(data.inputs, dtype=float), np.asarray(data.labels, dtype=float)
    inside = width * x.shape[1]
    weights, outer = theta[:inside].reshape(width, -1), theta[inside:]
    z = weights @ x.T
    units = np.where(z > 0, z, leak * z)
    margins = y * (outer @ units)
    at_kink = np.abs(z) <= kink * np.linalg.norm(weights, axis=1)[:, None] * np.linalg.norm(x, axis=1)
    multipliers, products = cp.Variable(len(y), nonneg=True), cp.Variable(z.shape)
    spread = cp.vstack(width * [multipliers])
    highest = np.where(at_kink, 1.0 if free else leak, np.where(z > 0, 1.0, leak))
    lowest = np.where(at_kink, leak, highest)
    limits = [
        products >= cp.multiply(lowest, spread),
        products <= cp.multiply(highest, spread),
        cp.multiply(multipliers, (margins / margins.min() - 1 > _NEARLY_ACTIVE).astype(float)) == 0,
    ]
    rest = [
        outer - (units * y) @ multipliers,
        cp.vec(weights - cp.multiply(outer[:, None], products @ (x * y[:, None])), order="C"),
    ]
    problem = cp.Problem(cp.Minimize(cp.sum_squares(cp.hstack(rest))), limits)
    problem.solve(solver=cp.CLARABEL)
    return float(np.sqrt(max(problem.value, 0.0)) / np.linalg.norm(theta))  # type: ignore[type-var]
