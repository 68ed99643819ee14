"""A report made by hand, small enough to check by eye: one record of every kind about the max-margin theorem on three points."""

from __future__ import annotations

import copy
from typing import Any

HASH = "a" * 64
SETTING = "b" * 64
VERSIONS = {
    "verify": "0.1.0",
    "python": "3.11.7",
    "numpy": "2.4.6",
    "scipy": "1.17.1",
    "sympy": "1.14.0",
    "python-flint": "0.9.0",
}
BOUND = ["ge", ["var", "margin"], ["mul", ["var", "gamma"], ["add", "1", "-1/100000"]]]
GAP = ["tends", ["mul", ["var", "gap"], ["var", "rho"]], ["var", "entropy"], "t"]
INSTANCE = {"Z": [["3", "1"], ["1", "2"], ["2", "-1"]]}

Report = dict[str, Any]
Record = dict[str, Any]


def rendered(text: str, latex: str, expression: Any = None, mathml: str | None = None) -> dict[str, Any]:
    return {"text": text, "latex": latex, "mathml": mathml, "json": expression}


REACHED = rendered(
    "margin >= gamma*(1 - 1/100000)",
    r"\bar\gamma \geq (1 - 10^{-5})\,\gamma",
    BOUND,
    "<math><mi>γ̄</mi><mo>≥</mo><mi>γ</mi></math>",
)
LAW = rendered("Tends(gap*rho, entropy; t)", r"(\gamma - \tilde\gamma)\rho \to H(P)", GAP, "<math><mi>H</mi></math>")


def record(kind: str, name: str, **changes: Any) -> Record:
    """A conclusion that came out as it should, with the given fields changed."""
    base: Record = {
        "schema": 1,
        "theorem": "linear-max-margin",
        "kind": kind,
        "name": name,
        "case": f"{kind}[{name}]-rational",
        "of": None,
        "drops": None,
        "spec": ["margin-kkt/T4/C3"],
        "families": ["rational"],
        "instances": 1,
        "left_out": [],
        "seed": 0,
        "level": "quick",
        "expected": "HOLDS",
        "verdict": "HOLDS",
        "as_expected": True,
        "grade": "ESTIMATED",
        "sampling": None,
        "scope": "1 instance, tau to 1e+06",
        "resolution": "1/100000",
        "resolving_power": 2.5e-7,
        "distance": None,
        "reason": {"code": "inside-resolution", "sentence": "margin - gamma*(1 - 1/100000) is at least 6.5e-06."},
        "statement_hash": HASH,
        "setting_hash": SETTING,
        "checked_by": None,
        "measured": {
            "margin": [1.5275252316, 3e-11],
            "gamma": ["6879526263*2^-32", "1*2^-60"],
            "gamma^2": "7/3",
            "tau": [1e6, 2.0],
            "rate": None,
        },
        "formula": REACHED,
        "figure": None,
        "seconds": 0.82,
        "versions": VERSIONS,
        "device": "cpu",
        "certificate": None,
        "witness": None,
        "reproduce": "verify check linear-max-margin -k 'conclusion[margin-reached]-rational' --seed 0",
    }
    return {**base, **changes}


def step(name: str, checked_by: str, **changes: Any) -> Record:
    common: Record = {
        "case": f"step[{name}]",
        "spec": ["margin-kkt/T4/S1"],
        "families": None,
        "instances": None,
        "seed": None,
        "scope": "proved",
        "grade": None if checked_by == "cited" else "EXACT",
        "resolution": None,
        "resolving_power": None,
        "reason": {"code": "accepted", "sentence": "The certificate proves the claim."},
        "checked_by": checked_by,
        "measured": {},
        "device": None,
        "certificate": {"kind": "identity", "cofactors": {"gradient-flow": ["var", "w"]}}
        if checked_by == "kernel"
        else None,
        "seconds": 0.004,
    }
    return record("step", name, **{**common, **changes})


def witness(margin: Any, dropped: str | None = None) -> dict[str, Any]:
    return {
        "statement_hash": HASH, "dropped": dropped, "formula": BOUND, "setting": {"smoothed": ["mul", ["var", "tau"], ["pow", ["var", "rho"], "-1"]]},
        "instance": INSTANCE, "family": "rational", "verdict": "REFUTED", "margin": margin,
    }  # fmt: skip


FIGURE = {
    "x": {"label": "tau = log(1/loss)", "scale": "log"},
    "y": {"label": "(gamma - smoothed) rho", "scale": "linear"},
    "lines": [
        {
            "label": "measured",
            "role": "measured",
            "x": [10.0, 1e2, 1e3, 1e6],
            "y": [0.66, 0.639, 0.63675, 0.6365144],
            "error": [1e-3, 1e-4, 1e-6, 1e-7],
        },
        {"label": "H(P)", "role": "predicted", "x": [10.0, 1e6], "y": [0.6365142, 0.6365142]},
    ],
}

