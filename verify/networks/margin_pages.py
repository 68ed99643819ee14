"""The forms of a `MarginReport`: plain lines, an HTML fragment and plain data."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify.networks.margin_report import MarginReport

_SHOWN = 5
"""Constraints of the active set that are printed."""

Row = tuple[str, str]


def rows(report: MarginReport) -> list[Row]:
    """Name and value, line by line."""
    scales = report.homogeneity
    found = [
        ("network", f"{report.parameters:,} parameters, {report.outputs} output{'s' * (report.outputs > 1)}"),
        ("data", f"{report.examples:,} examples, {report.constraints:,} constraints s >= 1, {report.violated:,} of them with s <= 0"),
    ]  # fmt: skip
    if scales.degree is not None:
        found.append(("degree of homogeneity", f"L = {scales.degree:g} (tested to {scales.defect:.0e})"))
    else:
        found.append(("degree of homogeneity", f"not homogeneous: off the best power by {scales.defect:.2g}"))
        found += [("", reason) for reason in scales.reasons or ("no reason was found in its modules or biases",)]
    found += [
        ("norm |theta|", _power_of_ten(report.log_norm)),
        ("loss, summed", _power_of_ten(report.log_loss) + f"   (log 1/Loss = {-report.log_loss:.6g})"),
        ("least margin s_min", f"{report.least:.6g}"),
    ]
    if report.normalised is not None:
        found += [
            ("normalised margin", f"{report.normalised:.6g}   (s_min/|theta|^L)"),
            ("smoothed margin", f"{report.smoothed:.6g}"),
        ]
    found.append(
        ("cosine beta", f"{report.cosine:.6f}   (1 - beta = {report.cosine_defect:.3g}; theta against -grad Loss)")
    )
    if report.kkt is not None:
        kkt = report.kkt
        found += [
            ("KKT stationarity eps", f"{kkt.eps:.4g}   ({kkt.eps_relative:.3g} of the point's norm)"),
            ("KKT slackness delta", f"{kkt.delta:.4g}   (summed {kkt.delta_sum:.4g})"),
            ("active set", f"{kkt.active_count:,} constraints within log K + 3 of the least"),
        ]
        for each in kkt.active[:_SHOWN]:
            against = "" if each.against is None else f" against class {each.against}"
            found.append(
                ("", f"example {each.example}{against}: s/s_min = {each.margin:.4f}, lambda = {each.multiplier:.4g}")
            )
    if report.tangent is not None:
        tangent = report.tangent
        found += [
            (
                "tangent-kernel machine",
                f"direction {tangent.chord:.4g} away from theta's, {tangent.support} support vectors",
            ),
            ("", f"with the best multipliers theta is stationary to {tangent.residual:.3g} of its norm"),
            ("", f"margin in [{tangent.margin:.6g}, {tangent.bound:.6g}], relative gap {tangent.gap:.1e}"),
        ]
    return [*found, *(("note", note) for note in report.notes)]


def text(report: MarginReport) -> str:
    """The report in plain lines."""
    return "\n".join(f"{name:<24}{value}" for name, value in rows(report))


def html(report: MarginReport) -> str:
    """The report as one self-contained HTML fragment."""
    body = "".join(
        f'<tr><th scope="row" style="text-align:left">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in rows(report)
    )
    return f"<table><caption>Margins and KKT conditions</caption>{body}</table>"


def as_json(report: MarginReport) -> dict[str, Any]:
    """The report as plain data; what is not defined or not finite is null."""
    return json.loads(json.dumps(_finite(asdict(report))))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _power_of_ten(log: float) -> str:
    """exp(log) as a decimal, however small."""
    if not math.isfinite(log):
        return "0"
    exponent = math.floor(log / math.log(10))
    if -3 <= exponent <= 5:
        return f"{math.exp(log):.6g}"
    mantissa = math.exp(log - exponent * math.log(10))
    return f"{mantissa:.4f}e{exponent}" if abs(exponent) < 1e9 else f"exp({log:.6g})"
