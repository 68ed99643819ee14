"""A user's network in float64, as a function of its trainable parameters: outputs, products with the Jacobian, and how
it scales."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from verify.errors import BadInput

CHUNK = 512
"""Examples that are evaluated at once."""

_EXACT = 1e-9
"""Relative deviation up to which a network scales like a power: float64 leaves 1e-13 after some ten layers."""

_SCALES = (0.5, 2.0, 3.0)
_NORMS = (
    nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm, nn.LocalResponseNorm, nn.modules.instancenorm._InstanceNorm,
)  # fmt: skip
_BENT = (nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.Softplus, nn.ELU, nn.SELU, nn.CELU, nn.Mish, nn.Softmax, nn.LogSoftmax, nn.LogSigmoid, nn.Softsign, nn.Hardtanh, nn.Hardswish)  # fmt: skip


@dataclass(frozen=True)
class Upcast:
    """Phi(theta; x_n), (N, C), for float64 copies of the parameters; the module itself is never written to."""

    model: nn.Module
    theta: dict[str, Tensor]
    fixed: dict[str, Tensor]
    inputs: Tensor

    @classmethod
    def of(cls, model: nn.Module, inputs: Tensor) -> Upcast:
        """Copies of parameters, buffers and inputs on the model's device.

        Raises BadInput for a model whose outputs are random or depend on the batch, or that has nothing to train.
        """
        mixing = [
            type(m).__name__
            for m in model.modules()
            if m.training and isinstance(m, (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd))
        ]
        if mixing:
            raise BadInput(
                f"the model holds {mixing[0]} in training mode, so an output is no function of its example; call model.eval()"
            )
        theta = {name: _double(p) for name, p in model.named_parameters() if p.requires_grad}
        if not theta:
            raise BadInput("the model has no parameter that requires a gradient, so there is nothing to maximise over")
        rest = [(name, p) for name, p in model.named_parameters() if not p.requires_grad]
        fixed = {name: _double(p) for name, p in [*rest, *model.named_buffers()]}
        device = next(iter(theta.values())).device
        bad = next((name for name, p in theta.items() if not bool(torch.isfinite(p).all())), None)
        if bad is not None:
            raise BadInput(f"the parameter {bad} has entries that are not finite numbers; load weights that are")
        return cls(model, theta, fixed, _double(inputs).to(device))

    @property
    def size(self) -> int:
        """The number of trainable parameters."""
        return sum(p.numel() for p in self.theta.values())

    @property
    def vector(self) -> Tensor:
        """The trainable parameters, one after the other."""
        return torch.cat([p.flatten() for p in self.theta.values()])

    def apply(self, theta: dict[str, Tensor], inputs: Tensor) -> Tensor:
        """Outputs (n, C) at parameters theta; a scalar output is one column."""
        found = torch.func.functional_call(self.model, {**self.fixed, **theta}, (inputs,))
        return found[:, None] if found.ndim == 1 else found

    def outputs(self, theta: dict[str, Tensor] | None = None) -> Tensor:
        """Phi at the network's own parameters, or at others, (N, C)."""
        with torch.no_grad():
            at = self.theta if theta is None else theta
            return torch.cat([self.apply(at, part) for part in self.inputs.split(CHUNK)])

    def pulled(self, weights: Tensor) -> Tensor:
        """sum_nc weights_nc grad Phi_c(x_n), (d,), for weights (N, C)."""
        total = torch.zeros(self.size, dtype=torch.float64, device=self.inputs.device)
        for inputs, part in zip(self.inputs.split(CHUNK), weights.split(CHUNK), strict=True):
            total += self._gradient(lambda theta, x=inputs, w=part: (w * self.apply(theta, x)).sum())
        return total

    def pushed(self, direction: Tensor) -> Tensor:
        """<grad Phi_c(x_n), direction>, (N, C)."""
        pieces = direction.split([p.numel() for p in self.theta.values()])
        tangent = {name: v.view_as(p) for (name, p), v in zip(self.theta.items(), pieces, strict=True)}
        parts = [
            torch.func.jvp(lambda theta, x=x: self.apply(theta, x), (self.theta,), (tangent,))[1].detach()
            for x in self.inputs.split(CHUNK)
        ]
        return torch.cat(parts)

    def rows(self, weights: Tensor, examples: Tensor) -> Iterator[Tensor]:
        """sum_c weights_kc grad Phi_c(x of examples_k), one (d,) for each k."""
        for weight, example in zip(weights, examples.tolist(), strict=True):
            x = self.inputs[example : example + 1]
            yield self._gradient(lambda theta, x=x, w=weight: (w * self.apply(theta, x)[0]).sum())

    def _gradient(self, function: Callable[[dict[str, Tensor]], Tensor]) -> Tensor:
        leaves = {name: p.detach().requires_grad_() for name, p in self.theta.items()}
        found = torch.autograd.grad(function(leaves), list(leaves.values()), allow_unused=True, materialize_grads=True)
        return torch.cat([g.flatten() for g in found])


