"""The early phase of a two-layer leaky ReLU network: its linear flow and the next order on symmetric data, and its speed off them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


def signed_means(inputs: np.ndarray, labels: np.ndarray, alpha: Any) -> tuple[np.ndarray, np.ndarray]:
    """mu+ = (1/n)(sum_{y = 1} x - alpha sum_{y = -1} x) and mu- = (1/n)(alpha sum_{y = 1} x - sum_{y = -1} x), (D,) each.

    Where every sum of c_i y_i x_i with c_i in {alpha, 1} has a positive product with every y_j x_j, neurons with a_k > 0
    turn to mu+ and grow at the rate |mu+|/2, those with a_k < 0 turn to -mu- and grow at |mu-|/2. Rationals stay exact.
    """
    z = labels[:, None] * inputs
    weights = np.where(labels > 0, 1, alpha), np.where(labels > 0, alpha, 1)
    plus, minus = ((w[:, None] * z).sum(0) / len(z) for w in weights)
    return plus, minus


def turning_lag(start: np.ndarray, scale: Any, plus: np.ndarray, minus: np.ndarray) -> float:
    """scale/delta^{|mu+|/|mu-|} for a balanced start (m (D + 1),), delta <= 1 the least distance of the direction of a
    neuron with a_k > 0 from -mu-; `scale` where there is none.

    Along -mu- such a neuron finds no pull to turn it: it shrinks at the rate |mu-|/2 while its distance grows at that
    rate, so that it has delta times its size when it turns, log(1/delta) 2/|mu-| late, and then grows at |mu+|/2. When
    neurons of size `scale` have grown to size one, its direction is off mu+ by a multiple of this number.
    """
    size = len(plus)
    width = len(start) // (size + 1)
    w, a = start[:-width].reshape(width, size), start[-width:]
    up, down = (np.array(mu, dtype=float) for mu in (plus, minus))
    directions = w[a > 0] / np.linalg.norm(w[a > 0], axis=1, keepdims=True)
    distances = np.linalg.norm(directions + down / np.linalg.norm(down), axis=1)
    return float(scale) * distances.min(initial=1.0) ** -(np.linalg.norm(up) / np.linalg.norm(down))
