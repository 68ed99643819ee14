"""Linear predictors of several classes, seen through one margin an example: cross-entropy is the logistic loss of that margin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from verify.models.arrays import Array, namespace
from verify.models.network import Examples, Network, Smoothness


@dataclass(frozen=True)
class LinearClasses(Network):
    """Scores w_c . x for classes c = 0, ..., C - 1; theta holds w_0, ..., w_{C-1}; a label is the number of its class.

    With s_nj = w_{y_n} . x_n - w_j . x_n for j != y_n, the margin of an example is the smooth minimum h_n = -log sum_j e^{-s_nj}, so that
    cross-entropy log(1 + sum_j e^{-s_nj}) is log(1 + e^{-h_n}), the logistic loss (Lyu & Li 2020, Appendix G). The s_nj are homogeneous
    of degree 1; h_n is not, and is within log(C - 1) of the least of them.
    """

    classes: int

    degree = None
    smoothness = Smoothness.ANALYTIC

    def size(self, inputs: int) -> int:
        return self.classes * inputs

    def class_margins(self, theta: Array, data: Examples) -> Array:
        """s_nj for every class j, infinite for the example's own, (..., N, C)."""
        xp = namespace(theta)
        weights = theta.reshape(*theta.shape[:-1], self.classes, -1)
        scores = data.inputs @ xp.swapaxes(weights, -1, -2)
        own = self._own(data, theta)
        return xp.where(own, xp.inf, (scores * own).sum(-1)[..., None] - scores)

    def margins(self, theta: Array, data: Examples) -> Array:
        return self._softened(theta, data)[0]

    def gradients(self, theta: Array, data: Examples) -> Array:
        flat = self._lever(theta, data)[..., :, None] * data.inputs[..., None, :]
        return flat.reshape(*flat.shape[:-2], -1)

    def curvature(self, theta: Array, data: Examples, weights: Array) -> Array:
        xp = namespace(theta)
        shares = self._softened(theta, data)[1]
        diagonal = shares[..., :, None] * xp.eye(self.classes, dtype=theta.dtype, **_on(theta))
        spread = diagonal - shares[..., :, None] * shares[..., None, :]
        blocks = -xp.einsum("...n,...nab,...nc,...nd->...acbd", weights, spread, data.inputs, data.inputs)
        size = theta.shape[-1]
        return blocks.reshape(*blocks.shape[:-4], size, size)

    def _own(self, data: Examples, like: Array) -> Array:
        xp = namespace(like)
        return data.labels[..., None] == xp.arange(self.classes, dtype=like.dtype, **_on(like))

    def _softened(self, theta: Array, data: Examples) -> tuple[Array, Array]:
        """h_n and the softmax of -s_nj over j."""
        xp = namespace(theta)
        apart = self.class_margins(theta, data)
        least = xp.amin(apart, -1)
        shares = xp.exp(least[..., None] - apart)
        total = shares.sum(-1)
        return least - xp.log(total), shares / total[..., None]

    def _lever(self, theta: Array, data: Examples) -> Array:
        """dh_n/d(w_c . x_n), (..., N, C)."""
        return 1.0 * self._own(data, theta) - self._softened(theta, data)[1]


def _on(like: Array) -> dict:
    return {} if isinstance(like, np.ndarray) else {"device": like.device}


def class_rows(inputs: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """The rows z_nj with s_nj = z_nj . theta, for all n and j != y_n, in the dtype of the inputs: (N (C - 1), C D)."""
    zero = 0 * inputs[0]
    rows = [
        np.concatenate([x if c == y else -x if c == j else zero for c in range(classes)])
        for x, y in zip(inputs, labels, strict=True)
        for j in range(classes)
        if j != y
    ]
    return np.array(rows)
