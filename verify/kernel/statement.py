"""A theorem's statement block, checked: what the symbols are, what they stand for, and what each step claims.

The mathematics behind it. A quantity is a real function of its axes. A clock is an interval along which quantities are
locally absolutely continuous, and rates are meant almost everywhere. An index is a finite non-empty set. A formula is
claimed at every point of every instance; what is not shown to be defined there is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .expressions import NAME, NODES, RESERVED, SYMBOL, Expression, Refused, clip, replace, validate
from .signs import ANY, NONNEGATIVE, POSITIVE, Signs

SIGNS = {"real": ANY, "positive": POSITIVE, "nonnegative": NONNEGATIVE}
MEANS = {"eq": {0}, "ne": {-1, 1}, "le": {-1, 0}, "lt": {-1}, "ge": {0, 1}, "gt": {1}}  # the sign of left - right
NEGATION = {"eq": "ne", "ne": "eq", "le": "gt", "gt": "le", "lt": "ge", "ge": "lt"}


def entry(block: Any, key: str, kind: type | tuple[type, ...], what: str) -> Any:
    """block[key], where block is an object that has it, and of a type that is allowed."""
    if not isinstance(block, dict) or not isinstance(block.get(key), kind):
        raise Refused(f"{what} lacks {clip(key)}, or has one of the wrong type")
    return block[key]


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
class Quantity:
    kind: str
    over: tuple[str, ...]
    sign: Signs


@dataclass(frozen=True)
class Step:
    claim: Expression
    given: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class Statement:
    """What a block declares. `formulas` are those that a step may be given: relations, hypotheses and earlier steps."""

    theorem: str
    axes: dict[str, str] = field(default_factory=dict)
    ends: dict[str, Any] = field(default_factory=dict)
    quantities: dict[str, Quantity] = field(default_factory=dict)
    functions: dict[str, tuple[str, Expression]] = field(default_factory=dict)
    definitions: dict[str, Expression] = field(default_factory=dict)
    unfolded: dict[str, Expression] = field(default_factory=dict)
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
            self.axes[name], self.ends[name] = entry(one, "kind", str, what), one.get("to")
            if self.axes[name] not in ("clock", "index", "draws") or list(self.axes.values()).count("clock") > 1:
                raise Refused(f"{what}: an axis is a clock (at most one), an index or draws")
        for name, one in named(block, "quantities", what, SYMBOL):
            self.quantities[name] = self.quantity(name, one, what)
        for name, one in named(block, "functions", what, SYMBOL):
            bound = entry(one, "of", str, what)
            if not SYMBOL.fullmatch(bound) or name in RESERVED or name.startswith(("min_", "max_", "P_")):
                raise Refused(f"{what}: the function {name} has a name or a variable that is taken")
            self.functions[name] = bound, validate(one.get("value"), {"v": {*self.quantities, bound}})
            replace(self.functions[name][1], pointwise)
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

    def quantity(self, name: str, one: dict[str, Any], what: str) -> Quantity:
        kind, over, sign = entry(one, "kind", str, what), entry(one, "over", list, what), entry(one, "sign", str, what)
        own = name in self.axes  # the coordinate of an axis is a quantity of its own
        kinds = (("clock" if self.axes[name] == "clock" else "index"),) if own else ("quantity", "parameter")
        if (
            kind not in kinds
            or sign not in SIGNS
            or set(map(str, over)) - set(self.axes)
            or (kind == "parameter" and over)
        ):
            raise Refused(f"{what}: the quantity {name} has a kind, axes or a sign that it cannot have")
        return Quantity(kind, (name,) if own else tuple(over), SIGNS[sign])

    def give(self, name: str, formula: Any, in_words: bool = False) -> Expression:
        """Add a formula under a name of its own; a hypothesis or a citation may have none, only words."""
        if name in self.formulas:
            raise Refused(f"{self.theorem} has two relations, hypotheses or steps called {name}")
        if formula is not None or not in_words:
            validate(formula, self.names(), "p")
        self.formulas[name] = formula
        return formula

    def names(self) -> dict[str, Any]:
        """What may stand in an expression, by the letters of `expressions`."""
        return {"v": {*self.quantities, *self.definitions}, "a": self.axes, "f": self.functions}

    def unfold(self, e: Expression) -> Expression:
        """`e` with definitions and functions of the setting replaced by what they stand for."""

        def new(e: list[Any]) -> Expression | None:
            if e[0] != "apply":
                return self.unfolded.get(e[1]) if e[0] == "var" else None
            bound, value = self.functions[e[1]]
            argument = self.unfold(e[2])
            return replace(value, lambda e: argument if e == ["var", bound] else None)

        found = replace(e, new)
        if not small(found):
            raise Refused(f"an expression of {self.theorem} has more than {5 * NODES} nodes when it is unfolded")
        return found

    @property
    def clock(self) -> str | None:
        return next((name for name, kind in self.axes.items() if kind == "clock"), None)

    def conjuncts(self, p: Expression) -> list[Expression]:
        """The formulas that hold at every point where `p` is given; a rate where it says that something nondecreases."""
        if p[0] in ("always", "and"):
            return [q for part in (p[1:] if p[0] == "and" else p[1:2]) for q in self.conjuncts(part)]
        if p[0] == "nondecreasing" and p[2] == self.clock and self.ends[p[2]] == "oo":
            return [["ge", ["rate", p[1], ["var", p[2]]], "0"]]
        return [p]


def goals(p: Expression) -> list[tuple[list[Expression], Expression]]:
    """What is to be shown for `p`, one of the conjuncts: pairs of the relations assumed at the point, and a relation."""
    if p[0] in MEANS:
        return [([], p)]
    if p[0] == "not" and p[1][0] in MEANS:
        return [([], [NEGATION[p[1][0]], *p[1][1:]])]
    if p[0] == "and":
        return [goal for part in p[1:] for goal in goals(part)]
    if p[0] == "or" and all(q[0] in MEANS for q in p[2:]):  # the first alternative, from the others' negations
        return [([[NEGATION[q[0]], *q[1:]] for q in p[2:]] + more, goal) for more, goal in goals(p[1])]
    if p[0] == "implies":
        premises = p[1][1:] if p[1][0] == "and" else [p[1]]
        if all(q[0] in MEANS for q in premises):
            return [(premises + more, goal) for more, goal in goals(p[2])]
    raise Refused(f'the kernel knows no proof of a claim with "{p[0]}" in this place')


def pointwise(e: list[Any]) -> None:
    """Refuse what would bind an axis of the argument of a function of the setting."""
    if e[0] in ("total", "least", "largest", "rate", "apply", "probability"):
        raise Refused(f'a function of the setting is pointwise, without "{e[0]}"')


def small(e: Expression) -> bool:
    """Whether an expression has at most 5 * NODES nodes and 300 levels."""
    stack, count = [(e, 0)], 0
    while stack and count <= 5 * NODES and stack[-1][1] <= 300:
        node, level = stack.pop()
        stack += [(a, level + 1) for a in node] if isinstance(node, list) else []
        count += 1
    return not stack
