"""From a small start, gradient flow on symmetric data makes a leaky ReLU network linear, with the largest margin of all networks.

f(x) = sum_k a_k phi(w_k . x), phi(z) = max(z, alpha z); data (x_i, 1), (-x_i, -1), linearly separable; gradient flow of the mean
logistic loss from sigma theta_0 with sigma small. Neuron k leaves zero along b_k (mu/|mu|, 1), b_k = (w_k . mu/|mu| + a_k)/(2 sqrt m
sigma) at the start, mu the mean of y_i x_i. When the b_k have both signs, f/rho^2 tends to the linear function (1 + alpha)/4 w* . x of
the best separator w*, whatever the width; when they have one sign, the limit is one neuron and its margin is alpha/2 in place of
(1 + alpha)/4. Along a run the limit is enclosed: the smoothed margin never falls, so that its value at the last state is a lower
bound, and no network's margin exceeds (1 + alpha) gamma/4.
"""

from fractions import Fraction

import numpy as np
from sympy import Abs, Eq, Max, Rational, log, sqrt

from verify import (
    RECONSTRUCTED,
    Always,
    And,
    Column,
    Eventually,
    Implies,
    Largest,
    Least,
    Or,
    Paper,
    Tends,
    Theorem,
    Theta,
    Trace,
)
from verify.dynamics import leaky_measures as measures
from verify.dynamics.leaky_paths import LeakyCase, bars, leaky_paths
from verify.evidence.trace import padded
from verify.models import two_layer_leaky as leaky
from verify.models.datasets import digits
from verify.proof import cited
from verify.reference.margin_interval import margin_balls
from verify.reference.max_margin import separator
from verify.reference.two_layer import two_layer_optimum
from verify.statement.instances import Instance

theorem = Theorem(
    "leaky-relu-symmetric",
    title="On symmetric data a leaky ReLU network trained from a small start becomes linear, with the largest margin",
    source=Paper(
        "Lyu, Li, Wang & Arora", 2021, title="Gradient Descent on Two-layer Nets: Margin Maximization and Simplicity Bias",
        arxiv="2110.13905", fidelity=RECONSTRUCTED,
    ),
    summary="The statement is reconstructed from the abstract; the sign of b_k as the condition, the limit when it fails, and the "
    "constants of the approach are our own. Starts whose two signs carry masses more than ten times apart (kappa) are not planned: "
    "they balance only at rho^2 of the order kappa^(alpha/(1 - alpha)), far beyond the range of a run.",
)  # fmt: skip

# Setting.
t = theorem.clock("t", log=True, meaning="time of the flow, recorded as log t")
k = theorem.index("k", meaning="neurons")
s = theorem.index("s", meaning="random unit vectors x")

alpha = theorem.parameter("alpha", "slope of the leaky ReLU", sign="nonnegative", latex=r"\alpha")
gamma2 = theorem.parameter(
    "gamma2", "square of the largest linear margin, or 0", sign="nonnegative", latex=r"\gamma^{*2}"
)
asymmetry = theorem.parameter("asymmetry", "0 if the examples are their own mirror image, else 1", sign="nonnegative")
m = theorem.parameter("m", "width")
n = theorem.parameter("n", "number of examples")
best = theorem.parameter("best", "largest margin of a network on these data, attained", latex=r"\gamma_{\max}")
confined = theorem.parameter(
    "confined", "bound on the margin of every network that keeps the mirror symmetries shared by examples and start, exactly",
    latex=r"\gamma_{\mathrm{mirror}}",
)  # fmt: skip
lower = theorem.parameter("lower", "smoothed margin of the last state, in balls", sign="real", latex=r"\tilde\gamma_T")
b = theorem.quantity("b", "growth coefficient of a neuron at the start", over=k, latex="b_k")
loss = theorem.quantity("loss", "mean logistic loss", over=t, log=True, latex=r"\mathcal{L}")
margin = theorem.quantity("margin", "min_i q_i/rho^2", over=t, latex=r"\bar\gamma")
smoothed = theorem.quantity("smoothed", "ell^{-1}(n loss)/rho^2", over=t, latex=r"\tilde\gamma")
overtaking = theorem.quantity(
    "overtaking", "by how much the fastest direction of a neuron outgrows the norm, relative to it", over=t
)
chord = theorem.quantity("chord", "|beta/|beta| - w*|, beta = sum_k a_k w_k", over=t, sign="nonnegative")
value = theorem.quantity("value", "f(x)/rho^2", over=(t, s))
linear = theorem.quantity("linear", "w* . x", over=s, latex=r"(w^* x)")
angle = theorem.quantity("angle", "direction of x in the plane, in degrees", over=s)
final = theorem.quantity("final", "f(x)/rho^2 in the last row", over=s)
mean_linear = theorem.quantity("mean_linear", "mu/|mu| . x", over=s, latex=r"(\bar\mu x)")

