"""Fragments of HTML for notebooks: self-contained, complete without a script, everything that was given escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup


def math(mathml: str) -> Markup:
    """A formula that was rendered here."""
    return Markup(mathml)


def rows(cells: Iterable[Sequence[str]]) -> Markup:
    """Table rows with the first cell as their heading; cells are text unless they are `Markup`."""
    line = Markup("<tr><th style='text-align:left'>{}</th>{}</tr>")
    cell = Markup("<td style='text-align:left'>{}</td>")
    return Markup("").join(line.format(first, Markup("").join(map(cell.format, rest))) for first, *rest in cells)


def table(caption: str, cells: Iterable[Sequence[str]], folded: bool = False) -> Markup:
    """A table under its caption, folded away where that is asked for; nothing where there are no rows."""
    inside = rows(cells)
    if not inside:
        return Markup("")
    return Markup("<details{}><summary><b>{}</b></summary><table>{}</table></details>").format(
        Markup("" if folded else " open"), caption, inside
    )
