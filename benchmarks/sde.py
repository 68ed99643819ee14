"""Path-steps per second of Euler-Maruyama, against torchsde, diffrax (where they are installed) and what the hardware allows.

    python benchmarks/sde.py [REPEATS]

One thread, float32, dX = -sin X dt + (0.8 + 0.4 cos X) dW, 65,536 paths and 200 steps. Runs are interleaved and medians printed
with the spread. The limit is that of one pass that draws the normals and one that does the arithmetic: 1/rate = 1/normals + 1/arithmetic.
Our rate must be at least twice torchsde's.
"""

from __future__ import annotations

import importlib.util
import statistics
import sys
import time
from collections.abc import Callable

import torch

from verify.dynamics.sde import CHUNK, final_states

PATHS, STEPS, HORIZON = 65_536, 200, 1.0


def drift(x: torch.Tensor) -> torch.Tensor:
    return -torch.sin(x)


def scale(x: torch.Tensor) -> torch.Tensor:
    return 0.8 + 0.4 * torch.cos(x)


def ours() -> None:
    final_states(drift, scale, torch.zeros(PATHS), STEPS, HORIZON, torch.Generator().manual_seed(0))


def normals() -> None:
    buffer, generator = torch.empty(CHUNK), torch.Generator().manual_seed(0)
    for _ in range(PATHS // CHUNK * STEPS):
        buffer.normal_(generator=generator)


def arithmetic() -> None:
    increment = torch.full((CHUNK,), 0.01)
    with torch.no_grad():
        for x in torch.zeros(PATHS).split(CHUNK):
            for _ in range(STEPS):
                x.add_(drift(x), alpha=HORIZON / STEPS).addcmul_(scale(x), increment)


def torchsde_euler() -> Callable[[], None]:
    import torchsde

    class Equation(torch.nn.Module):
        noise_type, sde_type = "diagonal", "ito"

        def f(self, t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return drift(y)

        def g(self, t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return scale(y)

    equation, times = Equation(), torch.tensor([0.0, HORIZON])

    def run() -> None:
        with torch.no_grad():
            torchsde.sdeint(equation, torch.zeros(PATHS, 1), times, method="euler", dt=HORIZON / STEPS)

    return run


def diffrax_euler() -> Callable[[], None]:
    import diffrax
    import jax
    import jax.numpy as jnp

    keys = jax.random.split(jax.random.PRNGKey(0), PATHS)

    @jax.jit
    @jax.vmap
    def final(key: jax.Array) -> jax.Array:
        motion = diffrax.UnsafeBrownianPath(shape=(), key=key)
        terms = diffrax.MultiTerm(
            diffrax.ODETerm(lambda t, y, args: -jnp.sin(y)),  # type: ignore[arg-type]
            diffrax.ControlTerm(lambda t, y, args: 0.8 + 0.4 * jnp.cos(y), motion),  # type: ignore[arg-type]
        )
        solution = diffrax.diffeqsolve(
            terms,
            diffrax.Euler(),
            0.0,
            HORIZON,
            HORIZON / STEPS,
            0.0,
            max_steps=STEPS + 1,
            adjoint=diffrax.DirectAdjoint(),
        )
        return solution.ys[-1]  # type: ignore[index]

    final(keys).block_until_ready()  # compiled once, outside the timing
    return lambda: final(keys).block_until_ready()


def rates(runs: dict[str, Callable[[], None]], repeats: int) -> dict[str, list[float]]:
    """Millions of path-steps per second, runs interleaved so that a loaded machine slows all of them alike."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            started = time.perf_counter()
            run()
            found[name].append(PATHS * STEPS / (time.perf_counter() - started) / 1e6)
    return found


def main() -> None:
    torch.set_num_threads(1)
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    runs: dict[str, Callable[[], None]] = {"ours": ours, "normals alone": normals, "arithmetic alone": arithmetic}
    for name, make in (("torchsde", torchsde_euler), ("diffrax", diffrax_euler)):
        if importlib.util.find_spec(name):
            runs[name] = make()
    for run in runs.values():
        run()
    found = {name: sorted(values) for name, values in rates(runs, repeats).items()}
    middle = {name: statistics.median(values) for name, values in found.items()}
    for name, values in found.items():
        print(f"{name:<18} {middle[name]:8.1f} M path-steps/s  ({values[0]:.1f} to {values[-1]:.1f})")
    limit = 1 / (1 / middle["normals alone"] + 1 / middle["arithmetic alone"])
    print(f"{'limit':<18} {limit:8.1f} M path-steps/s; ours reaches {middle['ours'] / limit:.0%}")
    for name in ("torchsde", "diffrax"):
        if name in middle:
            print(f"ours / {name}: {middle['ours'] / middle[name]:.1f}")
        else:
            print(f"{name} is not installed, so nothing is compared with it")
    if "torchsde" in middle and middle["ours"] < 2 * middle["torchsde"]:
        sys.exit("the gate is missed: less than twice torchsde's rate")


if __name__ == "__main__":
    main()
