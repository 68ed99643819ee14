"""`verify list`, `show`, `coverage`, `report`, `audit`: what they print, and that they start at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.files import TRIANGULAR, WRONG, environment, write
from verify.cli import main
from verify.loading import file_hash

HEAVY = {"sympy", "numpy", "scipy", "torch", "cvxpy", "matplotlib", "sklearn", "rich", "jinja2", "jsonschema", "pytest"}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


@pytest.mark.parametrize("arguments", [["list"], ["--help"], ["check", "--help"], ["--version"], ["list", "--help"]])
def test_quick_commands_import_nothing_heavy(folder, arguments):
    write(folder, triangular=TRIANGULAR)
    script = f"""
import sys
from verify.cli import main
main({arguments!r}, standalone_mode=False)
print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    ran = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True)
    assert ran.stderr.splitlines()[-1] == "[]"


def test_list_reads_names_from_files_and_status_from_the_ledger(folder):
    write(folder, triangular=TRIANGULAR, wrong=WRONG, guess="c = Conjecture('guess', 'A guess')\nraise SystemExit\n")
    entry = {"status": "SUPPORTED", "file_hash": file_hash(Path("theorems/triangular.py"))}
    ledger = {"schema": 1, "theorems": {"triangular": entry, "wrong": {"status": "UNDECIDED", "file_hash": "0" * 64}}}
    Path("reports").mkdir()
    Path("reports/ledger.json").write_text(json.dumps(ledger))
    result = verify("list")
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines == [
        "guess not in the ledger, conjecture A guess",
        "triangular SUPPORTED Triangular numbers",
        "wrong UNDECIDED (stale: the file has changed) Triangular numbers",
    ]


def test_show_prints_the_statement_in_five_forms(folder):
    write(folder, triangular=TRIANGULAR)
    text = verify("show", "triangular").stdout
    for expected in (
        "Triangular numbers",
        "Gauss (1796)",
        "s (quantity over n): their sum",
        "sum: ",
        "off-by-one, in place of sum",
    ):
        assert expected in text
    assert r"\begin{theorem}[Gauss (1796)]" in verify("show", "triangular", "--format", "latex").stdout
    assert verify("show", "triangular", "--format", "bibtex").stdout.startswith("@misc{gauss1796,")
    block = json.loads(verify("show", "triangular", "--format", "json").stdout)
    assert block["conclusions"][0]["formula"][0] == "always"
    assert "<math" in verify("show", "triangular", "--format", "html").stdout


def test_show_takes_a_file_and_names_it_where_a_name_is_of_none(folder):
    Path("mine.py").write_text(TRIANGULAR)
    assert verify("show", "mine.py").stdout.startswith("Triangular numbers")
    assert verify("show", "mine").stderr.endswith("did you mean the file mine.py?\n")
    Path("mine.py").write_text(
        TRIANGULAR + '\nother = Theorem("other")\nother.conclude("one", Eq(other.parameter("p"), 1))\n'
    )
    assert verify("show", "mine.py").stderr == (
        "verify: mine.py declares triangular, other; show one of them, as in `verify show mine.py::triangular`\n"
    )
    assert verify("show", "mine.py::other").stdout.startswith("other")


def test_show_prints_steps_that_claim_a_bare_relation(folder):
    step = 'h = theorem.parameter("h")\ntheorem.step("binomial", Eq((h + 1) ** 2, h**2 + 2 * h + 1), by=identity())\n'
    imported = TRIANGULAR.replace("from sympy", "from verify.proof import identity\nfrom sympy")
    write(folder, triangular=imported.replace("\n@theorem.family", f"{step}\n@theorem.family"))
    assert "  binomial: Eq((h + 1)**2, h**2 + 2*h + 1), by identity" in verify("show", "triangular").stdout


def test_show_needs_a_theorem_and_bibtex_a_source(folder):
    write(folder, plain=TRIANGULAR.replace(', source=Paper("Gauss", 1796, fidelity=OWN)', ""))
    missing = verify("show", "triangula")
    assert (missing.exit_code, missing.stderr) == (
        2,
        "verify: there is no theorem 'triangula'; did you mean triangular?\n",
    )
    cited = verify("show", "triangular", "--format", "bibtex")
    assert cited.exit_code == 2
    assert "has no source to cite; give source=Paper(...) in theorems/plain.py" in cited.stderr


def test_report_builds_the_pages_again(folder):
    write(folder, triangular=TRIANGULAR)
    assert verify("check").exit_code == 0
    page = Path("reports/latest/triangular.html")
    before = page.read_text()
    page.unlink()
    result = verify("report", "reports/latest")
    assert result.exit_code == 0
    assert page.read_text() == before
    missing = verify("report", "nowhere")
    assert (missing.exit_code, "nowhere holds no report.json; give the folder" in missing.stderr) == (2, True)


def test_audit_accepts_a_report_of_these_files_and_refuses_one_of_others(folder):
    write(folder, triangular=TRIANGULAR)
    assert verify("check").exit_code == 0
    assert verify("audit", "reports/latest").exit_code == 0
    against = verify("audit", "reports/latest/report.json", "--against", "theorems")
    assert against.exit_code == 0
    assert "the statements are those of theorems" in against.stdout
    write(folder, triangular=TRIANGULAR.replace("n * (n + 1) / 2", "n * (n + 1) / 3"))
    changed = verify("audit", "reports/latest", "--against", "theorems")
    assert changed.exit_code == 1
    assert "differs: " in changed.stdout
    assert "conclusions" in changed.stdout.splitlines()[-1]
    Path("broken.json").write_text("{")
    broken = verify("audit", "broken.json")
    assert broken.exit_code == 2
    assert "Traceback" not in broken.output
