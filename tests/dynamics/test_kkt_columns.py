"""Columns about KKT points: their multipliers by the checker, the tangent machine's certificate, known limits, and fitted slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from verify.dynamics.columns import fitted_slope
from verify.dynamics.fitted import five_points, flow_parts, network_instance, random_fitted
from verify.dynamics.kkt_columns import kkt_columns, limit_columns, tangent_columns
from verify.dynamics.margin_flow import margin_flow
from verify.kernel.programmes import check_instance
from verify.models.linear import DeepLinear
from verify.models.losses import EXPONENTIAL
from verify.reference.kkt import kkt_residuals
from verify.statement.instances import Instance


@pytest.fixture(scope="module")
def deep() -> tuple[Instance, tuple]:
    instance = random_fitted(np.random.default_rng(3), "deep-linear-2", 1, points=4, inputs=2)[0]
    network, data, start = flow_parts(instance)
    return instance, margin_flow(network, EXPONENTIAL, [data], [start], tau_target=1e4, rows=60, tolerance=1e-9)


@pytest.mark.spec("margin-kkt/T2/E1")
def test_the_multipliers_of_the_columns_make_an_approximate_kkt_point(deep):
    instance, paths = deep
    columns = kkt_columns(paths, [instance], [EXPONENTIAL])
    u, h, p, w, margin = (columns[name].values[0, -1] for name in ("u", "h", "p", "w", "margin"))
    # Degree 2: lambda = p/w, and theta = u/sqrt(margin) has least margin 1, with gradients h/sqrt(margin).
    network, data, _ = flow_parts(instance)
    theta = u / np.sqrt(margin)
    found = kkt_residuals(theta, network.margins(theta, data), h / np.sqrt(margin), p / w)
    misalignment = columns["misalignment"].values[0, -1]
    assert found.stationarity == pytest.approx(np.sqrt(2 * misalignment / margin), rel=1e-6)
    assert found.infeasibility < 1e-12 and found.negativity == 0
    assert 0 <= found.complementarity.sum() < 1e-2


def test_gradients_are_those_of_the_network_by_differences(deep):
    instance, paths = deep
    network, data, _ = flow_parts(instance)
    columns = kkt_columns(paths, [instance], [EXPONENTIAL])
    u, h = columns["u"].values[0, 7], columns["h"].values[0, 7]
    step = 1e-6 * np.identity(len(u))
    differences = (network.margins(u + step, data) - network.margins(u - step, data)) / 2e-6
    assert pytest.approx(differences, abs=1e-8) == h.T


def test_the_calmest_moment_never_rises(deep):
    instance, paths = deep
    columns = kkt_columns(paths, [instance], [EXPONENTIAL])
    calmest, turn = columns["calmest"].values[0], columns["turn"].values[0]
    assert np.all(np.diff(calmest) <= 0) and np.all(calmest <= turn**2)


def test_a_gradient_flow_conserves_its_imbalance(deep):
    instance, paths = deep
    imbalance = kkt_columns(paths, [instance], [EXPONENTIAL])["imbalance"]
    assert imbalance.values[0] == pytest.approx(1.0, abs=1e-4)


def test_the_imbalance_is_the_norm_of_what_is_conserved():
    first, second = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[3.0, 1.0]])
    theta = np.concatenate([first.ravel(), second.ravel()])
    expected = np.linalg.norm(second.T @ second - first @ first.T)
    assert DeepLinear((2,)).imbalance(theta, 2) == pytest.approx(expected)


def test_the_machine_on_the_gradients_comes_with_a_certificate(deep):
    instance, paths = deep
    columns, (certificate,) = tangent_columns(paths, [instance])
    tangent, cone = columns["tangent"].values[0, -3:], columns["cone"].values[0, -3:]
    bound = np.sqrt(2 * paths[0].rows.cosine_defect[-3:].numpy())
    assert np.all(tangent <= 1.2 * bound) and np.all(cone <= 1.001 * bound)
    assert np.all(np.isnan(columns["tangent"].values[0, :-3]))
    template = {"name": "tangent-machine", "kind": "qp", "P": "identity", "q": "zero", "G": "h", "h": "ones"}
    assert certificate is not None and "is" in check_instance(template, certificate["data"], certificate)


def test_known_limits_are_exact():
    diagonal: dict[str, Any] = {"limit": [1, 0], "multipliers": [1]}
    corner = network_instance("corner", "diagonal", [[1, 2]], [1], np.array([1.0, 0.0]), **diagonal)
    columns = limit_columns([corner])
    assert columns["qbar"].values.tolist() == [[1]] and columns["hbar"].values.tolist() == [[[2, 0]]]
    linear = limit_columns([five_points()])
    z = five_points().exact("inputs")
    assert (linear["lbar"].values[0] @ z).tolist() == linear["bar"].values[0].tolist()
    assert min(linear["qbar"].values[0]) == 1


def test_a_fitted_slope_is_that_of_a_power_of_log_t(deep):
    _, paths = deep
    column = fitted_slope(paths, lambda rows: 2.5 * rows.log_t.log(), 10, 1e4)
    assert column.values[0] == pytest.approx(2.5, abs=1e-6)
    assert np.isnan(fitted_slope(paths, lambda rows: rows.tau, 1e5, 1e6).values[0])
