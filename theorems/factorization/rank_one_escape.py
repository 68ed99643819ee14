"""From a small start gradient flow leaves the origin along one fixed trajectory of rank one, and the error is a power of the start.

W' = -F(W) W - W F(W), and mu_1 > mu_2 >= ... are the eigenvalues of -F(0), u_1 the first eigenvector: the linearisation at 0 multiplies
u_i u_j^T by mu_i + mu_j, so that nu_1 = 2 mu_1. Read log(1/<W(0), u_1 u_1^T>)/(2 mu_1) later, the flow from W(0) = alpha B tends to a
trajectory W^G of rank one that does not depend on B, and which ends at a critical point that every small start visits. The sharp rate is
alpha^min(1, (nu_1 - nu_2)/nu_1), nu_2 the next eigenvalue that the start excites: mu_1 + mu_2 in general, 2 mu_2 from alpha I. The form for
other differential equations, and the domain of the limit trajectory, is the theorem escape-from-rest.
"""

from fractions import Fraction

import numpy as np
import torch
from sympy import Eq, Min, Rational, lambdify, log

from verify import RECONSTRUCTED, Always, And, BigO, Column, Eventually, Paper, Tends, Theorem, Theta, Trace
from verify.dynamics import riccati
from verify.dynamics.diagonal_modes import least
from verify.dynamics.factorised_flow import factorised_flow, scaled_factor
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
overlap = theorem.quantity("overlap", "<W(0), u_1 u_1^T>", over=alpha, sign="nonnegative",
    latex=r"\langle W(0), u_1u_1^T\rangle")
size = theorem.quantity("size", "|W(0)|", over=alpha, sign="positive", latex="|W(0)|")
error = theorem.quantity("error", "distance to the limit trajectory z", over=(alpha, s), sign="nonnegative", latex=r"|\phi - z|")
second = theorem.quantity("second", "second eigenvalue of W", over=(alpha, s), latex=r"\lambda_2")
length = theorem.quantity("length", "norm of the state", over=(alpha, s), sign="positive", latex=r"|\phi|")
exponent = theorem.quantity("exponent", "exponent of alpha in the error between the scales 10^-110 and 10^-120", over=s)
visit = theorem.quantity("visit", "least distance of the flow to where z ends", over=alpha, sign="positive")
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
theorem.assume("simple", nu1 > nu2, "the largest eigenvalue is simple (and positive)", spec="greedy-low-rank/T1/H2")
theorem.assume("smooth", assumed="g is twice differentiable and J diagonalisable over the reals; f is three times differentiable",
    spec="greedy-low-rank/T1/H3")
theorem.assume("aligned", Eventually(overlap >= size / 1000), "<W(0), u_1 u_1^T> >= c |W(0)| as alpha falls",
    spec="greedy-low-rank/T1/H4")
# fmt: on

# Conclusions.
CLOSED = ("closed-identity", "closed-generic")
# fmt: off
theorem.conclude("limit-exists", Always(And(Tends(error, 0), BigO(length, 1)), over=s), "the flow tends to z, and stays bounded",
    within=Rational(1, 20), on=(*CLOSED, "six-entries"), spec="greedy-low-rank/T1/C1")
theorem.conclude("rank-one", Always(Tends(second, 0), over=s), "the limit trajectory has rank one", within=Rational(1, 20),
    on=("closed-generic", "six-entries"), spec="greedy-low-rank/T1/C1")
theorem.conclude("bounded", Always(BigO(length, 1), over=s), "the flow stays bounded before z blows up", on=(*CLOSED, "six-entries"),
    spec="greedy-low-rank/T1/C1")
theorem.conclude("bound", Always(BigO(error, alpha**slow), over=s), "the error is O(alpha^(gap/(nu_1 + gap)))",
    within=Rational(1, 20), on=(*CLOSED, "six-entries"), spec=("greedy-low-rank/T1/C2", "greedy-low-rank/T1/E4"))
theorem.conclude("sharp-exponent", Always(Eq(exponent, sharp), over=s), "the exponent is min(1, gap/nu_1)",
    within=Rational(1, 1000), because="the closed form knows it to 1e-9 at these scales", on=CLOSED,
    spec=("greedy-low-rank/T1/C2", "greedy-low-rank/T1/S5", "greedy-low-rank/T1/Q1", "greedy-low-rank/T1/Q2",
    "greedy-low-rank/T1/Q3"))
theorem.conclude("sharp-rate", Always(Theta(error, alpha**sharp), over=s), "the error is of the order alpha^min(1, gap/nu_1)",
    within=Rational(1, 20), because="the nearest variant, twice the exponent, is .2 away", on=(*CLOSED, "six-entries"),
    spec=("greedy-low-rank/T1/C2", "greedy-low-rank/T1/E3", "greedy-low-rank/T1/Q5", "greedy-low-rank/T1/Q8"))
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


def scales(instances):
    """log alpha, (instances, rows)."""
    return -np.log(10) * np.array([each["decimals"] for each in instances], dtype=float)


