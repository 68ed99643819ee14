"""When the measurements commute, a small start does minimise the nuclear norm.

f(X) = |A(X) - y|^2/2 with pairwise commuting symmetric A_i, and X' = -(A*(r) X + X A*(r)), r = A(X) - y, from X = alpha I. In the common
eigenbasis X_t = alpha exp(2 A*(s_t)) stays diagonal, and its end minimises sum x_j (log(x_j/alpha) - 1) under A x = y: a linear programme
with entropy, at the temperature 1/log(1/alpha). As alpha falls the end tends to the solution of least trace, at a rate that the slacks
of that programme give: |x - x*| is of the order alpha^(the least positive slack). It is the start that matters: from diag(alpha^c_j) the
limit minimises sum c_j x_j instead, and without commuting the conclusion fails (nuclear-norm-counterexample).
"""

from fractions import Fraction
from itertools import combinations

import numpy as np
import torch
from flint import arb
from sympy import Eq, Rational, log, sqrt

from verify import RECONSTRUCTED, Always, Column, Eventually, Paper, Tends, Theorem, Theta, Total, Trace
from verify.dynamics.factorised_flow import small_start_ends
from verify.models.factorisation import sensing, stack
from verify.proof import Given, bound, cited, identity
from verify.reference.entropic import entropic_optimum, linear_optimum
from verify.reference.exact_matrices import fractions, inverted
from verify.reference.min_trace import TraceMinimum, min_trace
from verify.statement.instances import Instance

theorem = Theorem(
    "commuting-nuclear-norm",
    title="For commuting measurements an infinitesimal start minimises the nuclear norm",
    source=Paper(
        authors="Gunasekar, Woodworth, Bhojanapalli, Neyshabur & Srebro",
        year=2017,
        title="Implicit Regularization in Matrix Factorization",
        arxiv="1705.09280",
        fidelity=RECONSTRUCTED,
    ),
    summary="The conclusion is reconstructed from the source; the slack identity and the rate alpha^(least positive slack) are our own.",
)

# Setting, in the common eigenbasis: a_ij is the j-th eigenvalue of A_i, x_j that of X.
# fmt: off
alpha = theorem.clock("alpha", to=0, log=True, meaning="scale of the start X = alpha I", latex=r"\alpha")
i = theorem.index("i", meaning="measurements")
j = theorem.index("j", meaning="common eigenvectors")
a = theorem.quantity("a", "the j-th eigenvalue of A_i", over=(i, j), latex="a_{ij}")
x = theorem.quantity("x", "the j-th eigenvalue of the end of the flow", over=(alpha, j), sign="positive", latex="x_j")
s = theorem.quantity("s", "the multiplier, minus the integral of r_i", over=(alpha, i), latex="s_i")
end_trace = theorem.quantity("end_trace", "tr X at the end of the flow", over=alpha, sign="positive", latex=r"{\rm tr} X_\infty")
star = theorem.quantity("star", "the eigenvalues of the solution of least trace, exactly", over=j, sign="nonnegative",
    latex="x^*_j")
dual = theorem.quantity("dual", "multipliers of the trace problem, exactly", over=i, latex=r"\nu^*_i")
slack = theorem.quantity("slack", "its slacks, exactly", over=j, sign="nonnegative", latex=r"\sigma_j")
planted = theorem.quantity("planted", "the matrix behind the observations", over=j, latex=r"\bar x_j")
frobenius = theorem.quantity("frobenius", "the solution of least Frobenius norm", over=j, latex="x^F_j")
other = theorem.quantity("other", "any feasible positive semidefinite matrix", over=j, sign="nonnegative", latex="z_j")
y = theorem.quantity("y", "the observations", over=i)
least_trace = theorem.parameter("least_trace", "the least trace of a feasible X", latex=r"\min {\rm tr}")
least_slack = theorem.parameter("least_slack", "the least positive slack", latex=r"\sigma_{\min}")
weighted = theorem.parameter("weighted", "the least positive slack with the weights of the start")
commutator = theorem.parameter("commutator", "the largest squared norm of a commutator of measurements, exactly",
    sign="nonnegative")
uneven = theorem.parameter("uneven",
    "how far the start is from a multiple of I: the variance of its eigenvalues' logs over log(alpha)", sign="nonnegative")
