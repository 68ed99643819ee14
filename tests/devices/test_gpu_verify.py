"""`make gpu-verify` where there is no card: its parts, with the CPU in the place of the card, and its refusal."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from verify.devices import gpu
from verify.devices.kernel import Kernel
from verify.devices.registry import kernels


def test_without_a_card_it_says_so_and_writes_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.main(["--out", str(tmp_path / "gpu")]) == 2
    assert "no CUDA card" in capsys.readouterr().err
    assert not (tmp_path / "gpu").exists()


@pytest.mark.parametrize("name", [name for name in kernels() if "chain" in name or "Linear" in name])
def test_the_same_kernel_twice_agrees(name):
    assert gpu.agreement(kernels()[name], "cpu").agrees


def test_a_kernel_that_differs_is_seen():
    calls = iter((0.0, 1e-9, 0.0, float("nan")))
    kernel = Kernel("drifts", lambda x: x + next(calls), (np.ones(3),))
    found = gpu.agreement(kernel, "cpu")
    assert found.difference == pytest.approx(1e-9, rel=1e-6)
    assert not found.agrees
    assert not gpu.agreement(kernel, "cpu").agrees  # NaN on one side only
    assert dataclasses.replace(found, allowed=1e-8).agrees


def test_verdicts_are_compared_case_by_case():
    assert gpu.different({"a": "HOLDS", "b": "REFUTED"}, {"a": "HOLDS", "b": "INCONCLUSIVE", "c": "HOLDS"}) == {
        "b": ["REFUTED", "INCONCLUSIVE"],
        "c": [None, "HOLDS"],
    }


def test_a_run_that_was_cut_off_keeps_what_it_had_and_names_what_is_unexpected(tmp_path):
    file = tmp_path / "records.jsonl"
    file.write_text(
        '{"started": 1}\n'
        '{"theorem": "t", "case": "a", "verdict": "HOLDS", "as_expected": true}\n'
        '{"theorem": "t", "case": "b", "verdict": "INCONCLUSIVE", "as_expected": false}\n'
    )
    assert gpu.read_run(file, ended=False) == gpu.Run({"t::a": "HOLDS", "t::b": "INCONCLUSIVE"}, ("t::b",), ended=False)
    assert gpu.read_run(tmp_path / "missing", ended=True).verdicts == {}


@pytest.mark.parametrize(
    ("unexpected", "differing", "passed"),
    [((), "HOLDS", True), (("t::a",), "HOLDS", False), ((), "REFUTED", False)],
)
def test_a_card_passes_only_when_every_case_is_as_expected_and_the_same(monkeypatch, unexpected, differing, passed):
    runs = iter((gpu.Run({"t::a": "HOLDS"}, unexpected, True), gpu.Run({"t::a": differing}, unexpected, True)))
    monkeypatch.setattr(gpu, "checked", lambda device, folder: next(runs))
    monkeypatch.setattr(gpu, "kernels", dict)
    monkeypatch.setattr(gpu, "batch_curve", lambda device: [])
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 0)
    assert gpu.measured("cuda")["passed"] is passed


def test_the_batch_curve_grows_by_powers_of_four():
    curve = gpu.batch_curve("cpu", largest=64)
    assert [point["batch"] for point in curve] == [1, 4, 16, 64]
    assert all(point["seconds"] > 0 for point in curve)
