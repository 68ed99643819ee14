"""`verify check`: exit status, output, what is written, and what is left alone on bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.files import HALF, SLOW, TRIANGULAR, WRONG, environment, write
from verify.cli import main
from verify.report.read import read


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def test_what_comes_out_as_expected_exits_0_and_writes_records_report_and_pages(folder):
    write(folder, triangular=TRIANGULAR)
    result = verify("check", "--json", "copy.json")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("ok     triangular::conclusion[sum]-first: HOLDS, exact, 1 instance")
    assert lines[1].startswith("ok     triangular::mutant[off-by-one]-first: REFUTED, exact")
    assert "2 cases, all as expected" in result.stdout
    assert lines[-1] == "report: reports/latest/index.html"
    report = read(Path("reports/latest/report.json"))
    assert report == read(Path("copy.json"))
    assert [record["case"] for record in report["records"]] == ["conclusion[sum]-first", "mutant[off-by-one]-first"]
    assert report["environment"]["planned"] == 2
    assert Path("reports/latest/triangular.html").is_file()
    assert len(Path("reports/latest/records.jsonl").read_text().splitlines()) == 2


def test_a_part_of_the_cases_gives_no_status(folder):
    write(folder, triangular=TRIANGULAR)
    result = verify("check", "triangular::mutant[off-by-one]")  # on each family, where none is named
    assert result.exit_code == 0
    assert "triangular  1 OF 2 CASES RUN\n" in result.stdout
    assert "1 OF 2 CASES RUN" in Path("reports/latest/triangular.html").read_text()


def test_files_of_ones_own_are_checked_without_importing_torch(folder):
    write(folder, triangular=TRIANGULAR)
    script = (
        "import atexit, sys; from verify.cli import main; "
        "atexit.register(lambda: print('torch' in sys.modules)); main(['check'])"
    )
    ran = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "False"


def test_what_does_not_exits_1_and_says_why_and_how_to_see_it_again(folder):
    write(folder, wrong=WRONG)
    result = verify("check", "wrong")
    assert result.exit_code == 1
    assert "FAILED wrong::conclusion[sum]-first: REFUTED (expected HOLDS), exact" in result.stdout
    assert "pytest 'theorems/wrong.py::conclusion[sum]-first' --seed 0 --level quick" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["trangular"], "there is no theorem 'trangular'; did you mean triangular?"),
        (["nothing-like-it"], "there is no theorem 'nothing-like-it'; `verify list` shows what there is"),
        (["theorems/no.py"], "theorems/no.py does not exist"),
        (
            ["triangular::conclusion[som]-first"],
            "has no case 'conclusion[som]-first'; did you mean conclusion[sum]-first",
        ),
        (["helper.py"], "helper.py declares no theorem; a theorem file has a line such as"),
        (["--seed", "-1"], "the seed is -1; it is an integer from 0 on"),
        (["--device", "tpu"], "the device is 'tpu'; it is cpu, cuda, or cuda:N"),
        (["--report", "helper.py"], "helper.py is a file; name a folder"),
        (["--json", "nowhere/file.json"], "the folder nowhere does not exist"),
        (["--resume", "--report", "empty"], "there is nothing to resume"),
        (["--strict", "half"], "half is half declared: it has no source"),
        (["--data", "table.csv"], "--data, --target and --private belong together"),
        (["--private"], "--data, --target and --private belong together"),
        (["--data", "table.csv", "--target", "y"], "--data checks one theorem on your table; name it"),
        (["triangular", "--data", "table.csv", "--target", "y"], "'triangular' takes no table"),
        (["triangular", "--data", "table.csv", "--target", "y", "--resume"], "--resume does not go with --data"),
        (["--level", "slow"], "'slow' is not one of 'quick', 'thorough'"),
    ],
)
def test_misuse_exits_2_with_one_sentence_and_nothing_is_overwritten(folder, arguments, sentence):
    write(folder, triangular=TRIANGULAR, half=HALF)
    Path("helper.py").write_text("x = 1\n")
    Path("table.csv").write_text("x,y\n1,0\n2,1\n")
    Path("reports/latest").mkdir(parents=True)
    kept = Path("reports/latest/records.jsonl")
    kept.write_text("what was there\n")
    result = verify("check", *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.output
    assert kept.read_text() == "what was there\n"


def test_no_theorems_at_all_is_misuse(folder, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = verify("check")
    assert result.exit_code == 2
    assert "there is no folder theorems/ here, and verify_theorems is not installed" in result.stderr


def test_cuda_without_a_card_exits_2_and_never_falls_back(folder):
    if pytest.importorskip("torch").cuda.is_available():
        pytest.skip("this machine has a card")
    write(folder, triangular=TRIANGULAR)
    result = verify("check", "--device", "cuda")
    assert result.exit_code == 2
    assert result.stderr == (
        "verify: the device is 'cuda', and this machine has no CUDA card that torch can use; leave --device out to run on the CPU\n"
    )
    assert not Path("reports").exists()


def test_one_case_by_name_or_by_file(folder):
    write(folder, triangular=TRIANGULAR)
    for target in ("triangular::mutant[off-by-one]-first", "theorems/triangular.py::mutant[off-by-one]-first"):
        result = verify("check", target)
        assert result.exit_code == 0
        assert "1 case, as expected" in result.stdout


TABLE = '''"""The labels of a table are its signs."""
import numpy as np
from verify import BadInput, Column, Theorem, Trace
from verify.statement.instances import Instance

theorem = Theorem("positive")
x = theorem.parameter("x", sign="real")
theorem.assume("above", x > 0, "the least entry is positive")
theorem.conclude("still", x > -1)


@theorem.table
def from_table(table):
    if len(table.inputs) > 3:
        raise BadInput("the table has more than three rows; give at most three")
    return [Instance("table", {"x": min(table.inputs[:, 0])})]


@theorem.observe(measures=[x])
def look(instances, setting, run):
    found = [{"kind": "optimum", "primal": [str(each["x"])], "data": {"x": str(each["x"])}} for each in instances]
    column = Column(np.array([each["x"] for each in instances], dtype=object))
    return Trace({"x": column}, [""], notes={"certificates": {"least": {"measures": ["x"], "instances": found}}})
'''


def test_a_table_is_checked_in_place_of_the_families(folder):
    write(folder, positive=TABLE)
    Path("table.csv").write_text("x,label\n0.5,a\n2,b\n")
    result = verify("check", "positive", "--data", "table.csv", "--target", "label", "--private")
    assert result.exit_code == 0
    report = json.loads(Path("reports/latest/report.json").read_text())
    assert [record["case"] for record in report["records"]] == ["hypothesis[above]-data", "conclusion[still]-data"]
    assert report["records"][0]["reproduce"] == (
        "verify check 'positive::hypothesis[above]-data' --seed 0 --level quick --data table.csv --target label --private"
    )
    digest = report["records"][0]["certificate"]["instances"][0].pop("data")
    assert report["records"][0]["certificate"] == {"reference": "least", "instances": [{"kind": "optimum"}]}
    assert list(digest) == ["sha256"]
    assert "1/2" not in json.dumps(report["records"])  # the least entry, which the certificate held
    note = report["statements"]["positive"]["about"]["families"]["data"]["note"]
    assert note == "this report holds hashes of its rows"
    again = verify("check", "positive::conclusion[still]-data", "--data", "table.csv", "--target", "label")
    assert again.exit_code == 0
    assert "1 case, " in again.stdout


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            "-1,a\n2,b\n",
            "positive says nothing about table.csv: the hypothesis 'above' (the least entry is positive) does not hold. ",
        ),
        ("1,a\n2,b\n3,a\n4,b\n", "cannot be checked on table.csv: the table has more than three rows"),
        ("nan,a\n2,b\n", "row 1, column 'x' is nan"),
    ],
)
def test_a_table_that_the_theorem_is_not_about_is_misuse(folder, rows, sentence):
    write(folder, positive=TABLE)
    Path("table.csv").write_text("x,label\n" + rows)
    result = verify("check", "positive", "--data", "table.csv", "--target", "label")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert ("certificate of least: " in result.stderr) == rows.startswith("-1")
    assert not Path("reports").exists()


def test_a_killed_run_loses_the_case_under_way_and_resumes(folder):
    write(folder, slow=SLOW)
    command = [sys.executable, "-c", "from verify.cli import main; main()", "check", "slow"]
    path = Path("reports/latest/records.jsonl")
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert process.stdout is not None
    for _ in range(3):  # three cases have been announced, so at least that many are recorded
        process.stdout.readline()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    done = path.read_text().splitlines()
    assert 3 <= len(done) < 8
    assert not Path("reports/latest/report.json").exists()

    refused = verify("check", "slow", "--resume", "--seed", "1")
    assert refused.exit_code == 2
    assert "has seed 0, and this run has 1" in refused.stderr
    assert path.read_text().splitlines() == done

    started = time.perf_counter()
    result = verify("check", "slow", "--resume")
    assert result.exit_code == 0
    assert time.perf_counter() - started < 8 * 0.25 + 5
    assert path.read_text().splitlines()[: len(done)] == done
    assert len(read(Path("reports/latest/report.json"))["records"]) == 8
    assert result.stdout.count("ok     slow::") == 8 - len(done)

    changed = verify("check", "slow", "--resume", "--level", "thorough")
    assert changed.exit_code == 2
    write(folder, slow=SLOW.replace("Nondecreasing(x)", "Nondecreasing(2 * x)"))
    changed = verify("check", "slow", "--resume")
    assert changed.exit_code == 2
    assert "another statement than the theorem file has now" in changed.stderr
