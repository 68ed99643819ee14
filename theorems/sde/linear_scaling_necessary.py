"""How large a batch can be before the linear scaling rule must fail: kappa <= C^2 (1 + noise/gradient), and its like for the equation.

For a scale-invariant loss with weight decay lam, SGD x' = (1 - eta lam) x - eta grad L_gamma(x) balances |x|^2 exactly, and so does
its stochastic differential equation. Where both are stationary and agree within a factor C in R = E|x|^2 and N = E tr Cov, the gradient
G = E|grad L|^2 is at most (C^2 - 1) N; where runs at (batch B, rate eta) and (kappa B, kappa eta) agree within C, kappa is at most
C^2 (1 + N/G). The conditions are necessary, not sufficient. Measured on a loss in the plane, with the stationary laws computed exactly.
"""

from fractions import Fraction

import numpy as np
from sympy import Eq, Rational

from verify import RECONSTRUCTED, Always, And, Column, Implies, Paper, Rate, Theorem, Total, Trace
from verify.dynamics.chains import mean
from verify.dynamics.scale_invariant import Stationary, of_sgd, of_the_equation, sampled_sgd
from verify.proof import Given, bound, identity
from verify.statement.instances import Instance

# Declarations are tables: up to 150 columns each, which the formatter would break into one word a line.
# fmt: off
theorem = Theorem(
    "linear-scaling-necessary",
    title="For the linear scaling rule, and for the equation of SGD, the gradient must be small against the noise",
    source=Paper(
        authors="Li, Malladi & Arora",
        year=2021,
        title="On the Validity of Modeling SGD with Stochastic Differential Equations (SDEs)",
        arxiv="2102.12470",
        fidelity=RECONSTRUCTED,
    ),
    summary="Closeness by a factor C is reconstructed from the source; the balances, the instance in the plane and its exact stationary "
    "laws are our own.",
)

# Setting. Runs of SGD at rate kappa eta and noise variance s^2/kappa, kappa >= 1; the same for its equation.
kappa = theorem.index("kappa", meaning="factor on batch size and learning rate", sign="positive", latex=r"\kappa")
eta = theorem.parameter("eta", "learning rate at kappa = 1", latex=r"\eta")
lam = theorem.parameter("lam", "weight decay", latex=r"\lambda")
R, G, N = (
    theorem.quantity(name, f"stationary {what} of SGD at kappa", over=kappa, sign="positive")
    for name, what in (("R", "E|x|^2"), ("G", "E|grad L|^2"), ("N", "E tr Cov(grad L_gamma)"))
)
R_sde, G_sde, N_sde = (
    theorem.quantity(f"{name}_sde", f"the same mean for the equation: {name}", over=kappa, sign="positive", latex=f"{{{name}'}}") for name in "RGN"
)
R1, G1, N1 = (theorem.parameter(f"{name}1", f"{name} at kappa = 1", latex=f"{name}_1") for name in "RGN")
R1_sde, G1_sde, N1_sde = (theorem.parameter(f"{name}1_sde", f"{name} of the equation at kappa = 1", latex=f"{name}'_1") for name in "RGN")
C = theorem.quantity("C", "a factor within which SGD and its equation agree in R and N", over=kappa, sign="positive")
D = theorem.quantity("D", "a factor within which the runs at kappa and at 1 agree in R, G and kappa N", over=kappa, sign="positive")
rate = theorem.define("rate", kappa * eta, "learning rate at kappa", latex=r"\eta_\kappa")
normalised = theorem.define("normalised", rate * N, "noise as the equation holds it, eta N", latex=r"\bar N")
radial = theorem.quantity("radial", "largest |<x, grad L_gamma(x)>| on the circle", sign="nonnegative")
settling = theorem.quantity("settling", "relative change of R when the run is made twice as long", sign="nonnegative")

