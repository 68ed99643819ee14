"""Whether a trace respects the signs that its quantities were declared with; a step of the proof may rest on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from verify.evidence.trace import Column, Trace


def outside_domain(quantities: Mapping[str, Any], trace: Trace, used: set[str]) -> list[str]:
    """For each instance, empty or the sentence that names a used quantity whose measured values contradict its declared sign."""
    sentences = [""] * trace.size
    for name in sorted(used & set(trace.columns) & set(quantities)):
        sign, column = quantities[name].sign, trace.columns[name]
        if sign == "real" or column.log:
            continue
        strays = _strays(column, strict=sign == "positive").reshape(trace.size, -1)
        rows = column.values.reshape(trace.size, -1)
        for i in np.flatnonzero(strays.any(1)):
            stray = rows[i, int(np.argmax(strays[i]))]
            sentences[i] = sentences[i] or f"{name!r} is declared {sign}, and {stray} was measured"
    return sentences


def _strays(column: Column, *, strict: bool) -> np.ndarray:
    values = column.values
    if values.dtype == object:
        wrong = np.frompyfunc(lambda value: value is not None and bool(value <= 0 if strict else value < 0), 1, 1)
        return np.asarray(wrong(values), dtype=bool)
    with np.errstate(invalid="ignore"):
        reach = values + np.asarray(column.error) + np.asarray(column.flow_error)
    return reach < 0
