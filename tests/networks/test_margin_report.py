"""The margin report against hand computations, autograd, 50-digit arithmetic, exact optima and the flow engine."""

from __future__ import annotations

import copy
import json
import math
from typing import TypeVar

import mpmath
import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.margin_digits import reports
from tests.dynamics.margin_instances import NETWORKS, RATIONAL, fitted, labelled_by_a_plane
from verify.dynamics.margin_flow import margin_flow
from verify.errors import BadInput
from verify.models.losses import LOGISTIC
from verify.networks.margin_model import Upcast, homogeneity
from verify.networks.margin_report import margin_report, softmax_weights
from verify.networks.margin_tangent import Pairs
from verify.reference.max_margin import MaxMargin, max_margin

Given = TypeVar("Given")


def given(value: Given | None) -> Given:
    assert value is not None
    return value


def small(*, seed=0, classes=3, bias=(False, False), activation=None):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 6, bias=bias[0]), activation or nn.ReLU(), nn.Linear(6, classes, bias=bias[1]))


def separable(model, count=12, seed=1):
    """Inputs labelled by the model itself, so that it fits them; none where all its units are off."""
    x = torch.randn(4 * count, 4, generator=torch.Generator().manual_seed(seed)).to(next(model.parameters()).dtype)
    x = x[model(x).detach().abs().amax(1) > 1e-2 * model(x).detach().abs().max()][:count]
    out = model(x).detach()
    return x, (torch.sign(out[:, 0]) if out.shape[1] == 1 else out.argmax(1))


def times(model, factor):
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(factor)
    return model


@pytest.mark.spec("margin-kkt/T0/E3")
def test_loss_and_its_direction_are_those_of_cross_entropy():
    model = small().double()
    x, y = separable(model)
    loss = nn.functional.cross_entropy(model(x), y, reduction="sum")
    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(model.parameters()))])
    report = margin_report(model, x, y)
    network, pairs = Upcast.of(model, x), Pairs.of_labels(y, 3)
    weights, tau = softmax_weights(pairs, pairs.of(network.outputs()), len(x))
    w = network.pulled(pairs.cotangent(weights, len(x)))
    theta = network.vector
    assert report.log_loss == -tau == pytest.approx(float(loss.log()), rel=1e-13)
    torch.testing.assert_close(w / w.norm(), -gradient / gradient.norm())
    assert report.cosine == pytest.approx(float(-(theta @ gradient) / theta.norm() / gradient.norm()), rel=1e-12)
    assert float(weights.sum()) == pytest.approx(1.0)


@pytest.mark.parametrize("classes", [1, 3])
def test_losses_far_below_underflow_against_fifty_digits(classes):
    """A float32 model at losses of 10^-1000 and less; 50 digits for the sum over examples and classes."""
    model = times(small(classes=classes), 5e3)
    x, y = separable(model)
    report = margin_report(model, x, y)
    out = copy.deepcopy(model).double()(x.double()).detach().tolist()
    with mpmath.workdps(50):
        total = mpmath.mpf(0)
        for row, label in zip(out, y.tolist(), strict=True):
            s = (
                [label * row[0]]
                if classes == 1
                else [row[int(label)] - each for j, each in enumerate(row) if j != label]
            )
            total += mpmath.log1p(sum(mpmath.exp(-each) for each in s))
        expected = float(mpmath.log(total))
    assert expected < -1000
    assert report.log_loss == pytest.approx(expected, rel=1e-12)
    assert report.violated == 0
    assert 0 < given(report.smoothed) <= given(report.normalised) * (1 + 1e-12)


