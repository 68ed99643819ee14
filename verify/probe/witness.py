"""Witnesses as JSON: exact rationals, the statement's hash, the expected verdict, and one line that decides it again.

A witness holds coordinates in a space, never an instance or code: who reads it makes the instance from the theorem file. So a file can
choose another element, and never another problem.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from verify.errors import BadInput
from verify.probe.draw import Coordinate, Point
from verify.statement.cases import Case
from verify.statement.encode import canonical, setting_hash, statement_hash, to_json
from verify.statement.instances import rationals
from verify.statement.theorem import Theorem

SCHEMA = 1
LARGEST = 1_000_000
"""Bytes of the largest file that is read."""

_RATIONAL_DIGITS = 400


def point_json(point: Point) -> dict[str, Any]:
    """Every coordinate as a rational string, or nested lists of them."""
    return {name: rationals(c.exact if c.values.ndim else c.exact[()]) for name, c in point.items()}


def problem(theorem: Theorem, case: Case, space: str) -> dict[str, Any]:
    """What is refuted, as the theorem file has it: a witness must agree with every entry."""
    return {
        "theorem": theorem.name,
        "claim": {"kind": "mutant" if case.kind == "mutant" else "conclusion", "name": case.name},
        "dropped": list(case.without),
        "statement": statement_hash(theorem, case.formula),
        "setting": setting_hash(theorem, case.setting),
        "formula": to_json(case.formula),
        "resolution": None if case.within is None else str(case.within),
        "space": space,
    }


def seal(problem: Mapping[str, Any], point: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    """SHA-256 of the problem, the coordinates and the expected verdict together."""
    content = {"problem": dict(problem), "point": dict(point), "expected": dict(expected)}
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def read(path: Path) -> dict[str, Any]:
    """The fields of a witness file, with their types checked; nothing in it is executed or resolved.

    Raises:
        BadInput: a file that is missing, too large, not JSON, or not a witness.
    """
    if not path.is_file():
        raise BadInput(f"{path} is no file; give a witness that `verify probe --out FILE` wrote")
    if path.stat().st_size > LARGEST:
        raise BadInput(f"{path} has {path.stat().st_size} bytes; a witness has at most {LARGEST}")
    try:
        found = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not JSON: {error}") from None
    if not isinstance(found, dict) or found.get("kind") != "witness":
        raise BadInput(
            f'{path} is no witness; its "kind" is {found.get("kind") if isinstance(found, dict) else None!r:.40}'
        )
    missing = sorted(
        {"schema", "theorem", "claim", "dropped", "statement", "setting", "space", "point", "expected", "hash"}
        - set(found)
    )
    if missing or found["schema"] != SCHEMA:
        raise BadInput(
            f"{path} is no witness of schema {SCHEMA}: {f'it has no {missing[0]!r}' if missing else 'its schema differs'}"
        )
    texts = ("theorem", "statement", "setting", "space", "hash")
    if not all(isinstance(found[name], str) for name in texts) or not all(
        isinstance(found[name], dict) for name in ("claim", "point", "expected")
    ):
        raise BadInput(f"{path} is no witness: a field has the wrong type")
    dropped = found["dropped"]
    if not isinstance(dropped, list) or not all(isinstance(each, str) for each in dropped):
        raise BadInput(f"{path} is no witness: `dropped` is a list of names of hypotheses")
    return found


def _refused(constant: str) -> Any:
    raise ValueError(f"the number {constant}; numbers are rational strings such as 2/7")


def point_of(given: Mapping[str, Any]) -> dict[str, Coordinate]:
    """Coordinates as a witness holds them, before a space has said what they are: of each kind that fits is tried on replay.

    Raises:
        BadInput: an entry that is no rational string or nested list of them.
    """
    return {
        str(name): Coordinate("reals", Fraction(0), Fraction(0), _array(name, value)) for name, value in given.items()
    }


def _array(name: str, value: Any) -> np.ndarray:
    shape, flat = _shape(name, value, 0), []

    def walk(part: Any, depth: int) -> None:
        if isinstance(part, list):
            if depth >= len(shape) or len(part) != shape[depth]:
                raise BadInput(f"the coordinate {name!r} is a ragged list; give rows of one length")
            for each in part:
                walk(each, depth + 1)
        elif depth == len(shape):
            flat.append(_rational(name, part))
        else:
            raise BadInput(f"the coordinate {name!r} is a ragged list; give rows of one length")

    walk(value, 0)
    array = np.empty(len(flat), dtype=object)
    array[:] = flat
    return array.reshape(shape)


def _shape(name: str, value: Any, depth: int) -> tuple[int, ...]:
    if not isinstance(value, list):
        return ()
    if depth == 4:
        raise BadInput(f"the coordinate {name!r} is nested more than four deep")
    return (len(value), *(_shape(name, value[0], depth + 1) if value else ()))


def _rational(name: str, text: Any) -> Fraction:
    if isinstance(text, str) and len(text) <= _RATIONAL_DIGITS:
        numerator, slash, denominator = text.partition("/")
        digits = numerator.removeprefix("-")
        good = (
            digits.isascii() and digits.isdigit() and (not slash or (denominator.isascii() and denominator.isdigit()))
        )
        if good and (not slash or int(denominator)):
            value = Fraction(int(numerator), int(denominator or 1))
            if str(value) == text:
                return value
    raise BadInput(
        f"the coordinate {name!r} holds {text!r:.60}; numbers are rational strings in lowest terms, such as -3 or 2/7"
    )
