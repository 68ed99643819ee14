"""The direction of gradient flow on a homogeneous network tends to KKT points of the maximum margin, and every rate is explicit.

Network Phi(theta; x) of degree L, margins q_n = y_n Phi(theta; x_n), loss = sum_n e^{-q_n}, theta' in -d(loss), u = theta/rho. Problem (P) is
min |theta|^2/2 subject to q_n(theta) >= 1. Scaled to feasibility, theta/q_min^{1/L} is an (eps, delta)-KKT point of (P), with eps = sqrt(2 (1 - beta))
times gamma^{-1/L} and delta = O(1/tau), and 1 - beta is at most what the smoothed margin gains: so limit directions are those of KKT points. They
need not be those of the largest margin.
"""

import numpy as np
from sympy import Eq, Max, Rational, exp, log, sqrt

from verify import (
    CONFIRMED,
    Always,
    And,
    BigO,
    Column,
    Eventually,
    Implies,
    Largest,
    Least,
    Paper,
    Rate,
    Sometimes,
    Tends,
    Theorem,
    Total,
    Trace,
)  # fmt: skip
from verify.dynamics import fitted, kkt_instances
from verify.dynamics.kkt_columns import limit_columns, selection_columns
from verify.dynamics.kkt_runs import norm_trace, start_trace, time_trace
from verify.models.architectures import euler_identity_holds
from verify.models.two_layer import DEFAULT_SMOOTHINGS
from verify.proof import At, Gap, Given, Tangent, bound, by_cas, cited, identity, log_gap
from verify.reference.max_margin import hard_margin

theorem = Theorem(
    "kkt-direction",
    title="Limit directions of gradient flow are those of KKT points of the maximum margin",
    source=Paper(
        "Lyu & Li", 2020, arxiv="1906.05890", result="Theorem 4.4", fidelity=CONFIRMED,
        title="Gradient Descent Maximizes the Margin of Homogeneous Neural Networks",
    ),
    summary="Every bound on the way is checked for every number of examples; the mean value and the limit of approximate KKT points are cited.",
)  # fmt: skip

# fmt: off
# Setting. q_n = y_n Phi(theta; x_n); h_n in the Clarke differential of q_n, at u; p_n proportional to -ell'(q_n); theta' = -grad loss.
t = theorem.clock("t", log=True, meaning="time of the flow, recorded as log t")
n = theorem.index("n", meaning="examples")
i = theorem.index("i", meaning="parameters")
c = theorem.index("c", meaning="sampled scales c > 0", sign="positive")
x = theorem.index("x", meaning="sampled margins of one example", sign="positive")
e = theorem.index("e", meaning="sampled tolerances", sign="positive")

L = theorem.parameter("L", "degree of homogeneity")
N = theorem.parameter("N", "number of examples")
rho = theorem.quantity("rho", "|theta|", over=t, log=True, latex=r"\rho")
loss = theorem.quantity("loss", "sum of ell(q_n)", over=t, log=True, latex=r"\mathcal{L}")
q = theorem.quantity("q", "margins y_n Phi(theta; x_n)", over=(t, n), latex="q_n")
u = theorem.quantity("u", "direction theta/rho", over=(t, i), latex="u_i")
h = theorem.quantity("h", "gradient of q_n at u", over=(t, n, i), latex="h_{ni}")
w = theorem.quantity("w", "|sum p_n h_n|, the force of the flow over loss rho^{L-1}", over=t, sign="positive", latex="|w|")
p = theorem.quantity("p", "weights of the examples in the gradient, formed as quotients of sums, so that none underflows",
    over=(t, n), sign="nonnegative", latex="p_n")
margin = theorem.quantity("margin", "normalised margin, min q_n / rho^L", over=t, sign="positive", latex=r"\bar\gamma")
smoothed = theorem.quantity("smoothed", "smoothed margin, ell^{-1}(loss)/rho^L", over=t, latex=r"\tilde\gamma")
misalignment = theorem.quantity("misalignment", "1 - beta, with beta the cosine of theta and theta'; formed without cancellation", over=t,
    sign="nonnegative", latex=r"1-\beta")
turn = theorem.quantity("turn", "|du/dlog rho| = sqrt(1/beta^2 - 1)", over=t, sign="nonnegative", latex=r"|u_{\log\rho}|")
turning = theorem.quantity("turning", "integral of turn^2 over log rho", over=t, sign="nonnegative", latex=r"\int(\beta^{-2}-1)")
calmest = theorem.quantity("calmest", "least turn^2 so far", over=t, sign="nonnegative", latex=r"\min(\beta^{-2}-1)")
selected = theorem.quantity("selected", "distance of the extrapolated direction from stationarity of the kinked network, best slopes at its kinks")
unselected = theorem.quantity("unselected", "the same with the leak as the slope at every kink")
misalignment_slope = theorem.quantity("misalignment_slope", "slope of log(1 - beta) over log log t, by least squares on tau in [10^3, 10^6]")
pace = theorem.quantity("pace", "g'(tau)/g(tau) at tau = log(1/loss), with g(log(1/ell)) the margin at which ell is attained", over=t, sign="positive")
rho0 = theorem.quantity("rho0", "|theta| at the start", sign="positive", latex=r"\rho_0")
loss0 = theorem.quantity("loss0", "the loss at the start", log=True, latex=r"\mathcal{L}_0")
smoothed0 = theorem.quantity("smoothed0", "smoothed margin at the start", sign="positive", latex=r"\tilde\gamma_0")
smoothed1 = theorem.quantity("smoothed1", "smoothed margin at the end of the trace, below its limit", sign="positive", latex=r"\tilde\gamma_1")
B1 = theorem.quantity("B1", "largest |grad q_n(u)| over |u| = 1 and n, or a bound of it for shared filters", sign="positive", latex="B_1")
defect = theorem.quantity("defect", "|q_n(c theta) - c^L q_n(theta)|, relative to c^L |theta|^L", over=(c, n), sign="nonnegative")
f_of_x = theorem.quantity("f_of_x", "-log ell(x)", over=x, latex="f(x)")

