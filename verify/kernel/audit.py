"""The audit of a report: each goal built from the statement block, each certificate checked against it, nothing believed.

A step whose block says "cited" or "cas" is counted as that, never as accepted. What a conclusion stands on is worked out
from the steps and not read off the report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .comparison import compare, digest
from .core.printing import show
from .kinds import REFERENCES, check_step
from .refusals import Refused, clip, entry
from .standing import standing
from .statement import Statement
from .text import lines

__all__ = ["Outcome", "audit", "check_step", "compare", "lines", "standing"]


@dataclass(frozen=True)
class Outcome:
    """How one thing came out: accepted, refused, cited, cas or withheld; the goal in words; the reason of a refusal."""

    theorem: str
    kind: str
    name: str
    status: str
    goal: str
    sentence: str = ""


def audit(report: Any) -> list[Outcome]:
    """The outcomes of a report: of every step, and of every other record that has a certificate.

    Raises:
        Refused: the report has no statements and records to audit.
    """
    blocks, records = entry(report, "statements", dict, "the report"), entry(report, "records", list, "the report")
    outcomes, statements = [], {}
    for theorem, block in blocks.items():
        reason = attempt(lambda name=theorem, block=block: statements.update({name: Statement.read(name, block)}))
        if reason:
            outcomes.append(Outcome(clip(theorem), "statement", "", "refused", "", reason))
    steps: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for record in records:
        theorem, kind, name = (entry(record, key, str, "a record") for key in ("theorem", "kind", "name"))
        statement = statements.get(theorem)
        if kind == "step" and statement and name in statement.steps:
            steps.setdefault((theorem, name), []).append(record)
        elif kind == "step" or (record.get("certificate") is not None and not statement):
            reason = "no statement block that can be read has this theorem and this step"
            outcomes.append(Outcome(clip(theorem), clip(kind), clip(name), "refused", "", reason))
        elif statement and record.get("certificate") is not None:
            outcomes += instances(
                statement, clip(kind)[1:-1], clip(record.get("case", name))[1:-1], record["certificate"]
            )
    for theorem, statement in statements.items():
        outcomes += [step_outcome(statement, name, steps.get((theorem, name), [])) for name in statement.steps]
    return outcomes


def attempt(check: Callable[[], Any]) -> str:
    """Why a check refuses, empty if it does not. One that breaks off has not accepted anything."""
    try:
        check()
    except Refused as refusal:
        return str(refusal) if str(refusal).isprintable() else ascii(str(refusal))
    except Exception as error:
        return f"it cannot be checked: {type(error).__name__}"
    return ""


def step_outcome(statement: Statement, name: str, records: list[dict[str, Any]]) -> Outcome:
    """The outcome of a step, which has one record, and that says by what it was checked."""
    step = statement.steps[name]
    by = step.by if step.by in ("cited", "cas") else "kernel"
    goal = "(in words)" if step.claim is None else show(step.claim)
    if len(records) != 1 or records[0].get("checked_by") != by:
        reason = f"the step has {len(records)} records, where it needs one that is checked by {by}"
    elif by != "kernel":
        return Outcome(statement.theorem, "step", name, by, goal)
    else:
        reason = attempt(lambda: check_step(statement, name, records[0].get("certificate")))
    return Outcome(statement.theorem, "step", name, "refused" if reason else "accepted", goal, reason)


def instances(statement: Statement, kind: str, case: str, certificate: Any) -> Iterator[Outcome]:
    """The outcomes of the instances of a reference problem that a record has certificates of."""
    name = certificate.get("reference") if isinstance(certificate, dict) else None
    template = statement.references.get(name) if isinstance(name, str) else None
    found = certificate.get("instances") if isinstance(certificate, dict) else None
    check = REFERENCES.get(str(template.get("kind"))) if template else None
    if template is None or check is None or not isinstance(found, list):
        reason = f"{clip(name)} is no reference problem of the statement block of a kind that the kernel knows"
        yield Outcome(statement.theorem, kind, case, "refused", "", reason)
        return
    for i, one in enumerate(found):
        data, goals = (
            one.get("data") if isinstance(one, dict) else None,
            [f"{name} on data that the report does not hold"],
        )
        status, reason = "withheld", ""
        if not isinstance(data, dict) or set(data) != {"sha256"}:
            reason = attempt(lambda data=data, one=one, goals=goals: goals.append(check(template, data, one)))
            status = "refused" if reason else "accepted"
            goals.append("" if reason else f"{goals[-1]}, on data {digest(data)}")
        yield Outcome(statement.theorem, kind, f"{case}, instance {i}", status, goals[-1], reason)
