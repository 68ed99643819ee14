"""What the prover is asked about: a one-step update with its noise, and a stochastic differential equation, as SymPy expressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from typing import Any

import sympy as sp

from verify.errors import BadInput

Formula = Any
"""A SymPy expression; SymPy's own annotations are too loose for a type checker to follow."""


@dataclass(frozen=True)
class Noise:
    """A random vector, drawn afresh at each step and independent of the past, known through its moments.

    Args:
        variables: the symbols of its entries.
        moments: monomials in the variables to their expectations given the state, such as {z: 0, z**2: S(x), z**3: 0}. An
            expectation may depend on state, step and constants. A moment that is not given is an unknown function of the state; it
            appears by name in the answer where it matters.
    """

    variables: tuple[sp.Symbol, ...]
    moments: Mapping[Formula, Formula]

    def __init__(self, variables: sp.Symbol | Sequence[sp.Symbol], moments: Mapping[Any, Any]):
        listed = _symbols((variables,) if isinstance(variables, sp.Symbol) else variables, "the noise's variables")
        object.__setattr__(self, "variables", listed)
        object.__setattr__(
            self, "moments", {_formula(key, "a monomial"): _formula(e, f"E[{key}]") for key, e in moments.items()}
        )
        for monomial, expectation in self.moments.items():
            if (
                not monomial.is_polynomial(*listed)
                or len(sp.Add.make_args(monomial)) != 1
                or monomial.free_symbols - set(listed)
            ):
                raise BadInput(
                    f"the noise has a moment of {monomial}; give moments of monomials in {', '.join(map(str, listed))}, such as {listed[0]}**2"
                )
            if drawn := expectation.free_symbols & set(listed):
                raise BadInput(
                    f"E[{monomial}] is {expectation}, which holds the noise {min(map(str, drawn))}; an expectation depends on state, step and constants"
                )

    @classmethod
    def centred(cls, variables: sp.Symbol | Sequence[sp.Symbol], covariance: Any) -> Noise:
        """Mean zero and the given covariance (an expression, or a matrix of them); higher moments are left open."""
        listed = _symbols((variables,) if isinstance(variables, sp.Symbol) else variables, "the noise's variables")
        given = covariance if isinstance(covariance, (list, tuple, sp.MatrixBase)) else [[covariance]]
        matrix = _symmetric(given, len(listed), "covariance", "noise variable(s)")
        pairs = combinations_with_replacement(range(len(listed)), 2)
        return cls(listed, {**dict.fromkeys(listed, 0), **{listed[i] * listed[j]: matrix[i, j] for i, j in pairs}})


@dataclass(frozen=True)
class Update:
    """A Markov chain's one-step map.

    Args:
        state: each state variable to its value after one step: an expression in the state, the step, constants, noise variables and
            functions of the state. Functions may be evaluated at a shifted state, f(x + step*(...)).
        step: the small symbol.
        noise: one `Noise`, or several that are independent of each other.
        time: how far the limiting equation advances in one step; the step itself by default, step**2 for adaptive methods.
    """

    state: Mapping[sp.Symbol, Formula]
    step: sp.Symbol
    noise: tuple[Noise, ...]
    time: Formula

    def __init__(
        self, state: Mapping[sp.Symbol, Any], step: sp.Symbol, noise: Noise | Sequence[Noise] = (), time: Any = None
    ):
        if not isinstance(state, Mapping) or not state:
            raise BadInput(
                f"the state is {state!r}; give each variable's value after one step, such as {{x: x - eta*g}}"
            )
        groups: tuple[Any, ...] = tuple(noise) if isinstance(noise, (list, tuple)) else (noise,)
        for group in groups:
            if not isinstance(group, Noise):
                raise BadInput(f"the noise is {group!r}; give a Noise, such as Noise.centred(z, Sigma), or several")
        _symbols(state, "the state's variables")
        _symbols([step], "the step")
        object.__setattr__(self, "state", {v: _formula(new, f"the new {v}") for v, new in state.items()})
        object.__setattr__(self, "step", step)
        object.__setattr__(self, "noise", groups)
        object.__setattr__(self, "time", step if time is None else _formula(time, "the time of one step"))
        drawn = [z for group in groups for z in group.variables]
        clash = [s for s in drawn if drawn.count(s) > 1 or s in self.state] + (
            [step] if step in self.state or step in drawn else []
        )
        if clash:
            raise BadInput(
                f"the symbol {clash[0]} stands for two things; state, step and noise variables need different symbols"
            )

    @property
    def variables(self) -> tuple[sp.Symbol, ...]:
        """The state variables, in order."""
        return tuple(self.state)

    @property
    def drawn(self) -> tuple[sp.Symbol, ...]:
        """The noise variables of all groups, in order."""
        return tuple(z for group in self.noise for z in group.variables)

    @property
    def constants(self) -> tuple[sp.Symbol, ...]:
        """The symbols that are no state, step or noise, sorted by name: what is left counts as constant."""
        moments = [e for group in self.noise for e in group.moments.values()]
        free = {s for e in (*self.state.values(), self.time, *moments) for s in e.free_symbols}
        return tuple(sorted(free - {*self.variables, *self.drawn, self.step}, key=str))


@dataclass(frozen=True)
class SDE:
    """dX = drift dt + B dW in the sense of Ito, given by its drift and by diffusion = B B^T (a matrix; an expression for one variable).

    Both may depend on the state, the step and constants.
    """

    drift: tuple[Formula, ...]
    diffusion: sp.ImmutableMatrix = field()

    def __init__(self, drift: Any, diffusion: Any = 0):
        listed = drift if isinstance(drift, (list, tuple, sp.MatrixBase)) else [drift]
        object.__setattr__(self, "drift", tuple(_formula(entry, "a drift") for entry in listed))
        size = len(self.drift)
        given = diffusion if isinstance(diffusion, (list, tuple, sp.MatrixBase)) else sp.eye(size) * diffusion
        matrix = _symmetric(given, size, "diffusion B B^T", "state variable(s)")
        object.__setattr__(self, "diffusion", sp.ImmutableMatrix(matrix))


def _formula(entry: Any, what: str) -> Formula:
    """An entry as a SymPy expression. Text is refused: to read it would be to run it."""
    try:
        formula = sp.sympify(entry, strict=True)
    except sp.SympifyError:
        formula = None
    if not isinstance(formula, sp.Expr):
        raise BadInput(f"{what} is {entry!r}; give a SymPy expression, such as x - eta*Function('g')(x)")
    return formula


def _symbols(entries: Any, what: str) -> tuple[sp.Symbol, ...]:
    listed = tuple(entries) if isinstance(entries, Iterable) else (entries,)
    if not listed or not all(isinstance(entry, sp.Symbol) for entry in listed):
        given = ", ".join(map(repr, listed)) or "nothing"
        raise BadInput(f"{what}: {given} was given; give SymPy symbols, such as symbols('x y')")
    return listed


def _symmetric(entries: Any, size: int, what: str, of: str) -> Formula:
    rows = entries.tolist() if isinstance(entries, sp.MatrixBase) else [list(row) for row in entries]
    matrix = [[_formula(entry, f"an entry of the {what}") for entry in row] for row in rows]
    if [len(row) for row in matrix] != [size] * size or matrix != [
        list(column) for column in zip(*matrix, strict=True)
    ]:
        raise BadInput(f"the {what} is {rows}; with {size} {of} give a symmetric {size} x {size} matrix")
    return sp.Matrix(matrix)
