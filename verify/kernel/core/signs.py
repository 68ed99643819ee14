"""What is known of the sign of a number: the set of the signs that it may have, out of -1, 0 and 1."""

from __future__ import annotations

from itertools import product

Signs = frozenset[int]
ANY, POSITIVE, NONNEGATIVE, ZERO = map(frozenset, ((-1, 0, 1), (1,), (0, 1), (0,)))
MEANS = {"eq": {0}, "ne": {-1, 1}, "le": {-1, 0}, "lt": {-1}, "ge": {0, 1}, "gt": {1}}  # the sign of left - right


def sign_of(x: object) -> Signs:
    """The one sign of a rational number."""
    return frozenset(((x > 0) - (x < 0),))  # type: ignore[operator]  # int or fmpq


def plus(a: Signs, b: Signs) -> Signs:
    return frozenset(s for x, y in product(a, b) for s in (ANY if x * y < 0 else (x or y,)))


def times(a: Signs, b: Signs) -> Signs:
    return frozenset(x * y for x, y in product(a, b))


def power(a: Signs, k: int) -> Signs:
    """The signs of x**k; of a negative k only where x has been shown not to be zero."""
    return frozenset(x ** abs(k) for x in a if x or k >= 0)
