"""RMSprop with a small learning rate follows a stochastic differential equation, hence the square-root scaling rule.

theta' = theta - eta g/(sqrt(v) + eps), v' = beta v + (1 - beta) g^2, with g = grad f + sigma z. In the scaling limit sigma0 = sigma eta,
eps0 = eps eta and c2 = (1 - beta)/eta^2 are fixed, u = v/sigma^2, and one step takes the time eta^2. RMSprop is then a weak
approximation of order one in eta^2 of d theta = -(grad f dt + sigma0 S^{1/2} dW)/P, du = c2 (S - u) dt, P = sigma0 sqrt(u) + eps0,
exactly when the noise has low skewness; and batch size times k goes with eta sqrt(k), (1 - beta) k, eps/sqrt(k).
"""

from fractions import Fraction
from functools import lru_cache

import numpy as np
import torch
from sympy import Eq, Integer, Rational, sqrt

from verify import RECONSTRUCTED, Always, And, BigO, Column, Implies, Paper, Theorem, Theta, Trace
from verify.dynamics.adaptive import HORIZON, ROWS, STEPS, AdaptivePendulum
from verify.dynamics.chains import RMSprop, mean, rmsprop
from verify.dynamics.orders import power_fit
from verify.dynamics.pendulum import error_column, evaluate, unfolded
from verify.dynamics.weak_error import ladder, resolution_status
from verify.models.noise import FOUR_POINT, RADEMACHER, TWO_POINT, symmetrised, two_points
from verify.proof import cited, identity
from verify.proof.weak_order import LocalExpansion, one_step
from verify.statement.instances import Instance

# Declarations are tables: up to 150 columns each, which the formatter would break into one word a line.
# fmt: off
theorem = Theorem(
    "rmsprop-sde",
    title="RMSprop is a weak approximation of order one of its stochastic differential equation, which obeys a square-root scaling rule",
    source=Paper(
        authors="Malladi, Lyu, Panigrahi & Arora",
        year=2022,
        title="On the SDEs and Scaling Rules for Adaptive Gradient Algorithms",
        arxiv="2205.10287",
        fidelity=RECONSTRUCTED,
    ),
    summary="Orders, rule and the skewness hypothesis are reconstructed from the source; that low skewness is what removes the order 1/2, the "
    "expansion for any smooth preconditioner, and all numbers are our own.",
)

# Setting.
eta = theorem.clock("eta", to=0, meaning="learning rate; one step takes the time eta^2", latex=r"\eta")
theta = theorem.quantity("theta", "the parameter", latex=r"\theta")
u = theorem.quantity("u", "v/sigma^2, the running mean of squared gradients over the noise's scale", sign="positive")
z = theorem.quantity("z", "gradient noise over sigma")
f1, f2 = (theorem.quantity(f"f{k}", f"derivative {k} of the loss f at theta", latex="{f" + "'" * k + "}") for k in (1, 2))
S = theorem.quantity("S", "variance of z at theta", sign="nonnegative", latex=r"\Sigma")
r = theorem.quantity("r", "the preconditioner; for the proof any smooth function of the state")
sigma0, eps0, c2 = (theorem.parameter(name, meaning) for name, meaning in (("sigma0", "sigma eta"), ("eps0", "eps eta"), ("c2", "(1 - beta)/eta^2")))
k = theorem.parameter("k", "factor on the batch size")

gradient = theorem.define("gradient", eta * f1 / sigma0 + z, "the stochastic gradient over sigma")
step_u = theorem.define("step_u", c2 * eta**2 * (gradient**2 - u), "the update of u", latex=r"\Delta u")
used = theorem.define("used", u, "the u in the denominator: the old one, or u + step_u")
P = theorem.define("P", sigma0 * sqrt(used) + eps0, "denominator of the preconditioner")
step_theta = theorem.define("step_theta", -eta * sigma0 * gradient * r, "the update of theta", latex=r"\Delta\theta")
P_sde = theorem.define("P_sde", sigma0 * sqrt(u) + eps0, "the same denominator in the equation", latex="P")
drift_theta = theorem.define("drift_theta", -f1 * r, "drift of theta")
drift_u = theorem.define("drift_u", c2 * (S - u), "drift of u")
diffusion = theorem.define("diffusion", sigma0**2 * S * r**2, "diffusion of theta, B B^T")

