"""Functions of the setting, such as the f of a loss exp(-f(q)): pointwise, of one variable, unfolded where they are applied."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .core.expressions import PROPOSITIONS, REASONS, TERMS, Expression, replace, validate
from .refusals import Refused

SYMBOL = re.compile(r"[A-Za-z]\w{0,79}", re.ASCII)  # of what stands in expressions
RESERVED = {*PROPOSITIONS, *TERMS, *REASONS, "d", "sqrt"}  # what the printer writes in front of a bracket


def function(name: str, one: dict[str, Any], quantities: Iterable[str], what: str) -> tuple[str, Expression]:
    """The variable and the value of a function that a statement block declares."""
    bound = one.get("of")
    if (
        not isinstance(bound, str)
        or not SYMBOL.fullmatch(bound)
        or name in RESERVED
        or name.startswith(("min_", "max_", "P_"))
    ):
        raise Refused(f"{what}: the function {name} has a name or a variable that is taken")
    value = validate(one.get("value"), {"v": {*quantities, bound}})
    replace(value, pointwise)
    return bound, value


def pointwise(e: list[Any]) -> None:
    """Refuse what would bind an axis of the argument of a function of the setting."""
    if e[0] in ("total", "least", "largest", "rate", "apply", "probability"):
        raise Refused(f'a function of the setting is pointwise, without "{e[0]}"')


def applied(bound: str, value: Expression, argument: Expression) -> Expression:
    """The value of a function with its argument in place of its variable."""
    return replace(value, lambda e: argument if e == ["var", bound] else None)