# Hypotheses.
theorem.assume("scale-invariant", Eq(radial, 0), "L_gamma(c x) = L_gamma(x) for c > 0", within=Rational(1, 10**9), spec="sde-weak-order/T3/H1")
theorem.assume("stationary", settling <= Rational(1, 10), "the stationary means exist and are finite", spec="sde-weak-order/T3/H2")
CLOSE = And(C * R_sde >= R, R_sde <= C * R, C * N_sde >= N, N_sde <= C * N)
theorem.assume("close", Always(CLOSE), "SGD and its equation agree within C", within=Rational(1, 10**9), spec="sde-weak-order/T3/H3")
SCALED = And(R <= D * R1, R1 <= D * R, G <= D * G1, G1 <= D * G, kappa * N <= D * N1, D * kappa * N >= N1)
theorem.assume("scales", Always(SCALED), "the runs at kappa and at 1 agree within D", within=Rational(1, 10**9), spec="sde-weak-order/T3/H4")
theorem.relation("larger-batch", Always(kappa >= 1), because="the batch grows")

# Conclusions.
ALL = ("circle", "circle-sampled")
EXACT = {"within": Rational(1, 1000), "because": "the exact stationary laws are known to 1e-5", "under": ("scale-invariant", "stationary")}
theorem.conclude(
    "necessary",
    Always(G / N <= C**2 - 1),
    "SGD follows its equation only where G/N <= C^2 - 1",
    spec=("sde-weak-order/T3/C1", "sde-weak-order/T3/Q4", "sde-weak-order/T3/Q5"),
)
theorem.conclude("largest-rate", Always(rate <= normalised / G * (C**2 - 1)), "hence at most to this learning rate", spec="sde-weak-order/T3/C3")
theorem.conclude(
    "largest-batch",
    Always(kappa <= D**2 * (1 + N1 / G1)),
    "the linear scaling rule holds at most to this factor",
    spec=("sde-weak-order/T3/C2", "sde-weak-order/T3/Q6"),
)
theorem.conclude("balance", Always(Eq((2 * lam - rate * lam**2) * R, rate * (G + N))), "SGD balances |x|^2", **EXACT, on="circle")
theorem.conclude(
    "balance-of-the-equation",
    Always(Eq(2 * lam * R_sde, rate * N_sde)),
    "so does its equation",
    within=Rational(1, 10**9),
    because="closed forms",
    under=("scale-invariant", "stationary"),
    on="circle",
    spec="sde-weak-order/T3/Q1",
)
theorem.conclude(
    "sampled-balance",
    Always(Eq((2 * lam - rate * lam**2) * R / (rate * (G + N)), 1)),
    "the same, sampled, for kappa up to 64",
    within=Rational(1, 30),
    because="sampled means are known to 1 %, six standard errors",
    under=("scale-invariant", "stationary"),
    on="circle-sampled",
    level="thorough",
    spec="sde-weak-order/T3/Q3",
)
theorem.conclude(
    "equation-scales",
    Always(And(Eq(R_sde, R1_sde), Eq(G_sde, G1_sde), Eq(kappa * N_sde, N1_sde))),
    "the equation obeys the linear scaling rule exactly",
    within=Rational(1, 10**9),
    because="closed forms",
    under=(),
    on=ALL,
    spec="sde-weak-order/T3/Q2",
)

