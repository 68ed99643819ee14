"""What a newcomer does in the first hour, in a fresh environment and folder: `make first-hour`. Standard library only.

Installs the package from this checkout, checks a theorem, reads its page, writes a theorem, refutes the conjecture of the five-minute
tutorial, and replays the witness; each step is asserted, the witness by arithmetic of its own, and all of it takes at most ten minutes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial" / "conjecture.md"
LONGEST = 600
"""Seconds for all of it, on two cores."""
THEOREM = "leaky-relu-two-neuron"


def main() -> None:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="first-hour-") as name:
        folder = Path(name)
        installed(folder)
        checked(folder)
        written(folder)
        refuted(folder)
    took = time.monotonic() - began
    print(f"first hour: {took:.0f} s of at most {LONGEST}")
    assert took <= LONGEST, "it takes too long"


def installed(folder: Path) -> None:
    """A virtual environment with the package, and a command that answers."""
    done("install", [sys.executable, "-m", "venv", str(folder / ".venv")], folder)
    pip = [str(folder / ".venv/bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
    done("install", [*pip, "--constraint", str(ROOT / "constraints.txt"), str(ROOT)], folder)
    assert f"\n{THEOREM} " in "\n" + verify(folder, "list"), "the installed theorems are not listed"


def checked(folder: Path) -> None:
    """A theorem that ships with the package: its cases come out as expected, and its page is there to be read."""
    said = verify(folder, "check", THEOREM)
    assert "cases, all as expected in " in said, said
    page = folder / "reports" / "latest" / f"{THEOREM}.html"
    assert "<math" in page.read_text(encoding="utf-8"), f"{page} states nothing"


def written(folder: Path) -> None:
    """A theorem of one's own, whole from the start."""
    verify(folder, "new", "my-theorem")
    said = verify(folder, "check", "--strict", "my_theorem.py")
    assert "my-theorem  PROVED HERE\n" in said, said


def refuted(folder: Path) -> None:
    """The conjecture of the tutorial: disproved, made small, written down, decided again; an altered witness is refused."""
    blocks = re.findall(
        r'^```python title="guess.py"\n(.*?)^```$', TUTORIAL.read_text(encoding="utf-8"), flags=re.S | re.M
    )
    guess = "".join(blocks)
    assert 0 < sum(bool(line.strip()) for line in guess.splitlines()) <= 15, "the conjecture has more than 15 lines"
    (folder / "guess.py").write_text(guess, encoding="utf-8")
    assert "heavy-ball-descends  DISPROVED\n" in verify(folder, "check", "guess.py")
    verify(folder, "probe", "guess.py", "--budget", "60", "--out", "witness.json")
    assert "REFUTED, exact" in verify(folder, "replay", "witness.json", "--against", "guess.py")
    text = (folder / "witness.json").read_text(encoding="utf-8")
    instance = json.loads(text)["instance"]
    h, b = Fraction(instance["h"]), Fraction(instance["b"])
    assert 0 < h < 1, h
    assert 0 < b < 1, b
    assert rises(h, b), f"h = {h}, b = {b} is no counterexample"
    altered = json.loads(text)
    altered["point"] = {name: value if name == "widened" else ["1"] for name, value in altered["point"].items()}
    (folder / "altered.json").write_text(json.dumps(altered), encoding="utf-8")
    verify(folder, "replay", "altered.json", "--against", "guess.py", exits=2)


def rises(h: Fraction, b: Fraction) -> bool:
    """Whether heavy ball with step h and momentum b, from 1 at rest, raises x^2/2 within twenty steps."""
    before, now = Fraction(1), 1 - h
    for _ in range(20):
        if now**2 > before**2:
            return True
        before, now = now, now - h * now + b * (now - before)
    return False


def verify(folder: Path, *arguments: str, exits: int = 0) -> str:
    """What the installed command prints."""
    return done(f"verify {' '.join(arguments)}", [str(folder / ".venv/bin/verify"), *arguments], folder, exits)


def done(what: str, command: list[str], folder: Path, exits: int = 0) -> str:
    """Run a command in the folder with nothing of this checkout or another environment in reach; what it printed."""
    foreign = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTEST_ADDOPTS")
    clean = {key: value for key, value in os.environ.items() if key not in foreign} | {"PYTHONNOUSERSITE": "1"}
    began = time.monotonic()
    ran = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True)
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)
    assert ran.returncode == exits, f"$ {' '.join(command)}\n{ran.stdout}{ran.stderr}"
    return ran.stdout


if __name__ == "__main__":
    main()
