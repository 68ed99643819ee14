"""Instances of gradient flow: a network by name, labelled examples, and a start at which the loss is below one."""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.dynamics.integrate import Outcome
from verify.dynamics.time_flow import fitted_start
from verify.models.architectures import ARCHITECTURES
from verify.models.linear import SumOfPowers
from verify.models.losses import EXPONENTIAL
from verify.models.network import Examples, Network
from verify.models.two_layer import RectifiedPower
from verify.statement.instances import Instance

NETWORKS: dict[str, Network] = ARCHITECTURES | {"three-squared-units": RectifiedPower(3, 2), "a + b^3": SumOfPowers()}
"""The architectures, and two networks for extreme instances."""


def network_instance(
    label: str, network: str, inputs: Any, labels: Any, start: np.ndarray, *, degree: int | None = None, **more: Any
) -> Instance:
    """Examples (x_n, y_n) and theta_0 of a named network.

    Its data are `inputs`, `labels`, `start`, N, and L: the network's degree, or the one that a statement is told.
    """
    named = NETWORKS[network].degree if degree is None else degree
    data = {"network": network, "inputs": inputs, "labels": labels, "start": start, "N": len(labels), "L": named}
    return Instance(label, data | more)


def fitted_instance(label: str, network: str, inputs: Any, labels: Any, theta: np.ndarray) -> Instance | None:
    """The same, started where gradient flow from theta has brought the loss down to e^{-1/2}; None if it never does."""
    examples = Examples(np.asarray(inputs, dtype=float), np.asarray(labels, dtype=float))
    start, outcome = fitted_start(NETWORKS[network], EXPONENTIAL, examples, theta, tau=0.5)
    return network_instance(label, network, inputs, labels, start) if outcome is Outcome.REACHED else None


def random_fitted(
    rng: np.random.Generator, network: str, count: int, *, points: int = 8, inputs: int = 4
) -> list[Instance]:
    """Gaussian points labelled by a random hyperplane, and a Gaussian start; drawn again where the flow does not fit them.

    The filter looks at the loss alone, before anything is measured.
    """
    found: list[Instance] = []
    while len(found) < count:
        hyperplane, x = rng.normal(size=inputs), rng.normal(size=(points, inputs))
        theta = 0.5 * rng.normal(size=NETWORKS[network].size(inputs))
        drawn = fitted_instance(f"{network} {len(found)}", network, x, np.sign(x @ hyperplane), theta)
        found += [] if drawn is None else [drawn]
    return found


def flow_parts(instance: Instance) -> tuple[Network, Examples, np.ndarray]:
    """The network, the examples and the start of such an instance."""
    examples = Examples(instance.floats("inputs"), instance.floats("labels"))
    return NETWORKS[instance["network"]], examples, instance.floats("start")
