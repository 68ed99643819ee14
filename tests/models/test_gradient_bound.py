"""The largest gradient on the sphere: never exceeded by random directions, and attained by ascent from them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from verify.models.architectures import ARCHITECTURES
from verify.models.gradient_bound import gradient_bound
from verify.models.linear import Diagonal, SumOfPowers
from verify.models.network import Examples

NETWORKS = ARCHITECTURES | {"diagonal": Diagonal()}


@pytest.mark.parametrize("name", NETWORKS)
def test_is_the_maximum_over_the_sphere(name):
    network, rng = NETWORKS[name], np.random.default_rng(1)
    data = Examples(rng.normal(size=(3, 2)), np.array([1.0, -1.0, 1.0]))
    bound = gradient_bound(network, data)

    def longest(theta: np.ndarray) -> float:
        gradients = network.gradients(theta / np.linalg.norm(theta), data)
        return float(np.linalg.norm(gradients, axis=-1).max())

    starts = rng.normal(size=(100, network.size(2)))
    assert max(map(longest, starts)) <= bound * (1 + 1e-12)
    best = sorted(starts, key=longest)[-4:]
    found = max(-minimize(lambda theta: -longest(theta), start, method="L-BFGS-B").fun for start in best)
    assert found <= bound * (1 + 1e-9)
    assert found == pytest.approx(bound, rel=1e-3)


def test_says_so_where_no_closed_form_is_known():
    with pytest.raises(NotImplementedError, match="SumOfPowers"):
        gradient_bound(SumOfPowers(), Examples.signed([[1.0]]))
