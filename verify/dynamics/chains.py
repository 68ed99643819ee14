"""Stochastic gradient methods as pure one-step maps on batches of states, with the noise passed in.

Each map takes the state (tensors of one shape, any leading batch dimensions), the stochastic gradient at it, and the hyperparameters,
and returns the new state. Dtype and device are the state's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple, TypeVar

import torch
from scipy.special import ndtri

Tensor = torch.Tensor
State = TypeVar("State")


def sgd(x: Tensor, gradient: Tensor, lr: float) -> Tensor:
    """x - lr g."""
    return x - lr * gradient


def svag_weights(amplification: float) -> tuple[float, float]:
    """(1 + sqrt(2l - 1))/2 and (1 - sqrt(2l - 1))/2: they sum to 1 and their squares to l (Li, Malladi & Arora 2021, arXiv:2102.12470)."""
    root = sqrt(2 * amplification - 1)
    return (1 + root) / 2, (1 - root) / 2


def svag(x: Tensor, first: Tensor, second: Tensor, lr: float, amplification: float) -> Tensor:
    """SVAG's step: learning rate lr/l and the combination of two independent gradients whose noise has l times the covariance."""
    a, b = svag_weights(amplification)
    return x - (lr / amplification) * (a * first + b * second)


class RMSprop(NamedTuple):
    """State of RMSprop: parameters and the running mean of squared gradients."""

    x: Tensor
    v: Tensor


def rmsprop(state: RMSprop, gradient: Tensor, lr: float, beta: float, eps: float, fresh: bool = True) -> RMSprop:
    """One step of RMSprop; the denominator is sqrt(v) + eps with the new v (`fresh`, as torch does) or the old one."""
    v = beta * state.v + (1 - beta) * gradient**2
    return RMSprop(state.x - lr * gradient / ((v if fresh else state.v).sqrt() + eps), v)


class Adam(NamedTuple):
    """State of Adam: parameters, running means of gradients and squared gradients, and the number of steps made."""

    x: Tensor
    m: Tensor
    v: Tensor
    k: int


def adam(state: Adam, gradient: Tensor, lr: float, beta1: float, beta2: float, eps: float) -> Adam:
    """One step of Adam with bias corrections; eps stands outside the square root."""
    k = state.k + 1
    m = beta1 * state.m + (1 - beta1) * gradient
    v = beta2 * state.v + (1 - beta2) * gradient**2
    corrected = (v / (1 - beta2**k)).sqrt() + eps
    return Adam(state.x - lr * (m / (1 - beta1**k)) / corrected, m, v, k)


def run(step: Callable[[State], State], state: State, steps: int) -> Iterator[State]:
    """The states after 1, 2, ..., steps applications."""
    for _ in range(steps):
        state = step(state)
        yield state


@dataclass(frozen=True)
class Mean:
    """A sample mean with a two-sided confidence interval."""

    value: float
    half_width: float
    confidence: float

    @property
    def interval(self) -> tuple[float, float]:
        """(low, high)."""
        return self.value - self.half_width, self.value + self.half_width


def mean(samples: Tensor, confidence: float = 1 - 1e-9) -> Mean:
    """The mean of independent draws with a normal-theory interval; many draws (10^3 or more) are assumed."""
    values = samples.double().flatten()
    spread = float(values.std() / sqrt(len(values)))
    return Mean(float(values.mean()), -float(ndtri((1 - confidence) / 2)) * spread, confidence)
