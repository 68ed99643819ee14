"""Noise for stochastic gradients: laws with finitely many atoms, whose moments are exact, and gradients of random batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch


@dataclass(frozen=True)
class Atoms:
    """A real random variable with finitely many values, given by exact values and probabilities.

    Raises:
        ValueError: probabilities that are not positive or do not sum to one.
    """

    values: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]

    def __init__(self, values: Sequence[Fraction | int | str], weights: Sequence[Fraction | int | str]):
        object.__setattr__(self, "values", tuple(Fraction(value) for value in values))
        object.__setattr__(self, "weights", tuple(Fraction(weight) for weight in weights))
        if len(self.values) != len(self.weights) or min(self.weights) <= 0 or sum(self.weights) != 1:
            raise ValueError(
                f"the atoms {[str(v) for v in self.values]} were given the probabilities {[str(w) for w in self.weights]}; give one positive rational each, with sum 1"
            )

    def moment(self, order: int) -> Fraction:
        """E z^order, exactly."""
        return sum((w * v**order for v, w in self), Fraction(0))

    def __iter__(self):
        return iter(zip(self.values, self.weights, strict=True))

    def moves(self) -> list[tuple[float, float]]:
        """(value, probability) as floats."""
        return [(float(v), float(w)) for v, w in self]

    def sample(
        self, shape: Sequence[int], generator: torch.Generator, dtype: torch.dtype = torch.float64
    ) -> torch.Tensor:
        """Independent draws of the given shape on the generator's device."""
        uniform = torch.rand(tuple(shape), generator=generator, dtype=dtype, device=generator.device)
        levels = torch.tensor(
            [float(sum(self.weights[: i + 1])) for i in range(len(self.weights) - 1)],
            dtype=dtype,
            device=generator.device,
        )
        values = torch.tensor([float(v) for v in self.values], dtype=dtype, device=generator.device)
        return values[torch.bucketize(uniform, levels, right=True)]


RADEMACHER = Atoms((1, -1), ("1/2", "1/2"))
"""+1 and -1, each with probability one half."""

SKEW = Atoms((2, "-1/2"), ("1/5", "4/5"))
"""Mean 0, variance 1, third moment 3/2."""

FOUR_POINT = Atoms(("8/5", "-8/5", "5/8", "-5/8"), ("25/178", "25/178", "32/89", "32/89"))
"""Symmetric, variance 1; |z| has the law of `TWO_POINT`'s, so that only the skewness tells the two apart."""

TWO_POINT = Atoms(("8/5", "-5/8"), ("25/89", "64/89"))
"""Mean 0, variance 1, third moment 39/40."""


def two_points(s: Fraction) -> Atoms:
    """s with probability 1/(1 + s^2), else -1/s: mean 0, variance 1, third moment s - 1/s; s > 0."""
    return Atoms((s, -1 / s), (1 / (1 + s * s), s * s / (1 + s * s)))


def symmetrised(atoms: Atoms) -> Atoms:
    """The same with a random sign: the law of |z| stays, and every odd moment vanishes."""
    values: dict[Fraction, Fraction] = {}
    for value, weight in atoms:
        for signed in (value, -value):
            values[signed] = values.get(signed, Fraction(0)) + weight / 2
    return Atoms(tuple(values), tuple(values.values()))


PairLaw = Sequence[tuple[Fraction, Fraction, Fraction]]
"""The joint law of two draws: (first value, second value, probability)."""


def pairs(atoms: Atoms) -> list[tuple[Fraction, Fraction, Fraction]]:
    """The joint law of two independent draws."""
    return [(u, v, p * q) for u, p in atoms for v, q in atoms]


def dependence_of_pairs(law: PairLaw) -> Fraction:
    """The largest |P(u, v) - P(u) P(v)| over the atoms; zero exactly when the two draws are independent."""
    first: dict[Fraction, Fraction] = {}
    second: dict[Fraction, Fraction] = {}
    both: dict[tuple[Fraction, Fraction], Fraction] = {}
    for u, v, p in law:
        first[u] = first.get(u, Fraction(0)) + p
        second[v] = second.get(v, Fraction(0)) + p
        both[u, v] = both.get((u, v), Fraction(0)) + p
    return max(abs(both.get((u, v), Fraction(0)) - p * q) for u, p in first.items() for v, q in second.items())


def batch_gradients(per_example: torch.Tensor, batch_size: int, draws: int, generator: torch.Generator) -> torch.Tensor:
    """Gradients of `draws` random batches, drawn with replacement: (draws, d) from per-example gradients (n, d).

    The noise has covariance Sigma / batch_size, where Sigma is the covariance of the per-example gradients.
    """
    n = len(per_example)
    chosen = torch.randint(n, (draws, batch_size), generator=generator, device=per_example.device)
    return per_example[chosen].mean(1)
