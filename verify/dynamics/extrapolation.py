"""One explicit step of order 8 on a batch of states, each with its own step size (Gragg, Bulirsch and Stoer's extrapolation).

For right-hand sides of the form -F(U U^T) U the step multiplies U from the left by a polynomial, so that entries as small as the start
keep their relative accuracy. Not for stiff problems: |step * Jacobian| should stay below 1.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
import torch

Array = Any
"""A torch tensor or a numpy array: on small matrices numpy's calls take a third of the time of torch's."""
Field = Callable[[Array], Array]

SUBSTEPS = (2, 4, 6, 8)
"""Numbers of substeps, ascending."""
EVALUATIONS = sum(SUBSTEPS) - len(SUBSTEPS) + 1
"""Right-hand sides in one step."""


def _weights(substeps: tuple[int, ...]) -> list[float]:
    """Weights that cancel the powers h^2, h^4, ... of the error of the modified midpoint rule."""
    return [prod(n * n / (n * n - m * m) for m in substeps if m != n) for n in substeps]


_HIGH, _LOW = _weights(SUBSTEPS), _weights(SUBSTEPS[:-1])


def extrapolated_step(field: Field, state: Array, step: Array) -> tuple[Array, Array]:
    """The state after `step` along state' = field(state), and its difference to a result of order 6, which exceeds its error.

    `step` has the leading axes of `state`, which is (..., batch) or (batch,) and more; `field` maps states to states, with any number of
    axes before the batch; all are torch tensors, or all numpy arrays. Hairer, Norsett & Wanner, Solving ODEs I, II.9.
    """
    # The midpoint rules of all four substeps run side by side along a new first axis, since a call costs more than a larger batch.
    h = step.reshape(*step.shape, *(1,) * (state.ndim - step.ndim))
    if isinstance(state, np.ndarray):
        small = h / np.array(SUBSTEPS).reshape(-1, *(1,) * h.ndim)
    else:
        small = torch.stack([h / n for n in SUBSTEPS])
    previous, current, double = state[None], state + small * field(state), 2 * small
    moved = []
    for taken in range(2, SUBSTEPS[-1] + 1):
        previous, current = current, previous + double * field(current)
        if taken in SUBSTEPS:
            moved.append(current[0] - state)
            previous, current, double = previous[1:], current[1:], double[1:]
    # The weights sum to 1 and act on what has moved, so that rounding stays relative to the step.
    high, low = _HIGH[0] * moved[0], _LOW[0] * moved[0]
    for weight, move in zip(_HIGH[1:], moved[1:], strict=True):
        high = high + weight * move
    for weight, move in zip(_LOW[1:], moved[1:-1], strict=True):
        low = low + weight * move
    return state + high, high - low