eps = theorem.quantity("eps", "sampled tolerances for stationarity", over=e, sign="positive", latex=r"\varepsilon")
delta = theorem.quantity("delta", "sampled tolerances for complementarity", over=e, sign="positive", latex=r"\delta")
bar = theorem.quantity("bar", "the point of the known limit direction with least margin 1, exactly", over=i, latex=r"\bar\theta_i")
hbar = theorem.quantity("hbar", "gradient of q_n there, exactly", over=(n, i), latex=r"\bar h_{ni}")
qbar = theorem.quantity("qbar", "margins there, exactly", over=n, latex=r"\bar q_n")
lbar = theorem.quantity("lbar", "multipliers there, exactly", over=n, sign="nonnegative", latex=r"\bar\lambda_n")
least_square = theorem.quantity("least_square", "min |theta|^2 subject to q_n >= 1, exactly", sign="positive", latex=r"\min|\theta|^2")
gstar = theorem.quantity("gstar", "max over |u| = 1 of min q_n(u)", sign="positive", latex=r"\gamma^*")
gamma2 = theorem.quantity("gamma2", "square of the maximum margin of the rows y_n x_n, exactly", sign="positive", latex=r"\gamma_1^2")
tangent = theorem.quantity("tangent", "distance of u to the direction of the support vector machine on the features h_n", over=t, sign="nonnegative")
cone = theorem.quantity("cone", "distance of u to the cone of the active h_n (nonnegative least squares)", over=t, sign="nonnegative")
sign_cone = theorem.quantity("sign_cone", "distance of sign(u) to that cone, relative to |sign(u)|", over=t, sign="nonnegative")
imbalance = theorem.quantity("imbalance", "norm of W_{k+1}^T W_{k+1} - W_k W_k^T over all layers, relative to the start", over=t, sign="nonnegative")

tau = theorem.define("tau", log(1 / loss), "log(1/loss)", latex=r"\tau")
least = theorem.define("least", Least(q, over=n), "the least margin", latex=r"q_{\min}")
lam = theorem.define("lam", p * margin ** (1 - 2 / L) / w, "multipliers q_min^{1-2/L} rho e^{-q_n}/|theta'|", latex=r"\lambda_n")
stationarity2 = theorem.define("stationarity2", Total((u * margin ** (-1 / L) - Total(lam * h, over=n) * margin ** (1 / L - 1)) ** 2, over=i),
    "|theta - sum lambda_n h_n(theta)|^2 at theta/q_min^{1/L}", latex=r"|\theta-\sum\lambda_n h_n|^2")
slack = theorem.define("slack", q / least - 1, "q_n - 1 there", latex="(q_n-1)")
C2 = theorem.define("C2", exp(-1) / (L * smoothed0 ** (2 / L)), "1/(e L smoothed0^{2/L})", latex="C_2")
r = theorem.define("r", Max(log(rho0), log(C2 / (delta * smoothed0)) / L), "where the window starts")
width = theorem.define("width", log(smoothed1 / smoothed0) / (L * eps**2 * smoothed0 ** (2 / L)), "its length in log rho", latex=r"\Delta")
beta = theorem.define("beta", 1 - misalignment, "cosine of theta and theta'", latex=r"\beta")
chord2 = theorem.define("chord2", Total((u - bar / sqrt(Total(bar**2, over=i))) ** 2, over=i), "distance of u to the known limit, squared")

# Hypotheses.
theorem.assume("chain-rule", assumed="the network admits a chain rule along arcs, as every composition of definable pieces does; "
               "an instance cannot test it", spec="margin-kkt/T2/H1")
theorem.assume("homogeneous", Always(defect <= Rational(1, 10**12), over=(c, n)), "q_n(c theta) = c^L q_n(theta) for c > 0",
    spec="margin-kkt/T2/H1")
theorem.assume("exponential-loss", Always(Eq(f_of_x, x), over=x), "the loss is the sum of e^{-q_n}", within=Rational(1, 10**12),
    spec="margin-kkt/T2/H1")
theorem.assume("fitted-start", loss0 < 1, "the loss at the start is below one", spec="margin-kkt/T2/H1")
theorem.assume("logistic-or-exponential", assumed="the loss is e^{-q} or log(1 + e^{-q}), as the instance says")

# Conclusions.
LINEAR = ("five-points", "deep-linear-2", "deep-linear-3", "deep-linear-4")
SMOOTH = tuple(fitted.SETTLED)
DIAGONAL = ("diagonal-corner", "diagonal-inside")
NETWORKS_ALL = (*LINEAR, *SMOOTH)
EVERYWHERE = (*NETWORKS_ALL, "convolution")  # bounds at every point of every flow, at rest near a saddle or not
theorem.conclude("stationary", BigO(misalignment * margin ** (-2 / L), log(t) ** (-1 / L)), within=Rational(1, 10),
    meaning="every limit direction is that of a stationary point: eps^2 = 2 (1 - beta) gamma^{-2/L} vanishes, at least as (log t)^{-1/L}",
    because="its exponent is -2/L on settled networks, and the claim is one-sided", on=NETWORKS_ALL,
    differs="a rate where the source has a limit; the rate is our own", spec=("margin-kkt/T2/C1", "margin-kkt/T2/X4"))
theorem.conclude("complementary", Tends(Total(lam * slack, over=n), 0), "... with multipliers on the active constraints only", within=Rational(1, 100),
    because="it is O(1/tau)", on=EVERYWHERE, spec="margin-kkt/T2/C1")
theorem.conclude("limit-is-kkt", And(Always(qbar >= 1, over=n), Always(lbar >= 0, over=n), Always(Eq(bar, Total(lbar * hbar, over=n)), over=i),
    Always(Eq(lbar * (qbar - 1), 0), over=n)), "where the limit is known, it is a KKT point exactly", on=("five-points", *DIAGONAL),
    spec=("margin-kkt/T2/C1", "margin-kkt/T2/E1"))
