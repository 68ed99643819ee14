"""Curves of a record as SVG that fits a light page, a dark one and paper.

Matplotlib's axes scale the numbers and choose and name the ticks. The drawing itself is written here, as paths and texts with a
class each, to which the page's style sheet gives colour, dash and size: sixty points take three kilobytes, follow the reader's
colour scheme, and are drawn in a tenth of the time of a canvas.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from markupsafe import Markup, escape

_MEASURED = 4
"""How many measured lines the style sheet tells apart."""
_LARGEST = 1e100
"""Beyond it the axes of a drawing overflow."""
_VISIBLE = 2e-3
"""A band narrower than this share of the axis would lie within the line."""
_WIDTH, _HEIGHT = 403, 180
"""Of the drawing, in CSS pixels."""
_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 12, 395, 146
"""The window of the axes, y downwards."""
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SWATCH = Markup('<span class="key"><svg viewBox="0 0 24 8"><path class="{}" d="{}"/></svg> {}</span>')


def drawn(figure: dict[str, Any] | None) -> Markup | None:
    """The figure as inline SVG with its legend below: measured lines with their bands, predicted ones dashed.

    A drawing is made once a process, so that the runner can have it made while other processes are still at work.
    """
    return _drawn(json.dumps(figure, sort_keys=True)) if figure else None


@cache
def _drawn(content: str) -> Markup | None:
    figure = json.loads(content)
    lines = _drawable(figure)
    if not lines:
        return None
    axes = _axes(*(figure.get(name, {}).get("scale", "linear") for name in ("x", "y")))
    bands = list(map(_band, lines))
    _fit(axes, lines, bands)
    curves = "".join(map(partial(_curve, axes), lines, bands))
    frame, ticks = _frame(axes)
    svg = (
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}"><path class="frame" d="{frame}"/>'
        f"{curves}{ticks}{_labels(figure)}</svg>"
    )
    legend = Markup(" ").join(
        _SWATCH.format(line.look, line.swatch, line.label + (" (predicted)" if line.predicted else ""))
        for line in lines
    )
    return Markup(svg) + Markup('<p class="legend">{}</p>').format(legend)


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
def _axes(x_scale: str, y_scale: str) -> Any:
    """Empty axes of these scales, whose display units are pixels, y upwards. Making them takes longer than a drawing: they are kept."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

    window = (_LEFT / _WIDTH, 1 - _BOTTOM / _HEIGHT, (_RIGHT - _LEFT) / _WIDTH, (_BOTTOM - _TOP) / _HEIGHT)
    axes = Figure(figsize=(_WIDTH / 72, _HEIGHT / 72), dpi=72).add_axes(window)
    for name, scale in (("x", x_scale), ("y", y_scale)):
        getattr(axes, f"set_{name}scale")(scale)
        axis = getattr(axes, f"{name}axis")
        axis.set_major_locator(LogLocator(numticks=6) if scale == "log" else MaxNLocator(5))
        if scale == "log":
            axis.set_major_formatter(FuncFormatter(_power))
    return axes


def _power(value: float, position: Any) -> str:
    """A tick of a logarithmic axis."""
    digits, _, exponent = f"{value:.5e}".partition("e")
    if float(digits) != 1 or -2 < int(exponent) < 3:
        return f"{value:g}"
    return "10" + str(int(exponent)).translate(_SUPERSCRIPTS)


def _band(line: _Line) -> tuple[np.ndarray, np.ndarray] | None:
    """The lower and the upper end, where they can be told from the line."""
    y, error = np.array(line.y), np.array(line.error)
    low, high = y - error, y + error
    return (low, high) if error.any() and error.max() > _VISIBLE * (high.max() - low.min()) else None


def _fit(axes: Any, lines: Sequence[_Line], bands: Sequence[tuple[np.ndarray, np.ndarray] | None]) -> None:
    """The limits of the axes around lines and bands; on a logarithmic axis a band that reaches below zero has no lower end here."""
    axes.dataLim.set_points(np.array([[np.inf, np.inf], [-np.inf, -np.inf]]))
    axes.ignore_existing_data_limits = True
    for line, band in zip(lines, bands, strict=True):
        ends = band if band is not None and axes.get_yscale() == "linear" else ()
        for y in (line.y, *ends):
            axes.update_datalim(np.column_stack([line.x, y]))
    axes.autoscale(True)
    axes.autoscale_view()


