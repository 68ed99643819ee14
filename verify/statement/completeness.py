"""What a theorem file still lacks, and what it names without declaring it; both known only when the file has been read."""

from __future__ import annotations

from verify.errors import StatementError
from verify.statement.cases import decided_on
from verify.statement.theorem import Theorem


def require_consistent(theorem: Theorem) -> None:
    """Refuse a theorem that names families, hypotheses or steps which it does not declare, or that claims nothing."""
    if not theorem.conclusions:
        raise StatementError(f"{theorem.name!r} concludes nothing; add theorem.conclude(name, formula)")
    named: list[tuple[str, tuple[str, ...], dict]] = []
    for kind, table in (
        ("conclusion", theorem.conclusions),
        ("control", theorem.controls),
        ("mutant", theorem.mutants),
        ("ablation", theorem.ablations),
    ):
        for name, item in table.items():
            named.append((f"the {kind} {name!r}", getattr(item, "on", None) or (), theorem.families))
            named.append((f"the {kind} {name!r}", getattr(item, "under", None) or (), theorem.hypotheses))
    for name, family in theorem.families.items():
        named.append((f"the family {name!r}", family.without, theorem.hypotheses))
        named.append((f"the family {name!r}", family.decides or (), {**theorem.conclusions, **theorem.controls}))
    for name, experiment in theorem.experiments.items():
        named.append((f"the experiment {name!r}", experiment.on or (), theorem.families))
        named.append(
            (f"the experiment {name!r}", experiment.decides or (), {**theorem.conclusions, **theorem.controls})
        )
    for name, space in theorem.spaces.items():
        like = (space.like, *((space.confirm,) if space.confirm else ()))
        named.append((f"the space {name!r}", like, theorem.families))
        named.append((f"the space {name!r}", space.without, theorem.hypotheses))
        named.append((f"the space {name!r}", space.decides or (), {**theorem.conclusions, **theorem.controls}))
    for name, plot in theorem.plots.items():
        named.append((f"the plot of {name!r}", (plot.on,) if plot.on else (), theorem.families))
    for name, hypothesis in theorem.hypotheses.items():
        named.append((f"the hypothesis {name!r}", (hypothesis.by_step,) if hypothesis.by_step else (), theorem.steps))
    for who, names, table in named:
        for name in names:
            if name not in table:
                raise StatementError(
                    f"{who} of {theorem.name!r} names {name!r}, which is not declared; declared are {', '.join(table) or 'none'}"
                )
    for name, ablation in theorem.ablations.items():
        for family in ablation.on:
            if not ablation.define and ablation.hypothesis not in theorem.families[family].without:
                raise StatementError(
                    f"the ablation {name!r} runs on {family!r}, which is not declared without=({ablation.hypothesis!r},)"
                )


def gaps(theorem: Theorem) -> list[str]:
    """Sentences that say what a half-declared theorem lacks; empty when nothing is missing."""
    missing = []
    if theorem.source is None:
        missing.append("it has no source; give source=Paper(...), with fidelity=OWN for a result of your own")
    if theorem.title == theorem.name:
        missing.append("it has no title")
    if not theorem.families:
        missing.append("it has no family of instances; decorate a function with theorem.family(name)")
    missing += [
        f"the quantity {name!r} has no meaning" for name, quantity in theorem.quantities.items() if not quantity.meaning
    ]
    for name, conclusion in theorem.conclusions.items():
        if theorem.families and not decided_on(theorem, conclusion):
            missing.append(f"the conclusion {name!r} is decided on no family")
        if theorem.expects_verdicts and not any(mutant.of == name for mutant in theorem.mutants.values()):
            missing.append(f"the conclusion {name!r} has no mutant that its own check must refute")
    ablated = {ablation.hypothesis for ablation in theorem.ablations.values()}
    for name, hypothesis in theorem.hypotheses.items():
        if hypothesis.formula is not None and name not in ablated:
            missing.append(f"the hypothesis {name!r} has no ablation, so nothing shows whether it can be dropped")
    return missing
