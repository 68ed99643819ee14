"""A network that is smooth and homogeneous and not definable, on which gradient flow turns forever (Lyu & Li 2020, Theorem I.1).

One example with margin q(theta) = rho^L (1 - f) for theta = (a, b, c), rho = |theta|: f is a function of (a, b)/rho alone, in polar
coordinates (r, phi)

    f = e^{-x} (1 - A(r) sin(phi - x)),   x = 1/(1 - r^2),   and 0 for r = 1.

Its valley phi = x winds around the circle r = 1 infinitely often. The unit sphere has the metric dr^2/(1 - r^2) + r^2 dphi^2 in these
coordinates, and gradient flow in the clock log rho is du/dlog rho = grad(1 - f)/(L (1 - f)) on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import sympy as sp

from verify.models.arrays import Array, namespace


@dataclass(frozen=True)
class Spiral:
    """The spiral with amplitude A, a SymPy expression in the symbol `radius`, and the degree L of the network.

    States are (x, psi) in the last axis, with x = 1/(1 - r^2) > 1 and psi = phi - x, which is 0 in the valley. Methods take float64
    arrays or tensors with leading batch dimensions.
    """

    amplitude: sp.Expr
    radius: sp.Symbol
    degree: int = 1

    @property
    def height(self) -> sp.Expr:
        """f in r and phi."""
        x = 1 / (1 - self.radius**2)
        return sp.exp(-x) * (1 - self.amplitude * sp.sin(sp.Symbol("phi") - x))

    def velocity(self, state: Array) -> Array:
        """e^x d(x, psi, arc length of u)/dlog rho, of shape (..., 3): the factor takes out what falls like e^{-x}.

        In x the metric is dx^2/(4 (x - 1) x^2), and df/dx and df/dphi have the factor e^{-x}.
        """
        xp = namespace(state)
        x, psi = state[..., 0], state[..., 1]
        a, slope = self._amplitude(x)
        sin, cos = xp.sin(psi), xp.cos(psi)
        scale = 1 / (self.degree * self.margin(state))
        x_rate = scale * 4 * (x - 1) * x**2 * (1 - a * sin + slope * sin - a * cos)
        phi_rate = scale * a * cos * x / (x - 1)
        length = xp.sqrt(x_rate**2 / (4 * (x - 1) * x**2) + phi_rate**2 * (x - 1) / x)
        return xp.stack([x_rate, phi_rate - x_rate, length], -1)

    def margin(self, state: Array) -> Array:
        """1 - f, which is the normalised margin and, with one example, the smoothed one."""
        xp = namespace(state)
        return 1 - xp.exp(-state[..., 0]) * (1 - self._amplitude(state[..., 0])[0] * xp.sin(state[..., 1]))

    def valley_drift(self, radius: Fraction) -> Fraction:
        """e^x L (1 - f) dpsi/dlog rho in the valley psi = 0 at a rational radius, exactly; 0 where the flow stays in it."""
        a = Fraction(str(self.amplitude.subs(self.radius, sp.Rational(radius.numerator, radius.denominator))))
        x = 1 / (1 - radius**2)
        return a * x / (x - 1) - 4 * (x - 1) * x**2 * (1 - a)

    def _amplitude(self, x: Array) -> tuple[Array, Array]:
        """A and dA/dx at r = sqrt(1 - 1/x)."""
        xp = namespace(x)
        r = xp.sqrt(1 - 1 / x)
        value, slope = self._compiled[xp.__name__](r)
        return value, slope / (2 * r * x**2)

    @cached_property
    def _compiled(self) -> dict[str, Callable[[Array], list[Array]]]:
        pair = [self.amplitude, sp.diff(self.amplitude, self.radius)]
        return {name: sp.lambdify(self.radius, pair, modules=name) for name in ("numpy", "torch")}


def axis_identity_holds() -> bool:
    """Whether r^4 sin(phi - x) = r^3 (b cos x - a sin x) for a = r cos phi and b = r sin phi, by SymPy.

    So A(r) sin(phi - x) is r^3 times what is smooth in (a, b), since x and the denominator of A are smooth in r^2 < 1: the spiral is
    C^3 on the axis a = b = 0.
    """
    r, phi, x = sp.symbols("r phi x", positive=True)
    a, b = r * sp.cos(phi), r * sp.sin(phi)
    return sp.expand(r**4 * sp.expand_trig(sp.sin(phi - x)) - r**3 * (b * sp.cos(x) - a * sp.sin(x))) == 0
