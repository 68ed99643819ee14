"""The modified margin of gradient descent: e^phi(Loss)/rho^L, a lower bound on the smoothed margin that no admissible step decreases.

With tau_0 = log 1/Loss(t_0), mu(x) = tau_0/(2 log 1/x), lambda(x) = 1/log(1/x) (Lyu & Li 2020, Appendix E),

    phi(x) = log log(1/x) + int_0^x (1/(w log 1/w) + phi'(w)) dw,   phi'(x) = -sup over w in [x, Loss(t_0)] of r(w),
    r(w) = (1 + 2 (1 + lambda/L) mu)/(w log 1/w).

In sigma = log 1/w the integral is -int_tau^oo (sup - 1/sigma) dsigma, where w r(w) - 1/sigma = (tau_0/sigma^2)(1 + 1/(L sigma)) wherever
the supremum is attained at x itself, as it is for all w once tau_0 is above about 2. Below that r is not monotone.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import cumulative_simpson
from scipy.interpolate import CubicSpline

REACH = 60.0
"""Beyond tau_0 + 60 the supremum is attained at x itself, to far more than double precision, and the integral is known."""


def margin_given_up(tau: np.ndarray, tau_start: float, degree: int, points: int = 20_001) -> np.ndarray:
    """log of smoothed over modified margin, at each tau; NaN where tau is below tau_start or not a number.

    The running supremum is taken on a grid in log sigma, and integrated by Simpson's rule.
    """
    sigma = np.exp(np.linspace(np.log(tau_start), np.log(tau_start + REACH), points))
    log_r = sigma + np.log1p(tau_start / sigma * (1 + 1 / (degree * sigma))) - np.log(sigma)
    highest = np.exp(np.maximum.accumulate(log_r) - sigma)
    integrand = (highest - 1 / sigma) * sigma  # in log sigma
    behind = cumulative_simpson(integrand, x=np.log(sigma), initial=0.0)
    near = CubicSpline(np.log(sigma), behind[-1] - behind)
    tau = np.where(np.asarray(tau) >= tau_start * (1 - 1e-12), tau, np.nan)
    late = np.maximum(tau, sigma[-1])
    rest = tau_start / late + tau_start / (2 * degree * late**2)
    inside = np.log(np.clip(np.nan_to_num(tau, nan=tau_start), tau_start, sigma[-1]))
    return np.where(np.isnan(tau), np.nan, near(inside) + rest)
