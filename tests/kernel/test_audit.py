"""The audit of whole reports: what it accepts, what it refuses, what it says a conclusion stands on, and that it runs alone."""

from __future__ import annotations

import ast
import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import verify.kernel
from tests.kernel.notation import block, given, symbols
from tests.kernel.notation import json as encoded
from tests.kernel.test_optimum import MARGIN, OPTIMUM, Z
from verify.kernel import kinds
from verify.kernel.audit import Outcome, audit, compare, lines, standing
from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement

x, y = symbols("x y")
KERNEL = Path(verify.kernel.__file__).parent

SQUARE, SUM = x**2 >= 0, x**2 + y**2 >= 0


def sample() -> dict[str, Any]:
    """Two kernel steps, one of them resting on a cited one; a reference with two instances."""
    statement = block(
        real="x y", over={"x": "t", "y": "t"}, hypotheses={"h": y >= 0, "told": None},
        steps={
            "square": (SQUARE, "", "inequality"), "source": (y > 0, "h", "cited"), "computed": (y < 9, "", "cas"),
            "both": (SUM, "square source told", "inequality"), "words": (None, "", "cited"),
        },
        conclusions={"first": SQUARE, "second": ["ge", ["add", encoded(y**2), encoded(x**2)], "0"], "third": x > 0},
        references=[MARGIN],
    )  # fmt: skip
    certificates = {"square": x**2, "both": given("square") + y**2}
    records = [
        {
            "theorem": "sample", "kind": "step", "name": step["name"],
            "checked_by": step["by"] if step["by"] in ("cited", "cas") else "kernel",
            "certificate": {"kind": step["by"], "difference": encoded(certificates[step["name"]])} if step["name"] in certificates else None,
        }
        for step in statement["steps"]
    ]  # fmt: skip
    instances = [{"data": {"Z": Z}, **OPTIMUM}, {"data": {"sha256": "0" * 64}, **OPTIMUM}]
    records.append(
        {
            "theorem": "sample",
            "kind": "hypothesis",
            "name": "h",
            "case": "hypothesis[h]-rational",
            "certificate": {"reference": "max-margin", "instances": instances},
        }
    )
    records.append(
        {"theorem": "sample", "kind": "conclusion", "name": "third", "case": "conclusion[third]", "certificate": None}
    )
    return copy.deepcopy({"schema": 1, "statements": {"sample": statement}, "records": records, "environment": {}})


def statuses(report: Any) -> dict[str, str]:
    return {outcome.name: outcome.status for outcome in audit(report)}


def test_each_thing_is_counted_as_what_it_is() -> None:
    assert statuses(sample()) == {
        "square": "accepted", "source": "cited", "computed": "cas", "both": "accepted", "words": "cited",
        "hypothesis[h]-rational, instance 0": "accepted", "hypothesis[h]-rational, instance 1": "withheld",
    }  # fmt: skip


def test_what_conclusions_stand_on() -> None:
    report = sample()
    statement, outcomes = Statement.read("sample", report["statements"]["sample"]), audit(report)
    assert standing(statement, outcomes, "first") == "proved here"
    assert standing(statement, outcomes, "second") == "proved here modulo source, from h, told"
    assert standing(statement, outcomes, "third") == "no step claims it: measured only"
    report["records"][0]["certificate"]["difference"] = "0"
    assert standing(statement, audit(report), "second").startswith("not proved: square refused")


def test_the_text_shows_signs_definitions_goals_and_counts() -> None:
    text = "\n".join(lines(sample(), audit(sample())))
    for part in (
        "hypothesis h: y ≥ 0",
        "accepted step both: x^2 + y^2 ≥ 0",
        "is 3/14",
        "3 accepted, 0 refused, 2 cited, 1 cas, 1 withheld",
    ):
        assert part in text


def change(path: str, value: Any) -> Callable[[Any], None]:
    def apply(report: Any) -> None:
        *way, last = [int(key) if key.isdigit() else key for key in path.split("/")]
        for key in way:
            report = report[key]
        report[last] = value

    return apply


def swapped(report: Any) -> None:
    first, second = report["records"][0], report["records"][3]
    first["certificate"], second["certificate"] = second["certificate"], first["certificate"]