@dataclass(frozen=True)
class Homogeneity:
    """How the outputs scale with the trainable parameters."""

    degree: float | None
    """L with Phi(c theta) = c^L Phi(theta) at the scales tried; None where no power fits."""

    estimate: float
    """log_2 of |Phi(2 theta)|/|Phi(theta)|."""

    defect: float
    """The largest deviation from the best power, relative to the largest output."""

    reasons: tuple[str, ...]
    """What stands against it, where it is not homogeneous."""


def homogeneity(network: Upcast) -> Homogeneity:
    """The degree, estimated from one scale and tested at three; the reasons are measured where that is possible."""
    estimate, degree, defect = _power(network, network.theta)
    if defect <= _EXACT:
        return Homogeneity(degree, estimate, defect, ())
    return Homogeneity(None, estimate, defect, tuple(_reasons(network)))


def _power(network: Upcast, theta: dict[str, Tensor]) -> tuple[float, float, float]:
    base, scaled = network.outputs(theta), {}
    for c in _SCALES:
        scaled[c] = network.outputs({name: c * p for name, p in theta.items()})
    size = float(base.norm())
    if size == 0:
        return 0.0, 0.0, 0.0 if all(float(out.norm()) == 0 for out in scaled.values()) else 1.0
    estimate = float(torch.log2(scaled[2.0].norm() / size))
    degree = float(round(estimate)) if abs(estimate - round(estimate)) < 1e-6 else estimate
    largest = float(base.abs().max())
    defect = max(float((out - c**degree * base).abs().max()) / (c**degree * largest) for c, out in scaled.items())
    return estimate, degree, defect


def _reasons(network: Upcast) -> Iterator[str]:
    for kind, sentence in ((_NORMS, "normalises by more than a power of the parameters"), (_BENT, "bends")):
        names = sorted({type(m).__name__ for m in network.model.modules() if isinstance(m, kind)})
        yield from (f"{name} {sentence}" for name in names)
    frozen = [name for name, p in network.model.named_parameters() if not p.requires_grad and bool((p != 0).any())]
    if frozen:
        yield f"{frozen[0]} does not require a gradient, so it does not scale with the others"
    biases = [name for name, p in network.theta.items() if name.split(".")[-1] == "bias" and bool((p != 0).any())]
    without = {name: torch.zeros_like(p) if name in biases else p for name, p in network.theta.items()}
    _, degree, defect = _power(network, without)
    if biases and defect <= _EXACT:
        guilty = [name for name in biases if _power(network, {**without, name: network.theta[name]})[2] > _EXACT]
        named = ", ".join(guilty or biases)
        yield f"biases: with {named} at zero the network is homogeneous of degree {degree:g}"


def _double(tensor: Tensor) -> Tensor:
    found = tensor.detach()
    return found.double() if found.is_floating_point() else found
