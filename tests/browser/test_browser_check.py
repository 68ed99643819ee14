"""The browser check where there is no browser; with one, it is run by `make browser-check`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_without_a_browser_it_says_so_and_ends_with_2(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.browser_check"],
        cwd=Path(__file__).parents[2],
        env={"PATH": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("the pages were not checked in a browser: ")
    assert "chromium-driver" in done.stderr
    assert done.stdout == ""
