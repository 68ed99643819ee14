"""A small convolutional network: filters shared by all positions of an image, squared ReLU, a linear layer on top."""

from __future__ import annotations

from dataclasses import dataclass

from verify.models.arrays import Array, identity, namespace, zeros
from verify.models.network import Examples, Network, Smoothness


@dataclass(frozen=True)
class SquaredConvolution(Network):
    """Phi(theta; x) = sum_js a_js max(w_j . x[s], 0)^2 on images x of `side` x `side` pixels, row by row.

    x[s] is the patch of `window` x `window` pixels at position s, and the filter w_j is the same for all positions; no biases.
    theta = (w_1, ..., w_m, a_1, ..., a_m) with a_j over the positions, row by row. Of degree 3, C^1 and not C^2.
    """

    side: int
    window: int
    filters: int

    degree = 3
    smoothness = Smoothness.C1

    def __post_init__(self) -> None:
        if not 1 <= self.window <= self.side or self.filters < 1:
            raise ValueError(
                f"a filter has 1 to {self.side} pixels a side and there is at least one, and a window of {self.window} with "
                f"{self.filters} filters was given; choose a smaller window or more filters"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of positions and of pixels of a filter."""
        return (self.side - self.window + 1) ** 2, self.window**2

    def patches(self, images: Array) -> Array:
        """x[s], (..., N, positions, window^2), of images (..., N, side^2)."""
        square = images.reshape(*images.shape[:-1], self.side, self.side)
        across = range(self.window)
        reach = self.side - self.window + 1
        shifted = [square[..., i : i + reach, j : j + reach] for i in across for j in across]
        return namespace(images).stack(shifted, -1).reshape(*images.shape[:-1], *self.shape)

    def size(self, inputs: int) -> int:
        if inputs != self.side**2:
            raise ValueError(f"{self} reads {self.side**2} pixels, and inputs of dimension {inputs} were given")
        return self.filters * sum(self.shape)

    def margins(self, theta: Array, data: Examples) -> Array:
        top, _, active = self._parts(theta, data)
        return data.labels * namespace(theta).einsum("...js,...nsj->...n", top, active**2)

    def gradients(self, theta: Array, data: Examples) -> Array:
        xp = namespace(theta)
        top, patches, active = self._parts(theta, data)
        inside = xp.einsum("...js,...nsj,...nsk->...njk", 2 * top, active, patches)
        outside = xp.swapaxes(active**2, -1, -2)
        flat = [block.reshape(*block.shape[:-2], -1) for block in (inside, outside)]
        return data.labels[..., None] * xp.concatenate(flat, -1)

    def curvature(self, theta: Array, data: Examples, weights: Array) -> Array:
        xp = namespace(theta)
        top, patches, active = self._parts(theta, data)
        signed, units = weights * data.labels, identity(self.filters, theta)
        on = 2 * xp.where(active > 0, xp.ones_like(active), xp.zeros_like(active))
        bends = xp.einsum("...n,...js,...nsj,...nsk,...nsl->...jkl", signed, top, on, patches, patches)
        slopes = xp.einsum("...n,...nsj,...nsk->...jks", 2 * signed, active, patches)
        inside = xp.einsum("...jkl,ji->...jkil", bends, units)
        mixed = xp.einsum("...jks,ji->...jkis", slopes, units)
        batch, (positions, pixels) = theta.shape[:-1], self.shape
        inside = inside.reshape(*batch, self.filters * pixels, self.filters * pixels)
        mixed = mixed.reshape(*batch, self.filters * pixels, self.filters * positions)
        corner = zeros((*batch, self.filters * positions, self.filters * positions), theta)
        below = xp.concatenate([xp.swapaxes(mixed, -1, -2), corner], -1)
        return xp.concatenate([xp.concatenate([inside, mixed], -1), below], -2)

    def _parts(self, theta: Array, data: Examples) -> tuple[Array, Array, Array]:
        """The a_j (..., m, S), the patches (..., N, S, k) and max(w_j . x[s], 0) (..., N, S, m)."""
        positions, pixels = self.shape
        inside, xp = self.filters * pixels, namespace(theta)
        filters = theta[..., :inside].reshape(*theta.shape[:-1], self.filters, pixels)
        top = theta[..., inside:].reshape(*theta.shape[:-1], self.filters, positions)
        patches = self.patches(data.inputs)
        found = xp.einsum("...nsk,...jk->...nsj", patches, filters)
        return top, patches, xp.where(found > 0, found, 0 * found)
