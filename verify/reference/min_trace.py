"""The minimum-trace problem: min tr X subject to <A_i, X> = y_i, X positive semidefinite; the nuclear norm of such X is its trace.

cvxpy searches; rational arithmetic certifies. With rational data the answer carries a primal X and a dual nu in rationals such that A(X) = y,
X >= 0 and S = I - sum nu_i A_i >= 0 hold exactly, so that y.nu <= minimum <= tr X.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from verify.errors import BadInput
from verify.reference.exact_matrices import Matrix, fractions, kernel, positive_semidefinite, solve


@dataclass(frozen=True)
class TraceCertificate:
    """Exact bounds on the minimum trace. `unique` is proved: the kernel of S leaves one feasible X only."""

    primal: Matrix
    """X, (d, d)."""
    dual: Matrix
    """nu, (m,)."""
    unique: bool

    @property
    def value(self) -> Fraction:
        """tr X, an upper bound on the minimum."""
        return sum(self.primal.diagonal(), Fraction(0))


@dataclass(frozen=True)
class TraceMinimum:
    """What the solver found, and what is certified. `status` is empty, or the sentence that says why there is no answer."""

    matrix: np.ndarray
    """The solver's X; the certificate's where there is one with no gap. The error of a solver's X is about the square root of its gap."""
    dual: np.ndarray
    """The solver's nu, with S = I - sum nu_i A_i positive semidefinite."""
    value: float
    lower: Fraction | None
    """A certified lower bound on the minimum."""
    certificate: TraceCertificate | None
    status: str = ""

    @property
    def bounds(self) -> tuple[Fraction, Fraction] | None:
        """The certified bounds of the minimum, from below and from above; None where one is missing."""
        return None if self.certificate is None or self.lower is None else (self.lower, self.certificate.value)

    @property
    def gap(self) -> Fraction | None:
        """Certified upper bound minus certified lower bound; 0 when the optimum is exact."""
        return None if self.bounds is None else self.bounds[1] - self.bounds[0]


@dataclass(frozen=True)
class Infeasible:
    """No positive semidefinite X has A(X) = y: with these multipliers z, sum z_i A_i <= 0 although y.z > 0."""

    multipliers: Matrix
    status: str = "no positive semidefinite matrix has these observations; a rational combination of them proves it"


def min_trace(measurements: Matrix, observed: Matrix) -> TraceMinimum | Infeasible:
    """Solve and certify, for symmetric A_i (m, d, d) and y (m,) given as rationals or floats (which are rationals too).

    Raises:
        BadInput: shapes that do not fit or an asymmetric measurement.
    """
    import cvxpy as cp  # a second or more to import, which nothing else here needs
    from cvxpy.error import SolverError

    a, y = fractions(measurements), fractions(observed)
    if a.ndim != 3 or a.shape[1] != a.shape[2] or y.shape != a.shape[:1]:
        raise BadInput(
            f"the measurements have shape {a.shape} and the observations {y.shape}; they must be (m, d, d) and (m,)"
        )
    if (a != a.transpose(0, 2, 1)).any():
        raise BadInput(
            "a measurement matrix is not symmetric; replace A by (A + A.T) / 2, which measures the same symmetric matrices"
        )
    af, yf = a.astype(float), y.astype(float)
    d = a.shape[1]
    x: Any = cp.Variable((d, d), PSD=True)
    equations: list[Any] = [cp.trace(matrix @ x) == value for matrix, value in zip(af, yf, strict=True)]
    problem: Any = cp.Problem(cp.Minimize(cp.trace(x)), equations)
    try:
        problem.solve(solver=cp.CLARABEL)
    except SolverError:
        return _unsolved(a, "the solver failed; rescale the measurements and observations to sizes near 1")
    if problem.status in (cp.INFEASIBLE, cp.INFEASIBLE_INACCURATE):
        return _infeasible(a, y)
    if problem.status != cp.OPTIMAL or x.value is None:
        return _unsolved(a, f"the solver ended with the status {problem.status}")
    dual = np.array([float(equation.dual_value) for equation in equations])
    # Solvers differ in the sign of duals; ours is the one for which y.nu is the value.
    if abs(yf @ dual - problem.value) > abs(yf @ dual + problem.value):
        dual = -dual
    exact_dual = dual_bound(a, y, dual)
    lower = sum((u * v for u, v in zip(y, exact_dual, strict=True)), Fraction(0))
    certificate = _exact_optimum(a, y, exact_dual) or _feasible(a, y, exact_dual, x.value)
    matrix = x.value if certificate is None or certificate.value != lower else certificate.primal.astype(float)
    return TraceMinimum(matrix, dual, float(problem.value), lower, certificate)


def certified(measurements: Matrix, observed: Matrix, certificate: TraceCertificate) -> bool:
    """Whether the certificate holds exactly for these rational data: A(X) = y, X >= 0, S >= 0."""
    x, nu = certificate.primal, certificate.dual
    values = np.einsum("kij,ij->k", measurements, x)
    return (
        bool((values == observed).all())
        and positive_semidefinite(x)
        and positive_semidefinite(_slack(measurements, nu))
    )


