"""From a small start on symmetric data, a leaky ReLU network of any width follows a network of two neurons.

When the early phase is over, the neurons with b_k > 0 are multiples of one neuron and those with b_k < 0 of another, with factors b_k/b+
and b_k/b-, b+ = |(b)_+| and b- = -|(b)_-|; gradient flow keeps them so. The distance to the flow of those two neurons is O(sigma). Inside
the cone where the positive neuron is active on the positive examples and the negative one on the others, maximising the margin is a
convex problem, whose optimum is linear.
"""

from fractions import Fraction

import numpy as np
import torch
from sympy import Eq, Rational, sqrt

from verify import (
    RECONSTRUCTED,
    Always,
    And,
    BigO,
    Column,
    Eventually,
    Implies,
    Least,
    Paper,
    Tends,
    Theorem,
    Theta,
    Total,
    Trace,
)
from verify.dynamics.leaky_paths import LeakyCase, leaky_paths
from verify.dynamics.rescaled_flow import RK8
from verify.models import two_layer_leaky as leaky
from verify.proof import At, Given, bound, identity
from verify.reference.early_phase import early_phase
from verify.statement.instances import Instance

theorem = Theorem(
    "leaky-relu-two-neuron",
    title="From a small start a wide leaky ReLU network follows two neurons",
    source=Paper(
        "Lyu, Li, Wang & Arora", 2021, title="Gradient Descent on Two-layer Nets: Margin Maximization and Simplicity Bias",
        arxiv="2110.13905", fidelity=RECONSTRUCTED,
    ),
    summary="The reduction to two neurons is the paper's as we recall it, for sigma tending to 0 (o(1)); the rate O(sigma) is measured. What "
    "happens outside the cone of the second half is handled near the optimum in the paper, and not here.",
)  # fmt: skip

# Setting.
sigma = theorem.clock("sigma", to=0, meaning="scale of the start")
k = theorem.index("k", meaning="neurons")
i = theorem.index("i", meaning="examples x_i of label +1")

alpha = theorem.parameter("alpha", "slope of the leaky ReLU", sign="nonnegative", latex=r"\alpha")
asymmetry = theorem.parameter("asymmetry", "0 if the examples are their own mirror image, else 1", sign="nonnegative")
error = theorem.quantity(
    "error", "distance to the embedded two neurons at T1(1) + 3/rate", over=sigma, latex=r"|\theta-\pi_b\hat\theta|"
)
other = theorem.quantity("other", "distance to two neurons that start with b+ = -b-", over=sigma)
ratio = theorem.quantity("ratio", "A-/A+ at that time", over=sigma, sign="nonnegative", latex="A_-/A_+")
kept = theorem.parameter("kept", "A-/A+ of the two neurons at that time", latex=r"\hat A_-/\hat A_+")

# The embedding: two neurons with functions f+ and f- of the input become m neurons.
above = theorem.quantity("above", "positive part of b_k", over=k, sign="nonnegative", latex="(b_k)_+")
below = theorem.quantity("below", "negative part of b_k", over=k, sign="nonnegative", latex="(b_k)_-")
f_plus = theorem.parameter("f_plus", "a phi(w . x) of the positive neuron, at some x", sign="real", latex="f_+(x)")
f_minus = theorem.parameter("f_minus", "a phi(w . x) of the negative neuron", sign="real", latex="f_-(x)")
b_plus = theorem.define("b_plus", sqrt(Total(above**2, k)), "length of the positive b_k", latex="b_+")
b_minus = theorem.define("b_minus", sqrt(Total(below**2, k)), "length of the negative b_k", latex="|b_-|")
embedded = theorem.define(
    "embedded", Total((above / b_plus) ** 2 * f_plus + (below / b_minus) ** 2 * f_minus, k), "the function of the m neurons",
    latex="f(x)",
)  # fmt: skip

