"""A small theorem with everything that the runner handles, and a log of what it ran."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sympy import Rational

from verify import Column, Theorem, Theta, Trace
from verify.options import Options
from verify.runner import Bench, check_case
from verify.statement.cases import plan
from verify.statement.instances import Instance

TIMES = np.linspace(1.0, 20.0, 60)
"""log t."""


def power_law(ran: list[str] | None = None) -> Theorem:
    """x = a t^{-p} with p = 2 for every a > 0; on "shallow" p = 1, where the hypothesis p > 3/2 fails.

    Of the instances of "steep", every fourth has p = 1 and so is no instance. `ran` collects what ran, with the labels it saw.
    """
    log = [] if ran is None else ran
    theorem = Theorem("power-law", title="A power law")
    t = theorem.clock("t", log=True, meaning="time")
    x = theorem.quantity("x", "a t^{-p}", over=t, log=True)
    p = theorem.parameter("p", "the exponent")
    y = theorem.define("y", x * t**2)
    theorem.assume("steep", p > Rational(3, 2), "p > 3/2")
    theorem.conclude("rate", Theta(x, t**-2), within=Rational(1, 20))
    theorem.conclude("level", Theta(y, t**0), within=Rational(1, 20))
    theorem.mutant("cubic", of="rate", formula=Theta(x, t**-3), why="3 for 2")
    theorem.mutant("compensated", of="level", define={y: x * t**3}, why="3 for 2 in the setting")
    theorem.control("half", formula=Theta(x ** Rational(1, 2), 1 / t), why="a root of a square", within=Rational(1, 20))
    theorem.ablate("steep", breaks="rate", on="shallow")

    @theorem.family("steep")
    def steep(rng: np.random.Generator, size: int) -> list[Instance]:
        """Every fourth instance has p = 1."""
        return [Instance(f"s{k}", {"p": 1 if k % 4 == 3 else 2, "a": float(rng.uniform(1, 2))}) for k in range(size)]

    @theorem.family("shallow", without="steep")
    def shallow(rng: np.random.Generator, size: int) -> list[Instance]:
        """p = 1."""
        return [Instance(f"f{k}", {"p": 1, "a": float(rng.uniform(1, 2))}) for k in range(3)]

    @theorem.experiment(measures=[t, x])
    def solve(instances: list[Instance], setting: Any, run: Any) -> Trace:
        """The closed form, with an offset from the run's own stream."""
        log.append("solve " + " ".join(instance.label for instance in instances))
        noise = 1e-12 * run.rng.normal(size=len(instances))
        rows = [
            np.log(instance["a"]) + shift - instance["p"] * TIMES
            for instance, shift in zip(instances, noise, strict=True)
        ]
        clock = Column(np.broadcast_to(TIMES, (len(instances), len(TIMES))), ("t",), log=True)
        return Trace({"t": clock, "x": Column(np.array(rows), ("t",), log=True, error=1e-10)}, [""] * len(instances))

    return theorem


def records(theorem: Theorem, options: Options | None = None, order: Callable[[list], list] = list) -> dict[str, Any]:
    """The record of every case of the theorem by id; `order` permutes the cases."""
    bench = Bench(options)
    level = bench.options.level
    return {case.id: check_case(bench, theorem, case).record for case in order(plan(theorem, level))}
