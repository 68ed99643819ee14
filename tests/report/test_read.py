"""Files that nobody vouches for: each hostile one is refused in one sentence, with bounded time and memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.report import examples
from verify.errors import BadInput
from verify.report.read import read

REPORT = json.dumps(examples.report())

HOSTILE = {
    "empty": b"",
    "not JSON": b"schema: 1",
    "truncated": REPORT[: len(REPORT) // 2].encode(),
    "not UTF-8": b'{"schema": "\xff"}',
    "a list": b"[]",
    "another file": b'{"name": "package"}',
    "a later schema": REPORT.replace('"schema": 1', '"schema": 2', 1).encode(),
    "NaN": REPORT.replace("0.82", "NaN", 1).encode(),
    "a million digits": REPORT.replace("0.82", "9" * 1_000_000, 1).encode(),
    "duplicate keys": REPORT.replace('"schema": 1', '"schema": 1, "schema": 1', 1).encode(),
    "nested": REPORT.replace(
        '"certificate": null', '"certificate": ' + '{"a":' * 100_000 + "1" + "}" * 100_000, 1
    ).encode(),
    "many small lists": b'{"schema": 1, "records": [' + b"[]," * 3_000_000 + b"[]]}",
    "wrong types": REPORT.replace('"records": [', '"records": [1, ', 1).encode(),
}


def test_a_report_comes_back_as_it_was_written(tmp_path):
    (tmp_path / "report.json").write_text(REPORT)
    assert read(tmp_path / "report.json") == examples.report()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_sentence(name, tmp_path):
    file = tmp_path / "report.json"
    file.write_bytes(HOSTILE[name])
    with pytest.raises(BadInput) as refusal:
        read(file)
    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert 20 < len(sentence) < 700


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "nothing.json", tmp_path):
        with pytest.raises(BadInput, match="cannot be read"):
            read(path)


def test_a_huge_file_is_refused_within_its_memory(tmp_path):
    """One sentence within 500 MB, measured in a process of its own."""
    file = tmp_path / "report.json"
    file.write_bytes(b'{"schema": 1, "statements": {}, "records": [' + b'"' + b"x" * 100_000_000 + b'"]}')
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from verify.report.read import read\n"
        "from verify.errors import BadInput\n"
        "try: read(Path(sys.argv[1]))\n"
        "except BadInput as error: print(error)\n"
        # not getrusage: its peak is inherited from the process that started this one
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    sentence, peak = done.stdout.splitlines()
    assert "larger than" in sentence
    assert int(peak) * 1024 < 500_000_000
