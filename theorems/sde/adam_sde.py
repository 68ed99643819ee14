"""Adam with a small learning rate follows a stochastic differential equation, hence the square-root scaling rule.

m' = b1 m + (1 - b1) g, v' = b2 v + (1 - b2) g^2, theta' = theta - eta (m'/(1 - b1^{k+1}))/(sqrt(v'/(1 - b2^{k+1})) + eps), with
g = grad f + sigma z. With sigma0 = sigma eta, eps0 = eps eta, ci = (1 - bi)/eta^2 fixed, u = v/sigma^2 and time eta^2 for each step, Adam is
of weak order one in eta^2, from a positive time on, for d theta = -(sqrt(gamma2)/gamma1) m dt/P, dm = c1 (grad f - m) dt + c1 sigma0
S^{1/2} dW, du = c2 (S - u) dt, where gamma_i = 1 - e^{-ci t} and P = sigma0 sqrt(u) + eps0 sqrt(gamma2).
"""

from fractions import Fraction
from functools import lru_cache

import numpy as np
from sympy import Eq, Rational, exp, sqrt

from verify import RECONSTRUCTED, Always, And, BigO, Column, Implies, Paper, Theorem, Theta, Trace
from verify.dynamics.adam_quadratic import AdamGrid
from verify.dynamics.orders import power_fit
from verify.dynamics.pendulum import evaluate, unfolded
from verify.dynamics.weak_error import resolution_status
from verify.models.noise import FOUR_POINT, RADEMACHER, TWO_POINT
from verify.proof import cited, identity
from verify.proof.weak_order import LocalExpansion, one_step
from verify.statement.instances import Instance

# Declarations are tables: up to 150 columns each, which the formatter would break into one word a line.
# fmt: off
theorem = Theorem(
    "adam-sde",
    title="Adam is a weak approximation of order one of its stochastic differential equation, which obeys a square-root scaling rule",
    source=Paper(
        authors="Malladi, Lyu, Panigrahi & Arora",
        year=2022,
        title="On the SDEs and Scaling Rules for Adaptive Gradient Algorithms",
        arxiv="2205.10287",
        fidelity=RECONSTRUCTED,
    ),
    summary="Equation, order and rule are reconstructed from the source; the expansion for any smooth preconditioner and all numbers are our "
    "own. Measured for f = theta^2/2, at the final time, for all starts on a grid.",
)

# Setting.
eta = theorem.clock("eta", to=0, meaning="learning rate; one step takes the time eta^2", latex=r"\eta")
theta = theorem.quantity("theta", "the parameter", latex=r"\theta")
m = theorem.quantity("m", "running mean of gradients")
u = theorem.quantity("u", "v/sigma^2, the running mean of squared gradients over the noise's scale", sign="positive")
t = theorem.quantity("t", "time, eta^2 for each step made", sign="positive")
z = theorem.quantity("z", "gradient noise over sigma")
f1 = theorem.quantity("f1", "derivative of the loss f at theta", latex="{f'}")
S = theorem.quantity("S", "variance of z at theta", sign="nonnegative", latex=r"\Sigma")
sigma0, eps0, c1, c2 = (
    theorem.parameter(name, meaning)
    for name, meaning in (("sigma0", "sigma eta"), ("eps0", "eps eta"), ("c1", "(1 - b1)/eta^2"), ("c2", "(1 - b2)/eta^2"))
)
b1, b2 = (theorem.quantity(f"b{k}", f"bias correction 1 - b{k}^{{k+1}} of the step", sign="positive") for k in (1, 2))
k = theorem.parameter("k", "factor on the batch size")

gradient = theorem.define("gradient", eta * f1 / sigma0 + z, "the stochastic gradient over sigma")
step_m = theorem.define("step_m", c1 * eta**2 * (f1 - m) + c1 * eta * sigma0 * z, "the update of m")
step_u = theorem.define("step_u", c2 * eta**2 * (gradient**2 - u), "the update of u")
used = theorem.define("used", u + step_u, "the u in the denominator: the new one, or u")
pull_chain = theorem.define("pull_chain", sqrt(b2) / b1 / (sigma0 * sqrt(used) + eps0 * sqrt(b2)), "-d theta/(eta^2 m') in one step")
gamma1 = theorem.define("gamma1", 1 - exp(-c1 * t), "limit of the bias correction of m", latex=r"\gamma_1")
gamma2 = theorem.define("gamma2", 1 - exp(-c2 * t), "limit of the bias correction of v", latex=r"\gamma_2")
P = theorem.define("P", sigma0 * sqrt(u) + eps0 * sqrt(gamma2), "denominator of the equation")
pull_sde = theorem.define("pull_sde", sqrt(gamma2) / gamma1 / P, "-d theta/(m dt)")
noise_m = theorem.define("noise_m", c1 * sigma0, "noise of m in the equation, for S = 1")

