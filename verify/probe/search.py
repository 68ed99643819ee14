"""The search for a refuting element: batches at random, then gradient ascent on the violation from what came nearest, then an
evolution strategy from where that ends.

Experiments integrate stiff flows in NumPy, SciPy or torch, or run exact engines, so no gradient passes through them; it is taken by
differences, one batch of elements for each, through the experiments themselves. Rationals and integers have none, and stay: an element
without reals goes to the evolution strategy (CMA-ES) at once.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from time import process_time as clock

import numpy as np

from verify.probe.draw import Draw, Point, moved, unit
from verify.probe.objective import BLOCKED, Judged, Precision, judge
from verify.probe.spaces import Element, Space, element
from verify.runs import generator
from verify.statement.cases import Case
from verify.statement.theorem import Theorem

RANDOM_SHARE = 0.5
"""Of the search's time, what random batches get before the evolution strategy starts; from then on both take turns."""

CALL_SHARE = 1 / 12
"""Batches grow until one call of `judge` takes about this share of the time: more shares more work, less sees the clock more often."""

ELITE = 8
"""How many of the nearest elements are kept as starts."""

DIFFERENCE = 1e-4
"""The step of a difference quotient, in the unit cube: far above what tolerances make of a merit, far below what bends it."""

STRIDES = 0.2 * 0.5 ** np.arange(8)
"""The lengths that are tried along a gradient, at once."""

CLIMBS = 20
"""Steps of a gradient ascent."""


@dataclass
class Tally:
    """What a probe has spent and how near it came; grows while it runs."""

    evaluations: int = 0
    rejected: int = 0
    """Draws that described no element."""
    blocked: int = 0
    """Elements that break a hypothesis."""
    undecided: int = 0
    spaces: dict[str, int] = field(default_factory=dict)
    nearest: Judged | None = None
    """Of the elements that satisfy every hypothesis and that do not refute, the decided one of least merit."""
    why_rejected: str = ""
    why_undecided: str = ""

    def count(self, judged: Sequence[Judged]) -> None:
        """Add judged elements."""
        for each in judged:
            self.evaluations += 1
            name = each.element.space.name
            self.spaces[name] = self.spaces.get(name, 0) + 1
            if each.merit >= BLOCKED and each.merit < 2 * BLOCKED:
                self.blocked += 1
            elif each.answer.value == "INCONCLUSIVE":
                self.undecided += 1
                self.why_undecided = self.why_undecided or each.reason
            elif not each.refuted and (self.nearest is None or each.merit < self.nearest.merit):
                self.nearest = each


@dataclass(frozen=True)
class Found:
    """A refuting element, and what found it: "random", "gradient" or "CMA-ES"."""

    judged: Judged
    method: str


