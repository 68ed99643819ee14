"""Formulas as JSON: the one encoding that the kernel checks, reports carry and hashes are taken of.

Numbers are strings in lowest terms ("-3", "2/7"), symbols ["var", name], everything else [head, argument, ...]; the list of
heads is closed and belongs to `verify.kernel`. Commutative arguments are sorted in hashes, not in what is printed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import Boolean

from verify.errors import StatementError
from verify.statement import operators as ops
from verify.statement.declarations import Setting
from verify.statement.theorem import Theorem

_HEADS: dict[type, str] = {
    sp.Add: "add", sp.Mul: "mul", sp.Pow: "pow", sp.log: "log", sp.Abs: "abs", sp.sin: "sin", sp.cos: "cos", sp.Min: "min", sp.Max: "max",
    sp.Eq: "eq", sp.Ne: "ne", sp.Le: "le", sp.Lt: "lt", sp.Ge: "ge", sp.Gt: "gt",
} | {operator: operator.__name__.lower() for operator in ops.OPERATORS}  # fmt: skip
_COMMUTATIVE = frozenset({"add", "mul", "and", "or", "min", "max", "eq", "ne"})


@lru_cache(maxsize=200_000)
def to_json(node: sp.Basic) -> Any:
    """The expression language's form of a SymPy expression or formula.

    Raises:
        StatementError: a head that the language does not have.
    """
    if isinstance(node, sp.Rational):
        return str(Fraction(int(node.p), int(node.q)))
    if isinstance(node, sp.Symbol):
        return ["var", node.name]
    if node is sp.oo:
        return ["oo"]
    if node is sp.E:
        return ["exp", "1"]
    if isinstance(node, sp.exp):
        return ["exp", to_json(node.args[0])]
    if isinstance(node, AppliedUndef):
        return ["apply", node.func.__name__, to_json(node.args[0])]
    head = _HEADS.get(type(node))
    if head is None:
        raise StatementError(
            f"{node} has the head {type(node).__name__}, which statements cannot carry; the heads are {', '.join(sorted(set(_HEADS.values())))}"
        )
    if isinstance(node, ops.Operator):
        return [head, *(to_json(part) for part in node.parts), *(axis.name for axis in node.axes)]
    return [head, *(to_json(arg) for arg in node.args)]


def block(theorem: Theorem) -> dict[str, Any]:
    """The statement block: everything a goal is built from, once a theorem."""
    return {
        "theorem": theorem.name,
        "axes": [{"name": axis.name, "kind": axis.kind, "to": _limit(axis.to)} for axis in theorem.axes.values()],
        "quantities": [
            {"name": q.name, "kind": q.kind, "over": list(q.over), "log": q.log, "sign": q.sign} for q in theorem.quantities.values()
        ],
        "functions": [{"name": f.name, "of": f.variable.name, "value": to_json(f.value)} for f in theorem.functions.values()],
        "definitions": [{"name": x.name, "value": to_json(x.value)} for x in theorem.definitions.values()],
        "relations": [{"name": r.name, "formula": to_json(r.formula)} for r in theorem.relations.values()],
        "hypotheses": [
            {"name": h.name, "formula": None if h.formula is None else to_json(h.formula)} for h in theorem.hypotheses.values()
        ],
        "conclusions": [{"name": c.name, "formula": to_json(c.formula)} for c in theorem.conclusions.values()],
        "references": [{"name": r.name, **dict(r.template)} for r in theorem.references.values()],
        "steps": [
            {"name": s.name, "claim": to_json(s.claim), "claims": s.claims, "given": list(s.given), "by": s.by.kind}
            for s in theorem.steps.values()
        ],
    }  # fmt: skip


def _limit(to: Any) -> str | None:
    return None if to is None else str(to)


def canonical(node: Any) -> str:
    """Canonical JSON of an encoded expression: no spaces, keys and commutative arguments sorted."""
    return json.dumps(_sorted(node), separators=(",", ":"), sort_keys=True, ensure_ascii=True)


def _sorted(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _sorted(value) for key, value in node.items()}
    if isinstance(node, list):
        parts = [_sorted(part) for part in node]
        if parts and isinstance(parts[0], str) and parts[0] in _COMMUTATIVE:
            return [parts[0], *sorted(parts[1:], key=lambda part: json.dumps(part, sort_keys=True))]
        return parts
    return node


def _digest(content: Any) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()


_HASHED = ("axes", "quantities", "functions", "definitions", "relations", "hypotheses")


def statement_hash(theorem: Theorem, formula: Boolean) -> str:
    """SHA-256 of axes, quantities, definitions, relations, hypotheses and this formula; not of titles, LaTeX, resolutions or code."""
    declared = tuple(tuple(getattr(theorem, key).values()) for key in _HASHED)
    parts = sorted([*_shared(theorem, declared), ("formula", canonical(to_json(formula)))])
    content = ",".join(f"{json.dumps(key)}:{text}" for key, text in parts)
    return hashlib.sha256(f"{{{content}}}".encode()).hexdigest()


@lru_cache(maxsize=16)
def _shared(theorem: Theorem, declared: tuple[Any, ...]) -> list[tuple[str, str]]:
    """Canonical JSON of what all hashes of a theorem share; `declared`, its content, since a theorem may still grow."""
    whole = block(theorem)
    return [(key, canonical(whole[key])) for key in _HASHED]


def theorem_hash(theorem: Theorem) -> str:
    """SHA-256 of the same for all conclusions at once."""
    whole = block(theorem)
    return _digest({key: whole[key] for key in (*_HASHED, "conclusions")})


def setting_json(theorem: Theorem, setting: Setting) -> dict[str, Any]:
    """The definitions and functions in force, encoded."""
    return _setting_json(setting.definitions, setting.functions)


def _setting_json(definitions: Mapping[str, Any], functions: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "definitions": {name: to_json(value) for name, value in definitions.items()},
        "functions": {name: to_json(value.expr) for name, value in functions.items()},
    }


def setting_hash(theorem: Theorem, setting: Setting) -> str:
    """SHA-256 of the setting in force."""
    return _setting_hash(tuple(setting.definitions.items()), tuple(setting.functions.items()))


@lru_cache(maxsize=256)
def _setting_hash(definitions: tuple[Any, ...], functions: tuple[Any, ...]) -> str:
    return _digest(_setting_json(dict(definitions), dict(functions)))
