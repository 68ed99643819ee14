"""`verify check --data`: a theorem on the user's own table, held against the hypotheses before anything is written."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from verify.errors import BadInput
from verify.options import Options
from verify.runner.bench import Bench, Undecided
from verify.runner.certificates import relied_on
from verify.runner.needs import needed
from verify.runner.selection import Planned, narrowed, select
from verify.statement.cases import TABLE_FAMILY, plan_for_table
from verify.statement.theorem import Theorem


@dataclass(frozen=True)
class Table:
    """A file, the column of its labels, and whether its rows are to stay out of the report."""

    file: Path
    target: str
    private: bool

    @property
    def arguments(self) -> str:
        """The options that name this table on a command line."""
        named = f" --data {shlex.quote(str(self.file))} --target {shlex.quote(self.target)}"
        return named + (" --private" if self.private else "")

    def describe(self, report: dict[str, Any]) -> None:
        """Say in the report where the family of the table came from, and whether its rows stand there."""
        for statement in report["statements"].values():
            statement["about"]["families"][TABLE_FAMILY] = {
                "sentence": f"the table {self.file.name}, with the labels in {self.target!r}",
                "without": [],
                "note": "this report holds hashes of its rows" if self.private else "this report embeds its rows",
            }


def on_table(targets: Sequence[str], table: Table, options: Options) -> tuple[list[Planned], Bench]:
    """The cases of one theorem on a table, and a bench that has its instances.

    Raises:
        BadInput: not one theorem, one that takes no table, a table that cannot be read, or one that the theorem says nothing
            about; then with the certificate, where there is one.
    """
    head, *inner = targets[0].split("::") if len(targets) == 1 else [""]
    chosen = select([head], options) if head else []
    if len(chosen) != 1:
        raise BadInput(
            "--data checks one theorem on your table; name it, as in "
            "`verify check linear-max-margin --data FILE --target COLUMN`"
        )
    theorem = chosen[0].theorem
    cases = tuple(plan_for_table(theorem))
    planned = replace(chosen[0], cases=cases, of=len(cases))
    from verify.models.tables import read_table  # imports torch, which most checks of one's own files do without

    bench = Bench(options, read_table(table.file, target=table.target))
    try:
        admission = bench.admitted(theorem, TABLE_FAMILY, theorem.setting)
    except Undecided as undecided:
        raise BadInput(f"{theorem.name} cannot be checked on {table.file.name}: {undecided.sentence}") from None
    if not len(admission.positions):
        failing = next(iter(admission.left_out), "")
        raise BadInput(f"{theorem.name} says nothing about {table.file.name}: {_why(bench, theorem, failing)}")
    return [narrowed([planned], inner[0], options) if inner else planned], bench


def _why(bench: Bench, theorem: Theorem, failing: str) -> str:
    """Which hypothesis the table does not satisfy, with the certificate where an observation gives one."""
    if not failing:
        return "it gives no instance"
    hypothesis, setting = theorem.hypotheses[failing], theorem.setting
    assert hypothesis.formula is not None
    reason = bench.foreseen(theorem, TABLE_FAMILY, setting, failing).reason.sentence
    sentence = f"the hypothesis {failing!r} ({hypothesis.meaning}) does not hold. {reason}"
    trace = bench.observed(theorem, TABLE_FAMILY, setting)
    found = relied_on(trace, np.ones(trace.size, dtype=bool), needed(theorem, hypothesis.formula, setting))
    if found is None:
        return sentence
    shown = [{key: value for key, value in each.items() if key != "data"} for each in found["instances"]]
    return f"{sentence}\ncertificate of {found['reference']}: {json.dumps(shown)}"
