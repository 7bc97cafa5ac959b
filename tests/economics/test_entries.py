"""What Python calls gives the same whether its part and its machine code were kept or not.

Each order is played in a process of its own, over a copy of one folder from which parts or entries
were taken away; the plain Python that the rules are says what is right.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
RULES = '''
"""Rules that give back each kind of result."""
import sys
from pathlib import Path
from gpusim.compiling import cache as compilecache
if sys.argv[1:]:
    compilecache.folder = lambda: Path(sys.argv[1])
import numpy as np
from gpusim.compiling.kernel import kernel

@kernel
def nothing(x):
    x[0] += 1

@kernel
def number(n):
    return n * 2

@kernel
def real(n):
    return n / 4.0

@kernel
def is_odd(n):
    return n % 2 == 1

@kernel
def counted(n):
    return np.arange(n)

@kernel
def same(x):
    return x

@kernel
def rest(x):
    return x[1:]

@kernel
def flat_and_grid(n):
    return counted(n), np.ones((n, 2)), n

@kernel
def row(table):
    return table[1]

@kernel
def refused(n):
    if n > 3:
        raise ValueError("too many", n)
    return counted(n)

@kernel
def total(n):
    return counted(n).sum() + refused(n).sum()
'''
CALLS = """
import sys
import numpy as np
from rules import *
x, table = np.arange(3), np.array([(1, 0.5), (2, 0.25)], dtype=[("gpus", "i8"), ("price", "f8")])
for rule, argument in (
    (nothing, x), (number, 4), (real, 3), (is_odd, 3), (counted, 3), (same, x), (rest, x),
    (flat_and_grid, 2), (row, table), (refused, 2), (total, 3),
):
    before = sys.getrefcount(argument)
    result = rule(argument)
    said = result.item() if isinstance(result, np.generic) else result
    print(rule.__name__, repr(said))
    del result, said
    assert argument is not x or sys.getrefcount(x) == before, rule.__name__
try:
    refused(9)
except ValueError as error:
    print(error.args)
rules = [nothing, number, real, is_odd, counted, same, rest, flat_and_grid, row, refused, total]
if hasattr(total, "entry"):
    hits = [sum(x.stats.cache_hits.values()) for rule in rules for x in (rule.entry, rule)]
    print("from disk:", sum(map(bool, hits[::2])), sum(map(bool, hits[1::2])))
"""
PACKAGE_CALLS = """
import numpy as np
from gpusim.economics.core.agenda import key_of, subject_of_key
from gpusim.economics.plant.curves import falling_forwards
from gpusim.economics.core.records import one
from gpusim.economics.core.state import LoanTerms
from gpusim.economics.debt.loan_arithmetic import coupon
from gpusim.economics.debt.facilities import total_principal
from gpusim.economics.core.array_capacity import fits
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.compiling.kernel import const
from gpusim.economics.closing.month_end import measure
from gpusim.economics.hardware.book_charges import accounts_of
from gpusim.experiments.common.compile_schedule import book
from gpusim.world.draws import calendar_months
from gpusim.world.philox import Word, philox4x32
state = book().state
path = np.zeros(24)
print(calendar_months(np.array([30, 31])).tolist())
print(tuple(map(int, accounts_of(const(0)))))
print(tuple(map(int, philox4x32(*[Word(n) for n in range(6)]))))
print(coupon(one(LoanTerms, floating=1, hedged_share=0.5, swap_rate=0.125), 0.25, 0.125))
print(int(subject_of_key(key_of(const(7), const(2), const(5)))))
print(falling_forwards(np.array([0, 12, 24]), np.array([3.0, 2.5, 2.0]), path), path.tolist())
print(bool(fits(to_pointer(state))), int(total_principal(to_pointer(state))))
print(measure(to_pointer(state), const(1)), int(state.stocks[:, 1].sum()))
"""
KEPT = "from disk: 11 0"
ORDERS = {
    "part kept, entry cold": (("entry-*",), "from disk: 0 11"),
    "part cold, entry kept": (("[!e]*.nb?",), KEPT),
    "both kept": ((), KEPT),
}
"""What is taken away, and how many of the eleven rules find their entry and their part then.