theorem.conclude("limit-reached", Tends(chord2, 0), "and the flow tends to it", within=Rational(1, 100), because="it is O(tau^{-2/L}); the edge of the quadrant is .3 and more away",
    on=("five-points", *DIAGONAL), spec="margin-kkt/T2/C1")
theorem.conclude("eps-exact", Always(Eq(stationarity2 * margin ** (2 / L), 2 * misalignment)), "the exact stationarity", within=Rational(1, 10**7),
    because="it ends at 10^-6 and more on deep networks", on=(*NETWORKS_ALL, "one-example"),
    spec=("margin-kkt/T2/S1", "margin-kkt/T2/Q1", "margin-kkt/T2/X1"))
theorem.conclude("eps-bound", Always(stationarity2 <= 2 * misalignment * smoothed0 ** (-2 / L)), "eps <= C_1 sqrt(1 - beta)", within=Rational(1, 10**12),
    because="both vanish on the corner", on=EVERYWHERE, spec=("margin-kkt/T2/C2", "margin-kkt/T2/Q1", "margin-kkt/T2/Q3"))
theorem.conclude("delta-each", Always(lam * slack <= C2 / tau, over=(t, n)), "each complementarity is at most C_2/tau",
    on=EVERYWHERE, spec=("margin-kkt/T2/C10", "margin-kkt/T2/X1"))
theorem.conclude("delta-sum", Always(Total(lam * slack, over=n) <= (N - 1) * C2 / tau), "their sum at most (N - 1) C_2/tau",
    within=Rational(1, 10**10), because="one example attains it", on=EVERYWHERE, spec=("margin-kkt/T2/C11", "margin-kkt/T2/Q2", "margin-kkt/T2/Q3"))
theorem.conclude("delta-logistic", Always(lam * slack <= C2 * (1 + exp(-least)) * pace, over=(t, n)), spec="margin-kkt/T2/C12",
    meaning="under the logistic loss, with g(tau)/g'(tau) for tau; under the exponential loss it is implied",
    under=("chain-rule", "homogeneous", "fitted-start", "logistic-or-exponential"), on=("logistic", "five-points"))
theorem.conclude("turning-is-paid", Always(turning <= log(smoothed / smoothed0) / L), within=Rational(1, 10**6), because="one example attains it",
    meaning="int (beta^{-2} - 1) dlog rho is at most what log(smoothed)/L gains", on=(*EVERYWHERE, "one-example"), spec="margin-kkt/T2/C3")
theorem.conclude("calm-moment", Always(calmest * log(rho / rho0) <= log(smoothed / smoothed0) / L), within=Rational(1, 10**6),
    meaning="so beta^{-2} - 1 is once at most the mean of that", because="one example attains it near the start",
    on=(*EVERYWHERE, "one-example"), spec="margin-kkt/T2/C4")
WINDOW = Always(Sometimes(And(log(rho) > r, log(rho) < r + width, stationarity2 <= eps**2, Largest(lam * slack, over=n) <= delta), over=t), over=e)
theorem.conclude("window", WINDOW, "an (eps, delta)-KKT point for some log rho in (r, r + width); the end of the trace stands for the limit",
    on=NETWORKS_ALL, spec=("margin-kkt/T2/C5", "margin-kkt/T2/Q8"))
theorem.conclude("turning-speed", Always(turn <= B1 / (L * smoothed)), "|du/dt| <= B_1/(L smoothed) dlog rho/dt", on=(*EVERYWHERE, "one-long-layer"),
    spec="margin-kkt/T2/C6")
theorem.conclude("mfcq", Always(And(Total(u * h, over=i) >= L * margin, margin > 0), over=(t, n)), within=Rational(1, 10**10),
    meaning="theta itself is a Mangasarian-Fromovitz direction", because="attained by the least margin", on=(*EVERYWHERE, "one-example"),
    spec="margin-kkt/T2/C7")
theorem.conclude("least-norm", Eq(least_square, gstar ** (-2 / L)), "the minimum of (P) is gamma*^{-2/L}/2", within=Rational(1, 10**12),
    because="two programmes, each solved exactly", on=("five-points", *DIAGONAL), spec="margin-kkt/T2/C8")
theorem.conclude("tangent-machine", Eventually(tangent**2 <= Rational(144, 100) * 2 * misalignment), within=Rational(1, 10**6),
    meaning="u solves the linear support vector machine on its own gradients", because="bars of 1 - beta",
    on=(*LINEAR[1:], *SMOOTH), spec=("margin-kkt/T2/C9", "margin-kkt/T2/R2"))
theorem.conclude("in-the-cone", Eventually(cone**2 <= 2 * misalignment), "the nearest multipliers are as near as that", within=Rational(1, 10**6),
    because="bars of 1 - beta", on=(*LINEAR[1:], *SMOOTH), spec=("margin-kkt/T2/R1", "margin-kkt/T2/X2"))
theorem.conclude("selection", selected <= Rational(1, 40), "so are limits of (leaky) ReLU networks, with Clarke slopes at the kinks along which they slide",
    on="kinks", level="thorough", spec="margin-kkt/T2/X3")
theorem.conclude("multipliers-identity", Always(Eq(L * Total(lam * q / least, over=n), beta * margin ** (-2 / L))),
    "L sum lambda_n q_n = beta |theta|^2 at theta/q_min^{1/L}", within=Rational(1, 1000), because="both sides are of order 10",
    on=(*EVERYWHERE, "one-example"), spec="margin-kkt/T2/S9")
theorem.conclude("misalignment-exponent", Eq(misalignment_slope, -2 / L), "1 - beta is of the order (log t)^{-2/L}, from an unbalanced start",
    within=Rational(1, 12), because="random starts are within .05; exponents differ by 1/4 and more", on=(*LINEAR, "relu-cubed"),
    level="thorough", spec=("margin-kkt/T2/Q4", "margin-kkt/T2/Q5", "margin-kkt/T2/X5", "margin-kkt/T2/X6"))
