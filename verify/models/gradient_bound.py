"""The largest gradient of a margin on the unit sphere, in closed form: B_1 = max over |u| = 1 and n of |grad q_n(u)|."""

from __future__ import annotations

from functools import singledispatch
from math import sqrt

import numpy as np

from verify.models.linear import DeepLinear, Diagonal, Linear
from verify.models.network import Examples, Network
from verify.models.two_layer import RectifiedPower, SmoothedRectifier


@singledispatch
def gradient_bound(network: Network, data: Examples) -> float:
    """max over |u| = 1 and n of |grad q_n(u)|; attained, so no smaller number will do.

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


def _longest(data: Examples) -> float:
    return float(np.linalg.norm(np.asarray(data.inputs, dtype=float), axis=-1).max())