def test_model_is_untouched():
    model = small()
    x, y = separable(model)
    before = {name: p.clone() for name, p in model.state_dict().items()}
    margin_report(model, x, y)
    assert all(torch.equal(p, before[name]) and p.dtype == torch.float32 for name, p in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.spec("margin-kkt/T2/E1")
def test_linear_network_meets_the_exact_optimum():
    """On the rational instance the tangent kernel is the data's own: margin sqrt(7/3), two support vectors."""
    z = np.asarray(RATIONAL.inputs)
    best = max_margin([[int(v) for v in row] for row in z])
    assert isinstance(best, MaxMargin)
    model = nn.Linear(3, 1, bias=False).double()
    theta = np.array([1.0, 0.3, 0.5])
    for weights, chord in (
        (theta, np.linalg.norm(theta / np.linalg.norm(theta) - best.w * best.gamma)),
        (1e5 * best.w, 0.0),
    ):
        with torch.no_grad():
            model.weight.copy_(torch.tensor(weights)[None])
        report = margin_report(model, torch.tensor(z), torch.ones(5))
        assert report.degree == 1
        assert given(report.tangent).margin == pytest.approx(math.sqrt(7 / 3), rel=1e-9)
        assert given(report.tangent).gap < 1e-9
        assert given(report.tangent).support == 2
        assert given(report.tangent).chord == pytest.approx(chord, abs=1e-7)
        assert report.normalised == pytest.approx(float((z @ weights).min() / np.linalg.norm(weights)), rel=1e-12)
    assert given(report.tangent).residual < 1e-7
    # At theta = c hat w both margin points weigh 1/2: lambda = s_min(u)^(-1)/(2 |w|), eps = |u - w/|w||/s_min(u).
    mean = z[[2, 3]].mean(0)
    u, force = best.w * best.gamma, np.linalg.norm(mean)
    assert given(report.kkt).eps == pytest.approx(np.linalg.norm(u - mean / force) / best.gamma, rel=1e-6)
    assert [each.multiplier for each in given(report.kkt).active] == pytest.approx(
        [1 / (2 * force * best.gamma)] * 2, rel=1e-6
    )
    assert {each.example for each in given(report.kkt).active} == {2, 3}
    assert given(report.kkt).delta == pytest.approx(0, abs=1e-9)


class Deep(nn.Module):
    """The deep linear network of the flow engine with these parameters."""

    def __init__(self, network, theta, inputs):
        super().__init__()
        layers, start, below = [], 0, inputs
        for above in (*network.hidden, 1):
            layer = nn.Linear(below, above, bias=False).double()
            with torch.no_grad():
                layer.weight.copy_(torch.tensor(theta[start : start + above * below]).view(above, below))
            layers.append(layer)
            start, below = start + above * below, above
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


@pytest.mark.spec("margin-kkt/T2/E1")
@pytest.mark.parametrize("name", ["deep-linear-2", "deep-linear-3"])
def test_agrees_with_the_flow_engine_along_a_path(name):
    network, data = NETWORKS[name], labelled_by_a_plane()
    (path,) = margin_flow(network, LOGISTIC, [data], [fitted(network, data, loss=LOGISTIC)], tau_target=1e4, rows=20)
    for row in (5, 12, 19):
        seen = {
            column: float(getattr(path.rows, column)[row]) for column in ("tau", "margin", "smoothed", "cosine_defect")
        }
        model = Deep(network, path.rows.theta[row].numpy(), 3)
        report = margin_report(model, torch.tensor(data.inputs), torch.tensor(data.labels))
        size, kkt = given(report.normalised) ** (-1 / network.degree), given(report.kkt)
        assert report.degree == network.degree
        assert -report.log_loss == pytest.approx(seen["tau"], rel=1e-10)
        assert report.normalised == pytest.approx(seen["margin"], rel=1e-10)
        assert report.smoothed == pytest.approx(seen["smoothed"], rel=1e-10)
        assert report.cosine_defect == pytest.approx(seen["cosine_defect"], rel=1e-4)
        assert kkt.eps == pytest.approx(math.sqrt(2 * report.cosine_defect) * size, rel=1e-9)
        # L sum_n lambda_n s_n = beta |theta|^2 at the point of least margin one, by Euler's identity
        assert network.degree * (kkt.multipliers + kkt.delta_sum) == pytest.approx(report.cosine * size**2, rel=1e-9)
        assert kkt.delta <= kkt.delta_sum <= (len(data.labels) - 1) / (math.e * network.degree * seen["tau"]) * 1e3
    # Corollary 4.5: late, theta's direction solves the tangent machine; its margin is L times the network's.
    assert given(report.tangent).chord <= 1.2 * math.sqrt(2 * report.cosine_defect)
    assert given(report.tangent).gap < 1e-8


@pytest.mark.parametrize(
    ("model", "degree"),
    [
        (small(), 2),
        (small(bias=(True, False)), 2),
        (nn.Sequential(nn.Linear(4, 5, bias=False), nn.LeakyReLU(), nn.Linear(5, 5, bias=False), nn.ReLU(), nn.Linear(5, 2, bias=False)), 3),
        (nn.Sequential(nn.Unflatten(1, (1, 2, 2)), nn.Conv2d(1, 3, 2, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(3, 2, bias=False)), 2),
    ],
    ids=["relu", "bias-in-the-first-layer", "three-layers", "convolution"],
)  # fmt: skip
def test_degrees(model, degree):
    found = homogeneity(Upcast.of(model, torch.randn(9, 4, generator=torch.Generator().manual_seed(0))))
    assert found.degree == degree
    assert found.reasons == ()


def frozen():
    model = small()
    model[0].requires_grad_(False)
    with torch.no_grad():
        next(model[2].parameters()).add_(1.0)
    return nn.Sequential(model, nn.Linear(3, 3))


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (small(bias=(True, True)), "with 2.bias at zero the network is homogeneous of degree 2"),
        (small(activation=nn.Tanh()), "Tanh bends"),
        (nn.Sequential(nn.Linear(4, 6, bias=False), nn.LayerNorm(6), nn.ReLU(), nn.Linear(6, 3, bias=False)), "LayerNorm normalises"),
        (nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3)).eval(), "BatchNorm1d normalises"),
        (frozen(), "does not require a gradient"),
    ],
    ids=["bias", "tanh", "layer-norm", "batch-norm", "frozen"],
)  # fmt: skip
def test_what_is_not_homogeneous_says_why(model, reason):
    x = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    report = margin_report(model, x, model(x).argmax(1))
    assert report.degree is None
    assert any(reason in each for each in report.homogeneity.reasons)
    assert report.normalised is None and report.kkt is None and report.tangent is None
    assert "not homogeneous" in report.text and reason in report.text
    assert math.isfinite(report.log_loss) and 0 <= report.cosine_defect <= 2


