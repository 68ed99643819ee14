"""Optima in rationals: the hard-margin problem of margin-kkt T4, an LP, equations, a gap, infeasibility."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.kernel.core.semidefinite import semidefinite
from verify.kernel.programmes import check_instance
from verify.kernel.refusals import Refused

Z = [["3", "1", "0"], ["1", "2", "1"], ["2", "-1", "1"], ["0", "4", "-1"], ["5", "1", "1"]]
MARGIN = {"name": "max-margin", "kind": "qp", "P": "identity", "G": "Z", "h": "ones"}
OPTIMUM = {"kind": "optimum", "primal": ["4/7", "2/7", "1/7"], "dual": ["0", "0", "2/7", "1/7", "0"]}


@pytest.mark.spec("margin-kkt/T4/R1")
def test_the_hard_margin_of_the_rational_instance() -> None:
    """gamma^2 = 7/3, so min |w|^2/2 = 3/14."""
    assert check_instance(MARGIN, {"Z": Z}, OPTIMUM) == "the minimum of max-margin (3 unknowns, 5 constraints) is 3/14"


@pytest.mark.parametrize("vector", ["primal", "dual"])
@pytest.mark.parametrize("position", range(3))
@pytest.mark.parametrize("change", [Fraction(1, 1000), -Fraction(1, 1000)])
def test_any_other_number_is_refused_or_gives_a_gap(vector: str, position: int, change: Fraction) -> None:
    changed = copy.deepcopy(OPTIMUM)
    changed[vector][position] = str(Fraction(changed[vector][position]) + change)
    with pytest.raises(Refused):
        check_instance(MARGIN, {"Z": Z}, changed)


def test_a_gap_is_said_to_be_one() -> None:
    """A feasible w that is not optimal, and a dual that is: the minimum lies between 3/14 and |w|^2/2."""
    near = OPTIMUM | {"primal": ["3/5", "2/7", "1/7"], "stationary": ["4/7", "2/7", "1/7"]}
    sentence = check_instance(MARGIN, {"Z": Z}, near)
    assert sentence.endswith("lies in [3/14, 283/1225]")


def test_no_feasible_point() -> None:
    """Gordan: z and -z cannot both have a positive margin."""
    data = {"Z": [["1", "2"], ["-1", "-2"], ["3", "0"]]}
    assert check_instance(MARGIN, data, {"kind": "infeasible", "dual": ["1", "1", "0"]}).endswith(
        "has no feasible point"
    )
    for dual in (["1", "2", "0"], ["0", "0", "0"], ["-1", "-1", "0"], ["1", "1"], ["1", "1", "1"]):
        with pytest.raises(Refused):
            check_instance(MARGIN, data, {"kind": "infeasible", "dual": dual})


def test_a_linear_programme_with_equations() -> None:
    """min x1 + 2 x2 on the simplex x >= 0, x1 + x2 = 1: the value is 1 at (1, 0), with z = 1 and y = (0, 1)."""
    template = {"name": "lp", "kind": "lp", "q": "cost", "G": "identity", "A": "sum", "b": "ones"}
    data = {"cost": ["1", "2"], "sum": [["1", "1"]]}
    found = {"kind": "optimum", "primal": ["1", "0"], "dual": ["0", "1"], "equality": ["1"]}
    assert check_instance(template, data, found).endswith("is 1")
    for wrong in (
        {"primal": ["0", "1"]},
        {"primal": ["2", "-1"]},
        {"equality": ["2"]},
        {"dual": ["-1", "0"], "equality": ["2"]},
    ):
        if wrong == {"primal": ["0", "1"]}:
            assert check_instance(template, data, found | wrong).endswith("lies in [1, 2]")
        else:
            with pytest.raises(Refused):
                check_instance(template, data, found | wrong)


def test_signs_of_names() -> None:
    template = {"name": "lp", "kind": "lp", "q": "-gain", "G": "-cap", "h": "-limit"}
    data = {"gain": ["1"], "cap": [["1"]], "limit": ["3"]}
    assert check_instance(template, data, {"kind": "optimum", "primal": ["3"], "dual": ["1"]}).endswith("is -3")


def test_a_problem_that_is_not_convex() -> None:
    template = {"name": "saddle", "kind": "qp", "P": "P"}
    for matrix in ([["-1"]], [["0", "1"], ["1", "0"]], [["1", "2"], ["0", "1"]]):
        with pytest.raises(Refused, match=r"convex|shape"):
            check_instance(template, {"P": matrix}, {"kind": "optimum", "primal": ["0"] * len(matrix), "dual": []})


@pytest.mark.parametrize(
    ("template", "data", "found"),
    [
        (MARGIN, {}, OPTIMUM),
        (MARGIN, {"Z": []}, OPTIMUM),
        (MARGIN, {"Z": [["1"], ["1", "2"]]}, OPTIMUM),
        (MARGIN, {"Z": [[1, 2]]}, OPTIMUM),
        (MARGIN, {"Z": "Z"}, OPTIMUM),
        (MARGIN, None, OPTIMUM),
        (MARGIN, {"Z": Z}, {}),
        (MARGIN, {"Z": Z}, None),
        (MARGIN, {"Z": Z}, OPTIMUM | {"primal": "4/7"}),
        (MARGIN, {"Z": Z}, OPTIMUM | {"kind": "something"} | {"dual": ["1"] * 5}),
        ({"name": "empty"}, {}, OPTIMUM),
        ({"name": "odd", "P": ["Z"], "G": 3}, {"Z": Z}, OPTIMUM),
        (MARGIN | {"A": "Z", "b": "Z"}, {"Z": Z}, OPTIMUM),
    ],
)
def test_malformed(template: Any, data: Any, found: Any) -> None:
    with pytest.raises(Refused):
        check_instance(template, data, found)


entries = st.integers(-3, 3)


@given(
    st.lists(st.lists(entries, min_size=3, max_size=3), min_size=1, max_size=4),
    st.lists(entries, min_size=3, max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_gram_matrices_are_semidefinite_and_less_is_not(rows: list[list[int]], v: list[int]) -> None:
    gram = [[fmpq(sum(r[i] * r[j] for r in rows)) for j in range(3)] for i in range(3)]
    assert semidefinite(gram)
    norm = sum(sum(a * b for a, b in zip(r, v, strict=True)) ** 2 for r in rows)
    if any(v):  # gram - s v v' with v'(gram - s v v')v < 0
        s = fmpq(norm, sum(a * a for a in v) ** 2) + fmpq(1, 10**6)
        assert not semidefinite([[gram[i][j] - s * v[i] * v[j] for j in range(3)] for i in range(3)])
    shifted = [[c - (fmpq(1, 10**9) if i == j else 0) for j, c in enumerate(row)] for i, row in enumerate(gram)]
    assert semidefinite(shifted) == (_determinants(gram) > 0)  # integers: a positive minor is at least 1


def _determinants(a: list[list[fmpq]]) -> fmpq:
    """The least leading principal minor (Sylvester's criterion)."""
    two = a[0][0] * a[1][1] - a[0][1] * a[1][0]
    three = sum(
        (a[0][i] * (a[1][(i + 1) % 3] * a[2][(i + 2) % 3] - a[1][(i + 2) % 3] * a[2][(i + 1) % 3]) for i in range(3)),
        fmpq(0),
    )
    return min(a[0][0], two, three)


@pytest.mark.parametrize("matrix", [[], [[1]], [[0]], [[0, 0], [0, 1]]])
def test_small_semidefinite_matrices(matrix: list[list[int]]) -> None:
    assert semidefinite([[fmpq(c) for c in row] for row in matrix])


@pytest.mark.parametrize(
    "matrix", [[[-1]], [[0, 1], [1, 0]], [[0, 1], [1, 9]], [[1, 2], [2, 3]], [[1, 0], [1, 1]], [[1, 0]], [[1], [0]]]
)
def test_matrices_that_are_not(matrix: list[list[int]]) -> None:
    assert not semidefinite([[fmpq(c) for c in row] for row in matrix])
