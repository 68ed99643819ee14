"""The convolutional network against torch's own convolution, automatic differentiation and Euler's identity."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from verify.models.convolution import SquaredConvolution
from verify.models.network import Examples, Smoothness

NETWORK = SquaredConvolution(side=4, window=2, filters=3)


def batch():
    """Two parameter vectors, seven images each."""
    draw = torch.Generator().manual_seed(0)
    normal = lambda *shape: torch.randn(*shape, dtype=torch.float64, generator=draw)  # noqa: E731
    return normal(2, NETWORK.size(16)), Examples(normal(2, 7, 16), torch.sign(normal(2, 7)))


def test_is_torch_s_convolution():
    theta, data = batch()
    for parameters, images, labels in zip(theta, *data, strict=True):
        filters, top = parameters[:12].reshape(3, 1, 2, 2), parameters[12:].reshape(3, 3, 3)
        hidden = torch.relu(torch.nn.functional.conv2d(images.reshape(7, 1, 4, 4), filters)) ** 2
        expected = labels * (hidden * top).sum((1, 2, 3))
        assert_allclose(NETWORK.margins(parameters, Examples(images, labels)), expected, rtol=1e-13)


def test_gradients_and_curvature_agree_with_automatic_differentiation():
    theta, data = batch()
    weights = torch.rand(2, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(1))

    def derivative(transform):
        return torch.func.vmap(lambda t, x, y: transform(lambda s: NETWORK.margins(s, Examples(x, y)))(t))(theta, *data)

    assert_allclose(NETWORK.gradients(theta, data), derivative(torch.func.jacrev), atol=1e-12)
    hessians = torch.einsum("bn,bnij->bij", weights, derivative(torch.func.hessian))
    assert_allclose(NETWORK.curvature(theta, data, weights), hessians, atol=1e-11)


def test_numpy_agrees_with_torch():
    theta, data = batch()
    arrays, ones = (theta.numpy(), Examples(*(part.numpy() for part in data))), torch.ones(2, 7, dtype=torch.float64)
    assert_allclose(NETWORK.margins(*arrays), NETWORK.margins(theta, data), rtol=1e-12)
    assert_allclose(NETWORK.gradients(*arrays), NETWORK.gradients(theta, data), rtol=1e-12, atol=1e-14)
    assert_allclose(
        NETWORK.curvature(*arrays, ones.numpy()), NETWORK.curvature(theta, data, ones), rtol=1e-12, atol=1e-12
    )


def test_is_homogeneous_of_degree_three():
    theta, data = batch()
    margins = NETWORK.margins(theta, data)
    assert_allclose(NETWORK.margins(1.7 * theta, data), 1.7**3 * margins, rtol=1e-12)
    assert_allclose((NETWORK.gradients(theta, data) @ theta[..., None])[..., 0], 3 * margins, rtol=1e-11, atol=1e-12)
    assert (NETWORK.degree, NETWORK.smoothness) == (3, Smoothness.C1)


def test_shares_its_filters():
    """With equal weights on top, an image and its shift by a pixel look alike."""
    theta = np.concatenate([np.random.default_rng(2).normal(size=12), np.ones(27)])
    image = np.zeros((4, 4))
    image[1, 1] = 1.0
    images = np.stack([image.ravel(), np.roll(image, 1, axis=1).ravel()])
    first, second = NETWORK.margins(theta, Examples(images, np.ones(2)))
    assert first == pytest.approx(second, rel=1e-13)
    assert first > 0


def test_other_images_and_windows_are_refused():
    with pytest.raises(ValueError, match="reads 16 pixels, and inputs of dimension 9 were given"):
        NETWORK.size(9)
    with pytest.raises(ValueError, match="a window of 5"):
        SquaredConvolution(side=4, window=5, filters=1)
