"""The heads of the language beyond the core's: their arguments, by the letters of core/expressions, and their notation.

What those of terms and reasons mean, extensions.py says. Quantified and asymptotic propositions have proofs in kinds only.
"""

from __future__ import annotations

TERMS = {
    "oo": "",
    "abs": "e",
    "sin": "e",
    "cos": "e",
    "min": "e+",
    "max": "e+",
    "rate": "ee",
    "apply": "fe",
    "total": "ea",
    "least": "ea",
    "largest": "ea",
    "probability": "pa",
}
PROPOSITIONS = {
    "and": "p+",
    "or": "p+",
    "not": "p",
    "implies": "pp",
    "always": "pa+",
    "sometimes": "pa+",
    "eventually": "pa",
    "nondecreasing": "ea",
    "tends": "eea",
    "theta": "eea",
    "bigo": "eea",
    "equivalent": "eea",
}
REASONS = {"tangent": "e", "gap": "ek?", "at": "ee"}

SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a piece of text holds together
NOTATION = {
    # {0}, {1}, ... are the arguments as they are shown, {rest} all but the first
    "oo": ("∞", ATOM),
    "apply": ("{0}({1})", ATOM),
    "total": ("Σ_{1}({0})", ATOM),
    "least": ("min_{1}({0})", ATOM),
    "largest": ("max_{1}({0})", ATOM),
    "probability": ("P_{1}({0})", ATOM),
    "rate": ("d({0})/d({1})", PRODUCT),
    "always": ("for all {rest}: {0}", SUM),
    "sometimes": ("for some {rest}: {0}", SUM),
    "eventually": ("at last in {rest}: {0}", SUM),
    "nondecreasing": ("nondecreasing in {rest}: {0}", SUM),
    "tends": ("{0} →({1}) along {2}", SUM),
    "theta": ("{0} = Θ({1}) along {2}", SUM),
    "bigo": ("{0} = O({1}) along {2}", SUM),
    "equivalent": ("{0} ~({1}) along {2}", SUM),
}
