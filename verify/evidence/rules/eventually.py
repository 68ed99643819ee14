"""Eventually: what the last rows before the clock's limit say."""

from __future__ import annotations

import numpy as np

from verify.evidence.reasons import Code
from verify.evidence.rules.judgement import Judgement, choose

ROWS = 3
"""One row may be a coincidence and two a crossing; three in a row before the limit are what a finite trace can show."""


def judge_eventually(answers: np.ndarray, exists: np.ndarray | None = None) -> Judgement:
    """+1 (-1) where the last three existing rows all hold (are all refuted), else 0.

    `answers` (B, R) holds +1, 0, -1 for rows ordered towards the limit; `exists` (B, R) is False for rows of a ragged axis
    that are not there. Fewer than three rows: 0.
    """
    answers = np.asarray(answers)
    exists = np.ones(answers.shape, bool) if exists is None else np.asarray(exists)
    from_the_end = np.cumsum(exists[:, ::-1], axis=1)[:, ::-1]
    last = exists & (from_the_end <= ROWS)
    enough = exists.sum(axis=1) >= ROWS
    holds = enough & ~np.any(last & (answers != 1), axis=1)
    fails = enough & ~np.any(last & (answers != -1), axis=1)
    signs, reasons = choose(
        len(answers),
        [(~enough, 0, Code.TOO_FEW_ROWS), (holds, 1, Code.EVENTUALLY), (fails, -1, Code.EVENTUALLY)],
        Code.ROWS_DISAGREE,
    )
    none = np.full(len(answers), np.nan)
    return Judgement(signs, none, reasons, {}, none)
