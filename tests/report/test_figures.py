"""Drawings: inline SVG in the page's own colour, the same bytes each time, and inert."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET

import pytest

from tests.report import examples
from verify.report.figures import drawn


def changed(**fields):
    return {**copy.deepcopy(examples.FIGURE), **fields}


def line(**fields):
    return {"label": "measured", "role": "measured", "x": [1.0, 2.0], "y": [1.0, 2.0], **fields}


def test_a_drawing_is_svg_in_the_colour_of_the_text_and_says_which_axis_is_logarithmic():
    svg = drawn(examples.FIGURE)
    assert svg is not None
    texts = ["".join(element.itertext()) for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]
    assert {"tau = log(1/loss) (log scale)", "(gamma - smoothed) rho", "measured", "H(P) (predicted)"} <= set(texts)
    assert "currentColor" in svg
    assert not re.search(r"#000000|fill: black|<style|http(?!://www.w3.org/2000/svg)", svg)


def test_the_same_figure_gives_the_same_bytes_and_another_place_other_identifiers():
    assert drawn(examples.FIGURE, "c1") == drawn(examples.FIGURE, "c1")
    identifiers = [set(re.findall(r'id="([^"]+)"', drawn(examples.FIGURE, anchor) or "")) for anchor in ("c1", "c2")]
    assert identifiers[0]
    assert not identifiers[0] & identifiers[1]


def test_labels_are_text():
    svg = drawn(changed(x={"label": "<script>alert(1)</script> $\\frac{1}{2}$ \\input{x}"}))
    assert svg is not None
    ET.fromstring(svg)
    assert "<script" not in svg
    assert "$\\frac{1}{2}$" in svg


@pytest.mark.parametrize(
    "lines",
    [
        [line(y=[None, None])],
        [line(x=[], y=[])],
        [line(x=[1e308, -1e308], y=[1e308, -1e308])],
        [line(y=[1.0, 2.0], error=[None, 1e300])],
        [line(x=[-1.0, 0.0])],
    ],
)
@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.filterwarnings("ignore")
def test_values_that_cannot_be_drawn_do_not_stop_the_page(lines, scale):
    svg = drawn({"x": {"label": "x", "scale": scale}, "y": {"label": "y", "scale": scale}, "lines": lines})
    assert svg is None or ET.fromstring(svg) is not None


def test_points_that_cannot_be_drawn_are_left_out_and_the_others_stay():
    svg = drawn(
        changed(
            lines=[line(label="kept", x=[1.0, 2.0, 3.0], y=[1.0, None, 2.0]), line(label="dropped", x=[-1.0], y=[1.0])]
        )
    )
    assert svg is not None
    assert "kept" in svg
    assert "dropped" not in svg


def test_nothing_to_draw():
    assert drawn(None) is None
    assert drawn(changed(lines=[])) is None
