"""Reading a report that somebody else may have written: bounded, validated, and refused in one sentence."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from verify.errors import BadInput


def schema() -> dict[str, Any]:
    """The published schema of `report.json`."""
    return json.loads((files("verify") / "data" / "report.schema.json").read_text(encoding="utf-8"))


@cache
def validator(part: str | None = None):
    """A validator of the whole report, or of a part that the schema defines, such as "record"."""
    from jsonschema import Draft202012Validator

    whole = schema()
    return Draft202012Validator(whole if part is None else {"$ref": f"#/$defs/{part}", "$defs": whole["$defs"]})


def read(path: Path) -> dict[str, Any]:
    """The report in a file.

    Raises:
        BadInput: the file cannot be read, is not JSON, or is not a report; the sentence names the first place that is off.
    """
    # the kernel's loader bounds size, depth and digits, and refuses duplicate keys and NaN
    from verify.kernel.loading import load
    from verify.kernel.refusals import Refused

    try:
        return checked(load(path), str(path))
    except Refused as refused:
        raise BadInput(str(refused)) from None


def checked(report: Any, origin: str = "the report") -> dict[str, Any]:
    """The same object, when it follows the schema.

    Raises:
        BadInput: it does not.
    """
    error = next(iter(validator().iter_errors(report)), None)
    if error is not None:
        place = "/".join(str(part) for part in error.absolute_path) or "the top"
        raise BadInput(
            f"{origin} is not a report of schema 1: at {place[:200]}, {error.message[:200]}; write it with `verify check`"
        )
    for theorem, block in report["statements"].items():
        if block["theorem"] != theorem:
            raise BadInput(
                f"{origin} files the statement of {block['theorem']!r} under {theorem!r}; the two names must agree"
            )
    for record in report["records"]:
        if record["theorem"] not in report["statements"]:
            raise BadInput(
                f"{origin} has a record of {record['theorem']!r} and no statement of that name; add the statement or drop the record"
            )
    return report
