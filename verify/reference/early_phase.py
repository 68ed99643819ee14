"""The early phase of a two-layer leaky ReLU network on symmetric data: its linear flow and the next order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class EarlyPhase:
    """What the start says about the state at the time T1(r) at which the linear flow has grown to r.

    theta(T1(r)) = r (b_k unit, b_k) + O(r^3) + O(sigma) with unit = mu/|mu|, mu the mean of z_i = y_i x_i. Near zero
    every neuron obeys w' = rate a unit and a' = rate w . unit, rate = (1 + alpha)|mu|/4, so that
    b_k = (w_k . unit + a_k)/(2 sqrt m sigma) at the start and T1(r) = log(r/(sqrt m sigma))/rate.
    """

    unit: np.ndarray
    rate: float
    b: np.ndarray
    constant: float
    """|theta(T1) - r (b_k unit, b_k)|/r^3 in the limit sigma -> 0, r -> 0.

    sqrt(sum_k b_k^2 (|c_perp|^2/(9 rate^2) + c_par^2/(2 rate^2))), where -r^3 b_k c^k is the force of third order,
    c^k = (1/4n) sum_j qhat_j phi'(b_k unit . x_j) z_j, and qhat_j are the margins at (b_k unit, b_k).
    """

    def leading(self) -> np.ndarray:
        """(b_k unit, b_k), as theta."""
        return np.concatenate([np.outer(self.b, self.unit).ravel(), self.b])

    def time(self, r: np.ndarray | float, scale: float) -> np.ndarray:
        """T1(r) for a start of scale sigma."""
        return np.log(np.asarray(r) / (np.sqrt(len(self.b)) * scale)) / self.rate


def early_phase(start: np.ndarray, scale: float, alpha: float, inputs: np.ndarray, labels: np.ndarray) -> EarlyPhase:
    """The early phase of theta = `start` (m (D + 1),) of scale sigma, on symmetric data (n, D) off unit . x_j = 0."""
    z = labels[:, None] * inputs
    mu = z.mean(0)
    length = np.linalg.norm(mu)
    unit, rate = mu / length, (1 + alpha) * length / 4
    width = len(start) // (inputs.shape[1] + 1)
    w, a = start[:-width].reshape(width, -1), start[-width:]
    b = (w @ unit + a) / (2 * np.sqrt(width) * scale)
    reach = np.outer(b, inputs @ unit)
    slopes = np.where(reach > 0, 1.0, alpha)
    margins = labels * (b @ (slopes * reach))
    c = (slopes * margins) @ z / (4 * len(labels))
    along = c @ unit
    across = ((c - np.outer(along, unit)) ** 2).sum(1)
    return EarlyPhase(unit, float(rate), b, float(np.sqrt((b**2 * (across / 9 + along**2 / 2)).sum()) / rate))
