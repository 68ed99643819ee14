"""What a theorem's page shows, as plain data; the templates only lay it out."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from verify.report import numbers
from verify.report.figures import drawn
from verify.report.graphs import proof
from verify.report.mathml import sanitised
from verify.report.probes import Probed
from verify.report.redundancy import Break, Necessity
from verify.report.status import Standing, standing
from verify.report.summary import Summary, citation, fidelity_sentence, summary

_EMBEDDED = 1_000
"""Characters of a certificate or witness that a page prints; a longer one is named by size and hash, and stands in report.json."""

Block = dict[str, Any]
Record = dict[str, Any]


@dataclass(frozen=True)
class Formula:
    """MathML where the report holds it and it is harmless, else the plain text; `latex` for copying."""

    html: Markup
    latex: str = ""


@dataclass(frozen=True)
class Exhibit:
    """A certificate or a witness: what kind, and its text or, where that is long, its size and hash."""

    kind: str
    text: str


@dataclass(frozen=True)
class Case:
    """One record, every number already in words."""

    anchor: str
    case: str
    kind: str
    of: str
    drops: str
    families: str
    verdict: str
    expected: str
    as_expected: bool
    evidence: str
    """Grade, confidence where sampled, scope: the words that never leave the verdict."""
    reason: str
    formula: Formula
    measured: tuple[tuple[str, str], ...]
    resolution: str
    resolving_power: str
    distance: str
    left_out: tuple[str, ...]
    certificate: Exhibit | None
    witness: Exhibit | None
    figure: Markup | None
    seconds: str
    spec: str
    own_command: str
    """What decides it again, where that is not the page's command with this case in place of CASE."""


@dataclass(frozen=True)
class Symbol:
    """A quantity, parameter, axis, function or definition."""

    name: str
    symbol: Formula
    value: Formula | None
    meaning: str
    kind: str


@dataclass(frozen=True)
class Hypothesis:
    name: str
    formula: Formula | None
    sentence: str
    standing: str
    because: str
    cases: tuple[Case, ...]
    necessity: Necessity
    broken: tuple[tuple[Break, Case | None], ...]
    """What fell without it, with the case that shows it."""


@dataclass(frozen=True)
class Step:
    name: str
    claim: Formula | None
    claims: str
    given: tuple[str, ...]
    checked_by: str
    """kernel, cas, cited, or empty where the step was not run."""
    accepted: bool
    citation: str
    case: Case | None


@dataclass(frozen=True)
class Variant:
    """A mutant, a control or an ablation."""

    name: str
    of: str
    drops: str
    why: str
    formula: Formula | None
    setting: tuple[tuple[Formula, Formula], ...]
    """What is defined otherwise, and how."""
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Conclusion:
    name: str
    formula: Formula
    sentence: str
    under: tuple[str, ...]
    standing: Standing
    because: str
    differs: str
    cases: tuple[Case, ...]
    probes: tuple[Case, ...]