theorem.conclude("frozen", Always(Eq(imbalance, 1)), "what gradient flow conserves is as large as it was, so u errs by O(1/rho)", within=Rational(1, 100),
    because="theta grows a hundredfold, its squares ten-thousandfold", on=("deep-linear-2", "deep-linear-3", "deep-linear-4"), level="thorough",
    spec="margin-kkt/T2/Q7")
RELATIVE = smoothed * L ** (L / 2) / sqrt(gamma2)
theorem.conclude("deep-linear-margin", Eventually(And(RELATIVE <= 1, RELATIVE >= Rational(99, 100))), within=Rational(1, 10**9), on=LINEAR,
    meaning="deep linear networks come within 1/100 of their largest margin gamma_1 L^{-L/2}", because="the margins are known to 10^-12",
    spec="margin-kkt/T2/R3")
theorem.tabulate("eps", sqrt(stationarity2))
theorem.tabulate("C_1 sqrt(1 - beta)", sqrt(2 * misalignment) * smoothed0 ** (-1 / L))
theorem.tabulate("sum of lambda_n (q_n - 1)", Total(lam * slack, over=n))
theorem.tabulate("(N - 1) C_2/tau", (N - 1) * C2 / tau)
theorem.tabulate("window for eps = 1", log(smoothed1 / smoothed0) / (L * smoothed0 ** (2 / L)))
theorem.tabulate("largest q_n/q_min", Largest(q, over=n) / least)
theorem.tabulate("smoothed margin times L^{L/2}", smoothed * L ** (L / 2))

theorem.reference("tangent-machine", {"kind": "qp", "P": "identity", "q": "zero", "G": "h", "h": "ones"}, "min |v|^2/2 s.t. h_n . v >= 1")
# Proof, for the exponential loss, at points u of the sphere: with w = sum p_n h_n, theta' = loss rho^{L-1} w and <u, w> = beta |w|.
radial = theorem.quantity("radial", "<u, sum p_n h_n>", over=t)
along = theorem.quantity("along", "<h_n, u>", over=(t, n), latex=r"\langle h_n,u\rangle")
length = theorem.quantity("length", "|h_n|", over=(t, n), sign="nonnegative", latex="|h_n|")
P = theorem.define("P", exp(-q) / loss, "softmax weights", latex="P_n")
H = theorem.define("H", -Total(P * log(P), over=n), "their entropy", latex="H(P)")
MEANING = "by what it names"
theorem.relation("loss", Always(Eq(loss, Total(exp(-q), over=n))), "the loss is the sum of e^{-q_n}")
theorem.relation("weights", Always(Eq(p, P), over=(t, n)), "under the exponential loss")
theorem.relation("unit", Always(Eq(Total(u**2, over=i), 1)), MEANING)
theorem.relation("force", Always(Eq(w**2, Total(Total(p * h, over=n) ** 2, over=i))), MEANING)
theorem.relation("radial", Always(Eq(radial, Total(u * Total(p * h, over=n), over=i))), MEANING)
theorem.relation("along", Always(Eq(along, Total(u * h, over=i)), over=(t, n)), MEANING)
theorem.relation("radial-of-each", Always(Eq(radial, Total(p * along, over=n))), "the two sums are exchanged")
theorem.relation("cosine", Always(Eq(radial, beta * w)), MEANING)
theorem.relation("cosine-positive", Always(beta > 0), "where the loss is below one the norm grows")
theorem.relation("margin", Always(Eq(margin * rho**L, least)), MEANING)
theorem.relation("smoothed", Always(Eq(smoothed * rho**L, tau)), "under the exponential loss")
theorem.relation("turn", Always(Eq(turn**2 * beta**2, 1 - beta**2)), MEANING)
theorem.relation("turning", Always(Eq(Rate(turning, log(rho)), turn**2)), MEANING)
theorem.relation("loss-rate", Always(Eq(Rate(loss, t), -((loss * rho ** (L - 1) * w) ** 2))), "the loss falls at the rate |theta'|^2")
theorem.relation("radius-rate", Always(Eq(Rate(rho, t), beta * loss * rho ** (L - 1) * w)), "rho' = <u, theta'>")
theorem.relation("triangle", Always(w <= Total(p * length, over=n)), "|sum p_n h_n| <= sum p_n |h_n|")
theorem.relation("largest", Always(length <= B1, over=(t, n)), MEANING)
theorem.relation("count", Eq(Total(1, over=n), N), MEANING)

theorem.step("euler", Always(Eq(along, L * q / rho**L), over=(t, n)), given="homogeneous",
    by=by_cas(euler_identity_holds, "sum_i theta_i dPhi/dtheta_i = L Phi on every architecture, by SymPy"))
theorem.step("stays-fitted", Always(loss < 1), given="fitted-start", by=cited("the loss falls along its gradient flow"))
theorem.step("tau-positive", Always(tau > 0), by=bound(log_gap(1 / loss, 1, (1 - loss) / loss)), given="stays-fitted")
theorem.step("smoothed-positive", Always(smoothed > 0), by=bound(tau / rho**L), given=("smoothed", "tau-positive"))
theorem.step("margin-grows", Always(smoothed >= smoothed0), given=("loss-rate", "radius-rate"),
    by=cited("the smoothed margin increases (Theorem 4.1 of the same paper; smoothed-margin-increases)"))
theorem.step("sum-to-one", Always(Eq(Total(P, over=n), 1)), by=identity(), given="loss")
theorem.step("entropy-nonnegative", Always(H >= 0), given="sum-to-one", by=bound(Total(P * Tangent(P) + P * Gap(Total(P, over=n)), over=n)))
theorem.step("mean-margin", Always(Eq(radial, L * Total(p * q, over=n) / rho**L)), given=("radial-of-each", "euler"),
    by=identity(Given("radial-of-each") + Total(p * Given("euler"), over=n)))
theorem.step("mean-tau", Always(Eq(radial, L * (tau + H) / rho**L)), given=("mean-margin", "weights", "sum-to-one"),
    by=identity(Given("mean-margin") + L / rho**L * (Total(q * Given("weights"), over=n) - log(loss) * Given("sum-to-one"))))
