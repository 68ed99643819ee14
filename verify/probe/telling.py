"""What a probe says: its witness as text or as an example in LaTeX, or what the claim survived."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.statement.cases import Case
from verify.statement.render import latex, text
from verify.statement.theorem import Theorem

if TYPE_CHECKING:
    from verify.probe.find import Probe


def told(probe: Probe) -> str:
    """The outcome as lines for the terminal."""
    name = f"{probe.theorem.name}::{probe.case.name}" + "".join(f" without {each}" for each in probe.case.without)
    lines = _witnessed(probe, name) if probe.confirmation else _survived(probe, name)
    for judged, check in probe.artefacts:
        lines.append(f"  numerical artefact (violation {judged.violation:.4g}), caught by {check.name}: {check.seen}")
    return "\n".join([*lines, f"  {_spent(probe)}"])


def _witnessed(probe: Probe, name: str) -> list[str]:
    assert probe.confirmation is not None
    judged = probe.confirmation.judged
    lines = [
        f"COUNTEREXAMPLE to {name}: {text(probe.theorem, probe.case.formula)}",
        f"  REFUTED, {judged.grade.name.lower()}, 1 instance, by {judged.violation:.6g} beyond the resolution",
        f"  {judged.reason}",
        f"  space {judged.element.space.name}:",
    ]
    lines += [f"    {key} = {written(c.exact)}" for key, c in judged.element.point.items()]
    if (beyond := judged.element.point.get("widened")) is not None and beyond.values[()] > 1:
        lines.append(
            "  This lies beyond the family's own box, and no hypothesis excludes it; state the one that does, or declare a space."
        )
    lines += [f"  hypothesis {key}: {answer.value}" for key, answer in judged.hypotheses.items()]
    lines += [f"  confirmed by {check.name}: {check.seen}" for check in probe.confirmation.checks]
    return [*lines, f"  found by {probe.method} search"]


def _survived(probe: Probe, name: str) -> list[str]:
    nearest = probe.tally.nearest
    lines = [f"no counterexample to {name} was found: {text(probe.theorem, probe.case.formula)}"]
    if nearest is None:
        lines.append(
            f"  nothing was decided on any element{f': {probe.tally.why_undecided}' if probe.tally.why_undecided else ''}"
        )
    else:
        lines.append(
            f"  closest approach: {nearest.answer.value}, at the distance {nearest.margin:.4g} from being refuted, at"
        )
        lines += [f"    {key} = {written(c.exact, 60)}" for key, c in nearest.element.point.items()]
    return lines


def _spent(probe: Probe) -> str:
    tally = probe.tally
    spaces = ", ".join(f"{name} ({count:,})" for name, count in tally.spaces.items()) or "none"
    rest = (
        f"{tally.blocked:,} break a hypothesis, {tally.undecided:,} are undecided, {tally.rejected:,} draws lie outside"
    )
    return f"{tally.evaluations:,} evaluations in {probe.seconds:.0f} s, seed {probe.seed}; spaces: {spaces}; {rest}"


def written(values: Any, longest: int = 400) -> str:
    """Exact numbers as nested lists of rationals."""
    whole = _listed(values)
    return whole if len(whole) <= longest else f"{whole[: longest - 4]} ..."


def _listed(values: Any) -> str:
    return f"[{', '.join(_listed(each) for each in values)}]" if getattr(values, "ndim", 0) else str(_short(values))


def _short(value: Any) -> Any:
    number = value[()] if hasattr(value, "ndim") else value
    return number if number.denominator < 10**6 else f"{float(number):.6g}"


def example(theorem: Theorem, case: Case, witness: Mapping[str, Any]) -> str:
    """A witness as an example environment for a paper."""
    title = _escaped(theorem.title)
    lines = [rf"\begin{{example}}[{title}]", "Let"]
    entries = [rf"  \mathit{{{_escaped(name)}}} &= {_matrix(value)}" for name, value in witness["point"].items()]
    lines += [r"\begin{align*}", ",\\\\\n".join(entries) + ".", r"\end{align*}"]
    given = [name for name in witness.get("hypotheses", {}) if name not in witness["dropped"]]
    if given:
        lines.append(f"The hypotheses {_named(given)} hold.")
    if witness["dropped"]:
        lines.append(f"The hypothesis {_named(witness['dropped'])} does not hold.")
    verb = "statement" if case.kind == "mutant" else "conclusion"
    lines += [f"The {verb}", rf"\[ {latex(theorem, case.formula)} \]"]
    found = float(witness["expected"]["violation"])
    lines += [
        f"fails, by ${_power(found)}$ beyond the resolution ({str(witness['expected']['grade']).lower()}).",
        r"\end{example}",
    ]
    return "\n".join(lines)


def _named(names: Any) -> str:
    return ", ".join(rf"\emph{{{_escaped(each)}}}" for each in names)


def _matrix(value: Any) -> str:
    if not isinstance(value, list):
        return _fraction(value)
    if value and isinstance(value[0], list):
        if value[0] and isinstance(value[0][0], list):
            return r"\left(" + r",\; ".join(_matrix(each) for each in value) + r"\right)"
        return (
            r"\begin{pmatrix} "
            + r" \\ ".join(" & ".join(_fraction(entry) for entry in row) for row in value)
            + r" \end{pmatrix}"
        )
    return r"\left(" + ", ".join(_fraction(entry) for entry in value) + r"\right)"


def _fraction(value: str) -> str:
    number = Fraction(value)
    if number.denominator == 1:
        return str(number)
    return rf"{'-' if number < 0 else ''}\tfrac{{{abs(number.numerator)}}}{{{number.denominator}}}"


def _power(value: float) -> str:
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def _escaped(words: str) -> str:
    return "".join(
        {"_": r"\_", "&": r"\&", "%": r"\%", "#": r"\#", "$": r"\$", "^": r"\^{}", "\\": r"\textbackslash{}"}.get(c, c)
        for c in words
    )
