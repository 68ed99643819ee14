"""`make tamper`: every number of every certificate of a real report is changed, and the audit must notice.

    python tests/tamper.py reports/latest/report.json [--processes N]

A number that was found becomes a neighbour and its negative; a number of the data that a certificate is about, a neighbour.
What a change may come to: the certificate is refused; it still proves the very same goal; it proves something of other data, and
says so by their digest; or, for the optimum of a reference problem, what is printed is still true (a looser bound, which holds
the optimum that the report's own numbers prove). Besides, certificates are swapped, replaced by that of 0 = 0, and the statement
block gets a second or a vacuous definition and a sign that the theorem does not give. What else is accepted is named, and the
exit status is 1.

After a change only the step or the instance that it touches is checked again. That an audit would say the same is checked too:
for every record against an audit of that record alone, and AUDITS times against one of the whole report, in which nothing else
may come out otherwise.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import pairwise
from multiprocessing import Pool
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a script, from anywhere
    sys.path.insert(0, str(Path(__file__).parents[1]))

from verify.kernel import programmes
from verify.kernel.audit import Outcome, audit, compare, instances, step_outcome
from verify.kernel.loading import load
from verify.kernel.statement import Statement

AUDITS = 5  # whole audits of a changed report, each of some seconds
EVERY = 5.0  # seconds between lines of progress
FOUND, DATA = 10, 200  # numbers of a certificate, and of its data, that one task changes
EXACT = re.compile(r"-?\d+(/\d+)?")
DECIMAL = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:/\d+)?")
ZERO = {"kind": "identity", "difference": "0"}
WRONG = "ACCEPTED"
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
    return "a looser bound" if least <= high * (1 + 1e-12) + 1e-12 and low <= most * (1 + 1e-12) + 1e-12 else WRONG


@dataclass(frozen=True)
class Task:
    """What a process does at a time: changes of some numbers of a part of a record, its swaps, or those of a statement."""

    what: str
    theorem: str
    record: int = 0
    part: int = 0
    numbers: range = range(0)


@dataclass(frozen=True)
class Bench:
    """A report whose certificates are changed one number at a time."""

    report: Any

    @cached_property
    def held(self) -> list[dict[str, Any]]:
        """The records with a certificate."""
        return [record for record in self.report["records"] if record.get("certificate") is not None]

    @cached_property
    def statements(self) -> dict[str, Statement]:
        return {name: Statement.read(name, block) for name, block in self.report["statements"].items()}

    def parts(self, i: int) -> list[Any]:
        """The certificate, or one for each instance of a reference problem, so that the others are not checked again."""
        certificate = self.held[i]["certificate"]
        if "instances" not in certificate:
            return [certificate]
        return [{**certificate, "instances": [one]} for one in certificate["instances"]]

    def check(self, record: dict[str, Any], certificate: Any) -> Outcome:
        """The outcome of one record with another certificate, by the functions that `audit` calls for it."""
        statement = self.statements[record["theorem"]]
        if record["kind"] == "step":
            return step_outcome(statement, record["name"], [{**record, "certificate": certificate}])
        return next(instances(statement, record["kind"], record.get("case", record["name"]), certificate))

    def tasks(self) -> Iterator[Task]:
        for i, record in enumerate(self.held):
            for j, part in enumerate(self.parts(i)):
                places = ordered(part)
                found = sum("data" not in path for path in places)
                for low, high, size in ((0, found, FOUND), (found, len(places), DATA)):
                    for start in range(low, high, size):
                        yield Task("numbers", record["theorem"], i, j, range(start, min(start + size, high)))
            yield Task("swaps", record["theorem"], i)
        for theorem in self.report["statements"]:
            yield Task("statement", theorem)

    def done(self, task: Task) -> list[tuple[str, str]]:
        """Each change of a task, and what came of it."""
        if task.what == "statement":
            return list(self.altered(task.theorem))
        return list(self.swaps(task.record) if task.what == "swaps" else self.changes(task))

    def changes(self, task: Task) -> Iterator[tuple[str, str]]:
        """The numbers of a part changed; the first one is audited as well."""
        record, part = self.held[task.record], self.parts(task.record)[task.part]
        name, before, places = f"{record['theorem']}, {record['name']}", self.check(record, part), ordered(part)
        for k in task.numbers:
            number, data = at(part, places[k]), "data" in places[k]
            for value in others(number)[: 1 if data else 2]:
                certificate = changed(part, places[k], value)
                after = self.check(record, certificate)
                if k == 0:
                    assert after in audit(self.alone({**record, "certificate": certificate}))
                label = about_data(before, after) if data else verdict(before, after)
                yield f"{name}, part {task.part}, {places[k]}: {number!s:.40} -> {value!s:.40}", label

    def swaps(self, i: int) -> Iterator[tuple[str, str]]:
        """0 = 0 for a certificate; for a step those of the others of its theorem, for an instance what was found for the next."""
        record = self.held[i]
        certificate, name, theorem = record["certificate"], f"{record['theorem']}, {record['name']}", record["theorem"]
        if not (record["kind"] == "step" and certificate == ZERO):  # an identity by the rules of algebra alone
            yield f"{name} by 0 = 0", f"0 = 0: {self.check(record, ZERO).status}"
        for other in self.held if record["kind"] == "step" else ():
            if (other["kind"], other["theorem"]) == ("step", theorem) and other["certificate"] != certificate:
                status = self.check(record, other["certificate"]).status
                both = (theorem, record["name"], other["name"]) in BOTH and status == "accepted"
                yield f"{name} by {other['name']}", f"swapped: {'proves both' if both else status}"
        for one, other in pairwise(certificate["instances"] if record["kind"] != "step" else ()):
            if {**one, "data": None} != {**other, "data": None}:
                found = {**certificate, "instances": [{**other, "data": one["data"]}]}
                yield f"{name}, two instances", f"swapped: {self.check(record, found).status}"

    def altered(self, name: str) -> Iterator[tuple[str, str]]:
        """A statement block with a second and a vacuous definition, and with a sign that the theorem does not give."""
        block = self.report["statements"][name]
        for label, entry in (
            ("a second definition", block["definitions"][:1]),
            ("a definition of a quantity", [{"name": q["name"], "value": "0"} for q in block["quantities"][:1]]),
            ("a vacuous definition", [{"name": "vacuous", "value": ["var", "vacuous"]}]),
            ("a definition more", [{"name": "vacuous", "value": "0"}]),
        ):
            other = {"statements": {name: {**block, "definitions": block["definitions"] + entry}}, "records": []}
            noticed = [o for o in audit(other) if o.kind == "statement"] or compare(other, {name: block})
            yield name, f"{label}: {'refused' if noticed or not entry else WRONG}"
        for i, quantity in enumerate(block["quantities"]):
            if quantity["sign"] == "real":
                other = {"statements": {name: changed(block, ("quantities", i, "sign"), "positive")}, "records": []}
                yield name, f"another sign: {'refused' if compare(other, {name: block}) else WRONG}"

    def alone(self, record: dict[str, Any]) -> dict[str, Any]:
        """A report of this record and its theorem's statement block."""
        theorem = record["theorem"]
        return {"statements": {theorem: self.report["statements"][theorem]}, "records": [record]}

    def audited(self, rng: random.Random) -> None:
        """Fail unless an audit of the whole report notices a change where `check` does, and nothing else of it."""
        i = rng.choice([i for i, record in enumerate(self.held) if [*numbers(record["certificate"])]])
        record, j = self.held[i], rng.randrange(len(self.parts(i)))
        part = self.parts(i)[j]
        path = rng.choice(ordered(part))
        value = others(at(part, path))[0]
        whole = changed(record["certificate"], ("instances", j, *path[2:]) if path[0] == "instances" else path, value)
        records = [{**r, "certificate": whole} if r is record else r for r in self.report["records"]]
        outcomes = zip(self.outcomes, audit({**self.report, "records": records}), strict=True)
        differ = [(new.status, new.goal, new.sentence) for old, new in outcomes if new != old]
        before, after = self.check(record, part), self.check(record, changed(part, path, value))
        expected = [] if after == before else [(after.status, after.goal, after.sentence)]
        assert differ == expected, (record["theorem"], record["name"], path, differ, expected)

    @cached_property
    def outcomes(self) -> list[Outcome]:
        return audit(self.report)


