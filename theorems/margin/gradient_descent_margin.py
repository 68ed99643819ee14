"""Gradient descent with small enough steps raises a modified margin at every step, and its loss tends to zero.

Network of degree L, loss = sum_n e^{-f(q_n)} with f(q) = q, theta(t+1) = theta(t) - eta(t) grad loss. While eta is at most mu/(C kappa(loss)),
which grows like the inverse of the loss, each step satisfies three inequalities: the norm grows about as fast as along gradient
flow (P2), the loss falls by (1 - mu) eta |grad|^2 at least (P3), and a modified margin, below the smoothed one and ever closer to it,
rises (P4). A constant step will not do: it may overshoot, once and for all.
"""

import numpy as np
from sympy import Eq, Integer, Max, Min, Rational, Symbol, exp, log

from verify import (
    CONFIRMED,
    Always,
    And,
    BigO,
    Column,
    Nondecreasing,
    Or,
    Paper,
    Tends,
    Theorem,
    Theta,
    Total,
    Trace,
)  # fmt: skip
from verify.dynamics.descent_columns import descent_batch, descent_columns, hessian_columns, start_numbers
from verify.dynamics.fitted import network_instance, random_fitted
from verify.dynamics.pendulum import unfolded
from verify.dynamics.time_flow import fitted_start
from verify.evidence.trace import padded
from verify.models.architectures import ARCHITECTURES, euler_identity_holds
from verify.models.losses import EXPONENTIAL, loss_from
from verify.models.network import Examples
from verify.proof import Gap, Given, Tangent, bound, by_cas, cited, exp_gap, identity, log_gap, power_gap
from verify.statement.instances import Instance

theorem = Theorem(
    "gradient-descent-margin",
    title="Gradient descent with small enough steps raises the margin of a homogeneous network",
    source=Paper(
        "Lyu & Li", 2020, arxiv="1906.05890", result="Theorem 4.2", fidelity=CONFIRMED,
        title="Gradient Descent Maximizes the Margin of Homogeneous Neural Networks",
    ),
    summary="The constants C and kappa of the step and the modified margin are derived here from the paper's formulas. The three "
    "inequalities of a step are proved, for every number of examples and every degree, from Taylor's theorem and the scale of the norm.",
)  # fmt: skip

# fmt: off
# Setting. theta(t+1) = theta(t) - eta(t) grad loss, eta = rule; theta(t+a) lies on the segment between them; 0 < a <= 1.
T = theorem.clock("T", log=True, meaning="1/loss at the start + sum of the steps eta so far; recorded as log T")
a = theorem.index("a", meaning="sampled fractions of a step, 0 < a <= 1", sign="positive")
n = theorem.index("n", meaning="examples")
x = theorem.index("x", meaning="sampled margins of one example")
v = Symbol("v")
f = theorem.function("f", v, v, "the loss of an example with margin v is e^{-f(v)}")

L = theorem.parameter("L", "degree of homogeneity")
N = theorem.parameter("N", "number of examples")
B0 = theorem.parameter("B0", "largest |q_n| on the unit sphere")
B1 = theorem.parameter("B1", "largest |grad q_n| on the unit sphere")
B2 = theorem.parameter("B2", "largest |Hess q_n| on the unit sphere", sign="nonnegative")
rho0 = theorem.parameter("rho0", "|theta| at the start", latex=r"\rho_0")
tau0 = theorem.parameter("tau0", "log(1/loss) at the start", sign="real", latex=r"\tau_0")
guarded0 = theorem.parameter("guarded0", "modified margin at the start", latex=r"\hat\gamma_0")
sigma2 = theorem.parameter("sigma2", "largest eigenvalue of sum_n x_n x_n^T", latex=r"\sigma^2")
q0 = theorem.quantity("q0", "margins at the start", over=n, latex="q_n(0)")

tau = theorem.quantity("tau", "log(1/loss)", over=T, latex=r"\tau")
loss = theorem.quantity("loss", "sum of e^{-f(q_n)}", over=T, log=True, latex=r"\mathcal{L}")
rho = theorem.quantity("rho", "|theta|", over=T, log=True, latex=r"\rho")
margin = theorem.quantity("margin", "normalised margin min q_n/rho^L", over=T, latex=r"\bar\gamma")
guarded = theorem.quantity("guarded", "modified margin e^{phi(loss)}/rho^L", over=T, log=True, latex=r"\hat\gamma")
eta = theorem.quantity("eta", "the step that was taken", over=T, log=True, latex=r"\eta")
grad = theorem.quantity("grad", "|grad loss|", over=T, log=True, latex=r"|\nabla\mathcal{L}|")
mean = theorem.quantity("mean", "sum of p_n q_n, with the softmax weights p_n", over=T, latex=r"\bar q")
turn = theorem.quantity("turn", "tangent of the angle between theta and -grad loss", over=T, latex=r"\tan\angle")
hess = theorem.quantity("hess", "|Hess loss|/loss, spectral norm", over=T, sign="nonnegative", latex=r"|\nabla^2\mathcal{L}|/\mathcal{L}")
kkt = theorem.quantity("kkt", "distance of theta/q_min^{1/L} to a combination of the grad q_n", over=T, sign="nonnegative")
growth = theorem.quantity("growth", "|theta(t+a)|^2/|theta(t)|^2 - 1", over=(T, a))
drop = theorem.quantity("drop", "(loss(t) - loss(t+a))/loss(t)", over=(T, a))
gain = theorem.quantity("gain", "log of the modified margin at t+a, less that at t", over=(T, a))

