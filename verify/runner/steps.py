"""Proof steps: a finder emits a certificate, the kernel checks it against the claim; citations are counted, never checked."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import Any, Literal

from verify.evidence.verdict import Answer, Reason
from verify.runner.reasons import RunCode
from verify.statement.encode import block
from verify.statement.theorem import Theorem


@dataclass(frozen=True)
class Checked:
    """How a step came out: HOLDS when its certificate is accepted or its source is named, else INCONCLUSIVE."""

    answer: Answer
    checked_by: Literal["kernel", "cas", "cited"]
    reason: Reason
    certificate: dict[str, Any] | None = None
    details: str = ""

    @property
    def grade(self) -> str | None:
        """EXACT or, where the kernel evaluated in balls, ENCLOSED; None where the kernel did not check."""
        if self.certificate is None or self.checked_by != "kernel":
            return None
        parts = self.certificate.get("parts", [self.certificate])
        return "ENCLOSED" if any(part.get("kind") == "enclosure" for part in parts) else "EXACT"


def checked(theorem: Theorem, name: str) -> Checked:
    """Find the certificate of a step and have it checked. What the finder raises is a reason, never an exception."""
    step = theorem.steps[name]
    if step.by.kind == "cited":
        return Checked(Answer.HOLDS, "cited", RunCode.CITED.reason(step.by.citation))
    # imported here, since a file without a proof should not wait for the finders
    from verify.kernel.audit import check_step
    from verify.kernel.refusals import Refused
    from verify.kernel.statement import Statement
    from verify.proof import NotFound

    by: Literal["kernel", "cas"] = "cas" if step.by.kind == "cas" else "kernel"
    try:
        whole = block(theorem)
        certificate = step.by.find(whole, name)
        if by == "kernel":
            check_step(Statement.read(theorem.name, whole), name, certificate)
    except NotFound as error:
        code = RunCode.CAS_REFUSED if by == "cas" else RunCode.NO_CERTIFICATE
        return Checked(Answer.INCONCLUSIVE, by, code.reason(str(error)))
    except Refused as error:
        return Checked(Answer.INCONCLUSIVE, by, RunCode.REFUSED.reason(str(error)))
    except Exception as error:
        return Checked(
            Answer.INCONCLUSIVE,
            by,
            RunCode.NO_CERTIFICATE.reason(f"{type(error).__name__}: {error}"),
            details=traceback.format_exc(),
        )
    return Checked(Answer.HOLDS, by, (RunCode.CAS if by == "cas" else RunCode.ACCEPTED).reason(), certificate)
