"""As the start shrinks, gradient flow visits the saddles of greedy low-rank learning, one rank after the other.

Greedy low-rank learning starts at W = 0; while the largest eigenvalue of -F(W_r) is positive it adds the eigenvector u as a new column of U
and flows to the next stationary point W_{r+1}. The flow of f(U U^T)/2 from W = alpha I passes each W_r ever more closely as alpha falls,
provided that it leaves each of them along the direction that the algorithm adds. The paper assumes this *entry alignment* beyond the
first phase. It can fail: for the commuting 3 x 3 problem below the mode that escapes first is not the one of the largest rate, since the
second phase starts with modes of the sizes alpha^(1 - mu_j/mu_1); a coupling of strength kappa between the modes restores the claim.
"""

import numpy as np
import torch
from sympy import Eq, Rational, log

from verify import RECONSTRUCTED, Always, And, Column, Eventually, Implies, Paper, Tends, Theorem, Theta, Trace
from verify.dynamics.diagonal_modes import least, leaving_share, to_saddle
from verify.dynamics.factorised_flow import factorised_flow, scaled_factor
from verify.dynamics.glrl import greedy_low_rank, tangent_rates
from verify.dynamics.ladders import quadratics
from verify.models.factorisation import coupled_triple, near_isometry, weighted_pair
from verify.proof import Given, bound, cited, identity, log_gap
from verify.statement.instances import Instance

theorem = Theorem(
    "greedy-low-rank",
    title="Gradient flow from small starts follows greedy low-rank learning",
    source=Paper(
        authors="Li, Luo & Lyu",
        year=2021,
        title="Towards Resolving the Implicit Bias of Gradient Descent for Matrix Factorization: Greedy Low-Rank Learning",
        arxiv="2012.09839",
        fidelity=RECONSTRUCTED,
    ),
    summary="Reconstructed. Entry alignment is a hypothesis here as in the source ('reasonable assumptions'); that it can fail, and the exponent "
    "of the closest approach, are our own. Whether convexity of f is necessary is not known.",
)

# Setting.
# fmt: off
alpha = theorem.clock("alpha", to=0, log=True, meaning="scale of the start W = alpha B", latex=r"\alpha")
r = theorem.index("r", meaning="saddles of the greedy path beyond 0 and before its end")
visit = theorem.quantity("visit", "least distance of the flow to W_r", over=(alpha, r), sign="nonnegative",
    latex=r"\inf_t|W - W_r|")
first = theorem.quantity("first", "least distance to W_1", over=alpha, sign="positive", latex=r"\inf_t|W - W_1|")
entry = theorem.quantity("entry",
    "<u u^T, d>/|d| at the first time after the closest approach at which d = W - W_r has grown to the root of its least size",
    over=(alpha, r))
ascending = theorem.quantity("ascending", "least distance to where the path with the smallest positive eigenvalue first would go",
    over=alpha, sign="nonnegative")
by_entry = theorem.quantity("by_entry", "least distance to where a path ordered by the diagonal of M would go", over=alpha,
    sign="nonnegative")
other = theorem.quantity("other", "least distance to the saddle with the modes of the fastest escape", over=alpha,
    sign="nonnegative")
at_one = theorem.parameter("at_one", "least distance to W_1 from alpha = 1", sign="nonnegative")
lead = theorem.quantity("lead", "mu_1 - mu_2 of -F(W_r), relative to mu_1", over=r)
mu1, mu2 = (theorem.parameter("mu1", "largest eigenvalue of -F(0)", latex=r"\mu_1"),
    theorem.parameter("mu2", "second eigenvalue of -F(0)", latex=r"\mu_2"))
next_rate = theorem.parameter("next_rate", "largest eigenvalue of -F(W_1)", latex=r"\mu_1(W_1)")
lam = theorem.parameter("lam", "slowest excited rate at which the flow of rank one approaches W_1", latex=r"\lambda")
end_rate = theorem.parameter("end_rate", "largest eigenvalue of -F where the path ends", sign="real")
end_value = theorem.parameter("end_value", "f there minus its minimum", sign="real")
best_gap = theorem.parameter("best_gap", "f(W_1) minus its minimum over rank one", sign="real")
mu_i, mu_j, bar_i, bar_j = (theorem.parameter(name, what) for name,
    what in {"mu_i": "rate of mode i at 0", "mu_j": "rate of mode j at 0", "bar_i": "rate of mode i at W_1",
    "bar_j": "rate of mode j at W_1"}.items())