loss0 = theorem.define("loss0", Total(exp(-f(q0)), over=n), "the loss at the start: the sum, not the mean", latex=r"\mathcal{L}_0")
p = theorem.define("p", 2 - 2 / L, "the power of log(1/loss) in kappa")
C = theorem.define("C", (B1**2 + B2 * rho0**-L) / 2 * Max(guarded0**-p, B0**-p), "the constant of the step", latex=r"C_\eta")
lam = theorem.define("lam", 1 / tau, "lambda(loss)", latex=r"\lambda")
mu = theorem.define("mu", tau0 / (2 * tau), "mu(loss), in (0, 1/2]", latex=r"\mu")
late = theorem.define("late", Max(tau, p), "log(1/x) or 2 - 2/L, the larger")
kappa = theorem.define("kappa", exp(-late) * late**p, "kappa(loss): x (log 1/x)^{2 - 2/L}, and its maximum for larger x", latex=r"\kappa")
largest = theorem.define("largest", mu / (C * kappa), "the largest step admitted", latex=r"H(\mathcal{L})")
rule = theorem.define("rule", largest, "the step of the descent", latex=r"\eta_\mathrm{rule}")
nu = theorem.define("nu", loss * mean, "sum of e^{-q_n} q_n", latex=r"\nu")
smoothed = theorem.define("smoothed", tau / rho**L, "smoothed margin", latex=r"\tilde\gamma")
push = theorem.define("push", 2 * eta * L * nu / rho**2, "growth of |theta|^2 in one step to first order, relative")

# Hypotheses.
theorem.assume("twice-differentiable", assumed="linear and deep linear networks are polynomials, and cubed ReLU is C^2 away from 0; squared "
               "ReLU and the smoothed ReLU are not, and are left out", spec=("margin-kkt/T7/H1", "margin-kkt/T7/X4"))
theorem.assume("homogeneous", by_step="euler", meaning="q_n(c theta) = c^L q_n(theta) for c > 0", spec="margin-kkt/T7/H2")
theorem.assume("exponential-loss", by_step="loss", meaning="the loss is the sum of e^{-q_n}", spec="margin-kkt/T7/H2")
theorem.assume("fitted-start", loss0 < 1, "the loss at the start is below one", spec="margin-kkt/T7/H2")
theorem.assume("small-steps", Always(eta / largest <= 1), "eta(t) <= H(loss(t)) = mu/(C kappa)", within=Rational(1, 10**9),
    spec=("margin-kkt/T7/H3", "margin-kkt/T7/E1", "margin-kkt/T7/E2", "margin-kkt/T7/E4"))
theorem.assume("steps-do-not-die", by_step="steps-bounded-below", meaning="the sum of the steps diverges", spec="margin-kkt/T7/H4")

# Conclusions.
STEP = ("deep-linear-2-from-5", "deep-linear-2-from-20", "linear-from-5", "relu-cubed-from-5")
FAR = ("linear-far", "deep-linear-2-far")
theorem.conclude("norm-grows", Always(And(a * push <= growth, growth <= a * push * (1 + lam * mu / L)), over=(T, a)),
    "P2: |theta|^2 grows as along gradient flow, up to a factor 1 + lambda mu/L", spec="margin-kkt/T7/S1")
theorem.conclude("loss-falls", Always(drop >= a * eta * (1 - mu) * grad**2 / loss, over=(T, a)),
    "P3: the loss falls by a eta (1 - mu) |grad loss|^2 at least", spec="margin-kkt/T7/S2")
theorem.conclude("margin-gains", Always(gain >= L * turn**2 * log(1 + growth) / 2, over=(T, a)),
    "P4: the modified margin gains what turning costs, as along gradient flow",
    spec=("margin-kkt/T7/S3", "margin-kkt/T7/N3", "margin-kkt/T7/C1"))
theorem.conclude("modified-margin-rises", Nondecreasing(guarded), "the modified margin never falls",
    spec=("margin-kkt/T7/C1", "margin-kkt/T7/E3", "margin-kkt/T7/X1"))
theorem.conclude("strict-or-still", Always(Or(gain > 0, Eq(turn, 0)), over=(T, a)), "it rises, or the direction rests",
    within=Rational(1, 10**6), because="a turn of 1e-6 is far below any recorded", spec="margin-kkt/T7/C1")
