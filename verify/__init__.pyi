from .errors import BadInput, StatementError, VerifyError
from .evidence.decide import decide
from .evidence.grades import Grade
from .evidence.trace import Column, Trace
from .evidence.verdict import Answer, Verdict
from .networks.low_rank_report import low_rank_report
from .networks.noise_report import noise_report
from .reference.two_layer import two_layer_optimum
from .runner import check
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
    "low_rank_report",
    "noise_report",
    "two_layer_optimum",
]
