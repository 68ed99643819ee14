"""In the plane of its first eigenvector the six-entry problem's flow is trapped, and ends at the rank-one solution.

f(W) = (W_13 - 1)^2 + (W_14 - R)^2 + (W_23 - R)^2 on symmetric 4 x 4 matrices, and L(U) = f(U U^T)/2. From an infinitesimal start the flow
leaves the origin along u_1, which is proportional to (mu_1, R, mu_1, R): it lies in the plane of the vectors w = (p, q, p, q), and the flow
w' = -F(w w^T) w stays there. Everything about it is proved: its critical points, a region that traps every trajectory with p, q > 0 away
from the origin and from -(1, R), and an exponential rate at which w w^T tends to M_rank, the solution with w = (1, R, 1, R).
"""

import numpy as np
import torch
from sympy import Eq, Rational, lambdify

from verify import (
    RECONSTRUCTED,
    Always,
    And,
    Column,
    Eventually,
    Implies,
    Paper,
    Rate,
    Sometimes,
    Tends,
    Theorem,
    Trace,
)
from verify.dynamics.factorised_flow import follow
from verify.proof import Given, identity
from verify.proof.trapping import Decay, trapped
from verify.statement.instances import Instance

theorem = Theorem(
    "six-entry-plane",
    title="In the plane of the first eigenvector the flow of six observed entries ends at the rank-one solution",
    source=Paper(
        authors="Li, Luo & Lyu",
        year=2021,
        title="Towards Resolving the Implicit Bias of Gradient Descent for Matrix Factorization: Greedy Low-Rank Learning",
        arxiv="2012.09839",
        fidelity=RECONSTRUCTED,
    ),
    summary="The instance is reconstructed from the source; the trapping region and the exponential rate are our own.",
)

# Setting. W_13 = p^2, W_14 = W_23 = p q on the plane; x and y are what is missing there.
# fmt: off
t = theorem.clock("t", meaning="time of the flow")
p = theorem.quantity("p", "first and third entry of w", over=t)
q = theorem.quantity("q", "second and fourth entry of w", over=t)
w1, w2, w3, w4 = (theorem.quantity(f"w{i}", f"entry {i} of a vector that follows the flow", over=t, latex=f"w_{i}") for i in (1, 2,
    3, 4))
R = theorem.parameter("R", "the observed entries (1,4) and (2,3); the entry (1,3) is 1")
p0 = theorem.parameter("p0", "a lower bound on p, below 1", latex="p_0")

x = theorem.define("x", p**2 - 1, "W_13 - 1")
y = theorem.define("y", p * q - R, "W_14 - R, and W_23 - R")
p_speed = theorem.define("p_speed", -(x * p + y * q), "-(F w)_1", latex=r"\dot p")
q_speed = theorem.define("q_speed", -y * p, "-(F w)_2", latex=r"\dot q")
missing = theorem.define("missing", x**2 + 2 * y**2, "f(w w^T)", latex="f")
distance = theorem.define("distance", 4 * x**2 + 8 * y**2 + 4 * (q**2 - R**2) ** 2,
    "|w w^T - M_rank|^2, with four, eight and four equal entries", latex=r"|W - M_{\rm rank}|^2")
# fmt: on
region = And(p > p0, p > 0, q > 0, p0 * q < R)

theorem.relation("flow-p", Always(Eq(Rate(p, t), p_speed)), "w' = -F(w w^T) w on the plane")
theorem.relation("flow-q", Always(Eq(Rate(q, t), q_speed)), "w' = -F(w w^T) w on the plane")
gaps = {"13": w1 * w3 - 1, "14": w1 * w4 - R, "23": w2 * w3 - R}
for i, (w, speed) in enumerate(
    (
        (w1, gaps["13"] * w3 + gaps["14"] * w4),
        (w2, gaps["23"] * w3),
        (w3, gaps["13"] * w1 + gaps["23"] * w2),
        (w4, gaps["14"] * w1),
    ),
    start=1,
):
    theorem.relation(
        f"flow-{i}", Always(Eq(Rate(w, t), -speed)), "w' = -F(w w^T) w, with F the residual at the six positions"
    )

# Hypotheses.
# fmt: off
theorem.assume("corner", p0 < 1, "the region may be chosen so: p0 below 1 and below the start")
theorem.assume("enters", Sometimes(region),
    "the start, or a later point, has p > p0 and 0 < q < R/p0; some p0 does for every start with p, q > 0")

