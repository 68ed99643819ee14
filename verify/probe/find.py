"""`find_counterexample`: search, shrink, confirm, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time as clock
from typing import Any

from verify.errors import BadInput
from verify.loading import shown
from verify.options import Options
from verify.probe.claim import claim
from verify.probe.confirm import TIGHTER, Check, Confirmation, confirm
from verify.probe.objective import Judged, Precision
from verify.probe.search import Found, Search, Tally
from verify.probe.shrink import shrink
from verify.probe.spaces import Space, spaces_for
from verify.probe.witness import SCHEMA, point_json, problem, seal
from verify.records import Record
from verify.runner.record import datum
from verify.runner.selection import select
from verify.runs import generator
from verify.statement.cases import Case
from verify.statement.completeness import require_consistent
from verify.statement.theorem import Theorem

SEARCHED, SHRUNK = 0.75, 0.85
"""Of the budget: when the search must have ended, and when the shrinking must have; confirming takes what it takes."""


@dataclass(frozen=True)
class Probe:
    """What came of attacking one claim: a witness, or what the claim survived."""

    theorem: Theorem
    case: Case
    spaces: tuple[Space, ...]
    tally: Tally
    seconds: float
    budget: float
    seed: int
    device: str
    against: str
    """How `verify replay` is told of the theorem file; empty where the theorem is found by its name."""
    confirmation: Confirmation | None = None
    method: str = ""
    """What found it: "random", "gradient" or "CMA-ES"."""
    artefacts: tuple[tuple[Judged, Check], ...] = ()
    """Finds that a confirmation caught, and what caught each."""

    @property
    def witness(self) -> Record | None:
        """The witness as JSON, or None; see `verify.probe.witness`."""
        if self.confirmation is None:
            return None
        judged = self.confirmation.judged
        element = judged.element
        stated = problem(self.theorem, self.case, element.space.name)
        point = point_json(element.point)
        expected = {
            "answer": judged.answer.value,
            "grade": judged.grade.name,
            "violation": judged.violation,
            "seed": self.seed,
            "device": self.device,
        }
        instance = element.sample.instances[judged.index]
        return {
            "schema": SCHEMA,
            "kind": "witness",
            **stated,
            "point": point,
            "instance": {name: datum(value) for name, value in instance.data.items()},
            "expected": expected,
            "hypotheses": {name: answer.value for name, answer in judged.hypotheses.items()},
            "confirmed": [{"by": check.name, "seen": check.seen} for check in self.confirmation.checks],
            "reason": judged.reason,
            "search": self._searched(),
            "reproduce": f"verify replay FILE{self.against}",
            "hash": seal(stated, point, expected),
        }

    def _searched(self) -> Record:
        tally = self.tally
        return {
            "evaluations": tally.evaluations,
            "seconds": round(self.seconds, 3),
            "budget": self.budget,
            "seed": self.seed,
            "method": self.method,
            "spaces": dict(tally.spaces),
            "not_instances": tally.blocked,
            "undecided": tally.undecided,
            "outside": tally.rejected,
            "artefacts": [{"caught_by": check.name, "seen": check.seen} for _, check in self.artefacts],
            "closest": None if tally.nearest is None else _finite(tally.nearest.margin),
        }

    @property
    def outcome(self) -> Record:
        """The witness, or what was survived, in one form for both."""
        if (found := self.witness) is not None:
            return found
        stated = problem(self.theorem, self.case, ", ".join(space.name for space in self.spaces))
        return {"schema": SCHEMA, "kind": "survived", **stated, "search": self._searched()}

    def __str__(self) -> str:
        from verify.probe.telling import told

        return told(self)


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def find_counterexample(
    what: Theorem | str | Path,
    *,
    conclusion: str | None = None,
    mutant: str | None = None,
    drop: Sequence[str] | str = (),
    budget: float = 120.0,
    seed: int = 0,
    device: str = "cpu",
) -> Probe:
    """Look for an instance on which every hypothesis holds and the conclusion is refuted.

    Args:
        what: a theorem or conjecture, the name of one, or its file.
        conclusion, mutant: what to attack, by name or by id; by default the only conclusion.
        drop: hypotheses that the instance is to break, by name or by id.
        budget: seconds of processor time (those of the clock where nothing else runs) for searching and shrinking; confirming a find
            comes on top where it takes long.
        seed: of the search and of the experiments.
        device: "cpu", "cuda" or "cuda:N".

    What is found is made small, its numbers short, and it is decided again: from its coordinates alone, at tolerances 100 times tighter,
    with other random numbers, and by another method where the space names one. What does not survive is no witness.

    Raises:
        BadInput: an unknown name, a theorem with nowhere to search, a budget that is not positive.
    """
    begun = clock()
    if not budget > 0:
        raise BadInput(f"the budget is {budget} seconds; give a positive number")
    options = Options(seed=seed, device=device)
    theorem, against = _theorem(what, options)
    case = claim(theorem, conclusion, mutant, (drop,) if isinstance(drop, str) else tuple(drop))
    spaces = spaces_for(theorem, case)
    searched = Precision(relax=TIGHTER, seed=seed, device=device)
    search = Search(theorem, case, spaces, seed, searched)
    artefacts: list[tuple[Judged, Check]] = []
    rng = generator(seed, theorem.name, "shrink", case.name)
    confirmed: Confirmation | None = None
    made: Found | None = None
    until = begun + SEARCHED * budget
    while confirmed is None and (made := search.next(begun, until)) is not None:
        confirmed = _settled(theorem, case, made, search, searched, rng, begun + SHRUNK * budget, artefacts)
    return Probe(
        theorem, case, tuple(spaces), search.tally, clock() - begun, budget, seed, device, against,
        confirmed, made.method if confirmed and made else "", tuple(artefacts),
    )  # fmt: skip


def _settled(
    theorem: Theorem, case: Case, made: Found, search: Search, searched: Precision, rng: Any, until: float,
    artefacts: list[tuple[Judged, Check]],
) -> Confirmation | None:  # fmt: skip
    """The find, made small and confirmed; else as it was found, and confirmed; else None, and an artefact more."""
    early = confirm(theorem, case, made.judged, searched, wholly=False)
    if early.caught_by:
        artefacts.append((made.judged, early.caught_by))
        return None
    small = shrink(theorem, made.judged, search.judged, lambda: clock() < until, rng)
    for each in (small, made.judged) if small is not made.judged else (small,):
        late = confirm(theorem, case, each, searched)
        if not late.caught_by:
            return late
        artefacts.append((each, late.caught_by))
    return None


def _theorem(what: Theorem | str | Path, options: Options) -> tuple[Theorem, str]:
    """The theorem, and how a reader of the witness names its file."""
    if isinstance(what, Theorem):
        require_consistent(what)
        return what, ""
    planned = select([str(what)], options)
    if len(planned) != 1:
        names = ", ".join(each.theorem.name for each in planned)
        raise BadInput(f"{what} declares {names}; name one of them, as in {what}::{planned[0].theorem.name}")
    (one,) = planned
    named = str(what).partition("::")[0] != one.theorem.name
    return one.theorem, f" --against {shown(one.file)}" if named and one.file else ""
