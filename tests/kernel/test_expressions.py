"""What is an expression and what is not: numbers in lowest terms, a closed list of heads, declared names, bounded size."""

from __future__ import annotations

from typing import Any

import pytest
from flint import fmpq

from verify.kernel.comparison import canonical
from verify.kernel.core.expressions import DEPTH, DIGITS, NODES, number, validate
from verify.kernel.refusals import Refused, clip

NAMES = {"v": {"x"}, "a": {"n"}, "f": {"g"}}


@pytest.mark.parametrize(
    ("text", "value"), [("0", fmpq(0)), ("-3", fmpq(-3)), ("2/7", fmpq(2, 7)), ("-12/5", fmpq(-12, 5))]
)
def test_numbers(text: str, value: fmpq) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "-", "+1", "01", "-0", "1/0", "2/4", "0/1", "3/1", "1/-2", "1.5", "1e9", " 1", "1\n", "١", "0x10", "inf", "nan", "--1", "1/2/3",
     "9" * (DIGITS + 1), "__import__('os')", 1, 1.5, True, None, ["1"], {}],
)  # fmt: skip
def test_what_is_no_number(text: Any) -> None:
    with pytest.raises(Refused):
        number(text)


@pytest.mark.parametrize(
    "e",
    [
        ["var", "x"],
        ["add", "1"],
        ["mul", "2", ["var", "x"], "3"],
        ["total", ["var", "x"], "n"],
        ["apply", "g", "1"],
        ["oo"],
    ],
)
def test_expressions(e: Any) -> None:
    assert validate(e, NAMES) is e


@pytest.mark.parametrize(
    "e",
    [
        [], ["add"], ["pow", "1"], ["pow", "1", "2", "3"], ["exp"], ["exp", "1", "2"], ["var"], ["var", "y"], ["var", ["x"]], ["var", "x", "x"],
        ["total", "1", "x"], ["total", "1", "t"], ["total", "n", "1"], ["apply", "f", "1"], ["apply", "x", "1"], ["eval", "1"], [["add"], "1"],
        [1, "2"], [None], [True, "1"], {"add": "1"}, None, True, 3, 1.5, "x", ["oo", "1"], ["eq", "1", "1"], ["given", "h"], ["tangent", "1"],
        ["gap", ["var", "x"]], ["add", "1", ["eq", "1", "1"]], ["add", "1", {"x": 1}],
    ],
)  # fmt: skip
def test_what_is_no_expression(e: Any) -> None:
    with pytest.raises(Refused):
        validate(e, NAMES)


def test_propositions_and_reasons_stand_where_they_belong() -> None:
    validate(["always", ["implies", ["gt", ["var", "x"], "0"], ["not", ["eq", "1", "2"]]], "n"], NAMES, "p")
    validate(
        ["add", ["tangent", "2"], ["given", "h", "1"], ["quadratic", [["1"]], ["var", "x"]]], NAMES | {"g": {"h"}}, "r"
    )
    for e, letter in [
        (["var", "x"], "p"),
        ("1", "p"),
        (["gt", ["gt", "1", "0"], "0"], "p"),
        (["gt", ["tangent", "2"], "0"], "p"),
        (["given", "k"], "r"),
        (["given", "h", "-1"], "r"),
        (["given", "h", "01"], "r"),
        (["quadratic", [["1", "x"]], "1"], "r"),
        (["quadratic", ["1"], "1"], "r"),
        (["gap", "1", "1/2"], "r"),
    ]:
        with pytest.raises(Refused):
            validate(e, NAMES | {"g": {"h"}}, letter)


def test_size_and_depth_are_bounded() -> None:
    deep: Any = "1"
    for _ in range(DEPTH + 1):
        deep = ["exp", deep]
    for e in (deep, ["add", *["1"] * NODES]):
        with pytest.raises(Refused, match="levels"):
            validate(e, NAMES)
    validate(deep[1], NAMES)


def test_canonical_text_sorts_what_commutes_and_nothing_else() -> None:
    x = ["var", "x"]
    assert canonical(["add", "1", ["mul", x, "2"]]) == canonical(["add", ["mul", "2", x], "1"])
    assert canonical(["eq", x, "1"]) == canonical(["eq", "1", x])
    for e, other in [
        (["pow", x, "2"], ["pow", "2", x]),
        (["le", x, "1"], ["le", "1", x]),
        (["implies", "p", "q"], ["implies", "q", "p"]),
    ]:
        assert canonical(e) != canonical(other)


def test_sentences_hold_one_line_of_ascii() -> None:
    for value in ("\x1b[31mred\n", "a" * 500, "é\ud800", None, 3, 1.5, [1], {}):
        assert clip(value).isascii() and clip(value).isprintable() and len(clip(value)) <= 60
