"""The margin report of a two-layer ReLU network at three points of its training on the handwritten digits.

    python benchmarks/margin_digits.py

Adam on cross-entropy in float32, in full batches; then Adam in float64 along the direction of -grad Loss, whose size is
lost in float64 long before (Adam does not ask for it), so that the last report is at a loss far below underflow.
"""

from __future__ import annotations

import time

import torch
from sklearn.datasets import load_digits

from verify.networks.margin_model import Upcast
from verify.networks.margin_report import MarginReport, margin_report, softmax_weights
from verify.networks.margin_tangent import Pairs

WIDTH, WARM_UP, RATE = 32, 1_200, 0.01
STEPS, LATE_RATE = 3_000, 0.02


def data() -> tuple[torch.Tensor, torch.Tensor]:
    """Pixels in [0, 1] and classes."""
    inputs, targets = load_digits(return_X_y=True)
    return torch.tensor(inputs / 16, dtype=torch.float32), torch.tensor(targets)


def network(seed: int = 0) -> torch.nn.Module:
    """Two layers without biases: homogeneous of degree 2."""
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Linear(64, WIDTH, bias=False), torch.nn.ReLU(), torch.nn.Linear(WIDTH, 10, bias=False)
    )


def warm_up(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, steps: int) -> None:
    """Adam until the data are fitted."""
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()


def descend(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, steps: int) -> None:
    """Adam with -w for the gradient, w the direction of -grad Loss: it grows the margins at every loss."""
    pairs, optimizer = Pairs.of_labels(y, 10), torch.optim.Adam(model.parameters(), LATE_RATE)
    for _ in range(steps):
        at = Upcast.of(model, x)
        weights, _ = softmax_weights(pairs, pairs.of(at.outputs()), len(x))
        w = at.pulled(pairs.cotangent(weights, len(x)))
        for p, part in zip(model.parameters(), w.split([p.numel() for p in model.parameters()]), strict=True):
            p.grad = -part.view_as(p)
        optimizer.step()


def reports(steps: int = STEPS) -> list[MarginReport]:
    """After a short and a long warm-up, and after the descent below underflow."""
    x, y = data()
    model = network()
    warm_up(model, x, y, WARM_UP // 4)
    found = [margin_report(model, x, y)]
    warm_up(model, x, y, WARM_UP - WARM_UP // 4)
    found.append(margin_report(model, x, y))
    model = model.double()
    descend(model, x.double(), y, steps)
    found.append(margin_report(model, x, y))
    return found


def main() -> None:
    started = time.perf_counter()
    for name, report in zip(("early", "fitted", "late"), reports(), strict=True):
        print(f"--- {name}\n{report}\n")
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
