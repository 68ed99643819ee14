"""SVAG: SGD's own equation is reached at a fixed learning rate, by amplifying the noise while the step shrinks.

x' = x - (eta/l) grad[(1 + a)/2 L_1 + (1 - a)/2 L_2](x), a = sqrt(2l - 1), with two independent examples: l = 1 is SGD, and as l grows
the chain tends to dX = -grad L dt + (eta S)^{1/2} dW with error O(1/l) at times k eta/l. The combination has l times the covariance
but only (3l - 1)/2 times the third moment, so skewed noise costs nothing; amplifying one example by sqrt(l) has order 1/2.
"""

from fractions import Fraction
from functools import lru_cache

import numpy as np
from sympy import Eq, Rational, sqrt

from verify import RECONSTRUCTED, Always, And, BigO, Column, Equivalent, Paper, Theorem, Theta, Trace
from verify.dynamics.pendulum import Pendulum, error_column, halvings, unfolded
from verify.dynamics.weak_error import ladder, semigroup
from verify.models.noise import RADEMACHER, SKEW, dependence_of_pairs, pairs, two_points
from verify.proof import cited, identity
from verify.proof.weak_order import LocalExpansion, one_step
from verify.statement.instances import Instance

# Declarations are tables: up to 150 columns each, which the formatter would break into one word a line.
# fmt: off
theorem = Theorem(
    "svag",
    title="SVAG converges weakly to the stochastic differential equation of SGD at a fixed learning rate, with error O(1/l)",
    source=Paper(
        authors="Li, Malladi & Arora",
        year=2021,
        title="On the Validity of Modeling SGD with Stochastic Differential Equations (SDEs)",
        arxiv="2102.12470",
        fidelity=RECONSTRUCTED,
    ),
    summary="The order is reconstructed from the source; the error operator and its constant, the order 1/2 of the naive amplification "
    "and all numbers are our own. Chain and equation are compared exactly on the torus.",
)

# Setting. The clock is r = 1/sqrt(l), the size of one step's noise: all expansions are in powers of it.
r = theorem.clock("r", to=0, meaning="1/sqrt(l)")
eta = theorem.parameter("eta", "learning rate, fixed", latex=r"\eta")
l = theorem.define("l", r**-2, "amplification; one step takes the time eta/l", latex=r"\ell")  # noqa: E741  the letter of the paper
x = theorem.quantity("x", "the state")
z1, z2 = (theorem.quantity(f"z{k}", f"gradient noise of example {k}", latex=f"z_{k}") for k in (1, 2))
f1, f2, f3 = (theorem.quantity(f"f{k}", f"derivative {k} of the loss L at x", latex="{L" + "'" * k + "}") for k in (1, 2, 3))
S, S1, S2 = (theorem.quantity(name, f"variance of the gradient at x, derivative {k}") for k, name in enumerate(("S", "S1", "S2")))
mu3, mu4 = (theorem.quantity(f"mu{k}", f"central moment {k} of the gradient at x", latex=rf"\mu_{k}") for k in (3, 4))
g1, g2, g3, g4 = (theorem.quantity(f"g{k}", f"derivative {k} of the observable g at x", latex=f"{{g^{{({k})}}}}") for k in (1, 2, 3, 4))

gain = theorem.define("gain", 2 - r**2, "a^2/l = (2l - 1)/l")
a = theorem.define("a", sqrt(gain * l), "sqrt(2l - 1)")
plus = theorem.define("plus", (1 + a) / 2, "weight of the first example", latex="c_1")
minus = theorem.define("minus", (1 - a) / 2, "weight of the second example", latex="c_2")
naive = theorem.define("naive", -eta / l * (f1 + sqrt(l) * z1), "one example, amplified by sqrt(l)")
step = theorem.define("step", -eta / l * (plus * (f1 + z1) + minus * (f1 + z2)), "the update x' - x", latex=r"\Delta x")
drift = theorem.define("drift", -f1, "drift of the equation", latex="b")
diffusion = theorem.define("diffusion", eta * S, "its diffusion, B B^T")
R = theorem.define(
    "R",
    eta**3 / 48 * (mu4 - 3 * S**2) * g4
    - (eta**3 * S * S1 + eta**2 * mu3) / 4 * g3
    + (-(eta**3) * S * S2 / 8 + eta**2 * S * f2 / 2 + eta**2 * S1 * f1 / 4) * g2
    + (eta**2 * S * f3 / 4 - eta * f1 * f2 / 2) * g1,
    "error operator, for each unit of time, applied to g",
    latex="R g",
)

