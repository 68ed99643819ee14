"""Why an answer came out as it did: a closed list of codes, each with the sentence that the user reads."""

from __future__ import annotations

from enum import Enum

from verify.evidence.verdict import Reason


class Code(Enum):
    """The closed list. A member's name in lower case with hyphens is the machine-readable code; its value is the sentence."""

    HOLDS = "The statement holds on every instance and row that was measured."
    REFUTED = "The statement is refuted: an instance lies on the wrong side by more than its error bars."

    NOT_MEASURED = "A quantity or a rate that the formula needs was not measured."
    FAILED_INSTANCE = "The experiment failed on an instance."
    VACUOUS = "Nothing was left to decide: no instance, or an empty axis."
    OUTSIDE_DOMAIN = "A measured value lies outside the sign that the quantity's declaration states."
    NOT_AN_INSTANCE = "A hypothesis does not hold on the instance."
    EXPERIMENT_FAILED = "The experiment ended with an error."
    BUDGET = "The evaluation budget was used up before the end was reached."

    WITHIN_ERROR = "The error bars reach over the value that was claimed."
    NO_RESOLUTION = "Measured numbers decide an equality or a limit only with a resolution; give one with `within=`."
    ROWS_NOT_MEASURED = "Some rows hold no number, and the others do not refute the statement."
    TOO_FEW_ROWS = "There are too few rows to extrapolate; at least 5 before the clock's limit are needed."
    SCALE_TOO_SHORT = "The clock does not run far enough: a scale on which the statement must be checked has no rows."

    LEVEL = "The ratio does not drift on any scale that was checked."
    ONE_SIDED = "The ratio stays bounded above on every scale that was checked."
    DRIFT = "The ratio drifts: its slope, extrapolated, exceeds the resolution by more than its uncertainty."
    UNDECIDED_DRIFT = (
        "The ratio's slope, extrapolated, is neither within the resolution nor beyond it by more than its uncertainty."
    )
    TRANSIENT = "The ratio still moves, and its movement fits a decaying correction as well as a drift."
    ARRIVED = "The distance to the limit falls, and has come within the resolution."
    AT_THE_LIMIT = "The distance to the limit stays below the error bars and within the resolution."
    GEOMETRIC = "The distance to the limit falls geometrically in the clock, and has come within the resolution."
    WRONG_LIMIT = "The values level off away from the limit, by more than the resolution."
    RECEDES = "The values drift, or their distance to the limit grows."
    NOT_SETTLED = "The distance to the limit falls, or may fall, and has not come within the resolution."
    GROWS = "The value grows on a scale of the clock and does not level off."
    LEVELS_OFF = "The value levels off at a finite limit."

    RISES = "No row falls below an earlier one, and the error bars are small against the rise."
    RATES_POSITIVE = "The recorded rates are nowhere negative, and no row falls below an earlier one."
    FALLS = "A later row lies below an earlier one, by more than both error bars."
    DIPS = "A later row lies below an earlier one, within their error bars."
    RATE_NEGATIVE = "A recorded rate is negative by more than its error bar."
    RISE_TOO_SMALL = "The error bars are more than a hundredth of the rise, so that a small drop would not be seen."
    RATE_WITHIN_ERROR = "A recorded rate is negative within its error bar."

    EVENTUALLY = "The last three rows agree."
    ROWS_DISAGREE = "The last three rows do not agree, or one of them is undecided."

    @property
    def code(self) -> str:
        """The machine-readable name, such as `too-few-rows`."""
        return self.name.lower().replace("_", "-")

    def reason(self, detail: str = "") -> Reason:
        """The reason with this code; `detail`, a sentence of its own, is appended."""
        return Reason(self.code, f"{self.value} {detail}".rstrip())


CODES: frozenset[str] = frozenset(code.code for code in Code)
