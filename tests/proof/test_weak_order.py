"""The weak-order prover against explicit expansions, known modified equations, and wrong variants of both."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from sympy import Derivative, Function, Rational, symbols

from verify.errors import BadInput
from verify.proof.weak_order import SDE, Noise, Update, coefficients_for, modified_equation, weak_order
from verify.proof.weak_order.command import modified_equation_of_file
from verify.proof.weak_order.jets import JetRing
from verify.proof.weak_order.printing import latex

x, y, u, eta, z, w, c1, c2, sigma0 = symbols("x y u eta z w c1 c2 sigma0")
f, g, S, mu3 = (Function(name)(x) for name in ("f", "g", "Sigma", "mu3"))
f1, f2, f3 = (f.diff(x, n) for n in (1, 2, 3))
g1, g2, g3 = (g.diff(x, n) for n in (1, 2, 3))

SGD = Update({x: x - eta * (f1 + z)}, eta, Noise(z, {z: 0, z**2: S, z**3: mu3}))
ORDER_ONE = SDE(-f1, eta * S)
ORDER_TWO = SDE(-f1 - eta / 2 * f1 * f2, eta * S)


@pytest.mark.spec("sde-weak-order/T0/E1")
def test_sgd_and_its_two_equations():
    first, second = weak_order(SGD, ORDER_ONE, 1), weak_order(SGD, ORDER_TWO, 2)
    assert (first.order, second.order) == (1, 2)
    assert sp.expand(first.applied(g) + f1 * f2 * g1 / 2) == 0
    R = (
        6 * S * f2 * g2
        + 3 * S * f3 * g1
        - 2 * mu3 * g3
        + 3 * S.diff(x) * f1 * g2
        - f1**2 * f3 * g1
        - 4 * f1 * f2**2 * g1
    ) / 12
    assert sp.expand(second.applied(g) - R) == 0


@pytest.mark.parametrize(
    ("drift", "diffusion"),
    [
        (-f1, eta * S),
        (-f1 - eta * f1 * f2, eta * S),
        (-f1 + eta / 2 * f1 * f2, eta * S),
        (-f1 - eta / 2 * f1 * f2, eta * S * Rational(11, 10)),
        (-f1 - eta / 2 * f1 * f2, 0),
        (-f1 - eta / 2 * f1 * f2, eta**2 * S),
        (-f1 - eta / 2 * f1 * f2, eta * (S + f1**2)),
        (-f1 - eta / 2 * f1 * f2 + eta * S.diff(x) / 4, eta * S),
    ],
    ids=[
        "no-correction",
        "half",
        "wrong-sign",
        "covariance-1.1",
        "no-noise",
        "eta-squared",
        "uncentred",
        "stratonovich",
    ],
)
def test_wrong_equations_lose_order_two(drift, diffusion):
    assert weak_order(SGD, SDE(drift, diffusion), 2).order == 1


def test_unknown_coefficients_are_found_and_unique():
    ansatz = SDE(-f1 - eta * c1 * f1 * f2, c2 * eta * S)
    assert coefficients_for(SGD, ansatz, [c1, c2], 2) == [{c1: Rational(1, 2), c2: 1}]
    at_two = sp.expand(weak_order(SGD, ansatz, 2).applied(g, 2))
    assert sp.expand(at_two - ((2 * c1 - 1) * f1 * f2 * g1 + (1 - c2) * S * g2) / 2) == 0
    assert coefficients_for(SGD, SDE(-c1 * f1 * f2, c2 * eta * S), [c1, c2], 1) == []


def test_the_correction_of_the_potential_is_a_quarter():
    """dX = -grad(f + c1 eta |grad f|^2) dt + sqrt(c2 eta) Sigma^{1/2} dW is of order two for c1 = 1/4, c2 = 1 only, in any dimension."""
    line = SDE(-(f + c1 * eta * f1**2).diff(x), c2 * eta * S)
    assert coefficients_for(SGD, line, [c1, c2], 2) == [{c1: Rational(1, 4), c2: 1}]
    F = Function("f")(x, y)
    cov = sp.Matrix(2, 2, lambda i, j: Function(f"S{min(i, j)}{max(i, j)}")(x, y))
    chain = Update({x: x - eta * (F.diff(x) + z), y: y - eta * (F.diff(y) + w)}, eta, Noise.centred([z, w], cov))
    potential = F + c1 * eta * (F.diff(x) ** 2 + F.diff(y) ** 2)
    plane = SDE([-potential.diff(x), -potential.diff(y)], c2 * eta * cov)
    assert coefficients_for(chain, plane, [c1, c2], 2) == [{c1: Rational(1, 4), c2: 1}]


def test_modified_equation_is_derived_without_an_ansatz():
    open_noise = Update({x: x - eta * (f1 + z)}, eta, Noise.centred(z, S))
    found = modified_equation(open_noise, 2)
    assert sp.expand(found.equation.drift[0] - ORDER_TWO.drift[0]) == 0 and found.equation.diffusion[0, 0] == eta * S
    third = modified_equation(open_noise, 3)
    assert set(third.obstruction) == {(3,)} and third.obstruction_power == 3 and third.expansion.order == 2


@pytest.mark.spec("sde-weak-order/T1/S4")
def test_two_dimensions_generic():
    F = Function("f")(x, y)
    cov = sp.Matrix(2, 2, lambda i, j: Function(f"S{min(i, j)}{max(i, j)}")(x, y))
    gradient, hessian = sp.Matrix([F.diff(x), F.diff(y)]), sp.hessian(F, (x, y))
    chain = Update({x: x - eta * (gradient[0] + z), y: y - eta * (gradient[1] + w)}, eta, Noise.centred([z, w], cov))
    corrected = SDE(list(-gradient - eta / 2 * hessian * gradient), eta * cov)
    assert weak_order(chain, corrected, 2).order == 2
    assert weak_order(chain, SDE(list(-gradient), eta * cov), 2).order == 1
    transposed = SDE([corrected.drift[0], -(gradient + eta / 2 * hessian[1, 1] * gradient)[1]], eta * cov)
    assert weak_order(chain, transposed, 2).order == 1
    assert sp.expand(sp.Matrix(modified_equation(chain, 2).equation.drift) - sp.Matrix(corrected.drift)) == sp.zeros(
        2, 1
    )


def explicit_residual(
    chain: dict, moments: dict[int, sp.Expr], drift: sp.Expr, diffusion: sp.Expr, test: sp.Expr, powers: int
) -> list[Any]:
    """E g(x') - exp(eta L) g by plain SymPy, for polynomial data: the second route."""
    new = sp.Poly(sp.expand(test.subs(chain, simultaneous=True)), z)
    expectation = sum(c * moments[n[0]] for n, c in new.terms())
    term, total = test, test
    for n in range(1, powers + 1):
        term = sp.expand(eta * (drift * term.diff(x) + diffusion * term.diff(x, 2) / 2) / n)
        total += term
    difference = sp.expand(expectation - total)
    return [difference.coeff(eta, k) for k in range(powers + 1)]


@pytest.mark.parametrize("factor", [Rational(1, 2), Rational(501, 1000)])
def test_agrees_with_an_explicit_expansion(factor):
    """On polynomials both routes give the same residual, also for a perturbed coefficient, which must break both."""
    loss, sd = x**4 / 4 - x**2 / 3 + x, 1 + x / 5
    moments = {0: 1, 1: 0, 2: 1, 3: Rational(3, 2), 4: Rational(13, 4)}
    test = x**3 - 2 * x
    drift = -loss.diff(x) - eta * factor * loss.diff(x) * loss.diff(x, 2)
    plain = explicit_residual({x: x - eta * (loss.diff(x) + sd * z)}, moments, drift, eta * sd**2, test, 3)
    generic = weak_order(SGD, SDE(-f1 - eta * factor * f1 * f2, eta * S), 2)
    for power in range(4):
        ours = generic.applied(g, power).subs(
            {Function("mu3"): sp.Lambda(x, Rational(3, 2) * sd**3), Function("Sigma"): sp.Lambda(x, sd**2)}
        )
        ours = ours.subs({Function("f"): sp.Lambda(x, loss), Function("g"): sp.Lambda(x, test)}).doit()
        assert sp.expand(ours - plain[power]) == 0
    assert any(plain[:3]) == (factor != Rational(1, 2))


r = symbols("r")
"""1/sqrt(l), the small parameter of SVAG."""


def svag(second, third):
    """SVAG's chain for noise of given moments, divided by sqrt(l)."""
    noise = Noise(z, {z: 0, z**2: second, z**3: third})
    return Update({x: x - eta * r**2 * f1 - eta * r * z}, r, noise, time=eta * r**2)


def test_svag_and_naive_amplification():
    limit = SDE(-f1, eta * S)
    assert weak_order(svag(S, (3 * r - r**3) / 2 * mu3), limit, 2).order == 2  # in r = l^(-1/2): O(1/l)
    naive = weak_order(svag(S, mu3), limit, 2)
    assert naive.order == 1 and sp.expand(naive.applied(g) + eta**3 * mu3 * g3 / 6) == 0
    assert weak_order(svag(S, 0), limit, 2).order == 2  # naive amplification of symmetric noise
    assert weak_order(svag((S + r**2 * S) / 2, 0), limit, 2).order == 0  # sqrt(l) in place of sqrt(2l - 1)
    assert weak_order(svag(S + r**2 * S, 0), limit, 2).order == 2  # sqrt(2l + 1): true to order one in 1/l
    assert weak_order(svag(S, 0), SDE(-f1 - eta / 2 * f1 * f2, eta * S), 2).order == 0


def rmsprop(third, fresh=False):
    """RMSprop in (x, u) with a generic preconditioner r(u); one step takes the time eta^2."""
    gradient = eta * f1 / sigma0 + z
    step_u = c2 * eta**2 * (gradient**2 - u)
    denominator = Function("r")(u + step_u if fresh else u)
    return Update(
        {x: x - eta * sigma0 * gradient * denominator, u: u + step_u},
        eta,
        Noise(z, {z: 0, z**2: S, z**3: third}),
        time=eta**2,
    )


RMSPROP_SDE = SDE([-Function("r")(u) * f1, c2 * (S - u)], sp.diag(sigma0**2 * S * Function("r")(u) ** 2, 0))


@pytest.mark.parametrize("fresh", [False, True])
def test_rmsprop_needs_low_skewness(fresh):
    k3 = Function("kappa")(x)
    assert weak_order(rmsprop(eta * k3, fresh), RMSPROP_SDE, 2).order == 2  # order one in eta^2
    skew = weak_order(rmsprop(k3, fresh), RMSPROP_SDE, 2)
    assert skew.order == 1 and all(c.has(Function("kappa")) for c in skew.leading.values())
    wrong = SDE([RMSPROP_SDE.drift[0], c2 * (S + f1**2 - u)], RMSPROP_SDE.diffusion)
    assert weak_order(rmsprop(0, fresh), wrong, 2).order == 0


def test_half_powers_of_the_step():
    chain = Update({x: x - eta * f1 + sp.sqrt(eta) * z}, eta, Noise(z, {z: 0, z**2: 1, z**3: 1}))
    assert weak_order(chain, SDE(-f1, 1), 1).order == Fraction(1, 2)
    assert weak_order(Update(chain.state, eta, Noise(z, {z: 0, z**2: 1, z**3: 0})), SDE(-f1, 1), 1).order == 1


def test_a_shifted_argument_is_expanded():
    """The implicit midpoint's explicit cousin: x - eta f'(x - eta/2 f'(x)) follows gradient flow to order two."""
    midpoint = Update({x: x - eta * f1.subs(x, x - eta / 2 * f1)}, eta)
    assert weak_order(midpoint, SDE(-f1), 2).order == 2
    assert weak_order(Update({x: x - eta * f1.subs(x, x - eta / 3 * f1)}, eta), SDE(-f1), 2).order == 1


def test_independent_noises_multiply():
    zeta = symbols("zeta")
    both = [Noise(z, {z: 0, z**2: S, z**3: 0}), Noise(zeta, {zeta: 0, zeta**2: S, zeta**3: 0})]
    chain = Update({x: x - eta * (f1 + (z + zeta) / 2)}, eta, both)
    assert weak_order(chain, SDE(-f1 - eta / 2 * f1 * f2, eta * S / 2), 2).order == 2


def test_vanishing_residual_is_not_called_sharp():
    drifting = weak_order(Update({x: x + eta}, eta), SDE(1), 2)
    assert not drifting.sharp and drifting.order == 3 and drifting.leading == {}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: weak_order(Update({x: x - eta / (1 + x)}, eta), SDE(-f1), 1), "name it as a function of the state"),
        (lambda: weak_order(Update({x: x - f1}, eta), SDE(-f1), 1), "does not reduce to x"),
        (lambda: weak_order(Update({x: x - eta * sp.exp(x)}, eta), SDE(-f1), 1), "cannot read exp"),
        (lambda: weak_order(SGD, SDE([-f1, 0], sp.zeros(2)), 1), "components"),
        (lambda: SDE([0, 0], [[1, 2], [3, 4]]), "symmetric"),
        (lambda: Update({x: x + eta * x}, x), "stands for two things"),
        (lambda: Noise(z, {z + 1: 0}), "monomials in z"),
        (
            lambda: weak_order(Update({x: x - eta * Function("f")(1 + x)}, eta), SDE(-f1), 1),
            "not a function of the state",
        ),
        (lambda: coefficients_for(SGD, ORDER_TWO, [c1], 2), "does not occur"),
        (lambda: weak_order(Update({x: x - eta * f1}, eta, time=1 + eta), SDE(-f1), 1), "the time of one step"),
        (lambda: Update(x - eta, eta), "the state is -eta"),  # type: ignore[arg-type]
        (lambda: Update({}, eta), "each variable's value"),
        (lambda: Update({"x": x - eta}, eta), "the state's variables: 'x' was given"),  # type: ignore[dict-item]
        (lambda: Update({x: "x - eta"}, eta), "the new x is 'x - eta'"),
        (lambda: Update({x: x - f1}, 1), "the step: 1 was given"),  # type: ignore[arg-type]
        (lambda: Update({x: x - eta * z}, eta, z), "the noise is z"),  # type: ignore[arg-type]
        (lambda: Noise(z, {z: 0, z**2: z * S}), "holds the noise z"),
        (lambda: Noise.centred([z, w], [[1, 0]]), "symmetric 2 x 2"),
        (lambda: Noise.centred([z, w], [[1, 0], [1, 1]]), "symmetric 2 x 2"),
        (lambda: weak_order(Update({x: x - 0.1 * eta * f1}, eta), SDE(-f1), 1), r"write Rational\(-1, 10\)"),
    ],
)
def test_bad_input_is_one_sentence(make, says):
    with pytest.raises(BadInput, match=says):
        make()