at_hundredth = theorem.parameter("at_hundredth", "|X - X*| at alpha = 1/100", sign="nonnegative")
unique = theorem.parameter("unique", "1 if the linear programme has one nondegenerate solution, else 0", sign="nonnegative")

nu = theorem.define("nu", 2 * s / log(1 / alpha), "the normalised multiplier", latex=r"\nu_i")
S = theorem.define("S", 1 - Total(a * nu, over=i), "the eigenvalues of I - A*(nu)", latex="S_j")
distance = theorem.define("distance", sqrt(Total((x - star) ** 2, over=j)), "|X - X*|", latex="|X_\\infty - X^*|")

theorem.relation("closed-form", Always(Eq(log(x), log(alpha) + 2 * Total(a * s, over=i)), over=(alpha, j)),
    "X_t = alpha exp(2 A*(s_t)), in logs; proved in factorised-flow")
theorem.relation("small", Always(alpha < 1), "the start is small")
theorem.relation("feasible", Always(Eq(Total(a * other, over=j), y), over=i), "A(Z) = y")
theorem.relation("solved", Always(Eq(Total(a * star, over=j), y), over=i), "A(X*) = y")
theorem.relation("slacks", Always(Eq(slack, 1 - Total(a * dual, over=i)), over=j), "sigma = 1 - A*(nu*)")
theorem.relation("complementary", Always(Eq(slack * star, 0), over=j), "sigma_j x*_j = 0")

# Hypotheses.
theorem.assume("commuting", Eq(commutator, 0), "A_i A_j = A_j A_i", within=Rational(1, 10**12), spec="greedy-low-rank/T6/H1")
theorem.assume("even-start", Eq(uneven, 0), "X(0) = alpha I", spec="greedy-low-rank/T6/H2")
theorem.assume("one-solution", Eq(unique, 1), "the linear programme has one nondegenerate primal-dual solution",
    spec="greedy-low-rank/T6/C3")
theorem.assume("converges",
    assumed="the flow converges to a feasible matrix for each alpha, as gradient flow of a convex f(U U^T) with a strictly feasible point does",
    spec="greedy-low-rank/T6/H3")
# fmt: on

# Conclusions.
FEASIBLE = ("commuting", "even-start", "converges")
# fmt: off
theorem.conclude("least-trace", Tends(end_trace, least_trace), "the end tends to the least trace", within=Rational(1, 50),
    because="the planted matrix has .06 more", under=FEASIBLE, on=("specified", "random"), spec="greedy-low-rank/T6/C1")
theorem.conclude("limit", Tends(distance, 0), "the end tends to the solution of least trace", within=Rational(1, 50),
    on=("specified", "random"), spec="greedy-low-rank/T6/C1")
theorem.conclude("slack-identity", Always(Eq(S, log(x) / log(alpha)), over=(alpha, j)), "1 - A*(nu)_j = log x_j/log alpha, exactly",
    under=(), on=("specified", "random"), within=Rational(1, 10**12), spec="greedy-low-rank/T6/C3")
theorem.conclude("dual-feasible", Eventually(Always(S >= -Rational(1, 100), over=j)), "I - A*(nu) becomes positive semidefinite",
    on=("specified", "random"), spec="greedy-low-rank/T6/C3")
theorem.conclude("complementarity", Tends(Total(S * x, over=j), 0), "<S, X> tends to 0", within=Rational(1, 20),
    on=("specified", "random"), spec="greedy-low-rank/T6/C3")
theorem.conclude("rate", Theta(distance, alpha**least_slack), "|X - X*| is of the order alpha^(least positive slack)",
    within=Rational(1, 50), because="slacks of .1 and more are drawn", on=("specified", "random"),
    spec=("greedy-low-rank/T6/C3", "greedy-low-rank/T6/Q2"))
# fmt: on
for name, value in {"least trace": least_trace, "least positive slack": least_slack, "distance": distance}.items():
    theorem.tabulate(name, value)

# Proof.
# fmt: off
theorem.step("slack", "slack-identity", by=identity(), given=("closed-form", "small"), spec="greedy-low-rank/T6/S3")
theorem.step("stationary", Always(Eq(log(x / alpha), Total(a * 2 * s, over=i)), over=(alpha, j)), by=identity(),
    given="closed-form", meaning="the derivative of x (log(x/alpha) - 1) is A^T(2 s): the entropic programme's optimality",
    spec="greedy-low-rank/T6/S4")
