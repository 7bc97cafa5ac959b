"""The folder of a sweep: written a point at a time; a kill loses only what was under way."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl

from gpusim import files
from gpusim.experiments.common.design import Design, wrong
from gpusim.experiments.common.received import inputs_of
from gpusim.experiments.common.toml_text import plain
from gpusim.experiments.sweep.sweep_point import FAILED, Part
from gpusim.files import UnsafeFileError
from gpusim.results import report_tables
from gpusim.results.stored import folder
from gpusim.results.stored.contents import tree_in
from gpusim.results.stored.folder import FILES, MANIFEST
from gpusim.results.stored.forms import sweep as form
from gpusim.results.stored.opened import NotARunError, Opened
from gpusim.results.stored.trees import fields, text
from gpusim.scenario import Scenario, source_rows

DESIGN, JOURNAL, PARTS = "design.json", "journal.jsonl", "parts"
REQUEST_HASH, LINE_HASH = "request_hash", "hash"
"""The hash of all that decides a sweep's figures, in its manifest; and of a line of its journal."""
MOST_JOURNAL: Final = 4_000 * files.MEGABYTE
"""Bytes of a journal at most: 100,000 points of 40 kB."""
RUNNING, FINISHED = "unfinished", "finished"
TABLES: Final = ("design", "points", "results")
HASHED: Final = fields({LINE_HASH: text})
"""A line of the journal, before its hash is known to fit."""


def create(
    target: Path,
    manifest: Mapping[str, Any],
    design: Design,
    scenario: Scenario,
    *,
    rename_if_taken: bool = False,
) -> Path:
    """A folder with what is known before the first point is simulated.

    scenario: the model as it is, without the design; rename_if_taken: see `folder.write`.

    Raises:
        FolderExistsError: the target exists.
    """
    return folder.write(
        target,
        manifest,
        {
            "design": design_table(design),
            "sources": report_tables.provenance(source_rows(scenario)),
        },
        {
            DESIGN: json.dumps(design._asdict(), ensure_ascii=False) + "\n",
            JOURNAL: "",
            "scenario.toml": scenario.resolved_toml(),
        }
        | inputs_of([scenario.tree]),
        rename_if_taken=rename_if_taken,
    )