def test_one_output_takes_both_kinds_of_labels():
    model = small(classes=1)
    x, y = separable(model)
    signed, counted = margin_report(model, x, y), margin_report(model, x, (y > 0).long()[:, None])
    assert signed == counted


def test_a_hundred_thousand_parameters():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(100, 900, bias=False), nn.ReLU(), nn.Linear(900, 10, bias=False))
    x = torch.randn(60, 100)
    report = margin_report(model, x, model(x).argmax(1))
    assert report.parameters == 99_000
    assert given(report.tangent).gap < 1e-6
    assert given(report.tangent).margin <= given(report.tangent).bound


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m, x, y: (m, x, y[:-1]), "one label for each input"),
        (lambda m, x, y: (m, x, y + 7), "labels of a network with 3 outputs"),
        (lambda m, x, y: (small(classes=1), x, y), "labels of a network with one output"),
        (lambda m, x, y: (m, x * math.inf, y), "not finite"),
        (lambda m, x, y: (nn.Sequential(m, nn.Dropout()), x, y), "training mode"),
        (lambda m, x, y: (nn.Flatten(), x, y), "nothing to maximise"),
    ],
    ids=["count", "classes", "binary", "infinite", "dropout", "no-parameters"],
)
def test_bad_input(change, sentence):
    model = small()
    with pytest.raises(BadInput, match=sentence):
        margin_report(*change(model, *separable(model)))


@pytest.mark.spec("margin-kkt/T0/E3")
def test_digits_at_three_points_of_training():
    """Two layers of ReLU; fitted, and then with larger margins."""
    early, fitted_, late = reports(steps=300)
    assert [each.degree for each in (early, fitted_, late)] == [2, 2, 2]
    assert early.log_loss > fitted_.log_loss > late.log_loss
    assert fitted_.violated == late.violated == 0
    assert given(late.smoothed) > given(fitted_.smoothed) > 0
    assert given(late.kkt).delta_sum < given(fitted_.kkt).delta_sum
    assert all(0 <= given(each.tangent).gap < 1e-6 for each in (early, fitted_, late))
    for report in (early, fitted_, late):
        assert json.loads(json.dumps(report.json, allow_nan=False))["homogeneity"]["degree"] == 2
        assert report._repr_html_().startswith("<table>") and "cosine beta" in str(report)
