"""`noise_report`: how noisy a user's gradients are, and what that says about changing the batch size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any

import torch
from scipy.special import stdtrit

from verify.errors import BadInput
from verify.networks.report import Report

Tensor = torch.Tensor
GROUPS = 32
"""Groups of the jackknife: enough for its t quantile to be near the normal one, few enough to hold one gradient each."""
CHUNK = 256
"""Examples whose gradients are held at once; fewer for large models."""


@dataclass(frozen=True)
class Estimate:
    """A number with a confidence interval; `exact` when every example was used, so that nothing was estimated."""

    value: float
    low: float
    high: float
    exact: bool = False

    def __str__(self) -> str:
        return f"{self.value:.4g}" if self.exact else f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"


@dataclass(frozen=True)
class Rule:
    """The square-root rule's hyperparameters at `factor` times the batch size; `possible` is False where 1 - beta would pass 1."""

    factor: float
    batch_size: float
    lr: float
    betas: tuple[float, ...]
    eps: float
    possible: bool


@dataclass(frozen=True)
class NoiseReport(Report):
    """Gradient G = |E grad|^2 and noise N = tr Cov(batch gradient) at one state of a network, with what they exclude.

    `largest_factor` maps a closeness C to C^2 (1 + N/G): for a scale-invariant loss with weight decay at equilibrium, no batch-size
    factor kappa above it can leave linearly scaled runs within a factor C of each other in |x|^2 and |grad L|^2 (Li, Malladi & Arora 2021,
    arXiv:2102.12470). The condition is necessary, not sufficient.
    """

    examples: int
    parameters: int
    batch_size: int
    confidence: float
    gradient: Estimate
    noise: Estimate
    ratio: Estimate
    largest_factor: Mapping[float, Estimate]
    rules: tuple[Rule, ...]

    forms = "verify.networks.noise_pages"


def noise_report(
    model: torch.nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    data: tuple[Tensor, Tensor],
    batch_size: int,
    *,
    examples: int | None = None,
    optimizer: torch.optim.Optimizer | None = None,
    closeness: Sequence[float] = (sqrt(2.0), 2.0),
    factors: Sequence[float] = (2, 4, 8, 16),
    confidence: float = 0.95,
    generator: torch.Generator | None = None,
) -> NoiseReport:
    """The gradient's mean and noise at the model's present parameters, and what they say about other batch sizes.

    Args:
        model: any module whose output for one example does not depend on the others (batch normalisation in training mode does).
        loss: loss(model(x), y) as for training, averaged over the batch.
        data: inputs and targets, the examples first.
        batch_size: of the run, drawn with replacement; noise falls like 1/batch_size.
        examples: how many examples to look at (drawn without replacement); all of them by default.
        optimizer: an Adam, AdamW or RMSprop instance, for the square-root rule's prescription.
        closeness: the factors C for which the necessary condition is evaluated.
        factors: the batch-size factors kappa of the prescription.
        confidence: of the intervals, which come from a jackknife over 32 groups when not all examples are used.

    Raises:
        BadInput: data or options that cannot be used, in one sentence.
    """
    _check(model, loss, data, batch_size, examples, optimizer, closeness, factors, confidence)
    inputs, targets = data
    total = len(inputs)
    looked_at = total if examples is None else examples
    order = torch.arange(total) if looked_at == total else torch.randperm(total, generator=generator)[:looked_at]
    groups = _group_sums(model, loss, inputs[order], targets[order])
    whole = looked_at == total
    gradient, noise, ratio = _estimates(groups, batch_size, confidence, whole)
    bounds = {}
    for c in closeness:
        value, low, high = (c**2 * (1 + r) for r in (ratio.value, ratio.low, ratio.high))
        bounds[float(c)] = Estimate(value, low, high, ratio.exact)
    parameters = sum(p.numel() for p in model.parameters() if p.requires_grad)
    rules = tuple(square_root_rule(optimizer, batch_size, k) for k in factors) if optimizer is not None else ()
    return NoiseReport(looked_at, parameters, batch_size, confidence, gradient, noise, ratio, bounds, rules)


def square_root_rule(optimizer: torch.optim.Optimizer, batch_size: float, factor: float) -> Rule:
    """lr sqrt(kappa), 1 - kappa (1 - beta), eps/sqrt(kappa): what keeps the equation of Adam or RMSprop (Malladi et al. 2022, arXiv:2205.10287).

    Raises:
        BadInput: an optimiser without eps and betas (or alpha).
    """
    group = optimizer.param_groups[0]
    betas = group.get("betas", (group["alpha"],) if "alpha" in group else None)
    if betas is None or "eps" not in group:
        raise BadInput(
            f"the square-root rule is for Adam and RMSprop, and a {type(optimizer).__name__} was given; leave optimizer= out"
        )
    scaled = tuple(1 - factor * (1 - float(beta)) for beta in betas)
    lr, eps = float(group["lr"]) * sqrt(factor), float(group["eps"]) / sqrt(factor)
    return Rule(float(factor), batch_size * factor, lr, scaled, eps, min(scaled) >= 0)


