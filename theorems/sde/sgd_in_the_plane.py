"""The second-order equation of SGD in two dimensions, with a generic loss and a generic covariance.

x' = x - eta (grad f + z) with Cov z = S(x, y) follows dX = -grad(f + (eta/4) |grad f|^2) dt + sqrt(eta) S^{1/2} dW to weak order two. The
kernel expands both for every smooth f, S and observable; on a torus of 33 x 33 nodes the errors are computed, nothing is sampled.
"""

import numpy as np
from sympy import Eq, Rational

from verify import RECONSTRUCTED, BigO, Column, Paper, Theorem, Trace
from verify.dynamics.pendulum import evaluate
from verify.dynamics.spectral import torus
from verify.dynamics.weak_error import ladder, semigroup, weak_error
from verify.proof import cited
from verify.proof.weak_order import LocalExpansion, one_step

# Declarations are tables: up to 150 columns each, which the formatter would break into one word a line.
# fmt: off
theorem = Theorem(
    "sgd-modified-equation-in-the-plane",
    title="SGD in two dimensions is a weak approximation of order two of its modified equation",
    source=Paper(
        authors="Li, Tai & E",
        year=2019,
        title="Stochastic Modified Equations and Dynamics of Stochastic Gradient Algorithms I",
        arxiv="1811.01558",
        fidelity=RECONSTRUCTED,
    ),
    summary="The one-dimensional theorem holds the hypotheses' ablations; here mixed derivatives and correlated noise enter.",
)

# Setting. Second derivatives f20, f11, f02; covariance S11, S12, S22.
eta = theorem.clock("eta", to=0, meaning="learning rate, and the time of one step", latex=r"\eta")
x, y, z1, z2 = (
    theorem.quantity(name, meaning)
    for name, meaning in (("x", "the state"), ("y", "its second coordinate"), ("z1", "noise along x"), ("z2", "noise along y"))
)
f10, f01, f20, f11, f02 = (
    theorem.quantity(f"f{i}{j}", f"derivative ({i}, {j}) of the loss", latex=rf"{{\partial_x^{i}\partial_y^{j} f}}")
    for i, j in ((1, 0), (0, 1), (2, 0), (1, 1), (0, 2))
)
S11, S12, S22 = (theorem.quantity(f"S{ij}", f"entry {ij} of the covariance") for ij in ("11", "12", "22"))
step_x = theorem.define("step_x", -eta * (f10 + z1), "the update of x")
step_y = theorem.define("step_y", -eta * (f01 + z2), "the update of y")
drift_x = theorem.define("drift_x", -f10 - eta * (f20 * f10 + f11 * f01) / 2, "-D_x (f + eta |grad f|^2/4)")
drift_y = theorem.define("drift_y", -f01 - eta * (f11 * f10 + f02 * f01) / 2, "-D_y (f + eta |grad f|^2/4)")
a11, a12, a22 = (theorem.define(f"a{s.name[1:]}", eta * s, "entry of the diffusion B B^T") for s in (S11, S12, S22))
error = theorem.quantity("error", "weak error, sup over steps up to T = 1/2, starts and g", over=eta, log=True)
local = theorem.quantity("local", "error of one step", over=eta, log=True)
mean_noise = theorem.parameter("mean_noise", "largest |E z|", sign="nonnegative")

theorem.assume("unbiased", Eq(mean_noise, 0), "E z = 0; draws are independent")
theorem.assume("smooth", assumed="f and S are trigonometric polynomials, so that all derivatives are bounded")

LADDER = {"within": Rational(1, 8), "because": "ladders of three octaves; the nearest order is one lower"}
theorem.conclude("local", BigO(local, eta**3), "one step errs by O(eta^3)", **LADDER, on="torus")
theorem.conclude("order-two", BigO(error, eta**2), "the weak order is two", **LADDER, on="torus", level="thorough", spec="sde-weak-order/T1/R3")