def _frame(axes: Any) -> tuple[str, str]:
    """The path of the two axes with their ticks, and the texts beside the ticks."""
    path, texts = f"M{_LEFT} {_TOP}V{_BOTTOM}H{_RIGHT}", ""
    for axis, upright in ((axes.xaxis, False), (axes.yaxis, True)):
        low, high = sorted(axis.get_view_interval())
        places = _ticks(axis, low, high)
        names = axis.get_major_formatter().format_ticks(places)
        for place, name in zip(places, names, strict=True):
            x, y = _pixels(axes, [low if upright else place], [place if upright else low])[0]
            path += f"M{_LEFT} {_short(y)}h-3" if upright else f"M{_short(x)} {_BOTTOM}v3"
            texts += _text(_LEFT - 7, y + 3.2, name, "end") if upright else _text(x, _BOTTOM + 13.5, name)
        if offset := axis.get_major_formatter().get_offset():
            texts += _text(_LEFT, _TOP - 4, offset) if upright else _text(_RIGHT, _BOTTOM + 24.5, offset, "end")
    return path, texts


def _ticks(axis: Any, low: float, high: float) -> list[float]:
    """Where the axis has ticks: on a logarithmic one at powers of ten, or between them where they would be fewer than two."""
    from matplotlib.ticker import LogLocator, MaxNLocator

    finer = (LogLocator(subs=(1, 2, 5)), MaxNLocator(5)) if axis.get_scale() == "log" else ()
    for locator in (axis.get_major_locator(), *finer):
        places = [float(place) for place in locator.tick_values(low, high) if low <= place <= high]
        if len(places) >= 2:
            break
    return places


def _labels(figure: dict[str, Any]) -> str:
    """The names of the two axes."""
    x, y = (
        figure.get(name, {}).get("label", "") + (" (log scale)" if figure.get(name, {}).get("scale") == "log" else "")
        for name in ("x", "y")
    )
    middle = _short((_TOP + _BOTTOM) / 2)
    upwards = f'<text transform="translate(10 {middle})rotate(-90)">{escape(y)}</text>' if y else ""
    return (_text((_LEFT + _RIGHT) / 2, _HEIGHT - 9, x) if x else "") + upwards


def _curve(axes: Any, line: _Line, band: tuple[np.ndarray, np.ndarray] | None) -> str:
    """A band behind a line; or points: strokes of no length with round ends, predicted ones a short dash."""
    points = _pixels(axes, line.x, line.y)
    if line.joined:
        drawn = f'<path class="{line.look}" d="{_path(points)}"/>'
    else:
        dot = "m-4 0h8" if line.predicted else "h0"
        drawn = f'<path class="{line.look}" d="{"".join(f"M{_short(x)} {_short(y)}{dot}" for x, y in points)}"/>'
    if band is None:
        return drawn
    low, high = (_pixels(axes, line.x, end) for end in band)
    return f'<path class="{line.style} band" d="{_path(np.concatenate([low, high[::-1]]))}z"/>{drawn}'


def _pixels(axes: Any, x: Any, y: Any) -> np.ndarray:
    """Numbers in the drawing's coordinates, y downwards; the end of a band beyond the axes comes to lie on their edge."""
    with np.errstate(all="ignore"):
        places = axes.transData.transform(np.column_stack([x, y])) * (1, -1) + (0, _HEIGHT)
    return np.clip(np.nan_to_num(places, nan=_BOTTOM), (_LEFT, _TOP), (_RIGHT, _BOTTOM))


def _path(points: np.ndarray) -> str:
    """Through the points; those that lie within a ninth of a pixel of the line beside them are left out."""
    from matplotlib.path import Path

    drawn = Path(points).cleaned(simplify=True)
    kept = np.asarray(drawn.vertices)[np.asarray(drawn.codes) != Path.STOP]
    places = [f"{_short(x)} {_short(y)}" for x, y in kept]
    return "M" + "L".join(place for before, place in zip(["", *places], places, strict=False) if place != before)


def _text(x: float, y: float, content: str, place: str = "") -> str:
    named = f' class="{place}"' if place else ""
    return f'<text x="{_short(x)}" y="{_short(y)}"{named}>{escape(content)}</text>'


def _short(number: float) -> str:
    """To a tenth of a pixel."""
    return f"{round(float(number), 1):g}"
