"""The device check: what it must catch, that index and operations agree, and which kernel modules it reaches."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import verify
from verify.devices.check import PLANTED
from verify.devices.kernel import Kernel
from verify.devices.registry import kernels
from verify.devices.unguarded import Unguarded, taken
from verify.devices.watch import watched

ROOT = Path(verify.__file__).parent


@pytest.mark.parametrize("kernel", PLANTED, ids=lambda kernel: kernel.name)
def test_a_planted_mistake_is_caught(kernel):
    assert watched(kernel).faults


def test_the_same_kernels_without_the_mistake_pass():
    x = np.ones(3)
    assert not watched(Kernel("forward", lambda x: x + torch.ones_like(x), (x,))).faults
    assert not watched(Kernel("a number is free", lambda x: x * torch.tensor(2.0, dtype=x.dtype), (x,))).faults
    assert not watched(
        Kernel("reverse", torch.func.grad(lambda x: (x * torch.ones_like(x)).sum()), (x,), reverse=True)
    ).faults


def test_a_kernel_that_reads_numbers_off_the_card_is_reported():
    assert (
        "DataDependent" in watched(Kernel("synchronises", lambda x: x if x.sum() > 0 else -x, (np.ones(3),))).faults[0]
    )


@pytest.mark.parametrize(
    "name", [name for name in kernels() if "loss" not in name or ("DeepLinear" in name and "logistic" in name)]
)
def test_kernels_would_run_on_cuda(name):
    """One network here; `make device-check` takes them all."""
    if not kernels()[name].reverse:  # those have a process of their own, which may abort
        outcome = watched(kernels()[name])
        assert not outcome.faults
        assert outcome.operations


@pytest.mark.parametrize(
    "index",
    [
        0, -1, None, Ellipsis, slice(1, 3), (Ellipsis, 0), (Ellipsis, None), (None, 0), (Ellipsis, slice(None), None, 0), (slice(None), -1, slice(None, None, 2)),
        (Ellipsis, slice(None, -2)), torch.tensor([0, 2]), torch.tensor([True, False, True]), (torch.tensor([0, 2]), torch.tensor([1, 1])),
        (torch.tensor([0, 2]), slice(None), 2), (torch.tensor([True, False, True]), 1), (torch.tensor([[0], [2]]), torch.tensor([[1, 3]])), torch.arange(60).reshape(3, 4, 5) > 30,
    ],
    ids=str,
)  # fmt: skip
def test_an_index_taken_apart_selects_what_the_index_selects(index):
    x = torch.arange(60.0).reshape(3, 4, 5)
    assert torch.equal(taken(x, index), x[index])
    direct, apart = x.clone(), x.clone()
    direct[index] = -1.0
    with Unguarded():
        apart[index] = -1.0
    assert torch.equal(direct, apart)


UNREACHED = {
    "models/noise.py": "draws from a generator, and a CUDA generator cannot be made without CUDA; chains take their noise as an argument",
    "dynamics/scale_invariant.py": "its one torch function draws from a generator as it goes, everything on the generator's device",
    "dynamics/margin_flow.py": "the solver's side is numpy; rows are tensors only inside observe and rounding",
    "dynamics/problem.py": "moves numbers between solver and device on purpose",
    "dynamics/paths.py": "stacks finished rows, as numpy",
    "dynamics/columns.py": "turns finished rows into columns, as numpy",
    "dynamics/loss_columns.py": "evaluates finished rows",
    "dynamics/kkt_columns.py": "turns finished rows into columns, as numpy",
    "dynamics/leaky_paths.py": "loops on the host until every target is met; rates, steps and measurements are kernels, and a reverse pass needs a device that is there",
    "dynamics/deep_escape.py": "wraps the deep flow, which is a kernel; ends in sentences about its paths, which need numbers",
    "dynamics/ladders.py": "turns finished measurements into columns, as numpy",
    "dynamics/glrl.py": "a greedy search on the CPU, one saddle at a time",
}
"""Modules with torch in them in which no kernel runs a line, and why that is right."""


def test_every_module_that_computes_with_torch_is_reached_by_a_kernel_or_has_a_reason():
    """Computed by running the kernels, so a new engine that nobody listed fails here."""
    entered: set[str] = set()

    def note(frame, event, argument):
        if event == "call":
            entered.add(frame.f_code.co_filename)

    chosen = [k for k in kernels().values() if "exponential" not in k.name]
    sys.setprofile(note)
    try:
        for kernel in chosen:
            kernel.function(*kernel.placed("cpu"))
    finally:
        sys.setprofile(None)
    torch_modules = {
        str(path.relative_to(ROOT)): str(path)
        for folder in ("models", "dynamics")
        for path in (ROOT / folder).rglob("*.py")
        if _imports_torch(path)
    }
    unreached = {name for name, path in torch_modules.items() if path not in entered}
    assert unreached == UNREACHED.keys()


def _imports_torch(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if any(name.split(".")[0] == "torch" for name in names):
            return True
    return False
