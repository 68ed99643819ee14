"""The audit of a report: each goal built from the statement block, each certificate checked against it, nothing trusted.

A step whose block says "cited" or "cas" is counted as that and never as accepted. What a conclusion stands on is worked out
from the steps, not read off the report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import reasons
from .enclosure import check_box
from .expressions import Expression, Refused, canonical, clip, items
from .optimum import check_instance
from .printing import show
from .statement import SIGNS, Statement, entry, goals

Check = Callable[[Statement, dict[str, list[Expression]], Expression, dict[str, Any]], None]


def check_difference(
    statement: Statement, given: dict[str, list[Expression]], goal: Expression, certificate: Any
) -> None:
    if "difference" not in certificate:
        raise Refused('the certificate holds no "difference"')
    reasons.check(statement, given, goal, certificate["difference"])


# The kinds of certificate: of one relation, of a whole claim (with its step), of a reference problem on one instance.
RELATIONS: dict[str, Check] = {"identity": check_difference, "inequality": check_difference, "enclosure": check_box}
CLAIMS: dict[str, Callable[[Statement, str, dict[str, Any]], None]] = {}
REFERENCES: dict[str, Callable[[dict[str, Any], Any, Any], str]] = {"qp": check_instance, "lp": check_instance}


@dataclass(frozen=True)
class Outcome:
    """How one thing came out: accepted, refused, cited, cas or withheld; the goal in words, and the reason if refused."""

    theorem: str
    kind: str
    name: str
    status: str
    goal: str
    sentence: str = ""


def audit(report: Any) -> list[Outcome]:
    """The outcome of every statement block that cannot be read, every step, and every other record with a certificate."""
    blocks, records = entry(report, "statements", dict, "a report"), entry(report, "records", list, "a report")
    outcomes, statements = [], {}
    for theorem, block in blocks.items():
        try:
            statements[theorem] = Statement.read(theorem, block)
        except Refused as refusal:
            outcomes.append(Outcome(clip(theorem), "statement", clip(theorem), "refused", "", str(refusal)))
    steps: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for record in records:
        theorem, kind, name = (entry(record, key, str, "a record") for key in ("theorem", "kind", "name"))
        known = theorem in statements and (kind != "step" or name in statements[theorem].steps)
        if kind == "step" and known:
            steps.setdefault((theorem, name), []).append(record)
        elif kind == "step" or (record.get("certificate") is not None and not known):
            outcomes.append(
                Outcome(
                    clip(theorem),
                    clip(kind),
                    clip(name),
                    "refused",
                    "",
                    "the statement block has no such theorem or step",
                )
            )
        elif record.get("certificate") is not None:
            outcomes += record_outcomes(statements[theorem], record)
    for theorem, statement in statements.items():
        outcomes += [step_outcome(statement, name, steps.get((theorem, name), [])) for name in statement.steps]
    return outcomes


def step_outcome(statement: Statement, name: str, records: list[dict[str, Any]]) -> Outcome:
    """The outcome of a step; it has one record, which says itself by what it was checked."""
    step = statement.steps[name]
    found = {"cited": "cited", "cas": "cas"}.get(step.by, "kernel")
    goal = show(step.claim) if step.claim is not None else "(in words)"
    try:
        if len(records) != 1 or records[0].get("checked_by") != found:
            raise Refused(f"the step has {len(records)} records, where one must say that it is checked by {found}")
        if found != "kernel":
            return Outcome(statement.theorem, "step", name, found, goal)
        check_step(statement, name, records[0].get("certificate"))
    except Refused as refusal:
        return Outcome(statement.theorem, "step", name, "refused", goal, str(refusal))
    return Outcome(statement.theorem, "step", name, "accepted", goal)


def check_step(statement: Statement, name: str, certificate: Any) -> None:
    """Refuse, with a sentence, unless the certificate proves the claim of the step from what the step is given."""
    kind = entry(certificate, "kind", str, "the certificate of a step")
    if kind in CLAIMS:
        return CLAIMS[kind](statement, name, certificate)
    step = statement.steps[name]
    given = {g: statement.conjuncts(statement.unfold(statement.formulas[g])) for g in step.given}
    wanted = [goal for part in statement.conjuncts(statement.unfold(step.claim)) for goal in goals(part)]
    parts = items(certificate.get("parts"), "the parts of a certificate") if kind == "all" else [certificate]
    if len(parts) != len(wanted):
        raise Refused(f"the claim has {len(wanted)} relations to prove, the certificate {len(parts)} proofs")
    for (assumed, goal), part in zip(wanted, parts, strict=True):
        kind = entry(part, "kind", str, "a certificate")
        if kind not in RELATIONS:
            raise Refused(f"the kernel knows no certificate of the kind {clip(kind)}")
        RELATIONS[kind](statement, {**given, reasons.ASSUMED: assumed}, goal, part)


def record_outcomes(statement: Statement, record: dict[str, Any]) -> Iterator[Outcome]:
    """The outcome of each instance of the reference problem that a record has a certificate of."""
    certificate, name = record["certificate"], clip(record.get("case", record["name"]))[1:-1]
    try:
        template = statement.references.get(entry(certificate, "reference", str, "the certificate of a record"))
        if template is None or template.get("kind") not in tuple(REFERENCES):
            raise Refused(
                f"{clip(certificate['reference'])} is no reference problem of the statement block that the kernel knows"
            )
        instances = entry(certificate, "instances", list, "the certificate of a record")
    except Refused as refusal:
        yield Outcome(statement.theorem, record["kind"], name, "refused", "", str(refusal))
        return
    for i, found in enumerate(instances):
        status, goal, sentence = "accepted", "", ""
        try:
            data = entry(found, "data", dict, "an instance")
            if set(data) == {"sha256"}:
                status, goal = "withheld", f"{template['name']} on data that the report does not hold"
            else:
                goal = REFERENCES[template["kind"]](template, data, found)
        except Refused as refusal:
            status, sentence = "refused", str(refusal)
        yield Outcome(statement.theorem, record["kind"], f"{name}, instance {i}", status, goal, sentence)


def standing(statement: Statement, outcomes: list[Outcome], conclusion: str) -> str:
    """What a conclusion stands on: proved here, modulo what, from which hypotheses; or measured only."""
    status = {o.name: o.status for o in outcomes if o.theorem == statement.theorem and o.kind == "step"}
    wanted, best = canonical(statement.conclusions[conclusion]), None
    for name, step in statement.steps.items():
        if step.claim is None or canonical(step.claim) != wanted:
            continue
        used, waiting = set(), [name]
        while waiting:
            one = waiting.pop()
            if one not in used:
                used.add(one)
                waiting += statement.steps[one].given if one in statement.steps else ()
        bad = sorted(s for s in used if status.get(s) == "refused")
        open_ = sorted(s for s in used if status.get(s) in ("cited", "cas"))
        hypotheses = sorted(used & set(statement.hypotheses))
        text = (
            f"not proved: {', '.join(bad)} refused"
            if bad
            else f"proved here modulo {', '.join(open_)}"
            if open_
            else "proved here"
        )
        found = (len(bad), len(open_), text + (f", from {', '.join(hypotheses)}" if hypotheses else ""))
        best = found if best is None else min(best, found)
    return best[2] if best else "no step claims it: measured only"


def compare(report: Any, rebuilt: dict[str, Any]) -> list[str]:
    """Where the statement blocks of a report differ from those rebuilt from the theorem files; commuted terms do not."""
    found = []
    for theorem, block in entry(report, "statements", dict, "a report").items():
        if theorem not in rebuilt:
            found.append(f"{clip(theorem)} is in no theorem file")
            continue
        for key in sorted({*block, *rebuilt[theorem]} - {"about", "rendered"}):
            if canonical(block.get(key)) != canonical(rebuilt[theorem].get(key)):
                found.append(f"the {key} of {clip(theorem)} are not those of its theorem file")
    return found


def lines(report: Any, outcomes: list[Outcome]) -> Iterator[str]:
    """The audit as text: what each theorem declares, every goal with its outcome, what conclusions stand on, the counts."""
    for theorem, block in report["statements"].items():
        try:
            statement = Statement.read(theorem, block)
        except Refused:
            continue
        yield from header(statement)
        for o in outcomes:
            if o.theorem == theorem:
                yield f"  {o.status:<8} {o.kind} {o.name}: {o.goal}" + (
                    f"\n           because {o.sentence}" if o.sentence else ""
                )
        for name, formula in statement.conclusions.items():
            yield f"  {name}: {show(formula)}\n           {standing(statement, outcomes, name)}"
    for o in outcomes:
        if o.theorem not in report["statements"] or o.kind == "statement":
            yield f"refused  {o.theorem} {o.kind} {o.name}: {o.sentence}"
    counts = {
        status: sum(o.status == status for o in outcomes)
        for status in ("accepted", "refused", "cited", "cas", "withheld")
    }
    yield ", ".join(f"{count} {status}" for status, count in counts.items())


def header(statement: Statement) -> Iterator[str]:
    yield statement.theorem
    for sign in ("positive", "nonnegative"):
        names = [name for name, q in statement.quantities.items() if q.sign == SIGNS[sign]]
        if names:
            yield f"  {sign}: {', '.join(names)}"
    for name, value in statement.definitions.items():
        yield f"  {name} := {show(value)}"
    for name, formula in statement.formulas.items():
        if name not in statement.steps:
            yield f"  {'hypothesis' if name in statement.hypotheses else 'relation'} {name}: {show(formula) if formula else '(in words)'}"
