"""Adam on f = theta^2/2 with noise of constant variance: the chain by backward recursion, its equation by closed moments.

The chain's state is (theta, m, w), w = sqrt(v)/sigma. Its map changes with the step through the bias corrections, so that expectations
are carried backwards, from the last step to the first, on a tensor grid; observables stay polynomials of degree two in m and nearly
so in theta, which a few nodes carry (and which may therefore be continued beyond the nodes). For the equation, u(t) is explicit and
the moments of (theta, m) up to degree two close.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.integrate import solve_ivp

from verify.dynamics.spectral import Chebyshev, Grid

Step = Callable[[int, tuple[np.ndarray, ...], np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]
"""(number of the step, nodes (theta, m, w), noise) to the new (theta, m, w).

The nodes have shapes (n, 1, 1), (1, n, 1), (1, 1, n) and the noise (z, 1, 1, 1), so that a formula broadcasts. The new theta is of shape
(z, n_theta, n_m, n_w); the new m does not depend on w, nor the new w on m, so that these have length 1 there.
"""


@dataclass(frozen=True)
class AdamGrid:
    """9 x 7 x `nodes` Chebyshev nodes in (theta, m, w) on [-1.2, 1.2] x [-2, 2] x [0.2, 2.1]."""

    nodes: int = 20

    @cached_property
    def grid(self) -> Grid:
        """The tensor grid."""
        return Grid((Chebyshev(9, -1.2, 1.2), Chebyshev(7, -2.0, 2.0), Chebyshev(self.nodes, 0.2, 2.1)))

    @cached_property
    def tests(self) -> np.ndarray:
        """The observables theta, theta^2 and u theta."""
        theta, _, w = self.grid.points
        return np.stack([theta, theta**2, w * w * theta], 1)

    @cached_property
    def starts(self) -> np.ndarray:
        """The nodes that count as starts: |theta| <= 1, |m| <= 1, |w - 1.1| < 0.5."""
        theta, m, w = self.grid.points
        return (np.abs(theta) <= 1) & (np.abs(m) <= 1.01) & (np.abs(w - 1.1) < 0.5)

    def expectation(
        self, law: Sequence[tuple[float, float]], step: Step, first: int, steps: int
    ) -> tuple[np.ndarray, float]:
        """E of the observables after steps first, ..., first + steps - 1, at every node; and the tail of the result."""
        (theta, m, w), shape = self.grid.axes, self.grid.shape
        nodes = np.ix_(*(axis.nodes for axis in self.grid.axes))
        noise, probabilities = (np.array(column, float)[:, None, None, None] for column in zip(*law, strict=True))
        cube = self.tests.reshape(*shape, -1)
        for k in range(first + steps - 1, first - 1, -1):
            new_theta, new_m, new_w = step(k, nodes, noise)
            # One axis after the other, as products of matrices; a, b, c are the old nodes along theta, m, w and g the observables.
            along_m = m.interpolation(new_m.ravel()) @ cube.transpose(1, 0, 3, 2).reshape(shape[1], -1)
            along_w = w.interpolation(new_w.ravel()).reshape(len(noise), shape[0], shape[2], -1)
            found = along_m.reshape(len(noise), shape[0], -1, shape[2]) @ along_w.swapaxes(-1, -2)
            along_theta = (
                theta.interpolation(new_theta.ravel()).reshape(*new_theta.shape, -1) * probabilities[..., None]
            )
            found = found.reshape(*new_theta.shape[:3], shape[0], -1, shape[2])
            cube = np.einsum("zijka,zijagk->ijkg", along_theta, found)
        values = cube.reshape(self.grid.size, -1)
        return values, self.grid.tail(values)

    def moments(
        self,
        pull: Callable[[float, np.ndarray], np.ndarray],
        c1: float,
        c2: float,
        noise: float,
        start: float,
        end: float,
    ) -> np.ndarray:
        """E of the observables under d theta = -pull(t, u) m dt, dm = c1 (theta - m) dt + noise dW, du = c2 (1 - u) dt, at every node."""
        theta, m, w = self.grid.points
        n = len(theta)

        def scale(t: float) -> np.ndarray:
            return 1 + (w * w - 1) * np.exp(-c2 * (t - start))

        def rate(t: float, y: np.ndarray) -> np.ndarray:
            t1, m1, tt, tm, mm = y.reshape(5, n)
            a = pull(t, scale(t))
            return np.concatenate(
                [-a * m1, c1 * (t1 - m1), -2 * a * tm, -a * mm + c1 * (tt - tm), 2 * c1 * (tm - mm) + noise**2]
            )

        initial = np.concatenate([theta, m, theta**2, theta * m, m**2])
        solution = solve_ivp(rate, (start, end), initial, method="DOP853", rtol=1e-12, atol=1e-13)
        if not solution.success:
            raise RuntimeError(f"the moments of Adam's equation were not integrated: {solution.message}")
        t1, _, tt, _, _ = solution.y[:, -1].reshape(5, n)
        return np.stack([t1, tt, scale(end) * t1], 1)
