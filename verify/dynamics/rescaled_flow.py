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
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from verify.models.arrays import Array, counting, inner, least, namespace, zeros
from verify.models.losses import LOGISTIC
from verify.models.network import Examples
from verify.models.two_layer_leaky import TwoLayerLeaky

Clock = Literal["log-inverse-loss", "time"]


@dataclass(frozen=True)
class Tableau:
    """An explicit Runge-Kutta method."""

    name: str
    order: int
    rows: Callable[[], tuple[tuple[float, ...], ...]]
    """The coefficients of the earlier slopes in the second stage, the third, ..., and in the step."""


HEUN = Tableau("Heun", 2, lambda: ((1.0,), (1 / 2, 1 / 2)))
"""Enough for the late phase at eta = 0.5; near zero it grows too slowly by 2.6 %, so it decides no constant there."""

RK4 = Tableau("RK4", 4, lambda: ((1 / 2,), (0.0, 1 / 2), (0.0, 0.0, 1.0), (1 / 6, 1 / 3, 1 / 3, 1 / 6)))
"""For the late phase with eta = 1; near zero its amplitude is off by about lambda t eta^4/120, lambda the growth
rate."""


def _dop853() -> tuple[tuple[float, ...], ...]:
    from scipy.integrate import DOP853  # as long to import as two flows take, which most do without it

    return (*(tuple(row[:k]) for k, row in enumerate(DOP853.A.tolist()) if k), tuple(DOP853.B.tolist()))


RK8 = Tableau("DOP853", 8, _dop853)
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


class _Field:
    """The velocity of the flow on fixed data, and the steps of one method; what stays the same is computed once."""

    def __init__(self, network: TwoLayerLeaky, data: Examples, like: Array, method: Tableau = HEUN):
        xp = namespace(like)
        self._pullback = network.pullback(data)
        self._log_count = math.log(data.labels.shape[-1])
        squares = (data.inputs * data.inputs).sum(-1)
        self._sizes = xp.stack([0 * squares + 1, xp.sqrt(squares), squares], -1)
        self._zero = zeros((), like)
        self._rows = [xp.stack([self._zero + c for c in row]) for row in method.rows()]

    def rates(self, theta: Array) -> Rates:
        xp = namespace(theta)
        margins, pull = self._pullback(theta)
        # g falls with q, so that the least margin has the largest weight.
        lowest = least(margins)
        log_scale = -xp.logaddexp(self._zero, lowest)
        shifted = log_scale[..., None] + self._log_count
        weights = 1 / (xp.exp(shifted) + xp.exp(shifted + margins))
        sizes = (weights[..., None, :] @ self._sizes)[..., 0, :]
        longest = 1 / (sizes[..., 1] + inner(theta, theta) * sizes[..., 2])
        # log(1 + e^-q) underflows for large q, where it is g to the last bit.
        losses = xp.logaddexp(self._zero, -margins).sum(-1)
        log_loss = xp.where(lowest > 37, log_scale + xp.log(sizes[..., 0]), xp.log(losses) - self._log_count)
        return Rates(pull(weights), log_scale, log_loss, longest)

    def step(self, theta: Array, at: Rates, h: Array) -> Array:
        xp, length, shape = namespace(theta), h[..., None], theta.shape
        shifted = at.log_scale[..., None] + self._log_count
        scale = xp.exp(shifted)
        slopes = at.velocity.reshape(1, -1)
        for row in self._rows[:-1]:
            # One product with all earlier slopes: a method of order 8 has 70 coefficients.
            margins, pull = self._pullback(theta + length * (row @ slopes).reshape(shape))
            # g e^{-M}/n = 1/(n e^M + n e^{M + q}): nothing cancels, and what overflows is a weight of zero.
            velocity = pull(1 / (scale + xp.exp(shifted + margins)))
            slopes = xp.concatenate([slopes, velocity.reshape(1, -1)])
        return theta + length * (self._rows[-1] @ slopes).reshape(shape)


def rates(network: TwoLayerLeaky, data: Examples, theta: Array) -> Rates:
    """The flow's rates at theta (B, d)."""
    with np.errstate(over="ignore", divide="ignore"):
        return _Field(network, data, theta).rates(theta)


def step(network: TwoLayerLeaky, data: Examples, theta: Array, at: Rates, h: Array, method: Tableau) -> Array:
    """theta after a step of length h (B,) in the clock s; h may be negative."""
    with np.errstate(over="ignore"):
        return _Field(network, data, theta, method).step(theta, at, h)


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
    xp, field = namespace(start), _Field(network, data, start, method)
    batch, rows = start.shape[0], targets.shape[-1]
    # An instance that has met its last target flows on to infinity: the batch costs the same, and no step asks.
    targets = xp.concatenate([xp.broadcast_to(targets, (batch, rows)), zeros((batch, 1), start) + math.inf], -1)
    theta, log_time = start, zeros((batch,), start) - math.inf
    states = zeros((batch, rows, start.shape[-1]), start) + math.nan
    times, losses = (zeros((batch, rows), start) + math.nan for _ in range(2))
    everyone = counting(batch, start)
    met, target, taken = 0 * everyone, targets[:, 0], 0
    counts = 0 * xp.stack([everyone] * 3)
    at = field.rates(theta)
    while True:
        gap, speed = _distance(clock, target, log_time, at)
        longest = eta * at.longest
        h = xp.minimum(gap / speed, longest)
        if not bool((h >= longest).all()):
            # Some instance is within a step of its target, or beyond it, or no longer finite.
            unfinished = met < rows
            here = unfinished & (abs(gap) <= 1e-11 * target)
            if bool(here.any()):
                states[here, met[here]] = theta[here]
                times[here, met[here]] = log_time[here]
                losses[here, met[here]] = at.log_loss[here]
                met = met + here
                target = targets[everyone, met]
                continue
            finite = xp.isfinite(h)
            if not bool((unfinished & finite).any()):
                break
            # The Newton step gap/speed onto the row, never longer than the step rule allows, in either direction.
            h = xp.where(finite, xp.maximum(h, -longest), 0.0)
        if taken >= budget or not bool((met < rows).any()):
            break
        new = field.step(theta, at, h)
        if watch:
            counts = counts + _kinks(network, data, theta, new, at, h) * (met < rows)
        theta, log_time, taken = new, _advanced(log_time, h, at.log_scale), taken + 1
        at = field.rates(theta)
    finite = xp.isfinite(at.log_loss)
    status = [_sentence(done, rows, good, budget) for done, good in zip(met.tolist(), finite.tolist(), strict=True)]
    return Visits(states, times, losses, status, taken, counts[0], counts[1], counts[2])


def _distance(clock: Clock, target: Array, log_time: Array, at: Rates) -> tuple[Array, Array]:
    """What is left to the target, and the clock's speed per unit of s."""
    xp = namespace(log_time)
    if clock == "time":
        return target - xp.exp(log_time), xp.exp(-at.log_scale)
    # d log(1/Loss)/dt = |grad Loss|^2/Loss and grad Loss = -e^M velocity.
    return target + at.log_loss, inner(at.velocity, at.velocity) * xp.exp(at.log_scale - at.log_loss)


def _advanced(log_time: Array, h: Array, log_scale: Array) -> Array:
    """log(t + h e^{-M}), for a step of either sign."""
    xp = namespace(log_time)
    length = xp.log(abs(h)) - log_scale
    forward = xp.logaddexp(log_time, length)
    back = h < 0
    if not bool(back.any()):
        return forward
    backward = log_time + xp.log1p(-xp.exp(xp.clip(length - log_time, max=-1e-300)))
    return xp.where(back, backward, forward)


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
