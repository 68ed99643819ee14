"""`verify audit`: the kernel's own audit, and where asked for a comparison with the theorem files."""

from __future__ import annotations

from pathlib import Path

import click

from verify.errors import BadInput
from verify.kernel.audit import audit, compare, lines
from verify.kernel.loading import load as load_report
from verify.kernel.refusals import Refused
from verify.loading import catalogue, load
from verify.statement.encode import block


def audited(path: Path, against: Path | None) -> int:
    """Print every goal with its outcome; 0 when nothing is refused and, where asked for, the statements are those of the files.

    Raises:
        BadInput: no report can be read from the path (a report folder, or its report.json), or no theorem file against it.
    """
    rebuilt = None if against is None else {each.name: block(each) for file in _files(against) for each in load(file)}
    try:
        report = load_report(path / "report.json" if path.is_dir() else path)
        outcomes = audit(report)
        differences = [] if rebuilt is None else compare(report, rebuilt)
    except Refused as refusal:
        raise BadInput(str(refusal)) from None
    for line in lines(report, outcomes):
        click.echo(line)
    for difference in differences:
        click.echo(f"differs: {difference}")
    if rebuilt is not None and not differences:
        click.echo(f"the statements are those of {against}")
    return int(bool(differences) or any(outcome.status == "refused" for outcome in outcomes))


def _files(against: Path) -> list[Path]:
    return list(dict.fromkeys(each.file for each in catalogue([against]).values()))
