"""Which quantities a formula needs, and which experiments are run for them."""

from __future__ import annotations

import pytest
import sympy as sp

from verify import Always, Equivalent, Least, Nondecreasing, Rate, Theorem
from verify.runner.needs import covering, needed, permitted


@pytest.fixture
def theorem() -> Theorem:
    theorem = Theorem("needs")
    t, n = theorem.clock("t"), theorem.index("n")
    x = theorem.quantity("x", over=t)
    theorem.quantity("z", over=(t, n))
    a = theorem.parameter("a")
    theorem.define("y", x**a)
    v = sp.Symbol("v")
    theorem.function("f", v, v * theorem.symbol("a"))
    theorem.conclude("c", Nondecreasing(x))
    for name in ("one", "two"):
        theorem.family(name)(lambda rng, size: [])
    return theorem


def test_definitions_and_functions_unfold_through_the_setting(theorem):
    x, y, a = (theorem.symbol(name) for name in "xya")
    f = theorem.functions["f"].head
    assert needed(theorem, y, theorem.setting) == {"x", "a"}
    assert needed(theorem, f(x), theorem.setting) == {"x", "a"}
    assert needed(theorem, y, theorem.setting.replaced({"y": a})) == {"a"}


def test_a_coordinate_is_needed_by_extrapolations_only(theorem):
    t, x, z = (theorem.symbol(name) for name in "txz")
    n = theorem.symbol("n")
    assert needed(theorem, Always(x > 0, over=t), theorem.setting) == {"x"}
    assert needed(theorem, Least(z, over=n) > 0, theorem.setting) == {"z"}
    assert needed(theorem, Equivalent(x, x, along=t), theorem.setting) == {"x", "t"}
    assert needed(theorem, Rate(x, t), theorem.setting) == {"x"}  # along the clock itself: recorded rates
    assert needed(theorem, Rate(x, t * x), theorem.setting) == {"x", "t"}


def experiments(theorem, *declared):
    for name, measures, more in declared:
        function = lambda instances, setting, run: None  # noqa: E731
        function.__name__ = name
        theorem.experiment(measures=measures, **more)(function)
    return list(theorem.experiments.values())


def test_the_fewest_experiments_in_the_order_of_declaration(theorem):
    several = experiments(theorem, ("a", ["a"], {}), ("b", ["x"], {}), ("c", ["x", "a"], {}), ("d", ["x", "a"], {}))
    assert [each.name for each in covering(several, frozenset({"x", "a"}))[0]] == ["c"]
    assert [each.name for each in covering(several[:2], frozenset({"x", "a"}))[0]] == ["a", "b"]
    chosen, missing = covering(several, frozenset({"x", "z"}))
    assert [each.name for each in chosen] == ["b"]
    assert missing == {"z"}
    assert covering(several, frozenset()) == ([], frozenset())


def test_on_and_decides_restrict_experiments_but_not_hypotheses(theorem):
    experiments(theorem, ("a", ["x"], {"decides": ["c"]}), ("b", ["x"], {"on": ["two"]}))
    assert [each.name for each in permitted(theorem, "one", "c", observes=False)] == ["a"]
    assert [each.name for each in permitted(theorem, "two", "other", observes=False)] == ["b"]
    assert [each.name for each in permitted(theorem, "one", "", observes=False)] == ["a"]
