"""In matrix sensing gradient descent from a small start finds the best matrices of rank 1, 2, 3, ... in this order.

y = A(M) with M positive semidefinite of rank r*, f(W) = <W - M, H[W - M]>/2 with H = A*A near the identity, and U <- U - eta F(U U^T) U from
U = alpha B, U with at most r hat columns. Z_s is the best positive semidefinite matrix of rank s. As alpha falls the descent comes
arbitrarily close to Z_1, then to Z_2, and so on; with fewer columns than r* it converges to Z_(r hat). Z_s differs from the truncation
M_s of M by a multiple of delta, the isometry constant, and it is Z_s that is visited. The isometry constant of a random design cannot be
certified in reasonable time; here H = I + delta E with |E| = 1, whose constant is delta for every matrix, checked in rationals.
"""

from fractions import Fraction

import numpy as np
import torch
from sympy import Abs, Eq, Rational, sqrt

from verify import RECONSTRUCTED, Always, And, BigO, Column, Paper, Tends, Theorem, Theta, Total, Trace
from verify.dynamics.factorised_descent import factorised_descent
from verify.models.factorisation import Quadratic, distance_to, near_isometry, stack, weighted_pair
from verify.proof import cited, identity
from verify.reference.low_rank import best_low_rank, first_order_response, isometric_within
from verify.statement.instances import Instance

theorem = Theorem(
    "matrix-sensing-incremental",
    title="Gradient descent in matrix sensing learns one rank after the other",
    source=Paper(
        authors="Jin, Li, Lyu, Du & Lee",
        year=2023,
        title="Understanding Incremental Learning of Gradient Descent: A Fine-grained Analysis of Matrix Sensing",
        arxiv="2301.11500",
        fidelity=RECONSTRUCTED,
    ),
    summary="Reconstructed. The theory's isometry constant is too small to test, so that graded values are used; the first-order response of Z_s to delta is "
    "our own. alpha is here the scale of U.",
)

# Setting.
# fmt: off
alpha = theorem.clock("alpha", to=0, log=True, meaning="scale of the start U = alpha B (of U, not of W)", latex=r"\alpha")
r = theorem.index("r", meaning="ranks s = 1, 2 below that of M", latex="s")
g = theorem.index("g", meaning="graded isometry constants")
j = theorem.index("j", meaning="columns of U")
visit = theorem.quantity("visit", "least distance of the descent to Z_s", over=(alpha, r), sign="nonnegative",
    latex=r"\min_t|W_t - Z_s|")
first_step = theorem.quantity("first_step", "step of the closest approach to Z_1", over=alpha, sign="nonnegative")
second_step = theorem.quantity("second_step", "step of the closest approach to Z_2", over=alpha, sign="nonnegative")
truncated = theorem.quantity("truncated", "least distance to the truncation M_1", over=alpha, sign="nonnegative",
    latex=r"\min_t|W_t - M_1|")
landing = theorem.quantity("landing", "distance of the end to Z_s, s the number of columns", over=alpha, sign="nonnegative")
local = theorem.quantity("local", "least distance to the local minimiser of rank one", over=alpha, sign="positive")
coarse = theorem.parameter("coarse", "least distance to Z_1 from alpha = 1/10", sign="nonnegative")
z_value = theorem.quantity("z_value", "f(Z_s)", over=r, latex="f(Z_s)")
z_residual = theorem.quantity("z_residual", "|F(Z_s) V| for a factor V of Z_s", over=r, sign="nonnegative")
tail = theorem.quantity("tail", "sum of the squares of M's eigenvalues beyond the s largest", over=r, latex=r"\sum_{i>s} m_i^2")
graded = theorem.quantity("graded", "an isometry constant delta", over=g, sign="positive", latex=r"\delta_g")
moved = theorem.quantity("moved", "|Z_s - M_s| at delta_g", over=(g, r), sign="nonnegative", latex="|Z_s - M_s|")
response = theorem.quantity("response", "the derivative of Z_s in delta at 0, by linear equations", over=r, sign="positive")
delta = theorem.parameter("delta", "the isometry constant", sign="nonnegative", latex=r"\delta")
certified = theorem.parameter("certified", "1 if (1 - delta) I <= H <= (1 + delta) I holds in rational arithmetic, else 0",
    sign="nonnegative")
