"""Trapping regions and minimum traces in the kernel: true certificates are accepted, every touched one is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from verify.kernel import trace_minimum, trapping
from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement


def v(name: str) -> list[str]:
    return ["var", name]


REGION = ["and", ["gt", v("x"), "0"], ["lt", v("x"), v("m")]]
CLAIM = ["tends", ["pow", ["add", v("x"), ["mul", "-1", v("m")]], "2"], "0", "t"]


def block(**changes: Any) -> dict[str, Any]:
    """x' = x (m - x) with the region 0 < x < m, and x' = x (m - x) read in the region low < x < m for the decay."""
    found: dict[str, Any] = {
        "theorem": "logistic",
        "axes": [{"name": "t", "kind": "clock", "to": "oo"}, {"name": "n", "kind": "index", "to": None}],
        "quantities": [
            {"name": "t", "kind": "clock", "over": ["t"], "log": False, "sign": "positive"},
            {"name": "n", "kind": "index", "over": ["n"], "log": False, "sign": "real"},
            {"name": "x", "kind": "quantity", "over": ["t"], "log": False, "sign": "real"},
            {"name": "y", "kind": "quantity", "over": ["t", "n"], "log": False, "sign": "real"},
            {"name": "m", "kind": "parameter", "over": [], "log": False, "sign": "positive"},
            {"name": "low", "kind": "parameter", "over": [], "log": False, "sign": "positive"},
        ],
        "functions": [],
        "definitions": [],
        "relations": [
            {
                "name": "flow",
                "formula": [
                    "always",
                    ["eq", ["rate", v("x"), v("t")], ["mul", v("x"), ["add", v("m"), ["mul", "-1", v("x")]]]],
                    "t",
                ],
            }
        ],
        "hypotheses": [{"name": "inside", "formula": ["sometimes", REGION, "t"]}],
        "conclusions": [{"name": "stays", "formula": ["eventually", REGION, "t"]}],
        "references": [],
        "steps": [
            {"name": "stays", "claim": ["eventually", REGION, "t"], "given": ["flow", "inside"], "by": "trapping"}
        ],
    }
    return {**found, **changes}


def statement(**changes: Any) -> Statement:
    return Statement.read("logistic", block(**changes))


# x' - (m - x) x = 0, and (m - x)' + x (m - x) = 0: both sides with a slack of 0.
GAP = ["add", v("m"), ["mul", "-1", v("x")]]
FLOW = ["given", "flow"]
STAYS = {
    "kind": "trapping",
    "barriers": [
        {"multiplier": GAP, "difference": FLOW},
        {"multiplier": ["mul", "-1", v("x")], "difference": ["mul", "-1", FLOW]},
    ],
}


def test_the_logistic_equation_stays_between_its_rest_points() -> None:
    trapping.check(statement(), "stays", STAYS)


def decaying() -> tuple[dict[str, Any], dict[str, Any]]:
    """In low < x < m the square of m - x decays at the speed 2 low."""
    region = ["and", ["gt", v("x"), v("low")], ["lt", v("x"), v("m")], ["gt", v("x"), "0"]]
    step = {"name": "ends", "claim": CLAIM, "given": ["flow", "inside"], "by": "trapping"}
    changes = {"hypotheses": [{"name": "inside", "formula": ["sometimes", region, "t"]}], "steps": [step]}
    square = ["pow", GAP, "2"]
    above, gap = ["given", "assumed", "0"], ["given", "assumed", "1"]
    # (x - low)' = x (m - x) = (m - x)(x - low) + low (m - x)
    low_side = {"multiplier": GAP, "difference": ["add", FLOW, ["mul", "-1", v("low"), gap]]}
    certificate = {
        "kind": "trapping",
        "barriers": [low_side, STAYS["barriers"][1], STAYS["barriers"][0]],
        "decay": {
            "of": square,
            "speed": ["mul", "2", v("low")],
            "factor": "1",
            # -2 low (m - x)^2 - (d/dt)(m - x)^2 = 2 (x - low)(m - x)^2
            "differences": {
                "speed-positive": ["mul", "2", v("low")],
                "factor-nonnegative": "1",
                "falls": ["add", ["mul", "2", above, ["pow", gap, "2"]], ["mul", "2", GAP, FLOW]],
                "below": "0",
                "above": square,
            },
        },
    }
    return changes, certificate


def test_what_decays_in_the_region_tends_to_zero() -> None:
    changes, certificate = decaying()
    trapping.check(statement(**changes), "ends", certificate)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("barriers", 0, "multiplier"), "0"),
        (("barriers", 0, "multiplier"), ["rate", v("x"), v("t")]),
        (("barriers", 0, "multiplier"), v("y")),
        (("barriers", 0, "difference"), "0"),
        (("barriers",), []),
        (("decay", "speed"), ["mul", "3", v("low")]),
        (("decay", "speed"), v("x")),
        (("decay", "speed"), "0"),
        (("decay", "factor"), "-1"),
        (("decay", "factor"), "1/2"),
        (("decay", "of"), GAP),
        (("decay", "differences", "falls"), "0"),
        (("decay", "differences", "above"), ["mul", "-1", ["pow", GAP, "2"]]),
        (("decay", "differences"), {}),
        (("decay",), None),
    ],
)
def test_a_touched_certificate_is_refused(path: tuple[Any, ...], value: Any) -> None:
    changes, certificate = decaying()
    touched = copy.deepcopy(certificate)
    target: Any = touched
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(Refused):
        trapping.check(statement(**changes), "ends", touched)


def test_the_statement_decides_what_may_be_claimed() -> None:
    towards_zero = [{"name": "t", "kind": "clock", "to": "0"}, {"name": "n", "kind": "index", "to": None}]
    weak = ["and", ["ge", v("x"), "0"], ["lt", v("x"), v("m")]]
    larger = ["and", ["gt", v("x"), "-1"], ["lt", v("x"), v("m")]]
    step = {"name": "stays", "claim": ["eventually", REGION, "t"], "given": ["flow"], "by": "trapping"}
    for changes, says in (
        ({"axes": towards_zero}, "infinity"),
        ({"hypotheses": [{"name": "inside", "formula": ["sometimes", weak, "t"]}]}, "one region"),
        ({"hypotheses": [{"name": "inside", "formula": ["sometimes", larger, "t"]}]}, "eventually in it"),
        ({"steps": [step]}, "one region"),
        ({"steps": [{**step, "given": ["flow", "inside"], "claim": ["tends", v("x"), "1", "t"]}]}, "eventually in it"),
    ):
        with pytest.raises(Refused, match=says):
            trapping.check(statement(**changes), "stays", STAYS)


def test_a_region_that_does_not_trap_is_refused() -> None:
    """x' = x (m - x) leaves x < m/2, whatever the multiplier."""
    half = ["and", ["gt", v("x"), "0"], ["lt", v("x"), ["mul", "1/2", v("m")]]]
    changes = {
        "hypotheses": [{"name": "inside", "formula": ["sometimes", half, "t"]}],
        "steps": [{"name": "stays", "claim": ["eventually", half, "t"], "given": ["flow", "inside"], "by": "trapping"}],
    }
    with pytest.raises(Refused):
        trapping.check(statement(**changes), "stays", STAYS)


