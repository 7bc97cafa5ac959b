"""One change, tried: tests that could notice it, the fastest first, until one fails.

Third-party libraries are imported once; each trial is a fork of that process, which then imports
the changed copy and everything of it anew.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.mutants.places import Change, file_of, modules, source_of
from tests.mutants.record import PYTEST, Plain
from tests.mutants.tree import settings, write

LIBRARIES = ("hypothesis", "numba", "polars", "pydantic", "scipy.optimize")
BUCKETS = (0.02, 0.1, 0.5, 2.0, 8.0, 30.0)
"""Tests up to so many seconds are tried before any that takes longer [s]."""
AT_ONCE = 2.0
"""Recorded seconds of tests that are collected together [s]."""
PATIENCE, SLOWER = 30.0, 20.0
"""A test does not end if it takes this many seconds and so many times what it took [s]."""
MEMORY = 8 << 30


class Known(NamedTuple):
    """What was recorded of a test."""

    node: str
    seconds: float
    lines: dict[str, int]  # of each module, one bit a line

    @property
    def file(self) -> str:
        return self.node.partition("::")[0]


class Outcome(NamedTuple):
    """What came of a trial."""

    by: str  # the test that failed, or nothing
    why: str
    tried: int
    could: int  # tests that execute what was changed
    seconds: float


def lines_of(change: Change) -> dict[str, int]:
    """Lines whose execution a change could alter, one bit each, by module.

    In a rule its own line. A constant of a module is executed by nobody: the lines of all rules
    that read it.
    """
    if not change.names:
        return {change.module: 1 << change.line}
    found: dict[str, int] = {}
    for module in modules():
        tree = ast.parse(source_of(module))
        names = set(change.names) if module == change.module else imported(tree, change)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
                found[module] = found.get(module, 0) | 1 << node.lineno
    return found


def imported(tree: ast.Module, change: Change) -> set[str]:
    """What another module calls the changed constants."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == dotted(change.module)
        for alias in node.names
        if alias.name in change.names
    }


def dotted(module: str) -> str:
    """The name by which a module of rules is imported."""
    return file_of(module).removesuffix(".py").replace("/", ".")


def covering(change: Change, known: list[Known]) -> list[Known]:
    """Tests that execute what was changed.

    A line that none executes is looked for at its statement's first line; a constant that only
    other packages read, or that shapes a record, concerns every test.
    """
    for wanted in (lines_of(change), {change.module: 1 << change.statement}):
        found = [t for t in known if any(t.lines.get(m, 0) & mask for m, mask in wanted.items())]
        if found:
            return found
    return known if change.names or change.module == "state" else []


def in_order(tests: list[Known], seconds: float) -> list[list[Known]]:
    """Tests to run together, the fastest first, as long as their time suffices [s]."""
    batches: list[list[Known]] = []
    used, last = 0.0, None
    for test in sorted(tests, key=lambda t: (bucket(t.seconds), t.file)):
        used += test.seconds
        if used > seconds:
            break
        together = bool(batches) and sum(t.seconds for t in batches[-1]) + test.seconds <= AT_ONCE
        if together and bucket(test.seconds) == last:
            batches[-1].append(test)
        else:
            batches.append([test])
        last = bucket(test.seconds)
    return batches


def bucket(seconds: float) -> int:
    """Which of the classes of speed."""
    return sum(seconds > limit for limit in BUCKETS)


def prepare(tree: Path) -> None:
    """Import once what every fork needs."""
    os.environ.update(settings(tree))
    for name in LIBRARIES:
        importlib.import_module(name)


def try_change(
    tree: Path, change: Change | None, batches: list[list[Known]], could: int
) -> Outcome:
    """Run tests on a changed copy in a process of its own; no change: the copy as it is."""
    before = time.perf_counter()
    answer = tree / "answer.json"
    answer.unlink(missing_ok=True)
    limit = PATIENCE + SLOWER * sum(t.seconds for batch in batches for t in batch)
    if change is not None:
        write(tree, change.module, change.made(source_of(change.module)))
    try:
        child = os.fork()
        if child == 0:
            play(tree, batches, answer)
        ended = waited(child, limit)
    finally:
        if change is not None:
            write(tree, change.module, source_of(change.module))
    took = time.perf_counter() - before
    if answer.exists():
        by, why, tried = json.loads(answer.read_text(encoding="utf-8"))
        return Outcome(by, why, tried, could, took)
    return Outcome("none in particular", ended, 0, could, took)


def waited(child: int, limit: float) -> str:
    """Wait for a process, at most so long [s], and end what it started; how it ended."""
    until = time.monotonic() + limit
    ended = f"no end within {limit:.0f} s"
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            ended = f"the process ended with {os.waitstatus_to_exitcode(status)}"
            break
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
    return ended


def play(tree: Path, batches: list[list[Known]], answer: Path) -> None:
    """In the fork: run batch after batch until a test fails, write the answer down, and end."""
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        os.chdir(tree)
        forget(tree)
        log = os.open(tree / "log.txt", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        judge = Judge({t.node: t for batch in batches for t in batch}, answer)
        for batch in batches:
            ask(judge, batch)
            if judge.by:
                break
        judge.end()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(1)


def forget(tree: Path) -> None:
    """Let the copy be imported, not what the parent has of the working tree."""
    for name in [n for n in sys.modules if n.split(".")[0] in ("gpusim", "tests")]:
        del sys.modules[name]
    sys.path[:] = [str(tree), *[p for p in sys.path if p not in ("", str(Path.cwd()))]]


def ask(judge: Judge, batch: list[Known]) -> None:
    """Run the tests of a batch."""
    files = list(dict.fromkeys(t.file for t in batch))
    judge.wanted = {t.node for t in batch}
    code = pytest.main([*PYTEST, "-x", *files], plugins=[judge, Plain()])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not judge.by:
        judge.found(files[0], f"pytest ended with {int(code)}")


class Judge:
    """A plugin of pytest that runs chosen tests, each within its time, and keeps who failed."""

    def __init__(self, known: dict[str, Known], answer: Path) -> None:
        self.known = known
        self.answer = answer
        self.wanted: set[str] = set()
        self.by = self.why = ""
        self.tried = 0

    def found(self, node: str, why: str) -> None:
        """The change is caught."""
        self.by, self.why = self.by or node, self.why or why[:200]

    def end(self) -> None:
        """Write the answer down, whole or not at all, and end the process."""
        part = self.answer.with_suffix(".part")
        part.write_text(json.dumps([self.by, self.why, self.tried]), encoding="utf-8")
        part.rename(self.answer)
        os._exit(0)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.wanted]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.found(report.nodeid, f"not imported: {last_line(report)}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        def stop(_signal: int, _frame: object) -> None:
            self.found(item.nodeid, "it does not end")
            self.end()

        self.tried += 1
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, wait_for(self.known[item.nodeid]))
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome == "failed":
            self.found(report.nodeid, last_line(report))


def last_line(report: Any) -> str:
    """What a report says happened."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[0] if crash is not None and lines else " / ".join(lines[-2:])


def wait_for(test: Known) -> float:
    """Time after which a test is taken not to end [s]."""
    return PATIENCE + SLOWER * test.seconds
