"""`python -m tests.confidence` writes `docs/validation/confidence.md`: confidences, repeated."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from tests.confidence import table
from tests.confidence.claims import CASES, at_length

TOGETHER: Final = 24
"""Cases that one process takes at a time: neighbours share runs."""


def main() -> int:
    """Repeat every claim; exit code 1 where one does not hold."""
    with ProcessPoolExecutor() as pool:
        rows = list(pool.map(at_length, range(len(CASES)), chunksize=TOGETHER))
    table.PAGE.parent.mkdir(parents=True, exist_ok=True)
    table.PAGE.write_text(table.page(rows), encoding="utf-8")
    print(table.summary(rows), end="")
    return int(any(row.verdict == table.NO for row in rows))


if __name__ == "__main__":
    sys.exit(main())