gamma = theorem.define("gamma", sqrt(gamma2), "largest linear margin", latex=r"\gamma^*")
optimum = theorem.define("optimum", (1 + alpha) / 4 * gamma, "the largest margin", latex=r"\gamma_{\mathrm{opt}}")
Lam = theorem.define("Lam", log(1 / loss), "log of the inverse loss", latex=r"\Lambda")
phi = theorem.define("phi", Max(linear, alpha * linear), "phi(w* . x)", latex=r"\phi(w^* x)")
phi_mirrored = theorem.define("phi_mirrored", Max(-linear, -alpha * linear), "phi(-w* . x)", latex=r"\phi(-w^* x)")
both_signs = And(Largest(b, k) > 0, Least(b, k) < 0)

# Hypotheses.
theorem.assume("separable", gamma2 > 0, "some w has y_i w . x_i > 0 for all i", spec="leaky-relu/T3/H1")
theorem.assume("symmetric", Eq(asymmetry, 0), "the examples are their own mirror image", spec="leaky-relu/T3/H2")
theorem.assume("leaky", And(alpha > 0, alpha < 1), "0 < alpha < 1", spec="leaky-relu/T3/H3")
theorem.assume(
    "both-signs", both_signs, "the b_k have both signs, which needs m >= 2", spec=("leaky-relu/T3/H4", "leaky-relu/T3/X3"),
)  # fmt: skip
theorem.assume(
    "small-start", assumed="how small sigma must be depends on theta_0 and the data and is not computable; runs use 1e-4 "
    "to 1e-1, which cannot be told apart", spec=("leaky-relu/T3/H5", "leaky-relu/T3/H7"),
)  # fmt: skip
theorem.assume(
    "non-branching", assumed="the start has one trajectory; kinks that repel to both sides are watched in leaky-relu-branching",
    spec="leaky-relu/T3/H6",
)  # fmt: skip
DATA = ("separable", "symmetric", "leaky", "small-start", "non-branching")

