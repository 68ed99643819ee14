"""Random claims about the clock with known truth: what the rules are calibrated on.

Three decades of the clock (t over a factor 1000, log t over a factor 1000, a ladder of 2^-k, powers of ten of alpha), corrections of every
kind that the theorems show, noise far below what is asked. A false claim lies at least three resolutions away from the truth, as a
hand-written mutant must, and a false log factor has an exponent of at least one half where the gauge has no log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Rng = np.random.Generator
RESOLUTIONS = (0.03, 0.05, 0.1)


@dataclass(frozen=True)
class Claim:
    """One series with what is claimed of it: `values` (R,) with one bar, on the rows of log_clock (R,)."""

    rule: str
    true: bool
    values: np.ndarray
    bar: float
    log_clock: np.ndarray
    towards: str
    resolution: float
    depth: int = 0
    limit: float = 0.0
    rate: np.ndarray | None = None


def clock(rng: Rng) -> tuple[str, np.ndarray]:
    """A name, and s = |log clock| in rows ordered towards the limit."""
    name = str(rng.choice(["time", "time", "log-time", "log-time-evenly", "ladder", "scales"]))
    if name == "time":
        start = rng.uniform(0.5, 4.6)
        return name, np.linspace(start, start + np.log(1e3), int(rng.integers(20, 301)))
    if name == "log-time":
        start = 10 ** rng.uniform(1, 3)
        return name, np.geomspace(start, 1e3 * start, int(rng.integers(30, 301)))
    if name == "log-time-evenly":
        return name, np.linspace(10 ** rng.uniform(0.5, 2), 10 ** rng.uniform(4, 6), int(rng.integers(100, 301)))
    if name == "ladder":
        return name, rng.uniform(0.3, 2) + np.log(2) * np.arange(int(rng.integers(11, 14)))
    return name, np.log(10) * np.linspace(rng.uniform(1, 3), rng.uniform(10, 16), int(rng.integers(9, 14)))


def correction(rng: Rng, s: np.ndarray) -> np.ndarray:
    """A decaying relative correction, above -0.8."""
    a, b = rng.uniform(0.2, 2) * rng.choice([-1, 1]), rng.normal()
    kinds: list[Callable[[], np.ndarray]] = [
        lambda: 0 * s,
        lambda: a * np.exp(-rng.uniform(0.3, 2) * s),
        lambda: a * np.exp(-rng.uniform(0.3, 1) * s) + b * np.exp(-rng.uniform(0.5, 2) * s),
        lambda: np.exp(-np.outer(s, [0.5, 1.0, 1.5])) @ rng.normal(size=3),
        lambda: a * np.exp(-s) + b * np.exp(-2 * s),
        lambda: a / (s + rng.uniform(1, 3)),
        lambda: 0.7 * a * np.log(s + 2) / (s + 2),
        lambda: np.exp(-np.logaddexp(0.0, s - rng.uniform(-1, 1))),
    ]
    found = kinds[int(rng.integers(len(kinds)))]()
    return found * (0.8 / -found.min()) if found.min() < -0.8 else found


def _claim(rng: Rng, rule: str, true: bool, name: str, s: np.ndarray, values: np.ndarray, r: float, **more) -> Claim:
    bar = float(rng.choice([1e-13, 1e-10, 1e-8, 1e-6]))
    noisy = values + bar * rng.uniform(-1, 1, len(s))
    down = name in ("ladder", "scales")
    return Claim(rule, true, noisy, bar + 1e-13, -s if down else s, "0" if down else "oo", r, **more)


def gauge(rng: Rng, rule: str, true: bool) -> Claim:
    """theta, bigo, equivalent: log(e/gauge) with or without a drift."""
    name, s = clock(rng)
    r, depth = float(rng.choice(RESOLUTIONS)), int(rng.choice([0, 0, 1]))
    if depth and name != "log-time":
        r = 0.1  # the exponent of a log is known to about 1/log t at best
    y = np.log1p(correction(rng, s)) + (0 if rule == "equivalent" else 2 * rng.normal())
    sign = 1 if rule == "bigo" else rng.choice([-1, 1])
    if true and rule == "bigo" and rng.random() < 0.5:
        y = y - rng.uniform(0.3, 2) * (s if rng.random() < 0.5 else np.log(s + 1))
    if not true and rule == "equivalent" and rng.random() < 0.5:
        y = y + sign * rng.uniform(3 * r, 1)
    elif not true and rng.random() < 0.5:
        y = y + sign * rng.uniform(3 * r, 2) * s
    elif not true:
        y = y + sign * rng.uniform(3 * r if depth else 0.5, 2) * np.log(s + rng.choice([0, 1]))
    return _claim(rng, rule, true, name, s, y, r, depth=depth)


def iteration(rng: Rng, rule: str, true: bool) -> Claim:
    """tends: linear convergence over the steps of an iteration, of one sign or alternating, to its limit or to another one."""
    steps = np.arange(1, int(rng.integers(50, 300)) + 1.0)
    r, centre = float(rng.choice([1e-2, 1e-4, 1e-6])), 3 * rng.normal()
    factor = (r / 30) ** (rng.uniform(1, 3) / len(steps)) * rng.choice([-1, 1])
    claimed = centre if true else centre + rng.choice([-1, 1]) * rng.uniform(3 * r, 1.5)
    return _claim(rng, rule, true, "iterations", np.log(steps), centre + rng.normal() * factor**steps, r, limit=claimed)


def limit(rng: Rng, rule: str, true: bool) -> Claim:
    """tends: a sequence with its limit, or with another one, or without any."""
    if rng.random() < 0.15:
        return iteration(rng, rule, true)
    name, s = clock(rng)
    r, centre, a = float(rng.choice(RESOLUTIONS)), 3 * rng.normal(), rng.uniform(0.2, 3) * rng.choice([-1, 1])
    logarithmic = name.startswith("log")
    kinds: list[Callable[[], np.ndarray]] = [
        lambda: 0 * s,
        lambda: correction(rng, s),
        lambda: a * np.exp(-rng.uniform(0.6, 2) * s),
    ]
    if logarithmic:
        kinds += [lambda: a / (s + rng.uniform(0, 3)), lambda: a * s ** -rng.uniform(0.5, 2), lambda: a * np.log(s) / s]
    value, claimed = centre + kinds[int(rng.integers(len(kinds)))](), centre
    growing = abs(a) * (s if rng.random() < 0.5 else np.log(s) if logarithmic else np.exp(s / 2))
    if true and rng.random() < 0.1:
        value, claimed = value + growing, np.inf
    if not true:
        case = rng.random()
        if case < 0.7:
            claimed = centre + rng.choice([-1, 1]) * rng.uniform(3 * r, 1.5)
        elif case < 0.8:
            claimed = np.inf
        elif case < 0.9:
            value = value + growing
            claimed = value[-1] + r * rng.normal()  # the last row lies at the claimed limit, on its way past it
        else:
            claimed = value[-1] + rng.choice([-1, 1]) * 2 * r
            claimed += np.sign(claimed - centre) * max(0.0, 3 * r - abs(claimed - centre))
    return _claim(rng, rule, true, name, s, value, r, limit=claimed)


def monotone(rng: Rng, rule: str, true: bool) -> Claim:
    """nondecreasing: a rise, with a dip of at least five bars in the false ones; half of them with rates."""
    _, s = clock(rng)
    x = (s - s[0]) / np.ptp(s)
    value = rng.normal() + 10 ** rng.uniform(-2, 2) * np.cumsum(rng.exponential(size=len(s)) ** 2) / len(s)
    rise = np.ptp(value)
    bar = rise * 10 ** rng.uniform(-12, -4)
    if not true:
        at = int(rng.integers(1, len(s)))
        value[at:] -= value[at] - value[at - 1] + bar * 10 ** rng.uniform(np.log10(5), 2)
    rate = np.gradient(value, x) if true and rng.random() < 0.5 else None
    noisy = value + bar * rng.uniform(-1, 1, len(s))
    return Claim(rule, true, noisy, bar, s, "oo", 0.0, rate=None if rate is None else np.maximum(rate, 0))


def probability(rng: Rng, rule: str, true: bool) -> Claim:
    """P(event) >= bound, from 2,000 draws of which some stay undecided; the bound lies 0.2 off the truth. `limit` is the bound."""
    p = rng.uniform(0.25, 0.75)
    draws = np.where(rng.random(2000) < p, 1.0, -1.0)
    draws[rng.random(2000) < rng.uniform(0, 0.05)] = 0.0
    return Claim(rule, true, draws, 0.0, np.zeros(2000), "oo", 0.0, limit=p - 0.2 if true else p + 0.2)


MAKERS: dict[str, tuple[Callable[[Rng, str, bool], Claim], int]] = {
    "theta": (gauge, 450),
    "bigo": (gauge, 400),
    "equivalent": (gauge, 350),
    "tends": (limit, 450),
    "nondecreasing": (monotone, 250),
    "probability": (probability, 100),
}
"""How each rule's claims are made, and how many of 2,000 true and of 2,000 false ones are its own."""


def claims(seed: int) -> list[Claim]:
    """2,000 true and 2,000 false claims."""
    rng = np.random.default_rng([seed, 20231])
    return [
        make(rng, rule, true) for rule, (make, count) in MAKERS.items() for true in (True, False) for _ in range(count)
    ]
