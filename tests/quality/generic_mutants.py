"""False variants that nobody wrote by hand: what is made of every conclusion by the same few changes.

An exponent plus and minus one half and doubled, a constant times 1.1, 0.5 and 2, an inequality turned round, a term left out, a limit
exchanged for another. A bound that is merely relaxed is true and known to be so by the declared signs. Further variants that are true, or
true of some instances, stand in `true_variants.toml`, each with its reason. All are decided on the traces of the conclusion itself.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanAtom

from tests.quality.signs import Signs
from verify.statement import operators as ops
from verify.statement.cases import Case, decided_on
from verify.statement.theorem import Theorem

HALF = sp.Rational(1, 2)
FACTORS = (sp.Rational(11, 10), HALF, sp.Integer(2))
TRUE = Path(__file__).parent / "true_variants.toml"


@dataclass(frozen=True)
class Facts:
    """What is known of a theorem's symbols: which expressions are nonnegative by the declared signs, and where each clock goes."""

    nonnegative: Callable[[Any], bool] = lambda e: False
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Variant:
    """What was changed, what came out, and whether that is a relaxed bound, which follows from the conclusion."""

    changed: str
    formula: Any
    relaxed: bool = False


@dataclass(frozen=True)
class Generic:
    """A generic mutant of a conclusion as a case."""

    case: Case
    relaxed: bool


def conclusions(theorem: Theorem) -> list[Case]:
    """Every conclusion of the quick level as one case over all of its quick families, as its mutants are."""
    found = []
    for conclusion in theorem.conclusions.values():
        families = tuple(name for name in decided_on(theorem, conclusion) if theorem.families[name].level == "quick")
        if families and conclusion.level == "quick":
            case = Case(
                kind="mutant", name=conclusion.name, formula=conclusion.formula, setting=theorem.setting, families=families,
                under=theorem.needed(conclusion.under), expected=None, within=conclusion.within, of=conclusion.name,
            )  # fmt: skip
            found.append(case)
    return found


def generic(theorem: Theorem) -> list[Generic]:
    """Every generic mutant of every conclusion of the quick level."""
    facts = Facts(
        Signs(theorem).nonnegative,
        {name: axis.to for name, axis in theorem.axes.items()},
    )
    found = []
    for conclusion in conclusions(theorem):
        seen = {conclusion.formula}
        for variant in variants(conclusion.formula, facts):
            formula = variant.formula
            if formula not in seen and isinstance(formula, Boolean) and not isinstance(formula, BooleanAtom):
                seen.add(formula)
                name = f"{conclusion.name}: {variant.changed}"
                case = replace(conclusion, name=name, formula=formula, expected="REFUTED")
                found.append(Generic(case, variant.relaxed))
    return found


@cache
def _listed() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(TRUE.read_text(encoding="utf-8"))


def listed(theorem: str, kind: str) -> dict[str, str]:
    """The patterns of a theorem's variants that are "true", or whose truth "depends" on the instance, with their reasons."""
    return _listed().get(theorem, {}).get(kind, {})


def listing(theorem: str) -> dict[str, list[str]]:
    """What a calibration of the theorem rests on: the listed patterns by kind."""
    return {kind: sorted(patterns) for kind, patterns in sorted(_listed().get(theorem, {}).items())}


def is_listed(theorem: str, kind: str, name: str) -> bool:
    """Whether a variant is among them."""
    return any(matches(pattern, name) for pattern in listed(theorem, kind))


def matches(pattern: str, name: str) -> bool:
    """Whether a listed name stands for a variant: "{a|b}" in it for either, " *" at its end for all that begin so."""
    return any(name.startswith(each[:-1]) if each.endswith(" *") else name == each for each in _alternatives(pattern))


def _alternatives(pattern: str) -> list[str]:
    before, brace, rest = pattern.partition("{")
    if not brace:
        return [pattern]
    inside, _, after = rest.partition("}")
    return [before + each + tail for each in inside.split("|") for tail in _alternatives(after)]