spread = theorem.define("spread", sqrt(2 - (2 * eta) ** 2), "sqrt(2 l^2 - 1)/l at l = eta_0/eta, eta_0 = 1/2: adaptive SVAG")
plus = theorem.define("plus", (2 * eta + spread) / 2, "weight of the first gradient over l", latex="r_1/l")
minus = theorem.define("minus", (2 * eta - spread) / 2, "weight of the second gradient over l", latex="r_2/l")

lr_k = theorem.define("lr_k", sqrt(k) * eta, "learning rate at k times the batch size")
decay1_k = theorem.define("decay1_k", k * c1 * eta**2, "1 - b1 at k times the batch size")
decay2_k = theorem.define("decay2_k", k * c2 * eta**2, "1 - b2 at k times the batch size")
eps_k = theorem.define("eps_k", eps0 / eta / sqrt(k), "eps at k times the batch size")

error = theorem.quantity("error", "weak error at time 3/4 from time 1/2, sup over starts and observables", over=eta, log=True)
error_svag = theorem.quantity("error_svag", "weak error of adaptive SVAG at noise scale fixed by eta_0", over=eta, log=True)
error_rule = theorem.quantity("error_rule", "largest difference of runs with and without the rule", over=eta, log=True)
observable = theorem.index("observable", meaning="observables theta, theta^2, u theta")
remainder = theorem.quantity("remainder", "limit of the error at one start as eta goes to 0, fitted", over=observable)
half = theorem.quantity("half", "coefficient of eta in the error at one start, fitted with powers 1/2, 1, 3/2, 2 of eta^2", over=observable)
remainder_rule = theorem.quantity("remainder_rule", "limit of the difference with and without the rule at one start, fitted", over=observable)
local = theorem.quantity("local", "error of one step", over=eta)
skewness = theorem.parameter("skewness", "|E z^3| as eta goes to 0, where low skewness makes it O(eta)", sign="nonnegative")

# Hypotheses.
theorem.assume(
    "unbiased",
    assumed="draws of z are independent, with mean 0 and covariance S; by construction here, tested for RMSprop",
    spec="sde-weak-order/T5/H1",
)
theorem.assume("low-skewness", Eq(skewness, 0), "E z^3 = O(eta)", spec="sde-weak-order/T5/H2")
theorem.assume("positive-start", assumed="u_0 is bounded below at every start", spec="sde-weak-order/T5/H3")
theorem.assume("fixed", assumed="sigma0, eps0, c1, c2 and T do not change with eta", spec="sde-weak-order/T5/H4")
theorem.assume("late-start", assumed="the start is at time t0 = 1/2 > 0, where the bias corrections are not singular", spec="sde-weak-order/T5/H5")

# Conclusions.
LAWS = ("four-point", "rademacher")
EXPONENT = {"within": Rational(1, 25), "because": "1/50 in the time eta^2 of one step; the nearest order is 1/2 in it", "on": LAWS}
theorem.conclude(
    "order",
    BigO(error, eta**2),
    "order one in the time of one step",
    **EXPONENT,
    spec=("sde-weak-order/T5/H0", "sde-weak-order/T5/C1", "sde-weak-order/T5/X3"),
)
theorem.conclude("sharp", Theta(error, eta**2), "and no better", **EXPONENT, spec="sde-weak-order/T5/Q1")
theorem.conclude(
    "no-remainder",
    Always(Eq(remainder, 0)),
    "the error vanishes with eta: the fit a0 + b h + c h^2 has a0 = 0",
    within=Rational(1, 5000),
    because="the nearest wrong equation leaves .001",
    on=LAWS,
    spec="sde-weak-order/T5/Q3",
)
theorem.conclude(
    "no-half-order",
    Always(Eq(half, 0)),
    "the error has no term of order 1/2",
    within=Rational(1, 1000),
    because="with skewed noise the term is a tenth",
    on=LAWS,
)
theorem.conclude(
    "rule",
    BigO(error_rule, eta**2),
    "runs with k times the batch agree under the square-root rule",
    within=Rational(3, 10),
    because="3/20 in the time of one step; other rules have order zero",
    on="four-point",
    spec=("sde-weak-order/T5/C2", "sde-weak-order/T5/Q2", "sde-weak-order/T5/X2"),
)
theorem.conclude(
    "rule-no-remainder",
    Always(Eq(remainder_rule, 0)),
    "their difference vanishes with eta",
    within=Rational(1, 5000),
    because="the nearest wrong rule leaves .01",
    on="four-point",
    spec="sde-weak-order/T5/C2",
)
theorem.conclude(
    "adaptive-svag", BigO(error_svag, eta**2), "combining two gradients to scale l sigma converges like 1/l^2, for skewed noise too",
    within=Rational(1, 8), because="the naive amplification is off by 1", on="skewed-svag", level="thorough", spec="sde-weak-order/T5/C3",
)

