"""Reference problems of matrix factorisation: certificates hold exactly, fail when touched, and agree with independent routes."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
import torch
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.dynamics.factorised_flow import factorised_flow, scaled_identity
from verify.errors import BadInput
from verify.models.factorisation import near_isometry, sensing
from verify.reference.entropic import entropic_optimum, linear_optimum
from verify.reference.exact_matrices import fractions, kernel, positive_semidefinite, solve
from verify.reference.low_rank import best_low_rank, isometric_within, sandwich
from verify.reference.min_trace import Infeasible, TraceCertificate, TraceMinimum, certified, min_trace


def entry(d: int, i: int, j: int) -> np.ndarray:
    a = fractions(np.zeros((d, d), dtype=int))
    a[i, j] += Fraction(1, 2)
    a[j, i] += Fraction(1, 2)
    return a


SIX = np.array([entry(4, 0, 2), entry(4, 0, 3), entry(4, 1, 2)])


def least_trace(measurements: np.ndarray, observed: np.ndarray) -> tuple[TraceMinimum, TraceCertificate]:
    """The optimum of a feasible problem, with its certificate."""
    found = min_trace(measurements, observed)
    assert isinstance(found, TraceMinimum) and found.certificate is not None
    return found, found.certificate


def six(r: Fraction) -> np.ndarray:
    return np.array([Fraction(1), r, r])


@given(st.lists(st.integers(-3, 3), min_size=6, max_size=6), st.lists(st.integers(-2, 2), min_size=3, max_size=3))
@settings(max_examples=60, deadline=None)
def test_semidefinite_exactly_when_the_eigenvalues_say_so(entries: list[int], vector: list[int]) -> None:
    a = np.zeros((3, 3), dtype=int)
    a[np.triu_indices(3)] = entries
    a = a + np.triu(a, 1).T
    least = np.linalg.eigvalsh(a.astype(float))[0]
    if abs(least) > 1e-9:
        assert positive_semidefinite(fractions(a)) == (least > 0)
    assert positive_semidefinite(fractions(np.outer(vector, vector)))
    assert not positive_semidefinite(
        fractions(np.outer(vector, vector)) - Fraction(1, 10**9) * fractions(np.eye(3, dtype=int))
    )


def test_kernel_and_solutions_are_exact() -> None:
    a = fractions([[1, 2, 3], [2, 4, 6]])
    assert not (a @ kernel(a)).any() and kernel(a).shape == (3, 2)
    assert solve(a, [Fraction(1), Fraction(3)]) is None
    found, unique = solve(a, [Fraction(1), Fraction(2)])  # type: ignore[misc]
    assert not unique and list(a @ found) == [1, 2]


@pytest.mark.spec("greedy-low-rank/T5/R1", "greedy-low-rank/T5/A1", "greedy-low-rank/T5/A2")
@pytest.mark.parametrize(("r", "value"), [("2", "8"), ("6/5", "24/5"), ("3/2", "6"), ("1", "4"), ("1/2", "5/2")])
def test_six_entries_have_an_exact_and_only_optimum(r: str, value: str) -> None:
    radius = Fraction(r)
    found, certificate = least_trace(SIX, six(radius))
    assert found.gap == 0 and certificate.unique and certificate.value == Fraction(value)
    vector = fractions([1, radius, 1, radius])
    if radius <= 1:
        assert (certificate.primal == np.outer(vector, vector)).all()
    else:
        assert sorted(np.linalg.eigvalsh(certificate.primal.astype(float))) == pytest.approx(
            [0, 0, 2 * float(radius) - 2, 2 * float(radius) + 2], abs=1e-12
        )


@pytest.mark.spec("greedy-low-rank/T5/X2", "greedy-low-rank/T5/X3")
def test_the_solver_alone_is_off_by_the_root_of_its_gap_and_the_certificate_is_not() -> None:
    found, _ = least_trace(SIX, six(Fraction(2)))
    assert 0 < 8 - found.value < 1e-6
    assert found.dual @ [1, 2, 2] == pytest.approx(8, abs=1e-5)


def test_a_touched_certificate_is_refused() -> None:
    y = six(Fraction(2))
    _, certificate = least_trace(SIX, y)
    assert certificated(certificate, y)
    for change in (
        {"primal": certificate.primal + entry(4, 0, 2)},
        {"primal": certificate.primal - entry(4, 0, 0)},
        {"dual": certificate.dual + Fraction(1, 10**6)},
    ):
        assert not certificated(dataclasses.replace(certificate, **change), y)


def certificated(certificate, y: np.ndarray) -> bool:
    return certified(SIX, y, certificate)


def test_bounds_are_rational_where_the_optimum_is_not() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(3, 4, 4))
    a = (a + a.transpose(0, 2, 1)) / 2
    w = rng.normal(size=(4, 4))
    found, certificate = least_trace(a, np.einsum("kij,ij->k", a, w @ w.T))
    assert not found.status and found.gap is not None and 0 <= found.gap < 1e-5
    assert found.lower is not None and float(found.lower) <= found.value + 1e-7
    assert found.value - 1e-7 <= float(certificate.value)


def test_infeasible_observations_come_with_a_proof() -> None:
    measurements = np.array([entry(2, 0, 0), entry(2, 0, 1), entry(2, 1, 1)])
    found = min_trace(measurements, np.array([Fraction(1), Fraction(2), Fraction(1)]))
    assert isinstance(found, Infeasible)
    assert positive_semidefinite(-np.einsum("k,kij->ij", found.multipliers, measurements))
    assert found.multipliers @ np.array([1, 2, 1]) > 0


def test_measurements_that_do_not_fit() -> None:
    with pytest.raises(BadInput, match="shape"):
        min_trace(SIX, six(Fraction(2))[:2])
    with pytest.raises(BadInput, match="not symmetric"):
        min_trace(np.array([[[0, 1], [0, 0]]]), np.array([1]))


@pytest.mark.spec("greedy-low-rank/T4/R1", "greedy-low-rank/T4/R2", "greedy-low-rank/T4/R3", "greedy-low-rank/T4/S1")
@pytest.mark.parametrize("delta", [0.0, 0.2, 0.8])
def test_best_low_rank_lies_in_its_sandwich_and_all_starts_agree(delta: float) -> None:
    f, target, operator = near_isometry(delta, np.random.default_rng(3))
    assert isometric_within(operator, Fraction(delta) + Fraction(1, 10**12))
    assert delta == 0 or not isometric_within(operator, Fraction(delta) - Fraction(1, 10**6))
    values, vectors = np.linalg.eigh(target)
    for s in (1, 2, 3):
        best = best_low_rank(f, s, np.random.default_rng(s))
        bounds = sandwich(values, s, delta)
        assert bounds.lower - 1e-12 <= best.value <= bounds.upper + 1e-12
        assert best.agreeing == best.starts and best.residual < 1e-10 and not best.status
        if delta == 0:
            truncation = (vectors[:, -s:] * values[-s:]) @ vectors[:, -s:].T
            assert np.linalg.norm(best.matrix - truncation) < 1e-10


def test_the_sandwich_can_fail() -> None:
    f, target, _ = near_isometry(0.2, np.random.default_rng(3))
    bounds = sandwich(np.linalg.eigvalsh(target), 1, 1e-3)
    assert not bounds.lower <= best_low_rank(f, 1, np.random.default_rng(1)).value <= bounds.upper


ONES = np.ones(6, dtype=int)


def commuting() -> tuple[np.ndarray, np.ndarray]:
    a = np.random.default_rng(5).uniform(0.2, 1.5, (3, 6))
    return a, a @ np.array([1, 0.6, 0.3, 0, 0, 0])


@pytest.mark.spec("greedy-low-rank/T6/Q1", "greedy-low-rank/T6/R2", "greedy-low-rank/T6/E2")
def test_the_linear_programme_has_one_rational_optimum() -> None:
    a, y = commuting()
    found = linear_optimum(a, y, ONES)
    assert found.nondegenerate and float(sum(found.primal)) == pytest.approx(1.83714921, abs=2e-8)
    np.testing.assert_allclose(found.slack.astype(float), [0, 0, 0.2095, 0, 0.4053, 0.3282], atol=5e-5)
    assert (fractions(a) @ found.primal == fractions(y)).all()
    assert linear_optimum(a, -y, ONES).status


@pytest.mark.spec("greedy-low-rank/T6/E1", "greedy-low-rank/T6/S4")
def test_the_entropic_optimum_is_enclosed_and_tends_to_the_vertex() -> None:
    a, y = commuting()
    vertex = linear_optimum(a, y, ONES)
    for decimals in (2, 40):
        found = entropic_optimum(a, y, decimals, powers=ONES, scales=ONES, guess=vertex.dual.astype(float))
        assert not found.status and max(x.rad() for x in found.primal) < arb("1e-70")
        for row, value in zip(fractions(a), fractions(y), strict=True):
            total = sum((riccati_ball(c) * x for c, x in zip(row, found.primal, strict=True)), arb(0))
            assert total.contains(riccati_ball(value))
    infeasible = entropic_optimum(a, -y, 10, powers=ONES, scales=ONES, guess=vertex.dual.astype(float))
    assert infeasible.status and not infeasible.primal


def riccati_ball(number: Fraction) -> arb:
    return arb(number.numerator) / arb(number.denominator)


@pytest.mark.spec("greedy-low-rank/T6/Q3")
def test_the_flow_of_commuting_measurements_ends_at_the_entropic_optimum() -> None:
    a, y = commuting()
    q = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0]
    matrices = np.array([(q * row) @ q.T for row in a])
    alpha = torch.tensor([1e-2, 1e-4], dtype=torch.float64)
    path = factorised_flow(
        sensing((matrices + matrices.transpose(0, 2, 1)) / 2, y),
        scaled_identity(alpha, 6),
        torch.full((2,), 400.0, dtype=torch.float64),
        steps=4000,
    )
    for k, decimals in enumerate((2, 4)):
        found = entropic_optimum(
            a, y, decimals, powers=ONES, scales=ONES, guess=linear_optimum(a, y, ONES).dual.astype(float)
        )
        expected = (q * np.array([float(x) for x in found.primal])) @ q.T
        assert np.linalg.norm(path.matrices[k, -1].numpy() - expected) < 1e-8
