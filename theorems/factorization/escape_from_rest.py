"""A small start leaves an unstable rest point along one fixed trajectory, and the error is a power of the start.

theta' = g(theta) with g(0) = 0 and J = Dg(0), whose largest eigenvalue nu_1 > 0 is simple, with eigenvector v_1 and left eigenvector l_1,
l_1 . v_1 = 1. From delta_a -> 0 with <l_1, delta_a> >= c |delta_a| the flow, read log(1/<l_1, delta_a>)/nu_1 later, tends to a trajectory
z(s) that does not depend on the start, for all s before z blows up. The sharp rate is a^min(1, (nu_1 - nu_2)/nu_1), nu_2 the next
eigenvalue that the start excites. The matrix case is the theorem rank-one-escape.
"""

from fractions import Fraction

import numpy as np
import torch
from flint import arb
from sympy import Eq, Min, Rational, lambdify, log

from verify import RECONSTRUCTED, Always, BigO, Column, Eventually, Paper, Tends, Theorem, Theta, Trace
from verify.dynamics.factorised_flow import follow
from verify.dynamics.ladders import ladder_columns, status_of
from verify.proof import cited
from verify.statement.instances import Instance

theorem = Theorem(
    "escape-from-rest",
    title="Small starts leave an unstable rest point along one trajectory",
    source=Paper(
        authors="Li, Luo & Lyu",
        year=2021,
        title="Towards Resolving the Implicit Bias of Gradient Descent for Matrix Factorization: Greedy Low-Rank Learning",
        arxiv="2012.09839",
        fidelity=RECONSTRUCTED,
    ),
    summary="The general form of rank-one-escape, reconstructed. Existence and the bound a^(gap/(nu_1 + gap)) are cited; the sharp exponent is our own.",
)

# Setting. Times s are read after the escape, at `shift` + s.
# fmt: off
alpha = theorem.clock("alpha", to=0, log=True, meaning="scale of the start", latex="a")
s = theorem.index("s", meaning="times after the escape")
nu1 = theorem.parameter("nu1", "the largest eigenvalue of J", latex=r"\nu_1")
nu2 = theorem.parameter("nu2", "the next eigenvalue of J that the start excites; 0 if there is none", sign="real", latex=r"\nu_2")
overlap = theorem.quantity("overlap", "<l_1, delta>", over=alpha, sign="positive", latex=r"\langle l_1,\delta\rangle")
size = theorem.quantity("size", "|delta|", over=alpha, sign="positive", latex=r"|\delta|")
error = theorem.quantity("error", "distance to the limit trajectory z", over=(alpha, s), sign="nonnegative", latex=r"|\phi - z|")
length = theorem.quantity("length", "norm of the state", over=(alpha, s), sign="positive", latex=r"|\phi|")
spent = theorem.quantity("spent", "exp(s - t_max), t_max the time at which z blows up; 0 if it never does", over=s, sign="nonnegative")
origin = theorem.parameter("origin", "|g(0)|", sign="nonnegative", latex="|g(0)|")

shift = theorem.define("shift", log(1 / overlap) / nu1, "the time of escape")
gap = theorem.define("gap", nu1 - nu2, "eigenvalue gap", latex=r"\gamma")
sharp = theorem.define("sharp", Min(1, gap / nu1), "the sharp exponent")
slow = theorem.define("slow", gap / (nu1 + gap), "the exponent of the cited bound")

# Hypotheses.
theorem.assume("rest-at-zero", Eq(origin, 0), "g(0) = 0", within=Rational(1, 10**12), spec="greedy-low-rank/T1/H1")
theorem.assume("simple", nu1 > nu2, "the largest eigenvalue is simple (and positive)", spec="greedy-low-rank/T1/H2")
theorem.assume("smooth", assumed="g is twice differentiable and J diagonalisable over the reals", spec="greedy-low-rank/T1/H3")
theorem.assume("aligned", Eventually(overlap >= size / 1000), "<l_1, delta> >= c |delta| as alpha falls", spec="greedy-low-rank/T1/H4")
theorem.assume("in-time", Always(spent < 1), "the times lie before z blows up, if it does", spec="greedy-low-rank/T1/C1")

# Conclusions.
theorem.conclude("limit-exists", Always(Tends(error, 0), over=s), "the flow tends to z", within=Rational(1, 20),
    on="not-symmetric", spec="greedy-low-rank/T1/C1")
theorem.conclude("bounded", Always(BigO(length, 1), over=s), "the flow stays bounded before z blows up", on="not-symmetric",
    spec="greedy-low-rank/T1/C1")
theorem.conclude("bound", Always(BigO(error, alpha**slow), over=s), "the error is O(a^(gap/(nu_1 + gap)))", within=Rational(1, 20),
    on="not-symmetric", spec="greedy-low-rank/T1/C2")
