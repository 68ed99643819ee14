"""`verify check`: what is asked for is read and found good before anything is written; then cases are checked one by one."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np

from verify import records
from verify.errors import BadInput
from verify.models.tables import read_table
from verify.options import Options, report_folder
from verify.records import Record
from verify.report.terminal import summary
from verify.runner.assembly import report, write
from verify.runner.bench import Admission, Bench, Undecided
from verify.runner.certificates import relied_on
from verify.runner.checking import Outcome, check_case
from verify.runner.environment import environment
from verify.runner.needs import needed
from verify.runner.record import identity
from verify.runner.selection import Planned, narrowed, reproduction, select
from verify.statement.cases import TABLE_FAMILY, Case, plan_for_table
from verify.statement.completeness import gaps
from verify.statement.theorem import Theorem


@dataclass(frozen=True)
class Request:
    """The arguments of the command."""

    targets: tuple[str, ...]
    level: Any
    seed: int
    device: str
    folder: Path
    also: Path | None
    resume: bool
    strict: bool
    data: Path | None
    target: str | None
    private: bool


def run(request: Request) -> int:
    """Check what is requested; the exit status, 0 or 1.

    Raises:
        VerifyError: misuse, found before anything is written.
    """
    options = Options(request.level, request.seed, request.device, request.private)
    folder = report_folder(request.folder)
    if request.also and not request.also.absolute().parent.is_dir():
        raise BadInput(
            f"--json names {request.also}, and the folder {request.also.parent} does not exist; make it first"
        )
    if request.data or request.target or request.private:
        planned, bench = _on_a_table(request, options)
    else:
        planned, bench = select(request.targets, options), Bench(options)
    _refuse_half_declared(planned, request.strict)
    done = _finished(folder, planned, options) if request.resume else []
    if not request.resume:
        records.begin(folder)
    started, clock = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), time.perf_counter()
    total = sum(len(each.cases) for each in planned)
    fresh: list[Record] = []
    interrupted = False
    try:
        with _progress(total, len(done)) as tell:
            for each, case in _remaining(planned, done):
                name = f"{each.theorem.name}::{case.id}"
                reproduce = reproduction(each.theorem, each.file, case, options, _table_options(request))
                tell.begin(name)
                outcome = check_case(bench, each.theorem, case, reproduce)
                records.append(folder, outcome.record)
                fresh.append(outcome.record)
                tell.end(name, outcome)
    except KeyboardInterrupt:
        interrupted = True
    command = shlex.join(["verify", *sys.argv[1:]])
    made = environment(options, command, started, round(time.perf_counter() - clock, 3), total)
    found = report(planned, [*done, *fresh], made)
    index = write(found, folder, request.also)
    click.echo(summary(found, colour=sys.stdout.isatty()), nl=False)
    click.echo(f"report: {index}")
    if interrupted:
        click.echo("interrupted; `--resume` goes on from here", err=True)
    return 0 if not interrupted and all(record["as_expected"] for record in found["records"]) else 1


def _remaining(planned: list[Planned], done: list[Record]) -> Iterator[tuple[Planned, Case]]:
    finished = {records.key(record) for record in done}
    return ((each, case) for each in planned for case in each.cases if (each.theorem.name, case.id) not in finished)


def _finished(folder: Path, planned: list[Planned], options: Options) -> list[Record]:
    expected = {
        (each.theorem.name, case.id): identity(each.theorem, case, options) for each in planned for case in each.cases
    }
    return records.resumable(records.read(folder), expected)


def _refuse_half_declared(planned: Iterable[Planned], strict: bool) -> None:
    for each in planned:
        missing = gaps(each.theorem)
        if missing and (strict or not each.cases):
            raise BadInput(f"{each.theorem.name} is half declared: {'; '.join(missing)}")
        if missing:
            click.echo(f"{each.theorem.name} is half declared, which --strict makes an error:", err=True)
        for sentence in missing:
            click.echo(f"  {sentence}", err=True)


def _on_a_table(request: Request, options: Options) -> tuple[list[Planned], Bench]:
    """The cases of the user's own table, which is read, turned into instances and held against the hypotheses first."""
    if request.data is None or request.target is None:
        raise BadInput("--data, --target and --private belong together: give --data FILE and --target COLUMN")
    if request.resume:
        raise BadInput("--resume does not go with --data, whose rows may have changed since; run it anew")
    names = request.targets[0].split("::") if len(request.targets) == 1 else []
    chosen = select(names[:1], options) if names else []
    if len(chosen) != 1:
        raise BadInput(
            "--data checks one theorem on your table; name it, as in "
            "`verify check linear-max-margin --data FILE --target COLUMN`"
        )
    theorem = chosen[0].theorem
    planned = Planned(theorem, chosen[0].file, tuple(plan_for_table(theorem)))
    bench = Bench(options, read_table(request.data, target=request.target))
    try:
        admission = bench.admitted(theorem, TABLE_FAMILY, theorem.setting)
    except Undecided as undecided:
        raise BadInput(f"{theorem.name} cannot be checked on {request.data.name}: {undecided.sentence}") from None
    if not len(admission.positions):
        raise BadInput(f"{theorem.name} says nothing about {request.data.name}: {_failing(bench, theorem, admission)}")
    return [narrowed([planned], names[1], options) if len(names) > 1 else planned], bench


def _failing(bench: Bench, theorem: Theorem, admission: Admission) -> str:
    """Which hypothesis the table does not satisfy, with the certificate where an observation gives one."""
    name = next(iter(admission.left_out))
    hypothesis, setting = theorem.hypotheses[name], theorem.setting
    assert hypothesis.formula is not None
    sentence = f"the hypothesis {name!r} ({hypothesis.meaning}) does not hold; {bench.foreseen(theorem, TABLE_FAMILY, setting, name).reason.sentence}"
    trace = bench.observed(theorem, TABLE_FAMILY, setting)
    found = relied_on(
        trace, np.ones(trace.size, dtype=bool), needed(theorem, hypothesis.formula, setting), private=True
    )
    return sentence if found is None else f"{sentence}\ncertificate: {json.dumps(found)}"


def _table_options(request: Request) -> str:
    if request.data is None or request.target is None:
        return ""
    return f" --data {shlex.quote(str(request.data))} --target {shlex.quote(request.target)}" + (
        " --private" if request.private else ""
    )


class _Plain:
    """One line a case, as it ends: for pipes and logs."""

    def begin(self, name: str) -> None:
        pass

    def end(self, name: str, outcome: Outcome) -> None:
        click.echo(_line(name, outcome))


class _Live:
    """A bar with the case under way; cases that do not come out as expected are printed above it."""

    def __init__(self, bar: Any, task: Any):
        self.bar, self.task = bar, task

    def begin(self, name: str) -> None:
        self.bar.update(self.task, description=name)

    def end(self, name: str, outcome: Outcome) -> None:
        self.bar.advance(self.task)
        if not outcome.as_expected or outcome.record["kind"] == "conjecture":
            self.bar.console.print(_line(name, outcome), markup=False, highlight=False)


@contextmanager
def _progress(total: int, done: int) -> Iterator[_Plain | _Live]:
    if not sys.stdout.isatty():
        yield _Plain()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, transient=True) as bar:
        yield _Live(bar, bar.add_task("", total=total, completed=done))


def _line(name: str, outcome: Outcome) -> str:
    mark = "ok    " if outcome.as_expected else "FAILED"
    return f"{mark} {name}: {str(outcome).partition(chr(10))[0]} ({outcome.record['seconds']:.1f} s)" + (
        "" if outcome.as_expected else f"\n       {outcome.record['reason']['sentence']}"
    )
