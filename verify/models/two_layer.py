"""Two-layer networks sum_j a_j s(w_j, x) with a hidden unit s that is homogeneous in w_j."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from verify.models.arrays import Array, identity, namespace, zeros
from verify.models.network import Examples, Network, Smoothness


@dataclass(frozen=True)
class TwoLayer(Network):
    """Phi(theta; x) = sum_j a_j s(w_j, x), theta = (w_1, ..., w_m, a_1, ..., a_m).

    A subclass gives the unit s, its gradient in w and a weighted sum of its Hessians in w. Its degree is one more than
    that of s.
    """

    width: int

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(
                f"a two-layer network needs at least one hidden unit, and width {self.width} was given; "
                "give a width of 1 or more"
            )

    def size(self, inputs: int) -> int:
        return self.width * (inputs + 1)

    def margins(self, theta: Array, data: Examples) -> Array:
        inner_weights, outer_weights = self._split(theta)
        return data.labels * (outer_weights[..., None, :] @ self.unit(inner_weights, data.inputs))[..., 0, :]

    def gradients(self, theta: Array, data: Examples) -> Array:
        xp = namespace(theta)
        inner_weights, outer_weights = self._split(theta)
        inside = xp.swapaxes(outer_weights[..., None, None] * self.unit_gradient(inner_weights, data.inputs), -3, -2)
        outside = xp.swapaxes(self.unit(inner_weights, data.inputs), -1, -2)
        return data.labels[..., None] * xp.concatenate([inside.reshape(*inside.shape[:-2], -1), outside], -1)

    def curvature(self, theta: Array, data: Examples, weights: Array) -> Array:
        xp = namespace(theta)
        inner_weights, outer_weights = self._split(theta)
        signed = weights * data.labels
        slopes = xp.einsum("...n,...jnd->...jd", signed, self.unit_gradient(inner_weights, data.inputs))
        bends = outer_weights[..., None, None] * self.unit_curvature(inner_weights, data.inputs, signed)
        units = identity(self.width, theta)
        inside = xp.einsum("...jab,jk->...jakb", bends, units)
        mixed = xp.einsum("...ja,jk->...jak", slopes, units)
        batch, inner_size = theta.shape[:-1], theta.shape[-1] - self.width
        inside = inside.reshape(*batch, inner_size, inner_size)
        mixed = mixed.reshape(*batch, inner_size, self.width)
        below = xp.concatenate([xp.swapaxes(mixed, -1, -2), zeros((*batch, self.width, self.width), theta)], -1)
        return xp.concatenate([xp.concatenate([inside, mixed], -1), below], -2)

    @abstractmethod
    def unit(self, weights: Array, inputs: Array) -> Array:
        """s(w_j, x_n), of shape (..., m, N), for weights (..., m, D) and inputs (..., N, D)."""

    @abstractmethod
    def unit_gradient(self, weights: Array, inputs: Array) -> Array:
        """grad_w s(w_j, x_n), of shape (..., m, N, D)."""

    @abstractmethod
    def unit_curvature(self, weights: Array, inputs: Array, over: Array) -> Array:
        """sum_n over_n Hess_w s(w_j, x_n), of shape (..., m, D, D)."""

    def _split(self, theta: Array) -> tuple[Array, Array]:
        inside = theta.shape[-1] - self.width
        return theta[..., :inside].reshape(*theta.shape[:-1], self.width, -1), theta[..., inside:]


@dataclass(frozen=True)
class RectifiedPower(TwoLayer):
    """s(w, x) = max(w . x, 0)^k, so the network has degree k + 1 and is C^{k-1} but not C^k.

    For k = 1 (ReLU) gradient flow slides along the kinks w_j . x_n = 0, where the gradient given here is the selection
    0.
    """

    power: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.power < 1:
            raise ValueError(
                f"the power of a rectified unit is 1, 2, 3, ..., and {self.power} was given; use 1 for ReLU"
            )

    @property
    def degree(self) -> int:  # type: ignore[override]
        """L = k + 1."""
        return self.power + 1

    @property
    def smoothness(self) -> Smoothness:  # type: ignore[override]
        """C^{k-1}: Lipschitz for ReLU, C^1 and no more for its square."""
        return Smoothness(min(self.power - 1, Smoothness.C2))

    @property
    def kinks(self) -> str:  # type: ignore[override]
        """The set where the network is not differentiable."""
        return "w_j . x_n = 0" if self.power == 1 else ""

    @property
    def slides(self) -> bool:  # type: ignore[override]
        """True for ReLU."""
        return self.power == 1

    def unit(self, weights: Array, inputs: Array) -> Array:
        return _positive_part(_preactivations(weights, inputs)) ** self.power

    def unit_gradient(self, weights: Array, inputs: Array) -> Array:
        return (
            self.power * _power(_preactivations(weights, inputs), self.power - 1)[..., None] * inputs[..., None, :, :]
        )

    def unit_curvature(self, weights: Array, inputs: Array, over: Array) -> Array:
        factor = self.power * (self.power - 1) * _power(_preactivations(weights, inputs), max(self.power - 2, 0))
        return namespace(weights).einsum("...n,...jn,...na,...nb->...jab", over, factor, inputs, inputs)


@dataclass(frozen=True)
class SmoothedRectifier(TwoLayer):
    """s(w, x) = k1 z + k2 sqrt(z^2 + eps^2 |x|^2 |w|^2), z = w . x, k1 = (1 + alpha)/2, k2 = (1 - alpha)/2; degree 2.

    A smoothing of leaky ReLU (slope alpha; 0 is ReLU) that is exactly homogeneous of degree 1 in w and analytic for w
    != 0, so that theorems on homogeneous networks apply to it verbatim. It is not differentiable at w_j = 0: its
    gradient is bounded and its Hessian is not. Its distance to (leaky) ReLU is O(eps).
    """

    alpha: float = 0.0
    eps: float = 1e-2

    degree = 2
    smoothness = Smoothness.LIPSCHITZ
    kinks = "w_j = 0"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.eps > 0:
            raise ValueError(
                f"the smoothing eps must be positive, and {self.eps} was given; for the kinked network use "
                "RectifiedPower(width, 1)"
            )

    # With G = eps^2 |x|^2 |w|^2 and r = sqrt(z^2 + G), r - |z| = G/(r + |z|): the kinked unit plus a correction of order
    # eps, in which nothing cancels where the unit is nearly off.

    def unit(self, weights: Array, inputs: Array) -> Array:
        z, ground, root = self._parts(weights, inputs)
        size = namespace(z).abs(z)
        return self._slope(z) * z + (1 - self.alpha) / 2 * ground / (root + size)

    def unit_gradient(self, weights: Array, inputs: Array) -> Array:
        xp, bend = namespace(weights), (1 - self.alpha) / 2
        z, ground, root = self._parts(weights, inputs)
        along = self._slope(z) - bend * xp.sign(z) * ground / (root * (root + xp.abs(z)))
        outward = bend * self._ground(inputs)[..., None, :] / root
        return along[..., None] * inputs[..., None, :, :] + outward[..., None] * weights[..., :, None, :]

    def unit_curvature(self, weights: Array, inputs: Array, over: Array) -> Array:
        xp = namespace(weights)
        z, _, root = self._parts(weights, inputs)
        ground = self._ground(inputs)[..., None, :]
        factor = (1 - self.alpha) / 2 * over[..., None, :] * ground / root**3
        lengths = (weights * weights).sum(-1)[..., None]
        squares = xp.einsum("...jn,...na,...nb->...jab", factor * lengths, inputs, inputs)
        crossed = xp.einsum("...jn,...na,...jb->...jab", factor * z, inputs, weights)
        radial = weights[..., :, None] * weights[..., None, :] * (factor * ground).sum(-1)[..., None, None]
        round_part = (factor * root**2).sum(-1)[..., None, None] * identity(weights.shape[-1], weights)
        return squares + round_part - crossed - xp.swapaxes(crossed, -1, -2) - radial

    def _ground(self, inputs: Array) -> Array:
        return self.eps**2 * (inputs * inputs).sum(-1)

    def _slope(self, z: Array) -> Array:
        """1 for z > 0, alpha for z < 0 and their mean at 0, which is the true slope of the smoothed unit there."""
        return (1 + self.alpha) / 2 + (1 - self.alpha) / 2 * namespace(z).sign(z)

    def _parts(self, weights: Array, inputs: Array) -> tuple[Array, Array, Array]:
        z = _preactivations(weights, inputs)
        ground = self._ground(inputs)[..., None, :] * (weights * weights).sum(-1)[..., None]
        return z, ground, namespace(z).sqrt(z * z + ground)


def smoothing_limit(values: tuple[Array, Array], eps: tuple[float, float]) -> Array:
    """The value (a number or an array) at eps = 0 of a quantity with error O(eps), extrapolated linearly from two smoothings."""
    (first, second), (wide, narrow) = values, eps
    return second + (second - first) * narrow / (wide - narrow)


DEFAULT_SMOOTHINGS = (1e-2, 1e-3)
"""The pair of smoothings to extrapolate from: the distance to eps = 0 was measured as about 2e-3 and 2e-4 of the
margin."""


def _preactivations(weights: Array, inputs: Array) -> Array:
    return weights @ namespace(weights).swapaxes(inputs, -1, -2)


def _positive_part(z: Array) -> Array:
    return namespace(z).where(z > 0, z, 0 * z)


def _power(z: Array, power: int) -> Array:
    """max(z, 0)^power with 0^0 = 0, as the selection at a kink."""
    xp = namespace(z)
    return xp.where(z > 0, xp.ones_like(z), xp.zeros_like(z)) if power == 0 else _positive_part(z) ** power
