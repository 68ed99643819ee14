"""The exact optimum of two-layer leaky networks against closed forms, dense search and tampering."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from verify.errors import BadInput
from verify.kernel.sectors import sectors
from verify.kernel.two_layer import margin_bound, normalised_margin
from verify.models import two_layer_leaky as leaky
from verify.models.network import Examples
from verify.reference.two_layer import two_layer_optimum

HALF = Fraction(1, 2)


def _mirrored(positives) -> tuple[list, list[int]]:
    rows = [[Fraction(v) for v in row] for row in positives]
    return rows + [[-v for v in row] for row in rows], [1] * len(rows) + [-1] * len(rows)


def _hinted(eps: Fraction, k: int, h: int) -> tuple[list, list[int]]:
    """Two symmetric points, a far hint (h, 0) and two near points (eps, +-k), all but one labelled +1."""
    return [[1, 0], [-1, 0], [h, 0], [eps, k], [eps, -k]], [1, -1, 1, 1, 1]


@pytest.mark.parametrize(("count", "dimension"), [(1, 1), (5, 2), (9, 2), (4, 3), (7, 3), (6, 4)])
def test_a_generic_arrangement_has_the_cells_that_geometry_counts(count, dimension):
    rows = np.random.default_rng(count).integers(-50, 50, (count, dimension)).tolist()
    found = sectors([[Fraction(v) for v in row] for row in rows])
    assert len(found) == len(set(found)) == 2 * sum(comb(count - 1, i) for i in range(dimension))
    points = np.random.default_rng(0).standard_normal((4000, dimension)) @ np.array(rows).T
    assert {tuple(signs) for signs in np.where(points > 0, 1, -1).tolist()} <= set(found)


def test_a_degenerate_arrangement_has_no_empty_cells():
    """Parallel, opposite and coplanar normals; every sign vector is attained by a sampled point and none is missed."""
    rows = [[1, 0, 0], [-2, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1], [1, -1, 0]]
    found = set(sectors([[Fraction(v) for v in row] for row in rows]))
    points = np.random.default_rng(0).standard_normal((20000, 3)) @ np.array(rows).T
    assert found == {tuple(signs) for signs in np.where(points > 0, 1, -1).tolist()}


@pytest.mark.parametrize(("seed", "dimension", "alpha"), [(0, 2, 0.5), (1, 2, 0.1), (2, 3, 0.25)])
def test_cvxpy_finds_the_same_optimum(seed, dimension, alpha):
    """The programme as one writes it: one vector for each cell and sign, within its cell, of least total length."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((5, dimension)).round(3)
    y = np.where(rng.random(5) < 0.5, -1, 1)
    signs = np.array(sectors([[Fraction(str(v)) for v in row] for row in x.tolist()]), dtype=float)
    plus, minus = (cp.Variable((len(signs), dimension)) for _ in range(2))
    patterns = np.where(signs > 0, 1.0, alpha) * y
    reached = cp.sum(cp.multiply(patterns.T, x @ (plus - minus).T), axis=1)
    constraints: list[Any] = [reached >= 1, *(cp.multiply(signs.T, x @ u.T) >= 0 for u in (plus, minus))]
    size: Any = sum(cp.sum(cp.norm(u, 2, axis=1)) for u in (plus, minus))
    cp.Problem(cp.Minimize(size), constraints).solve(solver=cp.SCS, eps=1e-9)
    found = two_layer_optimum(x.tolist(), y.tolist(), alpha)
    assert float(found.lower) <= 1 / (2 * size.value) * (1 + 1e-6)
    assert float(found.upper) >= 1 / (2 * size.value) * (1 - 1e-6)
    assert found.gap < 1e-8


