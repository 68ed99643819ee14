"""What is attacked: a conclusion or a mutant of a theorem, with hypotheses dropped, found by name or by id of the inventory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verify.errors import BadInput
from verify.runner.selection import suggestion
from verify.statement.cases import Case, decided_on
from verify.statement.theorem import Theorem


def claim(theorem: Theorem, conclusion: str | None = None, mutant: str | None = None, drop: Sequence[str] = ()) -> Case:
    """The case that a probe searches: every instance satisfies the hypotheses but the dropped ones, which it must break.

    Args:
        theorem: or a conjecture.
        conclusion, mutant: a name or an id such as "margin-kkt/T1/M1"; without either, the only conclusion.
        drop: hypotheses by name or id.

    Raises:
        BadInput: nothing of that name, several conclusions to choose from, or a drop that the conclusion does not need.
    """
    if conclusion and mutant:
        raise BadInput("--conclusion and --mutant were both given; a probe attacks one of them")
    dropped = tuple(named(hypothesis, theorem.hypotheses, "hypothesis", theorem) for hypothesis in drop)
    if mutant:
        false = theorem.mutants[named(mutant, theorem.mutants, "mutant", theorem)]
        of, formula, setting = theorem.conclusions[false.of], false.formula, theorem.setting.replaced(false.define)
        name, families = false.name, false.on or decided_on(theorem, of)
    else:
        of = theorem.conclusions[_conclusion(theorem, conclusion)]
        formula, setting, name, families = of.formula, theorem.setting, of.name, decided_on(theorem, of)
    if dropped:
        broken = [each.name for each in theorem.families.values() if set(each.without) == set(dropped)]
        families = tuple(broken) or families
    needed = theorem.needed(of.under)
    idle = [each for each in dropped if each not in needed]
    if idle:
        raise BadInput(
            f"the conclusion {of.name!r} of {theorem.name!r} does not need {', '.join(idle)}; it needs {', '.join(needed) or 'no hypothesis'}"
        )
    return Case(
        kind="mutant" if mutant else "probe",
        name=name,
        formula=formula,
        setting=setting,
        families=families,
        under=tuple(each for each in needed if each not in dropped),
        without=dropped,
        expected=None,
        within=of.within,
        of=of.name,
    )


def _conclusion(theorem: Theorem, given: str | None) -> str:
    if given:
        return named(given, theorem.conclusions, "conclusion", theorem)
    if len(theorem.conclusions) > 1:
        raise BadInput(
            f"{theorem.name!r} has the conclusions {', '.join(theorem.conclusions)}; choose one with --conclusion, or a false "
            "variant with --mutant"
        )
    return next(iter(theorem.conclusions))


def named(given: str, table: Mapping[str, Any], kind: str, theorem: Theorem) -> str:
    """The name of what was given by name or by id.

    Raises:
        BadInput: there is none, or several carry that id.
    """
    if given in table:
        return given
    carrying = [name for name, item in table.items() if given in item.spec]
    if len(carrying) == 1:
        return carrying[0]
    if carrying:
        raise BadInput(
            f"the id {given} stands on the {kind}s {', '.join(carrying)} of {theorem.name!r}; give one by name"
        )
    if not table:
        raise BadInput(f"{theorem.name!r} has no {kind}, so there is no {given!r}")
    raise BadInput(
        f"{theorem.name!r} has no {kind} {given!r}{suggestion(given, table, otherwise='')}; it has {', '.join(table)}"
    )
