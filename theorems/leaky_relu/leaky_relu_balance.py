"""On symmetric data the weaker sign of a leaky ReLU network catches up, by an exact law; one neuron is an unstable direction.

Once all neurons lie along w*, only the masses A+ and A- of the positive and negative neurons move, and d log A-/d log A+ = (alpha S+ +
S-)/(S+ + alpha S-), S+ and S- the sums of g_i w* . x_i over the positive examples and over their mirror images. While A- is small the
mirror images are fitted worst, S- is all of it, and the ratio is 1/alpha: A+/A-^alpha stays put, A-/A+ grows like rho^{2 (1/alpha - 1)},
and a start whose masses have the ratio kappa is balanced at rho^2 of the order kappa^{-alpha/(1 - alpha)}: never, for alpha near 1.
"""

import numpy as np
import torch
from sympy import Abs, Eq, Rational, exp, log, sqrt

from verify import RECONSTRUCTED, Always, And, Implies, Nondecreasing, Paper, Rate, Theorem, Trace
from verify.dynamics import leaky_measures as measures
from verify.dynamics.leaky_paths import LeakyCase, leaky_paths
from verify.models import two_layer_leaky as leaky
from verify.proof import bound, identity
from verify.statement.instances import Instance

theorem = Theorem(
    "leaky-relu-balance",
    title="On symmetric data the weaker sign of a leaky ReLU network catches up at the power 1/alpha",
    source=Paper(
        "Lyu, Li, Wang & Arora", 2021, title="Gradient Descent on Two-layer Nets: Margin Maximization and Simplicity Bias",
        arxiv="2110.13905", fidelity=RECONSTRUCTED,
    ),
    summary="The law and the time to balance are our own; they say why a run with a large ratio of the masses is slow, not wrong.",
)  # fmt: skip

# Setting. w_k = a_k w* for all k, so that f(x_i) = w* . x_i (A+ + alpha A-) and -f(-x_i) = w* . x_i (alpha A+ + A-).
t = theorem.clock("t", log=True, meaning="time of the flow, recorded as log t")
alpha = theorem.parameter("alpha", "slope of the leaky ReLU", latex=r"\alpha")
n = theorem.parameter("n", "number of examples")
misfit = theorem.quantity("misfit", "largest |w_k - a_k w*|/rho", over=t, sign="nonnegative")
loss = theorem.quantity("loss", "mean logistic loss", over=t, log=True, latex=r"\mathcal{L}")
positive = theorem.quantity("positive", "mass of the positive neurons", over=t, log=True, latex="A_+")
negative = theorem.quantity("negative", "mass of the negative neurons", over=t, log=True, latex="A_-")
rho2 = theorem.quantity("rho2", "squared norm of the parameters", over=t, log=True, latex=r"\rho^2")
pull = theorem.quantity(
    "pull", "S+, sum of g_i w* . x_i over the positive examples, over that of all", over=t, sign="nonnegative", latex="S_+",
)  # fmt: skip
mirrored_pull = theorem.quantity(
    "mirrored_pull", "S-, the same over their mirror images", over=t, sign="positive", latex="S_-"
)
kappa = theorem.parameter("kappa", "A-/A+^{1/alpha} of a start", latex=r"\kappa")

ratio = theorem.define(
    "ratio", (alpha * pull + mirrored_pull) / (pull + alpha * mirrored_pull), "the law's d log A-/d log A+"
)
slope = theorem.define("slope", Rate(log(negative), log(positive)), "d log A-/d log A+")
balance_mass = theorem.define(
    "balance_mass", kappa * kappa ** (-1 / (1 - alpha)),
    "kappa^{-alpha/(1 - alpha)}, the mass A+ at which A- = kappa A+^{1/alpha} has caught up",
)  # fmt: skip
early = And(negative <= positive / 1000, loss <= exp(-20))

theorem.relation(
    "flow-positive", Always(Eq(Rate(positive, t), 2 * positive * (pull + alpha * mirrored_pull)), over=t),
    "2 a_k times da_k/dt, in units of time in which S+ + S- = n",
)  # fmt: skip
theorem.relation(
    "flow-negative", Always(Eq(Rate(negative, t), 2 * negative * (alpha * pull + mirrored_pull)), over=t), "the same for a_k < 0",
)  # fmt: skip

theorem.assume(
    "aligned", Always(misfit <= Rational(1, 10**6)), "every neuron lies along w*, with |w_k| = |a_k|", within=Rational(1, 10**8),
)  # fmt: skip

# Conclusions.
theorem.conclude(
    "law", Always(Eq(slope, ratio)), "the exact law of the masses", within=Rational(1, 10**6),
    because="a rate against sums of the same weights", spec="leaky-relu/T5/C3",
)  # fmt: skip
theorem.conclude(
    "imbalance", Always(Implies(early, Abs(slope - 1 / alpha) <= Rational(1, 100))), "while A- is small, d log A-/d log A+ is 1/alpha",
    on="pairs", spec=("leaky-relu/T5/C3", "leaky-relu/T5/Q3"),
)  # fmt: skip
theorem.conclude(
    "instability", Always(Implies(early, Abs(Rate(log(negative / positive), log(sqrt(rho2))) - 2 * (1 / alpha - 1)) <= Rational(1, 20))),
    "A-/A+ grows like rho^{2 (1/alpha - 1)}: the direction of one neuron is unstable", on="pairs", spec="leaky-relu/T5/C4",
)  # fmt: skip
theorem.conclude(
    "catches-up", Nondecreasing(log(negative / positive)), "the weaker sign gains all the time", spec="leaky-relu/T5/C4"
)