TEMPLATE = {"name": "least-trace", "kind": "trace-minimum", "A": "A", "y": "y"}
DATA = {"A": [[["0", "1/2"], ["1/2", "0"]]], "y": ["3"]}
BEST = {"kind": "optimum", "primal": [["3", "3"], ["3", "3"]], "dual": ["2"]}


@pytest.mark.spec("greedy-low-rank/T5/R1")
def test_a_minimum_trace_is_certified_exactly() -> None:
    """Among W with W_12 = 3 the all-threes matrix has the least trace, 6."""
    assert trace_minimum.check_instance(TEMPLATE, DATA, BEST).endswith("is 6")
    near = {**BEST, "primal": [["4", "3"], ["3", "3"]]}
    assert trace_minimum.check_instance(TEMPLATE, DATA, near).endswith("lies in [6, 7]")


def test_infeasible_observations_are_certified() -> None:
    data = {"A": [[["1", "0"], ["0", "0"]]], "y": ["-1"]}
    assert trace_minimum.check_instance(TEMPLATE, data, {"kind": "infeasible", "dual": ["-1"]}).endswith(
        "no feasible matrix"
    )
    with pytest.raises(Refused, match="exclude"):
        trace_minimum.check_instance(TEMPLATE, data, {"kind": "infeasible", "dual": ["1"]})


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (DATA, {**BEST, "primal": [["2", "3"], ["3", "4"]]}),
        (DATA, {**BEST, "primal": [["4", "2"], ["2", "2"]]}),
        (DATA, {**BEST, "primal": [["3", "3"]]}),
        (DATA, {**BEST, "primal": [["3", "3", "0"], ["3", "3", "0"], ["0", "0", "0"]]}),
        (DATA, {**BEST, "dual": ["3"]}),
        (DATA, {**BEST, "dual": []}),
        (DATA, {**BEST, "dual": [2]}),
        (DATA, {"kind": "optimum", "dual": ["2"]}),
        ({**DATA, "y": ["3", "3"]}, BEST),
        ({**DATA, "A": [[["0", "1"], ["0", "0"]]]}, BEST),
        ({"y": ["3"]}, BEST),
        ({**DATA, "A": []}, BEST),
    ],
)
def test_what_is_not_an_optimum_is_refused(data: Any, found: Any) -> None:
    with pytest.raises(Refused):
        trace_minimum.check_instance(TEMPLATE, data, found)
