"""The ledger: each theorem's computed status, fidelity, the hash of its file, and the counts behind them.

`reports/ledger.json` is committed, installed as package data, and read by `verify list`; `LEDGER.md` says the same to a reader.
Nothing in it depends on the machine or the hour, so that a fresh run of the same theorems gives the same bytes and CI can compare.

    python -m verify.report.ledger reports/latest/report.json            write reports/ledger.json and LEDGER.md
    python -m verify.report.ledger --check reports/latest/report.json    compare; exit 1 and the differences when they are out of date,
                                                                         or when a verdict is not that of the calibration at this seed
"""

from __future__ import annotations

import difflib
import hashlib
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from verify.errors import BadInput
from verify.report import calibration

FOLDER = Path("reports")


def read(root: Path = Path()) -> dict[str, Any]:
    """The committed ledger under `root`, else the one that was installed; empty where there is none.

    Imports nothing beyond the standard library: `verify list` answers at once.
    """
    for folder in (root / FOLDER, *_installed()):
        if (folder / "ledger.json").is_file():
            return json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
    return {"schema": 1, "theorems": {}}


def _installed() -> list[Path]:
    # not importlib.resources: it cannot read a namespace package that is installed in place
    try:
        spec = find_spec("verify_theorems.reports")
    except ModuleNotFoundError:
        return []
    return [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []


def is_stale(entry: dict[str, Any], file: Path) -> bool:
    """Whether the theorem's file has changed since the entry was written."""
    return hashlib.sha256(file.read_bytes()).hexdigest() != entry["file_hash"]


def ledger(report: dict[str, Any], cuda: str) -> dict[str, Any]:
    """The ledger of a report; `cuda` is the sentence on what was run on a card."""
    from verify.report.summary import summaries

    theorems = {
        row.name: {
            "title": row.title,
            "kind": row.kind,
            "status": row.status.word,
            "because": row.status.sentence,
            "fidelity": row.fidelity,
            "source": row.source,
            "file": row.file,
            "file_hash": row.file_hash,
            "statement_hash": row.statement_hash,
            "hypotheses": row.hypotheses,
            "steps": row.steps,
            "conclusions": row.conclusions,
            "grades": row.grades,
            "mutants": [row.mutants.met, row.mutants.of],
            "ablations": [row.ablations.met, row.ablations.of],
            "controls": [row.controls.met, row.controls.of],
            "probes": row.probes,
        }
        for row in sorted(summaries(report), key=lambda row: row.name)
    }
    return {"schema": 1, "level": report["environment"]["level"], "cuda": cuda, "theorems": theorems}


def markdown(found: dict[str, Any], calibrated: dict[str, Any] | None = None) -> str:
    """The same for a reader, with the calibration table where there is one."""
    lines = [
        "# Ledger",
        "",
        "Computed from `reports/latest/report.json` by `make ledger`; nothing here is typed in. A status is that of a theorem as it is",
        f"stated in its file, at level {found['level']}. {found['cuda']}",
        "",
        "| theorem | status | fidelity | hypotheses: tested, by construction, assumed | steps: kernel, cas, cited | conclusions: cases that hold | graded | mutants fell | ablations fell | file |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in found["theorems"].items():
        cells = [
            name,
            f"{row['status']}: {row['because']}",
            row["fidelity"] or "–",
            _joined(row["hypotheses"]),
            _joined(row["steps"]),
            f"{row['conclusions']['HOLDS']} of {sum(row['conclusions'].values())}",
            ", ".join(f"{count} {grade.lower()}" for grade, count in row["grades"].items() if count) or "–",
            "{} of {}".format(*row["mutants"]),
            "{} of {}".format(*row["ablations"]),
            f"{row['file']} `{row['file_hash'][:12]}`",
        ]
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    text = "\n".join(lines) + "\n"
    if calibrated is None:
        return text
    hashes = {name: row["file_hash"] for name, row in found["theorems"].items()}
    return text + calibration.markdown(calibrated, hashes)


def texts(report: dict[str, Any], cuda: str, calibrated: dict[str, Any] | None = None) -> dict[str, str]:
    """File names and texts of the ledger of a report."""
    found = ledger(report, cuda)
    content = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    return {"ledger.json": content, "LEDGER.md": markdown(found, calibrated)}


def write(report: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write `ledger.json` and `LEDGER.md` into the folder."""
    from verify.report.cuda import cuda_sentence

    for name, text in texts(report, cuda_sentence(folder / "gpu"), calibration.read(folder)).items():
        (folder / name).write_text(text, encoding="utf-8")


def drift(report: dict[str, Any], folder: Path = FOLDER) -> str:
    """What a fresh ledger would change in the committed one, as a diff; empty when they agree."""
    from verify.report.cuda import cuda_sentence

    changed = ""
    for name, text in texts(report, cuda_sentence(folder / "gpu"), calibration.read(folder)).items():
        committed = (folder / name).read_text(encoding="utf-8") if (folder / name).is_file() else ""
        changed += "".join(
            difflib.unified_diff(
                committed.splitlines(True), text.splitlines(True), f"committed {name}", f"fresh {name}"
            )
        )
    return changed


def _joined(counts: dict[str, int]) -> str:
    return ", ".join(str(count) for count in counts.values())


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _run_in_part(report: dict[str, Any]) -> list[str]:
    """The theorems of the report that have no status yet, since cases of them did not run."""
    from verify.report.status import ran

    return [name for name in report["statements"] if not ran(report, name).all]


def main(arguments: list[str]) -> int:
    """The command described above."""
    from verify.report.read import read as read_report

    check = arguments[:1] == ["--check"]
    paths = arguments[1:] if check else arguments
    if len(paths) != 1:
        print("usage: python -m verify.report.ledger [--check] REPORT.json", file=sys.stderr)
        return 2
    try:
        report = read_report(Path(paths[0]))
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    if partly := _run_in_part(report):
        print(
            f"{paths[0]} holds only a part of the cases of {', '.join(partly)}; check all of them first",
            file=sys.stderr,
        )
        return 2
    if not check:
        write(report)
        return 0
    changed = drift(report)
    print(changed or "the ledger is up to date", end="" if changed else "\n")
    table = calibration.read(FOLDER)
    differing = list(calibration.differing(table, report)) if table else []
    print(*differing, sep="\n", end="\n" if differing else "")
    return 1 if changed or differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
