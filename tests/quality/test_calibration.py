"""How often the rules are wrong, on claims that no rule was chosen on: never HOLDS a false one, never REFUTED a true one, 80 % decided.

The rules were developed on other generators and seeds. `python -m tests.quality.test_calibration SEED ...` prints the table for more seeds.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from tests.quality.claims import MAKERS, Claim, claims
from verify.evidence.rules.gauges import judge_gauge
from verify.evidence.rules.monotone import judge_monotone
from verify.evidence.rules.probability import probability_interval
from verify.evidence.rules.tends import judge_limit

SEED = 90_001


def _rows(batch: list[Claim], get) -> np.ndarray:
    """One array from series of different lengths, NaN at the end."""
    rows = np.full((len(batch), max(len(claim.values) for claim in batch)), np.nan)
    for row, claim in zip(rows, batch, strict=True):
        part = get(claim)
        row[: len(part)] = part
    return rows


def _decide(rule: Any, batch: list[Claim]) -> np.ndarray:
    first = batch[0]
    values, log_clock = _rows(batch, lambda claim: claim.values), _rows(batch, lambda claim: claim.log_clock)
    bars = np.array([claim.bar for claim in batch])[:, None] * np.ones_like(values)
    if rule == "tends":
        limits = np.array([claim.limit for claim in batch])
        return judge_limit(
            values, bars, limits, 0.0, log_clock, towards=first.towards, resolution=first.resolution
        ).answers
    if rule == "nondecreasing":
        rate = None if first.rate is None else _rows(batch, lambda claim: claim.rate)
        return judge_monotone(values, bars, rate, 0.0, exists=np.isfinite(values)).answers
    if rule == "probability":
        lower, upper = probability_interval(
            (values > 0).sum(1), (values < 0).sum(1), np.full(len(batch), values.shape[1])
        )
        bound = np.array([claim.limit for claim in batch])
        return np.where(lower >= bound, 1, np.where(upper < bound, -1, 0))
    return judge_gauge(
        rule,
        values,
        bars,
        log_clock,
        towards=first.towards,
        depth=first.depth,
        resolution=first.resolution,
    ).answers


def decided(seed: int) -> dict[tuple[str, bool], np.ndarray]:
    """The answers for each rule and truth."""
    batches = defaultdict(list)
    for claim in claims(seed):
        batches[claim.rule, claim.true, claim.towards, claim.resolution, claim.depth, claim.rate is None].append(claim)
    answers = defaultdict(list)
    for (rule, true, *_), batch in batches.items():
        answers[rule, true].append(_decide(rule, batch))
    return {key: np.concatenate(parts) for key, parts in answers.items()}


def table(answers: dict[tuple[str, bool], np.ndarray]) -> str:
    """HOLDS / REFUTED / undecided for each rule, true claims and false ones."""
    lines = [f"{'':14s}{'true: HOLDS  REFUTED  open':>28s}{'false: HOLDS  REFUTED  open':>31s}"]
    for rule in (*MAKERS, "all"):
        counts = []
        for true in (True, False):
            found = np.concatenate(
                [part for (name, truth), part in answers.items() if truth == true and rule in (name, "all")]
            )
            counts += [np.sum(found == 1), np.sum(found == -1), np.sum(found == 0)]
        lines.append(
            f"{rule:14s}{counts[0]:12d}{counts[1]:9d}{counts[2]:7d}{counts[3]:14d}{counts[4]:9d}{counts[5]:7d}"
        )
    return "\n".join(lines)


@pytest.fixture(scope="module")
def answers():
    found = decided(SEED)
    print("\n" + table(found))
    return found


@pytest.mark.parametrize("rule", MAKERS)
def test_no_false_claim_holds_and_no_true_one_is_refuted(answers, rule):
    assert not np.any(answers[rule, False] == 1)
    assert not np.any(answers[rule, True] == -1)


@pytest.mark.parametrize("true", [True, False])
def test_four_of_five_are_decided(answers, true):
    together = np.concatenate([part for (_, truth), part in answers.items() if truth == true])
    assert len(together) == 2000
    assert np.mean(together != 0) >= 0.8


if __name__ == "__main__":
    for seed in map(int, sys.argv[1:]):
        print(f"seed {seed}\n{table(decided(seed))}")