@dataclass(frozen=True)
class Shared:
    """What every conclusion's record of a family repeats, once: a column for each quantity, a row for each family."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Page:
    summary: Summary
    about: str
    source: str
    fidelity: str
    note: str
    graph: Markup | None
    group: str
    """Of the inventory: ids of this group stand without it."""
    symbols: tuple[Symbol, ...]
    relations: tuple[tuple[str, Formula], ...]
    hypotheses: tuple[Hypothesis, ...]
    steps: tuple[Step, ...]
    conclusions: tuple[Conclusion, ...]
    mutants: tuple[Variant, ...]
    controls: tuple[Variant, ...]
    ablations: tuple[Variant, ...]
    shared: Shared
    families: tuple[tuple[str, str], ...]
    not_planned: tuple[str, ...]
    cases: tuple[Case, ...]
    command: str
    """What decides a CASE again."""
    devices: str


def page(report: dict[str, Any], theorem: str, probes: Sequence[Probed] = ()) -> Page:
    """The page of one theorem of the report."""
    block: Block = report["statements"][theorem]
    about: Block = block.get("about", {})
    records = [record for record in report["records"] if record["theorem"] == theorem]
    repeated = _repeated(records)
    command = max((commands := [_command(record) for record in records]), key=commands.count, default="")
    groups = [each.rpartition("/")[0] for record in records for each in record["spec"]]
    group = max(groups, key=groups.count, default="")
    cases = [_case(record, f"c{place}", repeated, command, group) for place, record in enumerate(records)]
    shown = {case.case: case for case in cases}
    rendered = block.get("rendered", {})

    def of(kind: str, name: str | None = None, **fields: str) -> tuple[Case, ...]:
        wanted = {"kind": kind, **({"name": name} if name else {}), **fields}
        return tuple(
            case
            for case, record in zip(cases, records, strict=True)
            if all(record.get(key) == value for key, value in wanted.items())
        )

    def variants(group: str, kind: str) -> tuple[Variant, ...]:
        declared = about.get(group, {})
        names = list(dict.fromkeys([*declared, *(record["name"] for record in records if record["kind"] == kind)]))
        return tuple(_variant(name, declared.get(name, {}), rendered, group, of(kind, name)) for name in names)

    kind_of_conclusion = "conjecture" if about.get("kind") == "conjecture" else "conclusion"
    source = about.get("source") or {}
    counts = summary(report, theorem, probes)
    return Page(
        summary=counts,
        about=about.get("summary") or "",
        source=citation(about.get("source")),
        fidelity=fidelity_sentence(source.get("fidelity")),
        note=source.get("note") or "",
        graph=proof(block, records),
        group=group,
        symbols=_symbols(block, about.get("meanings", {}), rendered),
        relations=tuple(
            (each["name"], _formula(rendered.get("relations", {}).get(each["name"]), each["formula"]))
            for each in block.get("relations", [])
        ),
        hypotheses=tuple(
            _hypothesis(
                each,
                about.get("hypotheses", {}).get(each["name"], {}),
                rendered,
                of("hypothesis", each["name"]),
                necessity,
                tuple((fell, shown.get(fell.record["case"]) if fell.record else None) for fell in necessity.broken),
            )
            for each, necessity in zip(block["hypotheses"], counts.redundancy, strict=True)
        ),
        steps=tuple(
            _step(each, about.get("steps", {}).get(each["name"], {}), rendered, records, of("step", each["name"]))
            for each in block["steps"]
        ),
        conclusions=tuple(
            _conclusion(
                each, block, records, rendered, of(kind_of_conclusion, each["name"]), of("probe", of=each["name"])
            )
            for each in block["conclusions"]
        ),
        mutants=variants("mutants", "mutant"),
        controls=variants("controls", "control"),
        ablations=variants("ablations", "ablation"),
        shared=_shared(repeated),
        families=tuple((name, _family(each)) for name, each in about.get("families", {}).items()),
        not_planned=tuple(about.get("not_planned", ())),
        cases=tuple(cases),
        command=command,
        devices=", ".join(sorted({record["device"] for record in records if record["device"]})),
    )


def _formula(rendered: Mapping[str, Any] | None, expression: Any = None) -> Formula:
    if rendered is None:
        return Formula(_code(expression if isinstance(expression, str) else json.dumps(expression, ensure_ascii=False)))
    return Formula(sanitised(rendered.get("mathml")) or _code(rendered["text"]), rendered["latex"])


def _code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(text)


def _repeated(records: list[Record]) -> dict[str, dict[str, Any]]:
    """For each family, the measurements that two or more conclusions hold and all of them agree on."""
    by_family: dict[str, list[Record]] = {}
    for record in records:
        if record["kind"] == "conclusion" and len(record["families"]) == 1:
            by_family.setdefault(record["families"][0], []).append(record)
    return {
        family: {
            name: value
            for name, value in same[0]["measured"].items()
            if all(name in each["measured"] and each["measured"][name] == value for each in same)
        }
        for family, same in by_family.items()
        if len({record["name"] for record in same}) > 1
    }


def _shared(repeated: Mapping[str, Mapping[str, Any]]) -> Shared:
    """A quantity of several instances is given by its least and its largest value, and has one column."""
    columns = dict.fromkeys(_plain(name) for values in repeated.values() for name in values)
    rows = [
        (
            family,
            tuple(
                " to ".join(numbers.measurement(value) for name, value in values.items() if _plain(name) == column)
                for column in columns
            ),
        )
        for family, values in repeated.items()
        if values
    ]
    return Shared(tuple(columns), tuple(rows))


def _plain(name: str) -> str:
    return name.removeprefix("least ").removeprefix("largest ")


def _command(record: Record) -> str:
    """The command that decides a record again, with CASE for the case."""
    return record["reproduce"].replace(record["case"], "CASE")


def _case(record: Record, anchor: str, repeated: Mapping[str, Mapping[str, Any]], command: str, group: str) -> Case:
    told = repeated.get(record["families"][0], {}) if record["kind"] == "conclusion" and record["families"] else {}
    sampled = f", confidence {record['sampling']:.6g}" if record["sampling"] is not None else ""
    grade = record["grade"].lower() if record["grade"] else record["checked_by"] or ""
    return Case(
        anchor=anchor,
        case=record["case"],
        kind=record["kind"],
        of=record.get("of") or record["name"],
        drops=record.get("drops") or "",
        families=", ".join(record["families"] or ()),
        verdict=record["verdict"],
        expected=record["expected"] or "any answer",
        as_expected=record["as_expected"],
        evidence=f"{grade}{sampled}, {record['scope']}",
        reason=record["reason"]["sentence"],
        formula=_formula(record["formula"]),
        measured=tuple(
            (name, numbers.measurement(value)) for name, value in record["measured"].items() if name not in told
        ),
        resolution=numbers.number(record["resolution"]),
        resolving_power=numbers.number(record["resolving_power"]),
        distance=numbers.number(record.get("distance")),
        left_out=tuple(f"{each['count']}: {each['why']}" for each in record.get("left_out", ())),
        certificate=_exhibit(record["certificate"], "kind", "reference"),
        witness=_exhibit(record["witness"], "family"),
        figure=drawn(record.get("figure")),
        seconds=f"{record['seconds']:.2g}",
        spec=", ".join(each.removeprefix(f"{group}/") for each in record["spec"]),
        own_command="" if _command(record) == command else record["reproduce"],
    )


def _exhibit(found: Mapping[str, Any] | None, *kinds: str) -> Exhibit | None:
    if found is None:
        return None
    text = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    kind = next((str(found[key]) for key in kinds if key in found), "")
    if len(text) > _EMBEDDED:
        text = f"{len(text):,} characters in report.json, sha256 {hashlib.sha256(text.encode()).hexdigest()}"
    return Exhibit(kind, Markup(html.escape(text, quote=False)))  # it stands between tags, where quotes may stay


def _symbols(block: Block, meanings: Mapping[str, str], rendered: Mapping[str, Any]) -> tuple[Symbol, ...]:
    def symbol(name: str, kind: str, value: Formula | None = None) -> Symbol:
        return Symbol(name, _named(name, rendered), value, meanings.get(name, ""), kind)

    named = {each["name"] for each in block["quantities"]}
    axes = [symbol(each["name"], _axis(each)) for each in block["axes"] if each["name"] not in named]
    quantities = [symbol(each["name"], _over(each)) for each in block["quantities"]]
    functions = [
        symbol(
            each["name"],
            f"function of {each['of']}",
            _formula(rendered.get("functions", {}).get(each["name"]), each["value"]),
        )
        for each in block.get("functions", [])
    ]
    definitions = [
        symbol(each["name"], "definition", _formula(rendered.get("definitions", {}).get(each["name"]), each["value"]))
        for each in block["definitions"]
    ]
    return (*axes, *quantities, *functions, *definitions)


def _named(name: str, rendered: Mapping[str, Any]) -> Formula:
    """The symbol of a quantity, definition or function."""
    shown = rendered.get("quantities", {}).get(name)
    return _formula(shown) if shown else Formula(Markup("<i>{}</i>").format(name))


def _axis(axis: Mapping[str, Any]) -> str:
    return f"{axis['kind']}, to {'infinity' if axis['to'] == 'oo' else axis['to']}" if axis.get("to") else axis["kind"]


def _over(quantity: Mapping[str, Any]) -> str:
    over = f" over {', '.join(quantity['over'])}" if quantity["over"] and quantity["kind"] == "quantity" else ""
    sign = f", {quantity['sign']}" if quantity.get("sign", "real") != "real" else ""
    return f"{quantity['kind']}{over}{sign}"


def _hypothesis(
    each: Block,
    declared: Block,
    rendered: Block,
    cases: tuple[Case, ...],
    necessity: Necessity,
    broken: tuple[tuple[Break, Case | None], ...],
) -> Hypothesis:
    formula = (
        None if each["formula"] is None else _formula(rendered.get("hypotheses", {}).get(each["name"]), each["formula"])
    )
    return Hypothesis(
        each["name"], formula, declared.get("sentence") or "", declared.get("standing", "TESTED"), declared.get("because") or "", cases, necessity, broken
    )  # fmt: skip


def _step(each: Block, declared: Block, rendered: Block, records: list[Record], cases: tuple[Case, ...]) -> Step:
    record = next((r for r in records if r["kind"] == "step" and r["name"] == each["name"]), None)
    claim = None if each["claim"] is None else _formula(rendered.get("steps", {}).get(each["name"]), each["claim"])
    return Step(
        name=each["name"],
        claim=claim,
        claims=declared.get("claims") or "",
        given=tuple(each["given"]),
        checked_by=record["checked_by"] if record else "",
        accepted=bool(record and record["as_expected"]),
        citation=declared.get("citation") or "",
        case=cases[0] if cases else None,
    )


def _conclusion(
    each: Block, block: Block, records: list[Record], rendered: Block, cases: tuple[Case, ...], probes: tuple[Case, ...]
) -> Conclusion:
    about = block.get("about", {})
    declared = about.get("conclusions", {}).get(each["name"], {})
    return Conclusion(
        name=each["name"],
        formula=_formula(rendered.get("conclusions", {}).get(each["name"]), each["formula"]),
        sentence=declared.get("sentence") or "",
        under=tuple(declared.get("under") or ()),
        standing=standing(block, records, each["name"]),
        because=declared.get("because") or "",
        differs=declared.get("differs") or "",
        cases=cases,
        probes=probes,
    )


def _variant(name: str, declared: Block, rendered: Block, group: str, cases: tuple[Case, ...]) -> Variant:
    shown = rendered.get(group, {}).get(name)
    return Variant(
        name=name,
        of=declared.get("of") or "",
        drops=declared.get("drops") or "",
        why=declared.get("why") or "",
        formula=_formula(shown) if shown else (cases[0].formula if cases else None),
        setting=tuple(
            (_named(key, rendered), _formula(declared.get("rendered", {}).get(key), value))
            for key, value in declared.get("define", {}).items()
        ),
        cases=cases,
    )


def _family(declared: Block) -> str:
    without = f"without {', '.join(declared['without'])}" if declared.get("without") else ""
    return "; ".join(part for part in (declared.get("sentence") or "", without, declared.get("note") or "") if part)
