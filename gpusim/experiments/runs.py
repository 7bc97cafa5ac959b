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

from gpusim.experiments import run as single
from gpusim.experiments import sweep
from gpusim.experiments.pool import Progress
from gpusim.results import folder
from gpusim.results.opened import finished
from gpusim.scenario.errors import Mistake, ScenarioError, shown

SWEEP: Final = "sweep"
ROUNDING: Final = 1e-9
"""Spread over mean below which a figure has none."""
VOLATILE: Final = ("command", "written", "seconds", "versions")
"""Entries of a manifest that say nothing of what was simulated."""
PROVENANCE: Final = ("sources", "assumptions")


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
    for name, keys in (("summary", ["metric", "period"]), ("results", ["point", "metric"])):
        both = [path / f"{name}.parquet" for path in (first, second)]
        if all(file.is_file() for file in both):
            return list(_means(pl.read_parquet(both[0]), pl.read_parquet(both[1]), keys))
    return []


def _means(a: pl.DataFrame, b: pl.DataFrame, keys: list[str]) -> Iterator[dict[str, Any]]:
    columns = [*keys, "unit", "n", "mean", "sd"]
    joined = a.select(columns).join(b.select(columns), on=keys, suffix="_b", maintain_order="left")
    found = []
    for row in joined.filter(pl.col("mean") != pl.col("mean_b")).iter_rows(named=True):
        change = row["mean_b"] - row["mean"]
        spread = [(row[f"sd{s}"] or 0.0) ** 2 / max(row[f"n{s}"], 1) for s in ("", "_b")]
        error = math.sqrt(sum(spread))
        if error < ROUNDING * abs(row["mean"]):  # the same in every replication
            error = 0.0
        entry = {key: row[key] for key in (*keys, "unit")}
        entry |= {"first": row["mean"], "second": row["mean_b"], "change": change}
        found.append(entry | {"standard_errors": abs(change) / error if error else None})
    yield from sorted(found, key=lambda e: -(e["standard_errors"] or math.inf))


def verify(path: Path, workers: int | None = None, progress: Progress | None = None) -> Verified:
    """Repeat a run from its manifest and compare the bytes of all tables.

    Raises:
        ScenarioError: it is unfinished, of no kind that can be repeated, or its input is gone.
        RunError: the repetition failed.
    """
    about = manifest(path)
    repeat = {"run": _repeat_run, SWEEP: _repeat_sweep}.get(about["kind"])
    if repeat is None or about.get("status") != "finished":
        found = f"{about.get('status')} {about['kind']}"
        expected = "a finished run or sweep"
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


def remove(path: Path) -> None:
    """Remove a run: out of sight in one rename, then for good."""
    hidden = path.absolute().parent / f".removed-{path.absolute().name}"
    path.absolute().rename(hidden)
    shutil.rmtree(hidden)
