"""Random expressions of the kernel's language with their values in floating point, computed by Python and by nothing of ours."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

NAMES = ("x", "y", "m", "c")  # m positive, c nonnegative, as the blocks of the tests declare

numbers = st.fractions(min_value=-3, max_value=3, max_denominator=4).map(str)
leaves = st.one_of(numbers, st.sampled_from(NAMES).map(lambda name: ["var", name]))


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda args: ["add", *args]),
        st.lists(inner, min_size=1, max_size=3).map(lambda args: ["mul", *args]),
        st.tuples(inner, st.sampled_from(["-2", "-1", "0", "1", "2", "3", "1/2", "2/3", "-1/2"])).map(
            lambda a: ["pow", *a]
        ),
        st.tuples(st.sampled_from(["exp", "log", "abs", "sin", "cos"]), inner).map(list),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(list),
    )


expressions = st.recursive(leaves, grown, max_leaves=12)


def value(e: Any, at: dict[str, float]) -> float:
    """The value in floating point; nan where it is not defined."""
    if isinstance(e, str):
        top, _, bottom = e.partition("/")
        return int(top) / int(bottom or 1)
    if e[0] == "var":
        return at[e[1]]
    args = [value(a, at) for a in e[1:]]
    if any(math.isnan(a) for a in args):
        return math.nan
    try:
        match e[0]:
            case "add":
                return math.fsum(args)
            case "mul":
                return math.prod(args)
            case "pow":
                exponent = int(args[1]) if args[1] == int(args[1]) else args[1]
                found = args[0] ** exponent
                return found if isinstance(found, float) else math.nan
            case "min" | "max":
                return min(args) if e[0] == "min" else max(args)
            case "abs":
                return abs(args[0])
        return getattr(math, e[0])(*args)
    except (ValueError, ZeroDivisionError, OverflowError):
        return math.nan
