"""What a run was made with: versions, platform, command."""

from __future__ import annotations

import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from verify.options import Options

_PACKAGES = ("numpy", "scipy", "sympy", "mpmath", "cvxpy", "clarabel", "torch", "python-flint", "scikit-learn")


@cache
def versions() -> dict[str, str]:
    """Versions of verify, Python and every installed package that computes; nothing is imported for it."""
    import verify

    found = {"verify": verify.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def environment(
    options: Options, command: str, started: str, seconds: float | None, planned: int | None
) -> dict[str, Any]:
    """The environment of a report; `started` is UTC in ISO 8601, `planned` the number of cases that the run was to check."""
    return {
        "versions": versions(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "device": options.device,
        "seed": options.seed,
        "level": options.level,
        "command": command,
        "started": started,
        "seconds": seconds,
        "planned": planned,
    }