# Conclusions.
EVEN = ("mean-apart", "random", "half-space")
theorem.conclude(
    "loss-vanishes", Tends(loss, 0), "every example is fitted, whatever the signs", under=DATA, on=(*EVEN, "one-sign"),
    within=Rational(1, 100), spec="leaky-relu/T3/C1",
)  # fmt: skip
theorem.conclude(
    "fitted", Eventually(loss < log(2) / n), "every example is fitted, with room: the smoothed margin increases from there",
    under=DATA, on=(*EVEN, "one-sign"), spec=("leaky-relu/T3/C1", "leaky-relu/T1/H1"),
)  # fmt: skip
theorem.conclude(
    "margin", Tends(margin / optimum, 1), "the margin tends to the largest of any network", on=(*EVEN, "wide", "digits"), within=Rational(1, 25),
    because="the limit is extrapolated from log t = 300 to 2 in 100; one neuron would give 2 alpha/(1 + alpha)",
    spec=("leaky-relu/T3/C2", "leaky-relu/T3/R2", "leaky-relu/T3/R4"),
)  # fmt: skip
theorem.conclude(
    "nine-tenths", Or(Tends(Max(Rational(9, 10) - margin / best, 0), 0), Eventually(overtaking > Rational(1, 50))),
    "the limit has 9/10 of the best margin, or the path is not at its end, since a neuron grows faster than the norm",
    on="mean-apart", within=Rational(1, 100), spec="leaky-relu/T3/C2",
)  # fmt: skip
theorem.conclude(
    "stays-mirrored", Always(margin <= confined), "no state's margin exceeds that of the networks that keep the symmetries of its start",
    under=("leaky", "non-branching"), on=("mean-apart", "mirrored-hints"), within=Rational(1, 10**9), because="it is approached, up to rounding",
    spec="leaky-relu/T3/C2",
)  # fmt: skip
theorem.conclude(
    "not-confined", confined >= Rational(9, 10) * best, "no symmetry that the start shares keeps the margin below 9/10 of the best one",
    on="mean-apart", spec="leaky-relu/T3/C2",
)  # fmt: skip
theorem.conclude(
    "enclosed", And(lower >= Rational(99, 100) * optimum, lower <= optimum),
    "the limit is enclosed between the smoothed margin reached and the largest margin: optimal up to 1 %", on="mean-apart",
    spec=("leaky-relu/T3/C2", "leaky-relu/T1/C5"),
)  # fmt: skip
theorem.conclude(
    "enclosed-wide", And(lower >= Rational(998, 1000) * optimum, lower <= optimum), "64 neurons in ten dimensions come within 2 in 1,000",
    on="wide", level="thorough", spec="leaky-relu/T3/R2",
)  # fmt: skip
theorem.conclude(
    "gap-bound", Always(Implies(loss < Rational(1, 20), And(smoothed >= (1 - (log(n) + 2) / Lam) * optimum, margin <= optimum))),
    "the smoothed margin that is missing is at most (log n + 2)/Lambda of the optimum", on=(*EVEN, "digits"), within=Rational(1, 10**9),
    because="margins are bounded by the optimum up to rounding", spec=("leaky-relu/T3/Q1", "leaky-relu/T1/X2"),
)  # fmt: skip
theorem.conclude(
    "linear-everywhere", Always(Eventually(Abs(value - (1 + alpha) / 4 * linear) <= Rational(1, 50)), over=s),
    "f/rho^2 comes within 1/50 of (1 + alpha)/4 w* . x at every x", on=("mean-apart", "wide", "digits"), within=Rational(1, 1000), because="it converges like Lambda^(-1/2) where support vectors do not span",
    spec=("leaky-relu/T3/C3", "leaky-relu/T3/R3", "leaky-relu/T3/X2"),
)  # fmt: skip
theorem.conclude(
    "one-neuron",
    And(
        Eventually(Abs(margin / gamma - alpha / 2) <= Rational(1, 50)),
        Implies(Least(b, k) > 0, Always(Eventually(Abs(value - phi / 2) <= Rational(1, 50)), over=s)),
        Implies(Largest(b, k) < 0, Always(Eventually(Abs(value + phi_mirrored / 2) <= Rational(1, 50)), over=s)),
    ),
    "when all b_k have one sign, f/rho^2 tends to phi(w* . x)/2 or -phi(-w* . x)/2, with margin alpha gamma/2", under=DATA,
    on="one-sign", within=Rational(1, 1000), spec="leaky-relu/T3/C4",
)  # fmt: skip
theorem.conclude(
    "gap-rate", Theta(1 - smoothed / optimum, 1 / Lam), "the smoothed margin that is missing is of the order 1/Lambda",
    on=("not-spanning", "spanning"), within=Rational(1, 20), level="thorough", spec="leaky-relu/T3/Q2",
)  # fmt: skip
theorem.conclude(
    "angle-rate", Theta(chord, Lam ** Rational(-1, 2)), "where support vectors do not span, the angle is of the order Lambda^(-1/2)",
    on="not-spanning", within=Rational(1, 20), level="thorough", spec="leaky-relu/T3/Q3",
)  # fmt: skip
theorem.conclude(
    "angle-rate-spanning", Theta(chord, 1 / Lam), "where they span with unequal multipliers, it is of the order 1/Lambda",
    on="spanning", within=Rational(1, 20), level="thorough", spec="leaky-relu/T3/Q5",
)  # fmt: skip
theorem.conclude(
    "angle-vanishes", Eventually(chord <= Rational(1, 10**9)), "where they span with equal multipliers, it is soon at rounding level",
    on="equal-multipliers", level="thorough", within=Rational(1, 10**10), spec="leaky-relu/T3/Q4",
)  # fmt: skip
for name, tabulated in {"margin": margin / optimum, "smoothed": smoothed / optimum, "chord": chord}.items():
    theorem.tabulate(name, tabulated)

