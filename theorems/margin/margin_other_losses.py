"""The smoothed margin increases for every loss with an exponential tail: logistic, cross-entropy, exponentials of powers.

Loss = sum_n e^{-f(q_n)} of the margins q_n of a network of degree L, g = f^{-1}, tau = log(1/loss). The smoothed margin g(tau)/rho^L
never falls along gradient flow once the loss is below ell(b_f), where f'(q) q is nondecreasing and unbounded beyond b_f; for the logistic
loss and cross-entropy that threshold is log 2, not 1. Limits, rates and the bound on the rate carry over with g in the place of the
identity. A power tail, f = k log q, has f'(q) q = k, and the limit is no longer a KKT point of the margin problem.
"""

from fractions import Fraction

import numpy as np
import torch
from sympy import Eq, Rational, Symbol, exp, log

from verify import (
    RECONSTRUCTED,
    Always,
    And,
    BigO,
    Column,
    Eventually,
    Implies,
    Least,
    Nondecreasing,
    Paper,
    Rate,
    Tends,
    Theorem,
    Theta,
    Total,
    Trace,
)  # fmt: skip
from verify.dynamics.columns import derived, flow_columns, observed
from verify.dynamics.fitted import NETWORKS, five_points, network_instance, random_fitted
from verify.dynamics.force import force
from verify.dynamics.integrate import Outcome
from verify.dynamics.loss_columns import loss_columns
from verify.dynamics.margin_flow import margin_flow
from verify.dynamics.paths import stacked
from verify.dynamics.time_flow import fitted_start, log_time_flow
from verify.evidence.trace import padded
from verify.models.architectures import euler_identity_holds
from verify.models.classes import LinearClasses, class_rows
from verify.models.linear import DeepLinear
from verify.models.losses import EXPONENTIAL, LOGISTIC, loss_from
from verify.models.network import Examples
from verify.proof import At, Gap, Given, Tangent, bound, by_cas, cited, exp_gap, identity, log_gap
from verify.reference.max_margin import MaxMargin, hard_margin, max_margin
from verify.statement.instances import Instance, rationals

theorem = Theorem(
    "margin-other-losses",
    title="The smoothed margin increases for every loss with an exponential tail",
    source=Paper(
        "Lyu & Li", 2020, arxiv="1906.05890", fidelity=RECONSTRUCTED,
        title="Gradient Descent Maximizes the Margin of Homogeneous Neural Networks",
    ),
    summary="The lemmas of the paper's appendix for general losses, proved for every number of examples; the conditions on the loss are "
    "proved for the exponential and logistic losses and for those of the cube.",
)  # fmt: skip

v = Symbol("v")
LOSSES = {
    "exponential": EXPONENTIAL,
    "logistic": LOGISTIC,
    "cubic": loss_from(v**3, v),
    "logistic-cubic": loss_from(-log(log(1 + exp(-(v**3)))), v),
    "power-tail": loss_from(3 * log(v), v),
}
POWERS = {"exponential": 1, "logistic": 1, "cubic": 3, "logistic-cubic": 3, "power-tail": 1}
CEILINGS = {"exponential": 1.0, "logistic": np.log(2), "cubic": 1.0, "logistic-cubic": np.log(2), "power-tail": 1.0}

# fmt: off
# Setting. q_n = y_n Phi(theta; x_n); loss = sum_n e^{-f(q_n)}, f one of LOSSES; g = f^{-1}; theta' = -grad loss; u = theta/rho.
t = theorem.clock("t", log=True, meaning="time of the flow, recorded as log t")
n = theorem.index("n", meaning="examples")
i = theorem.index("i", meaning="layers")
x = theorem.index("x", meaning="margins x > 0 of one example", sign="positive")

