"""The statement block: declared once, in order, and nothing else; what a claim asks to be shown."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.kernel.notation import E, block, head, json, symbols
from verify.kernel.goals import goals
from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement

x, y, m, q = symbols("x y m q")

BLOCK = block(
    real="x y q", positive="m", over={"x": "t", "q": "tn"},
    functions=[{"name": "f", "of": "s", "value": json(E(["var", "s"]) ** 2 + y)}],
    definitions={"d": x + 1, "e": E(["var", "d"]) * head("apply", "f", E(["var", "d"]))},
    relations={"r": ["always", x == y, "t"]}, hypotheses={"h": x > 0, "words": None}, conclusions={"c": x >= 0},
    steps={"s": (x >= 0, "h", "inequality"), "last": (x == y, "r s", "identity"), "by-others": (None, "", "cited")},
)  # fmt: skip


def read(change: Callable[[Any], Any] = lambda found: None) -> Statement:
    found = copy.deepcopy(BLOCK)
    change(found)
    return Statement.read("sample", found)


def test_definitions_and_functions_unfold_in_order() -> None:
    d = json(x + 1)
    assert read().unfold(["var", "e"]) == ["mul", d, ["add", ["pow", d, "2"], ["var", "y"]]]


def put(key: str, *entries: Any) -> Callable[[Any], None]:
    return lambda found: found[key].extend(entries)


def definition(name: Any, value: Any) -> dict[str, Any]:
    return {"name": name, "value": json(value)}


REFUSED: dict[str, Callable[[Any], Any]] = {
    "a second definition": put("definitions", definition("d", x)),
    "a definition of a quantity": put("definitions", definition("x", y)),
    "a definition of an axis": put("definitions", definition("n", y)),
    "a definition by itself": put("definitions", definition("z", E(["var", "z"]))),
    "a definition that comes too early": lambda found: found["definitions"].reverse(),
    "an undeclared symbol": put("definitions", definition("z", E(["var", "zz"]))),
    "a definition without a value": put("definitions", {"name": "z"}),
    "a second quantity": put("quantities", BLOCK["quantities"][1]),
    "a quantity of no kind": put("quantities", {"name": "z", "kind": "thing", "over": [], "sign": "real"}),
    "a sign that there is not": put("quantities", {"name": "z", "kind": "quantity", "over": [], "sign": "negative"}),
    "a sign of the wrong type": put("quantities", {"name": "z", "kind": "quantity", "over": [], "sign": ["real"]}),
    "an axis that is not declared": put("quantities", {"name": "z", "kind": "quantity", "over": ["k"], "sign": "real"}),
    "an axis of the wrong type": put("quantities", {"name": "z", "kind": "quantity", "over": [["t"]], "sign": "real"}),
    "a parameter along the clock": put("quantities", {"name": "z", "kind": "parameter", "over": ["t"], "sign": "real"}),
    "a quantity with the name of an axis": put(
        "quantities", {"name": "n", "kind": "quantity", "over": [], "sign": "real"}
    ),
    "a clock that is no axis": put("quantities", {"name": "z", "kind": "clock", "over": [], "sign": "real"}),
    "two clocks": put("axes", {"name": "k", "kind": "clock", "to": "oo"}),
    "an axis of another kind": put("axes", {"name": "k", "kind": "time", "to": "oo"}),
    "a second relation": put("relations", {"name": "r", "formula": x == x}),
    "a relation with a hypothesis's name": put("relations", {"name": "h", "formula": x == x}),
    "a step with a relation's name": put("steps", {"name": "r", "claim": x == x, "given": [], "by": "identity"}),
    "a step given itself": put("steps", {"name": "z", "claim": x == y, "given": ["z"], "by": "identity"}),
    "a step given a later one": lambda found: found["steps"].reverse(),
    "a step given a conclusion": put("steps", {"name": "z", "claim": x == y, "given": ["c"], "by": "identity"}),
    "a step without a claim": put("steps", {"name": "z", "claim": None, "given": [], "by": "identity"}),
    "a relation in words": put("relations", {"name": "z", "formula": None}),
    "a claim that is a number": put("steps", {"name": "z", "claim": json(x), "given": [], "by": "identity"}),
    "a reason in a claim": put(
        "steps", {"name": "z", "claim": ["ge", ["tangent", json(m)], "0"], "given": [], "by": "inequality"}
    ),
    "a function that sums": put("functions", {"name": "g", "of": "s", "value": ["total", ["var", "s"], "n"]}),
    "a function that is called exp": put("functions", {"name": "exp", "of": "s", "value": "0"}),
    "a function that is called d": put("functions", {"name": "d", "of": "s", "value": "0"}),
    "a name that is code": put("definitions", definition("__import__('os').system('true')", x)),
    "a name with a control character": put("definitions", definition("a\x1b[2J", x)),
    "another theorem": lambda found: found.update(theorem="other"),
    "no axes": lambda found: found.pop("axes"),
    "axes of the wrong type": lambda found: found.update(axes={}),
    "an entry of the wrong type": put("relations", "r"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    read()
    with pytest.raises(Refused) as refusal:
        read(REFUSED[name])
    assert str(refusal.value).isprintable()


def test_definitions_that_double_do_not_blow_up() -> None:
    doubling = [definition("z0", x + x)] + [
        definition(f"z{k}", E(["var", f"z{k - 1}"]) + E(["var", f"z{k - 1}"])) for k in range(1, 60)
    ]
    with pytest.raises(Refused, match="nodes"):
        read(put("definitions", *doubling))


def test_the_coordinate_of_a_clock_depends_on_it() -> None:
    assert read().quantities["t"].over == ("t",)


P, Q, R = (["gt", ["var", name], "0"] for name in "xym")


@pytest.mark.parametrize(
    ("claim", "wanted"),
    [
        (P, [([], P)]),
        (["and", P, ["and", Q, R]], [([], P), ([], Q), ([], R)]),
        (["not", P], [([], ["le", ["var", "x"], "0"])]),
        (["implies", ["and", P, Q], R], [([P, Q], R)]),
        (["or", P, ["eq", ["var", "y"], "0"]], [([["ne", ["var", "y"], "0"]], P)]),
        (["implies", P, ["and", Q, R]], [([P], Q), ([P], R)]),
    ],
)
def test_goals(claim: Any, wanted: Any) -> None:
    assert goals(claim) == wanted


@pytest.mark.parametrize(
    "claim",
    [["sometimes", P, "t"], ["implies", ["always", P, "t"], Q], ["implies", P, ["always", Q, "t"]], ["or", ["always", P, "t"], Q],
     ["or", P, ["always", Q, "t"]], ["not", ["and", P, Q]], ["implies", ["or", P, Q], R], ["tends", "0", "1", "t"], ["not", ["always", P, "t"]]],
)  # fmt: skip
def test_what_the_kernel_cannot_prove(claim: Any) -> None:
    with pytest.raises(Refused):
        goals(claim)


def test_conjuncts_strip_always_and_take_rates() -> None:
    statement = read()
    assert statement.conjuncts(["always", ["and", P, ["always", Q, "n"]], "t"]) == [P, Q]
    assert statement.conjuncts(["nondecreasing", ["var", "x"], "t"]) == [
        ["ge", ["rate", ["var", "x"], ["var", "t"]], "0"]
    ]
    assert statement.conjuncts(["nondecreasing", ["var", "q"], "n"])[0][0] == "nondecreasing"
    to_zero = read(lambda found: found["axes"][0].update(to="0"))
    assert to_zero.conjuncts(["nondecreasing", ["var", "x"], "t"])[0][0] == "nondecreasing"
