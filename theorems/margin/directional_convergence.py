"""Gradient flow on a definable homogeneous network converges in direction; without definability the direction may turn forever.

Network Phi(theta; x) with Phi(c theta) = c^L Phi(theta), loss = sum_n e^{-f(q_n)} of the margins q_n, theta' in -d(loss), direction
u = theta/|theta|. Once the loss is below ell(0), the curve u has finite length, hence a limit, if the network is definable in an
o-minimal structure; and if its gradient is locally Lipschitz, theta' aligns with theta. Smoothness does not replace definability: on
the spiral of Lyu & Li, which is C^infinity but for a C^3 axis, every other conclusion about the margin holds and u turns forever.
"""

from fractions import Fraction

import numpy as np
from sympy import Eq, Rational, Symbol, cos, exp, sin

from verify import (
    RECONSTRUCTED,
    Always,
    And,
    BigO,
    Column,
    Eventually,
    Nondecreasing,
    Paper,
    Rate,
    Tends,
    Theorem,
    Total,
    Trace,
)  # fmt: skip
from verify.dynamics.arc_length import arc_lengths, doubling_ratios
from verify.dynamics.columns import observed
from verify.dynamics.fitted import SETTLED, flow_parts, network_instance, random_fitted, uncontested_instance
from verify.dynamics.margin_flow import margin_flow
from verify.dynamics.spiral_flow import spiral_flow
from verify.dynamics.time_flow import log_time_flow
from verify.evidence.trace import padded
from verify.models.architectures import ARCHITECTURES, euler_identity_holds
from verify.models.definable import PATHS, outside
from verify.models.losses import loss_from
from verify.models.spiral import Spiral, axis_identity_holds
from verify.proof import Given, bound, by_cas, cited, identity
from verify.statement.instances import Instance

theorem = Theorem(
    "directional-convergence",
    title="Gradient flow on a definable homogeneous network converges in direction, and aligns with it",
    source=Paper(
        "Ji & Telgarsky", 2020, arxiv="2006.06657", fidelity=RECONSTRUCTED,
        title="Directional Convergence and Alignment in Deep Learning",
    ),
    summary="What is proved here is the counterexample: the identity that keeps the flow in the valley of the spiral. The theorem "
    "itself rests on a cited inequality of Kurdyka and Lojasiewicz; its consequences are measured.",
)  # fmt: skip

# fmt: off
# Setting. u = theta/rho, rho = |theta|. Length and limit of the curve u do not depend on the clock.
s = theorem.clock("s", log=True, meaning="a clock of the flow: rho/rho_0; 1 + log(1 + log(rho/rho_0)) on the spiral; time where rho is bounded")
n = theorem.index("n", meaning="examples")
k = theorem.index("k", meaning="the last doublings of tau = log(1/loss)")
x = theorem.index("x", meaning="sampled margins of one example")
j = theorem.index("j", meaning="rational radii")
v = Symbol("v")
f = theorem.function("f", v, v, "the loss of an example with margin v is e^{-f(v)}")
A = theorem.function("A", v, 4 * v**4 / (4 * v**4 + (1 - v**2) ** 3), "the amplitude of the spiral at radius v")

L = theorem.parameter("L", "degree of homogeneity")
oscillating = theorem.parameter("oscillating", "parts of the network that no o-minimal structure is known to hold", sign="nonnegative")
q0 = theorem.quantity("q0", "margins at the start", over=n, latex="q_n(0)")
length = theorem.quantity("length", "length of the curve u since the start", over=s, sign="nonnegative")
defect = theorem.quantity("defect", "1 - cosine of theta and theta'", over=s, sign="nonnegative", latex=r"(1-\beta)")
ratio = theorem.quantity("ratio", "length of u within a doubling of tau, over that within the doubling before", over=k)
smoothed = theorem.quantity("smoothed", "the smoothed margin", over=s, latex=r"\tilde\gamma")
angle = theorem.quantity("angle", "angle of the direction around the axis of the spiral", over=s)
kkt = theorem.quantity("kkt", "distance to a KKT point of the margin problem, |theta - lambda grad q| at q = 1", over=s, sign="nonnegative")
drift_j = theorem.quantity("drift_j", "e^x L (1 - f) dpsi/dlog rho in the valley psi = 0, at rational radii", over=j)
loss0 = theorem.define("loss0", Total(exp(-f(q0)), over=n), "the loss at the start, a sum", latex=r"\mathcal{L}_0")