def _check(
    model: torch.nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    data: Any,
    batch_size: int,
    examples: int | None,
    optimizer: torch.optim.Optimizer | None,
    closeness: Sequence[float],
    factors: Sequence[float],
    confidence: float,
) -> None:
    if not isinstance(model, torch.nn.Module) or not callable(loss):
        raise BadInput(
            f"the model is a {type(model).__name__} and the loss a {type(loss).__name__}; give a torch.nn.Module and a function of outputs and targets"
        )
    if not (isinstance(data, (tuple, list)) and len(data) == 2 and all(isinstance(part, Tensor) for part in data)):
        raise BadInput(
            f"the data are a {type(data).__name__}; give a pair of tensors, inputs and targets, the examples first"
        )
    inputs, targets = data
    if not inputs.ndim or not targets.ndim or len(inputs) != len(targets):
        raise BadInput(
            f"the inputs have shape {tuple(inputs.shape)} and the targets {tuple(targets.shape)}; give one target for each input"
        )
    looked_at = len(inputs) if examples is None else examples
    if not isinstance(looked_at, int) or not 2 * GROUPS <= looked_at <= len(inputs):
        raise BadInput(
            f"{looked_at} of {len(inputs)} examples were asked for; at least {2 * GROUPS} and at most all are needed"
        )
    if not isinstance(batch_size, int) or batch_size < 1:
        raise BadInput(f"the batch size is {batch_size!r}; give a whole number, 1 or more")
    if not closeness or not all(_number(c) and c >= 1 for c in closeness):
        raise BadInput(f"closeness is {tuple(closeness)}; give factors of 1 or more")
    if not all(_number(k) and k > 0 for k in factors):
        raise BadInput(f"the batch-size factors are {tuple(factors)}; give positive numbers")
    if not _number(confidence) or not 0 < confidence < 1:
        raise BadInput(f"the confidence is {confidence!r}; give a number between 0 and 1")
    if optimizer is not None and not isinstance(optimizer, torch.optim.Optimizer):
        raise BadInput(f"the optimizer is a {type(optimizer).__name__}; give an Adam, AdamW or RMSprop instance")
    mixing = [
        type(m).__name__ for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm) and m.training
    ]
    if mixing:
        raise BadInput(
            f"the model holds {mixing[0]} in training mode, so one example's gradient depends on the others; call model.eval() first"
        )
    if not any(p.requires_grad for p in model.parameters()):
        raise BadInput("the model has no parameter that requires a gradient")
    try:
        value = loss(model(inputs[:1]), targets[:1])
    except Exception as mistake:
        raise BadInput(f"loss(model(x), y) failed on the first example: {_first_line(mistake)}") from mistake
    if not isinstance(value, Tensor) or value.ndim:
        found = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor) else f"a {type(value).__name__}"
        raise BadInput(f"the loss of one example is {found}; give the mean over the batch, a tensor without dimensions")


def _number(entry: Any) -> bool:
    return isinstance(entry, (int, float)) and isfinite(entry)


def _first_line(mistake: Exception) -> str:
    return f"{type(mistake).__name__}: {str(mistake).strip().partition(chr(10))[0]}"


def _group_sums(
    model: torch.nn.Module, loss: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, targets: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """For each group of examples: how many, the sum of their gradients (groups, d), and the sum of squared norms; in float64."""
    trained = {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}
    rest = {
        **{name: p.detach() for name, p in model.named_parameters() if not p.requires_grad},
        **dict(model.named_buffers()),
    }

    def one(parameters: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return loss(torch.func.functional_call(model, {**rest, **parameters}, (x[None],)), y[None])

    gradients = torch.func.vmap(torch.func.grad(one), in_dims=(None, 0, 0), randomness="different")
    size = sum(p.numel() for p in trained.values())
    width = max(1, min(CHUNK, 50_000_000 // size))
    group = torch.arange(len(inputs)) * GROUPS // len(inputs)
    sums, squares = torch.zeros((GROUPS, size), dtype=torch.float64), torch.zeros(GROUPS, dtype=torch.float64)
    for x, y, which in zip(inputs.split(width), targets.split(width), group.split(width), strict=True):
        try:
            found = gradients(trained, x, y)
        except RuntimeError as mistake:
            raise BadInput(
                f"the gradients of single examples could not be computed (by torch.func.vmap): {_first_line(mistake)}"
            ) from mistake
        flat = torch.cat([g.flatten(1) for g in found.values()], 1).double().cpu()
        sums.index_add_(0, which, flat)
        squares.index_add_(0, which, (flat**2).sum(1))
    if not bool(torch.isfinite(squares).all()):
        raise BadInput("the gradients hold NaN or infinity; look at the parameters and the data")
    if not float(squares.sum()):
        raise BadInput(
            "the gradient of every example is zero; the loss must depend on a parameter that requires a gradient"
        )
    return torch.bincount(group, minlength=GROUPS).double(), sums, squares


def _estimates(
    groups: tuple[Tensor, Tensor, Tensor], batch_size: int, confidence: float, whole: bool
) -> tuple[Estimate, Estimate, Estimate]:
    """G, N and N/G: of the data themselves when all were used, else unbiased for the population, with jackknife intervals."""
    counts, sums, squares = groups

    def of(n: Tensor, vector: Tensor, square: Tensor) -> Tensor:
        norm = (vector**2).sum(-1) / n**2
        spread = square / n - norm
        if not whole:
            spread = spread * n / (n - 1)
            norm = norm - spread / n
        return torch.stack([norm, spread / batch_size, spread / batch_size / norm], -1)

    value = of(counts.sum(), sums.sum(0), squares.sum())
    if whole:
        return tuple(Estimate(float(v), float(v), float(v), True) for v in value)  # type: ignore[return-value]
    left = of(counts.sum() - counts, sums.sum(0) - sums, squares.sum() - squares)
    spread = torch.sqrt((GROUPS - 1) / GROUPS * ((left - left.mean(0)) ** 2).sum(0))
    half = float(stdtrit(GROUPS - 1, (1 + confidence) / 2)) * spread
    low, high = value - half, value + half
    if low[0] <= 0:  # the gradient cannot be told from zero: the ratio has no upper end
        low[2], high[2] = (value[1] - half[1]) / (value[0] + half[0]), torch.inf
    return tuple(Estimate(float(v), float(a), float(b)) for v, a, b in zip(value, low, high, strict=True))  # type: ignore[return-value]
