"""Measurements along batches of flows: ragged data, rates against differences, errors that cover what refinement
shows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from verify.dynamics import leaky_paths as engine
from verify.dynamics.leaky_paths import LeakyCase, leaky_paths
from verify.dynamics.rescaled_flow import HEUN, rates
from verify.models import two_layer_leaky as leaky
from verify.models.network import Examples


def _margin(network, data, theta, given):
    return network.margins(theta, data).amin(-1) / (theta * theta).sum(-1)


def _log_mass(network, data, theta, given):
    return torch.log(leaky.masses(network, theta)[0])


def _case(seed: int, width: int, positives: int, targets) -> LeakyCase:
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((positives, 2)) * 0.4 + np.array([1.5, 0])
    data = leaky.mirrored(points)
    start = leaky.gaussian_start(rng, width, 2, scale=0.1)
    return LeakyCase(start, width, 0.2 + 0.1 * seed, *data, np.asarray(targets, dtype=float))


def test_cases_of_several_shapes_are_those_run_alone():
    targets = [1.0, 4.0, 9.0]
    cases = [_case(0, 3, 4, targets), _case(1, 5, 2, targets), _case(2, 4, 4, targets)]
    together = leaky_paths(cases)
    column = together.column(_margin)
    assert together.status == [""] * 3
    assert column.values.shape == (3, 3)
    for i, case in enumerate(cases):
        alone = leaky_paths([case])
        np.testing.assert_allclose(alone.column(_margin).values[0], column.values[i], rtol=1e-9)
        np.testing.assert_allclose(alone.log_time().values[0], together.log_time().values[i], rtol=1e-9)
    np.testing.assert_allclose(together.log_loss().values, -np.array([targets] * 3), rtol=1e-10)


def test_rates_are_the_slopes_of_differences():
    case = _case(3, 4, 4, [2.0, 5.0])
    column = leaky_paths([case]).column(_log_mass, log=True, rate=True)
    paths = leaky_paths([case])
    group = paths.groups[0]
    data = Examples(*(part[0] for part in group.data))
    network = leaky.TwoLayerLeaky(4, float(group.network.alpha[0]))
    assert column.rate is not None
    for row in range(2):
        theta = group.fine.theta[:, row]
        velocity = rates(network, data, theta).velocity
        ahead, behind = (_log_mass(network, data, theta + h * velocity, {}) for h in (1e-6, -1e-6))
        assert float((ahead - behind) / 2e-6) == pytest.approx(float(column.rate[0, row]), rel=1e-7)


def test_flow_errors_cover_the_distance_to_a_much_finer_run():
    case = _case(4, 4, 4, [1.0, 5.0, 20.0])
    coarse = leaky_paths([case], method=HEUN, eta=0.3).column(_margin)
    fine = leaky_paths([case], eta=0.05).column(_margin)
    distance = np.abs(coarse.values - fine.values)
    assert (distance <= coarse.flow_error + 1e-12).all()
    assert (distance > 0.02 * coarse.flow_error).all()


def test_a_failed_case_keeps_its_sentence_and_spoils_no_other():
    good, bad = _case(5, 3, 4, [1.0, 3.0]), _case(6, 3, 4, [1.0, 3.0])
    bad = LeakyCase(bad.theta * np.nan, 3, 0.5, bad.inputs, bad.labels, bad.targets)
    paths = leaky_paths([bad, good])
    assert "float64" in paths.status[0]
    assert paths.status[1] == ""
    values = paths.column(_margin).values
    assert np.isnan(values[0]).all()
    assert np.isfinite(values[1]).all()


def test_large_data_run_with_one_step_after_the_other(monkeypatch):
    """On data beyond the limit both steps have runs of their own, and shared data are not copied: the same states."""
    rng = np.random.default_rng(7)
    points = rng.standard_normal((45, 12)) + np.eye(12)[0] * 4
    data = leaky.mirrored(points)
    assert data.inputs.size > engine._LARGE
    cases = [
        LeakyCase(leaky.gaussian_start(rng, width, 12, scale=0.1), width, 0.3, *data, np.array([1.0, 6.0]))
        for width in (3, 3, 2)
    ]
    apart = leaky_paths(cases).column(_margin)
    monkeypatch.setattr(engine, "_LARGE", data.inputs.size)
    together = leaky_paths(cases).column(_margin)
    np.testing.assert_allclose(apart.values, together.values, rtol=1e-9)
    np.testing.assert_allclose(apart.flow_error, together.flow_error, rtol=1e-5, atol=1e-12)
    assert (np.asarray(apart.flow_error) > 0).any()
