"""Two-layer leaky ReLU networks: the model, its kinks, symmetric data, and the quantities that describe its simplicity
bias."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from verify.errors import BadInput
from verify.models.arrays import Array, inner, namespace, zeros
from verify.models.network import Examples, Smoothness
from verify.models.two_layer import TwoLayer


@dataclass(frozen=True)
class TwoLayerLeaky(TwoLayer):
    """Phi(theta; x) = sum_k a_k phi(w_k . x) with phi(z) = max(z, alpha z), of degree 2; theta = (w_1, ..., w_m, a_1,
    ..., a_m).

    `alpha` in [0, 1] is a number, or an array or tensor of the batch's shape (one slope an instance). A neuron that is
    zero stays zero along every flow, so that networks of several widths form one batch: pad the narrow ones with zeros
    (`widened`).

    At a kink w_k . x_n = 0 the selection is phi' = alpha, or 1 if `closed`; no result on a unique flow depends on it.
    """

    alpha: Array = 0.5
    closed: bool = False

    degree = 2
    smoothness = Smoothness.LIPSCHITZ
    kinks = "w_k . x_n = 0"
    slides = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not bool(
            ((self.alpha >= 0) & (self.alpha <= 1)).all() if hasattr(self.alpha, "all") else 0 <= self.alpha <= 1
        ):
            raise BadInput(
                f"the slope alpha of a leaky ReLU lies in [0, 1], and {self.alpha} was given; alpha = 1 is a linear "
                "unit"
            )

    def unit(self, weights: Array, inputs: Array) -> Array:
        z = weights @ namespace(weights).swapaxes(inputs, -1, -2)
        return z * self._slope(z)

    def unit_gradient(self, weights: Array, inputs: Array) -> Array:
        return self.slopes(weights, inputs)[..., None] * inputs[..., None, :, :]

    def unit_curvature(self, weights: Array, inputs: Array, over: Array) -> Array:
        return zeros((*weights.shape, weights.shape[-1]), weights)

    def slopes(self, weights: Array, inputs: Array) -> Array:
        """phi'(w_k . x_n), of shape (..., m, N)."""
        return self._slope(weights @ namespace(weights).swapaxes(inputs, -1, -2))

    def layers(self, theta: Array) -> tuple[Array, Array]:
        """(w, a), of shapes (..., m, D) and (..., m)."""
        return self._split(theta)

    def outputs(self, theta: Array, inputs: Array) -> Array:
        """Phi(theta; x_n), of shape (..., N)."""
        w, a = self._split(theta)
        return (a[..., None, :] @ self.unit(w, inputs))[..., 0, :]

    def pullback(self, data: Examples) -> Callable[[Array], tuple[Array, Callable[[Array], Array]]]:
        """The map of theta to the margins q (..., N) and to the map of weights (..., N) to sum_n weights_n grad q_n (..., d).

        It forms none of the N gradients, and what does not depend on theta is computed here, once for a whole flow.
        """
        xp = namespace(data.inputs)
        across = xp.swapaxes(data.inputs, -1, -2)
        # Contiguous, since numpy multiplies stacks of small transposed matrices half as fast.
        across = across if xp is not np else np.ascontiguousarray(across)
        signed = data.labels[..., None] * data.inputs

        def at(theta: Array) -> tuple[Array, Callable[[Array], Array]]:
            w, a = self._split(theta)
            z = w @ across
            slopes = self._slope(z)

            def pull(weights: Array) -> Array:
                # w_k . grad_{w_k} q = a_k dq/da_k = a_k phi(w_k . x), so that one product gives both layers.
                along = (slopes * weights[..., None, :]) @ signed
                inside = (a[..., None] * along).reshape(*theta.shape[:-1], -1)
                return xp.concatenate([inside, inner(w, along)], -1)

            return data.labels * (a[..., None, :] @ (slopes * z))[..., 0, :], pull

        return at

    def one_sided_speeds(self, theta: Array, data: Examples, weights: Array) -> tuple[Array, Array]:
        """(v-, v+), each (..., m, N): the speeds of w_k . x_i if it were on the negative and on the positive side of
        its kink.

        The flow is dw_k/dt = a_k sum_j weights_j y_j phi'(w_k . x_j) x_j. Examples parallel to x_i (the mirrored copies
        of a symmetric data set, above all) switch together with it.
        """
        xp = namespace(theta)
        w, a = self._split(theta)
        across = xp.swapaxes(data.inputs, -1, -2)
        gram = data.inputs @ across
        lengths = xp.sqrt(xp.diagonal(gram, 0, -2, -1))
        together = xp.abs(gram) > (1 - 1e-12) * lengths[..., :, None] * lengths[..., None, :]
        signed = (weights * data.labels)[..., None, :]
        others = (self._slope(w @ across) * signed) @ xp.where(together, 0 * gram, gram)
        sides = []
        for side in (-gram, gram):
            switching = xp.where(together, gram * self._slope(side), 0 * gram)
            sides.append(a[..., None] * (others + signed @ switching))
        return sides[0], sides[1]

    def _slope(self, z: Array) -> Array:
        low = self.alpha if np.ndim(self.alpha) == 0 else self.alpha[..., None, None]
        return namespace(z).where((z >= 0) if self.closed else (z > 0), 1.0, low)


