"""Exact bounds on the largest normalised margin of a two-layer leaky ReLU network of any width.

For f(x) = sum_k a_k phi(w_k . x), phi(z) = max(z, alpha z), and rho^2 = sum_k a_k^2 + |w_k|^2, every network shows a
lower bound min_i y_i f(x_i)/rho^2. Weights lambda >= 0 show an upper one: with h(v) = sum_i lambda_i y_i phi(v . x_i),

    min_i y_i f(x_i) sum_i lambda_i <= sum_k a_k h(w_k) <= sum_k |a_k| |w_k| B <= rho^2 B/2,   B = max over |v| = 1 of
    |h(v)|.

On a sector (a cell of the arrangement of the hyperplanes x_i . v = 0, with signs s_i) h is linear with gradient g, and
+-h <= |+-g + sum_i mu_i s_i x_i| |v| for every mu >= 0, since s_i x_i . v >= 0 there; the certificate holds one mu for
each sector and sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flint import fmpq

from .core.expressions import number
from .programmes import shown
from .refusals import Refused, entry, items
from .sectors import Signs, Vector, combination, dot, sectors


def normalised_margin(
    w: Sequence[Vector], a: Vector, inputs: Sequence[Vector], labels: Vector, alpha: Fraction
) -> Fraction:
    """min_i y_i f(x_i)/rho^2 of the network with rows w_k and outer weights a_k."""
    square = sum((v * v for row in w for v in row), Fraction(0)) + sum((v * v for v in a), Fraction(0))
    if not square:
        raise ValueError("a network whose parameters are all zero has no normalised margin")
    margins = []
    for x, y in zip(inputs, labels, strict=True):
        reach = [dot(row, x) for row in w]
        margins.append(y * sum((ak * max(z, alpha * z) for ak, z in zip(a, reach, strict=True)), Fraction(0)))
    return min(margins) / square


def margin_bound(
    inputs: Sequence[Vector],
    labels: Vector,
    alpha: Fraction,
    weights: Vector,
    multipliers: Mapping[tuple[Signs, int], Vector],
) -> Fraction:
    """The square of a bound on the normalised margin of every network; multipliers that are not given count as zero."""
    if min(weights) < 0 or not any(weights) or not 0 <= alpha <= 1:
        raise ValueError("the weights must be nonnegative and not all zero, and alpha must lie in [0, 1]")
    largest = Fraction(0)
    for signs in sectors(inputs):
        slopes = [weight * y * (1 if s > 0 else alpha) for weight, y, s in zip(weights, labels, signs, strict=True)]
        gradient = combination(slopes, inputs)
        for side in (1, -1):
            mu = multipliers.get((signs, side)) or [Fraction(0)] * len(inputs)
            if min(mu) < 0:
                raise ValueError("a multiplier is negative; mu >= 0 is what makes its bound valid")
            shift = combination([m * s for m, s in zip(mu, signs, strict=True)], inputs)
            total = [side * g + v for g, v in zip(gradient, shift, strict=True)]
            largest = max(largest, dot(total, total))
    return largest / (2 * sum(weights)) ** 2


def check_optimum(template: dict[str, Any], data: Any, found: Any) -> str:
    """What one instance's certificate proves, in words: the largest normalised margin between two rationals.

    The template names the data that hold the inputs, the labels and the slope: {"kind": "two-layer", "X", "y",
    "alpha"}. The certificate holds a network {"w", "a"}, "weights", and "multipliers", a list of {"signs", "side",
    "mu"}.
    """
    name = template["name"]
    inputs = _rows(entry(data, template["X"], list, name))
    labels, alpha = _row(entry(data, template["y"], list, name)), _one(entry(data, template["alpha"], str, name))
    if len(inputs) * len(inputs[0]) > 72:
        raise Refused(f"{name} has {len(inputs)} inputs in dimension {len(inputs[0])}, too many cells for the kernel")
    multipliers = {}
    for each in entry(found, "multipliers", list, "the certificate"):
        signs = tuple(1 if s == 1 else -1 for s in entry(each, "signs", list, "a multiplier"))
        multipliers[signs, 1 if each.get("side") == 1 else -1] = _row(entry(each, "mu", list, "a multiplier"))
    try:
        w, a = _rows(entry(found, "w", list, "the certificate")), _row(entry(found, "a", list, "the certificate"))
        low = normalised_margin(w, a, inputs, labels, alpha)
        high = margin_bound(inputs, labels, alpha, _row(entry(found, "weights", list, "the certificate")), multipliers)
    except Refused:
        raise
    except ValueError as problem:
        raise Refused(f"the certificate of {name} proves nothing: {problem}") from None
    if low <= 0 or low * low > high:
        raise Refused(f"the certificate of {name} bounds no positive margin")
    low_text, high_text = (shown(fmpq(c.numerator, c.denominator)) for c in (low, high))
    return f"{name} lies between {low_text} and the root of {high_text}"


def _one(text: Any) -> Fraction:
    value = number(text)
    return Fraction(int(value.p), int(value.q))


def _row(values: Any) -> list[Fraction]:
    return [_one(value) for value in items(values, "a vector")]


def _rows(values: Any) -> list[list[Fraction]]:
    rows = [_row(row) for row in items(values, "a matrix")]
    if not rows or not rows[0] or len({len(row) for row in rows}) > 1:
        raise Refused("a matrix is empty, or its rows differ in length")
    return rows
