"""Proof steps: what the kernel accepts, what it refuses, and what is only counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sympy import Eq

from verify import Always, Theorem
from verify.proof import NotFound, cited, identity
from verify.report.read import validator
from verify.runner import Bench, check_case
from verify.statement.cases import plan


@dataclass(frozen=True)
class Finder:
    """A finder that returns, or raises, what it is given."""

    found: Any
    kind: str = "identity"

    def find(self, block: dict[str, Any], name: str) -> Any:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def outcome(by: Any):
    theorem = Theorem("square")
    a, b = theorem.parameter("a"), theorem.parameter("b")
    theorem.conclude("binomial", Eq((a + b) ** 2, a**2 + 2 * a * b + b**2))
    theorem.step("expand", "binomial", by=by)
    case = next(case for case in plan(theorem) if case.kind == "step")
    return check_case(Bench(), theorem, case)


def test_a_certificate_that_the_kernel_accepts_proves_the_step():
    record = outcome(identity()).record
    assert (record["verdict"], record["checked_by"], record["grade"], record["scope"]) == (
        "HOLDS",
        "kernel",
        "EXACT",
        "proved",
    )
    assert record["certificate"]["kind"] == "identity"
    assert (record["families"], record["seed"], record["device"]) == (None, None, None)


def test_a_citation_is_counted_and_has_no_grade():
    record = outcome(cited("Euclid, Elements II.4")).record
    assert (record["verdict"], record["checked_by"], record["grade"]) == ("HOLDS", "cited", None)
    assert record["scope"] == "cited, not checked"  # a reader of the log must not take it for proved
    assert record["reason"]["sentence"].endswith("Euclid, Elements II.4")


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (Finder({"kind": "identity", "difference": ["var", "a"]}), "refused"),
        (Finder({"kind": "of no kind"}), "refused"),
        (Finder("text"), "refused"),
        (Finder(NotFound("no cofactors")), "no-certificate"),
        (Finder(NotFound("it came out False"), kind="cas"), "cas-refused"),
        (Finder(ZeroDivisionError("inside")), "no-certificate"),
    ],
)
def test_a_step_that_is_not_shown_is_open_and_fails(by, code):
    found = outcome(by)
    assert (found.record["verdict"], found.as_expected, found.record["scope"]) == ("INCONCLUSIVE", False, "not proved")
    assert found.record["reason"]["code"] == code
    assert ("ZeroDivisionError" in found.details) == ("inside" in str(by.found))


@pytest.mark.parametrize("by", [identity(), cited("somewhere"), Finder(None, kind="cas"), Finder("text")])
def test_every_record_of_a_step_follows_the_schema(by):
    assert list(validator("record").iter_errors(outcome(by).record)) == []


def test_a_step_over_an_axis_is_checked_pointwise():
    theorem = Theorem("pointwise")
    x = theorem.quantity("x", over=theorem.clock("t"))
    theorem.conclude("square", Always(Eq((x + 1) ** 2, x**2 + 2 * x + 1)))
    theorem.step("same", "square", by=identity())
    case = next(case for case in plan(theorem) if case.kind == "step")
    assert check_case(Bench(), theorem, case).as_expected