def ordered(part: Any) -> list[Any]:
    """The places of the numbers of a part, those that were found first."""
    return sorted(numbers(part), key=lambda path: "data" in path)


def about_data(before: Outcome, after: Outcome) -> str:
    """What came of a change of the data: what is accepted must say that it is about others."""
    if after.status != "accepted":
        return after.status  # refused, or withheld: no data, no claim
    return "about other data" if after.goal.split(", on data")[-1] != before.goal.split(", on data")[-1] else WRONG


def bad(label: str) -> bool:
    return WRONG in label or label.endswith(": accepted")


def tamper(report: Any) -> Counter[str]:
    """How often each thing came of a change, in this process; `bad` ones must not occur."""
    bench = Bench(report)
    return Counter(label for task in bench.tasks() for _, label in bench.done(task))


BENCH: list[Bench] = []  # of a process of the pool


def start(path: str) -> None:
    """Read the report in a process of the pool.

    Nearly all the time goes into reading the data of an instance again for each number that is changed: the numbers read are
    remembered, a function of their text alone.
    """
    BENCH.append(Bench(load(path)))
    programmes.number = cache(programmes.number)  # type: ignore[assignment]  # the same function, remembered


def run(task: Task) -> tuple[Task, list[tuple[str, str]]]:
    return task, BENCH[0].done(task)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="tests/tamper.py", description="Change every number of every certificate of a report."
    )
    parser.add_argument("report", help="the report.json of a report folder")
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count(), help="how many work at a time (default: %(default)s)"
    )
    chosen = parser.parse_args(arguments)
    began, bench = time.monotonic(), Bench(load(chosen.report))
    total = sum(1 for record in bench.held for _ in numbers(record["certificate"]))
    certificates = f"{total:,} numbers of {len(bench.held)} certificates"
    print(f"{certificates}, each of them to be changed, in {chosen.processes} processes", flush=True)
    rng = random.Random(0)
    for _ in range(AUDITS):
        bench.audited(rng)
    print(f"{AUDITS} changes: an audit of the whole report says the same as of the part alone", flush=True)
    tasks = list(bench.tasks())
    left, counts, said, reached = Counter(task.theorem for task in tasks), Counter[str](), time.monotonic(), 0
    with Pool(chosen.processes, start, (chosen.report,)) as pool:
        for task, came in pool.imap_unordered(run, tasks):
            counts.update(label for _, label in came)
            reached, left[task.theorem] = reached + len(task.numbers), left[task.theorem] - 1
            for name, label in came:
                if bad(label):
                    print(f"{label}: {name}", flush=True)
            if not left[task.theorem] or time.monotonic() > said + EVERY:
                said = time.monotonic()
                done = f", {task.theorem} is done" if not left[task.theorem] else ""
                rate = f"{counts.total():7,} changes, {counts.total() / (said - began):.0f} a second"
                print(f"{said - began:6.0f} s {reached:7,} numbers, {rate}{done}", flush=True)
    for outcome, count in sorted(counts.items()):
        print(f"{count:7,} {outcome}")
    wrong = sum(count for label, count in counts.items() if bad(label))
    print(f"{reached:,} of {total:,} numbers were changed, in {time.monotonic() - began:.0f} s")
    print(f"{counts.total():,} changes, {wrong} of them accepted that should not have been")
    return int(wrong > 0 or not counts["refused"] or reached != total)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