theorem.step("force-below", Always(w >= L * smoothed), by=bound(w * misalignment + L * H / rho**L), spec="margin-kkt/T2/S3",
    given=("cosine", "mean-tau", "smoothed", "entropy-nonnegative"), meaning="|theta'| >= L nu/rho >= L loss tau/rho")
theorem.step("above-smoothed", Always(margin >= smoothed), given=("loss", "margin", "smoothed"),
    by=bound(log_gap(loss * exp(least), 1, At(Gap(Total(exp(least - q), over=n)), least)) / rho**L))
theorem.step("above-start", Always(margin >= smoothed0), by=bound(Given("above-smoothed") + Given("margin-grows")),
    given=("above-smoothed", "margin-grows"), spec="margin-kkt/T2/S3")


def shrunk(above):
    """smoothed0^{-2/L} - margin^{-2/L}, not negative by the step of that name."""
    return margin ** (-2 / L) * (Tangent((margin / smoothed0) ** (2 / L)) + 2 / L * log_gap(margin, smoothed0, Given(above)))


theorem.step("stationarity", "eps-exact", by=identity(), given=("unit", "force", "radial", "cosine"), spec="margin-kkt/T2/S1")
theorem.step("stationarity-bound", "eps-bound", by=bound(2 * misalignment * shrunk("above-start")), given=("stationarity", "above-start"))
theorem.step("least-positive", Always(least > 0), by=bound(margin * rho**L), given="margin")
theorem.step("radius-rises", Always(Rate(rho, t) > 0), by=bound(beta * loss * rho ** (L - 1) * w), given=("radius-rate", "cosine-positive"))
theorem.step("peak", Always(exp(-1) >= (q - least) * exp(-(q - least)), over=(t, n)), by=bound(exp(least - q) * Tangent(exp(q - least - 1))),
    given=(), spec="margin-kkt/T2/S2", meaning="x e^{-x} is largest at x = 1")
theorem.step("least-weight", Always(loss >= exp(-least)), given="loss", by=bound(exp(-least) * At(Gap(Total(exp(least - q), over=n)), least)),
    spec="margin-kkt/T2/S3")
EXCESS = exp(-q) / loss * (q - least)
theorem.step("weighed-peak", Always(EXCESS <= exp(-1), over=(t, n)), given=("loss", "peak", "least-weight"), spec="margin-kkt/T2/S3",
    by=bound(Given("peak") + Gap(least) * exp(least - q) * exp(-least) / loss * Given("least-weight") * exp(least)))
theorem.step("delta-in-margins", Always(margin ** (-2 / L) / (w * rho**L) * EXCESS <= C2 / tau, over=(t, n)), spec="margin-kkt/T2/S3",
    by=bound(margin ** (-2 / L) / (w * rho**L) * -Given("weighed-peak") + exp(-1) * margin ** (-2 / L) / (L * w * tau) * Given("force-below")
             + exp(-1) / (L * tau) * shrunk("above-start")),
    given=("weighed-peak", "force-below", "smoothed", "above-start", "tau-positive"))
theorem.step("delta-of-each", "delta-each", by=bound(-Given("delta-in-margins")), given=("delta-in-margins", "weights", "margin", "least-positive", "tau-positive"),
    spec="margin-kkt/T2/S3")
theorem.step("delta-of-all", Always(Total(margin ** (-2 / L) / (w * rho**L) * EXCESS, over=n) <= (N - 1) * C2 / tau),
    by=bound(At(Gap(Total(-Given("delta-in-margins"), over=n)), least)), given=("delta-in-margins", "count", "tau-positive"))
theorem.step("delta-of-sum", "delta-sum", by=bound(-Given("delta-of-all")), given=("delta-of-all", "weights", "margin", "least-positive", "tau-positive"))
theorem.step("turning-rate", Always(Rate(log(tau / rho**L), log(rho)) >= L * turn**2), spec="margin-kkt/T2/S4",
    by=bound(L * H / (tau * beta**2) + rho**L * (Given("mean-tau") - Given("cosine")) / (tau * beta**2) - L * Given("turn") / beta**2
             - (rho**L * w * Given("radius-rate") / beta + rho * Given("loss-rate") / loss) / (tau * Rate(rho, t))),
    given=("loss-rate", "radius-rate", "cosine", "cosine-positive", "mean-tau", "turn", "tau-positive", "entropy-nonnegative", "radius-rises"))
theorem.step("turning-integrated", "turning-is-paid", given=("turning-rate", "turning", "smoothed"), by=cited("integrated from the start"),
    spec="margin-kkt/T2/S4")
theorem.step("mean-value", "calm-moment", given="turning-integrated", by=cited("a continuous function is once at most its mean"),
    spec="margin-kkt/T2/S4")
theorem.step("root", Always(turn**2 >= 2 * misalignment), given=("turn", "cosine-positive"), spec="margin-kkt/T2/S5",
    by=bound(misalignment**2 * (1 + 2 * Given("cosine-positive")) / beta**2), meaning="2 (1 - b) <= b^{-2} - 1, by (1 - b)^2 (1 + 2b)/b^2")
theorem.step("calm-is-stationary", Always(Implies(turn**2 <= eps**2 * smoothed0 ** (2 / L), stationarity2 <= eps**2), over=(t, e)),
    given=("stationarity-bound", "root"), spec="margin-kkt/T2/S6",
    by=bound(-Given("stationarity-bound") + smoothed0 ** (-2 / L) * (Given("root") - Given("assumed"))))
theorem.step("late-is-complementary", Always(Implies(rho**L >= C2 / (delta * smoothed0), lam * slack <= delta), over=(t, n, e)),
    given=("delta-of-each", "margin-grows", "smoothed", "tau-positive", "least-positive"), spec="margin-kkt/T2/S6",
    by=bound(-Given("delta-of-each") + delta / tau * (rho**L * Given("margin-grows") + smoothed0 * Given("assumed"))))
theorem.step("some-time", "window", given=("calm-is-stationary", "late-is-complementary", "mean-value"), spec="margin-kkt/T2/S6",
    by=cited("the mean value over (r, r + width), where log(smoothed) gains at most log(smoothed1/smoothed0)"))
