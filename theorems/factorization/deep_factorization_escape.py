"""With three or more layers the escape from zero takes polynomially long, and from the identity its error does not depend on the gap.

f(U_L ... U_1) with square balanced layers, M = U_L U_L^T = (W W^T)^(1/L) and P = L/2: M' = -(F(M^P) M^P + M^P F(M^P)) for symmetric positive
semidefinite W = M^P. From M = alpha I the flow leaves the origin at T(alpha) = alpha^(1-P)/(2 mu_1 (P - 1)), along one trajectory of rank
one, and the error is of the order alpha whatever the gap between mu_1 and mu_2 (for two layers it is alpha^(1 - mu_2/mu_1)). From a
random positive definite M(0) = alpha B the error is alpha^((mu_1 - mu_2)/(2 mu_1)): as with two layers, depth does not help. Whether the
paper restricts its depth theorem to the identity start is unconfirmed; here it is a hypothesis, and it cannot be dropped.
"""

from math import prod
from typing import Any

import numpy as np
import torch
from scipy.integrate import quad
from scipy.optimize import brentq
from sympy import Eq, Pow, Rational, S, Symbol, log

from verify import OWN, Always, And, BigO, Column, Equivalent, Paper, Tends, Theorem, Theta, Trace
from verify.dynamics.deep_escape import escape
from verify.dynamics.deep_flow import deep_flow, equal_layers
from verify.dynamics.ladders import quadratics
from verify.models.factorisation import distance_to, six_entries
from verify.proof import Given, bound, by_cas, cited, identity
from verify.statement.instances import Instance

theorem = Theorem(
    "deep-factorization-escape",
    title="Deep factorisations escape from zero at a rate that does not depend on the gap, from the identity",
    source=Paper(
        authors="Li, Luo & Lyu",
        year=2021,
        title="Towards Resolving the Implicit Bias of Gradient Descent for Matrix Factorization: Greedy Low-Rank Learning",
        arxiv="2012.09839",
        fidelity=OWN,
    ),
    summary="The bound O(alpha^(1/(P+1))) is the paper's as remembered. That the error is of the order alpha from the identity, with its constant, and "
    "alpha^((mu_1 - mu_2)/(2 mu_1)) from a random positive definite start, is our own sharpening. Whether the paper restricts itself to the identity "
    "start is unconfirmed.",
)

# Setting.
# fmt: off
alpha = theorem.clock("alpha", to=0, log=True, meaning="scale of the start M = alpha B", latex=r"\alpha")
s = theorem.index("s", meaning="times after T(alpha)")
P = theorem.parameter("P", "half the number of layers")
mu1 = theorem.parameter("mu1", "largest eigenvalue of -F(0)", latex=r"\mu_1")
mu2 = theorem.parameter("mu2", "second eigenvalue of -F(0)", latex=r"\mu_2")
root, alpha_M = (theorem.parameter("root", "a scale of the layers"),
    theorem.parameter("alpha_M", "the scale of M that belongs to it"))
mu_j = theorem.parameter("mu_j", "another eigenvalue of -F(0)", sign="real", latex=r"\mu_j")
error = theorem.quantity("error", "distance of M to the limit trajectory at the time T(alpha) + s", over=(alpha, s),
    sign="nonnegative")
at_zero = theorem.quantity("at_zero", "the same at T(alpha)", over=alpha, sign="positive")
second = theorem.quantity("second", "second eigenvalue of M at T(alpha) + s", over=(alpha, s))
orbit = theorem.quantity("orbit", "distance of M to the limit trajectory where both have trace 1/2", over=alpha, sign="positive")
time = theorem.quantity("time", "the time at which tr M = 1/2", over=alpha, sign="positive")
final = theorem.quantity("final", "distance of W to M_rank at the end of the flow", over=alpha, sign="positive")
final_2, final_3, final_4 = (theorem.parameter(f"final_{k}", f"the same from W = I/1000 with {k} layers") for k in (2, 3, 4))
ode_gap = theorem.parameter("ode_gap", "largest entry of M' + F(M^P) M^P + M^P F(M^P) along the flow", sign="nonnegative")
constant = theorem.parameter("constant", "the predicted limit of error/alpha at T(alpha)")
uneven = theorem.parameter("uneven", "distance of B to the identity", sign="nonnegative")

