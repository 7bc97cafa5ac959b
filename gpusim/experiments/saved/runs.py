"""What has been run: list, compare, repeat, remove. Works on folders that have a manifest."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl

from gpusim import files
from gpusim.experiments.common import received
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run import run as single
from gpusim.experiments.saved import answers
from gpusim.experiments.sweep import sweep
from gpusim.experiments.sweep.sweep_files import DESIGN, JOURNAL, differing, journal_lines
from gpusim.files import UnsafeFileError
from gpusim.results import folder, opened, renamed
from gpusim.results.folder import FILES, MANIFEST, OWN_HASH
from gpusim.results.opened import SCENARIO, NotARunError, Opened, finished
from gpusim.scenario.language.errors import listed, shown
from gpusim.signs import visible

SWEEP: Final = "sweep"
ROUNDING: Final = 1e-9
"""Spread over mean below which a figure has none."""
REPEATED_BY: Final = (SCENARIO, received.INPUTS, DESIGN)
"""Files that a run is repeated by, beside its manifest."""
REPORTED: Final = (".html", ".png", ".xlsx")
"""What `report` writes."""
SAME, MISSING, CHANGED = "same", "missing", "changed since it was written"
UNREADABLE: Final = "not relied on"
STATED: Final = ("scenario_hash", "draft_hash", "rules_hash")
VOLATILE: Final = ("command", "written", "seconds", "versions", FILES, OWN_HASH)
"""Entries of a manifest that say nothing of what was simulated."""
PROVENANCE: Final = ("sources", "assumptions")


NORMAL: Final = 1.96
"""Standard errors in half a 95% interval."""


class Figures(NamedTuple):
    """The table of a kind of run whose figures are compared with those of another."""

    table: str
    keys: tuple[str, ...]
    value: str = "mean"
    ends: tuple[str, str] = ("low", "high")  # its 95% interval where the table has no sd and n


FIGURES: Final = (
    Figures("summary", ("metric", "period")),
    Figures("results", ("point", "metric")),
    Figures("comparison", ("metric", "option")),
    Figures("bars", ("input", "end"), "change", ("change_low", "change_high")),
    Figures("effects", ("input",), "size"),
    Figures("indices", ("input", "order"), "value"),
    Figures("breakevens", ("until", "along"), "estimate"),
)


class Row(NamedTuple):
    """A run in the list."""

    name: str
    kind: str
    status: str
    model: str
    points: int
    replications: int | None  # of all points; None: not known before the end
    seed: int
    written: str
    bytes: int


class Compared(NamedTuple):
    """A file of a run against its repetition."""

    file: str
    verdict: str  # same, differs, missing, new, changed since it was written


class Verified(NamedTuple):
    """What came of repeating a run."""

    path: Path
    files: list[Compared]
    notes: list[str]  # what has changed since

    @property
    def same(self) -> bool:
        """Whether every table has the same bytes."""
        return all(compared.verdict == SAME for compared in self.files)


def manifest(path: Path) -> dict[str, Any]:
    """What a folder says of itself.

    Raises:
        NotARunError: its manifest cannot be read, or is not what was written.
    """
    return {"kind": "run", "written": "", **opened.read_manifest(path)}


def rows(parent: Path = folder.DEFAULT_PARENT) -> list[Row]:
    """Every run, the newest last; one whose manifest is not relied on says so."""
    return sorted(
        (row_of(path) for path in (parent / name for name in finished(parent))),
        key=lambda r: (r.written, r.name),
    )


def row_of(path: Path) -> Row:
    """A run's line in the list."""
    name = visible(path.name)
    size = sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
    try:
        about = manifest(path)
    except NotARunError:
        return Row(name, "", UNREADABLE, "", 0, None, 0, "", size)
    return Row(
        name,
        about["kind"],
        about.get("status", ""),
        about.get("model", ""),
        about.get("points", 1),
        about.get("replications"),
        about.get("seed", 0),
        about["written"],
        size,
    )


def files_of(path: Path) -> list[dict[str, Any]]:
    """The files of a run, with rows and columns of tables; a sweep's parts as one."""
    found = []
    for file in sorted(path.iterdir()):
        if not file.is_file() or file.is_symlink() or file.name.startswith("."):
            continue
        entry: dict[str, Any] = {"file": visible(file.name), "bytes": file.stat().st_size}
        if file.suffix == ".parquet":
            entry |= shape_of(file)
        found.append(entry)
    for table in ("outcomes", "summary"):
        parts = sorted(path.glob(f"parts/{table}-*.parquet"))
        if parts:
            size = sum(part.stat().st_size for part in parts)
            found.append({"file": f"parts/{table}-*.parquet", "bytes": size, "parts": len(parts)})
    return found


def shape_of(file: Path) -> dict[str, Any]:
    """Rows and columns that a table says it has; none where it cannot be read."""
    try:
        frame = pl.scan_parquet(file, glob=False)
        rows = frame.select(pl.len()).collect().item()
        return {"rows": rows, "columns": visible(frame.collect_schema().names())}
    except (pl.exceptions.PolarsError, OSError):
        return {}