# Hypotheses.
theorem.assume("locally-lipschitz", assumed="every network here is a composition of polynomials, powers of ReLU and square roots of "
               "positive forms, or the spiral", spec="margin-kkt/T6/H1")
theorem.assume("homogeneous", by_step="euler", meaning="q_n(c theta) = c^L q_n(theta) for c > 0", spec="margin-kkt/T6/H2")
theorem.assume("definable", Eq(oscillating, 0), "the network is built from pieces that are definable in one o-minimal structure",
    spec="margin-kkt/T6/H3")
theorem.assume("exponential-loss", by_step="loss", meaning="the loss is exponential, the first of the two admitted; logistic is the other",
    spec="margin-kkt/T6/H4")
theorem.assume("fitted-start", loss0 < 1, "the sum of the losses at the start is below ell(0)", spec="margin-kkt/T6/H5")
theorem.assume("lipschitz-gradients", assumed="for alignment alone, which is decided on polynomials and powers of ReLU from the second "
               "on; the smoothed ReLU is left out", spec="margin-kkt/T6/H6")
CURVE = ("locally-lipschitz", "homogeneous", "definable", "exponential-loss", "fitted-start")

# Conclusions.
SMOOTH = tuple(name for name in ARCHITECTURES if not name.startswith("smoothed"))
theorem.conclude("finite-length", Always(ratio <= 2 ** (-1 / (2 * L))), under=CURVE, on=SMOOTH, spec="margin-kkt/T6/C1",
    meaning="from one doubling of tau to the next the length falls geometrically, so that the curve u has finite length, hence a limit",
    differs="the paper has finite length; that it falls geometrically from doubling to doubling is measured here, not proved")
theorem.conclude("length-ratio", Always(Eq(ratio, 2 ** (-1 / L))), "the length beyond tau is of the order tau^{-1/L}, like |du/dlog rho|",
    within=Rational(1, 50), because="corrections are of the order tau^{-1/L}; 2^{-1/(2L)} and 2^{-2/L} are .07 and more away", under=CURVE,
    on=tuple(name for name in SMOOTH if name != "relu-squared"),  # still .02 away at tau = 10^6
    differs="the paper has no rate; this one is our own, for starts with a conserved component that does not vanish",
    spec=("margin-kkt/T6/Q3", "margin-kkt/T6/Q4"))
theorem.conclude("aligned", Tends(defect, 0), "theta' aligns with theta", within=Rational(1, 100), spec=("margin-kkt/T6/C2", "margin-kkt/T6/Q2"),
    because="1 - beta is of the order rho^{-2}: below 10^-4 at the end", on=("linear", "deep-linear-2", "deep-linear-3"))
theorem.conclude("valley", Always(Eq(drift_j, 0)), "in the valley of the spiral psi does not move: the flow follows it",
    under=(), on="rational-radii", spec=("margin-kkt/T6/S1", "margin-kkt/T6/X2"))
for name, value in {"length": length, "1 - cosine": defect}.items():
    theorem.tabulate(name, value)

# Proof. The theorem is cited.
q = theorem.quantity("q", "margins", over=(s, n), latex="q_n")
along = theorem.quantity("along", "<theta, grad q_n>", over=(s, n), latex=r"\langle\theta,\nabla q_n\rangle")
theorem.step("euler", Always(Eq(along, L * q), over=(s, n)),
    by=by_cas(euler_identity_holds, "sum_i theta_i dPhi/dtheta_i = L Phi on every architecture, by SymPy"))
theorem.step("loss", Always(Eq(f(x), x), over=x), by=identity())
theorem.step("kurdyka-lojasiewicz", BigO(length, 1), meaning="the curve has finite length, hence a limit", spec="margin-kkt/T6/Z1",
    by=cited("Ji & Telgarsky (2020): an inequality of Kurdyka-Lojasiewicz type for unbounded, nonsmooth, definable functions"))
theorem.step("alignment", "aligned", given="kurdyka-lojasiewicz", by=cited("Ji & Telgarsky (2020), for locally Lipschitz gradients"))

