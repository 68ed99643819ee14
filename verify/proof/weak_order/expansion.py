"""The local expansion of a chain against an equation, and the weak order that it gives.

For a test function g, E g(x') = sum over multi-indices a of E[(x' - x)^a] D^a g / a!, and the equation's semigroup is
exp(tau L) g with L g = drift . grad g + (1/2) diffusion : Hess g, where one step takes the time tau. Both are differential operators
with coefficients in the jet ring, expanded in powers of the step. Their difference vanishes through step^(q + p - 1), where tau is of
order step^q, exactly when the local error is of the size that makes the chain an order-p weak approximation. The passage from local
to global order (bounded moments, smooth backward functions) is a theorem of Milstein's and is cited, not proved here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from flint import fmpq_mpoly

from verify.errors import BadInput
from verify.proof.weak_order.jets import Index, PoolExhausted, raised
from verify.proof.weak_order.problem import SDE, Formula, Update
from verify.proof.weak_order.reading import Reader, coefficients, root_of_step
from verify.proof.weak_order.series import Series, factorials, powers

DifferentialOperator = dict[tuple[int, Index], fmpq_mpoly]
"""(power of the step, derivative of the test function) to its coefficient."""


@dataclass(frozen=True)
class Expansion:
    """The local residual of a chain against an equation, for every smooth test function g.

    `order` is the weak order in powers of the step: the global error is O(step^order). When `sharp` is False, the residual vanishes
    as far as it was computed and the order is at least this. `residual` maps (power of the step, derivative of g) to the
    coefficient; `leading` is its part at the lowest power, `leading_power`.
    """

    update: Update
    equation: SDE
    order: Fraction
    sharp: bool
    time_power: Fraction
    residual: Mapping[tuple[Fraction, Index], Formula]
    unknown_moments: Mapping[str, Formula]

    @property
    def leading_power(self) -> Fraction:
        """The lowest power of the step at which the residual does not vanish (the first one not computed if it all vanishes)."""
        return self.order + self.time_power

    @property
    def leading(self) -> dict[Index, Formula]:
        """The leading error operator: derivative of g to coefficient; empty if the residual vanishes as far as it was computed."""
        return {index: c for (power, index), c in self.residual.items() if power == self.leading_power}

    def at(self, power: int | Fraction) -> dict[Index, Formula]:
        """The residual's operator at one power of the step."""
        return {index: c for (k, index), c in self.residual.items() if k == power}

    def applied(self, test: Formula, power: int | Fraction | None = None) -> Formula:
        """The operator at one power of the step (the leading one by default) applied to a test function of the state."""
        operator = self.leading if power is None else self.at(power)
        terms = []
        for index, c in operator.items():
            counts = [(v, n) for v, n in zip(self.update.variables, index, strict=True) if n]
            terms.append(c * (test.diff(*counts) if counts else test))
        return sp.Add(*terms)


def weak_order(update: Update, equation: SDE, order: int | Fraction = 2) -> Expansion:
    """The weak order of `equation` for `update`, decided exactly through `order` powers of the step.

    The residual is computed one power beyond what the order needs, so that the answer holds the leading error operator.

    Raises:
        BadInput: the update or equation holds something that is no polynomial in state, step, noise, constants and functions.
    """
    root = root_of_step(update, *equation.drift, *equation.diffusion)
    for size in (64, 256, 1024):
        try:
            local = _Local(update, equation, order, root, size)
            return local.expansion(equation, local.residual(equation))
        except PoolExhausted:
            continue
    raise BadInput(
        f"the expansion of order {order} needs more than 1024 derivatives; ask for a lower order or fewer dimensions"
    )


