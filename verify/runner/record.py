"""The record of a case, after the published schema."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from verify.evidence.verdict import Answer
from verify.options import Options
from verify.records import Record
from verify.report.environment import versions
from verify.runner.certificates import digest
from verify.runner.deciding import Settled
from verify.runner.reasons import RunCode
from verify.runner.steps import Checked
from verify.statement.cases import Case
from verify.statement.encode import setting_hash, setting_json, statement_hash, to_json
from verify.statement.instances import rationals
from verify.statement.render import latex, text
from verify.statement.theorem import Theorem


def identity(theorem: Theorem, case: Case, options: Options) -> Record:
    """The fields that are known before a case runs; a resumed record must agree in every one of them."""
    step = case.kind == "step"
    return {
        "level": options.level,
        "seed": None if step else options.seed,
        "versions": versions(),
        "statement_hash": statement_hash(theorem, case.formula),
        "setting_hash": setting_hash(theorem, case.setting),
    }


def record(theorem: Theorem, case: Case, settled: Settled, options: Options, seconds: float, reproduce: str) -> Record:
    """The record of a case that was decided on instances."""
    verdict = settled.verdict
    distance = _finite(-settled.margin) if verdict.answer is Answer.REFUTED else None
    too_near = settled.too_near(case)
    reason = RunCode.MUTANT_TOO_NEAR.reason(verdict.reason.sentence) if too_near else verdict.reason
    return {
        **_common(theorem, case, options, seconds, reproduce),
        "families": list(settled.families),
        "instances": settled.size,
        "left_out": [{"count": count, "why": why} for count, why in settled.left_out],
        "verdict": verdict.answer.value,
        "as_expected": case.expected is None or (verdict.answer.value == case.expected and not too_near),
        "grade": verdict.grade.name,
        "sampling": verdict.confidence,
        "scope": verdict.scope,
        "resolution": None if case.within is None else str(case.within),
        "resolving_power": _finite(verdict.resolving_power),
        "distance": None if distance is None else max(distance, 0.0),
        "reason": {"code": reason.code, "sentence": reason.sentence},
        "checked_by": None,
        "measured": {name: _measurement(value) for name, value in verdict.measured.items()},
        "device": settled.device,
        "certificate": settled.certificate,
        "figure": settled.figure,
        "witness": _witness(theorem, case, settled, options.private),
    }


STEP_SCOPES = {"kernel": "proved", "cas": "by computer algebra, not re-checked", "cited": "cited, not checked"}


def step_record(
    theorem: Theorem, case: Case, step: Checked, options: Options, seconds: float, reproduce: str
) -> Record:
    """The record of a proof step, which has no instances and no seed."""
    proved = step.answer is Answer.HOLDS
    return {
        **_common(theorem, case, options, seconds, reproduce),
        "families": None,
        "instances": None,
        "left_out": [],
        "verdict": step.answer.value,
        "as_expected": proved,
        "grade": step.grade,
        "sampling": None,
        "scope": STEP_SCOPES[step.checked_by] if proved else "not proved",
        "resolution": None,
        "resolving_power": None,
        "distance": None,
        "reason": {"code": step.reason.code, "sentence": step.reason.sentence},
        "checked_by": step.checked_by,
        "measured": {},
        "device": None,
        "certificate": step.certificate,
        "witness": None,
    }


def _common(theorem: Theorem, case: Case, options: Options, seconds: float, reproduce: str) -> Record:
    return {
        "schema": 1,
        "theorem": theorem.name,
        "kind": case.kind,
        "name": case.name,
        "case": case.id,
        "of": case.of if case.kind in ("mutant", "ablation", "probe") else None,
        "drops": case.without[0] if case.without else None,
        "spec": list(case.spec),
        "expected": case.expected,
        "formula": {
            "text": text(theorem, case.formula),
            "latex": latex(theorem, case.formula),
            "json": to_json(case.formula),
        },
        "figure": None,
        "seconds": round(seconds, 4),
        "reproduce": reproduce,
        **identity(theorem, case, options),
    }


def _witness(theorem: Theorem, case: Case, settled: Settled, private: bool) -> dict[str, Any] | None:
    """The instance that refutes, with all that is needed to decide it again."""
    if settled.witness is None:
        return None
    family, instance = settled.witness
    data = {name: datum(value) for name, value in instance.data.items()}
    setting = setting_json(theorem, case.setting)
    return {
        "statement_hash": statement_hash(theorem, case.formula),
        "dropped": case.without[0] if case.without else None,
        "formula": to_json(case.formula),
        "setting": {**setting["definitions"], **setting["functions"]},
        "instance": {"sha256": digest(data)} if private else data,
        "family": family,
        "verdict": settled.verdict.answer.value,
        "margin": _measurement([settled.margin, None]),
    }


def datum(value: Any) -> Any:
    """The datum in exact rationals, with null where a float array holds no number; an object that is no data by its text."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        gaps = ~np.isfinite(value)
        value = value.astype(object)
        value[gaps] = None
    try:
        return rationals(value)
    except (TypeError, ValueError, OverflowError):
        return str(value)


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _measurement(value: Any) -> Any:
    """As the schema has it: exact and enclosed numbers as they are, [value, error] with null for what is not finite."""
    if value is None or isinstance(value, str):
        return value
    first, second = value
    if isinstance(first, str):
        return [first, second]
    return None if _finite(first) is None else [float(first), _finite(second)]
