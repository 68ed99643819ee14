"""Curves of a record as SVG that fits a light page, a dark one and paper.

Matplotlib draws; what it writes is then reduced to paths and texts with a class each, and the page's style sheet gives them
colour, dash and size. So a drawing of sixty points takes three kilobytes, and follows the reader's colour scheme.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from markupsafe import Markup, escape

_MEASURED = 4
"""How many measured lines the style sheet tells apart."""
_LARGEST = 1e100
"""Beyond it the axes of a drawing overflow."""
_VISIBLE = 2e-3
"""A band narrower than this share of the axis would lie within the line."""
_SVG = "{http://www.w3.org/2000/svg}"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SWATCH = Markup('<span class="key"><svg viewBox="0 0 24 8"><path class="{}" d="{}"/></svg> {}</span>')


def drawn(figure: dict[str, Any] | None, anchor: str = "") -> Markup | None:
    """The figure as inline SVG with its legend below: measured lines with their bands, predicted ones dashed.

    `anchor`, such as the case, keeps the identifiers inside the drawing apart from those of others on the same page. A drawing is made once
    a process, so that the runner can have it made while other processes are still at work.
    """
    return _drawn(json.dumps(figure, sort_keys=True), anchor) if figure else None


@cache
def _drawn(content: str, anchor: str) -> Markup | None:
    figure = json.loads(content)
    lines = _drawable(figure)
    if not lines:
        return None
    import matplotlib

    key = "f" + hashlib.sha256(f"{anchor}{content}".encode()).hexdigest()[:6]
    # labels come from a file: no TeX is read in them, and they stay text that the page's font prints
    settings: dict[Any, Any] = {"svg.hashsalt": key, "svg.fonttype": "none", "font.size": 9, "text.parse_math": False}
    scales = [figure.get(name, {}).get("scale", "linear") for name in ("x", "y")]
    with matplotlib.rc_context(settings):
        canvas, axes = _stage(*scales)
        for name, scale in zip(("x", "y"), scales, strict=True):
            label = figure.get(name, {"label": ""})["label"]
            getattr(axes, f"set_{name}label")(label + (" (log scale)" if scale == "log" else ""))
        artists = [artist for line in lines for artist in _curves(axes, line)]
        axes.relim()
        axes.autoscale_view()
        out = io.StringIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
        for artist in artists:
            artist.remove()
    legend = Markup(" ").join(
        _SWATCH.format(line.look, line.swatch, line.label + (" (predicted)" if line.predicted else ""))
        for line in lines
    )
    return Markup(_reduced(out.getvalue(), key)) + Markup('<p class="legend">{}</p>').format(legend)


@dataclass(frozen=True)
class _Line:
    label: str
    style: str
    """The class that the style sheet draws: m0, m1, ... for measured lines, "predicted"."""
    joined: bool
    x: list[float]
    y: list[float]
    error: list[float]

    @property
    def predicted(self) -> bool:
        return self.style == "predicted"

    @property
    def look(self) -> str:
        """The classes of the line itself."""
        return self.style if self.joined else f"{self.style} points"

    @property
    def swatch(self) -> str:
        """The path that the legend shows."""
        return "M1 4H23" if self.joined else "M8 4h8" if self.predicted else "M12 4h0"


def _drawable(figure: dict[str, Any]) -> list[_Line]:
    """The lines with the points that have a place on these axes; a line without any is left out."""
    logs = [figure.get(name, {}).get("scale") == "log" for name in ("x", "y")]
    found: list[_Line] = []
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
            measured = sum(not each.predicted for each in found)
            style = "predicted" if line["role"] == "predicted" else f"m{measured % _MEASURED}"
            x, y, error = (list(column) for column in zip(*points, strict=True))
            found.append(_Line(line["label"], style, line.get("joined", True), x, y, error))
    return found


@cache
def _stage(x_scale: str, y_scale: str) -> tuple[Any, Any]:
    """Empty axes of these scales. They are kept, since making them takes as long as drawing on them."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    canvas = Figure(figsize=(5.6, 2.5))
    axes = canvas.add_axes((0.13, 0.19, 0.85, 0.74))
    for name, scale in (("x", x_scale), ("y", y_scale)):
        getattr(axes, f"set_{name}scale")(scale)
        axis = getattr(axes, f"{name}axis")
        axis.set_major_locator(LogLocator(numticks=6) if scale == "log" else MaxNLocator(5))
        if scale == "log":
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(_power))
    axes.spines[["top", "right"]].set_visible(False)
    return canvas, axes


def _power(value: float, _: Any) -> str:
    """A tick of a logarithmic axis."""
    exponent = f"{value:.0e}".partition("e")
    if not exponent[0].endswith("1") or -2 < int(exponent[2]) < 3:
        return f"{value:g}"
    return "10" + str(int(exponent[2])).translate(_SUPERSCRIPTS)


