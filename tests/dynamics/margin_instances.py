"""Instances that several tests of the margin flows share."""

from __future__ import annotations

import numpy as np

from verify.dynamics.force import force
from verify.dynamics.integrate import Outcome
from verify.dynamics.time_flow import fitted_start
from verify.models.linear import DeepLinear, Linear
from verify.models.losses import EXPONENTIAL
from verify.models.network import Examples
from verify.models.two_layer import RectifiedPower, SmoothedRectifier

RATIONAL = Examples.signed([[3, 1, 0], [1, 2, 1], [2, -1, 1], [0, 4, -1], [5, 1, 1]])
"""The linear instance of margin-kkt/T4.5: w = (4, 2, 1)/7, gamma^2 = 7/3, alpha = (2/7, 1/7) on rows 2 and 3."""

RATIONAL_START = np.array([1.0, 0.3, 0.5])

DEGENERATE = Examples.signed([[1, 0], [1, 1]])
"""margin-kkt/T4.7: w = (1, 0) and alpha = (1, 0), though both rows have margin 1."""

DIPPING = Examples.signed([[0, 1], *[[1, 0]] * 5])
"""margin-kkt/T1.8 M1: from (1, 1) 2 sqrt(2) the unsmoothed margin falls first."""

NETWORKS = {
    "linear": Linear(),
    "deep-linear-2": DeepLinear((4,)),
    "deep-linear-3": DeepLinear((4, 3)),
    "deep-linear-4": DeepLinear((4, 3, 2)),
    "relu-squared": RectifiedPower(6, 2),
    "relu-cubed": RectifiedPower(6, 3),
    "smoothed-relu": SmoothedRectifier(6, eps=1e-2),
}
"""The seven architectures of margin-kkt/T1.5."""


def labelled_by_a_plane(seed: int = 1, examples: int = 8) -> Examples:
    """Gaussian inputs in R^3 with the labels of a random plane through the origin."""
    draw = np.random.default_rng(seed)
    inputs = draw.normal(size=(examples, 3))
    return Examples(inputs, np.sign(inputs @ draw.normal(size=3)))


def labelled_by_xor(seed: int = 1, examples: int = 10) -> Examples:
    """Gaussian inputs in R^3 labelled by the sign of x_1 x_2: no linear network fits them."""
    inputs = np.random.default_rng(seed).normal(size=(examples, 3))
    return Examples(inputs, np.sign(inputs[:, 0] * inputs[:, 1]))


def fitted(network, data, *, seed=0, scale=0.5, tau=0.5, loss=EXPONENTIAL) -> np.ndarray:
    """The first of some random starts from which gradient flow reaches Loss = exp(-tau); dead units keep others from
    it."""
    draw = np.random.default_rng(seed)
    for _ in range(20):
        theta = scale * draw.normal(size=network.size(data.inputs.shape[-1]))
        start, outcome = fitted_start(network, loss, data, theta, tau=tau)
        if outcome is Outcome.REACHED:
            assert force(network, loss, data, start).tau >= tau - 1e-6
            return start
    raise AssertionError(f"no start of {network} fits the data")
