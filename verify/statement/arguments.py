"""Reading the arguments of a declaration: names, resolutions, ids of the inventory."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import sympy as sp

from verify.errors import StatementError


def checked_name(name: str, kind: str, pattern: str = r"[A-Za-z0-9][A-Za-z0-9.-]*") -> str:
    """The name, or a StatementError when it has characters that ids and file names cannot carry."""
    if not isinstance(name, str) or not re.fullmatch(pattern, name):
        raise StatementError(f"the {kind} is named {name!r}; a name is made of the characters of {pattern}")
    return name


def names_of(given: Any) -> tuple[str, ...] | None:
    """Names from a name, a symbol, a function, or an iterable of them; None stays None."""
    if given is None:
        return None
    if isinstance(given, (str, sp.Symbol, type)):
        given = (given,)
    return tuple(item if isinstance(item, str) else getattr(item, "name", None) or item.__name__ for item in given)


def as_fraction(within: Any, where: str) -> Fraction | None:
    """A resolution as an exact positive rational."""
    if within is None:
        return None
    if isinstance(within, float):
        raise StatementError(
            f"the resolution of {where!r} is the float {within}; write an exact number, such as Rational(1, 10**6)"
        )
    fraction = Fraction(str(sp.Rational(within)))
    if fraction <= 0:
        raise StatementError(f"the resolution of {where!r} is {fraction}; it must be positive")
    return fraction


def spec_ids(spec: Any) -> tuple[str, ...]:
    """Ids of the inventory, such as "margin-kkt/T1/C2", from one or a tuple."""
    ids = (spec,) if isinstance(spec, str) else tuple(spec)
    for each in ids:
        if not re.fullmatch(r"[a-z0-9-]+/T\d+/[A-Z]+\d+p?", each):
            raise StatementError(f"the spec id {each!r} is not of the form name/T1/C2; see verify/data/inventory.tsv")
    return ids
