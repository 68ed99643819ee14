"""The closing lines of a run, for a terminal, a pipe or a log."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from verify.report.summary import Summary, summaries

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PIPED = 100
"""Characters a line where no terminal says how wide it is."""
_SHOWN = 20
"""Unexpected cases that are printed in full; the page has them all."""


def summary(report: dict[str, Any], width: int = _PIPED, colour: bool = False) -> str:
    """Two lines a theorem, each case that did not come out as expected, and the count that decides the exit status.

    `width` is in characters; without `colour` the text is plain, for pipes and logs.
    """
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        emoji=False,
    )
    rows = summaries(report)
    longest = max((len(row.name) for row in rows), default=0)
    for row in rows:
        console.print(_headline(row, longest), soft_wrap=True)
        console.print(Padding(Text(_counts(row)), (0, 0, 0, 2)))
    unexpected = [record for record in report["records"] if not record["as_expected"]]
    for record in unexpected[:_SHOWN]:
        _print_case(console, record)
    if len(unexpected) > _SHOWN:
        console.print(f"and {len(unexpected) - _SHOWN} more; the report has them all", soft_wrap=True)
    console.print(_closing(report, len(unexpected)), soft_wrap=True)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def shown(report: dict[str, Any]) -> str:
    """The summary for standard output: as wide as the terminal and in colour there, plain in a pipe or with NO_COLOR set."""
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((_PIPED, 24)).columns if terminal else _PIPED
    return summary(report, width, colour=terminal and not os.environ.get("NO_COLOR"))


def plain(text: str) -> str:
    """The text without control characters: a title from a file must not drive the terminal."""
    return _CONTROL.sub(" ", text)


def _headline(row: Summary, longest: int) -> Text:
    look = "bad" if row.unexpected else row.status.look
    style = {"bad": "bold red", "open": "yellow"}.get(look, "green")
    return Text.assemble((plain(row.name).ljust(longest), "bold"), "  ", (row.status.word, style))


def _counts(row: Summary) -> str:
    total = sum(row.conclusions.values())
    parts = [
        f"steps: {_named(row.steps)}" if any(row.steps.values()) else "",
        f"{row.refused_steps} refused" if row.refused_steps else "",
        f"conclusions: {row.conclusions['HOLDS']} of {total} cases hold ({_named(row.grades)})" if total else "",
        f"mutants: {row.mutants.met} of {row.mutants.of} fell" if row.mutants.of else "",
        f"ablations: {row.ablations.met} of {row.ablations.of} fell" if row.ablations.of else "",
        f"{row.seconds:.1f} s",
    ]
    return "; ".join(part for part in parts if part)


def _named(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.lower()}" for name, count in counts.items() if count)


def _print_case(console: Console, record: dict[str, Any]) -> None:
    """Identifier and command on lines of their own, unbroken, so that both can be copied."""
    grade = f", {record['grade'].lower()}" if record["grade"] else ""
    verdict = plain(f"{record['verdict']}{grade}, {record['scope']}; expected {record['expected'] or 'any answer'}")
    console.print(Text("\n" + plain(f"{record['theorem']}::{record['case']}").strip(), style="bold"), soft_wrap=True)
    console.print(Padding(Text(verdict, style="red"), (0, 0, 0, 2)))
    console.print(Padding(Text(plain(record["reason"]["sentence"])), (0, 0, 0, 2)))
    console.print(Text(f"  {plain(record['reproduce'])}", style="dim"), soft_wrap=True)


def _closing(report: dict[str, Any], unexpected: int) -> Text:
    done, planned, seconds = (
        len(report["records"]),
        report["environment"].get("planned"),
        report["environment"]["seconds"],
    )
    took = f" in {seconds:.1f} s" if seconds is not None else ""
    if unexpected:
        what = "The case" if done == 1 else f"{unexpected} of {done} cases"
        return Text(f"\n{what} did not come out as expected{took}.", style="bold red")
    if planned is not None and done < planned:
        return Text(
            f"\n{done} of {planned} planned cases ended, all as expected{took}; the run was interrupted.",
            style="bold yellow",
        )
    what = "1 case, as expected" if done == 1 else f"{done} cases, all as expected"
    return Text(f"\n{what}{took}.", style="bold green")
