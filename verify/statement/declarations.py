"""What a theorem is made of: immutable records of its axes, quantities, definitions, claims, families, experiments and attacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal

import sympy as sp
from sympy.core.expr import Expr
from sympy.logic.boolalg import Boolean

from verify.errors import StatementError

AxisKind = Literal["clock", "index", "draws"]
Sign = Literal["positive", "nonnegative", "real"]
QuantityKind = Literal["quantity", "parameter", "clock", "index"]
Level = Literal["quick", "thorough"]


@dataclass(frozen=True)
class Axis:
    """An index set: the clock (ordered, with a limit), a quantified index (neurons, data, scales), or iid draws."""

    name: str
    symbol: sp.Symbol
    kind: AxisKind
    to: Expr | None
    meaning: str


@dataclass(frozen=True)
class Quantity:
    """A named number of the theorem, measured along the axes in `over`; its `sign` is checked on every trace."""

    name: str
    symbol: sp.Symbol
    meaning: str
    over: tuple[str, ...]
    log: bool
    sign: Sign
    kind: QuantityKind
    latex: str


@dataclass(frozen=True)
class Definition:
    """A symbol that stands for an expression over quantities and earlier definitions."""

    name: str
    symbol: sp.Symbol
    value: Expr
    meaning: str
    over: tuple[str, ...]
    latex: str


@dataclass(frozen=True)
class Function:
    """A function of one variable that belongs to the setting, such as the loss of one margin."""

    name: str
    head: sp.core.function.UndefinedFunction
    variable: sp.Symbol
    value: Expr
    meaning: str
    latex: str


@dataclass(frozen=True)
class Relation:
    """A formula that holds between quantities by what they are and by the dynamics of the setting; steps may build on it."""

    name: str
    formula: Boolean
    because: str


@dataclass(frozen=True)
class Hypothesis:
    """A formula that an instance must satisfy: TESTED, BY CONSTRUCTION (a step proves it), or ASSUMED (with the reason)."""

    name: str
    formula: Boolean | None
    meaning: str
    within: Fraction | None
    assumed: str | None
    by_step: str | None
    spec: tuple[str, ...]

    @property
    def standing(self) -> str:
        """TESTED, BY CONSTRUCTION or ASSUMED."""
        return "ASSUMED" if self.assumed else "BY CONSTRUCTION" if self.by_step else "TESTED"


@dataclass(frozen=True)
class Conclusion:
    """A formula that the theorem claims, with the resolution at which measured numbers decide it.

    `differs` says, in the words that fidelity allows, where the formula is sharper than or differs from our reading of the paper.
    """

    name: str
    formula: Boolean
    meaning: str
    within: Fraction | None
    because: str
    differs: str
    on: tuple[str, ...] | None
    under: tuple[str, ...] | None
    level: Level
    spec: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """A step of the proof: its claim, what finds its certificate, and what it builds on."""

    name: str
    claim: Boolean
    claims: str | None
    by: Any
    given: tuple[str, ...]
    meaning: str
    spec: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """A way to draw instances; `without` names the hypotheses that its instances violate.

    `decides` names the conclusions and controls that it serves, where these are not all that could be asked of it.
    """

    name: str
    make: Callable[..., Any]
    meaning: str
    without: tuple[str, ...]
    decides: tuple[str, ...] | None
    level: Level
    spec: tuple[str, ...]


@dataclass(frozen=True)
class Space:
    """Where counterexamples are searched: `make(draw)` returns the instance at named coordinates that the search moves.

    `like` is the family whose experiments run on its instances, `confirm` one whose experiments decide a find again by another
    method; `without` names hypotheses that its instances break. An experiment gets at most `batch` instances at once.
    """

    name: str
    make: Callable[..., Any]
    meaning: str
    like: str
    confirm: str | None
    decides: tuple[str, ...] | None
    without: tuple[str, ...]
    batch: int


@dataclass(frozen=True)
class Experiment:
    """A function from (instances, setting, run) to a `Trace` holding the columns in `measures`.

    An *observation* (`observes`) only looks at the instances, and decides hypotheses before anything expensive runs.
    """

    name: str
    run: Callable[..., Any]
    measures: tuple[str, ...]
    decides: tuple[str, ...] | None
    on: tuple[str, ...] | None
    observes: bool
    meaning: str


@dataclass(frozen=True)
class Mutant:
    """A false variant of a conclusion's formula or of the setting; the conclusion's own check must refute it."""

    name: str
    of: str
    formula: Boolean
    define: Mapping[str, Expr | sp.Lambda]
    why: str
    on: tuple[str, ...] | None
    level: Level
    spec: tuple[str, ...]


@dataclass(frozen=True)
class Control:
    """A true statement that looks wrong; it must HOLD."""

    name: str
    formula: Boolean
    define: Mapping[str, Expr | sp.Lambda]
    why: str
    within: Fraction | None
    on: tuple[str, ...] | None
    under: tuple[str, ...] | None
    level: Level
    spec: tuple[str, ...]


@dataclass(frozen=True)
class Ablation:
    """A hypothesis dropped: on families that violate it alone, the conclusion must be REFUTED.

    A hypothesis about the setting (the tail of the loss, say) is dropped by `define` instead, on ordinary families.
    """

    name: str
    hypothesis: str
    breaks: str
    define: Mapping[str, Expr | sp.Lambda]
    on: tuple[str, ...]
    level: Level
    spec: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """A convex programme that an instance's data define; certificates hold only its solution.

    `template` follows the kernel's language for optimisation problems: matrices by the names of instance data, or the
    generated "identity", "zero", "ones".
    """

    name: str
    template: Mapping[str, Any]
    meaning: str
    spec: tuple[str, ...]


@dataclass(frozen=True)
class Plot:
    """What the report draws of a conclusion, in place of what it would read off the formula."""

    of: str
    y: Expr
    against: Expr | None
    predicted: Expr | None
    on: str


@dataclass(frozen=True)
class Setting:
    """The symbolic definitions and functions that experiment and prover both read; a mutant may replace some of them."""

    definitions: Mapping[str, Expr] = field(default_factory=dict)
    functions: Mapping[str, sp.Lambda] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "definitions", MappingProxyType(dict(self.definitions)))
        object.__setattr__(self, "functions", MappingProxyType(dict(self.functions)))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Setting, (dict(self.definitions), dict(self.functions)))

    def __getitem__(self, key: Any) -> Any:
        """The expression of a definition or the Lambda of a function, by symbol, function or name."""
        name = key if isinstance(key, str) else getattr(key, "name", None) or getattr(key, "__name__", str(key))
        if name in self.definitions:
            return self.definitions[name]
        if name in self.functions:
            return self.functions[name]
        raise StatementError(
            f"the setting has no definition {name!r}; it has {', '.join(sorted({*self.definitions, *self.functions})) or 'none'}"
        )

    @property
    def content(self) -> tuple[Any, ...]:
        """What it holds, as a key."""
        return (*self.definitions.items(), *self.functions.items())

    def replaced(self, define: Mapping[str, Any]) -> Setting:
        """This setting with some definitions or functions replaced by others of the same name."""
        unknown = set(define) - set(self.definitions) - set(self.functions)
        if unknown:
            raise StatementError(
                f"define= replaces {', '.join(sorted(unknown))}, which the setting does not define; it defines "
                f"{', '.join(sorted({*self.definitions, *self.functions})) or 'nothing'}"
            )
        definitions = {name: define.get(name, value) for name, value in self.definitions.items()}
        later = set(definitions)
        for name, value in definitions.items():
            needed = sorted(later & {symbol.name for symbol in value.free_symbols})
            if needed:
                raise StatementError(
                    f"define= makes {name!r} need {', '.join(needed)}, which is defined no earlier; use what stands before it"
                )
            later.remove(name)
        return Setting(definitions, {name: define.get(name, value) for name, value in self.functions.items()})
