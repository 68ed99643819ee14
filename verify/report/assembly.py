"""The report of a run: statement blocks, records and environment in one JSON file, and the pages made from it.

Nothing here reads a theorem: under pytest-xdist the controlling process imports no theorem file, nor SymPy or torch.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypedDict

from verify.records import Record, key


class Part(TypedDict):
    """What a report says of one theorem beside its records, in what JSON can carry from the process that has read its file."""

    theorem: str
    statement: dict[str, Any] | None
    """After the schema; None for a theorem without a file."""
    order: list[str]
    """All its cases, the thorough ones too, as they are declared."""
    of: int
    """How many cases it has at the level of the run."""
    gaps: list[str]


def report(parts: Sequence[Part], records: Iterable[Record], environment: dict[str, Any]) -> dict[str, Any]:
    """The report as a dict, with the records in the order of the statements, however they ended."""
    order = {(each["theorem"], case): (i, j) for i, each in enumerate(parts) for j, case in enumerate(each["order"])}
    last = (len(parts), 0)
    return {
        "schema": 1,
        "statements": {each["theorem"]: each["statement"] for each in parts if each["statement"]},
        "records": sorted(records, key=lambda record: order.get(key(record), last)),
        "environment": {**environment, "cases": {each["theorem"]: each["of"] for each in parts}},
    }


def write(found: dict[str, Any], folder: Path, also: Path | None = None) -> Path:
    """Write `report.json`, `index.html` and a page for each theorem; returns the index. `also` gets the JSON a second time."""
    for path in (folder / "report.json", *((also,) if also else ())):
        _replace(path, json.dumps(found, allow_nan=False, separators=(",", ":")) + "\n")
    from verify.report.site import write as write_pages

    return write_pages(found, folder)


def _replace(path: Path, content: str) -> None:
    """Write beside the file and move: a reader, or a run that is killed, never sees half a report."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(content, encoding="utf-8")
    os.replace(beside, path)
