"""Stochastic chains with the noise passed in, so that two devices can be given the same: a card has no generator without CUDA."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from verify.devices.kernel import Kernel
from verify.dynamics.chains import Adam, RMSprop, adam, rmsprop, sgd, svag
from verify.dynamics.sde import coarsened, euler_maruyama

STEPS, PATHS, SIZE = 200, 16, 3
LR = 0.01


def _loss_gradient(x: Tensor, noise: Tensor) -> Tensor:
    """Of log cosh, with noise that grows with the state."""
    return x.tanh() + (1 + 0.1 * x) * noise


def _sgd(x: Tensor, noise: Tensor) -> Tensor:
    for z in noise:
        x = sgd(x, _loss_gradient(x, z), LR)
    return x


def _svag(x: Tensor, noise: Tensor) -> Tensor:
    for first, second in zip(noise[::2], noise[1::2], strict=True):
        x = svag(x, _loss_gradient(x, first), _loss_gradient(x, second), LR, 4.0)
    return x


def _rmsprop(x: Tensor, v: Tensor, noise: Tensor) -> RMSprop:
    state = RMSprop(x, v)
    for z in noise:
        state = rmsprop(state, _loss_gradient(state.x, z), LR, 0.99, 1e-8)
    return state


def _adam(x: Tensor, m: Tensor, v: Tensor, noise: Tensor) -> tuple[Tensor, ...]:
    state = Adam(x, m, v, 0)
    for z in noise:
        state = adam(state, _loss_gradient(state.x, z), LR, 0.9, 0.99, 1e-8)
    return state.x, state.m, state.v


def _diffusion(x: Tensor, noise: Tensor) -> Tensor:
    *_, last = euler_maruyama(lambda y: -y, lambda y: 1 + 0.1 * y, x, coarsened(noise, 2), 1.0)
    return last


def _kernel(name: str, chain: Callable[..., Any], *state: np.ndarray) -> Kernel:
    noise = np.random.default_rng(1).standard_normal((STEPS, PATHS, SIZE))
    return Kernel(f"chain of {STEPS} steps: {name}", chain, (*state, noise))


_X = np.random.default_rng(0).standard_normal((PATHS, SIZE))
_ZERO = np.zeros((PATHS, SIZE))
KERNELS = (
    _kernel("SGD", _sgd, _X),
    _kernel("SVAG", _svag, _X),
    _kernel("RMSprop", _rmsprop, _X, 1 + _ZERO),
    _kernel("Adam", _adam, _X, _ZERO, _ZERO),
    _kernel("Euler-Maruyama", _diffusion, _X),
)
