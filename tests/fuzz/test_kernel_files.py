"""Files that nobody vouches for: one sentence within two seconds and 500 MB, and nothing in them is ever executed."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.test_audit import sample
from verify.kernel.audit import audit, lines
from verify.kernel.loading import BYTES, COMMAS, CONTAINERS, load
from verify.kernel.refusals import Refused

GOOD = json.dumps(sample())


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


FILES: dict[str, str | bytes] = {
    "empty": "",
    "truncated": GOOD[: len(GOOD) // 2],
    "truncated in a string": GOOD[: GOOD.index("sample") + 3],
    "deep nesting": nested(200_000),
    "deep nesting of objects": '{"a":' * 200_000 + "1" + "}" * 200_000,
    "deep nesting below the parser's limit": '{"statements": {}, "records": [' + nested(900) + "]}",
    "a number of 10^6 digits": '{"schema": ' + "9" * 10**6 + "}",
    "a decimal of 10^6 digits": '{"schema": 0.' + "9" * 10**6 + "}",
    "an exact number of 10^6 digits": GOOD.replace('"5"', '"' + "9" * 10**6 + '"', 1),
    "NaN": GOOD.replace('"schema": 1', '"schema": NaN'),
    "infinity": GOOD.replace('"schema": 1', '"schema": -Infinity'),
    "an overflowing decimal": GOOD.replace('"schema": 1', '"schema": 1e999'),
    "duplicate keys": GOOD.replace('"schema": 1', '"schema": 1, "schema": 1'),
    "many duplicate keys": "{" + ",".join('"a":1' for _ in range(10**5)) + "}",
    "no object": "[1, 2]",
    "text": "import os; os.system('true')",
    "not UTF-8": b"\xff\xfe\x00" * 100,
    "a byte order mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "larger than the limit": " " * (BYTES + 1),
    "more containers than the limit": "[" + "[]," * CONTAINERS + "[]]",
    "more entries than the limit": "[" + "1," * COMMAS + "1]",
    "a pickle": b"cos\nsystem\n(S'true'\ntR.",
}  # fmt: skip

PROGRAM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (500_000_000, 500_000_000))
resource.setrlimit(resource.RLIMIT_CPU, (2, 2))
sys.path.insert(0, {root!r})
from verify.kernel.__main__ import main
sys.exit(main([{file!r}]))
"""


def audited(file: Path) -> subprocess.CompletedProcess[str]:
    """The kernel's program in a process of its own, with 500 MB and two seconds of the processor."""
    program = PROGRAM.format(root=str(Path(__file__).parents[2]), file=str(file))
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_gets_one_sentence(name: str, tmp_path: Path) -> None:
    content = FILES[name]
    file = tmp_path / "report.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = audited(file)
    if name == "an exact number of 10^6 digits":  # in a place where a number is wanted: a refusal of that one instance
        assert done.returncode == 1 and "is no exact number" in done.stdout
    else:
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1 and done.stderr.strip().isprintable() and not done.stdout