# Proof.
theorem.reference(
    "plane",
    one_step(
        step=eta,
        state=[x, y],
        update=[step_x, step_y],
        drift=[drift_x, drift_y],
        diffusion=[[a11, a12], [a12, a22]],
        noise=[z1, z2],
        moments={(1, 0): 0, (0, 1): 0, (2, 0): S11, (1, 1): S12, (0, 2): S22},
        local=local,
        jets={
            f10: ("f", (1, 0)),
            f01: ("f", (0, 1)),
            f20: ("f", (2, 0)),
            f11: ("f", (1, 1)),
            f02: ("f", (0, 2)),
            S11: ("S11", (0, 0)),
            S12: ("S12", (0, 0)),
            S22: ("S22", (0, 0)),
        },
    ),
    "SGD against the equation",
)
theorem.step("expansion", "local", by=LocalExpansion(), spec="sde-weak-order/T1/S4")
MILSTEIN = cited("bounded moments, and: a local weak error O(eta^3) gives the global order two (Milstein 1986)")
theorem.step("global", "order-two", by=MILSTEIN, given=("expansion", "unbiased", "smooth"))


# Instances. Four atoms of noise, B (u, v) with u, v = +-1; `shift` is added to u.
@theorem.family("torus")
def on_the_torus(rng, size):
    """f = -(cos x + cos y)/2 + cos(x - y)/5, with correlated noise."""
    return {"mean_noise": np.zeros(1, dtype=int)}


@theorem.family("biased", without="unbiased")
def biased(rng, size):
    """A bias of 3/10 in the gradient along x."""
    return {"mean_noise": np.array([0.3])}


@theorem.experiment(measures=[eta, local])
def one_step_errors(instances, setting, run):
    """Errors of one step on 21 x 21 nodes."""
    steps, errors = [4, 6, 8, 12, 16, 24, 32, 48, 64], []
    for k in steps:
        _, chain, flow, tests = matrices(setting, 21, 0.5 / k, float(instances[0]["mean_noise"]))
        errors.append(np.abs((chain - flow) @ tests).max())
    column = Column(np.log([errors]), ("eta",), log=True, error=1e-13 / np.array([errors]))
    return Trace({"eta": Column(0.5 / np.array([steps], float), ("eta",)), "local": column}, [""])


@theorem.experiment(measures=[eta, error])
def weak_errors(instances, setting, run):
    """Weak errors on 33 x 33 nodes up to T = 1/2."""
    found = {}
    for k in (4, 6, 8, 12, 16, 24, 32):
        grid, chain, flow, tests = matrices(setting, 33, 0.5 / k, float(instances[0]["mean_noise"]))
        found[k] = weak_error(grid, chain, flow, tests, k)
    rows = ladder(found)
    column = Column(np.log([rows.errors]), ("eta",), log=True, error=rows.log_bars[None])
    return Trace({"eta": Column(0.5 / rows.steps[None], ("eta",)), "error": column}, [rows.status])


def matrices(setting, nodes, h, shift):
    """The grid, the chain's and the equation's expectation over one step h, and three observables."""
    grid = torus(nodes, 2)
    x, y = grid.points
    b11, b21, b22 = 0.4 + 0.1 * np.cos(x), 0.2 * np.sin(y), 0.3 + 0.1 * np.cos(x + y)
    mixed, bent = 0.2 * np.sin(x - y), 0.2 * np.cos(x - y)
    values = {
        "eta": h,
        "f10": 0.5 * np.sin(x) - mixed, "f01": 0.5 * np.sin(y) + mixed,
        "f20": 0.5 * np.cos(x) - bent, "f11": bent, "f02": 0.5 * np.cos(y) - bent,
        "S11": b11**2, "S12": b11 * b21, "S22": b21**2 + b22**2
    }  # fmt: skip

    def at(symbol, **more):
        return evaluate(setting[symbol], {**values, **more})

    signs = [(u, v) for u in (1, -1) for v in (1, -1)]
    moves = [(0.25, [x + at(step_x, z1=b11 * u + shift), y + at(step_y, z2=b21 * u + b22 * v)]) for u, v in signs]
    generator = grid.generator([at(drift_x), at(drift_y)], [[at(a11), at(a12)], [at(a12), at(a22)]])
    tests = np.stack([np.cos(x), np.sin(x + y), np.sin(y) * np.cos(x)], 1)
    return grid, grid.transition(moves), semigroup(generator, h), tests


# What must be refuted.
theorem.mutant("diagonal-hessian", of="local", define={drift_x: -f10 - eta * f20 * f10 / 2}, why="mixed derivatives do not matter")
theorem.mutant(
    "diagonal-hessian-over-time",
    of="order-two",
    define={drift_x: -f10 - eta * f20 * f10 / 2},
    why="mixed derivatives do not matter",
    level="thorough",
)
theorem.mutant("uncorrelated", of="local", define={a12: 0 * eta * S12}, why="the noise along x and y may be taken independent")
theorem.ablate("unbiased", breaks="local", on="biased")
