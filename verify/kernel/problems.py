"""Quadratic and linear programmes as statement blocks give them, with the rational data of an instance put in.

Minimise 1/2 x'Px + q'x subject to Gx >= h and Ax = b, each letter the name of a matrix of the instance's data, -NAME, "zero",
"identity" or "ones" (zero when it is left out).
"""

from __future__ import annotations

from typing import Any

from flint import fmpq, fmpq_mat

from .expressions import Refused, clip, entry, items, number

GENERATED = {"zero": lambda i, j: 0, "ones": lambda i, j: 1, "identity": lambda i, j: int(i == j)}


def problem(template: dict[str, Any], data: Any) -> dict[str, fmpq_mat]:
    """The matrices P, q, G, h, A and b of a reference for the instance's data."""
    names = {letter: template.get(letter, "zero") for letter in "PqGhAb"}
    read = {letter: matrix(data, name) for letter, name in names.items() if name not in tuple(GENERATED)}
    n = next((len(rows) if letter == "q" else len(rows[0]) for letter, rows in read.items() if letter in "PqGA"), 0)
    g, a = (n if names[m] == "identity" else len(read.get(m) or read.get(side, ())) for m, side in ("Gh", "Ab"))
    shapes, found = {"P": (n, n), "q": (n, 1), "G": (g, n), "h": (g, 1), "A": (a, n), "b": (a, 1)}, {}
    for letter, (height, width) in shapes.items():
        table = read.get(letter)
        if table is None:
            table = [[GENERATED[names[letter]](i, j) for j in range(width)] for i in range(height)]
        if n == 0 or len(table) != height or any(len(row) != width for row in table):
            raise Refused(f"the matrix {letter} of the reference has the wrong shape for this instance")
        found[letter] = fmpq_mat(height, width, [c for row in table for c in row])
    return found


def matrix(data: Any, name: Any) -> list[list[fmpq]]:
    """The rows that the instance's data hold under a name; a list of numbers is a column, and -NAME has the other sign."""
    rows = entry(data, str(name).removeprefix("-"), list, "the data of an instance")
    sign = -1 if str(name).startswith("-") else 1
    found = [[sign * number(c) for c in (row if isinstance(row, list) else [row])] for row in rows]
    if not found or not found[0]:
        raise Refused(f"the matrix {clip(name)} is empty")
    return found


def column(found: Any, name: str, height: int) -> fmpq_mat:
    """The vector of this name in a certificate; one that is left out is empty, which suits a problem without its rows."""
    values = items(found.get(name, []) if isinstance(found, dict) else None, f"the vector {name}")
    if len(values) != height:
        raise Refused(f"the vector {name} has {len(values)} entries where the problem has {height}")
    return fmpq_mat(height, 1, [number(c) for c in values])
