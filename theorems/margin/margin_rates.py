"""How fast the loss falls and the norm grows along gradient flow on a homogeneous network, with the sharp constant.

Network Phi(theta; x) of degree L, margins q_n = y_n Phi(theta; x_n), loss = sum_n e^{-f(q_n)}, theta' in -d(loss), rho = |theta|. For
the exponential loss (f(q) = q) the loss is of the order 1/(t (log t)^{2 - 2/L}) and rho of the order (log t)^{1/L}; with s = 1/loss and
B_1 the largest gradient of a margin on the unit sphere, s' lies between L^2 c_0^{2/L} (log s)^{2-2/L} and B_1^2 c_0^{2/L-2} (log s)^{2-2/L}, where
c_0 is the smoothed margin at the start; and where theta and theta' align, t loss (log 1/loss)^{2-2/L} tends to L^{-2} gamma^{-2/L}, with
gamma the limit of the smoothed margin. All exponents are of log t, so nothing below tau = log(1/loss) = 10^3 decides them.
"""

from fractions import Fraction

import numpy as np
from sympy import Eq, Rational, Symbol, diff, exp, log, simplify, symbols

from verify import (
    CONFIRMED,
    Always,
    And,
    Column,
    Implies,
    Paper,
    Rate,
    Tends,
    Theorem,
    Theta,
    Total,
    Trace,
)  # fmt: skip
from verify.dynamics.columns import fitted_slope, flow_columns, observed
from verify.dynamics.fitted import SETTLED, flow_parts, network_instance, random_fitted, settled_instance, start_columns
from verify.dynamics.fitted import five_points as five_points_instance
from verify.dynamics.margin_descent import margin_descent, step_rows
from verify.dynamics.margin_flow import margin_flow
from verify.dynamics.time_flow import log_time_flow
from verify.models.architectures import euler_identity_holds
from verify.models.losses import loss_from
from verify.proof import Gap, Given, Tangent, bound, by_cas, cited, identity, log_gap, power_gap
from verify.reference.max_margin import hard_margin
from verify.statement.instances import Instance, rationals

theorem = Theorem(
    "margin-rates",
    title="The loss falls like 1/(t (log t)^{2 - 2/L}) and the norm grows like (log t)^{1/L}",
    source=Paper(
        "Lyu & Li", 2020, arxiv="1906.05890", result="Theorem 4.3", fidelity=CONFIRMED,
        title="Gradient Descent Maximizes the Margin of Homogeneous Neural Networks",
    ),
    summary="Both sides of the sandwich are checked for every number of examples; the limits are cited. The sharp constant is our own.",
)  # fmt: skip

# fmt: off
# Setting. q_n = y_n Phi(theta; x_n); loss = sum exp(-f(q_n)); g = f^{-1}; tau = log(1/loss); theta' = -grad loss.
t = theorem.clock("t", log=True, meaning="time of the flow, recorded as log t = y + tau; of gradient descent, one plus the sum of the steps")
n = theorem.index("n", meaning="examples")
c = theorem.index("c", meaning="sampled scales c > 0", sign="positive")
x = theorem.index("x", meaning="sampled margins of one example", sign="positive")
L = theorem.parameter("L", "degree of homogeneity")
k = theorem.parameter("k", "power of the margin in the loss: 1 for the exponential loss")
v = Symbol("v")
f = theorem.function("f", v, v**k, "the loss of an example with margin v > 0 is e^{-f(v)}")
g = theorem.function("g", v, v ** (1 / k), "the inverse of f")

rho = theorem.quantity("rho", "|theta|", over=t, log=True, latex=r"\rho")
loss = theorem.quantity("loss", "sum of e^{-f(q_n)}", over=t, log=True, latex=r"\mathcal{L}")
t_loss = theorem.quantity("t_loss", "t times the loss", over=t, log=True, latex=r"(t\mathcal{L})")
misalignment = theorem.quantity("misalignment", "1 - beta, with beta the cosine of theta and theta'", over=t, sign="nonnegative", latex=r"1-\beta")
loss0 = theorem.quantity("loss0", "the loss at the start", log=True, latex=r"\mathcal{L}_0")
rho0 = theorem.quantity("rho0", "|theta| at the start", sign="positive", latex=r"\rho_0")
B1 = theorem.quantity("B1", "largest |grad q_n(u)| over |u| = 1 and n", sign="positive", latex="B_1")
gamma2 = theorem.quantity("gamma2", "square of the maximum margin of the rows y_n x_n, exactly", sign="positive", latex=r"\gamma_1^2")
defect = theorem.quantity("defect", "|q_n(c theta) - c^L q_n(theta)|, relative to c^L |theta|^L", over=(c, n), sign="nonnegative")
elasticity = theorem.quantity("elasticity", "x f'(x)/f(x)", over=x)
lowering = theorem.quantity("lowering", "by how much a step lowers the loss, over eta |grad|^2", over=t)
FIT = "by least squares over log log t, on the rows with tau in "
loss_slope = theorem.quantity("loss_slope", f"slope of log(t loss), {FIT} [10^3, 10^6]")
radius_slope = theorem.quantity("radius_slope", f"slope of log rho, {FIT} [10^3, 10^6]")
early_slope = theorem.quantity("early_slope", f"slope of log(t loss), {FIT} [30, 10^3]")

