"""Finders for `verify/kernel/trapping.py`: that a region traps a flow, and that a quantity vanishes in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import sympy as sp

from verify.kernel import trapping
from verify.kernel.core.expressions import minus
from verify.kernel.goals import ASSUMED
from verify.kernel.statement import Statement
from verify.proof.cofactors import NotFound, vanishing
from verify.proof.decode import product, total
from verify.proof.finders import Given, written
from verify.statement.encode import to_json


@dataclass(frozen=True)
class Decay:
    """v' <= -speed v and 0 <= e <= factor v in the region; `falls`, `below`, `above` are the slacks of the three."""

    of: sp.Expr
    speed: sp.Expr
    factor: sp.Expr
    falls: sp.Basic
    below: sp.Basic
    above: sp.Basic


@dataclass(frozen=True)
class Trapped:
    """One (multiplier, slack) for each side g > 0 of the region: g' - multiplier * g is the slack, which is not negative there."""

    barriers: tuple[tuple[Any, Any], ...]
    decay: Decay | None = None
    kind: ClassVar[str] = "trapping"

    def find(self, block: Any, name: str) -> dict[str, Any]:
        """The certificate of the step; NotFound with a sentence when a slack is not the difference it stands for."""
        statement = Statement.read(block["theorem"], block)
        region, claim, given, clock = trapping.parts(statement, name)
        if len(region) != len(self.barriers):
            raise NotFound(f"the region of {name} has {len(region)} sides and {len(self.barriers)} barriers were given")
        closed = {**given, ASSUMED: [["ge" if head == "gt" else "le", left, right] for head, left, right in region]}
        barriers = []
        for (head, left, right), (multiplier, slack) in zip(region, self.barriers, strict=True):
            g, m = minus(left, right) if head == "gt" else minus(right, left), to_json(sp.sympify(multiplier))
            goal = (["rate", g, ["var", clock]], ["mul", statement.unfold(m), g])
            barriers.append({"multiplier": m, "difference": _difference(statement, closed, slack, *goal)})
        found: dict[str, Any] = {"kind": self.kind, "barriers": barriers}
        if self.decay is not None:
            found["decay"] = self._decay(self.decay, statement, {**given, ASSUMED: region}, claim[1], clock)
        return found

    def _decay(self, decay: Decay, statement: Statement, given: Given, e: Any, clock: str) -> dict[str, Any]:
        of, speed, factor = (to_json(sp.sympify(part)) for part in (decay.of, decay.speed, decay.factor))
        v, c, b = (statement.unfold(part) for part in (of, speed, factor))
        slacks = {
            "speed-positive": (decay.speed, c, "0"),
            "factor-nonnegative": (decay.factor, b, "0"),
            "falls": (decay.falls, ["mul", "-1", c, v], ["rate", v, ["var", clock]]),
            "below": (decay.below, ["mul", b, v], e),
            "above": (decay.above, e, "0"),
        }
        differences = {key: _difference(statement, given, *parts) for key, parts in slacks.items()}
        return {"of": of, "speed": speed, "factor": factor, "differences": differences}


def trapped(*barriers: tuple[Any, Any], decay: Decay | None = None) -> Trapped:
    """A step that is given "sometimes R" and claims "eventually R", or with `decay` that e tends to 0, by these barriers."""
    return Trapped(barriers, decay)


def _difference(statement: Statement, given: Given, slack: Any, larger: Any, smaller: Any) -> Any:
    difference = written(statement, given, slack)
    return total([difference, vanishing(statement, given, total([larger, product(["-1", difference])]), smaller)])
