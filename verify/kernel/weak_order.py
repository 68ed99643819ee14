"""Certificates of local weak order: a one-step update against a diffusion, expanded again in jet coordinates.

A reference of kind "weak-order" in the statement block gives quantities their roles and names what is compared: `step`;
`state`; `jets`, name to [function, index, {state: increment}] (D^index of a smooth function of the state, at the state
moved by the increments, if any); `noise`, drawn afresh; `moments`, exponents such as "2,1" to an expectation; `update`,
`time`, `drift`, `diffusion`; `test`, a function g that occurs in none of these. It says that `local` is E g(state +
update) - g(X_time) for every smooth g, and `residuals`, name to k, its coefficients of step^k. What has no role is
constant. Claims are local = O(step^n), or residual = expression; the certificate is {"kind": "weak-order"}, no more.
"""

from __future__ import annotations

from typing import Any

from .core.expressions import number
from .expansion import Expansion
from .jets import constant, symbol, total
from .refusals import Refused, clip, entry
from .statement import Statement

FIELDS = {
    "step": str,
    "time": str,
    "test": str,
    "local": str,
    "state": list,
    "noise": list,
    "update": list,
    "drift": list,
    "diffusion": list,
    "jets": dict,
    "moments": dict,
    "residuals": dict,
}


def check(statement: Statement, step_name: str, certificate: Any) -> None:
    """Refuse unless the claim says no more than the expansion of the reference that gives its left side a meaning."""
    claim = statement.steps[step_name].claim
    claim = claim[1] if claim[0] == "always" else claim
    for name, block in statement.references.items():
        if block.get("kind") != "weak-order" or claim[0] not in ("bigo", "eq") or claim[1][0] != "var":
            continue
        what = f"the weak-order reference {clip(name)}"
        ref, left = {key: entry(block, key, kind, what) for key, kind in FIELDS.items()}, claim[1][1]
        step = ["var", ref["step"]]
        if claim[0] == "bigo" and left == ref["local"] and claim[2][:2] == ["pow", step] and claim[3] == step[1]:
            order = number(claim[2][2])
            if order not in range(1, 13) or Expansion(statement, ref, int(order.p) - 1).residual():
                raise Refused("the local expansion does not vanish below the power that is claimed")
            return
        if claim[0] == "eq" and ref["residuals"].get(left) in range(1, 13):
            expansion = Expansion(statement, ref, ref["residuals"][left])
            algebra, top = expansion.algebra, symbol(ref["step"], exponent=ref["residuals"][left])
            found = {key: c for key, c in expansion.residual().items() if dict(key).get(algebra.step) == algebra.limit}
            if total(found, algebra.times(expansion.read(claim[2]), top, constant(-1))):
                raise Refused("the coefficient of the local expansion is not the one that is claimed")
            return
    raise Refused("no weak-order reference says what the left side of the claim is, or the claim has another form")
