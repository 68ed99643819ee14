"""A theorem's statement block, read and checked: declared once, in order, and nothing else.

The core never sees a block: it gets the setting, and the goals that `kinds.asked` makes of a step's claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import axes, pointwise
from .core.expressions import Expression, validate
from .core.signs import ANY, NONNEGATIVE, POSITIVE
from .goals import Quantity, Setting
from .pointwise import SYMBOL
from .refusals import Refused, clip, entry

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,79}", re.ASCII)  # of a theorem, a step, a formula, a reference
SIGNS = {"real": ANY, "positive": POSITIVE, "nonnegative": NONNEGATIVE}


def named(block: Any, key: str, what: str, pattern: re.Pattern[str] = NAME) -> Iterator[tuple[str, dict[str, Any]]]:
    """The entries of the list block[key] with their names, which fit the pattern and differ."""
    seen = set()
    for one in entry(block, key, list, what):
        name = entry(one, "name", str, f"{what}: an entry of {key}")
        if not pattern.fullmatch(name) or name in seen:
            raise Refused(f"{what}: {clip(name)} in {key} is no name, or stands there twice")
        seen.add(name)
        yield name, one


@dataclass(frozen=True)
class Step:
    claim: Expression
    given: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class Statement(Setting):
    """What a block declares. `formulas` are those that a step may be given: relations, hypotheses and earlier steps."""

    definitions: dict[str, Expression] = field(default_factory=dict)
    formulas: dict[str, Expression] = field(default_factory=dict)
    hypotheses: dict[str, Expression] = field(default_factory=dict)
    conclusions: dict[str, Expression] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    references: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, theorem: str, block: Any) -> Statement:
        """The statement of a block; a sentence when something is undeclared, declared twice or used too early."""
        self, what = cls(theorem), f"the statement block of {clip(theorem)}"
        if not NAME.fullmatch(theorem) or entry(block, "theorem", str, what) != theorem:
            raise Refused(f"{what} is filed under another name")
        for name, one in named(block, "axes", what, SYMBOL):
            self.axes[name], self.ends[name] = axes.kind_of(one, self.axes, what), one.get("to")
        for name, one in named(block, "quantities", what, SYMBOL):
            sign, over = entry(one, "sign", str, what), axes.over(name, one, self.axes, what)
            if sign not in SIGNS:
                raise Refused(f"{what}: the quantity {name} has a sign that it cannot have")
            self.quantities[name] = Quantity(one["kind"], over, SIGNS[sign])
        for name, one in named(block, "functions", what, SYMBOL):
            self.functions[name] = pointwise.function(name, one, self.quantities, what)
        for name, one in named(block, "definitions", what, SYMBOL):
            if name in self.quantities or name in self.axes:
                raise Refused(f"{what}: the definition {name} has the name of a quantity or an axis")
            value = validate(one.get("value"), self.names())  # of earlier names only: this one is added below
            self.definitions[name], self.unfolded[name] = value, self.unfold(value)
        for name, one in named(block, "relations", what):
            self.give(name, one.get("formula"))
        for name, one in named(block, "hypotheses", what):
            self.hypotheses[name] = self.give(name, one.get("formula"), in_words=True)
        for name, one in named(block, "conclusions", what):
            self.conclusions[name] = validate(one.get("formula"), self.names(), "p")
        for name, one in named(block, "steps", what):
            given, by = entry(one, "given", list, what), entry(one, "by", str, what)
            if not all(isinstance(g, str) and g in self.formulas for g in given):
                raise Refused(f"{what}: step {name} is given something that is no relation, hypothesis or earlier step")
            self.steps[name] = Step(self.give(name, one.get("claim"), in_words=by == "cited"), tuple(given), by)
        self.references.update(named(block, "references", what))
        return self

    def give(self, name: str, formula: Any, in_words: bool = False) -> Expression:
        """Add a formula under a name of its own; a hypothesis or a citation may have none, only words."""
        if name in self.formulas:
            raise Refused(f"{self.theorem} has two relations, hypotheses or steps called {name}")
        if formula is not None or not in_words:
            validate(formula, self.names(), "p")
        self.formulas[name] = formula
        return formula