lr_k = theorem.define("lr_k", sqrt(k) * eta, "learning rate at k times the batch size")
decay_k = theorem.define("decay_k", k * c2 * eta**2, "1 - beta at k times the batch size")
eps_k = theorem.define("eps_k", eps0 / eta / sqrt(k), "eps at k times the batch size")
spread = theorem.define("spread", sqrt(2 - (2 * eta) ** 2), "sqrt(2 l^2 - 1)/l at l = eta_0/eta, eta_0 = 1/2: adaptive SVAG")
plus = theorem.define("plus", (2 * eta + spread) / 2, "weight of the first gradient over l", latex="r_1/l")
minus = theorem.define("minus", (2 * eta - spread) / 2, "weight of the second gradient over l", latex="r_2/l")

error = theorem.quantity("error", "weak error, sup over all steps up to T, starts and observables", over=eta, log=True)
error_rule = theorem.quantity("error_rule", "largest difference of k^2-fold runs with and without the rule", over=eta, log=True)
error_svag = theorem.quantity("error_svag", "weak error of adaptive SVAG at noise scale fixed by eta_0", over=eta, log=True)
observable = theorem.index("observable", meaning="observables cos theta, sin theta, u cos theta")
half = theorem.quantity("half", "coefficient of eta in the error at one start, as fitted with powers 1/2, 1, 3/2, 2 of eta^2", over=observable)
sampled = theorem.quantity("sampled", "difference of E mean cos theta between runs with and without the rule, eight dimensions, sampled")
local = theorem.quantity("local", "error of one step", over=eta)
skewness = theorem.parameter("skewness", "|E z^3| as eta goes to 0, where low skewness makes it O(eta)", sign="nonnegative")
bias = theorem.parameter("bias", "E g - grad f", sign="nonnegative")
least_u = theorem.parameter("least_u", "least u among the starts", sign="nonnegative")

# Hypotheses.
theorem.assume("unbiased", Eq(bias, 0), "draws of z are independent, with mean 0 and covariance S", spec="sde-weak-order/T4/H1")
theorem.assume("low-skewness", Eq(skewness, 0), "E z^3 = O(eta)", spec="sde-weak-order/T4/H3")
theorem.assume("smooth", assumed="f and S are smooth with bounded derivatives and moments; true on the torus", spec="sde-weak-order/T4/H2")
theorem.assume("positive-start", assumed="u_0 >= 1/4 at every start, so that sqrt(u) is smooth along the path", spec="sde-weak-order/T4/H4")
theorem.assume("fixed", assumed="sigma0, eps0, c2 and T = 1/4 do not change with eta", spec="sde-weak-order/T4/H5")

# Conclusions.
LAWS = ("four-point", "rademacher")
EXPONENT = {"within": Rational(1, 25), "because": "1/50 in the time eta^2 of one step; the nearest order is 1/2 in it"}
theorem.conclude(
    "order",
    BigO(error, eta**2),
    "order one in the time of one step",
    **EXPONENT,
    on=LAWS,
    spec=("sde-weak-order/T4/H0", "sde-weak-order/T4/C1", "sde-weak-order/T4/X5"),
)
theorem.conclude("sharp", Theta(error, eta**2), "and no better", **EXPONENT, on=LAWS, spec="sde-weak-order/T4/Q1")
theorem.conclude(
    "no-half-order",
    Always(Eq(half, 0)),
    "the error has no term of order 1/2",
    within=Rational(1, 1000),
    because="with skewed noise the term is .1",
    on=LAWS,
    spec="sde-weak-order/T4/Q2",
)
theorem.conclude(
    "rule",
    BigO(error_rule, eta**2),
    "runs with k times the batch agree under the square-root rule",
    within=Rational(1, 8),
    because="other rules have order zero",
    on="four-point",
    spec=("sde-weak-order/T4/C2", "sde-weak-order/T4/Q3"),
)
theorem.conclude(
    "rule-sampled",
    Eq(sampled, 0),
    "the same in eight dimensions, sampled",
    within=Rational(1, 40),
    because="linear scaling is off by .18, the bars (six standard errors) are .01",
    on="eight-dimensions",
    level="thorough",
    spec="sde-weak-order/T4/R3",
)
theorem.conclude(
    "adaptive-svag",
    BigO(error_svag, eta**2),
    "combining two gradients to scale l sigma converges like 1/l^2, for skewed noise too",
    within=Rational(1, 10),
    because="the naive amplification is off by 1",
    on="skewed-svag",
    level="thorough",
    spec="sde-weak-order/T4/Q4",
)

