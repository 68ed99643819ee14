"""Clocks on which rules are tried: the log of the clock, s = |log t|, in rows ordered towards the limit."""

from __future__ import annotations

import numpy as np

DECADES = np.linspace(np.log(10.0), np.log(1e4), 120)
"""t from 10 to 1e4."""
LONG = np.geomspace(1e3, 1e6, 200)
"""log t from 1e3 to 1e6, as the margin flow reaches it."""
LADDER = np.log(2.0) * np.arange(2, 13)
"""h = 2^-2 ... 2^-12."""
ALPHAS = np.log(10.0) * np.arange(2, 15)
"""alpha = 1e-2 ... 1e-14."""


def loglog(s: np.ndarray) -> np.ndarray:
    """log log t from log t."""
    return np.log(s)


def powers(s: np.ndarray, *terms: tuple[float, float]) -> np.ndarray:
    """log(1 + c t^-q + ...) for the terms (c, q)."""
    return np.log1p(sum(c * np.exp(-q * s) for c, q in terms))
