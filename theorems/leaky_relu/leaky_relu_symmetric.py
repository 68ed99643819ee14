"""From a small start, gradient flow on symmetric data makes a leaky ReLU network linear, with the largest margin of all networks.

f(x) = sum_k a_k phi(w_k . x), phi(z) = max(z, alpha z); data (x_i, 1), (-x_i, -1), linearly separable; gradient flow of the mean
logistic loss from sigma theta_0 with sigma small. Neuron k leaves zero along b_k (mu/|mu|, 1), b_k = (w_k . mu/|mu| + a_k)/(2 sqrt m
sigma) at the start, mu the mean of y_i x_i. When the b_k have both signs, f/rho^2 tends to the linear function (1 + alpha)/4 w* . x of
the best separator w*, whatever the width; when they have one sign, the limit is one neuron and its margin is alpha/2 in place of
(1 + alpha)/4. Along a run the limit is enclosed: the smoothed margin never falls, so that its value at the last state is a lower
bound, and no network's margin exceeds (1 + alpha) gamma/4.
"""

from fractions import Fraction
from functools import cache

import numpy as np
import torch
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
from verify.dynamics.leaky_paths import LeakyCase, leaky_paths
from verify.models import two_layer_leaky as leaky
from verify.models.datasets import digits
from verify.models.losses import LOGISTIC
from verify.proof import cited
from verify.reference.margin_interval import margin_balls
from verify.reference.max_margin import MaxMargin, max_margin
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
    "gamma2",
    "square of the largest linear margin, exactly; 0 if not separable",
    sign="nonnegative",
    latex=r"\gamma^{*2}",
)
asymmetry = theorem.parameter("asymmetry", "0 if the examples are their own mirror image, else 1", sign="nonnegative")
m = theorem.parameter("m", "width")
n = theorem.parameter("n", "number of examples")
best = theorem.parameter(
    "best", "largest margin of any network on these data, attained exactly by one", latex=r"\gamma_{\max}"
)
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
mean_linear = theorem.quantity("mean_linear", "mu/|mu| . x", over=s, latex=r"(\bar\mu x)")

gamma = theorem.define("gamma", sqrt(gamma2), "largest linear margin", latex=r"\gamma^*")
optimum = theorem.define(
    "optimum", (1 + alpha) / 4 * gamma, "largest margin of any network", latex=r"\gamma_{\mathrm{opt}}"
)
Lam = theorem.define("Lam", log(1 / loss), "log of the inverse loss", latex=r"\Lambda")
phi = theorem.define("phi", Max(linear, alpha * linear), "phi(w* . x)", latex=r"\phi(w^* x)")
phi_mirrored = theorem.define("phi_mirrored", Max(-linear, -alpha * linear), "phi(-w* . x)", latex=r"\phi(-w^* x)")
both_signs = And(Largest(b, k) > 0, Least(b, k) < 0)

# Hypotheses.
theorem.assume("separable", gamma2 > 0, "some w has y_i w . x_i > 0 for all i", spec="leaky-relu/T3/H1")
theorem.assume("symmetric", Eq(asymmetry, 0), "the examples are their own mirror image", spec="leaky-relu/T3/H2")
theorem.assume("leaky", And(alpha > 0, alpha < 1), "0 < alpha < 1", spec="leaky-relu/T3/H3")
theorem.assume(
    "both-signs",
    both_signs,
    "the b_k have both signs, which needs m >= 2",
    spec=("leaky-relu/T3/H4", "leaky-relu/T3/X3"),
)
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
    "f/rho^2 comes within 1/50 of (1 + alpha)/4 w* . x at every x",
    on=("mean-apart", "wide", "digits"), within=Rational(1, 1000), because="it converges like Lambda^(-1/2) where support vectors do not span",
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