# Conclusions.
theorem.conclude("trapped", Eventually(region), "the trajectory stays where p > p0 and 0 < q < R/p0: away from 0 and from -(1, R)",
    spec="greedy-low-rank/T5/S8")
theorem.conclude("rank-one-limit", Tends(distance, 0), "w w^T tends to M_rank", within=Rational(1, 100),
    because="other limits are further than 1 away", spec="greedy-low-rank/T5/S9")
theorem.conclude("speed", Always(Rate(missing, t) <= -4 * p0**6 / (3 * p0**4 + R**2) * missing),
    "f falls at least at this exponential rate", within=Rational(1, 10**9))

# Proof. The plane is invariant: the differences across it obey a linear equation, so that they stay 0.
theorem.step("first-and-third", Always(Eq(Rate(w1 - w3, t), (w1 - w3) * (w1 * w3 - 1 - w2**2) - (w2 - w4) * (R - w1 * (w2 + w4)))),
    by=identity(), given=("flow-1", "flow-3"), spec="greedy-low-rank/T5/S6")
theorem.step("second-and-fourth", Always(Eq(Rate(w2 - w4, t), (w1 - w3) * (w2 * (w1 + w3) - R) - (w2 - w4) * w1**2)), by=identity(),
    given=("flow-2", "flow-4"), spec="greedy-low-rank/T5/S6")
theorem.step("restricted-gradient", Always(Eq(p_speed, R * q - p**3 - p * q**2 + p)), by=identity(), spec="greedy-low-rank/T5/S6")
# fmt: on

# Its critical points: p = q/R and q^3 = R^2 q, so only 0 and +-(1, R). `Given("assumed", k)` are the two equations; the cofactors are
# those of a Groebner basis over Q(R).
still = And(Eq(p_speed, 0), Eq(q_speed, 0))
first, second = Given("assumed", 0), Given("assumed", 1)
ratio = (
    -(R + p * q**3 - p * q) * first + (R**2 + R * p * q + p**2 * q**2 - p**2 + q**4 - 2 * q**2 + 1) * second
) / R**2
# fmt: off
theorem.step("critical-ratio", Always(Implies(still, Eq(R * p, q))), by=identity(plus=ratio), spec="greedy-low-rank/T5/S7")
theorem.step("critical-values", Always(Implies(still, Eq(q**3, R**2 * q))),
    by=identity(plus=-(R**2) * second - ratio * (2 * q**2 + q * (R * p - q) - R**2)), spec="greedy-low-rank/T5/S7")
# fmt: on

# The trapping region: each side g > 0 has g' = multiplier * g + something that is not negative in it.
above, right, positive, below = (Given("assumed", k) for k in range(4))  # p - p0, p, q, p0 q - R
SIDES = (
    (1 - p**2 - p * p0 - p0**2 - q**2, p0 * (1 + p0) * -Given("corner") + q * -below),
    (1 - p**2 - q**2, R * q),
    (-(p**2), R * p),
    (-(p**2), R * p * above),
)
# fmt: off
theorem.step("traps", "trapped", by=trapped(*SIDES), given=("flow-p", "flow-q", "corner", "enters"), spec="greedy-low-rank/T5/S8")
# fmt: on

# The decay. N = p'^2 + q'^2; 1/p0^2 - 1/p^2 and R/p0^3 - q/p^2 are visibly positive in the region.
N, A = p_speed**2 + q_speed**2, p * q + R
squares = above * (above + 2 * p0) / (p0 * p) ** 2
slope = -below / p0**3 + q * squares
decay_slack = 4 * p0**6 / (3 * p0**4 + R**2) * (
    3 * squares * N + slope * (slope + 2 * q / p**2) * N + (p_speed * q / p**2 + q_speed / p) ** 2 + 2 * p_speed**2 / p**2
)  # fmt: skip
reach = -below / p0**2 + q * above / (p0 * p) + R * squares
distance_slack = (
    4 * missing * (reach * (reach + 2 * A / p**2) / 2 + R**4 * squares * (1 / p0**2 + 1 / p**2))
    + 2 * (2 * y * R**2 + x * A) ** 2 / p**4
)
DECAY = Decay(
    of=missing,
    speed=4 * p0**6 / (3 * p0**4 + R**2),
    factor=4 + 4 * R**2 * (2 + R**2) / p0**4,
    falls=decay_slack,
    below=distance_slack,
    above=distance,
)
# fmt: off
theorem.step("converges", "rank-one-limit", by=trapped(*SIDES, decay=DECAY), given=("flow-p", "flow-q", "corner", "enters"),
    spec="greedy-low-rank/T5/S9")