@pytest.mark.spec("leaky-relu/T2/E1", "leaky-relu/T2/R3", "leaky-relu/T2/R4", "leaky-relu/T2/X3")
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("alpha", [Fraction(1, 10), HALF, Fraction(9, 10)])
def test_symmetric_data_in_the_plane(seed, alpha):
    """The optimum is (1 + alpha)/4 times the largest linear margin, by two neurons along plus and minus the
    separator."""
    rng = np.random.default_rng(seed)
    positives = [[Fraction(int(v), 16) for v in row] for row in rng.integers(-16, 16, (4, 2))]
    positives = [[abs(a) + HALF, b] for a, b in positives]
    found = two_layer_optimum(*_mirrored(positives), alpha)
    direction, margin = _separator(np.array(positives, dtype=float))
    expected = (1 + float(alpha)) / 4 * margin
    assert found.lower <= found.upper
    assert found.gap < 1e-8
    assert float(found.lower) == pytest.approx(expected, rel=1e-8)
    np.testing.assert_allclose(np.abs(found.directions @ direction), 1, atol=1e-6)
    assert found.neurons == 2


def _separator(positives: np.ndarray) -> tuple[np.ndarray, float]:
    """The direction of largest margin in the plane, by trying every pair of examples and every single one."""
    candidates = [row / np.linalg.norm(row) for row in positives]
    for i in range(len(positives)):
        for j in range(i):
            normal = np.array([[0, -1], [1, 0]]) @ (positives[i] - positives[j])
            if np.linalg.norm(normal):
                candidates += [normal / np.linalg.norm(normal), -normal / np.linalg.norm(normal)]
    best = max(candidates, key=lambda v: (positives @ v).min())
    return best, float((positives @ best).min())


@pytest.mark.spec("leaky-relu/T2/A1", "leaky-relu/T2/N3", "leaky-relu/T2/M4")
def test_data_that_are_not_symmetric_beat_the_symmetric_formula():
    x, y = [["1/2", 1], ["1/2", -1], [-2, "3/10"], [-2, "-3/10"]], [1, 1, -1, -1]
    found = two_layer_optimum(x, y, "1/2")
    assert float(found.lower) == pytest.approx(0.25, rel=1e-9)
    assert found.upper < 0.25 + 1e-9
    assert found.lower > Fraction(3, 16) * Fraction(13, 10)  # the formula (1 + alpha)/4 times the linear margin 1/2
    assert found.neurons == 1
    np.testing.assert_allclose(found.directions, [[1, 0]], atol=1e-9)


@pytest.mark.spec("leaky-relu/T6/R1", "leaky-relu/T6/N1")
@pytest.mark.parametrize("eps", [Fraction(1, 5), Fraction(1, 10), Fraction(1, 20), Fraction(2, 5)])
def test_the_hinted_family_has_its_closed_form(eps):
    found = two_layer_optimum(*_hinted(eps, 1, 30), HALF)
    p, s = 1.0, (1 - 1.5 * float(eps)) / 0.5
    pair = 1 / (4 * np.hypot(p, s))
    one = float(eps) / 2
    assert float(found.lower) == pytest.approx(max(pair, one), rel=1e-8)
    assert float(found.upper) == pytest.approx(max(pair, one), rel=1e-8)
    assert found.neurons == (2 if pair > one else 1)


@pytest.mark.spec("leaky-relu/T6/R2")
@pytest.mark.parametrize(
    ("alpha", "k", "expected"), [("1/2", 2, 0.18948617), ("1/4", 1, 0.14310458), ("4/5", 1, 0.05482928)]
)
def test_the_hinted_family_off_its_closed_form(alpha, k, expected):
    found = two_layer_optimum(*_hinted(Fraction(1, 20), k, 30), alpha)
    assert float(found.lower) == pytest.approx(expected, abs=1e-8)
    assert float(found.upper) == pytest.approx(expected, abs=1e-8)
    slope = float(Fraction(alpha))
    p, s = 1 / (2 * slope), (1 - (1 + slope) / (40 * slope)) / ((1 - slope) * k)
    assert float(found.lower) > 1 / (4 * np.hypot(p, s)) - 1e-9


@pytest.mark.parametrize("alpha", [0, 1])
def test_the_ends_of_the_slopes(alpha):
    """ReLU and linear units on symmetric data: the formula holds at both ends."""
    found = two_layer_optimum(*_mirrored([[1, 0], ["6/5", "1/2"]]), alpha)
    assert float(found.upper) == pytest.approx((1 + alpha) / 4, rel=1e-8)


