"""The spaces in which a claim is searched: those that the theorem declares, else its families with steered generators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.errors import BadInput, VerifyError
from verify.evidence.trace import Column, Trace
from verify.probe.draw import Draw, Point, Rejected
from verify.probe.steered import SteeredGenerator
from verify.runner.sampling import Sample, sample
from verify.statement.cases import Case
from verify.statement.instances import Instance
from verify.statement.theorem import Theorem

WIDENING = 10
"""How far beyond the family's own box an undeclared space reaches."""


@dataclass(frozen=True)
class Space:
    """Where to search: `make` turns a draw into what a family function returns.

    `like` names the family whose experiments run on its instances, `confirm` one whose experiments decide again by another
    method. At most `batch` instances go into one call of an experiment.
    """

    name: str
    make: Callable[[Draw], Any]
    like: str
    confirm: str | None = None
    batch: int = 64


@dataclass(frozen=True)
class Element:
    """An element of a space: its point, and the instances made from it (one, unless a family makes several at once)."""

    space: Space
    point: Point
    sample: Sample


def spaces_for(theorem: Theorem, case: Case) -> list[Space]:
    """The spaces of a claim.

    Raises:
        BadInput: nothing declares where to search.
    """
    claim = case.of or case.name
    serving = [
        each
        for each in theorem.spaces.values()
        if (each.decides is None or claim in each.decides) and set(each.without) <= set(case.without)
    ]
    breaking = [each for each in serving if each.without] or serving
    declared = [
        Space(each.name, lambda draw, make=each.make: _as_batch(make(draw)), each.like, each.confirm, each.batch)
        for each in breaking
    ]
    if declared:
        return declared
    families = case.families or tuple(
        family.name for family in theorem.families.values() if not set(family.without) & set(case.under)
    )
    if not families:
        raise BadInput(
            f"{theorem.name!r} has neither a space nor a family for {claim!r}; decorate a function with theorem.space(name, like=family)"
        )
    # Beyond the family's own box nothing but its hypotheses protects the claim, so all of them must be testable.
    untested = [name for name in (*case.under, *case.without) if theorem.hypotheses[name].formula is None]
    return [_steered(theorem, name, 1 if untested else WIDENING) for name in families]


def _as_batch(made: Any) -> Any:
    if made is None:
        raise Rejected("the space made no instance")
    return [made] if isinstance(made, Instance) else made


def _steered(theorem: Theorem, family: str, widest: int) -> Space:
    make, size = theorem.families[family].make, _size(theorem, family)

    def steered(draw: Draw) -> Any:
        widened = draw.integer("widened", 1, widest) if widest > 1 else 1
        return make(SteeredGenerator(draw, float(widened)), size)

    return Space(family, steered, family)


def _size(theorem: Theorem, family: str) -> int:
    """The least size for which the family makes an instance, so that a point describes as few as possible."""
    for size in (1, 2, 4, 8, 16):
        try:
            made = theorem.families[family].make(np.random.default_rng(0), size)
            if sample(theorem, family, made).given.size:
                return size
        except Exception:  # a family may divide its size down to nothing; the next one is larger
            continue
    raise BadInput(f"the family {family!r} of {theorem.name!r} makes no instance; it cannot be searched")


def element(theorem: Theorem, space: Space, draw: Draw) -> Element | str:
    """The element at a draw, or why there is none there."""
    try:
        with np.errstate(all="ignore"):
            made = space.make(draw)
        found = sample(theorem, space.like, made)
    except Rejected as rejected:
        return str(rejected)
    except VerifyError as error:
        return str(error)
    except Exception as error:  # outside its own box a family may divide by zero, and an instance is then none
        return f"{type(error).__name__}: {error}"
    if not found.given.size:
        return "the space made no instance"
    return Element(space, dict(draw.point), found)


def merged(elements: Sequence[Element]) -> Sample:
    """The instances of several elements as one sample; their signatures agree."""
    samples = [each.sample for each in elements]
    if len(samples) == 1:
        return samples[0]
    columns = {
        name: Column(
            np.concatenate([each.given.columns[name].values for each in samples]), column.over, column.log, column.error
        )
        for name, column in samples[0].given.columns.items()
    }
    instances = tuple(instance for each in samples for instance in each.instances)
    return Sample(instances, Trace(columns, [status for each in samples for status in each.given.status]))


def signature(found: Element) -> Any:
    """What elements of one batch have in common: the names and shapes of their data and columns."""
    columns = found.sample.given.columns
    if any(
        np.ndim(column.error) or np.any(column.flow_error) or column.rate is not None for column in columns.values()
    ):
        return id(found)
    shapes = tuple((name, column.values.shape[1:], str(column.error)) for name, column in columns.items())
    data = [
        tuple((name, np.shape(value) if isinstance(value, (np.ndarray, list)) else type(value).__name__ if isinstance(value, str) or value is None else "number")
              for name, value in sorted(instance.data.items()))
        for instance in found.sample.instances
    ]  # fmt: skip
    return shapes, tuple(data)
