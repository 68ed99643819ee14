"""The forms of a `NoiseReport`: plain lines, an HTML fragment and plain data."""

from __future__ import annotations

import json
from dataclasses import asdict
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify.networks.noise_report import NoiseReport


def text(report: NoiseReport) -> str:
    level = "all examples" if report.noise.exact else f"{report.confidence:.0%} confidence"
    lines = [
        f"{report.parameters} parameters, {report.examples} examples, batch size {report.batch_size} ({level})",
        f"gradient  G = |E grad|^2             {report.gradient}",
        f"noise     N = tr Cov of one batch    {report.noise}",
        f"ratio     N/G                        {report.ratio}",
        "linear scaling (lr times kappa) is excluded, for a scale-invariant loss with weight decay at equilibrium,",
        *(f"  to within a factor {c:.3g} for kappa above {bound}" for c, bound in report.largest_factor.items()),
    ]
    if report.rules:
        lines.append("square-root rule for the adaptive optimiser")
    for rule in report.rules:
        betas = ", ".join(f"{b:.6g}" for b in rule.betas)
        values = (
            f"lr {rule.lr:.4g}, betas {betas}, eps {rule.eps:.3g}"
            if rule.possible
            else "not possible: 1 - beta would exceed 1"
        )
        lines.append(f"  batch size {rule.batch_size:g} (kappa {rule.factor:g}): {values}")
    return "\n".join(lines)


def html(report: NoiseReport) -> str:
    rows = "".join(f"<tr><td>{escape(line)}</td></tr>" for line in text(report).split("\n"))
    return f"<table><caption>Gradient noise</caption>{rows}</table>"


def as_json(report: NoiseReport) -> dict[str, Any]:
    plain = asdict(report)
    plain["largest_factor"] = [{"closeness": c, **asdict(bound)} for c, bound in report.largest_factor.items()]
    return json.loads(json.dumps(plain))
