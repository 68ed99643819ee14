"""Optima of convex quadratic and linear programmes in exact rational arithmetic: minimise 1/2 x'Px + q'x, Gx >= h, Ax = b."""

from __future__ import annotations

from collections.abc import Mapping

from flint import fmpq, fmpq_mat

from ..refusals import Refused
from .semidefinite import semidefinite


def enclosed(p: Mapping[str, fmpq_mat], x: fmpq_mat, u: fmpq_mat, y: fmpq_mat, z: fmpq_mat) -> tuple[fmpq, fmpq]:
    """The interval in which the minimum lies, by numbers that are found: a single point when the gap is zero.

    A feasible x bounds it from above. Dual variables y >= 0 of the rows of G and z of those of A with Pu + q = G'y + A'z at
    some u bound it from below, by convexity: by h'y + b'z - 1/2 u'Pu. Refused, with a sentence, when they do not.
    """
    if not semidefinite(p["P"].tolist()):
        raise Refused("the problem is not convex")
    if any(c < 0 for c in y.entries()):
        raise Refused("a dual variable of an inequality is negative")
    if any(c < 0 for c in (p["G"] * x - p["h"]).entries()) or any(c != 0 for c in (p["A"] * x - p["b"]).entries()):
        raise Refused("the primal point is not feasible")
    if p["P"] * u + p["q"] != p["G"].transpose() * y + p["A"].transpose() * z:
        raise Refused("the dual variables do not balance the gradient")
    high = x.transpose() * (p["P"] * x / 2 + p["q"])
    low = p["h"].transpose() * y + p["b"].transpose() * z - u.transpose() * (p["P"] * u) / 2
    return low[0, 0], high[0, 0]