# The limit lies between the smoothed margin and one; the decision boundary is where f crosses zero.
theorem.plot("margin", margin / optimum, against=Lam, predicted=smoothed / optimum)
theorem.plot("gap-bound", smoothed / optimum, against=Lam, predicted=1 - (log(n) + 2) / Lam)
theorem.plot("linear-everywhere", final, against=angle, predicted=(1 + alpha) / 4 * linear)

# Proof. Assembled from the other theorems of this folder.
theorem.step(
    "assembly", "margin", spec=("leaky-relu/T3/S2", "leaky-relu/T3/Z1", "leaky-relu/T1/Z1", "leaky-relu/T1/Z2"),
    by=cited(
        "Lyu, Li, Wang & Arora, arXiv:2110.13905, symmetric case: the early phase aligns the neurons (leaky-relu-phase-one), the loss "
        "falls below log 2/n (leaky-relu-two-neuron), the direction converges to a KKT point (Lyu & Li 2020; Ji & Telgarsky 2020), "
        "which is the optimum of leaky-relu-global-margin"
    ),
)  # fmt: skip
theorem.step(
    "mirrors", "stays-mirrored",
    by=cited("what fixes examples and start fixes the one trajectory from there: where the sign of a coordinate may be changed in the "
             "examples alike and every neuron has a zero there, the zeros stay, and the network is one of the other coordinates"),
)  # fmt: skip

# Instances.
MEAN_APART = [[1, 0.5]] * 4 + [[1, -0.5], [1.5, 0.5]]
NOT_SPANNING = [[1, 0], [1.2, 0.5]]
SPANNING = [[1, 0.6], [1, -0.2], [1.4, 0.3]]
HINTED = leaky.Examples(np.array([[1, 0], [-1, 0], [6, 0], [0.2, 1], [0.2, -1]]), np.array([1.0, -1, 1, 1, 1]))
EQUAL_MULTIPLIERS = [[1, 0.5], [1, -0.5], [1.3, 0.2]]


def started(
    label, rng, data, alpha, width, *, want=0, scale=1e-4, first=20, until=120, rows=24, reach=None, flat=False
):
    """An instance whose start has both signs with kappa in [1/10, 10] (want = 0), or one sign (1 or -1); others are not planned."""
    found = leaky.signed_start(rng, width, alpha, data, sign=want, scale=scale, flat=flat)
    label = f"{label}, sigma {scale:g}" + (f", {found.refused} not planned: kappa" if found.refused else "")
    targets = np.geomspace(first, until, rows) if reach is None else np.geomspace(1.0, reach, rows)
    clock = "log-inverse-loss" if reach is None else "time"
    contents = {"inputs": data.inputs, "labels": data.labels, "start": found.theta, "b": found.b, "alpha": alpha}
    return Instance(label, contents | {"m": width, "n": len(data.labels), "targets": targets, "clock": clock})


