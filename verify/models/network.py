"""What a network is here: margins, their gradients and a contraction of their Hessians, with the facts a theorem asks
about."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import IntEnum
from typing import ClassVar, NamedTuple

import numpy as np

from verify.models.arrays import Array


class Smoothness(IntEnum):
    """How often a network is continuously differentiable on R^d without the origin, poorest first."""

    LIPSCHITZ = 0
    C1 = 1
    C2 = 2
    ANALYTIC = 3


class Examples(NamedTuple):
    """Labelled examples: inputs (..., N, D) and labels (..., N) of +1 and -1, float64.

    A network that is odd in its input (the linear ones) may be given z_n = y_n x_n with labels 1: `signed(z)`.
    """

    inputs: Array
    labels: Array

    @classmethod
    def signed(cls, z: Array) -> Examples:
        """The rows z_n = y_n x_n with labels 1."""
        z = np.asarray(z, dtype=float)
        return cls(z, np.ones(z.shape[:-1]))


class Network(ABC):
    """A scalar network Phi(theta; x) through its margins q_n(theta) = y_n Phi(theta; x_n).

    All methods take parameters theta of shape (..., d) and examples whose leading dimensions broadcast with it, as
    numpy arrays or torch tensors, and answer in the same namespace and on the same device; what does not depend on
    theta may lack its leading dimensions. They are analytic and pure, so they run under `vmap` and under fake tensors.
    """

    degree: ClassVar[int] | int | None
    """L with Phi(c theta; x) = c^L Phi(theta; x) for every c > 0; None for a network that is not homogeneous."""

    smoothness: ClassVar[Smoothness] | Smoothness
    """The class on all of R^d without the origin."""

    kinks: ClassVar[str] | str = ""
    """Where the network is not differentiable, in words; empty where it is differentiable away from the origin."""

    slides: ClassVar[bool] | bool = False
    """Whether gradient flow slides along the kinks (a differential inclusion), so that no ODE solver can follow it."""

    @abstractmethod
    def size(self, inputs: int) -> int:
        """The number d of parameters for inputs of this dimension."""

    @abstractmethod
    def margins(self, theta: Array, data: Examples) -> Array:
        """q_n(theta), of shape (..., N)."""

    @abstractmethod
    def gradients(self, theta: Array, data: Examples) -> Array:
        """grad q_n(theta), of shape (..., N, d); where Phi is not differentiable, one Clarke selection."""

    def pull(self, theta: Array, data: Examples, weights: Array) -> Array:
        """sum_n weights_n grad q_n(theta), of shape (..., d), for weights of shape (..., N)."""
        return (weights[..., None, :] @ self.gradients(theta, data))[..., 0, :]

    @abstractmethod
    def curvature(self, theta: Array, data: Examples, weights: Array) -> Array:
        """sum_n weights_n Hess q_n(theta), of shape (..., d, d), for weights of shape (..., N)."""
