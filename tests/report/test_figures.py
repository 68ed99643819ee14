"""Drawings: inline SVG in the page's own colour, the same bytes each time, and inert."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from importlib.resources import files

import pytest

from tests.report import examples
from verify.report import figures
from verify.report.figures import drawn


def changed(**fields):
    return {**copy.deepcopy(examples.FIGURE), **fields}


def line(**fields):
    return {"label": "measured", "role": "measured", "x": [1.0, 2.0], "y": [1.0, 2.0], **fields}


def parsed(svg) -> ET.Element:
    assert svg is not None
    return ET.fromstring(f"<div>{svg}</div>")


def classes(svg) -> set[str]:
    return {element.get("class", "") for element in parsed(svg).iter()}


def test_a_drawing_has_no_colour_of_its_own_and_says_which_axis_is_logarithmic():
    svg = drawn(examples.FIGURE)
    assert svg
    texts = {"".join(element.itertext()).strip() for element in parsed(svg).iter()}
    assert {"tau = log(1/loss) (log scale)", "(gamma - smoothed) rho", "measured", "H(P) (predicted)"} <= texts
    assert {"frame", "m0", "m0 band", "predicted"} <= classes(svg)
    assert not re.search(r"style=|fill=|stroke=|<style|http(?!://www.w3.org/2000/svg)", svg)


def test_every_class_of_a_drawing_stands_in_the_style_sheet():
    css = files("verify.report").joinpath("templates/style.css").read_text(encoding="utf-8")
    for name in ("m0", "m1", "m2", "m3", "predicted", "band", "points", "frame", "end"):
        assert f".{name}" in css
    assert css.count("--m0:") == 2  # light and dark


def test_lines_lie_where_the_numbers_put_them():
    """The picture is linear in the numbers on linear axes, and in their logarithms on logarithmic ones."""
    for scale, x in (("linear", [1.0, 2.0, 4.0]), ("log", [1.0, 10.0, 1000.0])):
        (line,) = (
            element.attrib["d"]
            for element in parsed(drawn({"x": {"label": "x", "scale": scale}, "lines": [{**RISING, "x": x}]})).iter()
            if element.get("class") == "m0" and element.attrib["d"] != "M1 4H23"
        )
        places = [tuple(map(float, point.split())) for point in re.findall(r"[ML]([^ML]+)", line)]
        assert (places[2][0] - places[0][0]) / (places[1][0] - places[0][0]) == pytest.approx(3, abs=0.01)
        assert (places[2][1] - places[0][1]) / (places[1][1] - places[0][1]) == pytest.approx(4, abs=0.05)


def heights(svg) -> list[float]:
    """The numbers beside the vertical axis, which end at it."""
    superscripts = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    texts = ["".join(text.itertext()) for text in parsed(svg).iter("text") if text.get("class") == "end"]
    return [float(text.replace("10⁻", "1e⁻").translate(superscripts)) for text in texts]


@pytest.mark.parametrize("y", [[2.0, 7.0, 3.0], [2.1, 2.3, 2.2], [1e-7, 1.2e-7, 1.1e-7]])
def test_a_logarithmic_axis_of_less_than_a_decade_has_ticks(y):
    svg = drawn(
        {
            "x": {"label": "", "scale": "linear"},
            "y": {"label": "", "scale": "log"},
            "lines": [line(x=[0.0, 1.0, 2.0], y=y)],
        }
    )
    assert len({tick for tick in heights(svg) if min(y) <= tick <= max(y)}) >= 2


RISING = {"label": "measured", "role": "measured", "x": [], "y": [0.0, 1.0, 4.0]}


def test_entries_of_an_index_are_points():
    svg = drawn(changed(lines=[{**line(), "joined": False}]))
    assert "m0 points" in classes(svg)


def test_a_band_within_its_line_is_left_out_and_one_below_zero_does_not_stretch_a_logarithmic_axis():
    assert "m0 band" not in classes(drawn(changed(lines=[line(error=[1e-6, 1e-6])])))
    wide = changed(y={"label": "y", "scale": "log"}, lines=[line(error=[0.5, 5.0])])
    assert "m0 band" in classes(drawn(wide))
    ticks = {"".join(element.itertext()) for element in parsed(drawn(wide)).iter("{http://www.w3.org/2000/svg}text")}
    assert not any("⁻" in tick for tick in ticks)


def test_a_drawing_of_sixty_points_is_small():
    x = [float(k) for k in range(60)]
    found = drawn(changed(lines=[line(x=x, y=[k**2 for k in x]), line(x=x, y=x, role="predicted")]))
    assert found is not None
    assert len(found) < 4_000


def test_the_same_figure_gives_the_same_bytes_and_no_identifier_that_another_could_share():
    before = drawn(examples.FIGURE)
    drawn(changed(x={"label": "another", "scale": "linear"}))
    drawn(changed(y={"label": "on the same axes", "scale": "linear"}))
    figures._drawn.cache_clear()
    assert drawn(examples.FIGURE) == before
    assert before is not None
    assert "id=" not in before


def test_nothing_lies_outside_of_the_axes():
    """A band that reaches below zero on a logarithmic axis ends at it."""
    wide = changed(y={"label": "y", "scale": "log"}, lines=[line(error=[0.5, 5.0])])
    (band,) = (each.attrib["d"] for each in parsed(drawn(wide)).iter() if each.get("class") == "m0 band")
    places = [tuple(map(float, point.split())) for point in re.findall(r"[ML]([^MLz]+)", band)]
    assert max(y for _, y in places) == figures._BOTTOM
    assert all(figures._LEFT <= x <= figures._RIGHT and y >= figures._TOP for x, y in places)


def test_labels_are_text():
    svg = drawn(changed(x={"label": "<script>alert(1)</script> $\\frac{1}{2}$ \\input{x}"}))
    parsed(svg)
    assert svg is not None
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
    assert svg is None or parsed(svg) is not None


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
