"""SIGKILL and SIGINT at a random moment of every command that writes, as real processes."""

from __future__ import annotations

import functools
import json
import os
import random
import re
import shlex
import shutil
import signal
import tempfile
import time
from pathlib import Path

from tests.cases.reading import MODELS
from tests.fuzz.kept import Broken, Case
from tests.fuzz.processes import call, differences, start, tables

MODEL = str(MODELS / "late-hall.toml")
OUT = ("--out", "kept")
SHORT = ("--set", "model.quarters=4", "-j", "1")
COMMANDS: dict[str, tuple[str, ...]] = {
    "run": ("run", MODEL, "--reps", "3000", *SHORT, *OUT),
    "sweep": ("sweep", MODEL, "--vary", "tax.rate=0:0.5:40", "--reps", "20", *SHORT, *OUT),
    "compare": (
        "compare", MODEL, "--reps", "400", "--most", "400",
        "--strategy", "none", "--strategy", "liquidity-first", *SHORT, *OUT,
    ),
    "sensitivity": ("sensitivity", MODEL, "--vary", "tax.rate=0.1:0.3", "--reps", "400",
    *SHORT, *OUT),
    "solve": ("solve", MODEL, "--for", "tax.rate=0:0.9", "--until", "equity<0", "--reps", "200",
    *SHORT, *OUT),
    "report": ("report", "source", "--out", "page.html", "--xlsx", "book.xlsx"),
    "warmup": ("warmup",),
    "backtest": ("backtest", "nebius-2025q2", "--reps", "10", "--inputs", "2", "-j", "1", *OUT),
    "fit-market": ("models", "fit-market", "--out", "market.toml"),
    "verify": ("runs", "verify", "source", "-j", "1"),
    "rm": ("runs", "rm", "--yes", "source"),
    "new": ("new", "first", "--template", "unit", "--yes"),
}  # fmt: skip
"""Every command that writes, or takes away."""
WRITES = {
    "report": ("page.html", "book.xlsx"),
    "fit-market": ("market.toml",),
    "new": ("first.toml",),
    **dict.fromkeys(("warmup", "verify", "rm"), ()),
}
"""What it leaves, where that is no folder called kept."""
LAST_WORDS = {"fit-market": "written to market.toml", "rm": "removed source"}
"""What those that print nothing else say when they are done."""
READS = (
    *("bridge", "units", "explain", "replay", "runs list", "runs show", "runs diff"),
    *("models list", "models show", "models check", "models diff", "models schema"),
    *("models metrics", "models catalogue"),
)
"""Commands that print and leave nothing."""
FROM_A_FOLDER = ("report", "verify", "rm")
PROMISED = "nothing half under its name; what is kept can be read; last words are true"
GOES_ON = re.compile(r"go on with: gpusim (.+)")


@functools.cache
def undisturbed(name: str) -> tuple[Path, float]:
    """A command to its end: its folder and the wall time it took [s]."""
    place = Path(tempfile.mkdtemp(prefix="fuzz-"))
    prepare(name, place)
    begun = time.monotonic()
    code, _, said = call(place, *COMMANDS[name])
    if code:
        raise AssertionError(said)
    return place, time.monotonic() - begun


@functools.cache
def source() -> Path:
    """The folder that is read, repeated or removed."""
    return undisturbed("sweep")[0] / "kept"


def prepare(name: str, place: Path) -> None:
    """What a command reads, where it will run."""
    if name in FROM_A_FOLDER:
        shutil.copytree(source(), place / "source")


def whole(name: str, place: Path, code: int, said: str) -> None:
    """What a command that was ended has left behind is whole, or can be gone on with."""
    names = WRITES.get(name, ("kept",))
    left = {path.name for path in place.iterdir()} - {"source"}
    hidden = {one for one in left if one.startswith(".")}
    if left - hidden - set(names):
        raise Broken(f"{name}: {sorted(left)} are left", PROMISED)
    if hidden and code != -signal.SIGKILL:
        raise Broken(
            f"{name}: hidden files are left by no kill: {sorted(hidden)}: {said}", PROMISED
        )
    for one in left - hidden:
        if one == "page.html" and not (place / one).read_text().rstrip().endswith("</html>"):
            raise Broken(f"{name}: half of {one}", PROMISED)
        if one == "book.xlsx" and b"PK\x05\x06" not in (place / one).read_bytes()[-100:]:
            raise Broken(f"{name}: half of {one}", PROMISED)
        if one == "market.toml" and (place / one).read_bytes() != fitted():
            raise Broken(f"{name}: half of {one}", PROMISED)
    kept = place / "source"
    if name in FROM_A_FOLDER and kept.exists() and differences(tables(source()), tables(kept)):
        raise Broken(f"{name}: the folder that it was to read has changed", PROMISED)
    if name in FROM_A_FOLDER and name != "rm" and not kept.exists():
        raise Broken(f"{name}: the folder that it was to read is gone", PROMISED)
    for one in left & {"kept"}:
        seen = ("runs", "show", one), ("report", one, "--out", "seen.html")
        if name == "backtest":
            seen = (("report", f"{one}/backtest.json", "--out", "seen.html"),)
        for words in seen:
            done, _, told = call(place, *words)
            goes_on = done == 2 and "is an unfinished sweep: --resume it first" in told
            if done and not goes_on:
                raise Broken(f"{name}: {' '.join(words)} ends with {done}: {told}", PROMISED)


