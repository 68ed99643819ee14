"""Networks against automatic differentiation, Euler's identity, and their declared facts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from verify.models.linear import DeepLinear, Diagonal, Linear, SumOfPowers
from verify.models.network import Examples, Smoothness
from verify.models.two_layer import DEFAULT_SMOOTHINGS, RectifiedPower, SmoothedRectifier, smoothing_limit

NETWORKS = (
    Linear(),
    DeepLinear((4,)),
    DeepLinear((4, 3)),
    DeepLinear((3, 3, 2)),
    Diagonal(),
    RectifiedPower(5, 1),
    RectifiedPower(5, 2),
    RectifiedPower(5, 3),
    SmoothedRectifier(5),
    SmoothedRectifier(4, alpha=0.3, eps=0.1),
)
every_network = pytest.mark.parametrize("network", NETWORKS, ids=repr)


def batch(network, seed=0, inputs=3):
    """Two parameter vectors, seven examples each."""
    draw = torch.Generator().manual_seed(seed)
    normal = lambda *shape: torch.randn(*shape, dtype=torch.float64, generator=draw)  # noqa: E731
    return normal(2, network.size(inputs)), Examples(normal(2, 7, inputs), torch.sign(normal(2, 7)))


def derivative(transform, network, theta, data):
    """The transform (jacrev, hessian) of the margins, by automatic differentiation."""
    return torch.func.vmap(lambda t, x, y: transform(lambda s: network.margins(s, Examples(x, y)))(t))(theta, *data)


@pytest.mark.parametrize("network", [*NETWORKS, SumOfPowers()], ids=repr)
def test_gradients_and_curvature_agree_with_automatic_differentiation(network):
    theta, data = batch(network, inputs=1 if isinstance(network, SumOfPowers) else 3)
    weights = torch.rand(2, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    gradients = derivative(torch.func.jacrev, network, theta, data)
    assert_allclose(network.gradients(theta, data), gradients, atol=1e-12)
    assert_allclose(network.pull(theta, data, weights), torch.einsum("bn,bnd->bd", weights, gradients), atol=1e-12)
    hessians = torch.einsum("bn,bnij->bij", weights, derivative(torch.func.hessian, network, theta, data))
    assert_allclose(network.curvature(theta, data, weights) + 0 * hessians, hessians, atol=1e-11)


@every_network
def test_numpy_agrees_with_torch(network):
    theta, data = batch(network)
    weights = torch.ones(2, 7, dtype=torch.float64)
    arrays = theta.numpy(), Examples(*(part.numpy() for part in data))
    assert_allclose(network.margins(*arrays), network.margins(theta, data), rtol=1e-12, atol=1e-13)
    assert_allclose(network.gradients(*arrays), network.gradients(theta, data), rtol=1e-12, atol=1e-13)
    assert_allclose(
        network.curvature(*arrays, weights.numpy()), network.curvature(theta, data, weights), rtol=1e-11, atol=1e-12
    )


@every_network
def test_vmap_agrees_with_batching(network):
    theta, data = batch(network)
    weights = torch.ones(2, 7, dtype=torch.float64)
    for method in (network.margins, network.gradients):
        mapped = torch.func.vmap(lambda t, x, y, method=method: method(t, Examples(x, y)))(theta, *data)
        assert_allclose(mapped, method(theta, data), atol=1e-13)
    mapped = torch.func.vmap(lambda t, x, y, w: network.curvature(t, Examples(x, y), w))(theta, *data, weights)
    assert_allclose(mapped, network.curvature(theta, data, weights) + 0 * mapped, atol=1e-12)


@pytest.mark.spec("margin-kkt/T1/H2")
@every_network
def test_networks_are_homogeneous_of_their_degree(network):
    theta, data = batch(network)
    for scale in (1e-3, 0.7, 1.9, 40.0):
        assert_allclose(
            network.margins(scale * theta, data), scale**network.degree * network.margins(theta, data), rtol=1e-12
        )
    euler = torch.einsum("bnd,bd->bn", network.gradients(theta, data) + 0 * theta[:, None], theta)
    assert_allclose(euler, network.degree * network.margins(theta, data), rtol=1e-12, atol=1e-13)


@pytest.mark.spec("margin-kkt/T1/A1")
def test_sum_of_powers_is_homogeneous_of_no_degree():
    data = Examples.signed(np.array([[1.0]]))
    value = [SumOfPowers().margins(c * np.array([5.0, 0.1]), data)[0] for c in (1.0, 2.0, 4.0)]
    exponents = np.diff(np.log(value)) / np.log(2)
    assert SumOfPowers().degree is None
    assert exponents[0] != pytest.approx(exponents[1], abs=1e-3)


@pytest.mark.spec("margin-kkt/T0/E11")
@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_smoothing_is_exactly_homogeneous_and_tends_to_the_kinked_unit(alpha):
    draw = np.random.default_rng(0)
    weights, inputs = draw.normal(size=(6, 3)), draw.normal(size=(9, 3))
    z = weights @ inputs.T
    kinked = np.where(z > 0, z, alpha * z)
    distances = []
    for eps in (1e-2, 1e-4, 1e-6):
        unit = SmoothedRectifier(6, alpha, eps)
        assert_allclose(unit.unit(7.3 * weights, inputs), 7.3 * unit.unit(weights, inputs), rtol=1e-14)
        distances.append(np.abs(unit.unit(weights, inputs) - kinked).max())
        bound = eps * (1 - alpha) / 2 * np.linalg.norm(weights, axis=1)[:, None] * np.linalg.norm(inputs, axis=1)
        assert np.all(unit.unit(weights, inputs) - kinked <= bound * (1 + 1e-12) + 1e-15)
    assert distances[2] < 1e-3 * distances[0]


@pytest.mark.spec("margin-kkt/T0/X7")
def test_smoothed_unit_has_no_derivative_at_zero_weights():
    """Its gradient depends on the direction from which w = 0 is approached, and its Hessian grows like 1/|w|."""
    unit, inputs = SmoothedRectifier(1, eps=0.1), np.array([[1.0, 0.0]])
    from_right, from_left = (unit.unit_gradient(np.array([[step, 0.0]]), inputs)[0, 0] for step in (1e-9, -1e-9))
    assert np.abs(from_right - from_left).max() > 0.9
    sizes = [np.abs(unit.unit_curvature(np.array([[0.0, h]]), inputs, np.ones(1))).max() for h in (1e-2, 1e-4)]
    assert sizes[1] / sizes[0] == pytest.approx(100, rel=1e-6)
    assert unit.smoothness is Smoothness.LIPSCHITZ
    assert unit.kinks == "w_j = 0"
    assert not unit.slides


@pytest.mark.spec("margin-kkt/T0/X9")
def test_declared_smoothness_is_the_true_one():
    """Across the kink of relu^k the k-th derivative jumps and the lower ones do not."""
    declared = {1: Smoothness.LIPSCHITZ, 2: Smoothness.C1, 3: Smoothness.C2}
    inputs, h = np.array([[1.0]]), 1e-6
    for power, smoothness in declared.items():
        unit = RectifiedPower(1, power)
        slope = [unit.unit_gradient(np.array([[side]]), inputs).item() for side in (-h, h)]
        bend = [unit.unit_curvature(np.array([[side]]), inputs, np.ones(1)).item() for side in (-h, h)]
        jumps = abs(slope[1] - slope[0]) > 0.5, abs(bend[1] - bend[0]) > 0.5
        assert unit.smoothness is smoothness
        assert (
            jumps
            == {Smoothness.LIPSCHITZ: (True, False), Smoothness.C1: (False, True), Smoothness.C2: (False, False)}[
                smoothness
            ]
        )
        assert unit.slides == (power == 1)


@pytest.mark.spec("margin-kkt/T0/E12")
def test_smoothing_limit_removes_the_linear_error():
    wide, narrow = DEFAULT_SMOOTHINGS
    values = 2.0 - 3.0 * wide, 2.0 - 3.0 * narrow
    assert DEFAULT_SMOOTHINGS == (1e-2, 1e-3)
    assert smoothing_limit(values, DEFAULT_SMOOTHINGS) == pytest.approx(2.0, abs=1e-14)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: DeepLinear(()), "use Linear"),
        (lambda: DeepLinear((3, 0)), "hidden widths"),
        (lambda: RectifiedPower(0, 2), "at least one hidden unit"),
        (lambda: RectifiedPower(3, 0), "1, 2, 3"),
        (lambda: SmoothedRectifier(3, eps=0.0), "must be positive"),
    ],
)
def test_impossible_networks_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
