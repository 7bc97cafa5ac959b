"""Which test executes which line of the rules, and how long it takes: measured once, uncompiled.

    python -m tests.mutants.record OUT.json FILES   (in a copy of the tree)

Lines are collected by what executes them first: a test, a fixture that several tests share, a
function whose answer is kept, or a process that one of these started. A test stands for its own
lines and those of all that it asks for.
"""

from __future__ import annotations

import ast
import atexit
import functools
import hashlib
import json
import os
import sys
import tempfile
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import coverage
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.mutants.places import ROOT, RULES, files, source_of

PLAIN = ("-o", "addopts=", "-p", "no:xdist", "-p", "no:cacheprovider")
COLLECTED = ("--doctest-modules", "--import-mode=importlib")
QUIET = ("-q", "--tb=line", "-W", "ignore::pytest.PytestAssertRewriteWarning")
PYTEST = (*PLAIN, *COLLECTED, *QUIET, "--hypothesis-seed=1")
CONTEXT, FOLDER = "MUTANTS_CONTEXT", "MUTANTS_RECORD"
OWN = "import"
"""What is executed before any test."""


class Function(NamedTuple):
    """Where a function stands, and what its text is."""

    first: int
    length: int
    digest: str


@functools.cache
def functions(source: str) -> dict[str, Function]:
    """Functions and methods of a module by name."""
    rows = source.splitlines()
    found = {}
    tree = ast.parse(source)
    for parent in [tree, *[node for node in tree.body if isinstance(node, ast.ClassDef)]]:
        for node in parent.body:
            if isinstance(node, ast.FunctionDef):
                text = "\n".join(rows[node.lineno - 1 : node.end_lineno])
                digest = hashlib.sha256(text.encode()).hexdigest()[:16]
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                name = f"{getattr(parent, 'name', '')}.{node.name}"
                found[name] = Function(node.lineno, length, digest)
    return found


Lines = dict[str, int]
"""Of each module the lines executed, one bit a line."""


def measured() -> coverage.Coverage:
    """A measurement of the rules, of no other module."""
    rules = [f"{ROOT / room}/*" for room in RULES]
    return coverage.Coverage(data_file=None, config_file=False, branch=False, include=rules)


def lines_by_context(cov: coverage.Coverage) -> dict[str, Lines]:
    """What each context executed of modules of rules."""
    data = cov.get_data()
    found: dict[str, Lines] = defaultdict(lambda: defaultdict(int))
    for module, file in files().items():
        for line, contexts in data.contexts_by_lineno(str((ROOT / file).resolve())).items():
            for context in contexts:
                found[context][module] |= 1 << line
    return found


def record_this_process(folder: str) -> None:
    """Measure a process that a test started; written down when it ends."""
    cov = measured()
    cov.start()
    context = os.environ.get(CONTEXT, OWN)

    def written() -> None:
        cov.stop()
        lines = lines_by_context(cov).get("", {})
        name = Path(folder) / f"{uuid.uuid4().hex}.json"
        name.write_text(json.dumps([context, {m: hex(mask) for m, mask in lines.items()}]))

    atexit.register(written)


