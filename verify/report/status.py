"""A theorem's status, computed from the records and never typed in.

Five words. A theorem is *proved here* when accepted steps claim every conclusion; *modulo k cited* when k of the steps behind
them were not re-checked by the kernel (cited, or left to a computer algebra system); *supported* when the rest was measured and
came out as stated; *disproved* only by an exact or enclosed witness to a formula that finitely many numbers can refute, on an
instance that is known to satisfy every hypothesis; *undecided* in every other case, unexpected answers included. Where only a
part of its cases ran there is no status yet: their number stands in its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from verify.errors import BadInput

PROVED, MODULO, SUPPORTED, DISPROVED, UNDECIDED, PARTIAL = (
    "PROVED HERE", "PROVED HERE MODULO {} CITED", "SUPPORTED", "DISPROVED", "UNDECIDED", "{} OF {} CASES RUN",
)  # fmt: skip

_RIGOROUS = ("EXACT", "ENCLOSED")
_RELATIONS = ("eq", "ne", "le", "lt", "ge", "gt")


@dataclass(frozen=True)
class Standing:
    """What stands behind one conclusion.

    `unchecked` names the steps of its proof that the kernel did not re-check; it is None when no accepted chain of steps
    claims the conclusion. `answers` are the verdicts of its cases.
    """

    conclusion: str
    unchecked: tuple[str, ...] | None
    answers: tuple[str, ...]
    assumed: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        return self.unchecked is not None

    @property
    def measured(self) -> bool:
        """Decided as stated wherever it was measured, and measured at least once."""
        return bool(self.answers) and set(self.answers) == {"HOLDS"}

    @property
    def sentence(self) -> str:
        assumed = f"; assumes {', '.join(self.assumed)}" if self.assumed else ""
        if self.unchecked:
            return f"proved here modulo {', '.join(self.unchecked)}{assumed}"
        if self.proved:
            return f"proved here{assumed}"
        if not self.answers:
            return "neither proved nor measured"
        return f"no step claims it: measured only{assumed}"


@dataclass(frozen=True)
class Status:
    """The word, and the sentence that says why."""

    word: str
    sentence: str
    cited: int = 0
    """Steps that the kernel did not re-check, where the theorem is proved modulo them."""

    @property
    def look(self) -> str:
        """How it is coloured: proved, measured, open or bad."""
        return {SUPPORTED: "measured", DISPROVED: "bad"}.get(
            self.word, "proved" if self.word.startswith(PROVED) else "open"
        )


def status(report: dict[str, Any], theorem: str) -> Status:
    """The status of one theorem or conjecture of the report; where only a part of its cases ran, how many of how many.

    Raises:
        BadInput: the report has no theorem of that name.
    """
    if theorem not in report["statements"]:
        raise BadInput(f"the report has no theorem {theorem!r}; it has {', '.join(report['statements']) or 'none'}")
    block = report["statements"][theorem]
    records = [record for record in report["records"] if record["theorem"] == theorem]
    for record in records:
        if _disproves(record, block, records):
            return Status(
                DISPROVED,
                f"{record['case']} has {_article(record['grade'])} witness against {record['of'] or record['name']}",
            )
    unexpected = [record["case"] for record in records if not record["as_expected"]]
    found = ran(report, theorem)
    if not found.all:
        off = f"; not as expected: {_listed(unexpected)}" if unexpected else ""
        return Status(PARTIAL.format(found.done, found.of), f"a status is computed from all of them{off}")
    if not records:
        return Status(UNDECIDED, "nothing was run")
    standings = [standing(block, records, conclusion["name"]) for conclusion in block["conclusions"]]
    if unexpected:
        return Status(
            UNDECIDED, f"{len(unexpected)} of {len(records)} cases did not come out as expected: {_listed(unexpected)}"
        )
    if not standings:
        return Status(UNDECIDED, "it states no conclusion")
    beside = _beside(block, records)
    if all(each.proved for each in standings):
        unchecked = sorted({name for each in standings for name in each.unchecked or ()})
        if not unchecked:
            chains = f"the kernel accepted a chain of steps to {_each(len(standings))}"
            return Status(PROVED, chains + beside)
        proved = f"{_each(len(standings))} is proved but for {_listed(unchecked)}"
        return Status(MODULO.format(len(unchecked)), proved + beside, len(unchecked))
    later = _left_to_thorough(report, block, standings)
    open_ = [each.conclusion for each in standings if not (each.proved or each.measured or each.conclusion in later)]
    if open_ or len(later) == len(standings):
        return Status(UNDECIDED, f"neither proved nor measured to hold: {_listed(open_ or later)}")
    rest = [each for each in standings if not each.proved and each.conclusion not in later]
    cases = sum(len(each.answers) for each in rest)
    sentence = (
        f"{len(standings) - len(rest) - len(later)} of {_count(len(standings), 'conclusion')} proved here, "
        f"{len(rest)} measured to hold in {_count(cases, 'case')}"
    )
    return Status(SUPPORTED, sentence + (f"; left to the thorough level: {_listed(later)}" if later else "") + beside)


@dataclass(frozen=True)
class Ran:
    """How many cases of a theorem ran, of how many that it has at the report's level."""

    done: int
    of: int

    @property
    def all(self) -> bool:
        return self.done >= self.of


