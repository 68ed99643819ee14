"""How much the kernel does for one goal: what would take for ever is refused before it is done. No proof rests on this."""

from __future__ import annotations

from collections.abc import Callable

from flint import fmpq_mpoly

from .core.expressions import DEPTH, NODES, Expression
from .refusals import Refused

SIZE, DEGREE, MONOMIAL = 20_000, 400, 1_000_000  # of a polynomial; its total degree; that of a monomial
FACTORED = 3_000, 100  # size and total degree up to which a polynomial is factored, which may take long
WORK, CALL = 20_000_000, 50  # products of terms in one goal; anything at all takes as long as so many of them
ORDER = 400  # of a root
SIZES = (24, 96, 384)  # generators of a field: one that is too small is tried first, for room costs time in factoring


class Full(Exception):
    """The field has no room for another generator."""


def with_room(attempt: Callable[[int], None]) -> None:
    """Attempt something with so many generators, and again with more where these are too few."""
    for generators in SIZES:
        try:
            return attempt(generators)
        except Full:
            continue
    raise Refused(f"the normal forms need more than {SIZES[-1]} generators")


def place(made: int, room: int) -> int:
    """The place of a new generator in a field with so much room.

    Raises:
        Full: there is no room for it.
    """
    if made == room:
        raise Full
    return made


def size(p: fmpq_mpoly) -> int:
    """How much room a polynomial takes: its terms, a long coefficient counted by its 64-bit words."""
    return len(p) + sum(c.height_bits() // 64 for c in p.coeffs())


def bounded(e: Expression) -> Expression:
    """`e` itself, if it is of a size that the kernel goes through: what stands in it twice is counted twice."""
    stack, count = [(e, 0)], 0
    while stack:
        node, level = stack.pop()
        stack += [(a, level + 1) for a in node] if isinstance(node, list) else []
        count += 1
        if count > 5 * NODES or level > 5 * DEPTH:
            raise Refused(f"an expression has more than {5 * NODES} nodes or {5 * DEPTH} levels when it is unfolded")
    return e


class Budget:
    """The work that is left for one goal, in products of terms."""

    def __init__(self) -> None:
        self.left = WORK

    def spend(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise Refused("the normal forms are too much work for the kernel")

    def product(self, p: fmpq_mpoly, q: fmpq_mpoly) -> fmpq_mpoly:
        self.spend(size(p) * size(q))
        return p * q

    def exponent(self, k: int) -> int:
        if k > MONOMIAL:
            raise Refused("a power is too large for the kernel")
        return k

    def order(self, d: int) -> int:
        if d > ORDER:
            raise Refused("a root is of too high an order for the kernel")
        return d

    def admit(self, *polynomials: fmpq_mpoly) -> None:
        """Refuse polynomials that are too large to be reduced."""
        for p in polynomials:
            terms = size(p)
            self.spend(CALL + terms)
            if terms > SIZE or p.total_degree() > (DEGREE if len(p) > 1 else MONOMIAL):
                raise Refused("a normal form is too large for the kernel")

    def admit_factoring(self, *polynomials: fmpq_mpoly) -> None:
        """Refuse polynomials that are too large to be factored."""
        for p in polynomials:
            self.spend(100 * size(p))
            if len(p) > 1 and (size(p) > FACTORED[0] or p.total_degree() > FACTORED[1]):
                raise Refused("a polynomial is too large for the kernel to factor")
