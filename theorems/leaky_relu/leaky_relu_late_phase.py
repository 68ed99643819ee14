"""Once a leaky ReLU network fits its data, the smoothed margin of its gradient flow never falls, and lies log n/rho^2 below the margin.

f(x) = sum_k a_k phi(w_k . x) is homogeneous of degree 2 in theta = (w_k, a_k); the flow is a solution of the differential inclusion d theta/dt
in -dL, L the mean logistic loss. From L < log(2)/n on, the smoothed margin ell^{-1}(n L)/rho^2, ell^{-1}(z) = -log(e^z - 1), increases to
the margin of the limit, so that its value at any time is a lower bound on that limit. The margin itself can fall.
"""

import numpy as np
from sympy import Eq, Rational, log

from verify import (
    RECONSTRUCTED,
    Always,
    And,
    Eventually,
    Implies,
    Nondecreasing,
    Paper,
    Rate,
    Tends,
    Theorem,
    Total,
    Trace,
)
from verify.dynamics import leaky_measures as measures
from verify.dynamics.leaky_paths import LeakyCase, leaky_paths
from verify.dynamics.rescaled_flow import rates
from verify.models import two_layer_leaky as leaky
from verify.proof import Gap, Given, bound, cited, exp_gap, identity
from verify.statement.instances import Instance

theorem = Theorem(
    "leaky-relu-late-phase",
    title="Along gradient flow of a leaky ReLU network the smoothed margin increases once the data are fitted",
    source=Paper("Lyu & Li", 2020, title="Gradient Descent Maximizes the Margin of Homogeneous Neural Networks", arxiv="1906.05890", fidelity=RECONSTRUCTED),
    summary="smoothed-margin-increases proves it for smooth networks under the exponential loss; here it is measured for leaky ReLU under the logistic "
    "loss, where the flow may slide along kinks, and cited.",
)  # fmt: skip

# Setting. q_i = y_i f(x_i); h = phi'(w_k . x_i) is any Clarke selection, and phi(w_k . x_i) = h w_k . x_i for each.
t = theorem.clock("t", log=True, meaning="time of the flow, recorded as log t")
i = theorem.index("i", meaning="examples")
k = theorem.index("k", meaning="neurons")
n = theorem.parameter("n", "number of examples")
loss = theorem.quantity("loss", "mean logistic loss", over=t, log=True, latex=r"\mathcal{L}")
q = theorem.quantity("q", "margin of an example", over=(t, i), latex="q_i")
odds = theorem.quantity("odds", "e^{-q_i}", over=(t, i), sign="positive", latex="e^{-q_i}")
g = theorem.quantity("g", "weight of an example, 1/(1 + e^{q_i})", over=(t, i), sign="positive", latex="g_i")
y = theorem.quantity("y", "label", over=i, latex="y_i")
a = theorem.quantity("a", "outer weight", over=(t, k), latex="a_k")
z = theorem.quantity("z", "w_k . x_i", over=(t, k, i), latex="(w_k x_i)")
h = theorem.quantity("h", "phi'(w_k . x_i), between alpha and 1", over=(t, k, i), sign="nonnegative", latex="h_{ki}")
square = theorem.quantity("square", "|w_k|^2", over=(t, k), sign="nonnegative", latex="|w_k|^2")
rho2 = theorem.quantity("rho2", "squared norm of the parameters", over=t, log=True, latex=r"\rho^2")
margin = theorem.quantity("margin", "min_i q_i/rho^2", over=t, latex=r"\bar\gamma")
smoothed = theorem.quantity("smoothed", "ell^{-1}(n loss)/rho^2", over=t, latex=r"\tilde\gamma")
cosine = theorem.quantity("cosine", "cosine of theta and -grad loss", over=t, latex=r"\beta")
balance = theorem.quantity(
    "balance", "largest change of a_k^2 - |w_k|^2 since the first row, over rho^2", over=t, sign="nonnegative"
)
start = theorem.parameter("start", "log of the mean loss in the first row, over log(log(2)/n)")
f_plus = theorem.define("f_plus", Total(y * a * h * z, k), "y_i f(x_i)", latex="y_if(x_i)")
radial = theorem.define(
    "radial", Total(y * a * (h * z) + y * (a * h) * z, k), "a . grad_a q_i + w . grad_w q_i", latex=r"\theta\cdot\nabla q_i",
)  # fmt: skip

