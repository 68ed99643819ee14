"""What a rule says about a batch of series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from verify.evidence.reasons import Code
from verify.evidence.verdict import Reason


@dataclass(frozen=True)
class Judgement:
    """The answers of one rule to B series.

    `answers` (B,) holds +1, 0, -1. `margin` (B,) is the signed distance beyond the resolution: positive where the statement
    holds, negative where it is refuted, NaN where undecided. `measured` maps a name to values (B,) and their errors (B,).
    `power` (B,) is the smallest perturbation of the claimed exponent, constant or limit that the same rows would still
    refute, NaN where there is none.
    """

    answers: np.ndarray
    margin: np.ndarray
    reasons: tuple[Reason, ...]
    measured: Mapping[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    power: np.ndarray = field(default_factory=lambda: np.empty(0))

    def take(self, chosen: np.ndarray) -> Judgement:
        """The judgement of the chosen series (a boolean index)."""
        return Judgement(
            self.answers[chosen],
            self.margin[chosen],
            tuple(self.reasons[i] for i in np.flatnonzero(chosen)),
            {name: (value[chosen], error[chosen]) for name, (value, error) in self.measured.items()},
            self.power[chosen],
        )

    def with_measured(self, measured: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Judgement:
        """The same answers with other measured numbers."""
        return replace(self, measured=measured)


def choose(
    size: int, cases: Sequence[tuple[np.ndarray, int, Code]], otherwise: Code, details: Sequence[str] | None = None
) -> tuple[np.ndarray, tuple[Reason, ...]]:
    """Answers and reasons of `size` series: the first case whose condition is met decides; none: 0 with `otherwise`.

    A case is (condition (B,), answer, code). `details` (B) are sentences with the numbers of each series, appended to its reason.
    """
    which = np.full(size, len(cases))
    for position in reversed(range(len(cases))):
        which[cases[position][0]] = position
    answers = np.array([answer for _, answer, _ in cases] + [0], dtype=np.int8)[which]
    codes = [code for _, _, code in cases] + [otherwise]
    if details is None:
        reasons = [code.reason() for code in codes]
        return answers, tuple(reasons[i] for i in which)
    return answers, tuple(codes[i].reason(detail) for i, detail in zip(which, details, strict=True))


def merge(size: int, parts: Sequence[tuple[np.ndarray, Judgement]]) -> Judgement:
    """One judgement of `size` series from judgements of disjoint selections (boolean, (size,)) that cover them."""

    def whole(pieces: Sequence[np.ndarray | None]) -> np.ndarray:
        merged = np.full(size, np.nan)
        for (chosen, _), piece in zip(parts, pieces, strict=True):
            if piece is not None:
                merged[chosen] = piece
        return merged

    judged = [judgement for _, judgement in parts]
    reasons = np.empty(size, dtype=object)
    for chosen, judgement in parts:
        for i, reason in zip(np.flatnonzero(chosen), judgement.reasons, strict=True):
            reasons[i] = reason
    measured = {
        name: (
            whole([j.measured[name][0] if name in j.measured else None for j in judged]),
            whole([j.measured[name][1] if name in j.measured else None for j in judged]),
        )
        for name in dict.fromkeys(name for j in judged for name in j.measured)
    }
    return Judgement(
        whole([j.answers for j in judged]).astype(np.int8),
        whole([j.margin for j in judged]),
        tuple(reasons),
        measured,
        whole([j.power for j in judged]),
    )
