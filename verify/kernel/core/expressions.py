"""The expression language: what may stand in a statement block or in a certificate, and nothing else.

An expression is a rational number "-3" or "2/7" in lowest terms, or a list [head, argument, ...] with a head of the
closed tables below. No string is ever evaluated: a name is a key of the statement block, or it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from flint import fmpq, fmpz

from .. import heads
from ..refusals import Refused, clip, items

Expression = Any  # str | list, as checked by `validate`
DEPTH, NODES, DIGITS = 60, 20_000, 2_000
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(/[1-9][0-9]*)?", re.ASCII)

# Heads with the letters of their arguments: e expression, p proposition, v quantity or definition, a axis, f function of
# the setting, g given fact, k position, n number, w row and m matrix of numbers; "+" repeats the last one, "?" makes it
# optional. REASONS stand in certificates only.
TERMS = {"var": "v", "add": "e+", "mul": "e+", "pow": "ee", "exp": "e", "log": "e"} | heads.TERMS
PROPOSITIONS = dict.fromkeys(("eq", "ne", "le", "lt", "ge", "gt"), "ee") | heads.PROPOSITIONS
REASONS = {"given": "gk?", "quadratic": "me+"} | heads.REASONS
NOUNS = {"v": "quantity or definition", "a": "axis", "f": "function of the setting", "g": "given fact", "k": "position"}


def number(text: Any) -> fmpq:
    """The rational that `text` spells: "-3" or "2/7", in lowest terms, at most DIGITS characters."""
    if not isinstance(text, str) or len(text) > DIGITS or not NUMBER.fullmatch(text):
        raise Refused(f'{clip(text)} is no exact number: write a string such as "-3" or "2/7"')
    top, _, bottom = text.partition("/")
    value = fmpq(fmpz(top), fmpz(bottom or "1"))
    if str(value) != text:
        raise Refused(f"{clip(text)} is not in lowest terms: write {clip(str(value))}")
    return value


def validate(e: Any, names: Mapping[str, Collection[str]], letter: str = "e") -> Expression:
    """`e` itself if it is an expression ("e"), a proposition ("p") or one with reasons ("r"); `names` for v, a, f and g."""
    terms, nouns, count = TERMS | REASONS if letter == "r" else TERMS, {"k": [str(k) for k in range(100)], **names}, 0

    def visit(e: Any, letter: str, depth: int) -> None:
        nonlocal count
        count += 1
        if depth > DEPTH or count > NODES:
            raise Refused(f"an expression has more than {DEPTH} levels or {NODES} nodes")
        if letter in NOUNS:
            if not isinstance(e, str) or e not in nouns.get(letter, ()):
                raise Refused(f"{clip(e)} is no {NOUNS[letter]} that may be used here")
        elif letter in "mw":
            for part in items(e, "a matrix or a row of one"):
                visit(part, "w" if letter == "m" else "n", depth + 1)
        elif letter == "n" or (letter != "p" and isinstance(e, str)):
            number(e)
        else:
            head, *arguments = items(e, "an expression") or [None]
            known, what = (PROPOSITIONS, "a proposition") if letter == "p" else (terms, "an expression")
            if not isinstance(head, str) or head not in known:
                raise Refused(f"{clip(head)} is no head of {what} here")
            letters, many = known[head].rstrip("+?"), known[head].endswith("+")
            few = len(letters) - known[head].endswith("?")
            if len(arguments) < few or (len(arguments) > len(letters) and not many):
                raise Refused(f'"{head}" does not take {len(arguments)} arguments')
            for i, argument in enumerate(arguments):
                visit(argument, letters[min(i, len(letters) - 1)], depth + 1)

    visit(e, letter, 0)
    return e


def replace(e: Expression, new: Callable[[list[Any]], Expression | None]) -> Expression:
    """`e` with every subexpression for which `new` gives something replaced by that, outermost first."""
    if isinstance(e, str):
        return e
    found = new(e)
    return found if found is not None else [e[0], *(replace(a, new) if isinstance(a, list) else a for a in e[1:])]


def minus(left: Expression, right: Expression) -> Expression:
    return ["add", left, ["mul", "-1", right]]
