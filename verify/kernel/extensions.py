"""The heads beyond sums, products, powers, exp and log, and what each means to the core: the only door to its extensions.

NORMAL  its normal form, from the field and the arguments
PLAIN   of a reason, which only a certificate may hold: its value, as an expression without reasons
SIGN    the signs that it may have by its shape, from the reasons and the arguments
BALL    its enclosure, from those of the arguments
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import bounds, indices, rates, special
from .core.expressions import Expression
from .refusals import Refused

if TYPE_CHECKING:
    from .core.field import Field, Ratio

NORMAL = special.NORMAL | indices.NORMAL | rates.NORMAL
PLAIN = special.PLAIN | bounds.PLAIN
SIGN = special.SIGN | indices.SIGN | rates.SIGN | bounds.SIGN
BALL = special.BALL


def normal(field: Field, head: str, *args: Expression) -> Ratio:
    """The normal form of an expression with one of these heads; a sentence for one that stands for no number."""
    if head not in NORMAL:
        raise Refused(f'"{head}" stands for no number here')
    return NORMAL[head](field, *args)