# The cone: u = a w of the positive neuron, v = a w of the negative one; the margins are linear in (u, v).
u_at = theorem.quantity("u_at", "u . x_i", over=i, latex="(u x_i)")
v_at = theorem.quantity("v_at", "v . x_i", over=i, latex="(v x_i)")
u_size = theorem.parameter("u_size", "|u|", latex="|u|")
v_size = theorem.parameter("v_size", "|v|", latex="|v|")
both_size = theorem.parameter("both_size", "|u + v|", latex="|u+v|")
imbalance = theorem.parameter("imbalance", "0 if u = v = w*/((1 + alpha) gamma), else 1", sign="nonnegative")
gamma = theorem.parameter("gamma", "largest linear margin", latex=r"\gamma^*")
both_at = theorem.define("both_at", u_at + v_at, "(u + v) . x_i", latex="((u+v)x_i)")
theorem.relation("triangle", both_size <= u_size + v_size, "the triangle inequality")
theorem.relation(
    "linear-margin", Least(both_at, i) <= gamma * both_size, "gamma is the largest margin of a unit vector"
)
theorem.relation("both-groups", And(Total(above**2, k) > 0, Total(below**2, k) > 0), "the b_k have both signs")
theorem.relation(
    "feasible", Always(And(u_at + alpha * v_at >= 1, alpha * u_at + v_at >= 1), over=i),
    "(u, v) fits the data with margin 1, in the cone",
)  # fmt: skip

# Hypotheses.
theorem.assume(
    "symmetric", Eq(asymmetry, 0), "the examples are their own mirror image, and separable", spec="leaky-relu/T5/H1"
)

# Conclusions.
theorem.conclude(
    "two-neurons", BigO(error, sigma), "after the early phase the network follows two neurons, up to O(sigma)", on="both-signs",
    within=Rational(1, 20), spec=("leaky-relu/T5/C1", "leaky-relu/T5/E1", "leaky-relu/T5/Z1"),
)  # fmt: skip
theorem.conclude(
    "first-order", Theta(error, sigma), "and not closer", on="both-signs", within=Rational(1, 50),
    spec=("leaky-relu/T5/Q1", "leaky-relu/T5/X1"),
)  # fmt: skip
theorem.conclude(
    "follows", Eventually(error <= Rational(1, 1000)), "it is within 1e-3 of them once sigma is small", on="both-signs",
    spec="leaky-relu/T5/C1",
)  # fmt: skip
theorem.conclude(
    "balance-is-kept", Tends(ratio, kept), "a smaller start does not balance the signs", on="both-signs", within=Rational(1, 50),
    because="starts are chosen with a ratio at least 1/5 away from 1", spec="leaky-relu/T5/X2",
)  # fmt: skip
theorem.conclude(
    "same-function", Eq(embedded, f_plus + f_minus), "the embedding keeps the function", on="embeddings", within=Rational(1, 10**12),
    spec="leaky-relu/T5/S1",
)  # fmt: skip
theorem.conclude(
    "cone-bound", u_size + v_size >= 2 / ((1 + alpha) * gamma), "in the cone no network has a larger margin than the linear one",
    on="feasible-pairs", within=Rational(1, 10**12), because="up to rounding", spec=("leaky-relu/T5/C2", "leaky-relu/T5/H2"),
)  # fmt: skip
theorem.conclude(
    "cone-attained", Implies(Eq(imbalance, 0), Eq(u_size + v_size, 2 / ((1 + alpha) * gamma))), "u = v = w*/((1 + alpha) gamma) attains it",
    on="feasible-pairs", within=Rational(1, 10**12), because="up to rounding", spec=("leaky-relu/T5/C2", "leaky-relu/T5/H2"),
)  # fmt: skip

# Proof.
theorem.step("embedding-keeps-f", "same-function", by=identity(), given="both-groups", spec="leaky-relu/T5/S2")
theorem.step(
    "sum-of-constraints", Always((1 + alpha) * both_at >= 2, over=i), given="feasible",
    by=bound(Given("feasible", 0) + Given("feasible", 1)), spec="leaky-relu/T5/S3",
)  # fmt: skip
theorem.step(
    "cone-is-no-better", "cone-bound", given=("sum-of-constraints", "linear-margin", "triangle"), spec="leaky-relu/T5/S4",
    by=bound(-Given("triangle") - Given("linear-margin") / gamma + At(Given("sum-of-constraints"), Least(both_at, i)) / ((1 + alpha) * gamma)),
)  # fmt: skip


