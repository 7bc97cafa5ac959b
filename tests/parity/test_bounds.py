"""No rule reads or writes outside its rows: everything once with bounds checking.

In a process of its own with its own compile cache, for the cache does not know the flag.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OPERATORS = 40
PROGRAM = f"""
import numba, numpy as np

@numba.njit(error_model="numpy")
def beyond(x):
    return x[len(x)]

try:
    beyond(np.zeros(2))
except IndexError:
    pass
else:
    raise SystemExit("bounds are not checked")

from gpusim.engines.batch import Batch, run
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from tests.parity.mutant import generated

for play in generated({OPERATORS}):
    run(play.book.state, play.world)
for model in ("tests/fixtures/growing.toml", "covenant-chain", "coreweave-2025q4"):
    book = lower(load(model))
    Batch(book.state, book.spec, 1).play(range(3))
print("nothing out of bounds")
"""


def test_no_rule_reads_or_writes_out_of_bounds(tmp_path):
    own = {"NUMBA_BOUNDSCHECK": "1", "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ | own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "nothing out of bounds"), done.stderr
