"""What a whole run is set to: level, seed, device, folder of the report. Standard library only: the command line starts with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from verify.errors import BadInput

Level = Literal["quick", "thorough"]
LEVELS: tuple[Level, ...] = ("quick", "thorough")

REPORTS = Path("reports/latest")
"""Where records and report go unless another folder is named."""


@dataclass(frozen=True)
class Options:
    """The settings of a run, which every record repeats.

    Args:
        level: "quick" or "thorough".
        seed: a non-negative integer; each family and experiment derives a stream of its own from it.
        device: "cpu", "cuda" or "cuda:N", for the experiments that compute with torch.
        private: records hold hashes of instances in place of their numbers.

    Raises:
        BadInput: a value outside its domain, or a device that this machine does not have.
    """

    level: Level = "quick"
    seed: int = 0
    device: str = "cpu"
    private: bool = False

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise BadInput(f"the level is {self.level!r}; it is one of {', '.join(LEVELS)}")
        if not isinstance(self.seed, int) or isinstance(self.seed, bool) or self.seed < 0:
            raise BadInput(f"the seed is {self.seed!r}; it is an integer from 0 on")
        if not isinstance(self.device, str) or not re.fullmatch(r"cpu|cuda(:\d+)?", self.device):
            raise BadInput(f"the device is {self.device!r}; it is cpu, cuda, or cuda:N for the N-th card")
        if self.device != "cpu":
            _require_cuda(self.device)


def _require_cuda(device: str) -> None:
    import torch

    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(device.partition(":")[2] or 0) >= cards:
        found = f"has {cards} CUDA card(s), counted from cuda:0" if cards else "has no CUDA card that torch can use"
        raise BadInput(f"the device is {device!r}, and this machine {found}; leave --device out to run on the CPU")


def report_folder(given: str | Path | None) -> Path:
    """The folder of records and report.

    Raises:
        BadInput: something that is no folder stands there.
    """
    folder = Path(given or REPORTS)
    for part in (folder, *folder.parents):
        if part.exists() and not part.is_dir():
            raise BadInput(f"the report cannot go to {folder}, since {part} is a file; name a folder")
    return folder