tau = theorem.define("tau", log(1 / loss), "log(1/loss)", latex=r"\tau")
smoothed0 = theorem.define("smoothed0", log(1 / loss0) / rho0**L, "smoothed margin at the start", latex=r"\tilde\gamma_0")
smoothed = theorem.define("smoothed", tau / rho**L, "smoothed margin", latex=r"\tilde\gamma")

# Hypotheses.
theorem.assume("chain-rule", assumed="the network admits a chain rule along arcs, as every composition of definable pieces does; "
               "an instance cannot test it", spec="margin-kkt/T3/H1")
theorem.assume("homogeneous", Always(defect <= Rational(1, 10**12), over=(c, n)), "q_n(c theta) = c^L q_n(theta) for c > 0",
    spec="margin-kkt/T3/H1")
theorem.assume("exponential-loss", Eq(k, 1), "the loss is the sum of e^{-q_n}", spec="margin-kkt/T3/H1")
theorem.assume("power-like-tail", Always(And(elasticity >= Rational(1, 10), elasticity <= 10), over=x),
    "f grows like a power: x f'(x)/f(x) stays between positive constants, which the paper's (B3) implies", spec="margin-kkt/T3/H2")
theorem.assume("fitted-start", loss0 < 1, "the loss at the start is below that of one example with margin 0",
    spec=("margin-kkt/T3/H1", "margin-kkt/T3/H2"))
theorem.assume("aligned", assumed="theta and theta' align, as they do for definable networks with locally Lipschitz gradients "
               "(Ji & Telgarsky 2020); two-sided bounds alone do not give a limit", spec=("margin-kkt/T3/H3", "margin-kkt/T3/X4"))
theorem.assume("small-steps", assumed="of gradient descent: the paper's bound on eta is too small to reach tau = 10^3; the steps here exceed it, and "
               "keep what the proof uses of it, that each lowers the loss by eta |grad|^2/2", spec="margin-kkt/T3/H1")
EXPONENTIAL = ("chain-rule", "homogeneous", "exponential-loss", "fitted-start")
ANY_LOSS = ("chain-rule", "homogeneous", "power-like-tail", "fitted-start")
DESCENT = ("descent", "descent-deep")
LINEAR = ("linear", "deep-linear-2", "deep-linear-3", "deep-linear-4")

# Conclusions, sharp constants first.
OWN_CONSTANT = "the source gives the order; the constant is our own"
theorem.conclude("sharp-constant", Tends(t_loss * tau ** (2 - 2 / L) * L**2 * smoothed ** (2 / L), 1), within=Rational(1, 10),
    meaning="t loss (log 1/loss)^{2-2/L} tends to L^{-2} gamma^{-2/L}, gamma the limit of the smoothed margin",
    because="it comes within 1/100 on every network, and the rows leave its limit open by up to .07; L in place of L^2 is off by 1/2 and more",
    under=(*EXPONENTIAL, "aligned"), differs=OWN_CONSTANT, spec="margin-kkt/T3/C6")
theorem.conclude("sharp-constant-linear", Tends(t_loss * tau ** (2 - 2 / L) * L * gamma2 ** (1 / L), 1), within=Rational(1, 10),
    meaning="on (deep) linear networks gamma = gamma_1 L^{-L/2}, with gamma_1 the margin of the support vector machine",
    because="as above; without L^{-L/2} it is off by 1 and more", under=(*EXPONENTIAL, "aligned"), on=LINEAR,
    differs=OWN_CONSTANT, spec=("margin-kkt/T3/C6", "margin-kkt/T3/Q1", "margin-kkt/T3/Q2", "margin-kkt/T3/Q3", "margin-kkt/T3/Q4"))