T = theorem.define("T", alpha ** (1 - P) / (2 * mu1 * (P - 1)), "the time of escape")

# Hypotheses.
theorem.assume("identity-start", Eq(uneven, 0), "M(0) = alpha I: all layers are sqrt(alpha) I", within=Rational(1, 10**9),
    spec="greedy-low-rank/T7/H1")
theorem.assume("simple", mu1 >= mu2 + Rational(1, 100), "the largest eigenvalue is simple", spec="greedy-low-rank/T7/H2")
theorem.assume("smooth", assumed="f is three times differentiable, as the quadratics here are", spec="greedy-low-rank/T7/H3")
# fmt: on

# Conclusions.
IDENTITY = ("diagonal", "six-entries")
# fmt: off
theorem.conclude("equation-of-m", Eq(ode_gap, 0), "M' = -(F M^P + M^P F) while the layers move", within=Rational(1, 10**8),
    on=IDENTITY, spec="greedy-low-rank/T7/C1")
theorem.conclude("escape-time", Equivalent(time, T), "the escape takes T(alpha), a power of 1/alpha", within=Rational(1, 20),
    on=IDENTITY, spec="greedy-low-rank/T7/C2")
theorem.conclude("limit", Always(And(Tends(error, 0), Tends(second, 0)), over=s), "the limit trajectory exists and has rank one",
    within=Rational(1, 50), on=IDENTITY, spec="greedy-low-rank/T7/C3")
theorem.conclude("bound", Always(BigO(error, alpha ** (1 / (P + 1))), over=s), "the error is O(alpha^(1/(P+1)))",
    within=Rational(1, 20), on=IDENTITY, spec="greedy-low-rank/T7/C4")
theorem.conclude("sharp", Always(Theta(error, alpha), over=s), "the error is of the order alpha, whatever the gap",
    within=Rational(1, 20), because="the gap-dependent exponent is at least .2 away", on=IDENTITY,
    spec=("greedy-low-rank/T7/C4p", "greedy-low-rank/T7/Q1", "greedy-low-rank/T7/Q2", "greedy-low-rank/T7/Q3",
    "greedy-low-rank/T7/Q4"))
theorem.conclude("constant", Tends(at_zero / alpha, constant), "and its constant at T(alpha) is known", within=Rational(1, 100),
    on="diagonal", spec=("greedy-low-rank/T7/S5", "greedy-low-rank/T7/Q6", "greedy-low-rank/T7/Q7"))
theorem.conclude("orbit-bound", BigO(orbit, alpha ** (1 / (P + 1))), "at equal trace too", within=Rational(1, 20), on=IDENTITY)
theorem.conclude("orbit-rate", Theta(orbit, alpha), "at equal trace the error is of the order alpha", within=Rational(1, 10),
    on=IDENTITY, spec="greedy-low-rank/T7/N1")
theorem.conclude("final-rate", Theta(final, alpha**P), "the end of the flow errs by the scale of W, alpha_W = alpha^P",
    within=Rational(1, 20), on="ends", level="thorough", spec="greedy-low-rank/T7/Q8")
# fmt: on
for name, value in {"P": P, "constant": constant, "error": at_zero, "time of escape": time}.items():
    theorem.tabulate(name, value)


# Proof. Matrices do not commute, so the two identities of the product are decided by a computer algebra system.
def power_identity():
    """N^L W' + W' N^L = sum_i M^i M' M^(L-1-i) for W = N^L, M = N^2, N' arbitrary, L = 2, ..., 8."""
    n, d = Symbol("N", commutative=False), Symbol("D", commutative=False)
    for layers in range(2, 9):
        w = sum((Pow(n, i) * d * Pow(n, layers - 1 - i) for i in range(layers)), 0 * n)
        m = n * d + d * n
        right = sum((Pow(n, 2 * i) * m * Pow(n, 2 * (layers - 1 - i)) for i in range(layers)), 0 * n)
        if (Pow(n, layers) * w + w * Pow(n, layers) - right).expand() != 0:
            return False
    return True


