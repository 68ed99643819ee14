"""Columns of a trace about KKT points of the margin: what the flow measures row by row, and what is solved at its last rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from verify.dynamics.columns import derived, flow_columns, observed
from verify.dynamics.fitted import NETWORKS, flow_parts
from verify.dynamics.margin_flow import margin_flow
from verify.dynamics.observables import Observables
from verify.dynamics.paths import MarginPath
from verify.evidence.trace import Column
from verify.models.linear import DeepLinear, Diagonal, Linear
from verify.models.losses import EXPONENTIAL, Loss
from verify.models.network import Examples
from verify.models.two_layer import smoothing_limit
from verify.reference.diagonal_margin import diagonal_margin
from verify.reference.kinks import distance_with_slopes
from verify.reference.kkt import active_examples, distance_to_cone, tangent_margin
from verify.reference.max_margin import MaxMargin, max_margin
from verify.statement.instances import Instance, rationals

_LAST = 3
"""Rows at which the reference problems are solved: as many as `Eventually` looks at."""


def kkt_columns(
    paths: Sequence[MarginPath], instances: Sequence[Instance], losses: Sequence[Loss]
) -> dict[str, Column]:
    """Along the clock "t": t, rho, loss and margin of `flow_columns`; margins q and weights p over (t, n); w = |sum_n p_n h_n|; u over (t, i); h = grad
    q_n(u) over (t, n, i); smoothed, misalignment = 1 - beta, turn = |du/dlog rho|, its square's integral `turning` and least value so far
    `calmest`; pace = g'(tau)/g(tau). Of deep linear networks also their relative `imbalance`; without an axis, smoothed1 at the end."""
    parts = [flow_parts(each) for each in instances]

    def gradients(k: int, rows: Observables) -> Tensor:
        network, data, _ = parts[k]
        found = network.gradients(rows.direction, Examples(*(torch.as_tensor(part).to(rows.tau) for part in data)))
        return found.expand(len(rows.tau), *found.shape[-2:])

    def power(k: int, rows: Observables) -> Tensor:
        return torch.exp(instances[k]["L"] * rows.log_rho)

    def smoothed(k: int, rows: Observables) -> Tensor:
        return losses[k].inverse(rows.tau) / power(k, rows)

    def pace(k: int, rows: Observables) -> Tensor:
        inverse = losses[k].inverse(rows.tau)
        return torch.exp(-losses[k].log_slope(inverse)) / inverse

    def calmest(k: int, rows: Observables) -> Tensor:
        return torch.cummin(rows.tangent**2, 0).values

    def imbalance(k: int, rows: Observables) -> Tensor:
        network, data, start = parts[k]
        assert isinstance(network, DeepLinear)
        inputs = data.inputs.shape[-1]
        return network.imbalance(rows.theta, inputs) / float(network.imbalance(start, inputs))

    columns = {name: column for name, column in flow_columns(paths).items() if name != "tau"} | {
        "q": observed(paths, "margins", ("t", "n")),
        "p": observed(paths, "weights", ("t", "n")),
        "w": observed(paths, "force", ("t",)),
        "u": observed(paths, "direction", ("t", "i")),
        "h": derived(paths, gradients, ("t", "n", "i"), rounding=lambda k, rows: 4e-15 * gradients(k, rows).abs()),
        "smoothed": derived(
            paths, smoothed, ("t",), rounding=lambda k, rows: 1e-13 * (rows.tau + 1).abs() / power(k, rows)
        ),
        "misalignment": observed(paths, "cosine_defect", ("t",)),
        "turn": observed(paths, "tangent", ("t",)),
        "turning": observed(paths, "turning", ("t",), state=False),
        "calmest": derived(paths, calmest, ("t",), rounding=lambda k, rows: 1e-12 * calmest(k, rows), state=False),
        "pace": derived(paths, pace, ("t",), rounding=lambda k, rows: 1e-12 * pace(k, rows)),
        "smoothed1": Column(np.array([float(path.rows.smoothed[-1]) for path in paths]), error=1e-9),
    }
    if all(isinstance(network, DeepLinear) for network, _, _ in parts):
        # theta is a hundred times as long as at the start, and what is conserved is a difference of its squares.
        columns["imbalance"] = derived(
            paths, imbalance, ("t",), rounding=lambda k, rows: 1e-14 * torch.exp(2 * rows.log_rho), state=False
        )
    return columns


