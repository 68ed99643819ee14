"""Losses ell = exp(-f), evaluated through f and the logarithms of its derivative, so that nothing under- or
overflows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import sympy as sp

from verify.models.arrays import Array, namespace, zeros


@dataclass(frozen=True)
class Loss:
    """The loss ell(q) = exp(-f(q)) of a margin q, given by an increasing f.

    Every method maps a float64 array or tensor of margins to one of the same shape, namespace and device. With A =
    -log(-ell') the gradient of sum ell(q_n) is -sum exp(log_weight(q_n)) grad q_n (Lyu & Li 2020, arXiv:1906.05890,
    Appendix A).
    """

    expression: sp.Expr
    """f as an expression in `symbol`."""

    symbol: sp.Symbol
    _parts: _Parts = field(repr=False, compare=False)

    def __reduce__(self) -> tuple[Callable[[sp.Expr, sp.Symbol], Loss], tuple[sp.Expr, sp.Symbol]]:
        return loss_from, (self.expression, self.symbol)

    def f(self, margins: Array) -> Array:
        """f(q) = -log ell(q)."""
        return self._parts.outer.value(self._parts.value(margins))

    def log_slope(self, margins: Array) -> Array:
        """log f'(q)."""
        return self._parts.outer.log_slope(self._parts.value(margins)) + self._parts.log_slope(margins)

    def log_weight(self, margins: Array) -> Array:
        """a(q) = log(-ell'(q)) = -f(q) + log f'(q), with the constant of f' (log 3 for f = q**3)."""
        return self._parts.outer.log_weight(self._parts.value(margins)) + self._parts.log_slope(margins)

    def log_weight_slope(self, margins: Array) -> Array:
        """a'(q)."""
        parts = self._parts
        return parts.outer.log_weight_slope(parts.value(margins)) * parts.slope(margins) + parts.log_slope_slope(
            margins
        )

    @property
    def exponential(self) -> bool:
        """Whether f(q) = q, so that log f' = 0."""
        return self._parts.exponential

    @property
    def invertible(self) -> bool:
        """Whether g = f^{-1} is known in closed form."""
        return self._parts.inverse is not None

    def inverse(self, values: Array) -> Array:
        """g(x) = f^{-1}(x), so that ell^{-1}(Loss) = g(log 1/Loss); NaN where no closed form was found (see
        `invertible`)."""
        if self._parts.inverse is None:
            return values * float("nan")
        return self._parts.inverse(self._parts.outer.inverse(values))


@dataclass(frozen=True)
class _Outer:
    """The outer function F of f = F(h), in stable forms: F, log F', A = -F + log F', A' and F^{-1}."""

    value: Callable[[Array], Array]
    log_slope: Callable[[Array], Array]
    log_weight: Callable[[Array], Array]
    log_weight_slope: Callable[[Array], Array]
    inverse: Callable[[Array], Array]


@dataclass(frozen=True)
class _Parts:
    """f = F(h) with F = `outer` and, by symbolic differentiation, h, h', log h' and its derivative, and h^{-1}."""

    outer: _Outer
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    log_slope: Callable[[Array], Array]
    log_slope_slope: Callable[[Array], Array]
    inverse: Callable[[Array], Array] | None
    exponential: bool