def layer_identity():
    """W' = -sum_k M^k F M^(L-1-k) for balanced layers U_i = O_i D O_(i-1)^T, O_i orthogonal, O_L = O_0 and U_i' = -(U_L ... U_(i+1))^T F (U_(i-1) ... U_1)^T."""
    f, d = Symbol("F", commutative=False), Symbol("D", commutative=False)
    for layers in range(2, 7):
        frames = [Symbol(f"O{i % layers}", commutative=False) for i in range(layers + 1)]
        up = [frames[i + 1] * d * frames[i] ** -1 for i in range(layers)]
        down = [frames[i] * d * frames[i + 1] ** -1 for i in range(layers)]
        change: Any = S.Zero
        for i in range(layers):
            above, below = prod(reversed(up[i + 1 :]), start=S.One), prod(reversed(up[:i]), start=S.One)
            change -= above * prod(down[i + 1 :], start=S.One) * f * prod(down[:i], start=S.One) * below
        m = up[-1] * down[-1]
        if (change + sum(m**k * f * m ** (layers - 1 - k) for k in range(layers))).expand() != 0:
            return False
    return True


# fmt: off
theorem.step("equation", "equation-of-m",
    by=by_cas(power_identity, "N^L W' + W' N^L = sum M^i M' M^(L-1-i), as polynomials in symbols that do not commute, L = 2 to 8"),
    spec=("greedy-low-rank/T7/S1", "greedy-low-rank/T7/C1"))
theorem.step("layers", Eq(ode_gap, 0), by=by_cas(layer_identity, "W' = -sum M^i F M^(L-1-i) from the flow of the layers"),
    spec="greedy-low-rank/T7/S2")
theorem.relation("mode-j-slower", mu_j < mu1, "mu_1 is simple")
theorem.step("slower", mu1 - mu_j > 0, by=bound(-Given("mode-j-slower")), given="mode-j-slower")
theorem.step("second-mode-four-layers",
    Always(Eq(1 / (1 / alpha - 2 * mu_j * (1 / (2 * mu1 * alpha))), alpha * mu1 / (mu1 - mu_j))), by=identity(), given=("slower",),
    meaning="P = 2: m' = 2 mu m^2 gives 1/m = 1/alpha - 2 mu t, and T = 1/(2 mu_1 alpha)", spec="greedy-low-rank/T7/S4")
theorem.relation("root", And(Eq(root**2, alpha_M), root > 0), "the scale of one layer")
theorem.step("second-mode-three-layers", Eq((1 / root - mu_j * (1 / (mu1 * root))) ** -2, alpha_M * mu1**2 / (mu1 - mu_j) ** 2),
    by=identity(), given=("slower", "root"),
    meaning="P = 3/2: m' = 2 mu m^(3/2) gives m^(-1/2) = alpha^(-1/2) - mu t, and T = alpha^(-1/2)/mu_1",
    spec="greedy-low-rank/T7/S4")
theorem.step("cited-bound", "bound",
    by=cited("Li, Luo & Lyu, arXiv:2012.09839: the theorem on depth, as remembered; whether for the identity start alone is open"),
    spec="greedy-low-rank/T7/Z1")
# fmt: on


# Instances. M(0) = alpha B; every instance of a family has dimension 4.
DECIMALS = np.linspace(1.5, 5, 8)


def instance(label, layers, problem, shape=None, decimals=DECIMALS, **data):
    values = np.linalg.eigvalsh(problem.linear.numpy())[::-1]
    b = np.eye(len(values)) if shape is None else shape
    facts = {
        "P": layers / 2,
        "mu1": values[0],
        "mu2": values[1],
        "uneven": np.linalg.norm(b / b[0, 0] - np.eye(len(b))),
        "layers": layers,
        "decimals": decimals,
    }
    return Instance(
        f"{label}, L = {layers}",
        {**facts, "hessian": problem.hessian.numpy(), "linear": problem.linear.numpy(), "B": b, **data},
    )


