"""Bounds on the margins of a network, their gradients and their Hessians over the unit sphere of its parameters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from verify.models.linear import DeepLinear, Diagonal, Linear
from verify.models.network import Examples, Network
from verify.models.two_layer import RectifiedPower


class SphereBounds(NamedTuple):
    """sup over |theta| = 1 and over the examples of |q_n|, |grad q_n| and |Hess q_n| (spectral norm), each attained."""

    value: float
    gradient: float
    hessian: float


def sphere_bounds(network: Network, data: Examples) -> SphereBounds:
    """The three suprema, in closed form.

    Known for linear networks, with one hidden layer or none, for the diagonal one, and for powers k >= 2 of ReLU: there a single unit
    with w along x attains them, q = a w^k |x|^k with a^2 + w^2 = 1. Its Hessian is k w^(k-2) |x|^k times ((k - 1) a, w; w, 0).

    Raises ValueError for other networks.
    """
    length = float(np.linalg.norm(data.inputs, axis=-1).max())
    match network:
        case Linear():
            return SphereBounds(length, length, 0.0)
        case DeepLinear(hidden=(_,)):
            return SphereBounds(length / 2, length, length)
        case Diagonal():
            largest = float(np.abs(data.inputs).max())
            return SphereBounds(largest, 2 * largest, 2 * largest)
        case RectifiedPower(power=k) if k >= 2:
            angle = np.linspace(0.0, np.pi / 2, 100_001)
            a, w = np.cos(angle), np.sin(angle)
            value = np.max(a * w**k)
            gradient = np.max(np.sqrt(w ** (2 * k) + (k * a * w ** (k - 1)) ** 2))
            inner, outer = (k - 1) * a, w
            hessian = np.max(k * w ** (k - 2) * (inner / 2 + np.sqrt(inner**2 / 4 + outer**2)))
            # the grid misses a maximum by a relative 1e-9 at most
            return SphereBounds(*(float(each * length**k * (1 + 1e-8)) for each in (value, gradient, hessian)))
    raise ValueError(
        f"bounds over the unit sphere are known for linear networks with one hidden layer at most, for the diagonal one and for powers of "
        f"ReLU from the second on, and {network} was given"
    )