# Instances.
def positives(rng):
    """Three inputs near (1, 0)."""
    return np.array([[1, 0.4], [1, -0.3], [1.2, 0.1]]) + 0.1 * rng.standard_normal((3, 2))


@theorem.family("both-signs")
def both_signs(rng, size):
    """Four neurons with b_k of both signs, three positive examples in the plane, alpha = 1/2; sigma from 1e-2 to 1e-7."""
    batch = []
    while len(batch) < 3:
        data = leaky.mirrored(positives(rng))
        start = leaky.gaussian_start(rng, 4, 2, scale=1.0)
        b = early_phase(start, 1.0, 0.5, *data).b
        masses = (b[b > 0] ** 2).sum(), (b[b < 0] ** 2).sum()
        if min(masses) > 0.02 and abs(masses[1] - masses[0]) > 0.3 * masses[0]:
            batch.append(
                Instance(
                    f"start {len(batch)}",
                    {"inputs": data.inputs, "labels": data.labels, "start": start, "alpha": 0.5, "asymmetry": 0},
                )
            )
    return batch


@theorem.family("not-symmetric", without="symmetric")
def not_symmetric(rng, size):
    """A symmetric data set without one of its negative examples."""
    data = leaky.mirrored(np.array([[1, 0.4], [1, -0.3], [1.2, 0.1]]))
    b = np.array([0.5, -0.4, 0.3, -0.6])
    start = np.concatenate([np.outer(b, [1.0, 0.2]).ravel(), b])
    return [
        Instance(
            "one example missing",
            {"inputs": data.inputs[:5], "labels": data.labels[:5], "start": start, "alpha": 0.5, "asymmetry": 1},
        )
    ]


@theorem.family("embeddings")
def embeddings(rng, size):
    """Rational b with rational lengths b+ and b- (3, 4, 5 and 5, 12, 13), and any values of the two neurons."""
    b = [
        [Fraction(3), Fraction(4), Fraction(-5), Fraction(-12)],
        [Fraction(5), Fraction(12), Fraction(-3), Fraction(-4)],
    ]
    values = [[Fraction(int(c), 8) for c in rng.integers(-16, 16, 2)] for _ in b]
    return {
        "asymmetry": np.zeros(2, dtype=int), "above": np.maximum(np.array(b), 0), "below": np.maximum(-np.array(b), 0),
        "f_plus": np.array([v[0] for v in values]), "f_minus": np.array([v[1] for v in values]), "alpha": np.array([Fraction(1, 2)] * 2),
    }  # fmt: skip


@theorem.family("feasible-pairs")
def feasible_pairs(rng, size):
    """Random pairs u, v that fit the data with margin 1, and in the first instance u = v = w*/((1 + alpha) gamma)."""
    alpha, found = 0.5, {name: [] for name in ("u_at", "v_at", "u_size", "v_size", "both_size", "gamma", "imbalance")}
    rows = np.array([[1, 0.5], [1, -0.5], [1.5, 0.5]])
    for c in range(size):
        u, v = np.array([1.0, 0]) + (c > 0) * 0.5 * rng.standard_normal((2, 2)) @ np.array([[0.4, 0], [0, 1]])
        scale = np.minimum(rows @ u + alpha * (rows @ v), alpha * (rows @ u) + rows @ v).min()
        u, v = u / scale, v / scale
        measured = rows @ u, rows @ v, np.linalg.norm(u), np.linalg.norm(v), np.linalg.norm(u + v), 1.0, float(c > 0)
        for name, value in zip(found, measured, strict=True):
            found[name].append(value)
    ones = np.ones(size, dtype=int)
    return {name: np.array(values) for name, values in found.items()} | {
        "asymmetry": 0 * ones,
        "alpha": np.array([Fraction(1, 2)] * size),
        "imbalance": np.array([int(c > 0) for c in range(size)]),
    }


