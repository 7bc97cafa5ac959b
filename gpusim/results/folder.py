"""The run folder: written whole or not at all.

Everything goes into a hidden folder beside the target, is flushed to disk, and takes its name in
one rename. A run that is killed leaves at most a hidden folder that nothing reads.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

DEFAULT_PARENT = Path("runs")


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
    if os.path.lexists(target):
        raise FolderExistsError(f"{target} exists already; a run is never written over another")
    refuse_unwritable(target)


def refuse_unwritable(target: Path) -> None:
    """Check that a folder can be made, before any work is done.

    Raises:
        FolderExistsError: it cannot.
    """
    standing = next(parent for parent in target.absolute().parents if parent.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK):
        raise FolderExistsError(f"{target} cannot be made: {standing} is not a writable folder")


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


def manifest_text(entries: Mapping[str, Any]) -> str:
    """The manifest file."""
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