theorem.conclude("norm-rises", Always(growth > 0, over=(T, a)), "the norm rises at every step", spec="margin-kkt/T7/C2")
theorem.conclude("between", Always(And(guarded < smoothed, smoothed <= margin)), "the modified margin is below the smoothed one, which is at "
    "most the margin", within=Rational(1, 10**12), because="margins below one are known to rounding", spec="margin-kkt/T7/C5")
theorem.conclude("what-is-given-up", Always(Eq(log(smoothed / guarded), tau0 / tau + tau0 / (2 * L * tau**2))),
    on=STEP, meaning="the logarithm of smoothed over modified margin, once tau_0 is above 2; at the start it is 1 + 1/(2 L tau_0)",
    within=Rational(1, 10**7), because="the integral in phi is known to 1e-9; with lambda in place of lambda/L it is off by 1/tau",
    differs="a closed form, in our reading with lambda/L in r, of what the paper defines by a supremum and an integral",
    spec=("margin-kkt/T7/X3", "margin-kkt/T7/Q2", "margin-kkt/T7/Q3"))
theorem.conclude("smooth-enough", Always(hess * loss <= 2 * C * kappa), "|Hess loss| is at most 2 C kappa(loss)", spec="margin-kkt/T7/S6")
theorem.conclude("loss-vanishes", Tends(1 / tau, 0), "the loss tends to zero", within=Rational(1, 8), on=FAR, level="thorough",
    because="tau grows like the root of the number of steps, and ends above 40", spec="margin-kkt/T7/C2")
theorem.conclude("norm-diverges", BigO(1 / rho, log(T) ** (-1 / (2 * L))), "the norm tends to infinity, at least as (log T)^{1/(2L)}",
    within=Rational(1, 8), because="its order is (log T)^{1/L}", on=FAR, level="thorough", spec="margin-kkt/T7/C2")
theorem.conclude("margins-meet", Tends(guarded / margin, 1), "modified, smoothed and plain margin have the same limit", within=Rational(1, 6),
    because="tau_0/tau ends near 1/10", on=FAR, level="thorough", spec="margin-kkt/T7/C5")
theorem.conclude("kkt-limit", Tends(kkt, 0), "limit directions are KKT points of the margin problem", within=Rational(1, 4),
    because="kkt ends below 1/50; for two layers it falls like the root of 1/tau, too slowly to be extrapolated", on="linear-far", level="thorough", spec="margin-kkt/T7/C3")
theorem.conclude("loss-rate", Theta(loss, 1 / (T * log(T) ** (2 - 2 / L))), "the loss is of the order 1/(T (log T)^{2 - 2/L})",
    within=Rational(1, 4), because="the nearest variants are off by a power 1 of log T", on=FAR, level="thorough", spec="margin-kkt/T7/C4")
for name, value in {"tau": tau, "smoothed margin": smoothed, "modified margin": guarded, "C": C}.items():
    theorem.tabulate(name, value)

# Proof. What the numbers of a step are to one another, at a step before which nothing has failed yet.
q = theorem.quantity("q", "margins q_n", over=(T, n), latex="q_n")
along = theorem.quantity("along", "<grad q_n, theta>", over=(T, n), latex=r"\langle\nabla q_n,\theta\rangle")
weight = theorem.quantity("weight", "e^{-q_n}", over=(T, n), sign="nonnegative", latex="e^{-q_n}")
slope = theorem.quantity("slope", "<grad q_n, v> for a unit vector v", over=(T, n))
curve = theorem.quantity("curve", "<v, Hess q_n v>", over=(T, n))
bend = theorem.quantity("bend", "second derivative of the loss in the direction of the step, at Taylor's intermediate point", over=(T, a))
P = theorem.parameter("P", "any positive power")
theorem.relation("degree", L >= 1, "the degree is at least one")
theorem.relation("start", tau0 > 0, "the loss at the start is below one")
theorem.relation("clock", Always(Eq(loss, exp(-tau))), "tau = log(1/loss)")
theorem.relation("fraction", Always(a <= 1), "a fraction of a step")
theorem.relation("below-start", Always(tau >= tau0), "the loss has not risen so far")
theorem.relation("above-start", Always(tau >= guarded0 * rho**L), "smoothed margin >= modified margin >= its start, so far")
theorem.relation("norm-so-far", Always(rho**-L <= rho0**-L), "the norm has not fallen so far")
theorem.relation("weighted", Always(mean >= tau), "sum p_n q_n = tau + the entropy of p")
theorem.relation("update", Always(Eq(rho**2 * growth, 2 * a * eta * L * nu + a**2 * eta**2 * grad**2), over=(T, a)),
    "|theta - a eta grad loss|^2, with <theta, -grad loss> = L nu by Euler")