@lru_cache(maxsize=64)
def loss_from(f: sp.Expr, q: sp.Symbol) -> Loss:
    """The loss exp(-f(q)) for a SymPy expression f in the symbol q.

    f must be smooth with f' > 0 where margins are evaluated. -log(log(1 + exp(-h))) (logistic for h = q) is recognised
    by its structure and evaluated in stable forms; everything else is differentiated symbolically and evaluated as it
    is written. g = f^{-1} is found where SymPy solves h(q) = x for one positive root.

    Raises ValueError for an expression with other free symbols or none.
    """
    f = sp.sympify(f)
    if f.free_symbols != {q}:
        raise ValueError(
            f"f must be an expression in {q} alone, and {f} has the free symbols {sorted(map(str, f.free_symbols))}; "
            "substitute the others first"
        )
    outer, h = _EXPONENTIAL, f
    inner = sp.Wild("inner")
    match = f.match(-sp.log(sp.log(1 + sp.exp(-inner))))
    if match:
        outer, h = _LOGISTIC, match[inner]
    slope = sp.diff(h, q)
    parts = _Parts(
        outer,
        _numeric(h, q),
        _numeric(slope, q),
        _numeric(sp.log(slope), q),
        _numeric(sp.cancel(sp.diff(slope, q) / slope), q),
        _inverse(h, q),
        exponential=f == q,
    )
    return Loss(f, q, parts)


def _numeric(expression: sp.Expr, symbol: sp.Symbol) -> Callable[[Array], Array]:
    if expression == symbol:
        return lambda values: values
    if expression.is_number:
        constant = float(expression)
        return lambda values: namespace(values).full_like(values, constant)
    versions = {name: sp.lambdify(symbol, expression, modules=name) for name in ("numpy", "torch")}
    return lambda values: versions[namespace(values).__name__](values)


def _inverse(h: sp.Expr, q: sp.Symbol) -> Callable[[Array], Array] | None:
    if h == q:
        return _same
    root, x = sp.Dummy("q", positive=True), sp.Dummy("x", positive=True)
    try:
        solutions = sp.solve(h.subs(q, root) - x, root)
    except NotImplementedError:
        return None
    if len(solutions) != 1 or solutions[0].has(sp.LambertW):
        return None
    return _numeric(solutions[0], x)


def _logistic_value(h: Array) -> Array:
    """-log log(1 + exp(-h)), which is h + exp(-h)/2 for h > 37, and so h to the last bit."""
    xp = namespace(h)
    return xp.where(h > 37, h, -xp.log(xp.logaddexp(zeros((), h), -xp.clip(h, max=37))))


def _logistic_log_slope(h: Array) -> Array:
    """log f' = -softplus(h) + f, in which h cancels for large h: -exp(-h)/2 for h > 30."""
    xp = namespace(h)
    return xp.where(h > 30, -xp.exp(-xp.abs(h)) / 2, _logistic_log_weight(h) + _logistic_value(h))


def _logistic_log_weight(h: Array) -> Array:
    """log(-ell') = -softplus(h), for ell = log(1 + exp(-h))."""
    return -namespace(h).logaddexp(zeros((), h), h)


def _logistic_log_weight_slope(h: Array) -> Array:
    """-sigmoid(h)."""
    xp = namespace(h)
    small = xp.exp(-xp.abs(h))
    return -xp.where(h > 0, xp.ones_like(h), small) / (1 + small)


def _logistic_inverse(x: Array) -> Array:
    """-log(exp(exp(-x)) - 1): x - exp(-x)/2 for x > 18 (the next term, e^{-2x}/24, is below 1e-17)."""
    xp = namespace(x)
    small = xp.exp(-x)
    moderate = xp.where(x > 18, xp.ones_like(x), small)
    return xp.where(x > 18, x - small / 2, -xp.log(xp.expm1(moderate)))


def _same(values: Array) -> Array:
    return values


_EXPONENTIAL = _Outer(
    value=_same,
    log_slope=lambda h: namespace(h).zeros_like(h),
    log_weight=lambda h: -h,
    log_weight_slope=lambda h: -namespace(h).ones_like(h),
    inverse=_same,
)
_LOGISTIC = _Outer(
    _logistic_value, _logistic_log_slope, _logistic_log_weight, _logistic_log_weight_slope, _logistic_inverse
)

_Q = sp.Symbol("q")
EXPONENTIAL = loss_from(_Q, _Q)
"""ell(q) = exp(-q)."""

LOGISTIC = loss_from(-sp.log(sp.log(1 + sp.exp(-_Q))), _Q)
"""ell(q) = log(1 + exp(-q))."""
