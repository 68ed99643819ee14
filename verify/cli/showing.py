"""`verify show`: a statement as text, LaTeX, HTML, JSON or BibTeX, computed from its file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from verify.errors import BadInput
from verify.loading import shown
from verify.options import REPORTS, Options
from verify.runner.selection import select
from verify.statement.describe import describe
from verify.statement.render import latex, text
from verify.statement.theorem import Theorem


def shown_as(target: str, form: str) -> str:
    """The theorem that the target names (NAME, FILE or FILE::NAME) in one of the forms.

    Raises:
        BadInput: no such theorem, or several; BibTeX of a theorem without a source.
    """
    found = select([target], Options())
    if len(found) > 1:
        names = ", ".join(each.theorem.name for each in found)
        raise BadInput(
            f"{target} declares {names}; show one of them, as in `verify show {target}::{found[0].theorem.name}`"
        )
    (planned,) = found
    theorem, file = planned.theorem, planned.file
    assert file is not None
    if form == "bibtex":
        if theorem.source is None:
            raise BadInput(f"{theorem.name!r} has no source to cite; give source=Paper(...) in {shown(file)}")
        return theorem.source.bibtex
    if form == "json":
        return json.dumps(describe(theorem, Path(shown(file))), indent=1, ensure_ascii=False)
    if form == "html":
        return _page(theorem, file, planned.of)
    return "\n".join(_text(theorem) if form == "text" else _latex(theorem))


def _text(theorem: Theorem) -> Iterator[str]:
    yield theorem.title
    if theorem.source is not None:
        yield f"{theorem.source.citation}; {theorem.source.fidelity.value}"
    if theorem.summary:
        yield from ("", theorem.summary)
    yield from ("", "Setting")
    for name, quantity in theorem.quantities.items():
        over = f" over {', '.join(quantity.over)}" if quantity.over and quantity.kind == "quantity" else ""
        yield f"  {name} ({quantity.kind}{over}): {quantity.meaning}".rstrip(": ")
    for name, function in theorem.functions.items():
        yield f"  {name}({function.variable}) = {text(theorem, function.value)}" + _note(function.meaning)
    for name, definition in theorem.definitions.items():
        yield f"  {name} = {text(theorem, definition.value)}" + _note(definition.meaning)
    for name, relation in theorem.relations.items():
        yield f"  {name}: {text(theorem, relation.formula)}" + _note(relation.because)
    for heading, table in (
        ("Hypotheses", theorem.hypotheses),
        ("Conclusions", theorem.conclusions),
        ("Proof", theorem.steps),
    ):
        if table:
            yield from ("", heading)
        for name, item in table.items():
            yield f"  {name}: {_claim(theorem, item)}" + _note(item.meaning)
    if theorem.mutants or theorem.ablations:
        yield from ("", "Must be refuted")
    for name, mutant in theorem.mutants.items():
        yield f"  {name}, in place of {mutant.of}: {text(theorem, mutant.formula)}" + _note(mutant.why)
    for name, ablation in theorem.ablations.items():
        yield f"  {name}: without {ablation.hypothesis}, {ablation.breaks} fails"
    if theorem.controls:
        yield from ("", "True, though it looks wrong")
    for name, control in theorem.controls.items():
        yield f"  {name}: {text(theorem, control.formula)}" + _note(control.why)


def _claim(theorem: Theorem, item: Any) -> str:
    if getattr(item, "claims", None):
        return f"proves {item.claims}, by {item.by.kind}"
    formula = item.claim if hasattr(item, "claim") else item.formula  # a relation has no truth value to choose by
    if formula is None:
        return f"({item.standing.lower()}) {item.assumed or item.by_step}"
    return text(theorem, formula) + (f", by {item.by.kind}" if hasattr(item, "by") else "")


def _note(meaning: str) -> str:
    return f"    [{meaning}]" if meaning else ""


def _latex(theorem: Theorem) -> Iterator[str]:
    cited = f"[{theorem.source.citation}]" if theorem.source is not None else ""
    yield from (rf"\begin{{theorem}}{_escaped(cited)}", f"% {theorem.name}", r"Assume", r"\begin{itemize}")
    for hypothesis in theorem.hypotheses.values():
        formula = "" if hypothesis.formula is None else f"${latex(theorem, hypothesis.formula)}$"
        yield rf"  \item {formula}{' ' if formula and hypothesis.meaning else ''}{_escaped(hypothesis.meaning)}"
    yield from (r"\end{itemize}", "Then", r"\begin{enumerate}")
    for conclusion in theorem.conclusions.values():
        yield rf"  \item $\displaystyle {latex(theorem, conclusion.formula)}$"
    yield from (r"\end{enumerate}", "Here", r"\begin{itemize}")
    for quantity in theorem.quantities.values():
        yield rf"  \item ${latex(theorem, quantity.symbol)}$: {_escaped(quantity.meaning)}"
    for definition in theorem.definitions.values():
        defined = f"{latex(theorem, definition.symbol)} = {latex(theorem, definition.value)}"
        yield rf"  \item ${defined}$" + (f": {_escaped(definition.meaning)}" if definition.meaning else "")
    yield from (r"\end{itemize}", r"\end{theorem}")


def _escaped(words: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
        each: f"\\{each}" for each in "&%$#_{}"
    }
    return "".join(special.get(character, character) for character in words)


def _page(theorem: Theorem, file: Path, cases: int) -> str:
    """The theorem's page with the records of the latest report, where there are some of this very statement."""
    from verify.report.environment import environment
    from verify.report.read import read
    from verify.report.site import pages

    statement = describe(theorem, Path(shown(file)))
    latest = REPORTS / "report.json"
    if latest.is_file():
        report = read(latest)
        if report["statements"].get(theorem.name, {}).get("about") == statement["about"]:
            return pages(report)[f"{theorem.name}.html"]
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = environment(Options(), f"verify show {theorem.name} --format html", started, None, None)
    made["cases"] = {theorem.name: cases}
    report = {"schema": 1, "statements": {theorem.name: statement}, "records": [], "environment": made}
    return pages(report)[f"{theorem.name}.html"]
