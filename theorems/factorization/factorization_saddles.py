"""With a column to spare, every stationary point of a factorised convex problem is a global minimum or a strict saddle.

L(U) = f(U U^T)/2 with f convex on symmetric matrices, F = grad f, W = U U^T, and U (d x k) stationary: F(W) U = 0. If F(W) is positive
semidefinite then W minimises f over the positive semidefinite cone. If it is not, v is its bottom eigenvector and q a unit vector with
U q = 0, then (U + e v q^T)(U + e v q^T)^T = U U^T + e^2 v v^T exactly, and L has the curvature lambda_min(F(W)) < 0 in that direction.
Linearised there, the flow W' = -(F W + W F) leaves along u u^T, F u = -mu u, at rate 2 mu: u u^T is an exact *left* eigenvector. And
for three or more layers the origin is no strict saddle at all: the Hessian vanishes there.
"""

from fractions import Fraction

import numpy as np
from flint import fmpq
from sympy import Eq, Rational

from verify import RECONSTRUCTED, Always, And, Column, Implies, Or, Paper, Rate, Theorem, Total, Trace
from verify.dynamics.glrl import greedy_low_rank
from verify.models.factorisation import sensing
from verify.proof import Given, bound, identity
from verify.reference.exact_matrices import fractions, from_flint, in_flint, inverted
from verify.statement.instances import Instance

theorem = Theorem(
    "factorization-saddles",
    title="Stationary points of a factorised convex problem are global minima or strict saddles",
    source=Paper(
        authors="Li, Luo & Lyu",
        year=2021,
        title="Towards Resolving the Implicit Bias of Gradient Descent for Matrix Factorization: Greedy Low-Rank Learning",
        arxiv="2012.09839",
        fidelity=RECONSTRUCTED,
    ),
    summary="Reconstructed; the exact curvature and the left eigenvector are derived here. Greedy low-rank learning stops exactly at a global minimum.",
)

# Setting. Two rows a and b of U with the entries v_a and v_b of v stand for all; e is the length of the move U + e v q^T.
# fmt: off
e = theorem.clock("e", to=0, meaning="length of a move away from the stationary point")
j = theorem.index("j", meaning="columns of U, or coordinates")
z = theorem.index("z", meaning="sampled positive semidefinite Z")
a = theorem.quantity("a", "a row of U", over=j)
b = theorem.quantity("b", "a row of U", over=j)
q = theorem.quantity("q", "a unit vector with U q = 0", over=j)
va, vb = (theorem.parameter(f"v{name}", f"the entry of v in row {name}", sign="real", latex=f"v_{name}") for name in "ab")
value = theorem.quantity("value", "f(W + s V) where s is a function of e", over=e)
slope = theorem.quantity("slope", "its derivative in s, <F(W + s V), V>", over=e)
bend = theorem.quantity("bend", "its second derivative in s", over=e)
deep_value = theorem.quantity("deep_value", "f(e^3 P), the value along a ray of three layers with product e^3 P", over=e)
deep_slope = theorem.quantity("deep_slope", "<F(e^3 P), P>", over=e)
deep_bend = theorem.quantity("deep_bend", "the second derivative of f along P, at e^3 P", over=e)
Xu, Fu, Wu, Hu, u, WFu = (theorem.quantity(name, meaning, over=j) for name,
    meaning in {"Xu": "X u, for a symmetric X", "Fu": "F u", "Wu": "W u", "Hu": "H[X] u", "u": "a unit eigenvector of F",
    "WFu": "W F u"}.items())
mu = theorem.parameter("mu", "minus the eigenvalue of F that belongs to u; at the bottom, -lambda_min(F(W))")
FU = theorem.quantity("FU", "a row of F U", over=j)
inverse = theorem.quantity("inverse", "a column of the inverse of U", over=j)
Fij = theorem.parameter("Fij", "an entry of F", sign="real", latex="F_{ij}")
norm = theorem.quantity("norm", "|z_j|^2 for Z = sum_j z_j z_j^T", over=j, sign="nonnegative")
form = theorem.quantity("form", "z_j^T F z_j", over=j)
at_Z = theorem.parameter("at_Z", "f(Z) of a positive semidefinite Z", sign="real", latex="f(Z)")
at_W = theorem.parameter("at_W", "f(W)", sign="real", latex="f(W)")

