"""`GPUSIM_LINKING=off`: numba compiles rules alone, without `linking`, to the same bits.

A part of the rules is enough: worlds are drawn by rules of all modules of luck, with the only
logarithms and powers there are, and a month is measured by rules that call across economics.
The whole engine is compared where its cost is told, in DESIGN.md.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "tests/scenario/fixtures/small.toml"
PROGRAM = """
import hashlib, sys
import numpy as np
from gpusim.compiling import cache
from gpusim.compiling.kernel import const
from gpusim.economics.closing.month_end import measure
from gpusim.economics.core.array_capacity import copy
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world.draws import draw
book = lower(load(sys.argv[1], sets=["model.quarters=4"]))
for replication in range(2):
    world = draw(book.spec, 1, replication)
    state = copy(book.state, world)
    measure(to_pointer(state), const(1))
    assert state.stocks[:, 1].any()
    for table in (world, state):
        columns = (np.ascontiguousarray(column).tobytes() for column in table)
        print(hashlib.sha256(b"".join(columns)).hexdigest())
print(cache.usable().name)
print("gpusim.compiling.linking" in sys.modules)
"""


def play(linking: str) -> tuple[list[str], str]:
    """What the program prints with the switch on or off, and what it says on stderr."""
    rest = {
        k: v for k, v in os.environ.items() if k not in ("NUMBA_DISABLE_JIT", "GPUSIM_COMPILED")
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(MODEL)],
        env=rest | {"PYTHONPATH": str(ROOT), "GPUSIM_LINKING": linking},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), done.stderr


@pytest.fixture(scope="module")
def linked():
    return play("on")[0]


def test_without_linking_the_bits_are_the_same(linked):
    *hashes, folder, is_linked = play("off")[0]
    assert is_linked == "False"
    assert linked == [*hashes, folder.replace("-unlinked", ""), "True"]
    assert hashes[0] != hashes[2], "two worlds that differ"
    assert folder.endswith("-unlinked")


def test_another_word_is_said_and_not_used(linked):
    told, said = play("of")
    assert told == linked
    assert said == "GPUSIM_LINKING=of is not used: it is on or off\n"