# fmt: on
# Weak duality: sum z - sum x* is <S, Z> and the equations A(Z) = y = A(X*), sigma = 1 - A*(nu*), sigma x* = 0 with their multipliers.
EQUATIONS = Total(dual * (Given("feasible") - Given("solved")), over=i) + Total(
    Given("slacks") * (star - other) - Given("complementary"), over=j
)
# fmt: off
theorem.step("weak-duality", Total(other, over=j) >= Total(star, over=j), by=bound(Total(slack * other, over=j) + EQUATIONS),
    given=("feasible", "solved", "slacks", "complementary"),
    meaning="the conditions S >= 0, A(X*) = y, S X* = 0 prove that X* has the least trace", spec="greedy-low-rank/T6/S2")
theorem.step("least", "least-trace",
    by=cited("Gunasekar et al., arXiv:1705.09280: for commuting measurements the limit has the least nuclear norm"),
    spec="greedy-low-rank/T6/Z1")

# Instances.
theorem.reference("least-trace", {"kind": "lp", "P": "zero", "q": "ones", "G": "identity", "h": "zero", "A": "A", "b": "y"},
    "min sum x_j over x >= 0 with A x = y", spec="greedy-low-rank/T6/R2")
# fmt: on
DECIMALS = np.arange(30, 121, 10)


def instance(label, matrix, x, powers=None, scales=None):
    """Eigenvalues a_ij, the planted x, and the start b_j alpha^(c_j)."""
    a, planted, d = fractions(matrix), fractions(x), len(x)
    data = {
        "a": a,
        "planted": planted,
        "y": a @ planted,
        "powers": fractions(powers or [1] * d),
        "scales": fractions(scales or [1] * d),
    }
    return Instance(label, data)


def specified_matrix():
    return np.random.default_rng(5).uniform(0.2, 1.5, (3, 6))


PLANTED = (1.0, 0.6, 0.3, 0.0, 0.0, 0.0)


@theorem.family("specified", spec="greedy-low-rank/T6/E2")
def specified(rng, size):
    """Three measurements in dimension 6 of x = (1, .6, .3, 0, 0, 0); the solution of least trace is another one."""
    return [instance("specified", specified_matrix(), PLANTED)]


@theorem.family("random")
def random(rng, size):
    """Three measurements with entries in twentieths between 1/5 and 3/2 of a planted vector of rank three.

    The least positive slack lies in (1/10, 9/10), the next one 1/10 further, and x* above 1/20: the corrections to the rate, of the orders
    alpha^slack/x* and alpha^(the slacks' difference), are then gone within the ladder.
    """
    batch = []
    while len(batch) < size // 4:
        matrix = fractions(rng.integers(4, 31, size=(3, 6))) / 20
        found = instance(f"random {len(batch)}", matrix, [*fractions(rng.integers(2, 11, size=3)) / 10, 0, 0, 0])
        best = linear_optimum(matrix, found["y"], fractions(np.ones(6, dtype=int)))
        positive = sorted(entry for entry in best.slack if entry > 0)
        if (
            not best.status
            and best.nondegenerate
            and Fraction(1, 10) < positive[0] < Fraction(9, 10)
            and positive[1] - positive[0] > Fraction(1, 10)
            and min(entry for entry in best.primal if entry > 0) > Fraction(1, 20)
        ):
            batch.append(found)
    return batch


@theorem.family("scaled-starts", without="even-start", spec="greedy-low-rank/T6/N1")
def scaled_starts(rng, size):
    """The specified problem from alpha diag(b), b between 1/5 and 3."""
    return [
        instance(
            "alpha b", specified_matrix(), PLANTED, scales=[Fraction(int(b), 10) for b in rng.integers(2, 31, size=6)]
        )
    ]


@theorem.family("weighted-start", without="even-start", spec="greedy-low-rank/T6/N2")
def weighted_start(rng, size):
    """The specified problem from diag(alpha^c), c = (2, 1, 1, 1, 1, 1): another weight, the same vertex."""
    return [instance("c_1 = 2", specified_matrix(), PLANTED, powers=[2, 1, 1, 1, 1, 1])]


