"""Theorem files as pytest sees them: one item a case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from verify.errors import VerifyError
from verify.loading import declared
from verify.pytest_plugin.recorder import options_of
from verify.runner import Bench, Outcome, check_case
from verify.runner.selection import Planned, planned_of
from verify.statement.cases import Case
from verify.statement.completeness import gaps

_BENCH = pytest.StashKey[Bench]()


class Unexpected(Exception):
    """A case that did not come out as it must; shown without a Python traceback."""


def theorem_file(path: Path, parent: pytest.Collector) -> TheoremFile | None:
    """The collector of a file that declares theorems, or that cannot be read and so may declare some."""
    try:
        if not declared(path):
            return None
    except VerifyError:
        pass  # `collect` says what is the matter
    return TheoremFile.from_parent(parent, path=path)


class TheoremFile(pytest.File):
    """A theorem file; where it declares several theorems, each is a node of its own."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        try:
            found = planned_of(self.path, bench_of(self.config).options)
        except VerifyError as error:
            raise self.CollectError(str(error)) from None
        if len(found) == 1:
            yield from cases_of(self, found[0])
        else:
            yield from (TheoremNode.from_parent(self, name=each.theorem.name, planned=each) for each in found)


class TheoremNode(pytest.Collector):
    """One of several theorems of a file."""

    def __init__(self, *, planned: Planned, **kwargs: Any):
        super().__init__(**kwargs)
        self.planned = planned

    def collect(self) -> Iterator[pytest.Item]:
        return cases_of(self, self.planned)


def bench_of(config: pytest.Config) -> Bench:
    """The bench of this process, which all its cases share."""
    if _BENCH not in config.stash:
        config.stash[_BENCH] = Bench(options_of(config))
    return config.stash[_BENCH]


def cases_of(parent: pytest.Collector, planned: Planned) -> Iterator[pytest.Item]:
    """An item for each case; a half-declared theorem is refused under --strict, and when it has no case at all."""
    missing = gaps(planned.theorem)
    if missing and (_is_strict(parent.config) or not planned.cases):
        listed = "\n".join(f"  {sentence}" for sentence in missing)
        raise parent.CollectError(f"{planned.theorem.name} is half declared:\n{listed}")
    for case in planned.cases:
        # The id as text: pytest 9 takes an id apart at its bracket when it reads one back (--lf, xdist), and must find the same parts.
        nodeid = f"{parent.nodeid}::{case.id}"
        yield CaseItem.from_parent(parent, name=case.id, nodeid=nodeid, planned=planned, case=case)


def _is_strict(config: pytest.Config) -> bool:
    """Whether `--strict` was given: pytest's own option, which pytest 9 turned into a setting."""
    try:
        return config.getini("strict")
    except ValueError:
        return config.option.strict


class CaseItem(pytest.Item):
    """One case of a theorem; passes when it comes out as expected."""

    def __init__(self, *, planned: Planned, case: Case, **kwargs: Any):
        super().__init__(**kwargs)
        self.planned = planned
        self.case = case
        self.outcome: Outcome | None = None
        self.extra_keyword_matches.add(planned.theorem.name)

    def runtest(self) -> None:
        bench = bench_of(self.config)
        reproduce = self.planned.reproduction(self.case, bench.options)
        self.outcome = check_case(bench, self.planned.theorem, self.case, reproduce)
        record = self.outcome.record
        self.user_properties += [(field, record[field]) for field in ("verdict", "grade", "scope")]
        if self.outcome.details:
            self.add_report_section("call", "traceback", self.outcome.details)
        if not self.outcome.as_expected:
            raise Unexpected

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:
        if isinstance(excinfo.value, Unexpected) and self.outcome is not None:
            return explained(self.outcome)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"{self.planned.theorem.name}::{self.case.id}"


def explained(outcome: Outcome) -> str:
    """A failed case in a few lines: the formula, the answer, the reason, what was measured, and how to see it again."""
    record = outcome.record
    measured = [f"  {name}: {_number(value)}" for name, value in record["measured"].items()]
    return "\n".join([record["formula"]["text"], str(outcome), *measured, f"  reproduce: {record['reproduce']}"])


def _number(value: Any) -> str:
    if isinstance(value, list) and not isinstance(value[0], str):
        return f"{value[0]:.6g}" + ("" if value[1] is None else f" +- {value[1]:.2g}")
    return "not measured" if value is None else json.dumps(value)
