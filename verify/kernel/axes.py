"""What quantities may vary along: one clock, indices and draws; what rates and totals rest on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .expressions import Expression, Refused, clip, replace

KINDS = ("clock", "index", "draws")


def kind_of(one: dict[str, Any], earlier: Mapping[str, str], what: str) -> str:
    """The kind of an axis that a statement block declares after others."""
    kind = one.get("kind")
    if kind not in KINDS or (kind == "clock" and "clock" in earlier.values()):
        raise Refused(f"{what}: an axis is a clock (at most one), an index or draws, not {clip(kind)}")
    return kind


def over(name: str, one: dict[str, Any], axes: Mapping[str, str], what: str) -> tuple[str, ...]:
    """The axes along which a declared quantity varies: a parameter along none, the coordinate of an axis along that."""
    kind, along, own = one.get("kind"), one.get("over"), axes.get(name)
    kinds = ("quantity", "parameter") if own is None else ("clock",) if own == "clock" else ("index",)
    if kind not in kinds or not isinstance(along, list) or not all(isinstance(a, str) and a in axes for a in along):
        raise Refused(f"{what}: the quantity {name} has a kind or axes that it cannot have")
    if kind == "parameter" and along:
        raise Refused(f"{what}: the parameter {name} varies along no axis")
    return (name,) if own else tuple(along)


def nondecreasing(e: Expression, clock: str) -> Expression:
    """What says that `e` is nondecreasing, where it is absolutely continuous: of a rate, which need not be, nothing does."""

    def refuse(node: list[Any]) -> None:
        if node[0] == "rate":
            raise Refused("a rate exists almost everywhere: no rate of it shows that it is nondecreasing")

    replace(e, refuse)
    return ["ge", ["rate", e, ["var", clock]], "0"]
