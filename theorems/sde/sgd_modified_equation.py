"""SGD with a small step follows a stochastic differential equation; a corrected drift makes it follow one to second order.

x' = x - eta grad f_gamma(x) with gamma drawn afresh at each step, f = E f_gamma, S = Cov(grad f_gamma). For smooth observables g
the expectation E g(x_k) differs from that of dX = -grad f dt + sqrt(eta) S^{1/2} dW at time k eta by O(eta), and by O(eta^2) when the
drift is corrected to -grad(f + (eta/4) |grad f|^2). Nothing is sampled: on the torus, with finitely many noise atoms, chain and
equation are matrices, and the error is known to twelve digits at every start and every step.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
import torch
from sympy import Eq, Rational

from verify import RECONSTRUCTED, Always, BigO, Column, Equivalent, Paper, Theorem, Theta, Trace
from verify.dynamics.chains import mean
from verify.dynamics.explosion import log_moment_bound
from verify.dynamics.pendulum import Pendulum, error_column, halvings
from verify.dynamics.sde import final_states
from verify.dynamics.weak_error import ladder, semigroup
from verify.models.noise import RADEMACHER, SKEW, dependence_of_pairs, pairs
from verify.proof import cited
from verify.proof.weak_order import LocalExpansion, one_step
from verify.statement.instances import Instance

# Declarations are tables: up to 150 columns each, which the formatter would break into one word a line.
# fmt: off
theorem = Theorem(
    "sgd-modified-equation",
    title="SGD is a weak approximation of a stochastic differential equation, of order two with a corrected drift",
    source=Paper(
        authors="Li, Tai & E",
        year=2019,
        title="Stochastic Modified Equations and Dynamics of Stochastic Gradient Algorithms I",
        arxiv="1811.01558",
        fidelity=RECONSTRUCTED,
    ),
    summary="The orders are reconstructed from the source; error operators, their constants and all numbers are our own. The order-one "
    "statement is blind to the diffusion (gradient flow alone satisfies it), so that only the order-two statement tests it.",
)

# Setting. One step of SGD in one dimension; f1 = f'(x), ... are derivatives at the state, S = S(x) the variance of f_gamma'(x).
eta = theorem.clock("eta", to=0, meaning="learning rate, and the time of one step", latex=r"\eta")
x = theorem.quantity("x", "the state")
z = theorem.quantity("z", "noise of the gradient, f_gamma'(x) - f'(x)")
f1, f2, f3 = (theorem.quantity(f"f{k}", f"derivative {k} of the loss f at x", latex="{f" + "'" * k + "}") for k in (1, 2, 3))
S = theorem.quantity("S", "variance of the gradient at x", sign="nonnegative", latex=r"\Sigma")
S1 = theorem.quantity("S1", "its derivative", latex=r"{\Sigma'}")
mu3 = theorem.quantity("mu3", "third central moment of the gradient at x", latex=r"\mu_3")
g1, g2, g3 = (theorem.quantity(f"g{k}", f"derivative {k} of the observable g at x", latex="{g" + "'" * k + "}") for k in (1, 2, 3))

step = theorem.define("step", -eta * (f1 + z), "the update x' - x", latex=r"\Delta x")
drift1 = theorem.define("drift1", -f1, "drift of the first equation", latex="b_1")
diffusion1 = theorem.define("diffusion1", eta * S, "its diffusion, B B^T", latex="a_1")
drift2 = theorem.define("drift2", -f1 - eta * f1 * f2 / 2, "drift of the second, the derivative of -(f + eta f'^2/4)", latex="b_2")
diffusion2 = theorem.define("diffusion2", eta * S, "its diffusion, B B^T", latex="a_2")
R1 = theorem.define("R1", -f1 * f2 * g1 / 2, "error operator of the first equation, applied to g", latex="R_1 g")
R2 = theorem.define(
    "R2",
    (6 * S * f2 * g2 + 3 * S * f3 * g1 - 2 * mu3 * g3 + 3 * S1 * f1 * g2 - f1**2 * f3 * g1 - 4 * f1 * f2**2 * g1) / 12,
    "error operator of the second equation, applied to g",
    latex="R_2 g",
)

error1 = theorem.quantity("error1", "weak error of the first equation, sup over k <= T/eta, starts and g", over=eta, log=True)
error2 = theorem.quantity("error2", "weak error of the second equation", over=eta, log=True)
local1 = theorem.quantity("local1", "error of one step of the first equation", over=eta, log=True)
local2 = theorem.quantity("local2", "error of one step of the second equation", over=eta, log=True)
constant1 = theorem.parameter("constant1", "error1/eta as predicted from R1", latex="C_1")
constant2 = theorem.parameter("constant2", "error2/eta^2 as predicted from R2", latex="C_2")

second_moment = theorem.quantity("second_moment", "E X_1^2 of the first equation on the quartic loss, sampled", over=eta, sign="positive")
dependence = theorem.parameter("dependence", "largest difference of the joint law of two successive draws from the product law", sign="nonnegative")
bias = theorem.parameter("bias", "E f_gamma'(x) - f'(x), as a multiple of the noise's scale; the largest over eta", sign="nonnegative")
degree = theorem.parameter("degree", "growth exponent of the gradient at infinity", sign="nonnegative")
kinks = theorem.parameter("kinks", "points at which f has no derivative", sign="nonnegative")

# Hypotheses.
theorem.assume("iid", Eq(dependence, 0), "successive draws of gamma are independent", spec="sde-weak-order/T1/H1")
theorem.assume("unbiased", Eq(bias, 0), "E grad f_gamma = grad f", spec="sde-weak-order/T1/H2")
theorem.assume("lipschitz", degree <= 1, "grad f_gamma is Lipschitz, with moments", spec="sde-weak-order/T1/H3")
theorem.assume("smooth", Eq(kinks, 0), "f has the derivatives that appear, of polynomial growth", spec="sde-weak-order/T1/H4")
theorem.assume("smooth-diffusion", assumed="S^{1/2} is Lipschitz; not known to be needed", spec="sde-weak-order/T1/H5")
theorem.assume("fixed-horizon", assumed="the horizon T = 1 does not grow as eta falls", spec="sde-weak-order/T1/H6")

# Conclusions.
TORUS = ("symmetric", "skew")
EXPONENT = {"within": Rational(1, 50), "because": "orders differ by one half at least"}
theorem.conclude(
    "order-one",
    BigO(error1, eta),
    "the first equation is of weak order one",
    **EXPONENT,
    on=TORUS,
    spec=("sde-weak-order/T1/H0", "sde-weak-order/T1/C1"),
)
theorem.conclude("order-two", BigO(error2, eta**2), "the second equation is of weak order two", **EXPONENT, on=TORUS, spec="sde-weak-order/T1/C2")
theorem.conclude("sharp-one", Theta(error1, eta), "the first is no better", **EXPONENT, on=TORUS, spec="sde-weak-order/T1/Q1")
theorem.conclude("sharp-two", Theta(error2, eta**2), "the second is no better", **EXPONENT, on=TORUS, spec="sde-weak-order/T1/Q2")
PERCENT = {"within": Rational(1, 100), "because": "the prediction has no free parameter", "on": TORUS}
theorem.conclude("constant-one", Equivalent(error1, constant1 * eta), "R1 predicts the error", **PERCENT, spec="sde-weak-order/T1/Q3")
theorem.conclude(
    "constant-two", Equivalent(error2, constant2 * eta**2), "R2 predicts the error", **PERCENT, spec=("sde-weak-order/T1/C3", "sde-weak-order/T1/Q4")
)
theorem.conclude("bounded-one", Always(error1 <= 2 * eta), "at all steps the constant is below 2 on these instances", on=TORUS)
LOCAL = {"within": Rational(1, 20), "because": "orders of one step differ by one half at least", "on": TORUS}
theorem.conclude("local-one", BigO(local1, eta**2), "one step of the first equation errs by O(eta^2)", **LOCAL)
theorem.conclude("local-two", BigO(local2, eta**3), "one step of the second equation errs by O(eta^3)", **LOCAL)

# Proof. Derivatives of f, S, g are independent variables ("jets") for the kernel, which expands chain and equation itself.
c1, c2 = (
    theorem.parameter(f"c{k}", meaning, sign="real")
    for k, meaning in ((1, "coefficient of the drift correction"), (2, "coefficient of the covariance"))
)
drift_c = theorem.define("drift_c", -f1 - c1 * eta * f1 * f2, "drift with an unknown correction")
diffusion_c = theorem.define("diffusion_c", c2 * eta * S, "diffusion with an unknown factor")
chain2, chain3, ansatz2, first2, second3 = (
    theorem.quantity(name, f"coefficient of eta^{name[-1]} in the local error of {which}")
    for name, which in (
        ("chain2", "no equation"),
        ("chain3", "no equation"),
        ("ansatz2", "the ansatz"),
        ("first2", "the first"),
        ("second3", "the second"),
    )
)
local0, local_c = (
    theorem.quantity(name, f"local error of {which}", over=eta) for name, which in (("local0", "no equation"), ("local_c", "the ansatz"))
)
JETS = {f1: ("f", 1), f2: ("f", 2), f3: ("f", 3), S: ("S", 0), S1: ("S", 1), mu3: ("mu3", 0), g1: ("g", 1), g2: ("g", 2), g3: ("g", 3)}
SGD = {"step": eta, "state": [x], "update": [step], "noise": [z], "moments": {1: 0, 2: S, 3: mu3}, "jets": JETS}
theorem.reference("chain", one_step(**SGD, drift=[0], diffusion=[[0]], local=local0, residuals={chain2: 2, chain3: 3}), "the chain alone")
theorem.reference("ansatz", one_step(**SGD, drift=[drift_c], diffusion=[[diffusion_c]], local=local_c, residuals={ansatz2: 2}), "the ansatz")
theorem.reference("first", one_step(**SGD, drift=[drift1], diffusion=[[diffusion1]], local=local1, residuals={first2: 2}), "the first equation")
theorem.reference("second", one_step(**SGD, drift=[drift2], diffusion=[[diffusion2]], local=local2, residuals={second3: 3}), "the second equation")

expand = LocalExpansion()
theorem.step("second-moment", Eq(chain2, (f1**2 + S) * g2 / 2), by=expand, spec="sde-weak-order/T1/S1")
theorem.step("third-moment", Eq(chain3, -(f1**3 + 3 * f1 * S + mu3) * g3 / 6), by=expand, spec="sde-weak-order/T1/S1")
theorem.step(
    "which-correction",
    Eq(ansatz2, ((2 * c1 - 1) * f1 * f2 * g1 + (1 - c2) * S * g2) / 2),
    by=expand,
    meaning="it vanishes for all f, S and g only if c1 = 1/2 and c2 = 1",
    spec="sde-weak-order/T1/S2",
)
theorem.step("error-operator-one", Eq(first2, R1), by=expand, spec="sde-weak-order/T1/S3")
theorem.step("error-operator-two", Eq(second3, R2), by=expand, spec="sde-weak-order/T1/S3")
theorem.step("expansion-one", "local-one", by=expand)
theorem.step("expansion-two", "local-two", by=expand, spec="sde-weak-order/T1/S2")
MOMENTS = cited("moments of all orders of x_k and X_t stay bounded for k eta <= T, by Lipschitz coefficients and Gronwall's inequality")
MILSTEIN = cited("a local weak error O(eta^(p+1)), uniform with polynomial growth, gives the global order p (Milstein 1986)")
moments = theorem.quantity("moments", "largest moment of a given order of x_k and X_t up to T", over=eta)
theorem.step("bounded-moments", BigO(moments, 1), by=MOMENTS, given=("lipschitz", "fixed-horizon"), spec="sde-weak-order/T1/Z1")
GIVEN = ("iid", "unbiased", "smooth", "bounded-moments")
theorem.step("global-one", "order-one", by=MILSTEIN, given=("expansion-one", *GIVEN), spec=("sde-weak-order/T1/Z2", "sde-weak-order/T0/Z1"))
theorem.step("global-two", "order-two", by=MILSTEIN, given=("expansion-two", *GIVEN), spec=("sde-weak-order/T1/Z2", "sde-weak-order/T0/Z1"))


# Instances. f = -b cos x with gradient noise (a0 + a1 cos x) z on the torus: every hypothesis holds, with all derivatives bounded.
def pendulum(label, law, size, rng, bias=(0, 0)):
    """The reference instance b = 1, a = .8 + .4 cos x, and others near it."""
    shapes = [(1, Fraction(4, 5), Fraction(2, 5))]
    shapes += [tuple(Fraction(int(k), 20) for k in rng.integers((18, 15, 7), (21, 18, 10))) for _ in range(1, min(size // 8, 4))]
    return [
        Instance(f"{label} {k}", {"b": b, "a0": a0, "a1": a1, "law": law, "bias_at_zero": bias[0], "bias_slope": bias[1], "degree": 0, "kinks": 0})
        for k, (b, a0, a1) in enumerate(shapes)
    ]


@theorem.family("symmetric", spec="sde-weak-order/T1/R1")
def symmetric(rng, size):
    """Rademacher noise."""
    return pendulum("symmetric", pairs(RADEMACHER), size, rng)


@theorem.family("skew", spec="sde-weak-order/T1/R2")
def skew(rng, size):
    """Noise 2 with probability 1/5, -1/2 with probability 4/5."""
    return pendulum("skew", pairs(SKEW), size, rng)


half = Fraction(1, 2)


@theorem.family("reshuffled", without="iid")
def reshuffled(rng, size):
    """Two examples, each used once in every two steps, in random order."""
    return pendulum("reshuffled", [(1, -1, half), (-1, 1, half)], 1, rng)


@theorem.family("repeated", without="iid")
def repeated(rng, size):
    """Each example used twice in a row."""
    return pendulum("repeated", [(1, 1, half), (-1, -1, half)], 1, rng)


@theorem.family("slightly-biased", without="unbiased")
def slightly_biased(rng, size):
    """A bias of 0.3 eta in the gradient: order one survives, order two does not."""
    return pendulum("bias 0.3 eta", pairs(RADEMACHER), 1, rng, bias=(0, Fraction(3, 10)))


@theorem.family("biased", without="unbiased")
def biased(rng, size):
    """A bias of 0.3 in the gradient."""
    return pendulum("bias 0.3", pairs(RADEMACHER), 1, rng, bias=(Fraction(3, 10), 0))


@theorem.family("kink", without="smooth")
def kink(rng, size):
    """f = |x| from x_0 = 1/3, without noise: the chain ends up stepping over the kink. A dyadic start would land on it."""
    return [Instance("kink", {"start": Fraction(1, 3), "law": [(0, 0, 1)], "bias_at_zero": 0, "bias_slope": 0, "degree": 0, "kinks": 1})]


@theorem.family("quartic", without="lipschitz", level="thorough")
def quartic(rng, size):
    """f = x^4/4 with Gaussian noise from x_0 = 1: the chain explodes with small probability, so strongly that its moments do."""
    return [Instance("quartic", {"law": pairs(RADEMACHER), "bias_at_zero": 0, "bias_slope": 0, "degree": 3, "kinks": 0})]


# Experiments.
@theorem.observe(measures=[dependence, bias])
def noise(instances, setting, run):
    """Dependence and bias of the noise, exactly."""
    return Trace(
        {
            "dependence": Column(np.array([dependence_of_pairs(i["law"]) for i in instances], dtype=object)),
            "bias": Column(np.array([max(Fraction(i["bias_at_zero"]), Fraction(i["bias_slope"])) for i in instances], dtype=object)),
        },
        [""] * len(instances),
    )


STEPS = {1: halvings(16, 15), 2: halvings(8, 14)}  # beyond 800 steps rounding reaches the error of order two


def chain(model, instance, setting, h):
    """The expectation over one step, or over two when successive draws depend on each other; and the number of steps in it."""
    law, shift = instance["law"], float(instance["bias_at_zero"] + instance["bias_slope"] * Fraction(h))
    atoms = {u for u, _, _ in law} | {v for _, v, _ in law}
    increments = {u: model.at(setting[step], eta=h, z=model.amplitude * float(u) + shift) for u in atoms}
    one = {u: model.grid.transition([(1.0, [model.x + increments[u]])]) for u in atoms}
    if dependence_of_pairs(law) == 0:
        return np.sum([float(sum(p for w, _, p in law if w == u)) * one[u] for u in atoms], axis=0), 1
    return np.sum([float(p) * one[u] @ one[v] for u, v, p in law], axis=0), 2


def modelled(instance):
    """The instance on its grid."""
    third = float(sum(p * u**3 for u, _, p in instance["law"]))
    return Pendulum(*(float(instance[name]) for name in ("b", "a0", "a1")), moments=(third, 0.0))


def compared(which, drift, diffusion, instances, setting):
    """The columns of one equation: eta, weak errors up to T = 1, and errors of one step."""
    steps, ladders, singles = STEPS[which], [], []
    for instance in instances:
        model, found, single = modelled(instance), {}, []
        for k in steps:
            expectation, stride = chain(model, instance, setting, 1 / k)
            flow = semigroup(model.generator(setting[drift], setting[diffusion], eta=1 / k), stride / k)
            found[k] = model.error(expectation, flow, k // stride)
            # The largest steps are left out: there the supremum still moves from one start to another.
            single.append(model.local_error(expectation, flow) if k >= 16 else np.nan)
        ladders.append(ladder(found))
        singles.append(single)
    columns = {
        "eta": Column(np.tile(1 / np.array(steps, float), (len(instances), 1)), ("eta",)),
        f"error{which}": error_column(ladders, "eta"),
        f"local{which}": Column(np.log(singles), ("eta",), log=True, error=1e-13 / np.array(singles)),
    }
    return Trace(columns, [found.status for found in ladders])


ALL_TORUS = (*TORUS, "reshuffled", "repeated", "slightly-biased", "biased")


@theorem.experiment(measures=[eta, error1, local1], on=ALL_TORUS)
def first_equation(instances, setting, run):
    """Chain against the first equation on the torus."""
    return compared(1, drift1, diffusion1, instances, setting)


@theorem.experiment(measures=[eta, error2, local2], on=ALL_TORUS)
def second_equation(instances, setting, run):
    """Chain against the second equation on the torus."""
    return compared(2, drift2, diffusion2, instances, setting)


@theorem.experiment(measures=[constant1, constant2], on=TORUS)
def predictions(instances, setting, run):
    """The error operators, transported by the equations at eta = 0 (both are gradient flow there)."""

    def constants(drift, diffusion, operator):
        models = [modelled(instance) for instance in instances]
        return [m.constant(m.generator(setting[drift], setting[diffusion], eta=0.0), setting[operator], (g1, g2, g3)) for m in models]

    first, second = constants(drift1, diffusion1, R1), constants(drift2, diffusion2, R2)
    return Trace({"constant1": Column(np.array(first), error=1e-9), "constant2": Column(np.array(second), error=1e-9)}, [""] * len(instances))


@theorem.experiment(measures=[eta, error1, error2], on="kink")
def kinked(instances, setting, run):
    """|x_k - X_{k eta}| in rational arithmetic; gradient flow of |x| reaches zero and stays (f'' = 0, so that both equations agree)."""
    steps, errors = [2**j for j in range(3, 12)], []
    for k in steps:
        h, start, state, gaps = Fraction(1, k), instances[0]["start"], instances[0]["start"], []
        for j in range(1, k + 1):
            state -= h * (1 if state > 0 else -1 if state < 0 else 0)
            gaps.append(abs(state - max(start - j * h, Fraction(0))))
        errors.append(float(max(gaps)))
    both = Column(np.log([errors]), ("eta",), log=True, error=1e-15)
    return Trace({"eta": Column(1 / np.array([steps], float), ("eta",)), "error1": both, "error2": both}, [""])


@theorem.experiment(measures=[eta, error1, second_moment], on="quartic")
def exploding(instances, setting, run):
    """A lower bound of E x_K^2 - E X_T^2 for g = x^2, in logarithms.

    One large draw z_1 > s sends |x| to eta s - 1 or more; while |z| <= 1 the next steps obey |x'| >= eta |x|^3 - |x| - eta. The
    probability of that times x_K^2 bounds the moment from below, and is maximised over s; E X_T^2 <= 1.
    """
    steps = halvings(8, 11)  # beyond 256 steps the logarithm itself leaves the range of a float
    bound = Column(np.array([[log_moment_bound(k) for k in steps]]), ("eta",), log=True, error=1e-6)
    samples = []
    for k in steps:
        scale = torch.full((20_000,), k**-0.5, dtype=torch.float64)
        final = final_states(lambda x: -(x**3), lambda x, s=scale: s[: len(x)], torch.ones_like(scale), 200, 1.0, run.generator)
        samples.append(mean(final**2))
    moment = Column(np.array([[m.value for m in samples]]), ("eta",), error=np.array([[m.half_width for m in samples]]))
    return Trace({"eta": Column(1 / np.array([steps], float), ("eta",)), "error1": bound, "second_moment": moment}, [""])


# What must be refuted: other equations of the same kind, each of order one only.
theorem.mutant(
    "no-correction", of="order-two", define={drift2: -f1}, why="the first equation is of order two", on="symmetric", spec="sde-weak-order/T1/M1"
)
theorem.mutant(
    "half",
    of="order-two",
    define={drift2: -f1 - eta * f1 * f2},
    why="the correction is (eta/2) |grad f|^2",
    on="symmetric",
    spec="sde-weak-order/T1/M2",
)
theorem.mutant(
    "wrong-sign",
    of="order-two",
    define={drift2: -f1 + eta * f1 * f2 / 2},
    why="the correction is -(eta/4) |grad f|^2",
    on="symmetric",
    spec="sde-weak-order/T1/M3",
)
theorem.mutant(
    "covariance-1.1",
    of="order-two",
    define={diffusion2: Rational(11, 10) * eta * S},
    why="the covariance need only be roughly right",
    on="symmetric",
    spec="sde-weak-order/T1/M4",
)
theorem.mutant(
    "no-noise", of="order-two", define={diffusion2: sp.Integer(0)}, why="the noise does not matter", on="symmetric", spec="sde-weak-order/T1/M5"
)
theorem.mutant(
    "eta-squared", of="order-two", define={diffusion2: eta**2 * S}, why="the diffusion is eta^2 S", on="symmetric", spec="sde-weak-order/T1/M6"
)
theorem.mutant(
    "uncentred",
    of="order-two",
    define={diffusion2: eta * (S + f1**2)},
    why="the second moment of the gradient serves as covariance",
    on="symmetric",
    spec="sde-weak-order/T1/M7",
)
theorem.mutant(
    "stratonovich",
    of="order-two",
    define={drift2: -f1 - eta * f1 * f2 / 2 + eta * S1 / 4},
    why="the noise is meant in the sense of Stratonovich",
    on="symmetric",
    spec="sde-weak-order/T1/M8",
)
theorem.mutant("half-constant", of="bounded-one", formula=Always(error1 <= eta / 4), why="the constant is below 1/4", on="symmetric")
theorem.mutant("half-drift", of="order-one", define={drift1: -f1 / 2}, why="any drift will do", on="symmetric")
theorem.mutant("order-two-for-one", of="sharp-one", formula=Theta(error1, eta**2), why="the first equation is of order two")
theorem.mutant("order-three", of="sharp-two", formula=Theta(error2, eta**3), why="the second equation is of order three")
theorem.mutant("twice-R1", of="constant-one", define={R1: -f1 * f2 * g1}, why="the error operator is twice as large")
theorem.mutant(
    "no-skewness", of="constant-two", define={R2: sp.expand(theorem.setting[R2]).subs(mu3, 0)}, why="the third moment does not enter", on="skew"
)
theorem.mutant("local-three", of="local-one", formula=BigO(local1, eta**3), why="one step of the first equation errs by O(eta^3)")
theorem.mutant("local-four", of="local-two", formula=BigO(local2, eta**4), why="one step of the second equation errs by O(eta^4)")

# True, though it looks wrong: order one cannot see the diffusion, nor the order of the data.
theorem.control(
    "gradient-flow",
    formula=BigO(error1, eta),
    define={diffusion1: sp.Integer(0)},
    why="the equation has no noise at all",
    within=Rational(1, 50),
    on=TORUS,
    spec=("sde-weak-order/T1/N1", "sde-weak-order/T1/X1"),
)
theorem.control(
    "any-covariance",
    formula=BigO(error1, eta),
    define={diffusion1: 3 * eta * S},
    why="three times the covariance",
    within=Rational(1, 50),
    on=TORUS,
    spec="sde-weak-order/T1/N2",
)
theorem.control(
    "reshuffling",
    formula=BigO(error1, eta),
    why="the draws are not independent",
    within=Rational(1, 50),
    on="reshuffled",
    under=("unbiased", "lipschitz", "smooth"),
    spec="sde-weak-order/T1/N3",
)
theorem.control(
    "equation-does-not-explode",
    formula=Always(second_moment <= 1),
    why="on the quartic loss the chain's moments explode",
    on="quartic",
    under=("iid", "unbiased", "smooth"),
    level="thorough",
    spec="sde-weak-order/T1/N4",
)

theorem.ablate("iid", breaks="order-two", on="reshuffled", name="reshuffled", spec="sde-weak-order/T1/A1")
theorem.ablate("iid", breaks="order-two", on="repeated", name="repeated", spec="sde-weak-order/T1/A2")
theorem.ablate("unbiased", breaks="order-two", on="slightly-biased", name="slightly-biased", spec="sde-weak-order/T1/A3")
theorem.ablate("unbiased", breaks="order-one", on="biased", name="biased", spec="sde-weak-order/T1/A4")
theorem.ablate("smooth", breaks="order-two", on="kink", spec="sde-weak-order/T1/A5")
theorem.ablate("lipschitz", breaks="bounded-one", on="quartic", level="thorough", spec="sde-weak-order/T1/A6")
