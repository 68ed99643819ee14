"""Objectives on symmetric matrices against automatic differentiation, and the canonical problems against their exact facts."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
import torch

from verify.errors import BadInput
from verify.models.factorisation import (
    Quadratic,
    Smooth,
    checked,
    completion,
    coupled_triple,
    distance_to,
    near_isometry,
    sensing,
    simplified,
    six_entries,
    stack,
    symmetric_basis,
    weighted_pair,
)  # fmt: skip

RNG = np.random.default_rng(11)


def symmetric(*shape: int) -> torch.Tensor:
    x = torch.tensor(RNG.normal(size=shape))
    return x + x.mT


def problems() -> dict[str, Quadratic]:
    a = symmetric(4, 3, 3).numpy()
    return {
        "six-entries": six_entries(2.0),
        "pair": weighted_pair(0.125, 4.0),
        "triple": coupled_triple(0.3),
        "isometry": near_isometry(0.2, np.random.default_rng(3))[0],
        "sensing": sensing(a, RNG.normal(size=4)),
        "distance": distance_to(np.diag([3.0, 1.0])),
    }


@pytest.mark.parametrize("name", problems())
def test_gradient_and_curvature_are_derivatives(name: str) -> None:
    f = problems()[name]
    w, x = symmetric(f.size, f.size), symmetric(f.size, f.size)
    point = w.clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(f.value(point), point)
    torch.testing.assert_close(f.gradient(w), slope, rtol=0, atol=1e-12 * (1 + slope.abs().max().item()))
    torch.testing.assert_close(f.curvature(w, x), f.gradient(w + x) - f.gradient(w), rtol=1e-12, atol=1e-11)
    assert torch.equal(f.gradient(w), f.gradient(w).mT) or (f.gradient(w) - f.gradient(w).mT).abs().max() < 1e-14


def test_basis_is_orthonormal_and_lexicographic() -> None:
    basis = symmetric_basis(4).reshape(10, 16)
    np.testing.assert_allclose(basis @ basis.T, np.eye(10), atol=1e-15)
    assert symmetric_basis(3)[4][1, 2] == symmetric_basis(3)[4][2, 1] == np.sqrt(0.5)


def test_values_written_out() -> None:
    w = symmetric(4, 4)
    expected = (w[0, 2] - 1) ** 2 + (w[0, 3] - 2) ** 2 + (w[1, 2] - 2) ** 2
    torch.testing.assert_close(six_entries(2.0).value(w), expected)
    v = symmetric(2, 2)
    torch.testing.assert_close(
        weighted_pair(0.125, 4.0).gradient(v),
        torch.stack([torch.stack([v[0, 0] - 1, v[0, 1]]), torch.stack([v[0, 1], (v[1, 1] - 4) / 8])]),
    )


@pytest.mark.spec("greedy-low-rank/T3/R1")
def test_coupled_triple_has_the_stated_target_and_coupling() -> None:
    target = np.linalg.solve([[1, 0.55, 0], [0.55, 1, 0], [0, 0, 1]], [1, 0.7, 0.3])
    f = coupled_triple(0.1)
    assert f.gradient(torch.diag(torch.tensor(target))).abs().max() < 1e-15
    # <E_11, H[E_23]> = kappa with E_23 the unit basis matrix.
    basis = torch.tensor(symmetric_basis(3))
    assert float((f.curvature(basis[0], basis[4]) * basis[0]).sum()) == pytest.approx(0.1, abs=1e-15)


@pytest.mark.spec("greedy-low-rank/T4/E1", "greedy-low-rank/T4/X2")
@pytest.mark.parametrize("delta", [0.05, 0.8])
def test_near_isometry_is_one_for_every_matrix(delta: float) -> None:
    f, target, operator = near_isometry(delta, np.random.default_rng(3))
    assert np.abs(np.linalg.eigvalsh(operator) - 1).max() == pytest.approx(delta, rel=1e-12)
    assert f.value(torch.tensor(target)) == pytest.approx(0, abs=1e-14)
    x = symmetric(50, 5, 5)
    ratio = 2 * f.value(torch.tensor(target) + x) / x.square().sum((1, 2))
    assert 1 - delta - 1e-12 <= ratio.min() and ratio.max() <= 1 + delta + 1e-12


def test_a_batch_equals_its_members() -> None:
    members = [coupled_triple(k) for k in (0.0, 0.1, 0.3)]
    batch, w = stack(members), symmetric(3, 3, 3)
    for k, member in enumerate(members):
        torch.testing.assert_close(batch.gradient(w)[k], member.gradient(w[k]))
        torch.testing.assert_close(batch[k].value(w[k]), member.value(w[k]))


def test_a_users_function_is_recognised_as_quadratic_or_kept() -> None:
    m = torch.diag(torch.tensor([2.0, 1.0], dtype=torch.float64))
    square = simplified(checked(Smooth(lambda w: (w - m).square().sum() / 2, 2)))
    assert isinstance(square, Quadratic)
    torch.testing.assert_close(square.hessian, distance_to(m.numpy()).hessian)
    quartic = Smooth(lambda w: (w @ w).square().sum() / 4 + (w * m).sum(), 2)
    assert simplified(checked(quartic)) is quartic
    w, x, step = symmetric(5, 2, 2), symmetric(5, 2, 2), 1e-6
    difference = (quartic.gradient(w + step * x) - quartic.gradient(w - step * x)) / (2 * step)
    torch.testing.assert_close(quartic.curvature(w, x), difference, rtol=1e-7, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: checked(Smooth(lambda w: w[0, 1] ** 2 + w[0, 1], 2)), "not symmetric"),
        (lambda: checked(Smooth(lambda w: w.sum() / 0, 2)), "not finite"),
        (lambda: checked(Smooth(cast(Any, lambda w: 1), 2)), "f failed"),
        (lambda: completion(2, {(0, 2): 1.0}), "outside"),
        (lambda: completion(2, {(0, 1): 1.0, (1, 0): 2.0}), "differ"),
        (lambda: sensing(np.ones((2, 2, 3)), np.ones(2)), "shape"),
        (lambda: sensing(np.array([[[0.0, 1.0], [0.0, 0.0]]]), np.ones(1)), "not symmetric"),
    ],
)
def test_bad_input_is_one_sentence(call, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        call()
