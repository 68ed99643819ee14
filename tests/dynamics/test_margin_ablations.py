"""The exact instances of margin-kkt/T1 on which a hypothesis or the smoothing is left out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.dynamics.margin_instances import DIPPING, RATIONAL, RATIONAL_START
from verify.dynamics.force import force
from verify.dynamics.margin_flow import margin_flow
from verify.dynamics.time_flow import log_time_flow
from verify.models.linear import Linear, SumOfPowers
from verify.models.losses import EXPONENTIAL
from verify.models.network import Examples


@pytest.mark.spec("margin-kkt/T1/M1")
@pytest.mark.spec("margin-kkt/T1/X1")
def test_unsmoothed_margin_dips_on_its_instance():
    """gb falls with slope -sqrt(2)/3 at first, from .7071 to .6006 half a unit of log rho later; gt rises
    throughout."""
    start = np.array([2 * 2**0.5] * 2)
    (found,) = margin_flow(Linear(), EXPONENTIAL, [DIPPING], [start], log_rho_target=np.log(4) + 6, rows=601)
    rows = found.rows
    lowest = int(rows.margin.argmin())
    assert found.status == ""
    assert torch.exp(-rows.tau[0]) == pytest.approx(0.3546, abs=5e-5)
    assert rows.margin[0] == pytest.approx(2**-0.5, rel=1e-12)
    # The margin is q_1/rho for the single row, whose rate is exact at the start: d q_1/dsigma = what_1/c, u unit.
    what, u = rows.weights[0] @ torch.tensor(DIPPING.inputs), rows.direction[0]
    assert (what / (u @ what) - u)[1] == pytest.approx(-(2**0.5) / 3, rel=1e-9)
    assert rows.margin[lowest] == pytest.approx(0.6006, abs=5e-5)
    assert rows.log_rho[lowest] - rows.log_rho[0] == pytest.approx(0.51, abs=0.01)
    assert rows.margin[-1] > 0.706
    assert torch.all(rows.smoothed.diff() > 0)


@pytest.mark.spec("margin-kkt/T1/X5")
def test_generic_instances_show_no_dip():
    draw, dips = np.random.default_rng(0), 0
    for _ in range(10):
        z = draw.normal(size=(8, 4))
        z *= np.sign(z @ draw.normal(size=4))[:, None]
        start = z.mean(0) * 3 / max((z @ z.mean(0)).min(), 0.05)
        (found,) = margin_flow(Linear(), EXPONENTIAL, [Examples.signed(z)], [start], tau_target=50.0, rows=60)
        dips += int(found.status == "" and bool((found.rows.margin.diff() < 0).any()))
    assert dips <= 3


@pytest.mark.spec("margin-kkt/T1/A1")
@pytest.mark.spec("margin-kkt/T1/A2")
def test_network_without_a_degree_breaks_monotonicity_and_the_limit():
    """q = a + b^3 from (5, .1) over three units of log rho: q/rho^3 falls first, q/rho grows without bound."""
    data, start = Examples.signed([[1.0]]), np.array([5.0, 0.1])
    target = float(np.log(np.linalg.norm(start)) + 3)
    (found,) = margin_flow(SumOfPowers(), EXPONENTIAL, [data], [start], log_rho_target=target, rows=7, degree=3)
    halves = np.array([5e-5, 5e-5, 5e-3, 5e-3, 5e-4, 5e-4, 5e-4])  # half a unit of the last digit that is given
    assert np.all(np.abs(found.rows.margin.numpy() - [0.0400, 0.0204, 0.50, 0.80, 0.925, 0.972, 0.990]) <= halves)
    over_rho = found.rows.margins[:, 0] / found.rows.log_rho.exp()
    assert over_rho[0].item() == pytest.approx(1.0, abs=1e-3)
    assert over_rho[-1].item() == pytest.approx(9986, rel=1e-3)


@pytest.mark.spec("margin-kkt/T1/A3")
def test_above_loss_one_the_smoothed_margin_falls():
    """z = (1, 1), (1, -1) from (-2, 0): theta_2 stays 0 and gt = -(1 + log 2/c) falls as c does; c reaches 0 and
    turns."""
    data, times = Examples.signed([[1.0, 1.0], [1.0, -1.0]]), np.linspace(0, np.log(1.43), 40)
    found = log_time_flow(Linear(), EXPONENTIAL, data, np.array([-2.0, 0.0]), times)
    c = -found.rows.theta[:, 0]
    falling = c > 0.05
    assert found.status == ""
    assert c[0] == pytest.approx(2.0)
    assert c[falling].min() < 0.2
    np.testing.assert_allclose(found.rows.smoothed[falling], -(1 + np.log(2) / c[falling].numpy()), rtol=1e-8)
    assert torch.all(found.rows.smoothed[falling].diff() < 0)
    values = [-(1 + np.log(2) / height) for height in (2, 1, 0.5, 0.1)]
    np.testing.assert_allclose(values, [-1.347, -1.693, -2.386, -7.93], atol=2e-3)


@pytest.mark.spec("margin-kkt/T4/A1")
@pytest.mark.spec("margin-kkt/T1/A4")
def test_rows_that_nothing_separates_keep_w_bounded():
    """Loss >= 2 for a pair z, -z; the flow in log t converges to the minimiser of the loss."""
    data = Examples.signed([[1.0, 2.0], [-1.0, -2.0], [1.0, 0.0], [-2.0, 1.0]])
    found = log_time_flow(Linear(), EXPONENTIAL, data, np.array([1.0, -1.0]), np.linspace(0, 25, 60))
    assert found.status == ""
    assert found.rows.log_rho.max() < 1
    assert torch.all(found.rows.tau <= -np.log(2))
    final = found.rows.theta[-1].numpy()
    np.testing.assert_allclose(np.exp(-data.inputs @ final) @ data.inputs, 0, atol=1e-9)


@pytest.mark.spec("margin-kkt/T1/X3")
@pytest.mark.spec("margin-kkt/T1/A5")
def test_tau_is_that_of_the_sum_and_not_of_the_mean():
    """Nine margins of 3 and one of -1: the mean loss .317 is below 1, and yet an example is misclassified; the sum is
    3.17."""
    margins = Examples.signed([[3.0]] * 9 + [[-1.0]])
    tau = force(Linear(), EXPONENTIAL, margins, np.array([1.0])).tau
    assert np.exp(-tau) / 10 == pytest.approx(0.317, abs=5e-4)
    assert tau < 0
    copies = force(Linear(), EXPONENTIAL, Examples.signed([[2.0]] * 50), np.array([7.0])).tau
    assert copies == pytest.approx(14 - np.log(50), rel=1e-14)


@pytest.mark.spec("margin-kkt/T1/X7")
def test_smoothed_margin_is_known_to_twelve_digits_at_every_height():
    """It is tau/rho^L from the state, and nothing cancels: rounding stays below 10^-12 of it."""
    (found,) = margin_flow(Linear(), EXPONENTIAL, [RATIONAL], [RATIONAL_START], tau_target=1e6, tolerance=1e-9)
    high = found.rows.tau > 1
    assert torch.all(found.error.smoothed[high] < 1e-12 * found.rows.smoothed[high])
