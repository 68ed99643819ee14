"""Random data and weights in exact rationals, with a largest linear margin that is rational too.

In coordinates with w* = e_1 the support vectors are (gamma, tau_j) with sum_j lambda_j tau_j = 0 for some lambda_j > 0; then a rational
reflection turns w*.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import isqrt
from typing import Any

import numpy as np

from verify.models.arrays import Array
from verify.models.two_layer_leaky import mirrored
from verify.reference.max_margin import MaxMargin, max_margin
from verify.statement.instances import Instance, rationals


def rational(rng: np.random.Generator, low: int, high: int, denominator: int = 8) -> Fraction:
    """A random rational in [low, high)."""
    return Fraction(int(rng.integers(low * denominator, high * denominator)), denominator)


def rationals_in(rng: np.random.Generator, shape: tuple[int, ...], low: int, high: int) -> np.ndarray:
    """An object array of random rationals in [low, high)."""
    return np.array([rational(rng, low, high) for _ in range(int(np.prod(shape)))], dtype=object).reshape(shape)


def numbers(values: Iterable[Any]) -> np.ndarray:
    """Integers, rationals and floats as what they are, an object array of `Fraction`."""
    plain = (value.item() if isinstance(value, np.generic) else value for value in values)
    return np.array([Fraction(value) for value in plain], dtype=object)


def rational_root(square: Fraction) -> Fraction | float:
    """The square root where it is rational, else NaN."""
    root = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    return root if root * root == square else float("nan")


def separable_rows(rng: np.random.Generator, dimension: int = 3) -> list[list[Fraction]]:
    """Rows x_i whose largest min_i w . x_i over |w| = 1 is rational: `dimension` support vectors and two others."""
    gamma = 1 + rational(rng, 0, 1)
    taus = [[rational(rng, -2, 2) for _ in range(dimension - 1)] for _ in range(dimension - 1)]
    shares = [1 + rational(rng, 0, 2) for _ in range(dimension)]
    balance = [sum(c * tau for c, tau in zip(shares, entries, strict=False)) for entries in zip(*taus, strict=True)]
    taus.append([-entry / shares[-1] for entry in balance])
    rows = [[gamma, *tau] for tau in taus]
    for _ in range(2):
        farther = gamma + Fraction(1, 2) + rational(rng, 0, 1)
        rows.append([farther, *(rational(rng, -2, 2) for _ in range(dimension - 1))])
    return _reflected(rows, [Fraction(int(c)) for c in rng.integers(1, 4, dimension)])


def _reflected(rows: list[list[Fraction]], v: Sequence[Fraction]) -> list[list[Fraction]]:
    """Each row x turned into x - 2 (v . x) v/|v|^2."""
    points, normal = np.array(rows, dtype=object), np.array(v, dtype=object)
    return (points - 2 * np.outer(points @ normal, normal) / (normal @ normal)).tolist()


def balanced_weights(rng: np.random.Generator, above: int, below: int) -> np.ndarray:
    """`above` positive and `below` negative numbers, with the same sum of squares."""
    total = 1 + rational(rng, 0, 1)
    signed = [abs(c) for c in _on_sphere(rng, above, total)] + [-abs(c) for c in _on_sphere(rng, below, total)]
    return np.array(signed, dtype=object)


def _on_sphere(rng: np.random.Generator, count: int, radius: Fraction) -> list[Fraction]:
    """A rational point of the sphere, by stereographic projection."""
    t = [rational(rng, 1, 3) for _ in range(count - 1)]
    length = sum((c * c for c in t), Fraction(0))
    return [radius * c * 2 / (1 + length) for c in t] + [radius * (1 - length) / (1 + length)]


def instance(
    label: str,
    rows: Any,
    alpha: Fraction,
    network: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]] | None = None,
    examples: tuple[np.ndarray, np.ndarray] | None = None,
) -> Instance:
    """A leaky ReLU network on examples, with the largest linear margin of `rows` = y_i x_i, its w*, and its certificate.

    The examples are the rows labelled +1 and their mirror images, unless others are given; `network` makes (w, a) from w*.
    """
    rows = np.array(rows, dtype=object)
    inputs, labels = examples or mirrored(rows)
    found = max_margin(rows)
    certificate = found.certificate() | {"data": {"rows": rationals(rows)}}
    data = {"rows": rows, "inputs": inputs, "labels": labels, "alpha": alpha, "certificate": json.dumps(certificate)}
    if isinstance(found, MaxMargin):
        margin = rational_root(found.gamma_squared)
        data |= {"margin": margin, "direction": np.array(found.primal, dtype=object) * margin}
    if network is not None:
        data["w"], data["a"] = network(data["direction"])
    return Instance(label, data)


def parts(values: Array) -> tuple[Array, Array]:
    """The positive and the negative part, both at least 0."""
    return np.maximum(values, 0), np.maximum(-values, 0)
