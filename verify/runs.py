"""`Run`: what an experiment may draw on besides its instances and the setting; nothing is taken from elsewhere."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from verify.options import Level

if TYPE_CHECKING:
    import torch

SIZES = {"quick": 16, "thorough": 48}
"""How many instances a family is asked for."""

# Quick is the tolerance at which the reduced flow's error bars are a tenth of the resolutions in use; a thorough run affords two
# more digits. The budgets only stop a stalled integrator: a run that ends uses a few hundred evaluations a decade.
_TOLERANCES = {"quick": 1e-8, "thorough": 1e-10}
_BUDGETS = {"quick": 20_000, "thorough": 1_000_000}


def seed_sequence(seed: int, *stream: str) -> np.random.SeedSequence:
    """Entropy for one named stream, the same on every platform and in every process (no use is made of Python's `hash`)."""
    digest = hashlib.sha256("\0".join(stream).encode()).digest()
    return np.random.SeedSequence([seed, *struct.unpack("<8I", digest)])


def generator(seed: int, *stream: str) -> np.random.Generator:
    """A generator of its own for one named stream, such as (theorem, family)."""
    return np.random.Generator(np.random.PCG64(seed_sequence(seed, *stream)))


@dataclass(frozen=True)
class Run:
    """Level, device, dtype, randomness, tolerance and budget of one experiment.

    `device` and `dtype` are torch's names; `tolerance` is relative; `budget` is a number of evaluations of the right-hand side.
    `stream` names the randomness: two runs with the same seed and stream draw the same numbers. `relax` multiplies the
    tolerances that an experiment chooses itself: 1 in a check, more while a probe searches, less where it confirms.
    """

    level: Level = "quick"
    seed: int = 0
    device: str = "cpu"
    dtype: str = "float64"
    stream: tuple[str, ...] = ()
    tolerance: float = _TOLERANCES["quick"]
    budget: int = _BUDGETS["quick"]
    relax: float = 1.0

    @classmethod
    def at(
        cls, level: Level, seed: int = 0, device: str = "cpu", dtype: str = "float64", stream: tuple[str, ...] = ()
    ) -> Run:
        """The run of a level, with that level's tolerance and budget."""
        return cls(level, seed, device, dtype, stream, _TOLERANCES[level], _BUDGETS[level])

    def relaxed(self, factor: float) -> Run:
        """The same with all tolerances times the factor, and the budget that they need."""
        budget = self.budget if factor >= 1 else int(self.budget * factor**-0.5)
        return replace(self, tolerance=self.tolerance * factor, relax=self.relax * factor, budget=budget)

    def steps(self, count: float, order: int = 4) -> int:
        """How many fixed steps of a method of this order stand for `count` of them, at the tolerances of this run."""
        return max(1, int(np.ceil(count * self.relax ** (-1 / order))))

    @cached_property
    def rng(self) -> np.random.Generator:
        """NumPy's generator of this run; it advances as it is used."""
        return generator(self.seed, *self.stream)

    @cached_property
    def generator(self) -> torch.Generator:
        """Torch's generator of this run, on its device; it advances as it is used."""
        import torch

        state = seed_sequence(self.seed, *self.stream, "torch").generate_state(1, np.uint64)
        return torch.Generator(self.device).manual_seed(int(state[0] >> np.uint64(1)))  # torch takes 63 bits
