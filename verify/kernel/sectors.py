"""The cells of a central hyperplane arrangement x_i . v = 0, in any dimension, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

Vector = Sequence[Fraction]
Signs = tuple[int, ...]


def sectors(inputs: Sequence[Vector]) -> list[Signs]:
    """The sign vectors of all cells of the arrangement; no input may be zero."""
    if not all(any(x) for x in inputs):
        raise ValueError("an input is zero, so that every network gives it the value zero")
    return sorted(
        {tuple(1 if dot(x, point) > 0 else -1 for x in inputs) for point in _cells(list(inputs), len(inputs[0]))}
    )


def _cells(normals: Sequence[Vector], dimension: int) -> list[Vector]:
    """A rational point inside each cell, by adding one hyperplane at a time.

    A new hyperplane splits exactly the cells that it meets, and those are the cells of the arrangement that the earlier
    hyperplanes cut into it.
    """
    points: list[Vector] = [[Fraction(0)] * dimension]
    earlier: list[Vector] = []
    for normal in normals:
        basis = list(_complement(normal))
        restricted = [[dot(other, b) for b in basis] for other in earlier]
        if not all(any(r) for r in restricted):
            continue  # parallel to an earlier one: the same hyperplane
        split = [combination(p, basis) if basis else [Fraction(0)] * dimension for p in _cells(restricted, len(basis))]
        met = {_signs(earlier, p) for p in split}
        points = [p for p in points if _signs(earlier, p) not in met]
        for p in split:
            reach = [abs(dot(other, p)) / (1 + 2 * abs(dot(other, normal))) for other in earlier]
            step = min(reach, default=Fraction(1))
            points += [[v + side * step * n for v, n in zip(p, normal, strict=True)] for side in (1, -1)]
        earlier.append(normal)
    return points


def _complement(normal: Vector) -> Iterator[Vector]:
    """A basis of the hyperplane orthogonal to a normal that is not zero."""
    pivot = next(i for i, v in enumerate(normal) if v)
    for j in range(len(normal)):
        if j != pivot:
            row = [Fraction(0)] * len(normal)
            row[j], row[pivot] = Fraction(1), -Fraction(normal[j]) / normal[pivot]
            yield row


def _signs(normals: Sequence[Vector], point: Vector) -> Signs:
    return tuple(1 if dot(n, point) > 0 else -1 for n in normals)


def dot(left: Vector, right: Vector) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def combination(coefficients: Vector, rows: Sequence[Vector]) -> Vector:
    return [
        sum((c * v for c, v in zip(coefficients, column, strict=True)), Fraction(0))
        for column in zip(*rows, strict=True)
    ]
