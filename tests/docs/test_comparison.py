"""The numbers on the page of comparisons are those that the benchmark wrote."""

from __future__ import annotations

import json
import re
import sys
from itertools import pairwise

from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs" / "comparison.md").read_text(encoding="utf-8")
sys.path.insert(0, str(ROOT / "benchmarks"))
from peers import STEPS, TABLE, table  # noqa: E402  # pyright: ignore[reportMissingImports]  # benchmarks are scripts, no package

FOUND = json.loads(TABLE.read_text(encoding="utf-8"))


def test_the_page_has_the_table_of_the_last_run_and_the_machine():
    assert "\n".join(table(FOUND)) in PAGE
    assert f"*Machine*: {FOUND['machine']}" in PAGE


def test_the_peers_answers_are_the_known_ones():
    rows = {row["tool"].split()[0]: row["answer"] for row in FOUND["rows"] if row["tool"] != "verify"}
    assert f"worst value {1 / (4 * STEPS + 2):.8f}" in rows["PEPit"]
    told = re.search(r"h = (\d)/10, b = (\d)/10", rows["Hypothesis"])
    assert told
    h, b = map(int, told.groups())
    x = [10.0, 10.0 - h]
    for _ in range(20):
        x.append(x[-1] - h * x[-1] / 10 + b * (x[-1] - x[-2]) / 10)
    assert any(y**2 > x**2 for x, y in pairwise(x))
