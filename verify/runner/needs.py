"""What a formula needs measured, and which experiments measure it."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp
from sympy.core.function import AppliedUndef

from verify.statement import operators as ops
from verify.statement.declarations import Experiment, Setting
from verify.statement.theorem import Theorem

_READ_THE_COORDINATE = (ops.Tends, ops.Theta, ops.BigO, ops.Equivalent)
"""Operators that extrapolate along their axis, and so need its coordinate as a column."""


def needed(theorem: Theorem, formula: sp.Basic, setting: Setting) -> frozenset[str]:
    """The quantities whose columns decide the formula, with definitions and functions of the setting unfolded."""
    if isinstance(formula, sp.Symbol):
        if formula.name in setting.definitions:
            return needed(theorem, setting.definitions[formula.name], setting)
        return frozenset({formula.name} & set(theorem.quantities))
    if isinstance(formula, AppliedUndef):
        inner = setting.functions.get(formula.func.__name__)
        return _union(theorem, (*formula.args, *(() if inner is None else (inner.expr,))), setting)
    if isinstance(formula, ops.Rate) and formula.parts[1] in {axis.symbol for axis in theorem.axes.values()}:
        return needed(theorem, formula.parts[0], setting)  # the clock's own rate is 1
    if isinstance(formula, ops.Operator):
        axes = formula.axes if isinstance(formula, _READ_THE_COORDINATE) else ()
        return _union(theorem, (*formula.parts, *axes), setting)
    return _union(theorem, formula.args, setting)


def _union(theorem: Theorem, nodes: Iterable[sp.Basic], setting: Setting) -> frozenset[str]:
    return frozenset().union(*(needed(theorem, node, setting) for node in nodes))


def covering(candidates: Iterable[Experiment], wanted: frozenset[str]) -> tuple[list[Experiment], frozenset[str]]:
    """Few experiments that together measure what is wanted, and what none of them measures.

    Greedy: each time the experiment that measures most of what is missing, the first declared among equals; so a single
    experiment that measures everything is preferred, and the choice does not depend on anything but the theorem file.
    """
    chosen: list[Experiment] = []
    left, remaining = wanted, list(candidates)
    while left and remaining:
        best = max(remaining, key=lambda experiment: len(left & set(experiment.measures)))
        if not left & set(best.measures):
            break
        chosen.append(best)
        remaining.remove(best)
        left -= set(best.measures)
    return chosen, left


def permitted(theorem: Theorem, family: str, claim: str, *, observes: bool) -> list[Experiment]:
    """The experiments (or observations) that `on` and `decides` allow for a claim on a family; "" is a hypothesis, which any decides."""
    return [
        experiment
        for experiment in theorem.experiments.values()
        if experiment.observes == observes
        and (experiment.on is None or family in experiment.on)
        and (experiment.decides is None or not claim or claim in experiment.decides)
    ]