L = theorem.parameter("L", "degree of homogeneity")
N = theorem.parameter("N", "number of examples")
power = theorem.parameter("power", "f(q) is of the order q^power")
ceiling = theorem.parameter("ceiling", "ell(b_f), the threshold: 1, or log 2 for logistic losses")
loss0 = theorem.quantity("loss0", "loss at the start, a sum", log=True, latex=r"\mathcal{L}_0")
product = theorem.quantity("product", "f'(x) x", over=x)
climb = theorem.quantity("climb", "derivative of f'(x) x", over=x)
rho = theorem.quantity("rho", "|theta|", over=t, log=True, latex=r"\rho")
loss = theorem.quantity("loss", "sum of e^{-f(q_n)}", over=t, log=True, latex=r"\mathcal{L}")
q = theorem.quantity("q", "margins of the examples", over=(t, n), latex="q_n")
F = theorem.quantity("F", "f(q_n)", over=(t, n), latex="f(q_n)")
t_loss = theorem.quantity("t_loss", "t times the loss", over=t, log=True, latex=r"(t\mathcal{L})")
tau = theorem.quantity("tau", "log(1/loss)", over=t, latex=r"\tau")
smoothed = theorem.quantity("smoothed", "smoothed margin g(tau)/rho^L", over=t, log=True, latex=r"\tilde\gamma")
steep = theorem.quantity("steep", "f'(g(tau)) = 1/g'(tau)", over=t, sign="positive", latex=r"f'(g(\tau))")
between = theorem.quantity("between", "the largest g' between tau and f(q_min)", over=t, sign="positive", latex=r"g'(\xi)")
worth = theorem.quantity("worth", "nu/loss, nu = sum of e^{-f(q_n)} f'(q_n) q_n", over=t, latex=r"(\nu/\mathcal{L})")
beta = theorem.quantity("beta", "cosine of theta and theta'", over=t, latex=r"\beta")
turn = theorem.quantity("turn", "|du/dlog rho| = sqrt(1/beta^2 - 1)", over=t, sign="nonnegative", latex=r"|u_{\log\rho}|")
kkt = theorem.quantity("kkt", "|theta - sum lambda_n grad q_n| + sum lambda_n (q_n - 1), scaled to q_min = 1", over=t, sign="nonnegative")
size = theorem.quantity("size", "Frobenius norm of a layer", over=(t, i), sign="positive", latex=r"|W_i|")
gamma = theorem.parameter("gamma", "maximum margin, from the exact optimum", latex=r"\gamma")
gamma2 = theorem.parameter("gamma2", "its square, exactly", latex=r"\gamma^2")
entropy = theorem.parameter("entropy", "H(P) + log max P of the normalised dual P, from the exact optimum", sign="real")
chord = theorem.quantity("chord", "|u - hat u|, hat u the direction of the maximum margin", over=t, sign="nonnegative")
astray = theorem.quantity("astray", "|u - u'|, u' that of the constraints for the classes that are runner-up at first", over=t, sign="nonnegative")

reach = theorem.define("reach", smoothed * rho**L, "g(tau) = ell^{-1}(loss)", latex=r"g(\tau)")
margin = theorem.define("margin", Least(q, over=n) / rho**L, "normalised margin", latex=r"\bar\gamma")
price = theorem.define("price", steep * reach, "g(tau)/g'(tau)")
slope = Rate(log(smoothed), log(rho))

# Hypotheses.
theorem.assume("continuously-differentiable", assumed="f is an expression in exp, log and powers, smooth for q > 0", spec="margin-kkt/T5/H1")
theorem.assume("increasing", by_step="slope-positive", meaning="f' > 0", spec="margin-kkt/T5/H2")
theorem.assume("tail", Always(And(climb >= 0, Implies(x >= 1000, product >= 100))), "f'(x) x is nondecreasing for x > b_f, and unbounded",
    within=Rational(1, 10**9), spec="margin-kkt/T5/H3")
theorem.assume("regular-growth", by_step="doubling", meaning="f' and g' change by bounded factors when their argument doubles", spec="margin-kkt/T5/H4")
theorem.assume("homogeneous", by_step="euler", meaning="q_n(c theta) = c^L q_n(theta) for c > 0")
theorem.assume("fitted-start", loss0 < ceiling, "the loss at the start is below ell(b_f)",
    spec=("margin-kkt/T5/H5", "margin-kkt/T5/H6", "margin-kkt/T5/X1"))

# Conclusions.
BINARY = ("logistic-linear", "logistic-deep-linear-2", "cubic-linear", "logistic-cubic-linear", "exponential-linear", "logistic-relu-cubed")
SCALAR = ("five-points-cubic", *BINARY)
theorem.conclude("log-sum-exp", Always(And(Least(F, over=n) - log(N) <= tau, tau <= Least(F, over=n))), "f(q_min) - log N <= tau <= f(q_min)",
    within=Rational(1, 10**8), because="one example attains both", on=(*SCALAR, "one-example"), spec="margin-kkt/T5/C1")
theorem.conclude("sandwich", Always(And(smoothed <= margin, margin <= smoothed + between * log(N) / rho**L)), on=(*SCALAR, "one-example"),
    meaning="the smoothed margin is at most g'(xi) log N/rho^L below the margin, and never above", within=Rational(1, 10**10),
    because="one example attains both", spec="margin-kkt/T5/C2")
theorem.conclude("lower-bound", Always(worth >= price), "nu >= g(tau)/g'(tau) loss", within=Rational(1, 10**6), on=(*SCALAR, "one-example"),
    because="one example attains it, at values up to 10^6", spec="margin-kkt/T5/C3")
