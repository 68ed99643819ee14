"""What a rule says about a batch of series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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


def choose(size: int, cases: Sequence[tuple[np.ndarray, int, Code]], otherwise: Code) -> tuple[np.ndarray, tuple[Reason, ...]]:
    """Answers and reasons of `size` series: the first case whose condition is met decides; none: 0 with `otherwise`.

    A case is (condition (B,), answer, code).
    """
    which = np.full(size, len(cases))
    for position in range(len(cases) - 1, -1, -1):
        which[np.asarray(cases[position][0])] = position
    answers = np.array([answer for _, answer, _ in cases] + [0], dtype=np.int8)[which]
    reasons = [code.reason() for _, _, code in cases] + [otherwise.reason()]
    return answers, tuple(reasons[i] for i in which)