total_loss = theorem.define("total_loss", Total(log(1 + odds), i), "n times the loss", latex=r"n\mathcal{L}")
theorem.relation(
    "flow-outer", Always(Eq(Rate(a, t), Total(g * y * h * z, i) / n), over=(t, k)), "da_k/dt = (1/n) sum_i g_i y_i phi(w_k . x_i)",
)  # fmt: skip
theorem.relation(
    "flow-inner", Always(Eq(Rate(square, t), 2 * a * Total(g * y * h * z, i) / n), over=(t, k)),
    "w_k . dw_k/dt, with dw_k/dt = (a_k/n) sum_i g_i y_i h x_i",
)  # fmt: skip
theorem.relation("flow-norm", Always(Eq(Rate(rho2, t), 2 * Total(g * radial, i) / n), over=t), "theta . d theta/dt")
theorem.relation("output", Always(Eq(q, f_plus), over=(t, i)), "q_i = y_i f(x_i)")

theorem.assume("fitted", start >= 1, "the loss is below log(2)/n from the first row on", spec="leaky-relu/T1/H1")
theorem.assume("chain-rule", assumed="the network admits a chain rule along arcs (it is definable)")

# Conclusions.
theorem.conclude(
    "monotone", Nondecreasing(smoothed), "the smoothed margin never falls",
    spec=("leaky-relu/T1/C2", "leaky-relu/T1/Q1", "leaky-relu/T1/X1"),
)  # fmt: skip
theorem.conclude(
    "loss-vanishes", Tends(loss, 0), "the loss tends to 0", within=Rational(1, 100), spec="leaky-relu/T1/C1"
)
theorem.conclude(
    "norm-grows",
    Eventually(rho2 >= log(1 / loss)),
    "and the norm to infinity, like the root of log(1/loss) at least, on inputs of length at most 2",
    on="symmetric",
    spec="leaky-relu/T1/C1",
)
theorem.conclude(
    "sandwich", Always(And(smoothed <= margin, margin <= smoothed + (log(n) + Rational(1, 2)) / rho2)),
    "the smoothed margin is below the margin by at most (log n + o(1))/rho^2", within=Rational(1, 10**10), because="up to rounding",
    spec="leaky-relu/T1/C4",
)  # fmt: skip
theorem.conclude(
    "towards-kkt", Eventually(cosine >= Rational(9, 10)), "theta turns into the direction of the gradient, as at a KKT point",
    spec="leaky-relu/T1/C3",
)  # fmt: skip
theorem.conclude(
    "conserved", Always(Eq(balance, 0)), "a_k^2 - |w_k|^2 is conserved", within=Rational(1, 10**4),
    because="up to the integrator's error, over rho^2", spec="leaky-relu/T1/S4",
)  # fmt: skip

# Proof.
theorem.step(
    "euler", Always(Eq(radial, 2 * f_plus), over=(t, i)), by=identity(), meaning="f is homogeneous of degree 2",
    spec=("leaky-relu/T1/S2", "leaky-relu/T1/H2"),
)  # fmt: skip
theorem.step(
    "norm", Always(Eq(Rate(rho2, t), 4 * Total(g * q, i) / n), over=t), given=("flow-norm", "output"),
    by=identity(plus=-4 * Total(g * Given("output"), i) / n), spec="leaky-relu/T1/S3",
)  # fmt: skip
theorem.step(
    "balance", Always(Eq(Rate(a**2 - square, t), 0), over=(t, k)), given=("flow-outer", "flow-inner"), by=identity(),
    meaning="a_k^2 - |w_k|^2 is conserved, for every selection", spec="leaky-relu/T1/S4",
)  # fmt: skip
term = log(1 + odds)
theorem.step(
    "every-example-fitted", Always(Implies(total_loss < log(2), odds < 1), over=(t, i)), meaning="L < log(2)/n makes every q_i positive",
    by=bound(exp_gap(log(2), term, Gap(Total(term, i)) - Given("assumed"))), spec="leaky-relu/T1/S1",
)  # fmt: skip
theorem.step(
    "late-phase", "monotone", by=cited("Lyu & Li, arXiv:1906.05890, and Ji & Telgarsky, arXiv:2006.06657: monotone smoothed margin and convergence in direction to a KKT point"),
    spec=("leaky-relu/T1/Z1", "leaky-relu/T1/Z2"),
)  # fmt: skip