All is there again after a program has played.
"""


def play(program: str, folder: Path, place: Path, *words: str, jit: bool = True) -> list[str]:
    """What a program prints in a process of its own, over a folder of what was kept.

    The place is that of `rules.py`, which is kept under its path and time.
    """
    places = {"PYTHONPATH": f"{ROOT}:{place}", "XDG_CACHE_HOME": str(folder)}
    settings = {"NUMBA_DISABLE_JIT": "0" if jit else "1"}
    rest = {name: value for name, value in os.environ.items() if name != "GPUSIM_COMPILED"}
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=rest | places | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def take_away(folder: Path, patterns: tuple[str, ...]) -> None:
    """Remove what an order has cold."""
    for pattern in patterns:
        gone = [path for path in folder.rglob(pattern) if path.is_file()]
        assert gone, pattern
        for path in gone:
            path.unlink()


class Kept(NamedTuple):
    """A folder in which parts and entries of both programs are kept, and what they print."""

    folder: Path  # with rules.py; what is kept is in cache/
    cold: tuple[list[str], list[str]]  # by each program when it compiled all of that
    right: tuple[list[str], list[str]]  # as plain Python


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    (folder / "rules.py").write_text(RULES)
    cache, own = folder / "cache", str(folder / "cache/own")
    cold = play(CALLS, cache, folder, own), play(PACKAGE_CALLS, cache, folder)
    names = [path.name for path in cache.rglob("*.nbc")]
    entries = [name for name in names if name.startswith("entry-")]
    assert 20 < len(entries) < len(names)
    assert not [n for n in names if n[0] == "e" and n not in entries], "a pattern would miss it"
    right = play(CALLS, cache, folder, jit=False), play(PACKAGE_CALLS, cache, folder, jit=False)
    assert len(right[0]) > 11
    assert right[1][0] == "[0, 1]"
    return Kept(folder, cold, right)


@pytest.fixture
def copied(kept, tmp_path):
    """A copy of what is kept."""
    return shutil.copytree(kept.folder / "cache", tmp_path / "cache")


def test_every_kind_of_result_arrives_where_all_is_cold(kept):
    assert kept.cold[0] == [*kept.right[0], "from disk: 0 0"]
    assert kept.cold[1] == kept.right[1]


@pytest.mark.parametrize("order", ORDERS)
def test_every_kind_of_result_arrives_in_every_order(kept, copied, order):
    gone, found = ORDERS[order]
    take_away(copied, gone)
    for hits in (found, KEPT)[: 1 + (found != KEPT)]:
        assert play(CALLS, copied, kept.folder, str(copied / "own")) == [*kept.right[0], hits]


@pytest.mark.parametrize("order", ORDERS)
def test_rules_of_the_package_answer_in_every_order(kept, copied, order):
    gone, found = ORDERS[order]
    take_away(copied, gone)
    for _ in range(1 + (found != KEPT)):
        assert play(PACKAGE_CALLS, copied, kept.folder) == kept.right[1]


def test_a_part_that_a_caller_loaded_first_takes_nothing_from_its_entry(tmp_path):
    """Parts are kept before there is an entry, and loaded before the entry is."""
    (tmp_path / "rules.py").write_text(RULES)
    folder = tmp_path / "cache"

    def call(text: str) -> list[str]:
        return play(f"from rules import *; print({text})", folder, tmp_path, str(folder))

    assert call("total(3)") == ["6"]
    assert call("counted(3)") == ["[0 1 2]"]
    assert call("total(3), counted(3)") == ["6 [0 1 2]"]
    take_away(folder, ("entry-rules.total*",))
    assert call("total(3), counted(3)") == ["6 [0 1 2]"]
