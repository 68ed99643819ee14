"""Which theorems and cases a run is of: by name, by file, by folder, or one case of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from verify.errors import BadInput
from verify.loading import catalogue, default_folder, load, shown
from verify.options import Options
from verify.statement.cases import Case, plan
from verify.statement.theorem import Theorem


@dataclass(frozen=True)
class Planned:
    """A theorem, its file (None for one made in a session), and the cases of it that are to run."""

    theorem: Theorem
    file: Path | None
    cases: tuple[Case, ...]
    alone: bool = True
    """Whether the file declares no other theorem."""
    of: int = 0
    """How many cases the theorem has, of which `cases` are to run."""

    def only(self, cases: tuple[Case, ...]) -> Planned:
        """The same with these of its cases."""
        return replace(self, cases=cases)

    def reproduction(self, case: Case, options: Options, table: str = "") -> str:
        """The command that runs this one case again; `table` holds the options that name a user's own data."""
        settings = f"--seed {options.seed} --level {options.level}"
        settings += f" --device {options.device}" if options.device != "cpu" else ""
        if self.file is None:
            return f"verify.check(theorem, case={case.id!r}, seed={options.seed}, level={options.level!r})"
        if table or Path(shown(self.file)).is_absolute():
            return f"verify check {shlex.quote(f'{self.theorem.name}::{case.id}')} {settings}{table}"
        inner = case.id if self.alone else f"{self.theorem.name}::{case.id}"
        return f"pytest {shlex.quote(f'{shown(self.file)}::{inner}')} {settings}"


def select(targets: Sequence[str], options: Options) -> list[Planned]:
    """What the targets name: NAME, FILE or FOLDER, each optionally followed by "::" and a case; without targets, everything.

    Raises:
        BadInput: a name or path that does not exist, with the nearest that does; a case that the theorem does not have.
        StatementError: a theorem file that does not declare what it means.
    """
    if not targets:
        return [planned for file in _files([default_folder()]) for planned in planned_of(file, options)]
    chosen: dict[str, Planned] = {}
    for target in targets:
        head, *inner = target.split("::")
        for planned in _selected(head, inner, options):
            before = chosen.setdefault(planned.theorem.name, planned)
            more = tuple(case for case in planned.cases if case not in before.cases)
            chosen[planned.theorem.name] = before.only((*before.cases, *more))
    return list(chosen.values())


def planned_of(file: Path, options: Options) -> list[Planned]:
    """The theorems of a file, with all their cases of the level."""
    theorems = load(file)
    plans = [tuple(plan(theorem, options.level)) for theorem in theorems]
    alone = len(theorems) == 1
    return [Planned(theorem, file, cases, alone, len(cases)) for theorem, cases in zip(theorems, plans, strict=True)]


def by_name(name: str) -> Path:
    """The file of a theorem of that name.

    Raises:
        BadInput: there is none; the sentence suggests the nearest names.
    """
    known = catalogue([default_folder()])
    if name not in known:
        file = Path(f"{name.replace('-', '_')}.py")
        if file.is_file():
            raise BadInput(f"there is no theorem {name!r} in {shown(default_folder())}; did you mean the file {file}?")
        raise BadInput(f"there is no theorem {name!r}{suggestion(name, known)}")
    return known[name].file


def suggestion(name: str, known: Iterable[str], otherwise: str = "; `verify list` shows what there is") -> str:
    """The end of a sentence about an unknown name: the nearest known ones, or `otherwise`."""
    *rest, last = get_close_matches(name, known, n=3, cutoff=0.5) or [""]
    return f"; did you mean {', '.join(rest)}{' or ' if rest else ''}{last}?" if last else otherwise


def narrowed(found: list[Planned], wanted: str, options: Options) -> Planned:
    """The one case of that id; without its families, as in "conclusion[rate]", on each family.

    Raises:
        BadInput: none of them has it at this level.
    """

    def of(cases: Iterable[Case]) -> tuple[Case, ...]:
        every_family = f"{wanted}-" if wanted.endswith("]") else "-"
        return tuple(case for case in cases if case.id == wanted or case.id.startswith(every_family))

    for planned in found:
        if cases := of(planned.cases):
            return planned.only(cases)
        if of(plan(planned.theorem, "thorough")):
            raise BadInput(f"{wanted!r} is a case of the level thorough; add --level thorough")
    known = [case.id for planned in found for case in planned.cases]
    raise BadInput(
        f"{', '.join(planned.theorem.name for planned in found)} has no case {wanted!r}{suggestion(wanted, known)}"
    )


def _selected(head: str, inner: list[str], options: Options) -> list[Planned]:
    path = Path(head)
    if path.exists() or path.suffix == ".py" or "/" in head:
        found = [planned for file in _files([path]) for planned in planned_of(file, options)]
        if not found:
            raise BadInput(
                f'{head} declares no theorem; a theorem file has a line such as theorem = Theorem("name") at module level'
            )
    else:
        found = [planned for planned in planned_of(by_name(head), options) if planned.theorem.name == head]
    names = [planned.theorem.name for planned in found]
    if inner and inner[0] in names:
        found, inner = [found[names.index(inner[0])]], inner[1:]
    return [narrowed(found, inner[0], options)] if inner else found


def _files(paths: Iterable[Path]) -> list[Path]:
    return list(dict.fromkeys(each.file for each in catalogue(paths).values()))
