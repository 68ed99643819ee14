"""On symmetric data no two-layer leaky ReLU network, however wide, has a larger margin than the best linear predictor.

f(x) = sum_k a_k phi(w_k . x) with phi(z) = max(z, alpha z), rho^2 = sum_k a_k^2 + |w_k|^2, and data in which every (x_i, 1) has
its mirror image (-x_i, -1). With gamma the largest linear margin, attained in the direction w*, the largest normalised margin
min q/rho^2 is (1 + alpha) gamma/4; for alpha < 1 it is attained exactly by w_k = a_k w* with the masses of positive and negative
a_k equal, and such a network is linear everywhere, not only on the data.
"""

import json
from collections import defaultdict
from fractions import Fraction

import numpy as np
from sympy import Eq, Min, Rational

from verify import RECONSTRUCTED, Always, And, Column, Implies, Largest, Least, Paper, Theorem, Total, Trace
from verify.kernel.two_layer import normalised_margin
from verify.models.arrays import stacked
from verify.models.two_layer_leaky import is_symmetric
from verify.proof import At, Gap, Given, bound, identity
from verify.reference import rational_margins as exact
from verify.reference.margin_interval import interval
from verify.reference.two_layer import two_layer_optimum
from verify.statement.instances import Instance

theorem = Theorem(
    "leaky-relu-global-margin",
    title="On symmetric data the largest margin of a leaky ReLU network is that of a linear one",
    source=Paper(
        "Lyu, Li, Wang & Arora", 2021, title="Gradient Descent on Two-layer Nets: Margin Maximization and Simplicity Bias",
        arxiv="2110.13905", fidelity=RECONSTRUCTED,
    ),
    summary="The statement is the paper's as we recall it; the proof, and the bounds on what a network that is nearly optimal "
    "looks like, are our own.",
)  # fmt: skip

# Setting. Examples (x_i, 1) and (-x_i, -1); w_k . x_i = up - down with up, down >= 0, so that phi(w_k . x_i) = up - alpha down.
i = theorem.index("i", meaning="pairs of examples (x_i, 1), (-x_i, -1)")
k = theorem.index("k", meaning="neurons")
s = theorem.index("s", meaning="points at which a network is compared with a linear function")

alpha = theorem.parameter("alpha", "slope of the leaky ReLU", sign="nonnegative", latex=r"\alpha")
gamma = theorem.parameter(
    "gamma", "largest linear margin, max over |w| = 1 of min_i w . x_i", sign="real", latex=r"\gamma^*"
)
asymmetry = theorem.parameter(
    "asymmetry", "0 if (-x, -y) is an example whenever (x, y) is, with multiplicity, else 1", sign="nonnegative"
)
m = theorem.parameter("m", "width")
weight = theorem.quantity(
    "weight", "weight of a pair in the dual of the largest linear margin", over=i, sign="nonnegative", latex=r"\lambda_i",
)  # fmt: skip
above = theorem.quantity("above", "positive part of the outer weight a_k", over=k, sign="nonnegative", latex="a_k^+")
below = theorem.quantity("below", "negative part of the outer weight a_k", over=k, sign="nonnegative", latex="a_k^-")
up = theorem.quantity("up", "positive part of w_k . x_i", over=(k, i), sign="nonnegative", latex="(w_k x_i)_+")
down = theorem.quantity("down", "negative part of w_k . x_i", over=(k, i), sign="nonnegative", latex="(w_k x_i)_-")
along = theorem.quantity("along", "w_k . w*", over=k, latex=r"(w_k w^*)")
square = theorem.quantity("square", "|w_k|^2", over=k, sign="nonnegative", latex="|w_k|^2")
reach = theorem.quantity("reach", "w* . x_i", over=i, latex=r"(w^* x_i)")
up_at = theorem.quantity("up_at", "positive part of w_k . x", over=(k, s), sign="nonnegative", latex="(w_k x)_+")
down_at = theorem.quantity("down_at", "negative part of w_k . x", over=(k, s), sign="nonnegative", latex="(w_k x)_-")
ahead = theorem.quantity("ahead", "positive part of w* . x", over=s, sign="nonnegative", latex="(w^* x)_+")
behind = theorem.quantity("behind", "negative part of w* . x", over=s, sign="nonnegative", latex="(w^* x)_-")
best = theorem.parameter(
    "best", "largest normalised margin of any network, from the convex programme", latex=r"\gamma_{\max}"
)
mean_margin = theorem.parameter("mean_margin", "least margin of the direction of the mean of the x_i", sign="real")
single = theorem.parameter("single", "normalised margin of one neuron along the first coordinate", sign="real")

