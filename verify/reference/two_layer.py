"""The largest margin of two-layer leaky ReLU networks: a convex programme, and exact bounds from both sides."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import isqrt
from typing import Any

import numpy as np
from scipy.sparse import block_diag, csc_array, eye_array, vstack

from verify.errors import BadInput
from verify.kernel.sectors import sectors
from verify.kernel.two_layer import margin_bound, normalised_margin
from verify.reference.conic import solve

_DENOMINATOR = 2**64
"""Solver output is rounded to this grid: finer than its accuracy, and short to print."""


@dataclass(frozen=True)
class TwoLayerOptimum:
    """The largest normalised margin max_theta min_i y_i f(x_i)/rho^2 over two-layer leaky ReLU networks of every width.

    `lower` is the margin of the network (w, a), and `upper` squared is the bound that `weights` and `multipliers`
    prove; both are exact rationals for the data as given, so the optimum is enclosed whatever the solver did. `neurons`
    is the number of hidden units of (w, a); the optimum is that of every width from there on.
    """

    lower: Fraction
    upper: Fraction
    w: tuple[tuple[Fraction, ...], ...]
    a: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]
    multipliers: dict[tuple[tuple[int, ...], int], tuple[Fraction, ...]]
    value: float
    """The solver's own optimum, without guarantee."""

    @property
    def neurons(self) -> int:
        """The number of hidden units of the network that attains `lower`."""
        return len(self.a)

    @property
    def gap(self) -> float:
        """(upper - lower)/upper."""
        return float((self.upper - self.lower) / self.upper)

    @property
    def directions(self) -> np.ndarray:
        """sign(a_k) w_k/|w_k| of each hidden unit, (neurons, D), as floats."""
        w, a = np.array(self.w, dtype=float), np.array(self.a, dtype=float)
        return np.sign(a)[:, None] * w / np.linalg.norm(w, axis=-1, keepdims=True)

    def certificate(self) -> dict[str, Any]:
        """What the kernel checks: the network, the weights and the multipliers, in strings of rationals."""
        return {
            "kind": "optimum",
            "w": [[str(v) for v in row] for row in self.w],
            "a": [str(v) for v in self.a],
            "weights": [str(v) for v in self.weights],
            "multipliers": [
                {"signs": list(signs), "side": side, "mu": [str(v) for v in mu]}
                for (signs, side), mu in self.multipliers.items()
            ],
        }


def two_layer_optimum(X: Any, y: Any, alpha: Any) -> TwoLayerOptimum:
    """The largest normalised margin of f(x) = sum_k a_k phi(w_k . x) at any sufficient width.

    phi(z) = max(z, alpha z). With u = a w the programme is to minimise sum |u_{c,s}| over sectors c of the arrangement
    x_i . v = 0 and signs s, subject to u_{c,s} in c and y_i sum s phi'(c) x_i . u_{c,s} >= 1; the optimum is 1/(2
    value). Its multipliers are the dual certificate.

    Args:
        X: inputs (n, D), one row an example; ints, Fractions, strings such as "1/3", or floats (which are rationals).
            The number of sectors grows like n^(D-1): D = 2 and 3 are quick up to some tens of examples.
        y: labels +1 or -1.
        alpha: the slope in [0, 1]; a float is taken as the rational that it is, so write Fraction(1, 10) or "1/10" for
            one tenth.

    Raises:
        BadInput: for labels, shapes or slopes that make no sense, for a zero input, for data that no such network fits,
            and when the solver fails.
    """
    inputs, labels, slope = _read(X, y, alpha)
    cells = sectors(inputs)
    x, sign = np.array(inputs, dtype=float), np.array(labels, dtype=float)
    value, units, weights, multipliers = _solve(x, sign, float(slope), cells)
    w, a = _network(units)
    lower = normalised_margin(w, a, inputs, labels, slope)
    if lower <= 0:
        raise BadInput(
            f"the solver's network has the margin {float(lower):.3g}; the data are not separated by it, so rescale them"
        )
    square = margin_bound(inputs, labels, slope, weights, multipliers)
    return TwoLayerOptimum(lower, _root_above(square), w, a, weights, multipliers, value)


