"""SGD against SVAG, and RMSprop's two scaling rules, on a small network trained on the handwritten digits.

    python benchmarks/noise_digits.py [RUNS]

SVAG at l = 1 (which is SGD), 4 and 16 runs l times as many steps of 1/l the size, from the same starts: where the means of loss and accuracy agree,
SGD is described by its equation. RMSprop at kappa = 1, 4 and 16 times the batch size runs 1/kappa as many steps, with the square-root rule
and with linear scaling. Means over independent runs with 99.9 % confidence intervals; the noise report at the start is printed first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import sqrt

import torch
from sklearn.datasets import load_digits

from verify.dynamics.chains import Mean, RMSprop, mean, rmsprop, sgd, svag
from verify.networks.noise_report import noise_report

Tensor = torch.Tensor
WIDTH, BATCH, STEPS, RATE = 24, 16, 240, 0.2
BATCH_ADAPTIVE, STEPS_ADAPTIVE, RATE_ADAPTIVE, DECAY, EPS = 1, 512, 1e-3, 0.01, 1e-3
CONFIDENCE = 0.999


def data() -> tuple[Tensor, Tensor]:
    """Pixels in [0, 1] and classes."""
    inputs, targets = load_digits(return_X_y=True)
    return torch.tensor(inputs / 16, dtype=torch.float32), torch.tensor(targets)


def network() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(64, WIDTH), torch.nn.Tanh(), torch.nn.Linear(WIDTH, 10))


class Runs:
    """The same network in many independent runs, its parameters as the rows of one tensor."""

    def __init__(self, runs: int, seed: int):
        torch.manual_seed(seed)
        self.x, self.y = data()
        self.model, self.generator = network(), torch.Generator().manual_seed(seed)
        self.shapes = {name: p.shape for name, p in self.model.named_parameters()}
        self.start = torch.stack(
            [torch.cat([p.detach().flatten() for p in network().parameters()]) for _ in range(runs)]
        )
        self._gradients = torch.func.vmap(torch.func.grad(self._loss))

    def _output(self, row: Tensor, x: Tensor) -> Tensor:
        pieces = row.split([shape.numel() for shape in self.shapes.values()])
        named = {name: piece.view(shape) for (name, shape), piece in zip(self.shapes.items(), pieces, strict=True)}
        return torch.func.functional_call(self.model, named, (x,))

    def _loss(self, row: Tensor, x: Tensor, y: Tensor) -> Tensor:
        return torch.nn.functional.cross_entropy(self._output(row, x), y)

    def gradient(self, rows: Tensor, batch: int) -> Tensor:
        """A stochastic gradient for each run, from its own batch."""
        chosen = torch.randint(len(self.x), (len(rows), batch), generator=self.generator)
        return self._gradients(rows, self.x[chosen], self.y[chosen])

    def measured(self, rows: Tensor) -> tuple[Mean, Mean]:
        """Mean loss and accuracy over the runs, on all data."""
        with torch.no_grad():
            outputs = torch.stack([self._output(row, self.x) for row in rows])
            losses = torch.stack([torch.nn.functional.cross_entropy(o, self.y) for o in outputs])
        return mean(losses, CONFIDENCE), mean((outputs.argmax(-1) == self.y).double().mean(-1), CONFIDENCE)


def run_svag(runs: Runs, amplification: int) -> Tensor:
    rows = runs.start
    for _ in range(STEPS * amplification):
        first = runs.gradient(rows, BATCH)
        rows = (
            sgd(rows, first, RATE)
            if amplification == 1
            else svag(rows, first, runs.gradient(rows, BATCH), RATE, amplification)
        )
    return rows


def run_rmsprop(runs: Runs, kappa: int, root: bool) -> Tensor:
    """From where SGD ends, with batches of 1: there the noise dominates, as the rule's limit supposes."""
    start, batch = run_svag(runs, 1), BATCH_ADAPTIVE * kappa
    lr = RATE_ADAPTIVE * (sqrt(kappa) if root else kappa)
    decay, eps = (DECAY * kappa, EPS / sqrt(kappa)) if root else (DECAY, EPS)
    # The running mean starts at the squared gradients of the first batches: a start at zero is outside the theorem.
    squares = torch.stack([runs.gradient(start, batch) ** 2 for _ in range(64)]).mean(0)
    state = RMSprop(start, squares)
    for _ in range(STEPS_ADAPTIVE // kappa):
        state = rmsprop(state, runs.gradient(state.x, batch), lr, 1 - decay, eps)
    return state.x


def show(name: str, found: tuple[Mean, Mean]) -> None:
    loss, accuracy = found
    print(
        f"  {name:<28} loss {loss.value:.4f} +- {loss.half_width:.4f}   accuracy {accuracy.value:.4f} +- {accuracy.half_width:.4f}"
    )


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 48
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(noise_report(network(), torch.nn.functional.cross_entropy, data(), BATCH))

    def ended(trained: Callable[[Runs], Tensor]) -> tuple[Mean, Mean]:
        runs = Runs(number, seed=1)
        return runs.measured(trained(runs))

    print(f"\nSGD and SVAG, {number} runs")
    for amplification, name in ((1, "l = 1 (SGD)"), (4, "l = 4"), (16, "l = 16")):
        show(name, ended(lambda runs, a=amplification: run_svag(runs, a)))
    print(f"\nRMSprop, {number} runs")
    show("where SGD ended", ended(lambda runs: run_svag(runs, 1)))
    show("kappa = 1", ended(lambda runs: run_rmsprop(runs, 1, True)))
    for kappa in (4, 16):
        for root in (True, False):
            name = f"kappa = {kappa}, {'square root' if root else 'linear'}"
            show(name, ended(lambda runs, k=kappa, r=root: run_rmsprop(runs, k, r)))


if __name__ == "__main__":
    main()
