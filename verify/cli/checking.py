"""`verify check`: what is asked for is read and found good before anything is written; then cases are checked one by one."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from verify import records
from verify.cli.progress import progress
from verify.cli.tables import Table, on_table
from verify.errors import BadInput
from verify.options import Options, report_folder
from verify.records import Record
from verify.report.assembly import report, write
from verify.report.environment import environment
from verify.report.terminal import shown
from verify.runner.bench import Bench
from verify.runner.checking import check_case
from verify.runner.parts import part
from verify.runner.record import identity
from verify.runner.selection import Planned, select
from verify.statement.cases import Case
from verify.statement.completeness import gaps


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

    @property
    def table(self) -> Table | None:
        """The user's own table, where one is given.

        Raises:
            BadInput: options about a table that do not go together.
        """
        if not (self.data or self.target or self.private):
            return None
        if self.data is None or self.target is None:
            raise BadInput("--data, --target and --private belong together: give --data FILE and --target COLUMN")
        if self.resume:
            raise BadInput("--resume does not go with --data, whose rows may have changed since; run it anew")
        return Table(self.data, self.target, self.private)


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
    table = request.table
    planned, bench = (
        on_table(request.targets, table, options) if table else (select(request.targets, options), Bench(options))
    )
    _refuse_half_declared(planned, request.strict)
    done = _finished(folder, planned, options) if request.resume else []
    if not request.resume:
        records.begin(folder)
    started, clock = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), time.perf_counter()
    total = sum(len(each.cases) for each in planned)
    fresh: list[Record] = []
    interrupted = False
    try:
        with progress(total, len(done)) as tell:
            for each, case in _remaining(planned, done):
                name = f"{each.theorem.name}::{case.id}"
                reproduce = each.reproduction(case, options, table.arguments if table else "")
                tell.begin(name)
                outcome = check_case(bench, each.theorem, case, reproduce)
                records.append(folder, outcome.record)
                fresh.append(outcome.record)
                tell.end(name, outcome)
    except KeyboardInterrupt:
        interrupted = True
    command = shlex.join(["verify", *sys.argv[1:]])
    made = environment(options, command, started, round(time.perf_counter() - clock, 3), total)
    found = report(list(map(part, planned)), [*done, *fresh], made)
    if table:
        table.describe(found)
    index = write(found, folder, request.also)
    click.echo(shown(found), nl=False)
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
        if missing and each.theorem.expects_verdicts:  # a conjecture may be a sketch
            click.echo(f"{each.theorem.name} is half declared, which --strict makes an error:", err=True)
            for sentence in missing:
                click.echo(f"  {sentence}", err=True)
