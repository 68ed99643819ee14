"""What quantities may vary along: one clock, indices and draws; what rates and totals rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .core.expressions import Expression, replace
from .refusals import Refused, clip

if TYPE_CHECKING:
    from flint import fmpq_mpoly

    from .core.field import Field, Ratio

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


# On which axes normal forms depend


def along(a: Ratio) -> frozenset[str]:
    """The axes on which a normal form depends."""
    return polynomial_along(a.field, a.num) | polynomial_along(a.field, a.den)


def polynomial_along(field: Field, p: fmpq_mpoly) -> frozenset[str]:
    return frozenset().union(*(generator_along(field, i) for i, _ in field.used(p.degrees())))


def generator_along(field: Field, i: int) -> frozenset[str]:
    """The axes on which a generator depends: those of what it is made of, but the ones that it sums or bounds over."""
    found = FOUND.setdefault(field, {})
    if i not in found:
        generator = field.generators[i]
        found[i] = ALONG[generator.kind](field, generator.of)
    return found[i]


FOUND: WeakKeyDictionary[Field, dict[int, frozenset[str]]] = WeakKeyDictionary()
ALONG: dict[str, Callable[[Field, Any], frozenset[str]]] = {
    "symbol": lambda field, name: frozenset(field.setting.quantities[name].over),
    "rate": lambda field, of: frozenset(field.setting.quantities[of[0]].over),
    "root": lambda field, of: polynomial_along(field, of[0]),
    **dict.fromkeys(("log", "abs"), polynomial_along),
    **dict.fromkeys(("exp", "sin", "cos"), lambda _, a: along(a)),
    **dict.fromkeys(("min", "max"), lambda _, of: frozenset().union(*map(along, of))),
    **dict.fromkeys(("total", "least", "largest"), lambda _, of: along(of[1]) - {*of[0]}),
}
