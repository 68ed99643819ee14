"""The hard-margin support vector machine, solved by Clarabel and then exactly: min |w|^2/2 subject to z_n . w >= 1."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat

from verify.errors import BadInput
from verify.reference.active_set import Contradiction, Optimum, independent_start, settle
from verify.reference.conic import solve
from verify.reference.exact_simplex import minimise
from verify.reference.rationals import column, fractions, independent, rational_matrix, select


@dataclass(frozen=True)
class MaxMargin:
    """The exact optimum: w = sum_n alpha_n z_n with z_n . w >= 1, alpha >= 0 and |w|^2 = sum_n alpha_n, all in
    rationals."""

    primal: tuple[Fraction, ...]
    """w, the shortest vector with margins of at least 1."""

    dual: tuple[Fraction, ...]
    """alpha; of several optimal ones, one whose least entry on the margin points is as large as possible."""

    margin_points: tuple[int, ...]
    """All n with z_n . w = 1."""

    unique: bool
    """Whether the dual is unique: the margin points are linearly independent."""

    degenerate: bool
    """Whether a margin point has alpha_n = 0 in every optimal dual, the exception of measure zero."""

    pivots: int
    """Examples that exact arithmetic added to the active set read off the solver's answer, or dropped from it."""

    solver_gap: float
    """Duality gap |w|^2/2 - (sum alpha - |Z^T alpha|^2/2) of the solver's own answer; NaN when it gave none."""

    @property
    def support(self) -> tuple[int, ...]:
        """All n with alpha_n > 0."""
        return tuple(n for n, value in enumerate(self.dual) if value > 0)

    @property
    def gamma_squared(self) -> Fraction:
        """The square of the largest normalised margin, 1/|w|^2 = 1/sum(alpha)."""
        return 1 / sum(self.dual, Fraction(0))

    @property
    def gamma(self) -> float:
        """The largest min_n z_n . v over |v| = 1."""
        return float(self.gamma_squared) ** 0.5

    @property
    def w(self) -> np.ndarray:
        """The optimum in float64."""
        return np.array([float(value) for value in self.primal])

    @property
    def alpha(self) -> np.ndarray:
        """The dual in float64."""
        return np.array([float(value) for value in self.dual])

    def certificate(self) -> dict[str, Any]:
        """What was found, for a checker that has the problem: the primal and the dual as strings of rationals."""
        return {
            "kind": "optimum",
            "primal": [str(value) for value in self.primal],
            "dual": [str(value) for value in self.dual],
        }


@dataclass(frozen=True)
class NotSeparable:
    """No w has z_n . w > 0 for all n, because sum_n dual_n z_n = 0 with dual >= 0 and sum_n dual_n = 1 (Gordan's
    theorem)."""

    dual: tuple[Fraction, ...]

    @property
    def rows(self) -> tuple[int, ...]:
        """The examples that contradict each other: all n with dual_n > 0."""
        return tuple(n for n, value in enumerate(self.dual) if value > 0)

    def certificate(self) -> dict[str, Any]:
        """What was found, for a checker that has the problem: the dual as strings of rationals."""
        return {"kind": "infeasible", "dual": [str(value) for value in self.dual]}


def max_margin(z: Any) -> MaxMargin | NotSeparable:
    """The maximum margin of the rows z_n = y_n x_n, exactly.

    `z` has shape (N, d), with integers, fractions or floats (each float is the dyadic rational that it is). Clarabel's
    solution only suggests an active set; the dual active-set method of Goldfarb and Idnani (Math. Programming 27, 1983)
    then runs in rationals, adding violated examples and dropping those whose multiplier reaches zero, until every sign
    is exact. Each full step raises the dual objective, so it ends; and it ends with Gordan's certificate where the rows
    are not separable.

    Rows that were solved lately are not solved again: a family's filter, its observation and its experiment ask for the same ones.

    Raises BadInput for an empty matrix and for entries that are not finite.
    """
    exact = rational_matrix(z)
    return _solved(exact.nrows(), tuple(exact.entries()))


