"""Spectral grids on which the expectation of a Markov chain and the semigroup of a diffusion are matrices, exact to rounding.

A test function is a vector of its values at the nodes. With finitely many noise atoms the chain's one-step expectation is a matrix
of interpolations, and the diffusion's generator a matrix of differentiations, so that weak errors come out deterministically, at every
start and every step, to about 1e-12. The price is a *certificate of resolution*: the coefficients of the propagated functions must have
decayed at the end of the spectrum (`tail`), else the numbers are those of the grid and not of the chain.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce

import numpy as np

from verify.errors import BadInput

TAIL = 1e-10
"""The largest relative tail with which a run counts as resolved."""


class Axis(ABC):
    """One coordinate of a grid."""

    nodes: np.ndarray
    """The nodes, of shape (n,)."""

    @abstractmethod
    def interpolation(self, points: np.ndarray) -> np.ndarray:
        """The matrix (len(points), n) that takes values at the nodes to values at the points."""

    @abstractmethod
    def differentiation(self, order: int) -> np.ndarray:
        """The matrix (n, n) of the derivative of this order."""

    @abstractmethod
    def coefficients(self, values: np.ndarray) -> np.ndarray:
        """Moduli of the spectral coefficients along the first dimension of `values`, lowest frequency first."""

    @abstractmethod
    def outside(self, points: np.ndarray) -> float:
        """How far the points leave the interval on which the grid represents functions (0 if they do not)."""


def _barycentric(weights: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """The interpolation matrix (m, n) with these weights (n,), from the distances (n, m) of m points from the nodes, which it overwrites.

    In this form (Berrut & Trefethen 2004) rounding of a small distance cancels, and constants are kept exactly. A point on a node gets a
    distance so small that the node takes all the weight.
    """
    distance[distance == 0] = 1e-300
    ratios = np.divide(weights[:, None], distance, out=distance)
    ratios /= ratios.sum(0)
    return ratios.T


@dataclass(frozen=True)
class Fourier(Axis):
    """Functions of period 2 pi on `size` equidistant nodes; the size is odd, so that every mode has its partner.

    On an even number of nodes the highest mode has no partner, and the square of the first-derivative matrix differs from the
    second derivative.
    """

    size: int

    def __post_init__(self) -> None:
        if self.size < 3 or self.size % 2 == 0:
            raise BadInput(f"a Fourier axis was given {self.size} nodes; give an odd number of at least 3")

    @cached_property
    def nodes(self) -> np.ndarray:  # type: ignore[override]
        return 2 * np.pi * np.arange(self.size) / self.size

    def interpolation(self, points: np.ndarray) -> np.ndarray:
        # sin((x_k - p)/2) by the addition theorem: n + m sines, not n m.
        half, nodes = points / 2, self.nodes / 2
        distance = np.multiply.outer(np.sin(nodes), np.cos(half)) - np.multiply.outer(np.cos(nodes), np.sin(half))
        return _barycentric((-1.0) ** np.arange(self.size), distance)

    def differentiation(self, order: int) -> np.ndarray:
        modes = np.fft.fftfreq(self.size, 1 / self.size)
        return np.fft.ifft((1j * modes[:, None]) ** order * np.fft.fft(np.eye(self.size), axis=0), axis=0).real

    def coefficients(self, values: np.ndarray) -> np.ndarray:
        return np.abs(np.fft.rfft(values, axis=0)) / self.size

    def outside(self, points: np.ndarray) -> float:
        return 0.0


@dataclass(frozen=True)
class Chebyshev(Axis):
    """Smooth functions on [low, high], on `size` Chebyshev-Lobatto nodes, by barycentric interpolation."""

    size: int
    low: float
    high: float

    def __post_init__(self) -> None:
        if self.size < 2 or not self.low < self.high:
            raise BadInput(
                f"a Chebyshev axis was given {self.size} nodes on [{self.low}, {self.high}]; give at least 2 on an interval"
            )

    @cached_property
    def nodes(self) -> np.ndarray:  # type: ignore[override]
        return self.low + (self.high - self.low) * (1 - np.cos(np.pi * np.arange(self.size) / (self.size - 1))) / 2

    @cached_property
    def _weights(self) -> np.ndarray:
        weights = (-1.0) ** np.arange(self.size)
        weights[[0, -1]] /= 2
        return weights

    def interpolation(self, points: np.ndarray) -> np.ndarray:
        return _barycentric(self._weights, np.subtract.outer(self.nodes, points))

    def differentiation(self, order: int) -> np.ndarray:
        distance = self.nodes[:, None] - self.nodes[None, :] + np.eye(self.size)
        first = self._weights[None, :] / self._weights[:, None] / distance
        np.fill_diagonal(first, 0)
        np.fill_diagonal(first, -first.sum(1))
        return np.linalg.matrix_power(first, order)

    def coefficients(self, values: np.ndarray) -> np.ndarray:
        unit = 2 * (self.nodes - self.low) / (self.high - self.low) - 1
        return np.abs(
            np.linalg.solve(np.polynomial.chebyshev.chebvander(unit, self.size - 1), values.reshape(self.size, -1))
        ).reshape(values.shape)

    def outside(self, points: np.ndarray) -> float:
        return float(max(0.0, self.low - points.min(), points.max() - self.high))


@dataclass(frozen=True)
class Grid:
    """The tensor product of axes; a function is a vector of length `size`, the last axis varying fastest."""

    axes: tuple[Axis, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of nodes along each axis."""
        return tuple(len(axis.nodes) for axis in self.axes)

    @property
    def size(self) -> int:
        """The number of nodes."""
        return int(np.prod(self.shape))

    @cached_property
    def points(self) -> tuple[np.ndarray, ...]:
        """The coordinates of the nodes, one array of length `size` for each axis."""
        return tuple(c.ravel() for c in np.meshgrid(*(axis.nodes for axis in self.axes), indexing="ij"))

    def interpolation(self, points: Sequence[np.ndarray]) -> np.ndarray:
        """The matrix (m, size) that takes a function to its values at m points, given by one coordinate array for each axis."""
        rows = [axis.interpolation(np.asarray(c, float)) for axis, c in zip(self.axes, points, strict=True)]
        return reduce(_outer, rows)

    def differentiation(self, orders: tuple[int, ...]) -> np.ndarray:
        """The matrix (size, size) of the mixed derivative with these orders, one for each axis; kept for the grid's lifetime."""
        if orders not in self._derivatives:
            self._derivatives[orders] = self._differentiation(orders)
        return self._derivatives[orders]

    @cached_property
    def _derivatives(self) -> dict[tuple[int, ...], np.ndarray]:
        return {}

    def _differentiation(self, orders: tuple[int, ...]) -> np.ndarray:
        parts = [
            axis.differentiation(n) if n else np.eye(len(axis.nodes)) for axis, n in zip(self.axes, orders, strict=True)
        ]
        return reduce(np.kron, parts)

    def transition(self, moves: Iterable[tuple[float, Sequence[np.ndarray]]], beyond: float = 1e-12) -> np.ndarray:
        """The chain's one-step expectation as a matrix: `moves` holds (probability, new coordinates of all nodes).

        `beyond` is by how much a move may leave the interval of an axis; functions are continued there as polynomials. More than rounding is
        safe only where the starts that count do not reach the end of the interval within the horizon.

        Raises:
            BadInput: a move leaves the interval of an axis by more than `beyond`; the grid does not represent functions there.
        """
        probabilities, points = zip(*moves, strict=True)
        rows = []
        for axis, coordinates in zip(self.axes, zip(*points, strict=True), strict=True):
            coordinates = np.asarray(coordinates, float)
            if (excess := axis.outside(coordinates)) > beyond:
                raise BadInput(
                    f"a step leaves the grid's interval by {excess:.3g}; widen the interval, or take a smaller step"
                )
            rows.append(axis.interpolation(coordinates.ravel()).reshape(*coordinates.shape, -1).swapaxes(0, 1))
        # At every node, the sum over moves is the product of a matrix (all axes but the last, moves) and one (moves, last axis).
        left = reduce(_outer, rows[:-1], np.array(probabilities)[None, :, None])
        return (left.swapaxes(1, 2) @ rows[-1]).reshape(self.size, self.size)

    def generator(
        self, drift: Sequence[np.ndarray | float], diffusion: Sequence[Sequence[np.ndarray | float]]
    ) -> np.ndarray:
        """The matrix of drift . grad + (1/2) diffusion : Hess; entries are values at the nodes, or the number 0 for none."""
        return self.operator(
            [(_unit(i, len(drift)), b) for i, b in enumerate(drift)]
            + [
                (_unit(i, len(drift), j), np.multiply(0.5, a))
                for i, row in enumerate(diffusion)
                for j, a in enumerate(row)
            ]
        )

    def operator(self, terms: Iterable[tuple[tuple[int, ...], np.ndarray | float]]) -> np.ndarray:
        """The matrix of a differential operator, given by (orders of the derivative, coefficient at the nodes)."""
        total = np.zeros((self.size, self.size))
        for orders, coefficient in terms:
            if np.any(coefficient):
                total += np.broadcast_to(coefficient, (self.size,))[:, None] * self.differentiation(orders)
        return total

    def tail(self, values: np.ndarray) -> float:
        """The certificate of resolution: the largest coefficient in the last tenth of the spectrum, relative to the largest.

        `values` has shape (size, functions); the worst axis and function count.
        """
        worst = 0.0
        cube = values.reshape(*self.shape, -1)
        for position, axis in enumerate(self.axes):
            spectrum = axis.coefficients(np.moveaxis(cube, position, 0))
            spectrum = spectrum.reshape(len(spectrum), -1, cube.shape[-1]).max(1)
            last = max(1, len(spectrum) // 10)
            top = spectrum.max(0)
            worst = max(worst, float((spectrum[-last:].max(0) / np.where(top > 0, top, 1)).max()))
        return worst


@lru_cache(8)
def torus(size: int, dimension: int = 1) -> Grid:
    """The torus (R / 2 pi)^d with an odd number of nodes in each direction."""
    return Grid((Fourier(size),) * dimension)


def _outer(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The products of all entries of a (..., n) with all of b (..., m), as (..., n m)."""
    products = a[..., :, None] * b[..., None, :]
    return products.reshape(*products.shape[:-2], -1)


def _unit(*args: int) -> tuple[int, ...]:
    position, size, *more = args
    orders = [0] * size
    for p in (position, *more):
        orders[p] += 1
    return tuple(orders)
