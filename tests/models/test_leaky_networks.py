"""The leaky network against automatic differentiation, its algebra, and its kinks against differences of the flow."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from verify.errors import BadInput
from verify.models import two_layer_leaky as leaky
from verify.models.network import Examples


def _case(seed: int, width: int = 5, inputs: int = 3, examples: int = 7) -> tuple[torch.Tensor, Examples]:
    generator = torch.Generator().manual_seed(seed)
    theta = torch.randn(4, width * (inputs + 1), generator=generator, dtype=torch.float64)
    x = torch.randn(4, examples, inputs, generator=generator, dtype=torch.float64)
    labels = torch.sign(torch.randn(4, examples, generator=generator, dtype=torch.float64))
    return theta, Examples(x, labels)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0, torch.tensor([0.1, 0.5, 0.9, 1.0], dtype=torch.float64)])
def test_gradients_are_those_of_automatic_differentiation(alpha):
    theta, data = _case(0)
    network = leaky.TwoLayerLeaky(5, alpha)

    slopes = alpha.tolist() if isinstance(alpha, torch.Tensor) else [alpha] * 4
    rows = zip(theta, *data, slopes, strict=True)
    expected = torch.stack(
        [
            torch.func.jacrev(lambda p, x=x, y=y, a=a: leaky.TwoLayerLeaky(5, a).margins(p, Examples(x, y)))(point)
            for point, x, y, a in rows
        ]
    )
    torch.testing.assert_close(network.gradients(theta, data), expected)
    weights = torch.rand(4, 7, dtype=torch.float64)
    reached, pull = network.pullback(data)(theta)
    torch.testing.assert_close(reached, network.margins(theta, data))
    torch.testing.assert_close(pull(weights), (weights[:, None] @ expected)[:, 0])


def test_curvature_is_the_hessian_away_from_the_kinks():
    theta, data = _case(1)
    network, weights = leaky.TwoLayerLeaky(5, 0.3), torch.rand(4, 7, dtype=torch.float64)
    for point, x, y, weight in zip(theta, *data, weights, strict=True):
        expected = torch.func.hessian(lambda p, x=x, y=y, v=weight: (v * network.margins(p, Examples(x, y))).sum())(
            point
        )
        torch.testing.assert_close(network.curvature(point, Examples(x, y), weight), expected)


@pytest.mark.spec("leaky-relu/T1/H2")
def test_the_network_is_two_homogeneous_and_obeys_euler():
    theta, data = _case(2)
    network = leaky.TwoLayerLeaky(5, 0.3)
    margins = network.margins(theta, data)
    torch.testing.assert_close(network.margins(1.7 * theta, data), 1.7**2 * margins)
    torch.testing.assert_close((network.gradients(theta, data) * theta[:, None]).sum(-1), 2 * margins)


@pytest.mark.spec("leaky-relu/T7/X1")
def test_the_selection_at_a_kink_touches_only_the_kink():
    theta, data = _case(3)
    open_side, closed_side = leaky.TwoLayerLeaky(5, 0.3), leaky.TwoLayerLeaky(5, 0.3, closed=True)
    assert torch.equal(open_side.gradients(theta, data), closed_side.gradients(theta, data))
    at_kink = theta.clone()
    at_kink[:, :3] = 0
    assert torch.equal(open_side.margins(at_kink, data), closed_side.margins(at_kink, data))
    assert not torch.equal(open_side.gradients(at_kink, data), closed_side.gradients(at_kink, data))


def test_one_implementation_for_numpy_and_torch():
    theta, data = _case(4)
    network = leaky.TwoLayerLeaky(5, 0.3)
    arrays = Examples(data.inputs.numpy(), data.labels.numpy())
    np.testing.assert_allclose(network.margins(theta.numpy(), arrays), network.margins(theta, data).numpy())
    np.testing.assert_allclose(network.gradients(theta.numpy(), arrays), network.gradients(theta, data).numpy())
    np.testing.assert_allclose(leaky.growth(network, theta.numpy(), arrays), leaky.growth(network, theta, data).numpy())


@pytest.mark.spec("leaky-relu/T7/S1")
def test_one_sided_speeds_are_those_on_either_side_of_the_kink():
    """On both sides of w . x_0 = 0 the speed is that of the flow there; two more examples are parallel to x_0."""
    rng = np.random.default_rng(5)
    inputs = rng.standard_normal((6, 3))
    inputs[1], inputs[2] = -inputs[0], 2.5 * inputs[0]
    data, weights = Examples(inputs, np.array([1.0, -1, 1, 1, -1, 1])), rng.random(6)
    network = leaky.TwoLayerLeaky(1, 0.3)
    w = np.cross(inputs[0], rng.standard_normal(3))
    below, above = network.one_sided_speeds(np.concatenate([w, [0.7]]), data, weights)
    for side, expected in ((-1, below), (1, above)):
        theta = np.concatenate([w + 1e-9 * side * inputs[0], [0.7]])
        velocity = network.pullback(data)(theta)[1](weights)[:3]
        np.testing.assert_allclose(velocity @ inputs[0], expected[0, 0], rtol=1e-12)
    jump = 0.7 * (1 - 0.3) * (inputs[0] @ inputs[0]) * (weights[0] - weights[1] + 2.5 * weights[2])
    np.testing.assert_allclose(above[0, 0] - below[0, 0], jump, rtol=1e-12)


@pytest.mark.spec("leaky-relu/T2/X4", "leaky-relu/T2/H2")
def test_symmetric_data_are_symmetric_bit_for_bit():
    positives = np.random.default_rng(6).standard_normal((5, 3))
    data = leaky.mirrored(positives)
    assert np.array_equal(data.inputs[5:], -data.inputs[:5])
    assert leaky.is_symmetric(data.inputs, data.labels)
    assert not leaky.is_symmetric(data.inputs[:-1], data.labels[:-1])
    nudged = data.inputs.copy()
    nudged[0, 0] = np.nextafter(nudged[0, 0], 9)
    assert not leaky.is_symmetric(nudged, data.labels)
    exact = np.array([[Fraction(1, 3)], [Fraction(-1, 3)]], dtype=object)
    assert leaky.is_symmetric(exact, np.array([1, -1]))


@pytest.mark.spec("leaky-relu/T5/S1")
def test_the_embedding_keeps_the_function_and_its_square_norm():
    rng = np.random.default_rng(7)
    pair, coefficients = rng.standard_normal(8), np.array([0.3, -2.0, 1.1, -0.2, 0.9])
    theta, inputs = leaky.embedded(pair, coefficients), rng.standard_normal((20, 3))
    wide, narrow = leaky.TwoLayerLeaky(5, 0.4), leaky.TwoLayerLeaky(2, 0.4)
    np.testing.assert_allclose(wide.outputs(theta, inputs), narrow.outputs(pair, inputs), rtol=1e-12)
    np.testing.assert_allclose(theta @ theta, pair @ pair, rtol=1e-12)


@pytest.mark.spec("leaky-relu/T5/S2")
def test_embedded_networks_stay_embedded():
    """The velocity of the embedded network is the embedding of the pair's velocity."""
    rng = np.random.default_rng(10)
    pair, coefficients, weights = rng.standard_normal(8), np.array([0.3, -2.0, 1.1]), rng.random(7)
    data = Examples(rng.standard_normal((7, 3)), np.sign(rng.standard_normal(7)))
    moving = leaky.TwoLayerLeaky(2, 0.4).pullback(data)(pair)[1](weights)
    wide = leaky.TwoLayerLeaky(3, 0.4).pullback(data)(leaky.embedded(pair, coefficients))[1](weights)
    np.testing.assert_allclose(wide, leaky.embedded(moving, coefficients), rtol=1e-12)


