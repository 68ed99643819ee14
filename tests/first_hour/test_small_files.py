"""What a newcomer writes first: fifteen lines with one quantity, one conclusion, one family; and a conjecture."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.files import environment

FIFTEEN_LINES = '''"""Gradient descent on x^2/2 with step h: x_n = (1 - h)^n is at most 1/(1 + n h), by Bernoulli's inequality."""

import numpy as np
from verify import Always, Theorem

theorem = Theorem("shrinks")
n = theorem.clock("n")
x = theorem.quantity("x", over=n)
h = theorem.parameter("h")
theorem.conclude("bernoulli", Always(x * (1 + n * h) <= 1))


@theorem.family("steps")
def steps(rng, size):
    h, n = rng.uniform(0.1, 0.9, size), np.arange(1, 81)
    return {"h": h, "n": n, "x": (1 - h[:, None]) ** n}
'''

CONJECTURE = '''"""Is a random walk monotone?"""

from verify import Conjecture, Nondecreasing

guess = Conjecture("walks-rise")
t = guess.clock("t")
x = guess.quantity("x", over=t)
guess.conclude("monotone", Nondecreasing(x))


@guess.family("walks")
def walks(rng, size):
    return {"t": range(1, 41), "x": rng.normal(size=(size, 40)).cumsum(axis=1)}
'''


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shrinks.py").write_text(FIFTEEN_LINES)
    (tmp_path / "guess.py").write_text(CONJECTURE)
    return tmp_path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], env=environment(), capture_output=True, text=True, check=False)


def test_fifteen_lines_are_a_theorem_that_runs(folder):
    assert len([line for line in FIFTEEN_LINES.splitlines() if line.strip()]) <= 15
    ran = run("-c", "from verify.cli import main; main()", "check", "shrinks.py", "guess.py")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    first, second, why = ran.stdout.splitlines()[:3]
    assert first.startswith("ok     shrinks::conclusion[bernoulli]-steps: HOLDS, estimated, 16 instances, n to 80")
    assert second.startswith("ok     walks-rise::conjecture[monotone]-walks: REFUTED, estimated, 16 instances, t to 40")
    assert "A later row lies below an earlier one" in why  # a conjecture's answer comes with its reason
    assert "shrinks is half declared, which --strict makes an error:" in ran.stderr
    assert "it has no source; give source=Paper(...)" in ran.stderr
    assert "walks-rise" not in ran.stderr  # a conjecture may be a sketch


def test_from_python_it_is_one_call(folder):
    script = """
from verify import check
from verify.loading import load
from pathlib import Path
report = check("guess.py")
print(report.ok, report.records[0]["verdict"])
theorem, = load(Path("shrinks.py"))
print(check(theorem, seed=3))
import sys
print(sorted({"torch", "cvxpy", "matplotlib"} & set(sys.modules)))
"""
    ran = run("-c", script)
    lines = ran.stdout.splitlines()
    assert lines[0] == "True REFUTED", ran.stderr
    assert lines[1].startswith("shrinks::conclusion[bernoulli]-steps: HOLDS, estimated, 16 instances, n to 80")
    assert lines[-2:] == ["1 case, as expected", "[]"]
