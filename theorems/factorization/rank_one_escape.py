"""From a small start gradient flow leaves the origin along one fixed trajectory of rank one, and the error is a power of the start.

theta' = g(theta) with g(0) = 0 and J = Dg(0), whose largest eigenvalue nu_1 > 0 is simple, with eigenvector v_1 and left eigenvector l_1,
l_1 . v_1 = 1. From delta_a -> 0 with <l_1, delta_a> >= c |delta_a| the flow, read log(1/<l_1, delta_a>)/nu_1 later, tends to a trajectory
z(t) that does not depend on the start. For W' = -F(W) W - W F(W) the eigenvalues are mu_i + mu_j, where mu_1 > mu_2 >= ... are those of
-F(0): nu_1 = 2 mu_1, the trajectory has rank one, and it ends at a critical point that every small start visits. The sharp rate is
alpha^min(1, (nu_1 - nu_2)/nu_1), nu_2 the next eigenvalue that the start excites: mu_1 + mu_2 in general, 2 mu_2 from alpha I.
"""

from fractions import Fraction
from functools import partial

import numpy as np
import torch
from flint import arb
from sympy import Eq, Min, Rational, lambdify, log

from verify import RECONSTRUCTED, Always, And, BigO, Column, Eventually, Paper, Tends, Theorem, Theta, Trace
from verify.dynamics import riccati
from verify.dynamics.diagonal_modes import least
from verify.dynamics.factorised_flow import factorised_flow, follow, scaled_factor
from verify.dynamics.ladders import ladder_columns, quadratic_data, quadratics, status_of
from verify.models.factorisation import sensing, six_entries
from verify.proof import Given, bound, cited, identity
from verify.statement.instances import Instance

theorem = Theorem(
    "rank-one-escape",
    title="Small starts leave the origin along one trajectory of rank one",
    source=Paper(
        authors="Li, Luo & Lyu",
        year=2021,
        title="Towards Resolving the Implicit Bias of Gradient Descent for Matrix Factorization: Greedy Low-Rank Learning",
        arxiv="2012.09839",
        fidelity=RECONSTRUCTED,
    ),
    summary="Reconstructed. That the trajectory exists and the bound alpha^(gap/(nu_1 + gap)) are cited; the sharp exponents are our own, "
    "and come out enclosed where the flow has a closed form. The identities behind the matrix case are proved in factorised-flow.",
)

# Setting. Times s are read after the escape, at `shift` + s.
# fmt: off
alpha = theorem.clock("alpha", to=0, log=True, meaning="scale of the start (of W in the matrix case)", latex=r"\alpha")
s = theorem.index("s", meaning="times after the escape")
nu1 = theorem.parameter("nu1", "the largest eigenvalue of J; 2 mu_1 in the matrix case", latex=r"\nu_1")
nu2 = theorem.parameter("nu2", "the next eigenvalue of J that the start excites; 0 if there is none", sign="real", latex=r"\nu_2")
overlap = theorem.quantity("overlap", "<l_1, delta>; <W, u_1 u_1^T> in the matrix case", over=alpha, sign="nonnegative",
    latex=r"\langle l_1,\delta\rangle")
size = theorem.quantity("size", "|delta|", over=alpha, sign="positive", latex=r"|\delta|")
error = theorem.quantity("error", "distance to the limit trajectory z", over=(alpha, s), sign="nonnegative", latex=r"|\phi - z|")
second = theorem.quantity("second", "second eigenvalue of W", over=(alpha, s), latex=r"\lambda_2")
length = theorem.quantity("length", "norm of the state", over=(alpha, s), sign="positive", latex=r"|\phi|")
exponent = theorem.quantity("exponent", "exponent of alpha in the error between the scales 10^-110 and 10^-120", over=s)
spent = theorem.quantity("spent", "exp(s - t_max), t_max the time at which z blows up; 0 if it never does", over=s,
    sign="nonnegative")
