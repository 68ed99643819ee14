"""The sign of an expression over a box: the box comes from the statement, the cuts from the certificate."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.notation import E, block, exp, head, json, log, symbols
from verify.kernel.audit import check_step
from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement

x, y, k = symbols("x y k")
BOUNDS = {"square": ["and", x >= -1, x <= 2], "strip": ["and", E(0) < y, y < E("3/2")], "half": x >= 0}


def attempt(claim: Any, cuts: Any = None, given: str = "square strip", precision: Any = 64) -> None:
    found = block(real="x y", positive="k", hypotheses=BOUNDS, steps={"s": (claim, given, "enclosure")})
    certificate = {"kind": "enclosure", "precision": precision, "cuts": cuts}
    check_step(Statement.read("sample", found), "s", certificate)


def test_true_on_the_whole_box() -> None:
    attempt(x**2 + y < 6)
    attempt(x**2 + y >= E("-1/10"))
    attempt(exp(x) - x > E("1/10"), ["x", "0", ["x", "-1/2", None, None], ["x", "1/2", None, ["x", "1", None, None]]])


def test_numbers_need_no_box() -> None:
    attempt(log(E(2)) < E("7/10"), given="")
    attempt(["and", log(E(2)) > E("69/100")], given="")
    attempt(head("sin", 3) ** 2 + head("cos", 3) ** 2 <= E("1000001/1000000"), given="")


def test_premises_of_the_claim_bound_the_box_too() -> None:
    attempt(["implies", ["and", k >= 1, k <= 2], k * x <= 5])


@pytest.mark.parametrize(
    ("claim", "cuts", "given"),
    [
        (x > 0, None, "square strip"),  # false
        (x <= E("199/100"), None, "square strip"),  # false near a corner
        (x <= 2, ["x", "0", None, None], "strip"),  # x is not bounded by what is given
        (x >= 0, None, "half"),  # bounded on one side only
        (k * x <= 4, None, "square strip"),  # k is not bounded at all
        (log(x) <= 2, None, "square strip"),  # not defined on the box
        (1 / y > E("1/2"), None, "square strip"),  # y may come near zero: the closed box holds it
        (x == x, None, "square strip"),  # an equation is no matter for balls
        (exp(x) - x > E("1/10"), None, "square strip"),  # true, but not cut
        (x**2 + y < 6, ["x", "2", None, None], "square strip"),  # a cut at the end
        (x**2 + y < 6, ["x", "5", None, None], "square strip"),  # a cut outside, which would leave a side out
        (x**2 + y < 6, ["k", "1", None, None], "square strip"),
        (x**2 + y < 6, ["x", "0", None], "square strip"),
        (x**2 + y < 6, [], "square strip"),
        (x**2 + y < 6, [["x"], "0", None, None], "square strip"),
        (x**2 + y < 6, "x", "square strip"),
        (x**2 + y < 6, ["x", 0, None, None], "square strip"),
        (head("rate", x, x) == 1, None, "square strip"),
    ],
)
def test_refused(claim: Any, cuts: Any, given: str) -> None:
    with pytest.raises(Refused):
        attempt(claim, cuts, given)


@pytest.mark.parametrize("precision", [0, 31, 5000, -1, True, "64", 1.5, None])
def test_the_precision_is_bounded(precision: Any) -> None:
    with pytest.raises(Refused):
        attempt(x**2 + y < 6, precision=precision)


def test_a_piece_below_a_cut_is_checked_as_well_as_the_one_above() -> None:
    for cuts in (["x", "-1/2", None, None], ["x", "1/2", None, None]):
        with pytest.raises(Refused):
            attempt(x**3 - x + y < E("19/10"), cuts)


def test_the_box_of_contradictory_bounds_proves_nothing() -> None:
    found = block(real="x", hypotheses={"h": ["and", x >= 2, x <= 1]}, steps={"s": (x > 5, "h", "enclosure")})
    with pytest.raises(Refused):
        check_step(Statement.read("sample", found), "s", {"kind": "enclosure", "precision": 64, "cuts": None})


def test_a_hypothesis_about_one_quantity_bounds_no_other() -> None:
    with pytest.raises(Refused):
        attempt(json(x) and x * y < 4, given="square")
