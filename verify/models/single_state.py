"""A network at one state after the other, in numpy: what a solver of ordinary differential equations asks for thousands of times.

On eight examples in four dimensions a right-hand side is all dispatch. Here a network and its examples are turned once into a
function that takes a parameter vector to the margins q_n and to a map from weights to sum_n weights_n grad q_n, sharing what both
need: a fifth to a third of the calls that the batched methods of `Network` make.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from itertools import accumulate, pairwise

import numpy as np

from verify.models.convolution import SquaredConvolution
from verify.models.linear import DeepLinear, Diagonal, Linear
from verify.models.network import Examples, Network
from verify.models.two_layer import RectifiedPower

Pull = Callable[[np.ndarray], np.ndarray]
"""Weights (N,) to sum_n weights_n grad q_n (d,)."""

Pass = Callable[[np.ndarray], tuple[np.ndarray, Pull]]
"""A parameter vector (d,) to its margins (N,) and the pull there."""


@singledispatch
def single_state(network: Network, data: Examples) -> Pass:
    """The margins and the pull of a network on these examples, numpy arrays (N, D) and (N,), at a vector theta (d,).

    They agree with `Network.margins` and `Network.pull` up to rounding.
    """
    return lambda theta: (network.margins(theta, data), lambda weights: network.pull(theta, data, weights))


@single_state.register
def _(network: Linear, data: Examples) -> Pass:
    z = data.labels[:, None] * data.inputs
    return lambda theta: (z.dot(theta), lambda weights: weights.dot(z))


@single_state.register
def _(network: Diagonal, data: Examples) -> Pass:
    z = data.labels[:, None] * data.inputs
    return lambda theta: (z.dot(theta * theta), lambda weights: 2 * weights.dot(z) * theta)


@single_state.register
def _(network: DeepLinear, data: Examples) -> Pass:
    z = data.labels[:, None] * data.inputs
    shapes = [(above, below) for below, above in pairwise((z.shape[1], *network.hidden, 1))]
    stops = list(accumulate(above * below for above, below in shapes))
    places = [(slice(start, stop), shape) for start, stop, shape in zip([0, *stops], stops, shapes, strict=False)]

    def at(theta: np.ndarray) -> tuple[np.ndarray, Pull]:
        layers = [theta[place].reshape(shape) for place, shape in places]
        heads = [np.ones(1)]  # W_L ... W_{k+1}
        for layer in reversed(layers):
            heads.append(heads[-1].dot(layer))
        heads.reverse()

        def pull(weights: np.ndarray) -> np.ndarray:
            found, activation = np.empty_like(theta), weights.dot(z)
            for (place, shape), layer, head in zip(places, layers, heads[1:], strict=True):
                np.multiply(head[:, None], activation, out=found[place].reshape(shape))
                activation = layer.dot(activation)
            return found

        return z.dot(heads[0]), pull

    return at


@single_state.register
def _(network: RectifiedPower, data: Examples) -> Pass:
    inputs, across, labels, power = data.inputs, data.inputs.T, data.labels, network.power
    if power == 1:  # whose slope at a kink is a selection
        return single_state.dispatch(Network)(network, data)
    inside = network.width * inputs.shape[1]

    def at(theta: np.ndarray) -> tuple[np.ndarray, Pull]:
        outer = theta[inside:]
        active = np.maximum(theta[:inside].reshape(network.width, -1).dot(across), 0)
        below = active if power == 2 else active ** (power - 1)
        units = active * below

        def pull(weights: np.ndarray) -> np.ndarray:
            signed, found = weights * labels, np.empty_like(theta)
            slopes = (below * signed).dot(inputs)
            np.multiply(slopes, (power * outer)[:, None], out=found[:inside].reshape(slopes.shape))
            found[inside:] = units.dot(signed)
            return found

        return labels * outer.dot(units), pull

    return at


@single_state.register
def _(network: SquaredConvolution, data: Examples) -> Pass:
    patches, labels = network.patches(data.inputs), data.labels
    examples, (positions, pixels), filters = len(labels), network.shape, network.filters
    rows, inside = patches.reshape(-1, pixels), filters * pixels

    def at(theta: np.ndarray) -> tuple[np.ndarray, Pull]:
        top = theta[inside:].reshape(filters, positions).T.ravel()  # as the columns of `active` are ordered
        found = rows.dot(theta[:inside].reshape(filters, pixels).T)
        active = np.maximum(found, 0).reshape(examples, positions * filters)
        units = active * active

        def pull(weights: np.ndarray) -> np.ndarray:
            signed = weights * labels
            slopes = (2 * signed[:, None] * active * top).reshape(-1, filters)
            outside = signed.dot(units).reshape(positions, filters)
            return np.concatenate([slopes.T.dot(rows).ravel(), outside.T.ravel()])

        return labels * units.dot(top), pull

    return at
