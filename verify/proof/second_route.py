"""The second route: an accepted identity or inequality evaluated at random points in ball arithmetic.

The kernel decides in an exact ring that the certificate's `difference` is left - right. Here both are evaluated at random
values of the quantities and their rates, with calculus done by power series; they must agree to many digits. The values
need not satisfy what is given: a given equation enters both as its left - right.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_series, ctx, fmpq

from verify.kernel.core.expressions import validate
from verify.kernel.core.field import Field
from verify.kernel.difference import informed
from verify.kernel.statement import Statement
from verify.proof.finders import wanted
from verify.proof.series import Point, Undefined

PRECISION, DIGITS, SIZE = 256, 40, 3  # bits; binary digits that must agree; entries along an index


@dataclass(frozen=True)
class Agreement:
    """At how many points both routes were compared, and the largest relative width at which they overlap."""

    points: int
    width: float


class Disagreement(Exception):
    """The certificate is not left - right of the claim at a point, which the sentence names."""


def second_route(block: Any, name: str, certificate: dict[str, Any], points: int = 4, seed: int = 0) -> Agreement:
    """Evaluate the certificate of a step of kind "identity" or "inequality" against its claim at random points.

    Raises:
        Disagreement: both sides are disjoint at a point, or no point was found at which everything is defined.
    """
    rng, widths = random.Random(f"{seed} {name}"), []
    parts = certificate["parts"] if certificate["kind"] == "all" else [certificate]
    for (statement, given, goal), part in zip(wanted(block, name), parts, strict=True):
        difference = statement.unfold(validate(part["difference"], statement.names() | {"g": given}, "r"))
        value = informed(Field(statement, 384), given).plain(difference)
        with ctx.workprec(PRECISION):
            widths += [compared(statement, rng, goal, value) for _ in range(points)]
    return Agreement(len(widths), max(widths))


def compared(statement: Statement, rng: random.Random, goal: Any, value: Any, attempts: int = 300) -> float:
    """The relative width at which both sides overlap, at the first random point where they are defined."""
    _, left, right = goal
    for _ in range(attempts):
        point = drawn(statement, rng)
        try:
            where = {axis: rng.randrange(SIZE) for axis, kind in statement.axes.items() if kind == "index"}
            one = (point.value(left, where) - point.value(right, where))[0]
            other = point.value(value, where)[0]
        except Undefined:
            continue
        scale = 1 + max(float(abs(point.value(side, where)[0]).upper()) for side in (left, right))
        width = float((one - other).rad()) / scale
        if not one.overlaps(other) or width > 2.0**-DIGITS:
            raise Disagreement(f"left - right is {one.str(12)} and the certificate {other.str(12)}")
        return width
    raise Disagreement(f"no random point was found at which everything is defined, in {attempts} attempts")


def drawn(statement: Statement, rng: random.Random) -> Point:
    """Random rationals for the quantities and their rates, of the declared signs; half of them between 0 and 1."""

    def number(sign: frozenset[int]) -> fmpq:
        size = fmpq(rng.randint(1, 999), 1000 if rng.random() < 0.5 else 200)
        return size if -1 not in sign or rng.random() < 0.5 else -size

    def values(name: str, axes: list[str]) -> Any:
        if axes:
            return [values(name, axes[1:]) for _ in range(SIZE)]
        quantity = statement.quantities[name]
        moving = statement.clock in quantity.over
        rates = [1, 0] if name == statement.clock else [number(frozenset((-1, 1))) if moving else 0 for _ in range(2)]
        return arb_series([arb(number(quantity.sign)), *map(arb, rates)], 3)

    axes = {
        name: [axis for axis in q.over if statement.axes[axis] == "index"] for name, q in statement.quantities.items()
    }
    return Point({name: values(name, axes[name]) for name in axes}, axes, dict.fromkeys(statement.axes, SIZE))
