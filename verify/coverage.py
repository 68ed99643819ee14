"""Which obligations of the specifications are carried, by a declaration of a theorem file or by a test; read without running either.

The inventory lists every obligation with an id. Declarations carry ids as `spec=`, tests as `@pytest.mark.spec(...)`; what is
left out on purpose stands with its reason in `omitted.toml` in the theorem folder:

    [omitted]
    "margin-kkt/T4/A4" = "not tried: the step size of the exponential loss is T7's"
"""

from __future__ import annotations

import ast
import csv
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from verify.errors import BadInput
from verify.loading import shown


@dataclass(frozen=True)
class Obligation:
    """One line of the inventory; `level` is quick, thorough or optional (listed, and never required)."""

    id: str
    theorem: str
    kind: str
    level: str
    text: str

    @property
    def group(self) -> str:
        """Specification and theorem, such as "margin-kkt/T4"."""
        return self.id.rpartition("/")[0]


@dataclass(frozen=True)
class Coverage:
    """The obligations asked for, and what became of each."""

    asked: tuple[Obligation, ...]
    carried: Mapping[str, tuple[str, ...]]
    """By id: where it is carried, as "file:line"."""
    omitted: Mapping[str, str]
    """By id: the reason."""
    with_tests: bool

    @property
    def open(self) -> list[Obligation]:
        """Those that nothing carries and nothing excuses, optional ones included."""
        return [each for each in self.asked if each.id not in self.carried and each.id not in self.omitted]

    @property
    def missing(self) -> list[Obligation]:
        """Those of them that are required."""
        return [each for each in self.open if each.level != "optional"]


def inventory() -> dict[str, Obligation]:
    """The obligations by id, in the order of the specifications."""
    lines = (files("verify") / "data" / "inventory.tsv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["id"]: Obligation(**row) for row in rows}


def coverage(
    prefixes: Iterable[str] = (), theorems: Path = Path("theorems"), tests: Path | None = Path("tests")
) -> Coverage:
    """What is carried of the obligations below the prefixes, such as "margin-kkt/T4".

    Without prefixes: of every specification's theorem of which at least one id is carried. `tests` may be missing.

    Raises:
        BadInput: an id or a prefix that the inventory does not have, an id twice in one `spec=`, a computed `spec=`, an
            omission without a reason or of an id that is carried.
    """
    known = inventory()
    with_tests = tests is not None and tests.is_dir()
    carried: dict[str, tuple[str, ...]] = {}
    for folder, ids_in in ((theorems, _declared_ids), (tests if with_tests else None, _marked_ids)):
        for path in sorted(folder.rglob("*.py")) if folder else ():
            for id, line in ids_in(path):
                _require_known(id, known, f"{shown(path)}:{line}")
                carried[id] = (*carried.get(id, ()), f"{shown(path)}:{line}")
    omitted = _omissions(theorems / "omitted.toml", known, carried)
    wanted = list(prefixes) or sorted({known[id].group for id in carried})
    for prefix in wanted:
        if not any(_below(id, prefix) for id in known):
            groups = sorted({each.group for each in known.values()})
            raise BadInput(
                f"no obligation is named {prefix!r} or below it; the theorems of the inventory are {', '.join(groups)}"
            )
    asked = tuple(each for each in known.values() if any(_below(each.id, prefix) for prefix in wanted))
    return Coverage(asked, carried, omitted, with_tests)


def lines(found: Coverage) -> Iterator[str]:
    """What the command prints: counts for each theorem of the specifications, and below them the ids that nothing carries."""
    if not found.with_tests:
        yield "there is no tests/ folder here: only theorem files are counted"
    for group in dict.fromkeys(each.group for each in found.asked):
        members = [each for each in found.asked if each.group == group]
        states = Counter(
            "carried" if each.id in found.carried else "omitted" if each.id in found.omitted else "open"
            for each in members
        )
        yield f"{group}: {states['carried']} of {len(members)} carried, {states['omitted']} omitted"
        for each in members:
            if each in found.open:
                note = "optional" if each.level == "optional" else f"{each.level}, MISSING"
                yield f"  {each.id}  {each.kind} ({note})  {each.text}"
    yield (
        f"{len(found.missing)} of {len(found.asked)} obligations are missing" if found.missing else "nothing is missing"
    )


def _below(id: str, prefix: str) -> bool:
    return id == prefix or id.startswith(prefix.rstrip("/") + "/")


def _declared_ids(path: Path) -> Iterator[tuple[str, int]]:
    """The ids in `spec=` of the calls in a theorem file."""
    for call in _calls(path):
        for keyword in call.keywords:
            if keyword.arg == "spec":
                yield from _written_out(path, [keyword.value])


def _marked_ids(path: Path) -> Iterator[tuple[str, int]]:
    """The ids in `pytest.mark.spec(...)` of a test file, wherever the mark stands."""
    for call in _calls(path):
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr == "spec"
            and getattr(call.func.value, "attr", "") == "mark"
        ):
            yield from _written_out(path, call.args)


def _calls(path: Path) -> Iterator[ast.Call]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise BadInput(f"{shown(path)} is not valid Python: {error}") from None
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _written_out(path: Path, values: list[ast.expr]) -> Iterator[tuple[str, int]]:
    seen = set()
    for value in values:
        for item in value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]:
            if not isinstance(item, ast.Constant) or not isinstance(item.value, str):
                raise BadInput(
                    f'{shown(path)}:{value.lineno} computes its spec ids; write them out, as in spec=("margin-kkt/T4/C1", "margin-kkt/T4/Q1")'
                )
            if item.value in seen:
                raise BadInput(f"{shown(path)}:{value.lineno} names {item.value!r} twice; name it once")
            seen.add(item.value)
            yield item.value, value.lineno


def _require_known(id: str, known: Mapping[str, Obligation], where: str) -> None:
    if id not in known:
        raise BadInput(f"{where} names {id!r}, which the inventory does not have; see verify/data/inventory.tsv")


def _omissions(path: Path, known: Mapping[str, Obligation], carried: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("omitted", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{shown(path)} is not valid TOML: {error}") from None
    for id, reason in table.items():
        _require_known(id, known, shown(path))
        if not isinstance(reason, str) or not reason.strip():
            raise BadInput(f"{shown(path)} omits {id!r} without a reason; write one")
        if id in carried:
            raise BadInput(f"{shown(path)} omits {id!r}, which {carried[id][0]} carries; remove the omission")
    return table
