"""min sum_j x_j (log(x_j / x_j(0)) - 1) subject to A x = y, in balls; and the linear programme to which it tends as x(0) falls to 0.

It is where the flow X' = -(A*(r) X + X A*(r)), r = A(X) - y, ends when the measurements commute: in their eigenbasis x = x(0) exp(A^T l).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb, arb_mat, ctx, fmpq
from scipy.optimize import linprog

from verify.reference.exact_matrices import Matrix, fractions, solve

BITS = 500


@dataclass(frozen=True)
class LinearOptimum:
    """min c.x, A x = y, x >= 0, proved optimal in rationals: slack = c - A^T nu >= 0, x >= 0, and slack_j x_j = 0 for every j."""

    primal: Matrix
    dual: Matrix
    slack: Matrix
    status: str = ""

    @property
    def nondegenerate(self) -> bool:
        """Whether x and nu are the only optima: x_j + slack_j > 0 for every j, with as many x_j > 0 as equations."""
        positive = sum(bool(x > 0) for x in self.primal)
        return positive == len(self.dual) and all(x + s > 0 for x, s in zip(self.primal, self.slack, strict=True))


@dataclass(frozen=True)
class EntropicOptimum:
    """Balls that contain the optimum x (d,) and its multipliers l (m,); empty lists, and a status, where none was verified."""

    primal: list[arb]
    dual: list[arb]
    status: str = ""


def linear_optimum(matrix: Matrix, observed: Matrix, weights: Matrix) -> LinearOptimum:
    """The vertex that HiGHS finds, recomputed and verified in rationals. A (m, d), y (m,), c (d,), rational or float."""
    a, y, c = fractions(matrix), fractions(observed), fractions(weights)
    found = linprog(c.astype(float), A_eq=a.astype(float), b_eq=y.astype(float), bounds=(0, None), method="highs-ds")
    none = fractions(np.zeros(0, dtype=int))
    if found.status != 0:
        return LinearOptimum(none, none, none, f"the linear programme has no optimum: {found.message}")
    basis = [j for j in range(a.shape[1]) if found.x[j] > 1e-9 * max(1.0, found.x.max())]
    inside, across = solve(a[:, basis], list(y)), solve(a[:, basis].T, [c[j] for j in basis])
    if inside is None or across is None:
        return LinearOptimum(
            none, none, none, "the solver's vertex is degenerate, and no rational optimum was read off it"
        )
    x = fractions(np.zeros(a.shape[1], dtype=int))
    x[basis] = inside[0]
    slack = c - across[0] @ a
    if min(x) < 0 or min(slack) < 0:
        return LinearOptimum(none, none, none, "the solver's vertex is not optimal in rational arithmetic")
    return LinearOptimum(x, across[0], slack)


def entropic_optimum(
    matrix: Matrix, observed: Matrix, decimals: int, *, powers: Matrix, scales: Matrix, guess: np.ndarray
) -> EntropicOptimum:
    """The optimum for x_j(0) = b_j alpha^(c_j), alpha = 10^-decimals, c = `powers` and b = `scales` (d,), all rational.

    Damped Newton steps on the dual, sum_j x_j(l) - y.l, from l = log(1/alpha) * `guess` (m,), then one verifying interval Newton step.
    A good guess is the dual of `linear_optimum` with the weights c.
    """
    before, ctx.prec = ctx.prec, BITS
    try:
        a = arb_mat([[_ball(entry) for entry in row] for row in fractions(matrix)])
        y = arb_mat([[_ball(entry)] for entry in fractions(observed)])
        depth = decimals * arb(10).log()
        log_start = [
            _ball(b).log() - _ball(c) * depth for b, c in zip(fractions(scales), fractions(powers), strict=True)
        ]
        point = _middle(arb_mat([[depth * float(entry)] for entry in guess]))
        for _ in range(500):
            x = _primal(a, log_start, point)
            move = _middle(_curvature(a, x).solve(a * x - y))
            rise = a.transpose() * move
            size = max(abs(float(rise[j, 0])) for j in range(rise.nrows()))
            # A step moves log x by at most 1: beyond it the quadratic model of exp is no guide.
            point = _middle(point - arb(min(1.0, 1 / size) if size else 1.0) * move)
            if size < 1e-90:
                break
        return _verified(a, y, log_start, point)
    except ZeroDivisionError:
        return EntropicOptimum([], [], "the equations are linearly dependent, or the observations infeasible")
    finally:
        ctx.prec = before


def _verified(a: arb_mat, y: arb_mat, log_start: Sequence[arb], point: arb_mat) -> EntropicOptimum:
    """Interval Newton: if point - J(box)^-1 r(point) lies inside the box, the box holds exactly one solution."""
    radius = arb(0, arb(10) ** -80)
    box = arb_mat([[point[i, 0] + radius] for i in range(point.nrows())])
    moved = point - _curvature(a, _primal(a, log_start, box)).solve(a * _primal(a, log_start, point) - y)
    if not all(box[i, 0].contains_interior(moved[i, 0]) for i in range(point.nrows())):
        return EntropicOptimum(
            [], [], "Newton's method did not converge; the observations may be infeasible, or the guess far off"
        )
    x = _primal(a, log_start, moved)
    return EntropicOptimum([x[j, 0] for j in range(x.nrows())], [moved[i, 0] for i in range(moved.nrows())])


def _primal(a: arb_mat, log_start: Sequence[arb], dual: arb_mat) -> arb_mat:
    raised = a.transpose() * dual
    return arb_mat([[(start + raised[j, 0]).exp()] for j, start in enumerate(log_start)])


def _curvature(a: arb_mat, x: arb_mat) -> arb_mat:
    scaled = arb_mat([[a[i, j] * x[j, 0] for j in range(a.ncols())] for i in range(a.nrows())])
    return scaled * a.transpose()


def _middle(matrix: arb_mat) -> arb_mat:
    return arb_mat([[matrix[i, j].mid() for j in range(matrix.ncols())] for i in range(matrix.nrows())])


def _ball(number: Fraction) -> arb:
    return arb(fmpq(number.numerator, number.denominator))