lam = theorem.parameter("lam", "the smallest eigenvalue of F(W)", sign="real", latex=r"\lambda_{\min}(F(W))")
residual = theorem.parameter("residual", "|F(W) U|^2", sign="nonnegative", latex="|F(W)U|^2")
spare = theorem.parameter("spare", "columns of U minus its rank", sign="nonnegative")
curvature = theorem.parameter("curvature", "d^2 L/de^2 at e = 0 along U + e v q^T, from the coefficients of a polynomial",
    sign="real")
least_curvature = theorem.parameter("least_curvature", "the smallest eigenvalue of the Hessian of L", sign="real")
excess = theorem.quantity("excess", "f(Z) - f(W)", over=z)
chord = theorem.quantity("chord", "<Z - W, H[Z - W]>", over=z)
left = theorem.quantity("left", "<u u^T, J(X)>, J the linearised flow, X a sampled symmetric matrix", over=z)
overlap = theorem.quantity("overlap", "<u u^T, X>", over=z)
right = theorem.parameter("right", "|J(u u^T) - 2 mu u u^T|^2", sign="nonnegative")
deep_1, deep_2 = (theorem.parameter(f"deep_{k}", f"the coefficient of e^{k} in f(e^3 P)", sign="real") for k in (1, 2))

theorem.relation("stationary-rows", And(Eq(Total(a * q), 0), Eq(Total(b * q), 0), Eq(Total(q**2), 1)), "U q = 0 and |q| = 1")
theorem.relation("chain-rule", Always(And(Eq(Rate(value, e), 2 * e * slope), Eq(Rate(slope, e), 2 * e * bend))),
    "s = e^2, as U + e v q^T moves W")
theorem.relation("deep-chain-rule",
    Always(And(Eq(Rate(deep_value, e), 3 * e**2 * deep_slope), Eq(Rate(deep_slope, e), 3 * e**2 * deep_bend))),
    "s = e^3, as three layers e D move their product")
theorem.relation("eigenvector", Always(Eq(Fu, -mu * u)), "F u = -mu u")
theorem.relation("associated", Always(Eq(WFu, -mu * Wu)), "W (F u) = -mu W u")
theorem.relation("stationary", Always(Eq(WFu, 0)), "W F = (F W)^T = 0 at a stationary point")
theorem.relation("all-stationary", Always(Eq(FU, 0)), "F U = 0")
theorem.relation("undone", Eq(Total(FU * inverse), Fij), "F = (F U) U^{-1} when U is invertible")
theorem.relation("bottom", Always(form >= lam * norm), "z^T F z >= lambda_min |z|^2")
theorem.relation("supported", at_Z - at_W >= Total(form), "f(Z) - f(W) >= <F, Z - W> = <F, Z>, f being convex and F W = 0")

# Hypotheses.
theorem.assume("convex", Always(chord >= 0), "f is convex: <Z - W, H[Z - W]> >= 0", within=Rational(1, 10**9),
    spec="greedy-low-rank/T2/H1")
theorem.assume("at-rest", Eq(residual, 0), "F(W) U = 0", within=Rational(1, 10**10), spec="greedy-low-rank/T2/H2")
theorem.assume("column-to-spare", spare >= 1, "some unit q has U q = 0", spec="greedy-low-rank/T2/H3")

# Conclusions.
theorem.conclude("global", Implies(lam >= 0, Always(excess >= 0)), "F(W) >= 0 makes W a minimiser over the cone",
    within=Rational(1, 10**9), under=("convex", "at-rest"), on=("minima", "exact-saddles", "greedy", "greedy-ends"),
    spec="greedy-low-rank/T2/C1")
theorem.conclude("exact-curvature", Eq(curvature, lam), "the curvature along U + e v q^T is lambda_min(F(W))",
    within=Rational(1, 10**9), on=("exact-saddles", "greedy"), spec=("greedy-low-rank/T2/C2", "greedy-low-rank/T2/E1"))
theorem.conclude("strict-saddle", Implies(lam < 0, least_curvature <= lam), "a direction of curvature lambda_min or less exists",
    within=Rational(1, 10**9), on=("exact-saddles", "greedy"), spec="greedy-low-rank/T2/C2")
theorem.conclude("dichotomy", Or(Always(excess >= 0), least_curvature < 0), "a global minimum or a strict saddle, nothing else",
    within=Rational(1, 10**9), on=("minima", "exact-saddles", "greedy", "greedy-ends"),
    spec=("greedy-low-rank/T2/C2", "greedy-low-rank/T2/R1"))