visit = theorem.quantity("visit", "least distance of the flow to where z ends", over=alpha, sign="positive")
origin = theorem.parameter("origin", "|g(0)|", sign="nonnegative", latex="|g(0)|")
critical = theorem.parameter("critical", "|F(W) W| where z ends", sign="nonnegative")
mu_i, mu_j = (theorem.parameter(f"mu_{i}", f"an eigenvalue of A0 = -F(0), with eigenvector {name}", sign="real") for i,
    name in (("i", "x"), ("j", "y")))
x_a, y_b, Ax_a, Ay_b = (theorem.parameter(name, what, sign="real") for name,
    what in {"x_a": "entry a of x", "y_b": "entry b of y", "Ax_a": "entry a of A0 x", "Ay_b": "entry b of A0 y"}.items())

shift = theorem.define("shift", log(1 / overlap) / nu1, "the time of escape")
gap = theorem.define("gap", nu1 - nu2, "eigenvalue gap", latex=r"\gamma")
sharp = theorem.define("sharp", Min(1, gap / nu1), "the sharp exponent")
slow = theorem.define("slow", gap / (nu1 + gap), "the exponent of the cited bound")

theorem.relation("eigenvectors", And(Eq(Ax_a, mu_i * x_a), Eq(Ay_b, mu_j * y_b)), "A0 x = mu_i x and A0 y = mu_j y")

# Hypotheses.
theorem.assume("rest-at-zero", Eq(origin, 0), "g(0) = 0", within=Rational(1, 10**12), spec="greedy-low-rank/T1/H1")
theorem.assume("simple", nu1 > nu2, "the largest eigenvalue is simple (and positive)", spec="greedy-low-rank/T1/H2")
theorem.assume("smooth", assumed="g is twice differentiable and J diagonalisable over the reals; f is three times differentiable",
    spec="greedy-low-rank/T1/H3")
theorem.assume("aligned", Eventually(overlap >= size / 1000), "<l_1, delta> >= c |delta| as alpha falls",
    spec="greedy-low-rank/T1/H4")
theorem.assume("in-time", Always(spent < 1), "the times lie before z blows up, if it does", spec="greedy-low-rank/T1/C1")
# fmt: on

# Conclusions.
CLOSED, FLOWS = ("closed-identity", "closed-generic"), ("six-entries", "not-symmetric")
# fmt: off
theorem.conclude("limit-exists", Always(And(Tends(error, 0), BigO(length, 1)), over=s), "the flow tends to z, and stays bounded",
    within=Rational(1, 20), on=(*CLOSED, *FLOWS), spec="greedy-low-rank/T1/C1")
theorem.conclude("rank-one", Always(Tends(second, 0), over=s), "the limit trajectory has rank one", within=Rational(1, 20),
    on=("closed-generic", "six-entries"), spec="greedy-low-rank/T1/C1")
theorem.conclude("bounded", Always(BigO(length, 1), over=s), "the flow stays bounded before z blows up", on=(*CLOSED, *FLOWS),
    spec="greedy-low-rank/T1/C1")
theorem.conclude("bound", Always(BigO(error, alpha**slow), over=s), "the error is O(alpha^(gap/(nu_1 + gap)))",
    within=Rational(1, 20), on=(*CLOSED, *FLOWS), spec=("greedy-low-rank/T1/C2", "greedy-low-rank/T1/E4"))
theorem.conclude("sharp-exponent", Always(Eq(exponent, sharp), over=s), "the exponent is min(1, gap/nu_1)",
    within=Rational(1, 1000), because="the closed form knows it to 1e-9 at these scales", on=CLOSED,
    spec=("greedy-low-rank/T1/C2p", "greedy-low-rank/T1/S5", "greedy-low-rank/T1/Q1", "greedy-low-rank/T1/Q2",
    "greedy-low-rank/T1/Q3"))
theorem.conclude("sharp-rate", Always(Theta(error, alpha**sharp), over=s), "the error is of the order alpha^min(1, gap/nu_1)",
    within=Rational(1, 20), because="the nearest variant, twice the exponent, is .2 away", on=(*CLOSED, *FLOWS),
    spec=("greedy-low-rank/T1/C2p", "greedy-low-rank/T1/E3", "greedy-low-rank/T1/Q5", "greedy-low-rank/T1/Q8"))