theorem.conclude("rate", Always(slope >= L * turn**2), "d log(smoothed)/dt >= L (d log rho/dt)^{-1} |du/dt|^2, over d log rho/dt",
    within=Rational(1, 10**6), because="one example attains it", on=(*SCALAR, "one-example"), spec="margin-kkt/T5/C4")
theorem.conclude("monotone", Nondecreasing(smoothed), "the smoothed margin never falls, cross-entropy included",
    spec=("margin-kkt/T5/C4", "margin-kkt/T5/C7"))
theorem.conclude("loss-vanishes", Tends(1 / tau, 0), "the loss tends to zero", within=Rational(1, 20), because="tau ends at 10^4 or more",
    on=(*SCALAR, "three-classes"), spec="margin-kkt/T5/C4")
theorem.conclude("bounded", BigO(smoothed, 1), "the smoothed margin is bounded, hence has a limit", within=Rational(1, 20),
    because="tau/rho^L, without g, grows like rho^{2L} for the cube, and the loss is slow: rho is of the order (log t)^{1/(3L)}",
    on=("logistic-linear", "cubic-linear", "five-points-cubic"), spec="margin-kkt/T5/C4")
theorem.conclude("fitted", Always(q > 0, over=(t, n)), "every example is classified correctly", on=("logistic-linear", "three-classes"), spec="margin-kkt/T5/H5")
theorem.conclude("layers", Nondecreasing(log(reach) - Total(log(size), over=i)), on=("logistic-deep-linear-2", "logistic-deep-linear-3"),
    meaning="g(tau)/prod |W_i| rises as well: the network is homogeneous of degree one in each layer", spec="margin-kkt/T5/C9")
theorem.conclude("gap-constant", Tends((gamma - margin) * rho, entropy), within=Rational(1, 100), on="five-points-logistic",
    meaning="the margin that is missing is (H(P) + log max P)/rho, as for the exponential loss: 2.3e-7 of gamma at tau = 10^6",
    because="H(P) alone is .41 away, log 2 is .46 away", differs="the constant is our own", spec="margin-kkt/T5/Q1")
theorem.conclude("direction", Tends(chord, 0), "the limit is the direction of the maximum margin: of all classes, for cross-entropy",
    within=Rational(1, 100), because="it is O(1/rho) away; the optimum of the runner-up constraints is .05 and more away",
    on=("three-classes", "five-points-logistic"), spec=("margin-kkt/T5/C8", "margin-kkt/T5/Q2"))
theorem.conclude("kkt-limit", Eventually(kkt <= Rational(1, 50)), "limit directions are KKT points of the margin problem", level="thorough",
    within=Rational(1, 1000), because="kkt is of the order 1/rho, below 1/100 at tau = 10^6; with a power tail it stays above 1/20",
    on=("five-points-logistic", "five-points-cubic", "logistic-deep-linear-2"), spec="margin-kkt/T5/C5")
theorem.conclude("loss-rate", Tends(t_loss * steep**2 * gamma2, 1), "t loss f'(g(tau))^2 tends to 1/gamma^2, so that loss = "
    "Theta(g(log t)^2/(t (log t)^2)) for linear predictors", within=Rational(1, 100), because="corrections are of the order log(t)/log t; without f'^2 "
    "it tends to 0 for the cube, and with its first power too", level="thorough", on=("five-points-logistic", "five-points-cubic"),
    differs="the paper has the order; the constant is our own", spec="margin-kkt/T5/C6")
theorem.conclude("norm-rate", Theta(rho, log(t) ** (1 / (power * L))), "rho = Theta(g(log t)^{1/L})", level="thorough", within=Rational(1, 20),
    because="without g the exponent is off by 2/3 for the cube", on=("five-points-logistic", "five-points-cubic"), spec="margin-kkt/T5/C6")
for name, value in {"tau": tau, "smoothed margin": smoothed, "rho": rho}.items():
    theorem.tabulate(name, value)

theorem.reference("max-margin", {"kind": "qp", "P": "identity", "q": "zero", "G": "z", "h": "ones"},
    "min |w|^2/2 s.t. z . w >= 1 for every example and, with several classes, every wrong class", spec="margin-kkt/T5/R1")

