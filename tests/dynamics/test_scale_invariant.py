"""The exact stationary law of SGD on a scale-invariant loss: its balance, a sampled run, and the equation's closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from verify.dynamics.chains import mean
from verify.dynamics.scale_invariant import of_sgd, of_the_equation, sampled_sgd
from verify.errors import BadInput


@pytest.mark.parametrize(("eta", "lam", "s"), [(0.02, 0.2, 1.5), (0.1, 0.3, 3.0)])
def test_sgd_balances_to_twelve_digits(eta, lam, s):
    found = of_sgd(eta, lam, s)
    assert (2 * lam - eta * lam**2) * found.R == pytest.approx(eta * (found.G + found.N), rel=1e-11)
    assert abs(2 * lam * found.R / (eta * found.N) - 1) > 0.005


def test_equation_by_quadrature():
    """phi has density proportional to exp(k cos phi): G = E sin^2 phi / r^2."""
    found = of_the_equation(0.02, 0.2, 1.5)
    k = 2 * found.R / (0.02 * 1.5**2)
    weight = quad(lambda p: np.exp(k * np.cos(p) - k), 0, np.pi)[0]
    square = quad(lambda p: np.sin(p) ** 2 * np.exp(k * np.cos(p) - k), 0, np.pi)[0] / weight
    assert pytest.approx(square / found.R, rel=1e-9) == found.G
    assert pytest.approx((0.33541, 0.19317, 6.7082), rel=1e-4) == (found.R, found.G, found.N)


def test_sampled_means_agree_with_the_balance():
    samples = sampled_sgd(0.1, 0.2, 1.5, 1024, 1500, torch.Generator().manual_seed(0))
    R, G, N = (mean(values) for values in samples)
    bar = (0.4 - 0.1 * 0.04) * R.half_width + 0.1 * (G.half_width + N.half_width)
    assert abs((0.4 - 0.1 * 0.04) * R.value - 0.1 * (G.value + N.value)) < bar


@pytest.mark.spec("sde-weak-order/T3/X1")
def test_euler_maruyama_misses_the_equations_own_balance():
    """Euler with m substeps is SGD at rate eta/m and noise s sqrt(m): its balance is off by G/(m N), 6 % at kappa = 8 and m = 4."""
    eta, lam, s, m = 0.16, 0.2, 1.5 / 8**0.5, 4
    euler = of_sgd(eta / m, lam, s * m**0.5)
    off = 2 * lam * euler.R / (eta * euler.N / m) - 1
    assert off == pytest.approx(euler.G / euler.N + 0.0, rel=0.2)
    assert off > 0.03


def test_small_noise_is_refused():
    with pytest.raises(BadInput, match="above 1"):
        of_sgd(0.02, 0.2, 0.5)