def tangent_columns(
    paths: Sequence[MarginPath], instances: Sequence[Instance]
) -> tuple[dict[str, Column], list[dict[str, Any] | None]]:
    """On the last rows, over "t": `tangent`, the distance of u to the direction of the support vector machine on h_n = grad q_n(u), solved
    exactly; `cone` and `sign_cone`, the distances of u and of sign(u) to the cone of the active h_n, relative to their lengths.
    And each machine's certificate at the last row, with its data `h`; None where the flow did not arrive, and for linear predictors."""
    table = np.full((3, len(paths), len(paths[0].rows.tau)), np.nan)
    certificates: list[dict[str, Any] | None] = [None] * len(paths)
    for k, (path, each) in enumerate(zip(paths, instances, strict=True)):
        network, data, _ = flow_parts(each)
        linear = isinstance(network, Linear)  # its gradients are the data, and the machine that of `limit_columns`
        for row in range(-_LAST, 0) if not (path.status or linear) else ():
            u, margins = path.rows.direction[row].cpu().numpy(), path.rows.margins[row].cpu().numpy()
            gradients = network.gradients(u, data)
            active = gradients[active_examples(margins, float(path.rows.tau[row]))]
            rows, best = tangent_margin(gradients)
            assert isinstance(best, MaxMargin), "u itself separates: <h_n, u> = L q_n(u) > 0"
            table[:, k, row] = (
                np.linalg.norm(best.w / np.linalg.norm(best.w) - u),
                distance_to_cone(u, active),
                distance_to_cone(np.sign(u), active),
            )
            certificates[k] = best.certificate() | {"data": {"h": rationals(rows)}}
    # Features are rounded to 2^-40; least squares are solved to rounding.
    columns = {
        name: Column(values, ("t",), error=1e-11)
        for name, values in zip(("tangent", "cone", "sign_cone"), table, strict=True)
    }
    return columns, certificates


def limit_columns(instances: Sequence[Instance]) -> dict[str, Column]:
    """What is known exactly of limits: `bar` over i, the point of the limit direction with least margin 1, with margins `qbar` and
    multipliers `lbar` over n and gradients `hbar` over (n, i); least_square = min |theta|^2 subject to q_n >= 1, and the margin gstar.

    A linear predictor's limit is its support vector machine, and gstar is a float; an instance of the diagonal network brings its
    `limit` and `multipliers`.
    """
    columns: dict[str, list[Any]] = {name: [] for name in ("bar", "lbar", "least_square", "gstar", "qbar", "hbar")}
    for each in instances:
        network, data = NETWORKS[each["network"]], Examples(each.exact("inputs"), each.exact("labels"))
        if isinstance(network, Diagonal):
            best = diagonal_margin(data.inputs)
            found = each.exact("limit"), each.exact("multipliers"), best.least_square, best.largest_margin
        else:
            machine = max_margin(data.labels[:, None] * data.inputs)
            assert isinstance(machine, MaxMargin)
            found = np.array(machine.primal), np.array(machine.dual), 1 / machine.gamma_squared, machine.gamma
        for part, value in zip(
            columns.values(), (*found, network.margins(found[0], data), network.gradients(found[0], data)), strict=True
        ):
            part.append(value)
    over = {"bar": ("i",), "lbar": ("n",), "qbar": ("n",), "hbar": ("n", "i")}
    return {name: Column(np.array(values), over.get(name, ())) for name, values in columns.items()}


def selection_columns(
    instances: Sequence[Instance], smoothings: tuple[float, float], *, tau_target: float
) -> tuple[dict[str, Column], list[str]]:
    """Where gradient flow of kinked networks ends: `selected`, the distance from stationarity with the best slopes at the kinks, and
    `unselected`, with the leak as their slope; no axis. And each instance's status.

    The instances' networks are smoothed rectifiers; their flows under both smoothings are followed to `tau_target`, and the
    direction is extrapolated to no smoothing.
    """
    networks, data, starts = zip(*map(flow_parts, instances), strict=True)
    runs = [
        margin_flow(
            [replace(network, eps=eps) for network in networks],
            EXPONENTIAL,
            data,
            starts,
            tau_target=tau_target,
            rows=20,
        )
        for eps in smoothings
    ]
    found = np.full((2, len(instances)), np.nan)
    for k, (network, *paths) in enumerate(zip(networks, *runs, strict=True)):
        if not any(path.status for path in paths):
            wide, narrow = (path.rows.direction[-1].cpu().numpy() for path in paths)
            u = smoothing_limit((wide, narrow), smoothings)
            found[:, k] = [
                distance_with_slopes(u, data[k], network.width, leak=network.alpha, free=free) for free in (True, False)
            ]
    # An interior-point solver's accuracy.
    columns = {name: Column(values, error=1e-4) for name, values in zip(("selected", "unselected"), found, strict=True)}
    return columns, [first.status or second.status for first, second in zip(*runs, strict=True)]
