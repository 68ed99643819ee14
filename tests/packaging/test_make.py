"""The Makefile and the CI script: what they run exists."""

from __future__ import annotations

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_runs_modules_and_scripts_that_exist(target, tmp_path):
    """A dry run with the installation and the report already there, so that only the target's own commands are printed."""
    settings = [f"VENV={tmp_path / 'venv'}", f"REPORT={tmp_path / 'latest'}"]
    for made in (tmp_path / "venv" / "ready", tmp_path / "latest" / "report.json"):
        made.parent.mkdir()
        made.touch()
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", *settings, target], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    for module in re.findall(r"python -m (verify\.[\w.]+)", done.stdout):
        assert find_spec(module) is not None, module
    for script in re.findall(r"python ([\w/]+\.py)", done.stdout):
        assert (ROOT / script).is_file(), script


def test_continuous_integration_runs_what_the_readme_promises():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    subprocess.run(["sh", "-n", str(script)], check=True)
    assert "for target in verify test lint ledger-check; do" in script.read_text(encoding="utf-8")
