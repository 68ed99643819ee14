"""Power series in the step, truncated, whose coefficients are polynomials in the noise over a jet ring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import factorial, prod

from flint import fmpq_mpoly

from verify.proof.weak_order.jets import Index, JetRing, raised

Term = tuple[int, Index]
"""(power of the step, exponents of the noise variables)."""


@dataclass(frozen=True)
class Series:
    """A sum of c step^k z^b over terms (k, b) with k at most `limit`, where z are the noise variables and c lies in `ring`."""

    ring: JetRing
    limit: int
    terms: dict[Term, fmpq_mpoly]

    def __add__(self, other: Series) -> Series:
        terms = dict(self.terms)
        for key, coefficient in other.terms.items():
            terms[key] = terms[key] + coefficient if key in terms else coefficient
        return self._like(terms)

    def __mul__(self, other: Series) -> Series:
        terms: dict[Term, fmpq_mpoly] = {}
        for (k, b), left in self.terms.items():
            for (j, c), right in other.terms.items():
                if k + j <= self.limit:
                    key = (k + j, tuple(x + y for x, y in zip(b, c, strict=True)))
                    product = left * right
                    terms[key] = terms[key] + product if key in terms else product
        return self._like(terms)

    def scaled(self, factor: fmpq_mpoly) -> Series:
        """Every coefficient times an element of the ring."""
        return self._like({key: coefficient * factor for key, coefficient in self.terms.items()})

    def derivative(self, index: Index) -> Series:
        """The total derivative with this multi-index; step and noise do not depend on the state."""
        return self._like(
            {key: differentiated(self.ring, coefficient, index) for key, coefficient in self.terms.items()}
        )

    def shifted(self, increments: Sequence[Series]) -> Series:
        """The series at the state x + increments, by Taylor's formula; the increments must vanish with the step."""
        result = self._like({})
        for index, product in powers(increments):
            result += (self.derivative(index) * product).scaled(self.ring.number(1) / factorials(index))
        return result

    def _like(self, terms: dict[Term, fmpq_mpoly]) -> Series:
        return Series(
            self.ring,
            self.limit,
            {key: self.ring.reduced(value) for key, value in terms.items() if not value.is_zero()},
        )


def differentiated(ring: JetRing, polynomial: fmpq_mpoly, index: Index) -> fmpq_mpoly:
    """The total derivative of a polynomial with this multi-index."""
    for position, times in enumerate(index):
        for _ in range(times):
            polynomial = ring.derivative(polynomial, position)
    return polynomial


def factorials(index: Index) -> int:
    """The product of the factorials of a multi-index."""
    return prod(factorial(n) for n in index)


def powers(increments: Sequence[Series]) -> Iterator[tuple[Index, Series]]:
    """The products increments^index, for every multi-index whose product does not vanish by truncation (the index 0 included)."""
    first = increments[0]
    noises = next((len(b) for series in increments for _, b in series.terms), 0)
    start = Series(first.ring, first.limit, {(0, (0,) * noises): first.ring.one})
    level: dict[Index, Series] = {(0,) * len(increments): start}
    while level:
        yield from level.items()
        # Each multi-index is reached once: positions are raised in ascending order only.
        level = {
            raised(index, position): longer
            for index, product in level.items()
            for position, increment in enumerate(increments)
            if not any(index[position + 1 :]) and (longer := product * increment).terms
        }
