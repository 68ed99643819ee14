"""Finders on a small theorem written in SymPy: what they find is accepted, and they say when they find nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from verify.kernel.audit import check_step
from verify.kernel.refusals import Refused
from verify.kernel.statement import Statement
from verify.proof import (
    At,
    Gap,
    Given,
    NotFound,
    Tangent,
    bound,
    by_cas,
    cited,
    enclosed,
    exp_gap,
    identity,
    log_gap,
    power_gap,
    second_route,
    sos,
)  # fmt: skip
from verify.proof.reasons import encode
from verify.statement import operators as ops
from verify.statement.encode import block
from verify.statement.theorem import Theorem


def prove(name: str, claim: Any, by: Any, given: tuple[str, ...] = ()) -> dict[str, Any]:
    """The certificate of one step of a theorem about the flow r' = -r on (0, 1), found, accepted, and evaluated in balls."""
    theorem = Theorem("decay", "a quantity that decays")
    t = theorem.clock("t", to=sp.oo)
    n = theorem.index("n")
    r = theorem.quantity("r", "the radius", over=t, sign="positive")
    x, y = (theorem.quantity(coordinate, coordinate, over=t) for coordinate in "xy")
    q = theorem.quantity("q", "entries", over=(t, n))
    k = theorem.parameter("k", "an exponent", sign="positive")
    m = theorem.parameter("m", "a number")
    theorem.relation("flow", ops.Always(sp.Eq(ops.Rate(r, t), -r)), because="the flow")
    theorem.relation("circle", ops.Always(sp.Eq(x**2 + y**2, r**2)), because="x and y are on a circle")
    theorem.assume("small", ops.Always(r < 1))
    theorem.assume("interval", ops.And(m >= 0, m <= 2))
    theorem.step(
        name,
        claim(r=r, x=x, y=y, q=q, k=k, m=m, t=t, n=n),
        by=by(r, x, y, q, k, m, n) if callable(by) else by,
        given=given,
    )
    found = block(theorem)
    certificate = theorem.steps[name].by.find(found, name)
    check_step(Statement.read("decay", found), name, certificate)
    if certificate["kind"] in ("identity", "inequality"):
        assert second_route(found, name, certificate).width < 1e-60
    return certificate


def test_an_identity_by_a_given_equation_and_its_rate() -> None:
    prove("s", lambda r, t, **_: ops.Always(sp.Eq(ops.Rate(ops.Rate(r, t), t), r)), identity(), ("flow",))
    prove("s", lambda r, k, t, **_: ops.Always(sp.Eq(ops.Rate(r**k, t), -k * r**k)), identity(), ("flow",))
    prove(
        "s",
        lambda r, x, y, t, **_: ops.Always(sp.Eq(x * ops.Rate(x, t) + y * ops.Rate(y, t), -(r**2))),
        identity(),
        ("flow", "circle"),
    )


def test_a_quotient_that_is_not_shown_to_be_defined() -> None:
    with pytest.raises(Refused, match=r"d\(log\(r\)\)/d\(t\) is not zero"):
        prove("s", lambda r, k, **_: ops.Always(sp.Eq(ops.Rate(r**k, sp.log(r)), k * r**k)), identity(), ("flow",))


def test_an_identity_that_is_not_one() -> None:
    with pytest.raises(NotFound, match="vanish"):
        prove("s", lambda r, t, **_: ops.Always(sp.Eq(ops.Rate(r, t), r)), identity(), ("flow",))
    with pytest.raises(NotFound, match="vanish"):
        prove("s", lambda r, t, **_: ops.Always(sp.Eq(ops.Rate(r, t), -r)), identity())


def test_bounds_with_reasons() -> None:
    prove(
        "s", lambda r, **_: ops.Always(sp.log(1 / r) > 0), lambda r, *_: bound(Tangent(r) - Given("small")), ("small",)
    )
    prove(
        "s",
        lambda r, k, **_: ops.Always(r**k <= 1),
        lambda r, x, y, q, k, m, n: bound(power_gap(sp.Integer(1), r, k, -Given("small"))),
        ("small",),
    )
    prove(
        "s",
        lambda r, **_: ops.Always(sp.exp(r) <= sp.E),
        lambda r, *_: bound(exp_gap(1, r, -Given("small"))),
        ("small",),
    )
    prove(
        "s", lambda r, **_: ops.Always(sp.log(r) <= 0), lambda r, *_: bound(log_gap(1, r, -Given("small"))), ("small",)
    )
    prove("s", lambda x, y, r, **_: ops.Always(2 * x * y <= r**2), lambda r, x, y, *_: bound((x - y) ** 2), ("circle",))
    prove(
        "s",
        lambda q, n, **_: ops.Always(ops.Least(q, n) <= ops.Largest(q, n)),
        lambda r, x, y, q, k, m, n: bound(At(Gap(ops.Largest(q, n)), ops.Least(q, n))),
    )


