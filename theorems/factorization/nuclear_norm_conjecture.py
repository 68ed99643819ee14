"""Does gradient flow from an infinitesimal start complete a matrix with the least nuclear norm?

Some entries off the diagonal of a symmetric matrix are observed. Gradient flow of sum (W_ij - y_ij)^2/2 with W = U U^T from W = alpha I ends,
as alpha falls, at a positive semidefinite completion. The conjecture says that it is one of least trace. nuclear-norm-counterexample
knows better; here a search has to find that out from observed entries that are small integers.
"""

import numpy as np
import torch

from verify import RECONSTRUCTED, Column, Conjecture, Paper, Tends, Trace
from verify.dynamics.factorised_flow import small_start_ends
from verify.models.factorisation import sensing, stack
from verify.reference.exact_matrices import fractions
from verify.reference.min_trace import TraceMinimum, min_trace
from verify.statement.instances import Instance

conjecture = Conjecture(
    "nuclear-norm-conjecture",
    title="Gradient flow from an infinitesimal start completes a matrix with the least nuclear norm",
    source=Paper(
        authors="Gunasekar, Woodworth, Bhojanapalli, Neyshabur & Srebro", year=2017, title="Implicit Regularization in Matrix Factorization",
        arxiv="1705.09280", fidelity=RECONSTRUCTED,
    ),
    summary="Proved there for measurements that commute (commuting-nuclear-norm), conjectured for all.",
)  # fmt: skip

alpha = conjecture.clock("alpha", to=0, log=True, meaning="scale of the start W = alpha I", latex=r"\alpha")
end_trace = conjecture.quantity(
    "end_trace", "trace of the flow's end", over=alpha, sign="positive", latex=r"{\rm tr} W_\infty"
)
least_trace = conjecture.parameter(
    "least_trace", "least trace of a positive semidefinite completion", latex=r"\min {\rm tr}"
)

conjecture.conclude("least-trace", Tends(end_trace, least_trace), "the end tends to the least trace", within="1/20")

DECIMALS = np.arange(4, 23, 3)


def observed(label, d, positions, values):
    """The problem of observing these values at these positions (i, j), i < j, of a d x d matrix."""
    a = fractions(np.zeros((len(positions), d, d), dtype=int))
    for matrix, (i, j) in zip(a, positions, strict=True):
        matrix[i, j] = matrix[j, i] = fractions(1) / 2
    return Instance(label, {"A": a, "y": fractions(np.array(values, dtype=object))})


@conjecture.family("chains")
def chains(rng, size):
    """Two entries in one row of a 3 x 3 matrix."""
    return [
        observed(f"chain {k}", 3, [(0, 1), (1, 2)], [int(v) for v in rng.integers(1, 4, size=2)])
        for k in range(size // 4)
    ]


@conjecture.space("integer-entries", like="chains")
def integer_entries(draw):
    """Two to four entries off the diagonal of a symmetric matrix of dimension three or four, integers between -3 and 3."""
    d, count = draw.integer("dimension", 3, 4), draw.integer("observed", 2, 4)
    pairs = [(i, j) for i in range(d) for j in range(i + 1, d)]
    chosen = [int(k) for k in draw.rationals("position", 0, len(pairs) - 1, count)]
    values = draw.rationals("value", -3, 3, count)
    if len(set(chosen)) < count:
        draw.reject("an entry is observed twice")
    if not any(values):
        draw.reject("every observed entry is 0")
    return observed("searched", d, [pairs[k] for k in chosen], values)


@conjecture.observe(measures=[least_trace])
def semidefinite_programme(instances, setting, run):
    """The least trace between its certified bounds."""
    bounds, status = [], []
    for each in instances:
        found = min_trace(each["A"], each["y"])
        certified = found.bounds if isinstance(found, TraceMinimum) else None
        bounds.append((np.nan, np.nan) if certified is None else tuple(map(float, certified)))
        status.append(f"the least trace has no certificate: {found.status}" if certified is None else "")
    low, high = np.array(bounds).T
    return Trace({"least_trace": Column((low + high) / 2, error=(high - low) / 2 + 1e-12)}, status)


@conjecture.experiment(measures=[alpha, end_trace])
def small_starts(instances, setting, run):
    """The trace of the flow's end for falling alpha, and its change against half as many steps."""
    problem = stack([sensing(each.floats("A"), each.floats("y")) for each in instances]).to(run.device)
    log_scales = torch.tensor(-np.log(10.0) * DECIMALS, device=run.device)
    found = small_start_ends(problem, log_scales, resolution=4.0 * run.relax**-0.1)
    value, change = (
        part.diagonal(dim1=-2, dim2=-1).sum(-1).numpy(force=True) for part in (found.matrices, found.change)
    )
    columns = {
        "alpha": Column(np.broadcast_to(log_scales.numpy(force=True), value.shape), ("alpha",), log=True),
        "end_trace": Column(value, ("alpha",), error=1e-12, flow_error=change),
    }
    return Trace(columns, found.status, device=run.device)
