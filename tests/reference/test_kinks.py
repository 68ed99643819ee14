"""The distance from stationarity with slopes at the kinks: against least squares without kinks, and against a search over the slope."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from verify.models.network import Examples
from verify.reference.kinks import distance_with_slopes

X, Y = np.array([[1.0, 0.2], [0.4, 1.0], [-0.3, 0.9]]), np.array([1.0, -1.0, -1.0])


def gradients(theta: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """h_n for two neurons with the given slopes (2, N)."""
    weights, outer = theta[:4].reshape(2, 2), theta[4:]
    inside = (Y[:, None, None] * (outer[:, None] * slopes).T[:, :, None] * X[:, None, :]).reshape(3, 4)
    return np.concatenate([inside, Y[:, None] * (slopes * (weights @ X.T)).T], axis=1)


def equal_margins(theta: np.ndarray) -> Examples:
    """The examples rescaled so that all margins of the network are 1 and none is inactive."""
    weights, outer = theta[:4].reshape(2, 2), theta[4:]
    margins = Y * (outer @ np.maximum(weights @ X.T, 0.1 * (weights @ X.T)))
    return Examples(X / margins[:, None], Y)


def by_search(theta: np.ndarray, data: Examples, slopes: list[np.ndarray]) -> float:
    x, scale = np.asarray(data.inputs), np.linalg.norm(theta)
    factor = x[:, :1] / X[:, :1]
    return min(nnls((gradients(theta, s) * factor).T, theta)[1] for s in slopes) / scale


@pytest.mark.spec("margin-kkt/T2/X3")
def test_without_kinks_it_is_nonnegative_least_squares():
    theta = np.array([-0.3, 1.0, 1.0, -0.5, -1.0, 1.0])
    slopes = np.where(theta[:4].reshape(2, 2) @ X.T > 0, 1.0, 0.1)
    data = equal_margins(theta)
    assert distance_with_slopes(theta, data, 2, leak=0.1) == pytest.approx(by_search(theta, data, [slopes]), abs=1e-5)


@pytest.mark.spec("margin-kkt/T2/X3")
def test_a_slope_at_a_kink_is_chosen_as_well_as_by_search():
    # The second neuron is orthogonal to the second example.
    theta = np.array([-0.3, 1.0, 1.0, -0.4, -1.0, 1.0])
    data, fixed = equal_margins(theta), np.where(theta[:4].reshape(2, 2) @ X.T > 0, 1.0, 0.1)
    searched = []
    for slope in np.linspace(0.1, 1.0, 401):
        tried = fixed.copy()
        tried[1, 1] = slope
        searched.append(tried)
    free = distance_with_slopes(theta, data, 2, leak=0.1)
    bound = distance_with_slopes(theta, data, 2, leak=0.1, free=False)
    assert free == pytest.approx(by_search(theta, data, searched), abs=1e-4)
    assert bound == pytest.approx(by_search(theta, data, searched[:1]), abs=1e-4)
    assert free < bound - 1e-3