def ran(report: dict[str, Any], theorem: str) -> Ran:
    """How many cases of the theorem the report holds; all of them where it does not say how many there are."""
    # searches are no part of a theorem's plan
    done = sum(record["theorem"] == theorem and record["kind"] != "probe" for record in report["records"])
    return Ran(done, report["environment"].get("cases", {}).get(theorem, done))


def _beside(block: dict[str, Any], records: list[dict[str, Any]]) -> str:
    """What a reader must know beside a good status: how it was attacked, and which hypotheses are not tested."""
    about = block.get("about", {})
    parts = []
    for kind, declared in (("mutant", "mutants"), ("ablation", "ablations")):
        fallen = {r["name"] for r in records if r["kind"] == kind and r["as_expected"]}
        # declared and not run: another level, or only a part of the cases was asked for
        left_out = len(about.get(declared, {}).keys() - fallen)
        if fallen or left_out:
            parts.append(f"{_count(len(fallen), kind)} fell" + (f", {left_out} not run" if left_out else ""))
    standings = [each["standing"] for each in about.get("hypotheses", {}).values()]
    for word in ("ASSUMED", "BY CONSTRUCTION"):
        if number := standings.count(word):
            parts.append(f"{_count(number, 'hypothesis', 'hypotheses')} {word.lower()}")
    return "".join(f"; {part}" for part in parts)


def _left_to_thorough(report: dict[str, Any], block: dict[str, Any], standings: list[Standing]) -> list[str]:
    """Conclusions that a quick run does not measure, because they are decisive only at the thorough level."""
    if report["environment"]["level"] == "thorough":
        return []
    declared = block.get("about", {}).get("conclusions", {})
    return [
        each.conclusion
        for each in standings
        if not each.proved and not each.answers and declared.get(each.conclusion, {}).get("level") == "thorough"
    ]


def standing(block: dict[str, Any], records: Iterable[dict[str, Any]], conclusion: str) -> Standing:
    """What stands behind one conclusion of the statement block."""
    records = list(records)
    answers = tuple(
        r["verdict"] for r in records if r["kind"] in ("conclusion", "conjecture") and r["name"] == conclusion
    )
    formula = next(each["formula"] for each in block["conclusions"] if each["name"] == conclusion)
    under = _under(block, conclusion)
    chains = [
        chain
        for step in block["steps"]
        # the claim itself is compared, not a name beside it that nobody audits
        if formula is not None and step["claim"] == formula
        for chain in [_chain(block, records, step["name"])]
        if chain is not None and chain.hypotheses <= set(under)
    ]
    best = min((chain.unchecked for chain in chains), key=len, default=None)
    standings = block.get("about", {}).get("hypotheses", {})
    assumed = tuple(name for name in under if standings.get(name, {}).get("standing") == "ASSUMED")
    return Standing(conclusion, None if best is None else tuple(sorted(best)), answers, assumed)


@dataclass(frozen=True)
class _Chain:
    unchecked: frozenset[str]
    hypotheses: frozenset[str]


