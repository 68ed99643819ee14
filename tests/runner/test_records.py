"""Records as lines: appended whole, read back, and resumed only by the run that they are of."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.cli.files import environment
from tests.runner.samples import power_law
from tests.runner.samples import records as records_of
from verify import records
from verify.errors import BadInput
from verify.options import Options
from verify.runner.record import identity
from verify.statement.cases import plan


@pytest.fixture(scope="module")
def made() -> list[dict]:
    return list(records_of(power_law()).values())


def expected(options: Options | None = None, theorem=None) -> dict:
    theorem = theorem or power_law()
    return {(theorem.name, case.id): identity(theorem, case, options or Options()) for case in plan(theorem)}


def test_what_is_appended_is_read_back(tmp_path, made):
    records.begin(tmp_path / "deep" / "folder")
    for record in made:
        records.append(tmp_path / "deep" / "folder", record)
    assert records.read(tmp_path / "deep" / "folder") == made


def test_a_line_that_was_cut_off_is_cut_off_the_file(tmp_path, made):
    records.begin(tmp_path)
    for record in made[:3]:
        records.append(tmp_path, record)
    path = tmp_path / records.FILE
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    assert records.read(tmp_path) == made[:2]
    records.append(tmp_path, made[2])
    assert path.read_bytes() == whole


WRITER = """
import sys
from pathlib import Path
from verify import records
for _ in range(50):
    records.append(Path("."), {"name": sys.argv[1], "text": sys.argv[1] * 20_000})
"""


def test_writers_do_not_mix_their_lines(tmp_path):
    commands = [[sys.executable, "-c", WRITER, name] for name in "ab"]
    writers = [subprocess.Popen(command, cwd=tmp_path, env=environment()) for command in commands]
    assert [writer.wait() for writer in writers] == [0, 0]
    lines = [json.loads(line) for line in (tmp_path / records.FILE).read_text().splitlines()]
    assert len(lines) == 100
    assert all(line["text"] == line["name"] * 20_000 for line in lines)


@pytest.mark.parametrize("line", ["{", "[]", '"text"', '{"theorem": "x"}', "[" * 100_000, "NaN"])
def test_a_line_that_is_no_record_is_named(tmp_path, made, line):
    records.begin(tmp_path)
    records.append(tmp_path, made[0])
    with (tmp_path / records.FILE).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(BadInput, match=r"records.jsonl:2 is (no record|not JSON).*without --resume"):
        records.read(tmp_path)


def test_nothing_to_resume_is_said(tmp_path):
    with pytest.raises(BadInput, match="does not exist, so there is nothing to resume"):
        records.read(tmp_path)


def test_the_same_run_resumes(made):
    assert records.resumable(made, expected()) == made


def test_another_statement_a_removed_case_or_another_run_is_refused(made):
    edited = power_law()
    edited.assume("another", assumed="a hypothesis that was not there")
    planned = expected()
    planned.pop(("power-law", "mutant[cubic]-steep"))
    older = json.loads(json.dumps(made[:1]))
    older[0]["versions"]["numpy"] = "1.0"
    for found, now, sentence in [
        (made, expected(Options(seed=1)), "has seed 0, and this run has 1"),
        (made, expected(Options("thorough")), "has level quick, and this run has thorough"),
        (made, expected(theorem=edited), "has another statement than the theorem file has now"),
        (made, planned, "'power-law::mutant[cubic]-steep', which is no case of this run"),
        (older, expected(), "has other versions: numpy 1.0 then, "),
    ]:
        with pytest.raises(BadInput) as error:
            records.resumable(found, now)
        assert sentence in str(error.value)
