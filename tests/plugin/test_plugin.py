"""The pytest plugin, as a user meets it: ids, selection, failures, reports, several processes, other people's projects."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from importlib.metadata import entry_points
from pathlib import Path

# pytester forgets what was first imported inside a run, and NumPy cannot be imported twice: everything comes in here.
import matplotlib.figure  # noqa: F401
import pytest

import verify.pytest_plugin.items
import verify.report.assembly
import verify.report.site  # noqa: F401
from tests.cli.files import HALF, TRIANGULAR, WRONG, environment, write
from verify.report.read import read, validator

pytest_plugins = ["pytester"]

INSTALLED = any(point.value == "verify.pytest_plugin" for point in entry_points(group="pytest11"))
PLUGIN = ["-p", "no:hypothesispytest", *([] if INSTALLED else ["-p", "verify.pytest_plugin"])]  # whose import is slow

TWO = """
import numpy as np
from verify import Conjecture, Nondecreasing, Theorem

theorem = Theorem("rising")
t = theorem.clock("t")
x = theorem.quantity("x", over=t)
theorem.conclude("rises", Nondecreasing(x))
guess = Conjecture("falling")
s = guess.clock("t")
y = guess.quantity("x", over=s)
guess.conclude("falls", Nondecreasing(-y))

for each in (theorem, guess):
    for k in range(3):
        @each.family(f"walk-{k}")
        def walk(rng, size):
            return {"t": np.arange(1.0, 30), "x": np.cumsum(rng.uniform(1, 2, (size, 29)), axis=1)}