def diff(first: Path, second: Path) -> dict[str, Any]:
    """What differs between two runs: manifests, values of the scenarios, means of the figures."""
    manifests = [
        {k: v for k, v in flat(manifest(path)).items() if k.split(".")[0] not in VOLATILE}
        for path in (first, second)
    ]
    return {
        "runs": [str(first), str(second)],
        "manifest": changes(*manifests),
        "scenario": changes(*(flat(scenario_of(path)) for path in (first, second))),
        "figures": figure_changes(first, second),
    }


def scenario_of(path: Path) -> dict[str, Any]:
    """The values of a run's scenario; of a sweep, none but what its manifest says.

    Raises:
        NotARunError: it is not what was written.
    """
    values = opened.open_run(str(path)).scenario()
    return {key: value for key, value in values.items() if key not in PROVENANCE}


def flat(value: Any, at: str = "") -> dict[str, Any]:
    """Values by dotted path; empty lists and tables have none.

    >>> flat({"a": {"b": 1, "c": [2]}})
    {'a.b': 1, 'a.c.0': 2}
    """
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found: dict[str, Any] = {}
    for key, inner in inside:
        path = f"{at}.{key}" if at else str(key)
        if isinstance(inner, dict | list):
            found |= flat(inner, path)
        else:
            found[path] = inner
    return found


def changes(first: dict[str, Any], second: dict[str, Any]) -> list[dict[str, Any]]:
    """Keys whose values differ; None where there is no such key."""
    return [
        {"key": key, "first": first.get(key), "second": second.get(key)}
        for key in dict.fromkeys((*first, *second))
        if first.get(key) != second.get(key)
    ]


def figure_changes(first: Path, second: Path) -> list[dict[str, Any]]:
    """Means that differ, the largest in standard errors first; nothing where tables do not fit."""
    for told in FIGURES:
        both = [opened.open_run(str(path)) for path in (first, second)]
        if all(run.has(told.table) for run in both):
            before, after = (run.table(told.table) for run in both)
            return list(_changed(before, after, told))
    return []


def _errors(frame: pl.DataFrame, told: Figures) -> pl.DataFrame:
    """Keys, unit, value and its standard error."""
    low, high = (pl.col(name) for name in told.ends)
    error = (
        pl.col("sd").fill_null(0.0) / pl.col("n").clip(1).sqrt()
        if "sd" in frame.columns
        else (high - low) / (2 * NORMAL)
    )
    value = pl.col(told.value).cast(pl.Float64, strict=False)
    return frame.select(*told.keys, "unit", value=value, error=error.cast(pl.Float64))


def _changed(a: pl.DataFrame, b: pl.DataFrame, told: Figures) -> Iterator[dict[str, Any]]:
    keys = list(told.keys)
    joined = _errors(a, told).join(
        _errors(b, told), on=keys, suffix="_b", maintain_order="left", nulls_equal=True
    )
    found = []
    for row in joined.filter(pl.col("value") != pl.col("value_b")).iter_rows(named=True):
        change = row["value_b"] - row["value"]
        error = math.hypot(row["error"] or 0.0, row["error_b"] or 0.0)
        if error < ROUNDING * abs(row["value"]):  # the same in every replication
            error = 0.0
        entry = {key: row[key] for key in (*keys, "unit")}
        entry |= {"first": row["value"], "second": row["value_b"], "change": change}
        found.append(entry | {"standard_errors": abs(change) / error if error else None})
    yield from sorted(found, key=lambda e: -(e["standard_errors"] or math.inf))


def verify(
    path: Path,
    workers: int | None = None,
    progress: Progress | None = None,
    named: Sequence[str] = (),
) -> Verified:
    """Check each file of a run against its hash, repeat it, and compare the bytes of all tables.

    It is repeated only where all that it is repeated by is what was written.

    named: Python strategies that the user allows, see `received`.

    Raises:
        NotARunError: it is unfinished, or of no kind that can be repeated.
        StrategyError: it names a Python strategy that the user did not.
        RunError: the repetition failed.
    """
    run = opened.open_run(str(path))
    about = manifest(path)
    repeats = {"run": _repeat_run, SWEEP: _repeat_sweep} | dict.fromkeys(
        answers.KINDS, _repeat_answer
    )
    repeat = repeats.get(about["kind"])
    if repeat is None or about.get("status") != "finished":
        found = f"{about.get('status')} {about['kind']}"
        expected = "a finished run, sweep, comparison, sensitivity or solution"
        raise NotARunError(f"run {path.name}: {found}, expected {expected}")
    checked = checked_files(run)
    if any(one.file in REPEATED_BY and one.verdict != SAME for one in checked):
        return Verified(path, checked, ["it was not repeated: what it is repeated by has changed"])
    with files.new_folder(path.absolute().parent / f"{path.absolute().name}.again") as space:
        target = space / "again"
        with received.received(run, named=named):
            repeat(run, about, target, workers, progress)
        notes = [
            f"{key}: was {shown(about.get(key))}, is {shown(now)}"
            for key, now in opened.read_manifest(target).items()
            if key in STATED and about.get(key) != now
        ]
        again = compared(path, target)
    verdicts = {one.file: one for one in checked}
    verdicts |= {
        one.file: one
        for one in again
        if one.file not in verdicts or verdicts[one.file].verdict == SAME
    }
    return Verified(path, list(verdicts.values()), notes)


