"""How near an element of a space comes to refuting a claim: decided by the theorem's own experiments, in batches.

The same `decide` that checks a theorem answers here; what is inconclusive, failed, or no instance of the claim never counts as found.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from verify.evidence.decide import decide
from verify.evidence.grades import Grade
from verify.evidence.verdict import Answer, Verdict
from verify.options import Options
from verify.probe.spaces import Element, merged, signature
from verify.runner.bench import Bench, Undecided, failed
from verify.runner.sampling import Sample
from verify.runs import Run
from verify.statement.cases import Case
from verify.statement.theorem import Theorem

FAILED, BLOCKED = 20.0, 10.0
"""Merits of an element on which nothing could be decided, and of one that breaks a hypothesis: worse than any decided one."""

LEAST = 1e-9
"""Refutations by less do not count, exact ones included: 1/sqrt(3) as a float, taken for an exact datum, is off by 1e-17."""

SURVIVES = 0.5
"""The share of a violation that a smaller element, and every confirmation, must keep, on the scale v/(1 + v)."""

_SIGNS = {1: Answer.HOLDS, 0: Answer.INCONCLUSIVE, -1: Answer.REFUTED}


@dataclass(frozen=True)
class Judged:
    """What came out on one element of a space.

    `merit` orders elements: negative where the claim is refuted, by the squashed distance; positive where it holds; then come
    the elements that break a hypothesis (by how much), then failures. `violation` is the distance beyond the resolution.
    """

    element: Element
    merit: float
    answer: Answer = Answer.INCONCLUSIVE
    violation: float = 0.0
    margin: float = math.nan
    index: int = 0
    """Which instance of the element decides."""
    hypotheses: dict[str, Answer] = field(default_factory=dict)
    grade: Grade = Grade.ESTIMATED
    reason: str = ""
    scope: str = ""

    @property
    def refuted(self) -> bool:
        """Whether the claim is refuted here, by a distance that is known and is not a rounding error."""
        return self.answer is Answer.REFUTED and self.violation > LEAST

    def keeps(self, violation: float) -> bool:
        """Whether the claim is refuted here as plainly as it was by that violation: by half of it, or by one where it is huge."""
        return self.refuted and self.violation / (1 + self.violation) >= SURVIVES * violation / (1 + violation)


@dataclass(frozen=True)
class Precision:
    """At which tolerances an element is decided: `relax` multiplies those of a check; `seed` is that of the experiments."""

    relax: float = 1.0
    seed: int = 0
    device: str = "cpu"


class ProbeBench(Bench):
    """A bench whose instances are given, with the tolerances of a probe."""

    def __init__(self, found: Sample, precision: Precision):
        super().__init__(Options(seed=precision.seed, device=precision.device))
        self._found = found
        self._relax = precision.relax

    def _draw(self, theorem: Theorem, family: str) -> Sample:
        return self._found

    def _run(self, stream: tuple[str, ...]) -> Run:
        return super()._run(stream).relaxed(self._relax)


def judge(
    theorem: Theorem, case: Case, elements: Iterable[Element], precision: Precision, family: str | None = None
) -> list[Judged]:
    """Every element judged, in order; those of one signature share a call of each experiment.

    `family` names another family whose experiments are to run.
    """
    elements = list(elements)
    groups: dict[object, list[int]] = {}
    for i, each in enumerate(elements):
        groups.setdefault((each.space.name, signature(each)), []).append(i)
    found: dict[int, Judged] = {}
    for positions in groups.values():
        size = max(1, elements[positions[0]].space.batch)
        for start in range(0, len(positions), size):
            chosen = positions[start : start + size]
            judged = _batch(theorem, case, [elements[i] for i in chosen], precision, family)
            found |= dict(zip(chosen, judged, strict=True))
    return [found[i] for i in range(len(elements))]


def _batch(
    theorem: Theorem, case: Case, elements: Sequence[Element], precision: Precision, family: str | None
) -> list[Judged]:
    """One call for all; where that raises, halves, since one element must not spoil the others."""
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
        ):  # far from a family, flows overflow; it shows as a status
            warnings.simplefilter("ignore")
            return _judged(theorem, case, elements, precision, family or elements[0].space.like)
    except Undecided as undecided:
        if len(elements) == 1:
            return [Judged(elements[0], FAILED, reason=undecided.sentence)]
        middle = len(elements) // 2
        return [
            judged
            for part in (elements[:middle], elements[middle:])
            for judged in _batch(theorem, case, part, precision, family)
        ]


def _judged(
    theorem: Theorem, case: Case, elements: Sequence[Element], precision: Precision, family: str
) -> list[Judged]:
    bench = ProbeBench(merged(elements), precision)
    setting = theorem.setting if case.kind == "mutant" else case.setting
    observed = bench.observed(theorem, family, setting)
    size = observed.size
    blocked = np.zeros(size)  # how far the instance is from satisfying what it must
    status = list(observed.status)
    answers: dict[str, np.ndarray] = {}
    later = []
    for name, wanted in [*((each, 1) for each in case.under), *((each, -1) for each in case.without)]:
        formula = theorem.hypotheses[name].formula
        if formula is None:
            continue
        if bench.observable(theorem, family, setting, formula):
            verdict = bench.foreseen(theorem, family, setting, name)
            answers[name] = verdict.answers
            blocked += _shortfall(verdict, wanted)
        else:
            later.append((name, wanted))
    positions = np.flatnonzero((blocked == 0) & ~failed(observed))
    verdict = None
    if len(positions):
        for name, wanted in later:
            formula, within = theorem.hypotheses[name].formula, theorem.hypotheses[name].within
            assert formula is not None
            trace = bench.evidence(theorem, family, setting, positions, formula, "")
            decided = decide(theorem, formula, trace, within, setting)
            answers[name] = np.zeros(size, dtype=np.int8)
            answers[name][positions] = decided.answers
            blocked[positions] += _shortfall(decided, wanted)
            for i, why in zip(positions, trace.status, strict=True):
                status[i] = status[i] or why
        trace = bench.evidence(theorem, family, case.setting, positions, case.formula, case.of)
        own = [status[i] or why for i, why in zip(positions, trace.status, strict=True)]
        for i, why in zip(positions, own, strict=True):
            status[i] = why
        verdict = decide(theorem, case.formula, replace(trace, status=own), case.within, case.setting)
    return _by_element(elements, blocked, status, answers, positions, verdict)


def _shortfall(verdict: Verdict, wanted: int) -> np.ndarray:
    """Zero where the hypothesis comes out as wanted, else positive, and larger the further it is from that."""
    margin = np.zeros(len(verdict.answers)) if verdict.tree is None else np.nan_to_num(verdict.tree.margin)
    return np.where(verdict.answers == wanted, 0.0, 1e-3 + _squashed(np.abs(margin)))


def _squashed(x: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(x), np.sign(x), x / (1 + np.abs(x)))


def _by_element(
    elements: Sequence[Element], blocked: np.ndarray, status: list[str], answers: dict[str, np.ndarray], positions: np.ndarray,
    verdict: Verdict | None,
) -> list[Judged]:  # fmt: skip
    size = len(blocked)
    sign, margin, usable = np.zeros(size, dtype=int), np.full(size, np.nan), np.zeros(size, dtype=bool)
    if verdict is not None:
        sign[positions], usable[positions] = verdict.answers, True
        if verdict.tree is not None:
            margin[positions] = verdict.tree.margin
    usable &= (blocked == 0) & np.array([not why for why in status])
    merit = np.where(sign > 0, _squashed(np.nan_to_num(np.maximum(margin, 0))), 0.0)
    merit = np.where(sign < 0, -_squashed(np.nan_to_num(np.maximum(-margin, 0))), merit)
    merit = np.where(blocked > 0, BLOCKED + np.minimum(blocked, 9.0), np.where(usable, merit, FAILED))
    found, start = [], 0
    for each in elements:
        own = np.arange(start, start + each.sample.given.size)
        start += len(own)
        i = int(own[np.argmin(merit[own])])
        violation = max(-margin[i], 0.0) if usable[i] and sign[i] < 0 and not math.isnan(margin[i]) else 0.0
        reason = status[i]
        if verdict is not None and i in positions and not reason:
            reason = _reason(verdict, int(np.flatnonzero(positions == i)[0]))
        found.append(
            Judged(
                each,
                float(merit[i]),
                _SIGNS[int(sign[i])] if usable[i] else Answer.INCONCLUSIVE,
                float(violation),
                float(margin[i]),
                i - int(own[0]),
                {name: _SIGNS[int(array[i])] for name, array in answers.items()},
                Grade.ESTIMATED if verdict is None else verdict.grade,
                reason,
                "" if verdict is None else verdict.scope,
            )
        )
    return found


def _reason(verdict: Verdict, i: int) -> str:
    """The sentence about the instance that the verdict names; others of a batch have only their answer."""
    return verdict.reason.sentence if verdict.witness == i or len(verdict.answers) == 1 else ""