# Proof. Assembled from the other theorems of this folder.
theorem.step(
    "assembly", "margin", spec=("leaky-relu/T3/S2", "leaky-relu/T3/Z1", "leaky-relu/T1/Z1", "leaky-relu/T1/Z2"),
    by=cited(
        "Lyu, Li, Wang & Arora, arXiv:2110.13905, symmetric case: the early phase aligns the neurons (leaky-relu-phase-one), the loss "
        "falls below log 2/n (leaky-relu-two-neuron), the direction converges to a KKT point (Lyu & Li 2020; Ji & Telgarsky 2020), "
        "which is the optimum of leaky-relu-global-margin"
    ),
)  # fmt: skip

# Instances.
MEAN_APART = [[1, 0.5]] * 4 + [[1, -0.5], [1.5, 0.5]]
NOT_SPANNING = [[1, 0], [1.2, 0.5]]
SPANNING = [[1, 0.6], [1, -0.2], [1.4, 0.3]]
EQUAL_MULTIPLIERS = [[1, 0.5], [1, -0.5], [1.3, 0.2]]


def signs(b):
    """1 if all b_k are positive, -1 if all are negative, 0 if there are both."""
    return int((b > 0).all()) - int((b < 0).all())


def started(label, rng, data, alpha, width, *, want=0, scale=1e-4, first=20, until=120, rows=24, reach=None):
    """An instance whose start has both signs with kappa in [1/10, 10] (want = 0), or one sign (1 or -1); others are not planned."""
    network = leaky.TwoLayerLeaky(width, alpha)
    dimension = data.inputs.shape[1]
    refused = 0
    while True:
        start = leaky.gaussian_start(rng, width, dimension, scale=scale)
        b = leaky.growth(network, start, data) / (np.sqrt(width) * scale)
        squares = (b[b > 0] ** 2).sum(), (b[b < 0] ** 2).sum()
        if signs(b) == want and (want or 0.1 <= squares[0] / squares[1] <= 10):
            break
        refused += signs(b) == want
    label = f"{label}, sigma {scale:g}" + (f", {refused} not planned: kappa" if refused else "")
    targets = np.geomspace(first, until, rows) if reach is None else np.geomspace(1.0, reach, rows)
    contents = {
        "inputs": data.inputs,
        "labels": data.labels,
        "start": start,
        "alpha": alpha,
        "m": width,
        "b": b,
        "n": len(data.labels),
    }
    return Instance(label, contents | {"targets": targets, "clock": "log-inverse-loss" if reach is None else "time"})


@theorem.family("mean-apart", spec=("leaky-relu/T3/R1", "leaky-relu/T3/X1"))
def mean_apart(rng, size):
    """Mean direction 17 degrees off w* = (1, 0): 8 neurons, alpha = 1/2."""
    return [started(f"start {c}", rng, leaky.mirrored(np.array(MEAN_APART)), 0.5, 8, until=300) for c in range(size)]


@theorem.family("random")
def random(rng, size):
    """Gaussian inputs on one side of a hyperplane; three combinations of dimension, width and alpha."""
    batch = []
    for dimension, width, slope, count in [(2, 8, 0.5, 6), (5, 8, 0.5, 8), (5, 16, 0.25, 8)]:
        positives = rng.standard_normal((count, dimension))
        positives[:, 0] = np.abs(positives[:, 0]) + 1
        batch.append(
            started(
                f"dimension {dimension}, width {width}, alpha {slope}", rng, leaky.mirrored(positives), slope, width
            )
        )
    return batch


@theorem.family("half-space", spec="leaky-relu/T3/N1")
def half_space(rng, size):
    """Some examples are on the wrong side of the mean direction (least margin -5); this is no obstacle."""
    return [started(f"start {c}", rng, leaky.mirrored(np.array([[1.0, 3]] * 5 + [[1, -3]])), 0.5, 8) for c in range(4)]


@theorem.family("one-sign", without="both-signs")
def one_sign(rng, size):
    """One to three neurons whose b_k are all positive, or all negative."""
    data = leaky.mirrored(np.array(MEAN_APART))
    return [
        started(f"width {width}, sign {want:+}", rng, data, 0.5, width, want=want)
        for width in (1, 2, 3)
        for want in (1, -1)
    ]


