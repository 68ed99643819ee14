"""A user's own data: CSV with a header, or NPZ without pickle, read exactly and refused with one sentence where it
cannot be used."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from verify.errors import BadInput
from verify.models.datasets import TwoClasses

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_LONGEST = 100
"""Characters of a number: far more than any measurement has, far fewer than would take time to convert."""


def read_table(path: str | Path, *, target: str) -> TwoClasses:
    """The examples of a file, with the labels in the column (CSV) or array (NPZ) named `target`.

    A CSV file is UTF-8 with a header; every other column is a feature, and its decimals are read as the exact decimals
    that they are. An NPZ file holds the labels and either one two-dimensional array of features or one-dimensional
    arrays, one a feature; floats are the dyadic rationals that they are. Labels are any two values; the larger (later
    in the alphabet) one counts as +1.

    Raises BadInput, with one sentence, for everything that cannot be used: an empty file, a missing column, ragged
    rows, a cell that is not a finite number (row and column are named; rows are counted from 1, without the header),
    labels of one class or more than two, equal rows with opposite labels.
    """
    path = Path(path)
    readers: dict[str, Callable[[Path, str], tuple[list[str], list[list[Fraction]], list[Any]]]] = {
        ".csv": _read_csv,
        ".npz": _read_npz,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadInput(f"{path.name} is neither a CSV nor an NPZ file; give a file that ends in .csv or .npz")
    try:
        features, rows, values = reader(path, target)
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or error}); give the path of a readable file") from None
    labels, classes = _two_labels(values, target)
    _refuse_contradictions(rows, labels)
    inputs = np.empty((len(rows), len(features)), dtype=object)
    inputs[:] = rows
    return TwoClasses(
        path.stem, inputs, labels, classes, tuple(features), "Entries as they stand in the file; no constant feature."
    )


def _read_csv(path: Path, target: str) -> tuple[list[str], list[list[Fraction]], list[Any]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path.name} is no CSV file in UTF-8 ({error}); save it as one") from None
    if not lines:
        raise BadInput(f"{path.name} is empty; give a header and at least two rows")
    header, *body = [[cell.strip() for cell in line] for line in lines]
    if len(set(header)) < len(header):
        repeated = next(name for name in header if header.count(name) > 1)
        raise BadInput(
            f"the column {repeated!r} occurs twice in the header of {path.name}; give every column its own name"
        )
    if target not in header:
        raise BadInput(
            f"{path.name} has no column {target!r}; its columns are {_listed(header)}, so name one of them as the target"
        )
    if not body:
        raise BadInput(f"{path.name} has a header and no rows; give at least two rows")
    place = header.index(target)
    features = [name for name in header if name != target]
    if not features:
        raise BadInput(f"{path.name} has no column beside {target!r}; give at least one feature")
    rows, values = [], []
    for number, cells in enumerate(body, start=1):
        if len(cells) != len(header):
            raise BadInput(
                f"row {number} of {path.name} has {len(cells)} cells, and the header has {len(header)}; make them agree"
            )
        rows.append([_decimal(cell, number, name) for cell, name in zip(cells, header, strict=True) if name != target])
        if not cells[place] or _NOT_FINITE.fullmatch(cells[place]):
            raise BadInput(
                f"row {number} has no label in column {target!r} but {cells[place]!r}; give one of two values in every row"
            )
        values.append(cells[place])
    if all(_NUMBER.fullmatch(value) and len(value) <= _LONGEST for value in values):
        values = [_decimal(value, number, target) for number, value in enumerate(values, start=1)]
    return features, rows, values


def _decimal(cell: str, row: int, column: str) -> Fraction:
    if not cell:
        raise BadInput(f"row {row}, column {column!r} is empty; give a number")
    if _NOT_FINITE.fullmatch(cell):
        raise BadInput(
            f"row {row}, column {column!r} is {cell}, and only finite numbers are allowed; mend or remove the row"
        )
    if len(cell) > _LONGEST or not _NUMBER.fullmatch(cell):
        shown = cell if len(cell) <= 40 else f"{cell[:37]}..."
        raise BadInput(
            f"row {row}, column {column!r} is {shown!r}, which is not a decimal number; give one such as -1.5 or 2e-3"
        )
    return Fraction(Decimal(cell))


def _read_npz(path: Path, target: str) -> tuple[list[str], list[list[Fraction]], list[Any]]:
    if path.stat().st_size == 0:
        raise BadInput(f"{path.name} is empty; give a file that numpy.savez wrote")
    if not zipfile.is_zipfile(path):
        raise BadInput(f"{path.name} is no NPZ file; give one that numpy.savez wrote")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, EOFError, zipfile.BadZipFile, KeyError) as error:
        raise BadInput(
            f"{path.name} is no NPZ file of plain numbers ({error}); write it by numpy.savez, without pickled objects"
        ) from None
    if target not in arrays:
        raise BadInput(
            f"{path.name} has no array {target!r}; its arrays are {_listed(list(arrays))}, so name one of them as the target"
        )
    labels = arrays.pop(target)
    if labels.ndim != 1 or labels.size == 0 or labels.dtype.kind not in "biufUS":
        raise BadInput(
            f"the labels {target!r} in {path.name} have shape {labels.shape} and dtype {labels.dtype}; give one number or string for each row"
        )
    features, table = _npz_features(path.name, arrays, len(labels))
    rows = [
        [_dyadic(value, number, name) for value, name in zip(row, features, strict=True)]
        for number, row in enumerate(table, start=1)
    ]
    values = labels.tolist()
    for number, value in enumerate(values, start=1):
        if isinstance(value, float) and not np.isfinite(value):
            raise BadInput(f"row {number} has the label {value} in {target!r}; give one of two values in every row")
    return features, rows, values


def _npz_features(name: str, arrays: dict[str, np.ndarray], size: int) -> tuple[list[str], Iterator[list[Any]]]:
    for key, array in arrays.items():
        if array.dtype.kind not in "biuf" or array.ndim not in (1, 2):
            raise BadInput(
                f"the array {key!r} in {name} has dtype {array.dtype} and shape {array.shape}; give features as one- or two-dimensional numbers"
            )
        if len(array) != size:
            raise BadInput(
                f"the array {key!r} in {name} has {len(array)} rows, and there are {size} labels; make them agree"
            )
    tables = [key for key, array in arrays.items() if array.ndim == 2]
    if len(tables) == 1 and len(arrays) == 1 and arrays[tables[0]].shape[1]:
        table = arrays[tables[0]]
        return [f"{tables[0]}[{column}]" for column in range(table.shape[1])], iter(table.tolist())
    if arrays and not tables:
        return list(arrays), (list(row) for row in zip(*(array.tolist() for array in arrays.values()), strict=True))
    raise BadInput(
        f"{name} holds beside the labels the arrays {_listed(list(arrays)) or 'none'}; give one two-dimensional array, or one-dimensional ones"
    )


def _dyadic(value: float | int, row: int, column: str) -> Fraction:
    if isinstance(value, float) and not np.isfinite(value):
        raise BadInput(
            f"row {row}, column {column!r} is {value}, and only finite numbers are allowed; mend or remove the row"
        )
    return Fraction(value)


def _two_labels(values: list[Any], target: str) -> tuple[np.ndarray, tuple[str, str]]:
    kinds = sorted(set(values))
    if len(kinds) == 1:
        raise BadInput(f"every row has the label {_label(kinds[0])!r} in {target!r}; give examples of two classes")
    if len(kinds) > 2:
        shown = _listed([_label(kind) for kind in kinds])
        raise BadInput(
            f"{target!r} has {len(kinds)} different values ({shown}), and labels have two; choose another target or keep two classes"
        )
    return np.where([value == kinds[1] for value in values], 1, -1), (_label(kinds[0]), _label(kinds[1]))


def _label(value: Any) -> str:
    return str(value)


def _refuse_contradictions(rows: list[list[Fraction]], labels: np.ndarray) -> None:
    seen: dict[tuple[Fraction, ...], int] = {}
    for n, row in enumerate(map(tuple, rows)):
        first = seen.setdefault(row, n)
        if labels[first] != labels[n]:
            raise BadInput(
                f"rows {first + 1} and {n + 1} are equal and have opposite labels, so nothing separates them; mend or remove one"
            )


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown
