"""Gradient flow of two-layer leaky ReLU networks under the mean logistic loss, explicit, in a rescaled clock.

The flow is d theta/dt = (1/n) sum_n g_n grad q_n with log g_n = -softplus(q_n). Late in training g is exponentially
small, so a step of length h is taken in the clock ds = e^M dt with M = max_n log g_n, frozen at the start of the step
for all of its stages. With gbar_n = g_n e^{-M} the step is

    h = eta n / (sum_n gbar_n |x_n| + rho^2 sum_n gbar_n |x_n|^2),

the first term for the alignment near zero (rates |mu|/2), the second for the curvature of the late phase; the weights
gbar matter: with max |x_n| in their place, data with one far example take 10 to 40 times as many steps. Time is kept as
log t. Everything takes numpy arrays or torch tensors: a step of eight neurons on twelve examples is all dispatch, of
which numpy has a third, and large batches take it no longer; devices are torch's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy.integrate import DOP853

from verify.models.arrays import Array, counting, namespace, zeros
from verify.models.losses import LOGISTIC
from verify.models.network import Examples
from verify.models.two_layer_leaky import TwoLayerLeaky

Clock = Literal["log-inverse-loss", "time"]


@dataclass(frozen=True)
class Tableau:
    """An explicit Runge-Kutta method: row k holds the coefficients of the earlier slopes in stage k."""

    name: str
    order: int
    rows: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]


HEUN = Tableau("Heun", 2, ((), (1.0,)), (1 / 2, 1 / 2))
"""Enough for the late phase at eta = 0.5; near zero it grows too slowly by 2.6 %, so it decides no constant there."""

RK4 = Tableau("RK4", 4, ((), (1 / 2,), (0.0, 1 / 2), (0.0, 0.0, 1.0)), (1 / 6, 1 / 3, 1 / 3, 1 / 6))
"""For the late phase with eta = 1; near zero its amplitude is off by about lambda t eta^4/120, lambda the growth
rate."""

RK8 = Tableau("DOP853", 8, tuple(tuple(row[:k]) for k, row in enumerate(DOP853.A.tolist())), tuple(DOP853.B.tolist()))
"""Dormand and Prince's method of order 8, for the constants of the early phase: 1e-10 of the amplitude with eta =
0.25."""


class Rates(NamedTuple):
    """What the start of a step needs at theta."""

    velocity: Array
    """d theta/ds, (B, d)."""

    log_scale: Array
    """M, (B,)."""

    log_loss: Array
    """log of the mean loss, (B,)."""

    longest: Array
    """h/eta of the step rule, (B,)."""


@dataclass(frozen=True)
class Visits:
    """The states in which a batch of flows met its targets.

    A target that an instance did not reach holds NaN, and `status` has the sentence that says why (empty where all were
    reached).
    """

    theta: Array
    """(B, R, d)."""

    log_time: Array
    """(B, R)."""

    log_loss: Array
    """(B, R), log of the mean loss."""

    status: list[str]

    steps: int
    """Steps taken by the slowest instance."""

    crossings: Array
    """(B,), how often some w_k . x_n changed sign between two steps."""

    branchings: Array
    """(B,), how often a neuron stood within a step of a kink that repels it to both sides, where trajectories
    branch."""

    slides: Array
    """(B,), how often a neuron stood within a step of a kink that attracts it from both sides, where it slides."""


def rates(network: TwoLayerLeaky, data: Examples, theta: Array) -> Rates:
    """The flow's rates at theta (B, d)."""
    xp = namespace(theta)
    margins, pull = network.pullback(theta, data)
    count = margins.shape[-1]
    log_weights = LOGISTIC.log_weight(margins)
    log_scale = xp.amax(log_weights, -1)
    weights = xp.exp(log_weights - log_scale[..., None])
    squares = (data.inputs * data.inputs).sum(-1)
    rho2 = (theta * theta).sum(-1)
    longest = count / (weights * (xp.sqrt(squares) + rho2[..., None] * squares)).sum(-1)
    log_losses = -LOGISTIC.f(margins)
    largest = xp.amax(log_losses, -1)
    log_loss = largest + xp.log(xp.exp(log_losses - largest[..., None]).sum(-1) / count)
    return Rates(pull(weights) / count, log_scale, log_loss, longest)


def step(network: TwoLayerLeaky, data: Examples, theta: Array, at: Rates, h: Array, method: Tableau) -> Array:
    """theta after a step of length h (B,) in the clock s; h may be negative."""
    xp = namespace(theta)
    length, scale = h[..., None], at.log_scale[..., None]
    slopes = [at.velocity]
    for row in method.rows[1:]:
        margins, pull = network.pullback(theta + length * _weighted(row, slopes), data)
        slopes.append(pull(xp.exp(LOGISTIC.log_weight(margins) - scale) / margins.shape[-1]))
    return theta + length * _weighted(method.weights, slopes)


def _weighted(coefficients: tuple[float, ...], slopes: list[Array]) -> Array:
    terms = [c * slope for c, slope in zip(coefficients, slopes, strict=True) if c]
    return sum(terms[1:], terms[0])


