"""Along gradient flow on a homogeneous network the smoothed normalised margin increases.

Network Phi(theta; x) with Phi(c theta) = c^L Phi(theta), margins q_n = y_n Phi(theta; x_n), loss = sum_n e^{-q_n}, gradient flow
theta' in -d(loss). With tau = log(1/loss) and rho = |theta|, the smoothed margin tau/rho^L never falls once the loss is below one, and
its rate is known exactly: d log(tau/rho^L)/d log rho = L((1 + H/tau)/beta^2 - 1), where H is the entropy of the softmax weights and
beta the cosine of theta and theta'. The unsmoothed margin min q_n/rho^L does fall.
"""

from fractions import Fraction

import numpy as np
from sympy import Eq, Rational, Symbol, exp, log

from verify import (
    CONFIRMED,
    Always,
    And,
    BigO,
    Column,
    Implies,
    Least,
    Nondecreasing,
    Not,
    Or,
    Paper,
    Rate,
    Tends,
    Theorem,
    Total,
    Trace,
)  # fmt: skip
from verify.dynamics.columns import flow_columns, observed
from verify.dynamics.fitted import NETWORKS, fitted_instance, flow_parts, network_instance, pooled_digits, random_fitted
from verify.dynamics.margin_flow import margin_flow
from verify.dynamics.pointwise import pointwise_rate
from verify.dynamics.time_flow import log_time_flow
from verify.evidence.trace import padded
from verify.models.architectures import ARCHITECTURES, euler_identity_holds
from verify.models.datasets import digits
from verify.models.losses import loss_from
from verify.models.network import Examples
from verify.proof import At, Gap, Given, Tangent, bound, by_cas, cited, exp_gap, identity, log_gap

theorem = Theorem(
    "smoothed-margin-increases",
    title="The smoothed normalised margin increases along gradient flow",
    source=Paper(
        "Lyu & Li", 2020, arxiv="1906.05890", result="Theorem 4.1", fidelity=CONFIRMED,
        title="Gradient Descent Maximizes the Margin of Homogeneous Neural Networks",
    ),
    summary="Every step of the proof is checked for every number of examples, but for the limits, which are cited.",
)  # fmt: skip

# fmt: off
# Setting. q_n = y_n Phi(theta; x_n); loss = sum exp(-f(q_n)) with f(q) = q; theta' = -grad loss; u = theta/rho.
t = theorem.clock("t", log=True, meaning="time of the flow, recorded as log t")
n = theorem.index("n", meaning="examples")
c = theorem.index("c", meaning="sampled scales c > 0", sign="positive")
x = theorem.index("x", meaning="sampled margins of one example")
v = Symbol("v")
f = theorem.function("f", v, v, "the loss of an example with margin v is e^{-f(v)}")

L = theorem.parameter("L", "degree of homogeneity")
N = theorem.parameter("N", "number of examples")
rho = theorem.quantity("rho", "|theta|", over=t, log=True, latex=r"\rho")
loss = theorem.quantity("loss", "sum of e^{-f(q_n)}", over=t, log=True, latex=r"\mathcal{L}")
q = theorem.quantity("q", "margins y_n Phi(theta; x_n)", over=(t, n), latex="q_n")
beta = theorem.quantity("beta", "cosine of theta and theta'", over=t, latex=r"\beta")
turn = theorem.quantity("turn", "|du/dlog rho| = sqrt(1/beta^2 - 1)", over=t, sign="nonnegative", latex=r"|u_{\log\rho}|")
turning = theorem.quantity("turning", "integral of turn^2 over log rho", over=t, sign="nonnegative", latex=r"\int(\beta^{-2}-1)")
q0 = theorem.quantity("q0", "margins at the start", over=n, latex="q_n(0)")
k = theorem.index("k", meaning="random rational parameters, where no integrator is needed")
slope_k = theorem.quantity("slope_k", "d log(smoothed)/d log rho there, in balls", over=k)
beta_k = theorem.quantity("beta_k", "cosine of theta and theta' there, in balls", over=k, sign="positive", latex=r"\beta_k")
H_k = theorem.quantity("H_k", "entropy of the softmax weights there, in balls", over=k, latex="H_k")
tau_k = theorem.quantity("tau_k", "log(1/loss) there, in balls", over=k, sign="positive", latex=r"\tau_k")
defect = theorem.quantity("defect", "|q_n(c theta) - c^L q_n(theta)|, relative to c^L |theta|^L", over=(c, n), sign="nonnegative")

