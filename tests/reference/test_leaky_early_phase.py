"""The early phase's closed forms against the flow itself and against a hand-solved perturbation."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from verify.dynamics.rescaled_flow import RK4, rescaled_flow
from verify.models import two_layer_leaky as leaky
from verify.models.network import Examples
from verify.reference.early_phase import early_phase, signed_means, turning_lag


@pytest.mark.spec("leaky-relu/T4/Q2", "leaky-relu/T4/C1")
def test_the_constant_of_the_next_order_is_that_of_the_flow():
    rng, scale, alpha = np.random.default_rng(3), 1e-12, 0.5
    positives = rng.standard_normal((6, 5)) + np.array([2.0, 0, 0, 0, 0])
    data = leaky.mirrored(torch.tensor(positives))
    starts = [leaky.gaussian_start(rng, 8, 5, scale=scale) for _ in range(4)]
    early = [early_phase(s, scale, alpha, data.inputs.numpy(), data.labels.numpy()) for s in starts]
    r = np.array([0.05, 0.1])
    times = torch.tensor(np.array([phase.time(r, scale) for phase in early]))
    flow = rescaled_flow(
        leaky.TwoLayerLeaky(8, alpha), data, torch.tensor(np.array(starts)), times, clock="time", eta=0.05, method=RK4
    )
    for phase, states in zip(early, flow.theta.numpy(), strict=True):
        measured = np.linalg.norm(states - r[:, None] * phase.leading(), axis=1) / r**3
        limit = (4 * measured[0] - measured[1]) / 3  # the next term is of order r^2
        assert limit == pytest.approx(phase.constant, rel=3e-3)


def test_one_pair_on_one_direction_is_solved_by_hand():
    """D = 1 positives x = 1, w = a = b1 > 0 and w = a = -b2: c^k is along mu, and the constant is elementary."""
    start = np.array([0.6, -0.2, 0.6, -0.2])
    phase = early_phase(start, 1.0, 0.5, np.array([[1.0], [-1.0]]), np.array([1.0, -1.0]))
    b1, b2 = 0.6 / np.sqrt(2), 0.2 / np.sqrt(2)
    np.testing.assert_allclose(phase.b, [b1, -b2])
    assert phase.rate == pytest.approx(1.5 / 4)
    # q(x = 1) = b1^2 + b2^2/2 and q(x = -1) = b1^2/2 + b2^2, each with weight phi'/(4 n), n = 2.
    q_plus, q_minus = b1**2 + b2**2 / 2, b1**2 / 2 + b2**2
    c1, c2 = (q_plus + q_minus / 2) / 8, (q_plus / 2 + q_minus) / 8
    expected = np.sqrt((b1 * c1) ** 2 + (b2 * c2) ** 2) / (np.sqrt(2) * phase.rate)
    assert phase.constant == pytest.approx(expected)


@pytest.mark.spec("leaky-relu/T6/H5")
def test_what_turns_last_is_off_by_a_multiple_of_its_lag():
    """Two positive neurons, one of them delta off -mu-: at one loss its angle to mu+ is proportional to the lag, over a
    range of fifty."""
    inputs, labels = np.array([[1, 0], [-1, 0], [6, 0], [0.2, 1], [0.2, -1]]), np.array([1.0, -1, 1, 1, 1])
    means, width, scale = signed_means(inputs, labels, 0.5), 2, 1e-6
    np.testing.assert_allclose(means, [[1.58, 0], [0.94, 0]])
    deltas = np.array([0.1, 0.05, 0.02, 0.01])
    w = np.array([[[1, 0.2], [-np.cos(delta), np.sin(delta)]] for delta in deltas])
    starts = scale * np.concatenate([w.reshape(len(deltas), -1), np.linalg.norm(w, axis=-1)], -1)
    flow = rescaled_flow(
        leaky.TwoLayerLeaky(width, 0.5), Examples(inputs, labels), starts, np.array([1.0]), eta=0.05, method=RK4
    )
    tangents = flow.theta[:, 0, 3] / flow.theta[:, 0, 2]
    lags = np.array([turning_lag(start, scale, *means) for start in starts])
    np.testing.assert_allclose(lags, scale * (2 * np.sin(deltas / 2)) ** (-1.58 / 0.94))
    assert lags.max() > 40 * lags.min()
    np.testing.assert_allclose(tangents / lags, tangents[0] / lags[0], rtol=0.03)
    negative = np.concatenate([starts[0, :4], -starts[0, 4:]])
    assert turning_lag(negative, scale, *means) == scale