# Proof. The flow in scalars: q_n' = <h_n, theta'> and theta' = sum e^{-f(q_n)} f'(q_n) h_n.
D = theorem.quantity("D", "f'(q_n)", over=(t, n), sign="positive", latex="f'(q_n)")
along = theorem.quantity("along", "<h_n, theta>", over=(t, n), latex=r"\langle h_n,\theta\rangle")
speed = theorem.quantity("speed", "|theta'|", over=t, sign="positive", latex=r"|\dot\theta|")
k = theorem.quantity("k", "degree of homogeneity in a layer", over=i, sign="positive", latex="k_i")
nu = theorem.define("nu", Total(exp(-F) * D * q, over=n), "sum of e^{-f(q_n)} f'(q_n) q_n", latex=r"\nu")
R = Rate(rho, t)
least = Least(F, over=n)
theorem.relation("loss", Always(Eq(loss, Total(exp(-F), over=n))), "the loss is the sum of e^{-f(q_n)}")
theorem.relation("log-loss", Always(Eq(tau, log(1 / loss))), "tau = log(1/loss)")
theorem.relation("count", Eq(Total(1, over=n), N), "there are N examples")
theorem.relation("worth", Always(Eq(worth, nu / loss)), "its name")
theorem.relation("chain", Always(Eq(Rate(F, t), D * Rate(q, t)), over=(t, n)), "f(q_n)' = f'(q_n) q_n'")
theorem.relation("flow", Always(Eq(Total(exp(-F) * D * Rate(q, t), over=n), speed**2)), "<theta', theta'>, by the chain rule")
theorem.relation("radial", Always(Eq(rho * R, Total(exp(-F) * D * along, over=n))), "rho rho' = <theta, theta'>")
theorem.relation("cosine", Always(Eq(R, beta * speed)), "<theta, theta'> = beta |theta| |theta'|")
theorem.relation("turn", Always(Eq(turn**2, beta**-2 - 1)), "its name")
theorem.relation("inverse", Always(Eq(steep * Rate(reach, t), Rate(tau, t))), "g' = 1/f'(g)")
theorem.relation("product", Always(D * q >= price, over=(t, n)), "f'(q) q is nondecreasing, and q_n >= g(tau) since f(q_n) >= tau")
theorem.relation("mean-value", Always(And(margin * rho**L - reach >= 0, (margin * rho**L - reach) / between <= least - tau)),
    "g(f(q_min)) - g(tau) = g'(xi) (f(q_min) - tau), and f(q_min) >= tau")
theorem.relation("ones", Always(Eq(k, 1), over=i), "each layer is linear")
theorem.relation("outwards", Always(R > 0), "rho' > 0, by radial-rate and lower-bound")
theorem.relation("by-layer", Always(speed**2 >= Total((k * nu / size) ** 2, over=i)), "|W_i|' = k_i nu/|W_i| is a component of W_i'")
theorem.relation("layer", Always(Eq(size * Rate(size, t), k * nu), over=(t, i)), "<W_i, W_i'> = k_i nu, by Euler in each layer")

theorem.step("euler", Always(Eq(along, L * q), over=(t, n)),
    by=by_cas(euler_identity_holds, "sum_i theta_i dPhi/dtheta_i = L Phi on every architecture, by SymPy"))
theorem.step("radial-rate", Always(Eq(rho * R, L * nu)), by=identity(), given=("radial", "euler"))
theorem.step("bounds", "log-sum-exp", given=("loss", "log-loss", "count"), spec="margin-kkt/T5/C1", by=bound(
    log_gap(N, loss * exp(least), Total(exp_gap(0, least - F, Gap(least)), over=n)),
    log_gap(loss * exp(least), 1, At(Gap(Total(exp(least - F), over=n)), least))))
theorem.step("lemma-b5", "lower-bound", given=("loss", "product", "worth"), by=bound(Total(exp(-F) * Given("product"), over=n) / loss),
    spec="margin-kkt/T5/C3")
theorem.step("between", "sandwich", given=("mean-value", "bounds"), spec="margin-kkt/T5/C2",
    by=bound(Given("mean-value") / rho**L, between / rho**L * (-Given("bounds") - Given("mean-value", 1))))
theorem.step("loss-falls", Always(Eq(Rate(loss, t), -(speed**2))), by=identity(), given=("loss", "chain", "flow"))
theorem.step("cosine-positive", Always(beta > 0), by=bound(Given("outwards") / speed), given=("cosine", "outwards"))
SIGNS = ("outwards", "cosine-positive")
theorem.step("exact-slope", Always(Eq(slope, L * (worth / (price * beta**2) - 1))), by=identity(), spec="margin-kkt/T5/C4",
    given=("loss-falls", "log-loss", "inverse", "radial-rate", "cosine", "worth", *SIGNS))
SLACK = L / (price * beta**2) * Given("lemma-b5") - L * Given("turn")
theorem.step("lemma-5-1", "rate", given=("exact-slope", "lemma-b5", "turn", *SIGNS), by=bound(SLACK), spec="margin-kkt/T5/C4")
theorem.step("growth", "monotone", given=("exact-slope", "lemma-b5", "turn", *SIGNS), by=bound(smoothed * R / rho * (L * turn**2 + SLACK)),
    spec=("margin-kkt/T5/C4", "margin-kkt/T5/C7"))