# The spiral: q = rho^L (1 - hill) with hill = e^{-x} (1 - A(r) sin(psi)), x = 1/(1 - r^2), psi = phi - x, in polar coordinates (r, phi)
# of two of the three coordinates of u. The unit sphere has the metric dr^2/(1 - r^2) + r^2 dphi^2.
r = theorem.quantity("r", "radius on the spiral", over=s, sign="positive")
phi = theorem.quantity("phi", "angle on the spiral", over=s, latex=r"\varphi")
psi = theorem.define("psi", phi - 1 / (1 - r**2), "angle from the valley", latex=r"\psi")
E = theorem.define("E", exp(-1 / (1 - r**2)), "e^{-x}")
hill = theorem.define("hill", E * (1 - A(r) * sin(psi)), "1 - q/rho^L")
dA = theorem.function("dA", v, 8 * v**3 * (1 - v**2) ** 2 * (2 + v**2) / (4 * v**4 + (1 - v**2) ** 3) ** 2, "the derivative of A")
hill_r = theorem.define("hill_r", E * (-2 * r / (1 - r**2) ** 2 * (1 - A(r) * (sin(psi) + cos(psi))) - dA(r) * sin(psi)),
    "derivative in r", latex="h_r")
hill_phi = theorem.define("hill_phi", -E * A(r) * cos(psi), "derivative in phi", latex=r"h_\varphi")
theorem.relation("inside", Always(1 - r**2 > 0), "the direction lies off the equator r = 1")
pace = theorem.quantity("pace", "L (1 - hill), positive since e^{-x} (1 + A) is at most 2/e", over=s, sign="positive")
theorem.relation("sphere-flow", Always(And(
    Eq(pace * Rate(r, s), -(1 - r**2) * hill_r), Eq(pace * Rate(phi, s), -hill_phi / r**2))),
    "du/dlog rho = grad(1 - hill)/(L (1 - hill)) on the sphere")
theorem.relation("in-the-valley", Always(And(Eq(sin(psi), 0), Eq(cos(psi), 1))), "psi = 0 modulo a turn, where the start lies")
theorem.relation("started", Always(r**2 >= Rational(1, 2)), "far enough out")
theorem.step("bottom", Always(4 * r**4 + (1 - r**2) ** 3 > 0), by=bound(4 * r**4 + Given("inside") ** 3), given="inside")
theorem.step("amplitude", Always(Eq(Rate(A(r), s), dA(r) * Rate(r, s))), by=identity(), given=("inside", "bottom"))
theorem.step("derivatives", Always(Eq(Rate(hill, s), hill_r * Rate(r, s) + hill_phi * Rate(phi, s))), by=identity(), given=("inside", "bottom"),
    meaning="the two partial derivatives, along any motion of r and phi")
VALLEY_FACTS = ("inside", "bottom", "sphere-flow")
theorem.step("across", given=VALLEY_FACTS, by=identity(), spec="margin-kkt/T6/S1", claim=Always(Eq(
    pace * Rate(psi, s),
    E * (4 * r**2 / (1 - r**2) ** 3 * (A(r) * sin(psi) + cos(psi) - 1) - 2 * r / (1 - r**2) * dA(r) * sin(psi)))),
    meaning="psi' has no term without sin(psi) or 1 - cos(psi), for this amplitude: with the power 4 in place of 3 it has")
theorem.step("stays", Always(Eq(Rate(psi, s), 0)), given=("inside", "bottom", "across", "in-the-valley"), by=identity(),
    spec="margin-kkt/T6/S1", meaning="in the valley psi' = 0")
OUT = 2 * r * E / Given("inside") * Given("inside") ** 3 / (Given("bottom") * pace)
theorem.step("outwards", Always(Rate(r, s) > 0), given=(*VALLEY_FACTS, "in-the-valley"), by=bound(OUT),
    spec="margin-kkt/T6/S3", meaning="along the valley r rises, and phi = 1/(1 - r^2) with it")
theorem.step("every-point", Always(Eq(Rate(phi, s), 2 * r / (1 - r**2) ** 2 * Rate(r, s))), given=("inside", "stays"), by=identity(),
    spec="margin-kkt/T6/S3", meaning="phi - 1/(1 - r^2) is constant; r has no limit below 1, so phi grows without bound and every point "
    "of the circle r = 1 is a limit point")
