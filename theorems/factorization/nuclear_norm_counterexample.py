"""A small initialisation finds the rank-one solution, although another one has the smaller nuclear norm.

Six entries of a symmetric 4 x 4 matrix are observed: W_13 = 1 and W_14 = W_23 = R > 1, f(W) = (W_13 - 1)^2 + (W_14 - R)^2 + (W_23 - R)^2.
Among the positive semidefinite W with these entries exactly one has the least trace, M_norm with trace 4R, and it has rank two. Gradient
flow of f(U U^T)/2 from W = alpha I tends to another one as alpha falls: to M_rank = w w^T, w = (1, R, 1, R), with trace 2 + 2 R^2, at the
rate alpha^(1/mu_1). So an infinitesimal start does not minimise the nuclear norm.

Experiments at moderate alpha mislead: at R = 2 the flow from alpha = 1/10 ends within .08 of M_norm and 5.7 from M_rank; from
alpha = 10^-12 it ends within .02 of M_rank and 5.6 from M_norm. The order is reversed by nothing but the scale of the start.
"""

from fractions import Fraction

import numpy as np
import torch
from sympy import Eq, Matrix, Rational, eye, sqrt, zeros

from verify import RECONSTRUCTED, And, Column, Implies, Paper, Tends, Theorem, Theta, Total, Trace
from verify.dynamics.factorised_flow import factorised_flow, scaled_identity
from verify.dynamics.glrl import greedy_low_rank
from verify.models.factorisation import six_entries, stack
from verify.proof import Given, bound, identity
from verify.reference.exact_matrices import fractions
from verify.reference.min_trace import TraceMinimum, min_trace
from verify.statement.instances import Instance

theorem = Theorem(
    "nuclear-norm-counterexample",
    title="Gradient flow from an infinitesimal start does not minimise the nuclear norm",
    source=Paper(
        authors="Li, Luo & Lyu",
        year=2021,
        title="Towards Resolving the Implicit Bias of Gradient Descent for Matrix Factorization: Greedy Low-Rank Learning",
        arxiv="2012.09839",
        fidelity=RECONSTRUCTED,
    ),
    summary="The instance is reconstructed from the source; the proofs and the rate alpha^(1/mu_1) are our own. That the flow in the plane "
    "of the first eigenvector ends at M_rank is proved in six-entry-plane. alpha = 1/10 lands next to the nuclear-norm solution: "
    "experiments at moderate alpha suggest the opposite of the limit. For the distance to M_rank falls only like alpha^(1/mu_1), "
    "at R = 2 like alpha^.39: it is 5.7 from alpha = 1/10, where that to M_norm is .08; 2.6 from 10^-4; and .011 from 10^-12.",
)

# Setting. W = U U^T with rows u_1, ..., u_4; A0 = -F(0) has R at (1,4), (2,3) and 1 at (1,3).
# fmt: off
alpha = theorem.clock("alpha", to=0, log=True, meaning="scale of the start W = alpha I", latex=r"\alpha")
k = theorem.index("k", meaning="columns of a factor U of W")
u1, u2, u3, u4 = (theorem.quantity(f"u{i}", f"row {i} of a factor of a feasible W", over=k, latex=f"u_{i}") for i in (1, 2, 3, 4))
R = theorem.parameter("R", "the observed entries (1,4) and (2,3); the entry (1,3) is 1")
v1, v2, v3, v4 = (theorem.parameter(f"v{i}", f"entry {i} of any vector", sign="real", latex=f"v_{i}") for i in (1, 2, 3, 4))
z = theorem.parameter("z", "any number", sign="real")

least_trace = theorem.parameter("least_trace", "the least trace of a feasible positive semidefinite W, exactly",
    latex=r"\min {\rm tr}")
rank_trace = theorem.parameter("rank_trace", "trace of M_rank", latex=r"{\rm tr} M_{\rm rank}")
alone = theorem.parameter("alone", "1 if the exact certificate shows that only one W has the least trace, else 0",
    sign="nonnegative")
greedy_gap = theorem.parameter("greedy_gap", "distance to M_rank of where greedy low-rank learning ends", sign="nonnegative")
greedy_rank = theorem.parameter("greedy_rank", "rank at which greedy low-rank learning ends")
commutator = theorem.parameter("commutator", "squared norm of the commutator of the first two measurements, exactly",
    sign="nonnegative")
