"""The report of a run: statement blocks, records and environment in one JSON file, and the pages made from it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from verify.loading import shown
from verify.records import Record, key
from verify.runner.selection import Planned
from verify.statement.cases import plan
from verify.statement.describe import describe


def report(planned: Sequence[Planned], records: Iterable[Record], environment: dict[str, Any]) -> dict[str, Any]:
    """The report as a dict, with the records in the order of the statements, however they ended."""
    order = {
        (each.theorem.name, case.id): (i, j)
        for i, each in enumerate(planned)
        for j, case in enumerate(plan(each.theorem, "thorough"))
    }
    last = (len(planned), 0)
    return {
        "schema": 1,
        "statements": {
            each.theorem.name: describe(each.theorem, Path(shown(each.file))) for each in planned if each.file
        },
        "records": sorted(records, key=lambda record: order.get(key(record), last)),
        "environment": {**environment, "cases": {each.theorem.name: each.of for each in planned}},
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
