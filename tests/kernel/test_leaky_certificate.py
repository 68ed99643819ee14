"""The kernel's check of a two-layer optimum: it accepts what was found, and no changed number proves too much."""

from __future__ import annotations

import copy
import json
from fractions import Fraction

import pytest

from verify.kernel.refusals import Refused
from verify.kernel.two_layer import check_optimum
from verify.reference.two_layer import two_layer_optimum

TEMPLATE = {"name": "largest-margin", "kind": "two-layer", "X": "inputs", "y": "labels", "alpha": "alpha"}
DATA = {
    "inputs": [["1", "0"], ["-1", "0"], ["6", "0"], ["1/5", "1"], ["1/5", "-1"]],
    "labels": ["1", "-1", "1", "1", "1"],
    "alpha": "1/2",
}


@pytest.fixture(scope="module")
def certificate():
    found = two_layer_optimum([[Fraction(v) for v in row] for row in DATA["inputs"]], [1, -1, 1, 1, 1], "1/2")
    return json.loads(json.dumps(found.certificate()))


def test_what_was_found_is_accepted(certificate):
    assert check_optimum(TEMPLATE, DATA, certificate).startswith("largest-margin lies between")


def test_other_data_need_another_certificate(certificate):
    with pytest.raises(Refused, match=r"bounds no positive margin|proves nothing"):
        check_optimum(TEMPLATE, {**DATA, "labels": ["-1", "1", "-1", "-1", "-1"]}, certificate)
    # An easier problem has a larger margin: the network still shows a lower bound, and the upper one is recomputed.
    assert check_optimum(TEMPLATE, {**DATA, "alpha": "1"}, certificate)


def test_a_negative_weight_or_multiplier_is_refused(certificate):
    worse = copy.deepcopy(certificate)
    worse["weights"] = ["-" + v if v != "0" else v for v in worse["weights"]]
    with pytest.raises(Refused, match="nonnegative"):
        check_optimum(TEMPLATE, DATA, worse)
    worse = copy.deepcopy(certificate)
    worse["multipliers"][0]["mu"][0] = "-1"
    with pytest.raises(Refused, match="negative"):
        check_optimum(TEMPLATE, DATA, worse)


@pytest.mark.parametrize(
    "change",
    [
        {"w": []}, {"w": [["1"]]}, {"a": ["0.5"]}, {"weights": ["1"]}, {"multipliers": 3}, {"multipliers": [{"signs": [1]}]},
        {"weights": ["nan"]}, {"a": None}, {"w": [["0", "0"]], "a": ["0"]},
    ],
)  # fmt: skip
def test_malformed_certificates_are_refused_in_a_sentence(certificate, change):
    with pytest.raises(Refused):
        check_optimum(TEMPLATE, DATA, {**certificate, **change})


def test_large_instances_are_refused_at_once():
    rows = [["1", str(k), str(k * k)] for k in range(60)]
    with pytest.raises(Refused, match="too many cells"):
        check_optimum(TEMPLATE, {"inputs": rows, "labels": ["1"] * 60, "alpha": "1/2"}, {"multipliers": []})