# Proof, for any smooth r(theta, u) in the place of 1/P. The third moment is eta k3 under low skewness, mu3 without.
k3, mu3, mu4 = (theorem.quantity(name, f"{what} at theta") for name, what in (("k3", "E z^3/eta"), ("mu3", "E z^3"), ("mu4", "E z^4")))
g_t, g_u, g_tt, g_tu, g_ttt = (
    theorem.quantity(f"g_{d}", f"derivative of the observable g along {', '.join(d)}", latex=rf"g_{{{d}}}") for d in ("t", "u", "tt", "tu", "ttt")
)
third = theorem.define("third", eta * k3, "third moment under low skewness")
time = theorem.define("time", eta**2, "the time of one step")
chain2, chain3, local_chain = (
    theorem.quantity(name, meaning, over=over)
    for name, meaning, over in (
        ("chain2", "coefficient of eta^2 in E g after one step", ()),
        ("chain3", "coefficient of eta^3", ()),
        ("local_chain", "E g after one step - g", eta),
    )
)
JETS = {f1: ("f", (1, 0)), S: ("S", (0, 0)), r: ("r", (0, 0)), k3: ("k3", (0, 0)), mu3: ("mu3", (0, 0)), mu4: ("mu4", (0, 0))}
JETS |= {g_t: ("g", (1, 0)), g_u: ("g", (0, 1)), g_tt: ("g", (2, 0)), g_tu: ("g", (1, 1)), g_ttt: ("g", (3, 0))}
CHAIN = {"step": eta, "time": time, "state": [theta, u], "update": [step_theta, step_u], "noise": [z], "jets": JETS}
theorem.reference(
    "chain",
    one_step(
        **CHAIN, drift=[0, 0], diffusion=[[0, 0], [0, 0]], moments={1: 0, 2: S, 3: mu3, 4: mu4}, local=local_chain, residuals={chain2: 2, chain3: 3}
    ),
    "the chain, for noise of any skewness",
)
theorem.reference(
    "equation",
    one_step(**CHAIN, drift=[drift_theta, drift_u], diffusion=[[diffusion, 0], [0, 0]], moments={1: 0, 2: S, 3: third, 4: mu4}, local=local),
    "low skewness",
)
theorem.step(
    "second-order",
    Eq(chain2, -f1 * r * g_t + sigma0**2 * S * r**2 * g_tt / 2 + c2 * (S - u) * g_u),
    by=LocalExpansion(),
    spec=("sde-weak-order/T4/S1", "sde-weak-order/T4/S3"),
)
theorem.step(
    "third-order",
    Eq(chain3, -(sigma0**3) * mu3 * r**3 * g_ttt / 6 - c2 * sigma0 * mu3 * r * g_tu),
    by=LocalExpansion(),
    meaning="vanishes with mu3 only",
    spec=("sde-weak-order/T4/S2", "sde-weak-order/T4/S4", "sde-weak-order/T4/S6"),
)
theorem.step("expansion", BigO(local, eta**4), by=LocalExpansion(), meaning="all other moments of one step are O(eta^4)", spec="sde-weak-order/T4/S5")
MILSTEIN = cited(
    "bounded moments, and: a local weak error O(h^2) per step of time h, uniform with polynomial growth, gives the global order one (Milstein 1986)"
)
theorem.step(
    "global", "order", by=MILSTEIN, given=("expansion", "unbiased", "low-skewness", "smooth", "positive-start", "fixed"), spec="sde-weak-order/T4/Z1"
)
a, b, d = (theorem.parameter(name, f"exponent of k in {what}", sign="real") for name, what in (("a", "eta"), ("b", "1 - beta"), ("d", "eps")))
KEPT = And(Eq(a - Rational(1, 2), 0), Eq(b - 2 * a, 0), Eq(d + a, 0))
theorem.step(
    "exponents",
    Implies(KEPT, And(Eq(a, Rational(1, 2)), Eq(b, 1), Eq(d, -Rational(1, 2)))),
    by=identity(),
    meaning="sigma eta, (1 - beta)/eta^2 and eps eta stay fixed only so",
    spec="sde-weak-order/T4/S7",
)


# Instances: f = -cos theta with noise (1 + .2 cos theta) sigma z on the torus.
def instance(label, law, **more):
    return Instance(
        label, {"law": list(law), "sigma0": 1, "eps0": Fraction(1, 2), "c2": 1, "k": 4, "bias": 0, "skewness": abs(law.moment(3)), **more}
    )