def start_of(each, log_alpha):
    """<W(0), u_1 u_1^T> and |W(0)| at each scale."""
    if "shape" in each.data:
        top = np.linalg.eigh(each["linear"])[1][:, -1]
        return np.exp(log_alpha) * (top @ each["shape"] @ top), np.exp(log_alpha) * np.linalg.norm(each["shape"])
    powers = (np.add.outer(each["powers"], each["powers"]) / 2)[None]
    start = np.array(each["B"], dtype=float) * np.exp(log_alpha[:, None, None] * powers)
    return start[:, 0, 0], np.linalg.norm(start, axis=(1, 2))


@theorem.observe(measures=[alpha, s, overlap, size])
def starts(instances, setting, run):
    """The starts, their overlap with the first eigenvector, and the times at which the flow is read."""
    log_alpha = scales(instances)
    seen = [start_of(each, row) for each, row in zip(instances, log_alpha, strict=True)]
    overlaps, sizes = (np.array(part) for part in zip(*seen, strict=True))
    columns = {
        "alpha": Column(log_alpha, ("alpha",), log=True),
        "s": Column(np.array([TIMES] * len(instances), dtype=object), ("s",)),
        "overlap": Column(overlaps, ("alpha",), error=1e-13 * overlaps),
        "size": Column(sizes, ("alpha",), error=1e-13 * sizes),
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
    log_alpha, problem = scales(instances), quadratics(instances, run.device)
    escape = lambdify((nu1, overlap, size), setting[shift], modules="numpy")
    tensor = lambda values: torch.tensor(np.array(values), dtype=torch.float64, device=run.device)  # noqa: E731
    waits = [escape(float(each["nu1"]), *start_of(each, row)) for each, row in zip(instances, log_alpha, strict=True)]
    delay, times = tensor(waits).flatten(), tensor([float(time) for time in TIMES])
    late = np.log(1e30) / tensor([float(each["nu1"]) for each in instances])
    batch = torch.arange(len(instances), device=run.device).repeat_interleave(log_alpha.shape[1])
    start = scaled_factor(tensor(np.exp(log_alpha)).flatten(), tensor([each["shape"] for each in instances])[batch])
    first = 1e-15 * torch.linalg.eigh(problem.linear)[1][:, :, -1:]

    def measured(steps):
        limit = factorised_flow(problem, first, late + 0.25, steps=2 * steps)
        target = limit.read(limit.at(late[:, None] + times))[batch]
        path = factorised_flow(problem[batch], start, delay + 0.25, steps=steps)
        w = path.read(path.at(delay[:, None] + times))
        second = torch.linalg.eigvalsh(w)[..., -2]
        return path.status, {"error": (w - target).norm(dim=(2, 3)), "second": second, "length": w.norm(dim=(2, 3))}

    (status, fine), (_, coarse) = measured(180), measured(90)
    columns = ladder_columns(fine, coarse, len(instances), ("alpha", "s"), error=1e-13)
    return Trace(columns, status_of(status, len(instances)), device=run.device)


@theorem.experiment(measures=[visit, critical], on=("visits", "double", "misaligned", "barely-misaligned"))
def diagonal_visits(instances, setting, run):
    """The least distance to mu_1 v v^T, v in the first eigenspace, along the logistic modes of a diagonal start."""
    rows = []
    for each, log_alpha in zip(instances, scales(instances), strict=True):
        m, present, powers = (
            np.array(part, dtype=float) for part in (each["M"], np.diag(np.array(each["B"])), each["powers"])
        )

        def to_first(modes, short, m=m):
            top = np.where(m == m[0], modes, -1.0).argmax(1)[:, None] == np.arange(len(m))
            return np.linalg.norm(np.where(top, short, modes), axis=1)

        starts = np.exp(log_alpha[:, None] * powers) * present
        horizons = 5 - log_alpha * powers.max() / m[1]
        rows.append([least(m, start, to_first, horizon)[0] for start, horizon in zip(starts, horizons, strict=True)])
    value = np.array(rows)
    columns = {"visit": Column(value, ("alpha",), error=1e-9 * value), "critical": Column(np.zeros(len(instances)))}
    return Trace(columns, [""] * len(instances))


# What must be refuted.
FLAT = "a bound that is weaker than the sharp rate cannot be refuted by rates"
# fmt: off
theorem.mutant("time-of-twice", of="sharp-rate", define={shift: 2 * log(1 / overlap) / nu1}, why="the escape at log(1/alpha)/mu_1",
    on="six-entries", spec="greedy-low-rank/T1/M1")
theorem.mutant("time-of-half", of="sharp-rate", define={shift: log(1 / overlap) / (2 * nu1)},
    why="the escape at log(1/alpha)/(4 mu_1)", on="six-entries", spec="greedy-low-rank/T1/M1")
theorem.mutant("norm-for-overlap", of="limit-exists", define={shift: log(1 / size) / nu1}, why="|W(0)| in place of <W(0), u_1 u_1^T>",
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
    under="simple", spec="greedy-low-rank/T1/N2")
theorem.ablate("simple", breaks="visits", on="double", spec=("greedy-low-rank/T1/A1", "greedy-low-rank/T1/M6"))
theorem.ablate("aligned", breaks="visits", on="misaligned", spec=("greedy-low-rank/T1/A2", "greedy-low-rank/T1/A3"))
# fmt: on
