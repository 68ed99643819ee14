"""Gradient flow of L(U) = f(U U^T)/2 moves W = U U^T by W' = -F(W) W - W F(W), for every number of columns of U.

The identities on which the other theorems about matrix factorisation rest, each proved: the flow of W; the same flow of a balanced product
U_2 U_1; the rank, which a factor with as many columns keeps; the closed form for f(W) = |W - M|^2/2 (a Riccati equation); the limit
trajectory m e^(2mt)/(m + e^(2mt)) and how fast a small start approaches it; that convexity excludes a blow-up; that layers of a deep net
stay balanced; and the form X_t = alpha exp(2 A*(s_t)) of the flow for commuting measurements.
"""

import numpy as np
import torch
from sympy import Eq, Rational, exp, lambdify

from verify import RECONSTRUCTED, Always, And, Column, Paper, Rate, Theorem, Total, Trace
from verify.dynamics.factorised_flow import factorised_flow
from verify.models.factorisation import Quadratic, distance_to, sensing, stack
from verify.proof import Given, bound, identity
from verify.statement.instances import Instance

theorem = Theorem(
    "factorised-flow",
    title="The flow of a factor U moves U U^T by W' = -F W - W F",
    source=Paper(
        authors="Li, Luo & Lyu",
        year=2021,
        title="Towards Resolving the Implicit Bias of Gradient Descent for Matrix Factorization: Greedy Low-Rank Learning",
        arxiv="2012.09839",
        fidelity=RECONSTRUCTED,
    ),
    summary="The setting of the theorems on matrix factorisation. The loss is f(U U^T)/2; without the 1/2 all times halve.",
)

# Setting. Two rows a and b of U stand for all; Fa and Fb are those rows of F U.
# fmt: off
t = theorem.clock("t", meaning="time of the flow")
j = theorem.index("j", meaning="columns of U, or the inner dimension of a product")
i = theorem.index("i", meaning="measurements")
a, b, Fa, Fb = (theorem.quantity(name, what, over=(t, j)) for name,
    what in {"a": "a row of U", "b": "a row of U", "Fa": "that row of F U", "Fb": "that row of F U"}.items())
p, r, Fp, Fr = (theorem.quantity(name, what, over=(t, j)) for name,
    what in {"p": "a row of U_2", "r": "a column of U_1", "Fp": "that row of F U_1^T", "Fr": "that column of U_2^T F"}.items())
c, d, e, f = (theorem.quantity(name, what, over=(t, j)) for name,
    what in {"c": "a column of an upper layer", "d": "another column of it", "e": "a row of the lower layer",
    "f": "another row of it"}.items())
m = theorem.parameter("m", "an eigenvalue of M")
n = theorem.parameter("n", "another eigenvalue of M")
w0 = theorem.parameter("w0", "a start, below m")
x11, x12, x22 = (theorem.parameter(f"x{k}", f"entry {k} of W(0)", sign="real") for k in (11, 12, 22))
mass = theorem.quantity("mass", "tr W", over=t, sign="nonnegative", latex=r"{\rm tr} W")
FW = theorem.quantity("FW", "<F(W), W>", over=t)
F0W = theorem.quantity("F0W", "<F(0), W>", over=t)
mu1 = theorem.parameter("mu1", "the largest eigenvalue of -F(0)")
multiplier = theorem.quantity("multiplier", "s_i, minus the integral of the residual", over=(t, i))
residual = theorem.quantity("residual", "r_i = <A_i, X> - y_i", over=(t, i))
measured = theorem.quantity("measured", "an eigenvalue of A_i, for one common eigenvector", over=i)
alpha = theorem.parameter("alpha", "scale of the start X = alpha I", latex=r"\alpha")
closed_gap = theorem.quantity("closed_gap", "distance of the flow to the closed form", over=t, sign="nonnegative")

entry = theorem.define("entry", Total(a * b, over=j), "W_ab", latex="W_{ab}")
product = theorem.define("product", Total(p * r, over=j), "an entry of U_2 U_1")
limit = theorem.define("limit", m * exp(2 * m * t) / (m + exp(2 * m * t)), "the limit trajectory")
shifted = theorem.define("shifted", m * exp(2 * m * t) / (m - w0 + exp(2 * m * t)), "the flow from w0, read log(1/w0)/(2m) later")
commuting = theorem.define("commuting", alpha * exp(2 * Total(measured * multiplier, over=i)),
    "an eigenvalue of X = alpha exp(2 A*(s))", latex=r"\alpha e^{2 A^*(s)}")
