"""Only harmless MathML comes through, rebuilt; everything else is refused."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.report.mathml import DEEPEST, LONGEST, sanitised


def test_formulas_come_through():
    assert (
        sanitised("<math><mi>x</mi><mo>&lt;</mo><mn>1</mn></math>") == "<math><mi>x</mi><mo>&lt;</mo><mn>1</mn></math>"
    )
    namespaced = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mfrac><mi>a</mi><mi>b</mi></mfrac></math>'
    )
    assert sanitised(namespaced) == "<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>"


def test_indentation_goes_and_spaces_that_are_meant_stay():
    assert sanitised("<math>\n  <mtext>in&#xa0;</mtext>\n</math>") == "<math><mtext>in\xa0</mtext></math>"


def test_the_element_that_browsers_dropped_becomes_the_row_it_stood_for():
    assert (
        sanitised("<math><mfenced><mi>a</mi><mi>b</mi></mfenced></math>")
        == "<math><mrow><mo>(</mo><mi>a</mi><mo>,</mo><mi>b</mi><mo>)</mo></mrow></math>"
    )


@pytest.mark.parametrize(
    "source",
    [
        "<math><script>alert(1)</script></math>",
        "<script>alert(1)</script>",
        "<math><mtext><img src='https://example.org/x'/></mtext></math>",
        "<math><annotation-xml encoding='text/html'><b>x</b></annotation-xml></math>",
        "<math><maction><mi>x</mi></maction></math>",
        "<math><semantics><mi>x</mi></semantics></math>",
        "<!DOCTYPE m [<!ENTITY a 'aaaa'>]><math><mi>&a;</mi></math>",
        "<math><mi>&undefined;</mi></math>",
        "<?xml-stylesheet href='https://example.org'?><math/>",
        "<math><!-- comment --><mi>x</mi></math>",
        "<math><mi>x</math>",
        "<math xmlns='http://www.w3.org/1999/xhtml'><mi>x</mi></math>",
        "x",
        "",
        None,
        "<math>" + "<mrow>" * (DEEPEST + 1) + "</mrow>" * (DEEPEST + 1) + "</math>",
        "<math><mi>" + "x" * LONGEST + "</mi></math>",
        "<math>\x00</math>",
    ],
)
def test_refused(source):
    assert sanitised(source) is None


def test_attributes_that_run_or_fetch_are_dropped():
    source = '<math onclick="alert(1)" href="javascript:alert(1)" style="background:url(//x)" class="c" id="i"><mi mathvariant="normal">x</mi></math>'
    assert sanitised(source) == '<math><mi mathvariant="normal">x</mi></math>'
    assert sanitised('<math><mo lspace="&quot;&gt;&lt;script&gt;">x</mo></math>') == "<math><mo>x</mo></math>"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/&;\"'=mathro scripx!-[]?", max_size=80))
def test_whatever_comes_through_is_well_formed_and_has_no_script(body):
    written = sanitised(f"<math>{body}</math>")
    if written is not None:
        assert all(
            element.tag != "script" and not element.tag.startswith("{")
            for element in ET.fromstring(str(written)).iter()
        )
