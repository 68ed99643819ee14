"""A network and its data from files, for the command line: weights and numbers are read, never code."""

from __future__ import annotations

import csv
import importlib
import pickle
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from verify.errors import BadInput


def model_from(weights: Path, named: str) -> nn.Module:
    """The module class `module:Class`, made without arguments, with the state dictionary of the file, for evaluation.

    The class is the caller's own code and is imported, from the working directory first. The file is read with
    torch.load(weights_only=True), which runs nothing.

    Raises BadInput.
    """
    module, _, name = named.partition(":")
    if not module or not name:
        raise BadInput(
            f"--class is {named!r}; give module:Class, such as networks:Small for class Small in networks.py"
        )
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        model = getattr(importlib.import_module(module), name)()
    except ModuleNotFoundError as error:
        raise BadInput(f"--class {named}: {error}; run from the folder that holds {module}.py, or install it") from None
    except AttributeError:
        raise BadInput(f"--class {named}: module {module} has no {name}; name a class that it defines") from None
    except TypeError as error:
        raise BadInput(f"--class {named}: {error}; the class must be made without arguments") from None
    if not isinstance(model, nn.Module):
        raise BadInput(f"--class {named} makes a {type(model).__name__}; a torch.nn.Module is needed")
    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise BadInput(
            f"there is no file {weights}; give the path that torch.save(model.state_dict(), ...) wrote"
        ) from None
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise BadInput(f"{weights} holds no plain weights ({first}); save model.state_dict(), not the model") from None
    if not isinstance(state, dict):
        raise BadInput(f"{weights} holds a {type(state).__name__}; save model.state_dict()")
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise BadInput(f"{weights} does not fit {named}: {' '.join(str(error).split())}") from None
    return model.eval()


def data_from(file: Path, target: str | None) -> tuple[Tensor, Tensor]:
    """Inputs (N, ...) and labels (N,): arrays X and y of an .npz, or the columns of a .csv with one named as target.

    Numeric labels are kept; words become classes 0, 1, ... in alphabetical order.

    Raises BadInput.
    """
    if not file.exists():
        raise BadInput(f"there is no file {file}; give a .csv with a header line, or an .npz with the arrays X and y")
    if file.suffix == ".npz":
        try:
            with np.load(file, allow_pickle=False) as arrays:
                x, y = arrays["X"], arrays["y"]
        except (KeyError, ValueError, OSError) as error:
            raise BadInput(
                f"{file} has no plain arrays X and y ({error}); write it with numpy.savez(file, X=..., y=...)"
            ) from None
    elif file.suffix == ".csv":
        x, y = _table(file, target)
    else:
        raise BadInput(f"{file} ends in {file.suffix or 'nothing'}; data are a .csv or an .npz")
    if len(x) != len(y) or not len(x) or x.dtype.kind not in "fiub":
        raise BadInput(
            f"{file} has inputs of shape {x.shape} ({x.dtype}) and {len(y)} labels; give one label for each input"
        )
    if not np.isfinite(x).all():
        raise BadInput(f"{file} has inputs that are missing or not finite; fill or drop them first")
    if y.dtype.kind not in "fiub":
        y = np.unique(y, return_inverse=True)[1]
    return torch.tensor(x, dtype=torch.float64), torch.tensor(y)


def _table(file: Path, target: str | None) -> tuple[np.ndarray, np.ndarray]:
    with file.open(newline="", encoding="utf-8") as lines:
        header, *rows = list(csv.reader(lines)) or [[]]
    if target is None or target not in header:
        raise BadInput(f"--target is {target}; it must be one of the columns {', '.join(header) or '(none)'} of {file}")
    column = header.index(target)
    if any(len(row) != len(header) for row in rows):
        raise BadInput(f"some rows of {file} do not have the header's {len(header)} cells; mend them first")
    try:
        x = np.array([[float(cell) for k, cell in enumerate(row) if k != column] for row in rows])
    except ValueError as error:
        raise BadInput(f"{file}: {error}; every column but {target} must hold numbers") from None
    words = [row[column].strip() for row in rows]
    try:
        return x, np.array([float(word) for word in words])
    except ValueError:
        return x, np.array(words)
