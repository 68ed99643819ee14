"""Attacks: false claims, and claims that are not defined, each with the certificate that would prove it if a rule were loose."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.kernel.notation import E, at, block, gap, given, head, json, least, log, rate, symbols, tangent, total
from verify.kernel.audit import check_step
from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement

x, y, a, b, c, t, k, w, m, X = symbols("x y a b c t k w m X")
OVER = {"x": "t", "y": "t", "a": "n", "b": "n", "w": "tn", "X": "ni"}


def attempt(claim: Any, difference: Any, given_names: str = "", kind: str = "inequality", **declared: Any) -> None:
    declared = {"real": "x y a b c k w X", "positive": "m", "over": OVER} | declared
    statement = Statement.read("sample", block(steps={"s": (claim, given_names, kind)}, **declared))
    try:
        check_step(statement, "s", {"kind": kind, "difference": json(difference)})
    except Refused as refusal:
        if re.search("no head|no exact number|does not take|stands where", str(refusal)):
            raise AssertionError(f"the attack is malformed: {refusal}") from None
        raise


H = "hypotheses"

UNSOUND: dict[str, tuple[Any, Any, str, dict[str, Any]]] = {
    # quotients, logarithms and powers that need not be defined
    "cancelling a factor": (x / x == 1, 0, "", {}),
    "zero over zero": (E(0) / E(0) == 1, 0, "", {}),
    "a hidden zero denominator": ((x - y) / (x - y) == 1, 0, "", {}),
    "zero times something undefined": (0 * log(c) == 0, 0, "", {}),
    "zero times a pole": (0 * (1 / x) == 0, 0, "", {}),
    "dividing by a given zero": (m == 2 * m, given("e") ** -1 * given("e") * m, "e", {H: {"e": x == 0}}),
    "log of what may be negative": (log(x**2) == 2 * log(x), 0, "", {}),
    "log of a product of negatives": (log(x * y) == log(x) + log(y), 0, "p", {H: {"p": x * y > 0}}),
    "square root of a square": ((x**2) ** E("1/2") == x, 0, "", {}),
    "cube root of something negative": ((x**3) ** E("1/3") == x, 0, "", {}),
    "an even root of an even power": ((x**4) ** E("1/4") == x, 0, "", {}),
    "powers of powers": ((x**2) ** k == x ** (2 * k), 0, "", {}),
    "a symbolic power of what may vanish": (x**k * x ** (-k) == 1, 0, "", {}),
    "zero to the k": (E(0) ** k == 0, 0, "", {}),
    "zero to a negative power": (E(0) ** E("-1/2") == 0, 0, "", {}),
    "tangent at a negative number": (x - 1 - log(x) >= 0, tangent(x), "", {}),
    "a negative number's logarithm": (log(E(-1)) == log(E(-1)), 0, "", {}),
    # signs
    "a real square is positive": (x**2 > 0, x**2, "", {}),
    "an odd power": (x**3 >= 0, x**3, "", {}),
    "a difference of squares": (x**2 - y**2 >= 0, x**2 - y**2, "", {}),
    "strict from weak": (x > 0, given("g"), "g", {H: {"g": x >= 0}}),
    "weak turned round": (x >= 0, given("g"), "g", {H: {"g": x <= 0}}),
    "a sign that is not declared": (x >= 0, x, "", {}),
    "nonnegative taken for positive": (c > 0, c, "", {"real": "x", "nonnegative": "c"}),
    "a product of two negatives declared so by nobody": (x * y >= 0, x * y, "", {}),
    "an indefinite form": (x * y >= 0, head("quadratic", [["0", "1/2"], ["1/2", "0"]], x, y), "", {}),
    "a form that is not symmetric": (x * y >= 0, head("quadratic", [["0", "1"], ["0", "0"]], x, y), "", {}),
    "a gap to a total of signed terms": (total(a, "n") >= a, gap(total(a, "n")), "", {}),
    "a gap the wrong way round": (least(a, "n") >= a, -gap(least(a, "n")), "", {}),
    "the least entry of another quantity": (least(a, "n") * b >= 0, at(a * b, least(a, "n")), "", {}),
    "at a least value, of a product": (b**2 - least(a, "n") >= 0, at(b**2, least(a, "n")), "", {}),
    "abs is not its argument": (head("abs", x) == x, 0, "", {}),
    "min of two is not the first": (head("min", x, y) == x, 0, "", {}),
    "an exponent that is 1, but does not look it": (x >= 0, head("pow", x, head("add", 1, 0)), "", {}),
    "an exponent that is 2, but does not look it": (x**2 > 0, head("pow", x, head("add", 1, 1)), "", {}),
    "an exponent that is 3, but does not look it": (x**3 >= 0, head("pow", x, head("mul", 3, 1)), "", {}),
    "a power of zero": (E(0) ** 2 > 0, E(0) ** 2, "", {}),
    "an empty sum of squares": (x**2 >= 1, head("quadratic", [["1"]], x), "", {}),
    "a sum of squares with a negative one": (x**2 - y**2 >= 0, x**2 - y**2, "", {}),
    "a form with a negative number in it": (-(x**2) >= 0, head("quadratic", [["-1"]], x), "", {}),
    "the sine of a sum": (head("sin", x + y) == head("sin", x) + head("sin", y), 0, "", {}),
    # totals
    "a sum of products": (total(a * b, "n") == total(a, "n") * total(b, "n"), 0, "", {}),
    "a sum of ones is not one": (total(1, "n") == 1, 0, "", {}),
    "a bound index that escapes": (total(a, "n") == a * total(1, "n"), 0, "", {}),
    "a square of a sum": (total(a**2, "n") == total(a, "n") ** 2, 0, "", {}),
    "nested sums over one index": (total(a * total(a, "n"), "n") == total(a**2, "n"), 0, "", {}),
    "the least of a sum": (least(a + b, "n") == least(a, "n") + least(b, "n"), 0, "", {}),
    "a negative factor of a least value": (least(-a, "n") == -least(a, "n"), 0, "", {}),
    "a sum over the clock": (head("total", x, "t") == head("total", x, "t"), 0, "", {}),
    "where each entry is least, under a sum": (total(least(X, "n"), "i") >= 0, at(given("g"), least(X, "n")), "g", {H: {"g": total(X, "i") >= 0}}),
    "where each entry is least, under a least value": (least(least(X, "n"), "i") >= 0, at(given("g"), least(X, "n")), "g", {H: {"g": head("largest", X, "i") >= 0}}),
    "an index with no entries": (total(1, "n") > 1, total(1, "n"), "", {}),
    "a total that is at least its first term": (total(a, "n") >= a, gap(total(a, "n")) + 0, "", {}),
    # rates
    "the rate of a parameter": (rate(c, t) == 1, 0, "", {}),
    "a rate with respect to a parameter": (rate(x, c) == rate(x, c), 0, "", {}),
    "a rate with respect to what may stand still": (rate(x, y) * rate(y, t) == rate(x, t), 0, "", {}),
    "the rate of a least value": (rate(least(w, "n"), t) == least(rate(w, t), "n"), 0, "", {}),
    "the rate of an absolute value": (rate(head("abs", x), t) == rate(head("abs", x), t), 0, "", {}),
    "the product rule forgotten": (rate(x * y, t) == rate(x, t) * rate(y, t), 0, "", {}),
    "the rate of the clock": (rate(t**2, t) == t, 0, "", {}),
    "the rate of a root that may vanish": (rate(c ** E("1/2"), t) == 0, 0, "", {"nonnegative": "c", "over": {"c": "t"}, "real": "x"}),
    "nothing proves that a rate is nondecreasing": (["nondecreasing", json(rate(x, t)), "t"], given("g"), "g", {H: {"g": rate(rate(x, t), t) == 0}}),
    "nondecreasing along an index": (["nondecreasing", json(a**2), "n"], a**2, "", {}),
    # what is assumed at a point, used at others
    "a rate of what vanishes at a point": (["implies", x == 0, rate(x, t) == 0], rate(given("assumed"), t), "", {}),
    "a total of what vanishes for one n": (["implies", a == 0, total(a, "n") == 0], total(given("assumed"), "n"), "", {}),
    "a total of what is positive for one n": (["implies", a > 0, total(a, "n") > 0], total(given("assumed"), "n"), "", {}),
    "a quotient under a total, not zero for one n": (["implies", a != 0, total(a / a, "n") == total(1, "n")], 0, "", {}),
    "a logarithm in a rate, positive at a point": (["implies", x > 0, rate(log(x) - log(x), t) == 0], 0, "", {}),
    "a least value, positive for one n": (["implies", a > 0, least(a, "n") > 0], least(given("assumed"), "n"), "", {}),
    "at a least value, positive for one n": (["implies", a > 0, least(a, "n") > 0], at(given("assumed"), least(a, "n")), "", {}),
    "an alternative taken as given": (["or", x > 0, y > 0], given("assumed") * -1, "", {}),
    # logic
    "sometimes is not always": (x > 0, given("g"), "g", {H: {"g": ["sometimes", x > 0, "t"]}}),
    "one of two": (x > 0, given("g"), "g", {H: {"g": ["or", x > 0, y > 0]}}),
    "what an implication implies": (x > 0, given("g"), "g", {H: {"g": ["implies", y > 0, x > 0]}}),
    "always inside an implication": (["implies", x == 0, ["always", x == 0, "t"]], given("assumed"), "", {}),
    "nondecreasing inside an implication": (["implies", rate(x, t) >= 0, ["nondecreasing", json(x), "t"]], given("assumed"), "", {}),
    "something that is not given": (x > 0, given("g"), "", {H: {"g": x > 0}}),
    "relations that contradict each other": (y > 5, given("h", "1") * 0 + given("g") * 0 + y - 5, "g h", {H: {"g": x > 0, "h": ["and", x < 0, y != 5]}}),
    "two values of one quantity": (y > 5, given("g") - given("h") + y - 5, "g h", {H: {"g": x == 1, "h": x == 2}}),
    "a relation that contradicts a sign": (E(1) == 0, given("g"), "g", {H: {"g": m <= 0}}),
    "a hypothesis that is called as what is assumed": (x > 0, given("assumed"), "assumed", {H: {"assumed": ["or", x > 0, y > 0]}}),
    "the step itself": (x > 0, given("s"), "", {}),
    "an eventual claim": (["eventually", x**2 >= 0, "t"], x**2, "", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSOUND)
def test_unsound(name: str) -> None:
    claim, difference, names, declared = UNSOUND[name]
    with pytest.raises(Refused):
        attempt(claim, difference, names, **declared)
    if (
        difference == 0 and isinstance(claim, list) and claim[0] == "eq"
    ):  # nor with left - right itself for a certificate
        with pytest.raises(Refused):
            attempt(claim, E(claim[1]) - E(claim[2]), names, **declared)


TRUE: dict[str, tuple[Any, Any, str, dict[str, Any]]] = {
    "cancelling a positive factor": (m / m == 1, 0, "", {}),
    "a factor that is given not to vanish": (x / x == 1, 0, "g", {H: {"g": x != 0}}),
    "two factors of a product that does not vanish": (x / x + y / y == 2, 0, "g", {H: {"g": x * y != 0}}),
    "log of a square of something positive": (log(m**2) == 2 * log(m), 0, "", {}),
    "log of a negative": (log(x**2) == 2 * log(-x), 0, "g", {H: {"g": x < 0}}),
    "root of a square": ((x**2) ** E("1/2") == -x, 0, "g", {H: {"g": x <= 0}}),
    "roots agree": (m ** E("1/2") * m ** E("1/3") == m ** E("5/6"), 0, "", {}),
    "roots of numbers": (E(8) ** E("1/2") == 2 * E(2) ** E("1/2"), 0, "", {}),
    "abs squared": (head("abs", x) ** 2 == x**2, 0, "", {}),
    "abs of a square": (head("abs", x**2) == x**2, 0, "", {}),
    "abs as a bound": (head("abs", x) >= -x, gap(head("abs", x), "1"), "", {}),
    "min as a bound": (head("min", x, y) <= y, -gap(head("min", x, y), "1"), "", {}),
    "Pythagoras": (head("sin", x) ** 2 + head("cos", -x) ** 2 == 1, 0, "", {}),
    "the rate of a sine": (rate(head("sin", -x), t) == -head("cos", x) * rate(x, t), 0, "", {}),
    "the rate of a root": (rate(x ** E("1/2"), t) == rate(x, t) / (2 * x ** E("1/2")), 0, "", {"positive": "x", "real": "c"}),
    "the rate of the clock": (rate(t**2, t) == 2 * t, 0, "", {}),
    "the second rate": (rate(rate(x**2, t), t) == 2 * rate(x, t) ** 2 + 2 * x * rate(rate(x, t), t), 0, "", {}),
    "the power rule with a parameter": (rate(x**k, t) == k * x ** (k - 1) * rate(x, t), 0, "", {"positive": "x", "real": "k"}),
    "sums change places": (total(a * total(b * w, "n"), "i") == total(b * total(a * w, "i"), "n"), 0, "", {"over": {"a": "i", "b": "n", "w": "ni"}}),
    "the least of a shifted multiple": (least(3 - 2 * a, "n") == 3 - 2 * head("largest", a, "n"), 0, "", {}),
    "mean at least least": (total(a, "n") >= least(a, "n") * total(1, "n"), total(gap(least(a, "n")), "n"), "", {}),
    "where an entry is least, under a sum over another axis": (total(b * head("exp", least(a, "n")), "i") >= 0, at(total(b * head("exp", a), "i"), least(a, "n")), "", {"real": "x a", "positive": "b", "over": {"a": "n", "b": "i"}}),
    "a positive root": (m ** E("1/2") > 0, m ** E("1/2"), "", {}),
    "a power with a parameter": (m**k > 0, m**k, "", {}),
    "a case that does not occur": (["implies", m <= 0, m * x**2 >= 0], m * x**2, "", {}),
    "an alternative": (["or", x**2 > 0, x == 0], x**2, "", {}),
    "an implication": (["implies", x >= 1, x**2 >= 1], given("assumed") * (given("assumed") + 2), "", {}),
    "an assumption about a parameter, under a total": (["implies", c > 0, total(a**2 / c, "n") >= 0], total(a**2 / c, "n"), "", {}),
    "both of two": (["and", x**2 >= 0], x**2, "", {}),
    "not": (["not", x**2 < 0], x**2, "", {}),
    "the second of two that are given": (y > 0, -given("g", "1"), "g", {H: {"g": ["and", x > 0, y * -1 < 0]}}),
    "nondecreasing": (["nondecreasing", json(x**3 + t), "t"], 3 * x**2 * given("g") + 1, "g", {H: {"g": ["nondecreasing", json(x), "t"]}}),
    "a given equation under a total and a rate": (rate(total(w, "n"), t) == 0, rate(total(given("g"), "n"), t), "g", {H: {"g": w == a}}),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_true(name: str) -> None:
    claim, difference, names, declared = TRUE[name]
    attempt(claim, difference, names, **declared)