theorem.relation("angle", Always(Eq(grad**2, (L * nu / rho) ** 2 * (1 + turn**2))), "the radial part of -grad loss is L nu/rho")
theorem.relation("gradient-bound", Always((loss * B1 * rho ** (L - 1)) ** 2 >= grad**2), "|grad q_n| <= B1 rho^{L-1}")
theorem.relation("taylor", Always(Eq(loss * drop, a * eta * grad**2 - (a * eta * grad) ** 2 * bend / 2), over=(T, a)), "Taylor's theorem on the segment")
theorem.relation("on-the-segment", Always(bend <= 2 * C * kappa, over=(T, a)), "the step smooth-enough on the segment, where the loss is no larger: "
    "it falls from the start of the segment on, and kappa rises with it")
theorem.relation("convex", Always(gain + L * log(1 + growth) / 2 >= (1 + 2 * (1 + lam / L) * mu) / tau * drop, over=(T, a)),
    "phi is convex, with slope -r(loss) at most, and r = (1 + 2 (1 + lambda/L) mu)/(loss log(1/loss))")
theorem.relation("larger", Always(Eq((late - tau) * (late - p), 0)), "the larger of two numbers is one of them")
theorem.relation("slopes", Always(And(slope**2 <= (B1 * rho ** (L - 1)) ** 2, -curve <= B2 * rho ** (L - 2)), over=(T, n)),
    "bounds on the unit sphere, scaled by the degrees L - 1 and L - 2 of the derivatives")
theorem.relation("weights", Always(Eq(Total(weight, over=n), loss)), "the loss is the sum of e^{-q_n}")

theorem.step("euler", Always(Eq(along, L * q), over=(T, n)),
    by=by_cas(euler_identity_holds, "sum_i theta_i dPhi/dtheta_i = L Phi on every architecture, by SymPy"))
theorem.step("loss", Always(Eq(f(x), x), over=x), by=identity())
theorem.step("tau-positive", Always(tau > 0), by=bound(Given("below-start") + tau0), given=("below-start", "start"))
theorem.step("power", p >= 0, by=bound(2 * Given("degree") / L), given="degree")
theorem.step("power-and-one", p + 1 > 0, by=bound(1 + Given("power")), given=("power", "degree"))
theorem.step("late-positive", Always(late > 0), by=bound(Gap(late, 1) + tau), given="tau-positive")
theorem.step("mu-at-most-half", Always(Rational(1, 2) >= mu), by=bound(Given("below-start") / (2 * tau)), given=("below-start", "tau-positive"))
SIGNS = ("start", "power-and-one", "tau-positive", "late-positive", "power", "degree", "mu-at-most-half")
theorem.step("kappa-max", Always(exp(P * (log(P) - 1)) >= exp(-tau) * tau**P), given="tau-positive", spec="margin-kkt/T7/S7",
    by=bound(exp_gap(P * (log(P) - 1), -tau + P * log(tau), P * Tangent(tau / P))), meaning="max of x (log 1/x)^P")
theorem.step("kappa-above", Always(kappa >= loss * tau**p), given=(*SIGNS, "clock", "larger"), by=bound(
    exp_gap(-late + p * log(late), -tau + p * log(tau), late * Tangent(tau / late) + Gap(late, 0) * Tangent(late / tau))),
    spec="margin-kkt/T7/S7", meaning="kappa bounds x (log 1/x)^{2 - 2/L}, also where it is constant")
theorem.step("steps-bounded-below", Always(exp((p + 1) * (log(p + 1) - 1)) >= tau * kappa), given=SIGNS, by=bound(
    exp_gap((p + 1) * (log(p + 1) - 1), -late + (p + 1) * log(late), (p + 1) * Tangent(late / (p + 1))) + kappa * Gap(late, 1)),
    meaning="so H(loss) = tau_0/(2 C tau kappa) has a positive lower bound, and the sum of the steps diverges")
theorem.step("scale", Always(guarded0**-p * tau**p >= rho ** (2 * L - 2)), given=(*SIGNS, "above-start"),
    by=bound(power_gap(tau / guarded0, rho**L, p, Given("above-start") / guarded0)))
theorem.step("hessian", Always(Total(weight * (slope**2 - curve), over=n) <= loss * rho ** (2 * L - 2) * (B1**2 + B2 * rho**-L)),
    by=bound(-Total(weight * (Given("slopes") + Given("slopes", 1)), over=n)), given=("slopes", "weights"), spec="margin-kkt/T7/S5",
    meaning="the second derivative of the loss along v, and so |Hess loss|")
K0 = B1**2 + B2 * rho0**-L
theorem.step("smoothness", Always(loss * rho ** (2 * L - 2) * (B1**2 + B2 * rho**-L) <= 2 * C * kappa), spec="margin-kkt/T7/S6",
    given=(*SIGNS, "kappa-above", "scale", "norm-so-far"), by=bound(
        K0 * Gap(Max(guarded0**-p, B0**-p), 1) * kappa + K0 * guarded0**-p * Given("kappa-above") + loss * K0 * Given("scale")
        - loss * rho ** (2 * L - 2) * B2 * Given("norm-so-far")), meaning="the larger of the two powers in C is needed here")
