"""Formulas for people: LaTeX, presentation MathML and plain text, with the symbols' notation from the theorem's table."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import sympy as sp
from latex2mathml.converter import convert
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from verify.statement.declarations import Definition, Quantity
from verify.statement.theorem import Theorem


class _Latex(LatexPrinter):
    """SymPy's LaTeX with the theorem's notation; `limits` says where each clock goes."""

    def __init__(self, theorem: Theorem):
        names = _names((*theorem.quantities.values(), *theorem.definitions.values()))
        super().__init__({"symbol_names": names})
        self.limits = {
            axis.symbol: r"\infty" if axis.to is sp.oo else "0"
            for axis in theorem.axes.values()
            if axis.kind == "clock"
        }
        self._functions = {name: function.latex for name, function in theorem.functions.items()}

    def _print_AppliedUndef(self, node: AppliedUndef, exp: str | None = None) -> str:
        applied = rf"{self._functions[node.func.__name__]}\left({self._print(node.args[0])}\right)"
        return applied if exp is None else f"{applied}^{{{exp}}}"


@lru_cache(maxsize=16)
def _names(items: tuple[Quantity | Definition, ...]) -> dict[sp.Symbol, str]:
    return {item.symbol: _atom(_notation(item)) for item in items}


def _notation(item: Quantity | Definition) -> str:
    """The notation that the theorem gives, else the name, whose words are set upright: they are no product of letters."""
    if item.latex != sp.latex(item.symbol):
        return item.latex
    return re.sub(r"(?<![\\A-Za-z])[a-z]{3,}", r"\\mathrm{\g<0>}", item.latex)


def _atom(name: str) -> str:
    """A name that an exponent or index can follow: one that has some of its own is braced."""
    return f"{{{name}}}" if set(name) & set("^'") else name


def latex(theorem: Theorem, node: sp.Basic) -> str:
    """The formula or expression as LaTeX, without dollar signs."""
    return _Latex(theorem).doprint(node)


def text(theorem: Theorem, node: sp.Basic) -> str:
    """The formula or expression as plain text, in the words of the theorem file."""
    return StrPrinter().doprint(node)


def mathml(theorem: Theorem, node: sp.Basic) -> str:
    """The formula or expression as one `<math>` element of presentation MathML."""
    return convert(latex(theorem, node), display="block")


def forms(theorem: Theorem, node: sp.Basic) -> dict[str, str]:
    """Text, LaTeX and MathML of one formula."""
    written = latex(theorem, node)
    return {"text": text(theorem, node), "latex": written, "mathml": convert(written, display="block")}


def rendered(theorem: Theorem) -> dict[str, Any]:
    """Every named formula of the statement in all three forms, for the report."""
    tables: dict[str, dict[str, sp.Basic | None]] = {
        "definitions": {name: item.value for name, item in theorem.definitions.items()},
        "functions": {name: item.value for name, item in theorem.functions.items()},
        "relations": {name: item.formula for name, item in theorem.relations.items()},
        "hypotheses": {name: item.formula for name, item in theorem.hypotheses.items()},
        "conclusions": {name: item.formula for name, item in theorem.conclusions.items()},
        "steps": {name: item.claim for name, item in theorem.steps.items()},
        "controls": {name: item.formula for name, item in theorem.controls.items()},
        "mutants": {name: item.formula for name, item in theorem.mutants.items()},
    }
    return {
        kind: {name: forms(theorem, node) for name, node in table.items() if node is not None}
        for kind, table in tables.items()
    }