class Search:
    """A search that is asked for the next refuting element until its time is over.

    Args:
        theorem, case, spaces: what is attacked, and where.
        seed: of every random number.
        precision: how elements are decided while searching.
    """

    def __init__(self, theorem: Theorem, case: Case, spaces: Sequence[Space], seed: int, precision: Precision):
        self.tally = Tally()
        self._theorem, self._case, self._spaces = theorem, case, list(spaces)
        self._precision = precision
        self._rng = generator(seed, theorem.name, "probe", case.name)
        self._sizes = {space.name: min(8, space.batch) for space in spaces}
        self._elite: list[Judged] = []
        self._waiting: list[Found] = []
        self._turn = 0
        self._seconds = 0.0

    def judged(self, elements: Sequence[Element]) -> list[Judged]:
        """The elements judged and counted."""
        found = judge(self._theorem, self._case, elements, self._precision)
        self.tally.count(found)
        return found

    def next(self, begun: float, deadline: float) -> Found | None:
        """A refutation that was not handed out before, the smallest structure of a batch first; None when the deadline has passed."""
        self._seconds = deadline - begun
        until = begun + RANDOM_SHARE * (deadline - begun)
        evolving: Iterator[tuple[str, list[Judged]]] | None = None
        while clock() < deadline:
            if self._waiting:
                return self._waiting.pop(0)
            local = clock() >= until and self._turn % 3 != 0 and bool(self._elite)
            self._turn += 1
            if local:
                evolving = evolving or self._improve(self._start())
                method, batch = next(evolving, ("", []))
                if not method:
                    evolving = None
                    continue
            else:
                method, batch = "random", self._random_batch()
            self._keep(batch)
            refuted = sorted((each for each in batch if each.refuted), key=_preference)
            self._waiting = [Found(each, method) for each in refuted]
        return None

    def _random_batch(self) -> list[Judged]:
        space = self._spaces[self._turn % len(self._spaces)]
        wanted, elements, tries = self._sizes[space.name], [], 0
        while len(elements) < wanted and tries < 50 * wanted:
            tries += 1
            found = element(self._theorem, space, Draw(rng=self._rng))
            if isinstance(found, str):
                self.tally.rejected += 1
                self.tally.why_rejected = found
            else:
                elements.append(found)
        begun = clock()
        judged = self.judged(elements)
        taken = clock() - begun
        if taken < CALL_SHARE * self._seconds / 2 and wanted < 4096:
            self._sizes[space.name] = 2 * wanted
        return judged

    def _keep(self, judged: Sequence[Judged]) -> None:
        self._elite = sorted(
            [*self._elite, *(each for each in judged if each.merit < 2 * BLOCKED)], key=lambda each: each.merit
        )[:ELITE]

    def _start(self) -> Judged:
        """One of the nearest elements; each is left out of the elite once it has been used."""
        return self._elite.pop(int(self._rng.integers(min(3, len(self._elite)))))

    def _improve(self, start: Judged) -> Iterator[tuple[str, list[Judged]]]:
        """Batches of local improvement, with the method that made them."""
        best = start
        for batch in self._climb(start):
            best = min(best, *batch, key=lambda each: each.merit)
            yield "gradient", batch
        for batch in self._evolve(best):
            yield "CMA-ES", batch

    def _climb(self, best: Judged) -> Iterator[list[Judged]]:
        """Steps along the gradient of the merit, each two batches: differences in all reals, then strides of several lengths."""
        for _ in range(CLIMBS):
            cube, real = unit(best.element.point), _reals(best.element.point)
            if not real.any():
                return
            inwards = np.where(cube > 0.5, -DIFFERENCE, DIFFERENCE)
            near = yield from self._at(
                best, [cube + inwards * (np.arange(len(cube)) == i) for i in np.flatnonzero(real)]
            )
            slope = np.zeros(len(cube))
            slope[real] = [0.0 if each is None else each.merit - best.merit for each in near] / inwards[real]
            length = np.linalg.norm(slope)
            if not 0 < length < np.inf:
                return
            tried = yield from self._at(best, [np.clip(cube - stride * slope / length, 0, 1) for stride in STRIDES])
            better = [each for each in tried if each is not None and each.merit < best.merit]
            if not better:
                return
            best = min(better, key=lambda each: each.merit)

    def _at(self, start: Judged, cubes: Sequence[np.ndarray]) -> Generator[list[Judged], None, list[Judged | None]]:
        """The elements at these coordinates, judged as one batch, which is yielded; None where there is no element."""
        found = [
            element(self._theorem, start.element.space, Draw(moved(start.element.point, each), self._rng))
            for each in cubes
        ]
        self.tally.rejected += sum(isinstance(each, str) for each in found)
        judged = self.judged([each for each in found if isinstance(each, Element)])
        yield judged
        rest = iter(judged)
        return [next(rest) if isinstance(each, Element) else None for each in found]

    def _evolve(self, start: Judged) -> Iterator[list[Judged]]:
        """Generations of CMA-ES in the unit cube around an element, with its integers fixed."""
        cube = unit(start.element.point)
        if len(cube) < 2:  # the strategy adapts a covariance, which takes two dimensions
            return
        from cma import CMAEvolutionStrategy

        options = {
            "bounds": [0, 1], "seed": int(self._rng.integers(1, 2**31)), "verbose": -9, "maxiter": 60,
            "popsize": max(8, 4 + int(3 * np.log(len(cube)))), "tolfun": 1e-9,
        }  # fmt: skip
        strategy = CMAEvolutionStrategy(np.clip(cube, 0.01, 0.99), 0.15, options)
        while not strategy.stop():
            asked = strategy.ask()
            found = yield from self._at(start, asked)
            strategy.tell(asked, [3 * BLOCKED if each is None else each.merit for each in found])


def _reals(point: Point) -> np.ndarray:
    """Which coordinates of the unit cube are reals; the others are rationals, and move on a grid."""
    parts = [np.full(c.values.size, c.kind == "reals") for c in point.values() if c.kind != "integer"]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)


def _preference(judged: Judged) -> tuple[float, float]:
    """Small structure first, then the plainest violation."""
    size = sum(float(c.values[()] - c.low) for c in judged.element.point.values() if c.kind == "integer")
    return size, -judged.violation
