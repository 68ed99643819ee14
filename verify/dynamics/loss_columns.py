"""Columns along gradient flow under a general loss e^{-f(q)}: what the lemmas on f and g = f^{-1} compare, over the clock "t"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from verify.dynamics.columns import derived
from verify.dynamics.observables import Observables
from verify.dynamics.paths import MarginPath
from verify.evidence.trace import Column
from verify.models.losses import Loss


def loss_columns(paths: Sequence[MarginPath], losses: Sequence[Loss], degrees: Sequence[float]) -> dict[str, Column]:
    """For paths under one loss each:

    F = f(q_n) over ("t", "n"), and over "t": steep = f'(g(tau)); between, the larger of g' at tau and at f(q_min), which bounds g' between
    them where g' is monotone; worth = sum_n softmax(-F)_n f'(q_n) q_n; kkt, by how much theta/q_min^{1/L} misses the KKT conditions of
    min |theta|^2/2 s.t. q_n >= 1: |theta - sum_n lambda_n grad q_n| + sum_n lambda_n (q_n - 1), with the multipliers of Lyu & Li 2020,
    Lemma C.8, which are proportional to the weights of the gradients in theta'.
    """

    def slope(k: int, margins: Tensor) -> Tensor:
        return torch.exp(losses[k].log_slope(margins))

    def values(k: int, rows: Observables) -> Tensor:
        return losses[k].f(rows.margins)

    def steep(k: int, rows: Observables) -> Tensor:
        return slope(k, losses[k].inverse(rows.tau))

    def between(k: int, rows: Observables) -> Tensor:
        return 1 / torch.minimum(steep(k, rows), slope(k, rows.margins.amin(-1)))

    def worth(k: int, rows: Observables) -> Tensor:
        return (torch.softmax(-values(k, rows), -1) * slope(k, rows.margins) * rows.margins).sum(-1)

    def kkt(k: int, rows: Observables) -> Tensor:
        multipliers = rows.weights * (rows.margin ** (1 - 2 / degrees[k]) / rows.force)[:, None]
        slack = rows.margins / rows.margins.amin(-1, keepdim=True) - 1
        return torch.sqrt(2 * rows.cosine_defect) * rows.margin ** (-1 / degrees[k]) + (multipliers * slack).nansum(-1)

    def ulps(quantity: Callable[[int, Observables], Tensor]) -> Callable[[int, Observables], Tensor]:
        return lambda k, rows: 1e-13 * quantity(k, rows).abs()

    measured = {"steep": steep, "between": between, "worth": worth, "kkt": kkt}
    columns = {name: derived(paths, quantity, ("t",), rounding=ulps(quantity)) for name, quantity in measured.items()}
    return columns | {"F": derived(paths, values, ("t", "n"), rounding=ulps(values))}