def predicted(eigenvalues, power):
    """sqrt(sum_j (1 - mu_j/mu_1)^(-2/(P-1)) + (z^P (mu_1 - z^P)/mu_1^2)^2), z the limit trajectory at T: the modes' sizes, and the shift of time."""
    mu, rest = eigenvalues[0], np.array(eigenvalues[1:])

    def late(z):
        # int_0^z ds/(2 mu (mu - s^P)) is the time that saturation costs.
        return -(z ** (1 - power)) / (2 * mu * (power - 1)) + quad(lambda x: 1 / (2 * mu * (mu - x**power)), 0, z)[0]

    z = brentq(late, 1e-3, mu ** (1 / power) * (1 - 1e-9))
    return np.sqrt(((1 - rest / mu) ** (-2 / (power - 1))).sum() + (z**power * (mu - z**power) / mu**2) ** 2)


def diagonal_instance(m, layers, **data):
    return instance(str(m), layers, distance_to(np.diag(m)), constant=predicted(m, layers / 2), **data)


@theorem.family("diagonal", spec=("greedy-low-rank/T7/Q3", "greedy-low-rank/T7/Q4"))
def diagonal(rng, size):
    """f = |W - M|^2/2 with M = diag(2, 1, .5, .1), L = 3 and 4, and diag(2, 1.6, .5, .1), L = 4."""
    return [diagonal_instance((2.0, 1.0, 0.5, 0.1), layers) for layers in (3, 4)] + [
        diagonal_instance((2.0, 1.6, 0.5, 0.1), 4)
    ]


@theorem.family("six-entries", spec=("greedy-low-rank/T7/Q1", "greedy-low-rank/T7/Q2"))
def six(rng, size):
    """f(W) = (W_13 - 1)^2 + (W_14 - R)^2 + (W_23 - R)^2, R = 3/2 and 2, L = 3 and 4."""
    return [instance(f"R = {r}", layers, six_entries(r)) for r in (1.5, 2.0) for layers in (3, 4)]


@theorem.family("random-start", without="identity-start", spec="greedy-low-rank/T7/A1")
def random_start(rng, size):
    """M = diag(2, 1, .5, .1) from alpha B, B random positive definite with B_11 = 1; L = 3 and 4."""
    g = rng.normal(size=(4, 4))
    b = g @ g.T / 4 + 0.1 * np.eye(4)
    return [
        instance("diagonal, B", layers, distance_to(np.diag([2.0, 1.0, 0.5, 0.1])), b / b[0, 0], np.linspace(6, 20, 12))
        for layers in (3, 4)
    ]


@theorem.family("common-basis", without="identity-start", spec="greedy-low-rank/T7/N2")
def common_basis(rng, size):
    """The same from alpha diag(1, 1.8, 1, 1), L = 4: mu_1 b_1^(P-1) exceeds mu_2 b_2^(P-1)."""
    return [instance("diag(1, 1.8, 1, 1)", 4, distance_to(np.diag([2.0, 1.0, 0.5, 0.1])), np.diag([1, 1.8, 1, 1]))]


@theorem.family("double", without="simple", spec="greedy-low-rank/T7/A2")
def double(rng, size):
    """M = diag(2, 2, .5, .1)."""
    return [instance("(2, 2, .5, .1)", 4, distance_to(np.diag([2.0, 2.0, 0.5, 0.1])))]


@theorem.family("two-layers", spec="greedy-low-rank/T7/N1")
def two_layers(rng, size):
    """M = diag(2, 1, .5, .1) with L = 2."""
    return [instance("diagonal", 2, distance_to(np.diag([2.0, 1.0, 0.5, 0.1])), decimals=np.linspace(5, 13, 9))]


@theorem.family("ends", level="thorough", spec="greedy-low-rank/T7/Q8")
def ending(rng, size):
    """R = 2, L = 3 and 4, to the end of the flow."""
    return [instance("R = 2", layers, six_entries(2.0), decimals=np.linspace(3, 5.5, 9)) for layers in (3, 4)]


@theorem.family("depths", level="thorough", spec="greedy-low-rank/T7/Q9")
def depths(rng, size):
    """R = 2 from W = I/1000, to the end of the flow."""
    return [instance("R = 2", 2, six_entries(2.0))]


