"""Which changes of a rule the tests notice: one thing at a time, in a copy of the tree.

    python -m tests.mutants --count 150 --seed 1

Prints a line for each change, what survived with its source, and a table by module. What stands in
`equivalent.toml` cannot be noticed, with the reason, and is not tried.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.mutants import trial
from tests.mutants.places import ROOT, RULES, Change, modules, sample, source_of
from tests.mutants.record import in_today
from tests.mutants.tree import command, copied
from tests.mutants.trial import Known, Outcome

JUDGES = (*RULES, "tests/economics", "tests/engines", "tests/cases", "tests/oracles")
NO_JUDGES = (
    "tests/economics/test_entries.py",
    "tests/economics/test_linking.py",
    "tests/oracles/test_validation.py",
)
"""What compiles, and what compares a page with our own output."""
KEPT = ROOT / ".mutants"
"""What tests execute, as measured, a file for each file of tests."""
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
TOGETHER = 4
"""Files of tests that are measured in one process; fixtures that they share are made once in it."""
PATIENCE = 90
"""Processor time that a file of tests may take to be measured, uncompiled [s]."""
BAR = 0.95
CAUGHT, SURVIVED, EQUAL = "caught", "survived", "equivalent"


class Tried(NamedTuple):
    """A change and what came of it."""

    change: Change
    kind: str  # caught, survived or equivalent
    note: str


def files(asked: list[str]) -> list[str]:
    """Files of tests in folders, or named themselves, that may judge; from the root."""
    found: list[str] = []
    for name in asked:
        paths = [ROOT / name]
        if paths[0].is_dir():
            rules = name in RULES
            paths = sorted(paths[0].rglob("*.py") if rules else paths[0].glob("test_*.py"))
        found += [path.relative_to(ROOT).as_posix() for path in paths]
    return [file for file in found if file not in NO_JUDGES]


def digest(path: Path) -> str:
    """Hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def recorded(tree: Path, judges: list[str], folder: Path, *, anew: bool) -> list[Known]:
    """What each test executes: as kept for this file of tests, else measured."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {file: folder / f"{Path(file).stem}-{digest(ROOT / file)}.json" for file in judges}
    missing = [file for file, path in kept.items() if anew or not path.exists()]
    if missing:
        print(f"what {len(missing)} files of tests execute is measured", flush=True)
        measure(tree, missing, {file: kept[file] for file in missing})
    known = []
    for path in kept.values():
        for node, test in json.loads(path.read_text(encoding="utf-8")).items():
            lines = {m: in_today(m, own) for m, own in test["lines"].items() if m in modules()}
            if test["passes"]:
                known.append(Known(node, test["seconds"], lines))
            else:
                print(f"fails by itself, no judge: {node}", flush=True)
    return known


def measure(tree: Path, missing: list[str], kept: dict[str, Path]) -> None:
    """Run files of tests once, some at a time, and keep what each executes.

    What has been measured stays where the rest is interrupted. A file that takes too long where
    rules run uncompiled is no judge, and is told.
    """
    out = tree / "record.json"
    waiting = [missing[at : at + TOGETHER] for at in range(0, len(missing), TOGETHER)]
    while waiting:
        some = waiting.pop(0)
        out.unlink(missing_ok=True)
        words, variables = command(tree, "-m", "tests.mutants.record", str(out), *some)
        limited = partial(resource.setrlimit, resource.RLIMIT_CPU, (PATIENCE * len(some),) * 2)
        done = subprocess.run(
            words, cwd=tree, env=variables, capture_output=True, text=True, preexec_fn=limited
        )
        if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            if len(some) > 1:
                waiting[:0] = [[file] for file in some]
                continue
            print(f"takes too long uncompiled, no judge: {some[0]}", flush=True)
            out.write_text("{}", encoding="utf-8")
        elif done.returncode != 0:
            told = f"{done.stdout}{done.stderr}"
            sys.exit(f"what tests execute could not be measured:\n{told}"[-2000:])
        found = json.loads(out.read_text(encoding="utf-8"))
        for file in some:
            own = {node: test for node, test in found.items() if node.partition("::")[0] == file}
            kept[file].write_text(json.dumps(own), encoding="utf-8")
        left = sum(map(len, waiting))
        print(f"  {len(missing) - left} of {len(missing)}", file=sys.stderr)


def equivalents() -> dict[tuple[str, str, str], str]:
    """Why a change cannot be noticed, by module, source line and what becomes of it."""
    entries = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["equivalent"]
    return {(e["module"], e["line"], e["becomes"]): e["why"] for e in entries}


def key(change: Change) -> tuple[str, str, str]:
    """How `equivalent.toml` names a change."""
    source = source_of(change.module)
    return change.module, line_of(change, source), line_of(change, change.made(source))


def line_of(change: Change, source: str) -> str:
    """The line of a change, or its lines in one, in a source."""
    rows = source.splitlines()[change.line - 1 : change.last_line]
    return " ".join(row.strip() for row in rows)


def told(change: Change, outcome: Outcome, tests: int) -> Tried:
    """A change's outcome in words; tests: how many the time allowed for."""
    if outcome.by:
        return Tried(change, CAUGHT, f"{outcome.by}: {outcome.why}")
    if outcome.could == 0:
        return Tried(change, SURVIVED, "no test executes it")
    cut = "" if tests == outcome.could else f", of the {outcome.could} that execute it"
    return Tried(change, SURVIVED, f"{outcome.tried} tests see nothing{cut}")