def checked_files(run: Opened) -> list[Compared]:
    """Whether each file is what the manifest, or a sweep's journal, says was written.

    Raises:
        NotARunError: the manifest keeps no hashes, or a line of the journal has another one.
    """
    hashes = run.manifest.get(FILES)
    if OWN_HASH not in run.manifest or hashes is None:
        raise NotARunError(f"{run.path} was written by an earlier version, which kept no hashes")
    found = []
    for name, told in hashes.items():
        if not os.path.lexists(run.path / name):
            found.append(Compared(name, MISSING))
            continue
        try:
            same = files.digest_of(files.inside(run.path, name)) == told
        except (UnsafeFileError, OSError):
            same = False
        found.append(Compared(name, SAME if same else CHANGED))
    if run.manifest.get("kind") == SWEEP and Compared(JOURNAL, CHANGED) not in found:
        for entry in journal_lines(run)[0]:
            found += [Compared(file, CHANGED) for file in differing(run.path, entry)]
    return found


def compared(first: Path, second: Path) -> list[Compared]:
    """Every table of two folders, by bytes; the first may have names of an earlier version."""
    tables = [
        {
            renamed.file_now(file.relative_to(path).as_posix()): file
            for file in path.rglob("*.parquet")
            if not file.name.startswith(".")
        }
        for path in (first, second)
    ]
    verdicts = []
    for name in sorted(set(tables[0]) | set(tables[1])):
        if name not in tables[1]:
            verdict = MISSING
        elif name not in tables[0]:
            verdict = "new"
        else:
            before, after = (table[name] for table in tables)
            now = files.digest_of(after)
            same = now in (files.digest_of(before), renamed.digest_now(before))
            verdict = SAME if same else "differs"
        own = tables[0].get(name)
        verdicts.append(Compared(own.relative_to(first).as_posix() if own else name, verdict))
    return verdicts


def _repeat_run(
    run: Opened, about: dict[str, Any], out: Path, workers: int | None, progress: Progress | None
) -> None:
    opened.refuse_incomplete(run)
    events = run.table("events")["replication"].n_unique() if run.has("events") else 0
    request = single.Request(
        about["model_argument"],
        about["replications_asked"],
        about["seed"],
        tuple(about["shocks"]),
        about["strategy"],
        tuple(about["sets"]),
        workers,
        out,
        run.has("statements_monthly"),
        events,
        about["engine"],
        run.has("units"),
    )
    if single.run(request, progress).interrupted:
        raise KeyboardInterrupt


def _repeat_sweep(
    run: Opened, about: dict[str, Any], out: Path, workers: int | None, progress: Progress | None
) -> None:
    if sweep.run(sweep.read(run), sweep.Means(workers, out=out), progress).interrupted:
        raise KeyboardInterrupt


def _repeat_answer(
    _: Opened, about: dict[str, Any], out: Path, workers: int | None, progress: Progress | None
) -> None:
    answers.repeat(about, out, workers, progress)


def remove(path: Path) -> None:
    """Remove a run: out of sight in one rename, then for good.

    Raises:
        NotARunError: it is not a folder that gpusim wrote, or holds more than it wrote.
    """
    refuse_foreign(path)
    hidden = files.hidden(path.absolute())
    path.absolute().rename(hidden)
    shutil.rmtree(hidden)


def refuse_foreign(path: Path) -> None:
    """Check that a folder is a run's and holds nothing else.

    Raises:
        NotARunError: it is not, or does.
    """
    if path.is_symlink():
        raise NotARunError(f"{path} is a link, not a run folder")
    if Path.cwd().is_relative_to(path.resolve()):
        raise NotARunError(f"{path} is the folder in which you stand, or one above it")
    about = manifest(path)
    if "rules_hash" not in about or "versions" not in about:
        raise NotARunError(f"{path} is not a folder that gpusim wrote; it is left alone")
    ours = set(about.get(FILES, ()))
    ours |= {MANIFEST, JOURNAL, DESIGN, SCENARIO, "points.parquet", "results.parquet"}
    ours |= {"parts", "report.html", "metrics.json"}
    written = REPORTED if FILES in about else (*REPORTED, ".parquet")  # earlier: no list of files
    others = sorted(
        visible(file.name)
        for file in path.iterdir()
        if file.name not in ours
        and file.suffix not in written
        and not files.LEFT_BEHIND.fullmatch(file.name)
    )
    if others:
        raise NotARunError(
            f"{path} holds {listed(others, 5)}, which gpusim did not write; it is left alone"
        )
