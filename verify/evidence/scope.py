"""The scope of a verdict: on how many instances, how far along each clock, over how many entries of each index."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from verify.evidence.trace import Trace
from verify.statement import operators as ops


def scope_of(theorem: Any, formula: sp.Basic, trace: Trace) -> str:
    """A phrase such as "16 instances, log t to 1e+06, 23 entries of n"."""
    pieces = [f"{trace.size} instance{'' if trace.size == 1 else 's'}"]
    bound = {
        axis.name for node in sp.preorder_traversal(formula) if isinstance(node, ops.Operator) for axis in node.axes
    }
    for name, axis in theorem.axes.items():
        if name not in bound or name not in trace.lengths:
            continue
        column = trace.columns.get(name)
        if axis.kind == "clock" and column is not None:
            reached = _reached(column.values, towards_zero=axis.to == 0)
            pieces.append(f"{'log ' if column.log else ''}{name} to {reached:.4g}")
        else:
            pieces.append(f"{trace.lengths[name]} {'draws' if axis.kind == 'draws' else f'entries of {name}'}")
    return ", ".join(pieces)


def _reached(values: np.ndarray, *, towards_zero: bool) -> float:
    """How far every instance came: the least of the instances' last rows (the greatest, for a clock that goes to zero)."""
    rows = np.asarray(values, dtype=float).reshape(len(values), -1)
    with np.errstate(all="ignore"):
        ends = np.nanmin(rows, 1) if towards_zero else np.nanmax(rows, 1)
    return float(np.nanmax(ends) if towards_zero else np.nanmin(ends))
