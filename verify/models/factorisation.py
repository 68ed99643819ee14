"""Objectives f on symmetric matrices, batched in torch, and the problems on which low-rank bias is studied.

Throughout, <A, B> = tr(AB), F = grad f is a symmetric matrix, and the factorised problem is L(U) = f(U U^T) / 2, whose gradient flow is
U' = -F(U U^T) U. The scale of a start is always the scale of W = U U^T.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from verify.errors import BadInput

Tensor = torch.Tensor
Array = Any
"""A torch tensor or a numpy array."""


class Objective(Protocol):
    """A function f of symmetric d x d matrices; every method is batched over the leading dimensions of W."""

    @property
    def size(self) -> int:
        """d."""
        ...

    def value(self, w: Tensor) -> Tensor:
        """f(W), of shape (...)."""
        ...

    def gradient(self, w: Tensor) -> Tensor:
        """F(W), of shape (..., d, d)."""
        ...

    def curvature(self, w: Tensor, x: Tensor) -> Tensor:
        """H[X], the derivative of F at W in the direction X, of shape (..., d, d)."""
        ...


@dataclass(frozen=True)
class Quadratic:
    """f(W) = <W, H[W]>/2 - <B, W> + c, for one problem or a batch of them.

    `hessian` (..., d*d, d*d) is H on matrices written row by row, symmetric and mapping symmetric matrices to symmetric ones;
    `linear` (..., d, d) is B; `constant` (...) is c. All float64, on one device; or all numpy arrays, as are then the matrices W.
    """

    hessian: Array
    linear: Array
    constant: Array

    @property
    def size(self) -> int:
        """d."""
        return self.linear.shape[-1]

    def value(self, w: Array) -> Array:
        """f(W)."""
        return ((self.curvature(w, w) / 2 - self.linear) * w).sum((-1, -2)) + self.constant

    def gradient(self, w: Array) -> Array:
        """F(W) = H[W] - B."""
        return self.curvature(w, w) - self.linear

    def curvature(self, w: Array, x: Array) -> Array:
        """H[X], the same at every W."""
        flat = x.reshape(*x.shape[:-2], self.size**2)
        # Matrices that share a problem are the rows of one product with the symmetric H.
        if self.linear.ndim == 2:
            return (flat @ self.hessian).reshape(x.shape)
        if self.linear.ndim == 3 and x.ndim > 3:
            rows = flat.reshape(-1, *flat.shape[-2:]).swapaxes(0, 1)
            return (rows @ self.hessian).swapaxes(0, 1).reshape(x.shape)
        images = (self.hessian @ flat[..., None])[..., 0]
        return images.reshape(*images.shape[:-1], *x.shape[-2:])

    def in_numpy(self) -> Quadratic:
        """The same problem in numpy arrays, on which loops of small steps take a third of the time."""
        return Quadratic(*(part.numpy(force=True) for part in (self.hessian, self.linear, self.constant)))

    def to(self, device: str | torch.device) -> Quadratic:
        """The same problem on another device."""
        return Quadratic(self.hessian.to(device), self.linear.to(device), self.constant.to(device))

    def __getitem__(self, chosen: Any) -> Quadratic:
        """Some problems of a batch, or the batch with new axes (None) for states along a path."""
        return Quadratic(self.hessian[chosen], self.linear[chosen], self.constant[chosen])


@dataclass(frozen=True)
class Smooth:
    """A user's own f, a torch function of one symmetric (d, d) matrix, differentiated by torch."""

    function: Callable[[Tensor], Tensor]
    size: int

    def value(self, w: Tensor) -> Tensor:
        """f(W)."""
        return self._over(self.function, w)

    def gradient(self, w: Tensor) -> Tensor:
        """F(W)."""
        if w.ndim == 2:
            return torch.func.grad(self.function)(w)
        point = w.detach().requires_grad_()
        with torch.enable_grad():  # one transformation less for each call than grad under vmap
            return torch.autograd.grad(self.value(point).sum(), point)[0]

    def curvature(self, w: Tensor, x: Tensor) -> Tensor:
        """H[X] at W, by forward over reverse differentiation."""

        def along(point: Tensor, direction: Tensor) -> Tensor:
            return torch.func.jvp(torch.func.grad(self.function), (point,), (direction,))[1]

        return self._over(along, *torch.broadcast_tensors(w, x))

    def _over(self, function: Callable[..., Tensor], *arguments: Tensor) -> Tensor:
        batch = arguments[0].shape[:-2]
        if not batch:
            return function(*arguments)
        mapped = torch.func.vmap(function)(*(argument.reshape(-1, self.size, self.size) for argument in arguments))
        return mapped.reshape(*batch, *mapped.shape[1:])


