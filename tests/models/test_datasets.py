"""Real data sets: exact entries, and the facts that the reports print about them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from verify.models.datasets import digits, iris


@pytest.mark.parametrize(("positive", "negative", "size"), [(0, 1, 360), (3, 8, 357)])
def test_digits_are_sixteenths(positive, negative, size):
    data = digits(positive, negative)
    assert data.inputs.shape == (size, 64)
    assert all(isinstance(entry, Fraction) and 16 % entry.denominator == 0 for entry in data.inputs.ravel())
    assert data.inputs.min() == 0
    assert data.inputs.max() == 1
    np.testing.assert_array_equal(data.examples.inputs * 16, (16 * data.inputs).astype(int))
    assert set(data.labels) == {1, -1}
    assert data.classes == (f"digit {negative}", f"digit {positive}")


def test_iris_has_exact_decimals():
    data = iris()
    assert data.inputs.shape == (150, 4)
    assert tuple(data.inputs[0]) == (Fraction(51, 10), Fraction(7, 2), Fraction(7, 5), Fraction(1, 5))
    assert all(10 % entry.denominator == 0 for entry in data.inputs.ravel())
    assert data.labels.sum() == 50 - 100
    assert data.classes[1] == "setosa"


def test_signed_rows_carry_the_label():
    data = iris("virginica")
    np.testing.assert_array_equal(data.signed, data.labels[:, None] * data.inputs)
    np.testing.assert_array_equal(data.signed[-1], data.inputs[-1])
    np.testing.assert_array_equal(data.signed[0], -data.inputs[0])


def test_constant_feature_is_declared():
    data = iris().with_constant()
    assert set(data.inputs[:, -1]) == {Fraction(1)}
    assert data.features[-1] == "constant"
    assert "constant feature 1 is appended" in data.scaling


def test_unknown_species_is_refused():
    with pytest.raises(ValueError, match="setosa, versicolor, virginica"):
        iris("rose")
