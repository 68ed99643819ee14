"""The explicit flow of two-layer leaky ReLU networks: rates, a step, speeds at kinks, measurements."""

from __future__ import annotations

import numpy as np

from verify.devices.kernel import Kernel
from verify.dynamics import leaky_measures as measures
from verify.dynamics.rescaled_flow import RK4, rates, step
from verify.models.network import Examples
from verify.models.two_layer_leaky import TwoLayerLeaky, growth

BATCH, WIDTH, POINTS, INPUTS = 4, 6, 10, 3
_RNG = np.random.default_rng(0)
_NETWORK = TwoLayerLeaky(WIDTH, 0.5)
_DATA = Examples(_RNG.standard_normal((BATCH, POINTS, INPUTS)), np.sign(_RNG.standard_normal((BATCH, POINTS))))
_THETA = 0.1 * _RNG.standard_normal((BATCH, WIDTH * (INPUTS + 1)))
_LENGTH = np.full(BATCH, 0.05)
_WEIGHTS = np.full((BATCH, POINTS), 0.1)


def _one_step(network, data, theta, length):
    return step(network, data, theta, rates(network, data, theta), length, RK4)


def _measures(network, data, theta, direction):
    given = {"points": data.inputs, "separator": direction}
    scalars = (measures.margin, measures.smoothed, measures.log_square, measures.log_positive, measures.log_negative)
    found = [measure(network, data, theta, given) for measure in (*scalars, measures.chord, measures.overtaking)]
    return (*found, measures.value(network, data, theta, given))


def _growth(network, data, theta):
    return growth(network, theta, data)


def _speeds(network, data, theta, weights):
    return network.one_sided_speeds(theta, data, weights)


KERNELS = (
    Kernel("leaky flow: rates", rates, (_NETWORK, _DATA, _THETA)),
    Kernel("leaky flow: one Runge-Kutta step", _one_step, (_NETWORK, _DATA, _THETA, _LENGTH)),
    Kernel("leaky flow: measurements", _measures, (_NETWORK, _DATA, _THETA, np.eye(INPUTS)[0])),
    Kernel("leaky flow: growth of neurons", _growth, (_NETWORK, _DATA, _THETA)),
    Kernel("leaky flow: one-sided speeds", _speeds, (_NETWORK, _DATA, _THETA, _WEIGHTS)),
)
