"""Where to cut a box so that ball arithmetic decides the sign on every piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from flint import ctx, fmpq

from verify.kernel.enclosure import box_of, piece
from verify.kernel.refusals import Refused, Unknown
from verify.kernel.statement import Statement
from verify.proof.cofactors import NotFound
from verify.proof.finders import Given, wanted, whole

Box = dict[str, tuple[fmpq, fmpq]]


@dataclass(frozen=True)
class Enclosed:
    """A relation on the box that hypotheses and premises describe, by cutting the widest side until every piece is decided."""

    precision: int
    pieces: int
    kind: ClassVar[str] = "enclosure"

    def find(self, block: Any, name: str) -> dict[str, Any]:
        """The cuts; NotFound when some piece stays undecided."""
        return whole([self._find(*goal) for goal in wanted(block, name)])

    def _find(self, statement: Statement, given: Given, goal: Any) -> dict[str, Any]:
        left = self.pieces

        def cuts(box: Box) -> Any:
            nonlocal left
            try:
                return piece(box, goal)
            except Unknown as unknown:
                left -= 1
                name = max(box, key=lambda name: box[name][1] - box[name][0], default=None)
                if name is None or left < 0 or box[name][0] == box[name][1]:
                    raise NotFound(f"{self.pieces} pieces do not decide the relation: {unknown}") from None
                low, high = box[name]
                middle = (low + high) / 2
                return [name, str(middle), cuts({**box, name: (low, middle)}), cuts({**box, name: (middle, high)})]

        with ctx.workprec(self.precision):
            try:
                return {"kind": self.kind, "precision": self.precision, "cuts": cuts(box_of(given))}
            except (Refused, RecursionError) as refusal:
                raise NotFound(f"the relation cannot be enclosed: {refusal}") from None


def enclosed(precision: int = 64, pieces: int = 2000) -> Enclosed:
    """A step that ball arithmetic decides on a box; at most so many pieces, at so many bits."""
    return Enclosed(precision, pieces)