theorem.conclude("visits", And(Tends(visit, 0), Eq(critical, 0)), "the flow visits the critical point where z ends",
    within=Rational(1, 20), on="visits", spec="greedy-low-rank/T1/C3")
# fmt: on
for name, value in {"nu_1": nu1, "nu_2": nu2, "exponent": sharp}.items():
    theorem.tabulate(name, value)

# Proof.
# fmt: off
theorem.step("linearisation", Eq(Ax_a * y_b + x_a * Ay_b, (mu_i + mu_j) * x_a * y_b), by=identity(), given="eigenvectors",
    meaning="X -> A0 X + X A0 multiplies x y^T by mu_i + mu_j", spec="greedy-low-rank/T1/S1")
theorem.step("denominator", gap + nu1 > 0, by=bound(Given("simple") + nu1), given="simple")
theorem.step("below-one", slow < 1, by=bound(nu1 / (nu1 + gap)), given=("simple", "denominator"), spec="greedy-low-rank/T1/S6")
theorem.step("below-the-gap", slow < gap / nu1, by=bound(Given("simple") ** 2 / (nu1 * (nu1 + gap))),
    given=("simple", "denominator"), meaning="so that the cited bound follows from the sharp rate", spec="greedy-low-rank/T1/S6")
theorem.step("existence", "limit-exists",
    by=cited("Li, Luo & Lyu, arXiv:2012.09839: the theorem on general ordinary differential equations"),
    spec="greedy-low-rank/T1/Z1")
theorem.step("cited-bound", "bound", by=cited("Li, Luo & Lyu, arXiv:2012.09839: the exponent gap/(nu_1 + gap), as remembered"),
    spec="greedy-low-rank/T1/Z1")
theorem.step("cited-visits", "visits",
    by=cited("for analytic f a bounded trajectory converges (Lojasiewicz); Li, Luo & Lyu, arXiv:2012.09839"),
    spec="greedy-low-rank/T1/Z2")
# fmt: on


# Instances. A matrix start is W_ij = B_ij alpha^((c_i + c_j)/2) at alpha = 10^-decimals, in the eigenbasis of A0.
def closed(label, eigenvalues, shape=None, powers=None, decimals=range(20, 121, 10)):
    """f = |W - M|^2/2 with M = diag(eigenvalues); nu_2 is 2 mu_2 from a diagonal start and mu_1 + mu_2 otherwise."""
    m = [Fraction(value) for value in eigenvalues]
    b = [[Fraction(int(i == j)) for j in range(len(m))] for i in range(len(m))] if shape is None else shape
    next_one = 2 * m[1] if shape is None else m[0] + m[1]
    data = {
        "nu1": 2 * m[0],
        "nu2": next_one,
        "M": m,
        "B": b,
        "powers": powers or [1] * len(m),
        "decimals": list(decimals),
    }
    return Instance(label, data)


def vector(label, nu2, delta, decimals, **data):
    """A start alpha * delta of a system whose first eigenvalue is 1."""
    return Instance(
        label, {"nu1": Fraction(1), "nu2": nu2, "delta": np.array(delta), "decimals": list(decimals), **data}
    )


SPECTRA = ((2, 1, "1/2"), (2, "8/5", "1/2"), (2, "1/5", "1/10"), (2, -1, "-3/2"), (2, -3, -4))


@theorem.family("closed-identity")
def closed_identity(rng, size):
    """W = alpha I for five spectra of -F(0), with the exponents 1/2, 1/5, 9/10, 1 and 1."""
    return [closed(f"I, {spectrum}", spectrum) for spectrum in SPECTRA]


@theorem.family("closed-generic", spec="greedy-low-rank/T1/Q2")
def closed_generic(rng, size):
    """W = alpha B for random rational positive definite B that overlap with every pair of modes, and the same spectra."""
    batch = []
    for spectrum in SPECTRA:
        g = rng.integers(1, 5, size=(3, 3)) * np.array([[1, 1, 1], [1, -1, 1], [1, 1, -1]])
        b = g @ g.T + np.eye(3, dtype=int)
        b[0, 1] = b[1, 0] = b[0, 1] if b[0, 1] else 1
        batch.append(closed(f"B, {spectrum}", spectrum, [[Fraction(int(entry), 8) for entry in row] for row in b]))
    return batch


