"""Algebra that would take for ever is refused before it is done: in little time, which is that of the processor."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from tests.kernel.notation import E, block, exp, head, json, log, rate, symbols, total
from verify.kernel.difference import check_relation
from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement

NAMES = "x y z u v w"
x, y, z, u, v, w = VARIABLES = symbols(NAMES)
a, t = symbols("a t")
STATEMENT = Statement.read(
    "sample", block(positive=NAMES, real="a", over={"a": "tn"} | dict.fromkeys(NAMES.split(), "t"))
)
SECONDS = 5  # on an idle machine each takes less than two


def dense(terms: int, degree: int, seed: int) -> E:
    """A random polynomial in six variables."""
    rng = random.Random(seed)
    products = [
        head(
            "mul", rng.randint(1, 99), *(v ** rng.randint(1, degree) for v in rng.sample(VARIABLES, rng.randint(1, 6)))
        )
        for _ in range(terms)
    ]
    return head("add", *products)


def nest(e: E, times: int, step: Any) -> E:
    for _ in range(times):
        e = step(e)
    return e


s = x + y + z + u + v + w + 1
HOSTILE: dict[str, E] = {
    "a power with too many terms": s**40,
    "a power of a power": ((x + y) ** 100 + 1) ** 3,
    "a tower of numbers": nest(E(2), 3, lambda e: e**10000),
    "a power of a long number": E("9" * 1999) ** 10000,
    "a power with a long exponent": head("pow", x, "9" * 1000),
    "a monomial of high degree": nest(x, 20, lambda e: e**1000),
    "a root of high order": head("pow", x, "1/" + "7" * 50),
    "two roots whose orders have no common factor": head("pow", x, "1/397") * head("pow", x, "1/389"),
    "the logarithm of a long number": log(E("1" + "0" * 600 + "7")),
    "a product of sparse polynomials of high degree": log(dense(12, 200, 1) * dense(12, 200, 2)),
    "a polynomial that is hard to factor": log(dense(100, 8, 1) * dense(100, 8, 2)),
    "a quotient that is hard to reduce": dense(60, 6, 1) * dense(60, 6, 2) / (dense(60, 6, 1) * dense(60, 6, 3)),
    "quotients in quotients": nest(x, 25, lambda e: 1 + E("3/7") / (1 + e)),
    "exponentials of exponentials": nest(x, 55, exp),
    "squares of squares": nest(x, 14, lambda e: e * e + y),
    "a product of long numbers": head("mul", *["9" * 1999] * 9000),
    "a product of long numbers and symbols": head("mul", *[x + E("9" * 1999)] * 300),
    "too many generators": head("add", *(exp(x**k) for k in range(2, 400))),
    "a total of many terms": total((1 + a + x + y + z + u) ** 12, "n"),
    "a rate of many terms": rate((s**6 + x**2) / (s**5 + y), t),
}


ONES = [["1", "0", "0"], ["0", "1", "0"], ["0", "0", "1"]]
REASONS: dict[str, E] = {
    "tangents of tangents": nest(x, 55, lambda e: head("tangent", e)),
    "gaps in gaps": nest(x, 50, lambda e: head("gap", head("abs", e))),
    "forms in forms": nest(x, 15, lambda e: head("quadratic", ONES, e, e, e)),
    "where a bound is attained, again and again": nest(x, 50, lambda e: head("at", e, head("least", e, "n"))),
    "a long sum, whose sign is asked for at every level": nest(
        head("add", *[x - y] * 4000), 50, lambda e: head("abs", e) - 1
    ),
}


def timed(goal: Any, difference: E) -> str:
    start = time.process_time()
    with pytest.raises(Refused) as refusal:
        check_relation(STATEMENT, {}, goal, json(difference))
    assert time.process_time() - start < SECONDS
    return str(refusal.value)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_algebra(name: str) -> None:
    assert len(timed(HOSTILE[name] == 0, E("0"))) < 400


@pytest.mark.parametrize("name", HOSTILE | REASONS)
def test_hostile_certificates(name: str) -> None:
    timed(x == 0, (HOSTILE | REASONS)[name])


@pytest.mark.parametrize("name", HOSTILE | {key: e for key, e in REASONS.items() if key.startswith("a long sum")})
def test_signs_that_are_hard_to_see(name: str) -> None:
    e = (HOSTILE | REASONS)[name]
    timed(e * a < 0, e * a)  # of no sign that is known