# Proof. Along a ray c x the loss is constant; i runs over the coordinates.
c = theorem.clock("c", meaning="factor on x, from 1 on")
i = theorem.index("i", meaning="coordinates")
x = theorem.quantity("x", "coordinate of the state", over=i)
v = theorem.quantity("v", "coordinate of grad L_gamma(x)", over=i)
ray = theorem.quantity("ray", "L_gamma(c x)", over=c)
level = theorem.parameter("level", "L_gamma(x)", sign="real")
theorem.relation("along-the-ray", Always(Eq(Rate(ray, c), Total(x * v, over=i))), because="the chain rule, at c = 1")
theorem.relation("invariance", Always(Eq(ray, level)), because="scale invariance")
theorem.relation(
    "mean-of-the-step",
    Always(Eq(R, (1 - rate * lam) ** 2 * R + rate**2 * (G + N))),
    because="means over a stationary law of the pathwise step; E|v|^2 = G + N",
)
theorem.relation(
    "mean-of-the-generator",
    Always(Eq(rate * N_sde - 2 * lam * R_sde, 0)),
    because="the generator of the equation on |x|^2, with <x, grad L> = 0, has mean zero (Ito)",
)
theorem.relation("base-run", Eq((2 * lam - eta * lam**2) * R1, eta * (G1 + N1)), because="the balance at kappa = 1")
theorem.step("euler", Eq(Total(x * v, over=i), 0), by=identity(), given=("along-the-ray", "invariance"), spec="sde-weak-order/T3/S1")
theorem.step(
    "pathwise",
    Always(Eq(Total(((1 - rate * lam) * x - rate * v) ** 2, over=i), (1 - rate * lam) ** 2 * Total(x**2, over=i) + rate**2 * Total(v**2, over=i))),
    by=identity(),
    given="euler",
    spec="sde-weak-order/T3/S2",
)
theorem.step("sgd-balances", "balance", by=identity(), given="mean-of-the-step", spec="sde-weak-order/T3/S3")
theorem.step("equation-balances", "balance-of-the-equation", by=identity(), given="mean-of-the-generator", spec="sde-weak-order/T3/S4")
theorem.step(
    "necessity",
    "necessary",
    by=bound(-C / N * Given("close", 3) + 2 * lam / (rate * N) * Given("close", 0) + lam**2 * R / N),
    given=("close", "sgd-balances", "equation-balances"),
    spec="sde-weak-order/T3/S5",
)
theorem.step("largest-rate", "largest-rate", by=bound(-rate * N / G * Given("necessity")), given="necessity", spec="sde-weak-order/T3/S5")
theorem.step(
    "largest-batch",
    "largest-batch",
    by=bound((-D * (G1 + N1) / R1 * Given("scales", 0) - kappa * Given("scales", 3) + D * kappa * N + D * Given("larger-batch") * lam**2 * R) / G1),
    given=("scales", "larger-batch", "sgd-balances", "base-run"),
    spec="sde-weak-order/T3/S6",
)


# Instances. In the plane, L_gamma'(phi) = sin phi + s z: rate, decay and noise s.
def circle_instance(label, rate, decay, noise, factors, **more):
    return Instance(label, {"eta": rate, "lam": decay, "s": noise, "kappas": factors, "tilt": 0, "claimed": "", **more})


REFERENCE = ("reference", Fraction(1, 50), Fraction(1, 5), Fraction(3, 2))


@theorem.family("circle", spec="sde-weak-order/T3/R1")
def circle(rng, size):
    """Noise s z/sqrt(kappa) with z = +-1, so large that gradients never vanish: the stationary law of SGD is computed exactly."""
    first = circle_instance(*REFERENCE, (1, Fraction(5, 4), Fraction(3, 2), Fraction(7, 4)))
    decays = [Fraction(int(k), 100) for k in rng.integers(15, 26, 2)]
    return [first, *(circle_instance(f"s = 3, lam = {d}", Fraction(1, 50), d, 3, (1, 2, 3, 4)) for d in decays)]


@theorem.family("circle-sampled", level="thorough", spec="sde-weak-order/T3/R2")
def circle_sampled(rng, size):
    """Gaussian noise, s = 1.5, kappa up to 64: sampled with 4,096 chains."""
    return [circle_instance(*REFERENCE, (1, 2, 4, 8, 16, 32, 64))]


@theorem.family("not-close", without="close")
def not_close(rng, size):
    """C = 1 is claimed."""
    return [circle_instance(*REFERENCE, (1, Fraction(5, 4), Fraction(3, 2), Fraction(7, 4)), claimed="C")]


@theorem.family("not-scaled", without="scales", level="thorough")
def not_scaled(rng, size):
    """D = 1 is claimed, for kappa up to 64."""
    return [circle_instance(*REFERENCE, (1, 8, 64), claimed="D")]


@theorem.family("tilted", without="scale-invariant", level="thorough")
def tilted(rng, size):
    """A term (1/2)(x_1)^2 added to the loss: the gradient has a radial part."""
    return [circle_instance(*REFERENCE, (1, 2), tilt=1)]


@theorem.family("no-decay", without="stationary", level="thorough")
def no_decay(rng, size):
    """lam = 1e-9: |x|^2 grows for as long as the run lasts, as it does for ever when lam = 0."""
    return [circle_instance("no decay", Fraction(1, 50), Fraction(1, 10**9), Fraction(3, 2), (1, 2))]


