"""What has been run: list, compare, repeat, remove. Works on folders that have a manifest."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl

from gpusim.experiments import answers, sweep
from gpusim.experiments import run as single
from gpusim.experiments.pool import Progress
from gpusim.results import folder
from gpusim.results.opened import finished
from gpusim.scenario.errors import Mistake, ScenarioError, shown

SWEEP: Final = "sweep"
ROUNDING: Final = 1e-9
"""Spread over mean below which a figure has none."""
VOLATILE: Final = ("command", "written", "seconds", "started_in", "versions")
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
    verdict: str  # same, differs, missing, new


class Verified(NamedTuple):
    """What came of repeating a run."""

    path: Path
    files: list[Compared]
    notes: list[str]  # what has changed since

    @property
    def same(self) -> bool:
        """Whether every table has the same bytes."""
        return all(compared.verdict == "same" for compared in self.files)


def manifest(path: Path) -> dict[str, Any]:
    """What a folder says of itself.

    Raises:
        ScenarioError: its manifest cannot be read.
    """
    try:
        found: dict[str, Any] = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        where = str(path / "manifest.json")
        raise ScenarioError([Mistake(where, 0, 0, "", str(error), "a manifest")]) from None
    return {"kind": "run", "written": "", **found}


def rows(parent: Path = folder.DEFAULT_PARENT) -> list[Row]:
    """Every run, the newest last."""
    return sorted(
        (row_of(path) for path in (parent / name for name in finished(parent))),
        key=lambda r: (r.written, r.name),
    )


def row_of(path: Path) -> Row:
    """A run's line in the list."""
    about = manifest(path)
    return Row(
        path.name,
        about["kind"],
        about.get("status", ""),
        about.get("model", ""),
        about.get("points", 1),
        about.get("replications"),
        about.get("seed", 0),
        about["written"],
        sum(file.stat().st_size for file in path.rglob("*") if file.is_file()),
    )


def files(path: Path) -> list[dict[str, Any]]:
    """The files of a run, with rows and columns of tables; a sweep's parts as one."""
    found = []
    for file in sorted(path.iterdir()):
        if file.is_dir() or file.name.startswith("."):
            continue
        entry: dict[str, Any] = {"file": file.name, "bytes": file.stat().st_size}
        if file.suffix == ".parquet":
            frame = pl.scan_parquet(file)
            entry["rows"] = frame.select(pl.len()).collect().item()
            entry["columns"] = frame.collect_schema().names()
        found.append(entry)
    for table in ("outcomes", "summary"):
        parts = sorted(path.glob(f"parts/{table}-*.parquet"))
        if parts:
            size = sum(part.stat().st_size for part in parts)
            found.append({"file": f"parts/{table}-*.parquet", "bytes": size, "parts": len(parts)})
    return found


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
    """The values of a run's scenario; of a sweep, none but what its manifest says."""
    file = path / "scenario.toml"
    if not file.is_file():
        return {}
    values = tomllib.loads(file.read_text(encoding="utf-8"))
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
        both = [path / f"{told.table}.parquet" for path in (first, second)]
        if all(file.is_file() for file in both):
            return list(_changed(pl.read_parquet(both[0]), pl.read_parquet(both[1]), told))
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


def verify(path: Path, workers: int | None = None, progress: Progress | None = None) -> Verified:
    """Repeat a run from its manifest and compare the bytes of all tables.

    Raises:
        ScenarioError: it is unfinished, of no kind that can be repeated, or its input is gone.
        RunError: the repetition failed.
    """
    about = manifest(path)
    repeats = {"run": _repeat_run, SWEEP: _repeat_sweep} | dict.fromkeys(
        answers.KINDS, _repeat_answer
    )
    repeat = repeats.get(about["kind"])
    if repeat is None or about.get("status") != "finished":
        found = f"{about.get('status')} {about['kind']}"
        expected = "a finished run, sweep, comparison, sensitivity or solution"
        raise ScenarioError([Mistake(f"run {path.name}", 0, 0, "", found, expected)])
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=path.absolute().parent) as space:
        target = Path(space) / "again"
        repeat(path, about, target, workers, progress)
        notes = [
            f"{key}: was {shown(about[key])}, is {shown(now)}"
            for key, now in manifest(target).items()
            if key.endswith("_hash") and about.get(key) != now
        ]
        return Verified(path, compared(path, target), notes)


def compared(first: Path, second: Path) -> list[Compared]:
    """Every table of two folders, by bytes."""
    tables = [
        {file.relative_to(path).as_posix(): file for file in path.rglob("*.parquet")}
        for path in (first, second)
    ]
    verdicts = []
    for name in sorted(set(tables[0]) | set(tables[1])):
        if name not in tables[1]:
            verdict = "missing"
        elif name not in tables[0]:
            verdict = "new"
        else:
            same = tables[0][name].read_bytes() == tables[1][name].read_bytes()
            verdict = "same" if same else "differs"
        verdicts.append(Compared(name, verdict))
    return verdicts


def _repeat_run(
    path: Path, about: dict[str, Any], out: Path, workers: int | None, progress: Progress | None
) -> None:
    told = path / "events.parquet"
    events = pl.read_parquet(told)["replication"].n_unique() if told.is_file() else 0
    request = single.Request(
        about.get("model_argument", about["model"]),
        about["replications_asked"],
        about["seed"],
        tuple(about["shocks"]),
        about["strategy"],
        tuple(about["sets"]),
        workers,
        out,
        (path / "statements_monthly.parquet").is_file(),
        events,
        about["engine"],
        (path / "units.parquet").is_file(),
    )
    if single.run(request, progress).interrupted:
        raise KeyboardInterrupt


def _repeat_sweep(
    path: Path, about: dict[str, Any], out: Path, workers: int | None, progress: Progress | None
) -> None:
    request, _ = sweep.read(path)
    if sweep.run(request, sweep.Means(workers, out=out), progress).interrupted:
        raise KeyboardInterrupt


def _repeat_answer(
    _: Path, about: dict[str, Any], out: Path, workers: int | None, progress: Progress | None
) -> None:
    answers.repeat(about, out, workers, progress)


def remove(path: Path) -> None:
    """Remove a run: out of sight in one rename, then for good."""
    hidden = path.absolute().parent / f".removed-{path.absolute().name}"
    path.absolute().rename(hidden)
    shutil.rmtree(hidden)
