"""Verdicts: one of three answers about one case, with grade, scope and the branch that decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from verify.evidence.grades import Grade
from verify.html import table


class Answer(Enum):
    """The three answers; never printed without grade and scope."""

    HOLDS = "HOLDS"
    REFUTED = "REFUTED"
    INCONCLUSIVE = "INCONCLUSIVE"

    @classmethod
    def of(cls, sign: int) -> Answer:
        """The answer behind +1, -1 or 0."""
        return {1: cls.HOLDS, -1: cls.REFUTED, 0: cls.INCONCLUSIVE}[int(sign)]


@dataclass(frozen=True)
class Reason:
    """Why an answer came out as it did: a machine-readable code, and the sentence that the user reads."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Node:
    """What `decide` found at one node of the formula.

    `answers` holds +1, 0, -1 for each instance; `margin` the signed distance to the opposite answer for each instance (in the
    units of the node's relation, NaN where there is none); `where` names the extreme row of the worst instance.
    """

    text: str
    operator: str
    answers: np.ndarray
    margin: np.ndarray
    where: str = ""
    reason: Reason | None = None
    children: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The answer to one case: this formula, on these instances, over this range."""

    answer: Answer
    grade: Grade
    scope: str
    reason: Reason
    answers: np.ndarray
    """+1, 0, -1 for each instance of the trace."""
    confidence: float | None = None
    """Confidence level when the evidence is a sample of draws, else None."""
    resolution: float | None = None
    resolving_power: float | None = None
    """The smallest perturbation of the claimed constant or exponent that the same trace would still refute."""
    witness: int | None = None
    """The instance that refutes, where one does."""
    tree: Node | None = None
    measured: dict[str, Any] = field(default_factory=dict)
    """Named numbers with error bars, [value, error], as they go into the record."""

    def __str__(self) -> str:
        sampling = "" if self.confidence is None else f", confidence {self.confidence:.6g}"
        return f"{self.answer.value}, {self.grade.name.lower()}{sampling}, {self.scope}"

    def _repr_html_(self) -> str:
        numbers = {"resolution": self.resolution, "resolving power": self.resolving_power, **self.measured}
        given = [(name, str(value)) for name, value in numbers.items() if value is not None]
        return str(table(str(self), [("reason", self.reason.sentence), *given]))