@theorem.family("crooked-start", without="even-start", spec="greedy-low-rank/T6/A2")
def crooked_start(rng, size):
    """The specified problem from diag(alpha^c), c = (1, 8/5, 1, 1, 1, 1): the limit is the planted matrix, of trace 1.9."""
    return [instance("c_2 = 8/5", specified_matrix(), PLANTED, powers=[1, Fraction(8, 5), 1, 1, 1, 1])]


@theorem.family("not-unique", without="one-solution", spec="greedy-low-rank/T6/A3")
def not_unique(rng, size):
    """One measurement, the trace itself: every feasible X has the same trace, and the flow ends at I/3 for every alpha."""
    return [instance("trace", [[1, 1, 1]], [1, 0, 0])]


@theorem.family("six-entries", without="commuting", spec=("greedy-low-rank/T6/A1", "greedy-low-rank/T6/M5"))
def not_commuting(rng, size):
    """The problem of nuclear-norm-counterexample at R = 2, in dimension 4."""
    a = fractions(np.zeros((3, 4, 4), dtype=int))
    for matrix, (i, j) in zip(a, ((0, 2), (0, 3), (1, 2)), strict=True):
        matrix[i, j] = matrix[j, i] = Fraction(1, 2)
    return [Instance("R = 2", {"A": a, "y": fractions([1, 2, 2])})]


# Where counterexamples are searched: problems in the common eigenbasis, and pairs of symmetric matrices.
@theorem.space("eigenvalues", like="random")
def eigenvalues(draw):
    """Two or three measurements with eigenvalues in twentieths up to 3/2, of a vector with at most six entries in tenths."""
    d = draw.integer("dimension", 3, 6)
    measurements = draw.integer("measurements", 1, min(3, d - 1))
    matrix = draw.rationals("a", 0, 2, (measurements, d), denominator=20)
    planted = draw.rationals("planted", 0, 1, d, denominator=10)
    if (
        not all((matrix > 0).any(axis=0))
        or not any(planted)
        or np.linalg.matrix_rank(matrix.astype(float)) < measurements
    ):
        draw.reject("the measurements do not bound every eigenvalue, are not independent, or nothing is planted")
    return instance("searched", matrix, planted)


