"""The pages in headless Chromium: `python -m tests.browser.browser_check [REPORT.json]`.

Every page loads without a message on the console and without a request that leaves the folder; the filter hides what it should; formulas
are MathML that is laid out; a theorem whose texts hold `<script>` and quotes shows them as text. A report made by hand is always
checked; a real one beside it where its file is named. Exit status: 0, 1 when something is off, 2 without a browser.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

from tests.report import examples
from tests.report.test_site import HOSTILE, poisoned
from verify.report.read import read
from verify.report.site import write

INSTALL = "apt-get install chromium chromium-driver, and pip install 'verify-theorems[browser]'"


class Absent(Exception):
    """No browser can be driven here; the message is a sentence."""


def browser() -> Any:
    """A headless Chromium that keeps its console and its requests.

    Raises:
        Absent: Selenium, Chromium or its driver is not installed.
    """
    try:
        from selenium import webdriver  # pyright: ignore[reportMissingImports]  # of the extra [browser]
    except ImportError:
        raise Absent(f"the pages were not checked in a browser: Selenium is not installed; {INSTALL}") from None
    chromium, driver = which("chromium") or which("chromium-browser"), which("chromedriver")
    if not chromium or not driver:
        missing = "Chromium" if not chromium else "its driver"
        raise Absent(f"the pages were not checked in a browser: {missing} is not installed; {INSTALL}")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1200,1600",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))


def off(page: Any, index: Path) -> Iterator[str]:
    """What is off about the pages of a folder, one sentence each."""
    for file in sorted(index.parent.glob("*.html")):
        for kind in ("browser", "performance"):
            page.get_log(kind)  # that of the page before
        page.get(file.as_uri())
        yield from (f"{file.name}: the console says {entry['message']}" for entry in page.get_log("browser"))
        yield from (f"{file.name}: it asks for {url}" for url in requested(page) if url != file.as_uri())
        if file != index and "<math" in file.read_text(encoding="utf-8"):
            yield from (f"{file.name}: {sentence}" for sentence in formulas(page))
    page.get(index.as_uri())
    yield from (f"index.html: {sentence}" for sentence in filtering(page))


def requested(page: Any) -> list[str]:
    """The addresses that the page asked for since the last look."""
    events = (json.loads(entry["message"])["message"] for entry in page.get_log("performance"))
    return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]


def formulas(page: Any) -> Iterator[str]:
    found = page.execute_script(
        "return [...document.querySelectorAll('math')].map(m => [m.namespaceURI, m.getBoundingClientRect().width,"
        " m.closest('details:not([open])') !== null])"
    )
    if not found:
        yield "no formula has become an element"
    if any(namespace != "http://www.w3.org/1998/Math/MathML" for namespace, _, _ in found):
        yield "a formula is not MathML"
    if any(width == 0 and not folded for _, width, folded in found):
        yield "a formula has no width"


def filtering(page: Any) -> Iterator[str]:
    """Types into the filter, and looks which rows are left."""
    shown = "return [...document.querySelectorAll('#matrix tbody tr')].filter(r => r.offsetHeight > 0).length"
    rows = page.execute_script(
        "return [...document.querySelectorAll('#matrix tbody tr')].map(r => r.cells[0].lastChild.textContent)"
    )
    (box,) = page.find_elements("css selector", "input[type=search]")
    if page.execute_script(shown) != len(rows):
        yield "rows are hidden before anything is typed"
    for typed, left in ((rows[0], 1), ("no such theorem", 0)):
        box.clear()
        box.send_keys(typed)
        if typed != rows[0] and page.execute_script(shown) != left:
            yield f"the filter leaves {page.execute_script(shown)} rows for {typed!r}"
        if typed == rows[0] and not 1 <= page.execute_script(shown) < max(len(rows), 2):
            yield f"the filter leaves {page.execute_script(shown)} of {len(rows)} rows for {typed!r}"
    page.execute_script("arguments[0].value = ''; arguments[0].dispatchEvent(new Event('input'))", box)
    if page.execute_script(shown) != len(rows):
        yield "rows stay hidden when the filter is empty again"


def as_text(page: Any, index: Path) -> Iterator[str]:
    """A report with a script in every text that is free: all of them are shown, none of them runs."""
    for file in sorted(index.parent.glob("*.html")):
        page.get(file.as_uri())
        text = page.execute_script("return document.body.textContent")
        if re.sub(r"\s+", " ", HOSTILE) not in re.sub(r"\s+", " ", text):
            yield f"{file.name}: the text with a script in it is not shown as it stands"
        scripts = page.execute_script("return [...document.body.querySelectorAll('script, img, iframe')].length")
        if scripts > (file == index):
            yield f"{file.name}: a text became an element"
        yield from (f"{file.name}: the console says {entry['message']}" for entry in page.get_log("browser"))


CANARY = """<!DOCTYPE html><title>canary</title><table id="matrix"><tbody><tr><td>a</td></tr></tbody></table><input type="search">
<math><mi>x</mi></math><img src="https://example.invalid/x.png"><script>console.error("canary")</script>"""


def blind(page: Any, folder: Path) -> bool:
    """Whether the check overlooks a page that says something on the console, asks for an outside image, and filters nothing."""
    folder.mkdir()
    (folder / "index.html").write_text(CANARY, encoding="utf-8")
    told = " ".join(off(page, folder / "index.html"))
    return not all(part in told for part in ("canary", "asks for https://example.invalid/x.png", "the filter leaves"))


def main(arguments: list[str]) -> int:
    """The command described above."""
    try:
        page = browser()
    except Absent as absent:
        print(absent, file=sys.stderr)
        return 2
    reports = {"the report made by hand": examples.report(), **{path: read(Path(path)) for path in arguments}}
    found: list[str] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            if blind(page, Path(folder, "canary")):
                found.append("the check itself overlooks a page that is off")
            for place, (name, report) in enumerate(reports.items()):
                index = write(report, Path(folder, str(place)))
                before = len(found)
                found += [f"{name}: {sentence}" for sentence in off(page, index)]
                print(f"{name}: {len(list(index.parent.glob('*.html')))} pages, {len(found) - before} things off")
            hostile = [
                f"hostile texts: {each}"
                for each in as_text(page, write(poisoned(examples.report()), Path(folder, "hostile")))
            ]
            print(f"hostile texts: {len(hostile)} things off")
            version = page.capabilities["browserVersion"]
    finally:
        page.quit()
    print(*found, *hostile, sep="\n", end="\n" if found or hostile else "")
    print(f"Chromium {version}")
    return 1 if found or hostile else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
