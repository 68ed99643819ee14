"""Bounds on the margins of a network, their gradients and their Hessians over the unit sphere of its parameters."""

from __future__ import annotations

from functools import singledispatch
from math import sqrt
from typing import NamedTuple

import numpy as np

from verify.models.convolution import SquaredConvolution
from verify.models.linear import DeepLinear, Diagonal, Linear
from verify.models.network import Examples, Network
from verify.models.two_layer import RectifiedPower, SmoothedRectifier


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
    length = _longest(data)
    match network:
        case Linear():
            value, hessian = length, 0.0
        case DeepLinear(hidden=(_,)):
            value, hessian = length / 2, length
        case Diagonal():
            value, hessian = gradient_bound(network, data) / 2, gradient_bound(network, data)
        case RectifiedPower(power=k) if k >= 2:
            angle = np.linspace(0.0, np.pi / 2, 100_001)
            inner, outer = (k - 1) * np.cos(angle), np.sin(angle)
            largest = np.max(k * outer ** (k - 2) * (inner / 2 + np.sqrt(inner**2 / 4 + outer**2)))
            # the grid misses the maximum by a relative 1e-9 at most
            value, hessian = length**k * sqrt(k**k / (k + 1) ** (k + 1)), float(largest) * length**k * (1 + 1e-8)
        case _:
            raise ValueError(
                "bounds over the unit sphere are known for linear networks with one hidden layer at most, for the diagonal one and for "
                f"powers of ReLU from the second on, and {network} was given"
            )
    return SphereBounds(value, gradient_bound(network, data), hessian)


@singledispatch
def gradient_bound(network: Network, data: Examples) -> float:
    """max over |u| = 1 and n of |grad q_n(u)|; attained, so no smaller number will do. Of the convolutional network a bound of it.

    A gradient of degree L - 1 is then bounded by gradient_bound * rho^(L-1) everywhere (B_1 of Lyu & Li 2020, arXiv:1906.05890).

    Raises NotImplementedError for a network whose maximum is not known in closed form.
    """
    raise NotImplementedError(f"no closed form of the largest gradient of {network} on the unit sphere is known here")


@gradient_bound.register
def _(network: Linear, data: Examples) -> float:
    return _longest(data)


@gradient_bound.register
def _(network: DeepLinear, data: Examples) -> float:
    # |grad|^2 is at most |x|^2 times the elementary symmetric polynomial of degree L - 1 of the |W_i|^2, which add up to 1; it is
    # largest where they agree (Maclaurin), and there layers of rank one that are aligned attain it.
    return _longest(data) * network.degree ** (1 - network.degree / 2)


@gradient_bound.register
def _(network: Diagonal, data: Examples) -> float:
    return 2 * float(np.abs(np.asarray(data.inputs, dtype=float)).max())


@gradient_bound.register
def _(network: RectifiedPower, data: Examples) -> float:
    # With w_j along x and R = |w_j|^2, the maximum of k^2 (1 - R) R^(k-1) + R^k is k (k/(k+1))^(k-1), at R = k/(k+1). |grad|^2 has
    # degree 2k >= 2 in (w_j, a_j), so no spreading over several neurons is better than one.
    k = network.power
    return _longest(data) ** k * sqrt(k * (k / (k + 1)) ** (k - 1))


@gradient_bound.register
def _(network: SmoothedRectifier, data: Examples) -> float:
    # The unit is a linear form and a norm of w: its gradients are longest where w is along x, for which |s| = |grad s| |w|.
    slope = (1 + network.alpha) / 2 + (1 - network.alpha) / 2 * sqrt(1 + network.eps**2)
    return _longest(data) * slope


@gradient_bound.register
def _(network: SquaredConvolution, data: Examples) -> float:
    # As for powers of ReLU one filter is the worst. With |w|^2 = R, |a|^2 = 1 - R, z_s = max(w . x[s], 0) and Q = max sum_s (v . x[s])^4
    # over |v| = 1, |grad|^2 = |2 sum_s a_s z_s x[s]|^2 + sum_s z_s^4 is at most (4 (1 - R) R + R^2) Q by Cauchy and Schwarz, and so
    # 4/3 Q. As (v . x)^2 = <v (x) v, x (x) x>, Q is at most the largest eigenvalue of the Gram matrix of all x[s] (x) x[s].
    patches = network.patches(np.asarray(data.inputs, dtype=float))
    gram = (patches @ np.swapaxes(patches, -1, -2)) ** 2
    return sqrt(4 / 3 * float(np.linalg.eigvalsh(gram).max())) * (1 + 1e-12)  # rounding


def _longest(data: Examples) -> float:
    return float(np.linalg.norm(np.asarray(data.inputs, dtype=float), axis=-1).max())
