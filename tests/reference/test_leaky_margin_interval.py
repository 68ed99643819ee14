"""Balls of margins contain what exact rational arithmetic gives, and nothing rests on float64."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, ctx, fmpq

from verify.errors import BadInput
from verify.kernel.two_layer import normalised_margin
from verify.models import two_layer_leaky as leaky
from verify.models.losses import LOGISTIC
from verify.reference.margin_interval import linear_optimum, margin_balls


def _case(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    data = leaky.mirrored(np.abs(rng.standard_normal((3, 2))))
    return rng.standard_normal((4, 9)), data.inputs, data.labels


def test_margin_balls_contain_the_exact_margin():
    theta, inputs, labels = _case(0)
    found = margin_balls(theta, 3, Fraction(1, 3), inputs, labels)
    for point, ball in zip(theta, found.margin, strict=True):
        values = [Fraction(float(v)) for v in point]
        rows = [[Fraction(float(v)) for v in row] for row in inputs]
        w = [values[0:2], values[2:4], values[4:6]]
        exact = normalised_margin(w, values[6:], rows, [Fraction(int(v)) for v in labels], Fraction(1, 3))
        with ctx.workprec(600):  # a rational is rounded to a ball of the working precision before it is compared
            assert ball.contains(fmpq(exact.numerator, exact.denominator))
        assert float(ball.rad()) < 1e-40


@pytest.mark.spec("leaky-relu/T1/C4")
def test_the_smoothed_margin_lies_below_the_margin_and_within_log_n():
    theta, inputs, labels = _case(1)
    scaled = 3 * np.abs(theta)
    found = margin_balls(scaled, 3, 0.5, inputs, labels)
    assert found.settled.all()
    for point, smoothed, margin in zip(scaled, found.smoothed, found.margin, strict=True):
        square = arb(float(point @ point))
        assert smoothed < margin
        # n e^{-q_min} (1 + o(1)) bounds n Loss, so that tau >= q_min - log n, up to the o(1).
        assert smoothed * square > margin * square - arb(6).log() - arb("1e-3")


def test_balls_agree_with_floats_and_two_precisions_overlap():
    theta, inputs, labels = _case(2)
    theta = 3 * np.abs(theta)
    network = leaky.TwoLayerLeaky(3, 0.5)
    q = network.margins(theta, leaky.Examples(inputs, labels))
    expected = LOGISTIC.inverse(-np.log(np.exp(-LOGISTIC.f(q)).sum(-1))) / (theta**2).sum(-1)
    found = margin_balls(theta, 3, 0.5, inputs, labels)
    np.testing.assert_allclose([float(ball.mid()) for ball in found.smoothed], expected, rtol=1e-12)
    before = ctx.prec
    again = margin_balls(theta, 3, 0.5, inputs, labels)
    assert ctx.prec == before
    assert all(a.overlaps(b) for a, b in zip(found.smoothed, again.smoothed, strict=True))


def test_a_loss_that_is_too_large_settles_nothing():
    theta, inputs, labels = _case(3)
    assert not margin_balls(1e-3 * theta, 3, 0.5, inputs, labels).settled.any()


def test_the_linear_optimum_is_a_ball_around_its_root():
    ball = linear_optimum(Fraction(2), Fraction(1, 2))
    assert (ball * ball).contains(fmpq(9, 32))
    assert float(ball.rad()) < 1e-50
    with pytest.raises(BadInput, match="width 4"):
        margin_balls(np.zeros((1, 9)), 4, 0.5, np.eye(2), [1, -1])