theorem.conclude("left-eigenvector", Always(Eq(left, 2 * mu * overlap)), "<u u^T, J(X)> = 2 mu <u u^T, X> for every X",
    within=Rational(1, 10**9), under=("convex", "at-rest"), on=("exact-saddles", "greedy"),
    spec=("greedy-low-rank/T2/C3", "greedy-low-rank/T2/Q2"))
theorem.conclude("flat-origin", And(Eq(deep_1, 0), Eq(deep_2, 0)),
    "three layers: f(e^3 P) has no terms in e and e^2, along any ray", under=(), on=("minima", "exact-saddles"),
    spec="greedy-low-rank/T2/C4")
theorem.conclude("curve", Always(Eq(Total((a + e * va * q) * (b + e * vb * q)), Total(a * b) + e**2 * va * vb)),
    "an entry of (U + e v q^T)(U + e v q^T)^T", within=Rational(1, 10**9), on=("exact-saddles", "greedy"),
    spec="greedy-low-rank/T2/S1")

# Proof.
theorem.step("moves-by-a-square", "curve", by=identity(), given="stationary-rows", spec="greedy-low-rank/T2/S1")
theorem.step("second-derivative", Always(Eq(Rate(Rate(value / 2, e), e), slope + 2 * e**2 * bend)), by=identity(),
    given="chain-rule", meaning="at e = 0 it is <F(W), v v^T> = lambda_min", spec="greedy-low-rank/T2/S2")
theorem.step("in-the-kernel", Always(Eq(Wu, 0)), by=identity(), given=("associated", "stationary"), meaning="W u = 0, since mu > 0",
    spec="greedy-low-rank/T2/S3")
theorem.step("left", Eq(-2 * Total(Xu * Fu) - 2 * Total(Wu * Hu), 2 * mu * Total(u * Xu)), by=identity(),
    given=("eigenvector", "in-the-kernel"), meaning="<u u^T, -XF - FX - W H[X] - H[X] W>", spec="greedy-low-rank/T2/S3")
theorem.step("deep-ray", Always(Eq(Rate(Rate(deep_value, e), e), 6 * e * deep_slope + 9 * e**4 * deep_bend)), by=identity(),
    given="deep-chain-rule", meaning="it vanishes at e = 0", spec="greedy-low-rank/T2/S4")
theorem.step("minimal", Implies(lam >= 0, at_Z >= at_W),
    by=bound(Given("supported") + Total(Given("bottom"), over=j) + lam * Total(norm, over=j)), given=("bottom", "supported"),
    spec="greedy-low-rank/T2/S5")
theorem.step("invertible", Eq(Fij, 0), by=identity(), given=("all-stationary", "undone"),
    meaning="k = d and U invertible: F = 0, so W is a global minimum", spec=("greedy-low-rank/T2/S6", "greedy-low-rank/T2/C2p"))
# fmt: on


# Instances. Everything is rational: Q by Cayley's transform of an integer skew matrix, W = Q diag(w^2) Q^T, F(W) = Q diag(push, g) Q^T, and
# f(Z) = f(W) + <F(W), Z - W> + <Z - W, H[Z - W]>/2 with H[X] = sum_i <A_i, X> A_i, up to a sign.
def rational(label, rng, roots, gradient, *, sign=1, push=0):
    """A point of rank len(roots) in dimension 3 with three columns, and the eigenvalues of F(W) on and off its range, the last one the least."""
    skew = np.triu(rng.integers(-2, 3, size=(3, 3)), 1)
    eye, skew = fractions(np.eye(3, dtype=int)), fractions(skew - skew.T)
    rotation, rank = (eye - skew) @ inverted(eye + skew), len(roots)
    factor = fractions(np.zeros((3, 3), dtype=int))
    factor[:, :rank] = rotation[:, :rank] * fractions(roots)
    a = fractions(rng.integers(-2, 3, size=(6, 3, 3)))
    a = a + a.transpose(0, 2, 1)
    slope = rotation @ np.diag(fractions([push] * rank + list(gradient))) @ rotation.T
    return point(
        label, factor, slope, sign * np.einsum("kij,kab->ijab", a, a), rotation[:, -1], Fraction(gradient[-1]), rng
    )


def point(label, factor, slope, hessian, bottom, least, rng):
    """A point U with F(W), H, the bottom eigenvector and eigenvalue of F(W), and integer matrices to sample Z, X and P from."""
    draws = rng.integers(-3, 4, size=(6, len(factor), len(factor)))
    return Instance(label, {"U": factor, "F": slope, "H": hessian, "bottom": bottom, "least": least, "draws": draws})


