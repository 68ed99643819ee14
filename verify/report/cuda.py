"""What may be said about CUDA: computed from the files that `make gpu-verify` wrote, and from nothing else."""

from __future__ import annotations

import json
from pathlib import Path

NEVER_RUN = "CUDA: written for, device-checked, never run on hardware."


def cuda_sentence(folder: Path = Path("reports/gpu")) -> str:
    """One sentence: the cards on which `make gpu-verify` passed, or that there is none."""
    cards = sorted(card for file in folder.glob("*.json") if (card := _passed(file)))
    return f"CUDA: verified on {', '.join(cards)}." if cards else NEVER_RUN


def _passed(file: Path) -> str | None:
    found = json.loads(file.read_text(encoding="utf-8"))
    return found["card"] if found.get("passed") is True else None