kappa = theorem.parameter("kappa", "the largest sigma_s/(sigma_s - sigma_(s+1))", latex=r"\kappa")
rank = theorem.parameter("rank", "the rank of M", latex="r_*")
norm = theorem.parameter("norm", "the norm of M", latex="|M|")
eta = theorem.parameter("eta", "step size", latex=r"\eta")
overlap = theorem.parameter("overlap", "the least singular value of V_s^T B over the ranks s", sign="nonnegative", latex=r"\rho")
spread = theorem.parameter("spread", "the least relative gap between successive eigenvalues of M", sign="nonnegative")
row, pushed, after, q = (theorem.quantity(name, what, over=j) for name,
    what in {"row": "a row of U", "pushed": "that row of F U", "after": "that row after a step",
    "q": "a vector with U q = 0"}.items())

theorem.relation("step", Always(Eq(after, row - eta * pushed)), "U <- U - eta F U")
theorem.relation("kernel", And(Eq(Total(row * q), 0), Eq(Total(pushed * q), 0)), "U q = 0, hence F U q = 0")

# Hypotheses.
# The bound is on delta kappa: at delta = 1/5 with two eigenvalues of M close together, a probe found rank-one minima visited that are not Z_1.
theorem.assume("isometry", And(Eq(certified, 1), delta * kappa <= Rational(2, 5)), "H is within delta of the identity, delta small against 1/kappa",
    within=Rational(1, 10**6), spec=("greedy-low-rank/T4/H1", "greedy-low-rank/T4/S1"))
theorem.assume("distinct", spread >= Rational(1, 100), "the eigenvalues of M are distinct", spec="greedy-low-rank/T4/H2")
theorem.assume("overlapping", overlap >= Rational(1, 1000), "the start overlaps with every leading eigenspace of M",
    spec="greedy-low-rank/T4/H3")
theorem.assume("short-steps", eta * norm <= Rational(1, 4), "eta |M| <= 1/4", spec="greedy-low-rank/T4/H4")
theorem.assume("small", assumed="the statement is about alpha to 0", spec="greedy-low-rank/T4/H5")

# Conclusions.
theorem.conclude("visits", Always(Tends(visit, 0), over=r), "the descent visits Z_1 and Z_2", within=Rational(1, 40),
    because="the truncation M_1 is .108 away from Z_1 at delta = .2", on="sensing", spec="greedy-low-rank/T4/C1")
theorem.conclude("in-order", Always(first_step < second_step, over=alpha), "Z_1 before Z_2", on="sensing",
    spec="greedy-low-rank/T4/C1")
theorem.conclude("polynomial", Always(BigO(visit, alpha ** Rational(1, 10)), over=r),
    "the closest approach is at most a power of alpha", within=Rational(1, 20), on="sensing", spec="greedy-low-rank/T4/C1")
theorem.conclude("lands", Always(Eq(landing, 0), over=alpha),
    "with fewer columns than the rank of M it converges to the best matrix of that rank", within=Rational(1, 10**6),
    on=("two-columns", "one-column"), spec=("greedy-low-rank/T4/C2", "greedy-low-rank/T4/Q4"))
theorem.conclude("near-truncation", Always(moved <= 10 * graded * kappa * sqrt(rank) * norm, over=(g, r)),
    "|Z_s - M_s| is at most 10 delta kappa sqrt(r*) |M|", on="sensing", spec="greedy-low-rank/T4/C3")
theorem.conclude("first-order", Always(Abs(moved - response * graded) <= 2 * graded**2, over=(g, r)),
    "|Z_s - M_s| is the response times delta, up to delta^2", on="sensing",
    spec=("greedy-low-rank/T4/C3", "greedy-low-rank/T4/Q5"))
theorem.conclude("stationary", Always(Eq(z_residual, 0), over=r), "Z_s satisfies F(Z_s) Z_s = 0", within=Rational(1, 10**9),
    on="sensing", spec=("greedy-low-rank/T4/S2", "greedy-low-rank/T4/R1"))