theorem.conclude("sharp-rate", Always(Theta(error, alpha**sharp), over=s), "the error is of the order a^min(1, gap/nu_1)",
    within=Rational(1, 20), because="the nearest variant, half the exponent, is .3 away", on="not-symmetric",
    spec=("greedy-low-rank/T1/C2", "greedy-low-rank/T1/Q8"))

# Proof.
theorem.step("existence", "limit-exists", by=cited("Li, Luo & Lyu, arXiv:2012.09839: the theorem on general ordinary differential equations"),
    spec="greedy-low-rank/T1/Z1")
theorem.step("cited-bound", "bound", by=cited("Li, Luo & Lyu, arXiv:2012.09839: the exponent gap/(nu_1 + gap), as remembered"),
    spec="greedy-low-rank/T1/Z1")
# fmt: on


# Instances: a direction delta and the decimals of the scales.
def instance(label, nu2, delta, decimals, **data):
    facts = {
        "nu1": Fraction(1),
        "nu2": Fraction(nu2),
        "delta": np.array(delta),
        "decimals": np.asarray(decimals, float),
    }
    return Instance(label, {**facts, **data})


@theorem.family("not-symmetric", spec="greedy-low-rank/T1/Q8")
def not_symmetric(rng, size):
    """x' = J x - (x_1^2 + x_1 x_2, x_1 x_2 + x_2^2, x_3^2 + x_1^2/5), J = [[1, 2, 0], [0, .4, .3], [0, 0, -.5]]: a generic start, and v_1."""
    generic = instance("generic", "2/5", [1.0, 0.4, 0.3], np.linspace(6, 16, 11))
    return [generic, instance("aligned", 0, [1.0, 0.0, 0.0], np.linspace(3, 11, 11))]


@theorem.family("blow-up", without="in-time", spec="greedy-low-rank/T1/A4")
def blowing_up(rng, size):
    """theta' = theta + theta^2, whose limit e^s/(1 - e^s) blows up at s = 0."""
    return [instance("theta + theta^2", 0, [1.0], range(2, 12), t_max=0)]


@theorem.family("moving-origin", without="rest-at-zero")
def moving_origin(rng, size):
    """theta' = theta - theta^2 + 1/100, read against the limit e^s/(1 + e^s) of theta' = theta - theta^2."""
    return [instance("pushed", 0, [1.0], range(2, 12), push=0.01)]


@theorem.family("orthogonal", without="aligned")
def orthogonal(rng, size):
    """The three-dimensional system from starts whose overlap with l_1 is a^3 only, where mode 2 escapes first."""
    return [instance("orthogonal", "2/5", [-10 / 3, 1.0, 0.0], np.linspace(3, 9, 9), bent=1)]


@theorem.family("double", without="simple")
def double(rng, size):
    """x' = x - |x|^2 x in the plane from (1, 1)/sqrt 2 and v_1 = (1, 0): every direction grows alike."""
    return [instance("double", 1, [0.5**0.5, 0.5**0.5], range(2, 12))]


# Experiments.
TIMES = np.array([-0.25, 0.0, 0.25])
LEFT = {
    1: np.array([1.0]),
    2: np.array([1.0, 0.0]),
    3: np.array([1.0, 10 / 3, 2 / 3]),
}  # l_1 in one, two and three dimensions


def starts_of(instances):
    """The starts delta, and their overlap with l_1: (instances, scales, d) and (instances, scales)."""
    scale = 10.0 ** -np.array([each["decimals"] for each in instances])[:, :, None]
    start = scale * np.array([each["delta"] for each in instances])[:, None]
    start[..., 0] += np.array([each.get("bent", 0) for each in instances])[:, None] * scale[..., 0] ** 3
    inner = np.array([each.get("bent", 0) for each in instances])[:, None] * scale[..., 0] ** 3
    return start, np.where(inner > 0, inner, start @ LEFT[start.shape[-1]])


@theorem.observe(measures=[alpha, s, overlap, size, spent, origin])
def looked_at(instances, setting, run):
    """The starts, and the times at which the flow is read."""
    start, inner = starts_of(instances)
    times = np.array([[-1.0, -0.5, 0.0] if "t_max" in each.data else TIMES for each in instances])
    shares = [
        [arb(t - each["t_max"]).exp() if "t_max" in each.data else arb(0) for t in row]
        for each, row in zip(instances, times, strict=True)
    ]
    norms = np.linalg.norm(start, axis=-1)
    columns = {
        "alpha": Column(-np.log(10) * np.array([each["decimals"] for each in instances]), ("alpha",), log=True),
        "s": Column(times, ("s",)),
        "overlap": Column(inner, ("alpha",), error=1e-13 * inner),
        "size": Column(norms, ("alpha",), error=1e-13 * norms),
        "spent": Column(np.array(shares, dtype=object), ("s",)),
        "origin": Column(np.array([float(each.get("push", 0.0)) for each in instances])),
    }
    return Trace(columns, [""] * len(instances))


