"""The rate of the smoothed margin at rational parameters, in balls: no integrator, and no rounding that is not enclosed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq

from verify.models.network import Examples, Network

BITS = 1024


@dataclass(frozen=True)
class PointwiseRate:
    """At one theta, under the exponential loss: balls that contain the true values."""

    slope: arb
    """d log(tau/rho^L)/d log rho along gradient flow, from |grad loss|^2 and <theta, grad loss>."""

    cosine: arb
    """beta, of theta and -grad loss."""

    entropy: arb
    """H of the softmax weights."""

    tau: arb
    """log(1/loss)."""


def pointwise_rate(network: Network, data: Examples, theta: np.ndarray) -> PointwiseRate | None:
    """The rate at rational theta, data and labels (object arrays of `Fraction`); None where the loss may not be below one.

    Margins and their gradients are evaluated in rationals, so the network must be a (piecewise) polynomial.
    """
    with ctx.workprec(BITS):
        return _rate(network, data, theta)


def _rate(network: Network, data: Examples, theta: np.ndarray) -> PointwiseRate | None:
    assert network.degree is not None, "the rate is that of a homogeneous network"
    margins = [ball(value) for value in network.margins(theta, data)]
    gradients = np.vectorize(ball, otypes=[object])(network.gradients(theta, data))
    factors = [(-q).exp() for q in margins]
    loss = sum(factors, arb(0))
    tau = -loss.log()
    if not tau > 0:
        return None
    force = [sum((e * row[k] for e, row in zip(factors, gradients, strict=True)), arb(0)) for k in range(len(theta))]
    point = [ball(value) for value in theta]
    rho_squared, speed_squared = dot(point, point), dot(force, force)
    radial = dot(point, force)
    slope = speed_squared * rho_squared / (loss * tau * radial) - network.degree
    cosine = radial / (rho_squared * speed_squared).sqrt()
    entropy = -sum((e / loss * (e / loss).log() for e in factors), arb(0))
    return PointwiseRate(slope, cosine, entropy, tau)


def ball(value: Any) -> arb:
    """A rational as a ball."""
    return arb(fmpq(value.numerator, value.denominator))


def dot(a: list[arb], b: list[arb]) -> arb:
    """The inner product."""
    return sum((x * y for x, y in zip(a, b, strict=True)), arb(0))