rho = theorem.define("rho", (1 - mu2 / mu1) * lam / (lam + 2 * next_rate), "exponent of the closest approach to W_1", latex=r"\rho")
quotient_i, quotient_j = (theorem.define("quotient_i", (1 - mu_i / mu1) / bar_i),
    theorem.define("quotient_j", (1 - mu_j / mu1) / bar_j))
escape_i, escape_j = (theorem.define(f"escape_{k}", quotient * log(1 / alpha) / 2,
    f"time of escape of mode {k} from W_1, for commuting problems") for k, quotient in (("i", quotient_i), ("j", quotient_j)))

theorem.relation("small", Always(alpha < 1), "the start is small")
theorem.relation("uncoupled", And(Eq(lam, 2 * mu1), Eq(next_rate, mu2)),
    "f = |W - M|^2/2: the rates at W_1 = m_1 u_1 u_1^T are 2 m_1 and m_2")

# Hypotheses.
theorem.assume("convex", assumed="f is convex and analytic, as the quadratics here are; not known to be necessary",
    spec="greedy-low-rank/T3/H1")
theorem.assume("phases",
    assumed="each phase ends at a nondegenerate minimiser of rank at most r; the algorithm's Newton steps confirm it",
    spec="greedy-low-rank/T3/H2")
theorem.assume("simple", Always(lead >= Rational(1, 100)), "the largest eigenvalue of -F(W_r) is simple, by 1 % at least",
    spec=("greedy-low-rank/T3/H3", "greedy-low-rank/T3/H5"))
theorem.assume("aligned", Always(Eventually(entry >= Rational(1, 10)), over=r), "the flow leaves W_r along u u^T",
    spec="greedy-low-rank/T3/H4")
# fmt: on

# Conclusions.
PROBLEMS = ("diagonal", "coupled")
# fmt: off
theorem.conclude("visits", Always(Tends(visit, 0), over=r), "the flow visits every saddle of the greedy path",
    within=Rational(1, 20), because="saddles missed stay .2 away", on=(*PROBLEMS, "isometry"),
    spec=("greedy-low-rank/T3/C1", "greedy-low-rank/T3/N1", "greedy-low-rank/T3/N2"))
theorem.conclude("ends", And(end_rate <= 0, Eq(end_value, 0)), "the path ends at a minimum over the cone",
    within=Rational(1, 10**9), on=(*PROBLEMS, "isometry"), spec="greedy-low-rank/T3/C2")
theorem.conclude("closest", Theta(first, alpha**rho), "the closest approach to W_1 is of the order alpha^rho",
    within=Rational(1, 50), because="the nearest variant is .08 away", on=("diagonal", "isometry"),
    spec=("greedy-low-rank/T3/C3", "greedy-low-rank/T3/Q1", "greedy-low-rank/T3/Q2", "greedy-low-rank/T3/Q3",
    "greedy-low-rank/T3/Q4", "greedy-low-rank/T3/Q5", "greedy-low-rank/T3/Q6"))
# fmt: on
for name, value in {"exponent": rho, "closest approach": first}.items():
    theorem.tabulate(name, value)

# Proof: what holds exactly when the modes do not interact.
# fmt: off
theorem.step("uncoupled-exponent", Eq(rho, (mu1 - mu2) / (mu1 + mu2)), by=identity(), given="uncoupled",
    spec="greedy-low-rank/T3/S1")
theorem.step("size-after-escape", Always(Eq(log(alpha) + 2 * mu_j * (log(1 / alpha) / (2 * mu1)), (1 - mu_j / mu1) * log(alpha))),
    by=identity(), given="small", meaning="when mode 1 has escaped, mode j has the size alpha^(1 - mu_j/mu_1)",
    spec="greedy-low-rank/T3/S2")
