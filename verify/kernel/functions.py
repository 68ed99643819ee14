"""Exponentials, logarithms, roots and powers: the generators that they bring into a normal form."""

from __future__ import annotations

from functools import reduce
from math import lcm
from typing import TYPE_CHECKING

from flint import fmpq, fmpq_mpoly

from .expressions import Expression, Refused
from .printing import brief
from .signs import NONNEGATIVE, POSITIVE, Signs

if TYPE_CHECKING:
    from .field import Field, Ratio

ORDER = 400  # of a root


def oriented(field: Field, a: Ratio, allowed: Signs, what: Expression) -> list[tuple[fmpq_mpoly, int]]:
    """Polynomials and primes whose powers make up `a`, irreducible and each of a sign that is allowed."""
    c, factors = field.factors(a)
    found = [(p if field.signs(p) <= allowed else -p, k) for p, k in factors]
    c *= (-1) ** sum(abs(k) for (p, _), (q, k) in zip(factors, found, strict=True) if p != q)
    if c <= 0 or not all(field.signs(p) <= allowed for p, _ in found):
        raise Refused(f"nothing that is given shows that {brief(what)} is positive")
    for whole, k in ((c.p, 1), (c.q, -1)):
        primes = whole.factor() if int(whole).bit_length() <= 64 else [(whole, 1)]
        found += [(field.unit * prime, k * m) for prime, m in primes if prime != 1]
    return found


def root(field: Field, p: fmpq_mpoly, d: int) -> Ratio:
    """p**(1/d) for a `p` that is not negative; a root of new order is taken of the last one, so that they agree."""
    tower = field.roots.setdefault(str(p), [(1, p)])
    last, value = tower[-1]
    order = lcm(last, d)
    if order > ORDER:
        raise Refused("a root is of too high an order for the kernel")
    if order > last:
        new = field.generator("root", (p, order), field.over(p), lambda: field.signs(p) & NONNEGATIVE)
        field.relate(new ** (order // last) - value)
        tower.append((order, new))
    return field.ratio(tower[-1][1] ** (order // d))


def raised(field: Field, p: fmpq_mpoly, c: fmpq) -> Ratio:
    """p**c for a rational c, where `p` is positive, or not negative while c is positive."""
    whole, rest = divmod(int(c.p), int(c.q))
    found = (field.ratio(p) if whole >= 0 else field.ratio(field.unit, p)) ** abs(whole)
    return found * root(field, p, int(c.q)) ** rest if rest else found


def log_of(field: Field, p: fmpq_mpoly) -> Ratio:
    """The logarithm of a positive polynomial: log(exp(m)) is m, and that of a root a fraction of one."""
    if found := field.is_generator(p, "exp"):
        return found.of
    if found := field.is_generator(p, "root"):
        return log_of(field, found.of[0]) * fmpq(1, found.of[1])
    return field.ratio(field.generator("log", p, field.over(p), lambda: field.signs(p - 1)))


def exp_of(field: Field, a: Ratio) -> Ratio:
    """The product over the terms c*m of `a` of exp(m)**c, where exp(log(p)) is p."""
    found = field.constant(1)
    for exponents, c in a.num.terms():
        powers = (field.polynomials[i] ** k for i, k in field.used(exponents))
        m = field.ratio(reduce(fmpq_mpoly.__mul__, powers, field.unit), a.den)
        logarithm = field.is_generator(m.num, "log") if m.den == 1 else None
        base = logarithm.of if logarithm else field.generator("exp", m, m.over, lambda: POSITIVE)
        found *= raised(field, base, c)
    return found


def log(field: Field, e: Expression) -> Ratio:
    """The sum over the factors of the argument, each of which must be shown to be positive."""
    powers = oriented(field, field.normal(e), POSITIVE, e)
    return reduce(lambda found, power: found + log_of(field, power[0]) * power[1], powers, field.constant(0))


def pow(field: Field, e: Expression, exponent: Expression) -> Ratio:
    """An integer power wherever it is defined, any other one of what is positive, or of zero to a positive number."""
    base, to = field.normal(e), field.normal(exponent)
    if not to.num.is_constant() or to.den != 1:
        return exp_of(field, to * log(field, e))
    c = to.num.leading_coefficient()
    if c.q == 1:
        return (base if c >= 0 else base.inverse(e)) ** abs(int(c.p))
    if c > 0 and base.num.is_zero():
        return base
    powers = oriented(field, base, NONNEGATIVE if c > 0 else POSITIVE, e)
    return reduce(lambda found, power: found * raised(field, power[0], c * power[1]), powers, field.constant(1))


NORMAL = {"exp": lambda field, e: exp_of(field, field.normal(e)), "log": log, "pow": pow}
