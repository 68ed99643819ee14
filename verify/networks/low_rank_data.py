"""What a user brings to `low_rank_report`: a function of a symmetric matrix, or observations, given directly or in a file."""

from __future__ import annotations

import csv
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import index
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import torch

from verify.errors import BadInput
from verify.models.factorisation import Objective, Smooth, checked, completion, sensing, simplified

LARGEST_SIZE = 50
"""The largest d: the derivative of F is held as d^4 numbers."""
LEAST_UNIT, LARGEST_UNIT = 1e-6, 1e8
"""The range of the largest observation and of the largest entry of a measurement, in which absolute scales alpha mean something."""
LARGEST_FILE = 200_000_000
"""Bytes of the arrays in a file."""


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
    if (observed is None) != (measurements is None):
        raise BadInput(
            "measurements= and observed= belong together; give A with shape (m, d, d) and the observations y with shape (m,)"
        )
    d = None if size is None else _size(size)
    if file is not None:
        return _from_file(file, d)
    if entries is not None:
        return _from_entries(entries, d)
    if measurements is not None:
        return _from_measurements(
            real_array(measurements, "the measurements"), real_array(observed, "the observations"), d
        )
    if d is None:
        raise BadInput(
            "f was given with size=None; say the size d of the symmetric d x d matrices on which it is defined"
        )
    if not callable(function):
        raise BadInput(f"f is {function!r}; give a function of one symmetric torch matrix")
    return Problem(simplified(checked(Smooth(function, d))))


def real_array(values: Any, name: str) -> np.ndarray:
    """The values as an array of float64.

    Raises:
        BadInput: something else than finite real numbers in equal rows.
    """
    try:
        given = np.asarray(values)
        array = given.astype(float) if given.dtype.kind in "biuf" else np.array(given.tolist(), dtype=float)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise BadInput(
            f"{name} cannot be read as an array of real numbers ({_short(error)}); give float64 numbers"
        ) from error
    if not np.isfinite(array).all():
        raise BadInput(f"{name}: not every number is finite; leave out what is missing")
    return array


def _size(size: Any) -> int:
    try:
        d = index(size)
    except TypeError:
        d = 0
    if not 1 <= d <= LARGEST_SIZE:
        raise BadInput(
            f"size={size!r} is not a whole number from 1 to {LARGEST_SIZE}, the sizes d of d x d matrices that are followed"
        )
    return d


def _short(message: object) -> str:
    text = " ".join(str(message).split())
    return text if len(text) <= 100 else text[:97] + "..."


def _from_measurements(a: np.ndarray, y: np.ndarray, size: int | None) -> Problem:
    if 0 in a.shape or 0 in y.shape:
        raise BadInput(
            f"the measurements have shape {a.shape} and the observations {y.shape}; give at least one measurement"
        )
    if a.ndim == 3 and a.shape[1] == a.shape[2]:
        _size(a.shape[1])
        if size is not None and size != a.shape[1]:
            raise BadInput(
                f"size={size} was given with measurements on {a.shape[1]} x {a.shape[1]} matrices; leave size out"
            )
    for name, values in (("entry of a measurement", a), ("observation", y)):
        largest = float(np.abs(values).max())
        if not (LEAST_UNIT <= largest <= LARGEST_UNIT or (largest == 0 and values is y)):
            raise BadInput(
                f"the largest {name} is {largest:.3g} in size; it must lie between {LEAST_UNIT:g} and {LARGEST_UNIT:g}: choose another unit"
            )
    return Problem(sensing(a, y), a, y)


