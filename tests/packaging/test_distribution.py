"""What is installed, from a wheel and in place: both packages under their names, data files, entry points."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SITE = Path(pytest.__file__).parents[1]
"""Where this environment keeps its packages; a test's own environment borrows the dependencies from there."""


def pip(*arguments: str, python: Path | str = sys.executable) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--quiet",
        "--python",
        str(python),
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """A copy of what is packaged: a build in the checkout itself would leave files behind."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("verify", "theorems", "reports"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "latest"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(source) -> Path:
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(source / "out"), str(source))
    return next((source / "out").glob("*.whl"))


def environment(folder: Path) -> Path:
    """A fresh virtual environment that finds the dependencies, but not this library, where this one has them."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    borrowed = [
        entry for entry in SITE.iterdir() if "verify" not in entry.name.lower() and not entry.name.startswith("__")
    ]
    for entry in borrowed:
        (site / entry.name).symlink_to(entry)
    return folder / "bin"


def answers(bin_: Path, code: str, folder: Path) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run([str(bin_ / "python"), "-c", code], capture_output=True, text=True, cwd=folder, env=clean)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_wheel_holds_both_packages_and_their_data(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, installed in (("verify", "verify"), ("theorems", "verify_theorems")):
        expected = {f"{installed}/{path.relative_to(ROOT / folder)}" for path in (ROOT / folder).rglob("*.py")}
        assert expected <= names
    assert {
        "verify/py.typed",
        "verify/__init__.pyi",
        "verify/data/inventory.tsv",
        "verify/data/new_theorem.py.txt",
        "verify/data/report.schema.json",
    } <= names
    assert {f"verify/report/templates/{path.name}" for path in (ROOT / "verify/report/templates").iterdir()} <= names
    assert "verify_theorems/reports/ledger.json" in names
    assert {name.split("/")[0] for name in names} == {
        "verify",
        "verify_theorems",
        f"{wheel.name.split('-py3')[0]}.dist-info",
    }


@pytest.mark.parametrize("editable", [False, True], ids=["wheel", "editable"])
def test_installed(editable, source, wheel, tmp_path):
    bin_ = environment(tmp_path / "venv")
    what = ["--no-build-isolation", "--editable", str(source)] if editable else [str(wheel)]
    pip("install", "--no-deps", *what, python=bin_ / "python")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    found = answers(bin_, "import verify; print(verify.__file__); verify.StatementError", elsewhere)
    assert Path(found).is_relative_to(source) is editable
    assert answers(bin_, "from verify.report import ledger; print(ledger.read()['schema'])", elsewhere) == "1"
    located = answers(bin_, "import verify_theorems.margin as margin; print(*margin.__path__, sep='\\n')", elsewhere)
    assert any((Path(folder) / "linear_max_margin.py").is_file() for folder in located.splitlines())
    points = answers(
        bin_,
        "from importlib.metadata import distribution as d;"
        "print(*sorted(f'{e.group}:{e.name}={e.value}' for e in d('verify-theorems').entry_points))",
        elsewhere,
    )
    assert points == "console_scripts:verify=verify.cli:main pytest11:verify=verify.pytest_plugin"
    assert (bin_ / "verify").is_file()


def test_every_dependency_carries_the_reason_of_its_bound():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for requirement in tomllib.loads(text)["project"]["dependencies"]:
        line = next(line for line in text.splitlines() if line.strip().startswith(f'"{requirement}"'))
        assert len(line.partition("#")[2].split()) >= 2, requirement


def test_continuous_integration_installs_exact_versions_of_everything_declared():
    pinned = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all("==" in line for line in pinned)
    names = {line.split("==")[0].lower().replace("_", "-") for line in pinned}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for requirement in [*project["dependencies"], *extras["test"], *extras["docs"]]:
        name = requirement.split(">")[0].split("[")[0].lower().replace("_", "-")
        assert name in names, requirement
    assert "torch==2.13.0" in pinned


def test_the_licence_is_whole_and_the_notice_names_the_data():
    assert "END OF TERMS AND CONDITIONS" in (ROOT / "LICENSE").read_text()
    notice = (ROOT / "NOTICE").read_text()
    for words in ("load_digits", "load_iris", "CC BY 4.0", "not endorsed"):
        assert words in notice
