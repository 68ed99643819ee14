"""From a case to its verdict: which instances count, the answer on each family, and the one answer of all of them together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verify.evidence.decide import decide, evaluate
from verify.evidence.grades import Grade
from verify.evidence.reasons import Code
from verify.evidence.trace import Trace
from verify.evidence.verdict import Answer, Reason, Verdict
from verify.runner.bench import Bench, Undecided, failed
from verify.runner.certificates import is_first, relied_on, withheld
from verify.runner.needs import needed
from verify.runner.plotting import figure
from verify.statement.cases import Case
from verify.statement.instances import Instance
from verify.statement.theorem import Theorem

_FURTHER = 2
"""A resolution r is at most a third of the distance to the nearest mutant: one that is refuted by d beyond r lies at r + d >= 3 r."""


@dataclass(frozen=True)
class Settled:
    """How one case came out: on one family, or on all of its families together."""

    verdict: Verdict
    families: tuple[str, ...]
    size: int = 0
    """How many instances decided, on all families."""
    left_out: tuple[tuple[int, str], ...] = ()
    """How many instances were no instances of the case, and why."""
    witness: tuple[str, Instance] | None = None
    """The family and the instance that refutes."""
    certificate: dict[str, Any] | None = None
    figure: dict[str, Any] | None = None
    device: str = "cpu"
    details: str = ""
    """The traceback behind a reason, for the author of the theorem file."""

    @property
    def margin(self) -> float:
        """The signed distance to the opposite answer, beyond the resolution, of the instance that refutes; NaN where none does."""
        verdict = self.verdict
        return (
            math.nan if verdict.witness is None or verdict.tree is None else float(verdict.tree.margin[verdict.witness])
        )

    def in_scope(self, addition: str) -> Settled:
        """The same, with more said about the scope."""
        return replace(self, verdict=replace(self.verdict, scope=self.verdict.scope + addition))

    def too_near(self, case: Case) -> bool:
        """Whether a mutant fell within three resolutions of the truth, so that its fall says little."""
        refuted = self.verdict.answer is Answer.REFUTED
        return refuted and case.kind == "mutant" and case.within is not None and -self.margin < _FURTHER * case.within


def settle(bench: Bench, theorem: Theorem, case: Case) -> Settled:
    """The verdict of a case. A claim that is not measured, or has no instance, is INCONCLUSIVE with its reason.

    One family that refutes is enough for what must fall: at the quick level, those after it are not asked.
    """
    one = _hypothesis if case.kind == "hypothesis" else _claim
    parts: list[Settled] = []
    for family in case.families:
        try:
            parts.append(one(bench, theorem, case, family))
        except Undecided as undecided:
            parts.append(unsettled(Reason(undecided.code, undecided.sentence), (family,), undecided.details))
        fell = parts[-1].verdict.answer is Answer.REFUTED and not parts[-1].too_near(case)
        if fell and case.expected == "REFUTED" and bench.options.level == "quick":
            break
    settled = together(parts)
    rest = case.families[len(parts) :]
    return settled.in_scope(f"; not asked: {', '.join(rest)}") if rest else settled


def unsettled(reason: Reason, families: tuple[str, ...], details: str = "") -> Settled:
    """A case without any instance that decided."""
    verdict = Verdict(Answer.INCONCLUSIVE, Grade.ESTIMATED, "no instance decided", reason, np.zeros(0, dtype=np.int8))
    return Settled(verdict, families, details=details)


def _hypothesis(bench: Bench, theorem: Theorem, case: Case, family: str) -> Settled:
    """Instances that come out opposite to what the family declares are no instances of it, and counted, as long as one is left.

    Undecided ones stay in: here a hypothesis that cannot be decided is seen to be so.
    """
    if bench.observable(theorem, family, case.setting, case.formula):
        trace, left_out = bench.observed(theorem, family, case.setting), {}
        positions = np.arange(trace.size)
    else:
        admission = bench.admitted(theorem, family, case.setting)
        positions, left_out = _some(admission.positions, family, admission.left_out), admission.left_out
        trace = bench.evidence(theorem, family, case.setting, positions, case.formula, "")
    answers = decide(theorem, case.formula, trace, case.within, case.setting).answers
    declared = -1 if case.expected == "REFUTED" else 1
    kept = (answers != -declared) | ~(answers == declared).any()
    return _decided(bench, theorem, case, family, trace, positions, kept, left_out | {case.name: int((~kept).sum())})


def _claim(bench: Bench, theorem: Theorem, case: Case, family: str) -> Settled:
    """Every instance that satisfies the hypotheses of the case, and violates those that it drops, must agree.

    An instance on which a hypothesis is undecided is no instance; one that an experiment failed on stays in, and decides nothing.
    Hypotheses are read in the setting of the case; those of a mutant in the theorem's own, since its setting is what is false.
    """
    setting = theorem.setting if case.kind == "mutant" else case.setting
    admission = bench.admitted(theorem, family, setting, case.without)
    positions, left_out = _some(admission.positions, family, admission.left_out), dict(admission.left_out)
    kept, status = np.ones(len(positions), dtype=bool), [""] * len(positions)
    for name, wanted in [*((name, 1) for name in case.under), *((name, -1) for name in case.without)]:
        hypothesis = theorem.hypotheses[name]
        if hypothesis.formula is None:
            continue
        if bench.observable(theorem, family, setting, hypothesis.formula):
            trace = bench.observed(theorem, family, setting).take(positions)
            answers = bench.foreseen(theorem, family, setting, name).answers[positions]
        else:
            trace = bench.evidence(theorem, family, setting, positions, hypothesis.formula, "")
            answers = decide(theorem, hypothesis.formula, trace, hypothesis.within, setting).answers
        status = [before or now for before, now in zip(status, trace.status, strict=True)]
        failing = kept & (answers != wanted) & ~failed(trace)
        kept &= ~failing
        left_out[name] = left_out.get(name, 0) + int(failing.sum())
    _some(positions[kept], family, left_out)
    trace = bench.evidence(theorem, family, case.setting, positions, case.formula, case.of or case.name)
    trace = replace(trace, status=[own or other for own, other in zip(trace.status, status, strict=True)])
    return _decided(bench, theorem, case, family, trace, positions, kept, left_out)


def _some(positions: np.ndarray, family: str, left_out: dict[str, int]) -> np.ndarray:
    if not len(positions):
        raise Undecided(
            Code.VACUOUS.code,
            f"the family {family!r} has no instance of this case; not instances:{_counted(left_out) or ' none was drawn'}",
        )
    return positions


def _decided(
    bench: Bench, theorem: Theorem, case: Case, family: str, trace: Trace, positions: np.ndarray, kept: np.ndarray, left_out: dict[str, int]
) -> Settled:  # fmt: skip
    chosen = trace if kept.all() else trace.take(kept)
    verdict = decide(theorem, case.formula, chosen, case.within, case.setting)
    if case.kind in ("conclusion", "conjecture"):
        verdict = replace(verdict, measured={**verdict.measured, **_tabulated(theorem, chosen, case)})
    if any(left_out.values()):
        verdict = replace(verdict, scope=f"{verdict.scope}; not instances:{_counted(left_out)}")
    instances = bench.sample(theorem, family).instances
    return Settled(
        verdict,
        (family,),
        size=chosen.size,
        left_out=tuple((count, _why(case, name)) for name, count in left_out.items() if count),
        witness=None if verdict.witness is None else (family, instances[positions[kept][verdict.witness]]),
        certificate=_certificate(bench, theorem, case, family, trace, kept),
        figure=None if bench.options.private else figure(theorem, case, chosen, verdict, bench.cases(theorem)),
        device=trace.device,
    )


def _certificate(
    bench: Bench, theorem: Theorem, case: Case, family: str, trace: Trace, kept: np.ndarray
) -> dict[str, Any] | None:
    if not is_first(theorem, case, family, trace, bench.cases(theorem)):
        return None
    found = relied_on(trace, kept, needed(theorem, case.formula, case.setting))
    return withheld(found) if found and bench.options.private else found


def _tabulated(theorem: Theorem, trace: Trace, case: Case) -> dict[str, list[float]]:
    """The values that the theorem tabulates, at the end of the trace; the least and the largest where there are several instances."""
    found = {}
    for name, expression in theorem.tabulated.items():
        values, errors = evaluate(theorem, expression, trace, case.setting)
        if not np.isfinite(values).any():
            continue
        places = (
            {name: 0}
            if trace.size == 1
            else {f"least {name}": np.nanargmin(values), f"largest {name}": np.nanargmax(values)}
        )
        found |= {label: [float(values[i]), float(errors[i])] for label, i in places.items()}
    return found


def _why(case: Case, name: str) -> str:
    dropped = (case.name,) if case.kind == "hypothesis" and case.expected == "REFUTED" else case.without
    return f"the hypothesis {name} is not found to {'be violated' if name in dropped else 'hold'}"


def _counted(left_out: dict[str, int]) -> str:
    return ",".join(f" {count} ({name})" for name, count in left_out.items() if count)


def together(parts: Sequence[Settled]) -> Settled:
    """The universal verdict over families: REFUTED when one is, HOLDS when all are, else INCONCLUSIVE.

    It carries the reason, grade, numbers and witness of the family that decides: the one that refutes (of the best grade, then
    by the largest distance), else the first that is undecided, else the one of the least grade.
    """
    if len(parts) == 1:
        return parts[0]
    refuting = [part for part in parts if part.verdict.answer is Answer.REFUTED]
    undecided = [part for part in parts if part.verdict.answer is Answer.INCONCLUSIVE]
    if refuting:
        chosen = max(refuting, key=lambda part: (part.verdict.grade, -np.nan_to_num(part.margin)))
    else:
        chosen = undecided[0] if undecided else min(parts, key=lambda part: part.verdict.grade)
    scope = "; ".join(f"{part.families[0]}: {part.verdict.answer.value}, {part.verdict.scope}" for part in parts)
    return replace(
        chosen,
        verdict=replace(chosen.verdict, scope=scope),
        families=tuple(family for part in parts for family in part.families),
        size=sum(part.size for part in parts),
        left_out=tuple(item for part in parts for item in part.left_out),
    )
