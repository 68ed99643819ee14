"""Margin flows against closed forms, explicit integration of plain gradient flow, and a second clock."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline

from tests.dynamics.margin_instances import DEGENERATE, NETWORKS, RATIONAL, RATIONAL_START, fitted, labelled_by_a_plane
from verify.dynamics.integrate import Outcome
from verify.dynamics.margin_flow import margin_flow
from verify.dynamics.observables import observe
from verify.dynamics.paths import stacked
from verify.dynamics.time_flow import fitted_start, log_time_flow
from verify.models.linear import Linear, SumOfPowers
from verify.models.losses import EXPONENTIAL, LOGISTIC, loss_from
from verify.models.network import Examples
from verify.models.two_layer import RectifiedPower

q = sp.Symbol("q")
LENGTHS = np.array([1.5, 0.4])
ORTHOGONAL = Examples.signed([[1.5, 0, 0], [0, 0.4, 0]])
RATES = {"tau": "tau_rate", "log_t": "log_t_rate", "log_smoothed": "log_smoothed_rate"}
ORTHOGONAL_START = np.array([0.9, 4.0, -0.7])


def closed_form(log_t, start):
    """q_n' = |z_n|^2 e^{-q_n} for orthogonal rows: e^{q_n} = e^{q_n(1)} + |z_n|^2 (t - 1), in logs."""
    elapsed = log_t + torch.log(-torch.expm1(-log_t))
    return torch.logaddexp(torch.tensor(start), elapsed[:, None] + torch.tensor(2 * np.log(LENGTHS)))


def test_orthogonal_rows_against_their_closed_form():
    """Two competing margins and a parameter that no example sees, to tau = 10^6: stiff, with the answer known at every
    row."""
    (path,) = margin_flow(Linear(), EXPONENTIAL, [ORTHOGONAL], [ORTHOGONAL_START], tau_target=1e6)
    start = LENGTHS * ORTHOGONAL_START[:2]
    deviation, bar = path.derived(lambda rows: rows.margins - closed_form(rows.log_t, start))
    assert path.status == ""
    # log t = 0 at the start, where the closed form's log(t - 1) is -oo and the margins are the start's.
    assert torch.all(deviation[1:].abs() <= bar[1:] + path.error.margins[1:] + path.error.log_t[1:, None] + 1e-12)
    assert deviation[1:].abs().max() < 1e-5
    # The third parameter never moves; at rho = 10^6 it is known to the solver's local error times rho.
    frozen, bar = path.derived(lambda rows: rows.theta[:, 2] + 0.7)
    assert torch.all(frozen.abs() <= bar + 1e-9)
    assert frozen.abs().max() < 1e-5


