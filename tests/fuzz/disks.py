"""A disk that fills up: a small file system in memory, which only root may mount.

Where it cannot be mounted no case is tried, and the count says so.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.kept import Broken, Case
from tests.fuzz.kills import COMMANDS, source
from tests.fuzz.processes import call, differences, tables

PROMISED = (
    "the message names the file and the want of space, nothing half is left, --resume goes on"
)
TRIED = ("run", "sweep", "sweep", "compare", "report")
SPACE = "No space left on device"


def mount(*words: str) -> bool:
    """Whether a mount could be made or changed."""
    return subprocess.run(["mount", *words], capture_output=True).returncode == 0


@contextlib.contextmanager
def small(place: Path, size: int) -> Iterator[bool]:
    """A file system of a size [kB]; whether there is one."""
    place.mkdir()
    there = os.geteuid() == 0 and mount("-t", "tmpfs", "-o", f"size={size}k", "fuzz", str(place))
    try:
        yield there
    finally:
        if there:
            subprocess.run(["umount", "-l", str(place)], check=True)


def words_of(name: str, disk: Path) -> list[str]:
    """A command that writes to the disk."""
    words = list(COMMANDS[name])
    if name == "report":
        return [
            "report",
            str(source()),
            "--out",
            str(disk / "page.html"),
            "--xlsx",
            str(disk / "book.xlsx"),
        ]
    words = ["200" if word == "3000" else word for word in words]
    words[words.index("kept")] = str(disk / "kept")
    return words


@functools.cache
def needed(name: str) -> tuple[Path, int]:
    """What a command writes where there is room, and how much it is [kB]."""
    place = Path(tempfile.mkdtemp(prefix="fuzz-"))
    code, _, said = call(place, *words_of(name, place))
    if code:
        raise AssertionError(said)
    sizes = [-(-file.stat().st_size // 4096) * 4 for file in place.rglob("*") if file.is_file()]
    return place, sum(sizes)


def one(case: Case) -> None:
    """One command on a disk that is too small, or just large enough."""
    luck, disk = case.luck, case.place / "disk"
    name = luck.choice(TRIED)
    honest, most = needed(name)
    size = max(4, round(most * luck.uniform(0.02, 1.3)))
    words = words_of(name, disk)
    case.note(input={"kB": size, "needs kB": most}, command=words)
    with small(disk, size) as there:
        if not there:
            case.end = "not tried: no file system can be mounted"
            return
        code, _, said = call(case.place, *words)
        left = sorted(path.name for path in disk.iterdir())
        case.end = f"{name}: exit {code}"
        if code not in (0, 1) or "Traceback" in said or "gpusim's fault" in said:
            raise Broken(f"{name}: exit {code}: {said[-2_000:]}", PROMISED)
        if any(path.startswith(".") for path in left):
            raise Broken(f"{name}: hidden files are left: {left}: {said}", PROMISED)
        if code == 0:
            return
        if SPACE not in said or not re.search(re.escape(str(disk)) + r"|disk/", said):
            raise Broken(f"{name}: no file or no want of space in: {said}", PROMISED)
        if name == "sweep":
            resumed(honest, disk, said)
        elif left and (name != "report" or left not in (["book.xlsx"], ["page.html"])):
            raise Broken(f"{name}: {left} is left: {said}", PROMISED)


def resumed(honest: Path, disk: Path, said: str) -> None:
    """With room again a sweep goes on to the same bytes."""
    if not (disk / "kept").exists():
        if "nothing was written" not in said:
            raise Broken(f"sweep: nothing is kept, and it says: {said}", PROMISED)
        return
    if "--resume" not in said:
        raise Broken(f"sweep: it does not say how to go on: {said}", PROMISED)
    if not mount("-o", "remount,size=64m", str(disk)):
        raise AssertionError("the disk cannot be made larger")
    code, _, told = call(disk.parent, "sweep", "--resume", str(disk / "kept"), "-q")
    if code:
        raise Broken(f"sweep --resume: exit {code}: {told}", PROMISED)
    differ = differences(tables(honest / "kept"), tables(disk / "kept"))
    if differ:
        raise Broken(f"sweep --resume: other bytes: {differ}", PROMISED)
