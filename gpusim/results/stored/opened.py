"""A run folder found by name and read back."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from gpusim import files
from gpusim.economics.core.state import Ints
from gpusim.files import UnsafeFileError
from gpusim.results.drawn.sets import DRAWN, EACH, set_of
from gpusim.results.stored import forms
from gpusim.results.stored.contents import MOST_TABLE, table_of, toml_in, tree_in
from gpusim.results.stored.contents import NotARunError as NotARunError
from gpusim.results.stored.folder import DEFAULT_PARENT, FILES, MANIFEST, OWN_HASH, digest, hash_of
from gpusim.results.stored.folder import RUN as RUN
from gpusim.results.stored.manifest import SAID
from gpusim.results.stored.renamed import table_names
from gpusim.results.stored.trees import METRICS as METRICS_FORM
from gpusim.results.stored.trees import Shape
from gpusim.scenario.language.errors import near_ones
from gpusim.signs import visible

LAST: Final = "@last"
SCENARIO: Final = "scenario.toml"
METRICS: Final = "metrics.json"
LISTED: Final = 5
"""Names a message lists at most."""
REPEATED_BY: Final = (
    *("model", "model_argument", "shocks", "strategy", "sets", "seed", "scenario_hash"),
    *("replications", "replications_asked", "engine"),
)
"""Entries of a run's manifest that it takes to repeat it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Finished work on disk: a run, a sweep, or an answer."""

    path: Path
    manifest: dict[str, Any]

    def has(self, name: str) -> bool:
        """Whether the folder has a table, by its name of today or one that it once had."""
        return any((self.path / f"{own}.parquet").is_file() for own in table_names(name))

    def table(self, name: str) -> pl.DataFrame:
        """A table of the folder, its columns as they are called now (`renamed`).

        Raises:
            NotARunError: the folder has no such table, it is not the one that was written, or it
                cannot be read.
        """
        known = (own for own in table_names(name) if (self.path / f"{own}.parquet").is_file())
        file = f"{next(known, name)}.parquet"
        data = self._read(file)
        form = forms.tables(self.kind).get(name)
        if form is None:
            raise NotARunError(f"{self.path / file} is no table of the folder of a {self.kind}")
        return table_of(name, data, self.path / file, form)

    @property
    def kind(self) -> str:
        """What was asked that the folder answers."""
        return str(self.manifest.get("kind", RUN))

    def sets(self) -> Ints | None:
        """The set of drawn inputs of each replication of a run; None where none was drawn."""
        if self.manifest.get("inputs") != DRAWN:
            return None
        return set_of(self.table("outcomes")["replication"].to_numpy(), EACH)

    def scenario(self) -> dict[str, Any]:
        """The values of the resolved model; none where the folder keeps none.

        Raises:
            NotARunError: it is not what was written, or no TOML.
        """
        if not os.path.lexists(self.path / SCENARIO):
            return {}
        return dict(visible(toml_in(self._read(SCENARIO), self.path / SCENARIO)))

    def described(self) -> dict[str, dict[str, str]]:
        """Unit and meaning of each metric of a run, by name.

        Raises:
            NotARunError: the folder does not say them.
        """
        return dict(visible(self.tree(METRICS, METRICS_FORM)))

    def tree(self, name: str, shape: Shape) -> Any:
        """What a JSON file of the folder says.

        Raises:
            NotARunError: it is not what was written, no JSON, or of another form.
        """
        return tree_in(self._read(name), self.path / name, shape)

    def _read(self, name: str) -> bytes:
        """The bytes of a file of the folder.

        Raises:
            NotARunError: there is none, it is no regular file, or not the one that was written.
        """
        if not (self.path / name).is_file():
            raise NotARunError(
                f"{self.path} has no {name}; it was written by an earlier version, or is not "
                f"a run: run it again"
            )
        try:
            data = files.read(files.inside(self.path, name), MOST_TABLE)
        except (UnsafeFileError, OSError) as error:
            raise NotARunError(f"{self.path / name} cannot be read: {error}") from error
        hashes = self.manifest.get(FILES)
        if hashes is not None and hashes.get(name) != digest(data):
            raise NotARunError(
                f"{self.path / name} is not the file that was written: its hash differs; "
                f"`gpusim runs verify` tells what else does"
            )
        return data

    def read_growing(self, name: str, most: int) -> bytes:
        """The bytes of a file that grows while the folder is worked on: no hash of it is kept.

        most: bytes it may have.

        Raises:
            NotARunError: there is none, or it is no regular file.
        """
        try:
            return files.read(files.inside(self.path, name), most)
        except OSError as error:
            raise NotARunError(f"{self.path / name} cannot be read: {error.strerror}") from error
        except UnsafeFileError as error:
            raise NotARunError(f"{self.path / name} cannot be read: {error}") from error