theorem.step("worth-positive", Always(worth > 0), by=bound(Given("lemma-b5") + price), given="lemma-b5")
theorem.step("lemma-g2", "layers", spec="margin-kkt/T5/C9",
    given=("loss-falls", "log-loss", "inverse", "by-layer", "layer", "worth", "worth-positive", "lemma-b5", "ones"),
    by=bound(Given("by-layer") / (loss * price) + Total((k / size) ** 2, over=i) * worth * loss * Given("lemma-b5") / price))
theorem.step("all-fitted", "fitted", given="bounds", by=cited("f(q_n) >= tau > f(b_f) since the loss stays below ell(b_f), and f rises"))
theorem.step("loss-limit", "loss-vanishes", given="lemma-5-1", by=cited("as for the exponential loss, with g in the place of the identity"))
theorem.step("ceiling", "bounded", given="between", by=cited("q_n is continuous on the unit sphere, which is compact"))
theorem.step("limit-points", "kkt-limit", given="lemma-5-1", by=cited("Lyu & Li (2020), Theorem A.8"))
theorem.step("rates", "loss-rate", given="lemma-5-1", by=cited("Lyu & Li (2020), Theorem A.10"))
theorem.step("norm-rates", "norm-rate", given="rates", by=cited("Lyu & Li (2020), Theorem A.10"))
theorem.step("classes", "direction", given="limit-points", by=cited("for linear predictors the margin problem is convex, so its KKT point is the optimum"))

# The losses: along any moving margin h > 0 of one example.
h = theorem.quantity("h", "a margin of one example", over=t, sign="positive")
fe = theorem.function("fe", v, v, "f of the exponential loss, and its inverse")
fl = theorem.function("fl", v, -log(log(1 + exp(-v))), "f of the logistic loss")
gl = theorem.function("gl", v, -log(exp(exp(-v)) - 1), "its inverse")
dl = theorem.function("dl", v, exp(-v) / ((1 + exp(-v)) * log(1 + exp(-v))), "its derivative")
dc = theorem.function("dc", v, 3 * v**2, "derivative of the cube")
y = exp(-h)
H = Rate(h, t)
theorem.step("exponential", And(Always(Eq(fe(fe(h)), h)), Eq(exp(-fe(0)), 1)), by=identity(), spec="margin-kkt/T5/S1",
    meaning="f and g are the identity; ell(0) = 1")
theorem.step("softplus", Always(log(1 + y) > 0), by=bound(log_gap(1 + y, 1, y)))
theorem.step("twice-exp", Always(exp(y) - 1 > 0), by=bound(Tangent(exp(y)) + y))
theorem.step("logistic-inverse", And(Always(Eq(fl(gl(h)), h)), Eq(exp(-fl(0)), log(2))), by=identity(), given=("softplus", "twice-exp"),
    spec="margin-kkt/T5/S2", meaning="f(g(x)) = x, and ell(0) = log 2")
theorem.step("logistic-slope", Always(Eq(Rate(fl(h), t), dl(h) * H)), by=identity(), given="softplus", spec="margin-kkt/T5/S2")
theorem.step("slope-positive", Always(And(dl(h) > 0, dc(h) > 0)), by=bound(y / ((1 + y) * Given("softplus")), 3 * h**2), given="softplus",
    meaning="f' > 0 for the logistic loss and for the cube, hence for their composition", spec="margin-kkt/T5/H2")
theorem.step("logistic-product", Always(Rate(dl(h) * h, t) * H >= 0), given="softplus", spec="margin-kkt/T5/S3",
    by=bound(y / ((1 + y) * Given("softplus")) * (1 + h * Tangent(1 + y) / (Given("softplus") * (1 + y))) * H**2),
    meaning="f'(q) q rises with q, since y >= log(1 + y) for y = e^{-q}")
theorem.step("cubic-product", Always(Rate(dc(h) * h, t) * H >= 0), by=bound((3 * h * H) ** 2), spec="margin-kkt/T5/S4")
theorem.step("softplus-cubic", Always(log(1 + exp(-(h**3))) > 0), by=bound(log_gap(1 + exp(-(h**3)), 1, exp(-(h**3)))))
z3 = exp(-(h**3))
theorem.step("logistic-cubic-product", Always(Rate(dc(h) * dl(h**3) * h, t) * H >= 0), given="softplus-cubic", spec="margin-kkt/T5/S4",
    by=bound(z3 / ((1 + z3) * Given("softplus-cubic")) * (1 + h**3 * Tangent(1 + z3) / (Given("softplus-cubic") * (1 + z3))) * (3 * h * H) ** 2),
    meaning="the two thresholds are those of the exponential and the logistic loss, since the cube of 0 is 0")