def read_design(run: Opened) -> Design:
    """The points of a sweep, as they were asked for.

    Raises:
        NotARunError: they are not what was written.
    """
    found = run.tree(DESIGN, form.DESIGN)
    names, rows = tuple(found["names"]), tuple(tuple(row) for row in found["rows"])
    if any(len(row) != len(names) for row in rows):
        raise NotARunError(f"{run.path / DESIGN}: a row has not a value for each of its names")
    return Design(found["kind"], names, rows)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else may work on the sweep meanwhile; what a killed one left is removed.

    Raises:
        ScenarioError: somebody does.
        NotARunError: there is no journal.
        UnsafeFileError: the journal is no regular file of its own.
    """
    if not os.path.lexists(path / JOURNAL):
        raise NotARunError(f"{path} has no {JOURNAL}; a sweep goes on only from its own")
    with closing(files.Descriptor(path / JOURNAL, os.O_RDWR)) as journal:
        try:
            fcntl.flock(journal.number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found = "a sweep that another process is at work on"
            raise wrong(str(path), found, "one that nobody works on", flag="--resume") from None
        parts = files.inside(path, PARTS)
        for place in (path, parts):
            if place.is_dir():
                files.clear(place)
        yield


def journal_of(run: Opened, points: int) -> dict[int, dict[str, Any]]:
    """Finished points by number, while the folder is locked.

    A torn last line is cut off; a point whose files are not what its line says is not finished.

    points: of the design.

    Raises:
        NotARunError: a line is not what was written.
    """
    entries, length = journal_lines(run)
    if beyond := [entry["point"] for entry in entries if entry["point"] >= points]:
        raise NotARunError(
            f"{run.path / JOURNAL} tells of point {beyond[0]}; the design has 0 to {points - 1}"
        )
    file = run.path / JOURNAL
    if length < file.stat().st_size:
        with closing(files.Descriptor(file, os.O_RDWR)) as journal:
            os.ftruncate(journal.number, length)
    return {entry["point"]: entry for entry in entries if not differing(run.path, entry)}


def journal_lines(run: Opened) -> tuple[list[dict[str, Any]], int]:
    """The lines of a journal, each checked by its hash, and bytes of all but a torn last one.

    Raises:
        NotARunError: a line is not what was written.
    """
    where = run.path / JOURNAL
    data = run.read_growing(JOURNAL, MOST_JOURNAL)
    whole = data[: data.rfind(b"\n") + 1]
    key = run.manifest.get(REQUEST_HASH, "")
    return [_checked(line, key, where, n) for n, line in enumerate(whole.splitlines(), 1)], len(
        whole
    )


def _checked(line: bytes, key: str, where: Path, number: int) -> dict[str, Any]:
    """An entry of a journal that has the hash of its line, and the form of one."""
    place = Path(f"line {number} of {where}")
    entry: dict[str, Any] = tree_in(line, place, HASHED)
    told = entry.pop(LINE_HASH)
    try:
        same = told == line_hash(entry, key)
    except ValueError:  # a number that JSON has none of, and no line
        same = False
    if not same:
        raise NotARunError(f"{place} is not what was written: its hash differs")
    if wrong := form.LINE(entry, ""):
        raise NotARunError(f"{place}: {wrong.strip()}")
    return entry


def line_hash(entry: Mapping[str, Any], key: str) -> str:
    """The hash of a journal's line, in the sweep that a key stands for."""
    told = json.dumps(entry, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return folder.digest(f"{key} {told}".encode())


def entry_line(entry: Mapping[str, Any], key: str) -> str:
    """A line of the journal of the sweep that a key stands for."""
    hashed = dict(entry) | {LINE_HASH: line_hash(entry, key)}
    return json.dumps(hashed, separators=(",", ":"), allow_nan=False) + "\n"


def differing(path: Path, entry: Mapping[str, Any]) -> list[str]:
    """Files of a finished point that are not there, or not what its line says."""
    found = []
    for name, told in entry["sha256"].items():
        file = part_file(path, name, entry["point"])
        try:
            same = files.digest_of(files.inside(path, file)) == told
        except (OSError, UnsafeFileError):
            same = False
        if not same:
            found.append(file)
    return found


def part_file(path: Path, table: str, point: int) -> str:
    """Where a point's table is, within the folder."""
    return f"{PARTS}/{table}-{point:06d}.parquet"


def save_part(run: Opened, part: Part) -> None:
    """Write a finished point: its tables, then its line of the journal, each flushed to disk.

    Raises:
        OSError: no space is left, or the folder is gone; what was kept before stays.
        UnsafeFileError: the folder holds links.
    """
    path = run.path
    files.inside(path, PARTS).mkdir(exist_ok=True)
    for name, data in part.tables.items():
        files.write(path / part_file(path, name, part.entry["point"]), data)
    line = entry_line(part.entry, run.manifest.get(REQUEST_HASH, ""))
    with closing(files.Descriptor(path / JOURNAL, os.O_WRONLY | os.O_APPEND)) as journal:
        before = os.fstat(journal.number).st_size
        try:
            files.append(journal, line.encode())
        except OSError as error:
            os.ftruncate(journal.number, before)
            raise OSError(error.errno, error.strerror, str(path / JOURNAL)) from error


def finish(
    run: Opened, design: Design, entries: Sequence[Mapping[str, Any]], seconds: float
) -> None:
    """Write the tables of a finished sweep, then say in the manifest that it is finished."""
    made = {"points": points_table(design, entries), "results": results_table(design, entries)}
    for name, frame in made.items():
        folder.refuse_undeclared(run.kind, name, frame)
    written = {f"{name}.parquet": folder.parquet(frame) for name, frame in made.items()}
    for name, data in written.items():
        files.write(run.path / name, data)
    hashes = {name: told for name, told in run.manifest[FILES].items() if name != JOURNAL}
    journal = files.read(run.path / JOURNAL, MOST_JOURNAL)
    hashes |= {name: folder.digest(data) for name, data in (*written.items(), (JOURNAL, journal))}
    manifest = run.manifest | {
        "status": FINISHED,
        "points_failed": sum(entry["status"] == FAILED for entry in entries),
        "replications": sum(entry["replications"] for entry in entries),
        "seconds": {"last_session": round(seconds, 3)},
    }
    told = folder.manifest_text(manifest, hashes)
    files.write(run.path / MANIFEST, told.encode())
    if folder.is_noted(run.manifest[folder.OWN_HASH]):  # what was received stays received
        folder.note(json.loads(told)[folder.OWN_HASH])


def design_table(design: Design) -> pl.DataFrame:
    """A row a point, a column a varied key."""
    numbers = pl.Series("point", range(len(design.rows)), dtype=pl.Int64)
    return pl.DataFrame([numbers, *_keys(design, range(len(design.rows)))])


def points_table(design: Design, entries: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A row a finished point: its values, how it ended, and why it failed if it did."""
    numbers = [entry["point"] for entry in entries]
    ends = [
        pl.Series(name, [entry[name] for entry in entries], dtype=column.kinds[0])
        for name, column in form.POINT.items()
    ]
    point = pl.Series("point", numbers, dtype=pl.Int64)
    return pl.DataFrame([point, *_keys(design, numbers), *ends])


def results_table(design: Design, entries: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A row a finished point and metric, with the point's values."""
    rows = [(entry["point"], row) for entry in entries for row in entry["figures"]]
    numbers = [number for number, _ in rows]
    figures = [
        pl.Series(name, [row[name] for _, row in rows], dtype=column.kinds[0])
        for name, column in form.FIGURES.items()
    ]
    point = pl.Series("point", numbers, dtype=pl.Int64)
    return pl.DataFrame([point, *_keys(design, numbers), *figures])


def _keys(design: Design, numbers: Sequence[int]) -> list[pl.Series]:
    """The varied keys of some points: numbers as numbers, dates as dates, all else as text."""
    columns = []
    for place, name in enumerate(design.names):
        values = [plain(design.rows[number][place]) for number in numbers]
        everything = [plain(row[place]) for row in design.rows]
        columns.append(pl.Series(name, *_typed(values, everything)))
    return columns


def _typed(values: list[Any], everything: list[Any]) -> tuple[list[Any], Any]:
    kinds = {type(value) for value in everything if value is not None}
    for kind, dtype in ((bool, pl.Boolean), (int, pl.Int64), (str, pl.String)):
        if kinds <= {kind}:
            return values, dtype
    if kinds <= {int, float}:
        return [None if v is None else float(v) for v in values], pl.Float64
    if len(kinds) == 1 and (kind := kinds.pop()).__name__ == "date":
        return values, pl.Date
    return [None if v is None else str(v) for v in values], pl.String