@theorem.family("exact-saddles")
def exact_saddles(rng, size):
    """Rational stationary points of rank 0, 1, 2 at which F(W) has a negative eigenvalue."""
    ranks = [k % 3 for k in range(size // 2)]
    return [
        rational(f"saddle {k}", rng, range(1, r + 1), [*rng.integers(1, 4, size=2 - r), -Fraction(int(rng.integers(1, 9)), 4)]) for k, r in enumerate(ranks)
    ]  # fmt: skip


@theorem.family("minima")
def minima(rng, size):
    """Rational stationary points of rank 0, 1, 2 at which F(W) is positive semidefinite."""
    ranks = [k % 3 for k in range(size // 2)]
    return [
        rational(f"minimum {k}", rng, range(1, r + 1), sorted(rng.integers(0, 4, size=3 - r))[::-1])
        for k, r in enumerate(ranks)
    ]


def paths(rng, count):
    """Greedy low-rank paths of random sensing problems in dimension 4, as points with five columns."""
    for k in range(count):
        a, target = rng.normal(size=(60, 4, 4)), rng.normal(size=(4, 2)) * [1.5, 0.8]
        a = (a + a.transpose(0, 2, 1)) / np.sqrt(240)
        problem = sensing(a, np.einsum("kij,ij->k", a, target @ target.T))
        found = []
        for saddle in greedy_low_rank(problem):
            slope = problem.gradient(saddle.matrix).numpy()
            values, vectors = np.linalg.eigh(slope)
            factor = np.zeros((4, 5))
            factor[:, : saddle.rank] = saddle.factor.numpy()
            found.append(
                point(
                    f"problem {k}, rank {saddle.rank}",
                    factor,
                    slope,
                    np.einsum("kij,kab->ijab", a, a),
                    vectors[:, 0],
                    values[0],
                    rng,
                )
            )
        yield found


@theorem.family("greedy", spec="greedy-low-rank/T2/R1")
def greedy(rng, size):
    """The saddles that greedy low-rank learning leaves, on random sensing problems."""
    return [saddle for path in paths(rng, size // 4) for saddle in path[:-1]]


@theorem.family("greedy-ends", spec="greedy-low-rank/T2/R1")
def greedy_ends(rng, size):
    """The points at which greedy low-rank learning stops."""
    return [path[-1] for path in paths(rng, size // 4)]


def pair(factor, rng):
    """F = [[W_11 - 1, W_12], [W_12, (W_22 - 4)/8]] at W = diag(1, 0)."""
    h = fractions(np.zeros((2, 2, 2, 2), dtype=int))
    h[0, 0, 0, 0], h[1, 1, 1, 1] = Fraction(1), Fraction(1, 8)
    h[0, 1, 0, 1] = h[0, 1, 1, 0] = h[1, 0, 0, 1] = h[1, 0, 1, 0] = Fraction(1, 2)
    return point(
        f"{factor.shape[1]} columns",
        factor,
        fractions(np.diag([0, -1])) / 2,
        h,
        fractions([0, 1]),
        -Fraction(1, 2),
        rng,
    )


@theorem.family("one-column", without="column-to-spare", spec="greedy-low-rank/T2/A1")
def one_column(rng, size):
    """One column: U = (1, 0) is a spurious local minimum of value 1, against 1/2 at (0, 2)."""
    return [pair(fractions([[1], [0]]), rng)]


@theorem.family("two-columns", spec="greedy-low-rank/T2/N1")
def two_columns(rng, size):
    """The same matrix diag(1, 0) with a second column."""
    return [pair(fractions([[1, 0], [0, 0]]), rng)]


@theorem.family("diagonal", spec="greedy-low-rank/T2/N2")
def diagonal(rng, size):
    """f(W) = |W - diag(4, 1)|^2/2 at diag(4, 0), where W H[u u^T] = 0."""
    h = np.einsum("ia,jb->ijab", *[fractions(np.eye(2, dtype=int))] * 2)
    return [
        point(
            "diagonal", fractions(np.diag([2, 0])), fractions(np.diag([0, -1])), h, fractions([0, 1]), Fraction(-1), rng
        )
    ]


@theorem.family("not-convex", without="convex", spec="greedy-low-rank/T2/A2")
def not_convex(rng, size):
    """A concave f, with F(W) positive semidefinite."""
    return [rational("concave", rng, [1], [2, 1], sign=-1)]


@theorem.family("moving", without="at-rest")
def moving(rng, size):
    """F(W) = 1 on the range of W and positive beyond it: not stationary."""
    return [rational("moving", rng, [1], [2, 1], push=1)]


# The look at an instance. Polynomials in e are found from their values at integers, so that nothing is a finite difference.
def coefficients(function, degree):
    """The coefficients of a polynomial of this degree, exactly when its values are exact."""
    nodes = range(-(degree // 2), degree // 2 + 1)
    powers = fractions([[node**k for k in range(degree + 1)] for node in nodes])
    values = np.array([function(Fraction(node)) for node in nodes], dtype=object)
    undone = inverted(powers)
    return (undone if isinstance(values[0], float) else in_flint(undone)) @ values


def look_at(each):
    """Every measured number of one instance, as fractions where the instance is rational."""
    exact = each["U"].dtype == object
    number = (lambda value: fmpq(int(value.numerator), int(value.denominator))) if exact else float
    array = in_flint if exact else np.asarray
    factor, slope, hessian, bottom = (array(each[key]) for key in ("U", "F", "H", "bottom"))
    least, draws = number(each["least"]), array(fractions(each["draws"])) if exact else each["draws"].astype(float)
    w, tip, columns = factor @ factor.T, np.outer(bottom, bottom), factor.shape[1]

    def bent(x):
        return np.einsum("ijab,ab->ij", hessian, x)

    def value(x):
        return (slope * (x - w)).sum() + ((x - w) * bent(x - w)).sum() / 2

    def flow(x):
        return -(x @ slope + slope @ x + w @ bent(x) + bent(x) @ w)

    def moved(length):
        step = number(length)
        column = factor[:, -1] + step * bottom
        return value(factor[:, :-1] @ factor[:, :-1].T + np.outer(column, column)) / 2

    cone = [
        w * 0,
        w * number(Fraction(999, 1000)),
        2 * w,
        w + tip * number(Fraction(1, 1000)),
        *(g @ g.T for g in draws),
    ]
    samples = [g + g.T for g in draws]
    ray = samples[0]
    # No two of U's columns are parallel unless they vanish, since greedy factors and the rational ones have independent columns.
    rank = int(sum(np.linalg.norm(column.astype(float)) > 1e-8 for column in each["U"].T))
    free = rank < columns
    return {
        "lam": least, "mu": -least, "residual": ((slope @ factor) ** 2).sum(), "spare": number(Fraction(columns - rank)),
        "curvature": 2 * coefficients(moved, 4)[2] if free else None if exact else np.nan,
        "excess": [value(x) for x in cone], "chord": [((x - w) * bent(x - w)).sum() for x in cone],
        "left": [bottom @ flow(x) @ bottom for x in samples + samples[:4]], "overlap": [bottom @ x @ bottom for x in samples + samples[:4]],
        "e": [number(Fraction(1, k)) for k in (1, 2, 4)], "a": factor[0], "b": factor[1], "va": bottom[0], "vb": bottom[1],
        "q": np.array([number(Fraction(int(k == columns - 1))) for k in range(columns)]),
        "right": ((flow(tip) + 2 * least * tip) ** 2).sum(),
        **{f"deep_{k}": c for k, c in enumerate(coefficients(lambda t: value(number(t) ** 3 * ray), 6)) if k in (1, 2)},
    }  # fmt: skip


def backward_errors(each):
    """Bars of mu, left and overlap in floating point, which no small gap between eigenvalues widens.

    u and mu are an exact eigenpair of a symmetric matrix within 2 |F u + mu u| of F, and u lies in the kernel of one within 2 |W u| of W; left
    is evaluated with F and W. The rest is rounding, of sums of at most 16 products.
    """
    factor, slope, hessian, bottom, least = (each[key] for key in ("U", "F", "H", "bottom", "least"))
    draws, w = each["draws"].astype(float), factor @ factor.T
    sizes = np.linalg.norm(draws + draws.transpose(0, 2, 1), axis=(1, 2))[[*range(len(draws)), *range(4)]]
    off, off_kernel = np.linalg.norm(slope @ bottom - least * bottom), np.linalg.norm(w @ bottom)
    length, bend, size = np.linalg.norm(slope), np.linalg.norm(hessian), np.linalg.norm(w)
    return {
        "mu": 0.0,
        "left": sizes * (4 * off + 4 * bend * off_kernel + 1e-14 * (length + bend * size)),
        "overlap": 1e-14 * sizes,
    }


def smallest_curvature(each):
    """The smallest eigenvalue of X -> <F, X X^T> + <S, H[S]>/2, S = U X^T + X U^T."""
    factor, slope, hessian = (np.asarray(each[key], dtype=float) for key in ("U", "F", "H"))
    units = np.eye(factor.size).reshape(-1, *factor.shape)
    sums = units @ factor.T + factor @ units.transpose(0, 2, 1)
    form = np.einsum("kij,ia,laj->kl", units, slope, units) + np.einsum("kij,ijab,lab->kl", sums, hessian, sums) / 2
    return np.linalg.eigvalsh((form + form.T) / 2)[0]


OVER = {
    "excess": ("z",),
    "chord": ("z",),
    "left": ("z",),
    "overlap": ("z",),
    "e": ("e",),
    "a": ("j",),
    "b": ("j",),
    "q": ("j",),
}


@theorem.observe(
    measures=[
        lam,
        mu,
        residual,
        spare,
        curvature,
        least_curvature,
        excess,
        chord,
        left,
        overlap,
        right,
        deep_1,
        deep_2,
        e,
        a,
        b,
        q,
        va,
        vb,
    ]
)
def look(instances, setting, run):
    """Gradient, curvatures, sampled values and the linearised flow at each point."""
    seen = [look_at(each) for each in instances]
    bars = [backward_errors(each) for each in instances if each["U"].dtype != object]
    columns = {}
    for name in seen[0]:
        values = from_flint(np.array([each[name] for each in seen], dtype=object))
        exact = all(isinstance(entry, (Fraction, type(None))) for entry in values.ravel())
        if exact:
            columns[name] = Column(values, OVER.get(name, ()))
        else:
            values = values.astype(float)
            sharp = name in ("mu", "left", "overlap")
            error = np.array([bar[name] for bar in bars]) if sharp else 1e-11 * (1 + np.abs(values))
            columns[name] = Column(values, OVER.get(name, ()), error=error)
    columns["least_curvature"] = Column(np.array([smallest_curvature(each) for each in instances]), error=1e-11)
    return Trace(columns, [""] * len(instances))


# What must be refuted.
# fmt: off
theorem.mutant("nearly-semidefinite", of="global", formula=Implies(lam >= -2, Always(excess >= 0)),
    why="F(W) >= -2 in place of F(W) >= 0", on="exact-saddles")
theorem.mutant("twice-the-eigenvalue", of="exact-curvature", formula=Eq(curvature, 2 * lam), why="2 lambda_min",
    spec="greedy-low-rank/T2/M2")
theorem.mutant("twice-as-curved", of="strict-saddle", formula=Implies(lam < 0, least_curvature <= 2 * lam),
    why="a direction of curvature 2 lambda_min")
theorem.mutant("always-global", of="dichotomy", formula=Always(excess >= 0), why="every stationary point is a global minimum",
    on="exact-saddles", spec="greedy-low-rank/T2/M5")
theorem.mutant("right-eigenvector", of="left-eigenvector", formula=Eq(right, 0), why="u u^T as a right eigenvector at rank r > 0",
    on="exact-saddles", spec="greedy-low-rank/T2/M4")
theorem.mutant("rate-mu", of="left-eigenvector", formula=Always(Eq(left, mu * overlap)), why="the rate mu in place of 2 mu",
    on="exact-saddles")
theorem.mutant("strict-at-depth-three", of="flat-origin", formula=deep_2 < 0, why="the origin as a strict saddle of three layers",
    spec="greedy-low-rank/T2/M3")
theorem.mutant("moves-linearly", of="curve",
    formula=Always(Eq(Total((a + e * va * q) * (b + e * vb * q)), Total(a * b) + e * va * vb)), why="e in place of e^2")

theorem.control("strict-with-two-columns", formula=And(Eq(lam, -Rational(1, 2)), Eq(curvature, -Rational(1, 2))),
    why="diag(1, 0), a local minimum with one column, is a strict saddle with two", on="two-columns", spec="greedy-low-rank/T2/N1")
theorem.control("right-eigenvector-where-uncoupled", formula=Eq(right, 0), why="u u^T is a right eigenvector where W H[u u^T] = 0",
    on=("diagonal", "two-columns"), spec="greedy-low-rank/T2/N2")
theorem.ablate("column-to-spare", breaks="strict-saddle", on="one-column", spec=("greedy-low-rank/T2/A1", "greedy-low-rank/T2/M1"))
theorem.ablate("convex", breaks="global", on="not-convex", spec="greedy-low-rank/T2/A2")
theorem.ablate("at-rest", breaks="global", on="moving")
# fmt: on
