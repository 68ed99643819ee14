"""RMSprop on the torus in the coordinates (theta, w), w = sqrt(v)/sigma: f = -cos theta, gradient noise (1 + a cos theta) sigma z.

Square roots stay smooth in w, and atoms of z that keep |sigma z (1 + a cos theta)| above the mean gradient keep w inside an interval, so that no
boundary condition enters (checked at every step: a step out of the interval is refused).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import sympy as sp
from scipy.linalg import expm

from verify.dynamics.pendulum import evaluate
from verify.dynamics.spectral import Chebyshev, Fourier, Grid
from verify.dynamics.weak_error import WeakError, largest_gap, trajectory

Law = Sequence[tuple[float, float]]
HORIZON = 0.25
STEPS = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Numbers of steps in the horizon."""
ROWS = 768
"""All numbers of steps divide it, so that one run of the equation, recorded so many times, serves all of them."""


@cache
def _grid(nodes: int) -> Grid:
    return Grid((Fourier(29), Chebyshev(nodes, 0.25, 2.25)))


@dataclass(frozen=True)
class AdaptivePendulum:
    """One instance: constants of the scaling limit, the noise's modulation a, and the number of nodes in w.

    28 nodes give tails of 3e-11 up to the horizon; without eps, where the pole of the preconditioner 1/w is nearer by half, they are needed.
    """

    sigma0: float = 1.0
    eps0: float = 0.5
    c2: float = 1.0
    modulation: float = 0.2
    nodes: int = 28

    @property
    def grid(self) -> Grid:
        """29 Fourier nodes in theta times `nodes` Chebyshev nodes in w on [0.25, 2.25]."""
        return _grid(self.nodes)

    @cached_property
    def values(self) -> dict[str, Any]:
        """Coordinates, derivative of the loss, variance and constants by the names that settings use."""
        theta, w = self.grid.points
        return {
            "theta": theta, "u": w * w, "f1": np.sin(theta), "S": self.amplitude**2,
            "sigma0": self.sigma0, "eps0": self.eps0, "c2": self.c2,
        }  # fmt: skip

    @property
    def amplitude(self) -> np.ndarray:
        """The standard deviation of the gradient noise over sigma."""
        return 1 + self.modulation * np.cos(self.grid.points[0])

    @cached_property
    def tests(self) -> np.ndarray:
        """Three observables, one of which sees u."""
        theta, w = self.grid.points
        return np.stack([np.cos(theta), np.sin(theta), np.cos(theta) * w * w], 1)

    @cached_property
    def starts(self) -> np.ndarray:
        """The nodes that count as starts: |w - 1.1| < 0.6 and every theta."""
        return np.abs(self.grid.points[1] - 1.1) < 0.6

    def at(self, expression: Any, **more: Any) -> Any:
        """An expression of the setting at the nodes."""
        return evaluate(sp.sympify(expression), {**self.values, **more})

    def chain(
        self, law: Law, step: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]], beyond: float = 1e-12
    ) -> np.ndarray:
        """One step's expectation, from the noise's (value, probability) and `step`: noise at the nodes to the increments of theta and u."""
        theta, w = self.grid.points
        moves = []
        for z, probability in law:
            dtheta, du = step(self.amplitude * z)
            moves.append((probability, (theta + dtheta, np.sqrt(w * w + du))))
        return self.grid.transition(moves, beyond)

    def generator(self, drift: Sequence[Any], diffusion: Any) -> np.ndarray:
        """The matrix of drift in (theta, u) and diffusion in theta."""
        _, w = self.grid.points
        return self.grid.generator([drift[0], drift[1] / (2 * w)], [[diffusion, 0.0], [0.0, 0.0]])

    def under_chain(self, chain: np.ndarray, steps: int) -> np.ndarray:
        """The observables' expectations after 0, ..., steps steps of a chain, of shape (steps + 1, nodes, 3)."""
        return trajectory(chain, self.tests, steps)

    def under_equation(self, generator: np.ndarray) -> np.ndarray:
        """The observables' expectations at `ROWS` + 1 equidistant times up to the horizon, of shape (ROWS + 1, nodes, 3)."""
        return trajectory(expm(generator * (HORIZON / ROWS)), self.tests, ROWS)

    def error(self, ours: np.ndarray, theirs: np.ndarray) -> WeakError:
        """The weak error of two trajectories with as many steps each, over the starts."""
        return largest_gap(self.grid, ours, theirs, self.starts)

    def gap(self, ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
        """The signed errors (3,) at the end of two trajectories, from the start nearest to theta = 1, w = 1.2."""
        theta, w = self.grid.points
        return (ours[-1] - theirs[-1])[np.argmin((theta - 1) ** 2 + (w - 1.2) ** 2)]
