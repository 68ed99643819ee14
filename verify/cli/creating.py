"""`verify new`: a theorem file that runs as it is, to be replaced part by part."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files
from pathlib import Path

from verify.errors import BadInput

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def created(name: str) -> Path:
    """Write the theorem file of that name, below `theorems/` where there is such a folder, else here; returns its path.

    Raises:
        BadInput: a name that a theorem or its file cannot have, or a file that is already there.
    """
    path = place(name)
    template = files("verify").joinpath("data/new_theorem.py.txt").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template.replace("NAME", name).replace("YEAR", str(date.today().year)))
    except FileExistsError:
        raise BadInput(f"{path} is already there, and nothing was written; give another name, or remove it") from None
    return path


def place(name: str) -> Path:
    """Where the theorem of that name is written.

    Raises:
        BadInput: a name that is not lower case with hyphens, or that pytest would take for a file of tests.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"a theorem cannot be named {name!r}; give lower-case letters and digits with single hyphens between, such as my-theorem"
        )
    stem = name.replace("-", "_")
    if stem == "conftest" or stem.startswith("test_") or stem.endswith("_test"):
        raise BadInput(
            f"a theorem cannot be named {name!r}, since pytest takes {stem}.py for its own; give another name"
        )
    folder = Path("theorems")
    return folder / f"{stem}.py" if folder.is_dir() else Path(f"{stem}.py")
