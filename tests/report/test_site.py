"""The pages, parsed: complete, self-contained, and inert whatever the report holds."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.report import examples
from verify.errors import BadInput
from verify.report.site import pages, write

_VOID = {"meta", "br", "input", "link", "img", "hr"}
_FETCHING = {
    "src",
    "srcset",
    "href",
    "data",
    "action",
    "formaction",
    "poster",
    "background",
    "cite",
    "manifest",
    "ping",
}


class Outline(HTMLParser):
    """Elements with attributes, the text, and whether every element was closed where it should be."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.misplaced: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.misplaced.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))


def outlines(report: dict[str, Any]) -> dict[str, Outline]:
    return {name: Outline(text) for name, text in pages(report).items()}


@pytest.fixture(scope="module")
def site() -> dict[str, Outline]:
    return outlines(examples.report())


def test_one_page_a_theorem_and_an_index(site):
    assert set(site) == {"index.html", "linear-max-margin.html", "loss-falls-for-ever.html"}


def test_every_page_is_well_formed(site):
    for name, page in site.items():
        assert not page.misplaced, name
        assert not page.open, name
        anchors = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        assert len(anchors) == len(set(anchors)), name


def test_no_page_names_an_outside_address(site):
    for name, page in site.items():
        for tag, attributes in page.elements:
            assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form"), name
            for attribute in _FETCHING & attributes.keys():
                assert re.fullmatch(r"(#[\w.-]+|[\w.%-]+\.html)", attributes[attribute] or ""), (
                    name,
                    attribute,
                    attributes[attribute],
                )
    for name, text in pages(examples.report()).items():
        assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", text.replace("http://www.w3.org/2000/svg", "")), (
            name
        )


def test_links_lead_somewhere(site):
    for page in site.values():
        anchors = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
        for _, attributes in page.elements:
            target = attributes.get("href") or ""
            assert target.lstrip("#") in anchors if target.startswith("#") else not target or target in site


def test_the_only_script_is_the_filter_that_the_policy_names(site):
    scripts = [tag for page in site.values() for tag, _ in page.elements if tag == "script"]
    assert scripts == ["script"]
    handlers = [
        key for page in site.values() for _, attributes in page.elements for key in attributes if key.startswith("on")
    ]
    assert not handlers
    for page in site.values():
        policy = next(a["content"] for tag, a in page.elements if tag == "meta" and "http-equiv" in a)
        assert policy and policy.startswith("default-src 'none'")
        assert "script-src 'sha256-" in policy


def test_a_theorems_page_is_complete(site):
    text = site["linear-max-margin.html"].text
    for expected in (
        "Gradient flow on separable data converges to the max-margin direction",
        "Soudry, Hoffer, Nacson, Gunasekar & Srebro (2018), arXiv:1710.10345",
        "reconstructed from the literature",
        "SUPPORTED",
        "TESTED",
        "ASSUMED",
        "it is the exponential loss",
        "It cannot be dropped",
        "Not known whether it can be dropped",
        "CHECKED by the kernel",
        "CHECKED by computer algebra only",
        "CITED",
        "Soudry et al. (2018), for almost all data.",
        "1.5275252316 ± 3e-11",
        "7/3",
        "not measured",
        "2.5e-07",  # resolving power
        "HOLDS , estimated, 1 instance, tau to 1e+06",
        "0.0556",  # the distance at which the mutant fell
        "log |S| in place of the entropy H(P)",
        "true, though 1/log t looks too slow",
        "The source gives O(1/log t); here is the constant.",
        "verify check linear-max-margin --level quick --seed 0",
        "verify check linear-max-margin -k 'conclusion[margin-reached]-rational' --seed 0",
        "(gamma - smoothed) rho",  # the figure's axis
        "H(P) (predicted)",
    ):
        assert expected in text, expected
    assert any(tag == "math" for tag, _ in site["linear-max-margin.html"].elements)


def test_a_verdict_never_stands_without_grade_and_scope(site):
    for match in re.finditer(r"(HOLDS|REFUTED|INCONCLUSIVE) , ", site["linear-max-margin.html"].text):
        assert re.match(r"(estimated|exact|enclosed), 1 instance", site["linear-max-margin.html"].text[match.end() :])


