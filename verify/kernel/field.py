"""Normal forms: quotients of polynomials over Q in generators, and the signs that can be read off them.

A generator is a symbol, an exponential of a monomial, a logarithm or a root of an irreducible polynomial, or what an
extension brings in: a rate along the clock, a total over an index, and so on. Each rewriting is an identity of real numbers
where both sides have been shown to be defined: two expressions with one normal form are equal. That normal forms miss an
equality costs a proof, never the truth.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from . import extensions, functions
from .budget import Budget, Full
from .expressions import Expression, Refused, number
from .goals import Setting
from .printing import brief
from .signs import ANY, ZERO, Signs, plus, power, sign_of, times


@dataclass(frozen=True, eq=False)
class Ratio:
    """num/den in lowest terms; den has leading coefficient 1 and has been shown not to vanish."""

    field: Field
    num: fmpq_mpoly
    den: fmpq_mpoly

    def __add__(self, other: Ratio) -> Ratio:
        of = self.field.budget.product
        return self.field.ratio(of(self.num, other.den) + of(other.num, self.den), of(self.den, other.den))

    def __mul__(self, other: Ratio | fmpq | int) -> Ratio:
        if not isinstance(other, Ratio):
            return Ratio(self.field, self.num * other, self.den)
        of = self.field.budget.product
        return self.field.ratio(of(self.num, other.num), of(self.den, other.den))

    def __pow__(self, k: int) -> Ratio:
        """The power to k >= 0, by squaring: a power that is too large is refused half way."""
        if k < 2:
            return self if k else self.field.constant(1)
        half = self ** (self.field.budget.exponent(k) // 2)
        return half * half * self if k % 2 else half * half

    def __repr__(self) -> str:
        return f"({self.num})/({self.den})"

    def inverse(self, what: Expression) -> Ratio:
        """1 over this, which the caller writes as `what`."""
        if 0 in self.field.sign(self):
            raise Refused(f"nothing that is given shows that {brief(what)} is not zero")
        return self.field.ratio(self.den, self.num)

    @property
    def over(self) -> frozenset[str]:
        return self.field.over(self.num) | self.field.over(self.den)


@dataclass(frozen=True, eq=False)
class Generator:
    """A number that is taken as it is: what it is made of, on which axes it depends, and which signs it may have."""

    kind: str
    of: Any
    over: frozenset[str]
    sign: Callable[[], Signs]


class Field:
    """The field of one goal: `normal` gives normal forms, `sign` the possible signs; facts.py fills `facts`."""

    def __init__(self, setting: Setting, generators: int) -> None:
        self.setting = setting
        context = fmpq_mpoly_ctx.get(("g", generators), "lex")
        self.polynomials = context.gens()[::-1]  # a later one is larger, so that relations reduce to earlier ones
        self.unit = context.constant(1)
        self.generators: list[Generator] = []
        self.index: dict[str, int] = {}
        self.relations: dict[str, fmpq_mpoly] = {}
        self.roots: dict[str, list[tuple[int, fmpq_mpoly]]] = {}
        self.factored: dict[str, tuple[fmpq, list[tuple[fmpq_mpoly, int]]]] = {}
        self.facts = ChainMap[str, Signs]({}, {})  # what holds at the point only, in front of what holds everywhere
        self.budget = Budget()

    def ratio(self, num: fmpq_mpoly, den: fmpq_mpoly | None = None) -> Ratio:
        den = self.unit if den is None else den
        for relation in reversed(self.relations.values()):
            num, den = num % relation, den % relation
        if den.is_zero():
            raise Refused("what is given makes a denominator vanish")
        self.budget.admit(num, den)
        common = num.gcd(den)
        num, den = num / common, den / common
        return Ratio(self, num / den.leading_coefficient(), den / den.leading_coefficient())

    def constant(self, c: fmpq | int) -> Ratio:
        return Ratio(self, self.unit * c, self.unit)

    def factors(self, a: Ratio) -> tuple[fmpq, list[tuple[fmpq_mpoly, int]]]:
        """The rational and the irreducible polynomials, with leading coefficient 1, whose powers make up `a`."""
        if repr(a) not in self.factored:
            self.budget.admit_factoring(a.num, a.den)
            powers = [(p, k * sign) for q, sign in ((a.num, 1), (a.den, -1)) for p, k in q.factor()[1]]
            monic = [(p / p.leading_coefficient(), k) for p, k in powers]
            self.factored[repr(a)] = a.num.leading_coefficient(), monic
        return self.factored[repr(a)]

    # Generators

    def generator(self, kind: str, of: Any, over: frozenset[str], sign: Callable[[], Signs]) -> fmpq_mpoly:
        """The generator of this kind that is made of this, which is made when there is none."""
        key = f"{kind} {of}"
        if key not in self.index:
            if len(self.generators) == len(self.polynomials):
                raise Full
            self.index[key] = len(self.generators)
            self.generators.append(Generator(kind, of, over, sign))
        return self.polynomials[self.index[key]]

    def relate(self, relation: fmpq_mpoly) -> None:
        """A polynomial that vanishes and whose leading term is a power of a later generator than the others hold."""
        self.relations.setdefault(str(relation), relation)

    def used(self, exponents: tuple[int, ...]) -> list[tuple[int, int]]:
        """The generators of a monomial with their powers; those of a polynomial, given its degrees."""
        return [(i, int(k)) for i, k in enumerate(reversed(exponents)) if k > 0]

    def over(self, p: fmpq_mpoly) -> frozenset[str]:
        """The axes on which a polynomial depends."""
        return frozenset().union(*(self.generators[i].over for i, _ in self.used(p.degrees())))

    def is_generator(self, p: fmpq_mpoly, kind: str) -> Generator | None:
        """The generator that `p` is, if it is one of this kind."""
        (i, _), *more = self.used(p.degrees()) or [(0, 0)]
        return self.generators[i] if not more and p == self.polynomials[i] and self.generators[i].kind == kind else None

    # Signs

    def sign(self, a: Ratio) -> Signs:
        """The signs that `a` may have: from its terms, and where these leave all open, from its factors."""
        found = times(self.signs(a.num), self.signs(a.den))
        if found == ANY:
            c, factors = self.factors(a)
            found = reduce(times, (power(self.signs(p), k) for p, k in factors), sign_of(c))
        return found

    def signs(self, p: fmpq_mpoly) -> Signs:
        """The signs that a polynomial may have, from its terms and from the facts."""
        found = ZERO
        for powers, c in p.terms():
            factors = (
                power(self.known(self.polynomials[i]) & self.generators[i].sign(), k) for i, k in self.used(powers)
            )
            found = plus(found, reduce(times, factors, sign_of(c)))
            if found == ANY:
                break
        lead = p.leading_coefficient()
        return found & times(self.known(p / lead), sign_of(lead)) if lead != 0 else found

    def known(self, p: fmpq_mpoly) -> Signs:
        return self.facts.get(str(p), ANY)

    # Normal forms

    def normal(self, e: Expression) -> Ratio:
        """The normal form of an unfolded expression; a sentence if something in it is not shown to be defined."""
        if isinstance(e, str):
            return self.constant(number(e))
        head, *args = e
        if head == "var":
            quantity = self.setting.quantities[args[0]]
            return self.ratio(self.generator("symbol", args[0], frozenset(quantity.over), lambda: quantity.sign))
        if head in ("add", "mul"):
            return reduce(Ratio.__add__ if head == "add" else Ratio.__mul__, map(self.normal, args))
        rule = functions.NORMAL.get(head) or extensions.NORMAL.get(head)
        if rule is None:
            raise Refused(f'"{head}" stands for no number here')
        return rule(self, *args)