# Instances.
def fitted(label, rng, data, width, until=100.0, first=2.6):
    """A start of scale 1e-2, with rows from log(1/loss) = `first` on."""
    start = leaky.gaussian_start(rng, width, data.inputs.shape[1], scale=1e-2)
    count = len(data.labels)
    contents = {"inputs": data.inputs, "labels": data.labels, "theta": start, "alpha": 0.5, "m": width, "n": count}
    return Instance(
        label, contents | {"targets": np.geomspace(first, until, 32), "start": first / np.log(count / np.log(2))}
    )


@theorem.family("symmetric")
def symmetric(rng, size):
    """Symmetric data in two and three dimensions, 8 neurons."""
    data = [leaky.mirrored(np.abs(rng.standard_normal((4, d))) + 0.3) for d in (2, 3)]
    return [fitted(f"start {c}", rng, data[c % 2], 8) for c in range(size // 4)]


@theorem.family("not-symmetric")
def not_symmetric(rng, size):
    """Gaussian data with the sign of the first coordinate, 8 neurons."""
    batch = []
    for c in range(size):
        x = rng.standard_normal((6, 2))
        x[:, 0] += np.sign(x[:, 0]) / 2
        batch.append(fitted(f"start {c}", rng, leaky.Examples(x, np.sign(x[:, 0])), 8))
    return batch


@theorem.family("not-fitted", without="fitted")
def not_fitted(rng, size):
    """Every example misclassified, by neurons along the mean direction with the wrong sign: the network shrinks first."""
    batch = []
    for c in range(2):
        data = leaky.mirrored(np.abs(rng.standard_normal((4, 2))) + 0.3)
        made = fitted(f"start {c}", rng, data, 8, until=0.36, first=0.05)
        mu = leaky.mean_direction(data)
        outer = np.where(np.arange(8) < 4, 0.8, -0.8) * (1 + 0.1 * rng.random(8))
        theta = np.concatenate([np.outer(-outer, mu / np.linalg.norm(mu)).ravel(), outer])
        batch.append(Instance(made.label, {**made.data, "theta": theta}))
    return batch


def cosine_of(network, data, theta, given):
    velocity = rates(network, data, theta).velocity
    return (theta * velocity).sum(-1) / (theta.norm(dim=-1) * velocity.norm(dim=-1))


def balance_of(network, data, theta, given):
    w, a = network.layers(theta)
    kept = a * a - (w * w).sum(-1)
    return (kept - kept[:, :1]).abs().amax(-1) / (theta * theta).sum(-1)


@theorem.experiment(measures=[t, loss, margin, smoothed, rho2, cosine, balance])
def flow(instances, setting, run):
    """Gradient flow by RK4 in the rescaled clock."""
    cases = [LeakyCase(e["theta"], e["m"], e["alpha"], e["inputs"], e["labels"], e["targets"]) for e in instances]
    paths = leaky_paths(cases, eta=0.5, budget=run.budget, device=run.device)
    columns = {
        "t": paths.log_time(),
        "loss": paths.log_loss(),
        "margin": paths.column(measures.margin, rate=True),
        "smoothed": paths.column(measures.smoothed, rate=True),
        "rho2": paths.column(measures.log_square, log=True),
        "cosine": paths.column(cosine_of),
        "balance": paths.column(balance_of),
    }
    return Trace(columns, paths.status, device=paths.device)


# What must be refuted.
theorem.mutant(
    "unsmoothed", of="monotone", formula=Nondecreasing(margin), why="the margin itself is monotone", spec="leaky-relu/T1/M1",
)  # fmt: skip
theorem.mutant("stalls", of="loss-vanishes", formula=Tends(loss, Rational(1, 2)), why="the loss stalls")
theorem.mutant("stays-bounded", of="norm-grows", formula=Eventually(rho2 <= 10), why="the norm stays bounded")
theorem.mutant("above", of="sandwich", formula=Always(smoothed >= margin), why="the smoothed margin is the larger one")
theorem.mutant(
    "orthogonal", of="towards-kkt", formula=Eventually(cosine <= Rational(1, 2)), why="theta keeps an angle to the gradient",
)  # fmt: skip
theorem.mutant("grows", of="conserved", formula=Always(balance >= Rational(1, 100)), why="layers drift apart")
theorem.ablate("fitted", breaks="monotone", on="not-fitted")
