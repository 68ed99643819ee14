"""The two graphs of a report: theorems on the ground that is only cited, and the steps of one proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from verify.report.graph import Node, drawn
from verify.report.status import standing
from verify.report.summary import Summary

Block = dict[str, Any]
Record = dict[str, Any]

_BORDERS = {"CONFIRMED": "confirmed", "RECONSTRUCTED": "reconstructed", "OWN": "own", None: "own"}


def theorems(statements: Mapping[str, Block], rows: Sequence[Summary]) -> Markup | None:
    """Every theorem with the citations that its proof stands on, and the theorems of this report that these name."""
    nodes, edges = [], []
    for row in rows:
        fill = "bad" if row.unexpected else row.status.look
        shape = "round" if row.kind == "conjecture" else "box"
        title = f"{row.title}: {row.status.word}, {row.fidelity or 'no source'}"
        nodes.append(Node(row.name, row.name, shape, f"{_BORDERS[row.fidelity]} {fill}", title, f"{row.name}.html", 1))
    for name, block in statements.items():
        for step in block.get("about", {}).get("steps", {}).values():
            citation = step.get("citation")
            if not citation:
                continue
            key = f"cited {citation}"
            if key not in {node.name for node in nodes}:
                nodes.append(Node(key, citation, "cut", "ground", f"only cited: {citation}"))
            edges.append((key, name))
            edges += [(other, name) for other in statements if other != name and other in citation]
    return drawn(nodes, edges, "Theorems, and the ground that is only cited")


def proof(block: Block, records: Sequence[Record]) -> Markup | None:
    """Hypotheses, steps and conclusions of one theorem; None where it states no step."""
    if not block["steps"]:
        return None
    about = block.get("about", {})
    checked = {record["name"]: record for record in records if record["kind"] == "step"}
    nodes, edges = [], []
    for each in block["hypotheses"]:
        kind = about.get("hypotheses", {}).get(each["name"], {}).get("standing", "TESTED")
        look = "ground" if kind == "ASSUMED" else "given"
        nodes.append(
            Node(each["name"], each["name"], "round", look, f"hypothesis, {kind}", f"#given-{_anchor(each['name'])}")
        )
    for step in block["steps"]:
        name = step["name"]
        nodes.append(
            Node(
                name,
                name,
                "cut" if step["by"] == "cited" else "box",
                *_step(step, checked.get(name)),
                f"#given-{_anchor(name)}",
            )
        )
        edges += [(given, name) for given in step["given"]]
    for place, conclusion in enumerate(block["conclusions"], start=1):
        key = f"concluded {conclusion['name']}"
        found = standing(block, records, conclusion["name"])
        fill = "proved" if found.proved else "measured" if found.measured else "open"
        nodes.append(
            Node(
                key,
                conclusion["name"],
                "box",
                f"conclusion {fill}",
                f"conclusion: {found.sentence}",
                f"#conclusion-{place}",
            )
        )
        edges += [(step["name"], key) for step in block["steps"] if step["claim"] == conclusion["formula"]]
    return drawn(nodes, edges, "What each step of the proof rests on")


def _step(step: Block, record: Record | None) -> tuple[str, str]:
    """Classes and title of a step's node."""
    if step["by"] == "cited":
        return "ground", "cited, not checked here"
    if record is None:
        return "given", "not run"
    if not record["as_expected"]:
        return "given bad", "its certificate is not accepted"
    if record["checked_by"] == "kernel":
        return "given proved", "checked by the kernel"
    return "given open", "checked by computer algebra only"


def _anchor(name: str) -> str:
    """As the page's template makes it."""
    return name.replace(" ", "_")
