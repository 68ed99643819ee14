"""What a user brings to `low_rank_report`: a function of a symmetric matrix, or observations, given directly or in a file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from verify.errors import BadInput
from verify.models.factorisation import Objective, Smooth, checked, completion, sensing, simplified


@dataclass(frozen=True)
class Problem:
    """An objective, and the measurements A (m, d, d) and y (m,) behind it, where there are any."""

    objective: Objective
    measurements: np.ndarray | None = None
    observed: np.ndarray | None = None


def problem_from(
    function: Callable[[torch.Tensor], torch.Tensor] | None,
    size: int | None,
    entries: Mapping[tuple[int, int], float] | None,
    measurements: np.ndarray | None,
    observed: np.ndarray | None,
    file: str | Path | None,
) -> Problem:
    """The problem meant by exactly one of a function, entries, measurements, or a file.

    Raises:
        BadInput: none or several of them, or one that cannot be used.
    """
    given = [
        name
        for name, value in (("f", function), ("entries", entries), ("measurements", measurements), ("file", file))
        if value is not None
    ]
    if len(given) != 1:
        raise BadInput(
            f"low_rank_report was given {' and '.join(given) or 'no problem'}; give exactly one of f, entries, measurements, file"
        )
    if file is not None:
        return _from_file(Path(file), size)
    if entries is not None:
        return _from_entries(entries, size)
    if measurements is not None:
        if observed is None:
            raise BadInput("measurements= was given without observed=; give the observations y with shape (m,)")
        return _from_measurements(np.asarray(measurements, dtype=float), np.asarray(observed, dtype=float))
    if size is None or size < 1:
        raise BadInput(
            f"f was given with size={size}; say the size d of the symmetric d x d matrices on which it is defined"
        )
    assert function is not None
    return Problem(simplified(checked(Smooth(function, size))))


def _from_measurements(a: np.ndarray, y: np.ndarray) -> Problem:
    if not (np.isfinite(a).all() and np.isfinite(y).all()):
        raise BadInput("a measurement or an observation is not a finite number; leave out the missing ones")
    return Problem(sensing(a, y), a, y)


def _from_entries(entries: Mapping[tuple[int, int], float], size: int | None) -> Problem:
    d = size or 1 + max((max(pair) for pair in entries), default=0)
    objective = completion(d, entries)
    measurements, values = [], []
    for i, j in sorted({(min(pair), max(pair)) for pair in entries}):
        a = np.zeros((d, d))
        a[i, j] += 0.5
        a[j, i] += 0.5
        measurements.append(a)
        values.append(entries.get((i, j), entries.get((j, i))))
    if not measurements:
        raise BadInput("no entries were given; give at least one observed position")
    problem = _from_measurements(np.array(measurements), np.array(values, dtype=float))
    return Problem(objective, problem.measurements, problem.observed)


def _from_file(path: Path, size: int | None) -> Problem:
    if not path.is_file():
        raise BadInput(
            f"there is no file {path}; give a .csv with the columns i, j, value (indices from 0), or a .npz with the arrays A (m, d, d) and y (m,)"
        )
    if path.suffix == ".npz":
        try:
            with np.load(path, allow_pickle=False) as arrays:
                a, y = np.asarray(arrays["A"], dtype=float), np.asarray(arrays["y"], dtype=float)
        except (KeyError, ValueError, OSError) as error:
            raise BadInput(
                f"{path} does not hold numeric arrays A (m, d, d) and y (m,) ({error}); save it with numpy.savez(path, A=..., y=...)"
            ) from error
        return _from_measurements(a, y)
    entries: dict[tuple[int, int], float] = {}
    with path.open(newline="") as lines:
        rows = csv.DictReader(lines)
        if not {"i", "j", "value"} <= set(rows.fieldnames or ()):
            raise BadInput(
                f"{path} has the columns {', '.join(rows.fieldnames or ()) or 'none'}; it needs i, j, value, with indices from 0"
            )
        for number, row in enumerate(rows, start=2):
            try:
                entries[int(row["i"]), int(row["j"])] = float(row["value"])
            except (TypeError, ValueError) as error:
                raise BadInput(
                    f"line {number} of {path} is {dict(row)}; i and j must be whole numbers and value a number"
                ) from error
    return _from_entries(entries, size)