theorem.step("smooth", "smooth-enough", given=("hessian", "smoothness"), by=cited("the spectral norm is the largest second derivative along a unit vector"))
REACH = ("small-steps", "gradient-bound", "smoothness", "weighted", *SIGNS)
theorem.step("small-move", Always(eta * grad**2 <= 2 * lam * mu * nu), given=REACH, by=bound(
    2 * lam * mu * loss * Given("weighted") - grad**2 * largest * Given("small-steps") + mu / (C * kappa) * Given("gradient-bound")
    + mu * loss / (C * kappa) * (loss * rho ** (2 * L - 2) * B2 * rho**-L - Given("smoothness"))))
theorem.step("mean-positive", Always(mean > 0), by=bound(Given("weighted") + tau), given=("weighted", "tau-positive"))
theorem.step("p2", "norm-grows", given=("update", "small-move", "fraction", "mean-positive", *SIGNS), by=bound(
    (a * eta * grad / rho) ** 2, a * eta / rho**2 * (-Given("small-move") - Given("fraction") * eta * grad**2)), spec="margin-kkt/T7/S1")
theorem.step("p2-strict", "norm-rises", given=("update", "mean-positive", "degree"), by=bound(a * push + (a * eta * grad / rho) ** 2))
theorem.step("descent-lemma", Always(loss * drop >= a * eta * grad**2 - (a * eta * grad) ** 2 * C * kappa, over=(T, a)), spec="margin-kkt/T7/S8",
    given=("taylor", "on-the-segment", *SIGNS), by=bound(-((a * eta * grad) ** 2) / 2 * Given("on-the-segment")))
theorem.step("p3", "loss-falls", given=("descent-lemma", "small-steps", "fraction", *SIGNS), spec="margin-kkt/T7/S2", by=bound(
    Given("descent-lemma") / loss + a**2 * eta * grad**2 / loss * -mu * Given("small-steps") - a * eta * grad**2 / loss * mu * Given("fraction")))
theorem.step("p4-algebra", Always(Eq((1 - mu) * (1 + 2 * (1 + lam / L) * mu) - (1 + lam / L * mu), mu * (1 - 2 * mu) * (1 + lam / L))),
    by=identity(), given=SIGNS, spec="margin-kkt/T7/S4", meaning="not negative, since mu <= 1/2")
theorem.step("p4", "margin-gains", given=("convex", "angle", "p2", "p2-strict", "p3", "weighted", "mean-positive", *SIGNS), spec="margin-kkt/T7/S3",
    by=bound(Given("convex") + (1 + 2 * (1 + lam / L) * mu) / tau * Given("p3")
             + mu * 2 * Given("mu-at-most-half") * (1 + lam / L) * a * eta * grad**2 / (loss * tau)
             + L / 2 * (1 + turn**2) * ((1 + lam / L * mu) * a * push * Given("weighted") / tau - Given("p2", 1) + Tangent(1 + growth))))
GROWS = log_gap(1 + growth, 1, Given("p2-strict"))
theorem.step("gains", Always(gain >= 0, over=(T, a)), given=("p4", "p2-strict"), by=bound(Given("p4") + L * turn**2 / 2 * GROWS))
theorem.step("rises", "modified-margin-rises", given="gains", by=cited("what gains at every step does not fall"))
theorem.step("strictly", "strict-or-still", given=("p4", "p2-strict"), by=bound(Given("p4") + L * turn**2 / 2 * GROWS))
rest = theorem.quantity("rest", "integral of the running supremum less 1/sigma over sigma > tau", over=T, sign="positive")
theorem.relation("modified", Always(Eq(log(guarded), log(tau) - rest - L * log(rho))), "log of the modified margin; the supremum is above 1/sigma")
theorem.relation("least", Always(margin * rho**L >= tau), "tau is at most the least q_n")
theorem.step("sandwich", "between", given=("modified", "least", "tau-positive"), by=bound(
    exp_gap(log(tau) - L * log(rho), log(guarded), rest), Given("least") / rho**L), spec="margin-kkt/T7/C5")
theorem.step("integral", "what-is-given-up", given="modified", by=cited("the integral of (tau_0/sigma^2)(1 + 1/(L sigma)) over sigma > tau"))
theorem.step("limits", "loss-vanishes", given=("p3", "p4", "steps-bounded-below"),
    by=cited("a sum of eta |grad loss|^2 that converges, with the margin bounded below (Lyu & Li, Appendix E)"))
theorem.step("norm-limit", "norm-diverges", given="limits", by=cited("the order of the norm (Theorem 4.3 of the same paper)"))
theorem.step("common-limit", "margins-meet", given=("limits", "integral"), by=cited("rest tends to zero, and tau <= q_min <= tau + log N"))
theorem.step("limit-points", "kkt-limit", given=("p4", "limits"), by=cited("as for gradient flow, with P4 in place of its rate (Lyu & Li, Appendix E)"))
theorem.step("rate", "loss-rate", given=("p2", "p3"), by=cited("Lyu & Li, Corollary E.5: the rates of gradient flow with T for t"))
# fmt: on