@pytest.mark.parametrize("piece", ['{"a": 1.5}', "[[1]]"])
def test_reading_is_quick_and_small_at_the_limits(piece: str, tmp_path: Path) -> None:
    """Just inside every limit at once, in 500 MB; the time is that of the processor, which a busy machine does not change."""
    pieces = (CONTAINERS - 10) // (piece.count("[") + piece.count("{"))
    body = "[" + f"{piece}," * pieces + "1," * (COMMAS - pieces - 10) + "1]"
    file = tmp_path / "report.json"
    file.write_text('{"statements": {}, "records": ' + body + "}" + " " * (BYTES - len(body) - 40))
    timed = "main([{file!r}]); import time; print(time.process_time())"
    program = PROGRAM.replace("sys.exit(main([{file!r}]))", timed).format(
        root=str(Path(__file__).parents[2]), file=str(file)
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr.startswith("a record lacks")
    assert float(done.stdout) < 2


def test_what_is_refused_was_read_at_all(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(GOOD)
    assert audited(file).returncode == 0
    with pytest.raises(Refused, match="cannot be read"):
        load(tmp_path / "nowhere.json")
    with pytest.raises(Refused, match="cannot be read"):
        load(tmp_path)


CODE = [
    "__import__('os').system('touch owned')",
    "(lambda: 1)()",
    "x.__class__",
    "2**10**10",
    "os.getcwd()",
    "1+1",
    "\x00",
    "{{7*7}}",
]


@pytest.mark.parametrize("code", CODE)
def test_strings_that_look_like_code_are_strings(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put in place of every string of the report in turn: refused or ignored, and never run."""
    monkeypatch.chdir(tmp_path)
    for path in strings(sample()):
        report = sample()
        inner = report
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = code
        outcomes_of(report)
    assert not list(tmp_path.iterdir())


def strings(found: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(found, str):
        return [path]
    items = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [each for key, value in items for each in strings(value, (*path, key))]


def outcomes_of(report: Any) -> list[str]:
    """The statuses of a report, or what it was refused with: nothing but `Refused` may come out."""
    try:
        outcomes = audit(report)
    except Refused:
        return ["refused"]
    for line in lines(report, outcomes):
        assert line.replace("\n", "").isprintable()
    return [outcome.status for outcome in outcomes]


atoms = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 10**20), st.floats(allow_nan=False), st.text(max_size=8),
    st.sampled_from(["0", "1", "-1", "1/2", "add", "mul", "pow", "exp", "log", "var", "x", "given", "square", "total", "n", "t", "rate", "eq", "ge", "always",
                     "tangent", "gap", "at", "least", "quadratic", "abs", "min", "oo", "apply", "implies", "or", "not", "kind", "identity", "all", "parts"]),
)  # fmt: skip
anything = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5), st.dictionaries(st.sampled_from(["kind", "difference", "name", "parts"]), inner)
    ),
    max_leaves=15,
)
places = st.integers(0, 10**6)


def paths(found: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [each for key, value in items for each in [(*path, key), *paths(value, (*path, key))]]


PATHS = paths(sample())
ACCEPTED = sorted(o.name for o in audit(sample()) if o.status == "accepted")


@given(st.lists(st.tuples(places, anything), min_size=1, max_size=3))
@settings(max_examples=120, deadline=None)
def test_a_report_with_anything_anywhere_is_audited_or_refused(changes: list[tuple[int, Any]]) -> None:
    report = sample()
    for place, value in changes:
        inner, path = report, PATHS[place % len(PATHS)]
        try:
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has removed the place
    outcomes_of(report)


terms = st.recursive(
    st.one_of(
        st.sampled_from(["0", "1", "-1", "2", "1/2"]),
        st.just(["var", "x"]),
        st.just(["given", "square"]),
        st.just(["given", "source"]),
    ),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["add", "mul", "pow", "min"]), inner, inner).map(list),
        st.tuples(st.sampled_from(["exp", "log", "tangent", "gap", "abs"]), inner).map(list),
        st.tuples(st.sampled_from(["total", "least"]), inner, st.sampled_from(["n", "t"])).map(list),
        st.tuples(st.just("rate"), inner, st.just(["var", "t"])).map(list),
    ),
    max_leaves=8,
)


@given(terms, st.sampled_from(["both", "square"]))
@settings(max_examples=120, deadline=None)
def test_no_random_certificate_proves_a_false_claim(difference: Any, name: str) -> None:
    """The claims are turned into their false negations; whatever stands in the certificate, they are not accepted."""
    report = sample()
    for step, record in zip(report["statements"]["sample"]["steps"], report["records"], strict=False):
        if step["name"] == name:
            step["claim"] = ["lt", *step["claim"][1:]]
            record["certificate"] = {"kind": "inequality", "difference": difference}
    assert {o.status for o in audit(report) if o.name == name} == {"refused"}