at_tenth = theorem.parameter("at_tenth", "distance to M_norm of the flow's end from alpha = 1/10", sign="nonnegative")
at_one = theorem.parameter("at_one", "distance to M_norm of the flow's end from alpha = 1", sign="nonnegative")
at_tiny = theorem.parameter("at_tiny", "distance to M_rank of the flow's end from alpha = 10^-12", sign="nonnegative")

to_rank = theorem.quantity("to_rank", "distance of the flow's end to M_rank", over=alpha, sign="positive",
    latex=r"|W_\infty - M_{\rm rank}|")
to_norm = theorem.quantity("to_norm", "distance of the flow's end to M_norm", over=alpha, sign="nonnegative",
    latex=r"|W_\infty - M_{\rm norm}|")
end_trace = theorem.quantity("end_trace", "trace of the flow's end", over=alpha, latex=r"{\rm tr} W_\infty")
second = theorem.quantity("second", "second eigenvalue of the flow's end", over=alpha, latex=r"\lambda_2(W_\infty)")

trace = theorem.define("trace", Total(u1**2 + u2**2 + u3**2 + u4**2, over=k), "tr W", latex=r"{\rm tr} W")
mu1 = theorem.define("mu1", (1 + sqrt(1 + 4 * R**2)) / 2, "the largest eigenvalue of A0", latex=r"\mu_1")
# fmt: on


def entry(a, b):
    """W_ij from the rows of U."""
    return Total(a * b, over=k)


# fmt: off
theorem.relation("rank-trace", Eq(rank_trace, 1 + R**2 + 1 + R**2), "the trace of w w^T with w = (1, R, 1, R)")

# Hypotheses.
theorem.assume("beyond-one", R > 1, "the entries (1,4) and (2,3) exceed the entry (1,3)", spec="greedy-low-rank/T5/H1")
theorem.assume("observed", And(Eq(entry(u1, u3), 1), Eq(entry(u1, u4), R), Eq(entry(u2, u3), R)), "W has the observed entries",
    spec="greedy-low-rank/T5/H2")
# fmt: on
DATA = ("beyond-one",)

# Conclusions.
# fmt: off
theorem.conclude("trace-bound", trace >= 4 * R, "every feasible W has trace at least 4R", under="observed", on="feasible",
    spec="greedy-low-rank/T5/C1")
theorem.conclude("only-one",
    Implies(trace <= 4 * R, And((entry(u1, u1) - R) ** 2 <= 0, (entry(u4, u4) - R) ** 2 <= 0, (entry(u2, u2) - R) ** 2 <= 0,
    (entry(u3, u3) - R) ** 2 <= 0, (entry(u1, u2) - 1) ** 2 <= 0, (entry(u3, u4) - 1) ** 2 <= 0, (entry(u2, u4) - 1) ** 2 <= 0)),
    "a feasible W of trace 4R has the entries of M_norm", under="observed", on="feasible", spec="greedy-low-rank/T5/C1")
theorem.conclude("least-trace", And(Eq(least_trace, 4 * R), Eq(alone, 1)), "the exact optimum of the semidefinite programme",
    under=DATA, on="radii", spec=("greedy-low-rank/T5/C1", "greedy-low-rank/T5/R1"))
theorem.conclude("gap", Eq(rank_trace - 4 * R, 2 * (R - 1) ** 2), "M_rank exceeds it by 2 (R - 1)^2", under=(),
    on=("radii", "low-radii"), spec="greedy-low-rank/T5/C2")
theorem.conclude("not-least", rank_trace > least_trace, "M_rank does not have the least trace", under=DATA, on="radii",
    spec="greedy-low-rank/T5/C2")
theorem.conclude("greedy-ends", And(Eq(greedy_gap, 0), Eq(greedy_rank, 1)),
    "greedy low-rank learning ends at M_rank, after one step", within=Rational(1, 10**9), under=DATA, on="radii",
    spec="greedy-low-rank/T5/C3")
theorem.conclude("limit", Tends(to_rank, 0), "the flow's end tends to M_rank", within=Rational(1, 20), under=DATA, on="radii",
    spec="greedy-low-rank/T5/C4")
theorem.conclude("trace-limit", Tends(end_trace, 2 + 2 * R**2), "its trace tends to that of M_rank", within=Rational(1, 10),
    under=DATA, on="radii", spec=("greedy-low-rank/T5/C4", "greedy-low-rank/T5/Q4"))
