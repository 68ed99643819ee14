"""What the README claims about the repository itself."""

from __future__ import annotations

import re
from pathlib import Path

from verify.report.cuda import cuda_sentence

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_make_target_that_is_named_exists():
    named = set(re.findall(r"make ([a-z-]+)", README))
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.MULTILINE))
    assert {"verify", "test"} <= named <= targets
    phony = MAKEFILE.partition(".PHONY:")[2].splitlines()[0].split()
    assert set(phony) == targets


def test_links_lead_to_files():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_the_sentence_on_cuda_is_the_computed_one():
    assert f"- {cuda_sentence(ROOT / 'reports' / 'gpu')}" in README.splitlines()


def test_every_status_is_explained():
    for word in (
        "PROVED HERE",
        "PROVED HERE MODULO k CITED",
        "SUPPORTED",
        "DISPROVED",
        "UNDECIDED",
        "HOLDS",
        "REFUTED",
        "INCONCLUSIVE",
    ):
        assert f"`{word}`" in README


def test_python_in_it_is_that_of_the_tutorials_which_are_run():
    pages = "".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs" / "tutorial").glob("*.md")))
    for block in re.findall(r"^```python\n(.*?)^```$", README, flags=re.S | re.M):
        assert block in pages, block
