"""L1 and Linf margins: duality checked in fractions here, and the directions that serve as mutants of the L2 margin."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import fmpq, fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from verify.reference.exact_simplex import minimise
from verify.reference.max_margin import MaxMargin, max_margin
from verify.reference.norm_margins import l1_margin, linf_margin

RATIONAL = [[3, 1, 0], [1, 2, 1], [2, -1, 1], [0, 4, -1], [5, 1, 1]]


def largest(vector):
    return max(abs(entry) for entry in vector)


def total(vector):
    return sum((abs(entry) for entry in vector), Fraction(0))


@pytest.mark.parametrize(("solve", "norm", "dual_norm"), [(l1_margin, total, largest), (linf_margin, largest, total)])
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), examples=st.integers(1, 8), features=st.integers(1, 4))
def test_primal_and_dual_prove_each_other(solve, norm, dual_norm, seed, examples, features):
    z = np.random.default_rng(seed).integers(-3, 4, size=(examples, features)).tolist()
    found = solve(z)
    separable = isinstance(max_margin(z), MaxMargin)
    assert (found is not None) == separable
    if found is None:
        return
    assert min(sum(a * w for a, w in zip(row, found.primal, strict=True)) for row in z) >= 1
    assert min(found.dual) >= 0
    pulled = [sum(a * alpha for a, alpha in zip(column, found.dual, strict=True)) for column in zip(*z, strict=True)]
    assert dual_norm(pulled) <= 1
    assert sum(found.dual) == norm(found.primal)


@pytest.mark.spec("margin-kkt/T4/M3")
def test_l1_direction_of_the_rational_instance():
    found, euclidean = l1_margin(RATIONAL), max_margin(RATIONAL)
    assert found is not None
    assert isinstance(euclidean, MaxMargin)
    assert found.primal == (Fraction(5, 8), Fraction(1, 4), Fraction(0))
    assert chord(found.w, euclidean.w) == pytest.approx(0.234, abs=5e-4)


@pytest.mark.spec("margin-kkt/T4/M4")
def test_linf_direction_of_the_rational_instance():
    found, euclidean = linf_margin(RATIONAL), max_margin(RATIONAL)
    assert found is not None
    assert isinstance(euclidean, MaxMargin)
    assert found.primal == (Fraction(5, 11), Fraction(4, 11), Fraction(5, 11))
    assert chord(found.w, euclidean.w) == pytest.approx(0.477, abs=5e-4)


@pytest.mark.spec("margin-kkt/T4/X3")
def test_chord_resolves_angles_that_an_arc_cosine_loses():
    """At 1e-9 the cosine rounds to 1, and the chord keeps its digits."""
    u, v = np.array([1.0, 0.0]), np.array([np.cos(1e-9), np.sin(1e-9)])
    assert np.arccos(min(1.0, u @ v)) == 0
    assert chord(u, v) == pytest.approx(1e-9, rel=1e-6)


def chord(u, v):
    return np.linalg.norm(u / np.linalg.norm(u) - v / np.linalg.norm(v))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 6))
def test_exact_simplex_agrees_with_highs(seed, rows, extra):
    """max over A x <= b, x >= 0 with b >= 0, whose slack basis is feasible; unbounded problems included."""
    draw = np.random.default_rng(seed)
    a, b, c = draw.integers(-3, 5, size=(rows, extra)), draw.integers(0, 6, size=rows), draw.integers(-4, 5, size=extra)
    table = np.hstack([a, np.eye(rows, dtype=int)])
    cost = np.append(c, np.zeros(rows, dtype=int))
    exact = minimise(
        [fmpq(int(v)) for v in cost],
        fmpq_mat([[int(v) for v in row] for row in table]),
        [fmpq(int(v)) for v in b],
        list(range(extra, extra + rows)),
    )
    floating = linprog(cost, A_eq=table, b_eq=b, bounds=(0, None))
    assert (exact is None) == (floating.status == 3)
    if exact is not None:
        value = sum((fmpq(int(v)) * x for v, x in zip(cost, exact.x, strict=True)), fmpq(0))
        assert float(value) == pytest.approx(floating.fun, abs=1e-7)
        assert value == sum((fmpq(int(v)) * y for v, y in zip(b, exact.y, strict=True)), fmpq(0))
        assert all(
            fmpq(int(cost[j])) >= sum((fmpq(int(table[i, j])) * exact.y[i] for i in range(rows)), fmpq(0))
            for j in range(len(cost))
        )
