"""A report from a file that nobody vouches for: bounded in size and in depth, strict JSON, nothing of it executed."""

from __future__ import annotations

import json
import os
from typing import Any

from .refusals import Refused, clip

BYTES, CONTAINERS, COMMAS, LITERAL = 32_000_000, 500_000, 2_000_000, 30


def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The JSON object in a file; a sentence when there is none, or one that is too large to be a report.

    Containers and commas are counted before anything is parsed: they bound the memory that the parser may take.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(BYTES + 1)
    except OSError as error:
        raise Refused(f"{clip(str(path))} cannot be read: {error.strerror}") from None
    if len(content) > BYTES:
        raise Refused(f"{clip(str(path))} is larger than {BYTES // 10**6} MB, the most that the kernel reads")
    if content.count(b"[") + content.count(b"{") > CONTAINERS or content.count(b",") > COMMAS:
        raise Refused(f"{clip(str(path))} holds more than {CONTAINERS} lists and objects or {COMMAS} entries")
    try:
        found = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant,
        )  # fmt: skip
    except RecursionError:
        raise Refused(f"{clip(str(path))} nests too deeply to be a report") from None
    except UnicodeDecodeError:
        raise Refused(f"{clip(str(path))} is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise Refused(f"{clip(str(path))} is not JSON: {error.msg} at character {error.pos}") from None
    if not isinstance(found, dict):
        raise Refused(f"{clip(str(path))} holds no JSON object, so it is no report")
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Refused(f"an object has two entries called {clip(name)}")
        found[name] = value
    return found


def _integer(text: str) -> int:
    if len(text) > LITERAL:
        raise Refused(f"{clip(text)} is too long for a JSON number: exact numbers are strings")
    return int(text)


def _decimal(text: str) -> float:
    if len(text) > LITERAL or abs(float(text)) == float("inf"):
        raise Refused(f"{clip(text)} is no finite number of at most {LITERAL} characters")
    return float(text)


def _constant(text: str) -> None:
    raise Refused(f"{text} is no number of JSON: what was not measured is null")