# Experiments.
@theorem.observe(measures=[alpha, s, P, mu1, mu2, uneven])
def starts(instances, setting, run):
    """Scales, times, and facts about the starts."""
    columns = {name: Column(np.array([each[name] for each in instances]), error=1e-14) for name in ("P", "mu1", "mu2")}
    columns["uneven"] = Column(np.array([each["uneven"] for each in instances]))
    columns["alpha"] = Column(-np.log(10) * np.array([each["decimals"] for each in instances]), ("alpha",), log=True)
    columns["s"] = Column(np.broadcast_to(TIMES, (len(instances), len(TIMES))), ("s",))
    return Trace(columns, [""] * len(instances))


TIMES = np.array([0.0, 0.3, 0.6])


def by_depth(instances, function):
    """The results of `function` on the instances of each number of layers, put back into their order."""
    found: list[Any] = [None] * len(instances)
    for layers in sorted({each["layers"] for each in instances}):
        places = [k for k, each in enumerate(instances) if each["layers"] == layers]
        for k, result in zip(places, function([instances[k] for k in places], layers), strict=True):
            found[k] = result
    return found


# fmt: off
@theorem.experiment(measures=[error, at_zero, second, orbit, time, ode_gap],
    on=(*IDENTITY, "double", "random-start", "common-basis", "two-layers"))
# fmt: on
def escapes(instances, setting, run):
    """The layers' flow against the one of rank one, by time and where tr M = 1/2; its error against half as many steps."""

    def measured(group, layers, steps):
        shapes = torch.tensor(np.array([each["B"] for each in group]), device=run.device)
        scales, times = (torch.tensor(x, device=run.device) for x in (10.0 ** -group[0]["decimals"], TIMES))
        return escape(quadratics(group, run.device), shapes, scales, depth=layers, times=times, level=0.5, steps=steps)

    def compared(group, layers):
        fine, coarse = (measured(group, layers, steps) for steps in (150, 75))
        return [(fine, coarse, k) for k in range(len(group))]

    seen = by_depth(instances, compared)
    columns = {}
    for name, over in {"error": ("alpha", "s"), "second": ("alpha", "s"), "orbit": ("alpha",), "time": ("alpha",)}.items():
        value, half = (np.array([getattr(each[k], name)[each[2]].numpy(force=True) for each in seen]) for k in (0, 1))
        rounding = 1e-12 + (1e-11 * value if name == "time" else 0)
        columns[name] = Column(value, over, error=rounding, flow_error=np.abs(value - half))
    errors = columns["error"]
    columns["at_zero"] = Column(errors.values[:, :, 0], ("alpha",), error=1e-12, flow_error=errors.flow_error[:, :, 0])
    columns["ode_gap"] = Column(np.array([float(fine.equation_gap[k].max()) for fine, _, k in seen]), error=1e-12)
    return Trace(columns, [fine.status[k] for fine, _, k in seen], device=run.device)


@theorem.experiment(measures=[final], on="ends")
def final_distances(instances, setting, run):
    """The distance of the product of the layers to M_rank at the end of the flow."""
    target = torch.tensor(np.outer([1.0, 2, 1, 2], [1.0, 2, 1, 2]), device=run.device)
    scales = 10.0 ** -instances[0]["decimals"]
    fine, coarse = (
        by_depth(instances, lambda group, layers, n=n: [end_distance(group, layers, run.device, scales, target, n)])
        for n in (3000, 1500)
    )
    values, halves = (np.array([distance for distance, _ in each]) for each in (fine, coarse))
    column = Column(values, ("alpha",), error=1e-12, flow_error=np.abs(values - halves))
    return Trace({"final": column}, [status for _, status in fine], device=run.device)


@theorem.experiment(measures=[final_2, final_3, final_4], on="depths")
def final_by_depth(instances, setting, run):
    """The same from alpha_W = 1/1000, with two, three and four layers."""
    target = torch.tensor(np.outer([1.0, 2, 1, 2], [1.0, 2, 1, 2]), device=run.device)
    columns = {
        f"final_{n}": Column(
            end_distance(instances, n, run.device, np.array([1e-3 ** (2 / n)]), target, 1600)[0], error=1e-6
        )
        for n in (2, 3, 4)
    }
    return Trace(columns, [""], device=run.device)