def variants(formula: Any, facts: Facts | None = None) -> Iterator[Variant]:
    """The changed formulas, in a fixed order; the same formula may come out of several changes."""
    facts = facts or Facts()
    if isinstance(formula, (ops.Always, ops.Sometimes, ops.Eventually, ops.And, ops.Implies)):
        first = 1 if isinstance(formula, ops.Implies) else 0  # a premise that is changed makes nothing false
        for place, part in list(enumerate(formula.parts))[first:]:
            told = f"part {place + 1}, " if len(formula.parts) > 1 else ""
            for variant in variants(part, facts):
                yield replace(variant, changed=told + variant.changed, formula=_with(formula, place, variant.formula))
    elif isinstance(formula, ops.Tends):
        for changed, limit in _limits(formula.parts[1]):
            yield Variant(changed, _with(formula, 1, limit))
    elif isinstance(formula, (ops.Theta, ops.BigO, ops.Equivalent)):
        gauge, clock = formula.parts[1], formula.axes[0]
        for changed, other, base, by in _exponents(gauge, clock):
            growth = _grows(base, clock, facts.limits.get(clock.name)) * by  # a number, or a symbol of unknown sign
            larger = isinstance(formula, ops.BigO) and bool(growth.is_positive)
            yield Variant(changed, _with(formula, 1, other), larger)
        if isinstance(formula, ops.Equivalent):
            for factor in FACTORS:
                yield Variant(f"times {factor}", _with(formula, 1, factor * gauge))
    elif isinstance(formula, ops.Nondecreasing):
        rising: Any = formula.parts[0]
        yield Variant("reversed", _with(formula, 0, -rising))
        for changed, other in _terms(rising):
            yield Variant(changed, _with(formula, 0, other))
    elif isinstance(formula, Relational):
        yield from _relations(formula, facts)


def _with(formula: Any, place: int, part: Any) -> Any:
    parts = list(formula.parts)
    parts[place] = part
    return formula.func(*parts, *formula.axes)


def _relations(relation: Any, facts: Facts) -> Iterator[Variant]:
    turned = {sp.Le: sp.Ge, sp.Lt: sp.Gt, sp.Ge: sp.Le, sp.Gt: sp.Lt}.get(type(relation))
    lhs, rhs = relation.lhs, relation.rhs
    if turned:
        yield Variant("reversed", turned(lhs, rhs))
    for factor in FACTORS if rhs != 0 else ():
        upper, lower = isinstance(relation, (sp.Le, sp.Lt)), isinstance(relation, (sp.Ge, sp.Gt))
        relaxed = facts.nonnegative(rhs) and ((upper and factor > 1) or (lower and factor < 1))
        yield Variant(f"times {factor}", relation.func(lhs, factor * rhs), relaxed)
    for changed, other in (*_terms(rhs), *_powers(rhs)):
        yield Variant(changed, relation.func(lhs, other))
    if rhs == 0:
        for changed, other in _terms(lhs):
            yield Variant(changed, relation.func(other, rhs))


def _limits(limit: Any) -> Iterator[tuple[str, Any]]:
    yield "another limit", sp.Integer(1) if limit in (0, sp.oo) else sp.Integer(0)
    if limit is not sp.oo:
        yield "limit infinite", sp.oo
        yield from ((f"times {factor}", factor * limit) for factor in FACTORS if limit != 0)
        yield from _terms(limit)


def _terms(e: Any) -> Iterator[tuple[str, Any]]:
    if e.is_Add:
        yield from ((f"without {term}", e - term) for term in e.args)


def _exponents(gauge: Any, clock: sp.Symbol) -> Iterator[tuple[str, Any, Any, Any]]:
    """Every factor of a gauge with its exponent changed, then that factor's base and by how much; a gauge without factors gets one."""
    factors = [factor for factor in sp.Mul.make_args(gauge) if factor.free_symbols]
    if not factors:
        yield from ((f"times {clock}**({by})", gauge * clock**by, clock, by) for by in (HALF, -HALF))
    for factor in factors:
        base, exponent = factor.as_base_exp()
        for other in (exponent + HALF, exponent - HALF, 2 * exponent):
            yield f"{factor} to {base}**({other})", gauge / factor * base**other, base, other - exponent


def _grows(base: Any, clock: sp.Symbol, limit: Any) -> int:
    """1 where the base of a power passes every bound along the clock, -1 where it tends to zero, 0 where that is not seen."""
    if limit is sp.oo:
        while isinstance(base, sp.log):
            base = base.args[0]
        return 1 if base == clock else 0
    return -1 if base == clock and limit == 0 else 0


def _powers(e: Any) -> Iterator[tuple[str, Any]]:
    """Every power inside an expression with its exponent changed."""
    for power in sorted(e.atoms(sp.Pow), key=str):
        if power.exp.is_Rational:
            for other in (power.exp + HALF, power.exp - HALF, 2 * power.exp):
                yield f"{power} to {power.base}**({other})", e.xreplace({power: power.base**other})