@theorem.family("hinted", without="symmetric")
def hinted(rng, size):
    """Two symmetric points and three that are not: the limit is one neuron, with a margin above the symmetric formula."""
    data = leaky.Examples(
        np.array([[1, 0], [-1, 0], [6, 0], [0.2, 1], [0.2, -1]], dtype=float), np.array([1.0, -1, 1, 1, 1])
    )
    return [started("hinted", rng, data, 0.5, 8, scale=1e-6, until=60)]


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
    if points[:, 0].min() == 0:
        draw.reject("a point cannot be separated from its mirror image")
    data = leaky.mirrored(points)
    if asymmetric:
        data = leaky.Examples(np.concatenate([points, -points[:1]]), np.array([1.0, 1, 1, 1, -1]))
    found = started("searched", start, data, 0.5, 8, scale=1e-8, until=120)
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
    return [
        started("around the origin", rng, leaky.mirrored(np.array([[3.0, 0], [-1, 3], [-1, -3]])), 0.5, 8, reach=60.0)
    ]


@theorem.family("not-spanning", level="thorough")
def not_spanning(rng, size):
    """One support vector, in the plane."""
    return [
        started(f"start {c}", rng, leaky.mirrored(np.array(NOT_SPANNING)), 0.5, 8, until=3000, rows=40)
        for c in range(4)
    ]


@theorem.family("spanning", level="thorough")
def spanning(rng, size):
    """Two support vectors with unequal multipliers."""
    return [
        started(f"start {c}", rng, leaky.mirrored(np.array(SPANNING)), 0.5, 8, first=150, until=3000, rows=40)
        for c in range(4)
    ]


@theorem.family("equal-multipliers", level="thorough")
def equal_multipliers(rng, size):
    """Two support vectors with equal multipliers."""
    return [
        started(f"start {c}", rng, leaky.mirrored(np.array(EQUAL_MULTIPLIERS)), 0.5, 8, until=300) for c in range(4)
    ]


@theorem.family("wide", level="thorough")
def wide(rng, size):
    """Ten dimensions and 64 neurons."""
    batch = []
    for c in range(4):
        positives = rng.standard_normal((12, 10))
        positives[:, 0] = np.abs(positives[:, 0]) + 1
        batch.append(started(f"start {c}", rng, leaky.mirrored(positives), 0.5, 64, until=3000))
    return batch


@theorem.family("digits", level="thorough")
def handwritten(rng, size):
    """The handwritten digits 0 and 1, each image with its negative and the opposite label; 2, 8 and 64 neurons."""
    data = leaky.mirrored(digits(0, 1).signed.astype(float))
    return [
        started(f"width {width}, start {c}", rng, data, 0.5, width, until=300)
        for width, starts in ((2, 16), (8, 16), (64, 4))
        for c in range(starts)
    ]


# Experiments.
@cache
def separator(rows, shape):
    """The exact squared margin and the unit separator of the rows, or 0 and a zero vector."""
    found = max_margin(np.frombuffer(rows).reshape(shape))
    if not isinstance(found, MaxMargin):
        return Fraction(0), np.zeros(shape[1])
    return found.gamma_squared, found.w * found.gamma


def separated(instance):
    """The separator of z_i = y_i x_i; duplicates, such as mirror images, are left out."""
    z = np.unique(instance["labels"][:, None] * instance["inputs"], axis=0)
    return separator(np.ascontiguousarray(z).tobytes(), z.shape)