def mirrored(positives: Array) -> Examples:
    """The symmetric data set of inputs x_i (..., P, D) labelled +1 and their literal negatives labelled -1.

    The negation is literal so that no rounding breaks the symmetry: the positives come first, and x_{i+P} = -x_i bit
    for bit.
    """
    xp = namespace(positives)
    ones = 1 + 0 * positives[..., 0]
    return Examples(xp.concatenate([positives, -positives], -2), xp.concatenate([ones, -ones], -1))


def gaussian_pairs(rng: np.random.Generator, count: int, dimension: int) -> Examples:
    """The symmetric data set of `count` Gaussian inputs whose first coordinate is made positive, by 1 at least, which separates them."""
    positives = rng.standard_normal((count, dimension))
    positives[:, 0] = np.abs(positives[:, 0]) + 1
    return mirrored(positives)


def hinted(eps: Fraction, K: Fraction | int, H: Fraction | int) -> tuple[np.ndarray, np.ndarray]:
    """(1, 0) and its mirror image with three hints of label 1, (H, 0) and (eps, +-K): rational inputs (5, 2) and labels (5,)."""
    rows = [[1, 0], [-1, 0], [H, 0], [eps, K], [eps, -K]]
    return np.array([[Fraction(c) for c in row] for row in rows], dtype=object), np.array([1, -1, 1, 1, 1])


def unmirrored(theta: np.ndarray, width: int, inputs: np.ndarray, labels: np.ndarray) -> list[int]:
    """The coordinates of the inputs that no symmetry of examples and network takes from the flow.

    Where the sign of a coordinate may be changed in all examples alike, and every neuron has a zero there, gradient flow keeps those
    zeros, since it commutes with the reflection; all other coordinates are returned, in order.
    """
    rows = np.column_stack([inputs, labels])
    neurons = theta[: width * inputs.shape[1]].reshape(width, -1)

    def mirrored(i: int) -> bool:
        flipped = rows * np.where(np.arange(rows.shape[1]) == i, -1.0, 1.0)
        return sorted(map(tuple, flipped)) == sorted(map(tuple, rows))

    return [i for i in range(inputs.shape[1]) if neurons[:, i].any() or not mirrored(i)]


def is_symmetric(inputs: np.ndarray, labels: np.ndarray) -> bool:
    """Whether the multiset {(x_i, y_i)} is invariant under (x, y) -> (-x, -y), compared exactly (floats, integers or
    Fractions)."""
    rows = sorted((*row, label) for row, label in zip(inputs.tolist(), labels.tolist(), strict=True))
    return rows == sorted(tuple(-entry for entry in row) for row in rows)


def degrees(points: np.ndarray) -> np.ndarray:
    """The directions of points (N, 2) of the plane in degrees; NaN for points of other dimensions."""
    return np.degrees(np.arctan2(points[:, 1], points[:, 0])) if points.shape[1] == 2 else np.full(len(points), np.nan)


def mean_direction(data: Examples) -> Array:
    """mu = (1/n) sum_i y_i x_i, of shape (..., D)."""
    return (data.labels[..., None] * data.inputs).mean(-2)


def growth(network: TwoLayerLeaky, theta: Array, data: Examples) -> Array:
    """c_k = (w_k . mu/|mu| + a_k)/2, of shape (..., m): neuron k leaves zero along c_k (mu/|mu|, 1) on symmetric data.

    With theta = sigma theta_0 the spec's b_k is c_k/(sigma sqrt m). Their signs, not those of a_k, decide which neurons
    end up positive: a_k changes sign where |a_k| < |w_k . mu|/|mu| and the two differ in sign.
    """
    xp = namespace(theta)
    mu = mean_direction(data)
    w, a = network.layers(theta)
    unit = mu / xp.sqrt((mu * mu).sum(-1))[..., None]
    return ((w @ unit[..., None])[..., 0] + a) / 2


def linear_part(network: TwoLayerLeaky, theta: Array) -> Array:
    """beta = sum_k a_k w_k, of shape (..., D)."""
    w, a = network.layers(theta)
    return (a[..., None, :] @ w)[..., 0, :]


