"""Probability of an event, from draws of which each holds, is refuted, or stays undecided."""

from __future__ import annotations

import numpy as np
from scipy.special import betainccinv, betaincinv

COMPARISONS = 1_000
SHARE = 1e-9
"""A whole run raises a false alarm with probability at most 1e-6 = COMPARISONS * SHARE.

At most 1,000 statistical comparisons are planned in a run, instances counted; the count is a test's business. Each has the
same fixed share of the whole, spent on both ends together (Bonferroni). Holm's method would sharpen it, but then a verdict would depend on
which other cases ran."""


def probability_interval(
    holds: np.ndarray, refutes: np.ndarray, n: np.ndarray, share: float = SHARE
) -> tuple[np.ndarray, np.ndarray]:
    """An interval that contains the event's probability with confidence 1 - share: lower end (B,), upper end (B,).

    Of `n` (B,) independent draws `holds` (B,) satisfy the event for certain and `refutes` (B,) violate it for certain. The lower
    end counts the first, the upper end everything but the second, so undecided draws widen the interval and never count.
    No draws: [0, 1]. Exact binomial interval of Clopper & Pearson, Biometrika 26 (1934) 404-413, by beta quantiles.
    """
    holds, refutes, n = (np.asarray(count, dtype=np.float64) for count in (holds, refutes, n))
    if np.any(holds < 0) or np.any(refutes < 0) or np.any(holds + refutes > n):
        raise ValueError(
            "the draws that hold and those that refute must be nonnegative and no more than all draws together; count each draw once"
        )
    possible = n - refutes
    with np.errstate(invalid="ignore"):
        lower = np.where(holds > 0, betaincinv(holds, n - holds + 1, share / 2), 0.0)
        upper = np.where(possible < n, betainccinv(possible + 1, n - possible, share / 2), 1.0)
    return lower, upper