# Instances: a network, examples, and a start where gradient flow has brought the loss down to e^{-tau_0}.
def fitted(rng, network, tau_start):
    """Six Gaussian points in three dimensions, labelled by a random hyperplane; two instances."""
    return random_fitted(rng, network, 2, points=6, inputs=3, tau=tau_start)


@theorem.family("deep-linear-2-from-5", spec=("margin-kkt/T7/E5", "margin-kkt/T7/Q2", "margin-kkt/T7/X2"))
def from_5(rng, size):
    """Two layers, from tau_0 = 5: late enough for C to be moderate."""
    return fitted(rng, "deep-linear-2", 5.0)


@theorem.family("deep-linear-2-from-20", spec=("margin-kkt/T7/E5", "margin-kkt/T7/Q3"))
def from_20(rng, size):
    """Two layers, from tau_0 = 20."""
    return fitted(rng, "deep-linear-2", 20.0)


@theorem.family("linear-from-5")
def linear_from_5(rng, size):
    """A linear predictor, from tau_0 = 5."""
    return fitted(rng, "linear", 5.0)


@theorem.family("relu-cubed-from-5", level="thorough")
def relu_cubed_from_5(rng, size):
    """Six cubed ReLU units on four inputs in the positive octant, all of one class, from tau_0 = 5: else C is of the order 10^6."""
    inputs, theta = 0.5 + np.abs(rng.normal(size=(4, 3))), np.abs(rng.normal(size=24))
    start, _ = fitted_start(
        ARCHITECTURES["relu-cubed"], EXPONENTIAL, Examples.signed(inputs), 0.3 * theta, tau=5.0, tolerance=1e-8
    )
    return [network_instance("octant", "relu-cubed", inputs, [1, 1, 1, 1], start)]


@theorem.family("deep-linear-2-from-half", level="thorough", spec=("margin-kkt/T7/Q1", "margin-kkt/T7/X1"))
def from_half(rng, size):
    """Two layers, from tau_0 = .506, where r is not monotone and C is in the thousands."""
    return fitted(rng, "deep-linear-2", 0.506)


@theorem.family(
    "linear-far", level="thorough", decides=("loss-vanishes", "norm-diverges", "margins-meet", "kkt-limit", "loss-rate")
)
def linear_far(rng, size):
    """A linear predictor, by many steps from tau_0 = 5."""
    return [far(each) for each in fitted(rng, "linear", 5.0)]


@theorem.family(
    "deep-linear-2-far",
    level="thorough",
    decides=("loss-vanishes", "norm-diverges", "margins-meet", "loss-rate"),
)
def deep_linear_far(rng, size):
    """Two layers, by many steps from tau_0 = 5."""
    return [far(each) for each in fitted(rng, "deep-linear-2", 5.0)]


def far(instance):
    return Instance(instance.label, dict(instance.data) | {"steps": 300_000})


@theorem.family("steep-pair", decides=("loss-falls", "modified-margin-rises"), spec="margin-kkt/T7/M2")
def steep_pair(rng, size):
    """z = (1, 10) and (1, -10) from theta = (1, 1/20), with loss .8297: a step of one throws theta across."""
    return [network_instance("steep", "linear", [[1, 10], [1, -10]], [1, 1], np.array([1.0, 0.05]))]


@theorem.family(
    "constant-step", without="small-steps", decides=("norm-grows", "loss-falls", "modified-margin-rises", "norm-rises")
)
def constant_step(rng, size):
    """z = (1, h) and (1, -h) from theta = (1, 1/(2h)), with loss .8297, by the constant step 1; h = 10, and two drawn from 5 to 20."""
    heights = [10.0, *rng.uniform(5.0, 20.0, size=2)]
    pairs = [([[1.0, height], [1.0, -height]], np.array([1.0, 0.5 / height])) for height in heights]
    return [network_instance(f"h = {z[0][1]:.3g}", "linear", z, [1, 1], theta, eta=1) for z, theta in pairs]


@theorem.family("gentle-pair", decides=("loss-falls", "constant-but-harmless"), spec="margin-kkt/T7/N4")
def gentle_pair(rng, size):
    """z = (1, 1) and (1, -1) from the same theta, with loss .737."""
    return [network_instance("gentle", "linear", [[1, 1], [1, -1]], [1, 1], np.array([1.0, 0.05]))]


def tall_pair(tau_start):
    @theorem.family(
        f"tall-pair-from-{tau_start}", decides=("norm-grows", "loss-falls", "modified-margin-rises", "smooth-enough")
    )
    def draw(rng, size):
        """Inputs (1, 10) and (1, -10) of two layers: long gradients and a small margin, so that C has little to spare."""
        inputs = np.array([[1.0, 10.0], [1.0, -10.0]])
        theta = np.array([1.0, 0.05, 0.3, 0.0, 0.1, 0.0, 0.2, 0.0, 1.0, 0.2, 0.1, 0.3])
        examples = Examples.signed(inputs)
        start, _ = fitted_start(
            ARCHITECTURES["deep-linear-2"], EXPONENTIAL, examples, theta, tau=tau_start, tolerance=1e-8
        )
        return [network_instance(f"tall, tau_0 = {tau_start}", "deep-linear-2", inputs, [1, 1], start)]