@pytest.mark.spec("margin-kkt/T1/Q1")
def test_single_example_follows_its_own_gradient():
    """N = 1: q = log(|z|^2 (t - 1) + e^{q(1)}), H = 0, and d log(smoothed)/d log rho = 1/beta^2 - 1 is attained."""
    z, start = np.array([[0.6, 0.8]]), np.array([1.0, -0.5])
    (path,) = margin_flow(Linear(), EXPONENTIAL, [Examples.signed(z)], [start], tau_target=1e4)
    rows = path.rows

    def exact(rows):
        elapsed = rows.log_t + torch.log(-torch.expm1(-rows.log_t))
        return torch.logaddexp(torch.tensor(start @ z[0]), elapsed)

    deviation, bar = path.derived(lambda rows: rows.tau - exact(rows))
    assert torch.all(deviation[1:].abs() <= bar[1:] + path.error.tau[1:] + path.error.log_t[1:] + 1e-14)
    assert deviation[1:].abs().max() < 1e-7
    np.testing.assert_allclose(rows.entropy, 0, atol=1e-15)
    # Later both sides fall below the rounding of a rate that is a difference of numbers near 1.
    early = rows.tau < 1e2
    np.testing.assert_allclose((rows.log_smoothed_rate / (rows.cosine**-2 - 1))[early], 1, atol=1e-9)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_plain_gradient_flow_by_an_explicit_method(network):
    """theta' = sum exp(-q_n) grad q_n with DOP853 to t = 10^4, at the times of the rows."""
    data = labelled_by_a_plane()
    start = fitted(network, data)
    (path,) = margin_flow(network, EXPONENTIAL, [data], [start], tau_target=5.0, rows=40)

    def plain(t, theta):
        return np.exp(-network.margins(theta, data)) @ network.gradients(theta, data)

    times = np.exp(path.rows.log_t.numpy())
    times[0] = 1.0
    direct = solve_ivp(plain, (1.0, times[-1]), start, method="DOP853", rtol=1e-12, atol=1e-13, t_eval=times)
    assert direct.success
    np.testing.assert_allclose(path.rows.theta.numpy(), direct.y.T, rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", ["linear", "deep-linear-3", "relu-cubed"])
def test_two_clocks_agree(name):
    """The flow in log t and the flow in log rho, at the same times, to tau = 10^4."""
    network, data = NETWORKS[name], labelled_by_a_plane()
    start = fitted(network, data)
    (path,) = margin_flow(network, EXPONENTIAL, [data], [start], tau_target=1e4, rows=60)
    other = log_time_flow(network, EXPONENTIAL, data, start, path.rows.log_t.numpy())
    assert path.status == other.status == ""
    for name in ("tau", "smoothed", "cosine", "log_rho", "entropy"):
        ours, theirs = getattr(path.rows, name), getattr(other.rows, name)
        bars = (
            getattr(path.flow_error, name)
            + getattr(other.flow_error, name)
            + getattr(path.error, name)
            + getattr(other.error, name)
        )
        # The times of the rows carry an error of their own, which moves the second flow along its path.
        moved = (getattr(other.rows, name).diff() / other.rows.log_t.diff()).abs()
        shift = torch.cat([moved, moved[-1:]]) * (path.flow_error.log_t + path.error.log_t)
        assert torch.all((ours - theirs).abs() <= bars + 2 * shift + 1e-12), name


@pytest.mark.parametrize("loss", [EXPONENTIAL, LOGISTIC, loss_from(q**3, q)], ids=["exp", "logistic", "cubic"])
def test_rates_are_the_derivatives_of_the_columns(loss):
    """By splines through 400 rows, for the three clocks that matter."""
    network, data = NETWORKS["deep-linear-2"], labelled_by_a_plane()
    start = fitted(network, data, tau=1.0, loss=loss)
    (path,) = margin_flow(network, loss, [data], [start], tau_target=1e3, rows=400)
    columns = {name: getattr(path.rows, name).numpy() for pair in RATES.items() for name in pair}
    sigma, inner = path.rows.log_rho.numpy(), slice(20, -20)
    for name, rate in RATES.items():
        slope = CubicSpline(sigma, columns[name])(sigma, 1)[inner]
        scale = np.abs(columns[rate][inner]).max()
        np.testing.assert_allclose(columns[rate][inner] / scale, slope / scale, atol=2e-5, err_msg=name)
    turning = CubicSpline(sigma, path.rows.turning.numpy())(sigma, 1)
    np.testing.assert_allclose(turning[inner], path.rows.tangent.numpy()[inner] ** 2, rtol=2e-2, atol=1e-6)


@pytest.mark.spec("margin-kkt/T0/N1")
def test_time_row_forgets_when_it_started():
    """Started at t = 1 or at t = e^3 on the same point, log t - tau differs by less than the ratio of the times."""
    paths = [
        margin_flow(Linear(), EXPONENTIAL, [RATIONAL], [RATIONAL_START], log_rho_target=6.0, rows=80, log_t_start=s)[0]
        for s in (0.0, 3.0)
    ]
    early, late = (path.rows for path in paths)
    gap = (late.y - early.y).abs().numpy()
    assert gap[0] == pytest.approx(3.0)
    assert gap[-1] < 1e-9
    # t -> t + (e^3 - 1): the difference of log t is exactly log1p((e^3 - 1)/t).
    np.testing.assert_allclose(gap, np.log1p(np.expm1(3.0) * np.exp(-early.log_t.numpy())), atol=1e-9)


@pytest.mark.spec("margin-kkt/T0/X2")
def test_clock_guard_at_the_start():
    """From (-2, 0) on rows (1, +-1) the norm shrinks: no rows beyond the start, and a sentence."""
    rows = Examples.signed([[1, 1], [1, -1]])
    bad, good = margin_flow(
        Linear(), EXPONENTIAL, [rows, rows], [np.array([-2.0, 0.0]), np.array([2.0, 0.1])], tau_target=50.0
    )
    assert bad.outcome is Outcome.CLOCK_STOPPED
    assert "start at Loss < 1" in bad.status
    assert torch.isfinite(bad.rows.tau[0])
    assert torch.isnan(bad.rows.tau[1:]).all()
    assert good.status == ""
    assert torch.isfinite(good.rows.tau).all()


@pytest.mark.spec("margin-kkt/T0/X2")
@pytest.mark.spec("margin-kkt/T1/A4")
@pytest.mark.parametrize("target", ["tau_target", "log_rho_target"])
def test_clock_guard_along_the_way(target):
    """The loss of rows that nothing separates has a minimiser, (-.2436, .1854); log rho grows up to it and stops."""
    data = Examples.signed([[1.0, 2.0], [-1.0, -2.0], [1.0, 0.0], [-2.0, 1.0]])
    start, options = np.array([-0.02, 0.02]), {target: 3.0, "budget": 4000}
    (path,) = margin_flow(Linear(), EXPONENTIAL, [data], [start], **options)
    limit = log_time_flow(Linear(), EXPONENTIAL, data, start, np.linspace(0, 20, 30)).rows.log_rho[-1]
    last = int(torch.isfinite(path.rows.tau).nonzero()[-1])
    assert path.outcome is not Outcome.REACHED
    assert path.status
    assert torch.all(path.rows.tau[: last + 1] <= -np.log(2))
    assert limit - 0.1 < path.rows.log_rho[last] < limit + 1e-9


@pytest.mark.spec("margin-kkt/T1/N1")
def test_smoothed_margin_grows_above_loss_one_when_all_margins_are_positive():
    """Five copies of one row at margin 0.1: Loss = 4.5, yet the norm grows and so does the smoothed margin."""
    data = Examples.signed([[1.0, 0.3]] * 5)
    (path,) = margin_flow(Linear(), EXPONENTIAL, [data], [np.array([0.1, 0.0])], log_rho_target=2.0)
    assert path.status == ""
    assert path.rows.tau[0] < 0
    assert torch.all(path.rows.smoothed.diff() > 0)


@pytest.mark.spec("margin-kkt/T0/X4")
def test_a_target_out_of_reach_is_never_a_plausible_answer():
    """e^{-q^3} to R = 6e5 asks for tau of 1e17, where margins in float64 are no margins: the outcome says so."""
    (path,) = margin_flow(
        Linear(), loss_from(q**3, q), [RATIONAL], [2 * RATIONAL_START], log_rho_target=13.3, budget=8000
    )
    assert path.outcome is not Outcome.REACHED
    assert path.status
    assert path.rows.log_rho[torch.isfinite(path.rows.tau)].max() < 13.3


def test_flat_tail_never_reaches_a_target_in_tau():
    """tau grows like k log rho: 50 units of log rho give tau of 50, and the outcome names the other target."""
    (path,) = margin_flow(Linear(), loss_from(sp.log(q), q), [RATIONAL], [5 * RATIONAL_START], tau_target=1e6)
    assert path.outcome is Outcome.OUT_OF_RANGE
    assert "target in the clock" in path.status


def test_start_beyond_the_target_is_said():
    instance = Linear(), EXPONENTIAL, [RATIONAL], [RATIONAL_START]
    assert margin_flow(*instance, tau_target=0.1)[0].outcome is Outcome.ALREADY_THERE
    assert margin_flow(*instance, log_rho_target=-1.0)[0].outcome is Outcome.ALREADY_THERE


def test_ragged_batch_is_stacked_with_nan():
    data = [RATIONAL, DEGENERATE, Examples.signed([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]])]
    starts = [RATIONAL_START, np.array([2.0, 0.1]), np.array([3.0])]
    paths = margin_flow(Linear(), EXPONENTIAL, data, starts, tau_target=30.0, rows=20)
    assert [path.status for path in paths] == [""] * 3
    assert stacked(paths, lambda path: path.rows.tau).shape == (3, 20)
    margins = stacked(paths, lambda path: path.rows.margins)
    assert margins.shape == (3, 20, 6)
    assert np.isnan(margins[1, :, 2:]).all()
    assert np.isfinite(margins[2]).all()


