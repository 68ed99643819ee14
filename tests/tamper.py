"""`make tamper`: every number of every certificate of a real report is changed, and the audit must notice.

    python tests/tamper.py reports/latest/report.json

What a change may come to: the certificate is refused; it still proves the very same goal; or, for the optimum of a reference
problem, what is printed is still true (a looser bound, which holds the optimum that the report's own numbers prove). Besides,
certificates are swapped, replaced by that of 0 = 0, and the statement block gets a second or a vacuous definition and a sign
that the theorem does not give. Exits with 1 when anything else is accepted.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a script, from anywhere
    sys.path.insert(0, str(Path(__file__).parents[1]))

from verify.kernel.audit import Outcome, audit, compare
from verify.kernel.loading import load

DATA = 12  # numbers of the data of an instance that are changed: they are not found, so another problem is no fault
EXACT = re.compile(r"-?\d+(/\d+)?")
DECIMAL = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:/\d+)?")
ZERO = {"kind": "identity", "difference": "0"}
BOTH = {
    # theorem, step, and the step whose certificate proves it as well
    ("six-entry-plane", "traps", "converges"): "convergence is proved through the barriers of the trap",
    (
        "leaky-relu-branching",
        "towards",
        "apart",
    ): "one identity for above - below, with the sign that each claim assumes of a y",
    ("leaky-relu-branching", "apart", "towards"): "the same identity",
}


def numbers(found: Any, path: Any = ()) -> Iterator[Any]:
    """The places of all exact numbers and integers in a certificate."""
    if (isinstance(found, int) and not isinstance(found, bool)) or (isinstance(found, str) and EXACT.fullmatch(found)):
        yield path
    for key, value in found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ():
        yield from numbers(value, (*path, key))


def changed(found: Any, path: Any, value: Any) -> Any:
    """A copy with another value at one place, which shares everything off the way there."""
    if not path:
        return value
    copied = found.copy()
    copied[path[0]] = changed(found[path[0]], path[1:], value)
    return copied


def at(found: Any, path: Any) -> Any:
    for key in path:
        found = found[key]
    return found


def others(value: Any) -> list[Any]:
    """A neighbour of a number, and its negative."""
    if isinstance(value, int):
        return [value + 1, *([-value] if value else [])]
    x = Fraction(value)
    return [str(x + Fraction(1, 1000)), *([str(-x)] if x else [])]


def alone(report: Any, record: dict[str, Any], certificate: Any) -> list[Outcome]:
    """The outcomes of one record with another certificate, in a report of its own."""
    statement = report["statements"][record["theorem"]]
    small = {"statements": {record["theorem"]: statement}, "records": [{**record, "certificate": certificate}]}
    names = (record["name"],) if record["kind"] == "step" else ()
    return [o for o in audit(small) if o.kind != "step" or o.name in names]


def enclosed(goal: str) -> tuple[float, float]:
    """The interval that a goal about an optimum states."""
    text = re.sub(r"\+/-[^\]]*", "", goal.split(", on data")[0].split(") ")[-1])
    values = [float(Fraction(number)) for number in DECIMAL.findall(text)]
    return min(values, default=float("nan")), max(values, default=float("nan"))


def verdict(before: Outcome, after: Outcome) -> str:
    if after.status == "refused":
        return "refused"
    if after.goal == before.goal:
        return "proves the same goal"
    (low, high), (least, most) = enclosed(before.goal), enclosed(after.goal)
    return "a looser bound" if least <= high * (1 + 1e-12) + 1e-12 and low <= most * (1 + 1e-12) + 1e-12 else "ACCEPTED"


def tamper(report: Any, seed: int = 0) -> Counter[str]:
    """How often each thing came of a change; "ACCEPTED" must not occur."""
    rng, counts = random.Random(seed), Counter[str]()
    held = [r for r in report["records"] if r.get("certificate") is not None]
    for record in held:
        certificate = record["certificate"]
        for one in parts(certificate):
            before, places = alone(report, record, one)[0], list(numbers(one))
            data = [path for path in places if "data" in path]
            spared = {*data} - {*rng.sample(data, min(DATA, len(data)))}
            for path in places:
                for value in others(at(one, path)) if path not in spared else ():
                    after = alone(report, record, changed(one, path, value))[0]
                    other = "data" in path and after.status == "accepted"
                    counts["about other data" if other else verdict(before, after)] += 1
        if not (record["kind"] == "step" and certificate == ZERO):  # an identity by the rules of algebra alone
            counts.update(f"0 = 0: {o.status}" for o in alone(report, record, ZERO))
    counts.update(swaps(report, held))
    counts.update(statements(report))
    return counts


def parts(certificate: Any) -> list[Any]:
    """The certificate, or one for each instance of a reference problem, so that the others are not checked again."""
    return (
        [{**certificate, "instances": [one]} for one in certificate["instances"]]
        if "instances" in certificate
        else [certificate]
    )


def swaps(report: Any, held: list[dict[str, Any]]) -> Iterator[str]:
    """Every step with the certificate of every other one of its theorem; every instance with what was found for the next."""
    for record in (r for r in held if r["kind"] == "step"):
        for other in (r for r in held if r["kind"] == "step" and r["theorem"] == record["theorem"]):
            if record["certificate"] != other["certificate"]:
                both = (record["theorem"], record["name"], other["name"]) in BOTH
                yield from (
                    "swapped: proves both" if both and o.status == "accepted" else f"swapped: {o.status}"
                    for o in alone(report, record, other["certificate"])
                )
    for record in (r for r in held if r["kind"] != "step"):
        instances = record["certificate"]["instances"]
        for one, other in pairwise(instances):
            found = {**other, "data": one["data"]}
            if {**one, "data": None} != {**other, "data": None}:
                yield from (
                    f"swapped: {o.status}"
                    for o in alone(report, record, {**record["certificate"], "instances": [found]})
                )


def statements(report: Any) -> Iterator[str]:
    """Statement blocks with a second and a vacuous definition, and with a sign that the theorem does not give."""
    for name, block in report["statements"].items():
        rebuilt = {name: block}
        for label, key, entry in (
            ("a second definition", "definitions", block["definitions"][:1]),
            (
                "a definition of a quantity",
                "definitions",
                [{"name": q["name"], "value": "0"} for q in block["quantities"][:1]],
            ),
            ("a vacuous definition", "definitions", [{"name": "vacuous", "value": ["var", "vacuous"]}]),
            ("a definition more", "definitions", [{"name": "vacuous", "value": "0"}]),
        ):
            altered = {"statements": {name: {**block, key: block[key] + entry}}, "records": []}
            noticed = [o for o in audit(altered) if o.kind == "statement"] or compare(altered, rebuilt)
            yield f"{label}: {'refused' if noticed or not entry else 'ACCEPTED'}"
        for i, quantity in enumerate(block["quantities"]):
            if quantity["sign"] == "real":
                altered = {"statements": {name: changed(block, ("quantities", i, "sign"), "positive")}, "records": []}
                yield f"another sign: {'refused' if compare(altered, rebuilt) else 'ACCEPTED'}"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python tests/tamper.py reports/latest/report.json", file=sys.stderr)
        return 2
    counts = tamper(load(arguments[0]))
    for outcome, count in sorted(counts.items()):
        print(f"{count:7} {outcome}")
    wrong = sum(count for outcome, count in counts.items() if "ACCEPTED" in outcome or outcome.endswith(": accepted"))
    print(f"{sum(counts.values())} changes, {wrong} of them accepted that should not have been")
    return int(wrong > 0 or not counts["refused"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
