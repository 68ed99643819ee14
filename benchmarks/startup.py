"""How long one waits before anything happens: importing the library, the command line, and what the plugin costs other projects.

    python benchmarks/startup.py [REPEATS]

Run it where the library is installed (`make bench` does). Medians of wall-clock times, each in a fresh process.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYTHON = sys.executable
VERIFY = str(Path(sys.executable).with_name("verify"))
HEAVY = {"torch", "cvxpy", "sympy", "scipy", "numpy", "sklearn", "matplotlib", "flint", "rich", "jinja2", "jsonschema"}
FOREIGN = "def test_nothing():\n    assert True\n"
"""A project that has never heard of theorems."""
SHOW_MODULES = "import sys\n\ndef pytest_unconfigure():\n    print('MODULES', *sys.modules)\n"


def seconds(command: list[str], folder: Path, repeats: int) -> float:
    """The median time of a command, after a run that warms the caches."""
    times = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def modules(command: list[str], folder: Path) -> set[str]:
    """The modules that were loaded when the command ended; its output ends with a line MODULES ..."""
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return set(next(line for line in done.stdout.splitlines() if line.startswith("MODULES")).split()[1:])


def main(repeats: int) -> None:
    root = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as name:
        foreign = Path(name)
        (foreign / "test_foreign.py").write_text(FOREIGN)
        (foreign / "conftest.py").write_text(SHOW_MODULES)
        pytest = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        empty = seconds([PYTHON, "-c", "pass"], foreign, repeats)
        without = seconds([*pytest, "-p", "no:verify"], foreign, repeats)
        rows = {
            "import verify, beyond an empty interpreter": (
                seconds([PYTHON, "-c", "import verify"], foreign, repeats) - empty,
                "0.2",
            ),
            "verify --help": (seconds([VERIFY, "--help"], root, repeats), "1"),
            "verify list": (seconds([VERIFY, "list"], root, repeats), "1"),
            "the plugin, in a project without theorems": (seconds(pytest, foreign, repeats) - without, "-"),
        }
        added = modules([*pytest, "-s"], foreign) - modules([*pytest, "-s", "-p", "no:verify"], foreign)
    imported = modules([PYTHON, "-c", "import sys, verify; print('MODULES', *sys.modules)"], root)
    print("| what | seconds (median of", repeats, "runs) | at most |\n|---|---|---|")
    for what, (took, most) in rows.items():
        print(f"| {what} | {took:.3f} | {most} |")
    print(f"\nHeavy modules that `import verify` loads: {', '.join(sorted(imported & HEAVY)) or 'none'}")
    print(f"Modules that the plugin adds to a foreign project: {', '.join(sorted(added)) or 'none'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
