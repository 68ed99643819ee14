"""Polynomials in jets: the derivatives of smooth functions of a state are independent variables, with total derivatives.

A polynomial maps monomials to rationals; a monomial is a sorted tuple of pairs (symbol, exponent); a symbol is (function,
index) for a jet, (name, ()) for the step, a state variable, a noise variable or a constant. Exponents of constants may be
negative. Powers of the step beyond the limit are dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement, product
from math import factorial, prod

from flint import fmpq

from .refusals import Refused

Symbol = tuple[str, tuple[int, ...]]
Poly = dict[tuple[tuple[Symbol, int], ...], fmpq]
WORK = 300_000  # about three seconds; order 2 in two dimensions takes 2,000


def constant(value: fmpq | int) -> Poly:
    return {(): fmpq(value)} if value != 0 else {}


def symbol(name: str, index: Sequence[int] = (), exponent: int = 1) -> Poly:
    return {(((name, tuple(index)), exponent),): fmpq(1)}


def total(*polys: Poly) -> Poly:
    found: Poly = {}
    for key, c in (pair for p in polys for pair in p.items()):
        found[key] = found.get(key, fmpq(0)) + c
    return {key: c for key, c in found.items() if c != 0}


class Algebra:
    """Products, total derivatives and Taylor's formula over the given state variables, truncated beyond step^limit."""

    def __init__(self, step: str, state: Sequence[str], limit: int):
        self.step, self.state, self.limit, self.work = (step, ()), tuple(state), limit, 0

    def times(self, *factors: Poly) -> Poly:
        found = constant(1)
        for p in factors:
            self.work, products = self.work + len(found) * len(p), {}
            if self.work > WORK:
                raise Refused(f"an expansion takes more than {WORK} products of monomials")
            for (a, x), (b, y) in product(found.items(), p.items()):
                powers = dict(a)
                for s, n in b:
                    powers[s] = powers.get(s, 0) + n
                if powers.get(self.step, 0) <= self.limit:
                    key = tuple(sorted((s, n) for s, n in powers.items() if n))
                    products[key] = products.get(key, fmpq(0)) + x * y
            found = {key: c for key, c in products.items() if c != 0}
        return found

    def along(self, p: Poly, position: int) -> Poly:
        """The total derivative along one state variable."""
        terms = []
        for key, c in p.items():
            for one, n in key:
                rest: Poly = {tuple((s, k - (s == one)) for s, k in key if s != one or k != 1): c * n}
                name, index = one
                if index:
                    raised = (*index[:position], index[position] + 1, *index[position + 1 :])
                    terms.append(self.times(rest, symbol(name, raised)))
                elif name == self.state[position]:
                    terms.append(rest)
        return total(*terms)

    def taylor(self, p: Poly, moved: Sequence[Poly]) -> Poly:
        """`p` at the state moved by increments that vanish with the step; the increments are not differentiated."""
        if any(self.step not in dict(key) for q in moved for key in q):
            raise Refused("an increment of the state does not vanish with the step")
        parts = [p]
        for n in range(1, self.limit + 1):
            for path in combinations_with_replacement(range(len(self.state)), n):
                if shift := self.times(*(moved[i] for i in path)):
                    q = p
                    for i in path:
                        q = self.along(q, i)
                    weight = fmpq(1, prod(factorial(path.count(i)) for i in set(path)))
                    parts.append(self.times(q, shift, constant(weight)))
        return total(*parts)
