"""Curves of a record as SVG that fits a light page, a dark one and paper."""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

_INK = "#010203"
"""Stands for the page's text colour, and is replaced by `currentColor` in the finished drawing."""
_MEASURED = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Okabe and Ito's colours, which remain distinct for colour-blind readers and on either background."""
_STYLES = ("-", ":", "-.", (0, (5, 1)))
_LARGEST = 1e100
"""Beyond it the axes of a drawing overflow."""


def drawn(figure: dict[str, Any] | None, anchor: str = "") -> Markup | None:
    """The figure as inline SVG: measured lines with their bands, predicted ones in the colour of the text and dashed.

    `anchor` keeps the identifiers inside the drawing apart from those of other drawings on the same page.
    """
    lines = _drawable(figure) if figure else []
    if not figure or not lines:
        return None
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullLocator

    key = hashlib.sha256(f"{anchor}{json.dumps(figure, sort_keys=True)}".encode()).hexdigest()[:12]
    # labels come from a file: no TeX is read in them, and they stay text that the page's font prints
    settings: dict[Any, Any] = {"svg.hashsalt": key, "svg.fonttype": "none", "font.size": 9, "text.parse_math": False}
    with matplotlib.rc_context(settings):
        canvas = Figure(figsize=(5.6, 2.8))
        axes = canvas.add_axes((0.13, 0.17, 0.84, 0.79))
        _curves(axes, lines)
        for name in ("x", "y"):
            coordinate = figure.get(name, {"label": ""})
            log = coordinate.get("scale") == "log"
            getattr(axes, f"set_{name}label")(coordinate["label"] + (" (log scale)" if log else ""), color=_INK)
            if log:
                getattr(axes, f"set_{name}scale")("log")
                axis = getattr(axes, f"{name}axis")
                axis.set_major_formatter(
                    FuncFormatter(lambda value, _: f"{value:g}".replace("e+0", "e").replace("e-0", "e-"))
                )
                axis.set_minor_locator(NullLocator())
        axes.tick_params(which="both", colors=_INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(_INK)
        axes.legend(frameon=False, labelcolor=_INK)
        out = io.StringIO()
        canvas.savefig(
            out, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    return Markup(_inline(out.getvalue(), key))


@dataclass(frozen=True)
class _Line:
    label: str
    predicted: bool
    x: list[float]
    y: list[float]
    error: list[float]


def _drawable(figure: dict[str, Any]) -> list[_Line]:
    """The lines with the points that have a place on these axes; a line without any is left out."""
    logs = [figure.get(name, {}).get("scale") == "log" for name in ("x", "y")]
    found = []
    for line in figure["lines"]:
        errors = line.get("error") or [None] * len(line["x"])
        points = [
            (x, y, error if error is not None and abs(error) < _LARGEST else 0.0)
            for x, y, error in zip(line["x"], line["y"], errors, strict=False)
            if all(
                value is not None and abs(value) < _LARGEST and (value > 0 or not log)
                for value, log in zip((x, y), logs, strict=True)
            )
        ]
        if points:
            x, y, error = (list(column) for column in zip(*points, strict=True))
            found.append(_Line(line["label"], line["role"] == "predicted", x, y, error))
    return found


def _curves(axes: Any, lines: list[_Line]) -> None:
    measured = 0
    for line in lines:
        if line.predicted:
            axes.plot(line.x, line.y, linestyle="--", linewidth=1.2, color=_INK, label=f"{line.label} (predicted)")
            continue
        colour, style = _MEASURED[measured % len(_MEASURED)], _STYLES[measured % len(_STYLES)]
        measured += 1
        axes.plot(
            line.x, line.y, marker="o", markersize=2.5, linewidth=1.2, linestyle=style, color=colour, label=line.label
        )
        if any(line.error):
            low, high = ([y + sign * e for y, e in zip(line.y, line.error, strict=True)] for sign in (-1, 1))
            axes.fill_between(line.x, low, high, color=colour, alpha=0.25, linewidth=0)


def _inline(svg: str, key: str) -> str:
    """The `<svg>` element alone, with identifiers that no other figure of the page uses, in the page's text colour."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<style.*?</style>", "", body, count=1, flags=re.DOTALL)  # it would apply to the whole page
    body = (
        re.sub(r"font-family: [^;\"]*;", "", body)
        .replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
        .replace("xlink:href", "href")
    )
    for mark in ('id="', 'href="#', "url(#"):
        body = body.replace(mark, f"{mark}f{key}-")
    return body.replace(_INK, "currentColor")