@theorem.family("six-entries", spec="greedy-low-rank/T1/Q5")
def six(rng, size):
    """W = alpha I for f(W) = (W_13 - 1)^2 + (W_14 - R)^2 + (W_23 - R)^2, R = 3/2, 2, 3."""
    return [floating(f"R = {r}", six_entries(r), np.eye(4), powers(r, 1)) for r in (1.5, 2.0, 3.0)]


def powers(r, ratio):
    """Decimals of alpha at which alpha^(1/(ratio mu_1)), the order of the error, falls from 10^-2 to 10^-9."""
    return ratio * (1 + np.sqrt(1 + 4 * r**2)) / 2 * np.linspace(2, 9 / ratio + 1, 12)


@theorem.family("six-entries-random", level="thorough", spec="greedy-low-rank/T1/Q6")
def six_random(rng, size):
    """The same from alpha B with random positive definite B."""
    return [floating(f"R = {r}, B", six_entries(r), gram(rng, 4), powers(r, 2)) for r in (1.5, 2.0, 3.0)]


@theorem.family("gaussian", level="thorough", spec=("greedy-low-rank/T1/Q7", "greedy-low-rank/T1/X4"))
def gaussian(rng, size):
    """Forty Gaussian measurements of a matrix of rank two in dimension 6, with (mu_2 - mu_3)/mu_1 >= .3 so that one mode leads."""
    batch = []
    while len(batch) < 2:
        a, target = rng.normal(size=(40, 6, 6)), rng.normal(size=(6, 2))
        a = (a + a.transpose(0, 2, 1)) / np.sqrt(160)
        problem = sensing(a, np.einsum("kij,ij->k", a, target @ target.T))
        mu = np.linalg.eigvalsh(problem.linear.numpy())[::-1]
        if (mu[1] - mu[2]) / mu[0] >= 0.3 and (mu[0] - mu[1]) / mu[0] >= 0.3:
            batch.append(floating(f"gaussian {len(batch)}", problem, np.eye(6), np.arange(4, 18)))
    return batch


@theorem.family("not-symmetric", spec="greedy-low-rank/T1/Q8")
def not_symmetric(rng, size):
    """x' = J x - (x_1^2 + x_1 x_2, x_1 x_2 + x_2^2, x_3^2 + x_1^2/5), J = [[1, 2, 0], [0, .4, .3], [0, 0, -.5]], from a generic start and from a v_1."""
    return [
        vector("generic", Fraction(2, 5), [1.0, 0.4, 0.3], np.linspace(6, 16, 11)),
        vector("aligned", Fraction(0), [1.0, 0.0, 0.0], np.linspace(3, 11, 11)),
    ]


@theorem.family("visits", spec="greedy-low-rank/T1/N1")
def visiting(rng, size):
    """W = alpha I for M = diag(2, 1, .5) and diag(3, 1.5, .7)."""
    return [closed(str(m), m, decimals=range(4, 21, 2)) for m in ((2, 1, "1/2"), (3, "3/2", "7/10"))]


@theorem.family("double", without="simple", spec="greedy-low-rank/T1/A1")
def double(rng, size):
    """W = alpha I for M = diag(2, 2, .5): no direction is first."""
    return [closed("(2, 2, 1/2)", (2, 2, "1/2"), decimals=range(4, 21, 2))]


@theorem.family("misaligned", without="aligned", spec=("greedy-low-rank/T1/A2", "greedy-low-rank/T1/A3"))
def misaligned(rng, size):
    """M = diag(2, 1.6, .5) from diag(alpha^k, alpha, alpha) with k = 3/2 and 2, and from alpha (I - u_1 u_1^T)."""
    m, decimals = (2, "8/5", "1/2"), range(4, 41, 4)
    never = closed(
        "orthogonal", m, [[Fraction(int(i == j > 0)) for j in range(3)] for i in range(3)], decimals=decimals
    )
    return [
        closed("k = 3/2", m, powers=[1.5, 1, 1], decimals=decimals),
        closed("k = 2", m, powers=[2, 1, 1], decimals=decimals),
        never,
    ]