def end_distance(group, layers, device, scales, target, steps):
    """|W - M_rank| where the flow from every scale comes to rest, and a status."""
    alphas = torch.tensor(scales, device=device)
    problem = quadratics(group[:1], device)[torch.zeros(len(scales), dtype=torch.long)]
    length = (300.0 - torch.log(alphas)) / float(group[0]["mu1"])
    path = deep_flow(problem, equal_layers(alphas, layers, torch.eye(4, dtype=torch.float64, device=device)), length, steps=steps).path
    return (path.matrices[:, -1] - target).norm(dim=(1, 2)).numpy(force=True), "".join(path.status)


# What must be refuted.
# fmt: off
theorem.mutant("off-by-two", of="equation-of-m", formula=Eq(ode_gap, Rational(1, 10)), why="an equation that is off")
theorem.mutant("logarithmic-time", of="escape-time", formula=Theta(time, log(1 / alpha)), why="the time of two layers",
    spec="greedy-low-rank/T7/M1")
theorem.mutant("rank-two", of="limit", formula=Always(Tends(second, Rational(1, 4)), over=s), why="a limit trajectory of rank two")
theorem.mutant("larger-bound", of="bound", formula=Always(BigO(error, alpha ** Rational(3, 2)), over=s),
    why="an exponent beyond the sharp one")
theorem.mutant("bound-as-rate", of="sharp", formula=Always(Theta(error, alpha ** (1 / (P + 1))), over=s),
    why="the bound's exponent as the rate", spec="greedy-low-rank/T7/M2")
theorem.mutant("gap-dependent", of="sharp", formula=Always(Theta(error, alpha ** (1 - mu2 / mu1)), over=s),
    why="the exponent of two layers", spec="greedy-low-rank/T7/M3")
theorem.mutant("without-the-shift", of="constant", formula=Tends(at_zero / alpha, 1), why="a constant of 1")
theorem.mutant("orbit-gap-dependent", of="orbit-rate", formula=Theta(orbit, alpha ** (1 - mu2 / mu1)),
    why="the exponent of two layers at equal trace")
theorem.mutant("larger-orbit-bound", of="orbit-bound", formula=BigO(orbit, alpha ** Rational(3, 2)),
    why="an exponent beyond the sharp one")
theorem.mutant("scale-of-m", of="final-rate", formula=Theta(final, alpha), why="alpha_W = alpha_M", level="thorough",
    spec="greedy-low-rank/T7/M5")

theorem.control("two-layers-depend-on-the-gap", formula=Theta(orbit, alpha ** (1 - mu2 / mu1)),
    why="with two layers the exponent is (mu_1 - mu_2)/mu_1 from the identity", within=Rational(1, 20), on="two-layers",
    spec="greedy-low-rank/T7/N1")
theorem.control("random-starts-depend-on-the-gap", formula=Theta(orbit, alpha ** ((mu1 - mu2) / (2 * mu1))),
    why="from alpha B with random B depth does not help", within=Rational(1, 20), on="random-start", under=("simple", "smooth"),
    spec="greedy-low-rank/T7/A1")
theorem.control("a-common-basis-suffices", formula=Theta(orbit, alpha),
    why="B need only commute with F(0), with mu_1 b_1^(P-1) the largest", within=Rational(1, 20), on="common-basis",
    under=("simple", "smooth"), spec="greedy-low-rank/T7/N2")
theorem.control("deeper-ends-closer", formula=And(final_4 < final_3 / 2, final_3 < final_2 / 10),
    why="the dependence on the start weakens with depth", level="thorough", on="depths", spec="greedy-low-rank/T7/Q9")
theorem.ablate("identity-start", breaks="orbit-rate", on="random-start", spec=("greedy-low-rank/T7/A1", "greedy-low-rank/T7/M4"))
theorem.ablate("identity-start", breaks="orbit-bound", on="random-start", spec="greedy-low-rank/T7/M6")
theorem.ablate("simple", breaks="orbit-rate", on="double", spec="greedy-low-rank/T7/A2")
# fmt: on
