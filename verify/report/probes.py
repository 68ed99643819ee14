"""What `verify probe --out reports/probes/FILE.json` left behind: witnesses, and what was survived.

The pages say so beside the cases of the run. Nothing is decided here; `verify replay FILE` decides a witness again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path("reports/probes")
LARGEST = 1_000_000
"""Bytes of a file that is read."""


@dataclass(frozen=True)
class Probed:
    """One search: against which claim, on instances that break which hypotheses, and whether it found a witness."""

    file: str
    theorem: str
    claim: str
    dropped: tuple[str, ...]
    statement: str
    found: bool
    evaluations: int
    closest: float | None


def probed(folder: Path = FOLDER) -> tuple[Probed, ...]:
    """The searches of a folder, by file; a file that is none of them is passed over."""
    if not folder.is_dir():
        return ()
    found = (_read(path) for path in sorted(folder.glob("*.json")))
    return tuple(each for each in found if each is not None)


def _read(path: Path) -> Probed | None:
    if path.stat().st_size > LARGEST:
        return None
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        searched: dict[str, Any] = given["search"]
        closest = searched["closest"]
        return Probed(
            file=path.name,
            theorem=str(given["theorem"]),
            claim=str(given["claim"]["name"]),
            dropped=tuple(map(str, given["dropped"])),
            statement=str(given["statement"]),
            found={"witness": True, "survived": False}[given["kind"]],
            evaluations=int(searched["evaluations"]),
            closest=None if closest is None else float(closest),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
