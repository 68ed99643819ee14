"""The length of the curve of directions: chords bound it from below, and a linear flow turns by a known angle."""

from __future__ import annotations

import numpy as np
import pytest

from verify.dynamics.arc_length import arc_lengths, doubling_ratios
from verify.dynamics.margin_flow import margin_flow
from verify.models.linear import Linear
from verify.models.losses import EXPONENTIAL
from verify.models.network import Examples

PAIR = Examples.signed([[1.0, 2.0], [3.0, -1.0]])


def test_is_the_angle_in_the_plane_and_above_the_sum_of_chords():
    path = margin_flow(Linear(), EXPONENTIAL, [PAIR], [np.array([2.0, 0.2])], tau_target=1e4, rows=200)[0]
    (length,), (error,) = arc_lengths([path])
    u = path.rows.direction.numpy()
    chords = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(u, axis=0), axis=1)))
    assert np.all(length >= chords - 1e-9)
    angles = np.unwrap(np.arctan2(u[:, 1], u[:, 0]))
    turned = np.append(0.0, np.cumsum(np.abs(np.diff(angles))))
    assert np.all(np.abs(length - turned) <= error + 1e-4)


def test_ratios_of_a_power():
    tau = np.geomspace(1.0, 1e5, 400)
    ratio, error = doubling_ratios(tau, 1 - tau**-0.5, 0 * tau, least=100.0)
    assert ratio == pytest.approx(2**-0.5, rel=1e-4)
    assert np.all(error < 1e-6)