theorem.conclude("rank-one", Tends(second, 0), "its rank tends to one", within=Rational(1, 20), under=DATA, on="radii",
    spec="greedy-low-rank/T5/C4")
theorem.conclude("rate", Theta(to_rank, alpha ** (1 / mu1)), "at the rate alpha^(1/mu_1)", within=Rational(1, 20),
    because="half the exponent is at least .19 away", under=DATA, on="radii",
    spec=("greedy-low-rank/T5/C5", "greedy-low-rank/T5/Q1", "greedy-low-rank/T5/Q2", "greedy-low-rank/T5/Q3"))
# fmt: on
for name, value in {
    "R": R,
    "least trace": least_trace,
    "trace of the end": end_trace,
    "distance to M_rank": to_rank,
    "to M_norm": to_norm,
    "to M_norm from alpha = .1": at_tenth,
}.items():
    theorem.tabulate(name, value)

# Proof that 4R is the least trace: p_1 = e_1 - e_4 and p_2 = e_2 - e_3 give tr W - 2 W_14 - 2 W_23 = p_1' W p_1 + p_2' W p_2.
# fmt: off
theorem.step("sum-of-squares", Eq(trace - 2 * entry(u1, u4) - 2 * entry(u2, u3), entry(u1 - u4, u1 - u4) + entry(u2 - u3, u2 - u3)),
    by=identity(), spec="greedy-low-rank/T5/S2")
theorem.step("bound", "trace-bound", by=bound(entry(u1 - u4, u1 - u4) + entry(u2 - u3, u2 - u3)), given="observed",
    spec="greedy-low-rank/T5/S2")
# fmt: on

# The dual S = I - Y, Y = 1 at (1,4) and (2,3), as a form: its eigenvalues are 0, 0, 2, 2, with the vectors of B and of p_1, p_2.
form = v1**2 + v2**2 + v3**2 + v4**2 - 2 * v1 * v4 - 2 * v2 * v3
# fmt: off
theorem.step("dual", And(Eq(form, (v1 - v4) ** 2 + (v2 - v3) ** 2), form >= 0), by=bound(0, (v1 - v4) ** 2 + (v2 - v3) ** 2),
    spec="greedy-low-rank/T5/S3")
# fmt: on
norm_rows = Matrix([[R, 1, 1, R], [1, R, R, 1], [1, R, R, 1], [R, 1, 1, R]])
vector = Matrix([v1, v2, v3, v4])
norm_form = (vector.T * norm_rows * vector)[0].expand()
# fmt: off
theorem.step("attained", norm_form >= 0,
    by=bound((v1 + v2 + v3 + v4) ** 2 + Given("beyond-one") * ((v1 + v4) ** 2 + (v2 + v3) ** 2)), given="beyond-one",
    meaning="M_norm is positive semidefinite; its entries are the observed ones and its trace is 4R",
    spec=("greedy-low-rank/T5/S5", "greedy-low-rank/T5/C1"))
# fmt: on

# Uniqueness. With E the sum of squares, D = d . u and c = D/(1 + |u|^2): (2 + |u|^2) D^2 = (1 + |u|^2)^2 (|d|^2 - |d - c u|^2), so E = 0
# forces D = 0 for d = u_1 - u_4 and d = u_2 - u_3 and every row u.
excess = -Given("assumed")  # 4R - tr W
first, other = u1 - u4, u2 - u3


def vanishing(d, rest, u):
    """A slack that is -(d . u)^2 when |d|^2 + |rest|^2 is the excess of the trace over 4R."""
    length, inner = entry(u, u), entry(d, u)
    left_over = d - inner / (1 + length) * u
    parts = entry(left_over, left_over) + excess + entry(rest, rest)
    return (1 + length) ** 2 * parts / (2 + length)


def sum_vanishing(left, right, difference):
    """A slack that is -(a + b)^2, from those of -a^2 and -b^2 and a - b."""
    return 2 * left + 2 * right + difference**2


# fmt: off
theorem.step("uniqueness", "only-one",
    by=bound(vanishing(first, other, u1), vanishing(first, other, u4), vanishing(other, first, u2), vanishing(other, first, u3),
    vanishing(other, first, u1), vanishing(first, other, u3), sum_vanishing(vanishing(other, first, u4),
    vanishing(first, other, u3), entry(other, u4) + entry(first, u3))), given="observed", spec="greedy-low-rank/T5/S4")
