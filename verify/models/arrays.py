"""One implementation for numpy and torch: the functions that both namespaces spell alike."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import torch

Array = Any
"""A float64 numpy array or torch tensor (pyright cannot follow the functions that both share)."""


def namespace(array: Array) -> ModuleType:
    """`torch` for a tensor and `numpy` for everything else.

    The right-hand side of a stiff flow is called some thousand times on vectors of ten numbers, where torch's dispatch
    takes four times as long as numpy's (160 against 42 microseconds a call on the linear model); rows, batches and
    devices are torch's.
    """
    return torch if isinstance(array, torch.Tensor) else np


def norm(vectors: Array) -> Array:
    """The Euclidean norm over the last axis."""
    return namespace(vectors).sqrt(inner(vectors, vectors))


def inner(left: Array, right: Array) -> Array:
    """The inner product over the last axis."""
    return namespace(left).linalg.vecdot(left, right)


def least(values: Array) -> Array:
    """The minimum over the last axis."""
    return torch.amin(values, -1) if isinstance(values, torch.Tensor) else values.min(-1)


def identity(size: int, like: Array) -> Array:
    """The identity matrix with the dtype and device of `like`."""
    if isinstance(like, torch.Tensor):
        return torch.eye(size, dtype=like.dtype, device=like.device)
    return np.eye(size, dtype=like.dtype)


def zeros(shape: tuple[int, ...], like: Array) -> Array:
    """Zeros with the dtype and device of `like`."""
    if isinstance(like, torch.Tensor):
        return torch.zeros(shape, dtype=like.dtype, device=like.device)
    return np.zeros(shape, dtype=like.dtype)


def counting(size: int, like: Array) -> Array:
    """The integers 0, ..., size - 1 on the device of `like`."""
    return torch.arange(size, device=like.device) if isinstance(like, torch.Tensor) else np.arange(size)


def stacked(arrays: Sequence[np.ndarray], fill: Any) -> np.ndarray:
    """Arrays of one number of axes as one array, each filled up at its ends to the largest extents."""
    extents = np.max([each.shape for each in arrays], axis=0)
    found = np.full((len(arrays), *extents), fill)
    for row, each in zip(found, arrays, strict=True):
        row[tuple(slice(length) for length in each.shape)] = each
    return found