def open_run(name: str, parent: Path = DEFAULT_PARENT, kind: str | None = None) -> Opened:
    """Open a folder by its path, by its name under `parent` or the start of it, or as @last.

    The JSON of a backtest opens as a file without tables.

    kind: of folders that @last looks among; any where it is left out.

    Raises:
        NotARunError: nothing, or more than one folder, goes by that name.
    """
    if name.endswith(".json") and Path(name).is_file():
        files.received.append(Path(name))
        return Opened(Path(name), {})
    path = locate(name, parent, kind)
    return Opened(path, read_manifest(path))


def read_manifest(path: Path) -> dict[str, Any]:
    """What a folder says of itself; signs that steer a terminal are made visible.

    Raises:
        NotARunError: it cannot be read, or is not what was written.
    """
    where = path / MANIFEST
    try:
        found = files.read_json(files.inside(path, MANIFEST))
    except (UnsafeFileError, OSError) as error:
        raise NotARunError(str(error)) from error
    if not isinstance(found, dict):
        raise NotARunError(f"{where} is not a manifest")
    if OWN_HASH in found and found[OWN_HASH] != hash_of(found):
        raise NotARunError(
            f"{where} is not the manifest that was written: its hash differs; what it says is "
            f"not relied on"
        )
    for shape in (SAID, forms.manifest(str(found.get("kind", RUN)))):
        if wrong := shape(found, ""):
            raise NotARunError(f"{where}: {wrong.strip()}")
    return dict(visible(found))


def open_single(name: str, parent: Path = DEFAULT_PARENT) -> Opened:
    """Open the folder of a run, not that of a sweep or an answer.

    Raises:
        NotARunError: nothing, more than one folder, or no run goes by that name.
    """
    run = open_run(name, parent, RUN)
    kind = run.manifest.get("kind", RUN)
    if kind != RUN:
        raise NotARunError(f"{run.path} is the folder of a {kind}; name one of a run")
    return run


def refuse_incomplete(run: Opened) -> None:
    """Check that a manifest has all that a run is repeated by.

    Raises:
        NotARunError: it lacks some.
    """
    if lacking := [key for key in REPEATED_BY if key not in run.manifest]:
        raise NotARunError(f"{run.path} is not a run: its manifest lacks {', '.join(lacking)}")


def locate(name: str, parent: Path, kind: str | None = None, *, beginning: bool = False) -> Path:
    """The folder that a name means; unless this command wrote it, it counts as received.

    kind: of folders that @last looks among; any where it is left out. beginning: whether a name
    must begin with what is given, not only hold it.

    Raises:
        NotARunError: none, or more than one.
    """
    path = _named(name, parent, kind, beginning=beginning)
    if path.absolute() not in files.in_hand:
        files.received.append(path)
    return path


def _named(name: str, parent: Path, kind: str | None, *, beginning: bool) -> Path:
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
    found = [folder for folder in known if name and folder.startswith(name)] or [
        folder for folder in known if name and name in folder and not beginning
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
        return str(read_manifest(path).get("kind", RUN))
    except NotARunError:
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
    close = near_ones(name, names, 3, cutoff=0.5)
    if not close:
        return ""
    return f"; nearest valid name{'s' if len(close) > 1 else ''}: {', '.join(close)}"