CONCLUSION = record("conclusion", "margin-reached")
LAW_RECORD = record(
    "conclusion",
    "gap-law",
    formula=LAW,
    figure=FIGURE,
    resolution="1/1000",
    measured={"limit": [0.6365144, 2e-7]},
    spec=["margin-kkt/T4/Q1"],
)
HYPOTHESIS = record(
    "hypothesis", "separable", spec=["margin-kkt/T4/H1"], grade="EXACT", resolution=None, resolving_power=None, scope="1 instance", certificate={"kind": "separable", "direction": ["4/7", "2/7", "1/7"]},
    formula=rendered("Least(z*w; n) > 0", r"\min_n z_n \cdot w > 0", ["gt", ["least", ["var", "q"], "n"], "0"]), measured={"least": "1"},
)  # fmt: skip
STEP = step(
    "ansatz",
    "kernel",
    formula=rendered(
        "Eq(Rate(w, t), what/t)", r"\dot w = \hat w / t", ["eq", ["rate", ["var", "w"], ["var", "t"]], ["var", "what"]]
    ),
)
CITED = step(
    "residual-bounded",
    "cited",
    reason={"code": "cited", "sentence": "Soudry et al. (2018), for almost all data."},
    spec=["margin-kkt/T4/C1"],
)
BY_CAS = step(
    "expansion",
    "cas",
    reason={"code": "cas-only", "sentence": "The computer algebra system reduces the difference to zero."},
    spec=["margin-kkt/T4/S2"],
)
MUTANT = record(
    "mutant", "log-s", of="gap-law", spec=["margin-kkt/T4/M6"], expected="REFUTED", verdict="REFUTED", resolution="1/1000", distance=0.0556, witness=witness([-0.0566, 2e-7]), formula=LAW,
    reason={"code": "disjoint", "sentence": "The limit 0.6365144 +- 2e-07 differs from log 2 by 0.0566."}, measured={"limit": [0.6365144, 2e-7]},
)  # fmt: skip
CONTROL = record("control", "angle-falls-slowly", spec=["margin-kkt/T4/X1"])
ABLATION = record(
    "ablation", "no-separability", of="margin-reached", drops="separable", spec=["margin-kkt/T4/A1"], families=["non-separable"], case="ablation[no-separability]",
    expected="REFUTED", verdict="REFUTED", witness=witness([-0.9, 1e-9], "separable"), distance=0.9,
)  # fmt: skip
PROBE = record(
    "probe",
    "separable-anywhere",
    of="margin-reached",
    expected=None,
    verdict="INCONCLUSIVE",
    reason={"code": "budget", "sentence": "No witness within 200 evaluations."},
)
CONJECTURE = record(
    "conjecture", "loss-halves", theorem="loss-falls-for-ever", expected=None, verdict="INCONCLUSIVE", statement_hash="c" * 64, case="conjecture[loss-halves]-any",
    reason={"code": "too-few-rows", "sentence": "5 rows are too few to extrapolate from; give at least 7."}, resolving_power=None, spec=[],
)  # fmt: skip

RECORDS = (HYPOTHESIS, CONCLUSION, LAW_RECORD, STEP, CITED, BY_CAS, MUTANT, CONTROL, ABLATION, PROBE, CONJECTURE)

