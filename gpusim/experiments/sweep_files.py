"""The folder of a sweep: written a point at a time; a kill loses only what was under way."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl

from gpusim.experiments.design import Design, plain, wrong
from gpusim.experiments.sweep_point import FAILED, Part, entry_line, parquet
from gpusim.results import folder, report_tables
from gpusim.results.summary import PERCENTILES
from gpusim.scenario import Scenario, source_rows

MANIFEST, DESIGN, JOURNAL, PARTS = "manifest.json", "design.json", "journal.jsonl", "parts"
RUNNING, FINISHED = "unfinished", "finished"
TABLES: Final = ("design", "points", "results")
FIGURES: Final[dict[str, Any]] = {
    "metric": pl.String,
    "unit": pl.String,
    "n": pl.Int64,
    "mean": pl.Float64,
    "sd": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "ci_by": pl.String,
    "rests_on": pl.Int64,
} | {f"p{percentile:02d}": pl.Float64 for percentile in PERCENTILES}
POINT: Final[dict[str, Any]] = {
    "status": pl.String,
    "error_kind": pl.String,
    "error": pl.String,
    "replications": pl.Int64,
    "enough": pl.Boolean,
}


def create(target: Path, manifest: Mapping[str, Any], design: Design, scenario: Scenario) -> Path:
    """A folder with what is known before the first point is simulated.

    scenario: the model as it is, without the design.

    Raises:
        FolderExistsError: the target exists.
    """
    return folder.write(
        target,
        {
            "design": design_table(design),
            "sources": report_tables.provenance(source_rows(scenario)),
        },
        {
            MANIFEST: folder.manifest_text(manifest),
            DESIGN: json.dumps(design._asdict(), ensure_ascii=False) + "\n",
            JOURNAL: "",
            "scenario.toml": scenario.resolved_toml(),
        },
    )


def manifest_of(path: Path) -> dict[str, Any]:
    """The manifest of a folder.

    Raises:
        ScenarioError: there is none.
    """
    try:
        found: dict[str, Any] = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise wrong(str(path), "no manifest", "the folder of a sweep", flag="--resume") from None
    return found


def read_design(path: Path) -> Design:
    """The points of a sweep, as they were asked for."""
    found = json.loads((path / DESIGN).read_text(encoding="utf-8"))
    rows = tuple(tuple(row) for row in found["rows"])
    return Design(found["kind"], tuple(found["names"]), rows)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else may work on the sweep meanwhile.

    Raises:
        ScenarioError: somebody does.
    """
    with (path / JOURNAL).open("ab") as journal:
        try:
            fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found = "a sweep that another process is at work on"
            raise wrong(str(path), found, "one that nobody works on", flag="--resume") from None
        yield


def journal_of(path: Path) -> dict[int, dict[str, Any]]:
    """Finished points by number.

    A torn last line is cut off; a point whose files are not what its line says is not finished.
    """
    file = path / JOURNAL
    data = file.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(file, len(whole))
    entries = [json.loads(line) for line in whole.splitlines()]
    return {entry["point"]: entry for entry in entries if _stands(path, entry)}


def _stands(path: Path, entry: Mapping[str, Any]) -> bool:
    files = {name: part_file(path, name, entry["point"]) for name in entry["sha256"]}
    return all(
        file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == entry["sha256"][name]
        for name, file in files.items()
    )


def part_file(path: Path, table: str, point: int) -> Path:
    """Where a point's table is."""
    return path / PARTS / f"{table}-{point:06d}.parquet"


def keep(path: Path, part: Part) -> None:
    """Write a finished point: its tables, then its line of the journal, each flushed to disk."""
    (path / PARTS).mkdir(exist_ok=True)
    for name, data in part.tables.items():
        write_whole(part_file(path, name, part.entry["point"]), data)
    with (path / JOURNAL).open("ab") as journal:
        journal.write(entry_line(part.entry).encode())
        journal.flush()
        os.fsync(journal.fileno())


def write_whole(file: Path, data: bytes) -> None:
    """A file that is there whole or not at all, whatever happens."""
    hidden = file.with_name(f".{file.name}.{os.getpid()}")
    with hidden.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    hidden.replace(file)
    folder.flush(file.parent)


def finish(
    path: Path, design: Design, entries: Sequence[Mapping[str, Any]], seconds: float
) -> None:
    """Write the tables of a finished sweep, then say in the manifest that it is finished."""
    write_whole(path / "points.parquet", parquet(points_table(design, entries)))
    write_whole(path / "results.parquet", parquet(results_table(design, entries)))
    manifest = manifest_of(path) | {
        "status": FINISHED,
        "points_failed": sum(entry["status"] == FAILED for entry in entries),
        "replications": sum(entry["replications"] for entry in entries),
        "seconds": {"last_session": round(seconds, 3)},
    }
    write_whole(path / MANIFEST, folder.manifest_text(manifest).encode())


def design_table(design: Design) -> pl.DataFrame:
    """A row a point, a column a varied key."""
    numbers = pl.Series("point", range(len(design.rows)), dtype=pl.Int64)
    return pl.DataFrame([numbers, *_keys(design, range(len(design.rows)))])


def points_table(design: Design, entries: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A row a finished point: its values, how it ended, and why it failed if it did."""
    numbers = [entry["point"] for entry in entries]
    ends = [
        pl.Series(name, [entry[name] for entry in entries], dtype=kind)
        for name, kind in POINT.items()
    ]
    point = pl.Series("point", numbers, dtype=pl.Int64)
    return pl.DataFrame([point, *_keys(design, numbers), *ends])


def results_table(design: Design, entries: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A row a finished point and metric, with the point's values."""
    rows = [(entry["point"], row) for entry in entries for row in entry["figures"]]
    numbers = [number for number, _ in rows]
    figures = [
        pl.Series(name, [row[name] for _, row in rows], dtype=kind)
        for name, kind in FIGURES.items()
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
