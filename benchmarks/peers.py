"""One task each with PEPit, torchsde and Hypothesis, and the same task here: what comes out, and how long it takes.

    python benchmarks/peers.py            # prints the table
    python benchmarks/peers.py --write    # and writes benchmarks/peers.json, from which docs/comparison.md has its numbers

Needs the extra `bench`. All in one process, one thread, one after another; seconds are processor time, after imports. Our theorem files are
those of the documentation's tutorials.
"""

from __future__ import annotations

import json
import platform
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "benchmarks" / "peers.json"
STEPS = 10
Row = dict[str, Any]


def file_of(page: str, title: str, folder: Path) -> Path:
    """The file that a tutorial builds up, from its blocks of that title."""
    text = (ROOT / "docs" / "tutorial" / page).read_text(encoding="utf-8")
    path = folder / title
    path.write_text(
        "\n\n".join(re.findall(rf'^```python title="{re.escape(title)}"\n(.*?)^```$', text, flags=re.S | re.M))
    )
    return path


def timed(compute: Callable[[], Any]) -> tuple[Any, float]:
    """What it returns, and the seconds of processor time."""
    started = time.process_time()
    return compute(), time.process_time() - started


def descent_by_pepit() -> Row:
    """The worst value of f(x_n) - f* for gradient descent, by semidefinite programming."""
    from PEPit.examples.unconstrained_convex_minimization import wc_gradient_descent

    def solve() -> tuple[Any, float]:
        return wc_gradient_descent(L=1, gamma=1, n=STEPS, wrapper="cvxpy", solver="CLARABEL", verbose=-1)

    (worst, _), seconds = timed(solve)
    relative = abs(worst * (4 * STEPS + 2) - 1)
    return {
        "task": "gradient descent",
        "tool": f"PEPit {version('pepit')}",
        "settings": f'wc_gradient_descent(L=1, gamma=1, n={STEPS}, wrapper="cvxpy", solver="CLARABEL")',
        "answer": f"worst value {worst:.8f} at n = {STEPS}, which is 1/(4n + 2) up to {relative:.0e}",
        "seconds": round(seconds, 2),
    }


def descent_here(folder: Path) -> Row:
    """The same bound: stated, measured, attacked, and half of it proved."""
    from verify import check

    file = file_of("theorem.md", "descent.py", folder)
    report, seconds = timed(lambda: check(file))
    exact = sum(record["grade"] == "EXACT" for record in report.records)
    outcome = "all as expected" if report.ok else "not all as expected"
    return {
        "task": "gradient descent",
        "tool": "verify",
        "settings": "verify check descent.py",
        "answer": f"{len(report.records)} cases {outcome}, {exact} of them exact; attained for n = 1, ..., 16, and 4n + 4 refuted",
        "seconds": round(seconds, 2),
    }


def order_by_torchsde(error: float) -> Row:
    """Whether SGD's modified equation has weak order two, by plain Monte-Carlo."""
    from weak_order import sampled

    needed, seconds = sampled(error)
    return {
        "task": "weak order of SGD",
        "tool": f"torchsde {version('torchsde')}",
        "settings": 'sdeint(method="euler", dt=1/160), 65,536 paths measured, the pendulum with eta = 1/32',
        "answer": f"{needed:.1e} paths needed for 6 standard deviations; seconds extrapolated from the measured rate and variance",
        "seconds": round(seconds),
    }


def order_here() -> tuple[Row, float]:
    """The same, decided exactly; and the error at eta = 1/32 that a simulation would have to resolve."""
    from weak_order import exact, proved

    (_, error), _ = timed(exact)
    seconds = proved()
    return {
        "task": "weak order of SGD",
        "tool": "verify",
        "settings": "weak_order(update, SDE(...), 2) in one variable, for every loss and noise covariance",
        "answer": "order 2, with the error operator; the step from local to global order is cited",
        "seconds": round(seconds, 3),
    }, error


def rises(h: Fraction, b: Fraction) -> bool:
    """Whether heavy ball on x^2/2 raises f in its first twenty steps."""
    before, now = Fraction(1), 1 - h
    for _ in range(20):
        if now**2 > before**2:
            return True
        before, now = now, now - h * now + b * (now - before)
    return False


def heavy_ball_by_hypothesis() -> Row:
    """A counterexample to the conjecture of the five-minute tutorial."""
    from hypothesis import find, settings
    from hypothesis import strategies as st

    tenths = st.tuples(st.integers(1, 9), st.integers(1, 9))
    seen = 0

    def condition(pair: tuple[int, int]) -> bool:
        nonlocal seen
        seen += 1
        return rises(Fraction(pair[0], 10), Fraction(pair[1], 10))

    chosen = settings(max_examples=1000, derandomize=True, database=None)
    (h, b), seconds = timed(lambda: find(tenths, condition, settings=chosen))
    return {
        "task": "heavy ball",
        "tool": f"Hypothesis {version('hypothesis')}",
        "settings": "find(tuples(integers(1, 9), integers(1, 9)), condition, settings(derandomize=True))",
        "answer": f"h = {h}/10, b = {b}/10 after {seen} evaluations",
        "seconds": round(seconds, 3),
    }


def heavy_ball_here(folder: Path) -> Row:
    """The same by a probe."""
    from verify.probe.find import find_counterexample

    file = file_of("conjecture.md", "guess.py", folder)
    found, seconds = timed(lambda: find_counterexample(str(file), budget=20))
    instance = found.outcome["instance"]
    evaluations = found.outcome["search"]["evaluations"]
    return {
        "task": "heavy ball",
        "tool": "verify",
        "settings": "verify probe guess.py --budget 20",
        "answer": f"h = {instance['h']}, b = {instance['b']} after {evaluations} evaluations, as a witness file that is replayed",
        "seconds": round(seconds, 3),
    }


def measured() -> dict[str, Any]:
    """All rows, with the machine on which they were measured."""
    import cvxpy  # noqa: F401  # imported here, so that no task pays for it
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, error = order_here()
        rows = [
            descent_by_pepit(),
            descent_here(folder),
            order_by_torchsde(error),
            ours,
            heavy_ball_by_hypothesis(),
            heavy_ball_here(folder),
        ]
    machine = f"{platform.machine()}, one thread, Python {platform.python_version()}, torch {version('torch')}, cvxpy {version('cvxpy')}"
    return {"machine": machine, "rows": rows}


def table(found: dict[str, Any]) -> list[str]:
    """The rows in Markdown."""
    head = ["| task | tool | settings | answer | seconds |", "|---|---|---|---|---|"]
    return head + [
        f"| {row['task']} | {row['tool']} | `{row['settings']}` | {row['answer']} | {row['seconds']} |"
        for row in found["rows"]
    ]


def main() -> None:
    found = measured()
    print(f"{found['machine']}\n", *table(found), sep="\n")
    if "--write" in sys.argv[1:]:
        TABLE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
