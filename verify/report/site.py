"""The pages of a report: an index and one page a theorem, complete without JavaScript and without any outside request."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from verify.errors import BadInput
from verify.report.cuda import NEVER_RUN, cuda_sentence
from verify.report.graphs import theorems
from verify.report.page import page
from verify.report.probes import Probed, probed
from verify.report.summary import summaries

_TEMPLATES = Path(__file__).parent / "templates"


def pages(report: dict[str, Any], cuda: str = NEVER_RUN, probes: Sequence[Probed] = ()) -> dict[str, str]:
    """File names and HTML texts: `index.html`, and `<theorem>.html` for each theorem.

    `cuda` is the sentence on what was run on a card, `probes` what was searched for counterexamples beside the run.

    Raises:
        BadInput: a theorem is called "index", whose page would replace the index.
    """
    if "index" in report["statements"]:
        raise BadInput('a theorem is called "index", and its page would replace the index; give it another name')
    script = (_TEMPLATES / "filter.js").read_text(encoding="utf-8")
    style = re.sub(r"\s*([{};:,])\s*", r"\1", (_TEMPLATES / "style.css").read_text(encoding="utf-8")).replace(";}", "}")
    common = {
        "environment": report["environment"],
        "script_hash": Markup(f"'sha256-{_digest(script)}'"),
        "style": Markup(style),
    }
    unexpected = [record for record in report["records"] if not record["as_expected"]]
    rows = summaries(report, probes)
    index = _templates().get_template("index.html").render(
        rows=rows,
        graph=theorems(report["statements"], rows),
        cases=len(report["records"]),
        unexpected=unexpected,
        planned=report["environment"].get("planned"),
        cuda=cuda,
        script=Markup(script),
        **common,
    )  # fmt: skip
    theorem = _templates().get_template("theorem.html")
    return {
        "index.html": index,
        **{f"{name}.html": theorem.render(page=page(report, name, probes), **common) for name in report["statements"]},
    }


def write(report: dict[str, Any], folder: Path) -> Path:
    """Write the pages into the folder, which is made where it is missing, and return the path of the index."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(report, cuda_sentence(), probed()).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "index.html"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _digest(script: str) -> str:
    """The browser runs this script and no other: its hash stands in the page's security policy."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