def test_a_slack_that_is_not_the_difference() -> None:
    with pytest.raises(NotFound, match="vanish"):
        prove("s", lambda x, **_: ops.Always(x**2 + 1 >= 0), lambda r, x, *_: bound(x**2))
    with pytest.raises(NotFound, match="relations"):
        prove("s", lambda m, **_: ops.And(m**2 >= 0, m**4 >= 0), lambda r, x, y, q, k, m, n: bound(m**2))
    with pytest.raises(NotFound, match="cannot be used"):
        prove("s", lambda x, **_: ops.Always(x**2 >= 0), lambda r, x, *_: bound(Given("small")))


def test_one_slack_for_each_relation() -> None:
    found = prove("s", lambda m, **_: ops.And(m**2 >= 0, m**4 >= 0), lambda r, x, y, q, k, m, n: bound(m**2, m**4))
    assert [part["kind"] for part in found["parts"]] == ["inequality", "inequality"]


def test_a_box_that_has_to_be_cut() -> None:
    found = prove("s", lambda m, **_: sp.exp(m) - m > sp.Rational(1, 2), enclosed(), ("interval",))
    assert found["cuts"] is not None
    with pytest.raises(NotFound, match="pieces"):
        prove("s", lambda m, **_: sp.exp(m) - m > 1, enclosed(pieces=30), ("interval",))  # an equation at m = 0
    with pytest.raises(NotFound, match="cannot be enclosed"):
        prove("s", lambda k, **_: k < 3, enclosed(), ("interval",))


def test_citations_and_computer_algebra_leave_no_certificate() -> None:
    assert (
        cited("a book").find({}, "s") is None
        and cited("a book").kind == "cited"
        and cited("a book").citation == "a book"
    )
    assert by_cas(lambda: True, "a limit").find({}, "s") is None and by_cas(lambda: True, "a limit").kind == "cas"
    for decides in (lambda: False, lambda: None, lambda: sp.true):
        with pytest.raises(NotFound):
            by_cas(decides, "a limit").find({}, "s")


@pytest.mark.parametrize(
    "claim",
    [
        lambda x, y, **_: ops.Always(x**2 + y**2 >= 2 * x * y),
        lambda x, y, **_: ops.Always(x**4 + y**4 >= x**3 * y + x * y**3),
        lambda x, y, **_: ops.Always(2 * x**4 + 2 * x**3 * y - x**2 * y**2 + 5 * y**4 >= 0),
        lambda x, y, **_: ops.Always(x * y / (1 + x**2 * y**2) <= sp.Rational(1, 2)),
    ],
)
def test_sums_of_squares(claim: Any) -> None:
    prove("s", claim, sos())


def test_a_sum_of_squares_with_a_multiplier() -> None:
    """r^3 - 2 r^2 + r = r (r - 1)^2 for r > 0: no sum of squares, but r times one."""
    with pytest.raises(NotFound):
        prove("s", lambda r, **_: ops.Always(r**3 + r >= 2 * r**2), sos())
    prove("s", lambda r, **_: ops.Always(r**3 + r >= 2 * r**2), lambda r, *_: sos(r))


def test_polynomials_that_are_no_sums_of_squares() -> None:
    x2y2 = lambda x, y: x**4 * y**2 + x**2 * y**4 - 3 * x**2 * y**2 + 1  # noqa: E731  # Motzkin: >= 0, yet no sum of squares
    for claim in (
        lambda x, y, **_: ops.Always(x2y2(x, y) >= 0),
        lambda x, **_: ops.Always(x**2 >= sp.Rational(1, 100) - x),
    ):
        with pytest.raises(NotFound):
            prove("s", claim, sos())


def test_reasons_are_encoded_wherever_they_stand() -> None:
    x = sp.Symbol("x")
    e = sp.exp(x) * (Tangent(x + Given("a", 2)) + 2 * Gap(sp.Abs(x), 1)) ** 2
    text = str(encode(e))
    for part in ("['tangent', ['add', ['given', 'a', '2'], ['var', 'x']]]", "['gap', ['abs', ['var', 'x']], '1']"):
        assert part in text
    assert encode(Given("a")) == ["given", "a"]
