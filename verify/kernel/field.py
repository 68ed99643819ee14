"""Normal forms: quotients of polynomials over Q in generators, and the signs that can be read off them.

A generator is a symbol, its rate along the clock, an exponential of a monomial, a logarithm or a root of an irreducible
polynomial, a total over axes of what depends on them, and so on. Each rewriting is an identity of real numbers where
both sides have been shown to be defined: two expressions with one normal form are equal. That normal forms miss an
equality costs a proof, never the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from math import comb
from typing import Any

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from . import functions, indices, special
from .expressions import Expression, Refused, number
from .printing import brief
from .signs import ANY, ZERO, Signs, plus, power, sign_of, times
from .statement import MEANS, Statement

TERMS, DEGREE, MONOMIAL = 20_000, 400, 1_000_000  # of a polynomial; its total degree; that of a monomial
FACTORED = 3_000, 100  # terms and total degree up to which a polynomial is factored, which may take long
BITS, WORK = 200_000, 20_000_000  # of a power of a number; products of terms in one goal
HEADS = functions.HEADS | special.HEADS | indices.HEADS  # head -> its normal form, from the field and the arguments


class Full(Exception):
    """The field has no room for another generator; the caller starts again with a larger one."""


@dataclass(frozen=True, eq=False)
class Ratio:
    """num/den in lowest terms; den has leading coefficient 1 and has been shown not to vanish."""

    field: Field
    num: fmpq_mpoly
    den: fmpq_mpoly

    def __add__(self, other: Ratio) -> Ratio:
        self.field.spend(len(self.num) * len(other.den) + len(other.num) * len(self.den))
        return self.field.ratio(self.num * other.den + other.num * self.den, self.den * other.den)

    def __mul__(self, other: Ratio | fmpq | int) -> Ratio:
        if not isinstance(other, Ratio):
            return Ratio(self.field, self.num * other, self.den)
        self.field.spend(len(self.num) * len(other.num) + len(self.den) * len(other.den))
        return self.field.ratio(self.num * other.num, self.den * other.den)

    def __pow__(self, k: int) -> Ratio:
        """The power to k >= 0."""
        for p in (self.num, self.den):
            bits = max((int(c.p).bit_length() + int(c.q).bit_length() for c in p.coeffs()), default=2)
            if (
                k * (bits - 2) > BITS
                or k > (DEGREE if len(p) > 1 else MONOMIAL)
                or comb(k + max(len(p), 1) - 1, k) > TERMS
            ):
                raise Refused("a power is too large for the kernel")
        return self.field.ratio(self.num**k, self.den**k)

    def inverse(self, what: Expression) -> Ratio:
        """1 over this, which the caller writes as `what`."""
        if 0 in self.field.sign(self):
            raise Refused(f"nothing that is given shows that {brief(what)} is not zero")
        return self.field.ratio(self.den, self.num)

    @property
    def key(self) -> str:
        return f"{self.num}|{self.den}"

    @property
    def over(self) -> Axes:
        return self.field.over(self.num) | self.field.over(self.den)


Axes = frozenset[str]
Sign = Callable[[], Signs]
Rate = Callable[[], Ratio]


@dataclass(frozen=True, eq=False)
class Generator:
    """A number that is taken as it is: what it is made of, on which axes it depends, its sign and its rate."""

    kind: str
    of: Any
    over: Axes
    sign: Sign
    rate: Rate | None


class Field:
    """The field of one goal: `learn` takes what is given, `normal` gives normal forms, `sign` the possible signs."""

    def __init__(self, statement: Statement, size: int) -> None:
        self.statement = statement
        context = fmpq_mpoly_ctx.get(("g", size), "lex")
        self.polynomials = context.gens()[::-1]  # a later one is larger, so that relations reduce to earlier ones
        self.unit = context.constant(1)
        self.generators: list[Generator] = []
        self.index: dict[tuple[str, str], int] = {}
        self.relations: list[fmpq_mpoly] = []
        self.roots: dict[str, list[tuple[int, fmpq_mpoly]]] = {}
        self.factored: dict[str, tuple[fmpq, list[tuple[fmpq_mpoly, int]]]] = {}
        self.facts: dict[str, Signs] = {}
        self.local: dict[str, Signs] = {}  # assumed at the point only: of no use inside a total, a bound or a rate
        self.depth = self.work = 0

    def ratio(self, num: fmpq_mpoly, den: fmpq_mpoly | None = None) -> Ratio:
        den = self.unit if den is None else den
        for relation in reversed(self.relations):
            num, den = num % relation, den % relation
        if den.is_zero():
            raise Refused("what is given makes a denominator vanish")
        self.spend(len(num) + len(den))
        if any(len(p) > TERMS or p.total_degree() > (DEGREE if len(p) > 1 else MONOMIAL) for p in (num, den)):
            raise Refused("a normal form is too large for the kernel")
        common = num.gcd(den)
        num, den = num / common, den / common
        return Ratio(self, num / den.coefficient(0), den / den.coefficient(0))

    def constant(self, c: fmpq | int) -> Ratio:
        return Ratio(self, self.unit * c, self.unit)

    def spend(self, terms: int) -> None:
        self.work += terms
        if self.work > WORK:
            raise Refused("the normal forms are too much work for the kernel")

    def factors(self, a: Ratio) -> tuple[fmpq, list[tuple[fmpq_mpoly, int]]]:
        """The rational and the irreducible polynomials, with leading coefficient 1, whose powers make up `a`."""
        if a.key not in self.factored:
            if any(len(p) > 1 and (len(p) > FACTORED[0] or p.total_degree() > FACTORED[1]) for p in (a.num, a.den)):
                raise Refused("a polynomial is too large for the kernel to factor")
            self.spend(100 * (len(a.num) + len(a.den)))
            powers = [(p, k * sign) for q, sign in ((a.num, 1), (a.den, -1)) for p, k in q.factor()[1]]
            c = a.num.coefficient(0) if len(a.num) else fmpq(0)
            self.factored[a.key] = c, [(p / p.coefficient(0), k) for p, k in powers]
        return self.factored[a.key]

    # Generators

    def generator(self, kind: str, of: Any, key: str, over: Axes, sign: Sign, rate: Rate | None = None) -> fmpq_mpoly:
        """The generator of this kind and key, made when there is none; without a rate it has none along the clock."""
        if (kind, key) not in self.index:
            if len(self.generators) == len(self.polynomials):
                raise Full
            self.index[kind, key] = len(self.generators)
            self.generators.append(Generator(kind, of, over, sign, rate))
        return self.polynomials[self.index[kind, key]]

    def symbol(self, name: str, order: int = 0) -> Ratio:
        """A quantity, or its rate of some order along the clock."""
        quantity, kind = self.statement.quantities[name], "rate" if order else "symbol"
        time = name == self.statement.clock
        sign = (lambda: ANY) if order else (lambda: quantity.sign)
        rate = (lambda: self.constant(1)) if time else (lambda: self.symbol(name, order + 1))
        return self.ratio(self.generator(kind, (name, order), f"{name} {order}", frozenset(quantity.over), sign, rate))

    def relate(self, relation: fmpq_mpoly) -> None:
        """A polynomial that vanishes and whose leading term is a power of a later generator than the others hold."""
        if relation not in self.relations:
            self.relations.append(relation)

    def used(self, exponents: tuple[int, ...]) -> list[tuple[int, int]]:
        """The generators of a monomial with their powers; those of a polynomial, given its degrees."""
        return [(i, int(k)) for i, k in enumerate(reversed(exponents)) if k > 0]

    def over(self, p: fmpq_mpoly) -> Axes:
        return frozenset().union(*(self.generators[i].over for i, _ in self.used(p.degrees())))

    def is_generator(self, p: fmpq_mpoly, kind: str) -> Generator | None:
        """The generator that `p` is, if it is one of this kind."""
        (i, _), *more = self.used(p.degrees()) or [(0, 0)]
        return self.generators[i] if not more and p == self.polynomials[i] and self.generators[i].kind == kind else None

    # Signs

    def learn(self, relation: Expression, local: bool = False) -> None:
        """Take a relation as given: what it says about the sign of each irreducible factor of left - right."""
        head, left, right = relation
        difference = self.normal(left) + self.normal(right) * -1
        facts = self.local if local and difference.over else self.facts
        c, factors = self.factors(difference)
        for p, k in factors:
            others = (power(self.signs(q), m) for q, m in factors if q != p)
            rest = reduce(times, others, sign_of(c))
            possible = frozenset(s for s in self.signs(p) if times(power(sign_of(s), k), rest) & MEANS[head])
            if not possible:
                raise Refused("what is given contradicts itself")
            facts[str(p)] = possible

    @contextmanager
    def everywhere(self) -> Iterator[None]:
        """What is done inside holds at every point: the local facts are out of sight."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def known(self, p: fmpq_mpoly) -> Signs:
        return self.facts.get(str(p), ANY) & (ANY if self.depth else self.local.get(str(p), ANY))

    def sign(self, a: Ratio) -> Signs:
        found = times(self.signs(a.num), self.signs(a.den))
        if found == ANY:
            c, factors = self.factors(a)
            found = reduce(times, (power(self.signs(p), k) for p, k in factors), sign_of(c))
        return found

    def signs(self, p: fmpq_mpoly) -> Signs:
        """The signs that a polynomial may have, from its terms and from the facts."""
        found = ZERO
        for exponents, c in p.terms():
            factors = (
                (self.generators[i].sign() & self.known(self.polynomials[i]), k) for i, k in self.used(exponents)
            )
            found = plus(found, reduce(times, (power(sign, k) for sign, k in factors), sign_of(c)))
            if found == ANY:
                break
        lead = p.coefficient(0) if len(p) else fmpq(1)
        return found & times(self.known(p / lead), sign_of(lead))

    # Normal forms

    def normal(self, e: Expression) -> Ratio:
        """The normal form of an unfolded expression; a sentence if something in it is not shown to be defined."""
        if isinstance(e, str):
            return self.constant(number(e))
        head, *args = e
        if head == "var":
            return self.symbol(args[0])
        if head in ("add", "mul"):
            return reduce(Ratio.__add__ if head == "add" else Ratio.__mul__, map(self.normal, args))
        if head == "rate":
            with self.everywhere():
                above, below = (self.rate(self.normal(a)) for a in args)
            return above * below.inverse(["rate", args[1], ["var", str(self.statement.clock)]])
        if head not in HEADS:
            raise Refused(f'"{head}" stands for no number here')
        return HEADS[head](self, *args)

    def rate(self, a: Ratio) -> Ratio:
        """The derivative along the clock, by the rules of calculus."""
        above, below = self.slope(a.num), self.slope(a.den)
        once = self.ratio(self.unit, a.den)
        return above * once + below * self.ratio(-a.num) * once * once

    def slope(self, p: fmpq_mpoly) -> Ratio:
        found = self.constant(0)
        for i, _ in self.used(p.degrees()):
            generator = self.generators[i]
            if self.statement.clock in generator.over:
                if generator.rate is None:
                    raise Refused(f'the kernel knows no rate of "{generator.kind}"')
                found += self.ratio(p.derivative(len(self.polynomials) - 1 - i)) * generator.rate()
        return found
