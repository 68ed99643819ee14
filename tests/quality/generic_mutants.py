"""False variants that nobody wrote by hand: what is made of every conclusion by the same few changes.

An exponent plus and minus one half and doubled, a constant times 1.1, 0.5 and 2, an inequality turned round, a term left out, a limit
exchanged for another. Some of these are true (a weaker bound, say), or true of some instances; `true_variants.toml` lists them by hand,
each with its reason. All of them are decided on the traces of the conclusion itself.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanAtom

from verify.statement import operators as ops
from verify.statement.cases import Case, decided_on
from verify.statement.theorem import Theorem

HALF = sp.Rational(1, 2)
FACTORS = (sp.Rational(11, 10), HALF, sp.Integer(2))
TRUE = Path(__file__).parent / "true_variants.toml"

Variant = tuple[str, Any]
"""What was changed, and the formula or expression that comes out."""


def cases(theorem: Theorem, level: str = "quick") -> list[Case]:
    """Every generic mutant of every conclusion that is decided at the level, each over all families of its conclusion."""
    found = []
    for conclusion in theorem.conclusions.values():
        families = tuple(name for name in decided_on(theorem, conclusion) if theorem.families[name].level == "quick")
        if not families or conclusion.level != level:
            continue
        seen = {conclusion.formula}
        for changed, formula in variants(conclusion.formula):
            if formula not in seen and isinstance(formula, Boolean) and not isinstance(formula, BooleanAtom):
                seen.add(formula)
                found.append(
                    Case(
                        kind="mutant", name=f"{conclusion.name}: {changed}", formula=formula, setting=theorem.setting, families=families,
                        under=theorem.needed(conclusion.under), expected="REFUTED", within=conclusion.within, of=conclusion.name,
                    )
                )  # fmt: skip
    return found


@cache
def listed() -> dict[str, dict[str, dict[str, str]]]:
    """For each theorem, under "true" the variants that are true and under "depends" those that hold of some instances, with reasons."""
    return tomllib.loads(TRUE.read_text(encoding="utf-8"))


def variants(formula: Any) -> Iterator[Variant]:
    """The changed formulas, in a fixed order; the same change may come out of several places of a formula."""
    if isinstance(formula, (ops.Always, ops.Sometimes, ops.Eventually, ops.And, ops.Implies)):
        first = 1 if isinstance(formula, ops.Implies) else 0  # a premise that is changed makes nothing false
        for place, part in list(enumerate(formula.parts))[first:]:
            told = f"part {place + 1}, " if len(formula.parts) > 1 else ""
            for changed, other in variants(part):
                yield told + changed, _with(formula, place, other)
    elif isinstance(formula, ops.Tends):
        for changed, limit in _limits(formula.parts[1]):
            yield changed, _with(formula, 1, limit)
    elif isinstance(formula, (ops.Theta, ops.BigO, ops.Equivalent)):
        gauge, clock = formula.parts[1], formula.axes[0]
        for changed, other in _exponents(gauge, clock):
            yield changed, _with(formula, 1, other)
        if isinstance(formula, ops.Equivalent):
            for changed, other in _multiples(gauge):
                yield changed, _with(formula, 1, other)
    elif isinstance(formula, ops.Nondecreasing):
        yield "reversed", _with(formula, 0, -formula.parts[0])
        for changed, other in _terms(formula.parts[0]):
            yield changed, _with(formula, 0, other)
    elif isinstance(formula, Relational):
        yield from _relations(formula)


def _with(formula: Any, place: int, part: Any) -> Any:
    parts = list(formula.parts)
    parts[place] = part
    return formula.func(*parts, *formula.axes)


def _relations(relation: Any) -> Iterator[Variant]:
    turned = {sp.Le: sp.Ge, sp.Lt: sp.Gt, sp.Ge: sp.Le, sp.Gt: sp.Lt}.get(type(relation))
    lhs, rhs = relation.lhs, relation.rhs
    if turned:
        yield "reversed", turned(lhs, rhs)
    for changed, other in (*_multiples(rhs), *_terms(rhs), *_powers(rhs)):
        yield changed, relation.func(lhs, other)
    if rhs == 0:
        for changed, other in _terms(lhs):
            yield changed, relation.func(other, rhs)


def _limits(limit: Any) -> Iterator[Variant]:
    yield "another limit", sp.Integer(1) if limit in (0, sp.oo) else sp.Integer(0)
    if limit is not sp.oo:
        yield "limit infinite", sp.oo
        yield from (*_multiples(limit), *_terms(limit))


def _multiples(e: Any) -> Iterator[Variant]:
    if e != 0:
        yield from ((f"times {factor}", factor * e) for factor in FACTORS)


def _terms(e: Any) -> Iterator[Variant]:
    if e.is_Add:
        yield from ((f"without {term}", e - term) for term in e.args)


def _exponents(gauge: Any, clock: sp.Symbol) -> Iterator[Variant]:
    """Every factor of a gauge with its exponent changed; a gauge without factors gets one."""
    factors = [factor for factor in sp.Mul.make_args(gauge) if factor.free_symbols]
    if not factors:
        yield from ((f"times {clock}**({shift})", gauge * clock**shift) for shift in (HALF, -HALF))
    for factor in factors:
        base, exponent = factor.as_base_exp()
        for other in (exponent + HALF, exponent - HALF, 2 * exponent):
            yield f"{factor} to {base}**({other})", gauge / factor * base**other


def _powers(e: Any) -> Iterator[Variant]:
    """Every power inside an expression with its exponent changed."""
    for power in sorted(e.atoms(sp.Pow), key=str):
        if power.exp.is_Rational:
            for other in (power.exp + HALF, power.exp - HALF, 2 * power.exp):
                yield f"{power} to {power.base}**({other})", e.xreplace({power: power.base**other})