theorem.step("trace-gap", "gap", by=identity(), given="rank-trace", spec="greedy-low-rank/T5/S5")
# fmt: on

# The escape from the origin: the spectrum of A0, and its first eigenvector in the plane (p, q, p, q).
A0 = zeros(4)
A0[0, 2] = A0[2, 0] = 1
A0[0, 3] = A0[3, 0] = A0[1, 2] = A0[2, 1] = R
# fmt: off
theorem.step("characteristic-polynomial",
    Eq((z * eye(4) - A0).det(method="berkowitz").expand(), (R**2 - z**2 - z) * (R**2 - z**2 + z), evaluate=False), by=identity(),
    spec="greedy-low-rank/T5/S1")
theorem.step("top-eigenvalue", And(Eq(R**2 - mu1**2 + mu1, 0), mu1 > 1), by=bound(0, 2 * R**2 / (1 + sqrt(1 + 4 * R**2))),
    spec="greedy-low-rank/T5/S1")
# fmt: on
image = A0 * Matrix([mu1, R, mu1, R])
# fmt: off
theorem.step("top-eigenvector", Eq(image[0], mu1**2), by=identity(), meaning="A0 (mu_1, R, mu_1, R) = mu_1 (mu_1, R, mu_1, R)",
    spec="greedy-low-rank/T5/S6")

# Instances.
theorem.reference("minimum-trace", {"kind": "trace-minimum", "A": "A", "y": "y"},
    "min tr W over positive semidefinite W with the observed entries", spec="greedy-low-rank/T5/R1")
# fmt: on


def radius(r):
    return Instance(f"R = {r}", {"R": Fraction(r)})


@theorem.family("radii", spec="greedy-low-rank/T5/X1")
def radii(rng, size):
    """R = 6/5, 3/2, 2 and one drawn in between; beyond 2 even alpha = 10^-12 is not yet small."""
    return [radius(r) for r in ("6/5", "3/2", "2", Fraction(int(rng.integers(13, 20)), 10))]


@theorem.family("two", spec="greedy-low-rank/T5/A3")
def two(rng, size):
    """R = 2."""
    return [radius("2")]


@theorem.family(
    "low-radii", without="beyond-one", spec=("greedy-low-rank/T5/A1", "greedy-low-rank/T5/A2", "greedy-low-rank/T5/M5")
)
def low_radii(rng, size):
    """R = 1/2, 3/4, 1: there M_rank itself is the only W of least trace."""
    return [radius(r) for r in ("1/2", "3/4", "1")]


@theorem.family("feasible")
def feasible(rng, size):
    """Exact factors U: of M_norm for R = 1 + s^2, of M_rank, and random ones with three columns."""
    factors = []
    for s in (Fraction(1), Fraction(1, 2), Fraction(3, 5)):
        r = 1 + s * s
        factors.append((r, [[1, s, 0], [1, 0, s], [1, 0, s], [1, s, 0]]))
        factors.append((r, [[1, 0, 0], [r, 0, 0], [1, 0, 0], [r, 0, 0]]))
    for _ in range(size):
        rows, r = fractions(rng.integers(-4, 5, size=(4, 3))), 1 + Fraction(int(rng.integers(1, 9)), 4)
        rows[0, 0] = rows[2, 1] = Fraction(5)
        rows[2] = shifted(rows[2], rows[0], Fraction(1))
        factors.append((r, [rows[0], shifted(rows[1], rows[2], r), rows[2], shifted(rows[3], rows[0], r)]))
    return columns(factors)


@theorem.family("unobserved", without="observed")
def unobserved(rng, size):
    """A small W without the observed entries."""
    return columns([(Fraction(2), [[Fraction(1, 10), 0, 0]] * 4)])


def shifted(row, along, product):
    """The row moved along another one until their inner product is the given one."""
    return row + (product - row @ along) / (along @ along) * along


def columns(factors):
    """R and the rows u_i as exact columns."""
    rows = fractions([factor for _, factor in factors])
    return {"R": fractions([r for r, _ in factors]), **{f"u{i + 1}": rows[:, i] for i in range(4)}}


# Experiments.
def measurements():
    """The symmetric A with <A, W> = W_13, W_14, W_23."""
    a = fractions(np.zeros((3, 4, 4), dtype=int))
    for matrix, (i, j) in zip(a, ((0, 2), (0, 3), (1, 2)), strict=True):
        matrix[i, j] = matrix[j, i] = Fraction(1, 2)
    return a


