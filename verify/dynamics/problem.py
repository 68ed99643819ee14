"""One instance of a flow: the solver's side of it is numpy, whatever device evaluates it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from verify.models.arrays import Array
from verify.models.losses import Loss
from verify.models.network import Examples, Network


@dataclass(frozen=True)
class Problem:
    """A network, a loss and examples (as numpy arrays), to be evaluated on a device."""

    network: Network
    loss: Loss
    data: Examples
    device: torch.device

    @classmethod
    def on(cls, device: str | torch.device, network: Network, loss: Loss, data: Examples) -> Problem:
        """The problem on a device.

        Raises ValueError for a network that slides along its kinks.
        """
        if network.slides:
            raise ValueError(
                f"gradient flow of {network} slides along {network.kinks}, where no ODE solver can follow it; "
                "use SmoothedRectifier instead"
            )
        return cls(network, loss, Examples(*(np.asarray(part, dtype=float) for part in data)), torch.device(device))

    @cached_property
    def tensors(self) -> Examples:
        """The examples on the device."""
        return Examples(*(self.tensor(part) for part in self.data))

    def tensor(self, array: np.ndarray | float) -> Tensor:
        """A float64 tensor on the device."""
        return torch.as_tensor(array, dtype=torch.float64, device=self.device)

    def hosted(self, function: Callable[..., Array]) -> Callable[[float | np.ndarray, np.ndarray], np.ndarray]:
        """A function of (network, loss, data, clock, state) as a solver calls it, from numpy to numpy.

        On the CPU it works on numpy arrays throughout, which is four times as fast as torch for a few numbers.
        """
        if self.device.type == "cpu":
            # A clock without an axis becomes a number: arithmetic with arrays of no dimension takes ten times as long.
            return lambda clock, state: function(self.network, self.loss, self.data, np.asarray(clock)[()], state)
        return lambda clock, state: (
            function(self.network, self.loss, self.tensors, self.tensor(clock), self.tensor(state)).cpu().numpy()
        )
