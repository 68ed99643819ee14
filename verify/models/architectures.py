"""The homogeneous architectures on which theorems about networks are checked, and Euler's identity on each of them."""

from __future__ import annotations

from functools import cache

from sympy import diff, expand, sqrt, symbols

from verify.models.linear import DeepLinear, Linear
from verify.models.network import Network
from verify.models.two_layer import RectifiedPower, SmoothedRectifier

ARCHITECTURES: dict[str, Network] = {
    "linear": Linear(),
    "deep-linear-2": DeepLinear((4,)),
    "deep-linear-3": DeepLinear((3, 3)),
    "deep-linear-4": DeepLinear((3, 3, 2)),
    "relu-squared": RectifiedPower(6, 2),
    "relu-cubed": RectifiedPower(6, 3),
    "smoothed-relu": SmoothedRectifier(6, alpha=0.0, eps=1e-2),
    "smoothed-leaky-relu": SmoothedRectifier(6, alpha=0.3, eps=1e-2),
}
"""By name, of degree 1, 2, 3, 4, 3, 4, 2, 2."""


@cache
def euler_identity_holds() -> bool:
    """Whether sum_i theta_i dPhi/dtheta_i = L Phi on one path through every architecture, where its kinks are active.

    Paths add up to the network, and the identity is linear in Phi; on the inactive side of a kink a path is zero, or
    (leaky) the same expression times a constant.
    """
    a, b, c, w1, w2, x1, x2, eps, k1, k2 = symbols("a b c w1 w2 x1 x2 eps k1 k2", positive=True)
    reach = w1 * x1 + w2 * x2
    root = sqrt(reach**2 + eps**2 * (x1**2 + x2**2) * (w1**2 + w2**2))
    smooth = k1 * reach + k2 * root
    paths = [
        (reach, (), 1),
        (a * reach, (a,), 2),
        (a * b * reach, (a, b), 3),
        (a * b * c * reach, (a, b, c), 4),
        (a * reach**2, (a,), 3),
        (a * reach**3, (a,), 4),
        (a * smooth, (a,), 2),
    ]
    # Times the root, which is positive, every defect is a polynomial.
    return all(
        expand(expand(root * (sum(s * diff(path, s) for s in (*outer, w1, w2)) - degree * path))) == 0
        for path, outer, degree in paths
    )
