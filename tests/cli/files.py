"""Theorem files that the tests of command line and plugin write into a temporary folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

TRIANGULAR = '''"""The first n integers add up to n (n + 1)/2."""
from sympy import Eq
from verify import Always, OWN, Paper, Theorem

theorem = Theorem("triangular", title="Triangular numbers", source=Paper("Gauss", 1796, fidelity=OWN))
n = theorem.clock("n", meaning="how many")
s = theorem.quantity("s", "their sum", over=n)
theorem.conclude("sum", Always(Eq(s, n * (n + 1) / 2)))
theorem.mutant("off-by-one", of="sum", formula=Always(Eq(s, n * (n - 1) / 2)), why="n - 1 for n + 1")


@theorem.family("first")
def first(rng, size):
    return {"n": range(1, 50), "s": [k * (k + 1) // 2 for k in range(1, 50)]}
'''

WRONG = TRIANGULAR.replace("triangular", "wrong").replace("n * (n + 1) / 2)))", "n * n)))")

HALF = TRIANGULAR.replace("triangular", "half").replace(', source=Paper("Gauss", 1796, fidelity=OWN)', "")

SLOW = '''"""Many cases, each of which takes a while."""
import time
from verify import Nondecreasing, Theorem
import numpy as np

theorem = Theorem("slow")
t = theorem.clock("t")
x = theorem.quantity("x", over=t)
theorem.conclude("rises", Nondecreasing(x))


def family(k):
    @theorem.family(f"f{k}")
    def make(rng, size):
        time.sleep(0.25)
        return {"t": np.arange(1.0, 9), "x": np.cumsum(rng.uniform(1, 2, (size, 8)), axis=1)}


for k in range(8):
    family(k)
'''


def write(folder: Path, **files: str) -> None:
    """Write `name=text` as theorems/name.py below the folder."""
    (folder / "theorems").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "theorems" / f"{name}.py").write_text(text)


def environment() -> dict[str, str]:
    """The environment of a process that finds this package wherever it is started."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
