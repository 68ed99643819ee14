"""The loss f = -b cos x with gradient noise (a0 + a1 cos x) z on the torus: the instance on which weak orders are measured exactly.

All derivatives of loss, noise and periodic observables are bounded, so that every hypothesis of the theorems holds on R, and 129
Fourier nodes carry what the flow makes of an observable up to time 1: its nearest pole, from the unstable point pi, is at distance
2 e^{-b} from the real axis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.expr import Expr

from verify.dynamics.spectral import Grid, torus
from verify.dynamics.weak_error import Ladder, WeakError, predicted_constant, weak_error
from verify.evidence.trace import Column
from verify.statement.declarations import Setting

NODES = 129


def unfolded(setting: Setting, symbol: sp.Symbol) -> Any:
    """A definition of the setting in terms of quantities alone."""
    formula = setting[symbol]
    while known := [s for s in formula.free_symbols if s.name in setting.definitions]:
        formula = formula.subs({s: setting[s] for s in known})
    return formula


def evaluate(expression: Any, values: Mapping[str, Any]) -> Any:
    """A SymPy expression at the numbers or arrays of the same names."""
    names, function = _compiled(expression)
    return function(*(values[name] for name in names))


@cache
def _compiled(expression: Any) -> tuple[tuple[str, ...], Callable[..., Any]]:
    symbols = sorted(expression.free_symbols, key=str)
    return tuple(symbol.name for symbol in symbols), sp.lambdify(symbols, expression, "numpy")


@dataclass(frozen=True)
class Pendulum:
    """One instance on its grid. `moments` are E z^3 and E z^4 of the noise, which has mean 0 and variance 1."""

    b: float
    a0: float
    a1: float
    moments: tuple[float, float] = (0.0, 1.0)

    @property
    def grid(self) -> Grid:
        """129 nodes on the circle."""
        return _circle()

    @property
    def x(self) -> np.ndarray:
        """The nodes."""
        return self.grid.points[0]

    @property
    def amplitude(self) -> np.ndarray:
        """The standard deviation of the gradient."""
        return self.a0 + self.a1 * np.cos(self.x)

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        """Derivatives f1, f2, f3 of the loss, variance S with S1, S2, central moments mu3, mu4, at the nodes."""
        x, a, b = self.x, self.amplitude, self.b
        slope, curvature = -self.a1 * np.sin(x), -self.a1 * np.cos(x)
        third, fourth = self.moments
        return {
            "f1": b * np.sin(x), "f2": b * np.cos(x), "f3": -b * np.sin(x),
            "S": a**2, "S1": 2 * a * slope, "S2": 2 * (slope**2 + a * curvature), "mu3": third * a**3, "mu4": fourth * a**4,
        }  # fmt: skip

    @cached_property
    def tests(self) -> np.ndarray:
        """Three observables: errors can cancel for one."""
        return np.stack([np.cos(self.x), np.sin(self.x), np.exp(np.sin(self.x))], 1)

    def at(self, expression: Any, **more: Any) -> Any:
        """An expression of the setting at the nodes."""
        return evaluate(sp.sympify(expression), {**self.values, **more})

    def generator(self, drift: Expr, diffusion: Expr, **more: Any) -> np.ndarray:
        """The matrix of drift d/dx + (1/2) diffusion d^2/dx^2."""
        return self.grid.generator([self.at(drift, **more)], [[self.at(diffusion, **more)]])

    def constant(self, generator: np.ndarray, operator: Expr, derivatives: Sequence[sp.Symbol], **more: Any) -> float:
        """The leading constant that an error operator, linear in the derivatives g', g'', ... of the observable, predicts at T = 1."""
        expanded = sp.expand(operator)
        terms = [((k,), self.at(expanded.coeff(symbol), **more)) for k, symbol in enumerate(derivatives, start=1)]
        return predicted_constant(generator, self.grid.operator(terms), self.tests, 1.0, supremum=self.supremum)

    def supremum(self, functions: np.ndarray) -> float:
        """The largest modulus over the circle: on eight times as many nodes, then by the parabola through the highest three."""
        fine = np.abs(_finer() @ functions)
        top, each = fine.argmax(0), np.arange(fine.shape[1])
        left, here, right = (fine[(top + shift) % len(fine), each] for shift in (-1, 0, 1))
        return float((here - (right - left) ** 2 / (8 * np.minimum(left - 2 * here + right, -1e-300))).max())

    def error(self, chain: np.ndarray, semigroup: np.ndarray, steps: int) -> WeakError:
        """The weak error of a chain against a semigroup, both over one step, for all starts and up to `steps` steps."""
        return weak_error(self.grid, chain, semigroup, self.tests, steps, supremum=self.supremum)

    def local_error(self, chain: np.ndarray, semigroup: np.ndarray) -> float:
        """The same over one step alone."""
        return self.supremum((chain - semigroup) @ self.tests)


@cache
def _circle() -> Grid:
    return torus(NODES)


@cache
def _finer() -> np.ndarray:
    return _circle().interpolation([2 * np.pi * np.arange(8 * NODES) / (8 * NODES)])


def error_column(ladders: Sequence[Ladder], clock: str) -> Column:
    """Weak errors along the clock, recorded as logarithms with the bars of rounding."""
    return Column(
        np.log([found.errors for found in ladders]),
        (clock,),
        log=True,
        error=np.array([found.log_bars for found in ladders]),
    )


def halvings(first: int, rows: int) -> list[int]:
    """Even numbers of steps, two for each doubling, from `first` on."""
    return [2 * round(first / 2 * 2 ** (j / 2)) for j in range(rows)]
