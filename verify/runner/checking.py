"""Checking: one case, or all cases of theorems, each ending as a record."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from verify.html import table
from verify.options import Level, Options
from verify.records import Record
from verify.runner.bench import Bench
from verify.runner.deciding import settle, unsettled
from verify.runner.reasons import RunCode
from verify.runner.record import record, step_record
from verify.runner.selection import Planned, narrowed, select
from verify.runner.steps import checked
from verify.statement.cases import Case, plan
from verify.statement.completeness import require_consistent
from verify.statement.theorem import Theorem


@dataclass(frozen=True)
class Outcome:
    """A record, and the traceback behind it where a function of the theorem file raised."""

    record: Record
    details: str = ""

    @property
    def as_expected(self) -> bool:
        """Whether the answer is the one that the case must have."""
        return self.record["as_expected"]

    def __str__(self) -> str:
        """The answer in one line, with grade and scope, and the reason in a second."""
        grade = f", {self.record['grade'].lower()}" if self.record["grade"] else ""
        expected = "" if self.as_expected else f" (expected {self.record['expected']})"
        return (
            f"{self.record['verdict']}{expected}{grade}, {self.record['scope']}\n  {self.record['reason']['sentence']}"
        )


@dataclass(frozen=True)
class Report:
    """The outcomes of a check, in the order of the statements."""

    outcomes: tuple[Outcome, ...]

    @property
    def records(self) -> list[Record]:
        """The records, after the published schema."""
        return [outcome.record for outcome in self.outcomes]

    @property
    def ok(self) -> bool:
        """Whether every case came out as expected."""
        return all(outcome.as_expected for outcome in self.outcomes)

    def _repr_html_(self) -> str:
        found = self.records
        marks = ("ok" if record["as_expected"] else "FAILED" for record in found)
        lines = (
            (record["case"], mark, *str(outcome).split("\n  ", 1))
            for record, mark, outcome in zip(found, marks, self.outcomes, strict=True)
        )
        return str(table(str(self).rpartition("\n")[2], lines))

    def __str__(self) -> str:
        lines = [f"{outcome.record['theorem']}::{outcome.record['case']}: {outcome}" for outcome in self.outcomes]
        failed = sum(not outcome.as_expected for outcome in self.outcomes)
        if len(lines) == 1:
            return f"{lines[0]}\n1 case, {'not ' if failed else ''}as expected"
        return "\n".join(
            [*lines, f"{len(lines)} cases, {f'{failed} not as expected' if failed else 'all as expected'}"]
        )


def check(
    what: Theorem | str | Path | Sequence[str] = (), *, case: str | None = None, level: Level = "quick", seed: int = 0, device: str = "cpu"
) -> Report:  # fmt: skip
    """Check a theorem: every case of it is decided, and every step of its proof is checked.

    Args:
        what: a theorem, the name of one, a file or folder, or several names; by default every theorem of `theorems/`.
        case: only this case, such as "conclusion[margin-gap]-digits-0-1".
        level: "quick", or "thorough" (hours are fine).
        seed: instances and experiments draw from streams derived from it.
        device: "cpu", "cuda" or "cuda:N".

    Raises:
        BadInput, StatementError: with one sentence; what a theorem's functions raise becomes INCONCLUSIVE instead.
    """
    options = Options(level, seed, device)
    if isinstance(what, Theorem):
        require_consistent(what)
        planned = [Planned(what, None, tuple(plan(what, level)))]
    else:
        planned = select([str(what)] if isinstance(what, (str, Path)) else list(what), options)
    if case is not None:
        planned = [narrowed(planned, case, options)]
    return Report(tuple(outcomes(Bench(options), planned)))


def outcomes(bench: Bench, planned: Sequence[Planned]) -> Iterator[Outcome]:
    """The outcome of each case, as it ends."""
    for each in planned:
        for case in each.cases:
            yield check_case(bench, each.theorem, case, each.reproduction(case, bench.options))


def check_case(bench: Bench, theorem: Theorem, case: Case, reproduce: str = "") -> Outcome:
    """The outcome of one case. Nothing that happens while it runs is an exception: it is a reason."""
    started = time.perf_counter()

    def seconds() -> float:
        return time.perf_counter() - started

    if case.kind == "step":
        step = checked(theorem, case.name)
        return Outcome(step_record(theorem, case, step, bench.options, seconds(), reproduce), step.details)
    try:
        settled = settle(bench, theorem, case)
        found = record(theorem, case, settled, bench.options, seconds(), reproduce)
    except Exception as error:
        reason = RunCode.INTERNAL_ERROR.reason(f"{type(error).__name__}: {error}")
        settled = unsettled(reason, case.families, traceback.format_exc())
        found = record(theorem, case, settled, bench.options, seconds(), reproduce)
    return Outcome(found, settled.details)
