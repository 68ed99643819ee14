"""What is found at one node of a formula: answers entry by entry, and how they fold along axes and connectives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from verify.evidence.reasons import Code
from verify.evidence.verdict import Node, Reason

Index = tuple[int, ...]


@dataclass(frozen=True)
class Finding:
    """Arrays over (instances, every axis of the trace), of length one where nothing varies.

    `answers` are +1, 0, -1; `margin` the signed distance to the opposite answer, `power` the smallest perturbation that would be
    refuted; `measured` holds named values with errors. `explain` gives the reason behind one entry.
    """

    answers: np.ndarray
    margin: np.ndarray
    power: np.ndarray
    measured: Mapping[str, tuple[np.ndarray, np.ndarray]]
    explain: Callable[[Index], Reason]
    node: Node

    def per_instance(self) -> PerInstance:
        """One entry for each instance; every axis has been bound by then."""
        size = len(self.answers)
        flat = {name: (value.reshape(size), error.reshape(size)) for name, (value, error) in self.measured.items()}
        zeros = (0,) * (self.answers.ndim - 1)
        reasons = tuple(self.explain((i, *zeros)) for i in range(size))
        return PerInstance(
            self.answers.reshape(size), self.margin.reshape(size), self.power.reshape(size), flat, reasons, self.node
        )


@dataclass(frozen=True)
class PerInstance:
    """A finding with nothing left but the instances."""

    answers: np.ndarray
    margin: np.ndarray
    power: np.ndarray
    measured: Mapping[str, tuple[np.ndarray, np.ndarray]]
    reasons: Sequence[Reason]
    node: Node


def node_of(
    text: str, operator: str, answers: np.ndarray, margin: np.ndarray, children: tuple[Node, ...] = (), where: str = ""
) -> Node:
    """The node as the tree shows it: the worst entry of each instance."""
    size = len(answers)
    worst = margin.reshape(size, -1)
    lowest = np.where(np.isnan(worst).all(1), np.nan, np.where(np.isnan(worst), np.inf, worst).min(1, initial=np.inf))
    return Node(text, operator, answers.reshape(size, -1).min(1, initial=1), lowest, where, None, children)


def fold_axis(child: Finding, dimension: int, mask: np.ndarray, *, universal: bool) -> Finding:
    """Always (`universal`) or Sometimes along one dimension: the entry that decides, and what was found there."""
    if not child.answers.shape[dimension]:
        return _vacuous(child, dimension)
    rank = _rank(child)
    kept = np.broadcast_to(mask, rank.shape)
    rank = np.where(kept, rank, np.inf if universal else -np.inf)
    chosen = np.expand_dims(rank.argmin(dimension) if universal else rank.argmax(dimension), dimension)
    empty = np.logical_not(kept.any(dimension, keepdims=True))

    def pick(array: np.ndarray) -> np.ndarray:
        return np.take_along_axis(np.broadcast_to(array, rank.shape), chosen, dimension)

    powers, answers = np.where(kept, child.power, np.nan), np.where(kept, child.answers, 0)
    power = _universal_power(powers, dimension) if universal else _existential_power(powers, answers, dimension)
    power = np.expand_dims(power, dimension)

    def explain(index: Index) -> Reason:
        if empty[index]:
            return Code.VACUOUS.reason("An axis has no entry.")
        return child.explain((*index[:dimension], int(chosen[index]), *index[dimension + 1 :]))

    return replace(
        child,
        answers=np.where(empty, 0, pick(child.answers)).astype(np.int8),
        margin=np.where(empty, np.nan, pick(child.margin)),
        power=np.where(np.isinf(power), np.nan, power),
        measured={name: (pick(value), pick(error)) for name, (value, error) in child.measured.items()},
        explain=explain,
    )


def _universal_power(powers: np.ndarray, dimension: int) -> np.ndarray:
    """The least shift that one of all would not survive; what no shift refutes (NaN) survives every one."""
    return np.where(np.isnan(powers), np.inf, powers).min(dimension, initial=np.inf)


def _existential_power(powers: np.ndarray, answers: np.ndarray, dimension: int) -> np.ndarray:
    """The least shift that none of those that hold survives: an implication whose premise fails survives every shift of its conclusion."""
    powers = np.where(answers > 0, np.where(np.isnan(powers), np.inf, powers), -np.inf)
    return powers.max(dimension, initial=-np.inf)


def _vacuous(child: Finding, dimension: int) -> Finding:
    """What an axis without entries says: nothing."""
    shape = (*child.answers.shape[:dimension], 1, *child.answers.shape[dimension + 1 :])
    unknown = np.full(shape, np.nan)
    reason = Code.VACUOUS.reason("An axis has no entry.")
    return Finding(np.zeros(shape, dtype=np.int8), unknown, unknown, {}, lambda index: reason, child.node)


def combine(children: Sequence[Finding], *, universal: bool) -> Finding:
    """And (`universal`) or Or: at every entry the child that decides."""
    shape = np.broadcast_shapes(*(child.answers.shape for child in children))
    ranks = np.stack([np.broadcast_to(_rank(child), shape) for child in children])
    chosen = ranks.argmin(0) if universal else ranks.argmax(0)

    def pick(arrays: Sequence[np.ndarray]) -> np.ndarray:
        return np.take_along_axis(np.stack([np.broadcast_to(array, shape) for array in arrays]), chosen[None], 0)[0]

    powers = np.stack([np.broadcast_to(child.power, shape) for child in children])
    answers = np.stack([np.broadcast_to(child.answers, shape) for child in children])
    power = _universal_power(powers, 0) if universal else _existential_power(powers, answers, 0)
    measured = {
        (name if len(children) == 1 else f"{name} ({i + 1})"): tuple(np.broadcast_to(part, shape) for part in pair)
        for i, child in enumerate(children)
        for name, pair in child.measured.items()
    }
    return Finding(
        answers=pick([child.answers for child in children]).astype(np.int8),
        margin=pick([child.margin for child in children]),
        power=np.where(np.isinf(power), np.nan, power),
        measured=measured,  # type: ignore[arg-type]
        explain=lambda index: children[int(chosen[index])].explain(
            _within(index, children[int(chosen[index])].answers.shape)
        ),
        node=children[0].node,
    )


def opposite(child: Finding) -> Finding:
    """Not: answers and margins change sign; there is no resolving power of a refutation."""
    return replace(child, answers=-child.answers, margin=-child.margin, power=np.full_like(child.power, np.nan))


def _rank(child: Finding) -> np.ndarray:
    """Orders entries by answer, then by margin: 2*answer + margin/(1 + |margin|); an unknown margin is the least telling."""
    with np.errstate(invalid="ignore"):
        squashed = child.margin / (1 + np.abs(child.margin))
    squashed = np.where(np.isnan(squashed), np.where(np.isinf(child.margin), np.sign(child.margin), 0.999), squashed)
    return 2.0 * child.answers + squashed


def _within(index: Index, shape: tuple[int, ...]) -> Index:
    return tuple(0 if length == 1 else i for i, length in zip(index, shape, strict=True))
