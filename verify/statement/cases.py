"""The cases of a theorem: each is (instances, setting, formula, expected answer), whatever it is called.

A hypothesis, a conclusion, a control is one case for each family; a mutant, an ablation, a probe is one case over all of its
families together. Steps carry no instances.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from sympy.logic.boolalg import Boolean

from verify.errors import StatementError
from verify.statement.declarations import Conclusion, Control, Hypothesis, Level, Setting
from verify.statement.theorem import Theorem

Kind = Literal["hypothesis", "conclusion", "step", "mutant", "control", "ablation", "probe", "conjecture"]

TABLE_FAMILY = "data"
"""The family made of a user's own table."""


@dataclass(frozen=True)
class Case:
    """One question, and what its answer must be.

    `under` names the hypotheses that every instance must satisfy, `without` those that it must violate; `expected` is
    "HOLDS", "REFUTED" or None (a conjecture: any of the three answers will do). `of` is the conclusion whose check this is.
    """

    kind: Kind
    name: str
    formula: Boolean
    setting: Setting
    families: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    expected: str | None = "HOLDS"
    within: Fraction | None = None
    level: Level = "quick"
    spec: tuple[str, ...] = ()
    of: str = ""

    @property
    def id(self) -> str:
        """Readable and unique within its theorem, such as "conclusion[margin-gap]-digits-0-1"."""
        return f"{self.kind}[{self.name}]" + (f"-{'+'.join(self.families)}" if self.families else "")


def plan(theorem: Theorem, level: Level = "quick", families: tuple[str, ...] | None = None) -> list[Case]:
    """The cases that run at this level, in the order of the statement; `families` restricts to some, such as a user's table.

    At the quick level an attack over several families runs on its quick ones.
    """
    cases = list(_all_cases(theorem))
    if level == "quick":
        cases = [_quick(theorem, case) for case in cases if case.level == "quick"]
    if families is not None:
        cases = [case for case in cases if case.families and set(case.families) <= set(families)]
    return cases


def _quick(theorem: Theorem, case: Case) -> Case:
    kept = tuple(name for name in case.families if theorem.families[name].level == "quick")
    return replace(case, families=kept) if kept else case


def plan_for_table(theorem: Theorem) -> list[Case]:
    """The cases that a user's own table can decide: hypotheses, and every conclusion that is not tied to given families; and the proof."""
    if theorem.from_table is None:
        raise StatementError(f"{theorem.name!r} takes no table; it has no function decorated with theorem.table")
    return [
        *(_hypothesis(theorem, hypothesis, TABLE_FAMILY, "HOLDS", "quick") for hypothesis in _tested(theorem)),
        *_steps(theorem),
        *(
            _conclusion(theorem, free, TABLE_FAMILY, "quick")
            for free in theorem.conclusions.values()
            if free.on is None
        ),
    ]


def decided_on(theorem: Theorem, claim: Conclusion | Control) -> tuple[str, ...]:
    """The families on which a claim is decided: those it names, or all that serve it and lack no hypothesis it needs."""
    if claim.on is not None:
        return claim.on
    needed = set(theorem.needed(claim.under))
    return tuple(
        family.name
        for family in theorem.families.values()
        if not set(family.without) & needed and (family.decides is None or claim.name in family.decides)
    )


def _all_cases(theorem: Theorem) -> Iterator[Case]:
    for family in theorem.families.values():
        for hypothesis in _tested(theorem):
            if family.decides is None or any(
                hypothesis.name in theorem.needed({**theorem.controls, **theorem.conclusions}[name].under)
                for name in family.decides
            ):
                expected = "REFUTED" if hypothesis.name in family.without else "HOLDS"
                yield _hypothesis(theorem, hypothesis, family.name, expected, family.level)
    yield from _steps(theorem)
    for conclusion in theorem.conclusions.values():
        for family in decided_on(theorem, conclusion):
            yield _conclusion(theorem, conclusion, family, _later(theorem, conclusion.level, family))
    for control in theorem.controls.values():
        for family in decided_on(theorem, control):
            yield Case(
                kind="control",
                name=control.name,
                formula=control.formula,
                setting=theorem.setting.replaced(control.define),
                families=(family,),
                under=theorem.needed(control.under),
                within=control.within,
                level=_later(theorem, control.level, family),
                spec=control.spec,
            )
    for mutant in theorem.mutants.values():
        conclusion = theorem.conclusions[mutant.of]
        yield Case(
            kind="mutant",
            name=mutant.name,
            formula=mutant.formula,
            setting=theorem.setting.replaced(mutant.define),
            families=mutant.on or decided_on(theorem, conclusion),
            under=theorem.needed(conclusion.under),
            expected="REFUTED",
            within=conclusion.within,
            level=mutant.level,
            spec=mutant.spec,
            of=mutant.of,
        )
    for ablation in theorem.ablations.values():
        conclusion = theorem.conclusions[ablation.breaks]
        yield Case(
            kind="ablation",
            name=ablation.name,
            formula=conclusion.formula,
            setting=theorem.setting.replaced(ablation.define),
            families=ablation.on,
            under=tuple(name for name in theorem.needed(conclusion.under) if name != ablation.hypothesis),
            without=(ablation.hypothesis,),
            expected="REFUTED",
            within=conclusion.within,
            level=ablation.level,
            spec=ablation.spec,
            of=conclusion.name,
        )


def _steps(theorem: Theorem) -> Iterator[Case]:
    for step in theorem.steps.values():
        yield Case(
            kind="step",
            name=step.name,
            formula=step.claim,
            setting=theorem.setting,
            spec=step.spec,
            of=step.claims or "",
        )


def _tested(theorem: Theorem) -> list[Hypothesis]:
    return [hypothesis for hypothesis in theorem.hypotheses.values() if hypothesis.formula is not None]


def _later(theorem: Theorem, level: Level, family: str) -> Level:
    """The level at which both a claim and a family take part."""
    return "thorough" if "thorough" in (level, theorem.families[family].level) else "quick"


def _hypothesis(theorem: Theorem, hypothesis: Hypothesis, family: str, expected: str, level: Level) -> Case:
    assert hypothesis.formula is not None
    return Case(
        kind="hypothesis",
        name=hypothesis.name,
        formula=hypothesis.formula,
        setting=theorem.setting,
        families=(family,),
        expected=expected,
        within=hypothesis.within,
        level=level,
        spec=hypothesis.spec,
    )


def _conclusion(theorem: Theorem, conclusion: Conclusion, family: str, level: Level) -> Case:
    return Case(
        kind="conclusion" if theorem.expects_verdicts else "conjecture",
        name=conclusion.name,
        formula=conclusion.formula,
        setting=theorem.setting,
        families=(family,),
        under=theorem.needed(conclusion.under),
        expected="HOLDS" if theorem.expects_verdicts else None,
        within=conclusion.within,
        level=level,
        spec=conclusion.spec,
        of=conclusion.name,
    )
