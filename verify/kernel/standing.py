"""What a conclusion stands on, worked out from the steps of its proof and how they came out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .comparison import canonical
from .statement import Statement

if TYPE_CHECKING:
    from .audit import Outcome


def standing(statement: Statement, outcomes: Sequence[Outcome], conclusion: str) -> str:
    """What a conclusion stands on: proved here, modulo which steps, from which hypotheses; or measured only."""
    status = {o.name: o.status for o in outcomes if o.theorem == statement.theorem and o.kind == "step"}
    wanted, found = canonical(statement.conclusions[conclusion]), []
    for name, step in statement.steps.items():
        used, waiting = set(), [name] if step.claim is not None and canonical(step.claim) == wanted else []
        while waiting:
            used.add(one := waiting.pop())
            waiting += set(statement.steps[one].given if one in statement.steps else ()) - used
        refused, unchecked = ([s for s in sorted(used) if status.get(s) in k] for k in (("refused",), ("cited", "cas")))
        text = f"not proved: {', '.join(refused)} refused" if refused else "proved here"
        text += f" modulo {', '.join(unchecked)}" if unchecked else ""
        text += (
            f", from {', '.join(sorted(used & set(statement.hypotheses)))}" if used & set(statement.hypotheses) else ""
        )
        found += [(len(refused), len(unchecked), text)] if used else []
    return min(found)[2] if found else "no step claims it: measured only"
