"""`make probe-bar`: the ten finds from the theorem files alone, and nothing against the true conclusions with the same budget.

    python tests/probe_bar.py [SEEDS]

Seeds are drawn from the commit's hash, so that nobody chooses them. Each find gets 120 s of processor time; the nearest true conclusion
then gets what its find took, and 20 s at least. Every outcome is appended to reports/probe_bar.jsonl as it comes, and a run of the same
commit goes on where it was interrupted; reports/PROBE_BAR.md is the table, and the first seed's outcomes go to reports/probes, for the matrix
of hypotheses that cannot be dropped. The exit status is 1 when a find was missed in more than
one seed of ten, or when anything was found against a true conclusion.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from verify import find_counterexample

BUDGET, LEAST = 120.0, 20.0
ROWS, TABLE = Path("reports/probe_bar.jsonl"), Path("reports/PROBE_BAR.md")
PROBES = Path("reports/probes")
"""Where `verify.report` looks for searches: what the first seed found, and what survived it."""


@dataclass(frozen=True)
class Find:
    """Something false, by what the probe is given, and the nearest true conclusion (None: a conjecture has none)."""

    what: str
    theorem: str
    given: dict[str, Any]
    true: str | None


FINDS = (
    Find("the unsmoothed margin is monotone", "smoothed-margin-increases", {"mutant": "unsmoothed"}, "monotone"),
    Find("the limit is a global optimum", "kkt-direction", {"mutant": "global-optimum"}, "limit-is-kkt"),
    Find(
        "symmetry dropped", "leaky-relu-symmetric", {"conclusion": "not-confined", "drop": "symmetric"}, "not-confined"
    ),
    Find("entry alignment dropped", "greedy-low-rank", {"conclusion": "visits", "drop": "aligned"}, "visits"),
    Find("isometry dropped", "matrix-sensing-incremental", {"conclusion": "visits", "drop": "isometry"}, "visits"),
    Find("the nuclear-norm conjecture", "nuclear-norm-conjecture", {}, None),
    Find(
        "commuting dropped", "commuting-nuclear-norm", {"conclusion": "least-trace", "drop": "commuting"}, "least-trace"
    ),
    Find(
        "low skewness dropped", "rmsprop-sde", {"conclusion": "no-half-order", "drop": "low-skewness"}, "no-half-order"
    ),
    Find("independence dropped", "svag", {"conclusion": "order", "drop": "iid-pairs"}, "order"),
    Find("any constant step will do", "gradient-descent-margin", {"mutant": "constant-step"}, "loss-falls"),
)


def commit() -> str:
    """The hash of the commit that is checked out."""
    return subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()


def outcome(find: Find, seed: int, *, true: bool, budget: float, kept: bool = False) -> dict[str, Any]:
    """What the probe says of the false statement, or of the true one; `kept` writes it where the report reads it."""
    given: dict[str, Any] = {"conclusion": find.true} if true else find.given
    probe = find_counterexample(find.theorem, **given, budget=budget, seed=seed)
    if kept:
        PROBES.mkdir(parents=True, exist_ok=True)
        file = PROBES / f"{'-without-'.join([find.theorem, *probe.case.without])}-{probe.case.name}.json"
        file.write_text(json.dumps(probe.outcome, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return {
        "what": find.what,
        "theorem": find.theorem,
        "true": true,
        "seed": seed,
        "found": probe.witness is not None,
        "method": probe.method,
        "seconds": round(probe.seconds, 1),
        "budget": round(budget, 1),
        "artefacts": len(probe.artefacts),
        "evaluations": probe.tally.evaluations,
        "closest": None if probe.tally.nearest is None else round(float(probe.tally.nearest.margin), 6),
        "witness": probe.witness,
    }


def rows(version: str) -> list[dict[str, Any]]:
    """The outcomes of this commit that are there already."""
    lines = ROWS.read_text(encoding="utf-8").splitlines() if ROWS.exists() else []
    return [row for row in map(json.loads, lines) if row["commit"] == version]


def run(version: str, seeds: list[int]) -> list[dict[str, Any]]:
    """All outcomes, each kept as it comes."""
    done = rows(version)
    for seed in seeds:
        for find in FINDS:
            took = BUDGET
            for true in (False, True) if find.true else (False,):
                row = next((r for r in done if (r["what"], r["seed"], r["true"]) == (find.what, seed, true)), None)
                if row is None:
                    budget = min(max(took, LEAST), BUDGET) if true else BUDGET
                    row = {"commit": version, **outcome(find, seed, true=true, budget=budget, kept=seed == seeds[0])}
                    with ROWS.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(row, allow_nan=False) + "\n")
                    done.append(row)
                took = row["seconds"]
                print(
                    f"{find.theorem}, {'true conclusion' if true else find.what}: {'found' if row['found'] else 'nothing'}, {took} s",
                    flush=True,
                )
    return [row for row in done if row["seed"] in seeds]


def table(version: str, seeds: list[int], done: list[dict[str, Any]]) -> str:
    """The finds and the survivals as a page."""
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    lines = [
        "# Counterexamples from the theorem files alone",
        "",
        f"{date}, commit {version[:12]}, {len(seeds)} seed(s) drawn from it, at most {BUDGET:.0f} s of processor time each.",
        "",
        "| theorem | false | found | median s | by | true conclusion with the same budget | evaluations | closest approach |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for find in FINDS:
        false, true = ([r for r in done if r["what"] == find.what and r["true"] is kind] for kind in (False, True))
        hits = [r for r in false if r["found"]]
        took = sorted(r["seconds"] for r in hits)
        by = ", ".join(sorted({r["method"] for r in hits})) or "-"
        near = [r["closest"] for r in true if r["closest"] is not None]
        said = "-" if not true else "nothing found" if not any(r["found"] for r in true) else "FOUND"
        cells = [
            find.theorem, find.what, f"{len(hits)} of {len(false)}", str(took[len(took) // 2]) if took else "-", by, said,
            f"{sum(r['evaluations'] for r in true):,}" if true else "-", f"{min(near):.3g}" if near else "-",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(count: int = 1) -> int:
    version = commit()
    seeds = [int(version[8 * k : 8 * k + 7], 16) if k < 5 else int(version[:7], 16) + k for k in range(count)]
    ROWS.parent.mkdir(exist_ok=True)
    done = run(version, seeds)
    TABLE.write_text(table(version, seeds, done), encoding="utf-8")
    print(TABLE.read_text(encoding="utf-8"))
    missed = max(sum(r["what"] == find.what and not r["true"] and not r["found"] for r in done) for find in FINDS)
    wrong = any(r["true"] and r["found"] for r in done)
    return int(wrong or missed > count // 10)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