@theorem.family("barely-misaligned", without="aligned", spec="greedy-low-rank/T1/N2")
def barely_misaligned(rng, size):
    """The same with k = 1.1, below mu_1/mu_2 = 1.25."""
    return [closed("k = 1.1", (2, "8/5", "1/2"), powers=[1.1, 1, 1], decimals=range(20, 121, 10))]


@theorem.family("blow-up", without="in-time", spec="greedy-low-rank/T1/A4")
def blowing_up(rng, size):
    """theta' = theta + theta^2, whose limit e^s/(1 - e^s) blows up at s = 0."""
    return [vector("theta + theta^2", Fraction(0), [1.0], range(2, 12), t_max=0)]


@theorem.family("moving-origin", without="rest-at-zero")
def moving_origin(rng, size):
    """theta' = theta - theta^2 + 1/100, read against the limit e^s/(1 + e^s) of theta' = theta - theta^2."""
    return [vector("pushed", Fraction(0), [1.0], range(2, 12), push=0.01)]


def gram(rng, d):
    """A random positive definite matrix."""
    g = rng.normal(size=(d, d))
    return g @ g.T / d + 0.1 * np.eye(d)


def floating(label, problem, shape, decimals):
    """A problem without closed form; `shape` is in the coordinates of the problem, and nu_2 = 2 mu_2 only from the identity."""
    mu = np.linalg.eigvalsh(problem.linear.numpy())[::-1]
    next_one = 2 * mu[1] if np.array_equal(shape, np.eye(len(shape))) else mu[0] + mu[1]
    data = {"nu1": 2 * mu[0], "nu2": next_one, "shape": shape, "decimals": list(decimals), **quadratic_data(problem)}
    return Instance(label, data)


# Experiments.
TIMES = (Fraction(-1, 4), Fraction(0), Fraction(1, 4))
LEFT = np.array([1.0, 10 / 3, 2 / 3])  # l_1 of the three-dimensional system: l_1 J = l_1 and l_1 . v_1 = 1


def scales(instances):
    """log alpha, (instances, rows)."""
    return -np.log(10) * np.array([each["decimals"] for each in instances], dtype=float)


def start_of(each, log_alpha):
    """<l_1, delta> and |delta| at each scale."""
    if "delta" in each.data:
        inner = 1.0 if len(each["delta"]) == 1 else LEFT @ each["delta"]
        return np.exp(log_alpha) * inner, np.exp(log_alpha) * np.linalg.norm(each["delta"])
    if "shape" in each.data:
        top = np.linalg.eigh(each["linear"])[1][:, -1]
        return np.exp(log_alpha) * (top @ each["shape"] @ top), np.exp(log_alpha) * np.linalg.norm(each["shape"])
    powers = (np.add.outer(each["powers"], each["powers"]) / 2)[None]
    start = np.array(each["B"], dtype=float) * np.exp(log_alpha[:, None, None] * powers)
    return start[:, 0, 0], np.linalg.norm(start, axis=(1, 2))


def delays(instances, setting):
    """The times of escape that the setting gives, instance by instance and scale by scale."""
    escape = lambdify((nu1, overlap, size), setting[shift], modules="numpy")
    rows = zip(instances, scales(instances), strict=True)
    return np.concatenate([escape(float(each["nu1"]), *start_of(each, row)) for each, row in rows])