a = theorem.define("a", above - below, "outer weight", latex="a_k")
z = theorem.define("z", up - down, "w_k . x_i", latex="(w_k x_i)")
phi = theorem.define("phi", up - alpha * down, "phi(w_k . x_i)", latex=r"\phi(w_k x_i)")
mirrored_phi = theorem.define("mirrored_phi", down - alpha * up, "phi(-w_k . x_i)", latex=r"\phi(-w_k x_i)")
plus = theorem.define("plus", Total(a * phi, k), "margin of (x_i, 1)", latex="q_i^+")
minus = theorem.define("minus", -Total(a * mirrored_phi, k), "margin of (-x_i, -1)", latex="q_i^-")
q = theorem.define("q", Least(Min(plus, minus), i), "least margin", latex=r"q_{\min}")
rho2 = theorem.define("rho2", Total(a**2 + square, k), "squared norm of the parameters", latex=r"\rho^2")
optimum = theorem.define("optimum", (1 + alpha) / 4 * gamma, "the largest margin", latex=r"\gamma_{\mathrm{opt}}")
positive = theorem.define("positive", Total(above**2, k), "mass of the positive neurons", latex="A_+")
negative = theorem.define("negative", Total(below**2, k), "mass of the negative neurons", latex="A_-")
misfit = theorem.define("misfit", (a - along) ** 2 + square - along**2, "|w_k - a_k w*|^2", latex=r"|w_k-a_kw^*|^2")
value = theorem.define("value", Total(a * (up_at - alpha * down_at), k), "f(x)", latex="f(x)")

theorem.relation("parts", Always(Eq(above * below, 0), over=k), "a number is its positive or its negative part")
theorem.relation(
    "duality", Always(Eq(Total(weight * z, i), gamma * along), over=k), "sum_i lambda_i x_i = gamma w*, for the optimal dual",
)  # fmt: skip
theorem.relation("simplex", Eq(Total(weight, i), 1), "the dual weights sum to one")
theorem.relation("unit-separator", Always(along**2 <= square, over=k), "Cauchy-Schwarz with |w*| = 1")
theorem.relation("support", Eq(Least(reach, i), gamma), "gamma is the margin of w*")

theorem.reference(
    "linear-margin", {"kind": "qp", "P": "identity", "q": "zero", "G": "rows", "h": "ones"},
    "min |w|^2/2 subject to w . x_i >= 1, whose value is 1/(2 gamma^2)", spec="leaky-relu/T2/R2",
)  # fmt: skip

# Hypotheses.
theorem.assume("separable", gamma > 0, "some w has w . x_i > 0 for all i", spec="leaky-relu/T2/H1")
theorem.assume("symmetric", Eq(asymmetry, 0), "the examples are their own mirror image", spec="leaky-relu/T2/H2")
theorem.assume("leaky", alpha < 1, "0 <= alpha < 1: the unit is not linear", spec="leaky-relu/T2/H3")
theorem.assume(
    "aligned",
    And(
        Always(And(Eq(along, a), Eq(square, a**2)), over=k),
        Always(And(Eq(up, above * reach), Eq(down, below * reach)), over=(k, i)),
        Always(And(Eq(up_at, above * ahead + below * behind), Eq(down_at, above * behind + below * ahead)), over=(k, s)),
    ),
    "w_k = a_k w*: as seen from w*, from every x_i, and from the sampled points",
)  # fmt: skip
theorem.assume(
    "balanced", Eq(positive, negative), "as much mass above as below; needs width 2 or more", spec="leaky-relu/T2/H4"
)
DATA = ("separable", "symmetric")

