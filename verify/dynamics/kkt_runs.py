"""Traces of gradient flow for statements on KKT points of the margin: of the start, along log t and along log rho."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sympy import Symbol, log

from verify.dynamics.columns import fitted_slope
from verify.dynamics.fitted import flow_parts, start_columns
from verify.dynamics.kkt_columns import kkt_columns, tangent_columns
from verify.dynamics.margin_flow import margin_flow
from verify.dynamics.time_flow import log_time_flow
from verify.evidence.trace import Column, Trace
from verify.models.losses import EXPONENTIAL, LOGISTIC, Loss, loss_from
from verify.runs import Run
from verify.statement.instances import Instance

_MARGIN = Symbol("q")
LOSSES = {"exponential": EXPONENTIAL, "logistic": LOGISTIC, "polynomial": loss_from(3 * log(_MARGIN), _MARGIN)}
"""By the name that an instance carries as `loss`; exponential where it carries none."""

_TOLERANCES = np.array([[1, 1], [0.5, 0.1], [0.2, 1], [0.2, 0.01]])
"""Pairs (eps, delta) that are asked for, from loose to tight in each."""

_FARTHEST = 1e9
"""Margin at which the flow of a loss with a heavy tail ends, which has no tau of 10^6."""


def loss_of(instance: Instance) -> Loss:
    """The loss that an instance names."""
    return LOSSES[instance.get("loss", "exponential")]


def start_trace(instances: Sequence[Instance], run: Run) -> Trace:
    """The columns of `start_columns`; f_of_x = -log ell(x) at sampled margins "x"; and eps and delta over "e"."""
    sampled, each = np.linspace(1.0, 30.0, 30), np.ones((len(instances), 1))
    losses = [loss_of(instance) for instance in instances]
    columns, examples = start_columns(instances, losses, run.rng)
    columns |= {
        "x": Column(each * sampled, ("x",)),
        "f_of_x": Column(np.array([loss.f(sampled) for loss in losses]), ("x",)),
        "eps": Column(each * _TOLERANCES[:, 0], ("e",)),
        "delta": Column(each * _TOLERANCES[:, 1], ("e",)),
    }
    return Trace(columns, [""] * len(instances), {"n": examples})


def time_trace(instances: Sequence[Instance], names: Sequence[str], log_times: np.ndarray) -> Trace:
    """Gradient flow under the exponential loss at these log t, which also runs where the norm falls; the named `kkt_columns`."""
    parts = map(flow_parts, instances)
    paths = [log_time_flow(network, EXPONENTIAL, data, theta, log_times) for network, data, theta in parts]
    columns = kkt_columns(paths, instances, len(paths) * [EXPONENTIAL])
    return Trace({name: columns[name] for name in names}, [path.status for path in paths])


def norm_trace(instances: Sequence[Instance], run: Run, *, tau: float, rows: int) -> Trace:
    """Gradient flow to `tau`, or by an instance's `grow` in log rho; the instances of a family agree in loss and end.

    The columns are those of `kkt_columns` and `tangent_columns`, whose certificates are noted for the reference "tangent-machine",
    and misalignment_slope, the slope of log(1 - beta) over log log t on tau in [10^3, 10^6].
    """
    losses = [loss_of(each) for each in instances]
    networks, data, starts = zip(*map(flow_parts, instances), strict=True)
    grow = instances[0].get("grow")
    paths = margin_flow(
        networks,
        losses[0],
        data,
        starts,
        tau_target=None if grow else min(tau, float(losses[0].f(np.array(_FARTHEST)))),
        log_rho_target=np.log(np.linalg.norm(starts[0])) + grow if grow else None,
        rows=rows,
        tolerance=1e-10,
        degree=instances[0]["L"],
        device=run.device,
    )
    solved, certificates = tangent_columns(paths, instances)
    slope = fitted_slope(paths, lambda rows: rows.cosine_defect.log(), 1e3, 1e6)
    return Trace(
        kkt_columns(paths, instances, losses) | solved | {"misalignment_slope": slope},
        [path.status for path in paths],
        device=run.device,
        notes={"certificates": {"tangent-machine": {"measures": ["tangent"], "instances": certificates}}},
    )
