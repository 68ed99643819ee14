"""The dual active-set method of Goldfarb and Idnani (Math. Programming 27, 1983) in rational arithmetic.

It solves min |w|^2/2 subject to z_n . w >= 1. The state is a set of linearly independent active rows with multipliers
alpha >= 0 and w = sum alpha_n z_n, on which z_n . w = 1. A violated row is brought in along the direction that keeps
the active ones active; a row whose multiplier reaches zero on the way is dropped. Each row brought in raises the dual
objective strictly, so the method ends; where nothing blocks and nothing is gained, the multipliers themselves prove
that the rows are not separable.
"""

from __future__ import annotations

from typing import NamedTuple

from flint import fmpq, fmpq_mat

from verify.reference.rationals import column, independent, select


class Optimum(NamedTuple):
    """w = sum over `active` of alpha_n z_n with all `margins` z_n . w >= 1, and equal to 1 on `active`; alpha >= 0."""

    w: list[fmpq]
    active: list[int]
    alpha: list[fmpq]
    margins: list[fmpq]
    changes: int
    """Rows brought in or dropped."""


class Contradiction(NamedTuple):
    """sum over `rows` of weights_n z_n = 0 with weights >= 0, not all zero."""

    rows: list[int]
    weights: list[fmpq]


def independent_start(z: fmpq_mat, likely: list[int]) -> tuple[list[int], list[fmpq]]:
    """Active rows among the likely ones (the likeliest first) with positive multipliers; possibly none."""
    active = [likely[k] for k in independent(select(z, likely).transpose())] if likely else []
    while active:
        alpha = _shares(z, active, [fmpq(1)] * len(active))
        if min(alpha) > 0:
            return active, alpha
        active.pop(alpha.index(min(alpha)))
    return [], []


def settle(z: fmpq_mat, active: list[int], alpha: list[fmpq]) -> Optimum | Contradiction:
    """The optimum, from a state of the method (no active row at all is one)."""
    changes = 0
    while True:
        w = _combination(z, active, alpha)
        margins = (z * column(w)).entries()
        new = min(range(len(margins)), key=margins.__getitem__)
        if margins[new] >= 1:
            return Optimum(w, active, alpha, margins, changes)
        row, multiplier, shortfall = select(z, [new]).entries(), fmpq(0), 1 - margins[new]
        while True:
            changes += 1
            shares = _shares(z, active, (select(z, active) * column(row)).entries()) if active else []
            rest = [a - b for a, b in zip(row, _combination(z, active, shares), strict=True)]
            length = sum((entry * entry for entry in rest), fmpq(0))
            blocks = [(alpha[k] / share, k) for k, share in enumerate(shares) if share > 0]
            if length == 0 and not blocks:
                return Contradiction([*active, new], [*(-share for share in shares), fmpq(1)])
            complete = length != 0 and (not blocks or shortfall / length <= min(blocks)[0])
            step = shortfall / length if complete else min(blocks)[0]
            alpha = [value - step * share for value, share in zip(alpha, shares, strict=True)]
            multiplier += step
            shortfall -= step * length
            if complete:
                active, alpha = [*active, new], [*alpha, multiplier]
                break
            dropped = min(blocks)[1]
            active, alpha = active[:dropped] + active[dropped + 1 :], alpha[:dropped] + alpha[dropped + 1 :]


def _shares(z: fmpq_mat, active: list[int], right: list[fmpq]) -> list[fmpq]:
    """The solution c of (Z Z^T) c = right over the active rows."""
    rows = select(z, active)
    return (rows * rows.transpose()).solve(column(right)).entries()


def _combination(z: fmpq_mat, rows: list[int], weights: list[fmpq]) -> list[fmpq]:
    if not rows:
        return [fmpq(0)] * z.ncols()
    return (select(z, rows).transpose() * column(weights)).entries()
