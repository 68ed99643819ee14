"""What a family may return, and what is said about anything else."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from verify import BadInput, Column, StatementError, Theorem
from verify.runner.sampling import sample
from verify.statement.instances import Instance


@pytest.fixture
def theorem() -> Theorem:
    theorem = Theorem("sampled")
    t = theorem.clock("t")
    n = theorem.index("n")
    theorem.quantity("x", over=t)
    theorem.quantity("z", over=(t, n))
    theorem.quantity("tau", over=t, log=True)
    theorem.parameter("a")
    theorem.define("y", theorem.symbol("x") * 2)
    return theorem


def test_an_array_without_instances_is_that_of_every_instance(theorem):
    found = sample(theorem, "f", {"t": np.arange(1.0, 5.0), "x": np.ones((3, 4)), "a": 2.0})
    assert found.given.size == 3
    assert found.given.columns["t"].values.shape == (3, 4)
    assert (found.given.columns["a"].values == 2.0).all()
    assert [instance.label for instance in found.instances] == ["f-0", "f-1", "f-2"]
    assert found.instances[1]["t"].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_integers_and_fractions_are_exact_and_floats_are_measured(theorem):
    found = sample(theorem, "f", {"a": [1, 10**40], "t": [Fraction(1, 3)], "x": [[0.5], [0.25]]})
    assert found.given.columns["a"].values.tolist() == [Fraction(1), Fraction(10**40)]
    assert found.given.columns["t"].values.dtype == object
    assert found.given.columns["x"].values.dtype == np.float64


def test_a_column_keeps_its_error_bars_and_a_log_quantity_is_given_as_its_log(theorem):
    found = sample(theorem, "f", {"x": Column(np.ones((2, 3)), ("t",), error=0.5), "tau": np.zeros((2, 3))})
    assert found.given.columns["x"].error == 0.5
    assert found.given.columns["tau"].log


def test_numbers_of_instances_named_like_parameters_are_their_columns(theorem):
    instances = [Instance("one", {"a": 1, "x": 2}), Instance("two", {"a": 0.5, "x": 3})]
    found = sample(theorem, "f", instances)
    assert list(found.given.columns) == ["a"]  # x varies along the clock: an experiment must say how
    assert found.given.columns["a"].values.tolist() == [Fraction(1), Fraction(1, 2)]
    assert list(sample(theorem, "f", [*instances, Instance("three", {})]).given.columns) == []


@pytest.mark.parametrize(
    ("drawn", "sentence"),
    [
        (None, "the family 'f' returned NoneType None; return a list of Instance, or a dict of arrays"),
        ([1, 2], "return a list of Instance"),
        ("text", "return a list of Instance"),
        ({"w": [1]}, "the column 'w', which is no quantity"),
        ({"y": [1]}, "the column 'y', which is a definition, which is evaluated"),
        ({"x": np.ones((2, 3, 4))}, "'x' with shape (2, 3, 4); its dimensions are (instances, t)"),
        ({"z": np.ones(3)}, "'z' with shape (3,); its dimensions are (instances, t, n)"),
        ({"a": ["one"]}, "'a' as list ['one']; return numbers"),
        ({"x": Column(np.ones(2))}, "returned 'x' over no axis, and it is declared over (t)"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(theorem, drawn, sentence):
    with pytest.raises(BadInput) as error:
        sample(theorem, "f", drawn)
    assert sentence in str(error.value)


def test_columns_must_agree_in_their_instances(theorem):
    with pytest.raises(StatementError, match="make them agree"):
        sample(theorem, "f", {"a": [1, 2], "x": np.ones((3, 4))})
