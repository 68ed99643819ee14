"""Which hypotheses cannot be dropped: from ablations, from searches, and else what was tried."""

from __future__ import annotations

import json

import pytest

from tests.report import examples
from verify.report.probes import Probed, probed
from verify.report.redundancy import redundancy
from verify.report.site import pages

THEOREM = "linear-max-margin"


def found(report, probes=()):
    records = [record for record in report["records"] if record["theorem"] == THEOREM]
    return {each.hypothesis: each for each in redundancy(report["statements"][THEOREM], records, probes)}


def search(**changes) -> Probed:
    base = {
        "file": "a.json", "theorem": THEOREM, "claim": "margin-reached", "dropped": ("tail",), "statement": examples.HASH,
        "found": False, "evaluations": 12_000, "closest": 0.03,
    }  # fmt: skip
    return Probed(**{**base, **changes})


def test_an_ablation_that_fell_shows_that_a_hypothesis_cannot_be_dropped():
    separable = found(examples.report())["separable"]
    assert separable.needed
    assert [(fell.claim, fell.where) for fell in separable.broken] == [("margin-reached", "non-separable")]


def test_of_the_others_it_is_not_known_and_it_is_said_what_was_tried():
    assert found(examples.report())["tail"].attempts == ("not tried: it is assumed, not tested",)
    report = examples.report()
    ablation = next(record for record in report["records"] if record["kind"] == "ablation")
    ablation |= {"verdict": "INCONCLUSIVE", "as_expected": False}
    separable = found(report)["separable"]
    assert not separable.needed
    assert separable.attempts[0].startswith("ablation no-separability: INCONCLUSIVE, ")
    report["records"].remove(ablation)
    assert found(report)["separable"].attempts == ("ablation not run at this level: no-separability",)


def test_a_witness_of_a_search_counts_as_long_as_the_statement_is_the_same():
    assert found(examples.report(), [search(found=True)])["tail"].needed
    for other in (
        search(found=True, statement="f" * 64),
        search(found=True, dropped=("tail", "separable")),
        search(found=True, theorem="x"),
    ):
        assert not found(examples.report(), [other])["tail"].needed
    assert found(examples.report(), [search()])["tail"].attempts == (
        "margin-reached survived 12,000 evaluations, nearest 0.03 (a.json)",
    )


def test_the_pages_show_both():
    text = pages(examples.report(), probes=[search(found=True)])
    assert "a witness of verify probe, a.json" in text["index.html"]
    assert "falls on a witness of verify probe, a.json" in text[f"{THEOREM}.html"]
    assert "survived 12,000 evaluations" in pages(examples.report(), probes=[search()])["index.html"]


@pytest.mark.parametrize("content", ["{", "[]", '{"kind": "witness"}', '{"kind": "other", "search": {}}', "[" * 2000])
def test_a_file_that_is_no_search_is_passed_over(tmp_path, content):
    (tmp_path / "a.json").write_text(content)
    assert probed(tmp_path) == ()


def test_what_a_search_left_is_read(tmp_path):
    left = {
        "schema": 1, "kind": "survived", "theorem": THEOREM, "claim": {"kind": "conclusion", "name": "margin-reached"}, "dropped": ["tail"],
        "statement": examples.HASH, "search": {"evaluations": 12_000, "closest": 0.03},
    }  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(left))
    assert probed(tmp_path) == (search(),)
    assert probed(tmp_path / "nowhere") == ()