class Recorder:
    """A plugin of pytest that says at each moment on whose behalf lines are executed."""

    def __init__(self, cov: coverage.Coverage) -> None:
        self.cov = cov
        self.stack = [OWN]
        self.since = now()
        self.seconds: dict[str, float] = defaultdict(float)
        self.asks: dict[str, set[str]] = defaultdict(set)
        self.tests: dict[str, bool] = {}

    def switch(self) -> None:
        """Count time and lines for the context on top from now on."""
        self.cov.switch_context(self.stack[-1])
        os.environ[CONTEXT] = self.stack[-1]
        self.since = now()

    def enter(self, context: str) -> None:
        """Something begins."""
        self.seconds[self.stack[-1]] += now() - self.since
        self.asks[self.stack[-1]].add(context)
        self.stack.append(context)
        self.switch()

    def leave(self) -> None:
        """It is over."""
        self.seconds[self.stack.pop()] += now() - self.since
        self.switch()

    def shared(self, item: pytest.Item) -> Iterator[str]:
        """Fixtures that a test may share with others."""
        for name, found in getattr(item, "_fixtureinfo", None).name2fixturedefs.items():
            for fixture in found:
                if fixture.scope != "function":
                    yield f"fixture {fixture.baseid} {name}"

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if is_a_test(item)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.enter(item.nodeid)
        self.asks[OWN].discard(item.nodeid)
        if hasattr(item, "_fixtureinfo"):
            self.asks[item.nodeid] |= set(self.shared(item))
        try:
            return (yield)
        finally:
            self.leave()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        if fixturedef.scope == "function":
            return (yield)
        self.enter(f"fixture {fixturedef.baseid} {fixturedef.argname}")
        try:
            return (yield)
        finally:
            self.leave()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        passed = report.outcome == "passed" or hasattr(report, "wasxfail")
        self.tests[report.nodeid] = passed and self.tests.get(report.nodeid, True)

    def keeping(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Keep answers as `functools.cache` does, and know who asked for which."""
        if not function.__code__.co_filename.startswith(str(ROOT)):
            return functools.lru_cache(maxsize=None)(function)
        kept: dict[Any, tuple[str, Any]] = {}

        @functools.wraps(function)
        def asked(*args: Any, **named: Any) -> Any:
            key = (args, tuple(sorted(named.items())))
            if key in kept:
                context, answer = kept[key]
                self.asks[self.stack[-1]].add(context)
                return answer
            context = f"kept {function.__module__}.{function.__qualname__} {uuid.uuid4().hex}"
            self.enter(context)
            try:
                answer = function(*args, **named)
            finally:
                self.leave()
            kept[key] = context, answer
            return answer

        asked.cache_clear = kept.clear  # type: ignore[attr-defined]
        return asked


def is_a_test(item: pytest.Item) -> bool:
    """Whether an item is one: a rule called `test_...`, which lenders do, is none."""
    return item.nodeid.startswith("tests/") or isinstance(item, pytest.DoctestItem)


def now() -> float:
    """Processor time of this process and of those it waited for [s]."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def record(out: Path, files: list[str]) -> None:
    """Run tests once and write down what each executes."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER] = folder
        cov = measured()
        recorder = Recorder(cov)
        functools.cache = recorder.keeping  # type: ignore[assignment]
        cov.start()
        recorder.switch()
        ended = pytest.main([*PYTEST, *files], plugins=[recorder, Plain()])
        ran = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
        if ended not in ran:
            sys.exit(f"the tests did not run: pytest ended with {ended}")
        cov.stop()
        lines = lines_by_context(cov)
        for path in Path(folder).glob("*.json"):
            context, masks = json.loads(path.read_text())
            for module, mask in masks.items():
                lines[context][module] |= int(mask, 16)
    out.write_text(json.dumps(table(recorder, lines)), encoding="utf-8")


def table(recorder: Recorder, lines: dict[str, Lines]) -> dict[str, Any]:
    """Seconds and lines of each test that passes, with all that it asks for."""
    found = {}
    for test, passes in recorder.tests.items():
        contexts, todo = {test}, [test]
        while todo:
            new = recorder.asks[todo.pop()] - contexts
            contexts |= new
            todo += new
        masks: Lines = defaultdict(int)
        for context in contexts:
            for module, mask in lines.get(context, {}).items():
                masks[module] |= mask
        found[test] = {
            "passes": passes,
            "seconds": round(sum(recorder.seconds[c] for c in contexts), 3),
            "lines": {module: by_function(module, mask) for module, mask in masks.items()},
        }
    return found


def by_function(module: str, mask: int) -> dict[str, tuple[str, str]]:
    """Lines of each function that has any, counted from its first, and the function's hash."""
    found = {}
    for name, function in functions(source_of(module)).items():
        if own := mask >> function.first & ((1 << function.length) - 1):
            found[name] = (hex(own), function.digest)
    return found


def in_today(module: str, recorded: dict[str, tuple[str, str]]) -> int:
    """Lines of a module that a test executes; of a function that changed since, all."""
    mask = 0
    today = functions(source_of(module))
    for name, (own, was) in recorded.items():
        if function := today.get(name):
            every = (1 << function.length) - 1
            mask |= (int(own, 16) if function.digest == was else every) << function.first
    return mask


class Plain:
    """Generated examples as they come, once: none is kept, none made smaller.

    Uncompiled rules give numpy's scalars where compiled ones give Python's: printed alike.
    """

    def pytest_sessionstart(self) -> None:
        np.set_printoptions(legacy="1.25")
        settings.register_profile(
            "mutants",
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutants")


if __name__ == "__main__":
    record(Path(sys.argv[1]), sys.argv[2:])
