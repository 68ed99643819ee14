"""The noise report against gradients computed one at a time, its intervals' coverage, and bad input."""

from __future__ import annotations

import math

import pytest
import torch

from verify.errors import BadInput
from verify.networks.noise_report import noise_report, square_root_rule


@pytest.fixture
def problem():
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 3))
    x = torch.randn((400, 5), generator=generator)
    y = torch.randint(0, 3, (400,), generator=generator)
    return model, torch.nn.functional.cross_entropy, (x, y)


def one_by_one(model, loss, data):
    rows = []
    for x, y in zip(*data, strict=True):
        gradient = torch.autograd.grad(loss(model(x[None]), y[None]), list(model.parameters()))
        rows.append(torch.cat([g.flatten() for g in gradient]).double())
    return torch.stack(rows)


def test_whole_data_agree_with_gradients_one_by_one(problem):
    report = noise_report(problem[0], problem[1], problem[2], 16)
    rows = one_by_one(*problem)
    mean = rows.mean(0)
    noise = float(((rows - mean) ** 2).sum(1).mean()) / 16
    assert report.gradient.exact and report.gradient.value == pytest.approx(float(mean @ mean), rel=1e-5)
    assert report.noise.value == pytest.approx(noise, rel=1e-5)
    assert report.largest_factor[2.0].value == pytest.approx(4 * (1 + noise / float(mean @ mean)), rel=1e-5)


def test_batches_have_this_noise(problem):
    rows, report = one_by_one(*problem), noise_report(problem[0], problem[1], problem[2], 8)
    generator = torch.Generator().manual_seed(1)
    batches = rows[torch.randint(400, (20_000, 8), generator=generator)].mean(1)
    assert float(((batches - rows.mean(0)) ** 2).sum(1).mean()) == pytest.approx(report.noise.value, rel=0.03)


def test_intervals_cover_the_truth(problem):
    """95 % intervals from 150 of 400 examples; without replacement they are wider than needed, never narrower."""
    truth = noise_report(problem[0], problem[1], problem[2], 16)
    hits = {"gradient": 0, "noise": 0}
    for seed in range(20):
        found = noise_report(
            problem[0], problem[1], problem[2], 16, examples=150, generator=torch.Generator().manual_seed(seed)
        )
        for name in hits:
            low, high = getattr(found, name).low, getattr(found, name).high
            hits[name] += low <= getattr(truth, name).value <= high
    assert min(hits.values()) >= 16


def test_square_root_rule():
    adam = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    rule = square_root_rule(adam, 32, 4)
    assert rule.batch_size == 128 and rule.lr == pytest.approx(2e-3) and rule.eps == pytest.approx(5e-9)
    assert rule.betas == pytest.approx((0.6, 0.996)) and rule.possible
    assert not square_root_rule(adam, 32, 16).possible
    with pytest.raises(BadInput, match="Adam and RMSprop"):
        square_root_rule(torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1), 32, 4)


def test_forms_of_the_report(problem):
    adam = torch.optim.RMSprop(problem[0].parameters(), lr=1e-3)
    report = noise_report(
        problem[0], problem[1], problem[2], 16, examples=200, optimizer=adam, generator=torch.Generator().manual_seed(0)
    )
    assert "95% confidence" in str(report) and "square-root rule" in report.text and "<table>" in report.html
    assert report.json["batch_size"] == 16 and math.isfinite(report.json["ratio"]["value"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"batch_size": 0}, "batch size is 0"),
        ({"examples": 10}, "at least 64"),
        ({"examples": 1000}, "at most all"),
        ({"closeness": (0.5,)}, "1 or more"),
        ({"closeness": ()}, "1 or more"),
        ({"closeness": (math.nan,)}, "1 or more"),
        ({"confidence": 1.0}, "between 0 and 1"),
        ({"batch_size": 16.5}, "a whole number"),
        ({"batch_size": "16"}, "a whole number"),
        ({"examples": 70.5}, "70.5 of 400 examples"),
        ({"factors": (2, 0)}, "positive numbers"),
        ({"optimizer": "adam"}, "the optimizer is a str"),
    ],
)
def test_bad_input(problem, change, says):
    arguments = {"batch_size": 16, **change}
    with pytest.raises(BadInput, match=says):
        noise_report(problem[0], problem[1], problem[2], arguments.pop("batch_size"), **arguments)


def test_batch_normalisation_and_mismatch_are_refused(problem):
    _, loss, (x, y) = problem
    normed = torch.nn.Sequential(torch.nn.Linear(5, 3), torch.nn.BatchNorm1d(3))
    with pytest.raises(BadInput, match="BatchNorm1d in training mode"):
        noise_report(normed, loss, (x, y), 16)
    assert noise_report(normed.eval(), loss, (x, y), 16).noise.value > 0
    with pytest.raises(BadInput, match="one target for each"):
        noise_report(problem[0], loss, (x, y[:-1]), 16)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda model, loss, x, y: (len, loss, (x, y)), "the model is a builtin_function_or_method"),
        (lambda model, loss, x, y: (model, "cross_entropy", (x, y)), "the loss a str"),
        (lambda model, loss, x, y: (model, loss, x), "a pair of tensors"),
        (lambda model, loss, x, y: (model, loss, (x.numpy(), y.numpy())), "a pair of tensors"),
        (lambda model, loss, x, y: (model, loss, (x[:, :4], y)), "failed on the first example: RuntimeError"),
        (lambda model, loss, x, y: (model, loss, (x, y + 3)), "failed on the first example: IndexError"),
        (lambda model, loss, x, y: (model, torch.nn.CrossEntropyLoss(reduction="none"), (x, y)), "a tensor of shape"),
        (lambda model, loss, x, y: (model, lambda output, target: output.sum().item(), (x, y)), "is a float"),
        (lambda model, loss, x, y: (model, lambda output, target: output.sum().detach(), (x, y)), "is zero"),
        (lambda model, loss, x, y: (model, loss, (x * math.nan, y)), "NaN or infinity"),
        (lambda model, loss, x, y: (model, lambda o, t: o.sum() * float(t), (x, y)), "could not be computed"),
    ],
)
def test_what_cannot_be_differentiated_is_said_in_one_sentence(problem, change, says):
    model, loss, (x, y) = problem
    model, loss, data = change(model, loss, x, y)
    with pytest.raises(BadInput, match=says) as refused:
        noise_report(model, loss, data, 16)
    assert len(str(refused.value).splitlines()) == 1