def rationals(array):
    return [rationals(row) for row in array] if np.ndim(array) else str(array)


@theorem.observe(
    measures=[least_trace, rank_trace, alone, commutator, greedy_gap, greedy_rank, u1, u2, u3, u4],
    on=("radii", "two", "low-radii"),
)
def reference_problem(instances, setting, run):
    """The semidefinite programme with its exact optimum, greedy low-rank learning, and the factor w of M_rank."""
    a = measurements()
    product = a[0] @ a[1] - a[1] @ a[0]
    optima, certificates, greedy = [], [], []
    for each in instances:
        y = np.array([Fraction(1), each["R"], each["R"]])
        found = min_trace(a, y)
        exact = found.certificate if isinstance(found, TraceMinimum) and found.gap == 0 else None
        optima.append(exact)
        data = {"A": rationals(a), "y": rationals(y)}
        certificates.append(
            exact
            and {"kind": "optimum", "data": data, "primal": rationals(exact.primal), "dual": rationals(exact.dual)}
        )
        greedy.append(greedy_low_rank(six_entries(float(each["R"])))[-1])
    w = [np.array([1.0, float(each["R"])] * 2) for each in instances]
    gaps = [np.linalg.norm(end.matrix.numpy() - np.outer(row, row)) for end, row in zip(greedy, w, strict=True)]
    measured = {
        "least_trace": Column(np.array([best.value if best else None for best in optima], dtype=object)),
        "alone": Column(np.array([Fraction(int(best.unique)) if best else None for best in optima], dtype=object)),
        "rank_trace": Column(np.array([2 + 2 * each["R"] ** 2 for each in instances], dtype=object)),
        "commutator": Column(np.array([(product * product).sum()] * len(instances), dtype=object)),
        "greedy_gap": Column(np.array(gaps), error=1e-12),
        "greedy_rank": Column(np.array([end.rank for end in greedy])),
    }
    for i, row in enumerate((u1, u2, u3, u4)):
        measured[row.name] = Column(
            np.array([[each["R"] if i % 2 else Fraction(1)] for each in instances], dtype=object), ("k",)
        )
    notes = {"certificates": {"minimum-trace": {"measures": ["least_trace"], "instances": certificates}}}
    return Trace(measured, [end.status for end in greedy], notes=notes)


SIZES = 10.0 ** -np.arange(3, 10.1, 0.5)
"""Sizes of alpha^(1/mu_1), of which the distance to M_rank is a multiple: from these the scales alpha of each instance."""


def ends(r, scale, steps, device):
    """The flow from alpha I to its end, one trajectory for each R in `r` and alpha in `scale`."""
    start = torch.tensor(scale, device=device)
    rate = torch.tensor((1 + np.sqrt(1 + 4 * r**2)) / 2, device=device)
    problem = stack([six_entries(value) for value in r]).to(device)
    path = factorised_flow(problem, scaled_identity(start, 4), -torch.log(start) / (2 * rate) + 80, steps=steps)
    return path.matrices[:, -1].numpy(force=True), path.status


def norm_solution(r):
    """M_norm, for each R."""
    return np.array([[[x, 1, 1, x], [1, x, x, 1], [1, x, x, 1], [x, 1, 1, x]] for x in r])


@theorem.experiment(measures=[alpha, to_rank, to_norm, end_trace, second], on="radii")
def small_starts(instances, setting, run):
    """The flow's end for falling alpha, and its change against half as many steps."""
    radii = np.array([[float(each["R"])] for each in instances])
    log_scales = np.log(SIZES) * (1 + np.sqrt(1 + 4 * radii**2)) / 2
    r = np.broadcast_to(radii, log_scales.shape).ravel()
    (fine, status), (coarse, _) = (ends(r, np.exp(log_scales).ravel(), steps, run.device) for steps in (600, 300))
    w = np.stack([np.ones_like(r), r] * 2, -1)
    measures = {
        "to_rank": lambda end: np.linalg.norm(end - w[:, :, None] * w[:, None, :], axis=(1, 2)),
        "to_norm": lambda end: np.linalg.norm(end - norm_solution(r), axis=(1, 2)),
        "end_trace": lambda end: end.trace(axis1=1, axis2=2),
        "second": lambda end: np.linalg.eigvalsh(end)[:, -2],
    }
    columns = {"alpha": Column(log_scales, ("alpha",), log=True)}
    for name, measure in measures.items():
        value, change = measure(fine), np.abs(measure(fine) - measure(coarse))
        columns[name] = Column(
            value.reshape(log_scales.shape), ("alpha",), error=1e-13, flow_error=change.reshape(log_scales.shape)
        )
    failed = np.array(status).reshape(log_scales.shape)
    return Trace(columns, [next((s for s in row if s), "") for row in failed], device=run.device)