G, Y = Given("inside"), Given("started")
theorem.step("unstable", spec="margin-kkt/T6/X2", given=("inside", "bottom", "started"), by=bound(16 * r**4 / (G**3 * Given("bottom") ** 2) * (
    Rational(13, 32) + Rational(63, 16) * Y + Rational(11, 4) * Y**2 + Y**3 * (Rational(15, 2) + 2 * G + G * Y))),
    claim=Always(4 * r**2 / (1 - r**2) ** 3 * A(r) - 2 * r / (1 - r**2) * dA(r) > 0), meaning="the rate at which the flow leaves the valley")
theorem.step("smooth", Always(Eq(r**4 * sin(psi), r**3 * (r * sin(phi) * cos(phi - psi) - r * cos(phi) * sin(phi - psi)))),
    by=by_cas(axis_identity_holds, "A(r) sin(psi) is r^3 times a smooth function of the coordinates (r cos(phi), r sin(phi)), by SymPy"),
    given="inside", spec="margin-kkt/T6/S2", meaning="so q, homogeneous by its form, is C^3 on the axis r = 0 and C^infinity elsewhere")
VALLEY = "spiral"
# fmt: on


# Instances: a network, examples, and a start where gradient flow has brought the loss down to e^{-1/2}; and the spiral.
def architecture(name):
    @theorem.family(name, level="quick" if name in ("linear", "deep-linear-2", "deep-linear-3") else "thorough")
    def draw(rng, size):
        """Eight Gaussian points in four dimensions, labelled by a random hyperplane, and a Gaussian start; with ReLU one with no saddle ahead."""
        return [uncontested_instance(rng, name)] if name in SETTLED else random_fitted(rng, name, max(1, size // 16))


for name in ARCHITECTURES:
    architecture(name)


@theorem.family(VALLEY, without="definable", spec=("margin-kkt/T6/S2", "margin-kkt/T6/X2"))
def spiral(rng, size):
    """The spiral from r = 3/5, beside the valley by 1/100 on either side, and anywhere else.

    Exactly in the valley no run is determined: rounding pushes it out to one side or the other.
    """
    starts = [(Fraction(3, 5), Fraction(1, 100)), (Fraction(3, 5), Fraction(-1, 100))]
    starts += [
        (Fraction(int(rng.integers(8, 13)), 16), Fraction(int(rng.integers(1, 40)), 16)) for _ in range(size // 16)
    ]
    return [
        Instance(f"r = {r}, psi = {psi}", {"network": VALLEY, "r": r, "psi": psi, "L": 1, "N": 1}) for r, psi in starts
    ]


@theorem.family("rational-radii", decides="valley")
def rational_radii(rng, size):
    """The spiral at sixteen rational radii."""
    return [Instance("radii", {"network": VALLEY, "radii": [Fraction(i, 17) for i in range(1, 17)], "L": 1})]


@theorem.family("not-separable", without="fitted-start")
def not_separable(rng, size):
    """Two opposite points: from beyond the minimiser of the loss the flow falls back to it, against the direction of theta."""
    return [network_instance("opposite", "linear", [[2, 0], [-1, 0]], [1, 1], np.array([1.0, 0.0]))]


# Experiments.
@theorem.observe(measures=[x, q0, oscillating], on=(*ARCHITECTURES, VALLEY, "not-separable"))
def start(instances, setting, run):
    """Margins at the start, and the parts of the network that are not known to be definable."""
    margins, parts = [], []
    for each in instances:
        if each["network"] == VALLEY:
            form = spiral_of(setting, each)
            margins.append([form.margin(state_of(each))])
            parts.append(Fraction(len(outside(form.height))))
        else:
            network, data, theta = flow_parts(each)
            margins.append(list(network.margins(theta, data)))
            parts.append(Fraction(len(outside(PATHS[each["network"]]))))
    first, mask = padded(margins)
    columns = {
        "x": Column(np.tile(np.linspace(-3.0, 3.0, 13), (len(instances), 1)), ("x",)),
        "q0": Column(first, ("n",), error=1e-14 * np.abs(first)),
        "oscillating": Column(np.array(parts, dtype=object)),
    }
    return Trace(columns, [""] * len(instances), {"n": mask})


@theorem.experiment(measures=[drift_j], on="rational-radii")
def in_the_valley(instances, setting, run):
    """The exact motion across the valley at rational radii."""
    drifts = [[spiral_of(setting, each).valley_drift(radius) for radius in each["radii"]] for each in instances]
    return Trace({"drift_j": Column(np.array(drifts, dtype=object), ("j",))}, [""] * len(instances))


@theorem.experiment(measures=[s, length, defect, smoothed, angle, kkt], on=VALLEY)
def around_the_spiral(instances, setting, run):
    """The flow on the spiral to log log rho = 25."""
    log_s = np.linspace(0.0, 25.0, 126)
    forms, paths = spiral_paths(instances, setting, run, log_s)
    states, errors = np.array([path.states for path in paths]), np.array([path.error for path in paths])
    margins, motion = (
        np.array([measure(form, path.states) for form, path in zip(forms, paths, strict=True)])
        for measure in (Spiral.margin, lambda form, state: form.velocity(state)[..., 2])
    )
    tangent = np.exp(-states[..., 0]) * motion
    cosine = 1 / np.sqrt(1 + tangent**2)
    degrees = np.array([[form.degree] for form in forms])
    columns = {
        "s": Column(np.tile(np.log1p(log_s), (len(paths), 1)), ("s",), log=True),
        "angle": Column(states.sum(-1), ("s",), flow_error=errors[..., :2].sum(-1)),
        "length": Column(np.array([path.length for path in paths]), ("s",), flow_error=errors[..., 2], state=False),
        "defect": Column(tangent**2 * cosine**2 / (1 + cosine), ("s",), error=1e-15),
        "smoothed": Column(margins, ("s",), error=1e-15, flow_error=errors[..., 0]),
        # with one example the distance is |theta| times the sine of the angle between theta and grad q, at q = 1
        "kkt": Column(tangent * cosine * margins ** (-1 / degrees), ("s",), error=1e-15),
    }
    return Trace(columns, [path.status for path in paths])


@theorem.experiment(measures=[ratio], on=VALLEY)
def doublings_on_the_spiral(instances, setting, run):
    """The length within each of forty doublings of rho^L, to which tau is equal up to a factor that tends to one."""
    doublings = np.log1p(np.log(2) * np.arange(41))
    _, paths = spiral_paths(instances, setting, run, doublings)
    window = np.array([np.diff(path.length) for path in paths])
    spread = np.array([path.error[1:, 2] for path in paths]) / window
    ratios = window[:, 1:] / window[:, :-1]
    return Trace(
        {"ratio": Column(ratios, ("k",), error=ratios * (spread[:, 1:] + spread[:, :-1]))},
        [path.status for path in paths],
    )


@theorem.experiment(measures=[s, defect], on="not-separable")
def log_time_clock(instances, setting, run):
    """Gradient flow in the clock log t to t = 5, where the norm stays bounded."""
    times = np.linspace(0.0, np.log(5.0), 40)
    paths = [log_time_flow(*flow_of(each, setting), times, tolerance=1e-11 * run.relax) for each in instances]
    columns = {
        "s": Column(np.tile(times, (len(paths), 1)), ("s",), log=True),
        "defect": observed(paths, "cosine_defect", ("s",)),
    }
    return Trace(columns, [path.status for path in paths])


@theorem.experiment(measures=[s, length, defect, smoothed, ratio])
def log_norm_clock(instances, setting, run):
    """Gradient flow in the clock log rho to tau = 10^6; at degree 1 to 4000, where 1 - beta comes to the rounding of float64."""
    paths = []
    for each in instances:
        network, loss, data, theta = flow_of(each, setting)
        end = 1e6 if each["L"] > 1 else 4e3
        paths += margin_flow(
            network, loss, [data], [theta], rows=240, tau_target=end, tolerance=1e-11 * run.relax, device=run.device
        )
    lengths, errors = arc_lengths(paths)
    log_rho = observed(paths, "log_rho", ("s",), log=True)
    ratios = [
        doubling_ratios(path.rows.tau.cpu().numpy(), each, bar, least=float(path.rows.tau[-1]) / 16)
        for path, each, bar in zip(paths, lengths, errors, strict=True)
    ]
    values, mask = padded([list(found) for found, _ in ratios])
    columns = {
        "s": Column(log_rho.values - log_rho.values[:, :1], ("s",), log=True),
        "length": Column(lengths, ("s",), flow_error=errors, state=False),
        "defect": observed(paths, "cosine_defect", ("s",)),
        "smoothed": observed(paths, "smoothed", ("s",)),
        "ratio": Column(values, ("k",), error=padded([list(bar) for _, bar in ratios])[0]),
    }
    return Trace(columns, [path.status for path in paths], {"k": mask}, device=run.device)


def flow_of(instance, setting):
    network, data, theta = flow_parts(instance)
    return network, loss_from(setting[f](v), v), data, theta


def spiral_paths(instances, setting, run, log_s):
    forms = [spiral_of(setting, each) for each in instances]
    starts = [state_of(each) for each in instances]
    flows = zip(forms, starts, strict=True)
    return forms, [
        spiral_flow(form, x, psi, log_s, tolerance=1e-9 * run.relax, budget=run.budget) for form, (x, psi) in flows
    ]


def spiral_of(setting, instance):
    return Spiral(setting[A](v), v, instance["L"])


def state_of(instance):
    """(x, psi) at the start."""
    return np.array([1 / (1 - float(instance["r"]) ** 2), float(instance["psi"])])


# What must be refuted.
# fmt: off
theorem.mutant("square-of-the-ratio", of="finite-length", formula=Always(ratio <= 2 ** (-2 / L)), why="length of the order tau^{-2/L}")
theorem.mutant("twice-the-exponent", of="length-ratio", formula=Always(Eq(ratio, 2 ** (-2 / L))), why="length of the order tau^{-2/L}")
theorem.mutant("half-the-exponent", of="length-ratio", formula=Always(Eq(ratio, 2 ** (-1 / (2 * L)))), why="length of the order tau^{-1/(2L)}")
theorem.mutant("same-for-every-degree", of="length-ratio", formula=Always(Eq(ratio, Rational(1, 2))), why="length of the order 1/tau",
    on=("deep-linear-2", "deep-linear-3"))
theorem.mutant("never-aligned", of="aligned", formula=Tends(defect, Rational(1, 10)), why="1 - beta tends to 1/10")
theorem.mutant("power-four", of="valley", define={A: 4 * v**4 / (4 * v**4 + (1 - v**2) ** 4)}, why="the power 4 of the planar form",
    spec=("margin-kkt/T6/M3", "margin-kkt/T6/X2"))
theorem.mutant("other-sign", of="valley", define={A: -4 * v**4 / (4 * v**4 + (1 - v**2) ** 3)}, why="the amplitude with the other sign",
    spec="margin-kkt/T6/X2")
SMOOTH_HOMOGENEOUS = ("locally-lipschitz", "homogeneous", "exponential-loss", "fitted-start")
theorem.control("margin-still-grows", formula=And(Nondecreasing(smoothed), Tends(smoothed, 1)), within=Rational(1, 100), on="spiral",
    why="the smoothed margin rises to its optimum although the direction has no limit", under=SMOOTH_HOMOGENEOUS, spec="margin-kkt/T6/N1")
theorem.control("limit-points-are-kkt", formula=Tends(kkt, 0), within=Rational(1, 100), on="spiral", under=SMOOTH_HOMOGENEOUS,
    why="every limit point is a KKT point of the margin problem, though there is a circle of them", spec="margin-kkt/T6/N2")
theorem.control("turns-forever", formula=Eventually(angle > Rational(5, 2) + 2 * Rational(22, 7)), on="spiral", under=SMOOTH_HOMOGENEOUS,
    why="from an angle below 5/2 the direction has turned by more than 2 pi when log log rho = 25",
    spec=("margin-kkt/T6/E1", "margin-kkt/T6/Q1", "margin-kkt/T6/X1", "margin-kkt/T6/X2"))

theorem.ablate("definable", breaks="finite-length", on="spiral", name="lyu-li-imply-convergence",
    spec=("margin-kkt/T6/A1", "margin-kkt/T6/M1"))
theorem.ablate("fitted-start", breaks="aligned", on="not-separable")
# fmt: on
