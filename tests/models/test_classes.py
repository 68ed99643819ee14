"""Several classes through one margin an example: torch's cross-entropy and automatic differentiation are the second route."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from verify.dynamics.force import force
from verify.models.classes import LinearClasses, class_rows
from verify.models.losses import LOGISTIC
from verify.models.network import Examples

RNG = np.random.default_rng(0)
NETWORK, THETA = LinearClasses(4), RNG.normal(size=12)
DATA = Examples(RNG.normal(size=(7, 3)), RNG.integers(0, 4, size=7).astype(float))


def cross_entropy(theta: torch.Tensor) -> torch.Tensor:
    scores = torch.as_tensor(DATA.inputs) @ theta.reshape(4, 3).T
    return torch.nn.functional.cross_entropy(scores, torch.as_tensor(DATA.labels).long(), reduction="sum")


@pytest.mark.spec("margin-kkt/T0/E3", "margin-kkt/T5/E4")
def test_the_logistic_loss_of_the_margins_is_cross_entropy():
    at = force(NETWORK, LOGISTIC, DATA, THETA)
    theta = torch.tensor(THETA, requires_grad=True)
    loss = cross_entropy(theta)
    (gradient,) = torch.autograd.grad(loss, theta)
    assert np.exp(-at.tau) == pytest.approx(loss.item(), rel=1e-13)
    assert -np.exp(at.log_factor - at.tau) * at.direction == pytest.approx(gradient.numpy(), rel=1e-12)


@pytest.mark.spec("margin-kkt/T5/E4")
def test_gradients_and_curvature_are_the_derivatives_of_the_margins():
    data = Examples(*map(torch.as_tensor, DATA))
    weights = torch.as_tensor(RNG.uniform(size=7))
    theta = torch.as_tensor(THETA)
    gradients = torch.func.jacrev(lambda each: NETWORK.margins(each, data))(theta)
    hessian = torch.func.hessian(lambda each: NETWORK.margins(each, data) @ weights)(theta)
    torch.testing.assert_close(NETWORK.gradients(theta, data), gradients)
    torch.testing.assert_close(NETWORK.curvature(theta, data, weights), hessian)


def test_rows_give_the_margins_between_classes():
    apart = NETWORK.class_margins(THETA, DATA)
    rows = class_rows(DATA.inputs, DATA.labels.astype(int), 4)
    assert (rows @ THETA).reshape(7, 3) == pytest.approx(apart[np.isfinite(apart)].reshape(7, 3))
    least = apart.min(-1)
    margins = NETWORK.margins(THETA, DATA)
    assert np.all(margins <= least)
    assert np.all(margins >= least - np.log(3))
