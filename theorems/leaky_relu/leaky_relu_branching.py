"""At a kink of a leaky ReLU network gradient flow is unique where a_k y_i < 0, and may branch where a_k y_i > 0.

The loss is not differentiable at w_k . x_i = 0, and gradient flow is a differential inclusion. The speed of w_k . x_i has a value v- on
the negative and v+ on the positive side, v+ - v- = (a_k/n) y_i (g_i - g_i') (1 - alpha)|x_i|^2 with g = 1/(1 + e^q), where g_i' belongs
to a mirror image (-x_i, -y_i) and is 0 if there is none. Where a_k y_i < 0 the sides push towards each other at worst: the flow crosses
or slides. Where a_k y_i > 0 and v- < 0 < v+ it is pushed off to both sides, and two trajectories leave one point. On symmetric data the
jump is O(rho^2), and zero where f is odd.
"""

from fractions import Fraction

import numpy as np
import torch
from sympy import Eq, Rational, exp

from verify import RECONSTRUCTED, And, BigO, Column, Implies, Paper, Theorem, Trace
from verify.dynamics.leaky_paths import LeakyCase, bars, leaky_paths
from verify.models import two_layer_leaky as leaky
from verify.proof import Given, bound, cited, enclosed, identity
from verify.statement.instances import Instance

theorem = Theorem(
    "leaky-relu-branching",
    title="Where gradient flow of a leaky ReLU network is unique, and where it branches",
    source=Paper(
        "Lyu, Li, Wang & Arora", 2021, title="Gradient Descent on Two-layer Nets: Margin Maximization and Simplicity Bias",
        arxiv="2110.13905", fidelity=RECONSTRUCTED,
    ),
    summary="The paper states its theorems for starts with one trajectory, as we recall it; the analysis of the kinks is our own.",
)  # fmt: skip

# Setting. One neuron (w, a) on the kink w . x_i = 0 of one example.
rho = theorem.clock("rho", to=0, meaning="norm of the parameters")
alpha = theorem.parameter("alpha", "slope of the leaky ReLU", sign="nonnegative", latex=r"\alpha")
n = theorem.parameter("n", "number of examples")
a = theorem.parameter("a", "outer weight of the neuron", sign="real")
y = theorem.parameter("y", "label of the example", sign="real")
g = theorem.parameter("g", "weight g_i of the example in the gradient", latex="g_i")
mirror = theorem.parameter("mirror", "weight of its mirror image; 0 if there is none", sign="nonnegative", latex="g_i'")
length2 = theorem.parameter("length2", "|x_i|^2", latex="|x_i|^2")
rest = theorem.parameter("rest", "n/a times the speed that the other examples give w . x_i", sign="real", latex="r_i")
above = theorem.parameter("above", "speed of w . x_i on its positive side", sign="real", latex="v_+")
below = theorem.parameter("below", "speed of w . x_i on its negative side", sign="real", latex="v_-")
separation = theorem.parameter(
    "separation", "distance at t = 10 of two runs that start 2e-11 apart, one on each side", sign="nonnegative"
)
reach = theorem.parameter(
    "reach", "margin of the second example of the branching instance", sign="nonnegative", latex="q_2"
)
s = theorem.index("s", meaning="directions of the plane")
angle = theorem.quantity("angle", "direction of x, in degrees", over=s)
right_value = theorem.quantity("right_value", "f(x) at t = 10 of the run that starts on the positive side", over=s)
left_value = theorem.quantity("left_value", "f(x) at t = 10 of the run that starts on the negative side", over=s)
weight_gap = theorem.quantity("weight_gap", "|g_i - g_i'|", over=rho, sign="nonnegative", latex="|g_i-g_i'|")

push = theorem.define("push", y * length2 * a / n, "speed that the example gives where phi' = 1 and g = 1")
theorem.relation(
    "right", Eq(above, push * (g + alpha * mirror) + a / n * rest), "gradient flow with phi' = 1 at x_i and alpha at -x_i",
)  # fmt: skip
theorem.relation(
    "left", Eq(below, push * (alpha * g + mirror) + a / n * rest), "gradient flow with phi' = alpha at x_i and 1 at -x_i",
)  # fmt: skip

theorem.assume("leaky", alpha < 1, "the unit has a kink")

