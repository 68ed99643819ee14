"""The bench: the instances and traces of a run, each computed once a process and shared by all cases that need it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sympy.logic.boolalg import Boolean

from verify.errors import VerifyError
from verify.evidence.decide import decide
from verify.evidence.trace import Trace
from verify.evidence.verdict import Verdict
from verify.options import Options
from verify.runner.certificates import gathered
from verify.runner.needs import covering, needed, permitted
from verify.runner.sampling import Sample, check_axes, sample
from verify.runner.threads import one_thread
from verify.runs import SIZES, Run, generator
from verify.statement.cases import TABLE_FAMILY, Case, plan
from verify.statement.declarations import Experiment, Setting
from verify.statement.theorem import Theorem


class Undecided(Exception):
    """No verdict can be reached, for a reason with a code and a sentence; becomes INCONCLUSIVE."""

    def __init__(self, code: str, sentence: str, details: str = ""):
        super().__init__(sentence)
        self.code = code
        self.sentence = " ".join(sentence.split())
        self.details = details
        """The traceback, for the author of the theorem file."""


@dataclass(frozen=True)
class Admission:
    """Which instances of a family experiments see: `positions` among those drawn, and how many each hypothesis left out."""

    positions: np.ndarray
    left_out: dict[str, int]


class Bench:
    """Draws instances, looks at them, and runs experiments; keeps what it has computed for the theorem under way.

    A trace is shared by all cases with the same theorem, family, setting, experiment and admitted instances; seed, level and
    device belong to the bench. Only one theorem's traces are kept: theorems are checked one after another, and traces are large.

    Args:
        options: level, seed and device.
        table: a user's own table, from which `theorem.from_table` makes the instances of the family "data".
    """

    def __init__(self, options: Options | None = None, table: Any = None):
        self.options = options or Options()
        self._table = table
        self._theorem: Theorem | None = None
        self._kept: dict[tuple[Any, ...], Any] = {}

    def sample(self, theorem: Theorem, family: str) -> Sample:
        """The instances of a family, with the columns that they carry themselves."""
        return self._once(theorem, ("sample", family), lambda: self._draw(theorem, family))

    def cases(self, theorem: Theorem) -> tuple[Case, ...]:
        """What is planned for a theorem at this level."""
        return self._once(theorem, ("cases",), lambda: tuple(plan(theorem, self.options.level)))

    def observed(self, theorem: Theorem, family: str, setting: Setting) -> Trace:
        """Every instance of a family as seen before anything runs: what it carries, and what observations measure on it."""

        def look() -> Trace:
            drawn = self.sample(theorem, family)
            trace = drawn.given
            for observation in permitted(theorem, family, "", observes=True):
                trace = _beside(self._measure(theorem, family, setting, observation, drawn.instances), trace)
            return trace

        return self._once(theorem, ("observed", family, setting.content), look)

    def observable(self, theorem: Theorem, family: str, setting: Setting, formula: Boolean) -> bool:
        """Whether the formula can be decided before anything runs."""
        return needed(theorem, formula, setting) <= set(self.observed(theorem, family, setting).columns)

    def admitted(self, theorem: Theorem, family: str, setting: Setting, dropped: tuple[str, ...] = ()) -> Admission:
        """The instances that experiments see.

        An instance is left out when a hypothesis that its family promises (and the case does not drop), and that can be decided
        beforehand, does not hold in this setting. One that the observation failed on stays in: a failure must be seen.
        """

        def admit() -> Admission:
            without = dropped if family == TABLE_FAMILY else (*dropped, *theorem.families[family].without)
            observed_well = ~failed(self.observed(theorem, family, setting))
            kept, left_out = np.ones(len(observed_well), dtype=bool), {}
            for name, hypothesis in theorem.hypotheses.items():
                if hypothesis.formula is None or name in without:
                    continue
                if self.observable(theorem, family, setting, hypothesis.formula):
                    failing = kept & observed_well & (self.foreseen(theorem, family, setting, name).answers != 1)
                    kept &= ~failing
                    left_out |= {name: int(failing.sum())} if failing.any() else {}
            return Admission(np.flatnonzero(kept), left_out)

        return self._once(theorem, ("admitted", family, setting.content, dropped), admit)

    def foreseen(self, theorem: Theorem, family: str, setting: Setting, name: str) -> Verdict:
        """The verdict on an observable hypothesis, over every instance that was drawn."""

        def look() -> Verdict:
            hypothesis = theorem.hypotheses[name]
            assert hypothesis.formula is not None
            return decide(
                theorem, hypothesis.formula, self.observed(theorem, family, setting), hypothesis.within, setting
            )

        return self._once(theorem, ("foreseen", family, setting.content, name), look)

    def evidence(
        self, theorem: Theorem, family: str, setting: Setting, positions: np.ndarray, formula: Boolean, claim: str
    ) -> Trace:  # fmt: skip
        """The trace of the admitted instances that decides a formula; `claim` is the conclusion or control it belongs to."""
        trace = self.observed(theorem, family, setting).take(positions)
        chosen, missing = covering(
            permitted(theorem, family, claim, observes=False), needed(theorem, formula, setting) - set(trace.columns)
        )
        if missing:
            raise Undecided(
                "not-measured",
                f"nothing measures {', '.join(sorted(missing))} on the family {family!r}; add an experiment that does",
            )
        for experiment in chosen:
            trace = _beside(self._trace(theorem, family, setting, positions, experiment), trace)
        return trace

    def _trace(
        self, theorem: Theorem, family: str, setting: Setting, positions: np.ndarray, experiment: Experiment
    ) -> Trace:
        drawn = self.sample(theorem, family).instances
        key = ("trace", family, setting.content, experiment.name, tuple(positions))
        return self._once(
            theorem,
            key,
            lambda: self._measure(theorem, family, setting, experiment, tuple(drawn[i] for i in positions)),
        )

    def _draw(self, theorem: Theorem, family: str) -> Sample:
        def make() -> Any:
            if family == TABLE_FAMILY and theorem.from_table is not None:
                return theorem.from_table(self._table)
            return theorem.families[family].make(
                generator(self.options.seed, theorem.name, family), SIZES[self.options.level]
            )

        return _guarded("family-failed", f"the family {family!r}", lambda: sample(theorem, family, make()))

    def _measure(
        self, theorem: Theorem, family: str, setting: Setting, experiment: Experiment, instances: tuple[Any, ...]
    ) -> Trace:
        who = f"the {'observation' if experiment.observes else 'experiment'} {experiment.name!r}"
        run = self._run((theorem.name, experiment.name, family))

        def measure() -> Trace:
            trace = experiment.run(list(instances), setting, run)
            if not isinstance(trace, Trace) or trace.size != len(instances):
                raise VerifyError(
                    f"{who} returned {type(trace).__name__} for {len(instances)} instances; return a Trace with a status for each"
                )
            check_axes(theorem, trace, who)
            return trace

        return _guarded("experiment-failed", who, measure)

    def _run(self, stream: tuple[str, ...]) -> Run:
        return Run.at(self.options.level, self.options.seed, self.options.device, stream=stream)

    def _once(self, theorem: Theorem, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        if self._theorem is not theorem:
            self._theorem, self._kept = theorem, {}
        if key not in self._kept:
            try:
                self._kept[key] = compute()
            except Undecided as undecided:
                self._kept[key] = undecided
        if isinstance(self._kept[key], Undecided):
            raise self._kept[key]
        return self._kept[key]


def failed(trace: Trace) -> np.ndarray:
    """Which instances have a status that says why they failed."""
    return np.array([bool(status) for status in trace.status], dtype=bool)


def _beside(measured: Trace, trace: Trace) -> Trace:
    """Both traces' columns; an axis that both have must be the same axis."""
    try:
        return replace(measured.joined(trace), notes=gathered(trace, measured))
    except VerifyError as error:
        raise Undecided("experiment-failed", f"two experiments do not fit together: {error}") from error


def _guarded(code: str, who: str, compute: Callable[[], Any]) -> Any:
    """Run a function of a theorem file; whatever it raises becomes a reason, never the end of the run."""
    try:
        with one_thread():
            return compute()
    except VerifyError as error:
        raise Undecided(code, str(error), _details(error)) from error
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        raise Undecided(code, f"{who} raised {type(error).__name__}: {error} ({where})", _details(error)) from error


def _details(error: Exception) -> str:
    """The traceback from where the theorem file's own function begins."""
    inner = error.__traceback__
    while inner and inner.tb_next and Path(inner.tb_frame.f_code.co_filename) == Path(__file__):
        inner = inner.tb_next
    return "".join(traceback.format_exception(type(error), error, inner))
