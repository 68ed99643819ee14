"""`low_rank_report`: what a small initialisation does to a factorised problem of your own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from verify.dynamics.factorised_flow import Path as Trajectories
from verify.dynamics.factorised_flow import factorised_flow, scaled_factor
from verify.dynamics.glrl import Saddle, greedy_low_rank, tangent_rates
from verify.errors import BadInput
from verify.models.factorisation import Objective, Quadratic
from verify.networks.low_rank_data import Problem, problem_from, real_array
from verify.networks.report import Report
from verify.reference.min_trace import Infeasible, TraceMinimum, min_trace

LARGEST_RUN = 6000
"""Steps of the flow; beyond it the visits are left out with a sentence rather than computed for minutes."""
LEAST_SCALE = 1e-200
"""The smallest alpha; smaller starts underflow when they are squared."""

FLOOR = 1e-9
"""Distances below it are the integrator's rounding, so no exponent is read off them."""


@dataclass(frozen=True)
class Visit:
    """How close the flow from the scale `alpha` (of W) comes to each saddle of the greedy path, and where it ends."""

    alpha: float
    distances: tuple[float, ...]
    trace: float
    """tr W at the end."""
    to_minimum_trace: float | None
    """The distance of the end to the minimum-trace solution."""


@dataclass(frozen=True)
class LowRankReport(Report):
    """Everything measured; `notes` are sentences about what could not be."""

    size: int
    path: tuple[Saddle, ...]
    visits: tuple[Visit, ...]
    minimum_trace: TraceMinimum | None
    notes: tuple[str, ...]

    forms = "verify.networks.low_rank_pages"

    @property
    def gaps(self) -> tuple[float, ...]:
        """(mu_1 - mu_2)/mu_1 at each saddle that the path leaves, mu the eigenvalues of -F: 0 means that the next direction is not determined."""
        return tuple(float((s.rates[0] - s.rates[1]) / s.rates[0]) if len(s.rates) > 1 else 1.0 for s in self.path[:-1])

    @property
    def slopes(self) -> tuple[float | None, ...]:
        """The exponent of alpha in the distance to each saddle but the first, between the two smallest scales; None below the solver's floor."""
        if len(self.visits) < 2:
            return ()
        last, previous = self.visits[-1], self.visits[-2]
        ratio = np.log(last.alpha / previous.alpha)
        return tuple(
            float(np.log(a / b) / ratio) if a > FLOOR else None for a, b in zip(last.distances, previous.distances, strict=True)
        )  # fmt: skip


def low_rank_report(
    f: Callable[[torch.Tensor], torch.Tensor] | None = None,
    *,
    size: int | None = None,
    entries: Mapping[tuple[int, int], float] | None = None,
    measurements: np.ndarray | None = None,
    observed: np.ndarray | None = None,
    file: str | Path | None = None,
    start: np.ndarray | None = None,
    alphas: Sequence[float] = (1e-2, 1e-4, 1e-6, 1e-8),
) -> LowRankReport:
    """The greedy low-rank path of a problem, the flow's visits to it as the start shrinks, and the minimum-trace solution.

    Args:
        f: a torch function of one symmetric (size, size) float64 matrix, size at most 50; its gradient flow is that of f(U U^T)/2 in U.
        entries: instead of f, observed entries {(i, j): value} of a symmetric matrix, indices from 0.
        measurements, observed: instead of f, symmetric A_i (m, d, d) and y_i = <A_i, W> (m,).
        file: instead of f, a .csv with the columns i, j, value, or a .npz with the arrays A and y.
        start: B, so that the flow starts at W = alpha B; the identity by default.
        alphas: the scales of W at the start, falling.

    Raises:
        BadInput: a problem, start or scale that cannot be used, in one sentence.
    """
    problem = problem_from(f, size, entries, measurements, observed, file)
    d = problem.objective.size
    shape, scales = _start(start, d), _scales(alphas)
    notes: list[str] = []
    reference = (
        None
        if problem.measurements is None or problem.observed is None
        else min_trace(problem.measurements, problem.observed)
    )
    if isinstance(reference, Infeasible):
        raise BadInput(f"the observations are infeasible: {reference.status}")
    if reference is not None and reference.status:
        notes.append(reference.status)
    path = greedy_low_rank(problem.objective)
    if float(path[0].rates[0]) <= 0:
        notes.append(
            "-grad f(0) has no positive eigenvalue, so a small start stays small: W = 0 is already a minimiser if f is convex"
        )
    if not abs(path[-1].value) < 1e100:
        raise BadInput(
            "f has no minimum along the greedy path; it must be bounded below on the positive semidefinite matrices"
        )
    if path[-1].status:
        notes.append(f"the greedy path stops at rank {path[-1].rank}: {path[-1].status}")
    visits = _visits(problem, path, shape, scales, reference, notes) if len(path) > 1 else ()
    return LowRankReport(d, tuple(path), visits, reference, tuple(notes))


