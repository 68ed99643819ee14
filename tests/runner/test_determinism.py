"""The same seed gives the same bits, however a run is ordered or spread; another seed gives others."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from tests.runner.samples import power_law, records
from verify.options import Options
from verify.runner.threads import one_thread


def values(found: dict) -> dict:
    """Everything that was measured or decided: a record without the time that it took."""
    return {name: {key: value for key, value in record.items() if key != "seconds"} for name, record in found.items()}


def test_the_order_of_cases_changes_nothing_and_the_seed_does():
    first = values(records(power_law()))
    assert values(records(power_law(), order=lambda cases: cases[::-1])) == first
    other = values(records(power_law(), Options(seed=1)))
    assert other["mutant[cubic]-steep"]["witness"] != first["mutant[cubic]-steep"]["witness"]


def test_a_case_alone_measures_what_it_measures_among_others():
    whole = values(records(power_law()))
    name = "mutant[compensated]-steep"
    alone = values(records(power_law(), order=lambda cases: [case for case in cases if case.id == name]))
    assert alone[name] == whole[name]


def test_functions_of_a_theorem_run_on_one_thread():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    assert (np.ones((2, 2)) @ np.ones((2, 2))).sum() == 8  # BLAS is loaded
    torch = sys.modules.get("torch")
    before = os.environ.get("OMP_NUM_THREADS"), torch.get_num_threads() if torch else 0
    with one_thread():
        assert {pool["num_threads"] for pool in threadpoolctl.threadpool_info()} <= {1}
        assert os.environ["OMP_NUM_THREADS"] == "1"
        assert torch is None or torch.get_num_threads() == 1
    assert (os.environ.get("OMP_NUM_THREADS"), torch.get_num_threads() if torch else 0) == before