@theorem.observe(measures=[gamma2, asymmetry, b])
def look(instances, setting, run):
    """The exact linear margin, whether the examples are their own mirror image, and the signs of the start."""
    width = max(instance["m"] for instance in instances)
    grown = np.array([np.pad(instance["b"], (0, width - instance["m"])) for instance in instances])
    mirrored = [leaky.is_symmetric(instance["inputs"], instance["labels"]) for instance in instances]
    columns = {
        "gamma2": Column(np.array([separated(instance)[0] for instance in instances], dtype=object)),
        "asymmetry": Column(np.array([Fraction(int(not found)) for found in mirrored], dtype=object)),
        "b": Column(grown, ("k",), error=1e-15 * np.abs(grown).max()),
    }
    return Trace(
        columns, [""] * len(instances), {"k": np.arange(width) < np.array([[instance["m"]] for instance in instances])}
    )


@theorem.experiment(measures=[best], on=("mean-apart", "hinted"))
def two_layer_programme(instances, setting, run):
    """The margin of an exact network that attains the convex programme's optimum; duplicates are left out."""
    found = []
    for each in instances:
        examples = np.unique(np.column_stack([each["inputs"], each["labels"]]), axis=0)
        found.append(two_layer_optimum(examples[:, :-1], examples[:, -1], each["alpha"]).lower)
    return Trace({"best": Column(np.array(found, dtype=object))}, [""] * len(instances))


def margin_of(network, data, theta, given):
    return network.margins(theta, data).amin(-1) / (theta * theta).sum(-1)


def smoothed_of(network, data, theta, given):
    log_total = torch.logsumexp(-LOGISTIC.f(network.margins(theta, data)), -1)
    return LOGISTIC.inverse(-log_total) / (theta * theta).sum(-1)


def overtaking_of(network, data, theta, given):
    """d log|w_k| of a balanced neuron along its direction, sgn(a_k) sum_i p_i y_i phi(w_k/|w_k| . x_i), over that of the norm."""
    weights = torch.softmax(-LOGISTIC.f(network.margins(theta, data)), -1) * data.labels
    w, a = network.layers(theta)
    inner = w @ data.inputs.mT
    slope = torch.as_tensor(network.alpha, dtype=inner.dtype, device=inner.device)[..., None, None]
    pulls = (torch.maximum(inner, slope * inner) * weights.unsqueeze(-2)).sum(-1)
    norm = 2 * (a * pulls).sum(-1) / (theta * theta).sum(-1)
    return (a.sign() * pulls / w.norm(dim=-1).clamp(min=1e-300)).amax(-1) / norm - 1


def chord_of(network, data, theta, given):
    beta = leaky.linear_part(network, theta)
    return (beta / beta.norm(dim=-1, keepdim=True) - given["separator"]).norm(dim=-1)


def value_of(network, data, theta, given):
    return network.outputs(theta, given["points"]) / (theta * theta).sum(-1, keepdim=True)


@theorem.experiment(measures=[t, loss, margin, smoothed, overtaking, chord, value, linear, mean_linear, lower])
def flow(instances, setting, run):
    """Gradient flow by RK4 in the rescaled clock, with rows at given losses (or times), and balls at the last state."""
    cases, linears, means = [], [], []
    for each in instances:
        points = run.rng.standard_normal((16, each["inputs"].shape[1]))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        direction = separated(each)[1]
        mean = leaky.mean_direction(leaky.Examples(each["inputs"], each["labels"]))
        linears.append(points @ direction)
        means.append(points @ mean / np.linalg.norm(mean))
        given = {"separator": direction, "points": points}
        targets = each.get("far", each["targets"]) if run.relax <= 1 else each["targets"]
        cases.append(LeakyCase(each["start"], each["m"], each["alpha"], each["inputs"], each["labels"], targets, given))
    paths = leaky_paths(cases, clock=instances[0]["clock"], eta=run.relax**0.25, budget=run.budget, device=run.device)
    balls = [
        margin_balls(paths.final(c)[None], paths.width(c), each["alpha"], each["inputs"], each["labels"])
        for c, each in enumerate(instances)
    ]
    columns = {
        "t": paths.log_time(),
        "loss": paths.log_loss(),
        "margin": paths.column(margin_of),
        "smoothed": paths.column(smoothed_of),
        "overtaking": paths.column(overtaking_of),
        "chord": paths.column(chord_of),
        "value": paths.column(value_of, ("t", "s")),
        "linear": Column(np.array(linears), ("s",), error=1e-15),
        "mean_linear": Column(np.array(means), ("s",), error=1e-15),
        "lower": Column(np.array([ball.smoothed[0] if ball.settled[0] else None for ball in balls], dtype=object)),
    }
    return Trace(columns, paths.status, device=paths.device)


