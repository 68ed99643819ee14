"""Where a probe searches: declared spaces, and families whose generator is steered."""

from __future__ import annotations

import numpy as np
import pytest

from verify import Always, Conjecture, StatementError
from verify.probe.claim import claim
from verify.probe.draw import Draw, moved, unit
from verify.probe.spaces import element, spaces_for
from verify.probe.steered import SteeredGenerator
from verify.statement.completeness import require_consistent


def conjecture(**assumed) -> Conjecture:
    made = Conjecture("box")
    n = made.clock("n")
    x = made.quantity("x", over=n)
    if assumed:
        made.assume("untested", **assumed)
    made.conclude("small", Always(x <= 100))
    made.family("box")(lambda rng, size: {"n": [1, 2], "x": rng.uniform(0.0, 1.0, (size, 2))})
    return made


def reached(theorem: Conjecture) -> float:
    (space,) = spaces_for(theorem, claim(theorem))
    rng = np.random.default_rng(0)
    found = [element(theorem, space, Draw(rng=rng)) for _ in range(200)]
    return max(float(each.sample.given.columns["x"].values.max()) for each in found)  # type: ignore[union-attr]


def test_an_undeclared_space_is_the_family_widened_tenfold():
    assert 2 < reached(conjecture()) <= 5.5, "the box [0, 1] about its middle, ten times as wide"


def test_nothing_is_widened_where_a_hypothesis_cannot_be_tested():
    """Beyond its own box the family no longer vouches for what is assumed."""
    assert reached(conjecture(assumed="the family vouches for it")) <= 1


def test_a_space_like_no_family_is_refused():
    made = conjecture()
    made.space("nowhere", like="boxes")(lambda draw: None)
    with pytest.raises(StatementError, match="'boxes', which is not declared; declared are box"):
        require_consistent(made)


def test_a_point_goes_to_the_unit_cube_and_back():
    draw = Draw(rng=np.random.default_rng(1))
    draw.integer("count", 2, 5)
    draw.reals("x", -3, 7, (2, 2))
    draw.rationals("q", 0, 1, 3, denominator=4)
    again = moved(draw.point, unit(draw.point))
    for name, coordinate in draw.point.items():
        np.testing.assert_allclose(again[name].values.astype(float), coordinate.values.astype(float), atol=1e-12)


@pytest.mark.parametrize(
    "ask",
    [
        lambda rng: rng.normal(1.0, 2.0, size=(3, 2)),
        lambda rng: rng.uniform([0, 1], [1, 5]),
        lambda rng: rng.integers(0, 5, size=4),
        lambda rng: rng.integers((0, 2), (1, 9)),
        lambda rng: rng.permutation(5),
    ],
)
def test_a_steered_generator_answers_as_numpy_does_and_replays(ask):
    draw = Draw(rng=np.random.default_rng(2))
    first, plain = ask(SteeredGenerator(draw, 1.0)), ask(np.random.default_rng(2))
    assert np.shape(first) == np.shape(plain) and np.asarray(first).dtype.kind == np.asarray(plain).dtype.kind
    np.testing.assert_array_equal(first, ask(SteeredGenerator(Draw(draw.point), 1.0)))
