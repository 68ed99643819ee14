"""Instances of gradient flow: a network by name, labelled examples, and a start at which the loss is below one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from verify.dynamics.force import force
from verify.dynamics.integrate import Outcome
from verify.dynamics.time_flow import fitted_start
from verify.evidence.trace import Column
from verify.models.architectures import ARCHITECTURES
from verify.models.convolution import SquaredConvolution
from verify.models.datasets import digits
from verify.models.linear import Diagonal, SumOfPowers
from verify.models.losses import EXPONENTIAL, Loss
from verify.models.network import Examples, Network
from verify.models.sphere_bounds import gradient_bound
from verify.models.two_layer import RectifiedPower
from verify.statement.instances import Instance

NETWORKS: dict[str, Network] = ARCHITECTURES | {
    "three-squared-units": RectifiedPower(3, 2),
    "convolution": SquaredConvolution(side=4, window=2, filters=2),
    "diagonal": Diagonal(),
    "a + b^3": SumOfPowers(),
}
"""The architectures, a convolutional network on images of 4 x 4 pixels, and three networks for extreme instances."""

SETTLED = {"relu-squared": 4, "relu-cubed": 3, "smoothed-relu": 1, "smoothed-leaky-relu": 1}
"""Draws whose margin has settled by tau = 10^3, by network. Elsewhere gradient flow of these networks may rest near a saddle until
beyond tau = 10^6 (of twelve draws with squared ReLU six did), and while it rests no exponent of the limit can be measured."""

ROUGHLY, PATIENCE = 1e-8, 8_000
"""Any point will do as a start, so that it is found less exactly than a flow is followed; a draw that takes more right-hand sides than this
rests near a saddle, or does not fit, and is drawn again."""


def network_instance(
    label: str, network: str, inputs: Any, labels: Any, start: np.ndarray, *, degree: int | None = None, **more: Any
) -> Instance:
    """Examples (x_n, y_n) and theta_0 of a named network.

    Its data are `inputs`, `labels`, `start`, N, and L: the network's degree, or the one that a statement is told.
    """
    named = NETWORKS[network].degree if degree is None else degree
    data = {"network": network, "inputs": inputs, "labels": labels, "start": start, "N": len(labels), "L": named}
    return Instance(label, data | more)


def fitted_instance(
    label: str,
    network: str,
    inputs: Any,
    labels: Any,
    theta: np.ndarray,
    *,
    loss: Loss = EXPONENTIAL,
    tau: float = 0.5,
) -> Instance | None:
    """The same, started where gradient flow from theta has brought the loss down to e^{-tau}; None if it never does."""
    examples = Examples(np.asarray(inputs, dtype=float), np.asarray(labels, dtype=float))
    start, outcome = fitted_start(NETWORKS[network], loss, examples, theta, tau=tau, tolerance=ROUGHLY, budget=PATIENCE)
    return network_instance(label, network, inputs, labels, start) if outcome is Outcome.REACHED else None


def random_fitted(
    rng: np.random.Generator,
    network: str,
    count: int,
    *,
    points: int = 8,
    inputs: int = 4,
    loss: Loss = EXPONENTIAL,
    tau: float = 0.5,
) -> list[Instance]:
    """Gaussian points labelled by a random hyperplane, and a Gaussian start; drawn again where the flow does not fit them.

    The filter looks at the loss alone, before anything is measured.
    """
    found: list[Instance] = []
    while len(found) < count:
        hyperplane, x = rng.normal(size=inputs), rng.normal(size=(points, inputs))
        theta = 0.5 * rng.normal(size=NETWORKS[network].size(inputs))
        drawn = fitted_instance(
            f"{network} {len(found)}", network, x, np.sign(x @ hyperplane), theta, loss=loss, tau=tau
        )
        found += [] if drawn is None else [drawn]
    return found


def settled_instance(network: str) -> Instance:
    """The one fixed draw of `SETTLED`: Gaussian points labelled by a hyperplane, and a Gaussian start."""
    return random_fitted(np.random.default_rng([SETTLED[network], 5]), network, 1)[0]


def uncontested_instance(rng: np.random.Generator, network: str) -> Instance:
    """Gaussian points in a half-space and a start from which gradient flow of a power of ReLU has nothing to decide on its way.

    One neuron begins on for the examples of each label alone, with an outer weight of that sign, and the others are off on
    all examples. What is off has no gradient and stays, and the logarithm of what one neuron contributes is concave in its weights:
    no neurons compete, and none of 32 draws rested near a saddle. The smoothed networks of `SETTLED`, whose units are never off, have
    their one fixed draw.
    """
    named = NETWORKS[network]
    if not isinstance(named, RectifiedPower):
        return settled_instance(network)
    while True:
        side, across, x = rng.normal(size=4), rng.normal(size=4), rng.normal(size=(8, 4))
        x *= np.sign(x @ side)[:, None]
        labels = np.sign(x @ across)
        off = -rng.uniform(0.5, 1.5, size=(named.width - 2, 1)) * side
        outer = rng.normal(size=named.width)
        outer[:2] = np.abs(outer[:2]) * (1, -1)
        theta = np.concatenate([across, -across, off.ravel(), outer]) / 2
        found = fitted_instance(f"{network}, one neuron a label", network, x, labels, theta)
        if np.abs(labels.sum()) < len(labels) and found is not None:
            return found


def pooled_digits(rng: np.random.Generator) -> Instance:
    """Two shared 2 x 2 filters, squared ReLU and a linear layer on five digits 0 and five 1 of scikit-learn, pooled to 4 x 4 pixels."""
    table = digits(0, 1)
    while True:
        chosen = np.concatenate([rng.choice(np.flatnonzero(table.labels == y), 5, replace=False) for y in (1, -1)])
        pooled = table.inputs[chosen].reshape(10, 4, 2, 4, 2).sum((2, 4)).reshape(10, 16) / 4
        theta = 0.5 * rng.normal(size=NETWORKS["convolution"].size(16))
        found = fitted_instance("pooled digits", "convolution", pooled, table.labels[chosen], theta)
        if found is not None:
            return found


def five_points(label: str = "five points", start: np.ndarray | None = None, **more: Any) -> Instance:
    """A linear predictor of five points in three dimensions with the maximum margin sqrt(7/3), started at (1, .3, .5) unless told."""
    z = [[3, 1, 0], [1, 2, 1], [2, -1, 1], [0, 4, -1], [5, 1, 1]]
    theta = np.array([1.0, 0.3, 0.5]) if start is None else start
    return network_instance(label, "linear", z, 5 * [1], theta, **more)


def start_columns(
    instances: Sequence[Instance], losses: Sequence[Loss], rng: np.random.Generator
) -> tuple[dict[str, Column], np.ndarray]:
    """What theorems ask of a start, and which examples exist, (instances, N): loss0, rho0, smoothed0, B1 = max |grad q_n(u)| over the
    sphere (NaN where no closed form is known) and, at random scales c in [1/e, e],
    the defect |q_n(c theta) - c^L q_n(theta)|/(c |theta|)^L of homogeneity over (c, n)."""
    scales = np.exp(rng.uniform(-1, 1, size=8))
    taus, smoothed, norms, defects, steepest = [], [], [], [], []
    for each, loss in zip(instances, losses, strict=True):
        network, data, theta = flow_parts(each)
        taus.append(float(force(network, loss, data, theta).tau))
        norms.append(np.linalg.norm(theta))
        try:
            steepest.append(gradient_bound(network, data))
        except NotImplementedError:
            steepest.append(np.nan)
        smoothed.append(float(loss.inverse(np.array(taus[-1]))) / norms[-1] ** each["L"])
        scaled, powers = network.margins(scales[:, None] * theta, data), scales[:, None] ** each["L"]
        defects.append(np.abs(scaled / powers - network.margins(theta, data)) / norms[-1] ** each["L"])
    table = np.full((len(instances), len(scales), max(found.shape[1] for found in defects)), np.nan)
    for rows, found in zip(table, defects, strict=True):
        rows[:, : found.shape[1]] = found
    columns = {
        "loss0": Column(-np.array(taus), log=True, error=1e-14),
        "rho0": Column(np.array(norms), error=1e-15 * np.array(norms)),
        "smoothed0": Column(np.array(smoothed), error=1e-13 * np.abs(smoothed)),
        "B1": Column(np.array(steepest), error=1e-14 * np.array(steepest)),
        "c": Column(np.tile(scales, (len(instances), 1)), ("c",)),
        "defect": Column(table, ("c", "n")),
    }
    return columns, np.isfinite(table[:, 0])


def flow_parts(instance: Instance) -> tuple[Network, Examples, np.ndarray]:
    """The network, the examples and the start of such an instance."""
    examples = Examples(instance.floats("inputs"), instance.floats("labels"))
    return NETWORKS[instance["network"]], examples, instance.floats("start")
