"""Deciding a find again, harder: what does not survive is a numerical artefact, and it is said what caught it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from verify.evidence.verdict import Answer
from verify.probe.draw import Draw
from verify.probe.objective import Judged, Precision, judge
from verify.probe.spaces import Element, element
from verify.statement.cases import Case
from verify.statement.theorem import Theorem

TIGHTER = 100.0
"""How much tighter than the search's the tolerances of a confirmation are."""


@dataclass(frozen=True)
class Check:
    """One way in which a find was decided again: what it was, whether the claim was refuted again, and what was seen."""

    name: str
    survived: bool
    seen: str


@dataclass(frozen=True)
class Confirmation:
    """The find as the tightest run decides it, with every check that it went through."""

    judged: Judged
    checks: tuple[Check, ...]

    @property
    def caught_by(self) -> Check | None:
        """The first check that the find did not survive: it is a numerical artefact then."""
        return next((each for each in self.checks if not each.survived), None)


def confirm(theorem: Theorem, case: Case, found: Judged, searched: Precision, *, wholly: bool = True) -> Confirmation:
    """Decide the find again: from its coordinates alone, at tighter tolerances, with other random numbers, by another method.

    Args:
        theorem, case: what it refutes.
        found: the element, as the search judged it.
        searched: the precision of the search; a confirmation is `TIGHTER` times tighter.
        wholly: whether to go on after the tolerances; a find that is yet to be made smaller need not.
    """
    space = found.element.space
    again = element(theorem, space, Draw(found.element.point))
    if not isinstance(again, Element):
        return Confirmation(found, (Check("coordinates", False, f"the point alone makes no instance: {again}"),))
    tight = replace(searched, relax=searched.relax / TIGHTER)
    (tightly,) = judge(theorem, case, [again], tight)
    same = tightly.violation == found.violation
    how = "the numbers do not depend on tolerances" if same else f"{TIGHTER:g} times tighter tolerances"
    checks = [_check("tolerance", tightly, found, how)]
    if not wholly or not checks[0].survived:
        return Confirmation(tightly, tuple(checks))
    (reseeded,) = judge(theorem, case, [again], replace(tight, seed=tight.seed + 1))
    checks.append(_check("random numbers", reseeded, found, "another seed"))
    if space.confirm:
        (other,) = judge(theorem, case, [again], tight, space.confirm)
        checks.append(_check("another method", other, found, f"the experiments of the family {space.confirm}"))
    return Confirmation(tightly, tuple(checks))


def _check(name: str, again: Judged, found: Judged, how: str) -> Check:
    survived = again.keeps(found.violation)
    if again.answer is not Answer.REFUTED:
        seen = f"{how}: {again.answer.value}. {again.reason}".strip()
    else:
        seen = f"{how}: REFUTED, {again.grade.name.lower()}, violation {again.violation:.6g} (searched: {found.violation:.6g})"
    return Check(name, survived, seen)
