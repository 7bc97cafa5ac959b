"""A damaged cache of compiled rules: the same bytes come of a run, and exit code 0."""

from __future__ import annotations

import functools
import random
import shutil
import tempfile
from pathlib import Path

import platformdirs

from gpusim.compiling import cache as compilecache
from tests.fuzz.kept import Broken, Case
from tests.fuzz.processes import call, differences, tables

RUN = ("run", "single-site", "--reps", "2", "--set", "model.quarters=4", "-q", "--out")
PROMISED = "what is damaged is compiled again: exit code 0, the same bytes, no trace"


@functools.cache
def copied() -> tuple[Path, dict[str, bytes]]:
    """A copy of the cache of these sources, and the bytes of a run with it while it is whole.

    The copy is damaged in one case after another, as each run should have mended it.
    """
    home = Path(tempfile.mkdtemp(prefix="fuzz-"))
    cache = Path(platformdirs.user_cache_dir("gpusim"))
    target = home / "gpusim" / compilecache.version()
    if (cache / compilecache.version()).exists():
        shutil.copytree(cache / compilecache.version(), target)
    for path in (home, home / "gpusim"):
        path.chmod(0o700)
    code, _, said = call(home, *RUN, "honest", more={"XDG_CACHE_HOME": str(home)})
    if code:
        raise AssertionError(said)
    return home, tables(home / "honest")


def damaged(luck: random.Random, file: Path) -> str:
    """One file flipped, cut, emptied, lost, or another's bytes in its place."""
    data = bytearray(file.read_bytes())
    how = luck.choice(["flip", "cut", "empty", "lose", "zeros", "other"])
    if how == "lose":
        file.unlink()
        return how
    if how == "flip" and data:
        data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    elif how == "cut" and data:
        del data[luck.randrange(len(data)) :]
    elif how == "zeros" and data:
        start = luck.randrange(len(data))
        data[start : start + 512] = bytes(len(data[start : start + 512]))
    elif how == "other":
        beside = sorted(one for one in file.parent.iterdir() if one.is_file())
        data = bytearray(luck.choice(beside).read_bytes())
    else:
        data.clear()
    file.write_bytes(bytes(data))
    return how


def one(case: Case) -> None:
    """Some files of the cache damaged, then a run."""
    luck = case.luck
    home, honest = copied()
    files = sorted(file for file in (home / "gpusim").rglob("*") if file.is_file())
    done = []
    for file in luck.sample(files, min(len(files), luck.choice([1, 1, 1, 2]))):
        done.append([file.name, damaged(luck, file)])
    case.note(input=done, command=[*RUN, "again"])
    code, _, said = call(case.place, *RUN, "again", more={"XDG_CACHE_HOME": str(home)})
    case.end = done[0][1] if done else "no file"
    if code or "Traceback" in said:
        raise Broken(f"exit {code}: {said[-2_000:]}", PROMISED)
    differ = differences(honest, tables(case.place / "again"))
    if differ:
        raise Broken(f"other bytes: {differ}", PROMISED)
    left = [file.name for file in (home / "gpusim").rglob("*.part") if file.is_file()]
    if left:
        raise Broken(f"left in the cache: {left}", PROMISED)
