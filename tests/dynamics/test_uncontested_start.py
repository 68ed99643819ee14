"""Starts of networks of powers of ReLU from which no neurons compete."""

from __future__ import annotations

import numpy as np
import pytest

from verify.dynamics.fitted import NETWORKS, flow_parts, settled_instance, uncontested_instance
from verify.models.two_layer import RectifiedPower


@pytest.mark.parametrize("name", ["relu-squared", "relu-cubed"])
@pytest.mark.parametrize("seed", range(5))
def test_one_neuron_fits_each_label_and_the_others_are_off(name, seed):
    network, data, theta = flow_parts(uncontested_instance(np.random.default_rng(seed), name))
    assert isinstance(network, RectifiedPower)
    inner, outer = theta[: 4 * network.width].reshape(network.width, 4), theta[4 * network.width :]
    on = inner @ data.inputs.T > 0
    assert on[0][data.labels > 0].all()
    assert on[1][data.labels < 0].all()
    assert outer[0] > 0 > outer[1]
    assert not on[2:].any()
    # What is off has no gradient, whatever the weights of the examples.
    gradients = network.gradients(theta, data)
    assert not gradients[:, 8 : 4 * network.width].any()
    assert not gradients[:, 4 * network.width + 2 :].any()
    assert np.exp(-network.margins(theta, data)).sum() < 1


def test_draws_follow_the_generator_except_where_units_are_never_off():
    one, other = (uncontested_instance(np.random.default_rng(seed), "relu-cubed") for seed in (0, 1))
    assert not np.array_equal(one.floats("inputs"), other.floats("inputs"))
    assert NETWORKS["relu-cubed"].degree == one["L"]
    fixed = uncontested_instance(np.random.default_rng(0), "smoothed-relu")
    assert np.array_equal(fixed.floats("start"), settled_instance("smoothed-relu").floats("start"))