theorem.step("force-above", Always(w <= B1), given=("triangle", "largest", "weights", "sum-to-one"), spec="margin-kkt/T2/S7",
    by=bound(-Given("triangle") - Total(P * Given("largest"), over=n)))
theorem.step("turn-below", Always(turn * beta <= 1), by=bound(((1 - turn * beta) ** 2 + beta**2) / 2), given="turn")
theorem.step("speed-of-turning", "turning-speed", spec="margin-kkt/T2/S7",
    by=bound(-Given("force-above") / (L * smoothed) - Given("turn-below") / beta
             + (H - Given("smoothed") + rho**L / L * (Given("mean-tau") - Given("cosine"))) / (smoothed * rho**L * beta)),
    given=("force-above", "cosine", "cosine-positive", "mean-tau", "turn-below", "smoothed", "smoothed-positive", "tau-positive",
           "entropy-nonnegative"))
theorem.step("regular", "mfcq", given=("along", "euler", "margin", "above-start"),
    by=bound(L / rho**L * Gap(least), Given("above-start") + smoothed0))
theorem.step("multipliers", "multipliers-identity", by=identity(), given=("cosine", "mean-margin", "margin", "least-positive"),
    spec="margin-kkt/T2/S9")
theorem.step("vanishing", "complementary", given="delta-of-sum", by=cited("tau tends to infinity (Theorem 4.1 of the same paper)"))
theorem.step("limits", "limit-is-kkt", given=("some-time", "speed-of-turning", "regular"), spec=("margin-kkt/T2/S10", "margin-kkt/T2/Z1"),
    by=cited("Dutta et al. (2013), Theorem 3.6: where MFCQ holds, limits of (eps_k, delta_k)-KKT points with eps_k, delta_k -> 0 are KKT points; "
             "windows that follow each other give such a sequence along every limit direction, since u hardly turns within one"))
theorem.relation("best", Always(margin <= gstar), "gamma* is the largest normalised margin")
theorem.step("norm-of-the-feasible", Always(Implies(least >= 1, rho**2 >= gstar ** (-2 / L))), given=("margin", "best"),
    by=bound(gstar ** (-2 / L) * (Tangent((rho**L * gstar) ** (2 / L))
             + 2 / L * log_gap(rho**L, 1 / gstar, Given("assumed") / margin - Given("best") / (margin * gstar)))),
    meaning="with equality at u*/gamma*^{1/L}, so this is the minimum of (P)")

# At a KKT point bar, with any v that is feasible for the linear machine on the gradients there.
v = theorem.quantity("v", "any vector with <v, h_n> >= 1", over=i, latex="v_i")
theorem.relation("feasible", Always(Total(v * hbar, over=i) >= 1, over=n), MEANING)
theorem.relation("kkt-stationary", Always(Eq(bar, Total(lbar * hbar, over=n)), over=i), "bar is a KKT point")
theorem.relation("kkt-complementary", Always(Eq(lbar * (qbar - 1), 0), over=n), "bar is a KKT point")
theorem.relation("kkt-euler", Always(Eq(Total(hbar * bar, over=i), L * qbar), over=n), "Euler's identity there")
theorem.step("kkt-norm", Eq(Total(bar**2, over=i), L * Total(lbar, over=n)),
    by=identity(Total(bar * Given("kkt-stationary"), over=i) + Total(lbar * Given("kkt-euler") + L * Given("kkt-complementary"), over=n)),
    given=("kkt-stationary", "kkt-complementary", "kkt-euler"), spec="margin-kkt/T2/S8")
theorem.step("machine-optimal", Total(v**2, over=i) >= Total(bar**2, over=i) / L**2, given=("feasible", "kkt-stationary", "kkt-norm"),
    by=bound(Total((v - bar / L) ** 2, over=i) + 2 / L * Total(lbar * Given("feasible"), over=n)), spec="margin-kkt/T2/S8",
    meaning="bar/L, which is feasible since <bar, h_n> = L q_n, is the shortest (Lemma C.13)")

# Under the logistic loss, where -ell'(q) = e^{-q}/(1 + e^{-q}).
sig = theorem.quantity("sig", "-ell'(q_n) = e^{-q_n}/(1 + e^{-q_n})", over=(t, n), sign="positive", latex=r"\sigma_n")
nu = theorem.define("nu", Total(sig * q, over=n), "sum of -ell'(q_n) q_n", latex=r"\nu")
theorem.relation("sig", Always(Eq(sig * (1 + exp(-q)), exp(-q)), over=(t, n)), MEANING)
theorem.relation("logistic-loss", Always(Eq(loss, Total(log(1 + exp(-q)), over=n))), "under the logistic loss")
theorem.relation("logistic-weights", Always(Eq(p * Total(sig, over=n), sig), over=(t, n)), "under the logistic loss")
theorem.step("logistic-above-start", Always(margin >= smoothed0), given="logistic-loss",
    by=cited("Lemma A.5 and Theorem A.7 of the same paper: the smoothed margin is below the margin, and increases"))
theorem.step("logistic-lemma-b5", Always(nu * pace >= loss), by=cited("Lemma B.5 of the same paper"))
theorem.step("nu-positive", Always(nu > 0), by=bound((loss + Given("logistic-lemma-b5")) / pace), given="logistic-lemma-b5")
theorem.step("logistic-radial", Always(Eq(radial * Total(sig, over=n), L * nu / rho**L)),
    by=identity(Total(sig, over=n) * Given("radial-of-each") + Total(along * Given("logistic-weights") + sig * Given("euler"), over=n)),
    given=("radial-of-each", "euler", "logistic-weights"))
theorem.step("logistic-force", Always(w * Total(sig, over=n) * rho**L >= L * nu), by=bound(w * Total(sig, over=n) * rho**L * misalignment),
    given=("cosine", "logistic-radial"))
