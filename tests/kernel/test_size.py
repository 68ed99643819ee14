"""The kernel is small enough to be read: `wc -l core/*.py` gives at most 600, every further file at most 120 lines.

The core is the expression language, the printer of goals, and the checkers of identities, sums of squares, optima, semidefinite
matrices and signs in balls. It is asked by what stands outside: the statement's reader (statement, about 95 lines), what a claim
comes to (goals, 90), the report's reader (loading, 65), the budget (100), the signs that given relations show (facts, 50).
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import verify.kernel

KERNEL = Path(verify.kernel.__file__).parent

LANGUAGE = ("expressions", "printing", "signs")
CHECKERS = {
    "identities and sums of squares": ("field", "reasons"),
    "semidefinite matrices": ("semidefinite",),
    "optima of quadratic and linear programmes": ("optimum",),
    "signs in ball arithmetic": ("balls",),
}
CORE = {*LANGUAGE, *(name for names in CHECKERS.values() for name in names)}
DOORS = {
    "extensions": "what further heads mean; a certificate without them needs none",
    "heads": "their arguments and their notation: tables alone",
    "goals": "the setting, as a type, and the name of what a claim assumes",
    "budget": "what would take for ever is refused; no proof rests on it",
    "refusals": "the wording of a refusal, and whether JSON is a list",
}


def lines(file: Path) -> int:
    """The lines of a file as `wc -l` counts them: comments, docstrings and blank lines too."""
    return file.read_bytes().count(b"\n")


def test_the_core_is_at_most_600_lines() -> None:
    assert {file.stem for file in (KERNEL / "core").glob("*.py")} == {*CORE, "__init__"}
    assert sum(map(lines, (KERNEL / "core").glob("*.py"))) <= 600


@pytest.mark.parametrize("file", sorted(KERNEL.glob("*.py")), ids=lambda file: file.stem)
def test_what_is_further_is_at_most_120_lines_a_file(file: Path) -> None:
    assert lines(file) <= 120


def test_there_is_no_third_place_for_code() -> None:
    assert {file.parent for file in KERNEL.rglob("*.py")} == {KERNEL, KERNEL / "core"}


def imported(name: str, level: int) -> set[str]:
    """The files that a file of the core imports when it runs: from the core (level 1), from what is further (level 2)."""
    tree = ast.parse((KERNEL / "core" / f"{name}.py").read_text())
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == level]
    return {alias.name if node.module is None else node.module for node in nodes for alias in node.names}


def test_the_core_reaches_what_is_further_by_named_doors_only() -> None:
    assert set().union(*(imported(name, 1) for name in CORE)) <= CORE
    assert set().union(*(imported(name, 2) for name in CORE)) == set(DOORS)


def test_of_the_goals_the_core_takes_a_type_and_a_name() -> None:
    tree = [node for name in CORE for node in ast.walk(ast.parse((KERNEL / "core" / f"{name}.py").read_text()))]
    taken = {
        alias.name
        for node in tree
        if isinstance(node, ast.ImportFrom) and node.module == "goals"
        for alias in node.names
    }
    assert taken == {"Setting", "ASSUMED"}


def test_lines_are_counted_as_wc_does(tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text('"""Two\nlines."""\n\n# a comment\nx = (  # two lines\n    1)\n')
    assert lines(file) == 6