theorem.conclude("sandwich", Always(And(z_value >= (1 - delta) * tail / 2, z_value <= (1 + delta) * tail / 2), over=r),
    "f(Z_s) lies between bounds that the isometry proves", within=Rational(1, 10**9), on="sensing",
    spec=("greedy-low-rank/T4/R2", "greedy-low-rank/T4/R3"))
# fmt: on
for name, value in {"delta": delta, "distance to Z_s": visit}.items():
    theorem.tabulate(name, value)

# Proof.
# fmt: off
theorem.step("columns-kept", Eq(Total(after * q), 0), by=identity(), given=("step", "kernel"),
    meaning="U q = 0 stays: the rank never exceeds the number of independent columns", spec="greedy-low-rank/T4/S3")
theorem.step("phases", "visits",
    by=cited("Jin et al., arXiv:2301.11500: spectral phase, parallel improvement, refinement, for an isometry constant below a power of 1/kappa"),
    spec="greedy-low-rank/T4/Z1")
theorem.step("exponent", "polynomial",
    by=cited("Jin et al., arXiv:2301.11500: uniqueness of Z_s and an exponent of the order 1/kappa^2, constant not specified"),
    spec="greedy-low-rank/T4/Z2")
# fmt: on

# Instances.
EIGENVALUES = (3.0, 1.5, 0.7, 0.0, 0.0)
LADDER = np.arange(4, 9.1, 0.5)


def instance(label, problem, target, operator, start, constant, **data):
    """A sensing problem with its best matrices of rank 1 and 2, and a start B (d, k) with |B| = 1."""
    rng = np.random.default_rng(0)
    values, vectors = np.linalg.eigh(target)
    values, vectors, positive = values[::-1], vectors[:, ::-1], int((values > 1e-9).sum())
    ranks = range(1, max(positive, 2))
    best = [best_low_rank(problem, s, rng) for s in ranks]
    gaps = (
        [(values[s] - values[s + 1]) / values[0] for s in range(positive)]
        if positive < len(values)
        else [(values[0] - values[1]) / values[0]]
    )
    overlaps = [
        np.linalg.svd(vectors[:, :s].T @ start, compute_uv=False)[-1]
        for s in range(1, min(positive, start.shape[1]) + 1)
    ]
    facts = {
        "Z": np.array([z.matrix for z in best]), "z_value": [z.value for z in best], "z_residual": [z.residual for z in best], "tail": [(values[s:] ** 2).sum() for s in ranks],
        "M1": values[0] * np.outer(vectors[:, 0], vectors[:, 0]), "rank": positive, "norm": values[0], "delta": constant, "spread": max(min(gaps), 0.0), "overlap": min(overlaps),
        "kappa": max(values[s] / max(values[s] - values[s + 1], 1e-12) for s in range(positive) if s + 1 < len(values)),
        "certified": Fraction(int(isometric_within(operator, constant + Fraction(1, 10**9)))),
    }  # fmt: skip
    parts = {part: getattr(problem, part).numpy() for part in ("hessian", "linear", "constant")} | {"start": start}
    return Instance(label, {"eta": Fraction(1, 20), "decimals": LADDER, **facts, **parts, **data})


def sensing_instance(delta, start=None, **data):
    problem, target, operator = near_isometry(float(delta), np.random.default_rng(3), EIGENVALUES)
    return instance(
        f"delta = {delta}", problem, target, operator, np.eye(5) if start is None else start(target), delta, **data
    )


def columns_of(rng, count):
    """A random start with orthonormal columns."""
    return lambda target: np.linalg.qr(rng.normal(size=(5, count)))[0]


@theorem.family(
    "sensing", spec=("greedy-low-rank/T4/E1", "greedy-low-rank/T4/E2", "greedy-low-rank/T4/Q1", "greedy-low-rank/T4/Q2")
)
def sensing_problems(rng, size):
    """delta = .01 and .2, M with the eigenvalues 3, 1.5, .7 in dimension 5, five columns."""
    return [sensing_instance(delta, eta=Fraction(1, 50), steps=7000) for delta in (Fraction(1, 100), Fraction(1, 5))]