theorem.step("second-escape", Always(Eq((1 - mu_j / mu1) * log(alpha) + 2 * bar_j * escape_j, 0)), by=identity(), given="small",
    meaning="it has size 1 after this time at W_1", spec="greedy-low-rank/T3/S3")
theorem.step("late", Always(log(1 / alpha) > 0), by=bound(log_gap(1 / alpha, 1, -Given("small") / alpha)), given="small")
theorem.step("first-to-escape", Always(Implies(quotient_i < quotient_j, escape_i < escape_j)),
    by=bound(-Given("assumed") * Given("late") / 2), given=("small", "late"),
    meaning="the least quotient (1 - mu_j/mu_1)/mu_j(W_1) escapes first, not the largest rate", spec="greedy-low-rank/T3/S4")
theorem.step("alignment", "visits",
    by=cited("Li, Luo & Lyu, arXiv:2012.09839: the phases after the first, under entry alignment, which they assume"),
    spec="greedy-low-rank/T3/Z1")
# fmt: on


# Instances: the problem, its greedy path, and a start alpha B.
def instance(label, problem, shape, decimals, **data):
    """A problem without closed form, with the saddles of its greedy path and the directions that it adds."""
    path = greedy_low_rank(problem)
    saddles, tops = (
        [p.matrix.numpy() for p in path[1:-1]],
        [torch.linalg.eigh(-problem.gradient(p.matrix))[1][:, -1].numpy() for p in path[1:-1]],
    )
    rates = -tangent_rates(problem, path[1].factor).numpy()
    facts = {
        "mu1": float(path[0].rates[0]), "mu2": float(path[0].rates[1]), "next_rate": float(path[1].rates[0]), "lam": float(rates[rates > 1e-6].min()),
        "end_rate": float(path[-1].rates[0]), "end_value": path[-1].value, "lead": [float((p.rates[0] - p.rates[1]) / p.rates[0]) for p in path[1:-1]],
        "horizon": sum(0.5 / float(p.rates[0]) for p in path[:-1]), "status": "".join(p.status for p in path),
    }  # fmt: skip
    parts = {
        "hessian": problem.hessian.numpy(),
        "linear": problem.linear.numpy(),
        "saddles": np.array(saddles),
        "tops": np.array(tops),
    }
    return Instance(label, {**facts, **parts, "shape": shape, "decimals": list(decimals), **data})


LADDER = range(4, 25, 2)


@theorem.family("diagonal", spec=("greedy-low-rank/T3/Q1", "greedy-low-rank/T3/Q2"))
def diagonal(rng, size):
    """f = |W - M|^2/2 in dimension 3 with the eigenvalues (2, 1, .5), (3, 1.5, .7), (2, 1.6, .5), in a random basis, from alpha I; closed form."""
    batch = []
    for m in ((2.0, 1.0, 0.5), (3.0, 1.5, 0.7), (2.0, 1.6, 0.5)):
        facts = {
            "mu1": m[0],
            "mu2": m[1],
            "next_rate": m[1],
            "lam": 2 * m[0],
            "end_rate": 0.0,
            "end_value": 0.0,
            "lead": [1 - m[2] / m[1], 1.0],
        }
        batch.append(
            Instance(
                str(m),
                {
                    "m": np.array(m),
                    "Q": np.linalg.qr(rng.normal(size=(3, 3)))[0],
                    "decimals": list(range(20, 121, 10)),
                    **facts,
                },
            )
        )
    return batch


@theorem.family(
    "coupled", spec=("greedy-low-rank/T3/N1", "greedy-low-rank/T3/N2", "greedy-low-rank/T3/N3", "greedy-low-rank/T3/R1")
)
def coupled(rng, size):
    """The 3 x 3 problem with coupling kappa = 1/10 and 3/10, from alpha I and from alpha B with a random positive definite B."""
    g = rng.normal(size=(3, 3))
    starts = {"I": np.eye(3), "B": g @ g.T / 3 + 0.2 * np.eye(3)}
    return [
        instance(f"kappa = {kappa}, {label}", coupled_triple(kappa), b, LADDER)
        for kappa in (0.1, 0.3)
        for label, b in starts.items()
    ]


