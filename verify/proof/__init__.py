"""Finders of proofs: what they find is a certificate, which the kernel checks; none of them is trusted."""

from __future__ import annotations

from verify.proof.boxes import enclosed
from verify.proof.cofactors import NotFound
from verify.proof.finders import bound, by_cas, cited, identity
from verify.proof.reasons import At, Gap, Given, Tangent, exp_gap, log_gap, power_gap
from verify.proof.second_route import second_route
from verify.proof.sums_of_squares import sos

__all__ = [
    "At", "Gap", "Given", "NotFound", "Tangent", "bound", "by_cas", "cited", "enclosed", "exp_gap", "identity", "log_gap",
    "power_gap", "second_route", "sos",
]  # fmt: skip
