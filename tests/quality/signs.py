"""Which expressions of a theorem are positive or nonnegative by the declared signs, whatever is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from verify.evidence.interpret import Interpreter
from verify.evidence.trace import Trace
from verify.statement import operators as ops
from verify.statement.theorem import Theorem


@dataclass(frozen=True)
class Signs:
    """The signs of a theorem's expressions."""

    theorem: Theorem

    def positive(self, e: Any) -> bool:
        """As the interpreter reads it, when it asks whether a logarithm may be taken."""
        return Interpreter(self.theorem.quantities, self.theorem.setting, Trace({}, []), flow=False).positive(e)

    def nonnegative(self, e: Any) -> bool:
        """Sums, products, extremes and totals of what is nonnegative, powers of it, and even powers of anything."""
        if self.positive(e):
            return True
        if e.is_Symbol:
            definition = self.theorem.setting.definitions.get(e.name)
            declared = self.theorem.quantities.get(e.name)
            return (
                self.nonnegative(definition)
                if definition is not None
                else declared is not None and declared.sign == "nonnegative"
            )
        if e.is_Rational:
            return e >= 0
        if isinstance(e, AppliedUndef):
            return False
        if e.is_Pow:
            even = e.exp.is_Integer and e.exp % 2 == 0
            return bool(even) or self.nonnegative(e.base)
        if isinstance(e, sp.Abs):
            return True
        if isinstance(e, sp.Max):
            return any(map(self.nonnegative, e.args))
        if e.is_Mul or e.is_Add or isinstance(e, sp.Min):
            return all(map(self.nonnegative, e.args))
        return isinstance(e, ops.Aggregate) and self.nonnegative(e.parts[0])
