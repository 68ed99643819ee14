"""How a run is told while it goes on: live on a terminal, one line a case elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from verify.runner.checking import Outcome


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
def progress(total: int, done: int) -> Iterator[_Plain | _Live]:
    """How the cases are told: `begin(name)` and `end(name, outcome)`; live on a terminal, in plain lines elsewhere."""
    if not sys.stdout.isatty():
        yield _Plain()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, transient=True) as bar:
        yield _Live(bar, bar.add_task("", total=total, completed=done))


def _line(name: str, outcome: Outcome) -> str:
    mark = "ok    " if outcome.as_expected else "FAILED"
    # Of a conjecture every answer is as expected, and what one wants to know is why.
    told = not outcome.as_expected or outcome.record["kind"] == "conjecture"
    return f"{mark} {name}: {str(outcome).partition(chr(10))[0]} ({outcome.record['seconds']:.1f} s)" + (
        f"\n       {outcome.record['reason']['sentence']}" if told else ""
    )