STATEMENT: dict[str, Any] = {
    "theorem": "linear-max-margin",
    "axes": [{"name": "t", "kind": "clock", "to": "oo"}, {"name": "n", "kind": "index", "to": None}],
    "quantities": [
        {"name": "t", "kind": "clock", "over": ["t"], "log": True, "sign": "positive"},
        {"name": "margin", "kind": "quantity", "over": ["t"], "log": False, "sign": "real"},
        {"name": "gamma", "kind": "parameter", "over": [], "log": False, "sign": "positive"},
    ],
    "functions": [],
    "definitions": [{"name": "gap", "value": ["add", ["var", "gamma"], ["mul", "-1", ["var", "margin"]]]}],
    "relations": [{"name": "gradient-flow", "formula": ["eq", ["rate", ["var", "w"], ["var", "t"]], ["var", "what"]]}],
    "hypotheses": [{"name": "separable", "formula": HYPOTHESIS["formula"]["json"]}, {"name": "tail", "formula": None}],
    "conclusions": [{"name": "margin-reached", "formula": BOUND}, {"name": "gap-law", "formula": GAP}],
    "references": [{"name": "max-margin", "kind": "qp", "P": "identity", "q": "zero", "G": "Z", "h": "ones"}],
    "steps": [
        {"name": "ansatz", "claim": STEP["formula"]["json"], "given": ["gradient-flow"], "by": "identity"},
        {"name": "residual-bounded", "claim": None, "given": [], "by": "cited"},
        {"name": "expansion", "claim": GAP, "given": ["ansatz", "residual-bounded"], "by": "cas"},
    ],
    "about": {
        "kind": "theorem",
        "title": "Gradient flow on separable data converges to the max-margin direction",
        "summary": "On separable data the direction of the flow converges to the max-margin direction, as slowly as 1/log t.",
        "file": "theorems/margin/linear_max_margin.py",
        "file_hash": "d" * 64,
        "statement_hash": HASH,
        "source": {"authors": "Soudry, Hoffer, Nacson, Gunasekar & Srebro", "year": 2018, "title": None, "arxiv": "1710.10345", "version": None, "result": None, "fidelity": "RECONSTRUCTED", "note": None},
        "meanings": {"t": "time of the flow; recorded as log t", "margin": "min z_n.w / |w|", "gamma": "the best margin", "gap": "what is missing"},
        "hypotheses": {
            "separable": {"standing": "TESTED", "sentence": "some w has every z_n.w > 0", "because": None, "spec": ["margin-kkt/T4/H1"]},
            "tail": {"standing": "ASSUMED", "sentence": "the loss has a tight exponential tail", "because": "it is the exponential loss", "spec": ["margin-kkt/T4/H3"]},
        },
        "conclusions": {
            "margin-reached": {"sentence": "the margin comes within 1e-5 of the optimum", "under": ["separable", "tail"], "on": ["rational"], "resolution": "1/100000", "because": "the law gap-law predicts 4e-7", "spec": ["margin-kkt/T4/C3"], "differs": None},
            "gap-law": {"sentence": None, "under": ["separable", "tail"], "resolution": "1/1000", "because": None, "spec": ["margin-kkt/T4/Q1"], "differs": "The source gives O(1/log t); here is the constant."},
        },
        "steps": {"ansatz": {"claims": None, "citation": None}, "residual-bounded": {"citation": "Soudry et al. (2018), for almost all data."}, "expansion": {"claims": "gap-law"}},
        "mutants": {"log-s": {"of": "gap-law", "why": "log |S| in place of the entropy H(P)", "on": ["rational"]}},
        "controls": {"angle-falls-slowly": {"of": None, "why": "true, though 1/log t looks too slow"}},
        "ablations": {"no-separability": {"of": "margin-reached", "drops": "separable", "on": ["non-separable"]}},
        "families": {"rational": {"sentence": "three points in the plane", "without": []}, "non-separable": {"without": ["separable"]}},
        "not_planned": [],
    },
    "rendered": {
        "hypotheses": {"separable": HYPOTHESIS["formula"]},
        "conclusions": {"margin-reached": REACHED, "gap-law": LAW},
        "steps": {"ansatz": STEP["formula"], "expansion": LAW},
        "definitions": {"gap": rendered("gamma - margin", r"\gamma - \bar\gamma")},
    },
}  # fmt: skip

CONJECTURE_STATEMENT: dict[str, Any] = {
    "theorem": "loss-falls-for-ever",
    "axes": [{"name": "t", "kind": "clock", "to": "oo"}],
    "quantities": [{"name": "loss", "kind": "quantity", "over": ["t"], "log": True, "sign": "positive"}],
    "definitions": [],
    "hypotheses": [],
    "conclusions": [{"name": "loss-halves", "formula": ["tends", ["var", "loss"], "0", "t"]}],
    "steps": [],
    "about": {
        "kind": "conjecture",
        "title": "The loss falls for ever",
        "file": "theorems/loss.py",
        "file_hash": "e" * 64,
        "statement_hash": "c" * 64,
        "source": None,
    },
}

ENVIRONMENT: dict[str, Any] = {
    "versions": VERSIONS, "platform": "Linux x86_64", "cores": 2, "device": "cpu", "seed": 0, "level": "quick",
    "command": "pytest theorems/", "started": "2025-01-01T00:00:00Z", "seconds": 12.5, "planned": len(RECORDS),
}  # fmt: skip


def report(records: tuple[Record, ...] = RECORDS) -> Report:
    """A fresh copy of the whole report, with these records."""
    statements = {"linear-max-margin": STATEMENT, "loss-falls-for-ever": CONJECTURE_STATEMENT}
    return copy.deepcopy({"schema": 1, "statements": statements, "records": list(records), "environment": ENVIRONMENT})
