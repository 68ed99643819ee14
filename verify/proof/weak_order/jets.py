"""Jet coordinates: generic functions of the state through their derivatives, as independent variables of an exact polynomial ring.

A function f of the state contributes the generators f, D_1 f, D_2 f, D_1 D_1 f, ...; the total derivative along x_i sends each to the
next one. Nothing is ever simplified: an expression is zero exactly when its polynomial is, which python-flint decides at once
(order 2 in one dimension takes milliseconds, where symbolic functions take seconds).
"""

from __future__ import annotations

from fractions import Fraction

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx

Index = tuple[int, ...]
"""A multi-index: how often each state variable is differentiated, or the exponents of the noise variables."""

Generator = tuple[str, str, Index]
"""(kind, name, index): kind "variable", "constant", "inverse" (of a constant), or "function" with its derivative's multi-index."""


class PoolExhausted(Exception):
    """More generators were needed than the ring was made with; the computation is repeated in a larger one."""


class JetRing:
    """Polynomials over Q in state variables, constants and jets, with the total derivatives.

    Args:
        variables: names of the state variables, in order.
        depends: for each function, the positions of the state variables on which it depends.
        size: how many generators to reserve; they are handed out on first use.
    """

    def __init__(self, variables: tuple[str, ...], depends: dict[str, tuple[int, ...]], size: int):
        self.variables = variables
        self.depends = depends
        self.context = fmpq_mpoly_ctx.get([f"j{i}" for i in range(size)], "degrevlex")
        self.zero = self.context.constant(0)
        self.one = self.context.constant(1)
        self._slots: dict[Generator, int] = {}
        self._derivatives: dict[tuple[int, int], fmpq_mpoly] = {}
        self.generators: list[Generator] = []

    def generator(self, kind: str, name: str, index: Index = ()) -> fmpq_mpoly:
        """The polynomial that is one generator."""
        key = (kind, name, index)
        slot = self._slots.get(key)
        if slot is None:
            slot = len(self.generators)
            if slot >= self.context.nvars():
                raise PoolExhausted
            self._slots[key] = slot
            self.generators.append(key)
        return self.context.gen(slot)

    def variable(self, position: int) -> fmpq_mpoly:
        """The state variable at this position."""
        return self.generator("variable", self.variables[position])

    def jet(self, name: str, index: Index | None = None) -> fmpq_mpoly:
        """The derivative of the named function with this multi-index; the function itself by default."""
        return self.generator("function", name, index or (0,) * len(self.variables))

    def number(self, value: Fraction | int) -> fmpq_mpoly:
        """A rational constant."""
        exact = Fraction(value)
        return self.context.constant(fmpq(exact.numerator, exact.denominator))

    def derivative(self, polynomial: fmpq_mpoly, position: int) -> fmpq_mpoly:
        """The total derivative along the state variable at this position."""
        result = self.zero
        for slot, degree in enumerate(polynomial.degrees()):  # all -1 for zero
            if degree > 0:
                next_one = self._step(slot, position)
                if not next_one.is_zero():
                    result += polynomial.derivative(slot) * next_one
        return result

    def _step(self, slot: int, position: int) -> fmpq_mpoly:
        if (slot, position) not in self._derivatives:
            kind, name, index = self.generators[slot]
            if kind == "variable":
                step = self.one if name == self.variables[position] else self.zero
            elif kind == "function" and position in self.depends[name]:
                step = self.jet(name, raised(index, position))
            else:
                step = self.zero
            self._derivatives[slot, position] = step
        return self._derivatives[slot, position]

    def reduced(self, polynomial: fmpq_mpoly) -> fmpq_mpoly:
        """The normal form: no monomial holds both a constant and its inverse."""
        pairs = [
            (self._slots["constant", name, ()], slot)
            for (kind, name, _), slot in self._slots.items()
            if kind == "inverse" and ("constant", name, ()) in self._slots
        ]
        if not pairs or polynomial.is_zero():
            return polynomial
        result: dict[Index, fmpq] = {}
        for monomial, coefficient in polynomial.to_dict().items():
            exponents = list(monomial)
            for up, down in pairs:
                common = min(exponents[up], exponents[down])
                exponents[up] -= common
                exponents[down] -= common
            key = tuple(exponents)
            result[key] = result.get(key, fmpq(0)) + coefficient
        return self.context.from_dict({key: value for key, value in result.items() if value != 0})


def raised(index: Index, position: int, by: int = 1) -> Index:
    """The multi-index with one entry larger."""
    return (*index[:position], index[position] + by, *index[position + 1 :])
