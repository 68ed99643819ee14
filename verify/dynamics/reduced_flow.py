"""Gradient flow on the sphere with the clock sigma = log rho: no number in it under- or overflows at any loss.

With theta = rho u, w = sum_n p_n grad q_n(theta) and c = <u, w>, gradient flow becomes

    du/dsigma = w/c - u,

whose unit sphere is invariant and attracting (d|u|^2/dsigma = 2 (1 - |u|^2)); for a network of degree L, w = rho^(L-1)
times the same sum at u and c = L sum_n p_n q_n(theta)/rho by Euler's identity. Time enters through y = log t - tau, tau
= log 1/Loss, which stays small where t itself is of the order of exp(10^6). The clock runs forward where c > 0, which
Loss < 1 guarantees for homogeneous networks.

A state is (u, y, turning), of shape (..., d + 2), where turning is the integral of |du/dsigma|^2 = 1/beta^2 - 1 over
sigma.
"""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np

from verify.dynamics.force import force, force_jacobian
from verify.dynamics.problem import Problem
from verify.dynamics.single_force import LEFT_THE_FLOATS, Field, single_force
from verify.models.arrays import Array, identity, inner, namespace, norm, zeros
from verify.models.losses import Loss
from verify.models.network import Examples, Network

_FLOOR = 1e-12
"""Least cosine of u and w that the right-hand side distinguishes from 0: a solver's trial state may stray across c = 0,
where it gets a
huge finite answer and shortens its step; what the solver accepts is checked by `gauges`."""


def velocity(network: Network, loss: Loss, data: Examples, log_rho: Array, state: Array) -> Array:
    """d state/dsigma, batched over leading dimensions of `log_rho` (...) and `state` (..., d + 2)."""
    xp = namespace(state)
    u, y = state[..., :-2], state[..., -2]
    rho = xp.exp(log_rho)
    at = force(network, loss, data, rho[..., None] * u)
    squared, radial = _squared_and_radial(u, at.direction)
    motion = at.direction / radial[..., None] - u
    tau_rate = xp.exp(at.log_factor) * rho * squared / radial
    log_t_rate = xp.exp(log_rho - at.log_factor - xp.log(radial) - y)
    turning_rate = inner(motion, motion)
    return xp.concatenate([motion, (log_t_rate - tau_rate)[..., None], turning_rate[..., None]], -1)


def field(problem: Problem) -> Field:
    """`velocity` as a solver calls it, from numpy to numpy; on the CPU with plain numbers, in a third of the time."""
    batched = problem.hosted(velocity)
    if problem.device.type != "cpu":
        return batched
    force_at = single_force(problem)

    def single(log_rho: float, state: np.ndarray) -> np.ndarray:
        try:
            u, rho = state[:-2], exp(log_rho)
            _, factor, direction = force_at(rho * u)
            squared = float(direction.dot(direction))
            radial = max(float(u.dot(direction)), _FLOOR * sqrt(squared))
            found = np.empty_like(state)
            motion = found[:-2]
            np.divide(direction, radial, out=motion)
            motion -= u
            found[-2] = exp(log_rho - log(factor * radial) - state[-2]) - factor * rho * squared / radial
            found[-1] = motion.dot(motion)
            return found
        except LEFT_THE_FLOATS:
            return batched(log_rho, state)

    return single


def jacobian(network: Network, loss: Loss, data: Examples, log_rho: Array, state: Array) -> Array:
    """d velocity/d state, (..., d + 2, d + 2): K/c - w (w + K^T u)^T/c^2 - I in the rows of u, with K = rho dw/dtheta.

    The dependence of the rows of y and of turning on u is left out: they drive nothing, and a Newton iteration with
    this Jacobian solves them one step after u.
    """
    xp = namespace(state)
    u, y = state[..., :-2], state[..., -2]
    rho = xp.exp(log_rho)
    theta = rho[..., None] * u
    at = force(network, loss, data, theta)
    radial = _squared_and_radial(u, at.direction)[1][..., None, None]
    stretch = rho[..., None, None] * force_jacobian(network, loss, data, theta, at)
    pull = at.direction + (u[..., None, :] @ stretch)[..., 0, :]
    size = u.shape[-1]
    sphere = stretch / radial - at.direction[..., :, None] * pull[..., None, :] / radial**2 - identity(size, state)
    log_t_rate = xp.exp(log_rho - at.log_factor - xp.log(radial[..., 0, 0]) - y)
    batch = state.shape[:-1]
    above = xp.concatenate([sphere, zeros((*batch, size, 2), state)], -1)
    # The last two columns of the identity, times (-log_t_rate, 0) in their rows.
    below = -log_t_rate[..., None, None] * identity(size + 2, state)[size : size + 1]
    return xp.concatenate([above, below, zeros((*batch, 1, size + 2), state)], -2)


def gauges(network: Network, loss: Loss, data: Examples, log_rho: Array, state: Array) -> Array:
    """(cosine of u and w, tau), (..., 2): a run is steered by them. The cosine has the sign of d rho/dt; at 0 the clock
    stops."""
    u = state[..., :-2]
    at = force(network, loss, data, namespace(state).exp(log_rho)[..., None] * u)
    cosine = inner(u, at.direction) / (norm(u) * norm(at.direction))
    return namespace(state).stack([cosine, at.tau], -1)


def _squared_and_radial(u: Array, direction: Array) -> tuple[Array, Array]:
    """|w|^2, and <u, w> kept above a tiny part of |w|."""
    xp = namespace(u)
    squared = inner(direction, direction)
    return squared, xp.maximum(inner(u, direction), _FLOOR * xp.sqrt(squared))
