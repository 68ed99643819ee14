"""Families of fixed instances for statements on KKT points of the margin: limits that are known exactly, bounds that are attained, kinks.

Each is the same for every generator and size.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from verify.dynamics.fitted import network_instance, random_fitted
from verify.statement.instances import Instance

Rationals = Sequence[Fraction | int]


def diagonal_instance(
    label: str, z: Sequence[Rationals], start: np.ndarray, *, limit: Rationals, multipliers: Rationals
) -> Instance:
    """q_n = sum_i z_ni theta_i^2 from `start`, with the limit of least margin 1 that its flow has, and its multipliers."""
    known = {"limit": list(limit), "multipliers": list(multipliers)}
    return network_instance(label, "diagonal", list(z), len(z) * [1], start, degree=None, **known)


def corner(rng: np.random.Generator, size: int) -> list[Instance]:
    """q = theta_1^2 + 2 theta_2^2 from (1, 0): theta_2 stays 0, and e_1, a KKT point with lambda = 1/2, has half the largest margin."""
    return [diagonal_instance("corner", [[1, 2]], np.array([1.0, 0.0]), limit=[1, 0], multipliers=[Fraction(1, 2)])]


def inside(rng: np.random.Generator, size: int) -> list[Instance]:
    """Two points whose margins are both 1 at theta = (1/2, 1/3), the global optimum, with multipliers (1/24, 5/36)."""
    z = [[2, Fraction(9, 2)], [3, Fraction(9, 4)]]
    limit, multipliers = [Fraction(1, 2), Fraction(1, 3)], [Fraction(1, 24), Fraction(5, 36)]
    return [diagonal_instance("inside", z, np.array([1.0, 1.0]), limit=limit, multipliers=multipliers)]


def searched_diagonal(draw: Any) -> Instance:
    """q = sum_i (r_i theta_i)^2 in two or three dimensions: coordinates that start at 0 stay there, of the others the largest r_i wins."""
    dimension = draw.integer("dimension", 2, 3)
    roots = draw.rationals("r", 0, 2, dimension, denominator=4)
    start = draw.rationals("start", -2, 2, dimension, denominator=2)
    moving = sorted((each for each, at in zip(roots, start, strict=True) if at), reverse=True)
    if not min(roots) or not moving or moving[0] in moving[1:]:
        draw.reject("an r_i is 0, nothing moves, or two coordinates grow alike")
    limit = [1 / each if each == moving[0] and at else Fraction(0) for each, at in zip(roots, start, strict=True)]
    multipliers = [1 / (2 * moving[0] ** 2)]
    squares = [[each**2 for each in roots]]
    return diagonal_instance("searched", squares, start.astype(float), limit=limit, multipliers=multipliers)


def three_squared_units(rng: np.random.Generator, size: int) -> list[Instance]:
    """A single example, where the entropy of the weights is 0 and the bound on the turning is attained: squared ReLU, three neurons."""
    start = np.array([1.0, 0.2, 0.1, 0.9, 0.5, 0.5, 1.0, 0.4, 0.6])
    return [network_instance("one example", "three-squared-units", [[1.0, 0.5]], [1], start, grow=2)]


def one_long_layer(rng: np.random.Generator, size: int) -> list[Instance]:
    """One example and two linear layers, of norms 8 and 1/10: the force is the largest, and all but perpendicular to theta."""
    start = np.array([8.0, *np.zeros(7), 0.1, *np.zeros(3)])
    return [network_instance("one long layer", "deep-linear-2", [[1.0, 0.0]], [1], start)]


def kinked(rng: np.random.Generator, size: int) -> list[Instance]:
    """A ReLU and a leaky ReLU network, smoothed with eps = 1/100; one fixed draw each, whose limits have examples on kinks."""
    draws = {"smoothed-relu": 0, "smoothed-leaky-relu": 4}
    return [each for name, k in draws.items() for each in random_fitted(np.random.default_rng([k, 5]), name, 1)]