"""


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """Processes of their own find this package, installed or not."""
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])


@pytest.fixture
def project(pytester):
    write(pytester.path, triangular=TRIANGULAR, wrong=WRONG, two=TWO)
    return pytester


def lines(result) -> list[str]:
    return [line.split(" ")[0] for line in result.stdout.lines if "::" in line and not line.startswith(("FAILED", " "))]


def test_ids_are_file_kind_name_and_family(project):
    result = project.runpytest(*PLUGIN, "theorems", "--collect-only", "-q")
    assert lines(result) == [
        "theorems/triangular.py::conclusion[sum]-first",
        "theorems/triangular.py::mutant[off-by-one]-first",
        *(f"theorems/two.py::rising::conclusion[rises]-walk-{k}" for k in range(3)),
        *(f"theorems/two.py::falling::conjecture[falls]-walk-{k}" for k in range(3)),
        "theorems/wrong.py::conclusion[sum]-first",
        "theorems/wrong.py::mutant[off-by-one]-first",
    ]
    assert not Path("reports").exists()


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        (["theorems/triangular.py::mutant[off-by-one]-first"], ["mutant[off-by-one]-first"]),
        (["theorems/two.py::rising::conclusion[rises]-walk-1"], ["conclusion[rises]-walk-1"]),
        (["theorems", "-k", "off-by-one and triangular"], ["mutant[off-by-one]-first"]),
        (["theorems", "-k", "falling and walk-2"], ["conjecture[falls]-walk-2"]),
        (
            ["theorems/triangular.py", "--deselect", "theorems/triangular.py::conclusion[sum]-first"],
            ["mutant[off-by-one]-first"],
        ),
    ],
)
def test_cases_are_selected_like_tests(project, arguments, chosen):
    result = project.runpytest(*PLUGIN, *arguments, "--collect-only", "-q")
    assert [line.rpartition("::")[2] for line in lines(result)] == chosen


def test_an_unexpected_answer_fails_in_a_few_lines_without_a_traceback(project):
    result = project.runpytest(*PLUGIN, "theorems/wrong.py", "--junitxml", "out.xml")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*wrong::conclusion[[]sum]-first*",
            "Always(Eq(s, n**2); n)",
            "REFUTED (expected HOLDS), exact, 1 instance, n to 49",
            "  The statement is refuted: *",
            "  reproduce: pytest 'theorems/wrong.py::conclusion[[]sum]-first' --seed 0 --level quick",
            "report: reports/latest/index.html",
            "FAILED theorems/wrong.py::conclusion[[]sum]-first - *",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert "items.py" not in result.stdout.str()
    failure = ElementTree.parse("out.xml").find(".//failure")
    assert failure is not None
    assert "REFUTED (expected HOLDS)" in failure.attrib["message"]
    names = [each.attrib["name"] for each in ElementTree.parse("out.xml").iter("testcase")]
    assert names == ["conclusion[sum]-first", "mutant[off-by-one]-first"]
    properties = {each.attrib["name"]: each.attrib["value"] for each in ElementTree.parse("out.xml").iter("property")}
    assert properties["grade"] == "EXACT"


def test_the_command_in_a_record_runs_that_case_alone(project):
    project.runpytest(*PLUGIN, "theorems/wrong.py")
    record = json.loads(Path("reports/latest/records.jsonl").read_text().splitlines()[0])
    command = record["reproduce"].replace("pytest ", f"{sys.executable} -m pytest {' '.join(PLUGIN)} ", 1)
    again = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert "1 failed" in again.stdout
    repeated = json.loads(Path("reports/latest/records.jsonl").read_text())
    assert {**repeated, "seconds": 0} == {**record, "seconds": 0}


def test_failed_cases_are_run_again_and_the_first_failure_stops(project):
    project.runpytest(*PLUGIN, "theorems").assert_outcomes(passed=9, failed=1)
    project.runpytest(*PLUGIN, "theorems", "--lf").assert_outcomes(failed=1)
    project.runpytest(*PLUGIN, "theorems/wrong.py", "-x").assert_outcomes(failed=1)


def test_a_part_of_the_cases_gives_no_status(project):
    result = project.runpytest(*PLUGIN, "theorems/triangular.py::mutant[off-by-one]-first")
    result.stdout.fnmatch_lines(["triangular  1 OF 2 CASES RUN", "1 case, as expected in *"])


def test_a_conjecture_passes_whatever_comes_out_and_prints_it(project):
    result = project.runpytest(*PLUGIN, "theorems", "-k", "falling")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["falling::conjecture[[]falls]-walk-0: REFUTED, estimated, 16 instances, t to 29"])


def test_records_and_report_follow_the_schema_and_count_what_was_planned(project):
    project.runpytest(*PLUGIN, "theorems", "--report", "out/put", "--seed", "7", "--level", "thorough", "-x")
    report = read(Path("out/put/report.json"))
    found = [json.loads(line) for line in Path("out/put/records.jsonl").read_text().splitlines()]
    assert all(not list(validator("record").iter_errors(record)) for record in found)
    assert sorted(map(str, found)) == sorted(map(str, report["records"]))
    assert {record["seed"] for record in found} == {7}
    assert {record["level"] for record in found} == {"thorough"}
    assert (report["environment"]["planned"], len(found)) == (10, 9)  # -x: the last mutant of wrong.py did not run
    assert Path("out/put/rising.html").is_file()
    assert not Path("reports").exists()


def test_two_processes_measure_the_same_bits_and_share_out_families(project):
    (project.path / "mine").mkdir()
    (project.path / "theorems" / "two.py").rename(project.path / "mine" / "two.py")
    project.runpytest(*PLUGIN, "theorems", "mine", "--report", "one").assert_outcomes(passed=9, failed=1)
    result = project.runpytest_subprocess(*PLUGIN, "theorems", "mine", "--report", "two", "-n", "2", "-v")
    result.assert_outcomes(passed=9, failed=1)
    one, two = (
        [{**record, "seconds": 0} for record in read(Path(folder, "report.json"))["records"]]
        for folder in ("one", "two")
    )
    assert one == two  # in the same order, too: that of the statements
    first, second = (read(Path(folder, "report.json"))["statements"] for folder in ("one", "two"))
    assert first == second
    assert "FAILED theorems/wrong.py::conclusion[sum]-first - " in result.stdout.str()
    assert read(Path("two/report.json"))["environment"]["planned"] == 10


def test_the_controller_of_several_processes_imports_no_theorem(project):
    project.makeconftest("""
        import sys
        def pytest_unconfigure(config):
            if not hasattr(config, "workerinput"):
                heavy = {"sympy", "torch", *(name for name in sys.modules if name.startswith("_theorem_file"))}
                print("imported:", sorted(heavy & set(sys.modules)))
    """)
    result = project.runpytest_subprocess(*PLUGIN, "theorems/triangular.py", "-n", "2")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["imported: []*"])


def test_a_theorem_is_described_though_the_process_that_was_to_do_so_has_crashed(project):
    killed = "@theorem.family('second')\ndef second(rng, size):\n    import os; os._exit(1)\n"
    write(project.path, triangular=f"{TRIANGULAR}\n\n{killed}")
    result = project.runpytest_subprocess(*PLUGIN, "theorems/triangular.py", "-n", "1", "--max-worker-restart", "0")
    assert "crashed" in result.stdout.str()
    report = read(Path("reports/latest/report.json"))
    assert report["statements"]["triangular"]["about"]["title"] == "Triangular numbers"
    assert {record["case"] for record in report["records"]} >= {"conclusion[sum]-first"}


def test_answers_are_shown_though_the_pages_cannot_be_written(project, monkeypatch):
    monkeypatch.setattr("verify.report.assembly.write", lambda report, folder: 1 / 0)
    result = project.runpytest(*PLUGIN, "theorems/triangular.py")
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(
        ["the report could not be written, the records are in reports/latest:", "*ZeroDivisionError*"]
    )
    assert len(Path("reports/latest/records.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        ("theorems/a.py::conclusion[x]-digits-0-1", "theorems/a.py::digits-0-1"),
        ("theorems/a.py::mutant[x]-digits-0-1+iris", "theorems/a.py::digits-0-1"),
        ("theorems/a.py::other::hypothesis[x]-iris", "theorems/a.py::iris"),
        ("theorems/a.py::step[x]", "theorems/a.py::steps"),
        ("tests/test_a.py::test_b[c-d]", "tests/test_a.py::test_b[c-d]"),
        ("tests/test_a.py::TestC::test_b", "tests/test_a.py::TestC::test_b"),
    ],
)
def test_cases_of_one_family_are_one_unit_of_work(nodeid, scope):
    from verify.pytest_plugin.scheduling import scope as found

    assert found(nodeid) == scope


def test_half_declared_theorems_run_and_are_refused_under_strict(pytester):
    write(pytester.path, half=HALF, bare="from verify import Theorem\ntheorem = Theorem('bare')\n")
    result = pytester.runpytest(*PLUGIN, "theorems/half.py")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["half is half declared, which --strict makes an error:", "  it has no source; *"])
    strict = pytester.runpytest(*PLUGIN, "theorems/half.py", "--strict")
    strict.assert_outcomes(errors=1)
    strict.stdout.fnmatch_lines(["*half is half declared:", "*it has no source; *"])
    empty = pytester.runpytest(*PLUGIN, "theorems/bare.py")
    empty.assert_outcomes(errors=1)
    empty.stdout.fnmatch_lines(["*'bare' concludes nothing; add theorem.conclude(name, formula)*"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("theorem = Theorem('x'", "theorems/bad.py:1 is not valid Python"),
        (TRIANGULAR + "\ntheorem.conclude('two', 0 < s < 1)\n", "write And(a < b, b < c)"),
        (TRIANGULAR + "\nraise OSError('gone')\n", "OSError: gone"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_error_with_one_sentence(pytester, text, sentence):
    write(pytester.path, bad=text, triangular=TRIANGULAR)
    result = pytester.runpytest(*PLUGIN, "theorems", "--continue-on-collection-errors")
    result.assert_outcomes(passed=2, errors=1)
    assert sentence in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--seed", "-1"], "the seed is -1; it is an integer from 0 on"),
        (["--level", "slow"], "argument --level"),
        (["--device", "tpu"], "the device is 'tpu'"),
        (["--report", "theorems/two.py"], "theorems/two.py is a file; name a folder"),
    ],
)
def test_misuse_is_a_usage_error(project, arguments, sentence):
    result = project.runpytest(*PLUGIN, "theorems", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert sentence in result.stderr.str()


def test_theorems_are_found_below_a_folder_on_the_command_line_but_not_among_tests(pytester):
    for name in ("mine/one.py", "mine/test_two.py", "mine/conftest.py"):
        path = pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(TRIANGULAR)
    pytester.runpytest(*PLUGIN, "mine").assert_outcomes(passed=2)
    pytester.runpytest(*PLUGIN).assert_outcomes()  # the folder is not called theorems, and nobody named it
    (pytester.path / "mine" / "test_two.py").write_text(TRIANGULAR + "\ndef test_plain():\n    pass\n")
    pytester.runpytest(*PLUGIN, "mine/test_two.py").assert_outcomes(passed=1)  # a test, though it declares a theorem


def test_a_project_without_theorems_imports_and_collects_nothing(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # other plugins import what they like
    pytester.makepyfile(
        test_plain="""
        import sys
        def test_modules():
            ours = {name for name in sys.modules if name.partition(".")[0] == "verify"}
            light = {"verify", "verify.errors", "verify.options", "verify.pytest_plugin", "verify.pytest_plugin.recorder"}
            assert ours <= light | {"verify.loading"}, ours - light
            assert not {"sympy", "numpy", "torch", "click", "rich"} & set(sys.modules)
        """,
        helper="class Theorem: pass\ntheorem = 1\n",
    )
    result = pytester.runpytest_subprocess("-p", "verify.pytest_plugin")
    result.assert_outcomes(passed=1)
    assert "theorems" not in "".join(line for line in result.stdout.lines if "rootdir" not in line)
    assert not (pytester.path / "reports").exists()


def test_a_project_keeps_its_own_options_and_ours_take_their_long_names(project):
    project.makeconftest(
        """
        def pytest_addoption(parser):
            parser.addoption("--seed", default="theirs")
            parser.addoption("--device", action="store_true")
        """
    )
    project.makepyfile(
        test_plain="""
        def test_options(pytestconfig):
            assert pytestconfig.getoption("--seed") == "mine"
            assert pytestconfig.getoption("--device") is True
        """
    )
    result = project.runpytest(
        *PLUGIN, "--seed", "mine", "--device", "--verify-seed", "4", "-k", "options or triangular"
    )
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["verify: --seed belongs to another plugin here; for theorems write --verify-seed"])
    assert {record["seed"] for record in read(Path("reports/latest/report.json"))["records"]} == {4}


def test_values_of_our_options_are_not_taken_for_test_paths(pytester):
    tests = pytester.mkpydir("checks")
    (tests / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--mine', default='found')\n"
    )
    (tests / "test_it.py").write_text(
        "def test_it(pytestconfig):\n    assert pytestconfig.getoption('--mine') == 'given'\n"
    )
    (pytester.path / "out").mkdir()
    pytester.makeini("[pytest]\ntestpaths = checks\n")
    pytester.runpytest(*PLUGIN, "--report", "out", "--seed", "3", "--mine=given").assert_outcomes(passed=1)


def test_tests_beside_theorems_run_as_ever(project):
    (project.path / "theorems" / "test_beside.py").write_text(TRIANGULAR + "\ndef test_plain():\n    pass\n")
    project.runpytest(*PLUGIN, "theorems/test_beside.py").assert_outcomes(passed=3)
