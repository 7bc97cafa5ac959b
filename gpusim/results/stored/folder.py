"""The run folder: written whole or not at all.

Everything goes into a hidden folder beside the target, is flushed to disk, and takes its name in
one rename. A run that is killed leaves at most a hidden folder that nothing reads.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import io
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import platformdirs
import polars as pl

from gpusim import files
from gpusim.compiling import cache
from gpusim.results.stored import forms
from gpusim.results.stored.columns import misfit

DEFAULT_PARENT = Path("runs")
MANIFEST: Final = "manifest.json"
RUN: Final = "run"
"""Kind of a folder that does not say it."""
FILES, OWN_HASH = "files", "manifest_hash"
"""Entries of a manifest: the hash of each file of the folder, and of the manifest itself."""
MOST_NOTED: Final = 2 * files.MEGABYTE
"""Bytes of the list of what was written here, 65 a folder; where it has more it begins anew."""
MOST_NAME: Final = 100
"""Bytes of a model's name in that of a folder, of which file systems hold 143 or 255 in all."""


class FolderExistsError(Exception):
    """The folder a run should be written to is already there."""


class UndeclaredError(Exception):
    """A table of another form than the one that readers hold it against."""


def default_name(model: str, content: str, moment: dt.datetime) -> str:
    """Name of a run folder: UTC time, model, six digits of what the run depends on.

    A model's name is cut where a file system could not hold the whole.

    >>> default_name("single-site", "a1b2c3d4", dt.datetime(2026, 1, 2, 3, 4, 5))
    '20260102T030405Z-single-site-a1b2c3'
    """
    short = model.encode()[:MOST_NAME].decode(errors="ignore")
    return f"{moment:%Y%m%dT%H%M%SZ}-{short}-{content[:6]}"


def refuse_target(out: Path | None) -> None:
    """Check where something should be written, before any work is done.

    out: the folder asked for; None: one that is named by time and content.

    Raises:
        FolderExistsError: it exists, or cannot be made.
    """
    if out is not None:
        refuse_existing(out)
    else:
        refuse_unwritable(DEFAULT_PARENT / "run")


def refuse_existing(target: Path) -> None:
    """Check a target before any work is done.

    Raises:
        FolderExistsError: it exists, or cannot be made.
    """
    if target == Path():
        raise FolderExistsError("the folder to write to has no name; name a new one")
    if os.path.lexists(target):
        raise FolderExistsError(f"{target} exists already; nothing is written over it")
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
    # some folders, such as /proc, say that they can be written to and cannot; names may be too long
    tried = standing / files.hidden(target).name
    try:
        tried.mkdir()
        tried.rmdir()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            why = f"{target} cannot be made: its name is too long"
        raise FolderExistsError(why) from error


def write(
    target: Path,
    manifest: Mapping[str, Any] | None,
    tables: Mapping[str, pl.DataFrame],
    texts: Mapping[str, str],
    *,
    rename_if_taken: bool = False,
) -> Path:
    """Write tables (as NAME.parquet), texts (as NAME) and their manifest to a new folder.

    The manifest keeps a hash of each file and of itself. Returns the folder's path.

    manifest: its entries; None: a folder that is no run.
    rename_if_taken: add -2, -3 ... to a generated name that another run took meanwhile.

    Raises:
        UndeclaredError: a table is not what `forms` declares, so that no command would read it. The
            folder is written all the same, so that nobody's work is lost.
        FolderExistsError: the target exists.
        OSError: it cannot be written, for instance for want of space; nothing is left.
    """
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with files.new_folder(target) as hidden:
        hashes = {}
        for name, frame in tables.items():
            hashes[f"{name}.parquet"] = _created(hidden / f"{name}.parquet", parquet(frame))
        for name, text in texts.items():
            hashes[name] = _created(hidden / name, text.encode())
        known = tuple(hashes.values())
        if manifest is not None:
            text = manifest_text(manifest, hashes)
            _created(hidden / MANIFEST, text.encode())
            known = (json.loads(text)[OWN_HASH],)
        files.flush(hidden)
        placed = _place(hidden, target, rename_if_taken)
    files.in_hand.extend([placed] if manifest is not None else (placed / name for name in hashes))
    files.flush(placed.parent)
    for own_hash in known:
        note(own_hash)
    kind = (manifest or {}).get("kind", RUN)
    for name, frame in tables.items():
        refuse_undeclared(kind, name, frame)
    return placed