def _curves(axes: Any, line: _Line) -> list[Any]:
    shape = {"linestyle": "-"} if line.joined else {"linestyle": "none", "marker": "o"}
    artists = axes.plot(line.x, line.y, **shape, gid=line.look)
    heights = [y + sign * e for y, e in zip(line.y, line.error, strict=True) for sign in (-1, 1)]
    if any(line.error) and max(line.error) > _VISIBLE * (max(heights) - min(heights)):
        low, high = heights[::2], heights[1::2]
        limits = axes.dataLim.frozen()
        artists.append(axes.fill_between(line.x, low, high, gid=f"{line.style} band"))
        if axes.get_yscale() == "log":
            axes.dataLim.set(limits)  # a band that reaches below zero has no lower end here
    return artists


def _reduced(svg: str, key: str) -> str:
    """The drawing as paths and texts with a class each; what a class shares stands in the style sheet."""
    root = ET.fromstring(svg[svg.index("<svg") :])
    width, height = root.attrib["viewBox"].split()[2:]
    (window,) = root.iter(f"{_SVG}rect")  # of the clip path
    frame, curves = "", ""
    for group in root.iter(f"{_SVG}g"):
        name = group.get("id", "")
        if re.fullmatch("[xy]tick_[0-9]+", name):
            frame += "".join(_at(use) + ("v3" if name[0] == "x" else "h-3") for use in group.iter(f"{_SVG}use"))
        elif re.fullmatch("patch_[0-9]+", name):
            frame += "".join(_path(path) for path in group.iter(f"{_SVG}path") if not _closed(path))
        elif re.fullmatch("(m[0-9]|predicted)( points| band)?", name):
            curves += _curve(group, name)
    texts = "".join(_text(text) for text in root.iter(f"{_SVG}text"))
    return (
        f'<svg class="plot" viewBox="0 0 {width} {height}">'
        f'<clipPath id="{key}"><rect {_sides(window)}/></clipPath><path class="frame" d="{frame}"/>'
        f'<g clip-path="url(#{key})">{curves}</g>{texts}</svg>'
    )


def _curve(group: ET.Element, name: str) -> str:
    """A line, a band, or points: strokes of no length with round ends, predicted ones a short dash."""
    dots = "".join(_at(use) + ("h0" if name[0] == "m" else "m-4 0h8") for use in group.iter(f"{_SVG}use"))
    if name.endswith("points"):
        return f'<path class="{name}" d="{dots}"/>'
    shift = next(
        (float(use.get("y", "0")) for use in group.iter(f"{_SVG}use")), 0.0
    )  # bands are drawn above the origin
    return "".join(f'<path class="{name}" d="{_path(path, shift)}"/>' for path in group.iter(f"{_SVG}path"))


def _text(element: ET.Element) -> str:
    turned = element.get("transform", "")
    end = ' class="end"' if "text-anchor: end" in element.get("style", "") else ""
    upright = turned.startswith("rotate(-0 ") or not turned
    place = _sides(element) if upright else f'{_sides(element)} transform="{_short(turned)}"'
    return f"<text {place}{end}>{escape(''.join(element.itertext()))}</text>"


def _path(path: ET.Element, shift: float = 0.0) -> str:
    """The path's data; `shift` is added to each ordinate."""
    from matplotlib.path import Path

    points = re.findall(r"([ML]) (\S+) (\S+)", path.get("d", ""))
    codes = [Path.MOVETO if command == "M" else Path.LINETO for command, _, _ in points]
    # Vertices that lie within a ninth of a pixel of the line beside them are left out.
    drawn = Path([(float(x), float(y) + shift) for _, x, y in points], codes).cleaned(simplify=True)
    vertices, codes = np.asarray(drawn.vertices), np.asarray(drawn.codes)
    kept = [(x, y, code) for (x, y), code in zip(vertices, codes, strict=True) if code != Path.STOP]
    places = [(f"{_short(x)} {_short(y)}", code) for x, y, code in kept]
    lines = "".join(
        f"{'M' if code == Path.MOVETO else 'L'}{place}"
        for (before, _), (place, code) in pairwise([("", 0), *places])
        if code == Path.MOVETO or place != before
    )
    return lines + ("z" if _closed(path) else "")


def _closed(path: ET.Element) -> bool:
    return "z" in path.get("d", "")


def _at(element: ET.Element) -> str:
    return f"M{_short(element.get('x', '0'))} {_short(element.get('y', '0'))}"


def _sides(element: ET.Element) -> str:
    return " ".join(
        f'{name}="{_short(element.attrib[name])}"' for name in ("x", "y", "width", "height") if name in element.attrib
    )


def _short(numbers: float | str) -> str:
    """Numbers to a tenth of a pixel."""
    return re.sub(r"-?\d+\.\d+(e-\d+)?", lambda found: f"{round(float(found[0]), 1):g}", str(numbers))