def test_a_covariance_may_be_a_plain_number():
    assert Noise.centred(z, 1) == Noise.centred(z, sp.Integer(1))


def test_command_reads_a_file(tmp_path):
    file = tmp_path / "my_update.py"
    file.write_text(
        "from sympy import Function, symbols\nfrom verify.proof.weak_order import Noise, Update\n"
        "x, eta, z = symbols('x eta z')\nf = Function('f')(x)\n"
        "update = Update({x: x - eta * (f.diff(x) + z)}, step=eta, noise=Noise.centred(z, Function('Sigma')(x)))\n"
    )
    printed = modified_equation_of_file(file, 2)
    assert (
        "-eta*f'*f''/2 - f'" in printed
        and r"\frac{\mathbb{E}[z^{3}]}{6}\,g'''" in printed
        and "E[z**2] = Sigma" in printed
    )
    assert "constants" not in printed
    third = modified_equation_of_file(file, 3)
    assert "for order 3 the coefficient -E[z**3]/6 of g_xxx must be zero or O(eta)" in third
    assert "weak order 2 in eta, and no more: 3 was asked" in third
    file.write_text(
        "from sympy import Function, symbols\nfrom verify.proof.weak_order import Update\n"
        "x, eta, z = symbols('x eta z')\nupdate = Update({x: x - eta * (Function('f')(x).diff(x) + z)}, step=eta)\n"
    )
    assert "constants: z" in modified_equation_of_file(
        file, 2
    )  # the noise was forgotten: it counts as a constant, and is named
    file.write_text("update = 3")
    with pytest.raises(BadInput, match="holds a int"):
        modified_equation_of_file(file, 2)
    with pytest.raises(BadInput, match="no file"):
        modified_equation_of_file(tmp_path / "none.py", 2)
    with pytest.raises(BadInput, match="the order is 0"):
        modified_equation_of_file(file, 0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("update = (", "is not Python"),
        ("\nupdate = Updte()", r"raised NameError.*\(line 2\)"),
        ("import sys; sys.exit(3)", "raised SystemExit: 3"),
        ("step = 1", "holds none"),
    ],
)
def test_a_file_that_does_not_run_is_named_in_one_sentence(tmp_path, content, says):
    file = tmp_path / "my_update.py"
    file.write_text(content)
    with pytest.raises(BadInput, match=says):
        modified_equation_of_file(file)


def test_latex_in_the_fields_notation():
    assert latex(Derivative(f, x) ** 2) == r"\left(f'\right)^{2}"
    assert latex(Derivative(Function("f")(x, y), x, y)) == r"\partial_{x y} f"


@pytest.mark.spec("sde-weak-order/T1/S5")
@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_gradient_of_the_squared_gradient(dimension):
    """D_j sum_i (D_i f)^2 = 2 sum_i D_i f D_i D_j f, in jets; without the factor 2 it fails."""
    ring = JetRing(tuple(f"x{i}" for i in range(dimension)), {"f": tuple(range(dimension))}, 64)

    def jet(*positions):
        return ring.jet("f", tuple(positions.count(i) for i in range(dimension)))

    square = sum((jet(i) ** 2 for i in range(dimension)), ring.zero)
    for j in range(dimension):
        right = sum((jet(i) * jet(i, j) for i in range(dimension)), ring.zero)
        assert ring.derivative(square, j) == 2 * right != right
