"""`make calibrate`: every claim with a known truth, decided at every seed; the table goes to `reports/calibration.json`.

    python -m tests.quality.calibrate [--seeds 10] [--lines build/calibration.jsonl] [NAME ...]

Each theorem at each seed is one line of `--lines`, so that an interrupted run goes on where it was; a line of an edited theorem file is
not used. Without names all theorems are calibrated; with names the others keep their rows. Exit status 1 when a false claim held, a
true one was refuted, or a conclusion has no mutant within three times its resolving power.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from tests.quality import generic_mutants
from tests.quality.nearest import nearest
from verify.loading import catalogue, default_folder, file_hash, load
from verify.options import Options
from verify.report import calibration
from verify.report.calibration import GROUPS, LETTERS
from verify.report.ledger import FOLDER
from verify.runner import Bench
from verify.runner.deciding import Settled, settle
from verify.statement.cases import Case, plan
from verify.statement.theorem import Theorem

LEVEL = "quick"
KINDS = {"conclusion": "conclusions", "control": "controls", "mutant": "mutants", "ablation": "ablations"}


def verdicts(theorem: Theorem, seed: int) -> dict[str, Any]:
    """The letter of every claim of a theorem at one seed, by group; and the nearest mutant of every conclusion."""
    bench = Bench(Options(LEVEL, seed, private=True))
    found: dict[str, dict[str, str]] = {group: {} for group in GROUPS}
    mutants: dict[str, list[tuple[Case, Settled]]] = {}
    for case in plan(theorem, LEVEL):
        if case.kind in KINDS:
            settled = settle(bench, theorem, case)
            found[KINDS[case.kind]][case.id] = LETTERS[settled.verdict.answer.value]
            if case.kind == "mutant":
                mutants.setdefault(case.of, []).append((case, settled))
    for each in generic_mutants.generic(theorem):
        name = each.case.name
        if not generic_mutants.is_listed(theorem.name, "depends", name):
            true = each.relaxed or generic_mutants.is_listed(theorem.name, "true", name)
            settled = settle(bench, theorem, each.case)
            found["true variants" if true else "generic mutants"][name] = LETTERS[settled.verdict.answer.value]
            mutants.setdefault(each.case.of, []).append((each.case, settled))
    near = {
        case.name: nearest(bench, theorem, case, mutants.get(case.name, [])).recorded
        for case in generic_mutants.conclusions(theorem)
    }
    return {"verdicts": found, "nearest": near}


def table(lines: list[dict[str, Any]], before: dict[str, Any] | None) -> dict[str, Any]:
    """The table of all lines; theorems without a line keep the row that they had."""
    theorems = dict(before["theorems"]) if before else {}
    for name in sorted({line["theorem"] for line in lines}):
        own = sorted((line for line in lines if line["theorem"] == name), key=lambda line: line["seed"])
        theorems[name] = {
            "file_hash": own[0]["file_hash"],
            "seeds": [line["seed"] for line in own],
            "verdicts": {
                group: {
                    claim: "".join(line["verdicts"][group][claim] for line in own)
                    for claim in own[0]["verdicts"][group]
                }
                for group in GROUPS
            },
            "nearest": {claim: over_seeds([line["nearest"][claim] for line in own]) for claim in own[0]["nearest"]},
        }
    return {"schema": 1, "level": LEVEL, "theorems": dict(sorted(theorems.items()))}


def over_seeds(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The nearest mutant of a conclusion at the seed where it is furthest, with its distance at every seed."""
    if all("exempt" in each for each in found):
        return {"exempt": found[0]["exempt"]}
    distances = [each.get("distance") for each in found]
    worst = max(found, key=lambda each: 0.0 if "exempt" in each else each["distance"] or float("inf"))
    return {"mutant": worst["mutant"], "distances": distances}


def usable(path: Path, hashes: dict[str, str], seeds: int) -> list[dict[str, Any]]:
    """The lines that were made from the theorem files and their lists of true variants as they are now; a torn last line is left out."""
    if not path.is_file():
        return []
    whole = path.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()
    lines = [json.loads(line) for line in whole]
    return [
        line
        for line in lines
        if hashes.get(line["theorem"]) == line["file_hash"]
        and line["seed"] < seeds
        and line["listed"] == generic_mutants.listing(line["theorem"])
    ]


@click.command()
@click.argument("names", nargs=-1)
@click.option("--seeds", default=10, show_default=True, type=click.IntRange(1))
@click.option("--lines", "path", default="build/calibration.jsonl", show_default=True, type=click.Path(path_type=Path))
@click.option("--out", default=FOLDER, type=click.Path(path_type=Path), help="The folder of calibration.json.")
def main(names: tuple[str, ...], seeds: int, path: Path, out: Path) -> None:
    """Calibrate theorems; see the module."""
    known = catalogue([default_folder()])
    chosen = {name: known[name].file for name in names or known if known[name].kind == "theorem"}
    hashes = {name: file_hash(file) for name, file in chosen.items()}
    lines = usable(path, hashes, seeds)
    done = {(line["theorem"], line["seed"]) for line in lines}
    path.parent.mkdir(parents=True, exist_ok=True)
    for seed in range(seeds):
        for name, file in chosen.items():
            if (name, seed) in done:
                continue
            started = time.process_time()
            theorem = next(each for each in load(file) if each.name == name)
            line = {"theorem": name, "seed": seed, "file_hash": hashes[name], "listed": generic_mutants.listing(name)}
            lines.append({**line, **verdicts(theorem, seed)})
            with path.open("a", encoding="utf-8") as file_of_lines:
                file_of_lines.write(json.dumps(lines[-1], separators=(",", ":")) + "\n")
            print(f"{name}, seed {seed}: {time.process_time() - started:.1f} s", flush=True)
    found = table(lines, calibration.read(out))
    (out / calibration.FILE).write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(calibration.markdown(found, hashes))
    mistakes = [*calibration.wrong(found), *calibration.remote(found)]
    print(*mistakes, sep="\n", end="\n" if mistakes else "")
    sys.exit(1 if mistakes else 0)


if __name__ == "__main__":
    main()
