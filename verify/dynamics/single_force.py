"""The force of gradient flow at one state in numpy, for the right-hand sides that a solver calls thousands of times."""

from __future__ import annotations

from collections.abc import Callable
from math import log

import numpy as np

from verify.dynamics.problem import Problem
from verify.models.single_state import single_state

Field = Callable[[float, np.ndarray], np.ndarray]
"""A clock and a state (k,) to the rate of the state, as solvers want it."""

LEFT_THE_FLOATS = (OverflowError, ValueError, ZeroDivisionError)
"""What plain numbers raise where numpy answers infinity or NaN; a solver's stray trial state gets numpy's answer instead."""


def single_force(problem: Problem) -> Callable[[np.ndarray], tuple[float, float, np.ndarray]]:
    """theta (d,) to tau = log 1/Loss, S and w, with d theta/dt = Loss S w: the formulas of `force`."""
    loss, network = problem.loss, single_state(problem.network, problem.data)
    ones = np.ones(len(problem.data.labels))  # a product with which takes half as long as a sum

    def exponential(theta: np.ndarray) -> tuple[float, float, np.ndarray]:
        margins, pull = network(theta)
        lowest = margins[margins.argmin()]
        shares = np.exp(lowest - margins)
        total = shares.dot(ones)
        return lowest - log(total), 1.0, pull(shares / total)

    def general(theta: np.ndarray) -> tuple[float, float, np.ndarray]:
        margins, pull = network(theta)
        values = loss.f(margins)
        lowest = values[values.argmin()]
        shares = np.exp(lowest - values)
        pulls = shares * np.exp(loss.log_slope(margins))
        total, pulled = shares.dot(ones), pulls.dot(ones)
        return lowest - log(total), pulled / total, pull(pulls / pulled)

    return exponential if loss.exponential else general
