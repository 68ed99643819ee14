"""Losses against mpmath at 50 digits, against automatic differentiation, and against each other."""

from __future__ import annotations

import pickle

import mpmath
import numpy as np
import pytest
import sympy as sp
import torch

from verify.models.losses import EXPONENTIAL, LOGISTIC, loss_from

q = sp.Symbol("q")
LOSSES = {
    "exp": EXPONENTIAL,
    "logistic": LOGISTIC,
    "cubic": loss_from(q**3, q),
    "logistic-cubic": loss_from(-sp.log(sp.log(1 + sp.exp(-(q**3)))), q),
    "tail-1": loss_from(sp.log(q), q),
    "tail-10": loss_from(10 * sp.log(q), q),
    "mixed": loss_from(q + q**2 / 2, q),
}
every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


@every_loss
def test_derivatives_agree_with_automatic_differentiation(loss):
    margins = torch.linspace(0.2, 6, 60, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(loss.f(margins).sum(), margins)
    (weight_slope,) = torch.autograd.grad(loss.log_weight(margins).sum(), margins)
    torch.testing.assert_close(loss.log_slope(margins), slope.log(), rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(loss.log_weight(margins), slope.log() - loss.f(margins), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(loss.log_weight_slope(margins), weight_slope, rtol=1e-11, atol=1e-12)


@every_loss
def test_inverse_undoes_f(loss):
    margins = np.linspace(0.2, 40, 200)
    assert loss.invertible
    np.testing.assert_allclose(loss.inverse(loss.f(margins)), margins, rtol=1e-12)


@every_loss
def test_numpy_and_torch_agree(loss):
    margins = np.linspace(0.2, 800, 300)
    for method in (loss.f, loss.log_slope, loss.log_weight, loss.log_weight_slope):
        np.testing.assert_allclose(method(margins), method(torch.tensor(margins)).numpy(), rtol=1e-14, atol=1e-300)


@pytest.mark.spec("margin-kkt/T0/E2")
def test_log_weights_are_those_of_the_specification():
    margins = np.linspace(0.3, 30, 100)
    np.testing.assert_allclose(LOSSES["logistic"].log_weight(margins), -np.logaddexp(0, margins), rtol=1e-14)
    np.testing.assert_allclose(
        LOSSES["cubic"].log_weight(margins), np.log(3) + 2 * np.log(margins) - margins**3, rtol=1e-13, atol=1e-13
    )
    np.testing.assert_allclose(
        LOSSES["tail-10"].log_weight(margins), np.log(10) - 11 * np.log(margins), rtol=1e-13, atol=1e-13
    )


@pytest.mark.spec("margin-kkt/T5/E1")
@pytest.mark.spec("margin-kkt/T5/E2")
def test_logistic_is_exact_to_rounding_from_minus_to_plus_a_million():
    margins = np.array(
        [-1e6, -745.0, -40.0, -1.0, -1e-9, 0.0, 1e-9, 0.5, 17.0, 29.9, 30.1, 36.0, 40.0, 709.0, 746.0, 1e6]
    )
    with mpmath.workdps(60):
        # -log log(1 + e^-q) by its series beyond the digits that mpmath carries
        softplus = [mpmath.log1p(mpmath.exp(-mpmath.mpf(m))) for m in margins]
        f = [
            -mpmath.log(s) if m < 100 else mpmath.mpf(m) + mpmath.exp(-mpmath.mpf(m)) / 2
            for m, s in zip(margins, softplus, strict=True)
        ]
        weight = [-mpmath.log1p(mpmath.exp(mpmath.mpf(m))) if m < 100 else -mpmath.mpf(m) for m in margins]
        slope = [w + v for w, v in zip(weight, f, strict=True)]
        for ours, exact in ((LOGISTIC.f, f), (LOGISTIC.log_weight, weight), (LOGISTIC.log_slope, slope)):
            values = ours(margins)
            # log f' is a small difference between 17 and 30, which costs digits relative to f, not to itself
            errors = [
                abs(mpmath.mpf(float(v)) - e) / max(1e-300, abs(e), abs(g) if ours == LOGISTIC.log_slope else 0)
                for v, e, g in zip(values, exact, f, strict=True)
            ]
            assert max(errors) < 2e-15


@pytest.mark.spec("margin-kkt/T5/E3")
def test_logistic_inverse_is_exact_to_rounding():
    values = np.array([-3.0, -0.5, 0.0, 0.3666, 1.0, 17.9, 18.1, 36.0, 700.0, 1e6])
    with mpmath.workdps(60):
        exact = [
            -mpmath.log(mpmath.expm1(mpmath.exp(-mpmath.mpf(x))))
            if x < 100
            else mpmath.mpf(x) - mpmath.exp(-mpmath.mpf(x)) / 2
            for x in values
        ]
        errors = [
            abs(mpmath.mpf(float(v)) - e) / (abs(e) + 1) for v, e in zip(LOGISTIC.inverse(values), exact, strict=True)
        ]
    assert max(errors) < 2e-15


@pytest.mark.spec("margin-kkt/T0/E5")
def test_log_weight_keeps_the_constant_of_the_slope():
    """A softmax hides the constant; the time row does not: for e^{-q^3} it is log 3."""
    margins = np.array([1.0, 2.0])
    np.testing.assert_allclose(
        LOSSES["cubic"].log_weight(margins) + margins**3 - 2 * np.log(margins), np.log(3), rtol=1e-14
    )


def test_logistic_is_recognised_only_by_its_structure():
    hidden = loss_from(-sp.log(sp.log(1 + sp.exp(-q)) * 1), q)
    np.testing.assert_allclose(hidden.f(np.array([1e6])), 1e6)
    other = loss_from(-sp.log(sp.log(2 + sp.exp(-q))), q)
    assert not np.allclose(other.f(np.array([1.0])), LOGISTIC.f(np.array([1.0])))


def test_unknown_inverse_is_nan():
    loss = loss_from(q + sp.log(q), q)
    assert not loss.invertible
    assert np.isnan(loss.inverse(np.array([1.0]))).all()


def test_loss_survives_pickling():
    loss = pickle.loads(pickle.dumps(LOSSES["logistic-cubic"]))
    assert loss == LOSSES["logistic-cubic"]
    np.testing.assert_array_equal(loss.f(np.array([0.7])), LOSSES["logistic-cubic"].f(np.array([0.7])))


def test_foreign_symbols_are_refused():
    with pytest.raises(ValueError, match="free symbols"):
        loss_from(sp.Symbol("k") * q, q)