def checked(objective: Smooth) -> Smooth:
    """The objective, after a look at it: F(0) must be finite and symmetric.

    Raises:
        BadInput: f fails at W = 0, is not a scalar, or has an asymmetric or non-finite gradient.
    """
    d = objective.size
    probe = torch.zeros(d, d, dtype=torch.float64)
    draws = torch.randn(2, d, d, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    try:
        value = objective.value(probe)
        gradients = [objective.gradient(point) for point in (probe, *(draws + draws.mT))]
    except Exception as error:
        raise BadInput(
            f"f failed on a symmetric {d} x {d} float64 tensor ({' '.join(str(error).split()):.200}); it must map one to a scalar tensor with torch operations"
        ) from error
    if value.ndim:
        raise BadInput(f"f returned a tensor of shape {tuple(value.shape)}; it must return a scalar tensor of shape ()")
    for gradient in gradients:
        if not torch.isfinite(gradient).all():
            raise BadInput(
                "the gradient of f is not finite near W = 0; f must be differentiable on the symmetric matrices"
            )
        gap = float((gradient - gradient.T).abs().max())
        if gap > 1e-9 * (1 + float(gradient.abs().max())):
            raise BadInput(
                f"the gradient of f at a symmetric matrix is not symmetric (entries differ by {gap:.3g}); write f in terms of (W + W.T) / 2"
            )
    return objective


def simplified(objective: Smooth) -> Quadratic | Smooth:
    """The quadratic that equals f when f is one (its gradient agrees with F(0) + H[W] at three random points), which is far quicker to evaluate."""
    d = objective.size
    zero = torch.zeros(d, d, dtype=torch.float64)
    units = torch.eye(d * d, dtype=torch.float64).reshape(d * d, d, d)
    hessian = objective.curvature(zero.expand_as(units), (units + units.mT) / 2).reshape(d * d, d * d)
    form = Quadratic(hessian, -objective.gradient(zero), objective.value(zero))
    points = torch.randn(3, d, d, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    points = points + points.mT
    exact = torch.allclose(
        form.gradient(points), objective.gradient(points), rtol=1e-12, atol=1e-12 * (1 + float(hessian.abs().max()))
    )
    return form if exact else objective


def symmetric_basis(d: int) -> np.ndarray:
    """The orthonormal basis E_ii, (E_ij + E_ji)/sqrt 2 of Sym(d), lexicographic in i <= j; shape (d(d+1)/2, d, d)."""
    basis = []
    for i in range(d):
        for j in range(i, d):
            element = np.zeros((d, d))
            element[i, j] = element[j, i] = 1.0 if i == j else np.sqrt(0.5)
            basis.append(element)
    return np.array(basis)


def distance_to(target: np.ndarray, operator: np.ndarray | None = None) -> Quadratic:
    """f(W) = <W - M, H[W - M]>/2 with M = `target` (d, d) and H given in `symmetric_basis`, by default the identity."""
    m = np.asarray(target, dtype=float)
    d = len(m)
    basis = symmetric_basis(d).reshape(-1, d * d)
    h = basis.T @ (np.eye(len(basis)) if operator is None else np.asarray(operator, dtype=float)) @ basis
    image = (h @ m.ravel()).reshape(d, d)
    return _quadratic(h, image, (image * m).sum().item() / 2)


def completion(d: int, entries: Mapping[tuple[int, int], float]) -> Quadratic:
    """f(W) = sum over the observed positions, (i, j) and (j, i) both counted, of (W_ij - y_ij)^2 / 2; indices from 0.

    Raises:
        BadInput: an index outside the matrix, or (i, j) and (j, i) with different values.
    """
    h, b = np.zeros((d * d, d * d)), np.zeros((d, d))
    for (i, j), value in entries.items():
        if not (0 <= i < d and 0 <= j < d):
            raise BadInput(f"the entry ({i}, {j}) lies outside a {d} x {d} matrix; indices run from 0 to {d - 1}")
        if (j, i) in entries and entries[j, i] != value:
            raise BadInput(
                f"the entries ({i}, {j}) and ({j}, {i}) differ ({value} and {entries[j, i]}); a symmetric matrix has both equal"
            )
        for row, column in ((i, j), (j, i)):
            h[row * d + column, row * d + column] = 1.0
            b[row, column] = float(value)
    return _quadratic(h, b, (b * b).sum() / 2)


def sensing(measurements: np.ndarray, observed: np.ndarray) -> Quadratic:
    """f(W) = sum_i (<A_i, W> - y_i)^2 / 2 with symmetric A_i, shape (m, d, d), and y, shape (m,).

    Raises:
        BadInput: shapes that do not fit, or an asymmetric measurement matrix.
    """
    a, y = np.asarray(measurements, dtype=float), np.asarray(observed, dtype=float)
    if a.ndim != 3 or a.shape[1] != a.shape[2] or y.shape != a.shape[:1]:
        raise BadInput(
            f"the measurements have shape {a.shape} and the observations {y.shape}; they must be (m, d, d) and (m,)"
        )
    if not np.allclose(a, a.transpose(0, 2, 1), rtol=0, atol=1e-12 * np.abs(a).max()):
        raise BadInput(
            "a measurement matrix is not symmetric; replace A by (A + A.T) / 2, which measures the same symmetric matrices"
        )
    flat = a.reshape(len(a), -1)
    return _quadratic(flat.T @ flat, np.tensordot(y, a, 1), float(y @ y) / 2)


def transposed(matrices: Array) -> Array:
    """The transposes of matrices (..., d, k); in numpy's order, in which it multiplies small ones twice as fast."""
    return matrices.mT.copy() if isinstance(matrices, np.ndarray) else matrices.mT


def stack(problems: Sequence[Quadratic]) -> Quadratic:
    """A batch made of problems of one size."""
    return Quadratic(
        *(torch.stack(parts) for parts in zip(*((p.hessian, p.linear, p.constant) for p in problems), strict=True))
    )


def _quadratic(hessian: np.ndarray, linear: np.ndarray, constant: float) -> Quadratic:
    return Quadratic(
        torch.tensor(hessian, dtype=torch.float64),
        torch.tensor(linear, dtype=torch.float64),
        torch.tensor(float(constant), dtype=torch.float64),
    )


# The problems of the specification --------------------------------------------------------------------------------------------


def six_entries(r: float) -> Quadratic:
    """f(W) = (W_13 - 1)^2 + (W_14 - R)^2 + (W_23 - R)^2 on 4 x 4 matrices: six observed positions, ten free ones."""
    return completion(4, {(0, 2): 1.0, (0, 3): r, (1, 2): r})


def weighted_pair(b: float, m2: float, a: float = 1.0, c: float = 1.0) -> Quadratic:
    """F(W) = [[a (W_11 - 1), c W_12], [c W_12, b (W_22 - m2)]]: an isometry only as far as a, b, c agree."""
    return distance_to(np.diag([1.0, m2]), np.diag([a, c, b]))


def coupled_triple(kappa: float, overlap: float = 0.55, response: Sequence[float] = (1.0, 0.7, 0.3)) -> Quadratic:
    """On 3 x 3 matrices: H = [[1, o, 0], [o, 1, 0], [0, 0, 1]] on the diagonal, the identity elsewhere, and kappa between (1,1) and (2,3).

    The target is diag(x), x the solution of (the diagonal block) x = `response`. At kappa = 0 all gradients along the flow commute.
    """
    block = np.array([[1, overlap, 0], [overlap, 1, 0], [0, 0, 1.0]])
    diagonal, pair = [0, 3, 5], 4  # positions of (11), (22), (33) and of (23) in the lexicographic basis
    h = np.eye(6)
    h[np.ix_(diagonal, diagonal)] = block
    h[0, pair] = h[pair, 0] = kappa
    return distance_to(np.diag(np.linalg.solve(block, np.asarray(response, dtype=float))), h)


def near_isometry(
    delta: float, rng: np.random.Generator, eigenvalues: Sequence[float] = (3.0, 1.5, 0.7, 0.0, 0.0)
) -> tuple[Quadratic, np.ndarray, np.ndarray]:
    """f(W) = <W - M, (I + delta E)[W - M]>/2 with a random symmetric E of norm 1, so that every restricted isometry constant is at most delta.

    Returns the problem, the target M = Q diag(eigenvalues) Q^T, and I + delta E in `symmetric_basis`. (The isometry constant of a random
    sensing design cannot be certified in reasonable time; here it is known by construction.)
    """
    d = len(eigenvalues)
    q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    e = rng.normal(size=(d * (d + 1) // 2,) * 2)
    e = (e + e.T) / 2
    operator = np.eye(len(e)) + delta * e / np.linalg.norm(e, 2)
    target = (q * np.asarray(eigenvalues)) @ q.T
    return distance_to(target, operator), target, operator