# Experiments.
@theorem.experiment(measures=[sigma, error, other, ratio, kept], on=("both-signs", "not-symmetric"))
def ladder(instances, setting, run):
    """Full networks from sigma theta_0, and the two neurons that leave zero along (b+ mu/|mu|, b+, b- mu/|mu|, b-)."""
    scales, tiny = np.geomspace(1e-2, 1e-7, 11), 1e-6
    wide, pairs = [], []
    for each in instances:
        early = early_phase(each["start"], 1.0, each["alpha"], each["inputs"], each["labels"])
        signs = [early.b[early.b > 0], early.b[early.b < 0]]
        lengths = np.linalg.norm(signs[0]), -np.linalg.norm(signs[1])
        even = np.hypot(*lengths) / np.sqrt(2)
        for b in (lengths, (even, -even)):
            start = tiny * np.concatenate([np.outer(b, early.unit).ravel(), b])
            pairs.append(case(each, start, (np.log(1 / tiny) + 3) / early.rate, early.b))
        wide += [case(each, c * each["start"], early.time(1.0, c) + 3 / early.rate, early.b) for c in scales]
    full, two = (
        leaky_paths(cases, clock="time", eta=0.25, method=RK8, budget=run.budget, device=run.device)
        for cases in (wide, pairs)
    )
    found = full.column(lambda network, data, theta, given: theta, ("row", "entry"))
    theta = found.values[:, 0].reshape(len(instances), len(scales), -1)
    rough = np.asarray(found.flow_error)[:, 0].reshape(theta.shape)
    limits = np.array(
        [
            [leaky.embedded(two.final(2 * c + o), wide[c * len(scales)].given["b"]) for o in (0, 1)]
            for c in range(len(instances))
        ]
    )
    distances = np.linalg.norm(theta[:, None] - limits[:, :, None], axis=-1)
    masses = [
        np.array([np.divide(*leaky.masses(network, torch.tensor(t))[::-1]) for t in states])
        for network, states in ((leaky.TwoLayerLeaky(4), theta), (leaky.TwoLayerLeaky(4), limits[:, :1]))
    ]
    bars = 1e-14 + np.linalg.norm(rough, axis=-1)
    columns = {
        "sigma": Column(np.broadcast_to(scales, distances[:, 0].shape), ("sigma",)),
        "error": Column(distances[:, 0], ("sigma",), error=bars),
        "other": Column(distances[:, 1], ("sigma",), error=bars),
        "ratio": Column(masses[0], ("sigma",), error=10 * bars),
        "kept": Column(masses[1][:, 0], error=1e-9),
    }
    status = [
        next((s for s in (*full.status[c * len(scales) : (c + 1) * len(scales)], two.status[2 * c]) if s), "")
        for c in range(len(instances))
    ]
    return Trace(columns, status, device=full.device)


def case(instance, start, time, b):
    """One run to one time."""
    width = len(start) // (instance["inputs"].shape[1] + 1)
    return LeakyCase(
        start, width, instance["alpha"], instance["inputs"], instance["labels"], np.array([time]), {"b": b}
    )


# What must be refuted.
theorem.mutant(
    "second-order", of="two-neurons", formula=BigO(error, sigma**2), why="O(sigma^2)", spec="leaky-relu/T5/M1"
)
theorem.mutant(
    "any-pair", of="two-neurons", formula=BigO(other, sigma), why="two neurons that do not depend on b", spec="leaky-relu/T5/M2",
)  # fmt: skip
theorem.mutant("half-order", of="first-order", formula=Theta(error, sqrt(sigma)), why="order 1/2")
theorem.mutant("balances", of="balance-is-kept", formula=Tends(ratio, 1), why="a small start balances the signs")
theorem.mutant(
    "stays-away", of="follows", formula=Eventually(error >= Rational(1, 100)), why="the network stays a hundredth away"
)
theorem.mutant(
    "l1-shares", of="same-function", define={b_plus: Total(above, k), b_minus: Total(below, k)}, why="factors b_k/sum |b|, whose squares do not sum to one",
    spec="leaky-relu/T5/M3",
)  # fmt: skip
theorem.mutant(
    "one-neuron-is-enough", of="cone-bound", formula=u_size + v_size >= 2 / ((1 + alpha) * gamma) * Rational(3, 2),
    why="a bound that is 3/2 too large",
)  # fmt: skip
theorem.mutant(
    "attained-by-one", of="cone-attained", formula=Eq(u_size + v_size, 1 / (alpha * gamma)), why="the margin of one neuron",
)  # fmt: skip
theorem.ablate("symmetric", breaks="follows", on="not-symmetric")
