"""What is drawn of a conclusion: the number that the formula speaks of, beside the one that it predicts."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from verify import Always, And, BigO, Column, Equivalent, Implies, Nondecreasing, Not, Or, Tends, Theorem, Theta, Trace
from verify.errors import StatementError
from verify.report.figures import drawn
from verify.report.read import validator
from verify.runner import check
from verify.runner.plotting import POINTS, shown_by
from verify.statement.instances import Instance

x, y, z, t = sp.symbols("x y z t")


@pytest.mark.parametrize(
    ("formula", "y_of", "predicted"),
    [
        (Tends(x, y, t), x, y),
        (Tends(x, sp.oo, t), x, None),
        (Theta(x, 1 / t, t), x, 1 / t),
        (BigO(x, t, t), x, t),
        (Equivalent(x, 2 * t, t), x, 2 * t),
        (Nondecreasing(x, t), x, None),
        (Always(x <= y, t), x, y),
        (sp.Ge(sp.Integer(1), x), x, 1),
        (And(Or(x > 0, y > 0), sp.Eq(x, z)), x, z),
        (Implies(x > 0, y < z), y, z),
    ],
)
def test_the_picture_is_read_off_the_formula(formula, y_of, predicted):
    view = shown_by(formula)
    assert view is not None
    assert (view.y, view.predicted) == (y_of, predicted)


@pytest.mark.parametrize("formula", [Or(x > 0, y > 0), Not(Tends(x, 0, t))])
def test_what_is_no_claim_about_one_number_has_no_picture(formula):
    assert shown_by(formula) is None


def flowing(conclude, *, log_t: np.ndarray | None = None, plot=None) -> dict:
    """The record of one conclusion about x = 2 + 1/t and e = 3/t, at t from 1 to 10^4 or at the given log t."""
    theorem = Theorem("flowing")
    t = theorem.clock("t", log=log_t is not None)
    x = theorem.quantity("x", over=t)
    e = theorem.quantity("e", over=t, log=log_t is not None)
    start = theorem.quantity("start")
    theorem.conclude("claim", conclude(x, e, t, start), within=sp.Rational(1, 10))
    if plot:
        theorem.plot("claim", **plot(x, e, t))

    @theorem.family("one")
    def one(rng, size):
        return [Instance(f"{k}", {"start": float(k)}) for k in range(4)]

    @theorem.experiment(measures=[t, x, e])
    def run(instances, setting, run):
        logs = np.linspace(0, np.log(1e4), 200) if log_t is None else log_t
        times = np.tile(logs, (len(instances), 1)) if log_t is not None else np.tile(np.exp(logs), (len(instances), 1))
        decay = np.tile(np.log(3) - logs, (len(instances), 1))
        columns = {
            "t": Column(times, ("t",), log=log_t is not None),
            "x": Column(2 + np.exp(-np.tile(logs, (len(instances), 1))), ("t",), error=1e-3),
            "e": Column(decay if log_t is not None else np.exp(decay), ("t",), log=log_t is not None),
        }
        return Trace(columns, [""] * len(instances))

    (record,) = (record for record in check(theorem).records if record["kind"] == "conclusion")
    assert not list(validator("record").iter_errors(record))
    return record


def test_a_limit_with_its_bars_and_the_resolution():
    figure = flowing(lambda x, e, t, start: Tends(x, 2))["figure"]
    measured, limit = figure["lines"]
    assert figure["x"] == {"label": "t", "scale": "log"}
    assert figure["y"] == {"label": "x", "scale": "linear"}
    assert (limit["label"], set(limit["y"]), set(limit["error"])) == ("limit 2", {2.0}, {0.1})
    assert measured["y"][0] == 3.0
    assert measured["error"][0] == pytest.approx(1e-3)
    assert len(measured["x"]) <= POINTS
    assert np.ptp(np.diff(np.log(measured["x"]))) < 0.1  # equidistant where they are drawn


def test_a_gauge_of_the_same_order_meets_the_last_row():
    figure = flowing(lambda x, e, t, start: Theta(e, 1 / t))["figure"]
    assert figure["x"]["scale"] == figure["y"]["scale"] == "log"
    measured, gauge = figure["lines"]
    assert gauge["label"] == "order 1/t"
    assert gauge["y"] == pytest.approx(measured["y"])
    wrong = flowing(lambda x, e, t, start: BigO(e, t**-2))["figure"]["lines"][1]
    assert wrong["y"][-1] == pytest.approx(measured["y"][-1])
    assert wrong["y"][0] == pytest.approx(3e-4 * 1e4**2 / 1**2)  # the slope is the gauge's own


def test_an_equivalent_gauge_stays_where_it_is():
    lines = flowing(lambda x, e, t, start: Equivalent(e, 2 / t))["figure"]["lines"]
    assert lines[1]["y"][-1] == pytest.approx(2e-4)


def test_beyond_the_range_of_floats_the_ratio_is_drawn_against_log_t():
    log_t = np.geomspace(1e-3, 1e6, 300)
    figure = flowing(lambda x, e, t, start: Theta(e, 1 / t), log_t=log_t)["figure"]
    assert figure["x"] == {"label": "log(t)", "scale": "log"}
    assert min(figure["lines"][0]["x"]) >= 1
    assert figure["lines"][0]["y"] == pytest.approx([3.0] * len(figure["lines"][0]["y"]))
    figure = flowing(lambda x, e, t, start: Always(e <= 4 / t), log_t=log_t)["figure"]
    assert figure["y"] == {"label": "log(e)", "scale": "linear"}
    assert figure["lines"][1]["y"][-1] == pytest.approx(np.log(4) - 1e6)


def test_zero_has_no_place_on_a_logarithmic_axis_and_what_counts_as_zero_has():
    limit = flowing(lambda x, e, t, start: Tends(e, 0))["figure"]["lines"][1]
    assert (limit["label"], limit["y"][0]) == ("limit 0, within 1/10", 0.1)


def test_numbers_of_instances_are_points():
    figure = flowing(lambda x, e, t, start: start >= 0)["figure"]
    assert figure["x"]["label"] == "instance, by number"
    assert [line["joined"] for line in figure["lines"]] == [False, False]
    assert figure["lines"][0]["y"] == [0, 1, 2, 3]


def test_a_declared_plot_takes_the_place_of_the_one_read_off():
    figure = flowing(
        lambda x, e, t, start: Tends(x, 2), plot=lambda x, e, t: {"y": x, "against": e, "predicted": 2 + e / 3}
    )["figure"]
    assert figure["x"]["label"] == "e"
    assert figure["lines"][0]["y"] == pytest.approx(figure["lines"][1]["y"])
    assert drawn(figure) is not None


def test_a_plot_of_what_is_not_there_is_refused():
    theorem = Theorem("flowing")
    x = theorem.quantity("x")
    theorem.conclude("claim", x > 0)
    with pytest.raises(StatementError, match="which is no conclusion; the conclusions are claim"):
        theorem.plot("clam", x)
    theorem.plot("claim", x, on="nowhere")
    with pytest.raises(StatementError, match="names 'nowhere', which is not declared"):
        check(theorem)


def test_only_conclusions_are_drawn_and_each_on_one_family():
    theorem = Theorem("twice")
    x = theorem.quantity("x")
    theorem.conclude("positive", x > 0)
    theorem.mutant("negative", of="positive", formula=x < 0, why="the sign")
    for name in ("first", "second"):
        theorem.family(name)(lambda rng, size: {"x": np.arange(1.0, 6.0)})
    figures = {record["case"]: record["figure"] is not None for record in check(theorem).records}
    assert [case for case, has in figures.items() if has] == ["conclusion[positive]-first"]
