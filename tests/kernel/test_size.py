"""The kernel is small enough to be read: the core at most 600 lines of code, every further file at most 120.

A line of code is one that is neither blank, nor a comment, nor a docstring.
"""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import pytest

import verify.kernel

KERNEL = Path(verify.kernel.__file__).parent

LANGUAGE = ("expressions", "printing", "signs", "goals")
CHECKERS = {
    "identities and sums of squares": ("field", "functions", "facts", "reasons"),
    "semidefinite matrices": ("semidefinite",),
    "optima of quadratic and linear programmes": ("optimum",),
    "signs in ball arithmetic": ("balls",),
}
CORE = {*LANGUAGE, *(name for names in CHECKERS.values() for name in names)}


def code_lines(file: Path) -> int:
    """Lines that hold code: neither blank, nor comment, nor docstring."""
    tree = ast.parse(file.read_text())
    strings = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and ast.get_docstring(node, clean=False) is not None
        for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    tokens = tokenize.generate_tokens(io.StringIO(file.read_text()).readline)
    skip = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    return len(
        {line for token in tokens if token.type not in skip for line in range(token.start[0], token.end[0] + 1)}
        - strings
    )


SIZES = {file.stem: code_lines(file) for file in KERNEL.glob("*.py")}


def test_the_core_is_at_most_600_lines() -> None:
    assert sum(SIZES[name] for name in CORE) <= 600


@pytest.mark.parametrize("name", sorted(set(SIZES) - CORE))
def test_what_is_further_is_at_most_120_lines_a_file(name: str) -> None:
    assert SIZES[name] <= 120


def imported(name: str) -> set[str]:
    """The files of the kernel that a file imports when it runs."""
    tree = ast.parse((KERNEL / f"{name}.py").read_text())
    tree.body = [node for node in tree.body if not isinstance(node, ast.If)]  # if TYPE_CHECKING
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == 1]
    return {alias.name if node.module is None else node.module for node in nodes for alias in node.names}


def test_the_core_reaches_what_is_further_by_named_doors_only() -> None:
    """Heads by `extensions`; axes and functions of the setting, which a claim may mention; the data of a problem; the budget."""
    doors = {"extensions", "axes", "pointwise", "problems", "budget"}
    assert set().union(*map(imported, CORE)) - CORE == doors


def test_lines_are_counted_as_they_should_be(tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text(
        '"""Two\nlines."""\n\n# a comment\nx = (  # two lines\n    1)\n\n\ndef f():\n    """One."""\n    return """a\nb"""\n'
    )
    assert code_lines(file) == 5
