"""The kernel's own expansion: it accepts the modified equations that are known, and no variant of them."""

from __future__ import annotations

import copy
import json

import pytest

from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement
from verify.kernel.weak_order import check


def v(name):
    return ["var", name]


def add(*parts):
    return ["add", *parts]


def mul(*parts):
    return ["mul", *parts]


def power(e, n):
    return ["pow", e, str(n)]


def quantity(name, kind="parameter", over=(), sign="real"):
    return {"name": name, "kind": kind, "over": list(over), "log": False, "sign": sign}


F1, F2, F3, S, S1, MU, G1, G2, G3, ETA, Z = map(v, ("f1", "f2", "f3", "S", "S1", "mu3", "g1", "g2", "g3", "eta", "z"))

SGD = {
    "theorem": "sgd",
    "axes": [{"name": "eta", "kind": "clock", "to": "0"}],
    "quantities": [
        quantity("eta", "clock", ["eta"], "positive"),
        *(quantity(name) for name in ("x", "z", "f1", "f2", "f3", "S", "S1", "mu3", "g1", "g2", "g3", "c1", "c2", "r1", "r2", "r3")),
        quantity("b", sign="positive"),
        quantity("local", "quantity", ["eta"]),
    ],
    "functions": [],
    "definitions": [
        {"name": "update", "value": mul("-1", ETA, add(F1, Z))},
        {"name": "drift", "value": add(mul("-1", F1), mul("-1/2", ETA, F1, F2))},
        {"name": "diffusion", "value": mul(ETA, S)},
    ],
    "relations": [],
    "hypotheses": [],
    "conclusions": [],
    "steps": [],
    "references": [
        {
            "name": "order-two", "kind": "weak-order", "step": "eta", "time": "eta", "state": ["x"], "noise": ["z"],
            "jets": {"f1": ["f", [1]], "f2": ["f", [2]], "f3": ["f", [3]], "S": ["S", [0]], "S1": ["S", [1]], "mu3": ["mu3", [0]],
                     "g1": ["g", [1]], "g2": ["g", [2]], "g3": ["g", [3]]},
            "moments": {"1": "0", "2": "S", "3": "mu3"},
            "update": ["update"], "drift": ["drift"], "diffusion": [["diffusion"]], "test": "g", "local": "local",
            "residuals": {"r1": 1, "r2": 2, "r3": 3},
        }
    ],
}  # fmt: skip
ORDER_TWO = ["bigo", v("local"), power(ETA, 3), "eta"]
R = mul(
    "1/12",
    add(
        mul("6", S, F2, G2),
        mul("3", S, F3, G1),
        mul("-2", MU, G3),
        mul("3", S1, F1, G2),
        mul("-1", power(F1, 2), F3, G1),
        mul("-4", F1, power(F2, 2), G1),
    ),
)


def block(definitions=None, **reference):
    made = copy.deepcopy(SGD)
    for one in made["definitions"]:
        one["value"] = (definitions or {}).get(one["name"], one["value"])
    made["references"][0].update(reference)
    return made


def checked(made, claim):
    made = {**json.loads(json.dumps(made)), "steps": [{"name": "s", "claim": claim, "given": [], "by": "weak-order"}]}
    check(Statement.read("sgd", made), "s", {"kind": "weak-order"})


def accepts(made, claim):
    try:
        checked(made, claim)
    except Refused:
        return False
    return True


def test_order_two_of_sgd():
    assert accepts(block(), ORDER_TWO)
    assert accepts(block(), ["bigo", v("local"), power(ETA, 2), "eta"])
    assert not accepts(block(), ["bigo", v("local"), power(ETA, 4), "eta"])


def test_error_operator():
    assert accepts(block(), ["eq", v("r3"), R])
    assert accepts(block(), ["eq", v("r2"), "0"])
    assert not accepts(block(), ["eq", v("r3"), mul("2", R)])
    assert not accepts(block(), ["eq", v("r2"), R])
    assert not accepts(block(), ["eq", v("r3"), "0"])


def test_general_coefficients():
    free = {"drift": add(mul("-1", F1), mul("-1", v("c1"), ETA, F1, F2)), "diffusion": mul(v("c2"), ETA, S)}
    left = mul("1/2", add(mul(add(mul("2", v("c1")), "-1"), F1, F2, G1), mul(add("1", mul("-1", v("c2"))), S, G2)))
    assert accepts(block(free), ["eq", v("r2"), left])
    assert not accepts(block(free), ORDER_TWO)


