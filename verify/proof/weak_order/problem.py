"""What the prover is asked about: a one-step update with its noise, and a stochastic differential equation, as SymPy expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        listed = (variables,) if isinstance(variables, sp.Symbol) else tuple(variables)
        object.__setattr__(self, "variables", listed)
        object.__setattr__(self, "moments", {sp.sympify(key): sp.sympify(value) for key, value in moments.items()})
        for monomial in self.moments:
            if (
                not sp.sympify(monomial).is_polynomial(*listed)
                or len(sp.Add.make_args(monomial)) != 1
                or monomial.free_symbols - set(listed)
            ):
                raise BadInput(
                    f"the noise has a moment of {monomial}; give moments of monomials in {', '.join(map(str, listed))}, such as {listed[0]}**2"
                )

    @classmethod
    def centred(cls, variables: sp.Symbol | Sequence[sp.Symbol], covariance: Any) -> Noise:
        """Mean zero and the given covariance (an expression, or a matrix of them); higher moments are left open."""
        listed = [variables] if isinstance(variables, sp.Symbol) else list(variables)
        given = covariance if isinstance(covariance, (list, tuple, sp.MatrixBase)) else [[covariance]]
        matrix = sp.Matrix(given)
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
        groups = (noise,) if isinstance(noise, Noise) else tuple(noise)
        object.__setattr__(self, "state", {variable: sp.sympify(new) for variable, new in state.items()})
        object.__setattr__(self, "step", step)
        object.__setattr__(self, "noise", groups)
        object.__setattr__(self, "time", step if time is None else sp.sympify(time))
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


@dataclass(frozen=True)
class SDE:
    """dX = drift dt + B dW in the sense of Ito, given by its drift and by diffusion = B B^T (a matrix; an expression for one variable).

    Both may depend on the state, the step and constants.
    """

    drift: tuple[Formula, ...]
    diffusion: sp.ImmutableMatrix = field()

    def __init__(self, drift: Any, diffusion: Any = 0):
        listed = drift if isinstance(drift, (list, tuple, sp.MatrixBase)) else [drift]
        object.__setattr__(self, "drift", tuple(sp.sympify(entry) for entry in listed))
        size = len(self.drift)
        matrix = (
            sp.Matrix(diffusion) if isinstance(diffusion, (list, tuple, sp.MatrixBase)) else sp.eye(size) * diffusion
        )
        if matrix.shape != (size, size) or matrix != matrix.T:
            raise BadInput(
                f"the diffusion is {matrix.tolist()}; with {size} state variable(s) give a symmetric {size} x {size} matrix, B B^T"
            )
        object.__setattr__(self, "diffusion", sp.ImmutableMatrix(matrix))
