"""Numbers of a report as a reader sees them: exact ones as they stand, measured ones with their error."""

from __future__ import annotations

import math
import re
from typing import Any

_LONGEST = 40
"""Characters of an exact number that are printed; a longer one is cut in the middle and its size given."""


def measurement(value: Any) -> str:
    """A measurement of the schema: null, "2/7", a ball of dyadic rationals, or [value, error]."""
    if value is None:
        return "not measured"
    if isinstance(value, list) and isinstance(value[0], str):
        return f"{_dyadic(value[0])} ± {_dyadic(value[1])} (enclosed)"
    if isinstance(value, list):
        return with_error(*value)
    return number(value)


def number(value: Any) -> str:
    """A number without an error bar: an exact string, a ball, a float, or a dash for null."""
    if value is None:
        return "–"
    if isinstance(value, list):
        return measurement(value)
    return exact(value) if isinstance(value, str) else f"{value:.3g}"


def with_error(value: float, error: float | None) -> str:
    """`value ± error`, the value rounded to two figures of its error."""
    if error is None:
        return f"{value:.6g} ± unknown"
    if error == 0 or not math.isfinite(error):
        return f"{value:.12g} ± {error:g}"
    figures = math.ceil(math.log10(abs(value) / error)) + 2 if abs(value) > error else 2
    return f"{value:.{min(max(figures, 2), 17)}g} ± {error:.1g}"


def exact(value: str) -> str:
    """An exact number, cut in the middle when nobody would read all of it; a small power of ten as such."""
    if power := re.fullmatch(r"(-?[1-9])/1(0{3,99})", value):
        return f"{power[1]}e-{len(power[2]):02}"
    if len(value) <= _LONGEST:
        return value
    return f"{value[:12]}…{value[-12:]} ({len(value):,} characters)"


def _dyadic(value: str) -> str:
    mantissa, exponent = value.split("*2^")
    if len(mantissa) > 400 or len(exponent) > 6:
        return exact(value)
    # log10 by parts, since 2**exponent may lie far outside the range of a float
    logarithm = math.log10(abs(int(mantissa)) or 1) + int(exponent) * math.log10(2)
    if mantissa.strip("-0") == "":
        return "0"
    if -300 < logarithm < 300 and len(mantissa) < 300:
        return f"{math.ldexp(int(mantissa), int(exponent)):.12g}"
    power = math.floor(logarithm)
    return f"{'-' if mantissa.startswith('-') else ''}{10 ** (logarithm - power):.3f}e{power:+d}"