@theorem.observe(measures=[alpha, s, overlap, size, spent, origin])
def starts(instances, setting, run):
    """The starts, their overlap with the first eigenvector, and the times at which the flow is read."""
    log_alpha = scales(instances)
    overlaps, sizes = (
        np.array(part)
        for part in zip(*(start_of(each, row) for each, row in zip(instances, log_alpha, strict=True)), strict=True)
    )
    times = np.array(
        [[-1.0, -0.5, 0.0] if "t_max" in each.data else [float(time) for time in TIMES] for each in instances]
    )
    shares = [
        [arb(time - each["t_max"]).exp() if "t_max" in each.data else arb(0) for time in row]
        for each, row in zip(instances, times, strict=True)
    ]
    columns = {
        "alpha": Column(log_alpha, ("alpha",), log=True),
        "s": Column(times, ("s",)),
        "overlap": Column(overlaps, ("alpha",), error=1e-13 * overlaps),
        "size": Column(sizes, ("alpha",), error=1e-13 * sizes),
        "spent": Column(np.array(shares, dtype=object), ("s",)),
        "origin": Column(np.array([float(each.get("push", 0.0)) for each in instances])),
    }
    return Trace(columns, [""] * len(instances))


@theorem.experiment(measures=[error, exponent, second, length], on=CLOSED)
def closed_form(instances, setting, run):
    """The solution of the Riccati equation in balls, for alpha from 10^-20 to 10^-120."""
    escape = lambdify((nu1, overlap, size), setting[shift], modules=[{"log": lambda ball: ball.log()}])
    errors, exponents, seconds, lengths = [], [], [], []
    for each in instances:
        table = [riccati.escape_errors(each["M"], each["B"], k, escape, TIMES) for k in each["decimals"]]
        moved = [riccati.escaped(each["M"], each["B"], k, escape, TIMES) for k in each["decimals"]]
        values = np.array([[np.linalg.eigvalsh(np.array(w.tolist(), dtype=float)) for w in row] for row in moved])
        errors.append(table)
        exponents.append(
            [riccati.local_slope(upper, lower, 10) for upper, lower in zip(table[-2], table[-1], strict=True)]
        )
        seconds.append(values[..., -2])
        lengths.append(np.linalg.norm(values, axis=-1))
    columns = {
        "error": Column(np.array(errors, dtype=object), ("alpha", "s")),
        "exponent": Column(np.array(exponents, dtype=object), ("s",)),
        "second": Column(np.array(seconds), ("alpha", "s"), error=1e-14),
        "length": Column(np.array(lengths), ("alpha", "s"), error=1e-13),
    }
    return Trace(columns, [""] * len(instances))


@theorem.experiment(measures=[error, second, length], on=("six-entries", "six-entries-random", "gaussian"))
def small_starts(instances, setting, run):
    """The factorised flow against the rank-one flow from 10^-30 along u_1; its error against half as many steps."""
    log_alpha, count = scales(instances), len(instances[0]["decimals"])
    tensor = partial(torch.tensor, dtype=torch.float64, device=run.device)
    problems, delay, times = (
        quadratics(instances, run.device),
        tensor(delays(instances, setting)),
        tensor([float(time) for time in TIMES]),
    )
    first, late = (
        torch.linalg.eigh(problems.linear)[1][:, :, -1:],
        np.log(1e30) / tensor([float(each["nu1"]) for each in instances]),
    )
    batch = torch.arange(len(instances), device=run.device).repeat_interleave(count)
    start = scaled_factor(
        tensor(np.exp(log_alpha).ravel()), tensor(np.stack([each["shape"] for each in instances]))[batch]
    )

    def measured(steps):
        limit = factorised_flow(problems, 1e-15 * first, late + 0.25, steps=2 * steps)
        target = limit.read(limit.at(late[:, None] + times))[batch]
        path = factorised_flow(problems[batch], start, delay + 0.25, steps=steps)
        w = path.read(path.at(delay[:, None] + times))
        second = torch.linalg.eigvalsh(w)[..., -2]
        return path.status, {"error": (w - target).norm(dim=(-2, -1)), "second": second, "length": w.norm(dim=(-2, -1))}

    (status, fine), (_, coarse) = measured(180), measured(90)
    columns = ladder_columns(fine, coarse, len(instances), ("alpha", "s"), error=1e-13)
    return Trace(columns, status_of(status, len(instances)), device=run.device)


