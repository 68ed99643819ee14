"""`verify probe` and `verify replay`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from verify.errors import BadInput
from verify.options import Options
from verify.probe.find import Probe, find_counterexample
from verify.probe.replay import replay
from verify.probe.telling import example
from verify.runner.selection import select


def probed(
    target: str, conclusion: str | None, mutant: str | None, drop: tuple[str, ...], budget: float, seed: int, device: str, out: Path | None, form: str
) -> int:  # fmt: skip
    """Attack what is named, print what came of it and write it to `out`; 1 where the theorem itself was refuted, else 0."""
    if out and not out.absolute().parent.is_dir():
        raise BadInput(f"--out names {out}, and the folder {out.parent} does not exist; make it first")
    claims = [conclusion] if conclusion or mutant else _conclusions(target)
    if out and len(claims) > 1:
        raise BadInput(
            f"--out takes one witness, and {target} has the conclusions {', '.join(map(str, claims))}; choose one"
        )
    worst = 0
    for each in claims:
        found = find_counterexample(
            target, conclusion=each, mutant=mutant, drop=drop, budget=budget / len(claims), seed=seed, device=device
        )
        click.echo(_shown(found, form))
        if out:
            out.write_text(json.dumps(_naming(found, out), indent=1, allow_nan=False) + "\n", encoding="utf-8")
            click.echo(f"written: {out}", err=form != "text")
        if found.witness and not drop and not mutant and found.theorem.expects_verdicts:
            worst = 1  # a theorem was refuted: that is not what its file expects
    return worst


def _conclusions(target: str) -> list[str | None]:
    planned = select([target], Options())
    return list(planned[0].theorem.conclusions) if len(planned) == 1 else [None]


def _shown(found: Probe, form: str) -> str:
    if form == "json":
        return json.dumps(found.outcome, indent=1, allow_nan=False)
    if form == "latex" and found.witness is not None:
        return example(found.theorem, found.case, found.witness)
    return str(found)


def _naming(found: Probe, out: Path) -> dict:
    outcome = dict(found.outcome)
    if "reproduce" in outcome:
        outcome["reproduce"] = outcome["reproduce"].replace("FILE", str(out), 1)
    return outcome


def replayed(file: Path, against: Path | None, form: str) -> int:
    """Decide a witness again; 0 where it comes out as it says, else 1."""
    found = replay(file, against)
    click.echo(example(found.theorem, found.case, found.witness) if form == "latex" and found.ok else str(found))
    return 0 if found.ok else 1
