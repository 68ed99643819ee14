"""What cannot be accepted is refused in one sentence; how the JSON of a report is looked into before it is known to be right."""

from __future__ import annotations

from typing import Any

from .core.printing import show


class Refused(ValueError):
    """What cannot be accepted, in one sentence: what was given, and what is allowed."""


class Unknown(Refused):
    """An enclosure is not finite, or too wide to decide."""


def clip(value: Any) -> str:
    """`value` as it may stand in a sentence: printable ASCII on one line, at most 60 characters."""
    known = value is None or isinstance(value, (str, int, float))
    text = ascii(value[:100] if isinstance(value, str) else value) if known else f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:55]}..."


def brief(e: Any) -> str:
    """The formula as it may stand in a sentence: the middle of a long one is left out."""
    text = show(e)
    return text if len(text) <= 200 else f"{text[:150]} ... {text[-40:]}"


def items(value: Any, what: str) -> list[Any]:
    """`value` if it is a list, else a refusal that says what it should have been."""
    if not isinstance(value, list):
        raise Refused(f"{clip(value)} stands where {what} is wanted, a list")
    return value


def entry(block: Any, key: str, kind: type | tuple[type, ...], what: str) -> Any:
    """block[key], where block is an object that has it, and of a type that is allowed."""
    found = block.get(key) if isinstance(block, dict) else None
    if not isinstance(found, kind) or isinstance(found, bool):
        raise Refused(f"{what} lacks {clip(key)}, or has one of the wrong type")
    return found
