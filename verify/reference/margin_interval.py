"""The limit of the normalised margin, enclosed: the smoothed margin of a finite run from below, a dual bound above.

Along gradient flow with the mean logistic loss below log(2)/n the smoothed margin ell^{-1}(n Loss)/rho^2, ell^{-1}(z) =
-log(e^z - 1), never falls and lies below the margin (Lyu & Li 2020; Ji & Telgarsky 2020). Its value at the parameters
that a run ended in, computed in balls, is therefore a rigorous lower bound on the limit of the flow that starts there;
no integrator's error enters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx, fmpq

from verify.errors import BadInput

_BITS = 192
"""Enough that exp(-q) + 1 keeps 50 digits below 1 for margins to q = 90; beyond, log1p and expm1 keep relative
precision."""


@dataclass(frozen=True)
class MarginBalls:
    """Balls around the quantities of networks at given parameters, object arrays of `arb` of shape (B,)."""

    smoothed: np.ndarray
    """ell^{-1}(n Loss)/rho^2."""

    margin: np.ndarray
    """min_n q_n/rho^2."""

    settled: np.ndarray
    """Booleans: n Loss < log 2 for certain, so that the smoothed margin is a lower bound on the limit."""


def margin_balls(theta: np.ndarray, width: int, alpha: Any, inputs: Any, labels: Any) -> MarginBalls:
    """Balls for the networks theta (B, width (D + 1)) with slopes `alpha` on inputs (n, D) and labels (n,).

    Parameters are the binary rationals that they are; inputs, labels and alpha may be floats, ints or Fractions, and
    are exact too.
    """
    theta = np.asarray(theta, dtype=float)
    rows = [[_exact(v) for v in row] for row in inputs]
    if theta.ndim != 2 or theta.shape[1] != width * (len(rows[0]) + 1):
        raise BadInput(
            f"parameters of shape {theta.shape} were given for width {width} and {len(rows[0])} inputs; give (B, "
            f"{width * (len(rows[0]) + 1)})"
        )
    with ctx.workprec(_BITS):
        across = arb_mat(rows).transpose()
        signs = [_exact(v) for v in labels]
        found = [_of_one(point, width, _exact(alpha), across, signs) for point in theta]
    return MarginBalls(
        *(
            np.array(column, dtype=kind)
            for column, kind in zip(zip(*found, strict=True), (object, object, bool), strict=True)
        )
    )


def _of_one(point: np.ndarray, width: int, alpha: arb, across: arb_mat, labels: list[arb]) -> tuple[arb, arb, bool]:
    values = [arb(float(v)) for v in point]
    inputs = across.nrows()
    inner = arb_mat(width, inputs, values[: width * inputs])
    outer = arb_mat(1, width, values[width * inputs :])
    # max(z, alpha z) is increasing in z, so that the ball of the maximum is valid on both sides of the kink.
    units = arb_mat([[z.max(alpha * z) for z in row] for row in (inner * across).tolist()])
    margins = [label * value for label, value in zip(labels, (outer * units).tolist()[0], strict=True)]
    square = sum((v * v for v in values), arb(0))
    least = margins[0]
    for q in margins[1:]:
        least = least.min(q)
    total = sum(((-q).exp().log1p() for q in margins), arb(0))
    return -total.expm1().log() / square, least / square, bool(total < arb(2).log())


def linear_optimum(square: Fraction, alpha: Any) -> arb:
    """(1 + alpha)/4 times the largest linear margin, given its exact square: the optimum on symmetric data, as a
    ball."""
    with ctx.workprec(_BITS):
        return (1 + _exact(alpha)) / 4 * _exact(square).sqrt()


def _exact(value: Any) -> arb:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    return arb(value)


def interval(lower: Sequence[Any], upper: Sequence[Any]) -> np.ndarray:
    """Balls that hold everything from each lower to its upper bound (Fractions or balls), as an object array."""
    with ctx.workprec(_BITS):
        balls = [_exact(low).union(_exact(high)) for low, high in zip(lower, upper, strict=True)]
    return np.array(balls, dtype=object)