loss0 = theorem.define("loss0", Total(exp(-f(q0)), over=n), "the loss at the start: the sum, not the mean", latex=r"\mathcal{L}_0")
tau = theorem.define("tau", log(1 / loss), "log(1/loss)", latex=r"\tau")
p = theorem.define("p", exp(-q) / loss, "softmax weights", latex="p_n")
smoothed = theorem.define("smoothed", tau / rho**L, "smoothed margin", latex=r"\tilde\gamma")
margin = theorem.define("margin", Least(q, over=n) / rho**L, "normalised margin", latex=r"\bar\gamma")
H = theorem.define("H", -Total(p * log(p), over=n), "entropy of the softmax weights", latex="H(p)")
nu = theorem.define("nu", Total(exp(-q) * q, over=n), "sum of e^{-q_n} q_n", latex=r"\nu")
slope = Rate(log(smoothed), log(rho))

# Hypotheses.
theorem.assume("chain-rule", assumed="the network admits a chain rule along arcs, as every composition of definable pieces does; "
               "an instance cannot test it", spec="margin-kkt/T1/H1")
theorem.assume("homogeneous", Always(defect <= Rational(1, 10**12), over=(c, n)), "q_n(c theta) = c^L q_n(theta) for c > 0",
    spec="margin-kkt/T1/H2")
theorem.assume("exponential-loss", Always(Eq(f(x), x), over=x), "the loss is the sum of e^{-q_n}", within=Rational(1, 10**12),
    spec="margin-kkt/T1/H3")
theorem.assume("fitted-start", loss0 < 1, "the loss at the start is below one", spec="margin-kkt/T1/H4")

# Conclusions, for almost every t after the start. `slope` is d log(smoothed)/d log rho, and d log rho/dt > 0.
ONE_EXAMPLE = "one example attains it"
theorem.conclude("radius-grows", Always(Rate(log(rho), log(t)) > 0), "d log rho/dt > 0", spec="margin-kkt/T1/C1")
theorem.conclude("monotone", Nondecreasing(smoothed), "the smoothed margin never falls",
    spec=("margin-kkt/T1/C2", "margin-kkt/T1/X1", "margin-kkt/T1/X7"))
theorem.conclude("rate", Always(slope >= L * turn**2), "d log(smoothed)/dt >= L (d log rho/dt)^{-1} |du/dt|^2, over d log rho/dt",
    within=Rational(1, 10**7), because=ONE_EXAMPLE, spec=("margin-kkt/T1/C2", "margin-kkt/T1/Q1"))
theorem.conclude("identity", Always(Eq(slope, L * ((1 + H / tau) / beta**2 - 1))), "the exact rate; without H/tau it is the bound",
    within=Rational(1, 10**6), spec=("margin-kkt/T1/S5", "margin-kkt/T1/Q2"),
    differs="an equality where the paper has the inequality; the slack L H/(tau beta^2) is our own")
theorem.conclude("rate-at-points", Always(slope_k >= L * (beta_k**-2 - 1)), "the bound at rational parameters, enclosed", under=(),
    on="rational-parameters", spec="margin-kkt/T1/C2")
theorem.conclude("identity-at-points", Always(Eq(slope_k, L * ((1 + H_k / tau_k) / beta_k**2 - 1))), "the identity there, enclosed",
    within=Rational(1, 10**30), because="balls of 1024 bits", under=(), on="rational-parameters", spec="margin-kkt/T1/S5")
theorem.conclude("strict-or-still", Always(Or(slope > 0, Eq(turn, 0))), "either the smoothed margin rises or the direction rests",
    within=Rational(1, 10**6), spec="margin-kkt/T1/C3")
theorem.conclude("loss-vanishes", Tends(loss, 0), "the loss tends to zero, so that tau tends to infinity", within=Rational(1, 100),
    because="it ends at e^-10000", on=tuple(ARCHITECTURES), spec="margin-kkt/T1/C4")