def _solve(x: np.ndarray, y: np.ndarray, alpha: float, cells: list[tuple[int, ...]]) -> tuple[Any, ...]:
    # A common factor of the inputs scales the margin and nothing else; the solver gets inputs of size one.
    scale = np.abs(x).max()
    rows = x / scale
    signs = np.array(cells, dtype=float)
    sides = np.repeat([1.0, -1.0], len(cells))[:, None]
    patterns = sides * np.tile(np.where(signs > 0, 1.0, alpha) * y, (2, 1))
    units, (examples, dimension) = len(patterns), rows.shape
    # The unknowns are (t_c, u_c) for each unit, |u_c| <= t_c, and the programme minimises sum t_c.
    reached = np.zeros((examples, units, 1 + dimension))
    reached[:, :, 1:] = (patterns[:, :, None] * rows).swapaxes(0, 1)
    inside = np.zeros((units, examples, 1 + dimension))
    inside[:, :, 1:] = np.tile(signs, (2, 1))[:, :, None] * rows
    constraints = vstack(
        [csc_array(reached.reshape(examples, -1)), block_diag(list(inside)), eye_array(units * (1 + dimension))]
    )
    right = -np.repeat([1.0, 0.0], [examples, units * (examples + 1 + dimension)])
    found = solve(
        np.tile(np.eye(1 + dimension)[0], units), -constraints, right,
        nonnegative=examples * (1 + units), balls=[1 + dimension] * units, tolerance=1e-11,
    )  # fmt: skip
    # Whatever the solver thinks of its accuracy: both bounds are recomputed exactly from what it found.
    if found.outcome == "infeasible":
        raise BadInput(
            "the solver finds no two-layer leaky ReLU network that classifies every example correctly; remove contradicting "
            "or collinear examples, and bring the inputs to comparable lengths"
        )
    if found.outcome == "failed":
        raise BadInput(
            "the solver ended the two-layer programme without a solution; rescale the data, or remove near-duplicates"
        )
    solution = found.x.reshape(units, 1 + dimension)
    dual = np.maximum(found.dual[: examples * (1 + units)], 0).reshape(1 + units, examples)
    multipliers = {
        (cell, side): _rounded(mu) for (side, cell), mu in zip(product((1, -1), cells), dual[1:], strict=True)
    }
    vectors = [(int(side), u) for (side,), u in zip(sides, solution[:, 1:], strict=True)]
    return float(scale / (2 * solution[:, 0].sum())), vectors, _rounded(dual[0]), multipliers


def _network(units: list[tuple[int, np.ndarray]]) -> tuple[tuple[tuple[Fraction, ...], ...], tuple[Fraction, ...]]:
    """The balanced network of the solver's units, without those that are numerically zero."""
    lengths = np.array([np.linalg.norm(u) for _, u in units])
    kept = [i for i in np.argsort(-lengths) if lengths[i] > 1e-6 * lengths.max()]
    w = tuple(_rounded(units[i][1] / np.sqrt(lengths[i])) for i in kept)
    a = tuple(units[i][0] * _rounded(np.sqrt(lengths[i : i + 1]))[0] for i in kept)
    return w, a


def _rounded(values: np.ndarray) -> tuple[Fraction, ...]:
    return tuple(Fraction(round(Fraction(float(v)) * _DENOMINATOR), _DENOMINATOR) for v in np.atleast_1d(values))


def _root_above(square: Fraction, digits: int = 30) -> Fraction:
    """A rational at least sqrt(square), within 10^-digits."""
    scale = 10**digits
    return Fraction(isqrt(-(-square.numerator * scale * scale // square.denominator)) + 1, scale)


def _read(X: Any, y: Any, alpha: Any) -> tuple[list[list[Fraction]], list[Fraction], Fraction]:
    try:
        inputs = [[Fraction(_plain(v)) for v in row] for row in X]
        labels = [Fraction(_plain(v)) for v in y]
        slope = Fraction(_plain(alpha))
    except (TypeError, ValueError, OverflowError, ZeroDivisionError) as failure:
        raise BadInput(f"the data of a two-layer optimum are finite numbers, inputs in rows ({failure})") from None
    if not inputs or not inputs[0] or len({len(row) for row in inputs}) > 1:
        raise BadInput(
            "the inputs of a two-layer optimum form a matrix with at least one row and one column; their rows differ "
            "in length or are missing"
        )
    if len(labels) != len(inputs):
        raise BadInput(f"{len(inputs)} inputs and {len(labels)} labels were given; give one label a row")
    if not set(labels) <= {Fraction(1), Fraction(-1)}:
        other = next(label for label in labels if label not in (1, -1))
        raise BadInput(f"the label {other} was given; labels are +1 and -1, so replace the others")
    if not 0 <= slope <= 1:
        raise BadInput(
            f"the slope alpha of a leaky ReLU lies in [0, 1], and {slope} was given; alpha = 1 is a linear unit"
        )
    for i, row in enumerate(inputs):
        if not any(row):
            raise BadInput(f"the input in row {i} is zero, where every network has the value zero; remove it")
    return inputs, labels, slope


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
