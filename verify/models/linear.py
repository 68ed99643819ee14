"""Networks that are polynomial in their parameters: linear, deep linear, diagonal, and one that is not homogeneous."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from verify.models.arrays import Array, identity, namespace, zeros
from verify.models.network import Examples, Network, Smoothness


@dataclass(frozen=True)
class Linear(Network):
    """Phi(w; x) = w . x, of degree 1."""

    degree = 1
    smoothness = Smoothness.ANALYTIC

    def size(self, inputs: int) -> int:
        return inputs

    def margins(self, theta: Array, data: Examples) -> Array:
        return data.labels * (data.inputs @ theta[..., None])[..., 0]

    def gradients(self, theta: Array, data: Examples) -> Array:
        return data.labels[..., None] * data.inputs

    def pull(self, theta: Array, data: Examples, weights: Array) -> Array:
        return _mean_input(data, weights)

    def curvature(self, theta: Array, data: Examples, weights: Array) -> Array:
        return zeros((theta.shape[-1], theta.shape[-1]), theta)


@dataclass(frozen=True)
class DeepLinear(Network):
    """Phi(theta; x) = W_L ... W_1 x with W_L a row vector, of degree L = len(hidden) + 1.

    `hidden` are the widths between the layers; theta holds W_1, ..., W_L one after the other, each row by row.
    """

    hidden: tuple[int, ...]
    smoothness = Smoothness.ANALYTIC

    def __post_init__(self) -> None:
        if not self.hidden or min(self.hidden) < 1:
            raise ValueError(
                f"a deep linear network needs one or more hidden widths of at least 1, and {self.hidden} was given; "
                "for none use Linear()"
            )

    @property
    def degree(self) -> int:  # type: ignore[override]
        """L, the number of layers."""
        return len(self.hidden) + 1

    def size(self, inputs: int) -> int:
        widths = (inputs, *self.hidden, 1)
        return sum(below * above for below, above in pairwise(widths))

    def margins(self, theta: Array, data: Examples) -> Array:
        heads = _heads(self.layers(theta, data.inputs.shape[-1]))
        return data.labels * (data.inputs @ heads[0][..., None])[..., 0]

    def gradients(self, theta: Array, data: Examples) -> Array:
        xp = namespace(theta)
        layers = self.layers(theta, data.inputs.shape[-1])
        heads, activation, blocks = _heads(layers), data.labels[..., None] * data.inputs, []
        for layer, head in zip(layers, heads[1:], strict=True):
            block = head[..., None, :, None] * activation[..., None, :]
            blocks.append(block.reshape(*block.shape[:-2], -1))
            activation = activation @ xp.swapaxes(layer, -1, -2)
        return xp.concatenate(blocks, -1)

    def pull(self, theta: Array, data: Examples, weights: Array) -> Array:
        # Phi is linear in x, so this is the gradient at the weighted input.
        mean = _mean_input(data, weights)[..., None, :]
        return self.gradients(theta, Examples(mean, namespace(mean).ones_like(mean[..., 0])))[..., 0, :]

    def curvature(self, theta: Array, data: Examples, weights: Array) -> Array:
        # The Hessian at the weighted input; it has no blocks on the diagonal.
        xp = namespace(theta)
        layers = self.layers(theta, data.inputs.shape[-1])
        heads, activation = _heads(layers), _mean_input(data, weights)
        rows = [[] for _ in layers]
        for low, layer in enumerate(layers):
            between = identity(layer.shape[-2], layer)
            for high in range(low + 1, len(layers)):
                block = xp.einsum("...a,...bc,...d->...abcd", heads[high + 1], between, activation)
                batch, (a, b, c, d) = block.shape[:-4], block.shape[-4:]
                rows[high].append(block.reshape(*batch, a * b, c * d))
                between = layers[high] @ between
            activation = (layer @ activation[..., None])[..., 0]
        size, batch = theta.shape[-1], theta.shape[:-1]
        lower = []
        for row, layer in zip(rows, layers, strict=True):
            height = layer.shape[-2] * layer.shape[-1]
            padding = zeros((*batch, height, size - sum(block.shape[-1] for block in row)), theta)
            lower.append(xp.concatenate([*row, padding], -1))
        triangle = xp.concatenate(lower, -2)
        return triangle + xp.swapaxes(triangle, -1, -2)

    def imbalance(self, theta: Array, inputs: int) -> Array:
        """The norm of W_{k+1}^T W_{k+1} - W_k W_k^T over all k, (...); gradient flow conserves each of these matrices.

        `inputs` is the dimension of the inputs.
        """
        xp = namespace(theta)
        gaps = [
            xp.swapaxes(above, -1, -2) @ above - below @ xp.swapaxes(below, -1, -2)
            for below, above in pairwise(self.layers(theta, inputs))
        ]
        return xp.sqrt(sum((gap * gap).sum((-1, -2)) for gap in gaps))

    def layers(self, theta: Array, inputs: int) -> list[Array]:
        """W_1, ..., W_L, each of shape (..., out, in), for inputs of this dimension."""
        layers, start, widths = [], 0, (inputs, *self.hidden, 1)
        for below, above in pairwise(widths):
            stop = start + above * below
            layers.append(theta[..., start:stop].reshape(*theta.shape[:-1], above, below))
            start = stop
        return layers


def _mean_input(data: Examples, weights: Array) -> Array:
    """sum_n weights_n y_n x_n."""
    return ((weights * data.labels)[..., None, :] @ data.inputs)[..., 0, :]


def _heads(layers: list[Array]) -> list[Array]:
    """The row vectors W_L ... W_k for k = 1, ..., L, and then the vector (1)."""
    rows = [layers[-1][..., 0, :]]
    for layer in reversed(layers[:-1]):
        rows.append((rows[-1][..., None, :] @ layer)[..., 0, :])
    return [*reversed(rows), namespace(layers[-1]).ones_like(layers[-1][..., 0, :1])]


@dataclass(frozen=True)
class Diagonal(Network):
    """Phi(theta; x) = sum_i x_i theta_i^2, of degree 2: a linear predictor that is parametrised by squares."""

    degree = 2
    smoothness = Smoothness.ANALYTIC

    def size(self, inputs: int) -> int:
        return inputs

    def margins(self, theta: Array, data: Examples) -> Array:
        return data.labels * (data.inputs @ (theta * theta)[..., None])[..., 0]

    def gradients(self, theta: Array, data: Examples) -> Array:
        return 2 * data.labels[..., None] * data.inputs * theta[..., None, :]

    def curvature(self, theta: Array, data: Examples, weights: Array) -> Array:
        return 2 * _mean_input(data, weights)[..., None] * identity(theta.shape[-1], theta)


@dataclass(frozen=True)
class SumOfPowers(Network):
    """Phi(a, b; x) = x (a + b^3): of no degree, which shows what homogeneity is needed for. Inputs have dimension 1."""

    degree = None
    smoothness = Smoothness.ANALYTIC

    def size(self, inputs: int) -> int:
        return 2

    def margins(self, theta: Array, data: Examples) -> Array:
        return data.labels * data.inputs[..., 0] * (theta[..., :1] + theta[..., 1:] ** 3)

    def gradients(self, theta: Array, data: Examples) -> Array:
        xp = namespace(theta)
        b = theta[..., None, 1:]
        return (data.labels * data.inputs[..., 0])[..., None] * xp.concatenate([xp.ones_like(b), 3 * b**2], -1)

    def curvature(self, theta: Array, data: Examples, weights: Array) -> Array:
        total = (weights * data.labels * data.inputs[..., 0]).sum(-1)
        corner = identity(2, theta)[:, 1:] * identity(2, theta)[1:]
        return (6 * total * theta[..., 1])[..., None, None] * corner
