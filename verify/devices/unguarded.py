"""Python's shortcuts to fake cuda tensors in a torch without CUDA.

`x[...]` and `x.contiguous()` ask the device for a guard before they dispatch, and a CPU wheel has none to give. The operations
behind them do not ask, so under this mode the shortcuts are taken apart into them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_aten = torch.ops.aten


class Unguarded(TorchFunctionMode):
    """`x[index]`, `x[index] = value` and `x.contiguous()` through `aten` operations."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        shortcut = _SHORTCUTS.get(func, func)
        return shortcut(*args, **(kwargs or {}))


def taken(tensor: torch.Tensor, index: Any) -> torch.Tensor:
    """`tensor[index]`, for integers, slices, None, Ellipsis and tensors."""
    view, chosen = _view(tensor, index)
    return _aten.index.Tensor(view, chosen) if any(each is not None for each in chosen) else view


def _set(tensor: torch.Tensor, index: Any, value: Any) -> None:
    view, chosen = _view(tensor, index)
    # a number becomes a tensor on the tensor's device, as Python's own indexing makes it
    values = (
        value if isinstance(value, torch.Tensor) else torch.full((), value, dtype=tensor.dtype, device=tensor.device)
    )
    if any(each is not None for each in chosen):
        _aten.index_put_(view, chosen, values)
    else:
        view.copy_(values)


def _view(tensor: torch.Tensor, index: Any) -> tuple[torch.Tensor, list[torch.Tensor | None]]:
    """The view that integers, slices and None select, and for each of its dimensions the tensor that indexes it, or None."""
    parts = list(index) if isinstance(index, tuple) else [index]
    used = sum(_dimensions(part) for part in parts)
    if not any(part is Ellipsis for part in parts):
        parts.append(Ellipsis)
    view, dimension, chosen = tensor, 0, []
    for part in parts:
        if part is Ellipsis:
            rest = tensor.ndim - used
            dimension, chosen = dimension + rest, chosen + [None] * rest
        elif part is None:
            view, dimension, chosen = _aten.unsqueeze(view, dimension), dimension + 1, [*chosen, None]
        elif isinstance(part, slice):
            view = _aten.slice.Tensor(view, dimension, part.start, part.stop, part.step or 1)
            dimension, chosen = dimension + 1, [*chosen, None]
        elif isinstance(part, torch.Tensor):
            dimension, chosen = dimension + _dimensions(part), [*chosen, part]
        else:
            view = _aten.select.int(view, dimension, int(part))
    return view, chosen


def _dimensions(part: Any) -> int:
    """How many dimensions of the tensor an entry of the index uses up."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if isinstance(part, torch.Tensor) and part.dtype == torch.bool else 1


_SHORTCUTS = {
    torch.Tensor.__getitem__: taken,
    torch.Tensor.__setitem__: _set,
    torch.Tensor.contiguous: _aten.contiguous,
}
