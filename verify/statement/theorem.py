"""`Theorem`: a result stated once, top to bottom as in a paper, that the rest of the library checks, prints and attacks.

A theorem is filled by calls (`clock`, `quantity`, `define`, `assume`, `conclude`, `step`, `family`, `experiment`, `mutant`, `ablate`,
...). Each call checks what it was given at once; what can only be checked when the file is complete (families named before they
are declared, a conclusion without a mutant) is checked by `complete` and listed by `gaps`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sympy as sp
from sympy.core.expr import Expr

from verify.errors import StatementError
from verify.statement import declarations as d
from verify.statement.admission import admit_expression, admit_formula, free_axes
from verify.statement.arguments import as_fraction, checked_name, names_of, spec_ids
from verify.statement.source import Paper


class Theorem:
    """A theorem: its statement, its proof, the instances on which it is checked, and the attacks that it must withstand.

    Args:
        name: unique, lower case with hyphens, such as "linear-max-margin".
        title: one line for people; defaults to the name.
        source: the paper, with its fidelity.
        summary: a few sentences for the report: what is stated, and what is not.

    Raises:
        StatementError: from any declaring call, with one sentence that says what to write instead.
    """

    expects_verdicts = True

    def __init__(self, name: str, title: str | None = None, source: Paper | None = None, summary: str = ""):
        self.name = checked_name(name, "theorem")
        self.title = title or name
        self.source = source
        self.summary = summary
        self.axes: dict[str, d.Axis] = {}
        self.quantities: dict[str, d.Quantity] = {}
        self.definitions: dict[str, d.Definition] = {}
        self.functions: dict[str, d.Function] = {}
        self.relations: dict[str, d.Relation] = {}
        self.hypotheses: dict[str, d.Hypothesis] = {}
        self.conclusions: dict[str, d.Conclusion] = {}
        self.steps: dict[str, d.Step] = {}
        self.references: dict[str, d.Reference] = {}
        self.families: dict[str, d.Family] = {}
        self.spaces: dict[str, d.Space] = {}
        self.experiments: dict[str, d.Experiment] = {}
        self.mutants: dict[str, d.Mutant] = {}
        self.controls: dict[str, d.Control] = {}
        self.ablations: dict[str, d.Ablation] = {}
        self.from_table: Callable[..., Any] | None = None
        self.tabulated: dict[str, Expr] = {}
        self.plots: dict[str, d.Plot] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def _repr_html_(self) -> str:
        from verify.statement.html import html

        return html(self)

    # Setting: axes, quantities, definitions --------------------------------------------------------------------------------

    def clock(
        self,
        name: str,
        *,
        to: Any = sp.oo,
        log: bool = False,
        meaning: str = "",
        sign: d.Sign = "positive",
        latex: str | None = None,
    ) -> sp.Symbol:
        """An ordered axis with a limit (oo or 0); its symbol is also its coordinate, recorded as a column of that name.

        With `log=True` the column holds log t, so that a clock may run to e^(10^6).
        """
        limit = sp.sympify(to)
        if limit not in (sp.oo, sp.Integer(0)):
            raise StatementError(f"the clock {name!r} goes to {to}; a clock goes to oo or to 0")
        return self._axis(name, "clock", limit, log, meaning, sign, latex)

    def index(self, name: str, *, meaning: str = "", sign: d.Sign = "real", latex: str | None = None) -> sp.Symbol:
        """A quantified axis: neurons, data, sampled scales."""
        return self._axis(name, "index", None, False, meaning, sign, latex)

    def draws(self, name: str, *, meaning: str = "", latex: str | None = None) -> sp.Symbol:
        """An axis of independent, identically distributed draws."""
        return self._axis(name, "draws", None, False, meaning, "real", latex)

    def _axis(
        self, name: str, kind: d.AxisKind, to: Expr | None, log: bool, meaning: str, sign: d.Sign, latex: str | None
    ) -> sp.Symbol:
        role: d.QuantityKind = "clock" if kind == "clock" else "index"
        symbol = self._declare(name, meaning, (name,), log, sign, role, latex)
        self.axes[name] = d.Axis(name, symbol, kind, to, meaning)
        return symbol

    def quantity(
        self,
        name: str,
        meaning: str = "",
        *,
        over: Any = (),
        log: bool = False,
        sign: d.Sign = "real",
        latex: str | None = None,
    ) -> sp.Symbol:
        """A number that experiments measure along the axes in `over`; `log=True` where it is recorded as its logarithm.

        `sign` is "positive", "nonnegative" or "real". Proof steps rest on it, so an instance that violates it is undecided. `latex` is
        its notation on the page.
        """
        return self._declare(
            name, meaning, self._axis_names(over, name), log, "positive" if log else sign, "quantity", latex
        )

    def parameter(
        self, name: str, meaning: str = "", *, sign: d.Sign = "positive", latex: str | None = None
    ) -> sp.Symbol:
        """A number of the instance, over no axis and constant along the clock."""
        return self._declare(name, meaning, (), False, sign, "parameter", latex)

    def _declare(
        self,
        name: str,
        meaning: str,
        over: tuple[str, ...],
        log: bool,
        sign: d.Sign,
        kind: d.QuantityKind,
        latex: str | None,
    ) -> sp.Symbol:
        self._fresh(name)
        if sign not in ("positive", "nonnegative", "real"):
            raise StatementError(f"the sign of {name!r} is {sign!r}; it is one of positive, nonnegative, real")
        symbol = sp.Symbol(name)
        self.quantities[name] = d.Quantity(name, symbol, meaning, over, log, sign, kind, latex or sp.latex(symbol))
        return symbol

    def define(self, name: str, value: Any, meaning: str = "", *, latex: str | None = None) -> sp.Symbol:
        """A symbol for an expression over quantities and earlier definitions; part of the setting."""
        self._fresh(name)
        expression = admit_expression(self, value, f"the definition of {name!r}")
        symbol = sp.Symbol(name)
        self.definitions[name] = d.Definition(
            name, symbol, expression, meaning, free_axes(self, expression), latex or sp.latex(symbol)
        )
        return symbol

    def function(
        self, name: str, variable: sp.Symbol, value: Any, meaning: str = "", *, latex: str | None = None
    ) -> Any:
        """A function of one variable that belongs to the setting, such as the loss of one margin; apply it in formulas."""
        self._fresh(name)
        if not isinstance(variable, sp.Symbol) or variable.name in self.names:
            raise StatementError(
                f"the variable {variable} of the function {name!r} must be a symbol that the theorem does not use otherwise"
            )
        expression = admit_expression(self, value, f"the function {name!r}", variable)
        head: Any = sp.Function(name)
        self.functions[name] = d.Function(name, head, variable, expression, meaning, latex or name)
        return head

    def relation(self, name: str, formula: Any, because: str) -> None:
        """A formula that holds by what the quantities are and by the dynamics; proof steps may be given it."""
        self._unused(self.relations, name, "relation")
        self.relations[name] = d.Relation(name, admit_formula(self, formula, f"the relation {name!r}"), because)

    def reference(self, name: str, template: Mapping[str, Any], meaning: str, *, spec: Any = ()) -> None:
        """A convex programme over the instance's data, in the kernel's language for optimisation problems."""
        self._unused(self.references, name, "reference")
        self.references[name] = d.Reference(name, dict(template), meaning, spec_ids(spec))

    def tabulate(self, name: str, value: Any) -> None:
        """An expression whose value at the end of the trace stands, with its error bar, in every record of a conclusion."""
        self._unused(self.tabulated, name, "tabulated value")
        self.tabulated[name] = admit_expression(self, value, f"the tabulated value {name!r}")

    def plot(self, of: str, y: Any, *, against: Any = None, predicted: Any = None, on: str = "") -> None:
        """What the report draws of a conclusion, where the picture that its formula suggests is not the one to look at.

        `y` is drawn against `against` (default: the axis along which it varies) beside `predicted`, on the family `on`
        (default: the first on which the conclusion is decided). A picture is no evidence: it changes no verdict and no hash.
        """
        self._unused(self.plots, of, "plot of")
        if of not in self.conclusions:
            raise StatementError(
                f"a plot is of {of!r}, which is no conclusion; the conclusions are {', '.join(self.conclusions) or 'none'}"
            )
        y, against, predicted = (
            None if part is None else admit_expression(self, part, f"the plot of {of!r}")
            for part in (y, against, predicted)
        )
        self.plots[of] = d.Plot(of, y, against, predicted, on)

    # Claims ----------------------------------------------------------------------------------------------------------------

    def assume(
        self, name: str, formula: Any = None, meaning: str = "", *, within: Any = None, assumed: str | None = None,
        by_step: str | None = None, spec: Any = (),
    ) -> None:  # fmt: skip
        """A hypothesis. A formula makes it TESTED, `by_step` BY CONSTRUCTION, `assumed` (the reason) ASSUMED.

        Where an observation, or the instance itself, measures all that the formula needs, it is decided before anything runs.
        """
        self._unused(self.hypotheses, name, "hypothesis")
        if isinstance(formula, str):
            formula, meaning = None, formula
        if (formula is None) != bool(assumed or by_step):
            raise StatementError(
                f"the hypothesis {name!r} needs a formula (TESTED), or by_step= (BY CONSTRUCTION), or assumed= with the reason; give exactly one"
            )
        admitted = None if formula is None else admit_formula(self, formula, f"the hypothesis {name!r}")
        self.hypotheses[name] = d.Hypothesis(
            name, admitted, meaning, as_fraction(within, name), assumed, by_step, spec_ids(spec)
        )

    def conclude(
        self, name: str, formula: Any, meaning: str = "", *, within: Any = None, because: str = "", differs: str = "", on: Any = None,
        under: Any = None, level: d.Level = "quick", spec: Any = (),
    ) -> None:  # fmt: skip
        """A conclusion: what must hold on every instance of each of its families.

        Args:
            within: the resolution, an exact positive number; measured equalities and limits need one. `because` says why this one.
            differs: how it is sharper than, or differs from, the source.
            on: the families that can decide it; by default all that lack no hypothesis it needs.
            under: the hypotheses that it needs; by default all.
            level: "quick", or "thorough" where it takes minutes.
            spec: ids of obligations that it carries.
        """
        self._unused(self.conclusions, name, "conclusion")
        admitted = admit_formula(self, formula, f"the conclusion {name!r}")
        self.conclusions[name] = d.Conclusion(
            name,
            admitted,
            meaning,
            as_fraction(within, name),
            because,
            differs,
            names_of(on),
            names_of(under),
            level,
            spec_ids(spec),
        )

    def step(self, name: str, claim: Any, *, by: Any, given: Any = (), meaning: str = "", spec: Any = ()) -> None:
        """A step of the proof: its claim (a formula, or the name of the conclusion that it proves) and what certifies it."""
        self._unused(self.steps, name, "step")
        if isinstance(claim, str):
            if claim not in self.conclusions:
                raise StatementError(
                    f"the step {name!r} claims {claim!r}, which is no conclusion; the conclusions are {', '.join(self.conclusions) or 'none'}"
                )
            formula, claims = self.conclusions[claim].formula, claim
        else:
            formula, claims = admit_formula(self, claim, f"the claim of the step {name!r}"), None
        known = {*self.relations, *self.hypotheses, *self.steps}
        unknown = [other for other in names_of(given) or () if other not in known]
        if unknown:
            raise StatementError(
                f"the step {name!r} is given {', '.join(unknown)}; declared so far are {', '.join(sorted(known)) or 'none'}"
            )
        self.steps[name] = d.Step(name, formula, claims, by, names_of(given) or (), meaning, spec_ids(spec))

    # Instances and experiments ---------------------------------------------------------------------------------------------

    def family(
        self, name: str, *, without: Any = (), decides: Any = None, meaning: str = "", level: d.Level = "quick", spec: Any = ()
    ) -> Callable[..., Any]:  # fmt: skip
        """Decorates `make(rng, size)`, which returns instances, or a dict of columns when there is no experiment.

        The columns are named like the quantities, with the instances first and then the axes. Integers and Fractions are exact, floats
        are measured. `without` names the hypotheses that its instances violate; `decides` restricts it to some conclusions.
        """

        def declare(make: Callable[..., Any]) -> Callable[..., Any]:
            self._unused(self.families, checked_name(name, "family"), "family")
            described = meaning or _first_line(make)
            self.families[name] = d.Family(
                name, make, described, names_of(without) or (), names_of(decides), level, spec_ids(spec)
            )
            return make

        return declare

    def space(
        self, name: str, *, like: str, confirm: str | None = None, decides: Any = None, without: Any = (), batch: int = 64
    ) -> Callable[..., Any]:  # fmt: skip
        """Decorates `make(draw)`, which returns the instance at the coordinates it draws; probes search there."""

        def declare(make: Callable[..., Any]) -> Callable[..., Any]:
            self._unused(self.spaces, checked_name(name, "space"), "space")
            self.spaces[name] = d.Space(
                name, make, _first_line(make), like, confirm, names_of(decides), names_of(without) or (), batch
            )
            return make

        return declare

    def table(self, make: Callable[..., Any]) -> Callable[..., Any]:
        """Decorates `make(table)`, which turns a user's own table into instances (the family "data")."""
        self.from_table = make
        return make

    def observe(self, *, measures: Iterable[Any], on: Any = None) -> Callable[..., Any]:
        """Decorates `look(instances, setting, run)`, which measures the instances alone; decides hypotheses first."""
        return self._experiment(measures, None, on, observes=True)

    def experiment(self, *, measures: Iterable[Any], decides: Any = None, on: Any = None) -> Callable[..., Any]:
        """Decorates `run(instances, setting, run)`, which returns a `Trace` holding the columns in `measures`.

        `setting[symbol]` is the expression of a definition, as the case under way has it; `run` has device, generators, tolerance and budget.
        `on` restricts it to some families, `decides` to some conclusions.
        """
        return self._experiment(measures, decides, on, observes=False)

    def _experiment(self, measures: Iterable[Any], decides: Any, on: Any, *, observes: bool) -> Callable[..., Any]:
        measured = names_of(measures) or ()
        undeclared = [name for name in measured if name not in self.quantities]
        if undeclared:
            raise StatementError(
                f"an experiment measures {', '.join(undeclared)}, which are no quantities of {self.name!r}; declare them first"
            )

        def declare(run: Callable[..., Any]) -> Callable[..., Any]:
            name = run.__name__.replace("_", "-")
            self._unused(self.experiments, name, "experiment")
            self.experiments[name] = d.Experiment(
                name, run, measured, names_of(decides), names_of(on), observes, _first_line(run)
            )
            return run

        return declare

    # Attacks ---------------------------------------------------------------------------------------------------------------

    def mutant(
        self, name: str, *, of: str, formula: Any = None, define: Mapping[Any, Any] | None = None, why: str, on: Any = None,
        level: d.Level = "quick", spec: Any = (),
    ) -> None:  # fmt: skip
        """A false variant of a conclusion: of its formula, or of the setting (`define=`). It must come out REFUTED.

        One family that refutes it is enough; it inherits the conclusion's resolution and hypotheses. `why` says what it gets wrong.
        """
        self._unused(self.mutants, name, "mutant")
        if of not in self.conclusions:
            raise StatementError(
                f"the mutant {name!r} is of {of!r}, which is no conclusion; the conclusions are {', '.join(self.conclusions) or 'none'}"
            )
        if formula is None and not define:
            raise StatementError(f"the mutant {name!r} changes nothing; give formula= or define=")
        original = self.conclusions[of].formula
        admitted = original if formula is None else admit_formula(self, formula, f"the mutant {name!r}")
        changed = self._changes(define, f"the mutant {name!r}")
        if admitted == original and not changed:
            raise StatementError(f"the mutant {name!r} is the conclusion {of!r} itself; change its formula")
        self.mutants[name] = d.Mutant(name, of, admitted, changed, why, names_of(on), level, spec_ids(spec))

    def control(
        self, name: str, *, formula: Any, why: str, define: Mapping[Any, Any] | None = None, within: Any = None, on: Any = None,
        under: Any = None, level: d.Level = "quick", spec: Any = (),
    ) -> None:  # fmt: skip
        """A true statement that looks wrong; it must HOLD."""
        self._unused(self.controls, name, "control")
        admitted = admit_formula(self, formula, f"the control {name!r}")
        self.controls[name] = d.Control(
            name, admitted, self._changes(define, f"the control {name!r}"), why, as_fraction(within, name), names_of(on), names_of(under),
            level, spec_ids(spec),
        )  # fmt: skip

    def ablate(
        self, hypothesis: str, *, breaks: str, on: Any, define: Mapping[Any, Any] | None = None, name: str | None = None,
        level: d.Level = "quick", spec: Any = (),
    ) -> None:  # fmt: skip
        """Where this hypothesis alone is violated, by the families `on` or by `define=`, `breaks` must be REFUTED."""
        named = name or f"{hypothesis}-breaks-{breaks}"
        self._unused(self.ablations, named, "ablation")
        for what, known, kind in (
            (hypothesis, self.hypotheses, "hypothesis"),
            (breaks, self.conclusions, "conclusion"),
        ):
            if what not in known:
                declared = ", ".join(known) or "none"
                raise StatementError(
                    f"the ablation {named!r} names {what!r}, which is no {kind}; declared are {declared}"
                )
        changed = self._changes(define, f"the ablation {named!r}")
        self.ablations[named] = d.Ablation(
            named, hypothesis, breaks, changed, names_of(on) or (), level, spec_ids(spec)
        )

    def _changes(self, define: Mapping[Any, Any] | None, where: str) -> dict[str, Any]:
        changed: dict[str, Any] = {}
        for key, value in (define or {}).items():
            name = names_of((key,))[0]  # type: ignore[index]
            if name in self.functions:
                function = self.functions[name]
                changed[name] = sp.Lambda(function.variable, admit_expression(self, value, where, function.variable))
            else:
                changed[name] = admit_expression(self, value, where)
        self.setting.replaced(changed)
        return changed

    # What the rest of the library reads --------------------------------------------------------------------------------------

    @property
    def names(self) -> set[str]:
        """The names of all symbols: quantities (with axes) and definitions."""
        return {*self.quantities, *self.definitions}

    @property
    def setting(self) -> d.Setting:
        """The definitions and functions, unmutated."""
        return d.Setting(
            {name: definition.value for name, definition in self.definitions.items()},
            {name: sp.Lambda(function.variable, function.value) for name, function in self.functions.items()},
        )

    def symbol(self, name: str) -> sp.Symbol:
        """The symbol of a quantity or definition."""
        return (self.quantities.get(name) or self.definitions[name]).symbol

    def over(self, name: str) -> tuple[str, ...]:
        """The axes along which the named quantity or definition varies; none for a bound variable."""
        declared = self.quantities.get(name) or self.definitions.get(name)
        return declared.over if declared else ()

    def needed(self, under: tuple[str, ...] | None) -> tuple[str, ...]:
        """The hypotheses that a claim needs: those it names, or all."""
        return tuple(self.hypotheses) if under is None else under

    def _axis_names(self, over: Any, name: str) -> tuple[str, ...]:
        axes = names_of(over) or ()
        for axis in axes:
            if axis not in self.axes:
                raise StatementError(
                    f"{name!r} runs over {axis!r}, which is no axis; the axes are {', '.join(self.axes) or 'none'}"
                )
        return axes

    def _fresh(self, name: str) -> None:
        checked_name(name, "symbol", pattern=r"[A-Za-z][A-Za-z0-9_]*")
        if name in self.names or name in self.functions:
            raise StatementError(f"{self.name!r} declares {name!r} twice; give the second one another name")

    def _unused(self, table: Mapping[str, Any], name: str, kind: str) -> None:
        if kind != "tabulated value":  # which is prose
            checked_name(name, kind)
        if name in table:
            raise StatementError(f"{self.name!r} declares the {kind} {name!r} twice; give the second one another name")


class Conjecture(Theorem):
    """A theorem with no expected verdict: checking it prints whatever came out."""

    expects_verdicts = False


def _first_line(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").strip().split("\n", 1)[0]