ATTAINED = "one aligned example attains both sides, which are between 23 and 1200"
theorem.conclude("sandwich-below", Always(Rate(1 / loss, t) >= L**2 * smoothed0 ** (2 / L) * tau ** (2 - 2 / L)), under=EXPONENTIAL,
    within=Rational(1, 1000), because=ATTAINED, meaning="s = 1/loss rises at least at this rate", spec="margin-kkt/T3/C4")
theorem.conclude("sandwich-above", Always(Rate(1 / loss, t) <= B1**2 * smoothed0 ** (2 / L - 2) * tau ** (2 - 2 / L)), under=EXPONENTIAL,
    within=Rational(1, 1000), because=ATTAINED, meaning="and at most at this one", spec="margin-kkt/T3/C5")
theorem.conclude("loss-rate", Theta(t_loss, log(t) ** (2 / L - 2)), within=Rational(1, 30), under=EXPONENTIAL,
    because="exponents of the variants differ by 1/4 and more", spec=("margin-kkt/T3/C1", "margin-kkt/T3/X1", "margin-kkt/T3/X3"))
theorem.conclude("radius-rate", Theta(rho, log(t) ** (1 / L)), within=Rational(1, 30), under=EXPONENTIAL,
    because="exponents of the variants differ by 1/4 and more", spec="margin-kkt/T3/C2")
GENERAL_LOSS = Theta(t_loss, g(log(t)) ** (2 / L) / log(t) ** 2)
theorem.conclude("general-loss-rate", GENERAL_LOSS, within=Rational(1, 30), under=ANY_LOSS, because="as above",
    meaning="for any f that grows like a power; the exponential loss has g(v) = v", spec="margin-kkt/T3/C3")
theorem.conclude("general-radius-rate", Theta(rho, g(log(t)) ** (1 / L)), within=Rational(1, 30), under=ANY_LOSS, because="as above",
    spec="margin-kkt/T3/C3")
theorem.conclude("loss-exponent", Eq(loss_slope, 2 / L - 2), "the fitted exponent of log t in t loss", within=Rational(1, 100), under=EXPONENTIAL,
    because="the fit is within .002 of the limit on settled networks; the variants differ by 1/4 and more",
    spec=("margin-kkt/T3/E1", "margin-kkt/T3/Q1", "margin-kkt/T3/Q2", "margin-kkt/T3/Q3", "margin-kkt/T3/Q4", "margin-kkt/T3/Q5",
          "margin-kkt/T3/Q6", "margin-kkt/T3/Q7", "margin-kkt/T3/X5"))
theorem.conclude("radius-exponent", Eq(radius_slope, 1 / L), "the fitted exponent of log t in rho", within=Rational(1, 200), under=EXPONENTIAL,
    because="the fit is within .003 of the limit on settled networks", spec="margin-kkt/T3/E1")
theorem.conclude("descent", Always(lowering >= Rational(1, 2)), "every step of gradient descent lowers the loss by eta |grad|^2/2",
    under=(*EXPONENTIAL, "small-steps"), on=DESCENT, level="thorough", spec="margin-kkt/T3/C7")
theorem.tabulate("t loss tau^(2-2/L) L^2 gamma^(2/L)", t_loss * tau ** (2 - 2 / L) * L**2 * smoothed ** (2 / L))
theorem.tabulate("exponent of log t in t loss", loss_slope)
theorem.tabulate("exponent of log t in rho", radius_slope)
theorem.tabulate("1 - beta", misalignment)

theorem.reference("max-margin", {"kind": "qp", "P": "identity", "q": "zero", "G": "z", "h": "ones"}, "min |w|^2/2 s.t. z_n . w >= 1")

