"""Dependency graphs as SVG: what rests on what, from left to right.

A node's shape says what it is, its border how faithful to a paper, its fill how it came out; ground that is only cited, or assumed,
has no fill and a dashed border. All of these are classes that the page's style sheet draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

_ROW, _HEIGHT, _GAP, _GLYPH = 25, 19, 46, 5.5
"""Pixels from row to row, of a node, between columns, of a character at nine pixels."""
_LONGEST = 40
"""Characters of a label; the whole of it is the node's title."""
_SWEEPS = 6


@dataclass(frozen=True)
class Node:
    """`shape` is "box", "round" or "cut"; `look` holds the classes of border and fill; `href` is a page or an anchor.

    `column` is the first in which it may stand.
    """

    name: str
    label: str
    shape: str
    look: str
    title: str = ""
    href: str = ""
    column: int = 0


def drawn(nodes: Sequence[Node], edges: Iterable[tuple[str, str]], about: str) -> Markup | None:
    """The graph; an edge leads from what is given to what rests on it. None without a node, or where it has a cycle."""
    known = {node.name for node in nodes}
    arcs = sorted({(source, target) for source, target in edges if source in known and target in known})
    depth = _depths({node.name: node.column for node in nodes}, arcs)
    if not nodes or depth is None:
        return None
    layers = [[node for node in nodes if depth[node.name] == k] for k in range(max(depth.values()) + 1)]
    columns = _ordered([layer for layer in layers if layer], arcs)
    widths = [max(_width(node) for node in column) for column in columns]
    height = _ROW * max(map(len, columns))
    places: dict[str, tuple[float, float, float]] = {}
    left = 2.0
    for column, width in zip(columns, widths, strict=True):
        top = (height - _ROW * len(column)) / 2
        for row, node in enumerate(column):
            places[node.name] = (left, top + _ROW * row + _ROW / 2, width)
        left += width + _GAP
    lines = "".join(_line(places[source], places[target]) for source, target in arcs)
    boxes = Markup("").join(_box(node, *places[node.name]) for node in nodes)
    return Markup(
        '<svg class="graph" role="img" aria-label="{about}" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        'xmlns="http://www.w3.org/2000/svg"><path class="edges" d="{lines}"/>{boxes}</svg>'
    ).format(about=about, width=left - _GAP + 2, height=height + 2, lines=lines, boxes=boxes)


def _depths(first: Mapping[str, int], arcs: Sequence[tuple[str, str]]) -> dict[str, int] | None:
    """The column of each node, beyond all that it rests on; None where edges run in a circle."""
    depth = dict(first)
    for _ in first:
        moved = False
        for source, target in arcs:
            if depth[target] <= depth[source]:
                depth[target], moved = depth[source] + 1, True
        if not moved:
            return depth
    return None if arcs else depth


def _ordered(columns: list[list[Node]], arcs: Sequence[tuple[str, str]]) -> list[list[Node]]:
    """Each column in the order of the mean place of its neighbours, so that few edges cross."""
    near: dict[str, list[str]] = {}
    for source, target in arcs:
        near.setdefault(source, []).append(target)
        near.setdefault(target, []).append(source)
    for _ in range(_SWEEPS):
        for k, column in enumerate(columns):
            place = {node.name: row - len(other) / 2 for other in columns for row, node in enumerate(other)}
            columns[k] = sorted(
                column, key=lambda node: _mean([place[name] for name in near.get(node.name, ())], place[node.name])
            )
    return columns


def _mean(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _label(node: Node) -> str:
    return node.label if len(node.label) <= _LONGEST else f"{node.label[: _LONGEST - 1]}…"


def _width(node: Node) -> float:
    return _GLYPH * len(_label(node)) + 14


def _line(source: tuple[float, float, float], target: tuple[float, float, float]) -> str:
    start, end = source[0] + source[2], target[0]
    if f"{source[1]:.0f}" == f"{target[1]:.0f}":
        return f"M{start:.0f} {source[1]:.0f}H{end:.0f}"
    middle = (start + end) / 2
    return f"M{start:.0f} {source[1]:.0f}C{middle:.0f} {source[1]:.0f} {middle:.0f} {target[1]:.0f} {end:.0f} {target[1]:.0f}"


def _box(node: Node, left: float, middle: float, width: float) -> Markup:
    top = middle - _HEIGHT / 2
    if node.shape == "cut":
        d = f"M{left + 6:.0f} {top:.0f}h{width - 12:.0f}l6 {_HEIGHT / 2}l-6 {_HEIGHT / 2}h{12 - width:.0f}l-6 -{_HEIGHT / 2}z"
        outline = Markup('<path class="node {}" d="{}"/>').format(node.look, d)
    else:
        corners = Markup(' rx="9"') if node.shape == "round" else ""
        # its height, that of all boxes, stands in the style sheet
        outline = Markup('<rect class="node {}" x="{:.0f}" y="{:.0f}" width="{:.0f}"{}/>').format(
            node.look, left, top, width, corners
        )
    text = Markup('<text x="{:.0f}" y="{:.0f}">{}</text>').format(left + width / 2, middle + 3, _label(node))
    title = Markup("<title>{}</title>").format(node.title or node.label)
    link = Markup('<a href="{}">{}</a>').format(node.href, outline + text) if node.href else outline + text
    return Markup("<g>{}{}</g>").format(title, link)