@functools.cache
def fitted() -> bytes:
    """The model file that a market is fitted into."""
    return (undisturbed("fit-market")[0] / "market.toml").read_bytes()


def starting(code: int, said: str) -> bool:
    """Whether Python itself was interrupted, before the first line of `main`."""
    traced = "KeyboardInterrupt" in said and "in main" not in said
    return code in (1, 130, -signal.SIGINT) and (traced or not said)


def interrupted(name: str, place: Path, code: int, said: str) -> None:
    """The last line of a command that was interrupted says truly what is kept."""
    if starting(code, said):
        return
    if code not in (130, -signal.SIGINT):  # a shell tells both as 130
        raise Broken(f"{name}: interrupted, exit {code}: {said}", "exit code 130")
    last = said.strip().splitlines()[-1] if said.strip() else ""
    there = any((place / one).exists() for one in WRITES.get(name, ("kept",)))
    if last == LAST_WORDS.get(name):  # it was done, and Python was on its way out
        if name == "rm" and (place / "source").exists():
            raise Broken(f"{name}: it says that it removed what is there", PROMISED)
        return
    if "Traceback" in said or "interrupted" not in last:
        raise Broken(f"{name}: interrupted, and says: {said}", PROMISED)
    if name in ("warmup", *FROM_A_FOLDER):
        return
    if there == ("nothing was written" in last):
        raise Broken(
            f"{name}: {'kept' if there else 'nothing'} is there, and it says: {last}", PROMISED
        )
    goes_on = GOES_ON.search(last)
    if name == "sweep" and there and not goes_on and "whole" not in last:
        raise Broken(f"{name}: a half sweep, and no way on in: {last}", PROMISED)
    if goes_on:
        done, _, told = call(place, *shlex.split(goes_on[1]))
        if done:
            raise Broken(f"{name}: {goes_on[0]}: exit {done}: {told}", PROMISED)


def is_finished(kept: Path) -> bool:
    """Whether a folder is there whose work was not cut short; an interrupted one says so."""
    if not (kept / "manifest.json").exists():
        return False
    return bool(json.loads((kept / "manifest.json").read_text())["status"] != "interrupted")


def chosen(luck: random.Random) -> str:
    """The command of a case; runs and sweeps more often."""
    return luck.choice([*COMMANDS, "sweep", "sweep", "run"])


def one(case: Case) -> None:
    """One command, ended at a moment of its time."""
    luck, name = case.luck, chosen(case.luck)
    if name in FROM_A_FOLDER:
        source()
    honest, took = undisturbed(name)
    how = luck.choice([signal.SIGKILL, signal.SIGINT])
    moment = luck.uniform(0, 1.05)
    prepare(name, case.place)
    case.note(input=[how.name, moment], command=COMMANDS[name])
    process = start(case.place, *COMMANDS[name])
    time.sleep(moment * took)
    if process.poll() is None:
        os.killpg(process.pid, how)
    _, said = process.communicate()
    code = process.returncode
    case.end = f"{name}: {'ended before' if code == 0 else how.name}"
    if code not in (0, 130, -signal.SIGKILL, -signal.SIGINT) and not starting(code, said):
        raise Broken(f"{name}: {how.name}, exit {code}: {said[-2_000:]}", PROMISED)
    whole(name, case.place, code, said)
    if how == signal.SIGINT and code != 0:
        interrupted(name, case.place, code, said)
    kept = case.place / "kept"
    if name == "sweep" and kept.exists():
        done, _, told = call(case.place, "sweep", "--resume", "kept", "-q")
        if done:
            raise Broken(f"sweep --resume: exit {done}: {told}", PROMISED)
    whole_now = name == "sweep" and kept.exists()
    if whole_now or (name in ("compare", "sensitivity", "solve") and is_finished(kept)):
        differ = differences(tables(honest / "kept"), tables(kept))
        if differ:
            raise Broken(f"{name}: not the bytes of an undisturbed one: {differ}", PROMISED)