def starts(rng, positives, count=4, **keywords):
    """Several starts of 8 neurons on one data set, alpha = 1/2."""
    data = leaky.mirrored(np.array(positives))
    return [started(f"start {c}", rng, data, 0.5, 8, **keywords) for c in range(count)]


@theorem.family("mean-apart", spec=("leaky-relu/T3/R1", "leaky-relu/T3/X1"))
def mean_apart(rng, size):
    """Mean direction 17 degrees off w* = (1, 0): 8 neurons, alpha = 1/2."""
    return starts(rng, MEAN_APART, size, until=300)


@theorem.family("random")
def random(rng, size):
    """Gaussian inputs on one side of a hyperplane; three combinations of dimension, width and alpha."""
    shapes = [(2, 8, 0.5, 6), (5, 8, 0.5, 8), (5, 16, 0.25, 8)]
    return [
        started(f"dimension {d}, width {c}, alpha {slope}", rng, leaky.gaussian_pairs(rng, count, d), slope, c)
        for d, c, slope, count in shapes
    ]


@theorem.family("half-space", spec="leaky-relu/T3/N1")
def half_space(rng, size):
    """Some examples are on the wrong side of the mean direction (least margin -5); this is no obstacle."""
    return starts(rng, [[1.0, 3]] * 5 + [[1, -3]])


@theorem.family("one-sign", without="both-signs")
def one_sign(rng, size):
    """One to three neurons whose b_k are all positive, or all negative."""
    data = leaky.mirrored(np.array(MEAN_APART))
    return [started(f"width {c}, sign {s:+}", rng, data, 0.5, c, want=s) for c in (1, 2, 3) for s in (1, -1)]


@theorem.family("hinted", without="symmetric")
def hinted(rng, size):
    """Two symmetric points and three that are not: the limit is one neuron, with a margin above the symmetric formula."""
    return [started("hinted", rng, HINTED, 0.5, 8, scale=1e-6, until=60)]


@theorem.family("mirrored-hints", without="symmetric", decides=("stays-mirrored", "not-confined"))
def mirrored_hints(rng, size):
    """The same points, which are alike above and below the axis, and every neuron on the axis."""
    return [started("hinted, on the axis", rng, HINTED, 0.5, 8, scale=1e-6, until=60, flat=True)]


def completed(points, asymmetric):
    """With the mirror images of all four, or of the first one only."""
    partial = leaky.Examples(np.concatenate([points, -points[:1]]), np.array([1.0, 1, 1, 1, -1]))
    return partial if asymmetric else leaky.mirrored(points)


@theorem.space("hints-in-a-mirror", like="mirrored-hints", decides=("not-confined",))
def hints_in_a_mirror(draw):
    """(1, 0) and its mirror image, another point on that axis, a pair of points above and below it, with or without mirror images of their own."""
    asymmetric = draw.integer("asymmetric", 0, 1)
    side = draw.rationals("side", 1, 8, denominator=2)
    x, y = draw.rationals("pair_x", 0, 1, denominator=10), draw.rationals("pair_y", 0, 2, denominator=10)
    start = np.random.default_rng(draw.integer("start", 0, 9))
    if not x:
        draw.reject("the pair cannot be separated from its mirror image")
    data = completed(np.array([[1, 0], [side, 0], [x, y], [x, -y]], dtype=float), asymmetric)
    return started("searched, on the axis", start, data, 0.5, 8, scale=1e-6, until=60, flat=True)


@theorem.space("pair-and-hints", like="hinted", decides=("nine-tenths", "margin"))
def pair_and_hints(draw):
    """(1, 0) and its mirror image; one point on its side, one above and one below, with or without mirror images of their own; eight neurons."""
    asymmetric = draw.integer("asymmetric", 0, 1)
    side = draw.rationals("side", 1, 8, denominator=2)
    over, under = (
        (draw.rationals(f"{name}_x", 0, 1, denominator=10), draw.rationals(f"{name}_y", 0, 2, denominator=10))
        for name in ("above", "below")
    )
    start = np.random.default_rng(draw.integer("start", 0, 9))
    points = np.array([[1, 0], [side, 0], over, [under[0], -under[1]]], dtype=float)
    if not points[:, 0].all():
        draw.reject("a point cannot be separated from its mirror image")
    found = started("searched", start, completed(points, asymmetric), 0.5, 8, scale=1e-8, until=120)
    # A stall may be a slow approach: what looks stuck at log(1/loss) = 120 is confirmed up to 200.
    return Instance(found.label, {**found.data, "far": np.geomspace(20, 200, 24)})


