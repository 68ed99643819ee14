"""Batches of leaky ReLU flows on data of several shapes, and their measurements with rates and errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch

from verify.dynamics.rescaled_flow import RK4, Clock, Tableau, Visits, rates, rescaled_flow
from verify.evidence.trace import Column
from verify.models.network import Examples
from verify.models.two_layer_leaky import TwoLayerLeaky, widened

ROUNDING = 1e-13
"""Relative error of evaluating a measurement at a state; the margins of 64 neurons on 720 examples lose 2e-15."""

_LARGE = 1000
"""Numbers in the inputs from which cases of different widths are run in batches of their own, and so are both steps."""

Measure = Callable[[TwoLayerLeaky, Examples, torch.Tensor, Mapping[str, torch.Tensor]], torch.Tensor]
"""f(network, data, theta (b, R, d), given) of shape (b, R) or (b, R, ...): a function of the state."""


@dataclass(frozen=True)
class LeakyCase:
    """One network at its start: theta of width m, its slope, its data, its targets, and what measurements are given."""

    theta: np.ndarray
    width: int
    alpha: float
    inputs: np.ndarray
    labels: np.ndarray
    targets: np.ndarray
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Group:
    """Cases whose data have one shape, as one batch."""

    members: list[int]
    network: TwoLayerLeaky
    data: Examples
    given: dict[str, torch.Tensor]
    fine: Visits
    coarse: Visits


@dataclass(frozen=True)
class LeakyPaths:
    """What a batch of flows visited: a fine run, and a coarse one with twice the step for the errors."""

    size: int
    groups: tuple[_Group, ...]

    @property
    def status(self) -> list[str]:
        """One sentence for each case, empty where every row of both runs was reached."""
        return self._spread(lambda group: [a or b for a, b in zip(group.fine.status, group.coarse.status, strict=True)])

    @property
    def device(self) -> str:
        """Where the states are."""
        return self.groups[0].fine.theta.device.type

    @property
    def counts(self) -> np.ndarray:
        """Crossings, branchings and slides of each case, (cases, 3); zero if the flow was not watched."""
        counts = [torch.stack([g.fine.crossings, g.fine.branchings, g.fine.slides], -1) for g in self.groups]
        return self._join(counts)

    def final(self, case: int) -> np.ndarray:
        """theta in the last row of a case, padded to the width of its group."""
        group, place = self._place(case)
        return group.fine.theta[place, -1].cpu().numpy()

    def width(self, case: int) -> int:
        """The padded width."""
        return self._place(case)[0].network.width

    def column(
        self, measure: Measure, over: tuple[str, ...] = ("t",), *, log: bool = False, rate: bool = False
    ) -> Column:
        """A function of the state in every row; `log` says that it returns the logarithm of the quantity.

        The flow error is the distance of the fine run from the coarse one, with twice its step: for a method of order p
        it exceeds the error of the fine run by about 2^p - 1. `rate`, for one number a state, is per unit of the
        rescaled clock s of each row, for quotients of rates.
        """
        fine, coarse, speeds = [], [], []
        for group in self.groups:
            state = _Stated(group, measure)
            coarse.append(state(group.coarse.theta))
            if rate:
                value, speed = along(
                    state, group.fine.theta, rates(state.network, state.data, group.fine.theta).velocity
                )
                speeds.append(speed)
            else:
                value = state(group.fine.theta)
            fine.append(value)
        values = self._join(fine)
        error = ROUNDING * (np.maximum(np.abs(values), 1) if log else np.abs(values))
        flow_error = np.abs(values - self._join(coarse))
        if not rate:
            return Column(values, over, log, error, flow_error)
        slopes = self._join(speeds)
        return Column(values, over, log, error, flow_error, slopes, 10 * ROUNDING * np.abs(slopes))

    def log_time(self) -> Column:
        """log t, a path integral."""
        fine, coarse = (self._join([getattr(g, run).log_time for g in self.groups]) for run in ("fine", "coarse"))
        error = ROUNDING * np.maximum(np.abs(fine), 1)
        return Column(fine, ("t",), True, error, np.abs(fine - coarse), state=False)

    def log_loss(self) -> Column:
        """log of the mean loss."""
        fine, coarse = (self._join([getattr(g, run).log_loss for g in self.groups]) for run in ("fine", "coarse"))
        return Column(fine, ("t",), True, ROUNDING * np.maximum(np.abs(fine), 1), np.abs(fine - coarse))

    def _spread(self, of: Callable[[_Group], list[Any]]) -> list[Any]:
        found: list[Any] = [None] * self.size
        for group in self.groups:
            for member, value in zip(group.members, of(group), strict=True):
                found[member] = value
        return found

    def _join(self, parts: list[torch.Tensor]) -> np.ndarray:
        arrays = iter(parts)
        return np.stack(self._spread(lambda group: list(next(arrays).detach().cpu().numpy())))

    def _place(self, case: int) -> tuple[_Group, int]:
        group = next(group for group in self.groups if case in group.members)
        return group, group.members.index(case)


def bars(column: Column) -> np.ndarray:
    """The error of every value, that of the state included."""
    return np.broadcast_to(np.asarray(column.error) + np.asarray(column.flow_error), column.values.shape)


class _Stated:
    """A measurement as a function of theta (b, R, d) alone."""

    def __init__(self, group: _Group, measure: Measure):
        self.network = TwoLayerLeaky(group.network.width, group.network.alpha[:, None])
        self.data = Examples(group.data.inputs[:, None], group.data.labels[:, None])
        self._given = {name: value[:, None] for name, value in group.given.items()}
        self._measure = measure

    def __call__(self, theta: torch.Tensor) -> torch.Tensor:
        return self._measure(self.network, self.data, theta, self._given)


def along(
    function: Callable[[torch.Tensor], torch.Tensor], theta: torch.Tensor, velocity: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """A function of single states theta (..., d), of shape (...), and its derivative along the velocity.

    One number a state has its gradient in one reverse pass; forward mode would be the natural choice, but its first
    use loads torch's compiler, for more than a second.
    """
    point = theta.detach().requires_grad_()
    value = function(point)
    (gradient,) = torch.autograd.grad(value.sum(), point)
    return value.detach(), (gradient * velocity).sum(-1)


def leaky_paths(
    cases: Sequence[LeakyCase],
    *,
    clock: Clock = "log-inverse-loss",
    eta: float = 0.5,
    method: Tableau = RK4,
    budget: int = 50_000,
    watch: bool = False,
    device: str = "cpu",
) -> LeakyPaths:
    """Follow every case to its targets, with steps `eta` and 2 `eta`, cases with data of one shape in one batch."""
    shapes: dict[tuple[int, ...], list[int]] = {}
    for i, case in enumerate(cases):
        # Zero neurons cost nothing next to Python's loop on small data; on large data they cost what true ones do.
        width = case.width if np.size(case.inputs) > _LARGE else 0
        shapes.setdefault((*np.shape(case.inputs), width), []).append(i)
    groups = []
    for members in shapes.values():
        chosen = [cases[i] for i in members]
        width = max(case.width for case in chosen)

        def batch(arrays: list[Any]) -> torch.Tensor:
            return torch.as_tensor(np.array(arrays, dtype=np.float64), device=device)

        theta = batch([widened(case.theta, case.width, width) for case in chosen])
        network = TwoLayerLeaky(width, batch([case.alpha for case in chosen]))
        data = Examples(batch([case.inputs for case in chosen]), batch([case.labels for case in chosen]))
        targets = batch([case.targets for case in chosen])
        given = {name: batch([case.given[name] for case in chosen]) for name in chosen[0].given}
        if all(np.array_equal(np.c_[c.inputs, c.labels], np.c_[chosen[0].inputs, chosen[0].labels]) for c in chosen):
            shared = Examples(data.inputs[0], data.labels[0])
        else:
            shared = data
        follow = partial(
            _follow, network, shared, theta, targets, clock=clock, method=method, budget=budget, watch=watch
        )
        if np.size(chosen[0].inputs) > _LARGE:
            fine, coarse = (_part(follow(steps=(each,)), slice(None)) for each in (eta, 2 * eta))
        else:
            # Both runs in one batch: their steps cost the same, and the loop is Python's.
            both, count = follow(steps=(eta, 2 * eta)), len(members)
            fine, coarse = _part(both, slice(0, count)), _part(both, slice(count, None))
        groups.append(_Group(members, network, data, given, fine, coarse))
    return LeakyPaths(len(cases), tuple(groups))


def _follow(
    network: TwoLayerLeaky,
    data: Examples,
    theta: torch.Tensor,
    targets: torch.Tensor,
    steps: tuple[float, ...],
    **how: Any,
) -> Visits:
    """The flows with each of these steps, one after the other in one batch; on the CPU in numpy."""
    eta = torch.cat([torch.full_like(targets[:, 0], each) for each in steps])
    batched = [torch.cat([part] * len(steps)) for part in (theta, targets, network.alpha)]
    examples = [torch.cat([part] * len(steps)) if data.labels.ndim > 1 else part for part in data]
    arrays = [eta, *batched, *examples]
    if theta.device.type == "cpu":
        arrays = [part.numpy() for part in arrays]
    eta, theta, targets, alpha, *examples = arrays
    return rescaled_flow(TwoLayerLeaky(network.width, alpha), Examples(*examples), theta, targets, eta=eta, **how)


def _part(whole: Visits, part: slice) -> Visits:
    """Some of the instances, as tensors."""
    theta, log_time, log_loss, crossings, branchings, slides = (
        torch.as_tensor(each[part])
        for each in (whole.theta, whole.log_time, whole.log_loss, whole.crossings, whole.branchings, whole.slides)
    )
    return Visits(theta, log_time, log_loss, whole.status[part], whole.steps, crossings, branchings, slides)
