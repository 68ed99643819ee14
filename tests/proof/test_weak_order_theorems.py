"""The weak-order steps of the theorem files, before the kernel: accepted as they stand, refused for every wrong setting."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement
from verify.kernel.weak_order import check
from verify.loading import load
from verify.statement.encode import block, to_json

FOLDER = Path(__file__).parents[2] / "theorems" / "sde"
FILES = ("sgd_modified_equation", "sgd_in_the_plane", "svag", "rmsprop_sde", "adam_sde")


def theorem_of(name):
    (theorem,) = load(FOLDER / f"{name}.py")
    return theorem


def accepted(theorem, made, step):
    statement = Statement.read(theorem.name, made)
    try:
        check(statement, step, {"kind": "weak-order"})
    except Refused:
        return False
    return True


@pytest.mark.parametrize("name", FILES)
def test_steps_are_accepted_and_their_certificates_say_nothing(name):
    theorem = theorem_of(name)
    made = block(theorem)
    steps = [step for step in theorem.steps.values() if step.by.kind == "weak-order"]
    assert steps
    for step in steps:
        assert step.by.find(made, step.name) == {"kind": "weak-order"}
        assert accepted(theorem, made, step.name), step.name


@pytest.mark.parametrize(
    ("name", "step", "skipped"),
    [
        ("sgd_modified_equation", "expansion-two", ()),
        ("sgd_in_the_plane", "expansion", ()),
        ("svag", "expansion", ("naive",)),  # changes the process that is simulated, which has its own reference
        ("rmsprop_sde", "expansion", ("no-eps",)),  # the proof holds for any preconditioner
    ],
)
def test_mutants_of_the_setting_fall_in_the_kernel_too(name, step, skipped):
    """What simulation refutes, the expansion refutes: two routes to each mutant of drift, diffusion or update."""
    theorem = theorem_of(name)
    conclusion = {"sgd_modified_equation": "order-two", "sgd_in_the_plane": "local"}.get(name, "order")
    mutants = [m for m in theorem.mutants.values() if m.of == conclusion and m.define and m.name not in skipped]
    assert mutants
    for mutant in mutants:
        made = copy.deepcopy(block(theorem))
        for definition in made["definitions"]:
            if definition["name"] in mutant.define:
                definition["value"] = to_json(mutant.define[definition["name"]])
        assert not accepted(theorem, made, step), mutant.name


def test_error_operators_fall_when_a_term_is_missing():
    theorem = theorem_of("sgd_modified_equation")
    made = copy.deepcopy(block(theorem))
    for definition in made["definitions"]:
        if definition["name"] == "R2":
            definition["value"] = to_json(theorem.mutants["no-skewness"].define["R2"])
    assert not accepted(theorem, made, "error-operator-two") and accepted(theorem, made, "expansion-two")