theorem.conclude("radius-diverges", BigO(1 / rho, log(t) ** (-1 / (2 * L))), "the norm tends to infinity, at least as (log t)^{1/(2L)}",
    within=Rational(1, 20), because="its order is (log t)^{1/L}", on=tuple(ARCHITECTURES), spec="margin-kkt/T1/C4")
theorem.conclude("margins-meet", Tends(margin - smoothed, 0), "both margins have the same limit", within=Rational(1, 100),
    because="they differ by at most log N/rho^L, which ends below 1/1000", on=tuple(ARCHITECTURES), spec="margin-kkt/T1/C4")
theorem.conclude("sandwich", Always(And(margin - log(N) / rho**L <= smoothed, smoothed <= margin)),
    "the smoothed margin is at most log N/rho^L below the margin, and never above", within=Rational(1, 10**10), because=ONE_EXAMPLE,
    spec="margin-kkt/T1/C5")
theorem.conclude("bounded", BigO(smoothed, 1), "the smoothed margin is bounded, hence has a limit", within=Rational(1, 20),
    on=("linear", "deep-linear-2", "deep-linear-3", "deep-linear-4", "digits-0-1"), spec="margin-kkt/T1/C6")
theorem.conclude("turning-is-paid-for", Nondecreasing(log(smoothed) - L * turning), within=Rational(1, 10**6), because=ONE_EXAMPLE,
    meaning="between two times L int (beta^{-2} - 1) dlog rho is at most what log(smoothed) gains", spec="margin-kkt/T1/Q3")
theorem.conclude("fitted", Always(q > 0, over=(t, n)), "every example is classified correctly", spec="margin-kkt/T1/H4")

# Proof. The flow in scalars: q_n' = <h_n, theta'> and theta' = sum e^{-q_n} h_n, with h_n in the Clarke differential of q_n.
speed = theorem.quantity("speed", "|theta'|", over=t, sign="positive", latex=r"|\dot\theta|")
along = theorem.quantity("along", "<h_n, theta>", over=(t, n), latex=r"\langle h_n,\theta\rangle")
drift = theorem.quantity("drift", "|du/dt|", over=t, sign="nonnegative", latex=r"|\dot u|")
R = Rate(rho, t)
theorem.relation("loss", Always(Eq(loss, Total(exp(-q), over=n))), "the loss is the sum of e^{-q_n}")
theorem.relation("count", Eq(Total(1, over=n), N), "there are N examples")
theorem.relation("flow", Always(Eq(Total(exp(-q) * Rate(q, t), over=n), speed**2)), "<theta', theta'> = sum e^{-q_n} q_n', by the chain rule")
theorem.relation("radial", Always(Eq(rho * R, Total(exp(-q) * along, over=n))), "rho rho' = <theta, theta'>")
theorem.relation("cosine", Always(Eq(R, beta * speed)), "<theta, theta'> = beta |theta| |theta'|")
theorem.relation("pythagoras", Always(Eq(speed**2, R**2 + rho**2 * drift**2)), "theta' = rho' u + rho u', orthogonally")
theorem.relation("turn", Always(Eq(rho * drift, turn * R)), "du/dt = du/dlog rho dlog rho/dt")
theorem.relation("turning", Always(Eq(Rate(turning, log(rho)), turn**2)), "its name")

theorem.step("euler", Always(Eq(along, L * q), over=(t, n)), given="homogeneous", spec="margin-kkt/T1/S1",
    by=by_cas(euler_identity_holds, "sum_i theta_i dPhi/dtheta_i = L Phi on every architecture, by SymPy"))
theorem.step("radial-rate", Always(Eq(Rate(rho**2 / 2, t), L * nu)), by=identity(), given=("radial", "euler"), spec="margin-kkt/T1/S2")
theorem.step("sum-to-one", Always(Eq(Total(p, over=n), 1)), by=identity(), given="loss")
theorem.step("nu", Always(Eq(nu, loss * (tau + H))), by=identity(), given=("loss", "sum-to-one"), spec="margin-kkt/T1/S3")
theorem.step("entropy-nonnegative", Always(H >= 0), given="sum-to-one", spec="margin-kkt/T1/S3",
    by=bound(Total(p * Tangent(p) + p * Gap(Total(p, over=n)), over=n)))
theorem.step("entropy-bounded", Always(log(N) >= H), given=("sum-to-one", "count"), spec="margin-kkt/T1/S3",
    by=bound(Total(p * Tangent(1 / (N * p)), over=n)))
