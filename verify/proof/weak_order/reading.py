"""From SymPy to jets: an update and an equation as truncated series over a jet ring, and back."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from math import lcm

import sympy as sp
from flint import fmpq_mpoly
from sympy.core.function import AppliedUndef

from verify.errors import BadInput
from verify.proof.weak_order.jets import Index, JetRing
from verify.proof.weak_order.problem import SDE, Formula, Update
from verify.proof.weak_order.series import Series


def root_of_step(update: Update, *expressions: Formula) -> int:
    """The least q such that every expression holds integral powers of step^(1/q) only."""
    found = [
        power.exp
        for e in (*update.state.values(), update.time, *expressions)
        for power in e.atoms(sp.Pow)
        if power.base == update.step
    ]
    return reduce(lcm, (int(e.q) for e in found if e.is_Rational), 1)


class Reader:
    """Reads SymPy expressions about one update into series over one jet ring.

    Args:
        update: the chain; its state variables fix the derivations.
        limit: the power of step^(1/root) beyond which series are truncated.
        size: how many generators the ring reserves.
    """

    def __init__(self, update: Update, expressions: tuple[Formula, ...], limit: int, root: int, size: int):
        self.update = update
        self.root = root
        self.limit = limit
        self.positions = {variable: i for i, variable in enumerate(update.variables)}
        self.drawn = {z: i for i, z in enumerate(update.drawn)}
        everything = (
            *update.state.values(),
            *expressions,
            *(m for group in update.noise for m in group.moments.values()),
        )
        self.functions, depends = _functions(everything, update)
        self.ring = JetRing(tuple(v.name for v in update.variables), depends, size)

    def series(self, expression: Formula) -> Series:
        """The expression as a truncated series."""
        return self._read(sp.sympify(expression))

    def _constant(self, coefficient: fmpq_mpoly, power: int = 0, noise: Index | None = None) -> Series:
        noise = noise or (0,) * len(self.drawn)
        return Series(
            self.ring,
            self.limit,
            {(power, noise): coefficient} if power <= self.limit and not coefficient.is_zero() else {},
        )

    def _read(self, e: Formula) -> Series:
        if e.is_Float:
            near = Fraction(float(e)).limit_denominator(10**6)
            raise BadInput(
                f"{float(e)} is no exact number; write Rational({near.numerator}, {near.denominator}), or name it as a constant"
            )
        if e.is_Rational:
            return self._constant(self.ring.number(Fraction(int(e.p), int(e.q))))  # type: ignore[attr-defined]
        if e.is_Symbol:
            return self._symbol(e)  # type: ignore[arg-type]
        if e.is_Add:
            return reduce(lambda a, b: a + b, map(self._read, e.args))  # type: ignore[arg-type]
        if e.is_Mul:
            return self._product(e)
        if e.is_Pow:
            return self._power(e)
        if isinstance(e, AppliedUndef):
            return self._function(e, (0,) * len(self.positions), e.args)
        if isinstance(e, sp.Derivative) and isinstance(e.expr, AppliedUndef):
            return self._function(e.expr, self._index(e), e.expr.args)
        if isinstance(e, sp.Subs):
            return self._shifted_derivative(e)
        raise BadInput(
            f"the prover cannot read {e}; it takes rational combinations, products and natural powers of state, step, noise and "
            "constants, and functions of the state such as Function('f')(x) with their derivatives (name any other factor as such a function)"
        )

    def _symbol(self, symbol: sp.Symbol) -> Series:
        if symbol == self.update.step:
            return self._constant(self.ring.one, self.root)
        if symbol in self.drawn:
            unit = tuple(int(i == self.drawn[symbol]) for i in range(len(self.drawn)))
            return self._constant(self.ring.one, 0, unit)
        if symbol in self.positions:
            return self._constant(self.ring.variable(self.positions[symbol]))
        return self._constant(self.ring.generator("constant", symbol.name))

    def _product(self, e: Formula) -> Series:
        # Powers of the step are collected first, so that step**(-1) may occur next to step**2.
        step_power, rest = e.as_independent(self.update.step, as_Add=False)[::-1]
        power = sp.Mul(*[f for f in sp.Mul.make_args(step_power) if f.as_base_exp()[0] == self.update.step])
        others = [f for f in sp.Mul.make_args(step_power) if f.as_base_exp()[0] != self.update.step]
        exponent = power.as_base_exp()[1] * self.root if power != 1 else sp.Integer(0)
        factors = [self._read(f) for f in (*sp.Mul.make_args(rest), *others)]
        product = reduce(lambda a, b: a * b, factors, self._constant(self.ring.one))
        shift = self._whole(exponent, e)
        return Series(
            self.ring, self.limit, {(k + shift, b): c for (k, b), c in product.terms.items() if k + shift <= self.limit}
        )

    def _power(self, e: Formula) -> Series:
        base, exponent = e.as_base_exp()
        if base == self.update.step:
            return self._constant(self.ring.one, self._whole(exponent * self.root, e))
        if exponent.is_Integer and exponent > 0:
            return reduce(lambda a, b: a * b, [self._read(base)] * int(exponent))
        if exponent.is_Integer and base.is_Symbol and base not in self.positions and base not in self.drawn:
            self.ring.generator("constant", base.name)
            inverse = self._constant(self.ring.generator("inverse", base.name))
            return reduce(lambda a, b: a * b, [inverse] * -int(exponent))
        raise BadInput(
            f"the prover cannot read {e}; name it as a function of the state, such as Function('r')(x), or as a constant"
        )

    def _whole(self, exponent: Formula, e: Formula) -> int:
        if not exponent.is_Integer or exponent < 0:
            raise BadInput(
                f"{e} holds {self.update.step} to a power that is negative or no rational number; the step may occur in nonnegative rational powers"
            )
        return int(exponent)

    def _index(self, e: Formula) -> Index:
        index = [0] * len(self.positions)
        for variable, times in e.variable_count:
            if variable not in self.positions:
                raise BadInput(
                    f"{e} differentiates by {variable}, which is no state variable; those are {', '.join(map(str, self.positions))}"
                )
            index[self.positions[variable]] += int(times)
        return tuple(index)

    def _function(self, applied: AppliedUndef, index: Index, arguments: tuple[Formula, ...]) -> Series:
        """A function or its derivative at the given arguments, which are state variables, each with or without an increment."""
        name = applied.func.__name__
        plain = self._constant(self.ring.jet(name, index))
        increments = [self._constant(self.ring.zero) for _ in self.positions]
        for variable, argument in zip(self.functions[name], arguments, strict=True):
            if argument != variable:
                increments[self.positions[variable]] = self._increment(argument - variable, applied)
        return plain.shifted(increments) if any(i.terms for i in increments) else plain

    def _increment(self, difference: Formula, applied: Formula) -> Series:
        increment = self._read(sp.expand(difference))
        if any(k == 0 for k, _ in increment.terms):
            raise BadInput(
                f"{applied} is evaluated at a state whose distance from the current one does not vanish with {self.update.step}"
            )
        return increment

    def _shifted_derivative(self, e: Formula) -> Series:
        inner: Formula = e.expr
        if not (isinstance(e.expr, sp.Derivative) and isinstance(e.expr.expr, AppliedUndef)):
            raise BadInput(
                f"the prover cannot read {e}; write derivatives of functions at a shifted state as f(x).diff(x).subs(x, x + ...)"
            )
        applied: Formula = inner.expr
        bound = dict(zip(e.variables, e.point, strict=True))
        variables = self.functions[applied.func.__name__]
        index = [0] * len(self.positions)
        for dummy, times in inner.variable_count:
            index[self.positions[variables[applied.args.index(dummy)]]] += int(times)
        return self._function(applied, tuple(index), tuple(a.xreplace(bound) for a in applied.args))

    # Back to SymPy ---------------------------------------------------------------------------------------------------------

    def expression(self, polynomial: fmpq_mpoly) -> Formula:
        """An element of the ring as a SymPy expression."""
        symbols = [self._back(*generator) for generator in self.ring.generators]
        total = []
        for monomial, c in polynomial.to_dict().items():
            factors = [symbols[i] ** n for i, n in enumerate(monomial) if n]
            total.append(sp.Mul(sp.Rational(int(c.p), int(c.q)), *factors))
        return sp.Add(*total)

    def _back(self, kind: str, name: str, index: Index) -> Formula:
        if kind != "function":
            known = {s.name: s for e in (*self.update.state.values(), self.update.time) for s in e.free_symbols}
            symbol = known.get(name) or sp.Symbol(name)
            return 1 / symbol if kind == "inverse" else symbol
        applied = sp.Function(name)(*self.functions[name])
        counts = [(v, n) for v, n in zip(self.update.variables, index, strict=True) if n]
        return sp.Derivative(applied, *counts) if counts else applied


def _functions(
    expressions: tuple[Formula, ...], update: Update
) -> tuple[dict[str, tuple[sp.Symbol, ...]], dict[str, tuple[int, ...]]]:
    """For each function that occurs, the state variables in its argument slots; and their positions."""
    slots: dict[str, tuple[sp.Symbol, ...]] = {}
    for e in expressions:
        for applied in _applied(e):
            name = applied.func.__name__
            found = tuple(_slot(argument, update, applied) for argument in applied.args)
            if slots.setdefault(name, found) != found:
                raise BadInput(
                    f"{name} is applied to ({', '.join(map(str, slots[name]))}) and to ({', '.join(map(str, found))}); keep its arguments in one order"
                )
    positions = {variable: i for i, variable in enumerate(update.variables)}
    return slots, {name: tuple(positions[v] for v in variables) for name, variables in slots.items()}


def _applied(e: Formula) -> set[AppliedUndef]:
    inside = {s: dict(zip(s.variables, s.point, strict=True)) for s in e.atoms(sp.Subs)}
    bound = {a.xreplace(point) for s, point in inside.items() for a in s.expr.atoms(AppliedUndef)}
    hidden = {a for s in inside for a in s.expr.atoms(AppliedUndef)}
    return (e.atoms(AppliedUndef) - hidden) | bound  # type: ignore[return-value]


def _slot(argument: Formula, update: Update, applied: Formula) -> sp.Symbol:
    """The state variable to which an argument reduces as the step goes to zero."""
    at_zero = sp.expand(argument).subs(update.step, 0)
    if at_zero not in update.state:
        raise BadInput(
            f"{applied} is not a function of the state; its arguments are state variables ({', '.join(map(str, update.variables))}), shifted at most by what vanishes with {update.step}"
        )
    return at_zero  # type: ignore[return-value]


def coefficients(reader: Reader, equation: SDE) -> tuple[list[Series], list[list[Series]]]:
    """Drift and diffusion of an equation as series."""
    size = len(reader.positions)
    if len(equation.drift) != size:
        raise BadInput(
            f"the equation has {len(equation.drift)} components and the update {size}; they describe the same state"
        )
    drift = [reader.series(entry) for entry in equation.drift]
    return drift, [[reader.series(equation.diffusion[i, j]) for j in range(size)] for i in range(size)]