class _Local:
    """The expansion's computation in one ring; powers of the step are counted in units of step^(1/root)."""

    def __init__(self, update: Update, equation: SDE, order: int | Fraction, root: int, size: int):
        self.update, self.root = update, root
        self.time_power = _time_power(update, root)
        limit = self.time_power + int(Fraction(order) * root)
        self.reader = Reader(update, (*equation.drift, *equation.diffusion), limit, root, size)
        self.ring, self.limit = self.reader.ring, limit
        self.time = self.reader.series(update.time)
        self.unknown: dict[str, Formula] = {}
        self._moments: list[dict[Index, Series]] = [
            {
                tuple(sp.Poly(m, *group.variables).monoms()[0]): self.reader.series(value)
                for m, value in group.moments.items()
            }
            for group in update.noise
        ]

    def chain(self) -> DifferentialOperator:
        """E g(x') as an operator on g."""
        increments = []
        for variable, new in self.update.state.items():
            increment = self.reader.series(sp.expand(new - variable))
            if any(k == 0 for k, _ in increment.terms):
                raise BadInput(
                    f"the update of {variable} does not reduce to {variable} as {self.update.step} goes to zero; a step must be a small change of the state"
                )
            increments.append(increment)
        result: DifferentialOperator = {}
        for index, product in powers(increments):
            weight = self.ring.number(1) / factorials(index)
            for power, coefficient in self._expectation(product).items():
                _accumulate(result, (power, index), coefficient * weight)
        return result

    def _expectation(self, series: Series) -> dict[int, fmpq_mpoly]:
        total: dict[int, fmpq_mpoly] = {}
        for (power, exponents), coefficient in series.terms.items():
            moment = self.reader.series(sp.Integer(1))
            start = 0
            for group, known in zip(self.update.noise, self._moments, strict=True):
                part = exponents[start : start + len(group.variables)]
                start += len(group.variables)
                if any(part):
                    moment = moment * (known[part] if part in known else self._unknown_moment(group.variables, part))
            for (shift, _), factor in moment.terms.items():
                if power + shift <= self.limit:
                    total[power + shift] = total.get(power + shift, self.ring.zero) + coefficient * factor
        return total

    def _unknown_moment(self, variables: tuple[sp.Symbol, ...], exponents: Index) -> Series:
        monomial = sp.Mul(*(z**n for z, n in zip(variables, exponents, strict=True)))
        name = f"E[{monomial}]"
        self.unknown[name] = monomial
        self.ring.depends[name] = tuple(range(len(self.update.variables)))
        self.reader.functions[name] = self.update.variables
        return self.reader.series(sp.Function(name)(*self.update.variables))

    def semigroup(self, equation: SDE) -> DifferentialOperator:
        """exp(tau L) g as an operator on g."""
        ring, size = self.ring, len(self.update.variables)
        drift, diffusion = coefficients(self.reader, equation)
        half = ring.number(Fraction(1, 2))
        # tau times the generator: (power, position) and (power, pair of positions) to coefficients.
        first = [(k, i, c) for i in range(size) for (k, _), c in (drift[i] * self.time).terms.items()]
        second = [
            (k, i, j, c * half)
            for i in range(size)
            for j in range(size)
            for (k, _), c in (diffusion[i][j] * self.time).terms.items()
        ]
        origin = (0,) * size
        term: DifferentialOperator = {(0, origin): ring.one}
        total = dict(term)
        n = 0
        while term:
            n += 1
            grown: DifferentialOperator = {}
            for (power, index), a in term.items():
                for k, i, b in first:
                    if power + k <= self.limit:
                        _accumulate(grown, (power + k, index), b * ring.derivative(a, i))
                        _accumulate(grown, (power + k, raised(index, i)), b * a)
                for k, i, j, c in second:
                    if power + k <= self.limit:
                        along = ring.derivative(a, i)
                        _accumulate(grown, (power + k, index), c * ring.derivative(along, j))
                        _accumulate(grown, (power + k, raised(index, j)), c * along)
                        _accumulate(grown, (power + k, raised(index, i)), c * ring.derivative(a, j))
                        _accumulate(grown, (power + k, raised(raised(index, i), j)), c * a)
            weight = ring.number(Fraction(1, n))
            term = {key: value * weight for key, value in grown.items() if not value.is_zero()}
            for key, value in term.items():
                _accumulate(total, key, value)
        return total

    def residual(self, equation: SDE) -> DifferentialOperator:
        """The chain's operator minus the semigroup, without its zeros."""
        result = self.chain()
        for key, value in self.semigroup(equation).items():
            _accumulate(result, key, -value)
        reduced = {key: self.ring.reduced(value) for key, value in result.items()}
        return {key: value for key, value in sorted(reduced.items()) if not value.is_zero()}

    def expansion(self, equation: SDE, residual: DifferentialOperator) -> Expansion:
        """The residual with its order, in SymPy's terms."""
        first = min((power for power, _ in residual), default=None)
        order = Fraction((self.limit + 1 if first is None else first) - self.time_power, self.root)
        readable = {(Fraction(k, self.root), index): self.reader.expression(c) for (k, index), c in residual.items()}
        return Expansion(
            self.update,
            equation,
            order,
            first is not None,
            Fraction(self.time_power, self.root),
            readable,
            self.unknown,
        )


def _time_power(update: Update, root: int) -> int:
    _, power = update.time.as_independent(update.step, as_Add=False)
    base, exponent = power.as_base_exp()
    if base != update.step or not exponent.is_Rational or exponent <= 0:
        raise BadInput(
            f"the time of one step is {update.time}; give a constant times a positive power of {update.step}"
        )
    return int(exponent * root)


def _accumulate(operator: DifferentialOperator, key: tuple[int, Index], value: fmpq_mpoly) -> None:
    if not value.is_zero():
        operator[key] = operator[key] + value if key in operator else value