def test_the_index_counts_and_names_what_is_off():
    report = examples.report()
    report["records"][1] |= {"verdict": "INCONCLUSIVE", "as_expected": False}
    text = outlines(report)["index.html"].text
    assert "1 of them not as expected" in text
    assert "linear-max-margin::conclusion[margin-reached]-rational INCONCLUSIVE" in text
    report["environment"]["planned"] = 20
    assert "The run was interrupted: 20 cases were planned." in outlines(report)["index.html"].text


HOSTILE = """<script>alert('x')</script>"><img src=x onerror="alert(1)"> {{ 7*7 }} \u202e &amp;"""


def poisoned(value: Any) -> Any:
    """The same report with the hostile string in every text that the schema leaves free."""
    if isinstance(value, dict):
        return {key: each if key in KEPT else poisoned(each) for key, each in value.items()}
    if isinstance(value, list):
        return [poisoned(each) for each in value]
    return HOSTILE if isinstance(value, str) else value


KEPT = {
    "theorem", "kind", "name", "axes", "quantities", "definitions", "relations", "hypotheses", "conclusions", "steps", "json", "families", "level", "expected", "verdict", "grade",
    "code", "resolution", "measured", "statement_hash", "setting_hash", "file_hash", "checked_by", "fidelity", "standing", "spec", "role", "scale", "margin", "setting",
}  # fmt: skip


def test_hostile_text_everywhere_stays_text():
    report = poisoned(examples.report())
    about = report["statements"]["linear-max-margin"]["about"]
    assert about["title"] == report["records"][0]["case"] == report["records"][2]["figure"]["x"]["label"] == HOSTILE
    clean = outlines(examples.report())
    for name, page in outlines(report).items():
        assert not page.misplaced, name
        assert not page.open, name
        tags = {tag for tag, _ in page.elements}
        assert "img" not in tags
        assert sum(tag == "script" for tag, _ in page.elements) == sum(
            tag == "script" for tag, _ in clean[name].elements
        )
        assert not [key for _, attributes in page.elements for key in attributes if key.startswith("on")]
        assert "<script>alert('x')</script>" in page.text
        assert "{{ 7*7 }}" in page.text


def test_mathml_from_the_file_is_sanitised():
    report = examples.report()
    report["statements"]["linear-max-margin"]["rendered"]["conclusions"]["gap-law"]["mathml"] = (
        "<math><script>alert(1)</script></math>"
    )
    text = pages(report)["linear-max-margin.html"]
    assert "alert" not in text
    assert "Tends(gap*rho, entropy; t)" in text  # the plain text stands in


def test_mathml_on_the_pages_is_well_formed():
    formulas = re.findall(r"<math.*?</math>", pages(examples.report())["linear-max-margin.html"], flags=re.DOTALL)
    assert formulas
    for formula in formulas:
        ET.fromstring(formula)


def test_a_long_certificate_is_named_by_size_and_hash():
    report = examples.report()
    report["records"][3]["certificate"] = {"kind": "identity", "cofactors": {"x": "9" * 100_000}}
    text = pages(report)["linear-max-margin.html"]
    assert "9" * 1000 not in text
    assert "characters in report.json, sha256" in text


def test_a_theorem_cannot_take_the_place_of_the_index():
    report = examples.report(())
    report["statements"] = {"index": {**examples.CONJECTURE_STATEMENT, "theorem": "index"}}
    with pytest.raises(BadInput, match="give it another name"):
        pages(report)


def test_a_statement_without_reading_aids_still_has_a_page():
    report = examples.report()
    for key in ("about", "rendered"):
        del report["statements"]["linear-max-margin"][key]
    page = outlines(report)["linear-max-margin.html"]
    assert "SUPPORTED" in page.text
    assert not page.misplaced


def test_two_thousand_records_stay_readable(tmp_path):
    records = [record for _ in range(200) for record in examples.RECORDS if not record["figure"]]
    write(examples.report(tuple(records)), tmp_path)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 3_000_000  # benchmarks/pages.py has the time


def test_what_every_conclusion_of_a_family_repeats_stands_once():
    report = examples.report()
    for record in report["records"]:
        if record["kind"] == "conclusion":
            record["measured"] |= {"least tau": [123456.0, 2.0], "largest tau": [654321.0, 2.0]}
    text = outlines(report)["linear-max-margin.html"].text
    assert text.count("123456 ± 2") == 1
    assert "123456 ± 2 654321 ± 2" in text
    assert text.count("1.5275252316 ± 3e-11") == len(
        [r for r in report["records"] if "margin" in r["measured"] and r["kind"] in ("conclusion", "control")]
    )
