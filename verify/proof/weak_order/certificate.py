"""The prover's steps in a theorem file: what is compared, as a reference of the statement block, and the finder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import sympy as sp


@dataclass(frozen=True)
class LocalExpansion:
    """Certifies a claim about the local expansion that a reference of kind "weak-order" describes; the kernel expands it itself."""

    kind: ClassVar[str] = "weak-order"

    def find(self, block: Any, step: str) -> dict[str, Any]:
        """Nothing has to be found: the kernel recomputes the expansion from the statement block."""
        return {"kind": self.kind}


def one_step(
    *,
    step: sp.Symbol,
    state: Sequence[sp.Symbol],
    update: Sequence[Any],
    drift: Sequence[Any],
    diffusion: Sequence[Sequence[Any]],
    noise: Sequence[sp.Symbol],
    moments: Mapping[Sequence[int] | int, Any],
    jets: Mapping[sp.Symbol, tuple[Any, ...]],
    local: sp.Symbol,
    time: Any = None,
    test: str = "g",
    residuals: Mapping[sp.Symbol, int] | None = None,
) -> dict[str, Any]:
    """The reference that says what `local` is: E g(state + update) - g(X_time) for dX = drift dt + B dW, B B^T = diffusion.

    Args:
        update, drift, diffusion, time: symbols of the theorem (quantities or definitions) or numbers; time defaults to the step.
        moments: exponents of the noise variables to the expectation of the monomial.
        jets: symbol to (function, order), to (function, multi-index), or to (function, multi-index, {state: increment}) for a
            function at the state moved by these increments.
        residuals: symbol to k, for the coefficient of step^k in `local`.
    """
    return {
        "kind": "weak-order",
        "step": step.name,
        "time": _name(step if time is None else time),
        "state": [x.name for x in state],
        "update": [_name(entry) for entry in update],
        "drift": [_name(entry) for entry in drift],
        "diffusion": [[_name(entry) for entry in row] for row in diffusion],
        "noise": [z.name for z in noise],
        "moments": {",".join(map(str, _index(exponents))): _name(value) for exponents, value in moments.items()},
        "jets": {symbol.name: _jet(*jet) for symbol, jet in jets.items()},
        "test": test,
        "local": local.name,
        "residuals": {symbol.name: k for symbol, k in (residuals or {}).items()},
    }


def _jet(function: str, index: Sequence[int] | int, at: Mapping[sp.Symbol, sp.Symbol] | None = None) -> list[Any]:
    moved = [] if at is None else [{x.name: _name(increment) for x, increment in at.items()}]
    return [function, list(_index(index)), *moved]


def _index(index: Sequence[int] | int) -> tuple[int, ...]:
    return (index,) if isinstance(index, int) else tuple(index)


def _name(entry: Any) -> str:
    """A symbol's name, or a number as a string in lowest terms."""
    return entry.name if isinstance(entry, sp.Symbol) else str(sp.Rational(entry))
