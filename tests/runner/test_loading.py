"""Theorem files: what is read from their syntax trees, and what is said about those that cannot be used."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from verify.errors import BadInput, StatementError
from verify.loading import catalogue, declared, load, theorem_files

GOOD = """
from verify import Theorem
theorem = Theorem("a")
x = theorem.parameter("x")
theorem.conclude("c", x > 0)
"""


def write(folder: Path, text: str, name: str = "file.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_names_are_read_without_running_the_file(tmp_path):
    path = write(
        tmp_path,
        """
raise SystemExit("this file must not run")
import verify
a = verify.Theorem("first", "A title")
b: verify.Theorem = Theorem(name="second", title="Another")
c = Conjecture("third")
def inside(): d = Theorem("not at module level")
e = Theorems("no theorem")
""",
    )
    assert [(each.name, each.kind, each.variable, each.title) for each in declared(path)] == [
        ("first", "theorem", "a", "A title"),
        ("second", "theorem", "b", "Another"),
        ("third", "conjecture", "c", "third"),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("theorem = Theorem(", "file.py:1 is not valid Python: '(' was never closed"),
        ("theorem = Theorem('a' + 'b')", "file.py:1 computes the name of a theorem; write it out"),
        ("x = Conjecture()", "file.py:1 computes the name of a conjecture"),
        ("\0", "file.py is not valid Python"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path, monkeypatch, text, sentence):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput) as error:
        declared(write(tmp_path, text))
    assert str(error.value).startswith(sentence)


def test_a_catalogue_skips_what_declares_nothing_and_refuses_one_name_twice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, GOOD, "theorems/one.py")
    write(tmp_path, "x = 1", "theorems/helper.py")
    write(tmp_path, GOOD, "theorems/.hidden/two.py")
    write(tmp_path, GOOD, "theorems/__pycache__/two.py")
    folder = Path("theorems")
    assert [path.name for path in theorem_files(folder)] == ["one.py"]
    assert list(catalogue([folder])) == ["a"]
    assert list(catalogue([folder, folder / "one.py"])) == ["a"]
    write(tmp_path, GOOD, "theorems/two.py")
    with pytest.raises(BadInput, match=r"'a' is declared in theorems/one.py and in theorems/two.py"):
        catalogue([folder])


@pytest.mark.parametrize(
    ("line", "kind", "sentence"),
    [
        ("theorem.conclude('d', 0 < x < 1)", BadInput, "file.py:6: Python asked for the truth value of a formula"),
        ("theorem.conclude('d', x > 0 and x < 1)", BadInput, "write And(a < b, b < c), Or(...), Not(...)"),
        ("theorem.conclude('d', y > 0)", BadInput, "file.py:6: NameError: name 'y' is not defined"),
        ("theorem.conclude('d', x > 0.5)", StatementError, "file.py:6: the conclusion 'd' contains the Float"),
        ("theorem.ablate('h', breaks='c', on='f')", StatementError, "file.py:6: the ablation"),
        ("theorem.conclude('d', x > 1, on='nowhere')", StatementError, "names 'nowhere', which is not declared"),
    ],
)
def test_a_file_that_fails_says_where_and_what_to_write(tmp_path, monkeypatch, line, kind, sentence):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind) as error:
        load(write(tmp_path, GOOD + line + "\n"))
    assert sentence in str(error.value)
    assert str(error.value).startswith("file.py")


def test_a_theorem_file_shadows_no_module_and_an_edited_one_is_read_anew(tmp_path):
    path = write(tmp_path, GOOD, "numpy.py")
    numpy = sys.modules.get("numpy")
    assert load(path)[0].name == "a"
    assert sys.modules.get("numpy") is numpy
    assert load(path)[0] is load(path)[0]
    path.write_text(GOOD.replace('"a"', '"b"'))
    assert load(path)[0].name == "b"


def test_theorems_come_in_the_order_of_the_file(tmp_path):
    text = GOOD + GOOD.replace('"a"', '"z"').replace("theorem", "other").replace("other import", "verify import")
    assert [theorem.name for theorem in load(write(tmp_path, text))] == ["a", "z"]
