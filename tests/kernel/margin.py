"""The pointwise part of the smoothed-margin theorem (Lyu & Li 2020, Theorem 4.1) as a statement block, with its certificates.

theta over (t, i) are the parameters, q over (t, n) the margins, slope over (t, n, i) the gradients of the margins.
"""

from __future__ import annotations

from typing import Any

from tests.kernel.notation import E, at, block, exp, gap, given, json, least, log, rate, symbols, tangent, total

loss, rho, speed, beta, nu, L, N, t, q, theta, slope, u = symbols("loss rho speed beta nu L N t q theta slope u")
p, H, tau, smoothed, margin, wperp = symbols("p H tau smoothed margin wperp")
qmin, pace = least(q, "n"), rate(log(smoothed), log(rho))
x, y = loss * exp(qmin), loss * exp(qmin) / N

RELATIONS = {
    "sum": loss == total(exp(-q), "n"),
    "count": total(1, "n") == N,
    "weighted": nu == total(exp(-q) * q, "n"),
    "radius": rho**2 == total(theta**2, "i"),
    "speed": speed**2 == total(rate(theta, t) ** 2, "i"),
    "flow": ["always", rate(theta, t) == total(exp(-q) * slope, "n"), "t", "i"],
    "chain-rule": ["always", rate(q, t) == total(slope * rate(theta, t), "i"), "t", "n"],
    "homogeneous": ["always", total(theta * slope, "i") == L * q, "t", "n"],
    "cosine": beta * rho * speed == total(theta * rate(theta, t), "i"),
}
HYPOTHESES = {"fitted": ["always", loss < 1, "t"]}
DEFINITIONS = {
    "p": exp(-q) / loss,
    "H": -total(p * log(p), "n"),
    "tau": log(1 / loss),
    "smoothed": tau / rho**L,
    "margin": least(q, "n") / rho**L,
    "u": theta / rho,
    "wperp": rate(theta, t) - rate(rho, t) * u,
}

# name: (claim, given, kind, what is not an equation in the certificate: the slack of an inequality or an extra term)
STEPS: dict[str, tuple[Any, str, str, Any]] = {
    "nu-entropy": (nu == loss * (tau + H), "sum weighted", "identity", 0),
    "entropy": (H >= 0, "sum", "inequality", total(p * (tangent(p) + gap(total(p, "n"))), "n")),
    "entropy-log": (log(N) >= H, "sum count", "inequality", total(p * tangent(1 / (p * N)), "n")),
    "tau": (tau > 0, "fitted", "inequality", tangent(loss) - given("fitted")),
    "nu": (nu > 0, "nu-entropy entropy tau", "inequality", loss * (tau + H)),
    "euler": (rho * rate(rho, t) == L * nu, "radius flow homogeneous weighted", "identity", 0),
    "radial": (rate(rho, t) > 0, "euler nu", "inequality", L * nu / rho),
    "descent": (rate(loss, t) == -(speed**2), "sum chain-rule flow speed", "identity", 0),
    "alignment": (beta * rho * speed == L * nu, "cosine euler radius", "identity", 0),
    "cosine-positive": (beta * speed > 0, "alignment nu", "inequality", L * nu / rho),
    "slope": (
        pace == L * ((1 + H / tau) / beta**2 - 1),
        "descent euler alignment nu-entropy tau radial cosine-positive",
        "identity",
        0,
    ),
    "lemma": (
        pace >= L * (beta**-2 - 1),
        "slope entropy tau radial cosine-positive",
        "inequality",
        L * H / (tau * beta**2),
    ),
    "below": (
        smoothed <= margin,
        "sum",
        "inequality",
        (tangent(1 / x) + exp(qmin) * at(gap(total(exp(-q), "n")), qmin) / x) / rho**L,
    ),
    "above": (
        margin - log(N) / rho**L <= smoothed,
        "sum count",
        "inequality",
        (tangent(y) + exp(qmin) / N * total(exp(-q) * (tangent(exp(gap(qmin))) + gap(qmin)), "n")) / rho**L,
    ),
    "pythagoras": (
        speed**2 == rate(rho, t) ** 2 + total(wperp**2, "i"),
        "speed radius",
        "identity",
        0,
    ),
    "direction": (rate(u, t) == wperp / rho, "", "identity", 0),
    "any-loss": (
        rho**L * rate(smoothed, t) == total(wperp**2, "i") / loss + L * H * rate(rho, t) / rho,
        "descent euler nu-entropy pythagoras",
        "identity",
        0,
    ),
    "turning": (
        L * total(rate(u, t) ** 2, "i") / rate(log(rho), t) == L * (beta**-2 - 1) * rate(log(rho), t),
        "pythagoras alignment euler radial cosine-positive radius",
        "identity",
        0,
    ),
    "monotone": (["nondecreasing", json(smoothed), "t"], "any-loss entropy radial tau", "inequality", None),
}
_slack = (total(wperp**2, "i") / loss + L * H * rate(rho, t) / rho) / rho**L
STEPS["monotone"] = (*STEPS["monotone"][:3], _slack)


def margin_block(**changed: Any) -> dict[str, Any]:
    """The statement block; `changed` replaces the claim of a step."""
    over = {"loss": "t", "rho": "t", "speed": "t", "beta": "t", "nu": "t", "q": "tn", "theta": "ti", "slope": "tni"}
    steps = {name: (changed.get(name, claim), names, kind) for name, (claim, names, kind, _) in STEPS.items()}
    return block(
        "smoothed-margin", real="beta nu q theta slope", positive="loss rho speed L N", over=over,
        definitions=DEFINITIONS, relations=RELATIONS, hypotheses=HYPOTHESES, steps=steps,
        conclusions={"identity": STEPS["slope"][0], "lemma-5.1": STEPS["lemma"][0], "monotone": STEPS["monotone"][0]},
    )  # fmt: skip


def certificate(found: dict[str, Any], name: str) -> dict[str, Any]:
    """The certificate of a step whose equations were found by elimination."""
    from verify.proof.cofactors import vanishing
    from verify.proof.decode import product
    from verify.proof.decode import total as added
    from verify.proof.finders import wanted

    _, _, kind, extra = STEPS[name]
    ((statement, given, (relation, left, right)),) = wanted(found, name)
    slack = statement.unfold(json(E(json(extra))))
    slack = product(["-1", slack]) if relation in ("le", "lt") else slack
    rest = vanishing(statement, given, left, added([right, slack]))
    return {"kind": kind, "difference": added([slack, rest])}
