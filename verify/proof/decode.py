"""From a normal form of the kernel back to an expression, so that what a finder computed can be written down."""

from __future__ import annotations

from functools import reduce
from typing import Any

from flint import fmpq, fmpq_mpoly

from verify.kernel.core.field import Field, Ratio

Expression = Any


def expression(a: Ratio) -> Expression:
    """An expression whose normal form is `a`."""
    above, below = polynomial(a.field, a.num), polynomial(a.field, a.den)
    return above if below == "1" else product([above, ["pow", below, "-1"]])


def polynomial(field: Field, p: fmpq_mpoly) -> Expression:
    terms = []
    for exponents, c in p.terms():
        factors = [power(generator(field, i), k) for i, k in field.used(exponents)]
        terms.append(product([str(c), *factors] if c != 1 or not factors else factors))
    return total(terms)


def generator(field: Field, i: int) -> Expression:
    kind, of = field.generators[i].kind, field.generators[i].of
    match kind:
        case "symbol":
            return ["var", of]
        case "rate":
            return reduce(lambda found, _: ["rate", found, ["var", field.setting.clock]], range(of[1]), ["var", of[0]])
        case "log":
            return ["log", polynomial(field, of)]
        case "root":
            return ["pow", polynomial(field, of[0]), str(fmpq(1, of[1]))]
        case "abs":
            return ["abs", polynomial(field, of)]
        case "min" | "max":
            return [kind, *map(expression, of)]
        case "total" | "least" | "largest":
            found = expression(of[1])
            for axis in sorted(of[0]):
                found = [kind, found, axis]
            return found
    return [kind, expression(of)]  # exp, sin, cos


def total(terms: list[Expression]) -> Expression:
    """The sum, without a head where there is nothing to add."""
    terms = [term for term in terms if term != "0"]
    return ["add", *terms] if len(terms) > 1 else terms[0] if terms else "0"


def product(factors: list[Expression]) -> Expression:
    """The product, without a head where there is nothing to multiply."""
    factors = [factor for factor in factors if factor != "1"]
    if "0" in factors:
        return "0"
    return ["mul", *factors] if len(factors) > 1 else factors[0] if factors else "1"


def power(base: Expression, k: int) -> Expression:
    return base if k == 1 else ["pow", base, str(k)]
