"""Normal forms: quotients of polynomials over Q in generators, and the signs that can be read off them.

A generator is a symbol, an exponential of a monomial, a logarithm or a root of an irreducible polynomial, or what an
extension brings in. Each rewriting is an identity of real numbers where both sides have been shown to be defined: two
expressions with one normal form are equal. That normal forms miss an equality costs a proof, never the truth.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from math import lcm
from typing import Any, NamedTuple

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from .. import extensions
from ..budget import Budget, place
from ..goals import Setting
from ..refusals import Refused, brief
from .expressions import Expression, number
from .signs import ANY, NONNEGATIVE, POSITIVE, ZERO, Signs, plus, power, sign_of, times


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


class Generator(NamedTuple):
    """A number that is taken as it is: what it is made of, and which signs it may have."""

    kind: str
    of: Any
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
        self.relations: list[fmpq_mpoly] = []  # they vanish, each with a power of a new generator as its leading term
        self.roots: dict[str, tuple[int, fmpq_mpoly]] = {}  # of a polynomial, the last one with its order
        self.factored: dict[str, tuple[fmpq, list[tuple[fmpq_mpoly, int]]]] = {}
        self.facts = ChainMap[str, Signs]({}, {})  # what holds at the point only, in front of what holds everywhere
        self.budget = Budget()

    def ratio(self, num: fmpq_mpoly, den: fmpq_mpoly | None = None) -> Ratio:
        den = self.unit if den is None else den
        for relation in reversed(self.relations):
            num, den = num % relation, den % relation
        if den.is_zero():
            raise Refused("what is given makes a denominator vanish")
        self.budget.admit(num, den)
        common = num.gcd(den)
        common *= (den / common).leading_coefficient()
        return Ratio(self, num / common, den / common)

    def constant(self, c: fmpq | int) -> Ratio:
        return Ratio(self, self.unit * c, self.unit)

    def factors(self, a: Ratio) -> tuple[fmpq, list[tuple[fmpq_mpoly, int]]]:
        """The rational and the irreducible polynomials, with leading coefficient 1, whose powers make up `a`."""
        if repr(a) not in self.factored:
            self.budget.admit_factoring(a.num, a.den)
            powers = [(p, k * sign) for q, sign in ((a.num, 1), (a.den, -1)) for p, k in q.factor()[1]]
            self.factored[repr(a)] = a.num.leading_coefficient(), [(p / p.leading_coefficient(), k) for p, k in powers]
        return self.factored[repr(a)]

    def generator(self, kind: str, of: Any, sign: Callable[[], Signs]) -> fmpq_mpoly:
        """The generator of this kind that is made of this, which is made when there is none."""
        key = f"{kind} {of}"
        if key not in self.index:
            self.index[key] = place(len(self.generators), len(self.polynomials))
            self.generators.append(Generator(kind, of, sign))
        return self.polynomials[self.index[key]]

    def used(self, exponents: tuple[int, ...]) -> list[tuple[int, int]]:
        """The generators of a monomial with their powers; those of a polynomial, given its degrees."""
        return [(i, int(k)) for i, k in enumerate(reversed(exponents)) if k > 0]

    def is_generator(self, p: fmpq_mpoly, kind: str) -> Generator | None:
        """The generator that `p` is, if it is one of this kind."""
        (i, _), *more = self.used(p.degrees()) or [(0, 0)]
        return self.generators[i] if not more and p == self.polynomials[i] and self.generators[i].kind == kind else None

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
            used = ((self.generators[i].sign() & self.known(self.polynomials[i]), k) for i, k in self.used(powers))
            found = plus(found, reduce(times, (power(signs, k) for signs, k in used), sign_of(c)))
            if found == ANY:
                break
        lead = p.leading_coefficient()
        return found & times(self.known(p / lead), sign_of(lead)) if lead != 0 else found

    def known(self, p: fmpq_mpoly) -> Signs:
        return self.facts.get(str(p), ANY)

    def normal(self, e: Expression) -> Ratio:
        """The normal form of an unfolded expression; a sentence if something in it is not shown to be defined."""
        if isinstance(e, str):
            return self.constant(number(e))
        head, *args = e
        if head == "var":
            return self.ratio(self.generator("symbol", args[0], lambda: self.setting.quantities[args[0]].sign))
        if head in ("add", "mul"):
            return reduce(Ratio.__add__ if head == "add" else Ratio.__mul__, map(self.normal, args))
        own = {"exp": lambda e: self.exp(self.normal(e)), "log": self.log, "pow": self.pow}
        return own[head](*args) if head in own else extensions.normal(self, head, *args)

    def oriented(self, a: Ratio, allowed: Signs, what: Expression) -> list[tuple[fmpq_mpoly, int]]:
        """Polynomials and primes whose powers make up `a`, irreducible and each of a sign that is allowed."""
        c, factors = self.factors(a)
        found = [(p if self.signs(p) <= allowed else -p, k) for p, k in factors]
        c *= (-1) ** sum(abs(k) for (p, _), (q, k) in zip(factors, found, strict=True) if p != q)
        if c <= 0 or not all(self.signs(p) <= allowed for p, _ in found):
            raise Refused(f"nothing that is given shows that {brief(what)} is positive")
        for whole, k in ((c.p, 1), (c.q, -1)):
            primes = whole.factor() if int(whole).bit_length() <= 64 else [(whole, 1)]
            found += [(self.unit * prime, k * m) for prime, m in primes if prime != 1]
        return found

    def raised(self, p: fmpq_mpoly, c: fmpq) -> Ratio:
        """p**c for a positive `p`, or one not negative while c > 0; a new root is taken of the last, so that they agree."""
        whole, rest = divmod(int(c.p), int(c.q))
        found = (self.ratio(p) if whole >= 0 else self.ratio(self.unit, p)) ** abs(whole)
        if rest == 0:
            return found
        last, value = self.roots.get(str(p), (1, p))
        order = self.budget.order(lcm(last, int(c.q)))
        if order > last:
            new = self.generator("root", (p, order), lambda: self.signs(p) & NONNEGATIVE)
            self.relations.append(new ** (order // last) - value)
            self.roots[str(p)] = order, new
        return found * self.ratio(self.roots[str(p)][1] ** (rest * order // int(c.q)))

    def logarithm(self, p: fmpq_mpoly) -> Ratio:
        """The logarithm of a positive polynomial: log(exp(m)) is m, and that of a root a fraction of one."""
        if found := self.is_generator(p, "exp"):
            return found.of
        if found := self.is_generator(p, "root"):
            return self.logarithm(found.of[0]) * fmpq(1, found.of[1])
        return self.ratio(self.generator("log", p, lambda: self.signs(p - 1)))

    def exp(self, a: Ratio) -> Ratio:
        """The product over the terms c*m of `a` of exp(m)**c, where exp(log(p)) is p."""
        found = self.constant(1)
        for exponents, c in a.num.terms():
            powers = (self.polynomials[i] ** k for i, k in self.used(exponents))
            m = self.ratio(reduce(fmpq_mpoly.__mul__, powers, self.unit), a.den)
            log = self.is_generator(m.num, "log") if m.den == 1 else None
            found *= self.raised(log.of if log else self.generator("exp", m, lambda: POSITIVE), c)
        return found

    def log(self, e: Expression) -> Ratio:
        """The sum over the factors of the argument, each of which must be shown to be positive."""
        powers = self.oriented(self.normal(e), POSITIVE, e)
        return reduce(Ratio.__add__, (self.logarithm(p) * k for p, k in powers), self.constant(0))

    def pow(self, e: Expression, exponent: Expression) -> Ratio:
        """An integer power wherever it is defined, any other one of what is positive, or of zero to a positive number."""
        base, to = self.normal(e), self.normal(exponent)
        if not to.num.is_constant() or to.den != 1:
            return self.exp(to * self.log(e))
        c = to.num.leading_coefficient()
        if c.q == 1:
            return (base if c >= 0 else base.inverse(e)) ** abs(int(c.p))
        if c > 0 and base.num.is_zero():
            return base
        powers = self.oriented(base, NONNEGATIVE if c > 0 else POSITIVE, e)
        return reduce(Ratio.__mul__, (self.raised(p, c * k) for p, k in powers), self.constant(1))
