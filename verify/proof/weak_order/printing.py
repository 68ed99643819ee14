"""A modified equation as people read it: plain text for a terminal, LaTeX for a paper."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from verify.proof.weak_order.jets import Index
from verify.proof.weak_order.modified import ModifiedEquation
from verify.proof.weak_order.problem import Formula


def latex(expression: Formula | sp.MatrixBase) -> str:
    """LaTeX in the field's notation: f'' (or f_{xy} with several state variables), functions without arguments, E[z^3]."""
    return _Latex().doprint(expression)


def plain(expression: Formula | sp.MatrixBase) -> str:
    """The same as plain text."""
    return _Plain().doprint(expression)


def operator_latex(operator: dict[Index, Formula], variables: tuple[sp.Symbol, ...]) -> str:
    """A differential operator applied to the test function g."""
    terms = [
        f"{_grouped(latex(sp.factor_terms(c)), c)}\\,{_test(index, variables)}" for index, c in sorted(operator.items())
    ]
    return " + ".join(terms).replace("+ - ", "- ") or "0"


def text(found: ModifiedEquation, order: int) -> str:
    """What was found, as lines for a terminal: equation, error operator in LaTeX, and what the noise must satisfy."""
    update, expansion, diffusion = found.expansion.update, found.expansion, found.equation.diffusion
    scalar = len(update.variables) == 1
    drift: Formula = sp.Matrix(found.equation.drift)
    rows = ["drift", *(f"  {v}: {plain(b)}" for v, b in zip(update.variables, drift, strict=True)), "diffusion, B B^T"]
    rows += [f"  {', '.join(plain(entry) for entry in diffusion.row(i))}" for i in range(diffusion.rows)]
    reached = f", and no more: {order} was asked (see the noise below)" if found.obstruction else ""
    rows += [
        f"weak order {expansion.order} in {update.step}{'' if expansion.sharp else ' at least'}{reached}; one step takes the time {plain(update.time)}"
    ]
    rows += [f"constants: {', '.join(map(str, update.constants))}"] if update.constants else []
    rows += [
        "",
        "LaTeX",
        f"  b = {latex(drift[0] if scalar else drift)}",
        f"  BB^\\top = {latex(diffusion[0, 0] if scalar else diffusion)}",
    ]
    error = f"\\left( {operator_latex(expansion.leading, update.variables)} \\right)"
    rows += [f"  \\text{{local error}} = {_step_power(update.step, expansion.leading_power)} {error} + \\dots"]
    return "\n".join([*rows, "", "the noise", *("  " + sentence for sentence in noise_conditions(found, order))])


def noise_conditions(found: ModifiedEquation, order: int) -> list[str]:
    """Sentences that say what the noise must satisfy for the equation to have the order asked."""
    expansion = found.expansion
    sentences = []
    for group in expansion.update.noise:
        given = [f"E[{monomial}] = {plain(value)}" for monomial, value in group.moments.items()]
        sentences.append(
            f"given the past, {', '.join(map(str, group.variables))} has {', '.join(given) or 'moments that are left open'}"
        )
    for index, coefficient in found.obstruction.items():
        missing = expansion.time_power + order - (found.obstruction_power or 0)
        variables = "".join(str(v) * n for v, n in zip(expansion.update.variables, index, strict=True))
        size = f"O({expansion.update.step}{'' if missing == 1 else f'**{missing}'})"
        sentences.append(
            f"for order {order} the coefficient {plain(coefficient)} of g_{variables} must be zero or {size}; no drift or diffusion can cancel it"
        )
    entering = sorted(
        {
            str(f.func)
            for c in expansion.leading.values()
            for f in c.atoms(AppliedUndef)
            if str(f.func) in expansion.unknown_moments
        }
    )
    if entering and not found.obstruction:
        sentences.append(
            f"{', '.join(entering)} may be anything smooth with at most polynomial growth; of the moments left open these enter the error operator"
        )
    sentences.append(
        "all moments are bounded by polynomials in the state (needed to pass from the local to the global order; cited)"
    )
    return sentences


def _grouped(printed: str, c: Formula) -> str:
    return rf"\left({printed}\right)" if c.is_Add else printed


def _test(index: Index, variables: tuple[sp.Symbol, ...]) -> str:
    function = sp.Function("g")(*variables)
    counts = [(v, n) for v, n in zip(variables, index, strict=True) if n]
    return latex(sp.Derivative(function, *counts) if counts else function)


def _step_power(step: sp.Symbol, power: Fraction) -> str:
    return sp.latex(step ** sp.Rational(power.numerator, power.denominator))


def _marks(derivative: Formula) -> tuple[str, str]:
    """(primes, subscript): one of them is empty."""
    orders = [(v, int(n)) for v, n in derivative.variable_count]
    if len(derivative.expr.args) == 1 and orders[0][1] <= 3:
        return "'" * orders[0][1], ""
    return "", " ".join(sp.latex(v) for v, n in orders for _ in range(n))


class _Latex(LatexPrinter):
    def _print_AppliedUndef(self, e: AppliedUndef) -> str:
        name = e.func.__name__
        if name.startswith("E["):
            factors = (
                factor.partition("**")
                for factor in name[2:-1].replace("**", "^").replace("*", " ").replace("^", "**").split()
            )
            return rf"\mathbb{{E}}[{' '.join(sp.latex(sp.Symbol(z) ** int(n or 1)) for z, _, n in factors)}]"
        return sp.latex(sp.Symbol(name))

    def _print_Function(self, expr: Formula, exp: Formula = None) -> str:
        return self._print_AppliedUndef(expr)

    def _print_Derivative(self, e: Formula) -> str:
        primes, subscript = _marks(e)
        name = self._print_AppliedUndef(e.expr)
        return f"{name}{primes}" if primes else f"\\partial_{{{subscript}}} {name}"

    def _print_Pow(self, e: sp.Pow) -> str:
        if isinstance(e.base, (sp.Derivative, AppliedUndef)) and e.exp.is_Integer and e.exp > 0:
            if isinstance(e.base, AppliedUndef) and not e.base.func.__name__.startswith("E["):
                return f"{self._print(e.base)}^{{{e.exp}}}"
            return rf"\left({self._print(e.base)}\right)^{{{e.exp}}}"
        return super()._print_Pow(e)


class _Plain(StrPrinter):
    def _print_Function(self, e: AppliedUndef) -> str:
        return e.func.__name__

    def _print_Derivative(self, e: Formula) -> str:
        primes, _ = _marks(e)
        name = e.expr.func.__name__
        return f"{name}{primes}" if primes else f"{name}_" + "".join(str(v) * int(n) for v, n in e.variable_count)
