"""A theorem as a fragment of HTML, with its formulas in MathML: what a notebook shows."""

from __future__ import annotations

from typing import Any

import sympy as sp
from markupsafe import Markup

from verify.html import math, table
from verify.statement.render import mathml
from verify.statement.theorem import Theorem


def html(theorem: Theorem) -> str:
    """Title, source, setting (folded), hypotheses, conclusions, proof, and what must be refuted."""

    def shown(node: sp.Basic) -> Markup:
        return math(mathml(theorem, node))

    source = theorem.source
    cited = f"{source.citation}; {source.fidelity.value}" if source else ""
    tables = (
        table("Setting", _setting(theorem, shown), folded=True),
        table("Hypotheses", ((name, _claim(item, shown), item.meaning) for name, item in theorem.hypotheses.items())),
        table("Conclusions", ((name, shown(item.formula), item.meaning) for name, item in theorem.conclusions.items())),
        table("Proof", ((name, _step(item, shown), item.by.kind) for name, item in theorem.steps.items()), folded=True),
        table(
            "Must be refuted",
            [
                *((name, shown(item.formula), item.why) for name, item in theorem.mutants.items()),
                *((name, f"without {item.hypothesis}", item.breaks) for name, item in theorem.ablations.items()),
            ],
            folded=True,
        ),
    )
    head = Markup("<p><b>{}</b> <code>{}</code><br>{}</p>{}").format(
        theorem.title, theorem.name, cited, Markup("<p>{}</p>").format(theorem.summary) if theorem.summary else ""
    )
    return str(Markup("<div>{}{}</div>").format(head, Markup("").join(tables)))


def _setting(theorem: Theorem, shown: Any) -> list[tuple[Any, ...]]:
    quantities = [(name, shown(item.symbol), item.meaning) for name, item in theorem.quantities.items()]
    definitions = [
        (name, Markup("{} = {}").format(shown(item.symbol), shown(item.value)), item.meaning)
        for name, item in theorem.definitions.items()
    ]
    return quantities + definitions


def _claim(hypothesis: Any, shown: Any) -> Any:
    if hypothesis.formula is not None:
        return shown(hypothesis.formula)
    return f"({hypothesis.standing.lower()}) {hypothesis.assumed or hypothesis.by_step}"


def _step(step: Any, shown: Any) -> Any:
    return f"proves {step.claims}" if step.claims else shown(step.claim)
