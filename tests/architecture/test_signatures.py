"""Every rule is compiled for one signature: a bare int constant would compile it once a value.

Run in a process of its own with an empty cache, because a rule loaded from the cache does not say
what it was compiled for.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODELS = ("tests/scenario/fixtures/small.toml", "tests/fixtures/growing.toml")
PROGRAM = """
import collections, json, sys
import numba
from gpusim.compiling import cache as compilecache
from pathlib import Path
compilecache.folder = lambda: Path(sys.argv[1])
from numba.core import event

class Heard(event.Listener):
    def __init__(self):
        self.seen = collections.defaultdict(set)
    def on_start(self, e):
        rule = e.data["dispatcher"].py_func
        if str(rule.__module__).startswith(("gpusim.economics", "gpusim.engines", "gpusim.world")):
            self.seen[f"{rule.__module__}.{rule.__qualname__}"].add(str(e.data["args"]))
    def on_end(self, e):
        pass

heard = Heard()
event.register("numba:compile", heard)
from gpusim.engines import batch, process
from gpusim.scenario import load
from gpusim.strategies import Decision
from gpusim.scenario.lower import lower
from gpusim.world import draw
class Signing:
    def decide(self, view):
        return Decision(sign=view.verdict == "signed", markup=1.01)

for model in sys.argv[2:]:
    book = lower(load(model))
    batch.Batch(book.state, book.spec, 1).play([0, 1])
    world = draw(book.spec, 1, 0)
    process.run(book.state, world, trace=process.Trace(), strategy=Signing(), names=book.names)
    batch.run(book.state, world, strategy=Signing(), names=book.names)
from gpusim.experiments.common import compile_schedule as ahead
told = {rule: str(r.types) for rule, r in ahead.rules().items() if r.types is not None}
seen = {rule: sorted(args) for rule, args in heard.seen.items()}
print(json.dumps({"seen": seen, "told": told}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What each rule was compiled for in runs, and what compiling ahead takes it for."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path_factory.mktemp("cold")), *MODELS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_each_rule_of_a_run_has_one_signature(found):
    signatures = found["seen"]
    assert len(signatures) > 100
    assert "gpusim.engines.batch.chunk.play_chunk" in signatures
    assert "gpusim.engines.batch.advance.advance" in signatures
    several = {rule: args for rule, args in signatures.items() if len(args) > 1}
    assert {rule: len(args) for rule, args in several.items()} == {}, several


def test_compiling_ahead_takes_a_rule_for_what_it_is_called_with(found):
    seen, told = found["seen"], found["told"]
    assert len(told) > 250
    other = {rule: (types, seen.get(rule)) for rule, types in told.items()}
    other = {rule: both for rule, both in other.items() if both[1] != [both[0]]}
    assert other == {}