@theorem.family("four-point", spec=("sde-weak-order/T4/R1", "sde-weak-order/T4/N2", "sde-weak-order/T4/X2", "sde-weak-order/T4/X3"))
def four_point(rng, size):
    """z = +-1.6, +-.625: |z| has the law of the skewed family, the skewness is gone."""
    return [instance("four-point", FOUR_POINT)]


@theorem.family("rademacher", spec="sde-weak-order/T4/R2")
def rademacher(rng, size):
    """z = +-1."""
    return [instance("rademacher", RADEMACHER)]


@theorem.family("skewed", without="low-skewness")
def skewed(rng, size):
    """z = 1.6 or -.625."""
    return [instance("skewed", TWO_POINT)]


@theorem.family("biased", without="unbiased")
def biased(rng, size):
    """A bias of 0.3 in the gradient."""
    return [instance("biased", FOUR_POINT, bias=Fraction(3, 10))]


@theorem.family("eight-dimensions", level="thorough")
def eight_dimensions(rng, size):
    """Eight independent coordinates with Gaussian noise; h = 1/256, 20,000 paths."""
    return [instance("eight", RADEMACHER)]


@theorem.family("skewed-svag", level="thorough")
def skewed_svag(rng, size):
    """Skewed noise at a fixed scale, combined in pairs: the combination has skewness O(eta)."""
    return [instance("svag", TWO_POINT, skewness=0)]


@theorem.space("two-point-noise", like="skewed", batch=1, decides=("no-half-order", "order"))
def two_point_noise(draw):
    """z = s or -1/s, s between 1 and 2, or the same with a random sign; the smallest is +-1."""
    law = two_points(draw.rationals("s", 1, 2, denominator=20))
    signed = draw.integer("skewed", 0, 1)
    return instance("searched", law if signed else symmetrised(law))


# Experiments.
RESOLVED = 1e-8  # a tail of this size moves errors of 1e-3 by a part in 1e5


def moves(one):
    """The noise's values and probabilities."""
    return [(float(value), float(probability)) for value, probability in one["law"]]


def modelled(one):
    return AdaptivePendulum(float(one["sigma0"]), float(one["eps0"]), float(one["c2"]))


def equation(model, setting):
    """The observables under the equation, at all times at which some chain is looked at."""
    return _equation(model, *(unfolded(setting, name) for name in (P_sde, drift_theta, drift_u, diffusion)))


@lru_cache(2)
def _equation(model, denominator, drift_theta, drift_u, diffusion):
    at = {"r": 1 / model.at(denominator)}
    return model.under_equation(model.generator([model.at(drift_theta, **at), model.at(drift_u, **at)], model.at(diffusion, **at)))


def chains(model, setting, law, shift=0.0, beyond=1e-12):
    """The observables under the chain, for every number of steps; `law` maps n to the noise's values and probabilities."""
    formulas = [unfolded(setting, name) for name in (P, step_theta, step_u)]
    return {n: _chain(model, *formulas, tuple(law(n)), n, shift, beyond) for n in STEPS}


@lru_cache(4 * len(STEPS))
def _chain(model, denominator, step_theta, step_u, law, n, shift, beyond):
    shifted = {"eta": (HORIZON / n) ** 0.5, "f1": model.values["f1"] + shift}

    def step(noise):
        at = {**shifted, "z": noise}
        r_ = 1 / model.at(denominator, **at)
        return model.at(step_theta, **at, r=r_), model.at(step_u, **at)

    return model.under_chain(model.chain(law, step, beyond), n)


