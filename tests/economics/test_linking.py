"""Rules as parts, and what Python calls of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE = '''
"""Two rules, one of which calls the other."""
import sys
from pathlib import Path
from gpusim.compiling import cache as compilecache
compilecache.folder = lambda: Path(sys.argv[1])
from gpusim.compiling.kernel import kernel

@kernel
def inner(n):
    if n < 0:
        raise ValueError("below zero", n)
    return 2 * n

@kernel
def outer(n):
    return inner(n) + 1

@kernel
def place(x, n):
    return x[n]'''
CALLED = """
import rules
from rules import inner, outer
print(outer(4), "entry" in vars(outer), "entry" in vars(inner))
for rule in (inner, outer):
    try:
        rule(-3)
    except ValueError as error:
        print(error.args)
print(sum(outer.entry.stats.cache_hits.values()), sum(inner.stats.cache_hits.values()))
"""


@pytest.fixture
def call(tmp_path):
    """Run a program with the two rules, in a process of its own."""
    (tmp_path / "rules.py").write_text(MODULE)

    def run(program: str = CALLED, **more: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "cache")],
            env=os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}", "NUMBA_DISABLE_JIT": "0"} | more,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    return run


def test_only_what_python_calls_has_an_entry(call):
    assert call()[0] == "9 True False"


def test_an_error_in_a_rule_that_a_rule_calls_arrives_with_its_words(call):
    assert call()[1:3] == ["('below zero', -3)"] * 2


def test_parts_and_entries_are_kept(call, tmp_path):
    assert call()[3] == "0 0"
    assert call() == ["9 True False", *["('below zero', -3)"] * 2, "1 0"]
    kept = {path.name.split("-")[0] for path in (tmp_path / "cache").rglob("*.nbc")}
    assert {"entry", "rules.inner", "rules.outer"} <= kept


def test_an_entry_from_disk_needs_no_part(call, tmp_path):
    call("from rules import outer; outer(1)")
    for path in (tmp_path / "cache").rglob("rules.*"):
        path.unlink()
    hits = (
        "from rules import outer; print(outer(4), len(outer.overloads), len(outer.entry.overloads))"
    )
    assert call(hits) == ["9 0 1"]


FROM_THE_BACK = """
import numpy as np
from rules import place
print(place(np.arange(3), 1))
try:
    place(np.arange(3), -1)
except IndexError as error:
    print(error)
"""


def test_a_place_from_the_back_is_out_of_bounds(call):
    assert call(FROM_THE_BACK, NUMBA_BOUNDSCHECK="1") == ["1", "index is out of bounds"]


LOADED = """
import sys
from gpusim.compiling import libraries
context, asked = libraries.cpu_target.target_context, []
refresh = context.refresh
context.refresh = lambda: (asked.append(1), refresh())
if {unknown}:
    libraries.llvm.address_of_symbol = lambda name: None
from rules import outer
print(outer(4), bool(asked), "numba.cpython.setobj" in sys.modules)
"""


def test_machine_code_is_loaded_without_what_numba_can_compile(call):
    """But for machine code with names that nobody has told: whoever knows them is imported."""
    call("from rules import outer; outer(1)")
    assert call(LOADED.format(unknown=False)) == ["9 False False"]
    assert call(LOADED.format(unknown=True)) == ["9 True True"]
