"""Gradient descent towards large margins, in a form that no loss underflows: theta + (eta Loss) S w in place of theta - eta grad Loss.

With w = sum_n p_n grad q_n of order one and tau = log 1/Loss, a step needs eta Loss, which is of order one where eta itself is of the
order of e^tau.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from verify.dynamics.force import Force, force, force_jacobian
from verify.models.arrays import Array, inner, least, namespace, norm
from verify.models.losses import Loss
from verify.models.network import Examples, Network

LogStep = Callable[[Array], Array]
"""eta Loss as a function of tau = log 1/Loss, both of shape (...)."""


class Descent(NamedTuple):
    """Kept iterates of gradient descent, rows first; NaN after the end of a run."""

    theta: Array
    """(rows, ..., d)."""

    log_time: Array
    """log(1/Loss at the start + sum of eta over the steps before), (rows, ...)."""

    steps: np.ndarray
    """The number of steps before each row, (rows,)."""


class StepRows(NamedTuple):
    """What is measured at the iterates (rows, ...) and at fractions of the step that follows (rows, ..., fractions)."""

    tau: Array
    log_rho: Array
    lowest: Array
    """Least margin q_n."""

    mean: Array
    """sum_n p_n q_n."""

    log_eta: Array
    log_grad: Array
    """log |grad Loss|."""

    turn: Array
    """Tangent of the angle between theta and -grad Loss."""

    growth: Array
    """|theta(t+a)|^2/|theta(t)|^2 - 1, without the cancellation."""

    tau_after: Array


def descend(
    network: Network, loss: Loss, data: Examples, theta: Array, step: LogStep, fraction: float = 1.0
) -> tuple[Array, Array]:
    """theta after a fraction of one step, (..., d), and log eta (...)."""
    return _moved(theta, force(network, loss, data, theta), step, fraction)


def _moved(theta: Array, at: Force, step: LogStep, fraction: float) -> tuple[Array, Array]:
    xp = namespace(theta)
    size = step(at.tau)
    moved = theta + (fraction * size * xp.exp(at.log_factor))[..., None] * at.direction
    return moved, xp.log(size) + at.tau


def margin_descent(
    network: Network, loss: Loss, data: Examples, start: Array, step: LogStep, *, steps: int, rows: int | None = None
) -> Descent:
    """Gradient descent on Loss = sum_n ell(q_n) from `start` (..., d), all leading dimensions at once.

    Every iterate is kept, or about `rows` of them, equidistant in the root of their number, which is to say in log time. A run ends for good where the loss is
    above one and above its start, or a number stops being finite; the iterate that did so is still kept.
    """
    xp = namespace(start)
    kept = np.arange(steps + 1)
    if rows is not None and rows <= steps:
        kept = np.unique((np.linspace(0.0, steps**0.5, rows) ** 2).round().astype(int))
    at = force(network, loss, data, start)
    theta, log_time, over = start, at.tau, start[..., 0] != start[..., 0]
    lowest = xp.clip(at.tau, None, 0.0)
    thetas, times, chosen = [theta], [log_time], set(kept.tolist())
    for k in range(1, steps + 1):
        moved, log_eta = _moved(theta, at, step, 1.0)
        theta = xp.where(over[..., None], xp.nan * theta, moved)
        log_time = xp.where(over, xp.nan * log_time, xp.logaddexp(log_time, log_eta))
        at = force(network, loss, data, theta)
        if k in chosen:
            thetas.append(theta)
            times.append(log_time)
        over = over | ~(at.tau >= lowest)
        if bool(over.all()):
            break
    missing = len(kept) - len(thetas)
    thetas += missing * [xp.nan * theta]
    times += missing * [xp.nan * log_time]
    return Descent(xp.stack(thetas), xp.stack(times), kept)


def step_rows(
    network: Network, loss: Loss, data: Examples, theta: Array, step: LogStep, fractions: tuple[float, ...]
) -> StepRows:
    """What is measured at the iterates theta (rows, ..., d), and after fractions of the next step."""
    xp = namespace(theta)
    at = force(network, loss, data, theta)
    length = norm(theta)
    u = theta / length[..., None]
    radial = inner(u, at.direction)
    after = [descend(network, loss, data, theta, step, each)[0] for each in fractions]
    return StepRows(
        tau=at.tau,
        log_rho=xp.log(length),
        lowest=least(at.margins),
        mean=(at.weights * at.margins).sum(-1),
        log_eta=xp.log(step(at.tau)) + at.tau,
        log_grad=xp.log(norm(at.direction)) + at.log_factor - at.tau,
        turn=norm(at.direction - radial[..., None] * u) / xp.abs(radial),
        growth=xp.stack([inner(each - theta, each + theta) / length**2 for each in after], -1),
        tau_after=xp.stack([force(network, loss, data, each).tau for each in after], -1),
    )


def bending(network: Network, loss: Loss, data: Examples, theta: Array) -> Array:
    """|Hess Loss|/Loss, the spectral norm, at theta (..., d), for the exponential loss: (...).

    Hess Loss = -Loss (dw/dtheta - w w^T), since grad Loss = -Loss w.
    """
    at = force(network, loss, data, theta)
    slope = force_jacobian(network, loss, data, theta, at)
    xp = namespace(theta)
    matrix = at.direction[..., :, None] * at.direction[..., None, :] - slope
    finite = xp.isfinite(matrix).all(-1).all(-1)
    # the singular values of a matrix with NaN would end the batch
    sizes = xp.linalg.matrix_norm(xp.where(finite[..., None, None], matrix, 0 * xp.ones_like(matrix)), ord=2)
    return xp.where(finite, sizes, xp.nan * sizes)
