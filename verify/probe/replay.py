"""Deciding a witness again from its file and the theorem file alone.

The file is not trusted. Everything that says what is refuted is rebuilt from the theorem file and compared; the instance is made by the
space that the theorem file declares; every hypothesis is decided again. No part of the witness is executed, and none names a file to load.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.errors import BadInput
from verify.evidence.grades import Grade
from verify.options import Options
from verify.probe.claim import claim
from verify.probe.draw import Draw
from verify.probe.objective import Judged, Precision, judge
from verify.probe.spaces import Element, element, spaces_for
from verify.probe.witness import point_json, point_of, problem, read, seal
from verify.runner.record import datum
from verify.runner.selection import by_name, planned_of, select
from verify.statement.cases import Case
from verify.statement.theorem import Theorem


@dataclass(frozen=True)
class Replay:
    """A witness decided again; `ok` where it comes out as it says."""

    theorem: Theorem
    case: Case
    witness: Mapping[str, Any]
    judged: Judged
    ok: bool
    sentence: str

    def __str__(self) -> str:
        dropped = "".join(f" without {each}" for each in self.case.without)
        return f"{'replayed' if self.ok else 'NOT replayed'}: {self.theorem.name}::{self.case.name}{dropped}: {self.sentence}"


def replay(path: str | Path, against: str | Path | None = None) -> Replay:
    """Decide a witness again.

    Args:
        path: the file that `verify probe --out` wrote.
        against: the theorem file; by default the theorem of that name in `theorems/`.

    Raises:
        BadInput: a file that is no witness, or one that states another problem than the theorem file does.
    """
    path = Path(path)
    found = read(path)
    theorem = _theorem(found["theorem"], against)
    case = _claim(theorem, found, path)
    space = next((each for each in spaces_for(theorem, case) if each.name == found["space"]), None)
    if space is None:
        raise BadInput(
            f"{path} names the space {found['space']!r}, in which {theorem.name!r} is not searched for {case.name!r}"
        )
    for name, value in problem(theorem, case, space.name).items():
        if found.get(name) != value:
            raise BadInput(
                f"{path} was made for another problem: its `{name}` is not that of {theorem.name!r} in the theorem file"
            )
    point = point_of(found["point"])
    made = element(theorem, space, Draw(point))
    if not isinstance(made, Element):
        raise BadInput(f"{path} describes no instance of the space {space.name!r}: {made}")
    stated, expected = problem(theorem, case, space.name), _expected(found["expected"], path)
    if found["hash"] != seal(stated, found["point"], expected) or point_json(made.point) != found["point"]:
        raise BadInput(f"{path} was altered: its hash is not that of its problem, coordinates and expected verdict")
    judged, sentence, ok = _decided(theorem, case, made, expected)
    instance = made.sample.instances[judged.index]
    if ok and found.get("instance") != {name: datum(value) for name, value in instance.data.items()}:
        raise BadInput(f"{path} was altered: the instance that it shows is not the one that its coordinates make")
    return Replay(theorem, case, found, judged, ok, sentence)


def _expected(given: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The verdict that the file expects, entry by entry of the right type."""
    violation, seed = given.get("violation"), given.get("seed")
    if given.get("answer") != "REFUTED" or not isinstance(violation, float) or not 0 < violation < math.inf:
        raise BadInput(f"{path} expects no refutation by a positive distance, as every witness does")
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
        raise BadInput(f"{path} has no seed that is an integer from 0 on")
    grade = given.get("grade")
    if not isinstance(grade, str) or grade not in Grade.__members__ or not isinstance(given.get("device"), str):
        raise BadInput(f"{path} expects no grade out of {', '.join(Grade.__members__)}, or names no device")
    return {name: given[name] for name in ("answer", "grade", "violation", "seed", "device")}


def _decided(theorem: Theorem, case: Case, made: Element, expected: Mapping[str, Any]) -> tuple[Judged, str, bool]:
    seed, violation = int(expected["seed"]), float(expected["violation"])
    (judged,) = judge(theorem, case, [made], Precision(seed=seed))
    unmet = [
        name
        for name, answer in judged.hypotheses.items()
        if answer.value != ("REFUTED" if name in case.without else "HOLDS")
    ]
    if unmet:
        return (
            judged,
            f"it is no instance: {', '.join(f'{name} is {judged.hypotheses[name].value}' for name in unmet)}",
            False,
        )
    if not judged.refuted:
        return judged, f"{judged.answer.value}. {judged.reason}".strip(), False
    if judged.grade.name != expected["grade"]:
        return judged, f"REFUTED, {judged.grade.name.lower()}, where {expected['grade'].lower()} was expected", False
    same = judged.violation == violation if judged.grade is Grade.EXACT else judged.keeps(violation)
    if not same:
        return judged, f"REFUTED by {judged.violation:.4g}, where {violation:.4g} was expected", False
    return (
        judged,
        f"REFUTED, {judged.grade.name.lower()}, by {judged.violation:.6g} beyond the resolution. {judged.reason}".strip(),
        True,
    )


def _theorem(name: str, against: str | Path | None) -> Theorem:
    """The theorem of that name; a witness cannot name a file, since reading a theorem file runs it."""
    planned = planned_of(by_name(name), Options()) if against is None else select([str(against)], Options())
    for each in planned:
        if each.theorem.name == name:
            return each.theorem
    raise BadInput(
        f"{against} declares no theorem {name!r:.80}; it declares {', '.join(each.theorem.name for each in planned)}"
    )


def _claim(theorem: Theorem, found: Mapping[str, Any], path: Path) -> Case:
    kind, name = found["claim"].get("kind"), found["claim"].get("name")
    table = {"conclusion": theorem.conclusions, "mutant": theorem.mutants}.get(kind if isinstance(kind, str) else "")
    if table is None or not isinstance(name, str) or name not in table:
        raise BadInput(f"{path} refutes the {kind!r:.40} {name!r:.60}, which {theorem.name!r} does not have")
    unknown = [each for each in found["dropped"] if each not in theorem.hypotheses]
    if unknown:
        raise BadInput(f"{path} drops {unknown[0]!r:.60}, which is no hypothesis of {theorem.name!r}")
    if kind == "mutant":
        return claim(theorem, mutant=name, drop=found["dropped"])
    return claim(theorem, conclusion=name, drop=found["dropped"])
