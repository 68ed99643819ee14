"""Near zero a leaky ReLU network on symmetric data is linear, grows along the mean direction, and bends away at the third order.

Near zero the gradient of the loss is that of -G(w) a, G(w) = (1/2n) sum_i y_i phi(w . x_i), and on symmetric data G is linear: G(w) = (1 +
alpha)/4 w . mu, mu the mean of y_i x_i. So w' = rate a mu/|mu|, a' = rate w . mu/|mu| with rate = (1 + alpha)|mu|/4, and at the time T1(r) =
log(r/(sqrt m sigma))/rate the network is r (b_k mu/|mu|, b_k), b_k = (w_k . mu/|mu| + a_k)/(2 sqrt m sigma) at the start. What is left over
is c r^3 with a constant c that is known.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from sympy import Eq, Rational, exp, sqrt

from verify import (
    RECONSTRUCTED,
    Always,
    And,
    BigO,
    Column,
    Equivalent,
    Eventually,
    Implies,
    Paper,
    Rate,
    Theorem,
    Theta,
    Total,
    Trace,
)
from verify.dynamics.leaky_paths import LeakyCase, leaky_paths
from verify.dynamics.rescaled_flow import RK8
from verify.models import two_layer_leaky as leaky
from verify.proof import cited, enclosed, identity
from verify.reference.early_phase import early_phase
from verify.statement.instances import Instance

theorem = Theorem(
    "leaky-relu-phase-one",
    title="The early phase of a leaky ReLU network on symmetric data is linear, with a third-order correction",
    source=Paper(
        "Lyu, Li, Wang & Arora", 2021, title="Gradient Descent on Two-layer Nets: Margin Maximization and Simplicity Bias",
        arxiv="2110.13905", fidelity=RECONSTRUCTED,
    ),
    summary="The role of the early phase is the paper's as we recall it; the constant of the next order is our own, by a formal expansion.",
)  # fmt: skip

# Setting. Start sigma theta_0; r is the size to which the linear flow has grown.
r = theorem.clock("r", to=0, meaning="size r of the network at the time T1(r)")
k = theorem.index("k", meaning="neurons")
i = theorem.index("i", meaning="pairs of examples (x_i, 1), (-x_i, -1)")

alpha = theorem.parameter("alpha", "slope of the leaky ReLU", sign="nonnegative", latex=r"\alpha")
m = theorem.parameter("m", "width")
sigma = theorem.parameter("sigma", "scale of the start", latex=r"\sigma")
length = theorem.parameter("length", "|mu|, mu the mean of y_i x_i over all examples", latex=r"|\mu|")
half_length = theorem.parameter("half_length", "|mean of x_i over the examples of label +1|")
pairs = theorem.parameter("pairs", "number of pairs of examples", latex="n/2")
asymmetry = theorem.parameter("asymmetry", "0 if the examples are their own mirror image, else 1", sign="nonnegative")
constant = theorem.parameter("constant", "predicted constant c of the third order", latex="c")
along = theorem.quantity("along", "w_k . mu/|mu| at the start, over sigma", over=k, latex=r"(w_k \bar\mu)")
outer = theorem.quantity("outer", "a_k at the start, over sigma", over=k, latex="a_k")
q = theorem.parameter("q", "margin of one example", sign="real")
up = theorem.quantity("up", "positive part of w . x_i, for any w", over=i, sign="nonnegative", latex="(w x_i)_+")
down = theorem.quantity("down", "negative part of w . x_i", over=i, sign="nonnegative", latex="(w x_i)_-")
distance = theorem.quantity(
    "distance", "|theta(T1(r)) - r (b_k mu/|mu|, b_k)|", over=r, sign="positive", latex=r"|\theta-r\theta_1|"
)
misalignment = theorem.quantity("misalignment", "1 - min_k |cos(w_k, mu)|", over=r, sign="nonnegative")
c_par = theorem.quantity(
    "c_par", "part along mu of the third-order force on neuron k, over -b_k r^3", over=k, latex=r"c_\parallel"
)
c_perp = theorem.quantity("c_perp", "length of its part orthogonal to mu", over=k, latex=r"c_\perp")

rate = theorem.define("rate", (1 + alpha) * length / 4, "rate of growth", latex=r"\lambda")
b = theorem.define("b", (along + outer) / (2 * sqrt(m)), "growth coefficient", latex="b_k")
grown = theorem.define("grown", r / (sqrt(m) * sigma), "e^{rate t} at t = T1(r)", latex=r"e^{\lambda t}")
a_linear = theorem.define(
    "a_linear", sigma * ((outer + along) * grown + (outer - along) / grown) / 2, "a_k of the linear flow"
)
s_linear = theorem.define(
    "s_linear", sigma * ((outer + along) * grown - (outer - along) / grown) / 2, "w_k . mu/|mu| of the linear flow"
)
par = theorem.define(
    "par", -b * c_par / (2 * rate), "correction of a_k and of w_k . mu/|mu|, over r^3", latex=r"p_\parallel"
)
perp = theorem.define(
    "perp", -b * c_perp / (3 * rate), "correction of w_k orthogonal to mu, over r^3", latex=r"p_\perp"
)

# Hypotheses.
theorem.assume(
    "symmetric", Eq(asymmetry, 0), "the examples are their own mirror image, and mu is not zero", spec="leaky-relu/T4/H1",
)  # fmt: skip
theorem.assume(
    "small-start", assumed="sigma tends to 0 with theta_0 fixed: runs use 1e-19, which leaves O(sigma) below the third order",
    spec="leaky-relu/T4/H2",
)  # fmt: skip
theorem.assume("off-kink", assumed="mu . x_i is not zero for any i, as for almost all data", spec="leaky-relu/T4/H3")

# Conclusions.
theorem.conclude(
    "linear-growth", BigO(distance, r**3), "the network is r (b_k mu/|mu|, b_k) up to O(r^3)", on="gaussian", within=Rational(1, 20),
    spec="leaky-relu/T4/C1",
)  # fmt: skip
theorem.conclude(
    "leading-order", Eventually(distance <= r**2), "closer than r^2 when r is small", on="gaussian", spec="leaky-relu/T4/C1",
)  # fmt: skip
theorem.conclude(
    "third-order", Theta(distance, r**3), "and not closer", on="gaussian", within=Rational(1, 50), spec="leaky-relu/T4/Q1",
)  # fmt: skip
theorem.conclude(
    "constant", Equivalent(distance, constant * r**3), "the correction has the predicted size", on="gaussian", within=Rational(1, 100),
    because="the nearest variant is a quarter away", spec=("leaky-relu/T4/C2", "leaky-relu/T4/Q2"),
)  # fmt: skip
theorem.conclude(
    "aligned", BigO(misalignment, r**4), "every neuron points along mu or against it, up to an angle of the order r^2", on="gaussian",
    within=Rational(1, 20), spec=("leaky-relu/T4/C3", "leaky-relu/T4/Q3"),
)  # fmt: skip

# Proof.
pull = (up - alpha * down) - (down - alpha * up)
theorem.step(
    "G-is-linear", Eq(Total(pull, i) / (4 * pairs), (1 + alpha) / 4 * Total(up - down, i) / pairs), by=identity(),
    meaning="G(w) = (1 + alpha)/4 w . mu", spec="leaky-relu/T4/S1",
)  # fmt: skip
theorem.step(
    "linear-flow", Always(And(Eq(r * Rate(a_linear, r), s_linear), Eq(r * Rate(s_linear, r), a_linear)), over=(r, k)), by=identity(),
    meaning="a' = rate w . mu/|mu| and conversely, since r grows at that rate", spec="leaky-relu/T4/S2",
)  # fmt: skip
theorem.step(
    "growing-part", Always(Eq(sigma * (outer + along) * grown / 2, r * b), over=(r, k)), by=identity(), spec="leaky-relu/T4/S3",
)  # fmt: skip
left_over = 1 / (1 + exp(q)) - Rational(1, 2) + q / 4
theorem.step(
    "weights", Implies(And(q >= -Rational(1, 4), q <= Rational(1, 4)), And(left_over <= Rational(1, 1000), left_over >= -Rational(1, 1000))),
    by=enclosed(), meaning="1/(1 + e^q) is 1/2 - q/4 up to q^3/48, so that the force of third order is -r^3 b_k c^k", spec="leaky-relu/T4/S4",
)  # fmt: skip
theorem.step(
    "response", Always(And(Eq(3 * rate * par, rate * par - b * c_par), Eq(3 * rate * perp, -b * c_perp)), over=k), by=identity(),
    meaning="r^3 p solves the linear flow with that force", spec="leaky-relu/T4/S5",
)  # fmt: skip
theorem.step(
    "its-size", Always(Eq(2 * par**2 + perp**2, b**2 * (c_perp**2 / 9 + c_par**2 / 2) / rate**2), over=k), by=identity(),
    spec="leaky-relu/T4/S5",
)  # fmt: skip
theorem.step(
    "next-order", "constant", by=cited("our own formal expansion in r; the remainder is not bounded rigorously"),
    spec="leaky-relu/T4/Z1",
)  # fmt: skip


# Instances.
def instance(label, rng, data, alpha, width):
    """A Gaussian start of scale 1e-19."""
    return Instance(label, {
        "inputs": data.inputs, "labels": data.labels, "alpha": alpha, "m": width, "sigma": Fraction(1, 10**19),
        "start": leaky.gaussian_start(rng, width, data.inputs.shape[1], scale=1e-19), "pairs": Fraction(len(data.labels), 2),
    })  # fmt: skip


@theorem.family("gaussian", spec="leaky-relu/T4/R1")
def gaussian(rng, size):
    """Six Gaussian inputs in five dimensions, moved off the origin; 8 neurons, alpha = 1/2."""
    data = [leaky.mirrored(rng.standard_normal((6, 5)) + np.array([2.0, 0, 0, 0, 0])) for _ in range(size // 4)]
    return [instance(f"start {c}", rng, each, 0.5, 8) for c, each in enumerate(data)]


@theorem.family("not-symmetric", without="symmetric")
def not_symmetric(rng, size):
    """Two positive examples and a negative one: neurons with a_k > 0 and a_k < 0 follow different directions."""
    data = leaky.Examples(np.array([[1, 0.5], [1, -0.3], [-1, 0.4]]), np.array([1.0, 1, -1]))
    return [instance("not symmetric", rng, data, 0.5, 8)]


# Experiments.
@theorem.observe(measures=[asymmetry, length, half_length, along, outer, constant])
def start(instances, setting, run):
    """The mean direction, the start seen from it, and the predicted constant."""
    found = {name: [] for name in ("length", "half_length", "along", "outer", "constant")}
    for each in instances:
        mu, width, scale = leaky.mean_direction(examples(each)), each["m"], float(each["sigma"])
        w, a = leaky.TwoLayerLeaky(width).layers(each["start"])
        found["length"].append(np.linalg.norm(mu))
        found["half_length"].append(np.linalg.norm(each["inputs"][each["labels"] > 0].mean(0)))
        found["along"].append(w @ mu / np.linalg.norm(mu) / scale)
        found["outer"].append(a / scale)
        found["constant"].append(
            early_phase(each["start"], scale, each["alpha"], each["inputs"], each["labels"]).constant
        )
    columns = {
        name: Column(np.array(values), theorem.quantities[name].over, error=1e-15 * np.abs(values).max())
        for name, values in found.items()
    }
    odd = [Fraction(int(not leaky.is_symmetric(each["inputs"], each["labels"]))) for each in instances]
    return Trace({**columns, "asymmetry": Column(np.array(odd, dtype=object))}, [""] * len(instances))


def examples(instance):
    """The inputs and labels."""
    return leaky.Examples(instance["inputs"], instance["labels"])


@theorem.experiment(measures=[r, distance, misalignment])
def early_flow(instances, setting, run):
    """Gradient flow to T1(r), by the rate and the coefficients b_k of the setting."""
    radii = np.geomspace(0.4, 4e-4, 16)
    rate_of = sp.lambdify((alpha, length), setting[rate])
    b_of = sp.lambdify((along, outer, m), setting[b])
    cases = []
    for each in instances:
        mu, scale = leaky.mean_direction(examples(each)), float(each["sigma"])
        size = np.linalg.norm(mu)
        w, a = leaky.TwoLayerLeaky(each["m"]).layers(each["start"])
        coefficients = b_of(w @ mu / size / scale, a / scale, each["m"])
        times = np.log(radii[::-1] / (np.sqrt(each["m"]) * scale)) / rate_of(each["alpha"], size)
        leading = np.concatenate([np.outer(coefficients, mu / size).ravel(), coefficients])
        given = {"leading": radii[::-1, None] * leading, "mean": mu / size}
        cases.append(LeakyCase(each["start"], each["m"], each["alpha"], each["inputs"], each["labels"], times, given))
    paths = leaky_paths(cases, clock="time", eta=0.25, method=RK8, budget=run.budget, device=run.device)
    # The flow meets small r first; the clock runs from large r to 0.
    columns = {
        name: paths.column(measure, ("r",))
        for name, measure in (("distance", distance_of), ("misalignment", misalignment_of))
    }
    # Components of theta are known to 1e-16 r, of which the correction is r^2 and its square, the misalignment, r^4.
    rounding = {"distance": 1e-15 * radii, "misalignment": 1e-15 * radii**2}
    backwards = {
        name: Column(
            c.values[:, ::-1],
            c.over,
            error=np.asarray(c.error)[:, ::-1] + rounding[name],
            flow_error=np.asarray(c.flow_error)[:, ::-1],
        )
        for name, c in columns.items()
    }
    return Trace(
        {"r": Column(np.broadcast_to(radii, (len(cases), len(radii))), ("r",)), **backwards},
        paths.status,
        device=paths.device,
    )


def distance_of(network, data, theta, given):
    return (theta - given["leading"][:, 0]).norm(dim=-1)


def misalignment_of(network, data, theta, given):
    w, _ = network.layers(theta)
    along = (w @ given["mean"][..., None])[..., 0].abs()
    # 1 - cos without cancellation: |w|^2 - along^2 over |w| (|w| + along).
    size = w.norm(dim=-1)
    off = (w - (w @ given["mean"][..., None]) * given["mean"][..., None, :]).norm(dim=-1)
    return (off**2 / (size * (size + along))).amax(-1)


# What must be refuted.
theorem.mutant(
    "fourth-order", of="linear-growth", formula=BigO(distance, r**4), why="closer than r^3", spec="leaky-relu/T4/M1"
)
theorem.mutant(
    "second-order", of="third-order", formula=Theta(distance, r**2), why="exponent 2", spec="leaky-relu/T4/M1"
)
theorem.mutant(
    "exponent-four", of="third-order", formula=Theta(distance, r**4), why="exponent 4", spec="leaky-relu/T4/M1"
)
theorem.mutant(
    "without-the-outer-weight", of="linear-growth", define={b: along / (2 * sqrt(m))}, why="b_k without the part of a_k",
    spec="leaky-relu/T4/M3",
)  # fmt: skip
theorem.mutant(
    "twice-the-rate", of="linear-growth", define={rate: (1 + alpha) * length / 2}, why="(1 + alpha)/2 in place of (1 + alpha)/4, or mu over n/2",
    spec=("leaky-relu/T4/M2", "leaky-relu/T4/M4"),
)  # fmt: skip
theorem.mutant(
    "a-quarter-more", of="constant", formula=Equivalent(distance, constant * r**3 * Rational(5, 4)),
    why="a constant that is off by a quarter",
)  # fmt: skip
theorem.mutant("fifth-power", of="aligned", formula=BigO(misalignment, r**5), why="a smaller angle")
theorem.mutant("first-order", of="leading-order", formula=Eventually(distance >= r / 100), why="a hundredth of r away")
theorem.ablate("symmetric", breaks="leading-order", on="not-symmetric", spec="leaky-relu/T4/A1")
theorem.control(
    "positives-suffice", formula=Eq(length, half_length), why="mu is also the mean over the positive examples",
    within=Rational(1, 10**12), on="gaussian", spec="leaky-relu/T4/N1",
)  # fmt: skip
