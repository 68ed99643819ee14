"""Theorem files: finding them by reading their syntax tree, and importing them under a name of their own.

Listing and collecting only read the tree; nothing of a theorem file runs before it is checked or shown.
"""

from __future__ import annotations

import ast
import gc
import hashlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Literal

from verify.errors import BadInput, VerifyError

if TYPE_CHECKING:
    from verify.statement.theorem import Theorem

KINDS: dict[str, Literal["theorem", "conjecture"]] = {"Theorem": "theorem", "Conjecture": "conjecture"}


@dataclass(frozen=True)
class Declared:
    """A theorem as its file declares it: `variable = Theorem(name, title)`; title and `name` are literals in the file."""

    name: str
    kind: Literal["theorem", "conjecture"]
    file: Path
    variable: str
    title: str


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def may_declare(path: Path) -> bool:
    """Whether the file is worth parsing: a look at its bytes, for folders full of other files."""
    text = path.read_bytes()
    return any(f"{kind}(".encode() in text for kind in KINDS)


def declared(path: Path) -> list[Declared]:
    """The theorems that a file declares at module level, in order; the file is parsed and not run.

    Raises:
        BadInput: a file that is not Python, and a theorem whose name is not written out.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise BadInput(
            f"{shown(path)}{f':{line}' if line else ''} is not valid Python: {getattr(error, 'msg', error)}"
        ) from None
    return [found for node in tree.body for found in _declared(node, path)]


def _declared(node: ast.stmt, path: Path) -> Iterator[Declared]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    call = getattr(node, "value", None)
    if not isinstance(call, ast.Call) or not all(isinstance(target, ast.Name) for target in targets):
        return
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if called not in KINDS:
        return
    given = dict(zip(("name", "title"), call.args, strict=False)) | {
        keyword.arg: keyword.value for keyword in call.keywords
    }
    name, title = (_text(given.get(argument)) for argument in ("name", "title"))
    if name is None:
        raise BadInput(
            f'{shown(path)}:{node.lineno} computes the name of a {KINDS[called]}; write it out, as in {called}("my-{KINDS[called]}"), '
            "so that it can be listed without running the file"
        )
    for target in targets[:1]:
        yield Declared(name, KINDS[called], path, target.id, title or name)  # type: ignore[union-attr]


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def theorem_files(place: Path) -> Iterator[Path]:
    """The file, or the Python files below the folder, that may declare theorems; sorted.

    Hidden folders and virtual environments are left out.
    """
    if place.is_file() and place.suffix == ".py" and may_declare(place):
        yield place
    for folder, inner, names in os.walk(place):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__")))
        if "pyvenv.cfg" in names:
            inner.clear()
            continue
        yield from (path for name in sorted(names) if name.endswith(".py") and may_declare(path := Path(folder, name)))


def default_folder() -> Path:
    """`theorems/` below the current folder, else the theorems that are installed with this package.

    Raises:
        BadInput: neither exists.
    """
    if Path("theorems").is_dir():
        return Path("theorems")
    installed = importlib.util.find_spec("verify_theorems")
    if installed is None or not installed.submodule_search_locations:
        raise BadInput(
            "there is no folder theorems/ here, and verify_theorems is not installed; name a file or a folder"
        )
    return Path(next(iter(installed.submodule_search_locations)))


def catalogue(paths: Iterable[Path]) -> dict[str, Declared]:
    """The theorems of files and folders by name.

    Raises:
        BadInput: a path that does not exist, a file that cannot be read, two theorems of one name.
    """
    found: dict[str, Declared] = {}
    for path in paths:
        if not path.exists():
            raise BadInput(f"{path} does not exist; name a theorem, a theorem file, or a folder of them")
        for file in theorem_files(path) if path.is_dir() else [path]:  # a file is read whatever is in it
            for each in declared(file):
                other = found.setdefault(each.name, each)
                if other != each:
                    raise BadInput(
                        f"{each.name!r} is declared in {shown(other.file)} and in {shown(file)}; give one another name"
                    )
    return found


def load(path: Path) -> list[Theorem]:
    """Import a theorem file and return its theorems in order, each found consistent.

    The module gets a private name that holds its path and content, so that no other module is shadowed and an edited file is
    read anew; an unchanged file is imported once a process.

    Raises:
        BadInput, StatementError: with the file, the line and one sentence.
    """
    from verify.statement.completeness import require_consistent

    found = declared(path)
    digest = hashlib.sha256(f"{path.resolve()}\0{file_hash(path)}".encode()).hexdigest()
    name = f"_theorem_file_{path.stem}_{digest[:12]}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path, loader=_Fresh(name, str(path)))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            with _no_garbage():
                spec.loader.exec_module(module)
        except Exception as error:
            del sys.modules[name]
            raise _explained(error, path) from error
    theorems = [getattr(sys.modules[name], each.variable) for each in found]
    for theorem in theorems:
        try:
            require_consistent(theorem)
        except VerifyError as error:
            raise type(error)(f"{shown(path)}: {error}") from None
    return theorems


@contextmanager
def _no_garbage() -> Iterator[None]:
    """No search for garbage among the objects that imports make: nearly all of them stay, and it takes a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Fresh(SourceFileLoader):
    """Reads the source itself: cached bytecode is told apart by size and second alone, so that a quick edit would not be seen."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def shown(path: Path) -> str:
    """The path as a user would type it: relative where the file lies below the current folder."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def place(error: BaseException, path: Path) -> str:
    """`file:line` of the innermost frame of the file in the error's traceback, or the file alone."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).resolve() == path.resolve()
    ]
    return shown(path) + (f":{lines[-1]}" if lines else "")


def _explained(error: Exception, path: Path) -> VerifyError:
    """The error as one sentence that begins with file and line."""
    where = place(error, path)
    if isinstance(error, VerifyError):
        return type(error)(f"{where}: {error}")
    if isinstance(error, TypeError) and "truth value" in str(error):
        # SymPy cannot know that it was a comparison chain: Python asked for the truth value of its first link.
        return BadInput(
            f"{where}: Python asked for the truth value of a formula, as a chained comparison, `and`, `or`, `not` and `if` do; "
            "write And(a < b, b < c), Or(...), Not(...) imported from verify"
        )
    return BadInput(f"{where}: {type(error).__name__}: {error}")
