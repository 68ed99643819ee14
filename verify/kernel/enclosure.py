"""Certificates in ball arithmetic: a relation over a box that the statement gives.

{"kind": "enclosure", "precision": bits, "cuts": tree}: the box is what the claim assumes and what the step is given, bounds
on single quantities by numbers. What was found is where to cut it: a tree of [name, number, below, above], with null for a
piece that needs no cut. A claim without quantities is a box without sides.
"""

from __future__ import annotations

from typing import Any

from flint import arb, ctx, fmpq

from .core.balls import certain
from .core.expressions import Expression, number
from .core.signs import MEANS
from .goals import Setting
from .refusals import Refused, clip, entry, items

PRECISION, PIECES = range(32, 4097), 20_000

Box = dict[str, tuple[fmpq, fmpq]]


def bits(certificate: dict[str, Any]) -> int:
    found = entry(certificate, "precision", int, "a certificate in ball arithmetic")
    if found not in PRECISION:
        raise Refused(f"a precision of {clip(found)} bits is not one of {PRECISION[0]} to {PRECISION[-1]}")
    return found


def box_of(given: dict[str, list[Expression]]) -> Box:
    """The quantities that the given relations bound by numbers on both sides, with these bounds."""
    low: dict[str, list[fmpq]] = {}
    high: dict[str, list[fmpq]] = {}
    for head, left, right in (p for ps in given.values() for p in ps if p[0] in MEANS):
        if isinstance(left, str):
            head, left, right = {"le": "ge", "lt": "gt", "ge": "le", "gt": "lt"}.get(head, head), right, left
        if isinstance(left, list) and left[0] == "var" and isinstance(right, str):
            for side, heads in ((low, ("ge", "gt", "eq")), (high, ("le", "lt", "eq"))):
                side.setdefault(left[1], []).extend([number(right)] if head in heads else [])
    return {name: (max(low[name]), min(high[name])) for name in low if low[name] and high[name]}


def piece(box: Box, goal: Expression) -> None:
    """Refuse unless the relation is certain on the whole of a box."""
    certain(goal, {name: arb(a).union(arb(b)) for name, (a, b) in box.items()})


def check_box(setting: Setting, given: dict[str, list[Expression]], goal: Expression, certificate: Any) -> None:
    """Refuse unless the relation holds on every piece of the box that the given relations describe."""
    pieces = [(box_of(given), certificate.get("cuts"))]
    with ctx.workprec(bits(certificate)):
        for _ in range(PIECES):
            if not pieces:
                return
            box, cut = pieces.pop()
            if cut is None:
                piece(box, goal)
                continue
            name, at, *parts = items(cut, "a cut of the box") or [None, None]
            if (
                len(parts) != 2
                or not isinstance(name, str)
                or name not in box
                or not box[name][0] < number(at) < box[name][1]
            ):
                raise Refused("a cut of the box is [name, number inside the box, piece below, piece above]")
            (low, high), x = box[name], number(at)
            pieces += [({**box, name: (low, x)}, parts[0]), ({**box, name: (x, high)}, parts[1])]
    raise Refused(f"the box is cut into more than {PIECES} pieces")
