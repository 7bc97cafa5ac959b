"""A run folder found by name and read back."""

from __future__ import annotations

import difflib
import io
import json
import os
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from gpusim import files, signs
from gpusim.files import UnsafeFileError
from gpusim.own_code import KINDS
from gpusim.results.stored.folder import DEFAULT_PARENT, FILES, MANIFEST, OWN_HASH, digest, hash_of
from gpusim.results.stored.renamed import NO_TABLE, current, table_names
from gpusim.scenario.language.limits import MOST_REPS, MOST_SEED
from gpusim.signs import visible

LAST: Final = "@last"
SCENARIO: Final = "scenario.toml"
METRICS: Final = "metrics.json"
RUN: Final = "run"
"""Kind of a folder that does not say it."""
LISTED: Final = 5
"""Names a message lists at most."""
FORM: Final[dict[str, tuple[type, ...]]] = {
    **dict.fromkeys(("kind", "status", "written", "model", "title", "as_of", "engine"), (str,)),
    **dict.fromkeys(("model_argument", "scenario_hash", "draft_hash", "rules_hash"), (str,)),
    **dict.fromkeys(("seed", "points", "quarters", "replications_asked"), (int,)),
    **dict.fromkeys(("command", "shocks", "sets", "metrics", "requests"), (list,)),
    **dict.fromkeys(("versions", "seconds", "explained", "request", "standing"), (dict,)),
    **dict.fromkeys((*(kind.hashes for kind in KINDS), "metric_names", FILES), (dict,)),
    "strategy": (str, type(None)),
    "replications": (int, type(None)),
}
"""Of what type the entries of a manifest are."""
ITEMS: Final[dict[str, type]] = {
    **dict.fromkeys(("command", "shocks", "sets", "metrics", "metric_names", FILES), str),
    **dict.fromkeys((kind.hashes for kind in KINDS), str),
    "requests": dict,
}
"""Of what type each entry of its lists and objects is."""
BOUNDS: Final = {"seed": (0, MOST_SEED), "replications_asked": (1, MOST_REPS)}
"""Least and largest of its numbers by which work is repeated."""
FORMS: Final[dict[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
}
"""What values of JSON are called in messages."""
_STEERING: Final = "".join(
    rf"\u{{{first:x}}}-\u{{{last:x}}}" for first, last in signs.STEERING if first < 0xD800
)
"""Signs that `visible` makes visible, as polars' regular expressions know them; its texts hold no
half of a character."""
REPEATED_BY: Final = (
    *("model", "model_argument", "shocks", "strategy", "sets", "seed", "scenario_hash"),
    *("replications", "replications_asked", "engine"),
)
"""Entries of a run's manifest that it takes to repeat it."""
MOST_TABLE: Final = 8_000 * files.MEGABYTE
"""Bytes of a file at most; the largest that gpusim writes, of as many replications as fit into 24
GB of memory, has half as many."""
MOST_CELLS: Final = 1_000_000_000
"""Cells of a table at most; the largest that gpusim writes, events of 100,000 replications, has
half as many."""


class NotARunError(Exception):
    """What was named is no folder of finished work, or lacks what was asked of it."""


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
        data = io.BytesIO(self.read(file))
        try:
            refuse_too_large(data, self.path / file)
            return shown(current(name, pl.read_parquet(data)))
        except NO_TABLE as error:
            raise NotARunError(f"{self.path / file} cannot be read: {error}") from error

    def scenario(self) -> dict[str, Any]:
        """The values of the resolved model; none where the folder keeps none.

        Raises:
            NotARunError: it is not what was written, or no TOML.
        """
        if not os.path.lexists(self.path / SCENARIO):
            return {}
        try:
            values = tomllib.loads(self.read(SCENARIO).decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise NotARunError(f"{self.path / SCENARIO} is no TOML: {error}") from error
        return dict(visible(values))

    def described(self) -> dict[str, dict[str, str]]:
        """Unit and meaning of each metric of a run, by name.

        Raises:
            NotARunError: the folder does not say them.
        """
        where = self.path / METRICS
        try:
            found = visible(json.loads(self.read(METRICS)))
        except (ValueError, RecursionError) as error:
            raise NotARunError(f"{where} is not JSON: {error}") from error
        if not isinstance(found, dict):
            raise wrong_form(where, "what it holds", found, dict)
        for name, told in found.items():
            if not isinstance(told, dict):
                raise wrong_form(where, name, told, dict)
            for key in ("unit", "meaning"):
                if not isinstance(told.get(key), str):
                    raise wrong_form(where, f"{key} of {name}", told.get(key), str)
        return found

    def read(self, name: str) -> bytes:
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
    for key, kinds in FORM.items():
        if key in found and not isinstance(found[key], kinds):
            raise wrong_form(where, key, found[key], *kinds)
        if key in found and isinstance(found[key], bool):
            raise wrong_form(where, key, found[key], *kinds)
    for key, kind in ITEMS.items():
        held = found.get(key) or []
        for item in held.values() if isinstance(held, dict) else held:
            if not isinstance(item, kind):
                raise wrong_form(where, f"an entry of {key}", item, kind)
    for key, (least, most) in BOUNDS.items():
        if key in found and not least <= found[key] <= most:
            raise NotARunError(f"{where}: {key} is {found[key]}, not {least:,} to {most:,}")
    return dict(visible(found))


def form_of(value: object) -> str:
    """What a value of JSON is, in words.

    >>> form_of({}), form_of([1]), form_of("x"), form_of(0.5), form_of(True), form_of(None)
    ('an object', 'a list', 'a text', 'a number', 'true or false', 'nothing')
    """
    return FORMS.get(type(value), "nothing")


def wrong_form(where: Path, what: str, found: object, *kinds: type) -> NotARunError:
    """That an entry of a file is of another form than gpusim writes.

    >>> print(wrong_form(Path("r/manifest.json"), "seed", [1], int))
    r/manifest.json: seed is a list; expected a whole number
    """
    names = {**FORMS, int: "a whole number"}
    expected = " or ".join(names.get(kind, "nothing") for kind in kinds)
    return NotARunError(f"{where}: {what} is {form_of(found)}; expected {expected}")


def refuse_other_form(entries: Mapping[str, Any], kind: type, where: Path) -> None:
    """Check the entries that stand for the fields of a dataclass, lists for tuples.

    Raises:
        NotARunError: one is of another form than its field, or none of its fields.
    """
    hints = typing.get_type_hints(kind)
    for key, value in entries.items():
        if key not in hints:
            raise NotARunError(f"{where}: {visible(key)} is no part of what is asked for")
        kinds = _forms_of(hints[key])
        if (isinstance(value, bool) and bool not in kinds) or not isinstance(value, kinds):
            raise wrong_form(where, key, value, *kinds[:1] if float in kinds else kinds)
        if isinstance(value, list) and str in _forms_of(typing.get_args(hints[key])[0]):
            for item in value:
                if not isinstance(item, str):
                    raise wrong_form(where, f"an entry of {key}", item, str)


def _forms_of(hint: Any) -> tuple[type, ...]:
    """Of what types a value of JSON may be that stands for one of an annotated type.

    >>> _forms_of(str | None), _forms_of(tuple[str, ...])
    ((<class 'str'>, <class 'NoneType'>), (<class 'list'>,))
    """
    if isinstance(hint, types.UnionType):
        return tuple(form for one in typing.get_args(hint) for form in _forms_of(one))
    if typing.get_origin(hint) is tuple:
        return (list,)
    if hint is float:
        return float, int
    return (hint,)


def refuse_too_large(data: io.BytesIO, where: Path) -> None:
    """Check how many cells a table says that it has, before they are unpacked.

    Raises:
        NotARunError: too many.
    """
    lazy = pl.scan_parquet(data)
    rows, columns = lazy.select(pl.len()).collect().item(), len(lazy.collect_schema())
    data.seek(0)
    if rows * columns > MOST_CELLS:
        raise NotARunError(
            f"{where} says that it has {rows:,} rows of {columns:,} columns; at most "
            f"{MOST_CELLS:,} cells are read"
        )


def shown(table: pl.DataFrame) -> pl.DataFrame:
    """A table whose texts can be shown: signs that steer a terminal are made visible."""
    steered = [
        column.name
        for column in table
        if column.dtype == pl.String and column.str.contains(f"[{_STEERING}]").any()
    ]
    return table.with_columns(
        pl.col(name).map_elements(visible, return_dtype=pl.String) for name in steered
    ).rename({name: visible(name) for name in table.columns if name != visible(name)})


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
    if not all(isinstance(text, str) for key in ("shocks", "sets") for text in run.manifest[key]):
        raise NotARunError(f"{run.path} is not a run: its shocks and sets are no texts")


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
    close = difflib.get_close_matches(name, list(names), n=3, cutoff=0.5)
    if not close:
        return ""
    return f"; nearest valid name{'s' if len(close) > 1 else ''}: {', '.join(close)}"