@theorem.family("uncoupled", without="aligned", spec=("greedy-low-rank/T3/A1", "greedy-low-rank/T3/A3"))
def uncoupled(rng, size):
    """kappa = 0, where everything commutes: overlap .55 with b = (1, .7, .3), and overlap .6 with b = (1, .9, .5)."""
    problems = (("overlap .55", 0.55, (1.0, 0.7, 0.3)), ("overlap .6", 0.6, (1.0, 0.9, 0.5)))
    return [
        instance(label, coupled_triple(0.0, overlap, b), np.eye(3), LADDER, fast=fastest(overlap, b))
        for label, overlap, b in problems
    ]


@theorem.space("triples", like="uncoupled", decides="visits")
def triples(draw):
    """The 3 x 3 problem with its response b, overlap and coupling; its greedy path has two saddles and its phases are not slow."""
    kappa, overlap = draw.rationals("kappa", 0, 1, denominator=4), draw.reals("overlap", 0, 0.9)
    b = draw.reals("b", 0.2, 1, 3)
    target = (b[0] - overlap * b[1], b[1] - overlap * b[0], b[2])
    if min(target) < 0.05:
        draw.reject("the target is not positive definite, so that the greedy path ends early")
    found = instance("searched", coupled_triple(float(kappa) / 2, overlap, tuple(b)), np.eye(3), LADDER, ends=True)
    if len(found["saddles"]) != 2 or found["horizon"] > 6 or found["status"]:
        draw.reject("the greedy path has another number of saddles, is slow, or was not computed")
    return found


@theorem.family("spurious", spec="greedy-low-rank/T3/A5")
def spurious(rng, size):
    """F = [[W_11 - 1, W_12], [W_12, (W_22 - 4)/8]]: W_1 = diag(1, 0) with f = 1, while diag(0, 4) has f = 1/2."""
    return [instance("pair", weighted_pair(0.125, 4.0), np.eye(2), range(4, 17, 1))]


@theorem.family(
    "isometry",
    level="thorough",
    spec=("greedy-low-rank/T3/Q3", "greedy-low-rank/T3/Q4", "greedy-low-rank/T3/Q5", "greedy-low-rank/T3/R2"),
)
def isometry(rng, size):
    """Certified near isometries in dimension 5, delta = 0, .05, .2, of a matrix with the eigenvalues 3, 1.5, .7.

    At delta = 0 all gradients commute, so that from alpha I only the rate 2 mu_1 along u_1 u_1^T itself is excited at W_1.
    """
    return [
        instance(
            f"delta = {delta}",
            near_isometry(delta, np.random.default_rng(3))[0],
            np.eye(5),
            np.linspace(8, 32, 13),
            **({} if delta else {"lam": 6.0}),
        )
        for delta in (0.0, 0.05, 0.2)
    ]


@theorem.family("double", without="simple", spec="greedy-low-rank/T3/A4")
def double(rng, size):
    """M = diag(2, 2, .5): the first direction is not determined."""
    facts = {
        "mu1": 2.0,
        "mu2": 2.0,
        "next_rate": 2.0,
        "lam": 4.0,
        "end_rate": 0.0,
        "end_value": 0.0,
        "lead": [0.0, 0.0],
    }
    return [
        Instance(
            "(2, 2, 1/2)",
            {"m": np.array([2.0, 2.0, 0.5]), "Q": np.eye(3), "decimals": list(range(20, 121, 10)), **facts},
        )
    ]


def fastest(overlap, b):
    """The stationary point with the modes 1 and 2, which escape first: diag(x_1, x_2, 0)."""
    x = np.linalg.solve([[1, overlap], [overlap, 1]], b[:2])
    return np.diag([*x, 0.0])


