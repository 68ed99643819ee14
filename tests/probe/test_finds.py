"""What the probe finds from the theorem files alone, checked by hand: by arithmetic, or by an integrator that the library does not use."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.probe_bar import FINDS
from verify import find_counterexample, replay


def array(value) -> np.ndarray:
    return np.array([[float(Fraction(v)) for v in row] for row in value])


@pytest.mark.spec("margin-kkt/T2/M1")
def test_a_diagonal_network_whose_limit_is_not_the_best(tmp_path):
    """q = sum (r_i theta_i)^2 keeps zeros: the best margin on the sphere is max r_i^2, the limit's that of a coordinate that moves."""
    witness = find_counterexample("kkt-direction", mutant="global-optimum", budget=30).witness
    assert witness is not None and witness["expected"]["grade"] == "EXACT"
    r, start = ([Fraction(v) for v in witness["point"][name]] for name in ("r", "start"))
    reached = max(each for each, at in zip(r, start, strict=True) if at)
    assert reached < max(r), "a coordinate that starts at 0 would have had the larger margin"
    (tmp_path / "w.json").write_text(json.dumps(witness))
    assert replay(tmp_path / "w.json").ok


@pytest.mark.spec("margin-kkt/T7/M2")
def test_a_constant_step_that_raises_the_loss():
    """Two lines of gradient descent, by hand."""
    witness = find_counterexample("gradient-descent-margin", mutant="constant-step", budget=60).witness
    assert witness is not None
    inputs = array(witness["point"]["inputs"])
    theta = np.array([float(Fraction(v)) for v in witness["point"]["start"]])
    with np.errstate(over="ignore"):
        losses = []
        for _ in range(20):
            forces = np.exp(-inputs @ theta)
            losses.append(forces.sum())
            theta = theta + inputs.T @ forces
            if not np.isfinite(losses[-1]):
                break
    assert losses[0] < 1, "the start is fitted"
    assert max(np.array(losses)[1:] / losses[0]) > 1, "and yet a step of one raises the loss"


@pytest.mark.spec("leaky-relu/T3/C2")
def test_without_symmetry_a_start_on_the_axis_is_confined_below_nine_tenths():
    """On the axis |f(x, y)| <= sum |a_k w_k| x <= rho^2 x/2, for ever; two neurons off the axis have a larger margin."""
    witness = find_counterexample(
        "leaky-relu-symmetric", conclusion="not-confined", drop="symmetric", budget=30
    ).witness
    assert witness is not None and witness["expected"]["grade"] == "EXACT"
    point = {name: float(Fraction(value)) for name, value in witness["point"].items()}
    x, y, side = point["pair_x"], point["pair_y"], point["side"]
    assert point["asymmetric"] == 1, "(-1, 0) is the only example of its class"
    angle = np.linspace(0, np.pi / 2, 1001)
    along, across = x * np.cos(angle), y * np.sin(angle)

    def phi(z):
        return np.maximum(z, z / 2)

    pair = phi(along + across) + phi(along - across)
    margins = np.minimum(np.minimum(pair, 2 * min(1.0, side) * np.cos(angle)), np.cos(angle)) / 4
    assert x / 2 < 0.9 * margins.max(), "the two neurons (cos, +-sin), each of a = |w|: rho^2 = 4 a^2"


@pytest.mark.thorough
@pytest.mark.spec("margin-kkt/T1/M1")
def test_the_unsmoothed_margin_falls():
    """The flow of the witness once more, in plain time by an explicit solver."""
    witness = find_counterexample("smoothed-margin-increases", mutant="unsmoothed", budget=120).witness
    assert witness is not None
    point = witness["point"]
    assert int(point["points"]) <= 6 and int(point["dimension"]) <= 3
    if point["network"] == "0":  # a linear predictor
        inputs, start = array(point["inputs"]), np.array([float(Fraction(v)) for v in point["start"]])
        flow = solve_ivp(lambda t, u: inputs.T @ np.exp(-inputs @ u), (0, 100), start, "DOP853", rtol=1e-10, atol=1e-12)
        margins = (inputs @ flow.y).min(0) / np.linalg.norm(flow.y, axis=0)
        assert (np.maximum.accumulate(margins) - margins).max() > 1e-3


def test_the_bar_has_ten_finds_and_names_what_exists():
    assert len({find.what for find in FINDS}) == 10
    assert all(set(find.given) <= {"conclusion", "mutant", "drop"} for find in FINDS)


@pytest.mark.thorough
@pytest.mark.parametrize("find", FINDS, ids=lambda find: find.theorem)
def test_the_probe_finds_what_is_false(find):
    assert find_counterexample(find.theorem, **find.given, budget=120).witness is not None