def test_rows_are_equidistant_and_end_at_the_target():
    (path,) = margin_flow(Linear(), EXPONENTIAL, [RATIONAL], [RATIONAL_START], tau_target=1e4, rows=50)
    steps = torch.asinh(path.rows.tau).diff()
    np.testing.assert_allclose(steps, steps.mean(), rtol=1e-3)
    assert path.rows.tau[-1] == pytest.approx(1e4, rel=1e-5)
    assert path.rows.log_t[0] == pytest.approx(0.0, abs=1e-15)


def test_same_call_gives_the_same_bits():
    first, second = (
        margin_flow(Linear(), EXPONENTIAL, [RATIONAL], [RATIONAL_START], tau_target=1e4)[0] for _ in range(2)
    )
    assert torch.equal(first.rows.theta, second.rows.theta)
    assert torch.equal(first.flow_error.tau, second.flow_error.tau)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "exactly one target"),
        ({"tau_target": 1.0, "log_rho_target": 1.0}, "exactly one target"),
        ({"tau_target": 1.0, "rows": 3}, "at least 5 rows"),
        ({"tau_target": 1.0, "start": [np.zeros(3)]}, "other than 0"),
        ({"tau_target": 1.0, "start": [np.ones(4)]}, "vector of 3 parameters"),
        ({"tau_target": 1.0, "start": [np.array([1, np.nan, 1])]}, "finite vector"),
        ({"tau_target": 1.0, "start": []}, "must agree in number"),
    ],
)
def test_meaningless_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        margin_flow(Linear(), EXPONENTIAL, [RATIONAL], **{"start": [RATIONAL_START], **arguments})