theorem.step("doubling", Always(And(dl(h) <= 1, 2 * dl(h) >= 1, Eq(dc(2 * h), 4 * dc(h)))), given="softplus", spec="margin-kkt/T5/H4",
    by=bound(Tangent(1 / (1 + y)) / Given("softplus"), (2 * Tangent(1 + y) + Given("softplus") * exp_gap(0, -h, h)) / ((1 + y) * Given("softplus")), 0),
    meaning="f' of the logistic loss lies between 1/2 and 1, so g' between 1 and 2; f' of the cube grows fourfold when q doubles")
# fmt: on


# Instances: a loss by name, a network, examples, and a start where gradient flow has brought the loss down to e^{-1/2}.
def with_loss(name, instance, **more):
    """The same instance under the named loss."""
    data = dict(instance.data) | {"loss": name, "power": POWERS[name], "ceiling": CEILINGS[name]} | more
    return Instance(f"{name}, {instance.label}", data)


def family(loss_name, network, level):
    @theorem.family(f"{loss_name}-{network}", level=level)
    def draw(rng, size):
        """Eight Gaussian points in four dimensions, labelled by a random hyperplane, and a Gaussian start."""
        found = random_fitted(rng, network, max(1, size // 16), loss=LOSSES[loss_name])
        return [with_loss(loss_name, each) for each in found]


for each_loss, each_network, each_level in (
    ("logistic", "linear", "quick"),
    ("logistic", "deep-linear-2", "quick"),
    ("cubic", "linear", "quick"),
    ("logistic-cubic", "linear", "thorough"),
    ("exponential", "linear", "thorough"),
    ("logistic", "relu-cubed", "thorough"),
    ("logistic", "deep-linear-3", "thorough"),
):
    family(each_loss, each_network, each_level)


FIVE_POINTS = np.array([4.0, 2.0, 1.0]) / np.sqrt(21.0)


@theorem.family("five-points-logistic", spec="margin-kkt/T5/Q1")
def five_points_logistic(rng, size):
    """Five points in three dimensions with gamma^2 = 7/3, P = (2/3, 1/3): to tau = 10^6."""
    return [with_loss("logistic", five_points(), until=1e6, start=np.array([2.0, 0.6, 1.0]), hat=FIVE_POINTS)]


@theorem.family("five-points-cubic", level="thorough", spec="margin-kkt/T5/Q3")
def five_points_cubic(rng, size):
    """The same five points under e^{-q^3}, to tau = 10^6."""
    return [with_loss("cubic", five_points(), until=1e6, start=np.array([2.0, 0.6, 1.0]))]


@theorem.family("one-example")
def one_example(rng, size):
    """A single example of two layers under the logistic loss, where the bounds are attained."""
    theta = np.array([1.0, 0.2, 0.1, 0.9, -0.5, 0.5, 1.0, 0.4, 0.6, 0.5, 0.3, -0.2])
    return [
        with_loss("logistic", network_instance("one example", "deep-linear-2", [[1.0, 0.5]], [1], theta), until=1e4)
    ]


@theorem.family("three-classes", spec=("margin-kkt/T5/H6", "margin-kkt/T5/E4", "margin-kkt/T5/Q2", "margin-kkt/T0/E3"))
def three_classes(rng, size):
    """Three clusters of three points in the plane, in sixteenths, under cross-entropy.

    Drawn again unless they are separable, and the classes that are runner-up at the first parameters have another optimum.
    """
    angles, labels = np.repeat(np.arange(3) * 2 * np.pi / 3, 3), np.repeat(np.arange(3), 3)
    while True:
        drawn = 2 * np.stack([np.cos(angles), np.sin(angles)], -1) + 0.5 * rng.normal(size=(9, 2))
        inputs = np.vectorize(lambda value: Fraction(round(16 * value), 16), otypes=[object])(drawn)
        first, rows = 0.1 * rng.normal(size=6), class_rows(inputs, labels, 3)
        examples = Examples(inputs.astype(float), labels.astype(float))
        start, outcome = fitted_start(LinearClasses(3), LOGISTIC, examples, first, tau=0.5, tolerance=1e-8)
        best = max_margin(rows)
        if outcome is Outcome.REACHED and isinstance(best, MaxMargin):
            near = hard_margin(runner_up(rows, first))
            data = {"inputs": inputs, "labels": labels, "start": start, "z": rows, "N": 9, "L": 1}
            data |= {"network": "three classes", "hat": best.w * best.gamma, "near": near.w * near.gamma}
            if np.linalg.norm(data["hat"] - data["near"]) > 0.05:
                return [with_loss("logistic", Instance("three clusters", data), until=1e6)]


def runner_up(rows, theta):
    """For each example the row with the least margin at theta."""
    rows = rows.reshape(-1, 2, rows.shape[1])
    return rows[np.arange(len(rows)), (rows.astype(float) @ theta).argmin(1)]


@theorem.family("one-misclassified", without="fitted-start", spec="margin-kkt/T5/M2")
def one_misclassified(rng, size):
    """q = 3 and q = -1/5 under the logistic loss: log 2 < loss < 1, and ell^{-1}(loss) < 0."""
    z = [[1, 0], [Fraction(-1, 15), 1]]
    return [with_loss("logistic", network_instance("one misclassified", "linear", z, [1, 1], np.array([3.0, 0.0])))]


@theorem.family("power-tail", without="tail", level="thorough", spec="margin-kkt/T5/A1")
def power_tail(rng, size):
    """The five points under the loss q^{-3}, to the norm 10^4."""
    return [with_loss("power-tail", five_points(), start=np.array([3.0, 0.9, 1.5]), norm=1e4)]


# Experiments.
def parts(instance):
    """The network, the loss, the examples and the start of an instance."""
    network = LinearClasses(3) if instance["network"] == "three classes" else NETWORKS[instance["network"]]
    return (
        network,
        LOSSES[instance["loss"]],
        Examples(instance.floats("inputs"), instance.floats("labels")),
        instance.floats("start"),
    )


@theorem.observe(measures=[loss0, x, product, climb])
def start(instances, setting, run):
    """The loss at the start, and f'(x) x with its derivative at sampled margins."""
    sampled = np.geomspace(0.01, 1e4, 60)
    levels, products, climbs = [], [], []
    for each in instances:
        network, of_example, data, theta = parts(each)
        levels.append(-float(force(network, of_example, data, theta).tau))
        slopes = np.exp(of_example.log_slope(sampled))
        products.append(slopes * sampled)
        climbs.append(slopes * (1 + sampled * (of_example.log_weight_slope(sampled) + slopes)))
    columns = {
        "loss0": Column(np.array(levels), log=True, error=1e-14),
        "x": Column(np.tile(sampled, (len(instances), 1)), ("x",)),
        "product": Column(np.array(products), ("x",), error=1e-13 * np.abs(products)),
        "climb": Column(np.array(climbs), ("x",), error=1e-12 * np.abs(products)),
    }
    return Trace(columns, [""] * len(instances))


@theorem.observe(measures=[gamma, gamma2, entropy], on=("five-points-logistic", "five-points-cubic", "three-classes"))
def support_vector_machine(instances, setting, run):
    """The exact maximum margin, with its certificate: of all wrong classes, for cross-entropy."""
    rows = [margin_rows(each) for each in instances]
    optima = [hard_margin(z) for z in rows]
    duals = [np.array([float(value) for value in best.dual if value]) * best.gamma**2 for best in optima]
    columns = {
        "gamma": Column(np.array([best.gamma for best in optima]), error=1e-15),
        "gamma2": Column(np.array([best.gamma_squared for best in optima], dtype=object)),
        "entropy": Column(np.array([np.log(P.max()) - P @ np.log(P) for P in duals]), error=1e-14),
    }
    found = [best.certificate() | {"data": {"z": rationals(z)}} for best, z in zip(optima, rows, strict=True)]
    certificates = {"max-margin": {"measures": ["gamma2", "gamma"], "instances": found}}
    return Trace(columns, [""] * len(instances), notes={"certificates": certificates})


def margin_rows(instance):
    if "z" in instance.data:
        return instance.exact("z")
    return instance.exact("inputs") * instance.exact("labels")[:, None]


@theorem.experiment(measures=[t, q], on="one-misclassified")
def log_time_clock(instances, setting, run):
    """Gradient flow in the clock log t, which also runs where the loss is above its threshold."""
    paths = [log_time_flow(*parts(each), np.linspace(0.0, 2.0, 20), tolerance=1e-11 * run.relax) for each in instances]
    columns = {"t": flow_columns(paths)["t"], "q": observed(paths, "margins", ("t", "n"))}
    return Trace(columns, [path.status for path in paths])


@theorem.experiment(
    measures=[t, rho, loss, t_loss, tau, smoothed, q, F, steep, between, worth, beta, turn, kkt, size, chord, astray]
)
def log_norm_clock(instances, setting, run):
    """Gradient flow in the clock log rho to tau = 10^4 (10^6 when thorough, or where the instance asks for it)."""
    paths, sizes = [], {}
    for each in instances:
        network, of_example, data, theta = parts(each)
        end = {"tau_target": each.get("until", 1e4 if run.level == "quick" else 1e6)}
        if each.get("norm"):
            end = {"log_rho_target": np.log(each["norm"])}
        paths += margin_flow(
            network, of_example, [data], [theta], rows=120, degree=each["L"], tolerance=1e-11 * run.relax, **end
        )
        sizes[id(paths[-1])] = layer_norms(network, data.inputs.shape[-1], paths[-1].rows.theta)
    columns = flow_columns(paths) | loss_columns(
        paths, [LOSSES[each["loss"]] for each in instances], [each["L"] for each in instances]
    )
    columns |= {
        "smoothed": observed(paths, "log_smoothed", ("t",), log=True, rate="log_smoothed_rate"),
        "t_loss": observed(paths, "y", ("t",), log=True, state=False),
        "q": observed(paths, "margins", ("t", "n")),
        "beta": observed(paths, "cosine", ("t",)),
        "turn": observed(paths, "tangent", ("t",)),
    }
    for name, target in (("chord", "hat"), ("astray", "near")):
        goals = [torch.as_tensor(each.get(target, np.nan * each["start"])) for each in instances]
        columns[name] = derived(
            paths,
            lambda k, rows, goals=goals: (rows.direction - goals[k]).norm(dim=-1),
            ("t",),
            rounding=lambda k, rows: 1e-15 + 0 * rows.tau,
        )
    columns["size"] = Column(stacked(paths, lambda path: sizes[id(path)]), ("t", "i"), error=1e-14)
    masks = {"n": padded([list(each["labels"]) for each in instances])[1]}
    masks["i"] = padded([list(sizes[id(path)][0]) for path in paths])[1]
    kept = {name: column for name, column in columns.items() if name in theorem.quantities}
    return Trace(kept, [path.status for path in paths], masks)


def layer_norms(network, inputs, theta):
    """|W_i| of a deep linear network, (rows, layers), and |theta| for any other."""
    layers = network.layers(theta, inputs) if isinstance(network, DeepLinear) else [theta[:, None]]
    return torch.stack([layer.flatten(1).norm(dim=-1) for layer in layers], -1)


# What must be refuted.
# fmt: off
theorem.mutant("above-all", of="log-sum-exp", formula=Always(tau >= Least(F, over=n)), why="tau above every f(q_n)", on="logistic-linear")
theorem.mutant("margins-equal", of="sandwich", formula=Always(margin <= smoothed), why="the margin is the smaller one", on="logistic-linear")
theorem.mutant("twice-the-price", of="lower-bound", formula=Always(worth >= 2 * price), why="2 g/g'", on="one-example")
theorem.mutant("twice-L", of="rate", formula=Always(slope >= 2 * L * turn**2), why="2L in place of L", on="one-example")
theorem.mutant("mean-and-threshold-one", of="monotone", formula=Nondecreasing((tau + log(N)) / rho**L), on="three-classes",
    why="-log of the mean cross-entropy, with threshold 1", spec="margin-kkt/T5/M1")
theorem.mutant("loss-stays", of="loss-vanishes", formula=Tends(1 / tau, Rational(1, 2)), why="the loss tends to e^{-2}", on="logistic-linear")
theorem.mutant("without-g", of="bounded", formula=BigO(tau / rho**L, 1), why="tau/rho^L for e^{-q^3}: it grows like rho^2", on="cubic-linear",
    spec="margin-kkt/T5/M4")
theorem.mutant("fitted-twice", of="fitted", formula=Always(q > 2 * reach, over=(t, n)), why="margins above 2 g(tau); they are above g(tau)", on="logistic-linear")
theorem.mutant("layers-squared", of="layers", formula=Nondecreasing(log(reach) - 2 * Total(log(size), over=i)), why="degree two in each layer")
theorem.mutant("entropy-of-two", of="gap-constant", formula=Tends((gamma - margin) * rho, log(2)), why="log |S| in place of H(P) + log max P")
theorem.mutant("runner-up-only", of="direction", formula=Eventually(astray <= Rational(1, 100)), on="three-classes", why="constraints for the class that is runner-up at first",
    spec="margin-kkt/T5/M3")
theorem.mutant("not-kkt", of="kkt-limit", formula=Eventually(kkt <= Rational(1, 10**9)), why="the KKT conditions hold at a finite time", level="thorough")
theorem.mutant("loss-without-g", of="loss-rate", formula=Tends(t_loss * gamma2, 1), why="without f'", on="five-points-cubic", level="thorough")
theorem.mutant("loss-with-one-slope", of="loss-rate", formula=Tends(t_loss * steep * gamma2, 1), why="f' in place of its square",
    on="five-points-cubic", level="thorough")
theorem.mutant("norm-without-g", of="norm-rate", formula=Theta(rho, log(t) ** (1 / L)), why="without g", on="five-points-cubic", level="thorough")
theorem.ablate("fitted-start", breaks="fitted", on="one-misclassified", name="threshold-one-for-logistic", spec=("margin-kkt/T5/M2", "margin-kkt/T5/X1"))
theorem.ablate("tail", breaks="kkt-limit", on="power-tail", name="polynomial-tail", level="thorough", spec="margin-kkt/T5/A1")
# fmt: on
