from .errors import BadInput, StatementError, VerifyError
from .evidence.decide import decide
from .evidence.grades import Grade
from .evidence.trace import Column, Trace
from .evidence.verdict import Answer, Verdict
from .networks.low_rank_report import low_rank_report
from .networks.margin_report import margin_report
from .networks.noise_report import noise_report
from .probe.find import find_counterexample
from .probe.replay import replay
from .reference.two_layer import two_layer_optimum
from .runner import check
from .statement.instances import Instance
from .statement.operators import (
    Always,
    And,
    BigO,
    Equivalent,
    Eventually,
    Implies,
    Largest,
    Least,
    Nondecreasing,
    Not,
    Or,
    Probability,
    Rate,
    Sometimes,
    Tends,
    Theta,
    Total,
)
from .statement.source import CONFIRMED, OWN, RECONSTRUCTED, Fidelity, Paper
from .statement.theorem import Conjecture, Theorem

__version__: str

__all__ = [
    "CONFIRMED",
    "OWN",
    "RECONSTRUCTED",
    "Always",
    "And",
    "Answer",
    "BadInput",
    "BigO",
    "Column",
    "Conjecture",
    "Equivalent",
    "Eventually",
    "Fidelity",
    "Grade",
    "Implies",
    "Instance",
    "Largest",
    "Least",
    "Nondecreasing",
    "Not",
    "Or",
    "Paper",
    "Probability",
    "Rate",
    "Sometimes",
    "StatementError",
    "Tends",
    "Theorem",
    "Theta",
    "Total",
    "Trace",
    "Verdict",
    "VerifyError",
    "check",
    "decide",
    "find_counterexample",
    "low_rank_report",
    "margin_report",
    "noise_report",
    "replay",
    "two_layer_optimum",
]
