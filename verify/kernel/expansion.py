"""The expansion of a one-step update against a diffusion, in jet coordinates, as a reference of the statement block describes it."""

from __future__ import annotations

from itertools import product
from typing import Any

from flint import fmpq

from .core.expressions import Expression, number
from .jets import Algebra, Poly, constant, symbol, total
from .refusals import Refused, clip
from .statement import Statement


class Expansion:
    """The expansion that one reference describes, truncated beyond step^limit."""

    def __init__(self, statement: Statement, ref: dict[str, Any], limit: int):
        self.statement, self.ref, self.algebra = statement, ref, Algebra(ref["step"], ref["state"], limit)
        self.moving, size = False, len(ref["state"])
        self.roles = [ref["step"], *ref["state"], *ref["noise"], *ref["jets"]]
        shapes = [ref["update"], ref["drift"], ref["diffusion"], *ref["diffusion"]]
        for jet in ref["jets"].values():
            if (
                not isinstance(jet, list)
                or len(jet) not in (2, 3)
                or not isinstance(jet[0], str)
                or not (
                    isinstance(jet[1], list)
                    and all(type(n) is int and 0 <= n < 20 for n in jet[1])
                    and isinstance(jet[-1], dict if len(jet) == 3 else list)
                )
            ):
                raise Refused(
                    "a jet of a weak-order reference is not [function, index] or [function, index, {state: increment}]"
                )
            shapes.append(jet[1])
        if (
            not size
            or any(not isinstance(s, list) or len(s) != size for s in shapes)
            or any(
                not isinstance(n, str) or self.roles.count(n) > 1 or n not in statement.quantities for n in self.roles
            )
        ):
            raise Refused(
                "a weak-order reference has a list of wrong length, or gives a role to no quantity, or two to one"
            )

    def residual(self) -> Poly:
        """E g(state + update) - exp(time L) g, with L g = drift . grad g + diffusion : Hess g / 2."""
        ref, algebra, size = self.ref, self.algebra, range(len(self.ref["state"]))
        term, parts, n = symbol(ref["test"], [0 for _ in size]), [], 0
        for key, c in algebra.taylor(term, [self.plain(name) for name in ref["update"]]).items():
            drawn = {(z, ()): dict(key).get((z, ()), 0) for z in ref["noise"]}
            moment = (
                self.plain(ref["moments"].get(",".join(map(str, drawn.values()))))
                if any(drawn.values())
                else constant(1)
            )
            parts.append(algebra.times({tuple(pair for pair in key if pair[0] not in drawn): c}, moment))
        time, drift = self.plain(ref["time"]), [self.plain(b) for b in ref["drift"]]
        if any(algebra.step not in dict(key) for key in time):
            raise Refused("the time of one step does not vanish with the step")
        half = [[algebra.times(self.plain(a), constant(fmpq(1, 2))) for a in row] for row in ref["diffusion"]]
        while term:
            parts, n, first = [*parts, algebra.times(term, constant(-1))], n + 1, [algebra.along(term, i) for i in size]
            second = (algebra.times(half[i][j], algebra.along(first[i], j)) for i, j in product(size, size))
            term = algebra.times(total(*map(algebra.times, drift, first), *second), time, constant(fmpq(1, n)))
        return total(*parts)

    def plain(self, name: Any) -> Poly:
        """The polynomial of a number or of a name of the statement block, which must not depend on the test function."""
        if not isinstance(name, str) or not (name[:1] in "-0123456789" or name in self.statement.names()["v"]):
            raise Refused(
                f"a weak-order reference names {clip(name)}, no number, quantity or definition, or lacks a moment"
            )
        found = self.read(name if name[:1] in "-0123456789" else ["var", name])
        if any(s[0] == self.ref["test"] and s[1] for key in found for s, _ in key):
            raise Refused("the test function of a weak-order reference occurs in what is compared")
        return found

    def read(self, e: Expression) -> Poly:
        """The polynomial of an expression; a positive parameter may be divided by."""
        if isinstance(e, str):
            return constant(number(e))
        if e[0] in ("add", "mul"):
            return (total if e[0] == "add" else self.algebra.times)(*map(self.read, e[1:]))
        if e[0] == "pow" and isinstance(e[2], str) and number(e[2]) in range(-12, 13):
            n, name, base = int(number(e[2]).p), e[1][1] if e[1][0] == "var" else "", self.read(e[1])
            if n >= 0:
                return self.algebra.times(*[base] * n)
            if base == symbol(name) and name not in self.roles and self.statement.quantities[name].sign == {1}:
                return symbol(name, exponent=n)
        if e[0] == "var" and e[1] in self.ref["jets"]:
            function, index, *at = self.ref["jets"][e[1]]
            if not at:
                return symbol(function, index)
            if self.moving:
                raise Refused("an increment of a weak-order reference holds a function at a moved state")
            self.moving, names = True, [at[0].get(x, "0") for x in self.ref["state"]]
            moved, self.moving = [self.plain(name) for name in names], False
            return self.algebra.taylor(symbol(function, index), moved)
        if e[0] == "var" and e[1] in self.statement.unfolded:
            return self.read(self.statement.unfolded[e[1]])
        if e[0] == "var" and (e[1] in self.roles or self.statement.quantities[e[1]].kind == "parameter"):
            return symbol(e[1])
        raise Refused(f"an expansion is polynomial in jets, state, step, noise and parameters; {clip(str(e))} is not")
