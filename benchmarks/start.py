"""Cold and warm start: processor time from the command to its first result, and to its help.

The compile cache is kept in a temporary folder (XDG_CACHE_HOME, so on Linux only).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from statistics import median

from measure import GPUSIM, cost_of, show

WARM_STARTS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {"XDG_CACHE_HOME": str(Path(folder) / "cache")}

        def first_result(model: str, number: int) -> float:
            out = str(Path(folder) / f"{model}-{number}")
            run = (*GPUSIM, "run", model, "--reps", "1", "--out", out, "--quiet")
            return cost_of(run, env).busy

        cold = first_result("single-site", 0)
        warm = median(first_result("single-site", n + 1) for n in range(WARM_STARTS))
        large = median(first_result("coreweave-2025q4", n) for n in range(WARM_STARTS))
        asked = median(cost_of((*GPUSIM, "--help"), env).busy for _ in range(WARM_STARTS))
        show("single-site, cold start to first result", cold, "s")
        show("single-site, warm start to first result", warm, "s")
        show("coreweave-2025q4, warm start to first result", large, "s")
        show("compiling the rules, cold less warm", cold - warm, "s")
        show("cold start over warm start", cold / warm, "times")
        show("gpusim --help", asked, "s")


if __name__ == "__main__":
    main()
