"""What the scripts share: a command's time and peak memory, and how figures are printed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

GPUSIM = (sys.executable, "-m", "gpusim.cli")


class Cost(NamedTuple):
    seconds: float
    busy: float  # processor time of the command and of those it started [s]
    megabytes: float  # of the largest process, the command or one that it started


def cost_of(command: Sequence[str], env: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end without output; a failure ends the benchmark."""
    began = time.perf_counter()
    child = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert child.stderr is not None
    said = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if child.returncode:
        sys.exit(f"{' '.join(command)} failed with {child.returncode}:\n{said}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


def median_ms(task: Callable[[int], object], times: int) -> float:
    """Median processor time of a numbered task in this process [ms]."""
    took = []
    for number in range(times):
        began = time.process_time()
        task(number)
        took.append(time.process_time() - began)
    return 1000 * median(took)


def show(name: str, value: float, unit: str) -> None:
    print(f"{name:46s} {value:10.2f} {unit}", flush=True)
