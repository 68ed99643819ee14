"""`verify list`: read from syntax trees and the ledger alone."""

from __future__ import annotations

from collections.abc import Iterator

from verify.loading import catalogue, default_folder
from verify.report.ledger import is_stale, read


def rows() -> Iterator[str]:
    """One line a theorem: name, status with its freshness, title."""
    entries = read()["theorems"]
    found = sorted(catalogue([default_folder()]).values(), key=lambda each: each.name)
    states = []
    for each in found:
        entry = entries.get(each.name)
        status = (
            "not in the ledger"
            if entry is None
            else entry["status"] + (" (stale: the file has changed)" if is_stale(entry, each.file) else "")
        )
        states.append(f"{status}, conjecture" if each.kind == "conjecture" else status)
    names, widths = max((len(each.name) for each in found), default=0), max(map(len, states), default=0)
    for each, state in zip(found, states, strict=True):
        yield f"{each.name:<{names}}  {state:<{widths}}  {each.title if each.title != each.name else ''}".rstrip()