# Conclusions.
KINKS = ("random-kinks", "mirrored")
theorem.conclude(
    "jump", Eq(above - below, push * (1 - alpha) * (g - mirror)), "the speed jumps by the example's own share, less its mirror image's",
    on=(*KINKS, "odd"), spec=("leaky-relu/T7/C1", "leaky-relu/T7/C5"),
)  # fmt: skip
theorem.conclude(
    "attracting", Implies(And(a * y < 0, mirror < g), above < below), "a y < 0: the flow crosses, or slides; it is unique (Filippov)",
    on=KINKS, spec="leaky-relu/T7/C2",
)  # fmt: skip
theorem.conclude(
    "repelling", Implies(And(a * y > 0, mirror < g), above > below), "a y > 0: it crosses, or is pushed off", on=KINKS,
    spec="leaky-relu/T7/C3",
)  # fmt: skip
theorem.conclude(
    "odd", Implies(Eq(g, mirror), Eq(above, below)), "no jump where f is odd", on="odd", spec="leaky-relu/T7/C4"
)
theorem.conclude(
    "branches", Implies(And(below < 0, above > 0), separation >= Rational(1, 20)), "pushed off to both sides: two trajectories",
    on=("branching", "crossing"), spec="leaky-relu/T7/C3",
)  # fmt: skip
theorem.conclude(
    "unique", Implies(below > 0, separation <= Rational(1, 1000)), "pushed one way: one trajectory", on=("branching", "crossing"),
    spec="leaky-relu/T7/N1",
)  # fmt: skip
theorem.conclude(
    "weights-agree", BigO(weight_gap, rho**2), "near zero the jump of a mirrored example is of the second order", on="shrinking",
    within=Rational(1, 20), spec="leaky-relu/T7/C5",
)  # fmt: skip

theorem.plot("branches", right_value, against=angle, predicted=left_value)  # zero on the decision boundary

# Proof.
theorem.step("two-sides", "jump", given=("right", "left"), by=identity(), spec="leaky-relu/T7/S1")
less = -Given("assumed", 1) * -Given("leaky") * length2 / n
theorem.step("towards", "attracting", given=("right", "left", "leaky"), by=bound(-Given("assumed", 0) * less))
theorem.step("apart", "repelling", given=("right", "left", "leaky"), by=bound(Given("assumed", 0) * less))
theorem.step("no-jump", "odd", given=("right", "left"), by=identity(plus=push * (1 - alpha) * Given("assumed")))
theorem.step(
    "instance-branches", Implies(And(reach >= 0, reach <= Rational(1, 1000)), And(Rational(1, 2) - Rational(3, 4) / (1 + exp(reach)) > 0, Rational(1, 4) - Rational(3, 4) / (1 + exp(reach)) < 0)),
    by=enclosed(), meaning="v+ and v- of x_1 = (1, 0), x_2 = (-3/4, 1), alpha = 1/2, w = (0, s), with g_1 = 1/2, g_2 = 1/(1 + e^{q_2})",
    spec="leaky-relu/T7/S2",
)  # fmt: skip
theorem.step(
    "filippov", "unique", by=cited("A. F. Filippov, Differential Equations with Discontinuous Righthand Sides (1988), chapter 2: one-sided Lipschitz fields"),
    spec="leaky-relu/T7/Z1",
)  # fmt: skip


# Instances.
def entry(rng, low=-2, high=2):
    """A random rational that is not zero."""
    found = 0
    while not found:
        found = Fraction(int(rng.integers(8 * low, 8 * high)), 8)
    return found


def on_a_kink(label, rng, alpha, *, mirrored=False, odd=False):
    """Two neurons, the first on the kink of x_0, exactly; with mirror images if asked, and an odd function if asked."""
    while True:
        x = [[entry(rng), entry(rng), entry(rng)] for _ in range(4)]
        s, r = entry(rng), entry(rng)
        w0 = [s * x[0][1], r * x[0][2] - s * x[0][0], -r * x[0][1]]
        if all(sum(c * e for c, e in zip(w0, row, strict=True)) for row in x[1:]):
            break  # only x_0 is on the kink
    labels = [int(c) for c in rng.choice([-1, 1], 4)]
    if mirrored:
        x, labels = [*x, *([-c for c in row] for row in x)], [*labels, *(-c for c in labels)]
    a0 = entry(rng)
    w, a = ([w0, [-c for c in w0]], [a0, -a0]) if odd else ([w0, [entry(rng) for _ in w0]], [a0, entry(rng)])
    return Instance(
        label,
        {
            "x": np.array(x, dtype=object),
            "labels": np.array(labels),
            "w": np.array(w, dtype=object),
            "outer": np.array(a, dtype=object),
            "alpha": alpha,
            "n": len(x),
            "a": a0,
            "y": labels[0],
        },
    )