@theorem.experiment(measures=[error, length], on=("not-symmetric", "orthogonal", "double"))
def small_starts(instances, setting, run):
    """The flow against its trajectory from 10^-18 v_1; its error against half as many steps."""
    start, inner = starts_of(instances)
    d = start.shape[-1]
    escape = lambdify((nu1, overlap, size), setting[shift], modules="numpy")
    delays = torch.tensor(escape(1.0, inner, np.linalg.norm(start, axis=-1)).ravel(), device=run.device)
    times = torch.tensor(TIMES, device=run.device)
    late = torch.full((1,), np.log(1e18), dtype=torch.float64, device=run.device)
    jacobian = torch.tensor([[1, 2, 0], [0, 0.4, 0.3], [0, 0, -0.5]], dtype=torch.float64, device=run.device)
    seed = 1e-18 * torch.eye(d, dtype=torch.float64, device=run.device)[:1]

    def field(x):
        if d == 2:
            return x - x * x.square().sum(-1, keepdim=True)
        a, b, c = x.unbind(-1)
        return x @ jacobian.T - torch.stack([a * a + a * b, a * b + b * b, c**3 + 0.2 * a * a], -1)

    def measured(steps):
        limit = follow(field, lambda x: x, seed, late + 0.25, steps=2 * steps)
        flat = torch.tensor(start.reshape(-1, d), device=run.device)
        path = follow(field, lambda x: x, flat, delays + 0.25, steps=steps)
        states = path.at(delays[:, None] + times)
        return path.status, {
            "error": (states - limit.at(late[:, None] + times)).norm(dim=-1),
            "length": states.norm(dim=-1),
        }

    (status, fine), (_, coarse) = measured(180), measured(90)
    columns = ladder_columns(fine, coarse, len(instances), ("alpha", "s"), error=1e-14)
    return Trace(columns, status_of(status, len(instances)), device=run.device)


@theorem.experiment(measures=[error, length], on="moving-origin")
def pushed_logistic(instances, setting, run):
    """theta' = theta - theta^2 + push = (high - theta)(theta - low), by its closed form."""
    a, push = starts_of(instances)[1][:, :, None], np.array([[[each["push"]]] for each in instances])
    root = np.sqrt(1 + 4 * push)
    high, low = (1 + root) / 2, (1 - root) / 2
    escape = lambdify((nu1, overlap, size), setting[shift], modules="numpy")
    ratio = (a - low) / (high - a) * np.exp(root * (escape(1.0, a, a) + TIMES))
    state = (low + high * ratio) / (1 + ratio)
    table = {"error": np.abs(state - 1 / (1 + np.exp(-TIMES))), "length": state}
    return Trace(
        {name: Column(value, ("alpha", "s"), error=1e-12) for name, value in table.items()}, [""] * len(instances)
    )


@theorem.experiment(measures=[length], on="blow-up")
def explicit_blow_up(instances, setting, run):
    """theta(t) = a e^t/(1 + a - a e^t)."""
    a = starts_of(instances)[1][:, :, None]
    escape = lambdify((nu1, overlap, size), setting[shift], modules="numpy")
    grown = a * np.exp(escape(1.0, a, a) + np.array([-1.0, -0.5, 0.0]))
    state = grown / (1 + a - grown)
    return Trace({"length": Column(state, ("alpha", "s"), error=1e-3 * state)}, [""] * len(instances))


# What must be refuted.
# fmt: off
theorem.mutant("norm-for-overlap", of="limit-exists", define={shift: log(1 / size) / nu1}, why="|delta| in place of <l_1, delta>",
    spec="greedy-low-rank/T1/M2")
theorem.mutant("vanishes", of="bounded", formula=Always(BigO(length, alpha ** Rational(1, 4)), over=s), why="a flow still near the origin")
theorem.mutant("larger-bound", of="bound", formula=Always(BigO(error, alpha), over=s), why="the exponent 1, whatever the gap")
theorem.mutant("half-the-exponent", of="sharp-rate", formula=Always(Theta(error, alpha ** (gap / (2 * nu1))), over=s), why="gap/(2 nu_1)")

theorem.ablate("in-time", breaks="bounded", on="blow-up", spec="greedy-low-rank/T1/A4")
theorem.ablate("rest-at-zero", breaks="limit-exists", on="moving-origin")
theorem.ablate("aligned", breaks="limit-exists", on="orthogonal")
theorem.ablate("simple", breaks="limit-exists", on="double")
# fmt: on