# fmt: on
# The closed form W = E (1 + 2 W(0) S)^{-1} W(0) E for 2 x 2 matrices, E = exp(t M) and S = diag((e^{2mt} - 1)/(2m), ...).
S = (exp(2 * m * t) - 1) / (2 * m), (exp(2 * n * t) - 1) / (2 * n)
det0 = x11 * x22 - x12**2
# fmt: off
scale = theorem.define("scale", (1 + 2 * x11 * S[0]) * (1 + 2 * x22 * S[1]) - 4 * x12**2 * S[0] * S[1], "det(1 + 2 W(0) S)")
W11 = theorem.define("W11", exp(2 * m * t) * (x11 + 2 * S[1] * det0) / scale, "an entry of the closed form", latex="W_{11}")
W12 = theorem.define("W12", exp((m + n) * t) * x12 / scale, "an entry of the closed form", latex="W_{12}")
W22 = theorem.define("W22", exp(2 * n * t) * (x22 + 2 * S[0] * det0) / scale, "an entry of the closed form", latex="W_{22}")

theorem.relation("flow", Always(And(Eq(Rate(a, t), -Fa), Eq(Rate(b, t), -Fb)), over=(t, j)), "U' = -F(U U^T) U")
theorem.relation("two-layers", Always(And(Eq(Rate(p, t), -Fp), Eq(Rate(r, t), -Fr)), over=(t, j)),
    "U_2' = -F U_1^T and U_1' = -U_2^T F for the loss f(U_2 U_1)")
theorem.relation("layers",
    Always(And(Eq(Total(c * Rate(d, t), over=j), Total(Rate(e, t) * f, over=j)),
    Eq(Total(d * Rate(c, t), over=j), Total(Rate(f, t) * e, over=j))), over=t),
    "U_up^T U_up' = U_low' U_low^T, both being minus a product of layers around F")
theorem.relation("energy", Always(Eq(Rate(mass, t), -2 * FW)), "the trace of W' = -F W - W F")
theorem.relation("monotone", Always(FW >= F0W), "<F(W) - F(0), W> >= 0, f being convex")
theorem.relation("spectrum", Always(F0W >= -mu1 * mass), "-F(0) <= mu_1, W positive semidefinite")
theorem.relation("defined", Always(scale > 0), "det(1 + 2 W(0) S) > 0 for positive semidefinite W(0) and t >= 0")
theorem.relation("below", w0 < m, "the start is small")
theorem.relation("residuals", Always(Eq(Rate(multiplier, t), -residual), over=(t, i)), "s' = -r")

# Hypotheses.
theorem.assume("convex", Always(FW >= F0W), "<F(W) - F(0), W> >= 0, as for convex f", within=Rational(1, 10**9),
    spec="greedy-low-rank/T1/S7")

# Conclusions.
theorem.conclude("moves", Always(Eq(Rate(entry, t), -Total(Fa * b, over=j) - Total(a * Fb, over=j))), "an entry of W' = -F W - W F",
    within=Rational(1, 10**6), under=(), spec="greedy-low-rank/T1/S8")
theorem.conclude("no-blow-up", Always(Rate(mass, t) <= 2 * mu1 * mass),
    "the trace grows at most at the rate 2 mu_1, so W exists for all times", within=Rational(1, 10**6),
    spec="greedy-low-rank/T1/S7")
theorem.conclude("riccati", Always(Eq(closed_gap, 0)), "the flow of |W - M|^2/2 is the closed form", within=Rational(1, 10**9),
    under=(), on="closed", spec="greedy-low-rank/T1/S4")

# Proof.
theorem.step("product-rule", "moves", by=identity(), given="flow",
    meaning="for one column it says W = x x^T with x' = -F x: the rank is kept",
    spec=("greedy-low-rank/T1/S8", "greedy-low-rank/T1/S2"))
theorem.step("two-layer-product", Always(Eq(Rate(product, t), -Total(Fp * r, over=j) - Total(p * Fr, over=j))), by=identity(),
    given="two-layers",
    meaning="-F U_1^T U_1 - U_2 U_2^T F, and U_1^T U_1 = U_2 U_2^T = W when the product is symmetric, positive semidefinite and balanced",
    spec="greedy-low-rank/T1/S8")