@theorem.space("pairs", like="six-entries", without="commuting", decides="least-trace")
def pairs(draw):
    """Two symmetric integer measurements of F F^T, F an integer vector, in dimension two or three."""
    d = draw.integer("dimension", 2, 3)
    entries = draw.rationals("A", -2, 2, (2, d * (d + 1) // 2))
    factor = draw.rationals("F", -2, 2, d)
    a = fractions(np.zeros((2, d, d), dtype=int))
    for matrix, row in zip(a, entries, strict=True):
        matrix[np.triu_indices(d)] = row
        matrix += np.triu(matrix, 1).T
    y = np.array([factor @ matrix @ factor for matrix in a], dtype=object)
    if not any(y):
        draw.reject("every observation is 0")
    return Instance("searched", {"A": a, "y": y})


# Experiments.
def exact_strings(array):
    return [exact_strings(row) for row in array] if np.ndim(array) else str(array)


@theorem.observe(
    measures=[
        alpha,
        a,
        y,
        star,
        dual,
        slack,
        planted,
        frobenius,
        least_trace,
        least_slack,
        weighted,
        commutator,
        uneven,
        unique,
    ]
)
def linear_programme(instances, setting, run):
    """The exact optimum of the linear programme for each instance, and the facts about its measurements and start."""
    rows = {
        name: []
        for name in (
            "a",
            "y",
            "star",
            "dual",
            "slack",
            "planted",
            "frobenius",
            "least_trace",
            "least_slack",
            "weighted",
            "commutator",
            "uneven",
            "unique",
        )
    }
    certificates, widths = [], []
    for each in instances:
        if "A" in each.data:
            seen, certificate = not_commuting_facts(each), None
        else:
            seen, certificate = facts(each)
        certificates.append(certificate)
        for name, values in rows.items():
            values.append(seen[name])
        widths.append(seen.get("width", Fraction(0)))
    over = {
        "a": ("i", "j"),
        "y": ("i",),
        "dual": ("i",),
        **dict.fromkeys(("star", "slack", "planted", "frobenius"), ("j",)),
    }
    columns = {name: Column(np.array(values, dtype=object), over.get(name, ())) for name, values in rows.items()}
    if any(widths):  # an optimum that is known between two rationals only
        columns["least_trace"] = Column(floats(rows["least_trace"]), error=floats(widths))
    decimals = np.arange(4, 23, 2) if any("A" in each.data for each in instances) else DECIMALS
    columns["alpha"] = Column(
        np.broadcast_to(-np.log(10) * decimals, (len(instances), len(decimals))), ("alpha",), log=True
    )
    notes = {"certificates": {"least-trace": {"measures": ["least_trace"], "instances": certificates}}}
    return Trace(columns, [""] * len(instances), notes=notes)


def floats(values):
    return np.array([np.nan if value is None else float(value) for value in values])


def facts(each):
    """The exact facts about one problem with commuting measurements, and the certificate of its optimum."""
    matrix, d = each["a"], each["a"].shape[1]
    best, tilted = (
        linear_optimum(matrix, each["y"], weights) for weights in (fractions(np.ones(d, dtype=int)), each["powers"])
    )
    multipliers = inverted(matrix @ matrix.T) @ each["y"]
    positive = [entry for entry in best.slack if entry > 0]
    logs = each["powers"] + np.array([Fraction(0) if b == 1 else Fraction(1) for b in each["scales"]])
    seen = {
        "a": matrix, "y": each["y"], "star": best.primal, "dual": best.dual, "slack": best.slack, "planted": each["planted"],
        "frobenius": multipliers @ matrix, "least_trace": sum(best.primal), "least_slack": min(positive, default=Fraction(1)),
        "weighted": min((entry for entry in tilted.slack if entry > 0), default=Fraction(1)), "commutator": Fraction(0),
        "uneven": sum((entry - sum(logs) / d) ** 2 for entry in logs) / d + (len(set(each["scales"])) - 1), "unique": Fraction(int(best.nondegenerate)),
    }  # fmt: skip
    data = {"A": exact_strings(matrix), "y": exact_strings(each["y"])}
    return seen, {
        "kind": "optimum",
        "data": data,
        "primal": exact_strings(best.primal),
        "dual": exact_strings(best.slack),
        "equality": exact_strings(best.dual),
    }


def not_commuting_facts(each):
    """What is known about a problem by its matrices: the least trace, to the width of its certificate, and the commutators."""
    a, best = each["A"], min_trace(each["A"], each["y"])
    bounds = best.bounds if isinstance(best, TraceMinimum) else None
    least, width = (None, None) if bounds is None else ((bounds[0] + bounds[1]) / 2, (bounds[1] - bounds[0]) / 2)
    squares = [((p @ q - q @ p) ** 2).sum() for p, q in combinations(a, 2)]
    none = np.full((len(a), len(a[0])), None)
    return {
        "a": none, "y": none[:, 0], "dual": none[:, 0], "star": none[0], "slack": none[0], "planted": none[0], "frobenius": none[0], "least_trace": least, "width": width,
        "least_slack": Fraction(1), "weighted": Fraction(1), "commutator": max(squares, default=Fraction(0)), "uneven": Fraction(0), "unique": Fraction(1),
    }  # fmt: skip


@theorem.experiment(
    measures=[x, s, end_trace, at_hundredth],
    on=("specified", "random", "scaled-starts", "weighted-start", "crooked-start", "not-unique"),
)
def entropic_ends(instances, setting, run):
    """The ends of the flow in balls, as optima of the entropic programme, for alpha from 10^-30 to 10^-120, and from 10^-2."""
    ends, multipliers, status, early = [], [], [], []
    for each in instances:
        best = linear_optimum(each["a"], each["y"], each["powers"])
        guess = best.dual.astype(float)
        first, *found = (
            entropic_optimum(each["a"], each["y"], int(k), powers=each["powers"], scales=each["scales"], guess=guess)
            for k in (2, *DECIMALS)
        )
        early.append(
            np.linalg.norm(
                [float(value) - float(target) for value, target in zip(first.primal, best.primal, strict=True)]
            )
        )
        status.append(next((each.status for each in found if each.status), ""))
        ends.append([each.primal or [arb("nan")] * len(instances[0]["planted"]) for each in found])
        multipliers.append([[entry / 2 for entry in each.dual] or [arb("nan")] * len(guess) for each in found])
    values = np.array(ends, dtype=object)
    columns = {
        "x": Column(values, ("alpha", "j")),
        "s": Column(np.array(multipliers, dtype=object), ("alpha", "i")),
        "end_trace": Column(values.sum(-1), ("alpha",)),
        "at_hundredth": Column(np.array(early), error=1e-12),
    }
    return Trace(columns, status)


@theorem.experiment(measures=[end_trace], on="six-entries")
def six_entry_ends(instances, setting, run):
    """The traces of the flow's ends for the measurements that do not commute."""
    problem = stack([sensing(each.floats("A"), each.floats("y")) for each in instances]).to(run.device)
    log_scales = torch.tensor(-np.log(10.0) * np.arange(4, 23, 2), device=run.device)
    found = small_start_ends(problem, log_scales, resolution=4.0 * run.relax**-0.1)
    value, change = (
        part.diagonal(dim1=-2, dim2=-1).sum(-1).numpy(force=True) for part in (found.matrices, found.change)
    )
    return Trace(
        {"end_trace": Column(value, ("alpha",), error=1e-12, flow_error=change)}, found.status, device=run.device
    )


# What must be refuted.
def squared(target):
    return Total((x - target) ** 2, over=j)


# fmt: off
theorem.mutant("planted", of="limit", formula=Tends(squared(planted), 0), why="the planted matrix", on="specified",
    spec="greedy-low-rank/T6/M1")
theorem.mutant("least-frobenius", of="limit", formula=Tends(squared(frobenius), 0), why="the solution of least Frobenius norm",
    on="specified", spec="greedy-low-rank/T6/M2")
theorem.mutant("at-any-scale", of="limit", formula=at_hundredth <= Rational(1, 1000),
    why="every alpha gives the solution of least trace", on="specified", spec="greedy-low-rank/T6/M4")
theorem.mutant("planted-trace", of="least-trace", formula=Tends(end_trace, Total(planted, over=j)),
    why="the trace of the planted matrix", on="specified", spec="greedy-low-rank/T6/M1")
theorem.mutant("twice-the-slack", of="rate", formula=Theta(distance, alpha ** (2 * least_slack)), why="twice the exponent",
    spec="greedy-low-rank/T6/M3")
theorem.mutant("two-missing", of="complementarity", define={nu: s / log(1 / alpha)},
    why="nu = s/log(1/alpha): S stays positive, and <S, X> tends to tr X/2", spec="greedy-low-rank/T6/M6")
theorem.mutant("two-missing-in-the-slack", of="slack-identity", define={nu: s / log(1 / alpha)}, why="nu = s/log(1/alpha)",
    spec="greedy-low-rank/T6/M6")
theorem.mutant("two-too-many", of="dual-feasible", define={nu: 4 * s / log(1 / alpha)}, why="nu = 4 s/log(1/alpha)",
    spec="greedy-low-rank/T6/M7")
# fmt: on

NO_START = ("commuting", "one-solution", "converges")
# fmt: off
theorem.control("scales-do-not-matter", formula=Theta(distance, alpha**least_slack),
    why="alpha diag(b) has the same limit and rate: X(0) = alpha I is not necessary in this form", within=Rational(1, 50),
    on="scaled-starts", under=NO_START, spec="greedy-low-rank/T6/N1")
theorem.control("weights-change-the-rate", formula=Theta(distance, alpha**weighted),
    why="with c_1 = 2 the same vertex is reached at another rate", within=Rational(1, 100), on="weighted-start", under=NO_START,
    spec="greedy-low-rank/T6/N2")
theorem.control("crooked-limit", formula=Tends(squared(planted), 0),
    why="with c_2 = 8/5 the planted matrix minimises the weighted trace", within=Rational(1, 50), on="crooked-start",
    under=NO_START, spec="greedy-low-rank/T6/A2")
theorem.ablate("commuting", breaks="least-trace", on="six-entries", spec=("greedy-low-rank/T6/A1", "greedy-low-rank/T6/M5"))
theorem.ablate("even-start", breaks="least-trace", on="crooked-start", spec="greedy-low-rank/T6/A2")
theorem.ablate("one-solution", breaks="limit", on="not-unique", spec="greedy-low-rank/T6/A3")
# fmt: on