@theorem.family("sensing-graded", level="thorough", spec="greedy-low-rank/T4/Q3")
def sensing_graded(rng, size):
    """delta = .05 and .1."""
    return [sensing_instance(Fraction(1, 20)), sensing_instance(Fraction(1, 10))]


@theorem.family("two-columns", decides=("lands",))
def two_columns(rng, size):
    """Two random orthonormal columns, delta = .01."""
    return [sensing_instance(Fraction(1, 100), columns_of(rng, 2))]


@theorem.family("one-column", decides=("lands",))
def one_column(rng, size):
    """One random column, delta = .01."""
    return [sensing_instance(Fraction(1, 100), columns_of(rng, 1))]


@theorem.family("weighted", without="isometry", spec=("greedy-low-rank/T4/A1", "greedy-low-rank/T4/M2"))
def weighted(rng, size):
    """H = diag(1, 1, 1/8) and M = diag(1, 4): the descent visits diag(1, 0) of value 1, although diag(0, 4) has 1/2."""
    return [pair(0.125, 4.0, Fraction(7, 9), np.arange(2, 6.1, 0.5), 4000)]


@theorem.family("weighted-slowly", without="isometry", level="thorough", spec="greedy-low-rank/T4/A2")
def weighted_slowly(rng, size):
    """H = diag(1, 1, .3) and M = diag(1, 3), delta = 7/13 after scaling: diag(1, 0) is visited at the slow exponent .053 (in alpha^2)."""
    return [pair(0.3, 3.0, Fraction(7, 13), np.arange(10, 51, 5), 20000)]


def pair(b, m2, constant, decimals, steps):
    return instance(
        f"b = {b}",
        weighted_pair(b, m2),
        np.diag([1.0, m2]),
        np.diag([1.0, 1.0, b]) * 2 / (1 + b),
        np.eye(2),
        constant,
        decimals=decimals,
        steps=steps,
    )


@theorem.space("two-by-two", like="weighted", decides="visits")
def two_by_two(draw):
    """H = diag(h) in the basis E_11, (E_12 + E_21)/sqrt 2, E_22, scaled so that its centre is 1, and M = F F^T, both 2 x 2."""
    weights = draw.reals("h", 0.05, 1, 3)
    factor = draw.reals("F", -2, 2, (2, 2))
    target, centre = factor @ factor.T, (weights.min() + weights.max()) / 2
    constant = Fraction(float(weights.max() / centre - 1)).limit_denominator(10**9)
    if abs(np.linalg.det(factor)) < 0.2 or np.linalg.norm(target, 2) > 5:
        draw.reject("M is nearly singular, or too large for the step size")
    operator = np.diag(weights / centre)
    problem = distance_to(target, operator)
    return instance(
        "searched",
        problem,
        target,
        operator,
        np.eye(2),
        constant,
        decimals=np.arange(2, 6.1, 0.5),
        steps=4000,
        solves=True,
    )


@theorem.family("double", without="distinct", spec="greedy-low-rank/T4/A4")
def double(rng, size):
    """M = diag(2, 2, .5, 0, 0), delta = 0."""
    target = np.diag([2.0, 2.0, 0.5, 0.0, 0.0])
    return [instance("double", distance_to(target), target, np.eye(15), np.eye(5), Fraction(0))]


@theorem.family("orthogonal", without="overlapping", spec="greedy-low-rank/T4/A5")
def orthogonal(rng, size):
    """A start exactly orthogonal to the first eigenvector of M = diag(3, 1.5, .7, 0, 0), delta = 0."""
    target = np.diag(EIGENVALUES)
    return [instance("orthogonal", distance_to(target), target, np.eye(15), np.diag([0.0, 1, 1, 1, 1]), Fraction(0))]


@theorem.family("long-steps", without="short-steps")
def long_steps(rng, size):
    """One column and eta = .4, so that eta |M| = 1.2: the descent overshoots for ever."""
    return [sensing_instance(Fraction(1, 100), columns_of(rng, 1), eta=Fraction(2, 5))]


# Experiments.
GRADES = (Fraction(1, 1000), Fraction(1, 250), Fraction(2, 125), Fraction(8, 125))