theorem.step("each-positive", Always(log(1 + exp(-q)) > 0, over=(t, n)), by=bound(log_gap(1 + exp(-q), 1, exp(-q))))
theorem.step("logistic-least", Always(loss >= exp(-least) / (1 + exp(-least))), given=("logistic-loss", "each-positive"),
    by=bound(At(Gap(Total(log(1 + exp(-q)), over=n)), least) + Tangent(1 / (1 + exp(-least)))))
LEFT, GREATER = margin ** (-2 / L) * Gap(least), 1 + exp(-least)
theorem.step("logistic-each", "delta-logistic", by=bound(
        LEFT * sig * Given("logistic-force") / (L * nu * Total(sig, over=n) * rho**L * w)
        + LEFT * exp(-q) * sig / (L * nu)
        + LEFT * exp(-q) * Given("logistic-lemma-b5") / (L * nu * loss)
        + LEFT * exp(-q) * pace / L * GREATER * exp(least) / loss * Given("logistic-least")
        + margin ** (-2 / L) * GREATER * pace / L * Given("peak")
        + GREATER * pace * exp(-1) / L * shrunk("logistic-above-start")),
    given=("logistic-force", "logistic-lemma-b5", "nu-positive", "logistic-least", "logistic-weights", "logistic-above-start", "peak", "margin",
           "least-positive", "sig"))
# fmt: on


# Instances.
@theorem.family("five-points")
def five_points(rng, size):
    """A linear predictor of five points in three dimensions with the maximum margin sqrt(7/3)."""
    return [fitted.five_points()]