error = theorem.quantity("error", "weak error, sup over k <= T l/eta, starts and g", over=r, log=True)
error_naive = theorem.quantity("error_naive", "weak error of the naive amplification", over=r, log=True)
local = theorem.quantity("local", "error of one step", over=r, log=True)
constant = theorem.parameter("constant", "l times the error, as predicted from R", latex="C")
dependence = theorem.parameter("dependence", "largest difference of the pair's law from the product law", sign="nonnegative")
bias = theorem.parameter("bias", "E grad L_gamma - grad L", sign="nonnegative")

# Hypotheses.
theorem.assume(
    "iid-pairs", Eq(dependence, 0), "the two examples of a step are independent of each other and of the past", spec="sde-weak-order/T2/H1"
)
theorem.assume("unbiased", Eq(bias, 0), "E grad L_gamma = grad L", spec="sde-weak-order/T2/H2")
theorem.assume("lipschitz", assumed="gradients grow at most linearly, with moments; true on the torus", spec="sde-weak-order/T2/H3")
theorem.assume(
    "smooth", assumed="L and S^{1/2} have bounded derivatives; true on the torus, the exact class is reconstructed", spec="sde-weak-order/T2/H4"
)
theorem.assume("fixed", assumed="eta and T = 1 do not change as l grows", spec="sde-weak-order/T2/H5")

# Conclusions.
TORUS = ("symmetric", "skew")
EXPONENT = {"within": Rational(1, 25), "because": "1/50 in l; orders in l differ by one half at least"}
theorem.conclude(
    "order", BigO(error, 1 / l), "the error is O(1/l)", **EXPONENT, spec=("sde-weak-order/T2/H0", "sde-weak-order/T2/C1", "sde-weak-order/T2/X1")
)
theorem.conclude(
    "sharp", Theta(error, 1 / l), "and no better", **EXPONENT, on=TORUS, spec=("sde-weak-order/T2/Q1", "sde-weak-order/T2/Q2", "sde-weak-order/T2/X2")
)
theorem.conclude(
    "constant",
    Equivalent(error, constant / l),
    "the error's constant is predicted by R",
    within=Rational(1, 100),
    because="the prediction has no free parameter",
    on=TORUS,
)
theorem.conclude(
    "weights",
    Always(
        And(
            Eq(plus + minus, 1),
            Eq(plus**2 + minus**2, l),
            Eq(plus**3 + minus**3, (3 * l - 1) / 2),
            Eq(plus**4 + minus**4, l**2 / 2 + l - Rational(1, 2)),
        )
    ),
    "power sums of the weights; the first two fix the weights up to their order",
    within=Rational(1, 10**6),
    because="the fourth power sum is 1e6, known to rounding",
    spec="sde-weak-order/T2/C2",
)
theorem.conclude("local", BigO(local, r**4), "one step errs by O(1/l^2), for skewed noise too", **EXPONENT, on=TORUS, spec="sde-weak-order/T2/C3")
theorem.conclude(
    "naive",
    Theta(error_naive, r),
    "with skewed noise the naive amplification is of order 1/2 in 1/l",
    within=Rational(1, 10),
    because="1/20 in l; the nearest order is one half away",
    on="skew",
    spec=("sde-weak-order/T2/C4", "sde-weak-order/T2/Q3"),
)

