"""A kernel: a function of tensors that an experiment evaluates on whatever device its arguments are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils import _pytree as tree


@dataclass(frozen=True)
class Kernel:
    """A function with an example of its arguments.

    `arguments` are nested tuples of numpy arrays, which become tensors on the device under test, and of anything else, which is
    handed over as it is (networks, losses, numbers). `reverse` marks a kernel that differentiates in reverse mode. `tolerance` is
    the largest difference between two devices, relative to the largest entry (at least 1): float64 sums in another order.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    reverse: bool = False
    tolerance: float = 1e-12

    def placed(self, device: str, shape_only: bool = False) -> tuple[Any, ...]:
        """The arguments on a device; with `shape_only` their numbers are left undefined, as fake tensors have none."""

        def place(leaf: Any) -> Any:
            if not isinstance(leaf, np.ndarray):
                return leaf
            if not shape_only:
                return torch.as_tensor(leaf, device=device)
            return torch.empty(leaf.shape, dtype=torch.as_tensor(leaf.ravel()[:1]).dtype, device=device)

        return tree.tree_map(place, self.arguments)


def tensors(value: Any) -> list[torch.Tensor]:
    """The tensors in nested tuples, lists, dicts and dataclasses."""
    if isinstance(value, torch.Tensor):
        return [value]
    if hasattr(value, "__dataclass_fields__"):
        return [each for name in value.__dataclass_fields__ for each in tensors(getattr(value, name))]
    if isinstance(value, dict):
        return [each for part in value.values() for each in tensors(part)]
    if isinstance(value, (tuple, list)):
        return [each for part in value for each in tensors(part)]
    return []