@theorem.family("random-kinks", spec="leaky-relu/T7/H1")
def random_kinks(rng, size):
    """Two neurons, four examples in three dimensions, all rational."""
    return [on_a_kink(f"kink {c}", rng, Fraction(int(rng.integers(0, 8)), 8)) for c in range(size)]


@theorem.family("mirrored")
def mirrored(rng, size):
    """The same with mirror images."""
    return [on_a_kink(f"kink {c}", rng, Fraction(1, 2), mirrored=True) for c in range(size // 2)]


@theorem.family("odd")
def odd(rng, size):
    """With mirror images and neurons in pairs (w, a), (-w, -a), whose sum is odd."""
    return [on_a_kink(f"kink {c}", rng, Fraction(1, 2), mirrored=True, odd=True) for c in range(size // 2)]


@theorem.family("linear-unit", without="leaky")
def linear_unit(rng, size):
    """alpha = 1."""
    return [on_a_kink(f"kink {c}", rng, Fraction(1)) for c in range(size)]


def two_examples(alpha):
    """x_1 = (1, 0), x_2 = (-3/4, 1), both of label 1, and one neuron w = (0, 1/100), a = 1/100."""
    x = np.array([[Fraction(1), Fraction(0)], [Fraction(-3, 4), Fraction(1)]], dtype=object)
    w = np.array([[Fraction(0), Fraction(1, 100)]], dtype=object)
    return [
        Instance(
            f"alpha {alpha}",
            {
                "x": x,
                "labels": np.array([1, 1]),
                "w": w,
                "outer": np.array([Fraction(1, 100)], dtype=object),
                "alpha": alpha,
                "n": 2,
                "a": Fraction(1, 100),
                "y": 1,
            },
        )
    ]


@theorem.family("branching", spec=("leaky-relu/T7/A1", "leaky-relu/T7/Q1"))
def branching(rng, size):
    """alpha = 1/2: v- < 0 < v+."""
    return two_examples(Fraction(1, 2))


@theorem.family("crossing")
def crossing(rng, size):
    """alpha = 9/10: 0 < v- < v+."""
    return two_examples(Fraction(9, 10))


@theorem.family("shrinking")
def shrinking(rng, size):
    """Networks rho u of random directions u on mirrored data, rho from 1 to 1e-3."""
    return [
        Instance(
            f"direction {c}",
            {"direction": rng.standard_normal(9), "positives": rng.standard_normal((4, 2)), "alpha": Fraction(1, 2)},
        )
        for c in range(size // 2)
    ]


# Experiments.
@theorem.observe(
    measures=[above, below, g, mirror, length2, rest],
    on=("random-kinks", "mirrored", "odd", "linear-unit", "branching", "crossing"),
)
def both_sides(instances, setting, run):
    """The speed of w_1 . x_1 with w_1 moved off the kink to either side, and its parts."""
    found = {name: [] for name in ("above", "below", "g", "mirror", "length2", "rest")}
    for each in instances:
        x, labels, w, outer, slope = each["x"], each["labels"], each["w"], each["outer"], each["alpha"]
        across = w @ x.T
        margins = labels * (outer @ np.where(across > 0, across, slope * across))
        # The weights as the rationals nearest to 1/(1 + e^q): equal margins get equal weights, exactly.
        weights = np.array([Fraction(1 / (1 + np.exp(float(q)))) for q in margins], dtype=object)
        gram = x @ x[0]
        nearby = min(abs(c) / (1 + abs(e)) for c, e in zip(across[0], gram, strict=True) if c) / 2
        for name, side in (("above", nearby), ("below", -nearby)):
            moved = across[0] + side * gram
            found[name].append(outer[0] / len(x) * (weights * labels * np.where(moved > 0, 1, slope) * gram).sum())
        others = across[0] != 0
        found["rest"].append((weights * labels * np.where(across[0] > 0, 1, slope) * gram)[others].sum())
        found["g"].append(weights[0])
        found["mirror"].append(sum(c for c, row in zip(weights, x, strict=True) if (row == -x[0]).all()))
        found["length2"].append(gram[0])
    columns = {
        name: Column(np.array([Fraction(value) for value in values], dtype=object)) for name, values in found.items()
    }
    return Trace(columns, [""] * len(instances))


@theorem.experiment(measures=[separation, angle, right_value, left_value], on=("branching", "crossing"))
def two_runs(instances, setting, run):
    """Two runs by RK4 from w . x_1 = 1e-11 and -1e-11 to t = 10."""
    turns = np.linspace(-np.pi, np.pi, 24, endpoint=False)
    given, end = {"points": np.stack([np.cos(turns), np.sin(turns)], 1)}, np.array([10.0])
    cases = [
        LeakyCase(np.array([side, 0.01, 0.01]), 1, float(each["alpha"]), *floats(each), end, given)
        for each in instances
        for side in (1e-11, -1e-11)
    ]
    paths = leaky_paths(cases, clock="time", eta=0.05, budget=run.budget, device=run.device)
    first = paths.column(lambda network, data, theta, given: theta[..., 0])
    values = paths.column(lambda network, data, theta, given: network.outputs(theta, given["points"]), ("t", "s"))
    pairs, errors = first.values.reshape(-1, 2), bars(first).reshape(-1, 2)
    columns = {
        "separation": Column(np.abs(pairs[:, 0] - pairs[:, 1]), error=errors.sum(1)),
        "angle": Column(np.broadcast_to(np.degrees(turns), (len(instances), 24)), ("s",)),
        "right_value": Column(values.values[::2, 0], ("s",), error=bars(values)[::2, 0]),
        "left_value": Column(values.values[1::2, 0], ("s",), error=bars(values)[1::2, 0]),
    }
    status = [a or b for a, b in zip(paths.status[::2], paths.status[1::2], strict=True)]
    return Trace(columns, status, device=paths.device)


def floats(instance):
    """Inputs and labels."""
    return instance["x"].astype(float), instance["labels"].astype(float)


@theorem.experiment(measures=[rho, weight_gap], on="shrinking")
def towards_zero(instances, setting, run):
    """|g_1 - g_1'| at rho u for 40 values of rho."""
    radii = np.geomspace(1.0, 1e-3, 40)
    rows = []
    for each in instances:
        data = leaky.mirrored(each["positives"])
        theta = radii[:, None] * each["direction"] / np.linalg.norm(each["direction"])
        q = torch.tensor(leaky.TwoLayerLeaky(3, float(each["alpha"])).margins(theta, data))
        weights = torch.sigmoid(-q).numpy()
        rows.append(np.abs(weights[:, 0] - weights[:, len(q[0]) // 2]))
    columns = {
        "rho": Column(np.broadcast_to(radii, (len(rows), 40)), ("rho",)),
        "weight_gap": Column(np.array(rows), ("rho",), error=1e-16),
    }
    return Trace(columns, [""] * len(instances))


# What must be refuted.
theorem.mutant(
    "sum-of-slopes", of="jump", formula=Eq(above - below, push * (1 + alpha) * (g - mirror)), why="1 + alpha in place of 1 - alpha",
    on=KINKS,
)  # fmt: skip
theorem.mutant(
    "no-mirror", of="jump", formula=Eq(above - below, push * (1 - alpha) * g), why="the mirror image does not switch", on="mirrored",
)  # fmt: skip
theorem.mutant(
    "always-apart", of="attracting", formula=Implies(mirror < g, above > below), why="the sign of a y does not matter"
)
theorem.mutant(
    "always-together", of="repelling", formula=Implies(mirror < g, above < below), why="the sign of a y does not matter"
)
theorem.mutant(
    "odd-but-jumping", of="odd", formula=Implies(Eq(g, mirror), above > below), why="odd functions jump as well"
)
theorem.mutant(
    "never-branches", of="branches", formula=separation <= Rational(1, 1000), why="trajectories are unique", on="branching",
)  # fmt: skip
theorem.mutant(
    "always-branches", of="unique", formula=separation >= Rational(1, 20), why="every kink with a y > 0 branches", on="crossing",
)  # fmt: skip
theorem.mutant("third-order", of="weights-agree", formula=BigO(weight_gap, rho**3), why="of the third order")
theorem.ablate("leaky", breaks="repelling", on="linear-unit")
