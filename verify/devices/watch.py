"""Watching a kernel run on a device that this machine need not have.

Under `FakeTensorMode` tensors have shape, dtype and device but no numbers, so a CPU wheel can run a kernel "on cuda": mixing devices
fails as it would on the card. What would not fail there, a tensor made on the CPU and moved over or handed back, is seen by a
dispatch mode that looks at the result of every operation.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils import _pytree as tree
from torch.utils._python_dispatch import TorchDispatchMode

from verify.devices.kernel import Kernel, tensors
from verify.devices.unguarded import Unguarded


@dataclass(frozen=True)
class Outcome:
    """What a kernel did: operations run, and a sentence for each thing that was off."""

    kernel: str
    device: str
    operations: int
    faults: tuple[str, ...]


class _Watch(TorchDispatchMode):
    def __init__(self, device: str):
        super().__init__()
        self.device = device
        self.operations = 0
        self.strays: dict[str, None] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.operations += 1
        for leaf in tree.tree_leaves(result):
            # a 0-dimensional CPU tensor is a number to every device, and free to use there
            if isinstance(leaf, torch.Tensor) and leaf.ndim and leaf.device.type != self.device:
                self.strays[f"{func} made a tensor of shape {tuple(leaf.shape)} on {leaf.device}"] = None
        return result


def watched(kernel: Kernel) -> Outcome:
    """Run the kernel on fake "cuda" tensors, or on "meta" where it differentiates in reverse.

    Reverse mode on fake cuda tensors aborts a process whose torch has no CUDA; "meta" tensors differentiate, and refuse a CPU tensor
    mixed in.
    """
    device = "meta" if kernel.reverse else "cuda"
    watch = _Watch(device)
    faults: list[str] = []
    with nullcontext() if kernel.reverse else FakeTensorMode():
        arguments = kernel.placed(device, shape_only=True)
        try:
            with watch, nullcontext() if kernel.reverse else Unguarded():
                result = kernel.function(*arguments)
        except Exception as error:
            faults.append(f"{type(error).__name__}: {str(error).splitlines()[0]}")
        else:
            found = tensors(result)
            faults += [f"the result lies on {each.device}" for each in found if each.device.type != device]
            if not found:
                faults.append("the result holds no tensor, so nothing was checked")
    return Outcome(kernel.name, device, watch.operations, (*faults, *watch.strays))
