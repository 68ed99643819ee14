"""A network at one state in numpy: the margins and the pull of the batched methods, on every network that flows."""

from __future__ import annotations

import numpy as np
import pytest

from verify.dynamics.fitted import NETWORKS
from verify.models.classes import LinearClasses
from verify.models.network import Examples
from verify.models.single_state import single_state
from verify.models.two_layer import RectifiedPower

INPUTS = {"convolution": 16, "a + b^3": 1}


def examples(rng, name):
    inputs = INPUTS.get(name, 4)
    x = rng.normal(size=(7, inputs))
    return Examples(x, np.sign(x @ rng.normal(size=inputs)))


@pytest.mark.parametrize("name", NETWORKS)
def test_it_agrees_with_the_batched_methods(name):
    rng = np.random.default_rng(3)
    network, data = NETWORKS[name], examples(rng, name)
    at = single_state(network, data)
    for scale in (1e-3, 1.0, 30.0):
        theta = scale * rng.normal(size=network.size(data.inputs.shape[-1]))
        given = theta.copy()
        margins, pull = at(theta)
        np.testing.assert_allclose(
            margins, network.margins(theta, data), rtol=1e-12, atol=1e-13 * np.abs(margins).max()
        )
        for weights in (rng.dirichlet(np.ones(7)), rng.normal(size=7)):
            expected = network.pull(theta, data, weights)
            np.testing.assert_allclose(pull(weights), expected, rtol=1e-11, atol=1e-13 * np.abs(expected).max())
        np.testing.assert_array_equal(theta, given)


def test_neurons_on_their_kinks_and_relu_itself():
    data = Examples(np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]), np.array([1.0, -1.0, 1.0]))
    theta = np.array([0.0, 2.0, 0.0, 0.0, 1.0, 0.5])  # the first neuron on two kinks, the second on all three
    for power in (1, 2, 3):
        network = RectifiedPower(2, power)
        margins, pull = single_state(network, data)(theta)
        np.testing.assert_allclose(margins, network.margins(theta, data))
        np.testing.assert_allclose(pull(np.ones(3)), network.pull(theta, data, np.ones(3)))


def test_any_other_network_is_asked_itself():
    rng = np.random.default_rng(0)
    network, data = LinearClasses(3), Examples(rng.normal(size=(5, 2)), np.array([0.0, 1.0, 2.0, 1.0, 0.0]))
    theta, weights = rng.normal(size=6), rng.normal(size=5)
    margins, pull = single_state(network, data)(theta)
    np.testing.assert_array_equal(margins, network.margins(theta, data))
    np.testing.assert_array_equal(pull(weights), network.pull(theta, data, weights))
