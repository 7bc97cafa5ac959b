"""Cold and warm start: time from the command to its results, and to its help.

By the clock on the wall where it says so, else processor time of all processes.

The compile cache is kept in a temporary folder (XDG_CACHE_HOME, so on Linux only).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from statistics import median

from measure import GPUSIM, Cost, cost_of, show

WARM_STARTS = 5
LARGE, MANY = "coreweave-2025q4", 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {"XDG_CACHE_HOME": str(Path(folder) / "cache")}

        def run(model: str, reps: int, number: int) -> Cost:
            out = str(Path(folder) / f"{model}-{reps}-{number}")
            run = (*GPUSIM, "run", model, "--reps", str(reps), "--out", out, "--quiet")
            return cost_of(run, env)

        whole = run(LARGE, MANY, 0)
        again = [run(LARGE, MANY, n + 1) for n in range(WARM_STARTS)]
        warm = median(run("single-site", 1, n).busy for n in range(WARM_STARTS))
        large = median(run(LARGE, 1, n).busy for n in range(WARM_STARTS))
        asked = median(cost_of((*GPUSIM, "--help"), env).busy for _ in range(WARM_STARTS))
        name = f"{LARGE}, {MANY} replications"
        show(f"{name}, cold, wall", whole.seconds, "s")
        show(f"{name}, cold", whole.busy, "s")
        show(f"{name}, warm, wall", median(cost.seconds for cost in again), "s")
        show(f"{name}, warm", median(cost.busy for cost in again), "s")
        show(f"{name}, largest process", max(cost.megabytes for cost in again), "MB")
        show("single-site, warm start to first result", warm, "s")
        show(f"{LARGE}, warm start to first result", large, "s")
        show("gpusim --help", asked, "s")


if __name__ == "__main__":
    main()
