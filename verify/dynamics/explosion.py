"""SGD on f = x^4/4 with Gaussian gradient noise: a lower bound of its second moment, which explodes as the step falls."""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr, ndtr


def log_moment_bound(steps: int) -> float:
    """log of a lower bound of E x_K^2 after K = `steps` steps eta = 1/K from x_0 = 1, for noise of variance 1.

    One large draw z_1 > s sends |x| to eta s - 1 or more; while |z| <= 1 the next steps obey |x'| >= eta |x|^3 - |x| - eta. The
    probability of all this times x_K^2 bounds the moment from below, and is maximised over s. The state grows like a power 3^K of
    itself, so that it is carried by its logarithm; above 256 steps that leaves the range of a float too.
    """
    threshold = np.geomspace(2.0, 8 * steps**1.5, 4000)
    size = np.log(np.maximum(threshold / steps - 1, 1e-300))
    for _ in range(steps - 1):
        # Beyond e^30 the cubic term alone counts, to within rounding.
        small = np.exp(np.minimum(size, 30))
        plain = np.log(np.maximum(small**3 / steps - small - 1 / steps, 1e-300))
        size = np.where(size > 30, 3 * size - np.log(steps), plain)
    return float((2 * size + log_ndtr(-threshold)).max() + (steps - 1) * np.log(ndtr(1) - ndtr(-1)))