theorem.step("loss-falls", Always(Eq(Rate(loss, t), -(speed**2))), by=identity(), given=("loss", "flow"), spec="margin-kkt/T1/S4")
theorem.step("speed", Always(Eq(speed**2, (L * nu / rho) ** 2 + rho**2 * drift**2)), given=("pythagoras", "radial-rate"),
    by=identity(Given("pythagoras") + Given("radial-rate") * (rho * R + L * nu) / rho**2), spec="margin-kkt/T1/S4")
theorem.step("stays-fitted", Always(loss < 1), given=("fitted-start", "loss-falls"),
    by=cited("a function whose derivative is nowhere positive stays below its start"))
theorem.step("tau-positive", Always(tau > 0), by=bound(log_gap(1 / loss, 1, (1 - loss) / loss)), given="stays-fitted")
theorem.step("radius-rises", Always(R > 0), by=bound(L * loss * (tau + H) / rho),
    given=("radial-rate", "nu", "tau-positive", "entropy-nonnegative"))
theorem.step("clock-runs", "radius-grows", by=bound(t * R / rho), given="radius-rises")
theorem.step("cosine-positive", Always(beta > 0), by=bound(R / speed), given=("cosine", "radius-rises"))
SIGNS = ("tau-positive", "radius-rises", "cosine-positive", "entropy-nonnegative")
theorem.step("turn-squared", Always(Eq(turn**2, beta**-2 - 1)), given=("pythagoras", "cosine", "turn", *SIGNS),
    by=identity(-(Given("pythagoras") + Given("turn") * (rho * drift + turn * R) + Given("cosine") * (R + beta * speed) * (1 + turn**2))
                / (beta * speed) ** 2))
theorem.step("exact-slope", "identity", by=identity(), given=("loss-falls", "radial-rate", "cosine", "nu", *SIGNS), spec="margin-kkt/T1/S5")
SLACK = L * H / (tau * beta**2) - L * Given("turn-squared")
theorem.step("slope-bound", "rate", by=bound(SLACK), given=("exact-slope", "turn-squared", *SIGNS), spec="margin-kkt/T1/S6")
theorem.step("growth", "monotone", by=bound(smoothed * R / rho * (L * turn**2 + SLACK)), given=("exact-slope", "turn-squared", *SIGNS))
theorem.step("strictness", "strict-or-still", by=bound(L * turn**2 + SLACK), given=("exact-slope", "turn-squared", *SIGNS))
theorem.step("turning-bound", "turning-is-paid-for", by=bound(R / rho * SLACK), given=("turning", "exact-slope", "turn-squared", *SIGNS))
theorem.step("two-forms", Always(Eq(L * drift**2 / Rate(log(rho), t), L * (beta**-2 - 1) * Rate(log(rho), t))), spec="margin-kkt/T1/S7",
    by=identity(L / (rho * R) * (Given("turn") * (rho * drift + turn * R) + R**2 * Given("turn-squared"))), given=("turn", "turn-squared", *SIGNS))
theorem.step("any-loss", Always(Eq(rho**L * Rate(smoothed, t), rho**2 * drift**2 / loss + L * H * R / rho)), spec="margin-kkt/T1/S11",
    by=identity((Given("pythagoras") + R / rho * (Given("radial-rate") + L * Given("nu"))) / loss),
    given=("loss-falls", "pythagoras", "radial-rate", "nu"), meaning="whatever the loss and the sign of rho'")
least = Least(q, over=n)
theorem.step("log-sum-exp", "sandwich", given=("loss", "count"), spec="margin-kkt/T1/S8", by=bound(
    log_gap(N, loss * exp(least), Total(exp_gap(0, least - q, Gap(least)), over=n)) / rho**L,
    log_gap(loss * exp(least), 1, At(Gap(Total(exp(least - q), over=n)), least)) / rho**L))
theorem.step("all-fitted", "fitted", given=("loss", "stays-fitted"),
    by=bound(log_gap(1, exp(-q), -Given("stays-fitted") + Gap(Total(exp(-q), over=n)))))
