"""The statement block of a report: the mathematics that is hashed and audited, and beside it what readers want to know."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from verify.statement.cases import decided_on
from verify.statement.encode import block, theorem_hash, to_json
from verify.statement.render import forms, rendered
from verify.statement.theorem import Theorem


def describe(theorem: Theorem, file: Path) -> dict[str, Any]:
    """The theorem's block with `about` (titles, meanings, reasons, families) and `rendered` (every formula for people).

    `file` is the theorem's file, as it is to be shown; its hash is taken of what stands there.
    """
    named = {**theorem.quantities, **theorem.definitions}
    symbols = {name: forms(theorem, each.symbol) for name, each in named.items()}
    return {**block(theorem), "about": _about(theorem, file), "rendered": {**rendered(theorem), "quantities": symbols}}


def _about(theorem: Theorem, file: Path) -> dict[str, Any]:
    meanings = {
        name: item.meaning
        for table in (theorem.quantities, theorem.definitions, theorem.functions)
        for name, item in table.items()
    }
    return {
        "kind": "theorem" if theorem.expects_verdicts else "conjecture",
        "title": theorem.title,
        "summary": theorem.summary,
        "file": str(file),
        "file_hash": hashlib.sha256(file.read_bytes()).hexdigest(),
        "statement_hash": theorem_hash(theorem),
        "source": _source(theorem),
        "meanings": {name: meaning for name, meaning in meanings.items() if meaning},
        "hypotheses": {
            name: {"standing": h.standing, "sentence": h.meaning, "because": h.assumed or h.by_step, "spec": list(h.spec)}
            for name, h in theorem.hypotheses.items()
        },
        "conclusions": {
            name: {
                "sentence": c.meaning,
                "under": list(theorem.needed(c.under)),
                "on": list(decided_on(theorem, c)),
                "resolution": None if c.within is None else str(c.within),
                "because": c.because or None,
                "differs": c.differs or None,
                "level": c.level,
                "spec": list(c.spec),
            }
            for name, c in theorem.conclusions.items()
        },
        "steps": {
            name: {"claims": s.claims, "citation": getattr(s.by, "citation", None), "spec": list(s.spec)} for name, s in theorem.steps.items()
        },
        "mutants": {name: {"of": m.of, "why": m.why, "spec": list(m.spec), **_replaced(theorem, m.define)} for name, m in theorem.mutants.items()},
        "controls": {name: {"of": None, "why": c.why, "spec": list(c.spec), **_replaced(theorem, c.define)} for name, c in theorem.controls.items()},
        "ablations": {
            name: {"of": a.breaks, "drops": a.hypothesis, "on": list(a.on), "spec": list(a.spec)} for name, a in theorem.ablations.items()
        },
        "families": {name: {"sentence": f.meaning, "without": list(f.without)} for name, f in theorem.families.items()},
        "not_planned": [],
    }  # fmt: skip


def _replaced(theorem: Theorem, define: Any) -> dict[str, Any]:
    """What a variant of the setting puts in place of definitions, for programs and for people."""
    values = {name: getattr(value, "expr", value) for name, value in define.items()}
    if not values:
        return {}
    shown = {name: forms(theorem, value) for name, value in values.items()}
    return {"define": {name: to_json(value) for name, value in values.items()}, "rendered": shown}


def _source(theorem: Theorem) -> dict[str, Any] | None:
    paper = theorem.source
    if paper is None:
        return None
    return {
        "authors": paper.authors, "year": paper.year, "title": paper.title or None, "arxiv": paper.arxiv, "result": paper.result,
        "fidelity": paper.fidelity.name,
    }  # fmt: skip
