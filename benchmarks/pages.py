"""How long the pages of a large report take, and how large they are.

    python benchmarks/pages.py REPORT.json [RECORDS]

The records of a real report are repeated until there are 2,000 of them.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from pathlib import Path

from verify.report.read import checked, read
from verify.report.site import write


def main(file: Path, size: int) -> None:
    report = read(file)
    report["records"] = list(itertools.islice(itertools.cycle(report["records"]), size))
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()  # of one process that waits for nothing: what a clock shows on an idle machine
        checked(report)
        validated = time.process_time()
        write(report, Path(folder))
        written = time.process_time()
        total = sum(each.stat().st_size for each in Path(folder).iterdir())
    print(
        f"{size} records, {sum(record.get('figure') is not None for record in report['records'])} figures: validated in {validated - started:.2f} s, written in {written - validated:.2f} s (processor), {total / 1e6:.2f} MB"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2_000)
