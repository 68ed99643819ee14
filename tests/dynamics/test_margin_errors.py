"""The two error bars: rounding against 50 digits, and the flow error against a run at a hundredth of the tolerance."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import torch
from scipy.interpolate import CubicSpline

from tests.dynamics.margin_instances import NETWORKS, RATIONAL, RATIONAL_START, fitted, labelled_by_a_plane
from verify.dynamics.margin_flow import margin_flow
from verify.dynamics.observables import Observables, observe, spread
from verify.dynamics.rounding import rounding
from verify.models.linear import DeepLinear, Linear
from verify.models.losses import EXPONENTIAL
from verify.models.network import Examples


def exact_margins(network, theta, data):
    """Margins in mpmath, with weights read off theta exactly as the network reads them."""
    entries = [mpmath.mpf(float(v)) for v in theta]
    rows = [[mpmath.mpf(float(v)) for v in row] for row in data.inputs]
    widths = (data.inputs.shape[1], *(network.hidden if isinstance(network, DeepLinear) else ()), 1)
    values, start = rows, 0
    for below, above in pairwise(widths):
        layer = [entries[start + above_row * below : start + (above_row + 1) * below] for above_row in range(above)]
        values = [[mpmath.fdot(line, value) for line in layer] for value in values]
        start += above * below
    return [y * value[0] for y, value in zip(map(float, data.labels), values, strict=True)]


@pytest.mark.spec("margin-kkt/T0/X3")
@pytest.mark.parametrize("network", [Linear(), DeepLinear((4,)), DeepLinear((4, 3))], ids=repr)
@pytest.mark.parametrize("height", [10.0, 1e4, 1e6])
def test_rounding_bars_contain_the_true_values_and_are_no_wider_than_they_must(network, height):
    """At random states of a given tau, against 50 digits: p, tau, H, both margins."""
    data, draw = labelled_by_a_plane(), np.random.default_rng(int(height))
    worst = 0.0
    for _ in range(5):
        u = fitted(network, data, seed=int(draw.integers(1000)))
        u /= np.linalg.norm(u)
        log_rho = torch.tensor(np.log(height / network.margins(u, data).min()) / network.degree)
        tensors, zero = Examples(*(torch.tensor(part) for part in data)), torch.zeros((), dtype=torch.float64)
        seen = observe(network, EXPONENTIAL, tensors, log_rho, torch.tensor(u), zero, zero)
        bars = rounding(network, EXPONENTIAL, tensors, seen)
        with mpmath.workdps(50):
            rho = mpmath.exp(mpmath.mpf(float(seen.log_rho)))
            margins = [rho**network.degree * value for value in exact_margins(network, seen.direction, data)]
            total = mpmath.fsum(mpmath.exp(-value) for value in margins)
            weights = [mpmath.exp(-value) / total for value in margins]
            exact = {
                "tau": [-mpmath.log(total)],
                "weights": weights,
                "margins": margins,
                "entropy": [-mpmath.fsum(p * mpmath.log(p) for p in weights)],
                "margin": [min(margins) / rho**network.degree],
                "smoothed": [-mpmath.log(total) / rho**network.degree],
            }
            for name, values in exact.items():
                ours = np.atleast_1d(getattr(seen, name).numpy())
                bar = np.atleast_1d(getattr(bars, name).numpy())
                errors = np.array([float(abs(mpmath.mpf(float(v)) - e)) for v, e in zip(ours, values, strict=True)])
                assert np.all(errors <= bar), name
                worst = max(worst, float((errors[bar > 0] / bar[bar > 0]).max()))
    assert worst > 1e-3  # a bar a thousand times too wide would hide what it is for


@pytest.mark.spec("margin-kkt/T0/X3")
def test_rounding_bars_say_where_float64_ends():
    """p needs R q to absolute accuracy far below 1: at tau = 1e6 it has eight digits, at 1e12 none."""
    tensors, zero = Examples(*(torch.tensor(part) for part in RATIONAL)), torch.zeros((), dtype=torch.float64)
    u = torch.tensor([4.0, 2.0, 1.0], dtype=torch.float64) / 21**0.5
    bars = []
    for height in (1e6, 1e12):
        seen = observe(Linear(), EXPONENTIAL, tensors, torch.tensor(np.log(height)), u, zero, zero)
        bars.append(rounding(Linear(), EXPONENTIAL, tensors, seen).weights.max())
    assert bars[0] < 1e-7
    assert bars[1] > 1e-3


@pytest.mark.spec("margin-kkt/T0/E10")
@pytest.mark.parametrize(
    "name", ["linear", "deep-linear-3", "relu-cubed", pytest.param("smoothed-relu", marks=pytest.mark.thorough)]
)
def test_flow_error_covers_the_distance_to_a_finer_run(name):
    """Every column, on the same grid of log rho, against a hundredth of the tolerance."""
    network, data = NETWORKS[name], RATIONAL if name == "linear" else labelled_by_a_plane()
    start = RATIONAL_START if name == "linear" else fitted(network, data)
    target = float(np.log(np.linalg.norm(start)) + 12 / network.degree)
    ours, finer = (
        margin_flow(network, EXPONENTIAL, [data], [start], log_rho_target=target, rows=80, tolerance=tolerance)[0]
        for tolerance in (1e-10, 1e-12)
    )
    assert ours.status == finer.status == ""
    for column in fields(Observables):
        distance = (getattr(ours.rows, column.name) - getattr(finer.rows, column.name)).abs()
        bar = getattr(ours.flow_error, column.name) + 2 * getattr(ours.error, column.name)
        assert torch.all(distance <= bar + 1e-300), column.name


def test_flow_error_is_not_fooled_by_a_crossing():
    fine, coarse = torch.zeros(30, dtype=torch.float64), torch.linspace(-1, 1, 30, dtype=torch.float64)
    assert spread(fine, coarse).min() > 0.1
    assert spread(fine, fine).max() == 0


@pytest.mark.spec("margin-kkt/T0/E10")
@pytest.mark.parametrize("name", NETWORKS)
def test_state_stays_on_the_sphere_and_the_exact_slope_is_the_measured_one(name):
    """|u| - 1 is attracted to 0, and L[(1 + H/tau)/beta^2 - 1] is the slope of the smoothed margin, by splines."""
    network, data = NETWORKS[name], labelled_by_a_plane()
    (path,) = margin_flow(network, EXPONENTIAL, [data], [fitted(network, data)], tau_target=1e3, rows=400)
    rows = path.rows
    assert path.status == ""
    # The rows move the norm of u into log rho: the grid minus what was moved in is what the solver left of |u| - 1.
    assert path.flow_error.log_rho.max() < 1e-7
    exact = network.degree * ((1 + rows.entropy / rows.tau) / rows.cosine**2 - 1)
    assert (exact - rows.log_smoothed_rate).abs().max() < 1e-11 * (1 + float(exact.abs().max()))
    spline = CubicSpline(rows.log_rho.numpy(), rows.log_smoothed.numpy())(rows.log_rho.numpy(), 1)
    assert np.abs(spline - exact.numpy())[10:-10].max() < 1e-4 * (1 + float(exact.abs().max()))
