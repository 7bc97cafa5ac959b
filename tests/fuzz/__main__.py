"""`python -m tests.fuzz`: try what the product promises with random input, for as long as is asked.

Each kind runs in a process of its own, so that one that is brought down is a finding too.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fuzz import models
from tests.fuzz.kept import attempt, fuzz

KINDS = ("models", "flags", "folders", "kills", "caches", "disks")


def alone(kind: str, options: argparse.Namespace) -> None:
    """One kind in this process; counts go to a file in the folder of findings."""
    one = importlib.import_module(f"tests.fuzz.{kind}").one
    folder = Path(options.out)
    if options.case is not None:
        _, broken = attempt(kind, one, options.seed, options.case, folder)
        print(f"{broken.came}\npromised: {broken.promised}" if broken else "no finding")
        sys.exit(1 if broken else 0)
    if kind == "models":
        models.compile_rules()
    tried = fuzz(
        kind,
        one,
        options.seed,
        folder,
        minutes=options.minutes,
        cases=options.cases,
        first=options.first,
    )
    (folder / f"{kind}.tried").write_text(json.dumps([tried.cases, dict(tried.ends)]))


def together(options: argparse.Namespace) -> int:
    """Each kind in turn for its share of the time; what was tried and found."""
    folder = Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    kinds = options.kind or KINDS
    minutes = options.minutes / len(kinds)
    for kind in kinds:
        ends: Counter[str] = Counter()
        cases, first, end = 0, 0, time.monotonic() + 60 * minutes
        while time.monotonic() < end and (options.cases is None or cases < options.cases):
            left = (end - time.monotonic()) / 60
            words = ["--alone", "--kind", kind, "--seed", options.seed, "--out", folder]
            words += ["--minutes", left, "--first", first]
            if options.cases is not None:
                words += ["--cases", options.cases - cases]
            (folder / f"{kind}.tried").unlink(missing_ok=True)
            done = subprocess.run([sys.executable, "-m", "tests.fuzz", *map(str, words)])
            told = folder / f"{kind}.tried"
            if told.exists():
                tried, so = json.loads(told.read_text())
                told.unlink()
                cases, first, ends = cases + tried, first + tried, ends + Counter(so)
                continue
            if done.returncode in (130, -2):
                return 130
            last = max(folder.glob(f"{kind}-{options.seed}-*.json"), key=_number, default=None)
            if last is None or _number(last) < first:
                print(f"{kind}: ended with {done.returncode} before its first case")
                return 1
            about = json.loads(last.read_text())
            if "came" not in about:
                about["came"] = f"the process ended with {done.returncode}"
                last.write_text(json.dumps(about, indent=1) + "\n")
            ends["found"] += 1
            cases, first = cases + _number(last) + 1 - first, _number(last) + 1
        told = ", ".join(f"{n} {end}" for end, n in ends.most_common())
        print(f"{kind}: {cases} cases ({told})", flush=True)
    files = sorted(folder.glob(f"*-{options.seed}-*.json"))
    for file in files:
        print(f"found: {file}: {json.loads(file.read_text())['came'][:200].splitlines()[0]}")
    print(f"{len(files)} findings" + (f", kept in {folder}" if files else ""))
    return 1 if files else 0


def _number(file: Path) -> int:
    return int(file.stem.rsplit("-", 1)[1])


def main() -> None:
    """Read the command line."""
    ask = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    ask.add_argument("--minutes", type=float, default=60, help="for all kinds together")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--kind", choices=KINDS, action="append", help="repeatable; default: all")
    ask.add_argument("--cases", type=int, help="of each kind, at most")
    ask.add_argument("--out", default="fuzz-findings", help="where findings are kept")
    ask.add_argument("--case", type=int, help="repeat one case of one kind")
    ask.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    ask.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    options = ask.parse_args()
    options.out = str(Path(options.out).resolve())
    if options.alone or options.case is not None:
        if not options.kind or len(options.kind) != 1:
            ask.error("--case needs one --kind")
        alone(options.kind[0], options)
    else:
        sys.exit(together(options))


if __name__ == "__main__":
    main()