@theorem.observe(
    measures=[alpha, r, delta, certified, kappa, rank, norm, eta, overlap, spread, z_value, z_residual, tail]
)
def facts(instances, setting, run):
    """What is known about each problem before the descent."""
    columns = {"alpha": Column(-np.log(10) * np.array([each["decimals"] for each in instances]), ("alpha",), log=True)}
    columns["r"] = Column(
        np.broadcast_to(np.arange(1, len(instances[0]["tail"]) + 1), (len(instances), len(instances[0]["tail"]))),
        ("r",),
    )
    for name in ("certified", "delta", "eta"):
        columns[name] = Column(np.array([each[name] for each in instances], dtype=object))
    for name in ("kappa", "rank", "norm", "overlap", "spread"):
        columns[name] = Column(np.array([each[name] for each in instances]), error=1e-12)
    for name in ("z_value", "z_residual", "tail"):
        columns[name] = Column(np.array([each[name] for each in instances]), ("r",), error=1e-12)
    return Trace(columns, [""] * len(instances))


@theorem.experiment(measures=[visit, first_step, second_step, truncated, landing, local, coarse])
def small_starts(instances, setting, run):
    """Gradient descent from every scale, and from alpha = 1/10, looked at after every step."""
    number, scales = len(instances), [10.0 ** -np.append(each["decimals"], 1.0) for each in instances]
    tensor = lambda values: torch.tensor(np.array(values), dtype=torch.float64, device=run.device)  # noqa: E731
    count = len(scales[0])
    batch = torch.arange(number, device=run.device).repeat_interleave(count)
    problem = stack(
        [Quadratic(*(tensor(each[key]) for key in ("hessian", "linear", "constant"))) for each in instances]
    )[batch]
    start = tensor(np.concatenate(scales))[:, None, None] * tensor([each["start"] for each in instances])[batch]
    targets = [
        np.concatenate([each["Z"], each["M1"][None], np.diag([1.0] + [0.0] * (len(each["M1"]) - 1))[None]])
        for each in instances
    ]
    steps = max(each.get("steps", 3000) for each in instances)
    found = factorised_descent(
        problem,
        start,
        tensor(targets)[batch],
        step_size=tensor([float(each["eta"]) for each in instances])[batch],
        steps=steps,
    )
    ranks = len(instances[0]["Z"])
    visits, when = (part.reshape(number, count, -1).numpy(force=True) for part in (found.visits, found.steps))
    ends = found.end.reshape(number, count, *found.end.shape[1:]).numpy(force=True)
    last = np.array([each["Z"][min(each["start"].shape[1], ranks) - 1] for each in instances])
    columns = {
        "visit": Column(visits[:, :-1, :ranks], ("alpha", "r"), error=1e-12),
        "first_step": Column(when[:, :-1, 0], ("alpha",)),
        "second_step": Column(when[:, :-1, min(1, ranks - 1)], ("alpha",)),
        "truncated": Column(visits[:, :-1, ranks], ("alpha",), error=1e-12),
        "local": Column(visits[:, :-1, ranks + 1], ("alpha",), error=1e-12),
        "landing": Column(np.linalg.norm(ends[:, :-1] - last[:, None], axis=(2, 3)), ("alpha",), error=1e-12),
        "coarse": Column(visits[:, -1, 0], error=1e-12),
    }
    status = ["".join(row) for row in np.array(found.status).reshape(number, count)]
    misses = (problem.value(found.end) > 1e-8 * problem.constant).reshape(number, count).any(1).tolist()
    for i, each in enumerate(instances):
        if each.get("solves") and misses[i]:
            status[i] = status[i] or "the descent has not reached a solution within its steps, so it may visit more"
    return Trace(columns, status, device=run.device)