# Conclusions.
NETWORKS = ("random-networks", "near-optimal", "stretched", "maximisers", "one-sign")
theorem.conclude(
    "bound", q <= optimum * rho2, "no network has a larger margin", under=DATA, on=NETWORKS, spec="leaky-relu/T2/C1"
)
theorem.conclude(
    "stability", optimum * Total(misfit, k) <= optimum * rho2 - q,
    "a network with nearly the largest margin has nearly w_k = a_k w*; exactly, at the optimum",
    under=DATA, on=NETWORKS, spec="leaky-relu/T2/C2",
)  # fmt: skip
theorem.conclude(
    "aligned-margin", And(q <= gamma * (positive + alpha * negative), q <= gamma * (alpha * positive + negative)),
    "with w_k = a_k w* the weaker sign decides", under=(*DATA, "aligned"), on=("maximisers", "one-sign"), spec="leaky-relu/T2/C2",
)  # fmt: skip
theorem.conclude(
    "balance-needed", And(Implies(positive < negative, q < optimum * rho2), Implies(positive > negative, q < optimum * rho2)),
    "for alpha < 1 a maximiser is balanced", under=(*DATA, "aligned", "leaky"), on=("maximisers", "one-sign"), spec="leaky-relu/T2/C2",
)  # fmt: skip
theorem.conclude(
    "attained", Always(And(plus >= optimum * rho2, minus >= optimum * rho2), over=i),
    "balanced masses attain it, with any number of neurons and any split", under=(*DATA, "aligned", "balanced"), on="maximisers",
    spec="leaky-relu/T2/C1",
)  # fmt: skip
theorem.conclude(
    "linear-everywhere", Always(Eq(value, (1 + alpha) / 4 * rho2 * (ahead - behind)), over=s),
    "a maximiser is the linear function (1 + alpha)/4 rho^2 w* . x of every x", under=(*DATA, "aligned", "balanced"), on="maximisers",
    spec=("leaky-relu/T2/C4", "leaky-relu/T2/X2"),
)  # fmt: skip
theorem.conclude(
    "one-sign",
    And(Implies(Least(a, k) >= 0, q <= alpha / 2 * gamma * rho2), Implies(Largest(a, k) <= 0, q <= alpha / 2 * gamma * rho2)),
    "networks whose outer weights have one sign reach at most alpha gamma/2", under=(*DATA, "leaky"), on=("one-sign", "one-sign-random"),
    spec="leaky-relu/T2/C3",
)  # fmt: skip
theorem.conclude(
    "certified", Eq(best, optimum), "the certified optimum over networks of every width", within=Rational(1, 10**7),
    because="primal and dual of the convex programme agree to 1e-8", under=DATA, on=("plane", "mean-apart"),
    spec=("leaky-relu/T2/C1", "leaky-relu/T2/R2", "leaky-relu/T2/R3", "leaky-relu/T2/R5"),
)  # fmt: skip