# Proof. z is the noise of the combination over sqrt(l); its moments are those of the weights' power sums.
z = theorem.quantity("z", "noise of the combined gradient, over sqrt(l)")
second = theorem.define("second", (gain + r**2) / 2 * S, "its variance, (c_1^2 + c_2^2) S/l")
third = theorem.define("third", (3 * gain * r + r**3) / 4 * mu3, "its third moment, (c_1^3 + c_2^3) mu3/l^{3/2}")
fourth = theorem.define("fourth", (gain**2 + 6 * gain * r**2 + r**4) / 8 * mu4 + Rational(3, 8) * (gain - r**2) ** 2 * S**2, "its fourth moment")
time = theorem.define("time", eta * r**2, "the time of one step, eta/l")
combined = theorem.define("combined", -eta * (r**2 * f1 + r * z), "the update, by its combined noise")
residual4, naive3 = (
    theorem.quantity(name, f"coefficient of r^{name[-1]} in the local error{of}")
    for name, of in (("residual4", ""), ("naive3", " of the naive chain"))
)
local_naive = theorem.quantity("local_naive", "error of one step of the naive chain", over=r)
JETS = {f1: ("L", 1), f2: ("L", 2), f3: ("L", 3), S: ("S", 0), S1: ("S", 1), S2: ("S", 2), mu3: ("mu3", 0), mu4: ("mu4", 0),
        g1: ("g", 1), g2: ("g", 2), g3: ("g", 3), g4: ("g", 4)}  # fmt: skip
CHAIN = {"step": r, "time": time, "state": [x], "update": [combined], "drift": [drift], "diffusion": [[diffusion]], "noise": [z], "jets": JETS}
theorem.reference("svag", one_step(**CHAIN, moments={1: 0, 2: second, 3: third, 4: fourth}, local=local, residuals={residual4: 4}), "SVAG")
theorem.reference("naive", one_step(**CHAIN, moments={1: 0, 2: S, 3: mu3, 4: mu4}, local=local_naive, residuals={naive3: 3}), "the naive chain")
theorem.relation("amplified", Always(gain > 0), because="l >= 1, so that sqrt(2l - 1) is defined")
theorem.step("power-sums", "weights", by=identity(), given="amplified", spec=("sde-weak-order/T2/S3", "sde-weak-order/T2/S1"))
theorem.step("expansion", "local", by=LocalExpansion(), spec=("sde-weak-order/T2/S1", "sde-weak-order/T2/S2"))
theorem.step("error-operator", Eq(residual4, eta * R), by=LocalExpansion())
theorem.step("third-moment-remains", Eq(naive3, -(eta**3) * mu3 * g3 / 6), by=LocalExpansion(), meaning="in the naive chain it is of order r^3")
MILSTEIN = cited("a local weak error O(h^2) per step of time h, uniform with polynomial growth, gives the global order one (Milstein 1986)")
theorem.step(
    "global", "order", by=MILSTEIN, given=("expansion", "iid-pairs", "unbiased", "lipschitz", "smooth", "fixed"), spec="sde-weak-order/T2/Z1"
)


