"""The cases of a theorem: each is (instances, setting, formula, expected answer), whatever it is called.

A hypothesis, a conclusion, a control is one case for each family; a mutant, an ablation, a probe is one case over all of its
families together. Steps carry no instances.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from sympy.logic.boolalg import Boolean

from verify.errors import StatementError
from verify.statement.declarations import Level, Setting
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
    families: tuple[str, ...]
    under: tuple[str, ...]
    without: tuple[str, ...]
    expected: str | None
    within: Fraction | None
    level: Level
    spec: tuple[str, ...]
    of: str = ""

    @property
    def id(self) -> str:
        """Readable and unique within its theorem, such as "conclusion[margin-gap]-digits-0-1"."""
        return f"{self.kind}[{self.name}]" + (f"-{'+'.join(self.families)}" if self.families else "")


def plan(theorem: Theorem, level: Level = "quick", families: tuple[str, ...] | None = None) -> list[Case]:
    """The cases that run at this level, in the order of the statement; `families` restricts to some, such as a user's table."""
    cases = [case for case in _all_cases(theorem) if level == "thorough" or case.level == "quick"]
    if families is not None:
        cases = [case for case in cases if case.families and set(case.families) <= set(families)]
    return cases


def plan_for_table(theorem: Theorem) -> list[Case]:
    """The cases that a user's own table can decide: the hypotheses, and every conclusion that is not tied to given families."""
    if theorem.from_table is None:
        raise StatementError(f"{theorem.name!r} takes no table; it has no function decorated with theorem.table")
    tested = [name for name, hypothesis in theorem.hypotheses.items() if hypothesis.formula is not None]
    free = [conclusion for conclusion in theorem.conclusions.values() if conclusion.on is None]
    return [_hypothesis(theorem, name, TABLE_FAMILY, "HOLDS", "quick") for name in tested] + [
        _conclusion(theorem, conclusion.name, TABLE_FAMILY, "quick") for conclusion in free
    ]


def _all_cases(theorem: Theorem) -> Iterator[Case]:
    for family in theorem.families.values():
        for name, hypothesis in theorem.hypotheses.items():
            if hypothesis.formula is not None:
                expected = "REFUTED" if name in family.without else "HOLDS"
                yield _hypothesis(theorem, name, family.name, expected, family.level)
    for step in theorem.steps.values():
        yield Case(
            "step",
            step.name,
            step.claim,
            theorem.setting,
            (),
            (),
            (),
            "HOLDS",
            None,
            "quick",
            step.spec,
            step.claims or "",
        )
    for conclusion in theorem.conclusions.values():
        for family in decided_on(theorem, conclusion.on, theorem.needed(conclusion.under)):
            level = "thorough" if "thorough" in (conclusion.level, theorem.families[family].level) else "quick"
            yield _conclusion(theorem, conclusion.name, family, level)
    for control in theorem.controls.values():
        under = theorem.needed(control.under)
        for family in decided_on(theorem, control.on, under):
            level = "thorough" if "thorough" in (control.level, theorem.families[family].level) else "quick"
            setting = theorem.setting.replaced(control.define)
            yield Case(
                "control",
                control.name,
                control.formula,
                setting,
                (family,),
                under,
                (),
                "HOLDS",
                control.within,
                level,
                control.spec,
            )
    for mutant in theorem.mutants.values():
        conclusion = theorem.conclusions[mutant.of]
        under = theorem.needed(conclusion.under)
        families = decided_on(theorem, mutant.on or conclusion.on, under)
        setting = theorem.setting.replaced(mutant.define)
        yield Case(
            "mutant", mutant.name, mutant.formula, setting, families, under, (), "REFUTED", conclusion.within, mutant.level, mutant.spec, mutant.of
        )  # fmt: skip
    for ablation in theorem.ablations.values():
        conclusion = theorem.conclusions[ablation.breaks]
        under = tuple(name for name in theorem.needed(conclusion.under) if name != ablation.hypothesis)
        yield Case(
            "ablation", ablation.name, conclusion.formula, theorem.setting.replaced(ablation.define), ablation.on, under, (ablation.hypothesis,), "REFUTED",
            conclusion.within, ablation.level, ablation.spec, conclusion.name,
        )  # fmt: skip


def _hypothesis(theorem: Theorem, name: str, family: str, expected: str, level: Level) -> Case:
    hypothesis = theorem.hypotheses[name]
    assert hypothesis.formula is not None
    return Case(
        "hypothesis",
        name,
        hypothesis.formula,
        theorem.setting,
        (family,),
        (),
        (),
        expected,
        hypothesis.within,
        level,
        hypothesis.spec,
    )


def _conclusion(theorem: Theorem, name: str, family: str, level: Level) -> Case:
    conclusion = theorem.conclusions[name]
    kind: Kind = "conclusion" if theorem.expects_verdicts else "conjecture"
    expected = "HOLDS" if theorem.expects_verdicts else None
    under = theorem.needed(conclusion.under)
    return Case(
        kind,
        name,
        conclusion.formula,
        theorem.setting,
        (family,),
        under,
        (),
        expected,
        conclusion.within,
        level,
        conclusion.spec,
        name,
    )


def decided_on(theorem: Theorem, on: tuple[str, ...] | None, under: tuple[str, ...]) -> tuple[str, ...]:
    """The families on which a claim is decided: those it names, or all that are not without a hypothesis it needs."""
    if on is not None:
        return on
    return tuple(family.name for family in theorem.families.values() if not set(family.without) & set(under))