@pytest.mark.parametrize(
    "definitions",
    [
        {"drift": mul("-1", F1)},
        {"drift": add(mul("-1", F1), mul("-1", ETA, F1, F2))},
        {"drift": add(mul("-1", F1), mul("1/2", ETA, F1, F2))},
        {"diffusion": mul("11/10", ETA, S)},
        {"diffusion": "0"},
        {"diffusion": mul(ETA, add(S, power(F1, 2)))},
        {"drift": add(mul("-1", F1), mul("-1/2", ETA, F1, F2), mul("1/4", ETA, S1))},
        {"update": mul("-1", ETA, add(F1, mul("2", Z)))},
        {"update": mul("-1", ETA, F1)},
    ],
)
def test_wrong_settings_are_refused(definitions):
    assert not accepts(block(definitions), ORDER_TWO)


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ({"moments": {"2": "S", "3": "mu3"}}, "lacks a moment"),
        ({"moments": {"1": "0", "2": "f1", "3": "mu3"}}, "does not vanish below"),
        ({"moments": {"1": "g1", "2": "S", "3": "mu3"}}, "test function"),
        ({"time": "b"}, "time of one step"),
        ({"state": ["x", "x"]}, "wrong length"),
        ({"state": []}, "wrong length"),
        ({"drift": []}, "wrong length"),
        ({"diffusion": ["diffusion"]}, "wrong length"),
        ({"noise": ["x"]}, "two to one"),
        ({"noise": ["nothing"]}, "no quantity"),
        ({"update": ["nothing"]}, "no number"),
        ({"update": ["f1"]}, "increment of the state does not vanish with the step"),
        ({"test": "f"}, "test function"),
        ({"jets": {**SGD["references"][0]["jets"], "f1": ["f", [1, 0]]}}, "wrong length"),
        ({"jets": {**SGD["references"][0]["jets"], "f1": ["f", [True]]}}, "is not \\[function"),
        ({"jets": {**SGD["references"][0]["jets"], "f1": "f"}}, "is not \\[function"),
        ({"jets": {**SGD["references"][0]["jets"], "f1": ["f", [1], {"x": "update"}]}}, "moved state"),
        ({"jets": {name: jet for name, jet in SGD["references"][0]["jets"].items() if name != "f1"}}, "does not vanish"),
        ({"kind": "qp"}, "no weak-order reference"),
        ({"local": "r1"}, "no weak-order reference"),
        ({"step": 3}, "lacks"),
    ],
)  # fmt: skip
def test_misused_references_are_refused(reference, says):
    with pytest.raises(Refused, match=says):
        checked(block(**reference), ORDER_TWO)


@pytest.mark.parametrize(
    "claim",
    [
        ["bigo", v("local"), "1", "eta"],
        ["bigo", v("local"), power(ETA, "1/2"), "eta"],
        ["bigo", v("local"), power(ETA, "99"), "eta"],
        ["bigo", v("r2"), power(ETA, 3), "eta"],
        ["theta", v("local"), power(ETA, 3), "eta"],
        ["eq", v("local"), "0"],
        ["eq", "0", "0"],
        ["le", v("r2"), "0"],
        ["tends", v("local"), "0", "eta"],
    ],
)
def test_other_claims_are_refused(claim):
    assert not accepts(block(), claim)


def test_an_equality_of_a_plain_parameter_is_no_claim_about_a_residual():
    assert not accepts(block(), ["eq", v("c1"), "1/2"])


def test_a_function_at_a_moved_state():
    """x - eta f'(x - eta/2 f'(x)) follows gradient flow to order two; with 1/3 only to order one."""
    for factor, holds in (("-1/2", True), ("-1/3", False)):
        made = block(
            {"drift": mul("-1", F1), "diffusion": mul(factor, ETA, F1), "update": mul("-1", ETA, v("f2"))},
            diffusion=[["0"]],
        )
        made["references"][0]["jets"] = {"f1": ["f", [1]], "f2": ["f", [1], {"x": "diffusion"}]}
        assert accepts(made, ORDER_TWO) == holds


def test_division_by_a_positive_parameter_only():
    inverse = {"update": mul("-1", ETA, v("b"), add(F1, Z), power(v("b"), -1))}
    assert accepts(block(inverse), ORDER_TWO)
    assert not accepts(block({"update": mul("-1", ETA, v("c1"), add(F1, Z), power(v("c1"), -1))}), ORDER_TWO)
    assert not accepts(block({"update": mul("-1", ETA, F1, add(F1, Z), power(F1, -1))}), ORDER_TWO)


def test_two_dimensions():
    names = [f"f{i}{j}" for i in range(3) for j in range(3) if 0 < i + j < 3]
    made = {
        **SGD,
        "quantities": [quantity("eta", "clock", ["eta"], "positive"), quantity("local", "quantity", ["eta"]),
                       *(quantity(n) for n in ("x", "y", "z", "w", "a", "b", "c", *names))],
        "definitions": [
            {"name": "ux", "value": mul("-1", ETA, add(v("f10"), v("z")))}, {"name": "uy", "value": mul("-1", ETA, add(v("f01"), v("w")))},
            {"name": "bx", "value": add(mul("-1", v("f10")), mul("-1/2", ETA, add(mul(v("f20"), v("f10")), mul(v("f11"), v("f01")))))},
            {"name": "by", "value": add(mul("-1", v("f01")), mul("-1/2", ETA, add(mul(v("f11"), v("f10")), mul(v("f02"), v("f01")))))},
            {"name": "sa", "value": mul(ETA, v("a"))}, {"name": "sb", "value": mul(ETA, v("b"))}, {"name": "sc", "value": mul(ETA, v("c"))},
        ],
        "references": [{
            "name": "two", "kind": "weak-order", "step": "eta", "time": "eta", "state": ["x", "y"], "noise": ["z", "w"],
            "jets": {**{n: ["f", [int(n[1]), int(n[2])]] for n in names}, "a": ["a", [0, 0]], "b": ["b", [0, 0]], "c": ["c", [0, 0]]},
            "moments": {"1,0": "0", "0,1": "0", "2,0": "a", "1,1": "b", "0,2": "c"},
            "update": ["ux", "uy"], "drift": ["bx", "by"], "diffusion": [["sa", "sb"], ["sb", "sc"]], "test": "g", "local": "local",
            "residuals": {},
        }],
    }  # fmt: skip
    assert accepts(made, ORDER_TWO)
    wrong = copy.deepcopy(made)
    wrong["references"][0]["diffusion"][0][1] = "0"
    assert not accepts(wrong, ORDER_TWO)
