"""Small files that the tests of the probe attack: what is true of them is known by a line of algebra."""

from __future__ import annotations

WALKS = '''"""Is a random walk monotone?"""

from verify import Conjecture, Nondecreasing

guess = Conjecture("walks-rise")
t = guess.clock("t")
x = guess.quantity("x", over=t)
guess.conclude("monotone", Nondecreasing(x))


@guess.family("walks")
def walks(rng, size):
    return {"t": range(1, 41), "x": rng.normal(size=(size, 40)).cumsum(axis=1)}
'''

MEANS = '''"""Arithmetic and geometric mean of n numbers between 0 and 10, whose product is below 10^6 or not."""

from fractions import Fraction
from math import prod

from sympy import Eq, Rational
from verify import Theorem
from verify.statement.instances import Instance

theorem = Theorem("means")
n = theorem.parameter("n", "how many numbers")
total = theorem.parameter("total", "their sum", sign="real")
product = theorem.parameter("product", "their product", sign="real")
least = theorem.parameter("least", "the least of them", sign="real")
theorem.assume("two-numbers", Eq(n, 2), "there are two numbers")
theorem.assume("nonnegative", least >= 0, "none is negative")
theorem.conclude("means", (total / 2) ** 2 >= product, "the square of half the sum is at least the product")
theorem.mutant("a-third", of="means", formula=(total / 3) ** 2 >= product, why="a third of the sum")
theorem.mutant("loose", of="means", formula=(total / 2) ** 2 >= product - 1, why="true, so nothing must be found")


def instance(values):
    return Instance("", {"n": len(values), "total": sum(values), "product": prod(values), "least": min(values)})


@theorem.family("pairs")
def pairs(rng, size):
    """Two integers."""
    return [instance([Fraction(int(v)) for v in rng.integers(0, 10, size=2)]) for _ in range(size)]


@theorem.family("many", without="two-numbers")
def many(rng, size):
    """Three integers."""
    return [instance([Fraction(int(v)) for v in rng.integers(0, 10, size=3)]) for _ in range(size)]


@theorem.space("lists", like="pairs")
def lists(draw):
    """Two to five numbers between -10 and 10 on a grid of quarters."""
    return instance(list(draw.rationals("values", -10, 10, draw.integer("count", 2, 5), denominator=4)))
'''

ARTEFACT = '''"""x <= 1 for x = cos(h), by an integrator whose error is its tolerance, and which does not know it."""

import numpy as np
from verify import Column, Conjecture, Trace
from verify.statement.instances import Instance

conjecture = Conjecture("sloppy")
x = conjecture.parameter("x", "cos h, computed", sign="real")
conjecture.conclude("bounded", x <= 1)


@conjecture.family("angles")
def angles(rng, size):
    """Random angles."""
    return [Instance("", {"h": h}) for h in rng.uniform(-1, 1, size)]


@conjecture.experiment(measures=[x])
def integrate(instances, setting, run):
    """Cosines, too large by ten times the tolerance that the run asks for."""
    values = [np.cos(float(each["h"])) + 1e9 * run.tolerance * run.relax / 100 for each in instances]
    return Trace({"x": Column(np.array(values), error=1e-12)}, [""] * len(instances))
'''

FAILING = '''"""An experiment that fails on half of its instances, raises on some, and decides the others."""

import numpy as np
from verify import Column, Conjecture, Trace
from verify.statement.instances import Instance

conjecture = Conjecture("failing")
x = conjecture.parameter("x", "a number that is positive", sign="real")
conjecture.conclude("positive", x >= 0)


@conjecture.family("numbers")
def numbers(rng, size):
    """Numbers in [-1, 1]."""
    return [Instance("", {"v": v}) for v in rng.uniform(-1, 1, size)]


@conjecture.experiment(measures=[x])
def measure(instances, setting, run):
    """Negative numbers fail or raise: whatever is written beside a failure must not be believed."""
    values = np.array([float(each["v"]) for each in instances])
    if (values < -5).any():
        raise ArithmeticError("below -5")
    return Trace({"x": Column(values)}, ["it failed" if v < 0 else "" for v in values])
'''

NEEDLE = '''"""A small ball about a point of six dimensions, outside of which all is said to lie."""

import numpy as np
from sympy import Rational
from verify import Theorem
from verify.statement.instances import Instance

theorem = Theorem("needle")
distance2 = theorem.parameter("distance2", "squared distance to the ball's centre", sign="nonnegative")
theorem.conclude("outside", distance2 >= Rational(1, 1000), "the ball is missed")
theorem.mutant("larger-ball", of="outside", formula=distance2 >= Rational(1, 10), why="a larger ball")
CENTRE = np.array([0.31, -0.42, 0.53, -0.64, 0.15, 0.26])


@theorem.family("anywhere")
def anywhere(rng, size):
    """Points of the cube."""
    return {"distance2": ((rng.uniform(-1, 1, (size, 6)) - CENTRE) ** 2).sum(-1)}


@theorem.space("cube", like="anywhere")
def cube(draw):
    """One point of the cube."""
    return {"distance2": ((draw.reals("x", -1, 1, 6) - CENTRE) ** 2).sum()[None]}
'''