# Proof.
theorem.step(
    "positive-grows", Always(Rate(positive, t) > 0, over=t), given="flow-positive",
    by=bound(2 * positive * (pull + alpha * mirrored_pull)),
)  # fmt: skip
theorem.step(
    "law-exactly", "law", given=("flow-positive", "flow-negative", "positive-grows"), by=identity(), spec="leaky-relu/T5/S5",
)  # fmt: skip
theorem.step(
    "conserved", Always(Implies(Eq(pull, 0), Eq(Rate(log(positive) - alpha * log(negative), t), 0)), over=t),
    given=("flow-positive", "flow-negative"), by=identity(), meaning="A+/A-^alpha stays put while only the mirror images pull", spec="leaky-relu/T5/S5",
)  # fmt: skip
theorem.step(
    "time-to-balance", Implies(alpha < 1, Eq(kappa * balance_mass ** (1 / alpha), balance_mass)), by=identity(),
    meaning="kappa A^{1/alpha} = A at A = kappa^{-alpha/(1 - alpha)}", spec="leaky-relu/T5/S6",
)  # fmt: skip


# Instances. Inputs that mirror each other across the axis of w* = (1, 0), so that neurons on the axis stay there.
def pair(alpha, rng, tilt=0.0):
    """Two neurons along (1, 0), the negative one much smaller, and six examples."""
    height = 0.3 + 0.4 * rng.random()
    data = leaky.mirrored(np.array([[1, height], [1, -height], [1.5, 0]]))
    small = 10.0 ** -rng.uniform(9, 11) if alpha < 0.4 else 10.0 ** -rng.uniform(5, 6)
    start = np.array([1.0, tilt, -small, 0, 1.0, -small])
    return Instance(
        f"alpha {alpha}, height {height:.2f}",
        {"inputs": data.inputs, "labels": data.labels, "start": start, "alpha": alpha, "n": 6},
    )


@theorem.family("pairs")
def pairs(rng, size):
    """alpha = 1/4, 1/2 and 4/5, two instances each."""
    return [pair(alpha, rng) for alpha in (0.25, 0.5, 0.8) for _ in range(2)]


@theorem.family("tilted", without="aligned")
def tilted(rng, size):
    """The positive neuron off the axis."""
    return [pair(0.5, rng, tilt=0.5)]


def misfit_of(network, data, theta, given):
    w, a = network.layers(theta)
    east = torch.zeros_like(w)
    east[..., 0] = a
    return (w - east).norm(dim=-1).amax(-1) / theta.norm(dim=-1)


def pull_of(half):
    """Share of sum_i g_i w* . x_i that the first or second half of the examples has."""

    def share(network, data, theta, given):
        weights = (
            torch.softmax(torch.nn.functional.logsigmoid(-network.margins(theta, data)), -1) * data.inputs[..., 0].abs()
        )
        parts = weights.unflatten(-1, (2, -1)).sum(-1)
        return parts[..., half] / parts.sum(-1)

    return share


@theorem.experiment(measures=[t, loss, misfit, positive, negative, rho2, pull, mirrored_pull])
def masses_along_the_flow(instances, setting, run):
    """Gradient flow at losses from e^-5 to e^-60, with the rates of the masses."""
    targets = np.linspace(5.0, 60.0, 23)
    cases = [LeakyCase(each["start"], 2, each["alpha"], each["inputs"], each["labels"], targets) for each in instances]
    paths = leaky_paths(cases, eta=1.0, budget=run.budget, device=run.device)
    columns = {
        "t": paths.log_time(),
        "loss": paths.log_loss(),
        "misfit": paths.column(misfit_of),
        "positive": paths.column(measures.log_positive, log=True, rate=True),
        "negative": paths.column(measures.log_negative, log=True, rate=True),
        "rho2": paths.column(measures.log_square, log=True, rate=True),
        "pull": paths.column(pull_of(0)),
        "mirrored_pull": paths.column(pull_of(1)),
    }
    return Trace(columns, paths.status, device=paths.device)


# What must be refuted.
theorem.mutant("same-pace", of="law", formula=Always(Eq(slope, 1)), why="both masses grow at one pace")
theorem.mutant("inverse", of="law", formula=Always(Eq(slope, 1 / ratio)), why="the other way round")
theorem.mutant(
    "power-alpha", of="imbalance", formula=Always(Implies(early, Abs(slope - alpha) <= Rational(1, 100))),
    why="alpha in place of 1/alpha",
)  # fmt: skip
theorem.mutant(
    "stable", of="instability", formula=Always(Implies(early, Rate(log(negative / positive), log(rho2)) <= 0)),
    why="one neuron is a stable direction",
)  # fmt: skip
theorem.mutant(
    "falls-behind", of="catches-up", formula=Nondecreasing(log(positive / negative)), why="the weaker sign falls behind"
)
theorem.ablate("aligned", breaks="law", on="tilted")
