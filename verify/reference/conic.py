"""Cone programmes in the solver's own form: minimise x.Px/2 + q.x subject to b - A x in a product of cones.

cvxpy brings a programme into this form and hands it to the same solver; for programmes whose matrices are known, that
and its import take a hundred times as long as the solution.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import clarabel as _clarabel
import numpy as np
from scipy.sparse import csc_array

clarabel: Any = _clarabel  # compiled, without type stubs
Outcome = Literal["solved", "infeasible", "failed"]


class Solved(NamedTuple):
    """What the solver found: untrusted, and recomputed exactly by whoever asks."""

    outcome: Outcome
    x: np.ndarray
    dual: np.ndarray
    """One multiplier for each row of A, in the dual cones."""


def solve(
    q: np.ndarray,
    A: Any,
    b: np.ndarray,
    *,
    nonnegative: int,
    balls: Sequence[int] = (),
    P: Any = None,
    tolerance: float | None = None,
) -> Solved:
    """Minimise x.Px/2 + q.x subject to b - A x in the cones.

    The first `nonnegative` rows of b - A x are nonnegative; the next ones are second-order cones (t, u) with |u| <= t,
    of the sizes in `balls`. P and A are matrices, dense or sparse, P positive semidefinite. `tolerance` replaces the
    solver's own for gap and feasibility. An inaccurate solution counts as one, as does an inaccurate certificate of
    infeasibility; "failed" is everything else.
    """
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    if tolerance is not None:
        settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = tolerance
    cones = [clarabel.NonnegativeConeT(nonnegative), *map(clarabel.SecondOrderConeT, balls)]
    quadratic = csc_array((len(q), len(q))) if P is None else csc_array(np.triu(P))
    found = clarabel.DefaultSolver(quadratic, q, csc_array(A), b, cones, settings).solve()
    status = str(found.status)
    outcome: Outcome = "failed"
    if status in ("Solved", "AlmostSolved"):
        outcome = "solved"
    elif status in ("PrimalInfeasible", "AlmostPrimalInfeasible"):
        outcome = "infeasible"
    return Solved(outcome, np.array(found.x), np.array(found.z))
