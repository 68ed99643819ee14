"""Bounds over the unit sphere: never exceeded by random directions, and attained by ascent from them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from verify.models.linear import DeepLinear, Diagonal, Linear
from verify.models.network import Examples
from verify.models.sphere_bounds import sphere_bounds
from verify.models.two_layer import RectifiedPower

NETWORKS = (Linear(), DeepLinear((3,)), Diagonal(), RectifiedPower(3, 2), RectifiedPower(3, 3))


@pytest.mark.spec("margin-kkt/T7/E2")
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_are_the_suprema(network):
    rng = np.random.default_rng(2)
    data = Examples(rng.normal(size=(2, 2)), np.array([1.0, -1.0]))
    bounds = sphere_bounds(network, data)

    def sizes(theta: np.ndarray) -> list[float]:
        unit = theta / np.linalg.norm(theta)
        hessians = [network.curvature(unit, data, weight) for weight in np.eye(2)]
        return [
            np.abs(network.margins(unit, data)).max(),
            np.linalg.norm(network.gradients(unit, data), axis=-1).max(),
            max(np.linalg.norm(each, 2) for each in hessians),
        ]

    starts = rng.normal(size=(200, network.size(2)))
    for k, bound in enumerate(bounds):

        def size(theta: np.ndarray, k: int = k) -> float:
            return sizes(theta)[k]

        best = sorted(starts, key=size)[-4:]
        found = max(-minimize(lambda theta, size=size: -size(theta), start, method="L-BFGS-B").fun for start in best)
        assert found <= bound * (1 + 1e-7)
        assert found == pytest.approx(bound, rel=1e-3)


def test_says_so_where_no_closed_form_is_known():
    with pytest.raises(ValueError, match="DeepLinear"):
        sphere_bounds(DeepLinear((3, 3)), Examples.signed([[1.0, 0.0]]))
