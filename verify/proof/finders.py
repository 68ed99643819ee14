"""What stands behind `by=` in a theorem's step: an object that finds the certificate, or names the source.

A finder gets the statement block and the name of the step, and returns what the kernel then checks; it is never believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import sympy as sp

from verify.kernel.core.expressions import validate
from verify.kernel.kinds import asked
from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement
from verify.proof.cofactors import NotFound, vanishing
from verify.proof.decode import product, total
from verify.proof.reasons import encode

Expression = Any
Given = dict[str, list[Expression]]


def wanted(block: Any, name: str) -> Iterator[tuple[Statement, Given, Expression]]:
    """The relations that a step has to prove, each with what it may use."""
    statement = Statement.read(block["theorem"], block)
    yield from ((statement, given, goal) for given, goal in asked(statement, name))


def whole(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return parts[0] if len(parts) == 1 else {"kind": "all", "parts": parts}


@dataclass(frozen=True)
class Identity:
    """Both sides agree by the given equations, up to `plus`, an expression with a given equation in every term."""

    plus: sp.Basic
    kind: ClassVar[str] = "identity"

    def find(self, block: Any, name: str) -> dict[str, Any]:
        """The certificate of the step; NotFound with a sentence when elimination leaves something over."""
        return whole([self._find(*goal) for goal in wanted(block, name)])

    def _find(self, statement: Statement, given: Given, goal: Expression) -> dict[str, Any]:
        plus = written(statement, given, self.plus)
        found = vanishing(statement, given, goal[1], total([goal[2], plus]))
        return {"kind": self.kind, "difference": total([plus, found])}


@dataclass(frozen=True)
class Bound:
    """The larger side exceeds the smaller by a slack whose sign can be read off, one slack for each relation of the claim."""

    slacks: tuple[sp.Basic, ...]
    kind: ClassVar[str] = "inequality"

    def find(self, block: Any, name: str) -> dict[str, Any]:
        """The certificate of the step; NotFound with a sentence when the slack is not the difference of the two sides."""
        relations = list(wanted(block, name))
        if len(relations) != len(self.slacks):
            raise NotFound(f"the step {name} claims {len(relations)} relations and bounds {len(self.slacks)} of them")
        return whole([self._find(slack, *goal) for slack, goal in zip(self.slacks, relations, strict=True)])

    def _find(self, slack: sp.Basic, statement: Statement, given: Given, goal: Expression) -> dict[str, Any]:
        head, left, right = goal
        difference = written(statement, given, slack)
        difference = product(["-1", difference]) if head in ("le", "lt") else difference
        found = vanishing(statement, given, total([left, product(["-1", difference])]), right)
        return {"kind": self.kind, "difference": total([difference, found])}


@dataclass(frozen=True)
class Cited:
    """The step stands in the literature and is counted as cited."""

    citation: str
    kind: ClassVar[str] = "cited"

    def find(self, block: Any, name: str) -> None:
        """Nothing: there is no certificate."""


@dataclass(frozen=True)
class ByComputerAlgebra:
    """The step is decided by a computer algebra system, which the kernel does not re-check; it is counted as such."""

    decides: Callable[[], object]
    what: str
    kind: ClassVar[str] = "cas"

    def find(self, block: Any, name: str) -> None:
        """Nothing; NotFound when the computation does not confirm the step."""
        if self.decides() is not True:
            raise NotFound(f"the computation did not confirm {name}: {self.what}")


def written(statement: Statement, given: Given, node: Any) -> Expression:
    """A SymPy expression with reasons as the kernel's, definitions unfolded."""
    try:
        return statement.unfold(validate(encode(sp.sympify(node)), statement.names() | {"g": given}, "r"))
    except Refused as refusal:
        raise NotFound(f"the slack {node} cannot be used: {refusal}") from None


def identity(plus: Any = 0) -> Identity:
    """A step whose two sides agree by the equations it is given; their cofactors are found."""
    return Identity(sp.sympify(plus))


def bound(*slacks: Any) -> Bound:
    """A step whose larger side minus smaller side is `slack` by the equations it is given, where slack is visibly not negative.

    A slack is made of squares, quantities of declared sign, exponentials, `Given(...)` inequalities and other reasons.
    """
    return Bound(tuple(sp.sympify(slack) for slack in slacks))


def cited(citation: str) -> Cited:
    """A step that is taken from the literature, with the sentence that says from where."""
    return Cited(citation)


def by_cas(decides: Callable[[], object], what: str) -> ByComputerAlgebra:
    """A step that a computer algebra system decides when `decides()` is True; `what` says what it computes."""
    return ByComputerAlgebra(decides, what)