def show(tried: Tried, seconds: float) -> None:
    """Print what came of a change."""
    change = tried.change
    print(f"{tried.kind:10} {seconds:5.1f} s  {change.place:42} {change.said}")
    print(f"{'':20}{tried.note}")
    if tried.kind == SURVIVED:
        print(f"{'':20}in: {line_of(change, source_of(change.module))}")
    sys.stdout.flush()


def table(tried: list[Tried]) -> str:
    """Counts by module, and the share that was caught."""
    rows = [f"{'module':20} {CAUGHT:>8} {SURVIVED:>8} {EQUAL:>10}"]
    for module in [*modules(), "all"]:
        of = Counter(t.kind for t in tried if module in (t.change.module, "all"))
        if of:
            rows.append(f"{module:20} {of[CAUGHT]:8} {of[SURVIVED]:8} {of[EQUAL]:10}")
    return "\n".join(rows)


def caught_share(tried: list[Tried]) -> float:
    """Caught over all that could be."""
    of = Counter(t.kind for t in tried)
    return of[CAUGHT] / max(of[CAUGHT] + of[SURVIVED], 1)


def main() -> int:
    """Try a sample and report; 1 if too many survive."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.mutants")
    parser.add_argument("--count", type=int, default=150, help="changes to try (150)")
    parser.add_argument("--seed", type=int, default=1, help="which sample (1)")
    parser.add_argument("--only", metavar="MODULE", choices=modules(), help="of one module")
    parser.add_argument("--list", action="store_true", help="print the sample and end")
    parser.add_argument("--seconds", type=float, default=60.0, help="tests a change (60)")
    parser.add_argument("--tests", nargs="+", default=JUDGES, help="files or folders that judge")
    parser.add_argument("--kept", type=Path, default=KEPT, help="where what tests execute is kept")
    parser.add_argument("--record", action="store_true", help="measure anew what tests execute")
    asked = parser.parse_args()
    chosen = sample(asked.count, asked.seed, asked.only)
    if asked.list:
        for change in chosen:
            print(f"{change.place:42} {change.kind:10} {change.said:36} {key(change)[1]}")
        return 0
    os.nice(5)
    cannot, tried = equivalents(), []
    with tempfile.TemporaryDirectory() as folder:
        tree = copied(Path(folder))
        known = recorded(tree, files(asked.tests), asked.kept, anew=asked.record)
        trial.prepare(tree)
        unchanged = trial.try_change(tree, None, trial.in_order(known, asked.seconds), len(known))
        if unchanged.by:
            sys.exit(f"fails where nothing is changed: {unchanged.by}: {unchanged.why}")
        for change in chosen:
            if key(change) in cannot:
                tried.append(Tried(change, EQUAL, cannot[key(change)]))
                show(tried[-1], 0.0)
                continue
            could = trial.covering(change, known)
            batches = trial.in_order(could, asked.seconds)
            outcome = trial.try_change(tree, change, batches, len(could))
            tried.append(told(change, outcome, sum(map(len, batches))))
            show(tried[-1], outcome.seconds)
    print(table(tried))
    print(f"{caught_share(tried):.1%} of changes that could be noticed are caught")
    used = os.times()
    print(f"{sum(used[:4]) / 60:.0f} minutes of processor time")
    return int(caught_share(tried) < BAR)


if __name__ == "__main__":
    sys.exit(main())