def rescaled_flow(
    network: TwoLayerLeaky,
    data: Examples,
    start: Array,
    targets: Array,
    *,
    clock: Clock = "log-inverse-loss",
    eta: float | Array = 0.5,
    method: Tableau = HEUN,
    budget: int = 50_000,
    watch: bool = False,
) -> Visits:
    """Follow a batch of flows from `start` (B, d) and return the states in which they meet their targets.

    Targets are (B, R) or (R,), positive, and increase along the last axis; with the clock "log-inverse-loss" they are
    values of log(1/Loss), Loss the mean logistic loss, and with "time" values of t. A row is met to 1e-11 relative by
    Newton steps of the flow itself (backwards too), not by interpolation. Data are (n, D) or (B, n, D); `eta` may
    differ per instance. `watch` counts what happens at kinks. Everything is float64, an array or on the device of
    `start`.
    """
    with np.errstate(all="ignore"):
        return _follow(network, data, start, targets, clock, eta, method, budget, watch)


def _follow(
    network: TwoLayerLeaky, data: Examples, start: Array, targets: Array, clock: Clock, eta: float | Array,
    method: Tableau, budget: int, watch: bool,
) -> Visits:  # fmt: skip
    xp = namespace(start)
    batch, rows = start.shape[0], targets.shape[-1]
    targets = xp.broadcast_to(targets, (batch, rows))
    theta, log_time = start, zeros((batch,), start) - math.inf
    states = zeros((batch, rows, start.shape[-1]), start) + math.nan
    times, losses = (zeros((batch, rows), start) + math.nan for _ in range(2))
    everyone = counting(batch, start)
    met, target, taken = 0 * everyone, targets[:, 0], 0
    counts = 0 * xp.stack([everyone] * 3)
    while True:
        at = rates(network, data, theta)
        gap, speed = _distance(clock, target, log_time, at)
        unfinished = met < rows
        here = unfinished & (abs(gap) <= 1e-11 * target)
        if bool(here.any()):
            states[here, met[here]] = theta[here]
            times[here, met[here]] = log_time[here]
            losses[here, met[here]] = at.log_loss[here]
            met = met + here
            target = targets[everyone, xp.where(met < rows, met, rows - 1)]
            continue
        active = unfinished & xp.isfinite(gap)
        if taken >= budget or not bool(active.any()):
            break
        # The Newton step gap/speed onto the row, never longer than the step rule allows, in either direction.
        longest = eta * at.longest
        h = xp.where(active, xp.clip(gap / speed, -longest, longest), 0.0)
        new = step(network, data, theta, at, h, method)
        if watch:
            counts = counts + _kinks(network, data, theta, new, at, h)
        theta = xp.where(active[:, None], new, theta)
        log_time = xp.where(active, _advanced(log_time, h, at.log_scale), log_time)
        taken += 1
    finite = xp.isfinite(gap)
    status = [_sentence(done, rows, good, budget) for done, good in zip(met.tolist(), finite.tolist(), strict=True)]
    return Visits(states, times, losses, status, taken, counts[0], counts[1], counts[2])


def _distance(clock: Clock, target: Array, log_time: Array, at: Rates) -> tuple[Array, Array]:
    """What is left to the target, and the clock's speed per unit of s."""
    xp = namespace(log_time)
    if clock == "time":
        return target - xp.exp(log_time), xp.exp(-at.log_scale)
    # d log(1/Loss)/dt = |grad Loss|^2/Loss and grad Loss = -e^M velocity.
    squared = (at.velocity * at.velocity).sum(-1)
    return target + at.log_loss, squared * xp.exp(at.log_scale - at.log_loss)


def _advanced(log_time: Array, h: Array, log_scale: Array) -> Array:
    """log(t + h e^{-M}), for a step of either sign."""
    xp = namespace(log_time)
    length = xp.log(abs(h)) - log_scale
    forward = xp.logaddexp(log_time, length)
    backward = log_time + xp.log1p(-xp.exp(xp.clip(length - log_time, max=-1e-300)))
    return xp.where(h >= 0, forward, backward)


def _kinks(network: TwoLayerLeaky, data: Examples, old: Array, new: Array, at: Rates, h: Array) -> Array:
    """Crossings, repelling and attracting kinks met in one step, (3, B)."""
    xp = namespace(old)
    across = xp.swapaxes(data.inputs, -1, -2)
    before, after = (network.layers(theta)[0] @ across for theta in (old, new))
    margins = network.margins(old, data)
    weights = xp.exp(LOGISTIC.log_weight(margins) - at.log_scale[..., None]) / margins.shape[-1]
    below, above = network.one_sided_speeds(old, data, weights)
    near = abs(before) <= abs(h)[..., None, None] * xp.maximum(abs(below), abs(above))
    met = [(before * after < 0), near & (below < 0) & (above > 0), near & (below > 0) & (above < 0)]
    return xp.stack([event.sum((-1, -2)) for event in met])


def _sentence(met: int, rows: int, finite: bool, budget: int) -> str:
    if met == rows:
        return ""
    if finite:
        return (
            f"the budget of {budget} steps ended before row {met + 1} of {rows}; give a larger budget or nearer targets"
        )
    return (
        f"the flow left the range of float64 before row {met + 1} of {rows}; its state or its loss is no longer finite"
    )