@theorem.experiment(measures=[at_one, at_tenth, at_tiny], on="two")
def moderate_starts(instances, setting, run):
    """The flow's ends from alpha = 1, 1/10 and 10^-12."""
    r = np.repeat([float(each["R"]) for each in instances], 3)
    found, status = ends(r, np.tile([1.0, 0.1, 1e-12], len(instances)), 900, run.device)
    target = norm_solution(r)
    target[2::3] = [np.outer([1, x, 1, x], [1, x, 1, x]) for x in r[2::3]]
    distance = np.linalg.norm(found - target, axis=(1, 2)).reshape(-1, 3)
    columns = {name: Column(distance[:, i], error=1e-9) for i, name in enumerate(("at_one", "at_tenth", "at_tiny"))}
    return Trace(columns, ["".join(status[3 * i : 3 * i + 3]) for i in range(len(instances))], device=run.device)


# What must be refuted.
# fmt: off
theorem.mutant("larger-bound", of="trace-bound", formula=trace >= 4 * R + Rational(1, 10), why="a bound above the least trace")
theorem.mutant("stable", of="only-one", formula=Implies(trace <= 4 * R + 1, (entry(u1, u1) - R) ** 2 <= 0),
    why="uniqueness up to an excess of 1 in the trace")
theorem.mutant("rank-one-is-least", of="least-trace", formula=Eq(least_trace, 2 + 2 * R**2), why="M_rank has the least trace")
theorem.mutant("wrong-gap", of="gap", formula=Eq(rank_trace - 4 * R, 2 * (R**2 - 1)), why="2 (R^2 - 1) in place of 2 (R - 1)^2",
    spec="greedy-low-rank/T5/M4")
theorem.mutant("is-least", of="not-least", formula=rank_trace <= least_trace,
    why="the conjecture: what the flow tends to has the least trace")
theorem.mutant("greedy-goes-on", of="greedy-ends", formula=Eq(greedy_rank, 2), why="greedy low-rank learning needs rank two")
theorem.mutant("tends-to-norm", of="limit", formula=Tends(to_norm, 0), why="the conjecture: the limit is M_norm",
    spec="greedy-low-rank/T5/M1")
theorem.mutant("least-trace-limit", of="trace-limit", formula=Tends(end_trace, 4 * R), why="the conjecture: the trace tends to 4R",
    spec="greedy-low-rank/T5/M2")
theorem.mutant("rank-two", of="rank-one", formula=Tends(second, R - 1), why="the rank of M_norm", spec="greedy-low-rank/T5/M3")
theorem.mutant("half-rate", of="rate", formula=Theta(to_rank, alpha ** (1 / (2 * mu1))), why="alpha taken for the scale of U")
theorem.mutant("rate-of-mu2", of="rate", formula=Theta(to_rank, alpha ** (1 / (mu1 - 1))),
    why="the second eigenvalue in place of the first")

theorem.control("moderate-scales-mislead",
    formula=And(at_tenth <= Rational(8, 100), at_one <= Rational(151, 100), at_tiny <= Rational(12, 1000)),
    why="from alpha = 1/10 the flow ends next to M_norm, as if the conjecture were true; from 10^-12 next to M_rank", on="two",
    under=DATA, spec=("greedy-low-rank/T5/A3", "greedy-low-rank/T5/Q1"))
theorem.control("not-commuting", formula=Eq(commutator, Rational(1, 8)),
    why="the measurements do not commute, so this is no contradiction to commuting-nuclear-norm", on="radii", under=DATA,
    spec="greedy-low-rank/T5/A4")
theorem.ablate("beyond-one", breaks="not-least", on="low-radii",
    spec=("greedy-low-rank/T5/A1", "greedy-low-rank/T5/A2", "greedy-low-rank/T5/M5"))
theorem.ablate("observed", breaks="trace-bound", on="unobserved")
# fmt: on