def test_zero_neurons_change_neither_the_function_nor_the_flow():
    theta, data = _case(8)
    wide = torch.tensor(leaky.widened(theta.numpy(), 5, 9))
    narrow_network, wide_network = leaky.TwoLayerLeaky(5, 0.3), leaky.TwoLayerLeaky(9, 0.3)
    torch.testing.assert_close(narrow_network.margins(theta, data), wide_network.margins(wide, data))
    weights = torch.rand(4, 7, dtype=torch.float64)
    narrow_pull, wide_pull = (
        narrow_network.pullback(data)(theta)[1](weights),
        wide_network.pullback(data)(wide)[1](weights),
    )
    np.testing.assert_allclose(leaky.widened(narrow_pull.numpy(), 5, 9), wide_pull.numpy())


def test_starts_have_the_scale_and_the_balance_that_they_promise():
    rng = np.random.default_rng(9)
    gaussian = np.array([leaky.gaussian_start(rng, 4, 3, scale=1e-3, outer=2.0) for _ in range(4000)])
    np.testing.assert_allclose(gaussian.std(0), 1e-3 * np.repeat([1.0, 2.0], [12, 4]), rtol=0.08)
    balanced = leaky.balanced_start(rng, 4, 3, scale=1e-3)
    w, a = leaky.TwoLayerLeaky(4).layers(balanced)
    np.testing.assert_allclose(np.abs(a), np.linalg.norm(w, axis=-1), rtol=1e-12)


@pytest.mark.parametrize("alpha", [-0.1, 1.5, torch.tensor([0.5, 2.0])])
def test_a_slope_outside_the_unit_interval_is_refused(alpha):
    with pytest.raises(BadInput, match=r"lies in \[0, 1\]"):
        leaky.TwoLayerLeaky(2, alpha)


def test_a_coordinate_is_taken_from_the_flow_where_examples_and_neurons_are_mirrored():
    inputs, labels = np.array([[1.0, 0], [-1, 0], [0.2, 1], [0.2, -1]]), np.array([1.0, -1, 1, 1])
    flat = np.array([0.3, 0.0, -0.2, 0.0, 1.0, -1.0])  # w = (.3, 0), (-.2, 0); a = 1, -1
    assert leaky.unmirrored(flat, 2, inputs, labels) == [0]
    tilted = flat + np.array([0, 1e-9, 0, 0, 0, 0])
    assert leaky.unmirrored(tilted, 2, inputs, labels) == [0, 1]
    assert leaky.unmirrored(flat, 2, inputs, np.array([1.0, -1, 1, -1])) == [0, 1], "labels must agree as well"
    assert leaky.unmirrored(flat, 2, inputs * np.array([1.0, 0.0]) + [[0, 0], [0, 0], [0, 0], [0, 1]], labels) == [0, 1]


def test_data_sets_of_the_theorems():
    """Gaussian pairs are their own mirror image and separated by the first axis; hints are rational, and alike above and
    below it."""
    pairs = leaky.gaussian_pairs(np.random.default_rng(0), 7, 3)
    assert leaky.is_symmetric(*pairs)
    assert (pairs.labels * pairs.inputs[:, 0]).min() >= 1
    inputs, labels = leaky.hinted(Fraction(1, 5), 1, 6)
    assert {(row[0], -row[1], label) for row, label in zip(inputs, labels, strict=True)} == {
        (row[0], row[1], label) for row, label in zip(inputs, labels, strict=True)
    }
    assert all(isinstance(value, Fraction) for value in inputs.ravel())
    np.testing.assert_allclose(leaky.degrees(np.array([[1.0, 0], [0, 2], [-1, -1]])), [0, 90, -135])
    assert np.isnan(leaky.degrees(np.ones((2, 3)))).all()
