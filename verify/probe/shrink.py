"""Making a refuting element small: fewer data points, dimensions and neurons, then rationals with small denominators.

Every step keeps the claim refuted by at least half of the violation that was found, so that the result is plainly false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from verify.probe.draw import Coordinate, Draw, Point
from verify.probe.objective import Judged
from verify.probe.spaces import Element, element
from verify.statement.theorem import Theorem

DENOMINATORS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 40, 100, 1000)
CHUNK = 12
"""Proposals that are judged at once: the first ones are the most wanted, and the clock is looked at in between."""

Judge = Callable[[Sequence[Element]], list[Judged]]


def shrink(theorem: Theorem, found: Judged, judge: Judge, more: Callable[[], bool], rng: np.random.Generator) -> Judged:
    """The smallest element that was reached while there was time; at worst the one that was given.

    Args:
        theorem: whose space it is.
        found: a refuting element.
        judge: decides elements as the search did.
        more: whether there is time left.
        rng: fills coordinates that a smaller structure draws anew.
    """
    least = found.violation
    best = found
    improved = True
    while improved and more():
        improved = False
        for smaller in (_smaller_structures, _rounded_arrays, _simpler_entries):
            while more():
                candidate = _first(theorem, best, smaller(best.element.point), judge, least, rng, more)
                if candidate is None:
                    break
                best, improved = candidate, True
                if smaller is _simpler_entries and more():
                    best = _combined(theorem, best, judge, least, rng)
    return best


Proposal = tuple[dict[str, Coordinate], int]


def _first(
    theorem: Theorem, best: Judged, proposals: Iterator[Proposal], judge: Judge, least: float, rng: np.random.Generator,
    more: Callable[[], bool],
) -> Judged | None:  # fmt: skip
    """The first proposal, in their order of preference, that keeps the violation."""
    elements = []
    for given, fit in proposals:
        made = element(theorem, best.element.space, Draw(given, rng, fit))
        if isinstance(made, Element) and weight(made.point) < weight(best.element.point):
            elements.append(made)
    for start in range(0, len(elements), CHUNK):
        for judged in judge(elements[start : start + CHUNK]) if more() else ():
            if judged.keeps(least):
                return judged
    return None


def weight(point: Point) -> tuple[float, ...]:
    """What shrinking lowers, first things first: structure, number of entries, then the length of the rationals."""
    structure = sum(float(c.values[()] - c.low) for c in point.values() if c.kind == "integer")
    entries = sum(c.values.size for c in point.values() if c.kind != "integer")
    length = sum(_length(value) for c in point.values() if c.kind != "integer" for value in c.exact.flat)
    return structure, entries, length


def _length(value: Fraction) -> float:
    """The cost of writing a rational: small denominators, then small numerators."""
    return float(
        np.log2(1 + 2.0 * (value.denominator - 1)) * 4 + np.log2(1.0 + abs(value.numerator)) + (value < 0) * 0.1
    )


def _smaller_structures(point: Point) -> Iterator[Proposal]:
    """Each integer lowered, at once to its bound, halfway, and by one; an array then loses each of its indices in turn."""
    for name, c in point.items():
        if c.kind != "integer":
            continue
        value, low = int(c.values[()]), int(c.low)
        for target in dict.fromkeys((low, (value + low) // 2, value - 1)):
            if low <= target < value:
                lowered = {**point, name: replace(c, values=np.array(Fraction(target), dtype=object))}
                drops = range(max((max(c.values.shape, default=1) for c in point.values()), default=1))
                yield from ((lowered, fit) for fit in (drops if target == value - 1 else (-1,)))


def _rounded_arrays(point: Point) -> Iterator[Proposal]:
    """All reals, then each array of them, at the smallest common denominators."""
    names = [name for name, c in point.items() if c.kind == "reals"]
    for q in DENOMINATORS:
        yield {**point, **{name: _rounded(point[name], q) for name in names}}, -1
    for name in names:
        for q in DENOMINATORS:
            yield {**point, name: _rounded(point[name], q)}, -1


def _rounded(c: Coordinate, q: int) -> Coordinate:
    values = [Fraction(round(value * q), q) for value in c.exact.flat]
    return c.at(np.array(values, dtype=object).reshape(c.values.shape))


def _simpler_entries(point: Point) -> Iterator[Proposal]:
    """Each single entry at simpler values: 0, 1, -1, then the nearest fractions of growing denominator."""
    for name, c in point.items():
        if c.kind == "integer":
            continue
        for position, value in enumerate(c.exact.flat):
            for simpler in _simpler(c, value):
                yield {**point, name: _with(c, position, simpler)}, -1


def _simpler(c: Coordinate, value: Fraction) -> list[Fraction]:
    near = [Fraction(0), Fraction(1), Fraction(-1)]
    near += [Fraction(round(value * q), q) for q in DENOMINATORS if c.denominator % q == 0 or c.kind == "reals"]
    return [each for each in dict.fromkeys(near) if c.low <= each <= c.high and _length(each) < _length(value)][:4]


def _with(c: Coordinate, position: int, value: Fraction) -> Coordinate:
    values = c.exact
    values.flat[position] = value
    return replace(c, values=values)


def _combined(theorem: Theorem, best: Judged, judge: Judge, least: float, rng: np.random.Generator) -> Judged:
    """As many single simplifications at once as keep the violation: each that does so alone, then half of them, a quarter, ..."""
    point = best.element.point
    chosen: list[tuple[str, int, Fraction]] = []
    singles, what = [], []
    for name, c in point.items():
        if c.kind == "integer":
            continue
        for position, value in enumerate(c.exact.flat):
            for simpler in _simpler(c, value):
                made = element(theorem, best.element.space, Draw({**point, name: _with(c, position, simpler)}, rng))
                if isinstance(made, Element):
                    singles.append(made)
                    what.append((name, position, simpler))
    taken: set[tuple[str, int]] = set()
    for judged, (name, position, simpler) in zip(judge(singles), what, strict=True):
        if judged.keeps(least) and (name, position) not in taken:
            taken.add((name, position))
            chosen.append((name, position, simpler))
    while len(chosen) > 1:
        given = dict(point)
        for name, position, simpler in chosen:
            given[name] = _with(given[name], position, simpler)
        made = element(theorem, best.element.space, Draw(given, rng))
        if isinstance(made, Element):
            (judged,) = judge([made])
            if judged.keeps(least):
                return judged
        chosen = chosen[: len(chosen) // 2]
    return best