# Instances: losses -b cos x with gradient noise (a0 + a1 cos x) z on the torus, eta = 1/2; a pair law (z1, z2, probability).
def pendulum(label, law, size, rng, shift=Fraction(0)):
    """The reference instance b = 1, a = .8 + .4 cos x, and others near it."""
    shapes = [(Fraction(1), Fraction(4, 5), Fraction(2, 5))]
    shapes += [tuple(Fraction(int(k), 20) for k in rng.integers((18, 15, 7), (21, 18, 10))) for _ in range(1, min(size // 8, 4))]
    names = ("b", "a0", "a1")
    return [
        Instance(f"{label} {k}", {**dict(zip(names, shape, strict=True)), "eta": Fraction(1, 2), "law": law, "bias": shift})
        for k, shape in enumerate(shapes)
    ]


@theorem.family("symmetric", spec="sde-weak-order/T2/R1")
def symmetric(rng, size):
    """Rademacher noise."""
    return pendulum("symmetric", pairs(RADEMACHER), size, rng)


@theorem.family("skew", spec="sde-weak-order/T2/R2")
def skew(rng, size):
    """Noise 2 with probability 1/5, -1/2 with probability 4/5."""
    return pendulum("skew", pairs(SKEW), size, rng)


@theorem.family("same-example-twice", without="iid-pairs")
def same_example_twice(rng, size):
    """Both examples of a step are the same: their weights add up to one, and nothing is amplified."""
    return pendulum("twice", [(u, u, p) for u, p in RADEMACHER], 1, rng)


@theorem.space("dependent-pairs", like="symmetric")
def dependent_pairs(draw):
    """Noise s or -1/s, and a second example that is the first one with the probability of `correlation` quarters."""
    s, same = draw.rationals("s", 1, 2, denominator=4), Fraction(draw.integer("correlation", 0, 4), 4)
    law: dict = {}
    for u, v, p in pairs(two_points(s)):
        law[u, v] = law.get((u, v), Fraction(0)) + (1 - same) * p
    for u, p in two_points(s):
        law[u, u] += same * p
    b, a0, a1 = (draw.rationals(name, low, low + 1, denominator=20) for name, low in (("b", 1), ("a0", 1), ("a1", 0)))
    data = {"b": b, "a0": a0, "a1": a1, "eta": Fraction(1, 2), "bias": Fraction(0)}
    return Instance("searched", {**data, "law": [(u, v, p) for (u, v), p in law.items() if p]})


@theorem.family("biased", without="unbiased")
def biased(rng, size):
    """A bias of 0.1 in the gradient."""
    return pendulum("biased", pairs(RADEMACHER), 1, rng, shift=Fraction(1, 10))


# Experiments.
STEPS, STEPS_NAIVE = halvings(16, 15), halvings(64, 13)  # corrections to the order 1/2 fade slowly


@theorem.observe(measures=[dependence])
def pair_law(instances, setting, run):
    """How far the pair is from independent, exactly."""

    found = [dependence_of_pairs(instance["law"]) for instance in instances]
    return Trace({"dependence": Column(np.array(found, dtype=object))}, [""] * len(instances))


def modelled(instance):
    """The instance on its grid."""
    third, fourth = (float(sum(p * u**n for u, _, p in instance["law"])) for n in (3, 4))
    return Pendulum(*(float(instance[name]) for name in ("b", "a0", "a1")), moments=(third, fourth))


@lru_cache(128)
def equation(model, drift, diffusion, rate, steps):
    """The equation's semigroup over one of `steps` steps in a unit of time; mutants of the chain share it."""
    return semigroup(model.generator(drift, diffusion, eta=rate), 1 / steps)


def compared(update, instances, setting, steps):
    """The clock, weak errors at l = eta K, and errors of one step."""
    ladders, singles = [], []
    for instance in instances:
        rate, shift, model, found, single = float(instance["eta"]), float(instance["bias"]), modelled(instance), {}, []
        formula = unfolded(setting, update)
        noise = [(float(p), model.amplitude * float(u) + shift, model.amplitude * float(v) + shift) for u, v, p in instance["law"]]
        for k in steps:
            at = {"eta": rate, "r": (rate * k) ** -0.5}
            chain = model.grid.transition([(p, [model.x + model.at(formula, z1=u, z2=v, **at)]) for p, u, v in noise])
            flow = equation(model, setting[drift], setting[diffusion], rate, k)
            found[k] = model.error(chain, flow, k)
            single.append(model.local_error(chain, flow))
        ladders.append(ladder(found))
        singles.append(single)
    clock = np.array([[(float(i["eta"]) * k) ** -0.5 for k in steps] for i in instances])
    return Column(clock, ("r",)), ladders, np.array(singles)


@theorem.experiment(measures=[r, error, local])
def svag_chain(instances, setting, run):
    """SVAG against the equation of SGD, on the torus."""
    clock, ladders, singles = compared(step, instances, setting, STEPS)
    one_step_errors = Column(np.log(singles), ("r",), log=True, error=1e-13 / singles)
    return Trace({"r": clock, "error": error_column(ladders, "r"), "local": one_step_errors}, [found.status for found in ladders])


@theorem.experiment(measures=[constant], on=TORUS)
def prediction(instances, setting, run):
    """The error operator, transported by the equation."""
    constants = []
    for instance in instances:
        model, rate = modelled(instance), float(instance["eta"])
        limit = model.generator(setting[drift], setting[diffusion], eta=rate)
        constants.append(model.constant(limit, setting[R], (g1, g2, g3, g4), eta=rate))
    return Trace({"constant": Column(np.array(constants), error=1e-9)}, [""] * len(instances))


@theorem.experiment(measures=[r, error_naive], on=TORUS)
def naive_chain(instances, setting, run):
    """The naive amplification against the equation of SGD, on the torus."""
    clock, ladders, _ = compared(naive, instances, setting, STEPS_NAIVE)
    return Trace({"r": clock, "error_naive": error_column(ladders, "r")}, [found.status for found in ladders])


# What must be refuted, and what looks wrong but is true.
theorem.mutant(
    "sqrt-l", of="order", define={gain: Rational(1) + 0 * r}, why="sqrt(l) in place of sqrt(2l - 1)", on=TORUS, spec="sde-weak-order/T2/M1"
)
theorem.mutant(
    "sqrt-l-minus-1", of="order", define={gain: 1 - r**2}, why="sqrt(l - 1) in place of sqrt(2l - 1)", on=TORUS, spec="sde-weak-order/T2/M2"
)
theorem.mutant("no-amplification", of="order", define={gain: r**2}, why="the weights are 1 and 0", on="symmetric", spec="sde-weak-order/T2/M3")
theorem.mutant("naive", of="order", define={step: naive}, why="one example amplified by sqrt(l) does as well", on="skew", spec="sde-weak-order/T2/M4")
theorem.mutant(
    "drift-correction",
    of="order",
    define={drift: -f1 - eta * f1 * f2 / 2},
    why="the correction of SGD's second equation belongs to the limit",
    on=TORUS,
    spec="sde-weak-order/T2/M6",
)
theorem.mutant("order-two", of="sharp", formula=Theta(error, 1 / l**2), why="the error is O(1/l^2)", spec="sde-weak-order/T2/M5")
theorem.mutant("no-skewness", of="constant", define={R: theorem.setting[R].subs(mu3, 0)}, why="the third moment does not enter", on="skew")
theorem.mutant("sqrt-2l", of="weights", define={gain: Rational(2)}, why="sqrt(2l) amplifies the covariance by l exactly", spec="sde-weak-order/T2/M7")
theorem.mutant(
    "sqrt-2l-plus-1", of="weights", define={gain: 2 + r**2}, why="sqrt(2l + 1) amplifies the covariance by l exactly", spec="sde-weak-order/T2/M8"
)
theorem.mutant("local-three", of="local", formula=BigO(local, r**6), why="one step errs by O(1/l^3)")
theorem.mutant("naive-order-one", of="naive", formula=Theta(error_naive, 1 / l), why="the naive amplification is of order one")
theorem.control(
    "sqrt-2l-converges",
    formula=BigO(error, 1 / l),
    define={gain: Rational(2)},
    why="the covariance is l + 1/2",
    within=Rational(1, 10),
    on=TORUS,
    spec="sde-weak-order/T2/N1",
)
theorem.control(
    "sqrt-2l-plus-1-converges",
    formula=BigO(error, 1 / l),
    define={gain: 2 + r**2},
    why="the covariance is l + 1",
    within=Rational(1, 10),
    on=TORUS,
    spec="sde-weak-order/T2/N2",
)
theorem.control(
    "naive-on-symmetric-noise",
    formula=BigO(error_naive, 1 / l),
    why="without skewness the naive chain is of order one",
    within=Rational(1, 10),
    on="symmetric",
    spec="sde-weak-order/T2/N3",
)
theorem.ablate("iid-pairs", breaks="order", on="same-example-twice", spec="sde-weak-order/T2/A1")
theorem.ablate("unbiased", breaks="order", on="biased", spec="sde-weak-order/T2/A2")