# Proof. Both bounds come from 2 q <= (1 + alpha) sum_k a_k w_k . x_i, weighted by the dual of the largest linear margin.
smaller = Min(plus, minus)
beyond = Gap(Least(smaller, i))
PLUS, MINUS = smaller.args.index(plus), smaller.args.index(minus)
swapped = Total(a * Given("duality"), k)
excess = (a - along) ** 2 - Given("unit-separator")
theorem.step(
    "odd-part", Always(Eq(phi - mirrored_phi, (1 + alpha) * z), over=(k, i)), by=identity(), spec="leaky-relu/T2/S1"
)
theorem.step(
    "pair-sum", Always(Eq(plus + minus, (1 + alpha) * Total(a * z, k)), over=i), by=identity(), spec="leaky-relu/T2/S2"
)
theorem.step(
    "pairs", Always(2 * q <= plus + minus, over=i), by=bound(2 * beyond + Gap(smaller, 0) + Gap(smaller, 1)), spec="leaky-relu/T2/S2",
)  # fmt: skip
theorem.step(
    "dual-bound", q <= (1 + alpha) / 2 * gamma * Total(a * along, k), given=("duality", "simplex"), spec="leaky-relu/T2/S3",
    by=bound(Total(weight * (beyond + Gap(smaller, 0) / 2 + Gap(smaller, 1) / 2), i) - (1 + alpha) / 2 * swapped),
)  # fmt: skip
theorem.step(
    "completed-square", Eq(rho2 - 2 * Total(a * along, k), Total(misfit, k)), by=identity(), spec="leaky-relu/T2/S4"
)
theorem.step("nearly-optimal", "stability", given="dual-bound", by=bound(-Given("dual-bound")), spec="leaky-relu/T2/S5")
theorem.step(
    "unbeatable", "bound", given=("nearly-optimal", "unit-separator", "separable"), spec="leaky-relu/T2/S4",
    by=bound(-Given("nearly-optimal") + optimum * Total(excess, k)),
)  # fmt: skip
one_part = Total(Given("parts"), k)
room = (1 + alpha) * positive * Gap(Least(reach, i))
theorem.step(
    "aligned-plus", Always(Eq(plus, reach * (positive + alpha * negative)), over=i), given=("aligned", "parts"),
    by=identity(plus=-(1 + alpha) * reach * one_part), spec="leaky-relu/T2/S5",
)  # fmt: skip
theorem.step(
    "aligned-minus", Always(Eq(minus, reach * (alpha * positive + negative)), over=i), given=("aligned", "parts"),
    by=identity(plus=-(1 + alpha) * reach * one_part), spec="leaky-relu/T2/S5",
)  # fmt: skip
theorem.step(
    "aligned-norm", Eq(rho2, 2 * (positive + negative)), given=("aligned", "parts"), by=identity(plus=-4 * one_part),
    spec="leaky-relu/T2/S5",
)  # fmt: skip
theorem.step(
    "maximiser", "attained", given=("aligned-plus", "aligned-minus", "aligned-norm", "balanced", "support"), by=bound(room, room),
    spec="leaky-relu/T2/S6",
)  # fmt: skip
theorem.step(
    "plus-floor", Always(q <= reach * (positive + alpha * negative), over=i), given="aligned-plus",
    by=bound(beyond + Gap(smaller, PLUS)),
)  # fmt: skip
theorem.step(
    "minus-floor", Always(q <= reach * (alpha * positive + negative), over=i), given="aligned-minus",
    by=bound(beyond + Gap(smaller, MINUS)),
)  # fmt: skip
theorem.step(
    "at-a-support-vector", "aligned-margin", given=("plus-floor", "minus-floor", "support"), spec="leaky-relu/T2/S5",
    by=bound(At(-Given("plus-floor"), Least(reach, i)), At(-Given("minus-floor"), Least(reach, i))),
)  # fmt: skip
tilt = (1 - alpha) / 2 * gamma
theorem.step(
    "unbalanced-is-worse", "balance-needed", given=("at-a-support-vector", "aligned-norm", "separable", "leaky"), spec="leaky-relu/T2/S5",
    by=bound(-Given("at-a-support-vector") - tilt * Given("assumed"), -Given("at-a-support-vector", 1) + tilt * Given("assumed")),
)  # fmt: skip
theorem.step(
    "maximiser-is-linear", "linear-everywhere", given=("aligned", "parts", "balanced"), by=identity(), spec="leaky-relu/T2/S6",
)  # fmt: skip
short = Total(weight * (beyond + Gap(smaller, MINUS)), i), Total(weight * (beyond + Gap(smaller, PLUS)), i)
outer = Gap(Least(a, k)) + Least(a, k), Gap(Largest(a, k)) - Largest(a, k)
lost = tuple(Total(weight * Total(-Given("leaky") * a * b, k), i) for a, b in zip(outer, (down, up), strict=True))
theorem.step(
    "one-sign-bound", "one-sign", given=("duality", "simplex", "unit-separator", "leaky", "separable"), spec=("leaky-relu/T2/S7", "leaky-relu/T2/S8"),
    by=bound(*(short[c] + lost[c] + alpha * gamma / 2 * Total(excess, k) - alpha * swapped for c in (0, 1))),
)  # fmt: skip

# Instances, all rational, gamma and w* included.
HALF = Fraction(1, 2)


def along_separator(*a, stretch=Fraction(1)):
    """w_k = stretch a_k w*."""
    outer = np.array(a, dtype=object)
    return lambda direction: (stretch * np.outer(outer, direction), outer)


PAIR = along_separator(Fraction(1), Fraction(-1))  # the smallest maximiser