@theorem.family("quadratic", without="scale-invariant", spec="sde-weak-order/T3/X2")
def quadratic(rng, size):
    """f = a x^2/2 with noise s^2: R = eta s^2/(2a - eta a^2), and eta s^2/(2a) for the equation. Not scale invariant: no instance."""
    a, s = Fraction(int(rng.integers(1, 6)), 2), Fraction(int(rng.integers(1, 4)))
    etas = [Fraction(k, 8) / a for k in (1, 2, 4, 8, 12, 15)]  # eta a up to 2, where R of SGD diverges
    sgd, equation = ([h * s**2 / (2 * a - h * a**2) for h in etas], [h * s**2 / (2 * a) for h in etas])
    noise = [s**2] * len(etas)
    over_kappa = {"R": sgd, "R_sde": equation, "G": [a**2 * r for r in sgd], "G_sde": [a**2 * r for r in equation], "N": noise, "N_sde": noise}
    over_kappa |= {"kappa": [h / etas[0] for h in etas], "C": [p / q for p, q in zip(sgd, equation, strict=True)]}
    over_kappa["D"] = [max(r / sgd[0], k) for r, k in zip(sgd, over_kappa["kappa"], strict=True)]
    alone = {"eta": etas[0], "radial": a, "settling": Fraction(0), "R1": sgd[0], "G1": a**2 * sgd[0], "N1": s**2}
    columns = {name: np.array([values], dtype=object) for name, values in over_kappa.items()}
    return {**columns, **{name: np.array([value], dtype=object) for name, value in alone.items()}}


# Experiments.
@theorem.observe(measures=[radial, kappa], on=(*ALL, "not-close", "not-scaled", "tilted", "no-decay"))
def gradients(instances, setting, run):
    """<x, grad L_gamma> on the unit circle, and the factors kappa."""
    angle = np.linspace(0, 2 * np.pi, 60)
    worst = [float(i["tilt"]) * np.abs(np.cos(angle) ** 2).max() for i in instances]
    factors = Column(np.array([[Fraction(k) for k in i["kappas"]] for i in instances], dtype=object), ("kappa",))
    return Trace({"radial": Column(np.array(worst)), "kappa": factors}, [""] * len(instances))


def columns_of(instances, runs, settled):
    """The columns from stationary means (R, G, N and their relative errors) for each instance and factor."""
    laws = [[of_the_equation(float(i["eta"] * k), float(i["lam"]), float(i["s"]) / k**0.5) for k in i["kappas"]] for i in instances]
    equation = {name: np.array([[getattr(law, name) for law in row] for row in laws]) for name in "RGN"}
    sgd = {name: np.array([[getattr(one, name) for one in row] for row in runs]) for name in "RGN"}
    error = np.array([[one.error for one in row] for row in runs])
    factors = np.array([i["kappas"] for i in instances], float)
    close = np.max([np.maximum(sgd[n] / equation[n], equation[n] / sgd[n]) for n in "RN"], axis=0)
    weights = {"R": 1.0, "G": 1.0, "N": factors}
    scaled = {n: weights[n] * sgd[n] / (weights[n] * sgd[n])[:, :1] for n in "RGN"}
    apart = np.max([np.maximum(scaled[n], 1 / scaled[n]) for n in "RGN"], axis=0)
    columns = {"settling": Column(np.array(settled))}
    for name in "RGN":
        columns[name] = Column(sgd[name], ("kappa",), error=error * sgd[name])
        columns[f"{name}_sde"] = Column(equation[name], ("kappa",), error=1e-14 * equation[name])
        columns[f"{name}1"] = Column(sgd[name][:, 0], error=(error * sgd[name])[:, 0])
        columns[f"{name}1_sde"] = Column(equation[name][:, 0], error=1e-14 * equation[name][:, 0])
    # The factors are chosen a little larger than the ratios, by the ratios' own errors, so that closeness is beyond doubt.
    chosen = {"C": close * (1 + 2 * error + 1e-9), "D": apart * (1 + 2 * (error + error[:, :1]) + 1e-9)}
    for name, factor in chosen.items():
        one = np.array([[i["claimed"] == name] for i in instances])
        columns[name] = Column(np.where(one, 1.0, factor), ("kappa",))
    return columns


MEASURED = [R, G, N, R_sde, G_sde, N_sde, R1, G1, N1, R1_sde, G1_sde, N1_sde, C, D, settling]


