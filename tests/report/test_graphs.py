"""The graphs: what rests on something stands to its right, and looks say what, how faithful and how it came out."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from tests.report import examples
from verify.report.graph import Node, drawn
from verify.report.graphs import proof, theorems
from verify.report.summary import summaries

SVG = "{http://www.w3.org/2000/svg}"
THEOREM = "linear-max-margin"


def boxes(svg) -> dict[str, tuple[float, float, str]]:
    """The place of each label, and the classes of its box."""
    assert svg is not None
    found = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        text = next(group.iter(f"{SVG}text"))
        box = next(each for each in group.iter() if each.get("class", "").startswith("node"))
        found[text.text] = (float(text.attrib["x"]), float(text.attrib["y"]), box.attrib["class"])
    return found


def plain(*names: str) -> list[Node]:
    return [Node(name, name, "box", "given") for name in names]


def test_what_rests_on_something_stands_to_its_right_by_its_longest_way():
    found = boxes(
        drawn(plain("d", "c", "b", "a"), [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("elsewhere", "a")], "x")
    )
    assert sorted(found, key=lambda name: found[name][0]) == ["a", "b", "c", "d"]


def test_neighbours_are_put_side_by_side():
    found = boxes(drawn(plain("a", "b", "c", "x", "y", "z"), [("a", "z"), ("b", "y"), ("c", "x")], "x"))
    assert all(found[source][1] == found[target][1] for source, target in (("a", "z"), ("b", "y"), ("c", "x")))


def test_a_circle_and_an_empty_graph_are_not_drawn():
    assert drawn(plain("a", "b"), [("a", "b"), ("b", "a")], "x") is None
    assert drawn([], [], "x") is None


def test_labels_are_text_and_long_ones_are_cut():
    hostile = '<script>alert("x")</script>' + "long " * 20
    svg = drawn([Node("a", hostile, "cut", "ground", hostile, "#a")], [], hostile)
    assert svg is not None
    assert "<script" not in svg
    (label,) = boxes(svg)
    assert len(label) == 40
    assert next(ET.fromstring(svg).iter(f"{SVG}title")).text == hostile


def test_a_proof_shows_what_is_checked_assumed_cited_and_concluded():
    report = examples.report()
    records = [record for record in report["records"] if record["theorem"] == THEOREM]
    found = {label: look for label, (_, _, look) in boxes(proof(report["statements"][THEOREM], records)).items()}
    assert found == {
        "separable": "node given",
        "tail": "node ground",
        "ansatz": "node given proved",
        "residual-bounded": "node ground",
        "expansion": "node given open",
        "margin-reached": "node conclusion measured",
        "gap-law": "node conclusion proved",
    }
    refused = [{**record, "as_expected": False} if record["name"] == "ansatz" else record for record in records]
    looks = boxes(proof(report["statements"][THEOREM], refused))
    assert looks["ansatz"][2] == "node given bad"
    assert looks["gap-law"][2] == "node conclusion measured"


def test_theorems_stand_on_what_they_cite_and_on_each_other():
    report = examples.report()
    other = {**examples.CONJECTURE_STATEMENT, "theorem": "later"}
    other["about"] = {**other["about"], "steps": {"s": {"citation": f"by {THEOREM}"}}}
    report["statements"]["later"] = other
    found = boxes(theorems(report["statements"], summaries(report)))
    assert found["Soudry et al. (2018), for almost all data."[:39] + "…"][2] == "node ground"
    assert found[THEOREM][2] == "node reconstructed measured"
    assert found["loss-falls-for-ever"][2].endswith("open")
    assert found[THEOREM][0] < found["later"][0]
