"""The force of gradient flow, d theta/dt = Loss S w, with everything that can under- or overflow kept as a
logarithm."""

from __future__ import annotations

from typing import NamedTuple

from verify.models.arrays import Array, least, namespace
from verify.models.losses import Loss
from verify.models.network import Examples, Network


class Force(NamedTuple):
    """The parts of -grad Loss at parameters theta (..., d).

    With a_n = log(-ell'(q_n)), p = softmax(a) and S = sum_n softmax(-f(q))_n f'(q_n), gradient flow is
    d theta/dt = Loss S w, w = sum_n p_n grad q_n. For the exponential loss S = 1 and p = softmax(-q).
    """

    margins: Array
    """q_n, (..., N)."""

    weights: Array
    """p_n, (..., N)."""

    tau: Array
    """log 1/Loss, with Loss = sum_n ell(q_n): the sum, not the mean."""

    log_factor: Array
    """log S."""

    direction: Array
    """w, (..., d)."""


def force(network: Network, loss: Loss, data: Examples, theta: Array) -> Force:
    """The force at theta, batched over leading dimensions."""
    xp = namespace(theta)
    margins = network.margins(theta, data)
    values = loss.f(margins)
    lowest = least(values)
    shares = xp.exp(lowest[..., None] - values)
    total = shares.sum(-1)
    if loss.exponential:  # a third of the time that a right-hand side takes
        weights, log_factor = shares / total[..., None], 0 * total
        return Force(margins, weights, lowest - xp.log(total), log_factor, network.pull(theta, data, weights))
    # p is a quotient of sums, not exp(a - logsumexp(a)): at q = 10^6 the logarithm of the sum is rounded by 10^-10, and
    # a right-hand side with that much noise makes a stiff solver stall at every tolerance below it.
    pulls = shares * xp.exp(loss.log_slope(margins))
    pull = pulls.sum(-1)
    weights = pulls / pull[..., None]
    return Force(margins, weights, lowest - xp.log(total), xp.log(pull / total), network.pull(theta, data, weights))


def force_jacobian(network: Network, loss: Loss, data: Examples, theta: Array, at: Force) -> Array:
    """dw/dtheta, (..., d, d): sum_n p_n Hess q_n + sum_n p_n a'(q_n) (grad q_n - w) grad q_n^T.

    For the exponential loss a' = -1 and the second term is minus the covariance of the gradients under p; in general it
    is not symmetric.
    """
    xp = namespace(theta)
    gradients = network.gradients(theta, data)
    slopes = at.weights * loss.log_weight_slope(at.margins)
    centred = slopes[..., None] * (gradients - at.direction[..., None, :])
    return network.curvature(theta, data, at.weights) + xp.swapaxes(centred, -1, -2) @ gradients