theorem.step("loss-rate", Always(Rate(1 / loss, t) >= L**2 * smoothed ** (2 / L) * tau ** (2 - 2 / L)), spec="margin-kkt/T1/S9",
    by=bound(rho**2 * drift**2 / loss**2 + L**2 * H * (2 * tau + H) / rho**2
             + Given("speed") / loss**2 + (L / (rho * loss)) ** 2 * Given("nu") * (nu + loss * (tau + H))),
    given=("loss-falls", "speed", "nu", "tau-positive", "entropy-nonnegative"))
theorem.step("loss-limit", "loss-vanishes", given=("loss-rate", "growth"), spec="margin-kkt/T1/S10",
    by=cited("int (log z)^{-(2 - 2/L)} dz up to 1/loss is at least L^2 smoothed(0)^{2/L} (t - t_0), and finite up to any finite bound"))
theorem.step("radius-limit", "radius-diverges", by=cited("rho is of the order (log t)^{1/L} (Theorem 4.3 of the same paper)"),
    given=("loss-limit", "log-sum-exp"))
theorem.step("common-limit", "margins-meet", by=cited("squeeze"), given=("log-sum-exp", "radius-limit"))
theorem.step("ceiling", "bounded", by=cited("q_n is continuous on the unit sphere, which is compact"), given="log-sum-exp")

# The clock log rho: u' = w/<u, w> - u keeps the unit sphere and draws to it, and <u, w> is L sum p_n q_n/rho^L by Euler.
i = theorem.index("i", meaning="parameters")
ui = theorem.quantity("ui", "coordinates of u", over=(t, i), latex="u_i")
wi = theorem.quantity("wi", "coordinates of w = sum_n p_n h_n", over=(t, i), latex="w_i")
theorem.relation("reduced-flow", Always(Eq(Rate(ui, log(rho)), wi / Total(ui * wi, over=i) - ui), over=(t, i)), "du/dlog rho")
theorem.relation("outwards", Always(Total(ui * wi, over=i) > 0), "<u, w> > 0")
theorem.step("sphere", Always(Eq(Rate(Total(ui**2, over=i), log(rho)), 2 * (1 - Total(ui**2, over=i)))), spec="margin-kkt/T0/S1",
    by=identity(Total(2 * ui * Given("reduced-flow"), over=i)), given=("reduced-flow", "outwards", "radius-rises"))
theorem.step("radial-part", Always(Eq(Total(p * along, over=n), L * Total(p * q, over=n))), by=identity(), given="euler",
    spec="margin-kkt/T0/S1")
# fmt: on