@theorem.experiment(measures=[error, length], on="not-symmetric")
def ode_starts(instances, setting, run):
    """The three-dimensional system against its trajectory from 10^-18 v_1."""
    tensor = partial(torch.tensor, dtype=torch.float64, device=run.device)
    jacobian = tensor([[1, 2, 0], [0, 0.4, 0.3], [0, 0, -0.5]])

    def moving(stack, jacobian):
        def field(x):
            a, b, c = x[..., 0], x[..., 1], x[..., 2]
            return x @ jacobian.T - stack([a * a + a * b, a * b + b * b, c**3 + 0.2 * a * a], -1)

        return field

    field, in_numpy = moving(torch.stack, jacobian), moving(np.stack, jacobian.numpy(force=True))

    delay, times, late = (
        tensor(delays(instances, setting)),
        tensor([float(time) for time in TIMES]),
        tensor([np.log(1e18)]),
    )
    start = np.exp(scales(instances))[:, :, None] * np.stack([each["delta"] for each in instances])[:, None]

    def measured(steps):
        limit, path = (
            follow(field, lambda x: x, tensor(where), horizon + 0.25, steps=n, in_numpy=in_numpy)
            for where, horizon, n in (([[1e-18, 0, 0]], late, 2 * steps), (start.reshape(-1, 3), delay, steps))
        )
        states = path.at(delay[:, None] + times)
        errors = (states - limit.at(late[:, None] + times)).norm(dim=-1)
        return path.status, {"error": errors, "length": states.norm(dim=-1)}

    (status, fine), (_, coarse) = measured(180), measured(90)
    columns = ladder_columns(fine, coarse, len(instances), ("alpha", "s"), error=1e-14)
    return Trace(columns, status_of(status, len(instances)), device=run.device)


@theorem.experiment(measures=[error, length], on="moving-origin")
def pushed_logistic(instances, setting, run):
    """theta' = theta - theta^2 + push = (r - theta)(theta - q), by its closed form."""
    a, push = np.exp(scales(instances))[:, :, None], np.array([[[each["push"]]] for each in instances])
    s_values, root = np.array(TIMES, dtype=float), np.sqrt(1 + 4 * push)
    escape = lambdify((nu1, overlap, size), setting[shift], modules="numpy")
    high, low = (1 + root) / 2, (1 - root) / 2
    ratio = (a - low) / (high - a) * np.exp(root * (escape(1.0, a, a) + s_values))
    state = (low + high * ratio) / (1 + ratio)
    distance = np.abs(state - 1 / (1 + np.exp(-s_values)))
    return Trace(
        {"error": Column(distance, ("alpha", "s"), error=1e-12), "length": Column(state, ("alpha", "s"), error=1e-12)},
        [""] * len(instances),
    )


@theorem.experiment(measures=[visit, critical], on=("visits", "double", "misaligned", "barely-misaligned"))
def diagonal_visits(instances, setting, run):
    """The least distance to mu_1 v v^T, v in the first eigenspace, along the modes m/(1 + (m/w - 1) e^(-2mt)) of a diagonal start."""
    rows = []
    for each, log_alpha in zip(instances, scales(instances), strict=True):
        m, present, powers = (np.array(part, dtype=float) for part in (each["M"], np.diag(each["B"]), each["powers"]))
        starts = np.exp(np.outer(log_alpha, powers)) * present
        ends = -log_alpha * powers.max() / m[1] + 5
        rows.append([least(m, start, to_first(m), end)[0] for start, end in zip(starts, ends, strict=True)])
    value = np.array(rows)
    columns = {"visit": Column(value, ("alpha",), error=1e-9 * value), "critical": Column(np.zeros(len(instances)))}
    return Trace(columns, [""] * len(instances))


def to_first(m):
    """The distance to mu_1 v v^T, v along the larger of the modes that have the largest eigenvalue."""

    def measure(modes, short):
        top = np.where(m == m[0], modes, 0.0).argmax(1)[:, None]
        gaps = modes.copy()
        np.put_along_axis(gaps, top, np.take_along_axis(short, top, 1), 1)
        return np.linalg.norm(gaps, axis=1)

    return measure


