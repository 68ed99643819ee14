"""Which hypotheses cannot be dropped, and what was tried for the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verify.report.probes import Probed

Block = dict[str, Any]
Record = dict[str, Any]


@dataclass(frozen=True)
class Break:
    """A conclusion that fell where one hypothesis alone was violated; `record` where a case of the run shows it."""

    claim: str
    where: str
    record: Record | None = None


@dataclass(frozen=True)
class Necessity:
    """One hypothesis: what fell without it, and else what was tried."""

    hypothesis: str
    broken: tuple[Break, ...]
    attempts: tuple[str, ...]

    @property
    def needed(self) -> bool:
        """Whether it is known that it cannot be dropped."""
        return bool(self.broken)


def redundancy(block: Block, records: Sequence[Record], probes: Sequence[Probed] = ()) -> tuple[Necessity, ...]:
    """Every hypothesis of a statement block, from the theorem's ablations and from searches without that hypothesis.

    A search counts as long as the statement that it attacked is the one of the records.
    """
    statements = {
        record["name"]: record["statement_hash"] for record in records if record["kind"] in ("conclusion", "conjecture")
    }
    searches = [
        each for each in probes if each.theorem == block["theorem"] and statements.get(each.claim) == each.statement
    ]
    return tuple(
        _necessity(
            each["name"],
            block.get("about", {}),
            [
                record
                for record in records
                if record["kind"] in ("ablation", "probe") and record.get("drops") == each["name"]
            ],
            [search for search in searches if search.dropped == (each["name"],)],
        )
        for each in block["hypotheses"]
    )


def _necessity(hypothesis: str, about: Block, tried: Sequence[Record], searches: Sequence[Probed]) -> Necessity:
    fell = [record for record in tried if record["verdict"] == "REFUTED" and record["as_expected"]]
    broken = [Break(record.get("of") or record["name"], ", ".join(record["families"]), record) for record in fell]
    broken += [Break(each.claim, f"a witness of verify probe, {each.file}") for each in searches if each.found]
    attempts = [
        f"{record['kind']} {record['name']}: {record['verdict']}, {record['scope']}"
        for record in tried
        if record not in fell
    ]
    attempts += [_searched(each) for each in searches if not each.found]
    left = about.get("ablations", {}).items()
    later = [
        name
        for name, each in left
        if each.get("drops") == hypothesis and name not in {record["name"] for record in tried}
    ]
    if later:
        attempts.append(f"ablation not run at this level: {', '.join(later)}")
    if not attempts and not broken:
        standing = about.get("hypotheses", {}).get(hypothesis, {}).get("standing")
        attempts.append("not tried: it is assumed, not tested" if standing == "ASSUMED" else "not tried")
    return Necessity(hypothesis, tuple(broken), tuple(attempts))


def _searched(search: Probed) -> str:
    nearest = "" if search.closest is None else f", nearest {search.closest:.3g}"
    return f"{search.claim} survived {search.evaluations:,} evaluations{nearest} ({search.file})"
