"""`python -m kernel report.json`: 0 when every certificate is accepted, 1 when one is refused, 2 without a report."""

from __future__ import annotations

import sys

from .audit import audit, lines
from .loading import load
from .refusals import Refused


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m kernel report.json", file=sys.stderr)
        return 2
    try:
        report = load(arguments[0])
        outcomes = audit(report)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    print("\n".join(lines(report, outcomes)))
    return int(any(outcome.status == "refused" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
