"""The flow of f(W) = |W - M|^2 / 2 with diagonal M in closed form, in balls: exponents of 1e-44 come out enclosed.

W' = -(W - M) W - W (W - M) is a Riccati equation. With E = exp(t M) and S = int_0^t exp(2 s M) ds it has the solution
W(t) = E (I + 2 W(0) S)^-1 W(0) E. Every function returns python-flint balls that contain the true numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from flint import arb, arb_mat, ctx, fmpq

BITS = 700
"""Working precision: starts of 1e-44 next to escapes of 1e44 leave more than 400 bits."""

Rational = Fraction | int


class _Precision:
    """The working precision for the time of a with-block."""

    def __enter__(self) -> None:
        self.before = ctx.prec
        ctx.prec = BITS

    def __exit__(self, *_: object) -> None:
        ctx.prec = self.before


def ball(number: Rational) -> arb:
    """The ball of a rational, at the working precision."""
    exact = Fraction(number)
    with _Precision():
        return arb(fmpq(exact.numerator, exact.denominator))


def solution(eigenvalues: Sequence[Rational], start: Sequence[Sequence[Rational]], time: Rational) -> arb_mat:
    """W(time), d x d, from the positive semidefinite W(0) = `start` with M = diag(eigenvalues), none of them 0."""
    with _Precision():
        return _solution(
            eigenvalues,
            [[ball(entry) for entry in row] for row in start],
            [(ball(m) * ball(time)).exp() for m in eigenvalues],
        )


def _solution(eigenvalues: Sequence[Rational], start: Sequence[Sequence[arb]], grown: Sequence[arb]) -> arb_mat:
    d = len(eigenvalues)
    spread = [(g * g - 1) / (2 * ball(m)) for g, m in zip(grown, eigenvalues, strict=True)]
    system = arb_mat([[(1 if i == j else 0) + 2 * start[i][j] * spread[j] for j in range(d)] for i in range(d)])
    solved = system.solve(arb_mat([list(row) for row in start]))
    return arb_mat([[grown[i] * solved[i, j] * grown[j] for j in range(d)] for i in range(d)])


def rank_one_limit(top: Rational, time: Rational) -> arb:
    """The one nonzero entry m e^(2mt) / (m + e^(2mt)) of the limit trajectory along the first eigenvector, m = `top`."""
    with _Precision():
        m = ball(top)
        e = (2 * m * ball(time)).exp()
        return m * e / (m + e)


def escaped(
    eigenvalues: Sequence[Rational],
    shape: Sequence[Sequence[Rational]],
    decimals: int,
    shift: Callable[[arb, arb, arb], arb],
    times: Sequence[Rational],
) -> list[arb_mat]:
    """W at `times` after its escape, from W(0) = 10^-decimals * `shape`.

    Escape is at the time `shift(nu_1, <W(0), u_1 u_1^T>, |W(0)|)` with nu_1 = 2 mu_1; `eigenvalues` start with the largest, mu_1 > 0.
    """
    with _Precision():
        start = [[ball(entry) / arb(10) ** decimals for entry in row] for row in shape]
        norm = sum((entry * entry for row in start for entry in row), arb(0)).sqrt()
        escape = shift(2 * ball(eigenvalues[0]), start[0][0], norm)
        return [
            _solution(eigenvalues, start, [(ball(m) * (ball(t) + escape)).exp() for m in eigenvalues]) for t in times
        ]


def escape_errors(
    eigenvalues: Sequence[Rational],
    shape: Sequence[Sequence[Rational]],
    decimals: int,
    shift: Callable[[arb, arb, arb], arb] = lambda rate, overlap, norm: (1 / overlap).log() / rate,
    times: Sequence[Rational] = (0,),
) -> list[arb]:
    """The distances of the flow to the limit trajectory along u_1 at `times` after the escape; see `escaped`."""
    moved = escaped(eigenvalues, shape, decimals, shift, times)
    return [distance_to_diagonal(w, [rank_one_limit(eigenvalues[0], t)]) for w, t in zip(moved, times, strict=True)]


def distance_to_diagonal(moved: arb_mat, diagonal: Sequence[arb | Rational]) -> arb:
    """The Frobenius distance of W to the diagonal matrix with these first entries, and 0 after them."""
    with _Precision():
        entries = [entry if isinstance(entry, arb) else ball(entry) for entry in diagonal]
        total = arb(0)
        for i in range(moved.nrows()):
            for j in range(moved.ncols()):
                gap = moved[i, j] - (entries[i] if i == j and i < len(entries) else 0)
                total += gap * gap
        return total.sqrt()


def local_slope(upper: arb, lower: arb, decades: int) -> arb:
    """The exponent between two errors that belong to scales `decades` powers of ten apart."""
    with _Precision():
        return (upper / lower).log() / (decades * arb(10).log())
