"""Streams of randomness: named, reproducible across processes, and nobody else's."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from verify.runs import Run, generator


def test_a_stream_is_the_same_in_every_process_whatever_python_hashes():
    script = "from verify.runs import generator; print(generator(3, 'theorem', 'family').integers(2**62))"
    drawn = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert drawn == {str(generator(3, "theorem", "family").integers(2**62))}


def test_streams_differ_by_seed_by_every_name_and_by_where_one_name_ends():
    streams = [(0, "a", "b"), (1, "a", "b"), (0, "a", "c"), (0, "b", "a"), (0, "ab"), (0, "a", "b", "")]
    assert len({generator(seed, *names).integers(2**62) for seed, *names in streams}) == len(streams)


def test_global_generators_are_left_alone():
    before = pickle.dumps(np.random.get_state())  # noqa: NPY002 -- the very thing that must not move
    Run.at("quick").rng.normal(size=100)
    assert pickle.dumps(np.random.get_state()) == before  # noqa: NPY002


def test_a_run_has_one_generator_that_advances_and_another_run_the_same_numbers():
    run = Run.at("quick", 5, stream=("a",))
    first, second = run.rng.normal(), run.rng.normal()
    again = Run.at("quick", 5, stream=("a",))
    assert first != second
    assert (again.rng.normal(), again.rng.normal()) == (first, second)


def test_torch_draws_from_a_stream_of_its_own():
    torch = pytest.importorskip("torch")
    drawn = [torch.rand(3, generator=Run.at("quick", seed, stream=("a",)).generator) for seed in (0, 0, 1)]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_thorough_is_tighter_and_may_take_longer():
    quick, thorough = Run.at("quick"), Run.at("thorough")
    assert thorough.tolerance < quick.tolerance
    assert thorough.budget > quick.budget
