"""All rules compiled once from nothing, with bounds checking: what that shows of them.

* Every rule is compiled for one signature: a bare int constant would compile it once a value. A
  rule that is loaded does not say what it was compiled for, so the cache is empty.
* No rule reads or writes outside its rows. The cache keeps checked code apart, so it is empty here.
* What an entry adds to its rule is the same, whether that was compiled by this process or kept.

Compiling takes most of a minute, so one process shows all of it, and one test asks. A second
process finds in the cache what the first has left.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OPERATORS = 40
SMALL = ("tests/scenario/fixtures/small.toml", "tests/fixtures/growing.toml")
LARGE = ("tests/fixtures/growing.toml", "covenant-chain", "coreweave-2025q4")
PLAYED = f"""
import collections, json
from gpusim.compiling.garbage import collect_rarely
collect_rarely()
import numba, numpy as np
from numba.core import event

class Heard(event.Listener):
    def __init__(self):
        self.seen = collections.defaultdict(set)
    def on_start(self, e):
        rule = e.data["dispatcher"].py_func
        if str(rule.__module__).startswith(("gpusim.economics", "gpusim.engines", "gpusim.world")):
            self.seen[f"{{rule.__module__}}.{{rule.__qualname__}}"].add(str(e.data["args"]))
    def on_end(self, e):
        pass

heard = Heard()
event.register("numba:compile", heard)

@numba.njit(error_model="numpy")
def beyond(x):
    return x[len(x)]

try:
    beyond(np.zeros(2))
except IndexError:
    pass
else:
    raise SystemExit("bounds are not checked")

from gpusim.engines import batch, process
from gpusim.engines.story import Trace
from gpusim.engines.batch import Batch
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.strategies import Decision
from gpusim.world import draw
from tests.parity.mutant import generated

class Signing:
    def decide(self, view):
        return Decision(sign=view.verdict == "signed", markup=1.01)

for model in {SMALL}:
    book = lower(load(model))
    Batch(book.state, book.spec, 1).play([0, 1])
    world = draw(book.spec, 1, 0)
    process.run(book.state, world, trace=Trace(), strategy=Signing(), names=book.names)
    batch.run(book.state, world, strategy=Signing(), names=book.names)
for play in generated({OPERATORS}):
    batch.run(play.book.state, play.world)
for model in {LARGE}:
    book = lower(load(model))
    Batch(book.state, book.spec, 1).play(range(3))
"""
"""Runs, in which all rules are compiled. A place out of bounds ends the process."""
FOUND = """
import json, sys
from pathlib import Path
from gpusim.compiling.numba_inside import Environment
from gpusim.experiments.common.compile_schedule import in_order, rules

found = rules()
told = {name: str(rule.types) for name, rule in found.items() if rule.types is not None}
"""
ENTRIES = """
texts, compiled = {}, set()
for name in reversed(in_order(found)):
    rule, types = found[name].kernel, found[name].types
    rule.compile(types)
    unlinked, compiler = rule.overloads[types], rule.entry._compiler
    environment = Environment.from_fndesc(unlinked.fndesc)
    linked = compiler.wrapped(compiler.context(), unlinked, unlinked.fndesc, environment)
    texts[name] = str(linked._final_module)
    compiled.add(sum(rule.stats.cache_misses.values()))
"""
COLD = f"""{PLAYED}{FOUND}
seen = {{rule: sorted(args) for rule, args in heard.seen.items()}}
{ENTRIES}
print(json.dumps({{"texts": texts, "compiled": sorted(compiled), "seen": seen, "told": told}}))
"""
KEPT = f"""{FOUND}{ENTRIES}
print(json.dumps({{"texts": texts, "compiled": sorted(compiled)}}))
"""


def run(program, cache):
    own = {"NUMBA_BOUNDSCHECK": "1", "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "GPUSIM_COMPILED"} | own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_one_signature_a_rule_none_out_of_bounds_and_entries_alike_cold_or_kept(tmp_path):
    cold = run(COLD, tmp_path)
    seen, told = cold["seen"], cold["told"]
    assert len(seen) > 100
    assert len(told) > 250
    assert {"gpusim.engines.batch.chunk.play_chunk", "gpusim.engines.batch.advance.advance"} <= set(
        seen
    )
    several = {rule: args for rule, args in seen.items() if len(args) > 1}
    ahead = {rule: (types, seen.get(rule)) for rule, types in told.items()}
    other = {rule: both for rule, both in ahead.items() if both[1] != [both[0]]}
    kept = run(KEPT, tmp_path)
    assert len(cold["texts"]) > 300
    unlike = {name for name, text in cold["texts"].items() if kept["texts"].get(name) != text}
    assert {"several": several, "told otherwise": other, "unlike": unlike} == {
        "several": {},
        "told otherwise": {},
        "unlike": set(),
    }
    assert kept["texts"].keys() == cold["texts"].keys()
    assert (cold["compiled"], kept["compiled"]) == ([1], [0])