def _chain(block: dict[str, Any], records: list[dict[str, Any]], last: str) -> _Chain | None:
    """The steps behind a step, itself included; None where one of them was not accepted, is missing or rests on itself."""
    steps = {step["name"]: step for step in block["steps"]}
    order = {name: place for place, name in enumerate(steps)}
    hypotheses = {each["name"] for each in block["hypotheses"]}
    accepted = {r["name"]: r for r in records if r["kind"] == "step" and r["verdict"] == "HOLDS" and r["as_expected"]}
    pending, seen, used = [last], set(), set()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in accepted:
            return None
        for given in steps[name]["given"]:
            if given in steps:
                if order[given] >= order[name]:
                    return None
                pending.append(given)
            elif given in hypotheses:
                used.add(given)
    return _Chain(frozenset(name for name in seen if accepted[name]["checked_by"] != "kernel"), frozenset(used))


def _disproves(record: dict[str, Any], block: dict[str, Any], records: list[dict[str, Any]]) -> bool:
    """Whether the record refutes a conclusion rigorously on an instance that rigorously satisfies every hypothesis."""
    attacks = record["kind"] in ("conclusion", "conjecture") or (record["kind"] == "probe" and not record.get("drops"))
    if not attacks or record["verdict"] != "REFUTED" or record["grade"] not in _RIGOROUS or record["witness"] is None:
        return False
    conclusion = record.get("of") or record["name"]
    formulas = [each["formula"] for each in block["conclusions"] if each["name"] == conclusion]
    if not formulas or not refutable(formulas[0]):
        return False
    return all(_rigorous(name, record, block.get("about", {}), records) for name in _under(block, conclusion))


def _under(block: dict[str, Any], conclusion: str) -> list[str]:
    """The hypotheses that a conclusion needs: those it names, or all."""
    named = block.get("about", {}).get("conclusions", {}).get(conclusion, {}).get("under")
    return [each["name"] for each in block["hypotheses"]] if named is None else named


def _rigorous(hypothesis: str, record: dict[str, Any], about: dict[str, Any], records: list[dict[str, Any]]) -> bool:
    declared = about.get("hypotheses", {}).get(hypothesis, {})
    if declared.get("standing") == "BY CONSTRUCTION":
        steps = [r for r in records if r["kind"] == "step" and r["name"] == declared.get("because")]
        return any(r["verdict"] == "HOLDS" and r["checked_by"] == "kernel" for r in steps)
    shown = [
        r
        for r in records
        if r["kind"] == "hypothesis" and r["name"] == hypothesis and r["verdict"] == "HOLDS" and r["grade"] in _RIGOROUS
    ]
    family = record["witness"].get("family")
    wanted = {family} if family else set(record["families"] or ())
    return wanted <= {name for r in shown for name in r["families"] or ()} and bool(wanted)


def refutable(formula: Any) -> bool:
    """Whether finitely many numbers can refute the formula: no limit, gauge or probability, and no claim of mere existence."""
    match formula:
        case [("and" | "or"), *parts]:
            return all(refutable(part) for part in parts)
        case ["not", part]:
            return verifiable(part)
        case ["implies", premise, consequence]:
            return verifiable(premise) and refutable(consequence)
        case ["always", part, *_]:
            return refutable(part)
        case ["nondecreasing", expression, *_]:
            return not _mentions(expression, "probability")
        case _:
            return _relation(formula)


def verifiable(formula: Any) -> bool:
    """Whether finitely many numbers can establish the formula: the dual of `refutable`."""
    match formula:
        case [("and" | "or"), *parts]:
            return all(verifiable(part) for part in parts)
        case ["not", part]:
            return refutable(part)
        case ["implies", premise, consequence]:
            return refutable(premise) and verifiable(consequence)
        case ["sometimes", part, *_]:
            return verifiable(part)
        case _:
            return _relation(formula)


def _relation(formula: Any) -> bool:
    return (
        isinstance(formula, list)
        and formula[:1] != []
        and formula[0] in _RELATIONS
        and not _mentions(formula, "probability")
    )


def _mentions(expression: Any, head: str) -> bool:
    pending = [expression]
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            if part[:1] == [head]:
                return True
            pending.extend(part[1:])
    return False


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def _each(conclusions: int) -> str:
    return "the conclusion" if conclusions == 1 else f"each of the {conclusions} conclusions"


def _article(grade: str) -> str:
    return f"an {grade.lower()}"


def _listed(names: list[str], shown: int = 3) -> str:
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")
