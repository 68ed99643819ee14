"""The kernel on a real proof: each step of the smoothed-margin theorem accepted, and no false variant of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.margin import (
    STEPS,
    H,
    L,
    N,
    beta,
    certificate,
    log,
    loss,
    margin,
    margin_block,
    nu,
    pace,
    rate,
    rho,
    smoothed,
    t,
    tau,
)
from verify.kernel.audit import check_step
from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement
from verify.proof.second_route import Disagreement, second_route

BLOCK = margin_block()
STATEMENT = Statement.read("smoothed-margin", BLOCK)
CERTIFICATES: dict[str, Any] = {}


def found(name: str) -> Any:
    if name not in CERTIFICATES:
        CERTIFICATES[name] = certificate(BLOCK, name)
    return CERTIFICATES[name]


@pytest.mark.parametrize("name", STEPS)
def test_every_step_is_proved_and_agrees_with_balls(name: str) -> None:
    check_step(STATEMENT, name, found(name))
    assert second_route(BLOCK, name, found(name)).width < 1e-60


FALSE: dict[str, Any] = {
    "nu-entropy": nu == loss * (tau + 2 * H),
    "entropy": H >= 1,
    "tau": tau > 1,
    "euler": rho * rate(rho, t) == 2 * L * nu,
    "slope": pace == L * ((1 + H / tau) / beta**2 + 1),
    "lemma": pace >= 2 * L * (beta**-2 - 1),
    "below": smoothed <= margin / 2,
    "above": margin - log(N) / (2 * rho**L) <= smoothed,
    "descent": rate(loss, t) == -beta,
}


@pytest.mark.parametrize("name", FALSE)
def test_the_certificate_of_a_true_claim_does_not_prove_a_false_one_by_either_route(name: str) -> None:
    block = margin_block(**{name: FALSE[name]})
    with pytest.raises(Refused):
        check_step(Statement.read("smoothed-margin", block), name, found(name))
    with pytest.raises(Disagreement):
        second_route(block, name, found(name))


@pytest.mark.spec("margin-kkt/T1/M4")
def test_a_relation_turned_round_is_refused() -> None:
    block = margin_block(below=smoothed >= margin)
    with pytest.raises(Refused, match="not seen to have the sign"):
        check_step(Statement.read("smoothed-margin", block), "below", found("below"))


@pytest.mark.parametrize("name", ["slope", "lemma", "above", "any-loss"])
def test_a_perturbed_coefficient_breaks_both_routes(name: str) -> None:
    perturbed = {**found(name), "difference": ["add", found(name)["difference"], ["mul", "1/1000000", ["var", "L"]]]}
    with pytest.raises(Refused):
        check_step(STATEMENT, name, perturbed)
    with pytest.raises(Disagreement):
        second_route(BLOCK, name, perturbed)


def test_no_certificate_proves_another_step() -> None:
    for name in STEPS:
        for other in STEPS:
            if other != name:
                with pytest.raises(Refused):
                    check_step(STATEMENT, name, found(other))


@pytest.mark.parametrize("name", STEPS)
def test_the_certificate_of_nothing_proves_nothing(name: str) -> None:
    for nothing in ("0", ["given", STATEMENT.steps[name].given[0]] if STATEMENT.steps[name].given else "0"):
        if name == "direction" and nothing == "0":
            continue  # an identity by calculus alone: its difference is nothing
        with pytest.raises(Refused):
            check_step(STATEMENT, name, {"kind": "identity", "difference": nothing})


@pytest.mark.parametrize(
    ("name", "needed"),
    [("lemma", "tau"), ("lemma", "entropy"), ("slope", "radial"), ("tau", "fitted"), ("nu", "entropy")],
)
def test_a_step_needs_what_it_is_given(name: str, needed: str) -> None:
    """Without the sign of tau the logarithm of the smoothed margin is not shown to be defined, and so on."""
    block = margin_block()
    step = next(step for step in block["steps"] if step["name"] == name)
    step["given"] = [g for g in step["given"] if g != needed]
    with pytest.raises(Refused):
        check_step(Statement.read("smoothed-margin", block), name, found(name))
