"""The fenced blocks of a page of the documentation, and how each kind is run.

A block with a title is a file of the page's scratch folder; a later block with the same title goes on with it. A `python` block
without a title is a script. In a `console` block each line that begins with `$ ` is a command, and the lines below it are what it
prints, where `...` stands for anything; it must exit with 0, or with what a comment `# exits N` says. A `text` block is not run.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from tests.cli.files import environment

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(?P<language>\S*)(?: title=\"(?P<title>[^\"]+)\")?$")
_EXITS = re.compile(r"# exits (\d+)$")
_ELSEWHERE = ("pip install ", "python3 -m venv ", ". .venv/")
"""Commands that need the package index; `make first-hour` runs them."""
_CHECKER = doctest.OutputChecker()
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """One fenced block: where it stands, its language, the file that it is part of, if any, and its text."""

    line: int
    language: str
    title: str | None
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page in order."""
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), start=1))
    for number, line in lines:
        if line.startswith("```"):
            opened = _FENCE.match(line)
            assert opened, f'{page}:{number}: a fence is ```language or ```language title="file"'
            inside = [text for _, text in takewhile(lambda each: each[1] != "```", lines)]
            yield Block(number, opened["language"], opened["title"], "".join(f"{text}\n" for text in inside))


def run(block: Block, folder: Path, begun: set[str]) -> None:
    """Run the block in the folder; `begun` are the titles of the page's files so far, and the block's is added."""
    if block.title is not None:
        path = folder / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") + "\n\n" if block.title in begun else ""
        path.write_text(before + block.text, encoding="utf-8")
        begun.add(block.title)
    elif block.language == "python":
        ran = _run([sys.executable, "-c", block.text], folder)
        assert ran.returncode == 0, ran.stdout
    elif block.language == "console":
        for command, expected in _commands(block.text):
            _check(command, expected, folder)
    else:
        assert block.language == "text", (
            f"line {block.line}: a block of {block.language!r} has no title and cannot be run"
        )


def _commands(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected


def _check(command: str, expected: str, folder: Path) -> None:
    if command.startswith(_ELSEWHERE):
        return
    exits = _EXITS.search(command)
    if command.startswith("make "):
        command, folder = f"{command} --dry-run", ROOT
    ran = _run(["bash", "-c", command], folder)
    assert ran.returncode == (int(exits[1]) if exits else 0), f"$ {command}\n{ran.stdout}"
    if not expected or command.endswith(" --dry-run"):
        return
    got = ran.stdout if ran.stdout.endswith("\n") else ran.stdout + "\n"
    if not _CHECKER.check_output(expected, got, _FLAGS):
        difference = _CHECKER.output_difference(doctest.Example(command, expected), got, _FLAGS)
        raise AssertionError(f"$ {command}\n{difference}")


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Both streams as one text, as a terminal shows them. The proxies lead nowhere, so that no block can lean on the network."""
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    tools = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        command,
        cwd=folder,
        env={**environment(), **nowhere, "PATH": tools, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
