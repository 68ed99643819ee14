"""The first coordinate of evidence: how the numbers behind a verdict were computed."""

from __future__ import annotations

from enum import IntEnum


class Grade(IntEnum):
    """Computation, worst first; the grade of a combination is the least of its parts (`min`)."""

    ESTIMATED = 0
    """Floating point, with an error from refinement."""

    ENCLOSED = 1
    """Ball arithmetic: rigorous enclosures."""

    EXACT = 2
    """Integers, rationals, algebraic identities."""