theorem.step("balance", Always(Eq(Rate(Total(c * d, over=j) - Total(e * f, over=j), t), 0)), by=identity(), given="layers",
    meaning="U_up^T U_up - U_low U_low^T is constant", spec="greedy-low-rank/T7/S3")
theorem.step("growth", "no-blow-up", by=bound(2 * Given("monotone") + 2 * Given("spectrum")),
    given=("energy", "monotone", "spectrum"), spec="greedy-low-rank/T1/S7")
theorem.step("gap-positive", Always(m - w0 + exp(2 * m * t) > 0), by=bound(exp(2 * m * t) - Given("below")), given="below")
theorem.step("approach", Always(Eq(shifted - limit, w0 * m * exp(2 * m * t) / ((m + exp(2 * m * t)) * (m - w0 + exp(2 * m * t))))),
    by=identity(), given="gap-positive", meaning="of the order w0 exactly, so that no start can do better than the exponent 1",
    spec="greedy-low-rank/T1/S3")
theorem.step("limit-solves", Always(Eq(Rate(limit, t), 2 * limit * (m - limit))), by=identity(),
    spec=("greedy-low-rank/T1/S3", "greedy-low-rank/T1/C1"))
# fmt: on
for name, rate, value in (
    ("riccati-11", Rate(W11, t), -2 * ((W11 - m) * W11 + W12**2)),
    ("riccati-12", Rate(W12, t), -((W11 - m) * W12 + W12 * W22 + W11 * W12 + W12 * (W22 - n))),
    ("riccati-22", Rate(W22, t), -2 * ((W22 - n) * W22 + W12**2)),
):
    theorem.step(name, Always(Eq(rate, value)), by=identity(), given="defined", spec="greedy-low-rank/T1/S4")
# fmt: off
theorem.step("commuting-flow", Always(Eq(Rate(commuting, t), -2 * commuting * Total(measured * residual, over=i))), by=identity(),
    given="residuals", meaning="X' = -(A*(r) X + X A*(r)) in the common eigenbasis",
    spec=("greedy-low-rank/T6/S1", "greedy-low-rank/T6/C2"))
# fmt: on


# Instances: quadratic f, a start U and a time.
def instance(label, problem, start, horizon, **data):
    top = float(torch.linalg.eigvalsh(problem.linear)[-1])
    return Instance(
        label,
        {
            "hessian": problem.hessian.numpy(),
            "linear": problem.linear.numpy(),
            "U": start,
            "horizon": horizon,
            "mu1": top,
            **data,
        },
    )


@theorem.family("sensing")
def sensing_problems(rng, size):
    """Ten random symmetric measurements of a matrix of rank one in dimension 3, from a random 3 x 2 factor."""
    batch = []
    for k in range(size):
        a, target = rng.normal(size=(10, 3, 3)), rng.normal(size=3)
        a = (a + a.transpose(0, 2, 1)) / 6
        batch.append(
            instance(
                f"sensing {k}",
                sensing(a, np.einsum("kij,i,j->k", a, target, target)),
                0.3 * rng.normal(size=(3, 2)),
                0.5,
            )
        )
    return batch


@theorem.family("closed")
def closed(rng, size):
    """f(W) = |W - diag(m, n)|^2/2 from a random positive definite W(0)."""
    batch = []
    for k in range(size):
        (low, high), start = np.sort(rng.uniform(0.3, 2, size=2)), 0.5 * rng.normal(size=(2, 2))
        w = start @ start.T
        data = {"m": high, "n": low, "x11": w[0, 0], "x12": w[0, 1], "x22": w[1, 1]}
        batch.append(instance(f"closed {k}", distance_to(np.diag([high, low])), start, 2.0, **data))
    return batch


@theorem.family("concave", without="convex")
def concave(rng, size):
    """f(W) = -<W, W>/4 - W_11/2, from a start along the first eigenvector."""
    problem = Quadratic(
        -torch.eye(4, dtype=torch.float64) / 2,
        torch.diag(torch.tensor([0.5, 0.0], dtype=torch.float64)),
        torch.tensor(0.0, dtype=torch.float64),
    )
    return [instance("concave", problem, np.array([[0.5, 0.0], [0.0, 0.1]]), 0.5)]


