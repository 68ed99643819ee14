"""One theorem's counts, as index, ledger and terminal print them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from verify.report.probes import Probed
from verify.report.redundancy import Necessity, redundancy
from verify.report.status import Status, status
from verify.statement.source import Fidelity

STANDINGS = ("TESTED", "BY CONSTRUCTION", "ASSUMED")
CHECKERS = ("kernel", "cas", "cited")
ANSWERS = ("HOLDS", "REFUTED", "INCONCLUSIVE")
GRADES = ("EXACT", "ENCLOSED", "ESTIMATED")


@dataclass(frozen=True)
class Tally:
    """How many came out as they must, of how many."""

    met: int
    of: int

    def __str__(self) -> str:
        return f"{self.met}/{self.of}" if self.of else "–"


@dataclass(frozen=True)
class Summary:
    """The counts of one theorem or conjecture; `about` and the statement hash come from its statement block."""

    name: str
    title: str
    kind: str
    file: str
    file_hash: str
    statement_hash: str
    fidelity: str | None
    source: str
    status: Status
    hypotheses: Mapping[str, int]
    """By standing."""
    steps: Mapping[str, int]
    """Accepted steps by who checked them."""
    refused_steps: int
    conclusions: Mapping[str, int]
    """Cases by answer."""
    grades: Mapping[str, int]
    """The same cases by grade."""
    mutants: Tally
    ablations: Tally
    controls: Tally
    redundancy: tuple[Necessity, ...]
    """Of each hypothesis, whether it is known that it cannot be dropped."""
    probes: int
    witnesses: int
    cases: int
    unexpected: int
    seconds: float

    @property
    def needed(self) -> Tally:
        """How many hypotheses are known to be such that they cannot be dropped."""
        return Tally(sum(each.needed for each in self.redundancy), len(self.redundancy))

    @property
    def subject(self) -> str:
        """The folder of the theorem's file, which is its field."""
        return PurePosixPath(self.file).parent.name


def summaries(report: dict[str, Any], probes: Sequence[Probed] = ()) -> list[Summary]:
    """One summary for each theorem of the report, in its order; `probes` are searches beside the report."""
    return [summary(report, name, probes) for name in report["statements"]]


def summary(report: dict[str, Any], theorem: str, probes: Sequence[Probed] = ()) -> Summary:
    """The counts of one theorem of the report."""
    block = report["statements"][theorem]
    about = block.get("about", {})
    records = [record for record in report["records"] if record["theorem"] == theorem]
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_kind.setdefault(record["kind"], []).append(record)
    measured = by_kind.get("conclusion", []) + by_kind.get("conjecture", [])
    accepted = [step for step in by_kind.get("step", []) if step["as_expected"]]
    source = about.get("source")
    return Summary(
        name=theorem,
        title=about.get("title", theorem),
        kind=about.get("kind", "theorem"),
        file=about.get("file", ""),
        file_hash=about.get("file_hash", ""),
        statement_hash=about.get("statement_hash", ""),
        fidelity=source["fidelity"] if source else None,
        source=citation(source),
        status=status(report, theorem),
        hypotheses=_counted(
            STANDINGS, (each.get("standing", "TESTED") for each in about.get("hypotheses", {}).values())
        ),
        steps=_counted(CHECKERS, (step["checked_by"] for step in accepted)),
        refused_steps=len(by_kind.get("step", [])) - len(accepted),
        conclusions=_counted(ANSWERS, (each["verdict"] for each in measured)),
        grades=_counted(GRADES, (each["grade"] for each in measured)),
        mutants=_tally(by_kind.get("mutant", [])),
        ablations=_tally(by_kind.get("ablation", [])),
        controls=_tally(by_kind.get("control", [])),
        redundancy=redundancy(block, records, probes),
        probes=len(by_kind.get("probe", [])),
        witnesses=sum(record["witness"] is not None for record in records),
        cases=len(records),
        unexpected=sum(not record["as_expected"] for record in records),
        seconds=sum(record["seconds"] for record in records),
    )


def citation(source: dict[str, Any] | None) -> str:
    """One line: authors, year, title, arXiv id with version, and the number where it is confirmed."""
    if not source:
        return ""
    parts = [
        f"{source.get('authors') or 'unnamed'} ({source['year']})"
        if source.get("year")
        else source.get("authors") or "unnamed"
    ]
    if source.get("title"):
        parts.append(source["title"])
    if source.get("arxiv"):
        parts.append(f"arXiv:{source['arxiv']}{source.get('version') or ''}")
    if source.get("result") and source["fidelity"] == "CONFIRMED":
        parts.append(source["result"])
    return ", ".join(parts)


def fidelity_sentence(fidelity: str | None) -> str:
    """What the word says about the statement."""
    return Fidelity[fidelity].value if fidelity else "given without a source"


def _counted(keys: tuple[str, ...], values: Any) -> dict[str, int]:
    counts = Counter(values)
    return {key: counts[key] for key in keys}


def _tally(records: list[dict[str, Any]]) -> Tally:
    return Tally(sum(record["as_expected"] for record in records), len(records))