# What must be refuted.
theorem.mutant(
    "stalls",
    of="loss-vanishes",
    formula=Tends(loss, Rational(1, 2)),
    why="the loss stalls at one half",
    on="mean-apart",
)
theorem.mutant(
    "never-fitted",
    of="fitted",
    formula=Eventually(loss >= log(2) / n),
    why="the loss stays above log(2)/n",
    on="mean-apart",
)
theorem.mutant(
    "double",
    of="margin",
    formula=Tends(margin / ((1 + alpha) / 2 * gamma), 1),
    why="(1 + alpha)/2 in place of (1 + alpha)/4",
    on=EVEN,
    spec="leaky-relu/T3/M1",
)
theorem.mutant(
    "one-neuron-margin",
    of="margin",
    formula=Tends(margin / (alpha / 2 * gamma), 1),
    why="the margin of one neuron",
    on=EVEN,
    spec="leaky-relu/T3/M3",
)
theorem.mutant(
    "twice-the-best", of="nine-tenths", formula=Or(Tends(Max(2 - margin / best, 0), 0), Eventually(overtaking > 1)),
    why="twice the best margin", on="mean-apart",
)  # fmt: skip
theorem.mutant(
    "below-one-neuron",
    of="enclosed",
    formula=lower <= alpha / 2 * gamma,
    why="the limit is no better than one neuron",
    on="mean-apart",
    spec="leaky-relu/T3/M3",
)
theorem.mutant(
    "wide-one-neuron",
    of="enclosed-wide",
    formula=lower <= alpha / 2 * gamma,
    why="no better than one neuron",
    level="thorough",
)
theorem.mutant(
    "half-the-gap", of="gap-bound", formula=Always(Implies(loss < Rational(1, 20), smoothed >= (1 - 1 / Lam) * optimum)),
    why="1 in place of log n + 2",
)  # fmt: skip
theorem.mutant(
    "mean-direction", of="linear-everywhere", formula=Always(Eventually(Abs(value - (1 + alpha) / 4 * mean_linear) <= Rational(1, 50)), over=s),
    why="the limit keeps the mean direction of the early phase", on="mean-apart", spec="leaky-relu/T3/M2",
)  # fmt: skip
theorem.mutant(
    "both-slopes",
    of="one-neuron",
    formula=Eventually(Abs(margin / gamma - (1 + alpha) / 4) <= Rational(1, 50)),
    why="one sign suffices",
    on="one-sign",
)
theorem.mutant(
    "square-gap", of="gap-rate", formula=Theta(1 - smoothed / optimum, 1 / Lam**2), why="1/Lambda^2", level="thorough"
)
theorem.mutant(
    "always-inverse", of="angle-rate", formula=Theta(chord, 1 / Lam), why="1/Lambda whether or not support vectors span",
    level="thorough", spec="leaky-relu/T3/M6",
)  # fmt: skip
theorem.mutant(
    "always-root",
    of="angle-rate-spanning",
    formula=Theta(chord, Lam ** Rational(-1, 2)),
    why="Lambda^(-1/2) always",
    level="thorough",
)
theorem.mutant(
    "still-off",
    of="angle-vanishes",
    formula=Eventually(chord >= Rational(1, 10**4)),
    why="an angle remains",
    level="thorough",
)
theorem.ablate("both-signs", breaks="margin", on="one-sign", spec=("leaky-relu/T3/A1", "leaky-relu/T3/M8"))
theorem.ablate("symmetric", breaks="margin", on="hinted")
theorem.ablate("symmetric", breaks="nine-tenths", on="hinted")
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