# Experiments.
@theorem.observe(measures=[alpha, r, mu1, mu2, next_rate, lam, end_rate, end_value, lead])
def greedy_path(instances, setting, run):
    """Facts about the greedy path of each instance."""
    columns = {
        "alpha": Column(
            -np.log(10) * np.array([each["decimals"] for each in instances], dtype=float), ("alpha",), log=True
        )
    }
    count = len(instances[0]["lead"])
    columns["r"] = Column(np.broadcast_to(np.arange(1, count + 1), (len(instances), count)), ("r",))
    leads = np.array([each["lead"] for each in instances])
    columns["lead"] = Column(leads, ("r",), error=1e-12 * leads)
    for name in ("mu1", "mu2", "next_rate", "lam", "end_rate", "end_value"):
        columns[name] = Column(np.array([each[name] for each in instances]), error=1e-12)
    return Trace(columns, [each.get("status", "") for each in instances])


@theorem.experiment(measures=[visit, first, entry, ascending, by_entry, at_one], on=("diagonal", "double"))
def closed_form(instances, setting, run):
    """The logistic modes of the flow from alpha I, and their least distances."""
    rows = {name: [] for name in ("visit", "entry", "ascending", "by_entry", "at_one")}
    for each in instances:
        m, scales = each["m"], 10.0 ** -np.array(each["decimals"], dtype=float)
        corner, smallest = to_corner(m, each["Q"]), np.array([0.0, 0.0, m[2]])

        def nearest(scale, measure, m=m):
            return least(m, np.full(3, scale), measure, 20 - np.log(scale) / m[-1])[0]

        rows["visit"].append([[nearest(scale, to_saddle(k)) for k in (1, 2)] for scale in scales])
        shares = [
            [leaving_share(m, np.full(3, scale), k, 20 - np.log(scale) / m[-1]) for k in (1, 2)] for scale in scales
        ]
        rows["entry"].append(shares)
        rows["ascending"].append(
            [nearest(scale, lambda modes, _, w=smallest: np.linalg.norm(modes - w, axis=1)) for scale in scales]
        )
        rows["by_entry"].append([nearest(scale, corner) for scale in scales])
        rows["at_one"].append(nearest(1.0, to_saddle(1)))
    table = {name: np.array(values) for name, values in rows.items()} | {"first": np.array(rows["visit"])[:, :, 0]}
    over = {"visit": ("alpha", "r"), "entry": ("alpha", "r"), "at_one": ()}
    columns = {
        name: Column(value, over.get(name, ("alpha",)), error=1e-9 * np.abs(value)) for name, value in table.items()
    }
    return Trace(columns, [""] * len(instances))


def to_corner(m, q):
    """The distance of Q diag(modes) Q^T to c E_kk, c the largest diagonal entry of M, from its square |modes|^2 - 2 c (...)_kk + c^2."""
    diagonal = np.diag((q * m) @ q.T)
    k = int(diagonal.argmax())
    c = diagonal[k]
    return lambda modes, short: np.sqrt((modes**2).sum(1) - 2 * c * modes @ q[k] ** 2 + c**2)