# fmt: on


# Instances and experiment.
def instance(label, r, p0, start):
    return Instance(label, {"R": Rational(r) if isinstance(r, str) else r, "p0": p0, "start": np.array(start)})


@theorem.family("inside")
def inside(rng, size):
    """R in [1, 2], starts with p and q in [1/10, 1], and a corner below both p and R/q."""
    batch = []
    for k in range(size):
        r, (p, q) = rng.uniform(1, 2), rng.uniform(0.1, 1, size=2)
        batch.append(instance(f"plane {k}", r, min(p, r / q, 1) / 2, (p, q)))
    return batch


@theorem.family("at-the-saddle", without="enters")
def at_the_saddle(rng, size):
    """The origin, a critical point."""
    return [instance("origin", 2.0, 0.5, (0.0, 0.0))]


@theorem.family("high-corner", without="corner")
def high_corner(rng, size):
    """A corner p0 = 1 + 10^-6, above the limit p = 1, entered on the way down."""
    return [instance("high corner", 1.2, 1.000001, (1.5, 0.5))]


@theorem.experiment(measures=[t, p, q])
def plane_flow(instances, setting, run):
    """The setting's flow on the plane for 40 units of time, read from the time 10 on, when they have turned; its error against half as many steps."""
    radius = torch.tensor([float(each["R"]) for each in instances], dtype=torch.float64, device=run.device)
    start = torch.tensor(np.stack([each["start"] for each in instances]), device=run.device)
    unfold = {x: setting[x], y: setting[y]}
    speeds = lambdify((p, q, R), [setting[speed].subs(unfold) for speed in (p_speed, q_speed)], cse=True)

    def moving(stack, r):
        return lambda state: stack(speeds(state[..., 0], state[..., 1], r), -1)

    field, horizon = moving(torch.stack, radius), torch.full_like(radius, 40.0)
    in_numpy = moving(np.stack, radius.numpy(force=True))
    fine, coarse = (follow(field, lambda state: state, start, horizon, steps=n, in_numpy=in_numpy) for n in (500, 250))
    rows, halves = fine.states[:, 126::4], coarse.states[:, 63::2]
    rate = field(rows.transpose(0, 1)).transpose(0, 1)
    columns = {"t": Column(fine.times[:, 126::4].numpy(force=True), ("t",), rate=np.ones(rows.shape[:2]), state=False)}
    for k, name in enumerate(("p", "q")):
        values = rows[..., k].numpy(force=True)
        columns[name] = Column(
            values, ("t",), error=4e-16 * (1 + np.abs(values)), flow_error=(rows - halves)[..., k].abs().numpy(force=True),
            rate=rate[..., k].numpy(force=True), rate_error=1e-14,
        )  # fmt: skip
    return Trace(columns, fine.status, device=run.device)


# What must be refuted.
# fmt: off
theorem.mutant("larger-region", of="trapped", formula=Eventually(And(p > 1 + p0, q > 0, p0 * q < R)),
    why="a corner beyond the limit p = 1")
theorem.mutant("wrong-sign", of="trapped", define={y: p * q + R}, why="the observed entries with the other sign")
theorem.mutant("back-to-the-saddle", of="rank-one-limit", formula=Tends(p**2 + q**2, 0),
    why="the origin, where every small start comes from")
theorem.mutant("limit-without-R", of="rank-one-limit", formula=Tends((p**2 - 1) ** 2 + (q**2 - 1) ** 2, 0),
    why="w = (1, 1, 1, 1), the limit at R = 1")
theorem.mutant("too-fast", of="speed", formula=Always(Rate(missing, t) <= -8 * (1 + R**2) * missing),
    why="the largest in place of the smallest rate at the limit")

theorem.ablate("enters", breaks="rank-one-limit", on="at-the-saddle")
theorem.ablate("corner", breaks="trapped", on="high-corner")
# fmt: on
