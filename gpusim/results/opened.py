"""A run folder found by name and read back."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from gpusim.results import folder
from gpusim.results.folder import DEFAULT_PARENT

MANIFEST: Final = "manifest.json"
LAST: Final = "@last"
RUN: Final = "run"
"""Kind of a folder that does not say it."""
LISTED: Final = 5
"""Names a message lists at most."""


class NotARunError(Exception):
    """What was named is no folder of finished work, or lacks what was asked of it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Finished work on disk: a run, a sweep, or an answer."""

    path: Path
    manifest: dict[str, Any]

    def has(self, name: str) -> bool:
        """Whether the folder has a table."""
        return (self.path / f"{name}.parquet").is_file()

    def table(self, name: str) -> pl.DataFrame:
        """A table of the folder.

        Raises:
            NotARunError: the folder has no such table, or it cannot be read.
        """
        path = self.path / f"{name}.parquet"
        if not path.is_file():
            raise NotARunError(
                f"{self.path} has no {path.name}; it was written by an earlier version, or is not "
                f"a run: run it again"
            )
        try:
            return pl.read_parquet(path)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise NotARunError(f"{path} cannot be read: {error}") from error


def open_run(name: str, parent: Path = DEFAULT_PARENT, kind: str | None = None) -> Opened:
    """Open a folder by its path, by its name under `parent` or the start of it, or as @last.

    The JSON of a backtest opens as a file without tables.

    kind: of folders that @last looks among; any where it is left out.

    Raises:
        NotARunError: nothing, or more than one folder, goes by that name.
    """
    if name.endswith(".json") and Path(name).is_file():
        return Opened(Path(name), {})
    path = locate(name, parent, kind)
    text = (path / MANIFEST).read_text(encoding="utf-8")
    try:
        manifest = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotARunError(f"{path / MANIFEST} is not JSON: {error}") from error
    if not isinstance(manifest, dict):
        raise NotARunError(f"{path / MANIFEST} is not a manifest")
    return Opened(path, manifest)


def open_single(name: str, parent: Path = DEFAULT_PARENT) -> Opened:
    """Open the folder of a run, not that of a sweep or an answer.

    Its manifest names the run's files so that they are found from anywhere.

    Raises:
        NotARunError: nothing, more than one folder, or no run goes by that name.
    """
    run = open_run(name, parent, RUN)
    kind = run.manifest.get("kind", RUN)
    if kind != RUN:
        raise NotARunError(f"{run.path} is the folder of a {kind}; name one of a run")
    return Opened(run.path, folder.as_named(run.path, run.manifest))


def locate(name: str, parent: Path, kind: str | None = None) -> Path:
    """The folder that a name means.

    kind: of folders that @last looks among; any where it is left out.

    Raises:
        NotARunError: none, or more than one.
    """
    path = Path(name)
    if (path / MANIFEST).is_file():
        return path
    known = finished(parent)
    if name == LAST:
        fit = (parent / one for one in reversed(known))
        last = next((path for path in fit if kind is None or kind_of(path) == kind), None)
        if last is None:
            raise NotARunError(f"there is no {kind or 'run'} under {parent}")
        return last
    found = [folder for folder in known if folder.startswith(name)] or [
        folder for folder in known if name and name in folder
    ]
    if name in known or len(found) == 1:
        return parent / (name if name in known else found[0])
    if path.is_dir():
        raise NotARunError(f"{name} is not a run folder: it has no {MANIFEST}")
    if found:
        more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
        raise NotARunError(f"{name} could be {', '.join(found[-LISTED:])}{more}")
    raise NotARunError(f"there is no run {name}{nearest_of(name, known)}")


def kind_of(path: Path) -> str:
    """What kind of folder it is; empty where its manifest cannot be read."""
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        return str(manifest.get("kind", RUN))
    except (OSError, ValueError, AttributeError):
        return ""


def finished(parent: Path) -> list[str]:
    """Names of the run folders under a folder, the oldest first."""
    if not parent.is_dir():
        return []
    runs = [p for p in parent.iterdir() if not p.name.startswith(".") and (p / MANIFEST).is_file()]
    return [p.name for p in sorted(runs, key=lambda p: ((p / MANIFEST).stat().st_mtime, p.name))]


def nearest_of(name: str, names: Iterable[str]) -> str:
    """The most similar names, to follow a message; nothing if none is.

    >>> nearest_of("revenu", ["cash", "revenue"])
    '; nearest valid name: revenue'
    """
    close = difflib.get_close_matches(name, list(names), n=3, cutoff=0.5)
    if not close:
        return ""
    return f"; nearest valid name{'s' if len(close) > 1 else ''}: {', '.join(close)}"