# Proof, for the exponential loss. q_n' = <h_n, theta'> and theta' = sum e^{-q_n} h_n, with h_n in the Clarke differential of q_n.
q = theorem.quantity("q", "margins y_n Phi(theta; x_n)", over=(t, n), latex="q_n")
speed = theorem.quantity("speed", "|theta'|", over=t, sign="positive", latex=r"|\dot\theta|")
along = theorem.quantity("along", "<h_n, theta>", over=(t, n), latex=r"\langle h_n,\theta\rangle")
length = theorem.quantity("length", "|h_n|", over=(t, n), sign="nonnegative", latex="|h_n|")
beta = theorem.quantity("beta", "cosine of theta and theta'", over=t, latex=r"\beta")
p = theorem.define("p", exp(-q) / loss, "softmax weights", latex="p_n")
H = theorem.define("H", -Total(p * log(p), over=n), "entropy of the softmax weights", latex="H(p)")
nu = theorem.define("nu", Total(exp(-q) * q, over=n), "sum of e^{-q_n} q_n", latex=r"\nu")
theorem.relation("loss", Always(Eq(loss, Total(exp(-q), over=n))), "the loss is the sum of e^{-q_n}")
theorem.relation("flow", Always(Eq(Total(exp(-q) * Rate(q, t), over=n), speed**2)), "<theta', theta'> = sum e^{-q_n} q_n', by the chain rule")
theorem.relation("cosine", Always(Eq(beta * rho * speed, Total(exp(-q) * along, over=n))), "<theta, theta'> = beta |theta| |theta'|")
theorem.relation("cosine-positive", Always(beta > 0), "where the loss is below one the norm grows")
theorem.relation("at-most-one", Always(beta**2 <= 1), "a cosine")
theorem.relation("triangle", Always(speed <= Total(exp(-q) * length, over=n)), "|sum e^{-q_n} h_n| <= sum e^{-q_n} |h_n|")
theorem.relation("largest", Always(length <= B1 * rho ** (L - 1), over=(t, n)), "h_n is homogeneous of degree L - 1")
theorem.relation("inner-product", Always(along <= length * rho, over=(t, n)), "Cauchy and Schwarz")
theorem.relation("degree", L >= 1, "the networks here have degree 1 and more")

theorem.step("euler", Always(Eq(along, L * q), over=(t, n)), given="homogeneous",
    by=by_cas(euler_identity_holds, "sum_i theta_i dPhi/dtheta_i = L Phi on every architecture, by SymPy"))
theorem.step("radial", Always(Eq(beta * rho * speed, L * nu)), by=identity(), given=("cosine", "euler"))
theorem.step("sum-to-one", Always(Eq(Total(p, over=n), 1)), by=identity(), given="loss")
theorem.step("nu", Always(Eq(nu, loss * (tau + H))), by=identity(), given=("loss", "sum-to-one"))
theorem.step("entropy-nonnegative", Always(H >= 0), given="sum-to-one",
    by=bound(Total(p * Tangent(p) + p * Gap(Total(p, over=n)), over=n)))
theorem.step("loss-falls", Always(Eq(Rate(loss, t), -(speed**2))), by=identity(), given=("loss", "flow"))
theorem.step("stays-fitted", Always(loss < 1), given=("fitted-start", "loss-falls"),
    by=cited("a function whose derivative is nowhere positive stays below its start"))
theorem.step("tau-positive", Always(tau > 0), by=bound(log_gap(1 / loss, 1, (1 - loss) / loss)), given="stays-fitted")
theorem.step("start-positive", smoothed0 > 0, by=bound(log_gap(1 / loss0, 1, (1 - loss0) / loss0) / rho0**L), given="fitted-start")
theorem.step("margin-grows", Always(smoothed >= smoothed0), given=("loss-falls", "radial", "nu", "tau-positive", "entropy-nonnegative"),
    by=cited("the smoothed margin increases (Theorem 4.1 of the same paper; smoothed-margin-increases)"))
theorem.step("speed-below", Always(speed**2 >= (L * loss * tau / rho) ** 2), spec="margin-kkt/T3/S1",
    by=bound((L * loss / rho) ** 2 * H * (2 * tau + H) - speed**2 * Given("at-most-one")
             + (Given("radial") + L * Given("nu")) * (beta * rho * speed + L * loss * (tau + H)) / rho**2),
    given=("radial", "nu", "at-most-one", "tau-positive", "entropy-nonnegative"))
GROWN = power_gap(smoothed, smoothed0, 2 / L, Given("margin-grows"))
theorem.step("below", "sandwich-below", spec="margin-kkt/T3/S1",
    by=bound(Given("speed-below") / loss**2 + L**2 * tau ** (2 - 2 / L) * GROWN),
    given=("loss-falls", "speed-below", "margin-grows", "tau-positive", "start-positive"))
theorem.step("speed-above", Always(speed <= loss * B1 * rho ** (L - 1)), given=("loss", "triangle", "largest"), spec="margin-kkt/T3/S2",
    by=bound(-Given("triangle") - Total(exp(-q) * Given("largest"), over=n)))
SHRUNK = smoothed ** (2 / L - 2) * (Tangent((smoothed / smoothed0) ** (2 - 2 / L))
                                    + 2 * Given("degree") / L * log_gap(smoothed, smoothed0, Given("margin-grows")))