def deep_linear(name):
    @theorem.family(name, level="thorough" if name == "deep-linear-4" else "quick")
    def draw(rng, size):
        """Eight Gaussian points in four dimensions, labelled by a random hyperplane, and an unbalanced Gaussian start."""
        return fitted.random_fitted(rng, name, size // 16)


def rectified(name):
    @theorem.family(name, level="thorough")
    def settled(rng, size):
        """Gaussian points and a start without saddles ahead: elsewhere the flow may rest near one beyond tau = 10^6, where no limit shows."""
        return [fitted.uncontested_instance(rng, name)]


for name in (*LINEAR[1:], *SMOOTH):
    rectified(name) if name in SMOOTH else deep_linear(name)


@theorem.family("convolution")
def convolution(rng, size):
    """Two shared 2 x 2 filters, squared ReLU and a linear layer on ten pooled handwritten digits."""
    return [fitted.pooled_digits(rng)]


# Each function says what its instances are.
theorem.family("diagonal-corner", spec=("margin-kkt/T2/A2", "margin-kkt/T2/N1"))(kkt_instances.corner)
theorem.space("diagonal", like="diagonal-corner", decides=("stationary", "limit-is-kkt"))(
    kkt_instances.searched_diagonal
)
theorem.family("diagonal-inside")(kkt_instances.inside)
theorem.family("one-example", decides=("eps-exact", "turning-is-paid", "calm-moment", "mfcq", "multipliers-identity"))(
    kkt_instances.three_squared_units
)
theorem.family("one-long-layer", decides=("turning-speed",))(kkt_instances.one_long_layer)
theorem.family("kinks", level="thorough", decides=("selection",))(kkt_instances.kinked)


@theorem.family("logistic", without="exponential-loss", decides=("delta-logistic",))
def logistic(rng, size):
    """The five points under the logistic loss."""
    return [fitted.five_points("logistic", loss="logistic")]


@theorem.family(
    "polynomial-tail", without="exponential-loss", decides=("complementary", "delta-sum"), spec="margin-kkt/T2/A3"
)
def polynomial_tail(rng, size):
    """The five points under the loss q^{-3}, from the direction (4, 2, 1) of the maximum margin."""
    return [fitted.five_points("polynomial", np.array([4.0, 2.0, 1.0]), loss="polynomial")]


@theorem.family("cubic-called-1", without="homogeneous", decides=("mfcq",))
def cubic_called_1(rng, size):
    """q = a + b^3 from (1/10, 2), called homogeneous of degree 1."""
    return [fitted.network_instance("a + b^3, L = 1", "a + b^3", [[1]], [1], np.array([0.1, 2.0]), degree=1)]


@theorem.family("loss-above-one", without="fitted-start", decides=("turning-speed",))
def loss_above_one(rng, size):
    """z = (1, 1), (1, -1) from theta = (-2, 0): the smoothed margin is negative."""
    return [fitted.network_instance("behind", "linear", [[1, 1], [1, -1]], [1, 1], np.array([-2.0, 0.0]))]


# Experiments.
@theorem.observe(measures=[loss0, rho0, smoothed0, B1, c, defect, x, f_of_x, eps, delta])
def start(instances, setting, run):
    """What the start and the loss are, and the tolerances that are asked for."""
    return start_trace(instances, run)


@theorem.observe(measures=[gamma2], on=LINEAR)
def support_vector_machine(instances, setting, run):
    """The exact maximum margin of the rows y_n x_n."""
    optima = [hard_margin(each.exact("labels")[:, None] * each.exact("inputs")) for each in instances]
    return Trace({"gamma2": Column(np.array([best.gamma_squared for best in optima]))}, [""] * len(instances))


@theorem.observe(measures=[bar, hbar, qbar, lbar, least_square, gstar], on=("five-points", *DIAGONAL))
def known_limit(instances, setting, run):
    """The limit with least margin 1, its multipliers, and the optimum of (P), all in rationals but for gamma* on the five points."""
    return Trace(limit_columns(instances), [""] * len(instances))


@theorem.experiment(measures=[t, turn, smoothed], on="loss-above-one")
def log_time_clock(instances, setting, run):
    """Gradient flow in the clock log t to log t = .32, which also runs where the norm falls."""
    return time_trace(instances, ("t", "turn", "smoothed"), np.linspace(0.0, 0.32, 30))


@theorem.experiment(measures=[t, rho, loss, q, p, w, u, h, margin, smoothed, smoothed1, misalignment, turn, turning, calmest, pace,
                              misalignment_slope, imbalance, tangent, cone, sign_cone])  # fmt: skip
def log_norm_clock(instances, setting, run):
    """Gradient flow in the clock log rho to tau = 10^6, or by `grow` in log rho, or to q = 10^9 under a loss that never gets there."""
    return norm_trace(instances, run, tau=1e6, rows=80)


@theorem.experiment(measures=[selected, unselected], on="kinks")
def two_smoothings(instances, setting, run):
    """Gradient flow at eps = 1/100 and 1/1000 to tau = 10^6, and its direction extrapolated to eps = 0."""
    return Trace(*selection_columns(instances, DEFAULT_SMOOTHINGS, tau_target=1e6))


# What must be refuted.
# fmt: off
theorem.mutant("signs-are-stationary", of="in-the-cone", formula=Eventually(sign_cone**2 <= 2 * misalignment), on="deep-linear-3",
    why="a KKT point of min |theta|_1", spec="margin-kkt/T2/M4")
theorem.mutant("global-margin", of="stationary", formula=Tends(margin, gstar), on="diagonal-corner",
    why="the limit direction has the globally largest margin, for every homogeneous network", spec="margin-kkt/T2/M1")
theorem.mutant("global-optimum", of="limit-is-kkt", formula=Eq(Total(bar**2, over=i), least_square), on="diagonal-corner",
    why="the limit is a global minimum of (P), for every homogeneous network: exactly 1 against 1/2", spec="margin-kkt/T2/M1")
theorem.mutant("all-active", of="complementary", formula=Always(Tends(slack, 0), over=n), on=("five-points", "deep-linear-3"),
    why="all margins are equal in the limit", spec="margin-kkt/T2/M5")
theorem.mutant("global-direction", of="limit-reached", formula=Tends(chord2, Rational(1, 5)), on="diagonal-corner", why="it stays away from it")
theorem.mutant("eps-half", of="eps-exact", formula=Always(Eq(stationarity2 * margin ** (2 / L), misalignment)), why="a factor 2 is missing")
theorem.mutant("eps-without-root", of="eps-bound", formula=Always(stationarity2 <= 2 * misalignment**2 * smoothed0 ** (-2 / L)),
    on="deep-linear-3", why="eps = C_1 (1 - beta)", spec="margin-kkt/T2/M2")
theorem.mutant("delta-squared", of="delta-each", formula=Always(lam * slack <= C2 / tau**2, over=(t, n)), on="deep-linear-3", why="C_2/tau^2",
    spec="margin-kkt/T2/M3")
theorem.mutant("delta-sum-squared", of="delta-sum", formula=Always(Total(lam * slack, over=n) <= (N - 1) * C2 / tau**2), on="deep-linear-3",
    why="(N - 1) C_2/tau^2", spec="margin-kkt/T2/M3")
theorem.mutant("logistic-squared", of="delta-logistic", formula=Always(lam * slack <= C2 * (1 + exp(-least)) * pace**2, over=(t, n)),
    why="the square of g'/g")
theorem.mutant("paid-twice", of="turning-is-paid", formula=Always(turning <= log(smoothed / smoothed0) / (2 * L)), on="one-example",
    why="2L in place of L")
theorem.mutant("twice-as-calm", of="calm-moment", formula=Always(calmest * log(rho / rho0) <= log(smoothed / smoothed0) / (2 * L)), on="one-example",
    why="2L in place of L")
theorem.mutant("narrow-window", of="window", on=("deep-linear-2", "deep-linear-3"), why="the window's length is of the order eps^2, not eps^{-2}",
    formula=Always(Sometimes(And(log(rho) > r, log(rho) < r + width * eps**4, stationarity2 <= eps**2, Largest(lam * slack, over=n) <= delta), over=t), over=e))
theorem.mutant("turning-slowly", of="turning-speed", formula=Always(turn <= L * smoothed / B1), on="deep-linear-3", why="the reciprocal")
theorem.mutant("mfcq-L-plus-1", of="mfcq", formula=Always(And(Total(u * h, over=i) >= (L + 1) * margin, margin > 0), over=(t, n)), why="L + 1")
theorem.mutant("least-norm-root", of="least-norm", formula=Eq(least_square, gstar ** (-1 / L)), why="gamma*^{-1/L}", on="diagonal-inside")
theorem.mutant("machine-without-root", of="tangent-machine", formula=Eventually(tangent**2 <= Rational(144, 100) * misalignment**2), on="deep-linear-3",
    why="1 - beta in place of its root")
theorem.mutant("no-selection", of="selection", formula=unselected <= Rational(1, 40), why="one gradient at the kinks", level="thorough",
    spec="margin-kkt/T2/X3")
theorem.mutant("multipliers-without-L", of="multipliers-identity",
    formula=Always(Eq(Total(lam * q / least, over=n), beta * margin ** (-2 / L))), why="the factor L is missing", on="deep-linear-3")
theorem.mutant("misalignment-1-over-L", of="misalignment-exponent", formula=Eq(misalignment_slope, -1 / L), on=("five-points", "deep-linear-2"),
    why="the rate of u itself", level="thorough")
theorem.mutant("thaws", of="frozen", formula=Always(Eq(imbalance * rho / rho0, 1)), why="it dies out like 1/rho", level="thorough")
theorem.mutant("margin-unscaled", of="deep-linear-margin", formula=Eventually(smoothed / sqrt(gamma2) >= Rational(99, 100)), on="deep-linear-2", why="without L^{L/2}")
theorem.control("the-corner-is-kkt", formula=And(Always(Eq(bar, Total(lbar * hbar, over=n)), over=i), Eq(Least(qbar, over=n), 1)), on="diagonal-corner",
    why="e_1 is a KKT point with lambda = 1/2, though its margin is half the largest", spec="margin-kkt/T2/N1")

theorem.ablate("homogeneous", breaks="mfcq", on="cubic-called-1")
theorem.ablate("exponential-loss", breaks="complementary", on="polynomial-tail", spec="margin-kkt/T2/A3")
theorem.ablate("exponential-loss", breaks="delta-sum", on="polynomial-tail", spec="margin-kkt/T2/A3")
theorem.ablate("fitted-start", breaks="turning-speed", on="loss-above-one")
# fmt: on