def dual_bound(measurements: Matrix, observed: Matrix, dual: np.ndarray) -> Matrix:
    """Rational multipliers near `dual` with S = I - sum nu_i A_i positive semidefinite exactly.

    Small denominators first, in which a rational optimum is recovered (the solver's own multipliers are off by the square root of its
    gap, its value is not). Otherwise nu is shrunk towards 0, where S = I.
    """
    value = observed.astype(float) @ dual
    for denominator in (1, 2, 12, 60, 1000, 10**6):
        rounded = fractions(dual, denominator)
        close = np.abs(rounded.astype(float) - dual).max() < 1e-2 and float(observed @ rounded) > value - 1e-6 * (
            1 + abs(value)
        )
        if close and positive_semidefinite(_slack(measurements, rounded)):
            return rounded
    rounded = fractions(dual, 10**12)
    for digits in range(12, 0, -1):
        shrunk = rounded * (1 - Fraction(1, 10**digits))
        if positive_semidefinite(_slack(measurements, shrunk)):
            return shrunk
    return rounded * 0


def _slack(measurements: Matrix, dual: Matrix) -> Matrix:
    return fractions(np.eye(measurements.shape[1], dtype=int)) - np.einsum("k,kij->ij", dual, measurements)


def _exact_optimum(a: Matrix, y: Matrix, dual: Matrix) -> TraceCertificate | None:
    """The optimum on the face that the dual picks out, X = B Z B^T with S B = 0, if it is rational and has no gap."""
    b = kernel(_slack(a, dual))
    r = b.shape[1]
    pairs = [(i, j) for i in range(r) for j in range(i, r)]
    if not pairs:
        return None
    inside = np.einsum("ip,kij,jq->kpq", b, a, b)
    system = np.array([[inside[k, i, j] * (1 if i == j else 2) for i, j in pairs] for k in range(len(y))], dtype=object)
    solved = solve(system, list(y))
    if solved is None:
        return None
    z = fractions(np.zeros((r, r), dtype=int))
    for (i, j), entry in zip(pairs, solved[0], strict=True):
        z[i, j] = z[j, i] = entry
    certificate = TraceCertificate(b @ z @ b.T, dual, unique=solved[1])
    return certificate if certified(a, y, certificate) else None


def _feasible(a: Matrix, y: Matrix, dual: Matrix, found: np.ndarray) -> TraceCertificate | None:
    """A feasible rational X near the solver's: its projection onto A(X) = y, mixed with a strictly feasible one."""
    inner = _interior(a.astype(float), y.astype(float))
    if inner is None:
        return None
    near, centre = _projected(a, y, found), _projected(a, y, inner)
    if near is None or centre is None:
        return None
    for digits in range(9, -1, -1):
        share = Fraction(1, 10**digits)
        mixed = TraceCertificate((1 - share) * near + share * centre, dual, unique=False)
        if certified(a, y, mixed):
            return mixed
    return None


def _interior(a: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    import cvxpy as cp

    d = a.shape[1]
    x: Any = cp.Variable((d, d), symmetric=True)
    depth: Any = cp.Variable()
    equations: list[Any] = [cp.trace(matrix @ x) == value for matrix, value in zip(a, y, strict=True)]
    problem: Any = cp.Problem(cp.Maximize(depth), [x - depth * np.eye(d) >> 0, depth <= 1, *equations])
    problem.solve(solver=cp.CLARABEL)
    return x.value if problem.status == cp.OPTIMAL and depth.value > 1e-6 else None


def _projected(a: Matrix, y: Matrix, near: np.ndarray) -> Matrix | None:
    x = fractions((near + near.T) / 2, 10**10)
    flat = a.reshape(len(a), -1)
    solved = solve(flat @ flat.T, list(y - flat @ x.ravel()))
    return None if solved is None else x + (solved[0] @ flat).reshape(x.shape)


def _infeasible(a: Matrix, y: Matrix) -> TraceMinimum | Infeasible:
    import cvxpy as cp

    z: Any = cp.Variable(len(y))
    combination: Any = sum(z[k] * matrix for k, matrix in enumerate(a.astype(float)))
    problem: Any = cp.Problem(cp.Maximize(y.astype(float) @ z), [combination << 0, cp.abs(z) <= 1])
    problem.solve(solver=cp.CLARABEL)
    if z.value is not None:
        for denominator in (1, 2, 12, 60, 1000, 10**6):
            exact = fractions(z.value, denominator)
            if sum(exact * y) > 0 and positive_semidefinite(-np.einsum("k,kij->ij", exact, a)):
                return Infeasible(exact)
    return _unsolved(
        a,
        "the solver says that no positive semidefinite matrix has these observations, and no rational proof of it was found",
    )


def _unsolved(a: Matrix, status: str) -> TraceMinimum:
    m, d = a.shape[:2]
    return TraceMinimum(np.full((d, d), np.nan), np.full(m, np.nan), np.nan, None, None, status)