@pytest.mark.spec("leaky-relu/T2/R7")
def test_three_dimensions_and_no_random_network_beats_the_bound():
    rng = np.random.default_rng(4)
    positives = [[Fraction(int(v), 8) for v in row] for row in rng.integers(-8, 8, (4, 3)) + np.array([12, 0, 0])]
    x, y = _mirrored(positives)
    found = two_layer_optimum(x, y, HALF)
    assert found.gap < 1e-8
    data, network = Examples(np.array(x, dtype=float), np.array(y, dtype=float)), leaky.TwoLayerLeaky(4, 0.5)
    theta = rng.standard_normal((20000, 16))
    margins = network.margins(theta, data).min(-1) / (theta**2).sum(-1)
    assert margins.max() < found.upper


@pytest.mark.spec("leaky-relu/T2/X1")
def test_the_bound_is_the_maximum_over_the_circle():
    """Without multipliers the bound is |g| on each sector, valid and loose; with them it is max |h| on a dense
    circle."""
    x, y = _hinted(Fraction(1, 5), 1, 6)
    found = two_layer_optimum(x, y, HALF)
    weights = np.array(found.weights, dtype=float)
    angles = np.linspace(0, 2 * np.pi, 200001)
    reach = np.stack([np.cos(angles), np.sin(angles)], 1) @ np.array(x, dtype=float).T
    h = np.where(reach > 0, reach, 0.5 * reach) @ (weights * np.array(y))
    dense = np.abs(h).max() / (2 * weights.sum())
    assert float(found.upper) == pytest.approx(dense, rel=1e-6)
    rows = [[Fraction(v) for v in row] for row in x]
    loose = margin_bound(rows, [Fraction(v) for v in y], HALF, found.weights, {})
    assert float(loose) ** 0.5 > dense * 1.01


def test_tampered_certificates_prove_less_or_are_refused():
    x, y = _hinted(Fraction(1, 5), 1, 6)
    found = two_layer_optimum(x, y, HALF)
    rows, labels = [[Fraction(v) for v in row] for row in x], [Fraction(v) for v in y]
    honest = margin_bound(rows, labels, HALF, found.weights, found.multipliers)
    assert honest <= found.upper**2
    rng = np.random.default_rng(0)
    for _ in range(40):
        key = list(found.multipliers)[rng.integers(len(found.multipliers))]
        mu = list(found.multipliers[key])
        mu[rng.integers(5)] += Fraction(1, 7)
        bound = margin_bound(rows, labels, HALF, found.weights, {**found.multipliers, key: mu})
        assert bound >= found.lower**2
        weights = list(found.weights)
        weights[rng.integers(5)] *= Fraction(9, 10)
        assert margin_bound(rows, labels, HALF, weights, found.multipliers) >= found.lower**2
    with pytest.raises(ValueError, match="nonnegative"):
        margin_bound(rows, labels, HALF, [-v for v in found.weights], found.multipliers)
    with pytest.raises(ValueError, match="negative"):
        margin_bound(rows, labels, HALF, found.weights, {key: [Fraction(-1)] * 5 for key in found.multipliers})
    worse = normalised_margin([[2 * v for v in row] for row in found.w], found.a, rows, labels, HALF)
    assert worse < found.lower


@pytest.mark.parametrize(
    ("x", "y", "alpha", "message"),
    [
        ([[1, 0], [2, 0]], [1, -1], HALF, "no two-layer leaky ReLU network"),
        ([[1, 0], [0, 0]], [1, -1], HALF, "row 1 is zero"),
        ([[1, 0]], [2], HALF, "labels are"),
        ([[1, 0]], [1, 1], HALF, "one label a row"),
        ([[1, 0], [1]], [1, 1], HALF, "differ in length"),
        ([], [], HALF, "at least one row"),
        ([[1, float("nan")]], [1], HALF, "finite numbers"),
        ([[1, 0]], [1], 2, r"lies in \[0, 1\]"),
        ([[1, "a"]], [1], HALF, "finite numbers"),
        ([[1, "1/0"]], [1], HALF, "finite numbers"),
        ([1, 2], [1, -1], HALF, "finite numbers"),
        ([[1, 0]], [1], None, "finite numbers"),
    ],
)
def test_bad_input_has_one_sentence(x, y, alpha, message):
    with pytest.raises(BadInput, match=message):
        two_layer_optimum(x, y, alpha)