theorem.step("above", "sandwich-above", spec="margin-kkt/T3/S2",
    by=bound(B1**2 * tau ** (2 - 2 / L) * SHRUNK - Given("speed-above") / loss * (B1 * rho ** (L - 1) + speed / loss)),
    given=("loss-falls", "speed-above", "margin-grows", "degree", "tau-positive", "start-positive"),
    meaning="smoothed0^{2/L-2} - smoothed^{2/L-2} is not negative, and rho^{2L-2} = (tau/smoothed)^{2-2/L}")
GAUGE = tau ** (2 / L - 2) / loss
theorem.step("gauge-rate", Always(Eq(Rate(GAUGE, t), tau ** (2 / L - 2) * (1 - (2 - 2 / L) / tau) * Rate(1 / loss, t))), by=identity(),
    given="tau-positive", spec="margin-kkt/T3/S3", meaning="s/(log s)^a has the derivative (log s)^{-a} (1 - a/log s) in s, so int (log s)^{-a} ds ~ s/(log s)^a")
theorem.step("gauge-rises", Always(Implies(tau >= 4, Rate(GAUGE, t) >= L**2 * smoothed0 ** (2 / L) / 2)), spec="margin-kkt/T3/S4",
    by=bound(tau ** (2 / L - 2) * (Given("assumed") + 2 + 2 / L) / tau * Given("below")
             + L**2 * smoothed0 ** (2 / L) * (Given("assumed") / 2 + 2 / L) / tau),
    given=("below", "tau-positive", "start-positive", "degree"))
theorem.step("loss-limit", "loss-rate", given=("gauge-rises", "above", "gauge-rate"), spec="margin-kkt/T3/S4",
    by=cited("integrated, s/(log s)^{2-2/L} is of the order t; taking logarithms, log s ~ log t"))
theorem.step("radius-bounds", Always(And(tau >= smoothed0 * rho**L, L * tau <= B1 * rho**L), over=(t, n)), spec="margin-kkt/T3/S5",
    by=bound(rho**L * Given("margin-grows"),
             L * log_gap(loss, exp(-q), Gap(Total(exp(-q), over=n))) - Given("inner-product") - rho * Given("largest") + Given("euler")),
    given=("margin-grows", "loss", "euler", "inner-product", "largest", "start-positive"))
theorem.step("radius-limit", "radius-rate", given=("radius-bounds", "loss-limit"), spec="margin-kkt/T3/S5",
    by=cited("tau ~ log t, and rho^L/tau lies between positive constants"))
theorem.step("exact-rate", Always(Eq(Rate(1 / loss, t), L**2 * smoothed ** (2 / L) * tau ** (2 - 2 / L) * ((1 + H / tau) / beta) ** 2)),
    by=identity((Given("radial") + L * Given("nu")) * (beta * rho * speed + L * loss * (tau + H)) / (rho * beta * loss) ** 2),
    given=("loss-falls", "radial", "nu", "tau-positive", "cosine-positive"), meaning="so the constant is sharp where beta tends to 1")
theorem.step("constant", "sharp-constant", given=("exact-rate", "gauge-rate"),
    by=cited("H is bounded, beta and smoothed converge, and s/(log s)^{2-2/L} is t times the limit of s'/(log s)^{2-2/L}"))
theorem.step("lemma-d4", "general-loss-rate", spec="margin-kkt/T3/S6",
    by=by_cas(lambda: lemma_d4_holds(), "s' = Theta(g'(log s)^2 s^2/g(log s)^{2-2/L}) integrates to t = Theta(s g(log s)^{2/L}/(log s)^2), for g(v) = v^{1/k}, by SymPy"))
# fmt: on


def lemma_d4_holds() -> bool:
    """For g = x^{1/k}, x = log s: the derivative of e^x g^{2/L}/x^2 is k^2 (1 + O(1/x)) times e^x g'^2 g^{2/L - 2}, the rate of t."""
    degree, k, x = symbols("L k x", positive=True)
    inverse = x ** (1 / k)
    rate = exp(x) * diff(inverse, x) ** 2 * inverse ** (2 / degree - 2)
    ratio = diff(exp(x) * inverse ** (2 / degree) / x**2, x) / rate
    return simplify(ratio - k**2 * (1 + (2 / (k * degree) - 2) / x)) == 0


