"""Which forgotten events the tests would notice: delete one that sets or cancels it at a time.

    python -m tests.parity.mutation --examples 24 --tests

Works in copies of the tree, with compilation off. Takes about a minute of CPU a line; not part of
the suite.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
CALLS = {"schedule", "schedule_now", "cancel"}
WAYS = ("deaf", "parity", "a", "b", "days", "laws", "crash", "time", "tests")
TESTS = ("tests/economics", "tests/engines", "tests/oracles")
KEPT = ("gpusim", "tests", "models", "pyproject.toml")


class Line(NamedTuple):
    """A statement that touches the event calendar."""

    file: str
    first: int
    last: int
    indent: int
    text: str

    @property
    def place(self) -> str:
        return f"{Path(self.file).name}:{self.first}"


def lines() -> list[Line]:
    """Every statement of the rules that sets or takes back an event."""
    found = []
    for path in sorted((ROOT / "gpusim/economics").rglob("*.py")):
        if path.name == "agenda.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Call)
                and isinstance(node.value.func, ast.Name)
                and node.value.func.id in CALLS
            ):
                file = path.relative_to(ROOT).as_posix()
                last = node.end_lineno or node.lineno
                text = ast.unparse(node)
                found.append(Line(file, node.lineno, last, node.col_offset, text))
    return found


def without(source: str, line: Line) -> str:
    """The source with one statement replaced by `pass`."""
    rows = source.splitlines(keepends=True)
    rows[line.first - 1 : line.last] = [" " * line.indent + "pass\n"]
    return "".join(rows)


def copy_tree(folder: Path) -> Path:
    """A tree of its own."""
    for name in KEPT:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    return folder


def run(tree: Path, seconds: float, *command: str) -> subprocess.CompletedProcess[str] | None:
    """Run Python in a tree with compilation off; None if it took too long."""
    own = {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(
            [sys.executable, *command],
            cwd=tree,
            env=os.environ | own,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None


def look(tree: Path, examples: int, seconds: float, *, tests: bool) -> dict[str, str]:
    """What notices the change in a tree. tests: where no generated operator shows it, the suite."""
    done = run(tree, seconds, "-m", "tests.parity.mutant", str(examples))
    if done is None:
        return {"time": f"no end within {seconds:.0f} s"}
    if done.returncode != 0:
        return {"crash": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    seen: dict[str, str] = json.loads(done.stdout.strip().splitlines()[-1])
    if tests and not seen:
        plain = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
        known = ("--deselect", "tests/engines/test_oracles.py", "--ignore-glob", "*test_laws*")
        suite = run(tree, 4 * seconds, "-m", "pytest", *plain, *known, *TESTS)
        if suite is None:
            seen["time"] = "the tests did not end"
        elif suite.returncode != 0:
            failed = [s for s in suite.stdout.splitlines() if s.startswith(("FAILED", "ERROR"))]
            seen["tests"] = failed[0].split(" - ")[0].split(" ", 1)[1] if failed else "failed"
    return seen


def main() -> None:
    """Print a row for each line: what notices that it is gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=24, help="generated operators a line")
    parser.add_argument("--seconds", type=float, default=240, help="time limit a line")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="places, separated by commas")
    parser.add_argument(
        "--tests", action="store_true", help="then look with the hand-written tests"
    )
    asked = parser.parse_args()
    os.nice(10)
    todo = [line for line in lines() if not asked.only or line.place in asked.only.split(",")]
    trees: Queue[Path] = Queue()

    def one(line: Line) -> dict[str, str]:
        tree = trees.get()
        file = tree / line.file
        whole = file.read_text()
        try:
            file.write_text(without(whole, line))
            return look(tree, asked.examples, asked.seconds, tests=asked.tests)
        finally:
            file.write_text(whole)
            trees.put(tree)

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(asked.workers) as pool:
        for n in range(asked.workers):
            trees.put(copy_tree(Path(folder) / str(n)))
        clean = look(Path(folder) / "0", asked.examples, asked.seconds, tests=False)
        if clean:
            sys.exit(f"something is seen where nothing is gone: {clean}")
        counts = dict.fromkeys(WAYS, 0)
        escaped = []
        for line, seen in zip(todo, pool.map(one, todo), strict=True):
            ways = [way for way in WAYS if way in seen]
            for way in ways:
                counts[way] += 1
            if not ways:
                escaped.append(line.place)
            print(f"{line.place:20} {line.text:52} {' '.join(ways) or 'ESCAPED'}", flush=True)
            for way in ways:
                print(f"{'':20}   {way}: {seen[way]}", file=sys.stderr, flush=True)
    print(f"{len(todo)} lines, {len(todo) - len(escaped)} noticed: {counts}; escaped: {escaped}")


if __name__ == "__main__":
    main()
