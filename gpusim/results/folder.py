"""The run folder: written whole or not at all.

Everything goes into a hidden folder beside the target, is flushed to disk, and takes its name in
one rename. A run that is killed leaves at most a hidden folder that nothing reads.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

DEFAULT_PARENT = Path("runs")
STARTED_IN = "started_in"
"""Entry of a manifest: the folder from which the relative names of files in it count."""


class FolderExistsError(Exception):
    """The folder a run should be written to is already there."""


def default_name(model: str, content: str, moment: dt.datetime) -> str:
    """Name of a run folder: UTC time, model, six digits of what the run depends on.

    >>> default_name("single-site", "a1b2c3d4", dt.datetime(2026, 1, 2, 3, 4, 5))
    '20260102T030405Z-single-site-a1b2c3'
    """
    return f"{moment:%Y%m%dT%H%M%SZ}-{model}-{content[:6]}"


def refuse_existing(target: Path) -> None:
    """Check a target before any work is done.

    Raises:
        FolderExistsError: it exists, or cannot be made.
    """
    if target == Path():
        raise FolderExistsError("the folder to write to has no name; name a new one")
    if os.path.lexists(target):
        raise FolderExistsError(f"{target} exists already; a run is never written over another")
    refuse_unwritable(target)


def refuse_unwritable(target: Path) -> None:
    """Check that a folder can be made, before any work is done.

    Raises:
        FolderExistsError: it cannot.
    """
    standing = next(parent for parent in target.absolute().parents if parent.exists())
    why = f"{target} cannot be made: {standing} is not a writable folder"
    if not standing.is_dir() or not os.access(standing, os.W_OK):
        raise FolderExistsError(why)
    try:  # some folders, such as /proc, say that they can be written to and cannot
        Path(tempfile.mkdtemp(prefix=".", dir=standing)).rmdir()
    except OSError as error:
        raise FolderExistsError(why) from error


def write(
    target: Path,
    tables: Mapping[str, pl.DataFrame],
    texts: Mapping[str, str],
    *,
    rename_if_taken: bool = False,
) -> Path:
    """Write tables (as NAME.parquet) and texts (as NAME) to a new folder; returns its path.

    rename_if_taken: add -2, -3 ... to a generated name that another run took meanwhile.

    Raises:
        FolderExistsError: the target exists.
    """
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    hidden = target.parent / f".{target.name}.{os.getpid()}"
    hidden.mkdir()
    try:
        for name, frame in tables.items():
            path = hidden / f"{name}.parquet"
            frame.write_parquet(path, compression="zstd", statistics=True, row_group_size=1 << 18)
            flush(path)
        for name, text in texts.items():
            path = hidden / name
            path.write_text(text, encoding="utf-8")
            flush(path)
        flush(hidden)
        placed = _place(hidden, target, rename_if_taken)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    flush(placed.parent)
    return placed


def near(path: Path) -> Path:
    """A path for people: from here if it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def as_named(path: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A run's manifest whose model, strategy and shocks mean from anywhere what they meant to it.

    A relative file of the folder in which the run was started is named in full, a bundled name
    stays as it is. Where a file is not there any more the scenario of the run's own folder, which
    has all changes made to it, stands for the model.
    """
    started = Path(manifest.get(STARTED_IN) or ".")

    def named(name: str | None) -> str | None:
        file = name and re.sub(r"(\.py):\w+$", r"\1", name)
        elsewhere = file and started != Path.cwd() and (started / file).is_file()
        return str(started / str(name)) if elsewhere else name

    told = dict(manifest)
    told |= {key: named(told[key]) for key in ("model_argument", "strategy") if key in told}
    told["shocks"] = [named(shock) for shock in told.get("shocks", ())]
    files = (told.get("model_argument"), told.get("strategy"), *told["shocks"])
    gone = [name for name in files if name and name.endswith(".toml") and not Path(name).is_file()]
    if gone and (path / "scenario.toml").is_file():
        told |= {"model_argument": str(path / "scenario.toml"), "shocks": [], "sets": []}
        if str(told.get("strategy")).partition(".py:")[1] == "":
            told["strategy"] = None
    return told


@contextlib.contextmanager
def standing_in(manifest: Mapping[str, Any]) -> Iterator[None]:
    """Stand in the folder in which a run was started, if there still is one."""
    started = Path(manifest.get(STARTED_IN) or ".")
    with contextlib.chdir(started if started.is_dir() else "."):
        yield


def manifest_text(entries: Mapping[str, Any]) -> str:
    """The manifest file; that of a run (it says when it was written) says where it was started."""
    if "written" in entries:
        entries = {STARTED_IN: str(Path.cwd())} | dict(entries)
    return json.dumps(entries, indent=2, default=str) + "\n"


def _place(hidden: Path, target: Path, rename_if_taken: bool) -> Path:
    candidate, number = target, 1
    while True:
        if not os.path.lexists(candidate):
            return hidden.replace(candidate)
        if not rename_if_taken:
            refuse_existing(candidate)
        number += 1
        candidate = target.with_name(f"{target.name}-{number}")


def flush(path: Path) -> None:
    """Make sure that a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
