"""The forms of a `LowRankReport`: plain lines, an HTML fragment with a figure, and plain data."""

from __future__ import annotations

import math
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify.networks.low_rank_report import LowRankReport


def text(report: LowRankReport) -> str:
    """The report in plain lines."""
    lines = [f"Greedy low-rank path on symmetric {report.size} x {report.size} matrices"]
    for k, saddle in enumerate(report.path):
        leaves = (
            ""
            if k == len(report.path) - 1
            else f", leaves at rate {2 * float(saddle.rates[0]):.4g} with relative gap {report.gaps[k]:.3g}"
        )
        lines.append(f"  rank {saddle.rank}: f = {saddle.value:.6g}, trace {float(saddle.matrix.trace()):.6g}{leaves}")
    if report.visits:
        lines += ["", "Least distance of the gradient flow to each of them, as the start alpha B shrinks"]
        for visit in report.visits:
            near = "  ".join(f"{distance:9.3g}" for distance in visit.distances)
            lines.append(
                f"  alpha {visit.alpha:7.0e}:  {near}   ends at trace {visit.trace:.6g}{_to_trace(visit.to_minimum_trace)}"
            )
        if report.slopes:
            lines.append(
                "  last exponent:  "
                + "  ".join("    floor" if slope is None else f"{slope:9.3g}" for slope in report.slopes)
            )
    lines += ["", *(sentence for sentence in _trace_lines(report))] if report.minimum_trace is not None else []
    return "\n".join([*lines, *(f"Note: {note}." for note in report.notes)])


def _to_trace(distance: float | None) -> str:
    return "" if distance is None else f", {distance:.3g} from the minimum-trace solution"


def _trace_lines(report: LowRankReport) -> list[str]:
    found = report.minimum_trace
    if found is None or found.status:
        return []
    value, proof = f"{found.value:.9g}", "no rational certificate was found"
    if found.certificate is not None and found.gap == 0:
        value, proof = str(found.certificate.value), "exact, with a proof in rationals"
        proof += " that the solution is the only one" if found.certificate.unique else ""
    elif found.gap is not None:
        proof = f"certified within {float(found.gap):.1e}"
    elif found.lower is not None:
        proof = f"certified from below by {float(found.lower):.9g}"
    lines = [f"Minimum trace (nuclear norm): {value}, {proof}"]
    if report.visits:
        excess = report.visits[-1].trace - found.value
        lines.append(
            f"At the smallest alpha the flow ends {excess:.3g} above it; moderate alpha can land near it and mislead"
        )
    return lines


def as_json(report: LowRankReport) -> dict[str, Any]:
    """The report as plain data."""
    found = report.minimum_trace
    return {
        "size": report.size,
        "path": [
            {
                "rank": s.rank,
                "value": _number(s.value),
                "rates": [_number(r) for r in s.rates.tolist()],
                "matrix": [[_number(entry) for entry in row] for row in s.matrix.tolist()],
                "status": s.status,
            }
            for s in report.path
        ],
        "gaps": [_number(gap) for gap in report.gaps],
        "visits": [
            {"alpha": v.alpha, "distances": list(v.distances), "trace": v.trace, "to_minimum_trace": v.to_minimum_trace}
            for v in report.visits
        ],
        "slopes": list(report.slopes),
        "minimum_trace": None
        if found is None or found.status
        else {
            "value": found.value,
            "lower": None if found.lower is None else str(found.lower),
            "upper": None if found.certificate is None else str(found.certificate.value),
            "unique": found.certificate is not None and found.gap == 0 and found.certificate.unique,
            "matrix": found.matrix.tolist(),
        },
        "notes": list(report.notes),
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def html(report: LowRankReport) -> str:
    """One self-contained fragment: the lines, and the figure of the visits."""
    return f'<section class="verify-low-rank"><pre>{escape(text(report))}</pre>{_figure(report)}</section>'


def _figure(report: LowRankReport) -> str:
    if len(report.visits) < 2:
        return ""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.add_subplot()
    alphas = [visit.alpha for visit in report.visits]
    for k, saddle in enumerate(report.path[1:]):
        axes.loglog(alphas, [visit.distances[k] for visit in report.visits], marker="o", label=f"rank {saddle.rank}")
    if report.visits[0].to_minimum_trace is not None:
        axes.loglog(
            alphas,
            [visit.to_minimum_trace for visit in report.visits],
            marker="s",
            linestyle="--",
            label="end to minimum trace",
        )
    axes.set_xlabel("scale of the start, alpha")
    axes.set_ylabel("least distance of the flow")
    axes.legend()
    FigureCanvasSVG(figure).print_svg(out := StringIO(), metadata={"Date": None})
    return out.getvalue()[out.getvalue().index("<svg") :]
