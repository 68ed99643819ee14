"""Statement blocks and expressions of the kernel's language, written with Python's operators."""

from __future__ import annotations

from fractions import Fraction
from typing import Any


class E:
    """An expression: `E` wraps the JSON form, operators build larger ones, comparisons give propositions in JSON."""

    def __init__(self, json: Any) -> None:
        self.json = str(json) if isinstance(json, int) else json

    def __add__(self, other: Any) -> E:
        return head("add", self, other)

    def __radd__(self, other: Any) -> E:
        return head("add", other, self)

    def __neg__(self) -> E:
        return head("mul", -1, self)

    def __sub__(self, other: Any) -> E:
        return self + -E(json(other))

    def __rsub__(self, other: Any) -> E:
        return other + -self

    def __mul__(self, other: Any) -> E:
        return head("mul", self, other)

    def __rmul__(self, other: Any) -> E:
        return head("mul", other, self)

    def __pow__(self, other: Any) -> E:
        return head("pow", self, other)

    def __truediv__(self, other: Any) -> E:
        return self * E(json(other)) ** -1

    def __rtruediv__(self, other: Any) -> E:
        return other * self**-1

    def __eq__(self, other: Any) -> Any:
        return ["eq", self.json, json(other)]

    def __ne__(self, other: Any) -> Any:
        return ["ne", self.json, json(other)]

    def __le__(self, other: Any) -> Any:
        return ["le", self.json, json(other)]

    def __lt__(self, other: Any) -> Any:
        return ["lt", self.json, json(other)]

    def __ge__(self, other: Any) -> Any:
        return ["ge", self.json, json(other)]

    def __gt__(self, other: Any) -> Any:
        return ["gt", self.json, json(other)]


def json(value: Any) -> Any:
    if isinstance(value, E):
        return value.json
    return str(value) if isinstance(value, (int, Fraction)) else value


def head(name: str, *args: Any) -> E:
    return E([name, *map(json, args)])


def symbols(names: str) -> list[E]:
    return [E(["var", name]) for name in names.split()]


def exp(x: Any) -> E:
    return head("exp", x)


def log(x: Any) -> E:
    return head("log", x)


def total(x: Any, axis: str) -> E:
    return head("total", x, axis)


def least(x: Any, axis: str) -> E:
    return head("least", x, axis)


def rate(x: Any, wrt: Any) -> E:
    return head("rate", x, wrt)


def given(name: str, *position: str) -> E:
    return head("given", name, *position)


def tangent(x: Any) -> E:
    return head("tangent", x)


def gap(bound: Any, *position: str) -> E:
    return head("gap", bound, *position)


def at(x: Any, bound: Any) -> E:
    return head("at", x, bound)


def block(
    name: str = "sample",
    *,
    real: str = "",
    positive: str = "",
    nonnegative: str = "",
    over: dict[str, str] | None = None,
    definitions: dict[str, Any] | None = None,
    relations: dict[str, Any] | None = None,
    hypotheses: dict[str, Any] | None = None,
    conclusions: dict[str, Any] | None = None,
    steps: dict[str, tuple[Any, str, str]] | None = None,
    functions: list[dict[str, Any]] | None = None,
    references: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A block with a clock t and index axes n and i; names are separated by spaces.

    over: the axes of a quantity, as a string of one-letter names; what is not named there is a parameter.
    steps: name -> (claim, names of what is given, by).
    """
    over = over or {}
    signs = {"real": real, "positive": positive, "nonnegative": nonnegative}
    quantities = [{"name": "t", "kind": "clock", "over": ["t"], "log": False, "sign": "real"}]
    for sign, names in signs.items():
        for quantity in names.split():
            axes = list(over.get(quantity, ""))
            kind = "quantity" if axes else "parameter"
            quantities.append({"name": quantity, "kind": kind, "over": axes, "log": False, "sign": sign})
    return {
        "theorem": name,
        "axes": [
            {"name": "t", "kind": "clock", "to": "oo"},
            {"name": "n", "kind": "index", "to": None},
            {"name": "i", "kind": "index", "to": None},
        ],
        "quantities": quantities,
        "functions": functions or [],
        "definitions": [{"name": k, "value": json(v)} for k, v in (definitions or {}).items()],
        "relations": [{"name": k, "formula": v} for k, v in (relations or {}).items()],
        "hypotheses": [{"name": k, "formula": v} for k, v in (hypotheses or {}).items()],
        "conclusions": [{"name": k, "formula": v} for k, v in (conclusions or {}).items()],
        "references": references or [],
        "steps": [
            {"name": k, "claim": claim, "given": names.split(), "by": by}
            for k, (claim, names, by) in (steps or {}).items()
        ],
    }
