"""How near the truth a false claim has been refuted: for every conclusion, the nearest mutant in units of its resolving power.

A conclusion that holds with the resolving power p would be refuted by any shift of its right-hand side, exponent or limit beyond p. A
mutant that is refuted by d, beyond its resolution, lies at p + d: the shift that the same trace refutes by as much. At least one mutant
of each conclusion must lie within `WITHIN` resolving powers; where none of those that stand in the file or come by rule does, the
conclusion itself is shifted by two of them, or nearly three, and must fall.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from tests.quality.generic_mutants import Variant
from verify.evidence.interpret import Interpreter
from verify.evidence.verdict import Answer
from verify.runner import Bench
from verify.runner.deciding import Settled, settle
from verify.statement import operators as ops
from verify.statement.cases import Case
from verify.statement.theorem import Theorem

WITHIN = 3.0
SHIFTS = (sp.Integer(2), sp.Rational(14, 5))
"""Resolving powers by which a conclusion is shifted: beyond one it ought to fall, and within `WITHIN` it is near."""


@dataclass(frozen=True)
class Nearest:
    """The nearest mutant of a conclusion that fell, at so many resolving powers; or why there is no such distance."""

    mutant: str = ""
    distance: float = math.inf
    exempt: str = ""

    @property
    def near(self) -> bool:
        """Whether the conclusion has a near mutant, or needs none."""
        return bool(self.exempt) or self.distance <= WITHIN

    @property
    def recorded(self) -> dict[str, Any]:
        """As it goes into the table: three figures of the distance; null where nothing fell."""
        if self.exempt:
            return {"exempt": self.exempt}
        return {
            "mutant": self.mutant,
            "distance": float(f"{self.distance:.3g}") if math.isfinite(self.distance) else None,
        }


def nearest(bench: Bench, theorem: Theorem, conclusion: Case, fallen: Iterable[tuple[Case, Settled]]) -> Nearest:
    """The nearest of the mutants that fell; a shifted conclusion where no other is near.

    Args:
        conclusion: the conclusion as a case over all of its families.
        fallen: its mutants, as they were settled. Those that did not fall count for nothing, and so do those of another form, such as
            an inequality turned round: they are no shift of the conclusion.
    """
    powers = {}
    for family in conclusion.families:
        verdict = settle(bench, theorem, replace(conclusion, families=(family,))).verdict
        if verdict.answer is not Answer.HOLDS:
            return Nearest()
        powers[family] = verdict.resolving_power
    known = {family: power for family, power in powers.items() if power is not None and math.isfinite(power)}
    if not known:
        return Nearest(exempt="it holds by answers that no number can be shifted in")
    if min(known.values()) == 0:
        return Nearest(exempt="it is decided exactly: every other number is refuted")
    alike = [(case, settled) for case, settled in fallen if _form(case.formula) == _form(conclusion.formula)]
    found = [Nearest(), *(_distance(case.name, settled, known) for case, settled in alike)]
    best = min(found, key=lambda each: each.distance)
    if best.near:
        return best
    shifted = _shifted(bench, theorem, conclusion, known)
    return shifted if shifted.exempt else min(best, shifted, key=lambda each: each.distance)


def _form(formula: Any) -> Any:
    """The operators and relations of a formula, without what they speak of."""
    if isinstance(formula, ops.Proposition):
        return type(formula).__name__, *map(_form, formula.parts)
    return type(formula).__name__ if isinstance(formula, Relational) else ""


def _shifted(bench: Bench, theorem: Theorem, conclusion: Case, powers: dict[str, float]) -> Nearest:
    """The nearest shift of the conclusion that falls, on the families where it is known best first."""
    best, made = Nearest(), False
    for family in sorted(powers, key=powers.__getitem__):
        for times in SHIFTS:
            for variant in shifts(theorem, conclusion.formula, sp.Rational(Fraction(powers[family])) * times):
                made = True
                name = f"{variant.changed} by {float(times):g} resolving powers"
                case = replace(conclusion, name=name, formula=variant.formula, families=(family,))
                one = _distance(name, settle(bench, theorem, case), powers)
                best = min(best, one, key=lambda each: each.distance)
            if best.near:
                return best
    return best if made else Nearest(exempt="an order in time: it has no number to shift")


def _distance(name: str, settled: Settled, powers: dict[str, float]) -> Nearest:
    if settled.verdict.answer is not Answer.REFUTED or settled.witness is None or math.isnan(settled.margin):
        return Nearest()
    power = powers.get(settled.witness[0], min(powers.values()))
    return Nearest(name, (power - settled.margin) / power)


def shifts(theorem: Theorem, formula: Any, by: sp.Expr) -> Iterator[Variant]:
    """The formula with one of its numbers shifted by a rational, in the units in which it is decided: each is false where `by` exceeds
    the resolving power, and where the rest of the formula depends on it."""
    if isinstance(formula, (ops.Always, ops.Sometimes, ops.Eventually, ops.And, ops.Or, ops.Implies)):
        first = 1 if isinstance(formula, ops.Implies) else 0
        for place, part in list(enumerate(formula.parts))[first:]:
            told = f"part {place + 1}, " if len(formula.parts) > 1 else ""
            for variant in shifts(theorem, part, by):
                parts = list(formula.parts)
                parts[place] = variant.formula
                yield Variant(told + variant.changed, formula.func(*parts, *formula.axes))
    elif isinstance(formula, ops.Tends) and formula.parts[1] is not sp.oo:
        e, limit = formula.parts
        for sign in (1, -1):
            yield Variant(_told(sign), formula.func(e, limit + sign * by, *formula.axes))
    elif isinstance(formula, ops.Equivalent):
        e, gauge = formula.parts
        for sign in (1, -1):
            yield Variant(_told(sign), formula.func(e, gauge * _exp(sign * by), *formula.axes))
    elif isinstance(formula, (ops.Theta, ops.BigO)):
        e, gauge = formula.parts
        (clock,) = formula.axes
        scale: Any = clock if theorem.axes[clock.name].to is sp.oo else 1 / clock
        for _ in range(max(_depth(e, clock), _depth(gauge, clock))):
            scale = sp.log(scale)
        for sign in (-1,) if isinstance(formula, ops.BigO) else (1, -1):
            yield Variant(f"exponent {_told(sign)}", formula.func(e, gauge * scale ** (sign * by), *formula.axes))
    elif isinstance(formula, Relational) and not isinstance(formula, sp.Ne):
        signs = {sp.Ge: (1,), sp.Gt: (1,), sp.Le: (-1,), sp.Lt: (-1,)}.get(type(formula), (1, -1))
        for sign in signs:
            rhs = formula.rhs * _exp(sign * by) if _logarithmic(theorem, formula) else formula.rhs + sign * by
            # SymPy would settle |x| <= -1 at birth.
            yield Variant(_told(sign), formula.func(formula.lhs, rhs, evaluate=False))


def _told(sign: int) -> str:
    return f"shifted {'up' if sign > 0 else 'down'}"


def _exp(by: Any) -> sp.Expr:
    return sp.Rational(Fraction(math.exp(by)))


def _logarithmic(theorem: Theorem, relation: Any) -> bool:
    """Whether the two sides are compared by their logarithms, as `decide` does where one of them is recorded so."""
    trace: Any = SimpleNamespace(columns=theorem.quantities, lengths={}, masks={})
    reader = Interpreter(theorem.quantities, theorem.setting, trace, flow=False)
    sides = (relation.lhs, relation.rhs)
    return all(map(reader.positive, sides)) and any(map(reader.wide, sides))


def _depth(node: Any, clock: sp.Symbol) -> int:
    """How many logarithms are iterated around the clock."""
    if not node.args:
        return 0
    inner = max(_depth(arg, clock) for arg in node.args)
    return inner + 1 if isinstance(node, sp.log) and node.has(clock) else inner