@lru_cache(maxsize=64)
def _solved(examples: int, entries: tuple[fmpq, ...]) -> MaxMargin | NotSeparable:
    exact = fmpq_mat(examples, len(entries) // examples, list(entries))
    approximate = np.array([[float(entry) for entry in row] for row in exact.tolist()])
    guess, gap = _solver(approximate)
    if guess is None:
        start = [], []
        contradiction = _contradiction(exact, approximate)
    else:
        start = independent_start(
            exact, [int(n) for n in np.argsort(-guess, kind="stable") if guess[n] > 1e-6 * guess.max()]
        )
        contradiction = None
    result = contradiction or settle(exact, *start)
    if isinstance(result, Contradiction):
        return NotSeparable(
            fractions(_spread(result.rows, result.weights, exact.nrows(), 1 / sum(result.weights, fmpq(0))))
        )
    points = [n for n, margin in enumerate(result.margins) if margin == 1]
    dual, unique = _dual(exact, points, result)
    return MaxMargin(
        primal=fractions(result.w),
        dual=fractions(dual),
        margin_points=tuple(points),
        unique=unique,
        degenerate=any(dual[n] == 0 for n in points),
        pivots=result.changes,
        solver_gap=gap,
    )


def hard_margin(z: Any) -> MaxMargin:
    """`max_margin` of rows that are known to be separable.

    Raises BadInput where they are not, naming the rows that contradict each other; `max_margin` returns that certificate.
    """
    found = max_margin(z)
    if isinstance(found, NotSeparable):
        raise BadInput(
            f"the rows {', '.join(map(str, found.rows))} contradict each other: no w has z_n . w > 0 on all of them; "
            "give separable rows, or call max_margin, which returns the certificate"
        )
    return found


def separator(inputs: np.ndarray, labels: np.ndarray) -> tuple[Fraction, np.ndarray]:
    """The square of the largest linear margin, exactly, and the unit vector that attains it; 0 and the zero vector without one.

    Repeated examples, such as mirror images, are left out, and data are solved once.
    """
    z = np.ascontiguousarray(np.unique(labels[:, None] * inputs, axis=0), dtype=float)
    return _separator(z.tobytes(), z.shape)


@lru_cache(maxsize=256)
def _separator(rows: bytes, shape: tuple[int, int]) -> tuple[Fraction, np.ndarray]:
    found = max_margin(np.frombuffer(rows).reshape(shape))
    if isinstance(found, NotSeparable):
        return Fraction(0), np.zeros(shape[1])
    return found.gamma_squared, found.w * found.gamma


def _dual(z: fmpq_mat, points: list[int], optimum: Optimum) -> tuple[list[fmpq], bool]:
    """The optimal dual whose least entry on the margin points is largest, and whether there is only one.

    With a basis of the margin points that contains the active ones, every margin point has coordinates c_n, and a dual
    is an x >= 0 with sum_n x_n c_n = the coordinates of w. With x = s + beta this is the linear program max s over s,
    beta >= 0.
    """
    ordered = [*optimum.active, *(n for n in points if n not in optimum.active)]
    chosen = independent(select(z, ordered).transpose())
    if len(chosen) == len(ordered):
        return _spread(optimum.active, optimum.alpha, z.nrows()), True
    basis, everything = select(z, [ordered[k] for k in chosen]), select(z, ordered)
    coordinates = (basis * basis.transpose()).solve(basis * everything.transpose())
    sums = (coordinates * column([fmpq(1)] * len(ordered))).entries()
    table = fmpq_mat([[*row, total] for row, total in zip(coordinates.tolist(), sums, strict=True)])
    weights = _spread(optimum.active, optimum.alpha, z.nrows())
    right = [weights[ordered[k]] for k in chosen]
    best = minimise([fmpq(0)] * len(ordered) + [fmpq(-1)], table, right, chosen)
    assert best is not None, "sum alpha = |w|^2 bounds every dual"
    return _spread(ordered, [beta + best.x[-1] for beta in best.x[:-1]], z.nrows()), False


def _spread(rows: list[int], weights: list[fmpq], size: int, scale: fmpq | int = 1) -> list[fmpq]:
    """A vector of the given size that is zero outside the rows."""
    vector = [fmpq(0)] * size
    for n, weight in zip(rows, weights, strict=True):
        vector[n] = weight * scale
    return vector


def _solver(z: np.ndarray) -> tuple[np.ndarray | None, float]:
    """Clarabel's dual and its gap, or None and NaN when it did not solve the problem."""
    scale = np.sqrt((z * z).sum(1)).max() or 1.0
    examples, features = z.shape
    found = solve(np.zeros(features), -z / scale, -np.ones(examples), nonnegative=examples, P=np.eye(features))
    if found.outcome != "solved":
        return None, float("nan")
    pulled = found.dual @ z / scale
    gap = (found.x @ found.x + pulled @ pulled) / 2 - found.dual.sum()
    return found.dual / scale**2, float(gap / scale**2)


def _contradiction(exact: fmpq_mat, approximate: np.ndarray) -> Contradiction | None:
    """Gordan's certificate on the support of a float one, where it is a certificate exactly."""
    from scipy.optimize import linprog  # half a second to import, for data that are not separable

    examples, features = approximate.shape
    equations = np.vstack([approximate.T, np.ones(examples)])
    right = np.append(np.zeros(features), 1.0)
    found = linprog(np.zeros(examples), A_eq=equations, b_eq=right, bounds=(0, None), method="highs-ds")
    if found.status != 0:
        return None
    rows = [int(n) for n in np.flatnonzero(found.x > 1e-9)]
    reduced, rank = select(exact, rows).transpose().rref()
    if rank != len(rows) - 1 or independent(reduced) != list(range(rank)):
        return None
    weights = [*(-reduced[i, rank] for i in range(rank)), fmpq(1)]
    return Contradiction(rows, weights) if min(weights) >= 0 else None
