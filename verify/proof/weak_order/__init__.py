"""The weak-order prover: the equation that a stochastic one-step method follows, and how closely, decided exactly."""

from verify.proof.weak_order.certificate import LocalExpansion, one_step
from verify.proof.weak_order.expansion import Expansion, weak_order
from verify.proof.weak_order.modified import ModifiedEquation, coefficients_for, modified_equation
from verify.proof.weak_order.problem import SDE, Noise, Update

__all__ = [
    "SDE",
    "Expansion",
    "LocalExpansion",
    "ModifiedEquation",
    "Noise",
    "Update",
    "coefficients_for",
    "modified_equation",
    "one_step",
    "weak_order",
]
