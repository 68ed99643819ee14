"""Which networks end with one sign of outer weight is decided by the start, and the probability is 2^{-(m-1)} exactly.

On symmetric data neuron k of a small leaky ReLU network grows along b_k (mu/|mu|, 1) with b_k = (w_k . mu/|mu| + a_k)/(2 sqrt m sigma):
it ends with a_k > 0 where b_k > 0 and with a_k < 0 where b_k < 0. For a Gaussian start the b_k are independent, symmetric and without
an atom, so that all have one sign with probability 2 * 2^{-m}. The sign of a_k at the start decides nothing: where |a_k| <
|w_k . mu|/|mu| it may change.
"""

from fractions import Fraction

import numpy as np
import torch
from sympy import Eq, Rational

from verify import RECONSTRUCTED, And, Column, Largest, Least, Not, Or, Paper, Probability, Theorem, Trace
from verify.dynamics.leaky_paths import LeakyCase, bars, leaky_paths
from verify.models import two_layer_leaky as leaky
from verify.proof import identity
from verify.statement.instances import Instance

theorem = Theorem(
    "leaky-relu-signs",
    title="A leaky ReLU network keeps both signs with probability 1 - 2^{-(m-1)}",
    source=Paper(
        "Lyu, Li, Wang & Arora", 2021, title="Gradient Descent on Two-layer Nets: Margin Maximization and Simplicity Bias",
        arxiv="2110.13905", fidelity=RECONSTRUCTED,
    ),
    summary="The condition in terms of b_k and the exact probability are our own reconstruction.",
)  # fmt: skip

# Setting.
draw = theorem.draws("draw", meaning="starts theta_0 with independent Gaussian entries")
k = theorem.index("k", meaning="neurons")
m = theorem.parameter("m", "width")
up = theorem.parameter("up", "probability that b_k > 0", sign="nonnegative")
pattern = theorem.parameter("pattern", "probability of any one pattern of signs of b_1, ..., b_m")
chance = theorem.parameter(
    "chance", "probability that the b_k have both signs", sign="nonnegative", latex=r"\mathbb{P}(E)"
)
b = theorem.quantity(
    "b", "sign of the growth coefficient b_k of a neuron at the start", over=(draw, k), latex=r"\mathrm{sgn}\,b_k"
)
a = theorem.quantity(
    "a", "sign of the outer weight of a neuron at the start", over=(draw, k), latex=r"\mathrm{sgn}\,a_k(0)"
)
weaker = theorem.quantity(
    "weaker", "mass of the weaker sign of a_k, over rho^2, at log(1/loss) = 15", over=draw, sign="nonnegative"
)

both = And(Largest(b, k) > 0, Least(b, k) < 0)
one_neuron = weaker < Rational(1, 10**6)

theorem.assume(
    "fair", Eq(up, Rational(1, 2)), "b_k is symmetric and not zero, as for Gaussian starts", spec="leaky-relu/T3/H7"
)
theorem.relation("independent", Eq(pattern, 2 ** (-m)), "the b_k are independent, symmetric and not zero")
theorem.relation(
    "complement", Eq(chance, 1 - 2 * pattern), "both signs occur unless all b_k are positive or all are negative"
)

# Conclusions.
theorem.conclude(
    "chance", Eq(chance, 1 - 2 ** (1 - m)), "the probability of both signs", on="gaussian", within=Rational(1, 10**12),
    because="powers of two", spec="leaky-relu/T3/C5",
)  # fmt: skip
theorem.conclude(
    "frequency", Eq(Probability(both, draw), chance), "both signs are drawn as often", on="gaussian", within=Rational(1, 25),
    because="40,000 draws leave 1 in 60 at the confidence of a comparison; 1 - 2^{-m} is .06 to .25 away", spec="leaky-relu/T3/C5",
)  # fmt: skip
theorem.conclude(
    "predictor", Probability(Or(And(both, Not(one_neuron)), And(Not(both), one_neuron)), draw) >= Rational(9, 10),
    "a run ends as one neuron exactly when the b_k of its start have one sign; 256 agreements in 256 draws would leave .92",
    on="trained", spec=("leaky-relu/T3/Q6", "leaky-relu/T3/Q7"),
)  # fmt: skip
theorem.step("exactly", "chance", given=("independent", "complement"), by=identity(), spec="leaky-relu/T3/S1")


# Instances.
@theorem.family("gaussian")
def gaussian(rng, size):
    """Gaussian starts of width 2, 3 and 4 with a_k twice as large as the entries of w_k, looked at only."""
    return [Instance(f"width {c}", {"m": c, "up": Fraction(1, 2), "chance": both_signs(c)}) for c in (2, 3, 4)]