@theorem.experiment(measures=[length], on="blow-up")
def explicit_blow_up(instances, setting, run):
    """theta(t) = a e^t/(1 + a - a e^t)."""
    a = np.exp(scales(instances))[:, :, None]
    escape = lambdify((nu1, overlap, size), setting[shift], modules="numpy")
    grown = a * np.exp(escape(1.0, a, a) + np.array([-1.0, -0.5, 0.0]))
    return Trace(
        {"length": Column(grown / (1 + a - grown), ("alpha", "s"), error=1e-3 * grown / (1 + a - grown))},
        [""] * len(instances),
    )


# What must be refuted.
FLAT = "a bound that is weaker than the sharp rate cannot be refuted by rates"
# fmt: off
theorem.mutant("time-of-twice", of="sharp-rate", define={shift: 2 * log(1 / overlap) / nu1}, why="the escape at log(1/alpha)/mu_1",
    on="six-entries", spec="greedy-low-rank/T1/M1")
theorem.mutant("time-of-half", of="sharp-rate", define={shift: log(1 / overlap) / (2 * nu1)},
    why="the escape at log(1/alpha)/(4 mu_1)", on="six-entries", spec="greedy-low-rank/T1/M1")
theorem.mutant("norm-for-overlap", of="limit-exists", define={shift: log(1 / size) / nu1}, why="|delta| in place of <l_1, delta>",
    on="closed-generic", spec="greedy-low-rank/T1/M2")
theorem.mutant("twice-the-exponent", of="sharp-exponent", formula=Always(Eq(exponent, 2 * gap / nu1), over=s),
    why="(mu_1 - mu_2)/mu_1 for generic starts", on="closed-generic", spec="greedy-low-rank/T1/M3")
theorem.mutant("gap-free", of="sharp-exponent", formula=Always(Eq(exponent, 1), over=s), why="the exponent 1, whatever the gap",
    on=CLOSED, spec="greedy-low-rank/T1/M4")
theorem.mutant("gap-free-rate", of="sharp-rate", formula=Always(Theta(error, alpha), over=s),
    why="the rate alpha, whatever the gap", on="six-entries")
theorem.mutant("larger-bound", of="bound", formula=Always(BigO(error, alpha ** (2 * gap / nu1)), over=s),
    why="twice the sharp exponent", on="closed-generic", spec="greedy-low-rank/T1/M3")
theorem.mutant("rank-two", of="rank-one", formula=Always(Theta(second, 1), over=s), why="a limit trajectory of rank two",
    spec="greedy-low-rank/T1/M5")
theorem.mutant("vanishes", of="bounded", formula=Always(BigO(length, alpha ** Rational(1, 4)), over=s),
    why="a flow that is still near the origin")
theorem.mutant("visits-origin", of="visits", formula=Tends(visit, 1), why="it passes at distance 1")

theorem.control("weak-bound", formula=Always(BigO(error, alpha ** Rational(1, 20)), over=s), why=FLAT, on=CLOSED,
    spec="greedy-low-rank/T1/N3")
theorem.control("visit-rate", formula=Theta(visit, alpha ** Rational(1, 3)), why="(m_1 - m_2)/(m_1 + m_2) = 1/3 on both",
    within=Rational(1, 20), on="visits", spec="greedy-low-rank/T1/N1")
theorem.control("sufficient-not-necessary", formula=Tends(visit, 0),
    why="below k = mu_1/mu_2 the visit survives although the alignment vanishes", within=Rational(1, 20), on="barely-misaligned",
    under=("rest-at-zero", "simple", "in-time"), spec="greedy-low-rank/T1/N2")
theorem.ablate("simple", breaks="visits", on="double", spec=("greedy-low-rank/T1/A1", "greedy-low-rank/T1/M6"))
theorem.ablate("aligned", breaks="visits", on="misaligned", spec=("greedy-low-rank/T1/A2", "greedy-low-rank/T1/A3"))
theorem.ablate("in-time", breaks="bounded", on="blow-up", spec="greedy-low-rank/T1/A4")
theorem.ablate("rest-at-zero", breaks="limit-exists", on="moving-origin")
# fmt: on