tall_pair(5)
tall_pair(20)


@theorem.space("points", like="steep-pair", decides=("loss-falls", "modified-margin-rises"))
def few_points(draw):
    """Two to four integer points in at most three dimensions, labelled +1, and a start of a linear predictor; most starts are not fitted."""
    count, dimension = draw.integer("points", 2, 4), draw.integer("dimension", 1, 3)
    inputs = draw.rationals("inputs", -10, 10, (count, dimension))
    start = draw.rationals("start", -2, 2, dimension, denominator=20).astype(float)
    if not start.any() or not all(row.any() for row in inputs):
        draw.reject("the start or a point is the origin")
    return network_instance("searched", "linear", inputs, count * [1], start)


@theorem.family("loss-above-one", without="fitted-start", decides="norm-rises")
def loss_above_one(rng, size):
    """Two layers that misclassify z = (1, 1) and (1, -1) by one each: the norm falls first."""
    theta = np.zeros(12)
    theta[0], theta[8] = -1.0, 1.0
    return [network_instance("behind", "deep-linear-2", [[1, 1], [1, -1]], [1, 1], theta, steps=1)]


@theorem.family("any-start", without="fitted-start", decides="classical-step", spec="margin-kkt/T4/H4")
def any_start(rng, size):
    """Gaussian points and any start, fitted or not."""
    batch = []
    for k in range(4):
        hyperplane, inputs = rng.normal(size=3), rng.normal(size=(6, 3))
        batch.append(network_instance(f"any {k}", "linear", inputs, np.sign(inputs @ hyperplane), rng.normal(size=3)))
    return batch


# Experiments.
STEPS = {"quick": 500, "thorough": 1500}


@theorem.observe(measures=[x, q0, B0, B1, B2, rho0, tau0, guarded0, sigma2])
def start(instances, setting, run):
    """Margins at the start, the bounds over the unit sphere, and the modified margin."""
    found = [start_numbers(each) for each in instances]
    margins, mask = padded([list(each["q0"]) for each in found])
    single = set(found[0]) & set(theorem.quantities) - {"q0", "L"}
    columns = {name: Column(np.array([each[name] for each in found]), error=1e-14) for name in single}
    columns |= {
        "x": Column(np.tile(np.linspace(-3.0, 3.0, 13), (len(instances), 1)), ("x",)),
        "q0": Column(margins, ("n",), error=1e-14 * np.abs(margins)),
    }
    return Trace(columns, [""] * len(instances), {"n": mask})


@theorem.experiment(measures=[T, tau, loss, rho, margin, guarded, eta, grad, mean, turn, kkt, growth, drop, gain, a])
def gradient_descent(instances, setting, run):
    """1500 steps (500 at the quick level), each with what it does at three fractions of it; or as many as the instance asks for."""
    batch, many = descent_batch(instances, unfolded(setting, rule), tau), instances[0].get("steps")
    columns = descent_columns(
        batch, loss_from(setting[f](v), v), steps=many or STEPS[run.level], rows=400 if many else None
    )
    return Trace(columns, [""] * len(instances))


@theorem.experiment(measures=[T, tau, loss, hess], decides="smooth-enough")
def hessians(instances, setting, run):
    """The Hessian of the loss at thirty of 300 steps."""
    batch = descent_batch(instances, unfolded(setting, rule), tau)
    return Trace(hessian_columns(batch, steps=300, rows=30), [""] * len(instances))


# What must be refuted.
# fmt: off
TALL = ("tall-pair-from-5", "tall-pair-from-20")
DECISIVE = ("deep-linear-2-from-5", "deep-linear-2-from-20")
logistic = -log(log(1 + exp(-v)))
theorem.mutant("only-to-first-order", of="norm-grows", formula=Always(And(a * push <= growth, growth <= a * push), over=(T, a)), why="without lambda mu/L")
theorem.mutant("descent-in-full", of="loss-falls", formula=Always(drop >= a * eta * grad**2 / loss, over=(T, a)), on="linear-from-5",
    why="without 1 - mu; by convexity the loss of a linear predictor falls by less at every step", spec="margin-kkt/T7/M3")
theorem.mutant("thousandfold", of="loss-falls", define={rule: 1000 * largest}, on=(*DECISIVE, *TALL), why="any multiple of H will do", spec="margin-kkt/T7/M1")
theorem.mutant("constant-step", of="loss-falls", define={rule: Integer(1)}, on="steep-pair", why="any constant step will do", spec="margin-kkt/T7/M2")
theorem.mutant("bound-attained", of="margin-gains", formula=Always(Eq(gain, L * turn**2 * log(1 + growth) / 2), over=(T, a)), why="the bound as an equality")
theorem.mutant("unmodified", of="modified-margin-rises", formula=Nondecreasing(smoothed), define={rule: 100 * largest}, on=TALL,
    why="the smoothed margin itself, at a hundred times the step", spec="margin-kkt/T7/M4")