def both_signs(width):
    """1 - 2^{-(m-1)}."""
    return 1 - Fraction(1, 2 ** (width - 1))


@theorem.family("trained", spec="leaky-relu/T3/R4")
def trained(rng, size):
    """256 Gaussian starts of width 2, 3 and 4 at sigma = 1e-4, on six examples in the plane, alpha = 1/2."""
    starts = [np.array([leaky.gaussian_start(rng, width, 2, scale=1e-4) for _ in range(256)]) for width in (2, 3, 4)]
    return [
        Instance(f"width {c}", {"m": c, "starts": s, "up": Fraction(1, 2), "chance": both_signs(c)})
        for c, s in zip((2, 3, 4), starts, strict=True)
    ]


@theorem.family("biased", without="fair")
def biased(rng, size):
    """b_k > 0 with probability 9/10."""
    return [Instance("width 3", {"m": 3, "up": Fraction(9, 10), "chance": both_signs(3)})]


# Experiments.
DRAWS = 40_000


@theorem.experiment(measures=[b], on="gaussian")
def growth_of_starts(instances, setting, run):
    """The signs of w_k . mu/|mu| + a_k, of which only the component of w_k along mu matters."""
    return drawn(
        [run.rng.standard_normal((DRAWS, c["m"])) + 2 * run.rng.standard_normal((DRAWS, c["m"])) for c in instances]
    )


@theorem.experiment(measures=[b], on="biased")
def biased_coins(instances, setting, run):
    """Signs drawn with the probability of the instance."""
    return drawn([float(c["up"]) - run.rng.random((DRAWS, c["m"])) for c in instances])


def drawn(grown):
    """The trace of the signs of b_k; a narrow network repeats its last neuron, which changes neither the largest nor the least."""
    return Trace({"b": Column(np.stack([padded(np.sign(each)) for each in grown]), ("draw", "k"))}, [""] * len(grown))


def padded(signs):
    """To four neurons."""
    return np.pad(signs, ((0, 0), (0, 4 - signs.shape[1])), mode="edge")


@theorem.experiment(measures=[b, a, weaker], on="trained")
def train(instances, setting, run):
    """Gradient flow from every start to log(1/loss) = 15, all in one batch."""
    data = leaky.mirrored(np.array([[1, 0.4], [1, -0.3], [1.2, 0.1]]))
    cases = [
        LeakyCase(start, each["m"], 0.5, *data, np.array([15.0])) for each in instances for start in each["starts"]
    ]
    paths = leaky_paths(cases, clock="log-inverse-loss", eta=1.0, budget=run.budget, device=run.device)
    lighter = paths.column(lighter_of)
    shape = len(instances), -1
    columns = {"weaker": Column(lighter.values.reshape(shape), ("draw",), error=bars(lighter).reshape(shape))}
    for name, of in (("b", leaky.growth), ("a", lambda network, theta, data: network.layers(theta)[1])):
        found = [np.sign(of(leaky.TwoLayerLeaky(each["m"]), each["starts"], data)) for each in instances]
        columns[name] = Column(np.stack([padded(values) for values in found]), ("draw", "k"))
    status = [next((s for s in paths.status[c * 256 : (c + 1) * 256] if s), "") for c in range(len(instances))]
    return Trace(columns, status, device=paths.device)


def lighter_of(network, data, theta, given):
    positive, negative = leaky.masses(network, theta)
    return torch.minimum(positive, negative) / (theta * theta).sum(-1)


# What must be refuted.
theorem.mutant(
    "half-as-often", of="chance", formula=Eq(chance, 1 - 2 ** (-m)), why="one pattern is excluded in place of two", on="gaussian",
    spec="leaky-relu/T3/M7",
)  # fmt: skip
theorem.mutant(
    "frequency-half", of="frequency", formula=Eq(Probability(both, draw), 1 - 2 ** (-m)), why="1 - 2^{-m}", on="gaussian",
    spec="leaky-relu/T3/M7",
)  # fmt: skip
outer_both = And(Largest(a, k) > 0, Least(a, k) < 0)
theorem.mutant(
    "sign-of-a", of="predictor", formula=Probability(Or(And(outer_both, Not(one_neuron)), And(Not(outer_both), one_neuron)), draw) >= Rational(9, 10),
    why="the signs of a_k(0) decide: they agree in 61, 69 and 80 % of the draws", spec="leaky-relu/T3/M4",
)  # fmt: skip
theorem.ablate("fair", breaks="frequency", on="biased")