# Instances: a network, examples, and a start where gradient flow has brought the loss down to e^{-1/2}.
def architecture(name):
    @theorem.family(name, level="thorough" if name.startswith("smoothed") else "quick")
    def draw(rng, size):
        """Eight Gaussian points in four dimensions, labelled by a random hyperplane, and a Gaussian start."""
        return random_fitted(rng, name, size // 16)


for name in ARCHITECTURES:
    architecture(name)


@theorem.family("digits-0-1")
def digits_0_1(rng, size):
    """A linear predictor of the handwritten digits 0 and 1 of scikit-learn."""
    table = digits(0, 1)
    return [fitted_instance("digits 0 and 1", "linear", table.inputs, table.labels, np.zeros(64))]


@theorem.family("convolution")
def convolution(rng, size):
    """Two shared 2 x 2 filters, squared ReLU and a linear layer on five digits 0 and five 1 of scikit-learn, pooled to 4 x 4 pixels."""
    return [pooled_digits(rng)]


@theorem.family("one-example", spec="margin-kkt/T1/Q1")
def one_example(rng, size):
    """A single example, where H = 0 and the bound is attained: three neurons of squared ReLU."""
    start = np.array([1.0, 0.2, 0.1, 0.9, 0.5, 0.5, 1.0, 0.4, 0.6])
    return [network_instance("one example", "three-squared-units", [[1.0, 0.5]], [1], start, grow=2)]


@theorem.family("margin-dips", spec=("margin-kkt/T1/M1", "margin-kkt/T1/X6"))
def margin_dips(rng, size):
    """z = (0, 1) once and (1, 0) five times, theta_0 = (2 sqrt 2, 2 sqrt 2): d margin/dlog rho = -sqrt(2)/3 at the start."""
    return [network_instance("dip", "linear", [[0, 1]] + 5 * [[1, 0]], 6 * [1], np.full(2, 2 * np.sqrt(2)), grow=2)]


@theorem.family("rational-parameters", decides=("rate-at-points", "identity-at-points"))
def rational_parameters(rng, size):
    """Three points, and for each polynomial architecture 24 random parameters with e^{-40} < loss < 1, all in eighths."""
    batch = []
    for name in ("linear", "deep-linear-2", "deep-linear-3", "relu-squared", "relu-cubed"):
        inputs = rng.integers(-8, 9, size=(3, 2)) + np.array([12, 4])
        thetas = rng.integers(-8, 17, size=(2000, NETWORKS[name].size(2)))
        margins = NETWORKS[name].margins(thetas / 8, Examples(inputs / 8, np.ones(3)))
        fitted = thetas[(np.exp(-margins).sum(1) < 1) & (margins.min(1) < 40)][:24]
        batch.append(network_instance(name, name, eighths(inputs), [1, 1, 1], eighths(fitted)))
    return batch


def eighths(integers):
    return np.vectorize(lambda value: Fraction(int(value), 8), otypes=[object])(integers)


@theorem.family("cubic-called-3", without="homogeneous", spec="margin-kkt/T1/A1")
def cubic_called_3(rng, size):
    """q = a + b^3 from (5, 1/10), normalised by rho^3."""
    return [network_instance("a + b^3, L = 3", "a + b^3", [[1]], [1], np.array([5.0, 0.1]), degree=3, grow=3)]


@theorem.family("cubic-called-1", without="homogeneous", spec="margin-kkt/T1/A2")
def cubic_called_1(rng, size):
    """q = a + b^3 from (5, 1/10), normalised by rho."""
    return [network_instance("a + b^3, L = 1", "a + b^3", [[1]], [1], np.array([5.0, 0.1]), degree=1, grow=5)]


@theorem.family("loss-above-one", without="fitted-start", spec="margin-kkt/T1/A3")
def loss_above_one(rng, size):
    """z = (1, 1), (1, -1) from theta = (-2, 0): the norm falls to 1/10, and with it -(1 + log(2)/|theta|)."""
    return [network_instance("behind", "linear", [[1, 1], [1, -1]], [1, 1], np.array([-2.0, 0.0]), until=0.32)]


@theorem.family("positive-but-above-one", without="fitted-start", spec="margin-kkt/T1/N1")
def positive_but_above_one(rng, size):
    """Ten points with margins from .05 up: fitted, but the loss is above one."""
    inputs = np.column_stack([np.linspace(0.1, 1.0, 10), np.linspace(-0.3, 0.3, 10)])
    return [network_instance("positive", "linear", inputs, 10 * [1], np.array([0.5, 0.0]), grow=5)]


@theorem.family("not-separable", without="fitted-start", spec="margin-kkt/T1/A4")
def not_separable(rng, size):
    """z and -z: the loss is at least two, and the norm stays bounded."""
    return [
        network_instance("opposite", "linear", [[1, 1], [-1, -1], [1, 0]], [1, 1, 1], np.array([0.5, 0.2]), until=10)
    ]


@theorem.family("one-misclassified", without="fitted-start", spec="margin-kkt/T1/A5")
def one_misclassified(rng, size):
    """Nine points with q = 3 and one with q = -1: the mean of the losses is .317, their sum 3.17."""
    return [
        network_instance(
            "mean", "linear", 9 * [[1, 0]] + [[Fraction(-1, 3), 1]], 10 * [1], np.array([3.0, 0.0]), until=0.5
        )
    ]


@theorem.space("fitted-data", like="margin-dips", confirm="loss-above-one")
def fitted_data(draw):
    """At most six points in at most three dimensions, labelled +1, a network and a start; most starts are not fitted."""
    network = list(ARCHITECTURES)[draw.integer("network", 0, 4)]
    points, dimension = draw.integer("points", 1, 6), draw.integer("dimension", 1, 3)
    inputs = draw.reals("inputs", -3, 3, (points, dimension))
    start = draw.reals("start", -6, 6, NETWORKS[network].size(dimension))
    if not np.linalg.norm(start):
        draw.reject("the start is the origin, where no flow begins")
    return network_instance("searched", network, inputs, points * [1], start, grow=2, until=10)


# Experiments.
@theorem.experiment(measures=[slope_k, beta_k, H_k, tau_k], on="rational-parameters")
def in_balls(instances, setting, run):
    """The rate of the smoothed margin at each point, from rational margins and gradients."""
    rates = []
    for each in instances:
        data = Examples(each.exact("inputs"), each.exact("labels"))
        found = [pointwise_rate(NETWORKS[each["network"]], data, theta) for theta in each.exact("start")]
        rates.append([rate for rate in found if rate is not None])
    columns = {"slope_k": "slope", "beta_k": "cosine", "H_k": "entropy", "tau_k": "tau"}
    values = {
        name: padded([[getattr(rate, part) for rate in each] for each in rates]) for name, part in columns.items()
    }
    return Trace(
        {name: Column(value, ("k",)) for name, (value, _) in values.items()},
        [""] * len(instances),
        {"k": values["tau_k"][1]},
    )


@theorem.observe(
    measures=[x, q0, c, defect],
    on=(
        *ARCHITECTURES,
        "digits-0-1",
        "convolution",
        "one-example",
        "margin-dips",
        "cubic-called-3",
        "cubic-called-1",
        "loss-above-one",
        "positive-but-above-one",
        "not-separable",
        "one-misclassified",
    ),
)
def start(instances, setting, run):
    """Margins at the start, and how far they are from homogeneous of degree L at random scales."""
    scales = np.exp(run.rng.uniform(-1, 1, size=16))
    margins, defects = [], []
    for each in instances:
        network, data, theta = flow_parts(each)
        margins.append(network.margins(theta, data))
        reference = np.linalg.norm(theta) ** each["L"] * scales[:, None] ** each["L"]
        scaled = network.margins(scales[:, None] * theta, data)
        defects.append(np.abs(scaled - scales[:, None] ** each["L"] * margins[-1]) / reference)
    size = len(instances)
    first, mask = padded([list(each) for each in margins])
    rows = np.full((size, 16, mask.shape[1]), np.nan)
    for row, each in zip(rows, defects, strict=True):
        row[:, : each.shape[1]] = each
    columns = {
        "x": Column(np.tile(np.linspace(-3.0, 3.0, 13), (size, 1)), ("x",)),
        "c": Column(np.tile(scales, (size, 1)), ("c",)),
        "q0": Column(first, ("n",), error=1e-14 * np.abs(first)),
        "defect": Column(rows, ("c", "n")),
    }
    return Trace(columns, [""] * size, {"n": mask})


@theorem.experiment(
    measures=[t, rho, loss, q, beta, turn, turning], on=("loss-above-one", "not-separable", "one-misclassified")
)
def log_time_clock(instances, setting, run):
    """Gradient flow in the clock log t, which also runs where the norm falls."""
    paths = []
    for each in instances:
        network, data, theta = flow_parts(each)
        paths.append(
            log_time_flow(
                network,
                loss_from(setting[f](v), v),
                data,
                theta,
                np.linspace(0.0, float(each["until"]), 60),
                tolerance=1e-11 * run.relax,
            )  # fmt: skip
        )
    return flow_trace(instances, paths)


@theorem.experiment(measures=[t, rho, loss, q, beta, turn, turning])
def log_norm_clock(instances, setting, run):
    """Gradient flow in the clock log rho to tau = 10^4 (10^6 when thorough), to margins of 10^9 if that is earlier, or by `grow` in log rho."""
    paths, farthest = [], float(setting[f](10**9))
    for each in instances:
        network, data, theta = flow_parts(each)
        grow = each.get("grow")
        paths += margin_flow(
            network,
            loss_from(setting[f](v), v),
            [data],
            [theta],
            tau_target=None if grow else min(1e4 if run.level == "quick" else 1e6, farthest),
            log_rho_target=np.log(np.linalg.norm(theta)) + grow if grow else None,
            rows=200,
            degree=each["L"],
            tolerance=1e-11 * run.relax,
        )
    return flow_trace(instances, paths)


def flow_trace(instances, paths):
    _, examples = padded([list(each["labels"]) for each in instances])
    columns = flow_columns(paths) | {
        "q": observed(paths, "margins", ("t", "n")),
        "beta": observed(paths, "cosine", ("t",)),
        "turn": observed(paths, "tangent", ("t",)),
        "turning": observed(paths, "turning", ("t",), state=False),
    }
    measured = {name: column for name, column in columns.items() if name in theorem.quantities}
    return Trace(measured, [path.status for path in paths], {"n": examples})


# What must be refuted.
# fmt: off
theorem.mutant("shrinks", of="radius-grows", formula=Always(Rate(log(rho), log(t)) > 1), why="the norm grows faster than t",
    on="linear")
theorem.mutant("unsmoothed", of="monotone", formula=Nondecreasing(margin), why="the unsmoothed margin never falls",
    on="margin-dips", spec=("margin-kkt/T1/M1", "margin-kkt/T1/X5"))
theorem.mutant("only-below-one-over-N", of="monotone", formula=Implies(loss0 >= 1 / N, Not(Nondecreasing(smoothed))),
    why="the threshold is 1/N", on="linear", spec="margin-kkt/T1/M5")
theorem.mutant("twice-L", of="rate", formula=Always(slope >= 2 * L * turn**2), why="2L in place of L", on="one-example",
    spec="margin-kkt/T1/M2")
theorem.mutant("rate-squared", of="rate", formula=Always(Rate(log(smoothed), log(t)) >= L * turn**2),
    why="(d log rho/dt)^{-2} in place of ^{-1}, so that only one side scales with time", on="one-example", spec="margin-kkt/T1/M6")
theorem.mutant("no-entropy", of="identity", formula=Always(Eq(slope, L * (beta**-2 - 1))), why="the bound as an equality",
    on="linear")
theorem.mutant("twice-L-at-points", of="rate-at-points", formula=Always(slope_k >= 2 * L * (beta_k**-2 - 1)), why="2L in place of L")
theorem.mutant("half-entropy-at-points", of="identity-at-points", formula=Always(Eq(slope_k, L * ((1 + H_k / (2 * tau_k)) / beta_k**2 - 1))),
    why="half of the entropy")
theorem.mutant("always-turns", of="strict-or-still", formula=Always(slope > 1), why="rises at rate one")
theorem.mutant("loss-stays", of="loss-vanishes", formula=Tends(loss, Rational(1, 2)), why="the loss tends to 1/2",
    on="linear")
theorem.mutant("radius-too-fast", of="radius-diverges", formula=BigO(1 / rho, log(t) ** (-2 / L)), why="(log t)^{2/L}",
    on="linear")
theorem.mutant("margins-apart", of="margins-meet", formula=Tends(margin - smoothed, Rational(1, 10)),
    why="a gap of 1/10 remains", on="linear")
theorem.mutant("smoothed-above", of="sandwich", formula=Always(smoothed >= margin), why="the smoothed margin is the larger one",
    on="linear", spec="margin-kkt/T1/M4")
theorem.mutant("grows", of="bounded", formula=BigO(smoothed, 1 / log(t)), why="the smoothed margin vanishes", on="linear")
theorem.mutant("paid-twice", of="turning-is-paid-for", formula=Nondecreasing(log(smoothed) - 2 * L * turning),
    why="2L in place of L", on="one-example")
theorem.mutant("fitted-twice", of="fitted", formula=Always(q > 2 * tau, over=(t, n)),
    why="margins above 2 tau; they are above tau", on="linear")
theorem.control("fitted-is-enough", formula=Nondecreasing(smoothed),
    why="positive margins suffice, though the loss is above one", under=("homogeneous", "exponential-loss"), on="positive-but-above-one", spec="margin-kkt/T1/N1")

theorem.ablate("homogeneous", breaks="monotone", on="cubic-called-3", spec="margin-kkt/T1/A1")
theorem.ablate("homogeneous", breaks="bounded", on="cubic-called-1", spec="margin-kkt/T1/A2")
theorem.ablate("fitted-start", breaks="monotone", on="loss-above-one", spec="margin-kkt/T1/A3")
theorem.ablate("fitted-start", breaks="loss-vanishes", on="not-separable", spec="margin-kkt/T1/A4")
theorem.ablate("fitted-start", breaks="fitted", on="one-misclassified", name="mean-below-one",
    spec=("margin-kkt/T1/A5", "margin-kkt/T1/X3"))
theorem.ablate("exponential-loss", breaks="monotone", define={f: 3 * log(v)}, on="linear", level="thorough",
    spec="margin-kkt/T1/A6")
# fmt: on
