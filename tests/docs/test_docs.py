"""The documentation: every block runs and prints what it shows, and the site builds without a warning."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.docs.blocks import ROOT, Block, blocks, run

DOCS = ROOT / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if any(block.language != "text" for block in blocks(page)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).with_suffix("").as_posix())
def test_every_block_of_the_page_runs(page, tmp_path):
    begun: set[str] = set()
    for block in blocks(page):
        try:
            run(block, tmp_path, begun)
        except AssertionError as error:
            raise AssertionError(f"{page.relative_to(ROOT)}:{block.line}: {error}") from None


def test_a_block_that_prints_something_else_is_noticed(tmp_path):
    run(Block(1, "console", None, "$ echo one two  # exits 0\none ...\n$ false # exits 1\n"), tmp_path, set())
    for text in ("$ echo one\ntwo\n", "$ false\n", "$ true # exits 1\n"):
        with pytest.raises(AssertionError):
            run(Block(1, "console", None, text), tmp_path, set())
    with pytest.raises(AssertionError):
        run(Block(1, "python", None, "assert False\n"), tmp_path, set())


def test_the_site_builds_and_asks_nothing_of_the_network(tmp_path):
    site = tmp_path / "site"
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(site)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for loads in ('src="http', 'rel="stylesheet" href="http', "fonts.googleapis"):
            assert loads not in text, f"{page.relative_to(site)} loads {loads}"


def test_every_page_is_in_the_navigation():
    listed = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        assert f": {page.relative_to(DOCS).as_posix()}\n" in listed, page
