"""Reasons that only arise while a case is run, beside those that a formula gives on a trace (`verify.evidence.reasons`)."""

from __future__ import annotations

from enum import Enum

from verify.evidence.verdict import Reason


class RunCode(Enum):
    """The closed list. A member's name in lower case with hyphens is the machine-readable code; its value is the sentence."""

    FAMILY_FAILED = "The family could not be drawn."
    INTERNAL_ERROR = "Deciding the case raised an error of the library; please report it."
    MUTANT_TOO_NEAR = (
        "The mutant is refuted, and lies nearer to the conclusion than three times the resolution; make within= finer."
    )

    ACCEPTED = "The kernel accepts the certificate of this claim."
    REFUSED = "The kernel refuses the certificate of this claim."
    NO_CERTIFICATE = "No certificate of this claim was found."
    CITED = "The claim is cited."
    CAS = "The claim was checked by a computer algebra system only."
    CAS_REFUSED = "The computer algebra system does not confirm the claim."

    @property
    def code(self) -> str:
        """The machine-readable name, such as `family-failed`."""
        return self.name.lower().replace("_", "-")

    def reason(self, detail: str = "") -> Reason:
        """The reason with this code; `detail`, a sentence of its own, is appended."""
        return Reason(self.code, f"{self.value} {' '.join(detail.split())}".rstrip())
