"""Weak errors of a chain against a diffusion on a spectral grid: at every start, every step and for several test functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.linalg import expm

from verify.dynamics.spectral import TAIL, Grid

FLOOR, FLOOR_PER_STEP = 1e-13, 4e-15
"""Rounding of the engine, which grows with the number of steps (measured against smooth expansions: 2.6e-12 after 1,024)."""

Supremum = Callable[[np.ndarray], float]

BLOCK = 64
"""The most powers that are propagated together; fewer on large grids, where doubling costs more than it saves."""


@dataclass(frozen=True)
class WeakError:
    """sup over k <= K, starts and test functions of |E g(x_k) - E g(X_{k tau})|.

    `final` is the same at k = K only; `tail` the worst relative tail of the propagated functions (see `Grid.tail`).
    """

    error: float
    final: float
    tail: float


def resolution_status(tail: float, allowed: float = TAIL) -> str:
    """Empty, or the sentence that says why numbers with such a tail must not be used."""
    if tail <= allowed:
        return ""
    return f"under-resolved: the propagated functions' coefficients end at {tail:.1e} of the largest, and at most {allowed:.0e} is allowed; use more nodes"


def weak_error(
    grid: Grid,
    chain: np.ndarray,
    semigroup: np.ndarray,
    tests: np.ndarray,
    steps: int,
    supremum: Supremum | None = None,
) -> WeakError:
    """The weak error over `steps` steps.

    Args:
        chain: one-step expectation, (n, n).
        semigroup: exp(tau L) for the time tau of one step, (n, n).
        tests: values of the test functions at the nodes, (n, functions). Take at least three: errors can cancel for one.
        supremum: of the modulus of functions over all starts, from their values at the nodes (n, functions); used at the step at
            which the nodes' largest value occurs. As the step size changes, a supremum over the nodes alone jumps from one to the
            next, which bends the exponents.
    """
    first, number = 0, tests.shape[1]
    measure = supremum or (lambda at: float(np.abs(at).max()))
    highest: list[tuple[float, np.ndarray]] = []
    ends, final = [], tests[:0]
    for ours, theirs in zip(_trajectory(chain, tests, steps), _trajectory(semigroup, tests, steps), strict=True):
        kept = min(ours.shape[1] // number, steps + 1 - first)
        gap = (ours - theirs)[:, : kept * number]
        by_step = np.maximum(gap.max(0), -gap.min(0)).reshape(kept, number).max(1)
        k = int(by_step.argmax())
        highest.append((float(by_step[k]), gap[:, k * number : (k + 1) * number].copy()))
        final = gap[:, -number:].copy()
        # The tail grows with time: the first and the last functions of a block tell as much as all of them.
        chosen = np.r_[0:number, (kept - 1) * number : kept * number]
        ends += [ours[:, chosen], theirs[:, chosen]]
        first += kept
    # Between its nodes no resolved function exceeds what it reaches at them by as much as a tenth.
    top, last = max(value for value, _ in highest), measure(final)
    worst = max(last, measure(np.concatenate([at for value, at in highest if value >= 0.9 * top], 1)))
    return WeakError(worst, last, grid.tail(np.concatenate(ends, 1)))


def largest_gap(grid: Grid, ours: np.ndarray, theirs: np.ndarray, window: np.ndarray) -> WeakError:
    """The weak error from both trajectories (steps + 1, n, functions), where the nodes of `window`, a mask, count as starts."""
    gap = np.abs(ours - theirs)[:, window].max((1, 2))
    ends = np.concatenate([found[row] for found in (ours, theirs) for row in (1, len(gap) // 2, -1)], 1)
    return WeakError(float(gap.max()), float(gap[-1]), grid.tail(ends))


def trajectory(matrix: np.ndarray, tests: np.ndarray, steps: int) -> np.ndarray:
    """matrix^k tests for k = 0, ..., steps, of shape (steps + 1, n, functions)."""
    blocks = [block.reshape(len(tests), -1, tests.shape[1]) for block in _trajectory(matrix, tests, steps)]
    return np.concatenate(blocks, 1)[:, : steps + 1].swapaxes(0, 1)


def _trajectory(matrix: np.ndarray, tests: np.ndarray, steps: int) -> Iterator[np.ndarray]:
    """matrix^k tests for k = 0, ..., steps (and a few beyond), side by side in blocks of up to `BLOCK` powers.

    Powers are made by doubling, so that the work is products of matrices: on 129 nodes twenty times faster than step after step.
    """
    block, power = tests, matrix
    while block.shape[1] < min(steps + 1, BLOCK, 16 * steps // len(matrix)) * tests.shape[1]:
        block = np.concatenate([block, power @ block], 1)
        power = power @ power
    for _ in range(0, steps + 1, block.shape[1] // tests.shape[1]):
        yield block
        block = power @ block


@dataclass(frozen=True)
class Ladder:
    """Weak errors at several steps, and the sentence that says why they must not be used (empty if they may)."""

    errors: np.ndarray
    steps: np.ndarray
    status: str

    @property
    def log_bars(self) -> np.ndarray:
        """Error bars of log(errors), from rounding."""
        return (FLOOR + FLOOR_PER_STEP * self.steps) / self.errors


def ladder(found: Mapping[int, WeakError], allowed: float = TAIL) -> Ladder:
    """Collects the weak errors of one chain, by the number of steps; `allowed` is the largest tail with which they count."""
    status = resolution_status(max(row.tail for row in found.values()), allowed)
    return Ladder(np.array([row.error for row in found.values()]), np.array(list(found)), status)


def semigroup(generator: np.ndarray, time: float) -> np.ndarray:
    """exp(time L)."""
    return expm(generator * time)


def semigroups(generator: np.ndarray, time: float, halvings: int) -> list[np.ndarray]:
    """exp(time L / 2^j) for j = 0, ..., halvings, by one matrix exponential and repeated squaring."""
    found = [expm(generator * (time / 2**halvings))]
    for _ in range(halvings):
        found.append(found[-1] @ found[-1])
    return found[::-1]


def predicted_constant(
    generator: np.ndarray,
    error_operator: np.ndarray,
    tests: np.ndarray,
    horizon: float,
    times: int = 16,
    supremum: Supremum | None = None,
) -> float:
    """The leading constant C of the weak error C h^p: sup over t <= horizon, starts, tests of |int_0^t e^{(t-s)L} R e^{sL} g ds|.

    `generator` is L at step zero and `error_operator` the leading local error R per unit of time, so that one step adds
    h^(p+1) R g (Talay & Tubaro 1990). The integral is the corner of one matrix exponential, exp of t [[L, R], [0, L]] (Van Loan 1978),
    so that it has no quadrature error. The supremum over t is taken at `times` equidistant times.
    """
    n = len(generator)
    block = np.block([[generator, error_operator], [np.zeros((n, n)), generator]])
    step = expm(block * (horizon / times))
    state = np.concatenate([np.zeros_like(tests), tests])
    worst = 0.0
    for _ in range(times):
        state = step @ state
        at = state[:n]
        worst = max(worst, supremum(at) if supremum else float(np.abs(at).max()))
    return worst
