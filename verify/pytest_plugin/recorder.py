"""What the controlling process does with the records of cases: write them as they come, and a report at the end."""

from __future__ import annotations

import json
import shlex
import time
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.junitxml import xml_key

from verify.errors import VerifyError
from verify.options import Options, report_folder

if TYPE_CHECKING:
    from verify.report.assembly import Part

ATTRIBUTE = "theorem_record"
"""The attribute of a test report that carries a record and the file of its theorem, as JSON, from worker to controller."""
PARTS = "theorem_parts"
"""The key of a worker's output under which it carries, by file and as JSON, what the report says beside the records."""


def options_of(config: pytest.Config) -> Options:
    """The options of the run."""
    option = config.option
    return Options(option.verify_level, option.verify_seed, option.verify_device)


class Worker:
    """In a process of pytest-xdist: describes its share of the theorem files, so that the controller need not import them."""

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        from verify.runner.parts import parts_of

        config: Any = session.config
        files = sorted({item.path for item in session.items if hasattr(item, "outcome")})
        count = config.workerinput["workercount"]
        mine = files[int(config.workerinput["workerid"].removeprefix("gw")) % count :: count]
        with suppress(VerifyError):  # the controller meets it again, and says so
            found = {str(file): parts_of(file, options_of(config)) for file in mine}
            config.workeroutput[PARTS] = json.dumps(found)


class Recorder:
    """Appends each record to `records.jsonl` as its case ends, and writes report and pages when the session ends.

    Under pytest-xdist only the controller records: it receives the records on the test reports, so that no two processes
    write. A session without cases of theorems writes nothing.
    """

    def __init__(self, config: pytest.Config):
        self.config = config
        self.records: list[dict[str, Any]] = []
        self.files: dict[str, Path] = {}
        self.parts: dict[str, list[Part]] = {}
        self.planned: int | None = None
        self.report: dict[str, Any] | None = None
        self.index: Path | None = None
        self.failure = ""
        self.missing: dict[str, list[str]] = {}
        self.started = datetime.now(UTC)
        self.clock = time.perf_counter()

    @property
    def folder(self) -> Path:
        given = self.config.option.verify_report
        return self.config.invocation_params.dir / report_folder(given)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.planned = sum(hasattr(item, "outcome") for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        from verify.pytest_plugin.scheduling import is_case

        self.planned = sum(map(is_case, ids))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        carried = getattr(report, ATTRIBUTE, None)
        if carried is None:
            return
        from verify import records

        content = json.loads(carried)
        if not self.records:
            records.begin(self.folder)
        records.append(self.folder, content["record"])
        self.records.append(content["record"])
        self.files[content["record"]["theorem"]] = Path(content["file"])
        if self.config.pluginmanager.hasplugin("dsession"):
            self._ahead(content["record"])
        if (xml := self.config.stash.get(xml_key, None)) is not None:
            # as in the terminal below: pytest 9.2 would close the bracket of the name a second time
            xml.node_reporter(report).add_attribute("name", content["record"]["case"])

    @staticmethod
    def _ahead(record: dict[str, Any]) -> None:
        """The figure drawn while other processes are at work."""
        from verify.report.figures import drawn

        with suppress(Exception):  # the report meets it again, and says so
            drawn(record.get("figure"))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        # a process that crashed has no output
        self.parts |= json.loads(getattr(node, "workeroutput", {}).get(PARTS, "{}"))

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """With -v, an answer in place of PASSED: a mutant passes by being REFUTED."""
        carried = getattr(report, ATTRIBUTE, None)
        return (report.outcome, ".", json.loads(carried)["record"]["verdict"]) if carried and report.passed else None

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.records:
            return
        try:
            self._report()
        except Exception:  # the answers are in: they must be shown, whatever is wrong with the pages
            self.failure = traceback.format_exc()
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def _report(self) -> None:
        from verify.report.assembly import report, write
        from verify.report.environment import environment

        options = options_of(self.config)
        files = sorted(set(self.files.values()))  # and not in the order in which processes ended with them
        parts = [part for file in files for part in self._parts(file, options) if part["theorem"] in self.files]
        self.missing = {part["theorem"]: part["gaps"] for part in parts}
        command = shlex.join(["pytest", *self.config.invocation_params.args])
        seconds = round(time.perf_counter() - self.clock, 3)
        started = self.started.strftime("%Y-%m-%dT%H:%M:%SZ")
        made = environment(options, command, started, seconds, self.planned)
        self.report = report(parts, self.records, made)
        self.index = write(self.report, self.folder)

    def _parts(self, file: Path, options: Options) -> list[Part]:
        if str(file) not in self.parts:  # one process alone, or the one that was to describe the file crashed
            from verify.runner.parts import parts_of

            self.parts[str(file)] = parts_of(file, options)
        return self.parts[str(file)]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not self.records:
            return
        from verify.loading import shown

        for report in (
            report for reports in terminalreporter.stats.values() for report in reports if hasattr(report, ATTRIBUTE)
        ):
            if hasattr(report, "_id"):
                # pytest 9.2 prints a failed id from its parts, and would close its bracket a second time
                report._id = type(report.id)(path=report.id.path, names=tuple(report.nodeid.split("::")[1:]))
        terminalreporter.section("theorems")
        for record in self.records:
            if record["kind"] == "conjecture":
                grade = f", {record['grade'].lower()}" if record["grade"] else ""
                terminalreporter.line(
                    f"{record['theorem']}::{record['case']}: {record['verdict']}{grade}, {record['scope']}"
                )
        for theorem, sentences in self.missing.items():
            if sentences:
                terminalreporter.line(f"{theorem} is half declared, which --strict makes an error:")
            for sentence in sentences:
                terminalreporter.line(f"  {sentence}")
        if self.report is not None:
            from verify.report.terminal import summary

            screen = terminalreporter._tw  # pytest offers its width and colour nowhere else
            terminalreporter.write(summary(self.report, screen.fullwidth, screen.hasmarkup))
        if self.index is None:
            terminalreporter.line(f"the report could not be written, the records are in {shown(self.folder)}:")
            terminalreporter.line(self.failure)
        else:
            terminalreporter.line(f"report: {shown(self.index)}")
