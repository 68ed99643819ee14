"""What a report says of a theorem beside the records of its cases."""

from __future__ import annotations

from pathlib import Path

from verify.loading import shown
from verify.options import Options
from verify.report.assembly import Part
from verify.runner.selection import Planned, planned_of
from verify.statement.cases import plan
from verify.statement.completeness import gaps
from verify.statement.describe import describe


def part(planned: Planned) -> Part:
    """What the report will say of a theorem."""
    theorem, file = planned.theorem, planned.file
    return {
        "theorem": theorem.name,
        "statement": describe(theorem, Path(shown(file))) if file else None,
        "order": [case.id for case in plan(theorem, "thorough")],
        "of": planned.of,
        "gaps": gaps(theorem),
    }


def parts_of(file: Path, options: Options) -> list[Part]:
    """The parts of the theorems of a file, in its order.

    Raises:
        BadInput, StatementError: the file cannot be read, with the line and one sentence.
    """
    return list(map(part, planned_of(file, options)))