theorem.mutant("doubles", of="strict-or-still", formula=Always(gain > 1, over=(T, a)), why="the modified margin gains a factor e at every step")
theorem.mutant("norm-doubles", of="norm-rises", formula=Always(growth > a, over=(T, a)), why="the squared norm doubles at every step")
theorem.mutant("above-the-margin", of="between", formula=Always(And(guarded < smoothed, margin < smoothed)), why="the smoothed margin is above the margin")
theorem.mutant("lambda-not-over-L", of="what-is-given-up", formula=Always(Eq(log(smoothed / guarded), tau0 / tau + tau0 / (2 * tau**2))), on=DECISIVE,
    why="lambda in place of lambda/L in r", spec="margin-kkt/T7/X3")
theorem.mutant("smaller-power", of="smooth-enough", define={C: (B1**2 + B2 * rho0**-L) / 2 * Min(guarded0**-p, B0**-p)}, on=TALL,
    why="the smaller of the two powers in C", spec="margin-kkt/T7/M5")
theorem.mutant("loss-stays", of="loss-vanishes", formula=Tends(1 / tau, Rational(1, 2)), why="the loss tends to e^{-2}", level="thorough")
theorem.mutant("norm-too-fast", of="norm-diverges", formula=BigO(1 / rho, log(T) ** (-2 / L)), why="of the order (log T)^{2/L}", level="thorough")
theorem.mutant("margins-apart", of="margins-meet", formula=Tends(guarded / margin, exp(-1)), why="the factor 1/e of the start remains", level="thorough")
theorem.mutant("not-kkt", of="kkt-limit", formula=Tends(kkt, 1), why="the distance tends to 1", level="thorough")
theorem.mutant("rate-without-log", of="loss-rate", formula=Theta(loss, 1 / T), on="deep-linear-2-far", why="1/T at every degree", level="thorough")
theorem.mutant("rate-with-twice-the-log", of="loss-rate", formula=Theta(loss, 1 / (T * log(T) ** (4 - 4 / L))), on="deep-linear-2-far",
    why="1/(T (log T)^{4 - 4/L})", level="thorough")
THREE = And(Always(a * push <= growth, over=(T, a)), Always(drop >= a * eta * (1 - mu) * grad**2 / loss, over=(T, a)),
            Always(gain >= L * turn**2 * log(1 + growth) / 2, over=(T, a)))
LOOSE = ("twice-differentiable", "homogeneous", "exponential-loss", "fitted-start")
theorem.control("tenfold", formula=THREE, define={rule: 10 * largest}, under=LOOSE, on=DECISIVE, why="a tenth of C would do here: the bound is not sharp",
    spec=("margin-kkt/T7/N2", "margin-kkt/T7/N3"))
theorem.control("hundredfold-early", formula=THREE, define={rule: 100 * largest}, under=LOOSE, on="deep-linear-2-from-half",
    why="from tau_0 = 1/2 the bound is so cautious that a hundred times the step is harmless", spec=("margin-kkt/T7/N1", "margin-kkt/T7/X2"))
theorem.control("constant-but-harmless", formula=Always(drop >= 0, over=(T, a)), within=Rational(1, 10**9), define={rule: Integer(1000)}, under=LOOSE, on="gentle-pair",
    why="on this pair even the constant step 1000 is harmless", spec="margin-kkt/T7/N4")
theorem.control("classical-step", define={f: logistic, rule: 7 / sigma2}, under=(), on="any-start", spec="margin-kkt/T4/H4",
    formula=Always(drop >= a * eta * (1 - a * eta * sigma2 / 8) * grad**2 / loss, over=(T, a)),
    why="the logistic loss is 1/4-smooth, so a constant step below 8/sigma^2 lowers it from any start")

theorem.ablate("small-steps", breaks="loss-falls", on=TALL[0], define={rule: 1000 * largest}, name="thousandfold-from-5", spec="margin-kkt/T7/A1")
theorem.ablate("small-steps", breaks="loss-falls", on=TALL[1], define={rule: 1000 * largest}, name="thousandfold-from-20", spec="margin-kkt/T7/A2")
theorem.ablate("small-steps", breaks="norm-grows", on=TALL, define={rule: 100 * largest}, name="hundredfold-norm", spec="margin-kkt/T7/A3")
theorem.ablate("small-steps", breaks="loss-falls", on=TALL, define={rule: 100 * largest}, name="hundredfold-loss", spec="margin-kkt/T7/A3")
theorem.ablate("small-steps", breaks="modified-margin-rises", on=TALL, define={rule: 100 * largest}, name="hundredfold-margin", spec="margin-kkt/T7/A3")
theorem.ablate("small-steps", breaks="loss-falls", on="constant-step", name="with-a-constant-step", spec="margin-kkt/T7/M2")
theorem.ablate("fitted-start", breaks="norm-rises", on="loss-above-one")
# fmt: on
