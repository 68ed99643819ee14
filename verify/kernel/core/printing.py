"""Expressions and propositions in mathematical notation: one line of text that can be read in one way only."""

from __future__ import annotations

from typing import Any

from ..heads import ATOM, NOTATION, POWER, PRODUCT, SUM

INFIX = {"eq": "=", "ne": "≠", "le": "≤", "lt": "<", "ge": "≥", "gt": ">", "and": "and", "or": "or", "implies": "⟹"}


def show(e: Any) -> str:
    """The formula as one types it."""
    return piece(e)[0]


def part(e: Any, tight: int) -> str:
    text, holds = piece(e)
    return text if holds >= tight else f"({text})"


def piece(e: Any) -> tuple[str, int]:
    """The text of an expression and how tightly it holds together."""
    if isinstance(e, str):
        return e, SUM if e.startswith("-") else PRODUCT if "/" in e else ATOM
    head, *args = e
    if head == "var":
        return args[0], ATOM
    if head == "add":
        terms = [show(a) for a in args]  # a sum within a sum needs no brackets
        return terms[0] + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in terms[1:]), SUM
    if head == "mul" or (head == "pow" and isinstance(args[1], str) and args[1].startswith("-")):
        return product(args if head == "mul" else [e])
    if head == "pow":
        return f"{part(args[0], ATOM)}^{part(args[1], ATOM)}", POWER
    if head in INFIX:
        return f" {INFIX[head]} ".join(part(a, ATOM if head in ("and", "or", "implies") else SUM) for a in args), SUM
    shown = [show(a) for a in args]
    if head in NOTATION:
        text, holds = NOTATION[head]
        return text.format(*shown, rest=", ".join(shown[1:])), holds
    return f"{head}({', '.join(shown)})", ATOM


def product(factors: list[Any]) -> tuple[str, int]:
    """Factors; negative powers and the denominators of numbers go below one stroke."""
    negative, above, below = False, [], []
    for a in factors:
        if isinstance(a, str):
            negative ^= a.startswith("-")
            top, _, bottom = a.lstrip("-").partition("/")
            above += [top] if top != "1" else []
            below += [bottom] if bottom else []
        elif a[0] == "pow" and isinstance(a[2], str) and a[2].startswith("-"):
            below.append(part(a[1], POWER) if a[2] == "-1" else f"{part(a[1], ATOM)}^{part(a[2][1:], ATOM)}")
        else:
            above.append(part(a, POWER))
    text = ("-" if negative else "") + ("*".join(above) or "1")
    if below:
        text += "/" + (below[0] if len(below) == 1 else f"({'*'.join(below)})")
    return text, SUM if negative else PRODUCT if below or len(above) > 1 else POWER