def _from_entries(entries: Any, size: int | None) -> Problem:
    if not isinstance(entries, Mapping):
        raise BadInput(
            f"entries is of the type {type(entries).__name__}; give a mapping from positions (i, j) to values"
        )
    found: dict[tuple[int, int], float] = {}
    for key, value in entries.items():
        try:
            i, j = (index(part) for part in key)
            found[i, j] = float(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise BadInput(
                f"the entry {_short(repr(key))}: {_short(repr(value))} is not a pair of whole numbers, from 0, with a real number"
            ) from error
        _inside(i, j, size)
    if not found:
        raise BadInput("no entries were given; give at least one observed position")
    d = size or 1 + max(max(pair) for pair in found)
    values = real_array(list(found.values()), "the observed entries")
    measured = {(min(pair), max(pair)): value for pair, value in zip(found, values, strict=True)}
    measurements = np.zeros((len(measured), d, d))
    for a, (i, j) in zip(measurements, measured, strict=True):
        a[i, j] += 0.5
        a[j, i] += 0.5
    problem = _from_measurements(measurements, np.array(list(measured.values())), None)
    return Problem(completion(d, found), problem.measurements, problem.observed)


def _inside(i: int, j: int, size: int | None, where: str = "") -> None:
    last = (size or LARGEST_SIZE) - 1
    if not (0 <= i <= last and 0 <= j <= last):
        pair = f"({_short(i)}, {_short(j)})"
        raise BadInput(
            f"{where}the entry {pair} lies outside a {last + 1} x {last + 1} matrix; indices run from 0 to {last}"
        )


def _from_file(file: Any, size: int | None) -> Problem:
    forms = "a .csv with the columns i, j, value (indices from 0), or a .npz with the arrays A (m, d, d) and y (m,)"
    if not isinstance(file, (str, PathLike)):
        raise BadInput(f"file is of the type {type(file).__name__}; give the path of {forms}")
    path = Path(file)
    if path.suffix not in (".csv", ".npz"):
        raise BadInput(f"{path} ends on {path.suffix!r}; give {forms}")
    if not path.is_file():
        raise BadInput(f"there is no file {path}; give {forms}")
    if path.suffix == ".npz":
        return _from_measurements(*_arrays(path), size)
    try:
        return _from_entries(_table(path, size), size)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} is not a table of text ({_short(error)}); save it as comma-separated UTF-8") from error


def _arrays(path: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as parts:
            held = sum(part.file_size for part in parts.infolist())
        if held > LARGEST_FILE:
            raise BadInput(f"{path} holds {held} bytes; {LARGEST_FILE} at most are read")
        with np.load(path, allow_pickle=False) as arrays:
            a, y = arrays["A"], arrays["y"]
    except (
        KeyError,
        ValueError,
        OSError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
        MemoryError,
        NotImplementedError,
    ) as error:
        raise BadInput(
            f"{path} does not hold numeric arrays A (m, d, d) and y (m,); save it with numpy.savez(path, A=..., y=...)"
        ) from error
    return real_array(a, f"the measurements A of {path}"), real_array(y, f"the observations y of {path}")


def _table(path: Path, size: int | None) -> dict[tuple[int, int], float]:
    entries: dict[tuple[int, int], float] = {}
    with path.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines, skipinitialspace=True)
        columns = [name.strip() for name in rows.fieldnames or ()]
        if not {"i", "j", "value"} <= set(columns):
            raise BadInput(
                f"{path} has the columns {_short(', '.join(columns)) or 'none'}; it needs i, j, value, with indices from 0"
            )
        rows.fieldnames = columns
        for number, row in enumerate(rows, start=2):
            try:
                if None in row:
                    raise ValueError("more fields than columns")
                i, j, value = int(row["i"]), int(row["j"]), float(row["value"])
            except (TypeError, ValueError) as error:
                raise BadInput(
                    f"line {number} of {path} is {_short(row)}; i and j must be whole numbers and value a number, one each"
                ) from error
            _inside(i, j, size, f"line {number} of {path}: ")
            if (i, j) in entries and entries[i, j] != value:
                raise BadInput(
                    f"line {number} of {path} gives the entry ({i}, {j}) another value than a line before; keep one of them"
                )
            entries[i, j] = value
    return entries
