"""One explicit step of order 8 on a batch of states, each with its own step size (Gragg, Bulirsch and Stoer's extrapolation).

For right-hand sides of the form -F(U U^T) U the step multiplies U from the left by a polynomial, so that entries as small as the start
keep their relative accuracy. Not for stiff problems: |step * Jacobian| should stay below 1.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import torch

Tensor = torch.Tensor
Field = Callable[[Tensor], Tensor]

SUBSTEPS = (2, 4, 6, 8)
EVALUATIONS = sum(SUBSTEPS) - len(SUBSTEPS) + 1
"""Right-hand sides in one step."""


def _weights(substeps: tuple[int, ...]) -> list[float]:
    """Weights that cancel the powers h^2, h^4, ... of the error of the modified midpoint rule."""
    return [prod(n * n / (n * n - m * m) for m in substeps if m != n) for n in substeps]


_HIGH, _LOW = _weights(SUBSTEPS), _weights(SUBSTEPS[:-1])


def extrapolated_step(field: Field, state: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
    """The state after `step` along state' = field(state), and its difference to a result of order 6, which exceeds its error.

    `state` has shape (batch, ...), `step` (batch,); `field` maps states to states. Hairer, Norsett & Wanner, Solving ODEs I, II.9.
    """
    h = step.reshape(-1, *(1,) * (state.ndim - 1))
    slope = field(state)
    moved = []
    for n in SUBSTEPS:
        small, double = h / n, 2 * h / n
        previous, current = state, torch.addcmul(state, small, slope)
        for _ in range(n - 1):
            previous, current = current, torch.addcmul(previous, double, field(current))
        moved.append(current - state)
    # The weights sum to 1 and act on what has moved, so that rounding stays relative to the step.
    high = sum(w * m for w, m in zip(_HIGH, moved, strict=True))
    low = sum(w * m for w, m in zip(_LOW, moved[:-1], strict=True))
    return state + high, high - low  # type: ignore[return-value,operator]