@theorem.experiment(measures=[graded, moved, response], on=("sensing", "sensing-graded"))
def graded_constants(instances, setting, run):
    """|Z_s - M_s| for delta = .001 to .064 with the same E, and its derivative at 0 from linear equations."""
    moves = []
    exact, target, operator = near_isometry(0.0, np.random.default_rng(3), EIGENVALUES)
    _, _, shifted = near_isometry(1.0, np.random.default_rng(3), EIGENVALUES)
    values, vectors = np.linalg.eigh(target)
    truncations = [(vectors[:, -s:] * values[-s:]) @ vectors[:, -s:].T for s in (1, 2)]
    for grade in GRADES:
        problem = near_isometry(float(grade), np.random.default_rng(3), EIGENVALUES)[0]
        moves.append(
            [
                np.linalg.norm(
                    best_low_rank(problem, s, np.random.default_rng(s), starts=2).matrix - truncations[s - 1]
                )
                for s in (1, 2)
            ]
        )
    responses = [
        first_order_response(exact, distance_to(target, shifted - operator), vectors[:, -s:] * np.sqrt(values[-s:]))
        for s in (1, 2)
    ]
    count = len(instances)
    columns = {
        "graded": Column(np.array([GRADES] * count, dtype=object), ("g",)),
        "moved": Column(np.array([moves] * count), ("g", "r"), error=1e-10),
        "response": Column(np.array([responses] * count), ("r",), error=1e-10),
    }
    return Trace(columns, [""] * count)


# What must be refuted.
# fmt: off
theorem.mutant("truncations", of="visits", formula=Tends(truncated, 0), why="the truncation M_1 in place of Z_1",
    spec="greedy-low-rank/T4/M1")
theorem.mutant("at-any-scale", of="visits", formula=coarse <= Rational(1, 100), why="alpha = 1/10 visits too",
    spec="greedy-low-rank/T4/A6")
theorem.mutant("decreasing", of="in-order", formula=Always(first_step > second_step, over=alpha), why="the larger rank first",
    spec="greedy-low-rank/T4/M3")
theorem.mutant("faster", of="polynomial", formula=Always(BigO(visit, alpha**2), over=r), why="quadratically in alpha")
theorem.mutant("too-few-columns-fail", of="lands", formula=Always(landing >= Rational(1, 100), over=alpha),
    why="fewer columns than the rank of M fail", spec="greedy-low-rank/T4/M4")
theorem.mutant("far-too-near", of="near-truncation", formula=Always(moved <= graded * kappa * sqrt(rank) * norm / 100, over=(g, r)),
    why="1/100 in place of 10")
theorem.mutant("second-order", of="first-order", formula=Always(moved <= 20 * graded**2, over=(g, r)),
    why="|Z_s - M_s| of the order delta^2", spec="greedy-low-rank/T4/M5")
theorem.mutant("not-stationary", of="stationary", formula=Always(Eq(z_residual, Rational(1, 10)), over=r),
    why="a point with a gradient")
theorem.mutant("tighter-sandwich", of="sandwich",
    formula=Always(And(z_value >= (1 - delta / 100) * tail / 2, z_value <= (1 + delta / 100) * tail / 2), over=r),
    why="delta/100 in place of delta")

theorem.control("loosely", formula=Always(moved <= Rational(6, 100) * graded * kappa * sqrt(rank) * norm, over=(g, r)),
    why="the constant 10 is loose: .06 suffices here", on="sensing", spec="greedy-low-rank/T4/N1")
# fmt: on
NO_ISOMETRY = ("distinct", "overlapping", "short-steps", "small")
# fmt: off
theorem.control("visits-the-local-one", formula=Theta(local, alpha ** Rational(2, 3)),
    why="without isometry diag(1, 0) is visited, at the exponent 1/3 of alpha^2", within=Rational(1, 20), on="weighted",
    under=NO_ISOMETRY, spec="greedy-low-rank/T4/Q6")
theorem.ablate("isometry", breaks="visits", on="weighted", spec=("greedy-low-rank/T4/A1", "greedy-low-rank/T4/M2"))
theorem.ablate("isometry", breaks="visits", on="weighted-slowly", name="isometry-breaks-visits-slowly", level="thorough",
    spec="greedy-low-rank/T4/A2")
theorem.ablate("distinct", breaks="visits", on="double", spec="greedy-low-rank/T4/A4")
theorem.ablate("overlapping", breaks="visits", on="orthogonal", spec="greedy-low-rank/T4/A5")
theorem.ablate("short-steps", breaks="lands", on="long-steps")
# fmt: on
