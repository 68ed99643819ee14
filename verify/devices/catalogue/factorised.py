"""Factorised and deep flows on matrices, their starts, and objectives that torch differentiates in reverse."""

from __future__ import annotations

import numpy as np

from verify.devices.kernel import Kernel
from verify.dynamics.deep_flow import deep_flow, equal_layers
from verify.dynamics.factorised_descent import factorised_descent
from verify.dynamics.factorised_flow import factorised_flow, scaled_factor, scaled_identity
from verify.models.factorisation import Quadratic, Smooth

BATCH, SIZE, DEPTH = 3, 4, 3
_RNG = np.random.default_rng(0)
_HALF = _RNG.standard_normal((BATCH, SIZE * SIZE, SIZE * SIZE)) / SIZE
_HESSIAN = _HALF @ np.swapaxes(_HALF, -1, -2)
_LINEAR = np.broadcast_to(np.diag(np.linspace(1.0, 0.1, SIZE)), (BATCH, SIZE, SIZE)).copy()
_PROBLEM = (_HESSIAN, _LINEAR, np.zeros(BATCH))
_ALPHA, _HORIZON = np.logspace(-3, -1, BATCH), np.full(BATCH, 0.5)
_MATRIX = _RNG.standard_normal((BATCH, SIZE, SIZE))
_SHAPE = np.eye(SIZE) + 0.1


def _quadratic(problem, w, x):
    objective = Quadratic(*problem)
    return objective.value(w), objective.gradient(w), objective.curvature(w, x)


def _flow(problem, alpha, horizon):
    path = factorised_flow(Quadratic(*problem), scaled_identity(alpha, SIZE), horizon, steps=4)
    return path.states, path.times, path.local_error, path.at(path.times[:, 1:3] + 0.01)


def _descent(problem, start, targets):
    found = factorised_descent(Quadratic(*problem), start, targets, step_size=0.05, steps=3)
    return found.visits, found.steps, found.end


def _deep(problem, alpha, horizon, shape):
    path = deep_flow(Quadratic(*problem), equal_layers(alpha, DEPTH, shape), horizon, steps=4)
    return path.path.states, path.trace(path.path.states)


def _differentiated(w, x):
    objective = Smooth(lambda matrix: ((matrix @ matrix - 1) ** 2).sum(), SIZE)
    return objective.gradient(w), objective.curvature(w, x)


KERNELS = (
    Kernel("factorised flow: quadratic objective", _quadratic, (_PROBLEM, _MATRIX, _MATRIX)),
    Kernel("factorised flow: path", _flow, (_PROBLEM, _ALPHA, _HORIZON)),
    Kernel("factorised descent: path and visits", _descent, (_PROBLEM, _MATRIX, _MATRIX[:, None])),
    Kernel("factorised flow: Cholesky start", scaled_factor, (_ALPHA, _SHAPE)),
    Kernel("deep flow: path from balanced layers", _deep, (_PROBLEM, _ALPHA, _HORIZON, _SHAPE)),
    Kernel("factorised flow: objective differentiated in reverse", _differentiated, (_MATRIX, _MATRIX), reverse=True),
)