@theorem.experiment(measures=[t, a, b, Fa, Fb, mass, FW, F0W])
def small_flow(instances, setting, run):
    """The flow of U, with rates from its right-hand side; its error against half as many steps."""
    problem, fine, coarse = flows(instances, run, 80)

    def look(states):
        gradient, w = problem[:, None].gradient(states @ states.mT), states @ states.mT
        pushed = gradient @ states
        return {"a": states[..., 0, :], "b": states[..., 1, :], "Fa": pushed[..., 0, :], "Fb": pushed[..., 1, :], "mass": w.diagonal(dim1=-2, dim2=-1).sum(-1),
                "FW": (gradient * w).sum((-2, -1)), "F0W": -(problem.linear[:, None] * w).sum((-2, -1))}  # fmt: skip

    rows, halves = look(fine.states[:, 4::4]), look(coarse.states[:, 2::2])
    rates = {"a": -rows["Fa"], "b": -rows["Fb"], "mass": -2 * rows["FW"]}
    columns = {
        "t": Column(fine.times[:, 4::4].numpy(force=True), ("t",), rate=np.ones(fine.times[:, 4::4].shape), state=False)
    }
    for name, value in rows.items():
        over = ("t", "j") if value.ndim == 3 else ("t",)
        rate = rates[name].numpy(force=True) if name in rates else None
        columns[name] = Column(
            value.numpy(force=True),
            over,
            error=1e-14,
            flow_error=(value - halves[name]).abs().numpy(force=True),
            rate=rate,
            rate_error=1e-14,
        )
    return Trace(columns, fine.status, device=run.device)


@theorem.experiment(measures=[closed_gap], on="closed")
def compared(instances, setting, run):
    """The flow of W against the setting's closed form."""
    _, fine, coarse = flows(instances, run, 160)
    data = [np.array([[each[name]] for each in instances]) for name in ("m", "n", "x11", "x12", "x22")]
    times = fine.times[:, 8::8].numpy(force=True)
    w, half = (path.matrices[:, step::step].numpy(force=True) for path, step in ((fine, 8), (coarse, 4)))
    values = [
        lambdify((m, n, x11, x12, x22, t), setting[name].subs(scale, setting[scale]))(*data, times)
        for name in (W11, W12, W22)
    ]
    gap = np.sqrt(
        (w[..., 0, 0] - values[0]) ** 2 + 2 * (w[..., 0, 1] - values[1]) ** 2 + (w[..., 1, 1] - values[2]) ** 2
    )
    # The gap is one between trajectories at every row, so that the flow's error is an error of the value.
    error = 1e-13 + np.linalg.norm(w - half, axis=(2, 3))
    return Trace({"closed_gap": Column(gap, ("t",), error=error)}, fine.status, device=run.device)


def flows(instances, run, steps):
    """The problems, and the flow in this many steps and in half as many."""
    parts = [
        [torch.tensor(each[key], device=run.device) for key in ("hessian", "linear", "U", "horizon")]
        for each in instances
    ]
    problem = stack([Quadratic(hessian, linear, torch.zeros_like(linear[0, 0])) for hessian, linear, _, _ in parts])
    start, horizon = torch.stack([part[2] for part in parts]), torch.stack([part[3] for part in parts]).double()
    return problem, *(factorised_flow(problem, start, horizon, steps=n) for n in (steps, steps // 2))


# What must be refuted.
# fmt: off
theorem.mutant("one-sided", of="moves", formula=Always(Eq(Rate(entry, t), -Total(Fa * b, over=j))), why="W' = -F W")
theorem.mutant("twice-as-fast", of="moves",
    formula=Always(Eq(Rate(entry, t), -2 * Total(Fa * b, over=j) - 2 * Total(a * Fb, over=j))),
    why="the flow of f(U U^T), without the 1/2", spec="greedy-low-rank/T1/X1")
theorem.mutant("half-the-growth", of="no-blow-up", formula=Always(Rate(mass, t) <= mu1 * mass / 4), why="mu_1/4 in place of 2 mu_1",
    on=("sensing", "closed"))
theorem.mutant("two-missing", of="riccati", define={scale: (1 + x11 * S[0]) * (1 + x22 * S[1]) - x12**2 * S[0] * S[1]},
    why="1 + W(0) S in place of 1 + 2 W(0) S")
theorem.ablate("convex", breaks="no-blow-up", on="concave", spec="greedy-low-rank/T1/S7")
# fmt: on