# Proof. One step of the algorithm in the limit's coordinates, exactly; then its expansion, for any smooth pull(u, t).
EXACT_STEP = Always(
    Eq(-eta * (m / b1) / (sqrt(sigma0**2 * u / (eta**2 * b2)) + eps0 / eta), -(eta**2) * sqrt(b2) / b1 * m / (sigma0 * sqrt(u) + eps0 * sqrt(b2)))
)
theorem.step("step-algebra", EXACT_STEP, by=identity(), spec="sde-weak-order/T5/S1")
pull, moved_pull, drifted = (
    theorem.quantity(name, meaning)
    for name, meaning in (
        ("pull", "sqrt(gamma2)/(gamma1 P), any smooth function of the state"),
        ("moved_pull", "pull at the state after the updates of u and t"),
        ("drifted", "(bias corrections of the step - their limits)/eta^2, carried through pull: a smooth function of the state"),
    )
)
k3 = theorem.quantity("k3", "E z^3/eta at theta")
third = theorem.define("third", eta * k3, "third moment under low skewness")
time = theorem.define("time", eta**2, "the time of one step")
step_theta = theorem.define("step_theta", -(eta**2) * (moved_pull + eta**2 * drifted) * (m + step_m), "the update of theta")
drift_theta = theorem.define("drift_theta", -pull * m, "drift of theta")
drift_m = theorem.define("drift_m", c1 * (f1 - m), "drift of m")
drift_u = theorem.define("drift_u", c2 * (S - u), "drift of u")
diffusion_m = theorem.define("diffusion_m", (c1 * sigma0) ** 2 * S, "diffusion of m, B B^T")
HERE = (0, 0, 0, 0)
theorem.reference(
    "adam",
    one_step(
        step=eta,
        time=time,
        state=[theta, m, u, t],
        update=[step_theta, step_m, step_u, time],
        noise=[z],
        drift=[drift_theta, drift_m, drift_u, 1],
        diffusion=[[0, 0, 0, 0], [0, diffusion_m, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
        moments={1: 0, 2: S, 3: third},
        local=local,
        jets={
            f1: ("f", (1, 0, 0, 0)),
            S: ("S", HERE),
            k3: ("k3", HERE),
            pull: ("pull", HERE),
            drifted: ("q", HERE),
            moved_pull: ("pull", HERE, {u: step_u, t: time}),
        },
    ),
    "Adam against its equation",
)
theorem.step("expansion", BigO(local, eta**4), by=LocalExpansion(), spec="sde-weak-order/T5/S6")
MILSTEIN = cited(
    "bounded moments, and: a local weak error O(h^2) per step of time h, uniform with polynomial growth, gives the global order one (Milstein 1986)"
)
theorem.step(
    "global",
    "order",
    by=MILSTEIN,
    given=("expansion", "step-algebra", "unbiased", "low-skewness", "positive-start", "fixed", "late-start"),
    spec="sde-weak-order/T5/Z1",
)
a, beta1, beta2, d = (
    theorem.parameter(f"exponent_{name}", f"exponent of k in {what}", sign="real")
    for name, what in (("a", "eta"), ("b1", "1 - b1"), ("b2", "1 - b2"), ("d", "eps"))
)
HALF = Rational(1, 2)
KEPT = And(Eq(a - HALF, 0), Eq(beta1 - 2 * a, 0), Eq(beta2 - 2 * a, 0), Eq(d + a, 0))
theorem.step(
    "exponents",
    Implies(KEPT, And(Eq(a, HALF), Eq(beta1, 1), Eq(beta2, 1), Eq(d, -HALF))),
    by=identity(),
    meaning="sigma eta, (1 - bi)/eta^2 and eps eta stay fixed only so",
    spec="sde-weak-order/T5/S2",
)
# Adaptive SVAG: r_1,2 = (1 +- root)/2 with root = sqrt(2 l^2 - 1).
l = theorem.parameter("l", "amplification of the noise's scale", latex=r"\ell")  # noqa: E741  the letter of the paper
root = theorem.parameter("root", "sqrt(2 l^2 - 1)")
theorem.relation("root", Eq(root**2, 2 * l**2 - 1), because="its definition")
r1, r2 = (theorem.define(f"r{i}", (1 + s * root) / 2, f"weight of gradient {i}") for i, s in ((1, 1), (2, -1)))
theorem.step("svag-weights", And(Eq(r1 + r2, 1), Eq(r1**2 + r2**2, l**2)), by=identity(), given="root", spec="sde-weak-order/T5/S3")
theorem.step(
    "svag-skewness",
    Eq(r1**3 + r2**3, (3 * l**2 - 1) / 2),
    by=identity(),
    given="root",
    meaning="O(l^2) = l^3 O(1/l): low skewness",
    spec="sde-weak-order/T5/S4",
)
sigma, rate, eps, decay = (
    theorem.parameter(name, meaning) for name, meaning in (("sigma", "noise scale"), ("rate", "learning rate"), ("eps", "eps"), ("decay", "1 - b"))
)
sigma_l, rate_l, eps_l, decay_l = (theorem.parameter(f"{q.name}_l", f"{q.name} of adaptive SVAG") for q in (sigma, rate, eps, decay))
SVAG = And(Eq(sigma_l, l * sigma), Eq(rate_l, rate / l), Eq(eps_l, l * eps), Eq(decay_l, decay / l**2))
theorem.relation("svag", SVAG, because="the method's hyperparameters")
KEPT = And(Eq(sigma_l * rate_l, sigma * rate), Eq(eps_l * rate_l, eps * rate), Eq(decay_l / rate_l**2, decay / rate**2))
theorem.step(
    "svag-scaling",
    KEPT,
    by=identity(),
    given="svag",
    meaning="sigma0, eps0 and ci stay fixed; one step takes the time eta^2/l^2",
    spec="sde-weak-order/T5/S5",
)


# Instances: f = theta^2/2, S = 1, sigma0 = 1, eps0 = 1/2, c1 = 2, c2 = 1, from t0 = 1/2.
def instance(label, law):
    constants = {"sigma0": 1, "eps0": Fraction(1, 2), "c1": 2, "c2": 1, "k": 4}
    return Instance(label, {"law": list(law), "skewness": abs(law.moment(3)), **constants})


@theorem.family("four-point", spec=("sde-weak-order/T5/R1", "sde-weak-order/T5/R2"))
def four_point(rng, size):
    """z = +-1.6, +-.625."""
    return [instance("four-point", FOUR_POINT)]


@theorem.family("rademacher", level="thorough", spec="sde-weak-order/T5/R3")
def rademacher(rng, size):
    """z = +-1."""
    return [instance("rademacher", RADEMACHER)]


@theorem.family("skewed", without="low-skewness", level="thorough")
def skewed(rng, size):
    """z = 1.6 or -.625: |z| has the law of the four-point family."""
    return [instance("skewed", TWO_POINT)]


@theorem.family("skewed-svag", level="thorough")
def skewed_svag(rng, size):
    """Skewed noise at a fixed scale, combined in pairs: the combination has skewness O(eta)."""
    one = instance("svag", TWO_POINT)
    return [Instance("svag", {**one.data, "skewness": 0})]


# Experiments.
START, END = 0.5, 0.75
RESOLVED = 1e-8  # a tail of this size moves errors of 1e-3 by a part in 1e5
RESOLVED_RULE = 1e-6  # the remainders of wrong rules are .01 and more
MODEL = AdamGrid(26)


def chain(one, setting, per_unit, **implied):
    """E of the observables from START to END with `per_unit` steps in a unit of time; `implied` are constants that a rule implies."""
    formulas = tuple(unfolded(setting, name) for name in (step_m, step_u, pull_chain))
    constants = {name: float(one[name]) for name in ("sigma0", "eps0", "c1", "c2")} | implied
    return _chain(tuple((float(v), float(p)) for v, p in one["law"]), formulas, per_unit, tuple(sorted(constants.items())))


@lru_cache(64)
def _chain(law, formulas, per_unit, constants):
    values = {"eta": per_unit**-0.5, **dict(constants)}
    values["eta"] = values.pop("rate", values["eta"])
    h = values["eta"] ** 2
    new_m, new_u, factor = formulas

    def step(index, nodes, noise):
        theta_, m_, w = nodes
        corrections = {f"b{i}": 1 - (1 - values[f"c{i}"] * h) ** (index + 1) for i in (1, 2)}
        at = {**values, **corrections, "theta": theta_, "f1": theta_, "m": m_, "u": w * w, "z": noise}
        m_next = m_ + evaluate(new_m, at)
        return theta_ - h * evaluate(factor, at) * m_next, m_next, np.sqrt(w * w + evaluate(new_u, at))

    return MODEL.expectation(law, step, round(START * per_unit), round((END - START) * per_unit))


def equation(one, setting):
    """E of the observables under the equation."""
    constants = {name: float(one[name]) for name in ("sigma0", "eps0", "c1", "c2")}
    formula = unfolded(setting, pull_sde)

    def factor(time_, scale):
        return evaluate(formula, {**constants, "t": time_, "u": scale})

    noise = float(evaluate(unfolded(setting, noise_m), constants))
    return MODEL.moments(factor, constants["c1"], constants["c2"], noise, START, END)


def column(gaps):
    """Errors at the starts as a log column, with the moments' integration error as its bar."""
    errors = np.array([np.abs(gap[MODEL.starts]).max() for gap in gaps])
    return Column(np.log(errors)[None], ("eta",), log=True, error=(1e-10 / errors)[None])


PER_UNIT, PER_UNIT_RULE = (32, 48, 64, 96, 128, 192, 256, 384, 512), (96, 128, 192, 256, 384, 512, 768)


def clock(steps):
    return Column(np.array([steps], float) ** -0.5, ("eta",))


def leading_term(gaps, steps, powers):
    """The first coefficient of a fit with these powers of h, near theta = .8, m = .7, w = 1.2; its error is the change of another fit."""
    theta_, m_, w = MODEL.grid.points
    start = int(np.argmin((theta_ - 0.8) ** 2 + (m_ - 0.7) ** 2 + (w - 1.2) ** 2))
    rows, h = np.array([gap[start] for gap in gaps]).T, 1 / np.array(steps, float)
    late, early = (power_fit(h[part], rows[:, part], powers)[:, 0] for part in (slice(3, None), slice(0, -3)))
    return Column(late[None], ("observable",), error=np.abs(late - early)[None])


@theorem.experiment(measures=[eta, error, remainder, half], on=(*LAWS, "skewed"))
def weak_errors(instances, setting, run):
    """The chain by backward recursion, the equation by its closed moments."""
    (one,) = instances
    found, reference = [chain(one, setting, n) for n in PER_UNIT], equation(one, setting)
    gaps = [values - reference for values, _ in found]
    columns = {
        "eta": clock(PER_UNIT),
        "error": column(gaps),
        "remainder": leading_term(gaps, PER_UNIT, (0, 1, 2)),
        "half": leading_term(gaps, PER_UNIT, (0.5, 1, 1.5, 2)),
    }
    return Trace(columns, [resolution_status(max(tail for _, tail in found), RESOLVED)])


@theorem.experiment(measures=[eta, error_rule, remainder_rule], on="four-point")
def rule_errors(instances, setting, run):
    """The base run against one with the rule's hyperparameters, through the constants sigma0, eps0, c1, c2 that they imply."""
    (one,) = instances
    constants, factor, gaps, tails = ({name: float(one[name]) for name in ("sigma0", "eps0", "c1", "c2")}, float(one["k"]), [], [])
    for n in PER_UNIT_RULE:
        at = {**constants, "k": factor, "eta": n**-0.5}
        lr, decay1, decay2, floor = (float(evaluate(setting[name], at)) for name in (lr_k, decay1_k, decay2_k, eps_k))
        scale = constants["sigma0"] / n**-0.5 / factor**0.5
        implied = {"rate": lr, "sigma0": scale * lr, "eps0": floor * lr, "c1": decay1 / lr**2, "c2": decay2 / lr**2}
        base, scaled = chain(one, setting, n), chain(one, setting, n / factor, **implied)
        gaps.append(base[0] - scaled[0])
        tails += [base[1], scaled[1]]
    columns = {"eta": clock(PER_UNIT_RULE), "error_rule": column(gaps), "remainder_rule": leading_term(gaps, PER_UNIT_RULE, (0, 1, 2))}
    return Trace(columns, [resolution_status(max(tails), RESOLVED_RULE)])


@theorem.experiment(measures=[eta, error_svag], on="skewed-svag")
def adaptive_svag(instances, setting, run):
    """Pairs z = (r_1 z_1 + r_2 z_2)/l with r_1,2 = (1 +- sqrt(2 l^2 - 1))/2, l = eta_0/eta; the weights as the setting has them."""
    (one,) = instances
    reference, found = equation(one, setting), []
    for n in PER_UNIT:
        first, second = (float(evaluate(unfolded(setting, weight), {"eta": n**-0.5})) for weight in (plus, minus))
        law = [(first * float(x) + second * float(y), p * q) for x, p in one["law"] for y, q in one["law"]]
        found.append(chain(Instance("pairs", {**one.data, "law": law}), setting, n))
    columns = {"eta": clock(PER_UNIT), "error_svag": column([values - reference for values, _ in found])}
    return Trace(columns, [resolution_status(max(tail for _, tail in found), RESOLVED_RULE)])


# What must be refuted.
theorem.mutant("svag-order-two", of="adaptive-svag", formula=BigO(error_svag, eta**4), why="it converges like 1/l^4", level="thorough")
theorem.mutant("half-pull", of="order", define={pull_sde: sqrt(gamma2) / gamma1 / P / 2}, why="half of the drift", on="four-point")
theorem.mutant(
    "plain-noise", of="no-remainder", define={noise_m: sigma0}, why="the noise of m is sigma0", on="four-point", spec="sde-weak-order/T5/M1"
)
theorem.mutant(
    "no-bias-correction",
    of="no-remainder",
    define={pull_sde: 1 / (sigma0 * sqrt(u) + eps0)},
    why="the equation needs no bias correction",
    on="four-point",
    level="thorough",
    spec="sde-weak-order/T5/M2",
)
theorem.mutant(
    "plain-eps",
    of="no-remainder",
    define={P: sigma0 * sqrt(u) + eps0},
    why="eps enters without sqrt(gamma2)",
    on="four-point",
    spec=("sde-weak-order/T5/M3", "sde-weak-order/T5/X1"),
)
theorem.mutant("order-two", of="sharp", formula=Theta(error, eta**4), why="order two in the time of one step", on="four-point")
theorem.mutant("rule-order-two", of="rule", formula=BigO(error_rule, eta**4), why="they agree to O(eta^4)")
theorem.mutant("linear", of="rule-no-remainder", define={lr_k: k * eta}, why="the learning rate grows like the batch", spec="sde-weak-order/T5/M4")
theorem.mutant("b1-fixed", of="rule-no-remainder", define={decay1_k: c1 * eta**2}, why="b1 stays", level="thorough", spec="sde-weak-order/T5/M5")
theorem.mutant("b2-fixed", of="rule-no-remainder", define={decay2_k: c2 * eta**2}, why="b2 stays", level="thorough", spec="sde-weak-order/T5/M6")
theorem.mutant("eps-fixed", of="rule-no-remainder", define={eps_k: eps0 / eta}, why="eps stays", level="thorough", spec="sde-weak-order/T5/M7")
theorem.mutant(
    "no-scaling",
    of="rule-no-remainder",
    define={lr_k: eta, decay1_k: c1 * eta**2, decay2_k: c2 * eta**2, eps_k: eps0 / eta},
    why="nothing changes",
    level="thorough",
    spec="sde-weak-order/T5/M8",
)
theorem.control(
    "old-denominator",
    formula=BigO(error, eta**2),
    define={used: u},
    why="the denominator holds the old v",
    within=Rational(1, 25),
    on="four-point",
    level="thorough",
    spec="sde-weak-order/T5/N1",
)
theorem.mutant("half-of-one", of="no-half-order", formula=Always(Eq(half, Rational(1, 10))), why="there is a term of order 1/2", on="four-point")
theorem.ablate("low-skewness", breaks="no-half-order", on="skewed", level="thorough", spec="sde-weak-order/T5/A1")