@theorem.family("relu-one-sign", without=("leaky", "both-signs"), spec="leaky-relu/T3/A3")
def relu_one_sign(rng, size):
    """alpha = 0 and all b_k > 0: the examples of label -1 get no gradient."""
    return [started("relu", rng, leaky.mirrored(np.array(SPANNING)), 0.0, 2, want=1, reach=60.0)]


@theorem.family("linear-units", without=("leaky", "both-signs"), spec="leaky-relu/T3/N2")
def linear_units(rng, size):
    """alpha = 1 and one sign."""
    return [started("linear units", rng, leaky.mirrored(np.array(MEAN_APART)), 1.0, 2, want=1)]


@theorem.family("relu-both-signs", without="leaky", spec="leaky-relu/T3/N3")
def relu_both_signs(rng, size):
    """alpha = 0 and both signs, all examples on the right side of the mean direction."""
    return [started("relu", rng, leaky.mirrored(np.array(SPANNING)), 0.0, 8) for _ in range(4)]


@theorem.family("not-separable", without="separable", spec="leaky-relu/T3/A5")
def not_separable(rng, size):
    """Three inputs around the origin, with their mirror images."""
    data = leaky.mirrored(np.array([[3.0, 0], [-1, 3], [-1, -3]]))
    return [started("around the origin", rng, data, 0.5, 8, reach=60.0)]


@theorem.family("not-spanning", level="thorough")
def not_spanning(rng, size):
    """One support vector, in the plane."""
    return starts(rng, NOT_SPANNING, until=3000, rows=40)


@theorem.family("spanning", level="thorough")
def spanning(rng, size):
    """Two support vectors with unequal multipliers."""
    return starts(rng, SPANNING, first=150, until=3000, rows=40)


@theorem.family("equal-multipliers", level="thorough")
def equal_multipliers(rng, size):
    """Two support vectors with equal multipliers."""
    return starts(rng, EQUAL_MULTIPLIERS, until=300)


@theorem.family("wide", level="thorough")
def wide(rng, size):
    """Ten dimensions and 64 neurons."""
    return [started(f"start {c}", rng, leaky.gaussian_pairs(rng, 12, 10), 0.5, 64, until=3000) for c in range(4)]


@theorem.family("digits", level="thorough")
def handwritten(rng, size):
    """The handwritten digits 0 and 1, each image with its negative and the opposite label; 2, 8 and 64 neurons."""
    data = leaky.mirrored(digits(0, 1).signed.astype(float))
    return [started(f"width {w}, start {c}", rng, data, 0.5, w, until=60) for w in (2, 8, 64) for c in range(16)]


# Experiments.
@theorem.observe(measures=[gamma2, asymmetry, b])
def look(instances, setting, run):
    """The exact linear margin, whether the examples are their own mirror image, and the signs of the start."""
    grown, present = padded([instance["b"] for instance in instances])
    mirrored = [leaky.is_symmetric(instance["inputs"], instance["labels"]) for instance in instances]
    columns = {
        "gamma2": Column(np.array([separator(each["inputs"], each["labels"])[0] for each in instances], dtype=object)),
        "asymmetry": Column(np.array([Fraction(int(not found)) for found in mirrored], dtype=object)),
        "b": Column(grown, ("k",), error=1e-15 * np.nanmax(np.abs(grown))),
    }
    return Trace(columns, [""] * len(instances), {"k": present})