@theorem.experiment(measures=MEASURED, on=("circle", "not-close"))
def stationary_laws(instances, setting, run):
    """The stationary laws of SGD and of its equation, exactly."""
    runs = [[of_sgd(float(i["eta"] * k), float(i["lam"]), float(i["s"]) / k**0.5) for k in i["kappas"]] for i in instances]
    return Trace(columns_of(instances, runs, [0.0] * len(runs)), [""] * len(runs))


@theorem.experiment(measures=MEASURED, on=("circle-sampled", "not-scaled", "tilted", "no-decay"))
def sampled_chains(instances, setting, run):
    """4,096 chains of 4000/kappa + 400 steps, the first half discarded."""
    runs, settled = [], []
    for instance in instances:
        row = []
        for k in instance["kappas"]:
            h, s, steps = float(instance["eta"]) * k, float(instance["s"]) / k**0.5, int(4000 / k + 400)
            samples = sampled_sgd(h, float(instance["lam"]), s, 4096, steps, run.generator, float(instance["tilt"]))
            size, gradient, noise = (mean(values) for values in samples)
            error = max(one.half_width / one.value for one in (size, gradient, noise))
            row.append(Stationary(size.value, gradient.value, noise.value, error))
        longer = sampled_sgd(float(instance["eta"]), float(instance["lam"]), float(instance["s"]), 512, 8000, run.generator, float(instance["tilt"]))
        settled.append(abs(float(longer[0].mean()) / row[0].R - 1))
        runs.append(row)
    return Trace(columns_of(instances, runs, settled), [""] * len(runs), device=str(run.generator.device))


# What must be refuted.
theorem.mutant(
    "no-gradient",
    of="balance",
    formula=Always(Eq(2 * lam * R, rate * N)),
    on="circle",
    why="SGD balances as its equation does",
    spec="sde-weak-order/T3/M1",
)
theorem.mutant(
    "inverted",
    of="largest-batch",
    formula=Always(kappa <= D**2 * (1 + G1 / N1)),
    on="circle",
    why="the fraction is gradient over noise",
    spec="sde-weak-order/T3/M2",
)
theorem.mutant("first-power", of="necessary", formula=Always(G / N <= C - 1), on="circle", why="C in place of C^2", spec="sde-weak-order/T3/M3")
theorem.mutant(
    "half-first-power", of="necessary", formula=Always(G / N <= (C - 1) / 2), on="circle", why="half of C - 1", spec="sde-weak-order/T3/M4"
)
theorem.mutant("half-rate", of="largest-rate", formula=Always(rate <= normalised / G * (C - 1) / 2), on="circle", why="(C - 1)/2 in place of C^2 - 1")
theorem.mutant(
    "equation-balance-sampled",
    of="sampled-balance",
    formula=Always(Eq(2 * lam * R / (rate * N), 1)),
    why="SGD balances as its equation does",
    level="thorough",
    spec="sde-weak-order/T3/M1",
)
theorem.mutant(
    "sufficient",
    of="largest-batch",
    formula=Always(Implies(kappa <= 2 * (1 + N1 / G1), D**2 <= 2)),
    why="the condition with C^2 = 2 is sufficient",
    on="circle-sampled",
    level="thorough",
    spec="sde-weak-order/T3/M5",
)
theorem.mutant(
    "no-square",
    of="balance-of-the-equation",
    formula=Always(Eq((2 * lam - rate * lam**2) * R_sde, rate * N_sde)),
    on="circle",
    why="the equation has SGD's factor",
)
theorem.mutant("noise-unscaled", of="equation-scales", formula=Always(Eq(N_sde, N1_sde)), on="circle", why="N itself does not change")
theorem.control(
    "quadratic-loss",
    formula=Always(And(G / N <= C**2 - 1, Eq(G / N, C - 1))),
    why="outside the hypotheses the conclusion holds, with C - 1",
    on="quadratic",
    under=(),
    spec=("sde-weak-order/T3/N1", "sde-weak-order/T3/N2"),
)
theorem.ablate("close", breaks="necessary", on="not-close")
theorem.ablate("scales", breaks="largest-batch", on="not-scaled", level="thorough")
theorem.ablate("scale-invariant", breaks="balance", on="tilted", level="thorough", spec="sde-weak-order/T3/A1")
theorem.ablate("stationary", breaks="balance", on="no-decay", level="thorough", spec="sde-weak-order/T3/A2")
