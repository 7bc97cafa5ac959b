"""`python -m tests.fuzz.nine --kills 60 --seed 1`: kill -9 at a random moment of all that works.

The commands take turns. Some of `warmup` and `run` start without compiled rules. Every other
kill is of the process that the user started alone, not of its helpers and workers: they are to end
by themselves. Then the command is given again, or the sweep is gone on with, and what it leaves is
to have the bytes of one that nobody disturbed, with nothing beside it. Hidden files are made a
while old before, as `clear` leaves the young ones to whoever may be at work on them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

from gpusim.compiling.cache import STALE, UNFINISHED
from tests.fuzz.kept import Broken, luck_of
from tests.fuzz.kills import COMMANDS, WRITES, prepare, undisturbed, whole
from tests.fuzz.processes import call, differences, start, tables

COLD = {"warmup": 4, "run": 6}
"""Of these, the last of so many starts without compiled rules."""
PATIENCE = 30.0
"""How long helpers and workers may live on after the process that started them [s]."""
OLD = STALE + 60
"""Age that hidden files are given [s]."""
PROMISED = "nothing is lost, nothing half is left, and again it comes to the same bytes"


class Killed(NamedTuple):
    """One kill: when, of what, and what it met."""

    name: str
    cold: bool  # without compiled rules
    alone: bool  # the process that the user started, not its helpers
    moment: float  # share of the time that the command takes undisturbed
    met: str  # "ended before", "at work" or "at work, and something was on disk"


def results(name: str, place: Path) -> dict[str, bytes]:
    """What a command has left, by name, without what time decides."""
    if name == "report":
        return {one: (place / one).read_bytes() for one in WRITES[name] if one.endswith(".html")}
    if name in WRITES:
        return {one: (place / one).read_bytes() for one in WRITES[name]}
    if name == "backtest":
        return {"backtest.json": (place / "kept/backtest.json").read_bytes()}
    return tables(place / "kept")


def aged(folder: Path) -> None:
    """Give what a writer left unfinished the age from which it is left behind."""
    then = time.time() - OLD
    for path in folder.rglob("*"):
        if path.name.startswith("."):
            os.utime(path, (then, then), follow_symlinks=False)


def gone(process: int) -> bool:
    """Whether a process group has ended, within its time."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            os.killpg(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def kill(name: str, luck: random.Random, place: Path, *, cold: bool, alone: bool) -> Killed:
    """One kill, and what comes of the command when it is given again.

    Raises:
        Broken: something is lost or left, or other bytes came.
    """
    honest, took = undisturbed(name)
    cache = place.with_name(f"{place.name}-cache")
    more = {"XDG_CACHE_HOME": str(cache)} if cold else {}
    if cold:
        took = cold_time(name)
    prepare(name, place)
    moment = luck.uniform(0.02, 1.0)
    process = start(place, *COMMANDS[name], more=more)
    time.sleep(moment * took)
    if process.poll() is None:
        (os.kill if alone else os.killpg)(process.pid, signal.SIGKILL)
    process.communicate()
    if not gone(process.pid):
        os.killpg(process.pid, signal.SIGKILL)
        raise Broken(f"{name}: helpers live on {PATIENCE:g} s after it was killed", PROMISED)
    there = any(
        file.is_file() for file in (*place.iterdir(), *place.rglob(".*"), *cache.rglob("*"))
    )
    there = there or (place / "kept").exists()
    met = "ended before" if process.returncode == 0 else "at work"
    if process.returncode not in (0, -signal.SIGKILL):
        raise Broken(f"{name}: exit {process.returncode}", PROMISED)
    if met == "at work":
        met += ", something on disk" if there else ", nothing on disk"
        whole(name, place, -signal.SIGKILL, "")
    again(name, place, honest, more)
    shutil.rmtree(cache, ignore_errors=True)
    return Killed(name, cold, alone, moment, met)


def again(name: str, place: Path, honest: Path, more: dict[str, str]) -> None:
    """Go on with a sweep, or give a command whose folder is not there again; check all of it."""
    for folder in (place, *(Path(cache) for cache in more.values())):
        if folder.exists():
            aged(folder)
    (place / "seen.html").unlink(missing_ok=True)
    words = COMMANDS[name]
    if name == "sweep" and (place / "kept").exists():
        words = ("sweep", "--resume", "kept", "-q")
    if name == "rm" and not (place / "source").exists():
        words = ("sweep", *COMMANDS["sweep"][1:-1], "other")  # the next one in that place
    there = all((place / one).exists() for one in WRITES.get(name, ("kept",)))
    if name == "report" or words != COMMANDS[name] or not there or not WRITES.get(name, ("kept",)):
        code, _, said = call(place, *words, more=more)
        if code:
            raise Broken(f"{name} again: exit {code}: {said[-2_000:]}", PROMISED)
    if differ := differences(results(name, honest), results(name, place)):
        raise Broken(f"{name} again: other bytes: {differ}", PROMISED)
    left = {path.name for path in place.iterdir()} - {
        "source",
        "other",
        *WRITES.get(name, ("kept",)),
    }
    left |= {str(path) for path in (place / "kept").rglob(".*")} - {str(place / "kept/report.html")}
    for cache in more.values():
        left |= {path.name for path in Path(cache).rglob(f"{UNFINISHED}*")}
    if left:
        raise Broken(f"{name} again: {sorted(left)} is left", PROMISED)


TIMES: dict[str, float] = {}


def cold_time(name: str) -> float:
    """Wall time of a command that compiles every rule [s]."""
    if name not in TIMES:
        place = Path(tempfile.mkdtemp(prefix="fuzz-"))
        prepare(name, place)
        began = time.monotonic()
        code, _, said = call(place, *COMMANDS[name], more={"XDG_CACHE_HOME": str(place / "cache")})
        TIMES[name] = time.monotonic() - began
        shutil.rmtree(place)
        if code:
            raise AssertionError(said)
    return TIMES[name]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    found, names = 0, list(COMMANDS)
    for number in range(given.first, given.first + given.kills):
        luck, name = luck_of("nine", given.seed, number), names[number % len(names)]
        turn = number // len(names)
        cold, alone = name in COLD and turn % COLD[name] == COLD[name] - 1, turn % 2 == 1
        place = Path(tempfile.mkdtemp(prefix="fuzz-"))
        try:
            killed = kill(name, luck, place, cold=cold, alone=alone)
        except Broken as broken:
            found += 1
            counts[name]["FOUND"] += 1
            print(json.dumps([number, name, cold, alone, broken.came]), flush=True)
        else:
            label = "cold, " if cold else ""
            counts[name][label + killed.met] += 1
            counts[name]["alone"] += alone
            print(number, *killed, flush=True)
        shutil.rmtree(place, ignore_errors=True)
    for name, own in counts.items():
        print(f"{name}: {', '.join(f'{n} {what}' for what, n in own.items())}")
    print(f"{given.kills} kills, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
