"""What `verify modified-equation FILE --order P` does: read an update from a Python file, find its equation, say what it found."""

from __future__ import annotations

import runpy
import traceback
from pathlib import Path

from verify.errors import BadInput
from verify.proof.weak_order.modified import modified_equation
from verify.proof.weak_order.printing import text
from verify.proof.weak_order.problem import Update


def modified_equation_of_file(path: str | Path, order: int = 2) -> str:
    """The modified equation of the update in a file, as text: drift, diffusion, error operator in LaTeX, conditions on the noise.

    The file is Python and is run; it assigns an `Update` to the name `update`.

    Raises:
        BadInput: no such file, one that does not run, no name `update` in it, an order below 1, or an update that the prover cannot read.
    """
    if order < 1:
        raise BadInput(f"the order is {order}; give 1 or more")
    file = Path(path)
    if not file.is_file():
        raise BadInput(f"there is no file {file}; give a Python file that assigns update = Update(...)")
    try:
        update = runpy.run_path(str(file)).get("update")
    except SyntaxError as mistake:
        raise BadInput(f"{file} is not Python: {mistake}; give a file that assigns update = Update(...)") from mistake
    except BadInput:
        raise
    except (Exception, SystemExit) as mistake:
        line = next(
            (f.lineno for f in reversed(traceback.extract_tb(mistake.__traceback__)) if f.filename == str(file)), "?"
        )
        raise BadInput(
            f"{file} raised {type(mistake).__name__}: {mistake} (line {line}); give a file that runs and assigns update = Update(...)"
        ) from mistake
    if not isinstance(update, Update):
        found = "none" if update is None else f"a {type(update).__name__}"
        raise BadInput(
            f"{file} must assign an Update to the name update, and it holds {found}; write update = Update({{x: x - eta*(...)}}, step=eta, ...)"
        )
    return text(modified_equation(update, order), order)