def errors_of(model, chains, setting):
    """Weak errors against the equation, by the number of steps."""
    reference = equation(model, setting)
    return ladder({n: model.error(found, reference[:: ROWS // n]) for n, found in chains.items()}, RESOLVED)


def clock_column(steps):
    return Column(np.array([[(HORIZON / n) ** 0.5 for n in steps]]), ("eta",))


@theorem.experiment(measures=[eta, error], on=(*LAWS, "skewed", "biased"))
def exact_errors(instances, setting, run):
    """Chain against equation at every step, on 29 x 28 nodes."""
    (one,) = instances
    model = modelled(one)
    rows = errors_of(model, chains(model, setting, lambda n: moves(one), float(one["bias"])), setting)
    return Trace({"eta": clock_column(STEPS), "error": error_column([rows], "eta")}, [rows.status])


@theorem.experiment(measures=[half], on=(*LAWS, "skewed", "biased"))
def half_order_term(instances, setting, run):
    """The fit e = a h^{1/2} + b h + c h^{3/2} + d h^2 at one start, from four step sizes; its error is the change from four larger ones."""
    (one,) = instances
    model = modelled(one)
    reference, found = equation(model, setting), chains(model, setting, lambda n: moves(one), float(one["bias"]))
    steps = (16, 32, 64, 128, 256)
    gaps = np.array([model.gap(found[n], reference) for n in steps])
    h = HORIZON / np.array(steps)
    fits = [power_fit(h[part], gaps[part].T, (0.5, 1, 1.5, 2))[:, 0] for part in (slice(1, 5), slice(0, 4))]
    tail = max(model.error(found[n], reference[:: ROWS // n]).tail for n in steps)
    columns = {"half": Column(fits[0][None], ("observable",), error=np.abs(fits[0] - fits[1])[None])}
    return Trace(columns, [resolution_status(tail, RESOLVED)])


@theorem.experiment(measures=[eta, error_rule], on="four-point")
def rule_errors(instances, setting, run):
    """k steps at batch size B against one at k B with the rule's hyperparameters, in the coordinates that each run normalises by."""
    (one,) = instances
    model, factor = modelled(one), float(one["k"])
    _, w = model.grid.points
    found, single = {}, chains(model, setting, lambda n: moves(one))
    steps = [n for n in STEPS if n >= 32]
    for n in steps:
        rate = (HORIZON / n) ** 0.5
        at = {"k": factor, "eta": rate, "c2": model.c2, "eps0": model.eps0}
        lr, decay, eps = (float(evaluate(setting[name], at)) for name in (lr_k, decay_k, eps_k))
        sigma = model.sigma0 / rate / factor**0.5

        def scaled(noise, lr=lr, decay=decay, eps=eps, sigma=sigma):
            g = model.values["f1"] / sigma + noise
            return -lr * sigma * g / (sigma * w + eps), decay * (g * g - w * w)

        found[n] = model.error(model.under_chain(model.chain(moves(one), scaled), n // int(factor)), single[n][:: int(factor)])
    rows = ladder(found, RESOLVED)
    return Trace({"eta": clock_column(steps), "error_rule": error_column([rows], "eta")}, [rows.status])


@theorem.experiment(measures=[eta, error_svag], on="skewed-svag")
def adaptive_svag(instances, setting, run):
    """Pairs z = (c_1 z_1 + c_2 z_2)/l with c_1,2 = (1 +- sqrt(2 l^2 - 1))/2, l = eta_0/eta; the weights as the setting has them."""
    (one,) = instances
    model, law = modelled(one), moves(one)

    def pairs(n):
        first, second = (float(evaluate(unfolded(setting, weight), {"eta": (HORIZON / n) ** 0.5})) for weight in (plus, minus))
        return [(first * x + second * y, p * q) for x, p in law for y, q in law]

    # Pairs of equal draws nearly cancel, and w then falls below the interval by at most `beyond`; starts stay far above it.
    rows = errors_of(model, chains(model, setting, pairs, beyond=0.02), setting)
    return Trace({"eta": clock_column(STEPS), "error_svag": error_column([rows], "eta")}, [rows.status])


@theorem.experiment(measures=[sampled], on="eight-dimensions")
def sampled_rule(instances, setting, run):
    """20,000 paths of RMSprop in eight dimensions at h = 1/256 and T = 1, with and without the rule."""
    (one,) = instances
    factor, rate, values = float(one["k"]), 1 / 16, {}
    at = {"k": factor, "eta": rate, "c2": 1.0, "eps0": 0.5}
    lr, decay, eps = (float(evaluate(setting[name], at)) for name in (lr_k, decay_k, eps_k))
    for name, (h, drop, floor, sigma, steps) in {
        "base": (rate, rate**2, 0.5 / rate, 1 / rate, 256),
        "rule": (lr, decay, eps, 1 / rate / factor**0.5, 64),
    }.items():
        x = torch.ones((20_000, 8), dtype=torch.float64, device=run.device)
        state = RMSprop(x, torch.full_like(x, 0.6 * sigma**2))
        for _ in range(steps):
            noise = torch.randn(x.shape, generator=run.generator, dtype=torch.float64, device=run.device)
            state = rmsprop(state, torch.sin(state.x) + sigma * (1 + 0.2 * torch.cos(state.x)) * noise, h, 1 - drop, floor, fresh=False)
        values[name] = mean(torch.cos(state.x).mean(1))
    gap, bar = values["base"].value - values["rule"].value, values["base"].half_width + values["rule"].half_width
    return Trace({"sampled": Column(np.array([gap]), error=bar)}, [""], device=str(state.x.device))


# What must be refuted: other equations, and other rules.
theorem.mutant(
    "mean-square-gradient",
    of="order",
    define={drift_u: c2 * (S + f1**2 - u)},
    why="u relaxes to S + f'^2",
    on="four-point",
    level="thorough",
    spec="sde-weak-order/T4/M1",
)
theorem.mutant(
    "twice-c2",
    of="order",
    define={drift_u: 2 * c2 * (S - u)},
    why="u relaxes at twice the rate",
    on="four-point",
    level="thorough",
    spec="sde-weak-order/T4/M2",
)
theorem.mutant(
    "no-eps", of="order", define={P_sde: sigma0 * sqrt(u)}, why="eps does not enter", on="four-point", level="thorough", spec="sde-weak-order/T4/M3"
)
theorem.mutant(
    "plain-drift", of="order", define={drift_theta: -f1}, why="the drift is not preconditioned", on="four-point", spec="sde-weak-order/T4/M4"
)
theorem.mutant(
    "frozen", of="order", define={drift_u: Integer(0)}, why="u does not move", on="four-point", level="thorough", spec="sde-weak-order/T4/M5"
)
theorem.mutant("order-two", of="sharp", formula=Theta(error, eta**4), why="order two in the time of one step", spec="sde-weak-order/T4/M6")
theorem.mutant("half-of-one", of="no-half-order", formula=Always(Eq(half, Rational(1, 10))), why="there is a term of order 1/2")
theorem.mutant("linear", of="rule", define={lr_k: k * eta}, why="the learning rate grows like the batch", spec="sde-weak-order/T4/M7")
theorem.mutant(
    "linear-squared",
    of="rule",
    define={lr_k: k * eta, decay_k: k**2 * c2 * eta**2, eps_k: eps0 / eta / k},
    why="linear scaling throughout",
    level="thorough",
    spec="sde-weak-order/T4/M8",
)
theorem.mutant("beta-fixed", of="rule", define={decay_k: c2 * eta**2}, why="beta stays", level="thorough", spec="sde-weak-order/T4/M9")
theorem.mutant("eps-fixed", of="rule", define={eps_k: eps0 / eta}, why="eps stays", level="thorough", spec="sde-weak-order/T4/M10")
theorem.mutant(
    "beta-by-root",
    of="rule",
    define={decay_k: sqrt(k) * c2 * eta**2},
    why="1 - beta grows like sqrt(k)",
    level="thorough",
    spec="sde-weak-order/T4/M11",
)
theorem.mutant(
    "no-scaling",
    of="rule",
    define={lr_k: eta, decay_k: c2 * eta**2, eps_k: eps0 / eta},
    why="nothing changes",
    level="thorough",
    spec="sde-weak-order/T4/M12",
)
theorem.mutant("linear-sampled", of="rule-sampled", define={lr_k: k * eta}, why="the learning rate grows like the batch", level="thorough")
theorem.mutant(
    "sgd-weights",
    of="adaptive-svag",
    define={spread: sqrt(2 * eta * (2 - 2 * eta))},
    why="sqrt(2l - 1) in place of sqrt(2 l^2 - 1)",
    level="thorough",
    spec="sde-weak-order/T4/M14",
)
theorem.mutant(
    "naive",
    of="adaptive-svag",
    define={plus: Integer(1), minus: Integer(0)},
    why="one gradient amplified by l",
    level="thorough",
    spec="sde-weak-order/T4/M13",
)
theorem.control(
    "new-denominator",
    formula=Always(Eq(half, 0)),
    define={used: u + step_u},
    why="the denominator holds the new v",
    within=Rational(1, 1000),
    on="four-point",
    spec="sde-weak-order/T4/N1",
    level="thorough",
)
theorem.ablate("low-skewness", breaks="no-half-order", on="skewed", name="skewed-half-order")
theorem.ablate("low-skewness", breaks="order", on="skewed", level="thorough", spec="sde-weak-order/T4/A1")
theorem.ablate("unbiased", breaks="order", on="biased", level="thorough", spec="sde-weak-order/T4/A2")