@pytest.mark.spec("margin-kkt/T0/X6")
def test_sliding_networks_are_refused():
    network = RectifiedPower(4, 1)
    with pytest.raises(ValueError, match="use SmoothedRectifier"):
        margin_flow(network, EXPONENTIAL, [labelled_by_a_plane()], [np.ones(16)], tau_target=1.0)


def test_network_without_a_degree_needs_one():
    data, start = Examples.signed([[1.0]]), np.array([5.0, 0.1])
    with pytest.raises(ValueError, match="give `degree`"):
        margin_flow(SumOfPowers(), EXPONENTIAL, [data], [start], log_rho_target=2.0)


def test_observables_belong_to_the_parameters_and_not_to_their_factors():
    """theta = e^sigma u, however it is split."""
    tensors = Examples(*(torch.tensor(part) for part in RATIONAL))
    u = torch.tensor(RATIONAL_START)[None]
    zero = torch.zeros(1, dtype=torch.float64)
    one = observe(Linear(), EXPONENTIAL, tensors, zero + 1.0, u, zero, zero)
    two = observe(Linear(), EXPONENTIAL, tensors, zero, np.e * u, zero, zero)
    for name in ("log_rho", "tau", "smoothed", "cosine", "tau_rate", "log_t_rate"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-13)


def test_fitted_start_lies_on_the_flow_from_theta():
    """From 0, where Loss = 5, to tau = 1, against an explicit method."""
    start, outcome = fitted_start(Linear(), EXPONENTIAL, RATIONAL, np.zeros(3), tau=1.0)
    z = RATIONAL.inputs
    event = lambda t, w: -np.log(np.exp(-z @ w).sum()) - 1.0  # noqa: E731
    event.terminal = True
    direct = solve_ivp(
        lambda t, w: np.exp(-z @ w) @ z, (0, 10), np.zeros(3), method="DOP853", rtol=1e-12, atol=1e-13, events=event
    )
    assert outcome is Outcome.REACHED
    np.testing.assert_allclose(start, direct.y_events[0][0], atol=1e-8)


def test_fitted_start_says_when_there_is_none():
    data = Examples.signed([[1.0, 2.0], [-1.0, -2.0]])
    theta, outcome = fitted_start(Linear(), EXPONENTIAL, data, np.array([1.0, 0.0]), tau=0.5)
    assert outcome is not Outcome.REACHED
    assert np.isfinite(theta).all()
    same, outcome = fitted_start(Linear(), EXPONENTIAL, RATIONAL, RATIONAL_START, tau=0.1)
    assert outcome is Outcome.REACHED
    np.testing.assert_array_equal(same, RATIONAL_START)