REFUSED: dict[str, Callable[[Any], Any]] = {
    "no certificate": change("records/0/certificate", None),
    "the certificate of 0 = 0": change("records/0/certificate", {"kind": "identity", "difference": "0"}),
    "another's certificate": swapped,
    "an unknown kind": change("records/0/certificate/kind", "trust-me"),
    "a number more": change("records/0/certificate/difference", encoded(x**2 + 1)),
    "a cited step that says the kernel checked it": change("records/1/checked_by", "kernel"),
    "a kernel step that says it is cited": change("records/0/checked_by", "cited"),
    "a step without a record": lambda report: report["records"].pop(0),
    "a step with two records": lambda report: report["records"].append(report["records"][0]),
    "a record of a step that there is not": change("records/0/name", "other"),
    "a record of a theorem that there is not": change("records/0/theorem", "other"),
    "a certificate of a theorem that there is not": change("records/5/theorem", "other"),
    "a reference that there is not": change("records/5/certificate/reference", "other"),
    "a reference of the wrong type": change("records/5/certificate/reference", ["max-margin"]),
    "a certificate of the wrong type": change("records/5/certificate", "accepted"),
    "instances of the wrong type": change("records/5/certificate/instances", {}),
    "an instance of the wrong type": change("records/5/certificate/instances", ["accepted"]),
    "another primal": change("records/5/certificate/instances/0/primal/0", "5/7"),
    "other data": change("records/5/certificate/instances/0/data/Z/2/0", "3"),
    "another claim": change("statements/sample/steps/0/claim", x**2 > 0),
    "another given": change("statements/sample/steps/3/given", ["source"]),
    "a second definition": change("statements/sample/definitions", [{"name": "z", "value": "0"}, {"name": "z", "value": "1"}]),
    "a definition of a quantity": change("statements/sample/definitions", [{"name": "x", "value": "0"}]),
    "a block of the wrong type": change("statements/sample", []),
    "a template that is none": change("statements/sample/references/0/G", ["Z"]),
    "a template of no kind": change("statements/sample/references/0/kind", "oracle"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    report = sample()
    REFUSED[name](report)
    found = [outcome for outcome in audit(report) if outcome.status == "refused"]
    assert found and all(outcome.sentence.isprintable() for outcome in found)
    assert "0 refused" not in list(lines(report, audit(report)))[-1]


@pytest.mark.parametrize(
    "report",
    [
        None,
        [],
        {},
        {"statements": []},
        {"statements": {}},
        {"statements": {}, "records": {}},
        {"statements": {}, "records": [1]},
    ],
)
def test_what_is_no_report(report: Any) -> None:
    with pytest.raises(Refused):
        audit(report)


def test_a_check_that_breaks_off_accepts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> str:
        raise KeyError("planted")

    monkeypatch.setitem(kinds.REFERENCES, "qp", broken)
    assert statuses(sample())["hypothesis[h]-rational, instance 0"] == "refused"


def test_comparison_with_the_theorem_files() -> None:
    report, rebuilt = sample(), sample()["statements"]
    assert compare(report, rebuilt) == []
    report["statements"]["sample"]["steps"][3]["claim"] = ["ge", ["add", encoded(y**2), encoded(x**2)], "0"]
    report["statements"]["sample"]["about"] = {"title": "for readers"}
    assert compare(report, rebuilt) == []  # commuted, and for readers
    for path, value in [
        ("quantities/1/sign", "positive"), ("steps/0/claim", encoded(x) and x >= 0), ("definitions", [{"name": "z", "value": "0"}]),
        ("hypotheses/0/formula", y >= 7), ("steps/3/given", ["square"]), ("steps/1/by", "cas"), ("references/0/P", "zero"), ("axes/0/to", "0"),
    ]:  # fmt: skip
        altered = sample()
        change(f"statements/sample/{path}", value)(altered)
        assert compare(altered, rebuilt), path
    assert compare(sample(), {}) == ["'sample' is in no theorem file"]


def test_an_outcome_of_a_name_that_is_no_name_is_one_line() -> None:
    report = sample()
    report["statements"]["\x1b[31mred"] = {}
    found = [outcome for outcome in audit(report) if outcome.kind == "statement"]
    assert found == [Outcome("'\\x1b[31mred'", "statement", "", "refused", "", found[0].sentence)]
    assert all(line.replace("\n", "").isprintable() for line in lines(report, audit(report)))


def test_the_folder_runs_alone(tmp_path: Path) -> None:
    """Copied elsewhere, without this repository on the path, the kernel is a program."""
    shutil.copytree(KERNEL, tmp_path / "kernel")
    code = "import sys; sys.path[:] = [p for p in sys.path if p != {root!r}]; sys.argv = ['kernel', {report!r}]; import runpy; runpy.run_module('kernel', run_name='__main__')"

    def run(report: Path) -> subprocess.CompletedProcess[str]:
        program = code.format(root=str(KERNEL.parents[1]), report=str(report))
        return subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={"PYTHONUTF8": "1"},
            check=False,
        )

    good, bad, none = sample(), sample(), tmp_path / "none.json"
    bad["records"][0]["certificate"]["difference"] = "1"
    for report, file in ((good, tmp_path / "good.json"), (bad, tmp_path / "bad.json")):
        file.write_text(json.dumps(report))
    assert run(tmp_path / "good.json").returncode == 0
    refused = run(tmp_path / "bad.json")
    assert refused.returncode == 1 and "refused  step square" in refused.stdout
    missing = run(none)
    assert missing.returncode == 2 and missing.stderr.count("\n") == 1


def imports(tree: ast.AST) -> set[str]:
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == 0}


@pytest.mark.parametrize("file", sorted(KERNEL.glob("*.py")), ids=lambda file: file.name)
def test_nothing_is_imported_but_the_standard_library_and_flint(file: Path) -> None:
    roots = {name.split(".")[0] for name in imports(ast.parse(file.read_text()))}
    assert roots <= set(sys.stdlib_module_names) | {"flint"}
    assert not roots & {"pickle", "importlib", "subprocess", "ctypes", "sympy"}
    names = {node.id for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Name)}
    assert not names & {"eval", "exec", "compile", "__import__", "globals"}
