"""Certificates that a region traps a flow, and that a quantity vanishes in it as the clock goes to infinity.

The step is given "sometimes R", for a region R that is a conjunction of strict relations g_i > 0 along the clock, and claims
"eventually R" or "e tends to 0". What was found:
    barriers    for each i a multiplier m_i with g_i' >= m_i g_i wherever all g_j >= 0, and the difference that proves it;
    decay       v, c, b, constant c > 0 and b >= 0 with v' <= -c v and 0 <= e <= b v on R, and the differences.
Why that is enough: from a time t0 in R on, up to the first time at which some g_i vanishes, g_i(t) >= g_i(t0) exp(int m_i) > 0,
since m_i is continuous there; so none vanishes. Then v(t) <= v(t1) exp(-c (t - t1)), and e is squeezed to 0.
"""

from __future__ import annotations

from typing import Any

from .core.expressions import Expression, minus, replace, validate
from .difference import check_relation
from .goals import ASSUMED
from .refusals import Refused, entry, items
from .statement import Statement

Given = dict[str, list[Expression]]


def check(statement: Statement, name: str, certificate: dict[str, Any]) -> None:
    """Refuse, with a sentence, unless the certificate proves the claim of the step from what the step is given."""
    region, claim, given, clock = parts(statement, name)
    closed = [["ge" if head == "gt" else "le", left, right] for head, left, right in region]
    found = items(certificate.get("barriers"), "the barriers of a trapping region")
    if len(found) != len(region):
        raise Refused(f"the region has {len(region)} sides, the certificate {len(found)} barriers")
    for (head, left, right), barrier in zip(region, found, strict=True):
        g = minus(left, right) if head == "gt" else minus(right, left)
        multiplier = continuous(statement, entry(barrier, "multiplier", (str, list), "a barrier"))
        prove(
            statement,
            given,
            closed,
            ["ge", ["rate", g, ["var", clock]], ["mul", multiplier, g]],
            barrier.get("difference"),
        )
    if claim[0] == "tends":
        vanishes(statement, given, region, claim[1], clock, entry(certificate, "decay", dict, "a trapping certificate"))


def parts(statement: Statement, name: str) -> tuple[list[Expression], Expression, Given, str]:
    """The relations of the region, the claim, what is given, and the clock; refuse a step of another form."""
    step, clock = statement.steps[name], statement.clock
    if clock is None or statement.ends.get(clock) != "oo":
        raise Refused("a trapping region needs a clock that goes to infinity")
    given = {
        g: statement.conjuncts(statement.unfold(statement.formulas[g]))
        for g in step.given
        if statement.formulas[g] is not None
    }
    entered = [p[1] for ps in given.values() for p in ps if p[0] == "sometimes" and p[2:] == [clock]]
    if len(entered) != 1 or any(p[0] not in ("gt", "lt") for p in statement.conjuncts(entered[0])):
        raise Refused(
            "the step must be given one region that the flow sometimes is in, strict relations along the clock"
        )
    region, claim = statement.conjuncts(entered[0]), statement.unfold(step.claim)
    for _, left, right in region:
        continuous(statement, left)
        continuous(statement, right)
    if (claim[0] == "eventually" and statement.conjuncts(claim[1]) == region) or (
        claim[0] == "tends" and claim[2:] == ["0", clock]
    ):
        return region, claim, given, clock
    raise Refused(
        "a trapping region shows that the flow is eventually in it, or that something tends to 0 along the clock"
    )


def vanishes(
    statement: Statement, given: Given, region: list[Expression], e: Expression, clock: str, decay: dict[str, Any]
) -> None:
    """Refuse unless 0 <= e <= b v and v' <= -c v on the region, with constants b >= 0 and c > 0."""
    v, c, b = (continuous(statement, entry(decay, key, (str, list), "a decay")) for key in ("of", "speed", "factor"))
    for constant in (c, b):
        if clock in axes(statement, constant):
            raise Refused("the speed and the factor of a decay are constant along the clock")
    wanted = [
        ("speed-positive", ["gt", c, "0"]),
        ("factor-nonnegative", ["ge", b, "0"]),
        ("falls", ["ge", ["mul", "-1", c, v], ["rate", v, ["var", clock]]]),
        ("below", ["ge", ["mul", b, v], e]),
        ("above", ["ge", e, "0"]),
    ]
    proofs = entry(decay, "differences", dict, "a decay")
    for key, goal in wanted:
        prove(statement, given, region, goal, proofs.get(key))


def prove(statement: Statement, given: Given, assumed: list[Expression], goal: Expression, difference: Any) -> None:
    if difference is None:
        raise Refused("a trapping certificate lacks one of its differences")
    check_relation(statement, {**given, ASSUMED: assumed}, goal, difference)


def continuous(statement: Statement, e: Any) -> Expression:
    """`e`, unfolded, if it is continuous along the clock wherever it is defined: no rates, and only the quantities' own axes."""
    found = statement.unfold(validate(e, statement.names()))

    def refuse(node: list[Any]) -> None:
        if node[0] in ("rate", "oo"):
            raise Refused(f'"{node[0]}" is not continuous along the clock')

    replace(found, refuse)
    if not axes(statement, found) <= {statement.clock}:
        raise Refused("a trapping region varies along the clock alone")
    return found


def axes(statement: Statement, e: Expression) -> set[str]:
    """The axes along which the quantities in `e` vary, other than those that a total or a bound removes."""
    if isinstance(e, str):
        return set()
    if e[0] == "var":
        return set(statement.quantities[e[1]].over)
    inside = set().union(*(axes(statement, a) for a in e[1:] if isinstance(a, list)))
    return inside - {e[2]} if e[0] in ("total", "least", "largest") else inside