# Instances.
def random_instances(name, level):
    @theorem.family(name, level=level)
    def draw(rng, size):
        """Eight Gaussian points in four dimensions, labelled by a random hyperplane, and a Gaussian start."""
        return random_fitted(rng, name, size // 16)


for name in LINEAR:
    random_instances(name, "thorough" if name == "deep-linear-4" else "quick")


def one_settled_instance(name):
    @theorem.family(name, level="thorough")
    def draw(rng, size):
        """One fixed draw that has settled early: Gaussian points labelled by a hyperplane, and a Gaussian start."""
        return [settled_instance(name)]


for name in SETTLED:
    one_settled_instance(name)


@theorem.family("five-points")
def five_points(rng, size):
    """Five points in three dimensions with the maximum margin sqrt(7/3), and a linear predictor started at (1, .3, .5)."""
    return [five_points_instance()]


@theorem.family("one-example", decides=("sandwich-below", "sandwich-above"))
def one_example(rng, size):
    """q = 3 theta^2: no entropy, theta' along theta, and the gradient the largest on the sphere, so that both sides are attained."""
    return [network_instance("3 theta^2", "diagonal", [[3]], [1], np.array([0.8]), until=100.0)]


@theorem.family("descent", level="thorough", decides=("loss-rate", "radius-rate", "descent"), spec="margin-kkt/T3/C7")
def descent(rng, size):
    """Gradient descent on the five points with eta loss = 1/27, where 27 is the largest |z_n|^2."""
    return [five_points_instance("descent", pace=1 / 27, steps=200_000)]


@theorem.family(
    "descent-deep", level="thorough", decides=("loss-rate", "radius-rate", "descent"), spec="margin-kkt/T3/C7"
)
def descent_deep(rng, size):
    """Gradient descent on two linear layers with eta loss = 1/(40 tau), one fixed draw."""
    drawn = random_fitted(np.random.default_rng([7, 5]), "deep-linear-2", 1)[0]
    return [Instance(drawn.label, dict(drawn.data) | {"pace": 1 / 40, "steps": 300_000})]


@theorem.family("cubic-loss", without="exponential-loss")
def cubic_loss(rng, size):
    """The same under the loss e^{-q^3}."""
    return [five_points_instance("e^-q^3", k=3)]


@theorem.family("cubic-called-1", without="homogeneous", decides=("radius-rate",))
def cubic_called_1(rng, size):
    """q = a + b^3 from (1/10, 2), called homogeneous of degree 1."""
    return [network_instance("a + b^3, L = 1", "a + b^3", [[1]], [1], np.array([0.1, 2.0]), degree=1)]


@theorem.family("not-separable", without="fitted-start", decides=("loss-rate",))
def not_separable(rng, size):
    """z, -z and a third point: the loss is at least two."""
    return [network_instance("opposite", "linear", [[1, 1], [-1, -1], [1, 0]], [1, 1, 1], np.array([0.5, 0.2]))]


# Experiments.
@theorem.observe(measures=[k, loss0, rho0, B1, c, defect, x, elasticity])
def start(instances, setting, run):
    """Loss and norm at the start, how far the margins are from homogeneous of degree L, and how steep the loss is."""
    of_example, sampled = loss_of(instances, setting), 10 ** np.arange(7.0)
    columns, examples = start_columns(instances, len(instances) * [of_example], run.rng)
    elasticities = sampled * np.exp(of_example.log_slope(sampled)) / of_example.f(sampled)
    each = np.ones((len(instances), 1))
    columns |= {
        "k": Column(np.array([Fraction(instance.get("k", 1)) for instance in instances], dtype=object)),
        "x": Column(each * sampled, ("x",)),
        "elasticity": Column(each * elasticities, ("x",), error=1e-12 * np.abs(elasticities)),
    }
    del columns["smoothed0"]
    return Trace(columns, [""] * len(instances), {"n": examples})


@theorem.observe(measures=[gamma2], on=LINEAR)
def support_vector_machine(instances, setting, run):
    """The exact maximum margin of the rows y_n x_n, with its certificate."""
    rows = [each.exact("labels")[:, None] * each.exact("inputs") for each in instances]
    optima = [hard_margin(z) for z in rows]
    found = [best.certificate() | {"data": {"z": rationals(z)}} for best, z in zip(optima, rows, strict=True)]
    squares = np.array([best.gamma_squared for best in optima], dtype=object)
    notes = {"certificates": {"max-margin": {"measures": ["gamma2"], "instances": found}}}
    return Trace({"gamma2": Column(squares)}, [""] * len(instances), notes=notes)


@theorem.experiment(measures=[t, t_loss], on="not-separable")
def log_time_clock(instances, setting, run):
    """Gradient flow in the clock log t to t = e^20, which also runs where the norm stays bounded."""
    of_example, times = loss_of(instances, setting), np.linspace(0.0, 20.0, 60)
    paths = [
        log_time_flow(network, of_example, data, theta, times) for network, data, theta in map(flow_parts, instances)
    ]
    return Trace(path_columns(paths, ["t", "t_loss"]), [path.status for path in paths])


@theorem.experiment(measures=[t, rho, loss, t_loss, misalignment, loss_slope, radius_slope, early_slope])
def log_norm_clock(instances, setting, run):
    """Gradient flow in the clock log rho to tau = 10^6, to q = 10^9 under a loss that never gets there, or until the tau that is asked for."""
    of_example = loss_of(instances, setting)
    networks, data, starts = zip(*map(flow_parts, instances), strict=True)
    end = instances[0].get("until", min(1e6, float(of_example.f(np.array(1e9)))))
    paths = margin_flow(
        networks,
        of_example,
        data,
        starts,
        tau_target=end,
        rows=120,
        tolerance=1e-10,
        degree=instances[0]["L"],
        device=run.device,
    )
    columns = path_columns(paths, ["t", "rho", "loss", "t_loss"]) | {
        "misalignment": observed(paths, "cosine_defect", ("t",)),
        "loss_slope": fitted_slope(paths, lambda rows: rows.y, 1e3, 1e6),
        "radius_slope": fitted_slope(paths, lambda rows: rows.log_rho, 1e3, 1e6),
        "early_slope": fitted_slope(paths, lambda rows: rows.y, 30, 1e3),
    }
    return Trace(columns, [path.status for path in paths], device=run.device)


@theorem.experiment(measures=[t, rho, loss, t_loss, lowering], on=DESCENT)
def by_descent(instances, setting, run):
    """Gradient descent with eta loss = pace tau^{2/L - 2}, about 120 of its iterates."""
    (instance,) = instances
    network, data, theta = flow_parts(instance)

    def step(tau):
        return instance["pace"] * tau ** (2 / instance["L"] - 2)

    of_example = loss_of(instances, setting)
    run_of = margin_descent(network, of_example, data, theta, step, steps=instance["steps"], rows=120)
    rows = step_rows(network, of_example, data, run_of.theta, step, (1.0,))
    gained = -np.expm1(rows.tau - rows.tau_after[:, 0])
    # Sums of 10^5 rounded terms.
    columns = {
        "t": Column(run_of.log_time[None], ("t",), log=True, error=1e-10 * np.abs(run_of.log_time), state=False),
        "rho": Column(rows.log_rho[None], ("t",), log=True, error=1e-10),
        "loss": Column(-rows.tau[None], ("t",), log=True, error=1e-10 * np.abs(rows.tau)),
        "t_loss": Column(
            (run_of.log_time - rows.tau)[None], ("t",), log=True, error=1e-9 * np.abs(rows.tau), state=False
        ),
        "lowering": Column((gained / np.exp(rows.log_eta + 2 * rows.log_grad + rows.tau))[None], ("t",), error=1e-9),
    }
    return Trace(columns, [""])


def loss_of(instances, setting):
    """The loss of one example; the instances of a family agree in k."""
    return loss_from(setting[f](v).subs(k, instances[0].get("k", 1)), v)


def path_columns(paths, names):
    columns = flow_columns(paths) | {"t_loss": observed(paths, "y", ("t",), log=True, state=False)}
    return {name: columns[name] for name in names}


# What must be refuted.
# fmt: off
EXPONENT = "the exponent of log t is "
theorem.mutant("fitted-2-1-over-L", of="loss-exponent", formula=Eq(loss_slope, 1 / L - 2), why=f"{EXPONENT}2 - 1/L", on=("deep-linear-2", "deep-linear-3"),
    spec=("margin-kkt/T3/M1", "margin-kkt/T3/X5"))
theorem.mutant("loss-exponent-2-1-over-L", of="loss-rate", formula=Theta(t_loss, log(t) ** (1 / L - 2)), why=f"{EXPONENT}2 - 1/L",
    on=("deep-linear-2", "deep-linear-3"), spec="margin-kkt/T3/M1")
theorem.mutant("loss-exponent-2-over-L", of="loss-rate", formula=Theta(t_loss, log(t) ** (-2 / L)), why=f"{EXPONENT}2/L, as it is for L = 2",
    on="deep-linear-3", spec=("margin-kkt/T3/M2", "margin-kkt/T3/X1"))
theorem.mutant("loss-without-log", of="loss-rate", formula=Theta(t_loss, 1), why="1/t for every L", on=("deep-linear-2", "deep-linear-3"),
    spec="margin-kkt/T3/M3")
theorem.mutant("loss-squared", of="loss-rate", formula=Theta(t_loss, 1 / t), why="t^{-2}", on="linear", spec="margin-kkt/T3/M5")
theorem.mutant("radius-log", of="radius-rate", formula=Theta(rho, log(t)), why="log t for every L", on="deep-linear-2", spec="margin-kkt/T3/M4")
theorem.mutant("fitted-2-over-L", of="loss-exponent", formula=Eq(loss_slope, -2 / L), why=f"{EXPONENT}2/L", on="deep-linear-3",
    spec="margin-kkt/T3/M2")
theorem.mutant("fitted-early", of="loss-exponent", formula=Eq(early_slope, 2 / L - 2), why="the window [30, 10^3] shows the exponent",
    on="deep-linear-3", spec="margin-kkt/T3/X2")
theorem.mutant("fitted-radius-2-over-L", of="radius-exponent", formula=Eq(radius_slope, 2 / L), why="(log t)^{2/L}")
theorem.mutant("constant-with-L", of="sharp-constant", formula=Tends(t_loss * tau ** (2 - 2 / L) * L * smoothed ** (2 / L), 1),
    why="L in place of L^2", on="deep-linear-2")
theorem.mutant("constant-of-the-start", of="sharp-constant", formula=Tends(t_loss * tau ** (2 - 2 / L) * L**2 * smoothed0 ** (2 / L), 1),
    why="the lower side of the sandwich is attained", on=("deep-linear-2", "deep-linear-3"), spec="margin-kkt/T3/X4")
theorem.mutant("unscaled-margin", of="sharp-constant-linear", formula=Tends(t_loss * tau ** (2 - 2 / L) * L**2 * gamma2 ** (1 / L), 1),
    why="the margin of the support vector machine without the factor L^{-L/2}", on="deep-linear-2")
theorem.mutant("descent-in-full", of="descent", formula=Always(lowering >= 1), why="it lowers the loss by eta |grad|^2, as the flow does",
    level="thorough", on="descent")
theorem.mutant("below-too-steep", of="sandwich-below", formula=Always(Rate(1 / loss, t) >= L**2 * smoothed0 ** (2 / L) * tau ** (2 - 1 / L)),
    why=f"{EXPONENT}2 - 1/L", on="deep-linear-2")
theorem.mutant("above-too-flat", of="sandwich-above", formula=Always(Rate(1 / loss, t) <= B1**2 * smoothed0 ** (2 / L - 2) * tau ** (1 - 1 / L)),
    why=f"{EXPONENT}1 - 1/L", on="deep-linear-2")
theorem.mutant("general-without-g", of="general-loss-rate", formula=Theta(t_loss, log(t) ** -2), why="the factor g^{2/L} is missing",
    on=("linear", "cubic-loss"))
theorem.mutant("general-radius-squared", of="general-radius-rate", formula=Theta(rho, g(log(t)) ** (2 / L)), why="g^{2/L}",
    on=("linear", "cubic-loss"))
theorem.mutant("general-radius-without-g", of="general-radius-rate", formula=Theta(rho, log(t) ** (1 / L)), why="the exponential loss's rate",
    on="cubic-loss")

theorem.control("two-over-L-at-two", formula=Theta(t_loss, log(t) ** (-2 / L)), within=Rational(1, 30), on="deep-linear-2",
    under=EXPONENTIAL, why="at L = 2 the exponents 2/L and 2 - 2/L agree", spec=("margin-kkt/T3/N1", "margin-kkt/T3/X1"))
theorem.control("exponents-of-cubic-decay", formula=And(Eq(loss_slope, Rational(-4, 3)), Eq(radius_slope, Rational(1, 3))),
    within=Rational(1, 100), on="cubic-loss", under=ANY_LOSS, why="2/(3L) - 2 and 1/(3L) at L = 1: the loss's own exponents",
    spec=("margin-kkt/T3/Q8", "margin-kkt/T3/C3"))

theorem.ablate("homogeneous", breaks="radius-rate", on="cubic-called-1")
theorem.ablate("fitted-start", breaks="loss-rate", on="not-separable")
theorem.ablate("exponential-loss", breaks="loss-rate", on="cubic-loss")
theorem.ablate("power-like-tail", breaks="general-loss-rate", define={f: 3 * log(1 + v), g: exp(v / 3) - 1}, on="five-points")
# fmt: on
