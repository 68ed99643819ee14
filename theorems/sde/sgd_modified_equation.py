"""SGD with a small step follows a stochastic differential equation; a corrected drift makes it follow one to second order.

x' = x - eta grad f_gamma(x) with gamma drawn afresh at each step, f = E f_gamma, S = Cov(grad f_gamma). For smooth observables g
the expectation E g(x_k) differs from that of dX = -grad f dt + sqrt(eta) S^{1/2} dW at time k eta by O(eta), and by O(eta^2) when the
drift is corrected to -grad(f + (eta/4) |grad f|^2). Nothing is sampled: on the torus, with finitely many noise atoms, chain and
equation are matrices, and the error is known to twelve digits at every start and every step.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.stats import norm
from sympy import Eq, Rational

from verify import RECONSTRUCTED, BigO, Column, Equivalent, Paper, Theorem, Theta, Trace
from verify.dynamics.pendulum import Pendulum, error_column, evaluate, halvings
from verify.dynamics.spectral import torus
from verify.dynamics.weak_error import ladder, semigroup, weak_error
from verify.models.noise import RADEMACHER, SKEW
from verify.proof import cited
from verify.proof.weak_order import LocalExpansion, one_step
from verify.statement.instances import Instance

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
f1, f2, f3 = (theorem.quantity(f"f{k}", f"derivative {k} of the loss f at x", latex="f" + "'" * k) for k in (1, 2, 3))
S = theorem.quantity("S", "variance of the gradient at x", sign="nonnegative", latex=r"\Sigma")
S1 = theorem.quantity("S1", "its derivative", latex=r"\Sigma'")
mu3 = theorem.quantity("mu3", "third central moment of the gradient at x", latex=r"\mu_3")
g1, g2, g3 = (theorem.quantity(f"g{k}", f"derivative {k} of the observable g at x", latex="g" + "'" * k) for k in (1, 2, 3))

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
T1 = "sde-weak-order/T1"
TORUS = ("symmetric", "skew")
EXPONENT = {"within": Rational(1, 50), "because": "orders differ by one half at least"}
theorem.conclude("order-one", BigO(error1, eta), "the first equation is of weak order one", **EXPONENT, spec=(f"{T1}/H0", f"{T1}/C1"))
theorem.conclude("order-two", BigO(error2, eta**2), "the second equation is of weak order two", **EXPONENT, spec=f"{T1}/C2")
theorem.conclude("sharp-one", Theta(error1, eta), "the first is no better", **EXPONENT, on=TORUS, spec=f"{T1}/Q1")
theorem.conclude("sharp-two", Theta(error2, eta**2), "the second is no better", **EXPONENT, on=TORUS, spec=f"{T1}/Q2")
PERCENT = {"within": Rational(1, 100), "because": "the prediction has no free parameter", "on": TORUS}
theorem.conclude("constant-one", Equivalent(error1, constant1 * eta), "R1 predicts the error", **PERCENT, spec=f"{T1}/Q3")
theorem.conclude("constant-two", Equivalent(error2, constant2 * eta**2), "R2 predicts the error", **PERCENT, spec=(f"{T1}/C3", f"{T1}/Q4"))
LOCAL = {"within": Rational(1, 20), "because": "orders of one step differ by one half at least", "on": TORUS}
theorem.conclude("local-one", BigO(local1, eta**2), "one step of the first equation errs by O(eta^2)", **LOCAL)
theorem.conclude("local-two", BigO(local2, eta**3), "one step of the second equation errs by O(eta^3)", **LOCAL)

# Proof. Derivatives of f, S, g are independent variables ("jets") for the kernel, which expands chain and equation itself.
c1, c2 = (theorem.parameter(f"c{k}", meaning, sign="real") for k, meaning in ((1, "coefficient of the drift correction"), (2, "coefficient of the covariance")))
drift_c = theorem.define("drift_c", -f1 - c1 * eta * f1 * f2, "drift with an unknown correction")
diffusion_c = theorem.define("diffusion_c", c2 * eta * S, "diffusion with an unknown factor")
chain2, chain3, ansatz2, first2, second3 = (
    theorem.quantity(name, f"coefficient of eta^{name[-1]} in the local error of {which}")
    for name, which in (("chain2", "no equation"), ("chain3", "no equation"), ("ansatz2", "the ansatz"), ("first2", "the first"), ("second3", "the second"))
)
local0, local_c = (theorem.quantity(name, f"local error of {which}", over=eta) for name, which in (("local0", "no equation"), ("local_c", "the ansatz")))
JETS = {f1: ("f", 1), f2: ("f", 2), f3: ("f", 3), S: ("S", 0), S1: ("S", 1), mu3: ("mu3", 0), g1: ("g", 1), g2: ("g", 2), g3: ("g", 3)}
SGD = {"step": eta, "state": [x], "update": [step], "noise": [z], "moments": {1: 0, 2: S, 3: mu3}, "jets": JETS}
theorem.reference("chain", one_step(**SGD, drift=[0], diffusion=[[0]], local=local0, residuals={chain2: 2, chain3: 3}), "the chain alone")
theorem.reference("ansatz", one_step(**SGD, drift=[drift_c], diffusion=[[diffusion_c]], local=local_c, residuals={ansatz2: 2}), "the ansatz")
theorem.reference("first", one_step(**SGD, drift=[drift1], diffusion=[[diffusion1]], local=local1, residuals={first2: 2}), "the first equation")
theorem.reference("second", one_step(**SGD, drift=[drift2], diffusion=[[diffusion2]], local=local2, residuals={second3: 3}), "the second equation")

expand = LocalExpansion()
theorem.step("second-moment", Eq(chain2, (f1**2 + S) * g2 / 2), by=expand, spec=f"{T1}/S1")
theorem.step("third-moment", Eq(chain3, -(f1**3 + 3 * f1 * S + mu3) * g3 / 6), by=expand, spec=f"{T1}/S1")
theorem.step(
    "which-correction", Eq(ansatz2, ((2 * c1 - 1) * f1 * f2 * g1 + (1 - c2) * S * g2) / 2), by=expand,
    meaning="it vanishes for all f, S and g only if c1 = 1/2 and c2 = 1", spec=f"{T1}/S2",
)  # fmt: skip
theorem.step("error-operator-one", Eq(first2, R1), by=expand, spec=f"{T1}/S3")
theorem.step("error-operator-two", Eq(second3, R2), by=expand, spec=f"{T1}/S3")
theorem.step("expansion-one", "local-one", by=expand)
theorem.step("expansion-two", "local-two", by=expand, spec=f"{T1}/S2")
MOMENTS = cited("moments of all orders of x_k and X_t stay bounded for k eta <= T, by Lipschitz coefficients and Gronwall's inequality")
MILSTEIN = cited("a local weak error O(eta^(p+1)), uniform with polynomial growth, gives the global order p (Milstein 1986)")
moments = theorem.quantity("moments", "largest moment of a given order of x_k and X_t up to T", over=eta)
theorem.step("bounded-moments", BigO(moments, 1), by=MOMENTS, given=("lipschitz", "fixed-horizon"), spec=f"{T1}/Z1")
GIVEN = ("iid", "unbiased", "smooth", "bounded-moments")
theorem.step("global-one", "order-one", by=MILSTEIN, given=("expansion-one", *GIVEN), spec=(f"{T1}/Z2", "sde-weak-order/T0/Z1"))
theorem.step("global-two", "order-two", by=MILSTEIN, given=("expansion-two", *GIVEN), spec=(f"{T1}/Z2", "sde-weak-order/T0/Z1"))

# Two dimensions, with generic f and S. Second derivatives f20, f11, f02; covariance S11, S12, S22.
y, z1, z2 = (theorem.quantity(name, meaning) for name, meaning in (("y", "second coordinate"), ("z1", "noise along x"), ("z2", "noise along y")))
f10, f01, f20, f11, f02 = (theorem.quantity(f"f{i}{j}", f"derivative ({i}, {j}) of f(x, y)") for i, j in ((1, 0), (0, 1), (2, 0), (1, 1), (0, 2)))
S11, S12, S22 = (theorem.quantity(name, f"entry of the covariance at (x, y): {name[1:]}") for name in ("S11", "S12", "S22"))
local2d = theorem.quantity("local2d", "error of one step in two dimensions", over=eta, log=True)
error2d = theorem.quantity("error2d", "weak error in two dimensions", over=eta, log=True)
step_x = theorem.define("step_x", -eta * (f10 + z1), "the update of x")
step_y = theorem.define("step_y", -eta * (f01 + z2), "the update of y")
drift_x = theorem.define("drift_x", -f10 - eta * (f20 * f10 + f11 * f01) / 2, "drift of x: -D_x (f + eta |grad f|^2 / 4)")
drift_y = theorem.define("drift_y", -f01 - eta * (f11 * f10 + f02 * f01) / 2, "drift of y")
a11, a12, a22 = (theorem.define(f"a{s.name[1:]}", eta * s, "entry of the diffusion") for s in (S11, S12, S22))
theorem.reference(
    "plane",
    one_step(
        step=eta, state=[x, y], update=[step_x, step_y], drift=[drift_x, drift_y], diffusion=[[a11, a12], [a12, a22]], noise=[z1, z2],
        moments={(1, 0): 0, (0, 1): 0, (2, 0): S11, (1, 1): S12, (0, 2): S22}, local=local2d,
        jets={f10: ("f", (1, 0)), f01: ("f", (0, 1)), f20: ("f", (2, 0)), f11: ("f", (1, 1)), f02: ("f", (0, 2)),
              S11: ("S11", (0, 0)), S12: ("S12", (0, 0)), S22: ("S22", (0, 0))},
    ),
    "the second equation in two dimensions",
)  # fmt: skip
theorem.conclude(
    "order-two-in-the-plane", BigO(error2d, eta**2), "order two in two dimensions", **EXPONENT, on="torus-2d", level="thorough", spec=f"{T1}/R3"
)
theorem.step("expansion-in-the-plane", BigO(local2d, eta**3), by=expand, spec=f"{T1}/S4")


# Instances. f = -b cos x with gradient noise (a0 + a1 cos x) z on the torus: every hypothesis holds, with all derivatives bounded.
def joint(first, second=None):
    """The joint law of two successive draws: (value, value, probability); independent when only one law is given."""
    return second or [(u, v, p * q) for u, p in first for v, q in first]


def pendulum(label, law, size, rng, bias=(0, 0)):
    """The reference instance b = 1, a = .8 + .4 cos x, and others near it."""
    shapes = [(1, Fraction(4, 5), Fraction(2, 5))]
    shapes += [tuple(Fraction(int(k), 20) for k in rng.integers((18, 15, 7), (21, 18, 10))) for _ in range(1, min(size // 8, 4))]
    return [
        Instance(f"{label} {k}", {"b": b, "a0": a0, "a1": a1, "law": law, "bias_at_zero": bias[0], "bias_slope": bias[1], "degree": 0, "kinks": 0})
        for k, (b, a0, a1) in enumerate(shapes)
    ]


@theorem.family("symmetric", spec=f"{T1}/R1")
def symmetric(rng, size):
    """Rademacher noise."""
    return pendulum("symmetric", joint(RADEMACHER), size, rng)


@theorem.family("skew", spec=f"{T1}/R2")
def skew(rng, size):
    """Noise 2 with probability 1/5, -1/2 with probability 4/5."""
    return pendulum("skew", joint(SKEW), size, rng)


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
    return pendulum("bias 0.3 eta", joint(RADEMACHER), 1, rng, bias=(0, Fraction(3, 10)))


@theorem.family("biased", without="unbiased")
def biased(rng, size):
    """A bias of 0.3 in the gradient."""
    return pendulum("bias 0.3", joint(RADEMACHER), 1, rng, bias=(Fraction(3, 10), 0))


@theorem.family("kink", without="smooth")
def kink(rng, size):
    """f = |x| from x_0 = 1/3, without noise: the chain ends up stepping over the kink. A dyadic start would land on it."""
    return [Instance("kink", {"start": Fraction(1, 3), "law": [(0, 0, 1)], "bias_at_zero": 0, "bias_slope": 0, "degree": 0, "kinks": 1})]


@theorem.family("quartic", without="lipschitz", level="thorough")
def quartic(rng, size):
    """f = x^4/4 with Gaussian noise from x_0 = 1: the chain explodes with small probability, so strongly that its moments do."""
    return [Instance("quartic", {"law": joint(RADEMACHER), "bias_at_zero": 0, "bias_slope": 0, "degree": 3, "kinks": 0})]


@theorem.family("torus-2d", level="thorough")
def torus_2d(rng, size):
    """f = -cos x - cos y + cos(x - y)/2 with two-dimensional noise of four atoms."""
    return [Instance("plane", {"law": joint(RADEMACHER), "bias_at_zero": 0, "bias_slope": 0, "degree": 0, "kinks": 0})]


# Experiments.
@theorem.observe(measures=[dependence, bias])
def noise(instances, setting, run):
    """Dependence and bias of the noise, exactly."""
    return Trace(
        {
            "dependence": Column(np.array([dependence_of(i["law"]) for i in instances], dtype=object)),
            "bias": Column(np.array([max(Fraction(i["bias_at_zero"]), Fraction(i["bias_slope"])) for i in instances], dtype=object)),
        },
        [""] * len(instances),
    )


def dependence_of(law):
    """max |P(u, v) - P(u) P(v)| over the atoms."""
    first, second, both = {}, {}, {}
    for u, v, p in law:
        first[u], second[v], both[u, v] = (Fraction(p) + table.get(key, 0) for table, key in ((first, u), (second, v), (both, (u, v))))
    return max(abs(both.get((u, v), Fraction(0)) - p * q) for u, p in first.items() for v, q in second.items())


STEPS = {1: halvings(16, 15), 2: halvings(8, 14)}  # beyond 800 steps rounding reaches the error of order two


def chain(model, instance, setting, h):
    """The expectation over one step, or over two when successive draws depend on each other; and the number of steps in it."""
    law, shift = instance["law"], float(instance["bias_at_zero"] + instance["bias_slope"] * Fraction(h))
    atoms = {u for u, _, _ in law} | {v for _, v, _ in law}
    increments = {u: model.at(setting[step], eta=h, z=model.amplitude * float(u) + shift) for u in atoms}
    one = {u: model.grid.transition([(1.0, [model.x + increments[u]])]) for u in atoms}
    if dependence_of(law) == 0:
        return sum(float(sum(p for w, _, p in law if w == u)) * one[u] for u in atoms), 1
    return sum(float(p) * one[u] @ one[v] for u, v, p in law), 2


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
            single.append(model.local_error(expectation, flow))
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


@theorem.experiment(measures=[eta, error1], on="quartic")
def exploding(instances, setting, run):
    """A lower bound of E x_K^2 - E X_T^2 for g = x^2, in logarithms.

    One large draw z_1 > s sends |x| to eta s - 1 or more; while |z| <= 1 the next steps obey |x'| >= eta |x|^3 - |x| - eta. The
    probability of that times x_K^2 bounds the moment from below, and is maximised over s; E X_T^2 <= 1.
    """
    steps = halvings(8, 11)  # beyond 256 steps the logarithm itself leaves the range of a float
    bound = Column(np.array([[log_moment(k) for k in steps]]), ("eta",), log=True, error=1e-6)
    return Trace({"eta": Column(1 / np.array([steps], float), ("eta",)), "error1": bound}, [""])


def log_moment(k):
    """log of the lower bound of E x_K^2 at eta = 1/k."""
    threshold = np.geomspace(2.0, 8 * k**1.5, 4000)
    reach = threshold / k - 1
    size = np.log(np.maximum(reach, 1e-300))
    for _ in range(k - 1):
        # Beyond e^30 the cubic term alone counts, to within rounding; below it the step is taken as it is.
        small = np.exp(np.minimum(size, 30))
        plain = np.log(np.maximum(small**3 / k - small - 1 / k, 1e-300))
        size = np.where(size > 30, 3 * size - np.log(k), plain)
    total = 2 * size + norm.logsf(threshold) + (k - 1) * np.log(norm.cdf(1) - norm.cdf(-1))
    return float(total.max())


@theorem.experiment(measures=[eta, error2d], on="torus-2d")
def plane(instances, setting, run):
    """33 x 33 nodes up to T = 1/2; the noise is B (u, v) with u, v = +-1 and B depending on the state."""
    grid, horizon, steps = torus(33, 2), 0.5, [4, 8, 16, 32, 64]
    x, y = grid.points
    b11, b21, b22 = 0.6 + 0.2 * np.cos(x), 0.3 * np.sin(y), 0.5 + 0.1 * np.cos(x + y)
    values = {
        "f10": np.sin(x) - np.sin(x - y) / 2, "f01": np.sin(y) + np.sin(x - y) / 2,
        "f20": np.cos(x) - np.cos(x - y) / 2, "f11": np.cos(x - y) / 2, "f02": np.cos(y) - np.cos(x - y) / 2,
        "S11": b11**2, "S12": b11 * b21, "S22": b21**2 + b22**2,
    }  # fmt: skip

    def at(symbol, **more):
        return evaluate(setting[symbol], {**values, **more})

    tests, found = np.stack([np.cos(x), np.sin(x + y), np.sin(y) * np.cos(x)], 1), {}
    for k in steps:
        h = horizon / k
        moves = [(0.25, [x + at(step_x, eta=h, z1=b11 * u), y + at(step_y, eta=h, z2=b21 * u + b22 * v)]) for u in (1, -1) for v in (1, -1)]
        generator = grid.generator([at(drift_x, eta=h), at(drift_y, eta=h)], [[at(a11, eta=h), at(a12, eta=h)], [at(a12, eta=h), at(a22, eta=h)]])
        found[k] = weak_error(grid, grid.transition(moves), semigroup(generator, h), tests, k)
    rows = ladder(found)
    return Trace({"eta": Column(horizon / np.array([steps], float), ("eta",)), "error2d": Column(np.log([rows.errors]), ("eta",), log=True, error=rows.log_bars[None])}, [rows.status])


# What must be refuted: other equations of the same kind, each of order one only.
for name, change, why, spec in (
    ("no-correction", {drift2: -f1}, "the first equation is of order two", "M1"),
    ("half", {drift2: -f1 - eta * f1 * f2}, "the correction is (eta/2) |grad f|^2", "M2"),
    ("wrong-sign", {drift2: -f1 + eta * f1 * f2 / 2}, "the correction is -(eta/4) |grad f|^2", "M3"),
    ("covariance-1.1", {diffusion2: Rational(11, 10) * eta * S}, "the covariance need only be roughly right", "M4"),
    ("no-noise", {diffusion2: sp.Integer(0)}, "the noise does not matter", "M5"),
    ("eta-squared", {diffusion2: eta**2 * S}, "the diffusion is eta^2 S", "M6"),
    ("uncentred", {diffusion2: eta * (S + f1**2)}, "the second moment of the gradient serves as covariance", "M7"),
    ("stratonovich", {drift2: -f1 - eta * f1 * f2 / 2 + eta * S1 / 4}, "the noise is meant in the sense of Stratonovich", "M8"),
):
    theorem.mutant(name, of="order-two", define=change, why=why, on="symmetric", spec=f"{T1}/{spec}")
theorem.mutant("half-drift", of="order-one", define={drift1: -f1 / 2}, why="any drift will do", on="symmetric")
theorem.mutant("order-two-for-one", of="sharp-one", formula=Theta(error1, eta**2), why="the first equation is of order two")
theorem.mutant("order-three", of="sharp-two", formula=Theta(error2, eta**3), why="the second equation is of order three")
theorem.mutant("twice-R1", of="constant-one", define={R1: -f1 * f2 * g1}, why="the error operator is twice as large")
theorem.mutant("no-skewness", of="constant-two", define={R2: sp.expand(theorem.setting[R2]).subs(mu3, 0)}, why="the third moment does not enter", on="skew")
theorem.mutant("local-three", of="local-one", formula=BigO(local1, eta**3), why="one step of the first equation errs by O(eta^3)")
theorem.mutant("local-four", of="local-two", formula=BigO(local2, eta**4), why="one step of the second equation errs by O(eta^4)")
theorem.mutant(
    "diagonal-hessian", of="order-two-in-the-plane", define={drift_x: -f10 - eta * f20 * f10 / 2}, why="mixed derivatives do not matter", level="thorough"
)

# True, though it looks wrong: order one cannot see the diffusion, nor the order of the data.
theorem.control("gradient-flow", formula=BigO(error1, eta), define={diffusion1: sp.Integer(0)}, why="the equation has no noise at all", within=Rational(1, 50), on=TORUS, spec=(f"{T1}/N1", f"{T1}/X1"))
theorem.control("any-covariance", formula=BigO(error1, eta), define={diffusion1: 3 * eta * S}, why="three times the covariance", within=Rational(1, 50), on=TORUS, spec=f"{T1}/N2")
theorem.control("reshuffling", formula=BigO(error1, eta), why="the draws are not independent", within=Rational(1, 50), on="reshuffled", under=("unbiased", "lipschitz", "smooth"), spec=f"{T1}/N3")

theorem.ablate("iid", breaks="order-two", on="reshuffled", name="reshuffled", spec=f"{T1}/A1")
theorem.ablate("iid", breaks="order-two", on="repeated", name="repeated", spec=f"{T1}/A2")
theorem.ablate("unbiased", breaks="order-two", on="slightly-biased", name="slightly-biased", spec=f"{T1}/A3")
theorem.ablate("unbiased", breaks="order-one", on="biased", name="biased", spec=f"{T1}/A4")
theorem.ablate("smooth", breaks="order-two", on="kink", spec=f"{T1}/A5")
theorem.ablate("lipschitz", breaks="order-one", on="quartic", level="thorough", spec=f"{T1}/A6")
