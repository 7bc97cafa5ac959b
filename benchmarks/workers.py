"""`gpusim run` on one worker and on two: time and peak memory of the quickest of a few runs."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measure import GPUSIM, Cost, cost_of, show


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="coreweave-2025q4")
    parser.add_argument("--reps", type=int, default=200)
    parser.add_argument("--times", type=int, default=3, help="runs of each, the quickest counts")
    given = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:

        def run(reps: int, workers: int, number: int = 0) -> Cost:
            out = str(Path(folder) / f"{reps}-{workers}-{number}")
            options = ("--reps", str(reps), "-j", str(workers), "--out", out, "--quiet")
            return cost_of((*GPUSIM, "run", given.model, *options))

        run(1, 1)  # compiles, if nothing has yet
        one, two = (
            min(run(given.reps, workers, number) for number in range(given.times))
            for workers in (1, 2)
        )
    name = f"{given.model}, {given.reps} replications"
    show(f"{name}, 1 worker", one.seconds, "s")
    show(f"{name}, 2 workers", two.seconds, "s")
    show("one worker over two", one.seconds / two.seconds, "times")
    show("processor time, 1 worker", one.busy, "s")
    show("processor time, 2 workers", two.busy, "s")
    show("largest process, 1 worker", one.megabytes, "MB")
    show("largest process, 2 workers", two.megabytes, "MB")


if __name__ == "__main__":
    main()
