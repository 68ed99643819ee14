"""Expressions and propositions in mathematical notation: one line of text that can be read in one way only."""

from __future__ import annotations

from .expressions import Expression

INFIX = {"eq": "=", "ne": "≠", "le": "≤", "lt": "<", "ge": "≥", "gt": ">", "and": "and", "or": "or", "implies": "⟹"}
AGAINST = {"tends": "→", "theta": "= Θ", "bigo": "= O", "equivalent": "~"}
PREFIX = {"always": "for all", "sometimes": "for some", "eventually": "at last in", "nondecreasing": "nondecreasing in"}
OVER = {"total": "Σ", "least": "min", "largest": "max", "probability": "P"}
SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a piece of text holds together


def show(e: Expression) -> str:
    """The formula as one types it."""
    return piece(e)[0]


def brief(e: Expression) -> str:
    """The formula as it may stand in a sentence: the middle of a long one is left out."""
    text = show(e)
    return text if len(text) <= 200 else f"{text[:150]} ... {text[-40:]}"


def part(e: Expression, tight: int) -> str:
    text, holds = piece(e)
    return text if holds >= tight else f"({text})"


def piece(e: Expression) -> tuple[str, int]:
    """The text of an expression and how tightly it holds together."""
    if isinstance(e, str):
        return e, SUM if e.startswith("-") else PRODUCT if "/" in e else ATOM
    head, *args = e
    if head in ("var", "oo"):
        return args[0] if args else "∞", ATOM
    if head == "add":
        terms = [show(a) for a in args]  # a sum within a sum needs no brackets
        return terms[0] + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in terms[1:]), SUM
    if head == "mul" or (head == "pow" and isinstance(args[1], str) and args[1].startswith("-")):
        return product(args if head == "mul" else [e])
    if head == "pow":
        return f"{part(args[0], ATOM)}^{part(args[1], ATOM)}", POWER
    if head == "rate":
        return f"d({show(args[0])})/d({show(args[1])})", PRODUCT
    if head in OVER:
        return f"{OVER[head]}_{args[1]}({show(args[0])})", ATOM
    if head in INFIX:
        tight = ATOM if head in ("and", "or", "implies") else SUM
        return f" {INFIX[head]} ".join(part(a, tight) for a in args), SUM
    if head in AGAINST:
        return f"{part(args[0], SUM)} {AGAINST[head]}({show(args[1])}) along {args[2]}", SUM
    if head in PREFIX:
        return f"{PREFIX[head]} {', '.join(args[1:])}: {part(args[0], SUM)}", SUM
    name, shown = (args[0], args[1:]) if head == "apply" else (head, args)
    return f"{name}({', '.join(map(show, shown))})", ATOM


def product(factors: list[Expression]) -> tuple[str, int]:
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
