"""The time to decide order two of SGD's modified equation: exactly, and by plain Monte-Carlo with torchsde at the same confidence.

    python benchmarks/weak_order.py

Deciding means telling |e| = C h^2 from |e| = C' h at h = 1/32 within 5 % of e at six standard deviations (a false alarm in 1e9). The
number of paths that plain Monte-Carlo needs follows from the spread of its own samples, measured here on 65,536 paths; its time
is extrapolated from its measured rate, and marked so. The exact engine's is measured.
"""

from __future__ import annotations

import importlib.util
import time

import numpy as np
import sympy as sp
import torch
from scipy.special import ndtri

from verify.dynamics.orders import exponent
from verify.dynamics.pendulum import Pendulum
from verify.dynamics.weak_error import semigroup
from verify.models.noise import RADEMACHER
from verify.proof.weak_order import SDE, Noise, Update, weak_order

ETA, SHARE, SUBSTEPS = 1 / 32, 0.05, 5


def proved() -> float:
    """Seconds of the prover, for generic f, Sigma and g."""
    x, eta, z = sp.symbols("x eta z")
    f, variance = sp.Function("f")(x), sp.Function("Sigma")(x)
    chain = Update({x: x - eta * (f.diff(x) + z)}, eta, Noise.centred(z, variance))
    equation = SDE(-f.diff(x) - eta / 2 * f.diff(x) * f.diff(x, 2), eta * variance)
    weak_order(chain, equation, 2)
    started = time.perf_counter()
    assert weak_order(chain, equation, 2).order == 2
    return time.perf_counter() - started


def exact() -> tuple[float, float]:
    """Seconds of the spectral engine at six step sizes, and the error at ETA that Monte-Carlo would have to resolve."""
    started = time.perf_counter()
    model, errors = Pendulum(1.0, 0.8, 0.4), []
    for steps in (8, 16, 32, 64, 128, 256):
        h = 1 / steps
        f1, f2, variance = (model.values[name] for name in ("f1", "f2", "S"))
        moves = [(p, [model.x - h * (f1 + model.amplitude * z)]) for z, p in RADEMACHER.moves()]
        generator = model.grid.generator([-f1 - h / 2 * f1 * f2], [[h * variance]])
        errors.append(model.error(model.grid.transition(moves), semigroup(generator, h), steps).error)
    assert exponent(np.array(errors)).decides(2) == 1
    return time.perf_counter() - started, errors[2]


def sampled(error: float) -> tuple[float, float]:
    """Paths that Monte-Carlo needs, and the seconds they take with torchsde's Euler at `SUBSTEPS` substeps, extrapolated."""
    import torchsde

    class Equation(torch.nn.Module):
        noise_type, sde_type = "diagonal", "ito"

        def f(self, t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return -torch.sin(y) - ETA / 2 * torch.sin(y) * torch.cos(y)

        def g(self, t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return ETA**0.5 * (0.8 + 0.4 * torch.cos(y))

    paths, times = 65_536, torch.tensor([0.0, 1.0])

    def run() -> torch.Tensor:
        with torch.no_grad():
            return torchsde.sdeint(Equation(), torch.ones(paths, 1), times, method="euler", dt=ETA / SUBSTEPS)[-1]

    run()
    started = time.perf_counter()
    final = run()
    seconds = time.perf_counter() - started
    spread = float(torch.cos(final.double()).std())
    # Chain and equation are both sampled, independently.
    needed = 2 * (float(ndtri(5e-10)) * spread / (SHARE * error)) ** 2
    return needed, needed / paths * seconds


def main() -> None:
    torch.set_num_threads(1)
    seconds = proved()
    print(f"proved, for every f, Sigma, g       {seconds * 1e3:9.1f} ms (measured)")
    seconds, error = exact()
    print(
        f"exact errors at six step sizes      {seconds * 1e3:9.1f} ms (measured); the error at eta = 1/32 is {error:.2e}"
    )
    if importlib.util.find_spec("torchsde") is None:
        print("torchsde is not installed, so Monte-Carlo is not timed")
        return
    needed, other = sampled(error)
    print(
        f"Monte-Carlo at eta = 1/32 alone     {other:9.0f} s  (extrapolated from its own variance: {needed:.1e} paths)"
    )
    print(f"ratio                               {other / seconds:9.0f}")


if __name__ == "__main__":
    main()
