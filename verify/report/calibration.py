"""How often we are wrong: the verdicts of every claim with a known truth over many seeds, in `reports/calibration.json`.

`make calibrate` writes the file. The ledger prints its counts, and compares the verdicts of a run with those of the same seed.
A verdict is one letter, a claim one letter for each seed: "HHHH" held four times.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FILE = "calibration.json"
LETTERS = {"HOLDS": "H", "REFUTED": "R", "INCONCLUSIVE": "I"}
GROUPS = {
    "conclusions": True, "controls": True, "true variants": True, "mutants": False, "ablations": False, "generic mutants": False,
}  # fmt: skip
"""Whether the claims of a group are true."""
CONFIDENCE = 0.95
NEAR = 3.0
"""Resolving powers within which every conclusion must have a mutant that falls."""

Calibration = dict[str, Any]


def read(folder: Path) -> Calibration | None:
    """The committed table, where there is one."""
    path = folder / FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def counts(table: Calibration, group: str, theorem: str | None = None) -> Counter[str]:
    """How often the claims of a group came out H, R and I, of one theorem or of all."""
    chosen = table["theorems"] if theorem is None else {theorem: table["theorems"][theorem]}
    return Counter(
        letter for each in chosen.values() for letters in each["verdicts"][group].values() for letter in letters
    )


def wrong(table: Calibration) -> Iterator[str]:
    """False claims that held and true ones that were refuted, one sentence each."""
    for name, theorem in table["theorems"].items():
        for group, true in GROUPS.items():
            for claim, letters in theorem["verdicts"][group].items():
                seeds = [seed for seed, letter in zip(theorem["seeds"], letters, strict=True) if letter == "HR"[true]]
                if seeds:
                    verdict = "is refuted" if true else "holds"
                    yield f"{name}, {group}: {claim} {verdict} at the seeds {', '.join(map(str, seeds))}"


def remote(table: Calibration) -> Iterator[str]:
    """Conclusions without a refuted mutant within three times their resolving power, one sentence each."""
    for name, theorem in table["theorems"].items():
        for claim, found in theorem.get("nearest", {}).items():
            if not _is_near(found):
                far = ", ".join("none fell" if each is None else f"{each:g}" for each in found["distances"])
                yield f"{name}, {claim}: its nearest mutant lies at {far} resolving powers"


def _is_near(found: Mapping[str, Any]) -> bool:
    return "exempt" in found or all(each is not None and each <= NEAR for each in found["distances"])


def interval(errors: int, tries: int) -> tuple[float, float]:
    """Clopper and Pearson's interval of a probability, from errors among independent tries."""
    from scipy.stats import beta

    tail = (1 - CONFIDENCE) / 2
    lower = beta.ppf(tail, errors, tries - errors + 1) if errors else 0.0
    upper = beta.ppf(1 - tail, errors + 1, tries - errors) if errors < tries else 1.0
    return float(lower), float(upper)


def differing(table: Calibration, report: Mapping[str, Any]) -> Iterator[str]:
    """Verdicts of a run that are not those of the table, where its seed is one of the table's and the theorem's file the same."""
    seed, level = report["environment"]["seed"], report["environment"]["level"]
    for record in report["records"]:
        theorem = table["theorems"].get(record["theorem"])
        if (
            theorem is None
            or level != table["level"]
            or seed not in theorem["seeds"]
            or _stale(theorem, record, report)
        ):
            continue
        letters = theorem["verdicts"].get(f"{record['kind']}s", {}).get(record["case"])
        if letters is not None and (then := letters[theorem["seeds"].index(seed)]) != LETTERS[record["verdict"]]:
            word = next(word for word, letter in LETTERS.items() if letter == then)
            yield f"{record['theorem']}::{record['case']} is {record['verdict']} at the seed {seed}, and was {word} when calibrated"


def _stale(theorem: Mapping[str, Any], record: Mapping[str, Any], report: Mapping[str, Any]) -> bool:
    return theorem["file_hash"] != report["statements"][record["theorem"]].get("about", {}).get("file_hash")


def markdown(table: Calibration, hashes: Mapping[str, str]) -> str:
    """The counts as a section of the ledger; `hashes` are those of the theorem files as they are now."""
    lines = [
        "",
        "## How often are we wrong",
        "",
        "Every claim whose truth is known, decided anew at each seed: conclusions and negative controls are true; hand-written mutants,",
        "ablations and generic mutants (an exponent, a constant, a direction, a term, a limit changed by rule) are false. Counted: HOLDS,",
        "REFUTED, INCONCLUSIVE. Written by `make calibrate`; level " + table["level"] + ".",
        "",
        "| theorem | seeds | "
        + " | ".join(f"{group} ({'true' if true else 'false'})" for group, true in GROUPS.items())
        + " |",
        "|---|---|" + "---|" * len(GROUPS),
    ]
    for name, theorem in sorted(table["theorems"].items()):
        stale = "" if hashes.get(name, theorem["file_hash"]) == theorem["file_hash"] else " (of an earlier file)"
        cells = [_counted(counts(table, group, name)) for group in GROUPS]
        lines.append(f"| {name}{stale} | {len(theorem['seeds'])} | " + " | ".join(cells) + " |")
    lines += [f"| all | | {' | '.join(_counted(counts(table, group)) for group in GROUPS)} |", ""]
    for true, what in ((True, "true claims were refuted"), (False, "false claims held")):
        found = sum((counts(table, group) for group, truth in GROUPS.items() if truth == true), Counter())
        errors, tries = found["HR"[true]], found.total()
        if tries:
            lower, upper = interval(errors, tries)
            decided = (found["H"] + found["R"]) / tries
            lines.append(
                f"- {errors} of {tries} {what}: between {lower:.2g} and {upper:.2g} with confidence {CONFIDENCE:.0%} (Clopper-Pearson, as if "
                f"tries were independent; claims of one theorem share their traces); {decided:.0%} were decided."
            )
    lines += _nearness(table)
    return "\n".join(lines) + "\n"


def _nearness(table: Calibration) -> list[str]:
    """How near the truth the nearest mutant of each conclusion was refuted."""
    found = [each for theorem in table["theorems"].values() for each in theorem.get("nearest", {}).values()]
    if not found:
        return []
    exempt = Counter(each["exempt"] for each in found if "exempt" in each)
    numbers = [each for each in found if "exempt" not in each]
    rows = [
        f"- {sum(map(_is_near, numbers))} of {len(numbers)} conclusions with a number in them have a mutant that fell within {NEAR:g} times their "
        "resolving power, at every seed: of those in the file, those made by rule, and, where none of these is near, the conclusion shifted "
        "by 2 (or 2.8) resolving powers."
    ]
    rows += [f"- {count} conclusions have no such distance: {why}." for why, count in sorted(exempt.items())]
    return rows + [f"- FAR: {sentence}." for sentence in remote(table)]


def _counted(found: Counter[str]) -> str:
    return ", ".join(str(found[letter]) for letter in "HRI") if found else "–"