def masses(network: TwoLayerLeaky, theta: Array) -> tuple[Array, Array]:
    """(A+, A-) = (sum_{a_k > 0} a_k^2, sum_{a_k < 0} a_k^2), each of the batch's shape, not divided by rho^2."""
    xp = namespace(theta)
    _, a = network.layers(theta)
    return (xp.where(a > 0, a * a, 0 * a).sum(-1), xp.where(a < 0, a * a, 0 * a).sum(-1))


def embedded(pair: Array, coefficients: Array) -> Array:
    """pi_b: the network of width m whose neurons with b_k > 0 are (b_k/b+)(w+, a+) and those with b_k < 0 are
    (b_k/b-)(w-, a-).

    b+ = |(b)_+|, b- = -|(b)_-|, so that every factor is positive and the squares in each group sum to one: the function
    is that of the pair, and gradient flow keeps the network embedded. `pair` is theta of width two, (..., 2 D + 2),
    positive neuron first, and `coefficients` is b, (..., m) without a zero.
    """
    xp = namespace(pair)
    inputs = pair.shape[-1] // 2 - 1
    positive = coefficients > 0
    squares = coefficients * coefficients
    totals = [xp.where(side, squares, 0 * squares).sum(-1) for side in (positive, ~positive)]
    scale = xp.abs(coefficients) / xp.sqrt(xp.where(positive, totals[0][..., None], totals[1][..., None]))
    plus, minus = pair[..., None, :inputs], pair[..., None, inputs : 2 * inputs]
    w = scale[..., None] * xp.where(positive[..., None], plus, minus)
    a = scale * xp.where(positive, pair[..., -2][..., None], pair[..., -1][..., None])
    return xp.concatenate([w.reshape(*w.shape[:-2], -1), a], -1)


def gaussian_start(
    rng: np.random.Generator, width: int, inputs: int, *, scale: float, outer: float = 1.0
) -> np.ndarray:
    """theta with w_k = scale N(0, I_D) and a_k = scale * outer * N(0, 1), one network."""
    return scale * np.concatenate([rng.standard_normal(width * inputs), outer * rng.standard_normal(width)])


def balanced_start(rng: np.random.Generator, width: int, inputs: int, *, scale: float) -> np.ndarray:
    """theta with w_k = scale N(0, I_D) and |a_k| = |w_k| with a fair sign, which gradient flow then keeps."""
    w = rng.standard_normal((width, inputs))
    signs = np.where(rng.random(width) < 0.5, -1.0, 1.0)
    return scale * np.concatenate([w.ravel(), signs * np.linalg.norm(w, axis=-1)])


def widened(theta: np.ndarray, width: int, to: int) -> np.ndarray:
    """The same function with to - width zero neurons added: (..., width (D + 1)) becomes (..., to (D + 1))."""
    inputs = theta.shape[-1] // width - 1
    w, a = theta[..., : width * inputs], theta[..., width * inputs :]
    batch = theta.shape[:-1]
    return np.concatenate([w, np.zeros((*batch, (to - width) * inputs)), a, np.zeros((*batch, to - width))], -1)


@dataclass(frozen=True)
class SignedStart:
    """A Gaussian start with its growth coefficients, chosen by looking at nothing else."""

    theta: np.ndarray
    """(m (D + 1),)."""

    b: np.ndarray
    """b_k = (w_k . mu/|mu| + a_k)/(2 sqrt m scale), (m,)."""

    refused: int
    """Draws with the signs asked for whose two masses were too far apart."""


def signed_start(
    rng: np.random.Generator, width: int, alpha: float, data: Examples, *, sign: int, scale: float, flat: bool = False,
    kappa: float = 10,
) -> SignedStart:  # fmt: skip
    """Gaussian starts are drawn until the b_k have one sign (1 or -1), or for sign = 0 both; `flat` ones are on the first axis.

    With both signs sum_{b_k > 0} b_k^2 and sum_{b_k < 0} b_k^2 may differ by no more than the factor kappa: unequal masses m
    balance only at rho^2 of the order (m+/m-)^(alpha/(1 - alpha)).
    """
    network, refused = TwoLayerLeaky(width, alpha), 0
    while True:
        theta = gaussian_start(rng, width, data.inputs.shape[-1], scale=scale)
        if flat:
            network.layers(theta)[0][:, 1:] = 0
        b = growth(network, theta, data) / (np.sqrt(width) * scale)
        if int((b > 0).all()) - int((b < 0).all()) == sign:
            positive, negative = (b[b > 0] ** 2).sum(), (b[b < 0] ** 2).sum()
            if sign or positive <= kappa * negative <= kappa**2 * positive:
                return SignedStart(theta, b, refused)
            refused += 1
