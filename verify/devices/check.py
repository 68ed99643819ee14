"""`make device-check`: every torch kernel on a device that need not be there, and planted mistakes that must be caught.

python -m verify.devices.check            every kernel; exit 1 when one would fail on CUDA
python -m verify.devices.check KERNEL     one kernel, in this process
"""

from __future__ import annotations

import subprocess
import sys
from itertools import groupby

import numpy as np
import torch

from verify.devices.kernel import Kernel
from verify.devices.registry import kernels
from verify.devices.watch import Outcome, watched

_VECTOR = np.ones(3)
PLANTED = (
    Kernel("planted: a CPU tensor is mixed in", lambda x: x + torch.ones(3, dtype=x.dtype), (_VECTOR,)),
    Kernel("planted: a CPU tensor is moved over", lambda x: x + torch.ones(3, dtype=x.dtype).to(x.device), (_VECTOR,)),
    Kernel("planted: the result is moved to the CPU", lambda x: (2 * x).cpu(), (_VECTOR,)),
    Kernel("planted: the result is a number", lambda x: x.shape[0], (_VECTOR,)),
    Kernel("planted: a CPU tensor in reverse mode", torch.func.grad(lambda x: (x * torch.ones(3, dtype=x.dtype)).sum()), (_VECTOR,), True),
)  # fmt: skip
"""Mistakes that a card would punish, or hide; a check that lets one pass is worth nothing."""


def all_outcomes() -> list[Outcome]:
    """Every kernel of the catalogue; those in reverse mode each in a process of its own, which may abort."""
    return [_apart(kernel) if kernel.reverse else watched(kernel) for kernel in kernels().values()]


def _engine(outcome: Outcome) -> str:
    return outcome.kernel.partition(":")[0]


def _apart(kernel: Kernel) -> Outcome:
    done = subprocess.run([sys.executable, "-m", __spec__.name, kernel.name], capture_output=True, text=True)
    if done.returncode == 0:
        return Outcome(kernel.name, "meta", int(done.stdout.split()[0]), ())
    said = (done.stdout + done.stderr).strip().splitlines()
    return Outcome(kernel.name, "meta", 0, (said[-1] if said else f"the process ended with {done.returncode}",))


def main(arguments: list[str]) -> int:
    """The command described above."""
    if arguments:
        outcome = watched(kernels()[arguments[0]])
        print(f"{outcome.operations} operations", *outcome.faults, sep="\n")
        return 1 if outcome.faults else 0
    outcomes = all_outcomes()
    for engine, same in groupby(sorted(outcomes, key=_engine), key=_engine):
        group = list(same)
        print(
            f"{group[0].device:4} {len(group):3} kernels {sum(each.operations for each in group):6} operations  {engine}"
        )
    for outcome in outcomes:
        for fault in outcome.faults:
            print(f"FAILS {outcome.kernel}: {fault}")
    missed = [kernel.name for kernel in PLANTED if not watched(kernel).faults]
    for name in missed:
        print(f"MISSED {name}")
    failed = sum(bool(outcome.faults) for outcome in outcomes)
    print(
        f"{len(outcomes) - failed} of {len(outcomes)} kernels would run on CUDA; {len(PLANTED) - len(missed)} of {len(PLANTED)} planted mistakes caught"
    )
    return 1 if failed or missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