def refuse_undeclared(kind: str, name: str, frame: pl.DataFrame) -> None:
    """Check that a table is declared as it is written.

    kind: of its folder.

    Raises:
        UndeclaredError: it is not.
    """
    form = forms.tables(kind).get(name)
    wrong = "is not declared" if form is None else misfit(frame, form, cells=False)
    if wrong:
        raise UndeclaredError(f"table {name} of a {kind} {wrong}; see results/stored/forms")


def written_here() -> Path:
    """The file of the user's cache that lists what was written on this machine, by hash."""
    return Path(platformdirs.user_cache_dir("gpusim")) / "written"


def note(own_hash: str) -> None:
    """Remember that a manifest, or a file without one, was written here, by its hash.

    What is not remembered, for want of a cache of the user's own, counts as received.
    """
    noted = written_here()
    with contextlib.suppress(OSError):
        cache.make(str(noted.parent))
        if not _is_ours(noted.parent):
            return
        full = noted.exists() and noted.stat().st_size > MOST_NOTED
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | (os.O_TRUNC if full else 0)
        with os.fdopen(os.open(noted, flags, 0o600), "a", encoding="ascii") as file:
            file.write(f"{own_hash}\n")


def is_noted(own_hash: str) -> bool:
    """Whether this hash was remembered."""
    noted = written_here()
    try:
        found = noted.lstat()
        own = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
        ours = own and not found.st_mode & cache.OTHERS_WRITE and _is_ours(noted.parent)
        return ours and own_hash in noted.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return False


def _is_ours(place: Path) -> bool:
    """Whether nobody else can have written in a folder."""
    return cache.mistrusted(place) is None and cache.unsafe_above(place) is None


def _created(path: Path, data: bytes) -> str:
    """A new file; returns the hash of what is in it."""
    files.create(path, data)
    return digest(data)


def digest(data: bytes) -> str:
    """The hash by which a file is known, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def parquet(frame: pl.DataFrame) -> bytes:
    """A table as the bytes of its file."""
    stream = io.BytesIO()
    frame.write_parquet(stream, compression="zstd", statistics=True, row_group_size=1 << 18)
    return stream.getvalue()


def near(path: Path) -> Path:
    """A path for people: from here if it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def json_text(entries: Mapping[str, Any]) -> str:
    """Entries as the text of a JSON file."""
    return json.dumps(entries, indent=2, default=str) + "\n"


def manifest_text(entries: Mapping[str, Any], hashes: Mapping[str, str]) -> str:
    """The manifest file: entries, the hash of each file, and that of all this."""
    whole = json.loads(json_text(dict(entries) | {FILES: dict(hashes)}))
    return json_text(whole | {OWN_HASH: hash_of(whole)})


def hash_of(manifest: Mapping[str, Any]) -> str:
    """The hash of a manifest's entries as they are read back, its own left out."""
    entries = {key: value for key, value in manifest.items() if key != OWN_HASH}
    text = json.dumps(entries, sort_keys=True, separators=(",", ":"))
    return digest(text.encode())


def _place(hidden: Path, target: Path, rename_if_taken: bool) -> Path:
    candidate, number = target, 1
    while True:
        if not os.path.lexists(candidate):
            return hidden.replace(candidate)
        if not rename_if_taken:
            refuse_existing(candidate)
        number += 1
        candidate = target.with_name(f"{target.name}-{number}")
