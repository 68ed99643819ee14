"""`verify new`: what it writes is a whole theorem, and it never writes over anything."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from verify.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def test_what_it_writes_runs_as_it_is_and_is_wholly_declared(folder):
    written = verify("new", "my-theorem")
    assert (written.exit_code, written.output) == (
        0,
        "wrote my_theorem.py; check it with `verify check my_theorem.py`\n",
    )
    assert f'Paper("N. N.", {date.today().year}, ' in Path("my_theorem.py").read_text()
    checked = verify("check", "--strict", "my_theorem.py")
    assert checked.exit_code == 0, checked.output
    lines = checked.output.splitlines()
    assert "ok     my-theorem::conclusion[approaches]-short: HOLDS, exact, 16 instances, n to 20" in checked.output
    assert "my-theorem  PROVED HERE" in lines
    assert any("mutants: 1 of 1 fell; ablations: 1 of 1" in line for line in lines)


def test_what_it_writes_passes_the_linter_and_fits_the_line(folder):
    verify("new", "a")
    for command in (
        ["check", "--ignore", "I001"],
        ["format", "--diff"],
    ):  # I001: outside the checkout verify is third-party
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml"), "a.py"],
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_it_writes_into_the_folder_of_theorems_where_there_is_one(folder):
    Path("theorems").mkdir()
    assert verify("new", "my-theorem").output.startswith("wrote theorems/my_theorem.py;")
    assert Path("theorems/my_theorem.py").is_file()
    assert "my-theorem" in verify("list").output


def test_a_modified_equation_is_one_command(folder):
    Path("update.py").write_text(
        "from sympy import Function, symbols\n"
        "from verify.proof.weak_order import Update\n"
        "x, h = symbols('x h')\n"
        "update = Update({x: x - h*Function('g')(x)}, step=h)\n"
    )
    found = verify("modified-equation", "update.py", "--order", "2")
    assert (found.exit_code, found.output.splitlines()[1]) == (0, "  x: -h*g*g'/2 - g")
    assert verify("modified-equation", "nowhere.py").exit_code == 2


def test_it_writes_over_nothing(folder):
    Path("mine.py").write_text("precious")
    refused = verify("new", "mine")
    assert (refused.exit_code, Path("mine.py").read_text()) == (2, "precious")
    assert "mine.py is already there, and nothing was written" in refused.stderr


@pytest.mark.parametrize(
    "name", ["My", "a b", "../a", "a_b", "-a", "a-", "a--b", "", "é", "test-a", "conftest", "a-test"]
)
def test_a_name_that_cannot_be_is_refused_in_one_sentence(folder, name):
    refused = verify("new", "--", name)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("verify: a theorem cannot be named")
    assert len(refused.stderr.splitlines()) == 1
    assert not list(folder.iterdir())
