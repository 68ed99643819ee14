"""Records as JSON lines: one case a line, appended as it ends, and read back to continue an interrupted run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from verify.errors import BadInput

FILE = "records.jsonl"

Record = dict[str, Any]
Key = tuple[str, str]
"""Theorem and case, such as ("linear-max-margin", "conclusion[margin-gap]-digits-0-1")."""


def key(record: Record) -> Key:
    """What a record is of."""
    return record["theorem"], record["case"]


def append(folder: Path, record: Record) -> None:
    """Append one record.

    A line is one write to a file opened for appending: two writers do not mix their lines, and a process that is killed has
    either written its line or not.
    """
    line = json.dumps(record, allow_nan=False, separators=(",", ":")) + "\n"
    handle = os.open(folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def begin(folder: Path) -> None:
    """Make the folder, with an empty file of records in it; the report of an earlier run goes, since it is not of these records."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("report.json", "index.html"):
        (folder / name).unlink(missing_ok=True)
    (folder / FILE).write_bytes(b"")


def read(folder: Path) -> list[Record]:
    """The records of a folder; a last line that was cut off is left out, and cut off the file.

    Raises:
        BadInput: there is no such file, or a line of it is no record.
    """
    from verify.report.read import validator

    path = folder / FILE
    if not path.is_file():
        raise BadInput(f"{path} does not exist, so there is nothing to resume; run without --resume")
    whole, torn = _split(path.read_bytes())
    if torn:
        os.truncate(path, len(whole))
    found = []
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise BadInput(f"{path}:{number} is not JSON; remove the line, or run without --resume") from None
        error = next(iter(validator("record").iter_errors(record)), None)
        if error is not None:
            raise BadInput(
                f"{path}:{number} is no record ({error.message[:200]}); remove the line, or run without --resume"
            )
        found.append(record)
    return found


def _split(content: bytes) -> tuple[bytes, bytes]:
    end = content.rfind(b"\n") + 1
    return content[:end], content[end:]


def resumable(records: Iterable[Record], planned: Mapping[Key, Mapping[str, Any]]) -> list[Record]:
    """The records, when each of them is one that this run would have made.

    `planned` maps each case to the fields that a record of it must hold: seed, level, device, versions, hashes of statement
    and setting.

    Raises:
        BadInput: the first field that differs, or a case that this run does not have.
    """
    found = list(records)
    for record in found:
        name = "::".join(key(record))
        expected = planned.get(key(record))
        if expected is None:
            raise BadInput(
                f"the records hold {name!r}, which is no case of this run; name the same theorems, or give another --report"
            )
        for field, value in expected.items():
            if record[field] != value:
                raise BadInput(
                    f"the record of {name!r} has {_worded(field, record[field], value)}; run without --resume to begin anew, or give another --report"
                )
    return found


def _worded(field: str, recorded: Any, now: Any) -> str:
    if field.endswith("_hash"):
        return f"another {field.removesuffix('_hash')} than the theorem file has now"
    if isinstance(now, Mapping):
        changed = sorted(name for name in {*now, *recorded} if now.get(name) != recorded.get(name))
        return "other versions: " + ", ".join(
            f"{name} {recorded.get(name, 'absent')} then, {now.get(name, 'absent')} now" for name in changed
        )
    return f"{field} {recorded}, and this run has {now}"
