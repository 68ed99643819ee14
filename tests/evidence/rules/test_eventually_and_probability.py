"""Eventually by the last three rows; probabilities by exact binomial intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from verify.evidence.reasons import CODES, Code
from verify.evidence.rules.eventually import judge_eventually
from verify.evidence.rules.probability import COMPARISONS, SHARE, probability_interval


def test_eventually_reads_the_last_three_rows_that_exist():
    rows = np.array([[-1, -1, 1, 1, 1], [1, 1, -1, -1, -1], [1, 1, 1, 0, 1], [1, 1, 1, 1, -1], [1, 1, 1, -1, -1]])
    assert list(judge_eventually(rows).answers) == [1, -1, 0, 0, 0]
    ragged = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 0, 0, 1], [1, 1, 1, 1, 0], [1, 1, 1, 0, 0]], bool)
    assert list(judge_eventually(rows, ragged).answers) == [1, -1, 1, 1, 1]


def test_eventually_needs_three_rows():
    found = judge_eventually(np.ones((1, 2)))
    assert (found.answers[0], found.reasons[0].code) == (0, "too-few-rows")
    assert judge_eventually(np.ones((1, 0))).answers[0] == 0


@pytest.mark.parametrize(("successes", "n"), [(0, 20), (1, 20), (7, 20), (20, 20), (500, 1000)])
def test_the_interval_is_clopper_and_pearsons(successes, n):
    """At the lower end that many successes or more have probability share/2, at the upper end that many or fewer."""
    share = 1e-3
    lower, upper = (float(end) for end in probability_interval(successes, n - successes, n, share))
    if successes > 0:
        assert binom.sf(successes - 1, n, lower) == pytest.approx(share / 2, rel=1e-6)
    else:
        assert lower == 0
    if successes < n:
        assert binom.cdf(successes, n, upper) == pytest.approx(share / 2, rel=1e-6)
    else:
        assert upper == 1


def test_undecided_draws_widen_the_interval():
    decided = probability_interval(np.array([60]), np.array([40]), np.array([100]))
    partly = probability_interval(np.array([50]), np.array([30]), np.array([100]))
    assert partly[0] < decided[0]
    assert partly[1] > decided[1]
    assert [float(end[0]) for end in probability_interval(np.array([0]), np.array([0]), np.array([100]))] == [0.0, 1.0]
    assert [float(end[0]) for end in probability_interval(np.array([0]), np.array([0]), np.array([0]))] == [0.0, 1.0]


def test_coverage_of_the_interval():
    """At share 0.1, at most that many intervals miss the truth (exact tails, no tolerance needed beyond the binomial one)."""
    rng = np.random.default_rng(5)
    p = rng.uniform(0.02, 0.98, 4000)
    successes = rng.binomial(80, p)
    lower, upper = probability_interval(successes, 80 - successes, np.full(4000, 80), 0.1)
    assert np.mean((p < lower) | (p > upper)) < 0.1


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="count each draw once"):
        probability_interval(np.array([3]), np.array([3]), np.array([5]))


def test_the_share_of_a_run():
    assert pytest.approx(1e-6) == COMPARISONS * SHARE


def test_reasons_are_a_closed_list_of_whole_sentences():
    assert len(CODES) == len(Code)
    for code in Code:
        reason = code.reason("And a detail.")
        assert reason.code in CODES
        assert reason.sentence.startswith(code.value)
        assert reason.sentence.endswith("And a detail.")
        assert code.value[0].isupper()
        assert code.value.endswith((".", "`."))