@theorem.family("random-networks", without=("aligned", "balanced"))
def random_networks(rng, size):
    """Rational networks of width 2 to 5, without a relation to the data."""

    def network(direction):
        width = int(rng.integers(2, 6))
        return exact.rationals_in(rng, (width, len(direction)), -2, 2), exact.rationals_in(rng, (width,), -2, 2)

    return [
        exact.instance(f"random {c}", exact.separable_rows(rng), exact.rational(rng, 0, 1), network)
        for c in range(size // 2)
    ]


@theorem.family("near-optimal", without=("aligned", "balanced"))
def near_optimal(rng, size):
    """Maximisers with small rational perturbations of every weight."""

    def network(direction):
        a = exact.balanced_weights(rng, 2, 2)
        w = np.outer(a, direction)
        return w + exact.rationals_in(rng, w.shape, -1, 1) / 20, a + exact.rationals_in(rng, a.shape, -1, 1) / 20

    return [
        exact.instance(f"perturbed {c}", exact.separable_rows(rng), exact.rational(rng, 0, 1), network)
        for c in range(size // 2)
    ]


@theorem.family("stretched", without=("aligned",))
def stretched(rng, size):
    """w_k = c a_k w* with c != 1: the bounds on the misfit are attained."""
    networks = [
        along_separator(*exact.balanced_weights(rng, 1, 2), stretch=Fraction(3, 2) + c) for c in range(size // 4)
    ]
    return [
        exact.instance(f"stretched {c}", exact.separable_rows(rng), HALF, network) for c, network in enumerate(networks)
    ]


@theorem.family("maximisers")
def maximisers(rng, size):
    """w_k = a_k w* with equal masses: 2, 3, 4 and 5 neurons of unequal size."""

    def maximiser(above, below):
        network = along_separator(*exact.balanced_weights(rng, above, below))
        return exact.instance(
            f"{above} above, {below} below", exact.separable_rows(rng), exact.rational(rng, 0, 1), network
        )

    return [maximiser(*shape) for shape in ((1, 1), (1, 2), (2, 2), (3, 2))]


@theorem.family("one-sign", without=("balanced",))
def one_sign(rng, size):
    """w_k = a_k w* with all a_k > 0, or all a_k < 0; one neuron and three."""
    outer = [[Fraction(1)], [Fraction(-1)], [Fraction(1), Fraction(2), HALF], [Fraction(-1), Fraction(-2), -HALF]]
    return [
        exact.instance(f"one sign {c}", exact.separable_rows(rng), HALF, along_separator(*a))
        for c, a in enumerate(outer)
    ]


@theorem.family("one-sign-random", without=("balanced", "aligned"))
def one_sign_random(rng, size):
    """Random inner weights near w*, outer weights of one sign."""

    def network(direction):
        a = 1 + exact.rationals_in(rng, (3,), 0, 1)
        sign = 1 if rng.random() < 0.5 else -1
        w = np.outer(a, direction)
        return sign * (w + exact.rationals_in(rng, w.shape, -1, 1) / 8), sign * a

    return [
        exact.instance(f"one sign {c}", exact.separable_rows(rng), exact.rational(rng, 0, 1), network)
        for c in range(size // 2)
    ]


@theorem.family("tilted", without=("aligned",))
def tilted(rng, size):
    """Balanced networks whose w_k are not along w*."""

    def network(direction):
        turned = np.array([Fraction(1, 4), HALF]) * direction[::-1]
        return direction[:, None] + turned, np.array([Fraction(1), Fraction(-1)], dtype=object)

    return [exact.instance("tilted", exact.separable_rows(rng, 2), HALF, network)]


@theorem.family("linear-units", without=("balanced", "leaky"))
def linear_units(rng, size):
    """alpha = 1 and one positive neuron."""
    return [exact.instance("linear unit", exact.separable_rows(rng), Fraction(1), along_separator(Fraction(1)))]


@theorem.family("plane", spec="leaky-relu/T2/R6")
def plane(rng, size):
    """Symmetric data in the plane for alpha = .1, .5, .9."""
    return [
        exact.instance(f"plane, alpha {a}", exact.separable_rows(rng, 2), a, PAIR)
        for a in (Fraction(1, 10), HALF, Fraction(9, 10))
    ]


@theorem.family("mean-apart", spec="leaky-relu/T2/R8")
def mean_apart(rng, size):
    """Data whose mean direction (.9558, .2941) is 17 degrees off w* = (1, 0)."""
    rows = [[Fraction(1), HALF]] * 4 + [[Fraction(1), -HALF], [Fraction(3, 2), HALF]]
    return [exact.instance("mean apart", rows, HALF, PAIR)]


@theorem.family("relu")
def relu(rng, size):
    """alpha = 0."""
    return [exact.instance("relu", exact.separable_rows(rng, 2), Fraction(0), PAIR)]


@theorem.family("not-symmetric", without=("symmetric",))
def not_symmetric(rng, size):
    """Two positive and two negative examples that are no mirror images; the best network has one neuron."""
    x, y = Fraction(-2), Fraction(3, 10)
    inputs = np.array([[HALF, Fraction(1)], [HALF, Fraction(-1)], [x, y], [x, -y]])
    labels = np.array([1, 1, -1, -1], dtype=object)
    return [exact.instance("not symmetric", labels[:, None] * inputs, HALF, PAIR, (inputs, labels))]


@theorem.family("not-separable", without=("separable", "aligned"))
def not_separable(rng, size):
    """Three inputs around the origin: the largest linear margin is -1, and a network whose outer weights are zero has 0."""
    rows = [[Fraction(3), Fraction(0)], [Fraction(-1), Fraction(3)], [Fraction(-1), Fraction(-3)]]
    made = exact.instance("around the origin", rows, HALF)
    east = np.array([Fraction(1), Fraction(0)], dtype=object)
    trivial = {"margin": Fraction(-1), "direction": east, "w": np.array([east, east]), "a": 0 * east}
    return [Instance(made.label, {**made.data, **trivial})]


# Experiments.
@theorem.observe(measures=[asymmetry, gamma, m])
def look(instances, setting, run):
    """Whether the examples are their own mirror image, the exact linear margin with its certificate, and the width."""
    columns = {
        "asymmetry": exact.numbers(not is_symmetric(each["inputs"], each["labels"]) for each in instances),
        "gamma": exact.numbers(each["margin"] for each in instances),
        "m": exact.numbers(len(each["a"]) for each in instances),
    }
    certificates = [json.loads(each["certificate"]) for each in instances]
    notes = {"certificates": {"linear-margin": {"measures": ["gamma"], "instances": certificates}}}
    return Trace({name: Column(values) for name, values in columns.items()}, [""] * len(instances), notes=notes)


@theorem.experiment(measures=[above, below, up, down, along, square, reach, up_at, down_at, ahead, behind])
def evaluate(instances, setting, run):
    """The network on every pair, and at eight rational points, exact."""
    found = defaultdict(list)
    for each in instances:
        w, outer, direction = each["w"], each["a"], each["direction"]
        sampled = exact.rationals_in(run.rng, (8, len(direction)), -2, 2)
        signed = {
            ("above", "below"): outer,
            ("up", "down"): w @ each["rows"].T,
            ("up_at", "down_at"): w @ sampled.T,
            ("ahead", "behind"): sampled @ direction,
        }
        measured = {"along": w @ direction, "square": (w * w).sum(1), "reach": each["rows"] @ direction}
        for names, values in signed.items():
            measured |= zip(names, exact.parts(values), strict=True)
        for name, values in measured.items():
            found[name].append(values)
    columns, masks = {}, {}
    for name, arrays in found.items():
        over = theorem.quantities[name].over
        columns[name] = Column(stacked(arrays, Fraction(0)), over)
        if len(over) == 1:
            lengths = np.array([len(array) for array in arrays])
            masks[over[0]] = np.arange(lengths.max()) < lengths[:, None]
    return Trace(columns, [""] * len(instances), masks)


@theorem.experiment(measures=[best, mean_margin, single], on=("plane", "mean-apart", "relu", "not-symmetric"))
def convex_programme(instances, setting, run):
    """The optimum over networks of every width, between its primal and its dual bound, and two other candidates."""
    optima, along_mean, one = [], [], []
    for each in instances:
        data, mean = (each["inputs"], each["labels"], each["alpha"]), each["rows"].mean(0)
        optima.append(two_layer_optimum(*data))
        along_mean.append(float(min(each["rows"] @ mean)) / np.sqrt(float(mean @ mean)))
        east = [Fraction(1), *(len(mean) - 1) * [Fraction(0)]]
        one.append(normalised_margin([east], [Fraction(1)], *data))
    columns = {
        "best": Column(interval([o.lower for o in optima], [o.upper for o in optima])),
        "mean_margin": Column(np.array(along_mean), error=1e-14),
        "single": Column(exact.numbers(one)),
    }
    return Trace(columns, [""] * len(instances))


# What must be refuted.
theorem.mutant(
    "one-neuron-bound", of="bound", formula=q <= alpha / 2 * gamma * rho2, why="no network beats one neuron", on="maximisers",
    spec="leaky-relu/T2/M3",
)  # fmt: skip
theorem.mutant(
    "double", of="attained", formula=Always(plus >= (1 + alpha) / 2 * gamma * rho2, over=i), why="(1 + alpha)/2 in place of (1 + alpha)/4",
    spec="leaky-relu/T2/M1",
)  # fmt: skip
theorem.mutant(
    "equal-neurons", of="attained", formula=And(q >= optimum * rho2, Always(Eq(a**2, rho2 / (2 * m)), over=k)),
    why="a maximiser needs neurons of one size", spec="leaky-relu/T2/M5",
)  # fmt: skip
theorem.mutant(
    "twice-the-misfit", of="stability", formula=2 * optimum * Total(misfit, k) <= optimum * rho2 - q,
    why="the bound is attained by w_k = c a_k w*", on="stretched",
)  # fmt: skip
theorem.mutant(
    "stronger-sign", of="aligned-margin", formula=q <= gamma * alpha * (positive + negative),
    why="both signs count with the slope alpha", on="maximisers",
)  # fmt: skip
theorem.mutant(
    "balance-by-size", of="balance-needed", formula=Implies(positive > negative, q < alpha / 2 * gamma * rho2),
    why="unbalanced networks do attain alpha gamma/2", on="one-sign",
)  # fmt: skip
theorem.mutant(
    "linear-at-double-slope", of="linear-everywhere", formula=Always(Eq(value, (1 + alpha) / 2 * rho2 * (ahead - behind)), over=s),
    why="twice the slope",
)  # fmt: skip
theorem.mutant(
    "quarter", of="one-sign", formula=And(Implies(Least(a, k) >= 0, q <= alpha / 4 * gamma * rho2), Implies(Largest(a, k) <= 0, q <= alpha / 4 * gamma * rho2)),
    why="one neuron along w* attains alpha gamma/2", on="one-sign",
)  # fmt: skip
theorem.mutant(
    "certified-double", of="certified", formula=Eq(best, (1 + alpha) / 2 * gamma), why="a factor 2 above the dual bound",
    spec="leaky-relu/T2/M1",
)  # fmt: skip
theorem.mutant(
    "certified-one-neuron", of="certified", formula=Eq(best, alpha / 2 * gamma), why="one neuron is not optimal",
    spec="leaky-relu/T2/M3",
)  # fmt: skip
theorem.mutant(
    "mean-direction", of="certified", formula=Eq(best, (1 + alpha) / 4 * mean_margin), why="the margin of the mean direction is .8087 of it",
    on="mean-apart", spec="leaky-relu/T2/M2",
)  # fmt: skip
theorem.ablate("symmetric", breaks="certified", on="not-symmetric", spec=("leaky-relu/T2/A1", "leaky-relu/T2/M4"))
theorem.ablate("separable", breaks="bound", on="not-separable")
theorem.ablate("leaky", breaks="balance-needed", on="linear-units")
theorem.ablate("aligned", breaks="attained", on=("stretched", "tilted"))
theorem.ablate("balanced", breaks="attained", on="one-sign", spec="leaky-relu/T3/M8")
theorem.control(
    "linear-units-need-no-balance", formula=Always(And(plus >= optimum * rho2, minus >= optimum * rho2), over=i), why="for alpha = 1 one neuron attains gamma/2",
    under=(*DATA, "aligned"), on="linear-units", spec="leaky-relu/T2/N1",
)  # fmt: skip
theorem.control(
    "relu", formula=Eq(best, gamma / 4), why="the formula holds for alpha = 0 as well", within=Rational(1, 10**7), under=DATA,
    on="relu", spec="leaky-relu/T2/N2",
)  # fmt: skip
theorem.control(
    "one-neuron-can-be-optimal", formula=Eq(best, single), why="off symmetric data one neuron may be the best network",
    within=Rational(1, 10**7), under="separable", on="not-symmetric", spec="leaky-relu/T2/N3",
)  # fmt: skip
