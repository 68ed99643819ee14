"""Margin flows: force, Jacobian, velocities, observables and their error bars, for every network and loss; and an LU step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp
import torch

from verify.devices.kernel import Kernel
from verify.dynamics.force import force, force_jacobian
from verify.dynamics.margin_descent import bending, descend, step_rows
from verify.dynamics.observables import observe
from verify.dynamics.reduced_flow import gauges, jacobian, velocity
from verify.dynamics.rounding import rounding
from verify.dynamics.sphere_flow import LinearSphereFlow, SphereFlow
from verify.dynamics.stiff import Linearised, System, solver
from verify.dynamics.time_flow import log_time_jacobian, log_time_velocity
from verify.models.classes import LinearClasses
from verify.models.convolution import SquaredConvolution
from verify.models.linear import DeepLinear, Diagonal, Linear, SumOfPowers
from verify.models.losses import EXPONENTIAL, LOGISTIC
from verify.models.network import Examples, Network
from verify.models.spiral import Spiral
from verify.models.two_layer import RectifiedPower, SmoothedRectifier

BATCH, POINTS, INPUTS = 5, 8, 3
NETWORKS: tuple[Network, ...] = (
    Linear(), DeepLinear((4, 3)), Diagonal(), SumOfPowers(), RectifiedPower(4, 2), RectifiedPower(4, 3), SmoothedRectifier(4, 0.3),
)  # fmt: skip


def _jacobian_of_force(network, loss, data, theta):
    return force_jacobian(network, loss, data, theta, force(network, loss, data, theta))


def _observed_with_error(network, loss, data, log_rho, u, y, turning):
    degree = None if network.degree is not None else 1.0
    seen = observe(network, loss, data, log_rho, u, y, turning, degree=degree)
    return seen, rounding(network, loss, data, seen, degree=degree)


def _half_a_unit_of_tau(tau):
    return 0.5 / (1 + tau * tau)


def _newton_step(network, loss, data, log_rho, state):
    """(I - h J)^-1 v by LU, as an implicit step on the device would do it."""
    slope = jacobian(network, loss, data, log_rho, state)
    matrix = torch.eye(slope.shape[-1], dtype=slope.dtype, device=slope.device) - 0.1 * slope
    factors, pivots = torch.linalg.lu_factor(matrix)
    return torch.linalg.lu_solve(factors, pivots, velocity(network, loss, data, log_rho, state)[..., None])


def _sphere(network, loss, data, log_rho, u):
    return _plain(SphereFlow(network, loss, data, 1.0), log_rho, u)


def _linear_sphere(z, log_rho, u):
    return _plain(LinearSphereFlow.of(z, 1.0), log_rho, u)


def _plain(flow: System, log_rho, u):
    """The velocity, and a system linearised with its masks, without their names."""
    look: Linearised = flow.linearise(log_rho, u)
    return flow.velocity(log_rho, u), look[:3], tuple(look.halts.values())


def _solved(matrices, right):
    return solver(matrices)(right)


def _listed() -> Iterator[Kernel]:
    rng = np.random.default_rng(0)
    # separable along the first coordinate and fitted by a parameter near it, so that the clock log rho runs forward
    inputs = np.abs(rng.normal(size=(POINTS, INPUTS))) + 0.1
    data = Examples(inputs, np.ones(POINTS))
    for network in NETWORKS:
        size = network.size(INPUTS)
        theta = np.abs(rng.normal(size=(BATCH, size))) + 0.1
        u, log_rho, zero = theta / np.linalg.norm(theta, axis=-1, keepdims=True), np.full(BATCH, 0.5), np.zeros(BATCH)
        state = np.concatenate([u, np.zeros((BATCH, 2))], -1)
        for loss, named in ((EXPONENTIAL, "exponential"), (LOGISTIC, "logistic")):
            common, about = (network, loss, data), f"{network}, {named} loss"
            yield Kernel(f"force: {about}", force, (*common, theta))
            yield Kernel(f"log-time velocity: {about}", log_time_velocity, (*common, log_rho, theta))
            yield Kernel(f"velocity: {about}", velocity, (*common, log_rho, state))
            yield Kernel(f"gauges: {about}", gauges, (*common, log_rho, state))
            yield Kernel(f"direction, linearised: {about}", _sphere, (*common, log_rho, u))
            yield Kernel(
                f"observables with error bars: {about}",
                _observed_with_error,
                (*common, log_rho, u, zero, zero),
                tolerance=1e-9,
            )
            yield Kernel(f"Jacobian of the force: {about}", _jacobian_of_force, (*common, theta))
            yield Kernel(f"Jacobian: {about}", jacobian, (*common, log_rho, state))
            yield Kernel(f"log-time Jacobian: {about}", log_time_jacobian, (*common, log_rho, theta))
            yield Kernel(f"Newton step: {about}", _newton_step, (*common, log_rho, state), tolerance=1e-9)
    network, start = DeepLinear((4,)), np.abs(rng.normal(size=(BATCH, 16))) + 0.1
    layered = (network, EXPONENTIAL, data, start)
    yield Kernel("a step of gradient descent in logs", descend, (*layered, _half_a_unit_of_tau))
    yield Kernel("what a step does", step_rows, (*layered, _half_a_unit_of_tau, (0.5, 1.0)), tolerance=1e-9)
    yield Kernel("norm of the Hessian", bending, layered, tolerance=1e-9)
    classes, labels = LinearClasses(3), np.arange(POINTS) % 3.0
    common = (classes, LOGISTIC, Examples(inputs, labels), rng.normal(size=(BATCH, 9)))
    yield Kernel("force: three classes", force, common)
    yield Kernel("Jacobian of the force: three classes", _jacobian_of_force, common)
    convolution = SquaredConvolution(side=3, window=2, filters=2)
    images = Examples(np.abs(rng.normal(size=(POINTS, 9))), np.ones(POINTS))
    common = (convolution, EXPONENTIAL, images, np.abs(rng.normal(size=(BATCH, convolution.size(9)))) + 0.1)
    yield Kernel("force: convolution", force, common)
    yield Kernel("Jacobian of the force: convolution", _jacobian_of_force, common)
    radius = sp.Symbol("r")
    spiral = Spiral(4 * radius**4 / (4 * radius**4 + (1 - radius**2) ** 3), radius)
    yield Kernel("spiral", spiral.velocity, (1.2 + np.abs(rng.normal(size=(BATCH, 2))),), tolerance=1e-9)
    z, u = rng.normal(size=(BATCH, POINTS, INPUTS)), np.abs(rng.normal(size=(BATCH, INPUTS)))
    yield Kernel("direction of linear networks, linearised", _linear_sphere, (np.abs(z), np.full(BATCH, 0.5), u))
    for size in (4, 8):
        matrices = np.eye(size) * 3 + rng.normal(size=(BATCH, size, size)) / 4
        yield Kernel(f"systems of {size} equations", _solved, (matrices, rng.normal(size=(size, BATCH))))


KERNELS = tuple(_listed())
