"""The pytest plugin: collects theorem files, one item a case, and writes the records and the report of a run.

It is loaded in every project of an environment that has this package. So this module imports pytest and the standard library
only; the rest is imported when a theorem file is collected, or a case of one has ended. The options are added after those of
all other plugins and conftest files, so that a project's own `--seed` or `--device` keeps its meaning; ours is then
`--verify-seed`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from verify.errors import BadInput
from verify.options import LEVELS, REPORTS, report_folder
from verify.pytest_plugin.recorder import ATTRIBUTE, Recorder, Worker, options_of

OPTIONS: dict[str, dict[str, Any]] = {
    "level": {"choices": LEVELS, "default": "quick", "help": "how thoroughly theorems are checked (default quick)"},
    "seed": {"type": int, "default": 0, "metavar": "N", "help": "seed of instances and experiments (default 0)"},
    "device": {"default": "cpu", "metavar": "NAME", "help": "cpu (default), cuda or cuda:N"},
    "report": {"metavar": "DIR", "help": f"folder of the records and report of theorems (default {REPORTS})"},
}

_RENAMED = pytest.StashKey[list[str]]()


# Options ---------------------------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Iterator[None]:
    # Until they are known, the values of our options look like paths, and conftest files would be sought beside them.
    ours = {name for option in OPTIONS for name in _free(parser, option)}
    others = [given for before, given in zip(["", *args], args, strict=False) if before not in ours or given[:1] == "-"]
    early_config.known_args_namespace.file_or_dir = parser.parse_known_args(others).file_or_dir
    yield
    early_config.stash[_RENAMED] = [name for name in OPTIONS if len(_free(parser, name)) == 1]
    group = parser.getgroup("verify", "theorems (verify)")
    for name, attributes in OPTIONS.items():
        group.addoption(*_free(parser, name), dest=f"verify_{name}", **attributes)


def _free(parser: pytest.Parser, name: str) -> list[str]:
    """The names of an option that nobody else has taken; pytest has no public list of them."""
    taken = {
        taken for group in (parser._anonymous, *parser._groups) for option in group.options for taken in option.names()
    }
    return [option for option in (f"--{name}", f"--verify-{name}") if option not in taken]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "spec(*ids): the obligations of the specifications that a test carries, see `verify coverage`"
    )
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Worker(), "verify-worker")
        return  # the controller has checked the options, and records
    try:
        options_of(config)
        report_folder(config.option.verify_report)
    except BadInput as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(Recorder(config), "verify-recorder")


def pytest_report_header(config: pytest.Config) -> list[str]:
    renamed = config.stash.get(_RENAMED, [])
    return [
        f"verify: --{name} belongs to another plugin here; for theorems write --verify-{name}"
        for name in renamed
        if _has_theorems(config)
    ]


# Collection ------------------------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Iterator[Any]:
    found = yield
    if file_path.suffix != ".py" or not _is_sought(file_path, parent.config):
        return found
    from verify.loading import may_declare

    if not may_declare(file_path):
        return found
    from verify.pytest_plugin.items import theorem_file

    file = theorem_file(file_path, parent)
    if file is None:
        return found
    # A theorem file that is named on the command line would also be imported as a test module.
    return [
        file,
        *(other for other in found if _is_test(file_path, parent.config) or not isinstance(other, pytest.Module)),
    ]


def _is_sought(path: Path, config: pytest.Config) -> bool:
    """Whether theorems are collected from the file: below a folder `theorems`, or below what the command line names, unless it is a test."""
    for base in (config.invocation_params.dir, config.rootpath):
        if path.is_relative_to(base) and "theorems" in path.relative_to(base).parts[:-1]:
            return True
    return not _is_test(path, config) and any(path.is_relative_to(given) for given in _given(config))


def _given(config: pytest.Config) -> list[Path]:
    """The files and folders that stand on the command line."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return []
    return [
        Path(os.path.abspath(config.invocation_params.dir / argument.partition("::")[0])) for argument in config.args
    ]


def _is_test(path: Path, config: pytest.Config) -> bool:
    return any(fnmatch(path.name, pattern) for pattern in (*config.getini("python_files"), "conftest.py"))


def _has_theorems(config: pytest.Config) -> bool:
    from verify.loading import theorem_files

    places = {base / "theorems" for base in (config.invocation_params.dir, config.rootpath)} | set(_given(config))
    return any(_is_sought(path, config) for place in places for path in theorem_files(place))


# Records ---------------------------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    outcome = getattr(item, "outcome", None)
    if call.when == "call" and outcome is not None:
        # text, so that pytest-xdist can carry it from the worker to the controller
        setattr(report, ATTRIBUTE, json.dumps({"record": outcome.record, "file": str(item.path)}))
    return report


# Running over several processes ------------------------------------------------------------------------------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getvalue("dist") != "load" or not _has_theorems(config):
        return None
    from verify.pytest_plugin.scheduling import FamilyScheduling

    return FamilyScheduling(config, log)