@theorem.experiment(measures=[visit, first, entry, other], on=("coupled", "uncoupled", "spurious", "isometry"))
def small_starts(instances, setting, run):
    """The factorised flow from every scale, through all phases; its error against half as many steps."""
    count, number, d = len(instances[0]["decimals"]), len(instances), instances[0]["linear"].shape[0]
    batch = np.repeat(np.arange(number), count)
    tensor = lambda values: torch.tensor(np.array(values), dtype=torch.float64, device=run.device)  # noqa: E731
    problem = quadratics(instances, run.device)[tensor(batch).long()]
    decay = np.log(10) * np.array([each["decimals"] for each in instances], dtype=float).ravel()
    start = scaled_factor(tensor(np.exp(-decay)), tensor([each["shape"] for each in instances])[tensor(batch).long()])
    horizon = tensor(decay * np.array([each["horizon"] for each in instances])[batch] + 50)
    rates = max(np.linalg.norm(each["linear"], 2) for each in instances)
    fine, coarse = (
        factorised_flow(problem, start, horizon, steps=int(steps * rates * float(horizon.max()) * run.relax**-0.05))
        for steps in (2.4, 1.2)
    )

    def measured(path):
        visits, entries = [], []
        for k in range(len(instances[0]["saddles"])):
            target, top = (
                tensor([each["saddles"][k] for each in instances])[batch],
                tensor([each["tops"][k] for each in instances])[batch],
            )
            distance, when = path.closest(target)
            visits.append(distance)
            gaps = path.matrices - target[:, None]
            sizes = gaps.norm(dim=(2, 3))
            left = ((sizes >= distance.sqrt()[:, None]) & (path.times > when[:, None])).int().argmax(1)
            gap = gaps[torch.arange(len(left)), left]
            entries.append(torch.einsum("bi,bij,bj->b", top, gap, top) / gap.norm(dim=(1, 2)))
        fast = path.closest(tensor([each.get("fast", np.full((d, d), np.nan)) for each in instances])[batch])[0]
        return {"visit": torch.stack(visits, -1), "entry": torch.stack(entries, -1), "other": fast}

    exact, rough = measured(fine), measured(coarse)
    columns = {}
    for name, values in exact.items():
        over = ("alpha", "r") if values.ndim == 2 else ("alpha",)
        shaped, change = (
            part.reshape(number, count, *values.shape[1:]).numpy(force=True)
            for part in (values, (values - rough[name]).abs())
        )
        columns[name] = Column(shaped, over, error=1e-12, flow_error=change)
    columns["first"] = Column(
        columns["visit"].values[:, :, 0], ("alpha",), error=1e-12, flow_error=columns["visit"].flow_error[:, :, 0]
    )
    status = ["".join(row) for row in np.array(fine.status).reshape(number, count)]
    left = torch.linalg.eigvalsh(-problem.gradient(fine.matrices[:, -1]))[:, -1].reshape(number, count).amax(1).tolist()
    for i, each in enumerate(instances):
        if each.get("ends") and left[i] > 1e-3:
            status[i] = status[i] or "the flow has not come to its end in the time it was given, so it may visit more"
    return Trace(columns, status, device=run.device)


# What must be refuted.
# fmt: off
theorem.mutant("gap-free", of="closest", formula=Theta(first, alpha ** Rational(1, 3)), why="1/3, whatever the gap", on="diagonal",
    spec="greedy-low-rank/T3/M2")
theorem.mutant("half-the-gap", of="closest", formula=Theta(first, alpha ** ((1 - mu2 / mu1) / 2)), why="(1 - mu_2/mu_1)/2",
    on="diagonal", spec="greedy-low-rank/T3/M5")
theorem.mutant("from-one", of="visits", formula=at_one <= Rational(1, 100), why="alpha = 1 visits too", on="diagonal",
    spec="greedy-low-rank/T3/M3")
theorem.mutant("smallest-first", of="visits", formula=Tends(ascending, 0), why="the smallest positive eigenvalue first",
    on="diagonal", spec="greedy-low-rank/T3/M4")
theorem.mutant("by-diagonal-entry", of="visits", formula=Tends(by_entry, 0), why="the largest diagonal entry of M first",
    on="diagonal", spec="greedy-low-rank/T3/M6")
theorem.mutant("goes-on", of="ends", formula=end_value >= Rational(1, 100), why="a path that ends above the minimum", on=PROBLEMS)

theorem.control("visits-a-local-minimum", formula=Always(Tends(visit, 0), over=r),
    why="W_1 = diag(1, 0) is visited although diag(0, 4) is the better matrix of rank one", within=Rational(1, 20), on="spurious",
    spec="greedy-low-rank/T3/A5")
theorem.control("visits-the-fastest", formula=Tends(other, 0),
    why="without alignment the flow visits the saddle of the modes that escape first", within=Rational(1, 20), on="uncoupled",
    under=("convex", "phases", "simple"), spec=("greedy-low-rank/T3/A2", "greedy-low-rank/T3/A3"))
theorem.ablate("aligned", breaks="visits", on="uncoupled",
    spec=("greedy-low-rank/T3/A1", "greedy-low-rank/T3/A3", "greedy-low-rank/T3/M1"))
theorem.ablate("simple", breaks="visits", on="double", spec="greedy-low-rank/T3/A4")
# fmt: on
