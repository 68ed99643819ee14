"""Certificates of reference problems: an experiment puts them into its trace's notes, records carry each of them once.

`notes["certificates"]` maps the name of a reference to {"measures": names of the quantities that it certifies, "instances": one
JSON object (or None) for each instance}. They hold the instance's data, so repeating them in every record that relies on them
would make a report of a few real data sets some megabytes large, and its audit as slow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from verify.evidence.trace import Trace
from verify.runner.needs import needed
from verify.statement.cases import TABLE_FAMILY, Case, plan_for_table
from verify.statement.theorem import Theorem

NOTE = "certificates"


def gathered(*traces: Trace) -> dict[str, Any]:
    """The notes of several traces on the same instances, with the certificates of all of them."""
    notes = {name: note for trace in traces for name, note in trace.notes.items()}
    found = {name: item for trace in traces for name, item in trace.notes.get(NOTE, {}).items()}
    return {**notes, NOTE: found} if found else notes


def relied_on(trace: Trace, kept: np.ndarray, wanted: frozenset[str]) -> dict[str, Any] | None:
    """The certificate of the first reference that measures a wanted quantity, for the kept instances."""
    for name, found in trace.notes.get(NOTE, {}).items():
        if wanted & set(found["measures"]):
            chosen = [each for each, keep in zip(found["instances"], kept, strict=True) if keep and each is not None]
            return {"reference": name, "instances": chosen} if chosen else None
    return None


def withheld(certificate: dict[str, Any]) -> dict[str, Any]:
    """The certificate of private data: its kind, and a hash of the data; its exact numbers would give them away."""
    return {
        "reference": certificate["reference"],
        "instances": [
            {"kind": each.get("kind"), "data": {"sha256": digest(each.get("data"))}}
            for each in certificate["instances"]
        ],
    }


def is_first(theorem: Theorem, case: Case, family: str, trace: Trace, planned: Sequence[Case]) -> bool:
    """Whether this is the family's first case, in the order of the statement, that relies on a certificate of the trace."""
    certified = {name for found in trace.notes.get(NOTE, {}).values() for name in found["measures"]}
    if not certified:
        return False
    cases = plan_for_table(theorem) if family == TABLE_FAMILY else planned
    relying = (
        each for each in cases if family in each.families and needed(theorem, each.formula, each.setting) & certified
    )
    first = next(relying, None)
    return first is not None and first.id == case.id


def digest(data: Any) -> str:
    """SHA-256 of JSON-able data."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