def _start(start: np.ndarray | None, d: int) -> torch.Tensor:
    b = np.eye(d) if start is None else real_array(start, "the start B")
    if b.shape != (d, d):
        raise BadInput(f"the start has shape {b.shape}; it must be ({d}, {d})")
    if not np.allclose(b, b.T, rtol=0, atol=1e-12 * np.abs(b).max()):
        raise BadInput("the start is not symmetric; a product U U^T is")
    least = float(np.linalg.eigvalsh(b)[0])
    if least <= 0:
        raise BadInput(
            f"the start has the eigenvalue {least:.3g}; it must be positive definite, since the flow never leaves the range of its start"
        )
    largest = float(np.abs(b).max())
    if not 1e-3 <= largest <= 1e3:
        raise BadInput(f"the largest entry of the start B is {largest:.3g}; take B near 1 and give its scale in alphas")
    return torch.tensor(b)


def _scales(alphas: Sequence[float]) -> torch.Tensor:
    try:
        scales = [float(alpha) for alpha in alphas]
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput(
            f"alphas={' '.join(repr(alphas).split()):.80} is not a sequence of numbers; give scales such as (1e-2, 1e-4)"
        ) from error
    if not scales or not all(LEAST_SCALE <= a < np.inf for a in scales) or any(b >= a for a, b in pairwise(scales)):
        raise BadInput(
            f"the scales are {scales!s:.80}; give numbers from {LEAST_SCALE:g} in falling order, such as 1e-2, 1e-4, 1e-6"
        )
    return torch.tensor(scales, dtype=torch.float64)


def _visits(
    problem: Problem,
    path: list[Saddle],
    shape: torch.Tensor,
    alphas: torch.Tensor,
    reference: TraceMinimum | None,
    notes: list[str],
) -> tuple[Visit, ...]:
    horizon, steps = _clock(problem.objective, path, alphas)
    if steps > LARGEST_RUN:
        notes.append(
            f"the flow would need {steps} steps, more than {LARGEST_RUN}; give larger scales alpha to see its visits"
        )
        return ()
    trajectories = factorised_flow(problem.objective, scaled_factor(alphas, shape), horizon, steps=steps)
    while any(trajectories.status) and 2 * steps <= LARGEST_RUN:
        steps *= 2
        trajectories = factorised_flow(problem.objective, scaled_factor(alphas, shape), horizon, steps=steps)
    if any(trajectories.status):
        notes.append(
            f"the visits are left out, since {steps} steps do not follow the flow from these scales; f may be unbounded below, or alpha large"
        )
        return ()
    return _read(trajectories, path, alphas, reference)


def _clock(objective: Objective, path: list[Saddle], alphas: torch.Tensor) -> tuple[torch.Tensor, int]:
    """Times that cover every phase, log(1/alpha)/(2 mu_1) each, and the rest, and steps short against the fastest rate at any saddle."""
    leaving = [float(saddle.rates[0]) for saddle in path if float(saddle.rates[0]) > 1e-7 * float(path[0].rates[0])]
    settling = -tangent_rates(objective, path[-1].factor)
    slowest = min(*leaving, *settling[settling > 1e-6 * float(path[0].rates[0])].tolist())
    horizon = sum(1 / (2 * rate) for rate in leaving) * torch.log(1 / alphas).clamp(min=3) + 40 / slowest
    fastest = 0.0
    for saddle in path:
        w = saddle.matrix
        change = (
            objective.curvature(w, w)
            if isinstance(objective, Quadratic)
            else objective.gradient(w) - objective.gradient(0 * w)
        )
        fastest = max(fastest, float(saddle.rates.abs().max()), float(torch.linalg.matrix_norm(change, 2)))
        if saddle.rank:
            fastest = max(fastest, float(tangent_rates(objective, saddle.factor).abs().max()) / 3)
    return horizon, int(np.ceil(4 * fastest * float(horizon.max())))


def _read(
    trajectories: Trajectories, path: list[Saddle], alphas: torch.Tensor, reference: TraceMinimum | None
) -> tuple[Visit, ...]:
    batch = len(alphas)
    distances = torch.stack([trajectories.closest(saddle.matrix.expand(batch, -1, -1))[0] for saddle in path[1:]], 1)
    ends = trajectories.matrices[:, -1]
    to_trace = None
    if reference is not None and not reference.status:
        to_trace = (ends - torch.tensor(reference.matrix)).norm(dim=(1, 2))
    return tuple(
        Visit(
            float(alphas[k]), tuple(distances[k].tolist()), float(ends[k].trace()), None if to_trace is None else float(to_trace[k])
        )
        for k in range(batch)
    )  # fmt: skip
