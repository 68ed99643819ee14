"""When two statement blocks say the same: equal as JSON, up to the order of what commutes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .refusals import clip, entry

COMMUTATIVE = ("add", "mul", "and", "or", "min", "max", "eq", "ne")


def canonical(e: Any) -> str:
    """JSON text with the arguments of commutative heads sorted: equal for expressions that differ in order only."""

    def order(e: Any) -> Any:
        if isinstance(e, dict):
            return {key: order(value) for key, value in e.items()}
        if not isinstance(e, list):
            return e
        parts = [order(a) for a in e]
        return parts[:1] + sorted(parts[1:], key=_text) if parts and parts[0] in COMMUTATIVE else parts

    return _text(order(e))


def _text(e: Any) -> str:
    return json.dumps(e, separators=(",", ":"), sort_keys=True)


def compare(report: Any, rebuilt: dict[str, Any]) -> list[str]:
    """Where the statement blocks of a report differ from those rebuilt from the theorem files; commuted terms do not."""
    found = []
    for theorem, block in entry(report, "statements", dict, "the report").items():
        other = rebuilt.get(theorem)
        if not isinstance(block, dict) or other is None:
            found.append(f"{clip(theorem)} is in no theorem file")
            continue
        keys = sorted({*block, *other} - {"about", "rendered"})
        differ = [key for key in keys if canonical(block.get(key)) != canonical(other.get(key))]
        found += [f"{clip(key)} of {clip(theorem)} is not that of its theorem file" for key in differ]
    return found


def digest(data: Any) -> str:
    """The first 16 digits of the SHA-256 of JSON data, which tell what a goal is about."""
    return hashlib.sha256(_text(data).encode()).hexdigest()[:16]
