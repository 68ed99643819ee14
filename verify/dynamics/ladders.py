"""Columns over a ladder of scales: batches of (instance, scale) pairs, measured at two step sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from verify.evidence.trace import Column
from verify.models.factorisation import Quadratic, stack

Tensor = torch.Tensor


def quadratics(instances: Sequence[Any], device: str) -> Quadratic:
    """The problems of instances that hold a `hessian` and a `linear` part, as one batch on a device."""
    parts = [[torch.as_tensor(each[key], dtype=torch.float64) for key in ("hessian", "linear")] for each in instances]
    zero = torch.tensor(0.0, dtype=torch.float64)
    return stack([Quadratic(hessian, linear, zero) for hessian, linear in parts]).to(device)


def quadratic_data(problem: Quadratic) -> dict[str, np.ndarray]:
    """What an instance holds of a problem."""
    return {"hessian": problem.hessian.numpy(force=True), "linear": problem.linear.numpy(force=True)}


def ladder_columns(
    fine: Mapping[str, Tensor],
    coarse: Mapping[str, Tensor],
    number: int,
    over: Mapping[str, tuple[str, ...]] | tuple[str, ...],
    *,
    error: float,
) -> dict[str, Column]:
    """Columns of `number` instances from measurements (instances * scales, ...), whose flow error is their change against half as many steps.

    `over` names the axes of every measurement, or of each by name; `error` is the rounding of a measured number.
    """
    columns = {}
    for name, value in fine.items():
        shaped, half = (part.reshape(number, -1, *part.shape[1:]).numpy(force=True) for part in (value, coarse[name]))
        axes = over[name] if isinstance(over, Mapping) else over
        columns[name] = Column(shaped, axes, error=error, flow_error=np.abs(shaped - half))
    return columns


def status_of(statuses: Sequence[str], number: int) -> list[str]:
    """One status for each of `number` instances: the first sentence among those of its scales."""
    rows = np.array(statuses, dtype=object).reshape(number, -1)
    return [next((sentence for sentence in row if sentence), "") for row in rows]
