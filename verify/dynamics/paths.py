"""What a flow returns: rows of observables with two error bars, and how the run ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from verify.dynamics.integrate import Outcome
from verify.dynamics.observables import Observables, spread


@dataclass(frozen=True)
class MarginPath:
    """Gradient flow of one instance. All four `Observables` have the same rows (the first dimension); NaN means not
    measured."""

    rows: Observables
    """Measured along the fine run."""

    error: Observables
    """Error of evaluating each column at the computed state (rounding)."""

    flow_error: Observables
    """Distance of each column from its value on the true trajectory: the fine run against the coarse one."""

    coarse: Observables
    """Measured along the run at 100 times the tolerance, at the same log rho, so that errors of derived quantities can
    be formed."""

    outcome: Outcome
    solver: str
    """Solver of the fine run."""

    evaluations: int
    """Right-hand sides of both runs."""

    @property
    def status(self) -> str:
        """Empty when the target was reached, else the sentence that says why not."""
        return "" if self.outcome is Outcome.REACHED else self.outcome.value

    def derived(self, quantity: Callable[[Observables], Tensor]) -> tuple[Tensor, Tensor]:
        """A quantity of the rows and its flow error, which rightly lets errors cancel (in w - what log t, say)."""
        fine, coarse = quantity(self.rows), quantity(self.coarse)
        return fine, spread(fine, coarse)


def stacked(paths: Sequence[MarginPath], quantity: Callable[[MarginPath], Tensor]) -> np.ndarray:
    """One quantity of every path, (instances, rows, ...), padded with NaN where instances differ in their last
    dimensions."""
    parts = [quantity(path).cpu().numpy() for path in paths]
    shape = np.max([part.shape for part in parts], axis=0)
    stack = np.full((len(parts), *shape), np.nan)
    for whole, part in zip(stack, parts, strict=True):
        whole[tuple(map(slice, part.shape))] = part
    return stack