@theorem.experiment(measures=[best, confined], on=("mean-apart", "hinted", "mirrored-hints"))
def two_layer_programme(instances, setting, run):
    """The margin of an exact network that attains the convex programme's optimum, and an exact upper bound on the coordinates kept."""
    attained, bounds = [], []
    for each in instances:
        rows = np.unique(np.column_stack([each["inputs"], each["labels"]]), axis=0)
        kept = leaky.unmirrored(each["start"], each["m"], each["inputs"], each["labels"])
        whole = two_layer_optimum(rows[:, :-1], rows[:, -1], each["alpha"])
        part = np.unique(rows[:, [*kept, -1]], axis=0)
        few = len(kept) < rows.shape[1] - 1
        attained.append(whole.lower)
        bounds.append(two_layer_optimum(part[:, :-1], part[:, -1], each["alpha"]).upper if few else whole.upper)
    columns = {"best": np.array(attained, dtype=object), "confined": np.array(bounds, dtype=object)}
    return Trace({name: Column(values) for name, values in columns.items()}, [""] * len(instances))


@theorem.experiment(
    measures=[t, loss, margin, smoothed, overtaking, chord, value, linear, mean_linear, angle, final, lower]
)
def flow(instances, setting, run):
    """Gradient flow by RK4 in the rescaled clock, with rows at given losses (or times), and balls at the last state."""
    cases, linears, means = [], [], []
    for each in instances:
        points = run.rng.standard_normal((16, each["inputs"].shape[1]))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        direction = separator(each["inputs"], each["labels"])[1]
        mean = leaky.mean_direction(leaky.Examples(each["inputs"], each["labels"]))
        linears.append(points @ direction)
        means.append(points @ mean / np.linalg.norm(mean))
        given = {"separator": direction, "points": points}
        targets = each.get("far", each["targets"]) if run.relax <= 1 else each["targets"]
        cases.append(LeakyCase(each["start"], each["m"], each["alpha"], each["inputs"], each["labels"], targets, given))
    paths = leaky_paths(cases, clock=instances[0]["clock"], eta=run.relax**0.25, budget=run.budget, device=run.device)
    facts = [(e["alpha"], e["inputs"], e["labels"]) for e in instances]
    balls = [margin_balls(paths.final(c)[None], paths.width(c), *each) for c, each in enumerate(facts)]
    values = paths.column(measures.value, ("t", "s"))
    columns = {
        "t": paths.log_time(),
        "loss": paths.log_loss(),
        **{name: paths.column(getattr(measures, name)) for name in ("margin", "smoothed", "overtaking", "chord")},
        "value": values,
        "final": Column(values.values[:, -1], ("s",), error=bars(values)[:, -1]),
        "angle": Column(np.array([leaky.degrees(case.given["points"]) for case in cases]), ("s",), error=1e-12),
        "linear": Column(np.array(linears), ("s",), error=1e-15),
        "mean_linear": Column(np.array(means), ("s",), error=1e-15),
        "lower": Column(np.array([ball.smoothed[0] if ball.settled[0] else None for ball in balls], dtype=object)),
    }
    return Trace(columns, paths.status, device=paths.device)


