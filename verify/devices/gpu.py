"""`make gpu-verify`: on a CUDA card, at most ten minutes. Writes `reports/gpu/CARD.json`, from which the CUDA sentence is computed.

Four questions. Does every kernel give the CPU's numbers (the chains: the same states given the same noise, to 1e-12)? Does every
case of every theorem give the CPU's verdict? From which batch size on does the card pay? How much memory did it take?
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from verify.devices.kernel import Kernel, tensors
from verify.devices.registry import kernels
from verify.dynamics.force import force
from verify.models.linear import DeepLinear
from verify.models.losses import EXPONENTIAL
from verify.models.network import Examples

VERDICTS_LIMIT = 270
"""Seconds for each of the two runs of the theorems."""
WORKERS = max(1, min(12, 3 * (os.cpu_count() or 1) // 4))
"""Processes of such a run. They share the card; each of them holds a context of half a gigabyte on it."""
LARGEST_BATCH = 2**18
CURVE_LIMIT = 30
"""Seconds for the batch curve of one device."""


@dataclass(frozen=True)
class Agreement:
    """A kernel's largest difference between two devices, relative to its largest entry (at least 1), and what is allowed."""

    kernel: str
    difference: float
    allowed: float

    @property
    def agrees(self) -> bool:
        return self.difference <= self.allowed  # False for NaN


def agreement(kernel: Kernel, device: str) -> Agreement:
    """The kernel's numbers on a device against the CPU's."""
    here, there = (tensors(kernel.function(*kernel.placed(each))) for each in ("cpu", device))
    differences = [_difference(a, b) for a, b in zip(here, there, strict=True)]
    return Agreement(kernel.name, max(differences), kernel.tolerance)


def _difference(here: torch.Tensor, there: torch.Tensor) -> float:
    a, b = here.double(), there.double().cpu()
    both = ~(torch.isnan(a) & torch.isnan(b))
    scale = float(a[both].abs().max()) if bool(both.any()) else 0.0
    return float((a - b)[both].abs().max()) / max(scale, 1.0) if bool(both.any()) else 0.0


def batch_curve(device: str, largest: int = LARGEST_BATCH) -> list[dict[str, float]]:
    """Seconds for one evaluation of a deep linear network's force against the batch size, by powers of four."""
    network, generator = DeepLinear((16, 16)), torch.Generator().manual_seed(0)
    inputs = torch.randn(32, 8, dtype=torch.float64, generator=generator)
    data = Examples(inputs.to(device), torch.ones(32, dtype=torch.float64, device=device))
    curve, batch, started = [], 1, time.monotonic()
    while batch <= largest and time.monotonic() - started < CURVE_LIMIT:
        theta = torch.randn(batch, network.size(8), dtype=torch.float64, generator=generator).to(device)
        curve.append(
            {"batch": batch, "seconds": _seconds(lambda at=theta: force(network, EXPONENTIAL, data, at), device)}
        )
        batch *= 4
    return curve


def _seconds(run: Any, device: str, repeats: int = 3) -> float:
    """The best of some runs, after one that warms up."""
    best = float("inf")
    for attempt in range(repeats + 1):
        _finish(device)
        started = time.perf_counter()
        run()
        _finish(device)
        if attempt:
            best = min(best, time.perf_counter() - started)
    return best


def _finish(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize(device)


@dataclass(frozen=True)
class Run:
    """What the cases of all theorems came out as on one device."""

    verdicts: dict[str, str]
    unexpected: tuple[str, ...]
    """Cases that did not come out as a true theorem's cases must; on a machine that lacks a solver, say, both devices agree on them."""
    ended: bool
    """False when the limit cut the run off."""


def checked(device: str, folder: Path, *options: str) -> Run:
    """All cases of the theorems below `theorems/`, in processes of their own."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "theorems/",
        "-q",
        "-p",
        "no:cacheprovider",
        "-n",
        str(WORKERS),
        *options,
    ]
    ended = True
    try:
        subprocess.run(
            [*command, "--device", device, "--report", str(folder)], capture_output=True, timeout=VERDICTS_LIMIT
        )
    except subprocess.TimeoutExpired:
        ended = False
    return read_run(folder / "records.jsonl", ended)


def read_run(file: Path, ended: bool) -> Run:
    """The records of a run, also of one that was cut off."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    records = [record for line in lines if "verdict" in (record := json.loads(line))]
    names = [f"{record['theorem']}::{record['case']}" for record in records]
    return Run(
        verdicts={name: record["verdict"] for name, record in zip(names, records, strict=True)},
        unexpected=tuple(name for name, record in zip(names, records, strict=True) if not record["as_expected"]),
        ended=ended,
    )


def different(here: dict[str, str], there: dict[str, str]) -> dict[str, list[str | None]]:
    """The cases whose verdicts differ, or that only one of the two has."""
    return {
        case: [here.get(case), there.get(case)] for case in sorted({*here, *there}) if here.get(case) != there.get(case)
    }


def measured(device: str) -> dict[str, Any]:
    """Everything that `CARD.json` says beside the name of the card."""
    started = time.monotonic()
    agreements = [agreement(kernel, device) for kernel in kernels().values()]
    with tempfile.TemporaryDirectory() as folder:
        runs = {each: checked(each, Path(folder, each)) for each in dict.fromkeys(("cpu", device))}
    differing = different(runs["cpu"].verdicts, runs[device].verdicts)
    return {
        "kernels": [{**asdict(each), "agrees": each.agrees} for each in agreements],
        "verdicts": {
            "cases": {each: len(run.verdicts) for each, run in runs.items()},
            "unexpected": {each: run.unexpected for each, run in runs.items()},
            "differing": differing,
            "ended": all(run.ended for run in runs.values()),
        },
        "batch": {each: batch_curve(each) for each in dict.fromkeys(("cpu", device))},
        "peak_bytes": torch.cuda.max_memory_allocated(device) if device != "cpu" else None,
        "passed": all(each.agrees for each in agreements)
        and all(run.ended and run.verdicts and not run.unexpected for run in runs.values())
        and not differing,
        "seconds": round(time.monotonic() - started, 1),
    }


def main(arguments: list[str]) -> int:
    """Exit 0 when the card passed, 1 when it did not, 2 without a card."""
    parser = argparse.ArgumentParser(
        prog="python -m verify.devices.gpu", description="Verify this library on a CUDA card."
    )
    parser.add_argument("--out", type=Path, default=Path("reports/gpu"), help="folder of CARD.json")
    folder = parser.parse_args(arguments).out
    if not torch.cuda.is_available():
        print(
            "this torch sees no CUDA card; install a CUDA wheel of torch on a machine that has one, and run `make gpu-verify` there",
            file=sys.stderr,
        )
        return 2
    card = torch.cuda.get_device_name()
    found = {"schema": 1, "card": card, "torch": torch.__version__, "cuda": torch.version.cuda, **measured("cuda")}
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{re.sub(r'[^A-Za-z0-9]+', '-', card).strip('-')}.json"
    file.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    print(f"{card}: {'passed' if found['passed'] else 'did NOT pass'} in {found['seconds']} s; {file}")
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