# What must be refuted.
theorem.mutant(
    "stalls", of="loss-vanishes", formula=Tends(loss, Rational(1, 2)), why="the loss stalls at one half", on="mean-apart",
)  # fmt: skip
theorem.mutant(
    "never-fitted", of="fitted", formula=Eventually(loss >= log(2) / n), why="the loss stays above log(2)/n", on="mean-apart",
)  # fmt: skip
theorem.mutant(
    "double", of="margin", formula=Tends(margin / ((1 + alpha) / 2 * gamma), 1), why="(1 + alpha)/2 in place of (1 + alpha)/4", on=EVEN,
    spec="leaky-relu/T3/M1",
)  # fmt: skip
theorem.mutant(
    "one-neuron-margin", of="margin", formula=Tends(margin / (alpha / 2 * gamma), 1), why="the margin of one neuron", on=EVEN,
    spec="leaky-relu/T3/M3",
)  # fmt: skip
theorem.mutant("half-mirrored", of="stays-mirrored", formula=Always(margin <= confined / 2), why="half of that margin")
theorem.mutant("twice-not-confined", of="not-confined", formula=confined >= 2 * best, why="twice the best margin")
theorem.mutant(
    "twice-the-best", of="nine-tenths", formula=Or(Tends(Max(2 - margin / best, 0), 0), Eventually(overtaking > 1)),
    why="twice the best margin", on="mean-apart",
)  # fmt: skip
theorem.mutant(
    "below-one-neuron", of="enclosed", formula=lower <= alpha / 2 * gamma, why="the limit is no better than one neuron",
    on="mean-apart", spec="leaky-relu/T3/M3",
)  # fmt: skip
theorem.mutant(
    "wide-one-neuron", of="enclosed-wide", formula=lower <= alpha / 2 * gamma, why="no better than one neuron", level="thorough",
)  # fmt: skip
theorem.mutant(
    "half-the-gap", of="gap-bound", formula=Always(Implies(loss < Rational(1, 20), smoothed >= (1 - 1 / Lam) * optimum)),
    why="1 in place of log n + 2",
)  # fmt: skip
theorem.mutant(
    "mean-direction", of="linear-everywhere", formula=Always(Eventually(Abs(value - (1 + alpha) / 4 * mean_linear) <= Rational(1, 50)), over=s),
    why="the limit keeps the mean direction of the early phase", on="mean-apart", spec="leaky-relu/T3/M2",
)  # fmt: skip
theorem.mutant(
    "both-slopes", of="one-neuron", formula=Eventually(Abs(margin / gamma - (1 + alpha) / 4) <= Rational(1, 50)),
    why="one sign suffices", on="one-sign",
)  # fmt: skip
theorem.mutant(
    "square-gap", of="gap-rate", formula=Theta(1 - smoothed / optimum, 1 / Lam**2), why="1/Lambda^2", level="thorough"
)
theorem.mutant(
    "always-inverse", of="angle-rate", formula=Theta(chord, 1 / Lam), why="1/Lambda whether or not support vectors span",
    level="thorough", spec="leaky-relu/T3/M6",
)  # fmt: skip
theorem.mutant(
    "always-root", of="angle-rate-spanning", formula=Theta(chord, Lam ** Rational(-1, 2)), why="Lambda^(-1/2) always", level="thorough",
)  # fmt: skip
theorem.mutant(
    "still-off", of="angle-vanishes", formula=Eventually(chord >= Rational(1, 10**4)), why="an angle remains", level="thorough",
)  # fmt: skip
theorem.ablate("both-signs", breaks="margin", on="one-sign", spec=("leaky-relu/T3/A1", "leaky-relu/T3/M8"))
theorem.ablate("symmetric", breaks="margin", on="hinted")
theorem.ablate("symmetric", breaks="nine-tenths", on="hinted")
theorem.ablate("symmetric", breaks="not-confined", on="mirrored-hints")
theorem.ablate("leaky", breaks="fitted", on="relu-one-sign", spec="leaky-relu/T3/A3")
theorem.ablate("separable", breaks="fitted", on="not-separable", spec="leaky-relu/T3/A5")
theorem.control(
    "linear-units", formula=Tends(margin / optimum, 1), why="for alpha = 1 one sign does as well", within=Rational(1, 25),
    under=("separable", "symmetric"), on="linear-units", spec="leaky-relu/T3/N2",
)  # fmt: skip
theorem.control(
    "relu", formula=Tends(margin / optimum, 1), why="with both signs alpha = 0 does as well, on these data", within=Rational(1, 25),
    under=("separable", "symmetric", "both-signs"), on="relu-both-signs", spec="leaky-relu/T3/N3",
)  # fmt: skip
