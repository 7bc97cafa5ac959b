"""What differs between two folders: what was asked, the scenarios, the figures.

Figures are matched by what they are of (metric and period, option, input, the values of a point),
never by the place of their row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from gpusim.experiments.run.declaration import Figures
from gpusim.experiments.saved import registry
from gpusim.results.stored import opened
from gpusim.results.stored.folder import FILES, OWN_HASH
from gpusim.results.stored.opened import RUN, Opened
from gpusim.scenario.language.provenance import PROVENANCE

VOLATILE: Final = ("command", "written", "seconds", "versions", FILES, OWN_HASH)
"""Entries of a manifest that say nothing of what was simulated."""
ROUNDING: Final = 1e-9
"""Spread over mean below which a figure has none."""
NORMAL: Final = 1.96
"""Standard errors in half a 95% interval."""


def diff(first: Path, second: Path) -> dict[str, Any]:
    """What differs between two runs: manifests, values of the scenarios, means of the figures.

    Raises:
        NotARunError: a folder is not what was written.
    """
    both = [opened.open_run(str(path)) for path in (first, second)]
    return {
        "runs": [str(first), str(second)],
        "manifest": changes(*(flat(lasting(run), whole=True) for run in both)),
        "scenario": changes(*(flat(scenario_of(run)) for run in both)),
        "figures": figure_changes(*both),
    }


def lasting(run: Opened) -> dict[str, Any]:
    """What a manifest says of what was simulated."""
    about = {"kind": RUN, **run.manifest}
    return {key: value for key, value in about.items() if key not in VOLATILE}


def scenario_of(run: Opened) -> dict[str, Any]:
    """The values of a run's scenario; of a sweep, none but what its manifest says.

    Raises:
        NotARunError: it is not what was written.
    """
    return {key: value for key, value in run.scenario().items() if key not in PROVENANCE}


def flat(value: Any, at: str = "", *, whole: bool = False) -> dict[str, Any]:
    """Values by dotted path; empty lists and tables have none.

    whole: a list of texts or numbers is one value, so that one more does not move all behind it.

    >>> flat({"a": {"b": 1, "c": [2]}})
    {'a.b': 1, 'a.c.0': 2}
    >>> flat({"a": {"c": [2], "d": [{"e": 3}]}}, whole=True)
    {'a.c': [2], 'a.d.0.e': 3}
    """
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found: dict[str, Any] = {}
    for key, inner in inside:
        path = f"{at}.{key}" if at else str(key)
        if whole and isinstance(inner, list) and not any(isinstance(i, dict | list) for i in inner):
            found |= {path: inner} if inner else {}
        elif isinstance(inner, dict | list):
            found |= flat(inner, path, whole=whole)
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


OF_SETS: Final = ("ci_low", "ci_high")
"""Ends of the intervals of a run whose inputs are drawn, in its summary."""


def figure_changes(first: Opened, second: Opened) -> list[dict[str, Any]]:
    """Means that differ, the largest in standard errors first; nothing where kinds do not fit."""
    kinds = {run.manifest.get("kind", RUN) for run in (first, second)}
    if len(kinds) > 1 or not kinds <= set(registry.names()):
        return []
    for figures in registry.experiment(kinds.pop()).compared:
        if first.has(figures.table) and second.has(figures.table):
            return list(_changed(_errors(first, figures), _errors(second, figures), figures.keys))
    return []


def _errors(run: Opened, figures: Figures) -> pl.DataFrame:
    """Keys, unit, value and its standard error; the n-th row of the same keys is told apart."""
    frame = run.table(figures.table)
    if figures.numbered is not None:
        key, table = figures.numbered
        frame = frame.drop(key).with_columns(_meant(frame[key], run.table(table)))
    apart = "sd" in frame.columns and run.sets() is None  # replications of a set are alike
    low, high = (pl.col(name) for name in (OF_SETS if run.sets() is not None else figures.ends))
    error = (
        pl.col("sd").fill_null(0.0) / pl.col("n").clip(1).sqrt()
        if apart
        else ((high - low) / (2 * NORMAL)).fill_null(0.0)
    )
    value = pl.col(figures.value).cast(pl.Float64, strict=False)
    return frame.select(
        *figures.keys,
        *(pl.col(key).cast(pl.String).alias(f"{key} as text") for key in figures.keys),
        "unit",
        value=value,
        error=error.cast(pl.Float64),
        nth=pl.int_range(pl.len()).over(figures.keys),
    )


def _meant(numbers: pl.Series, table: pl.DataFrame) -> pl.Series:
    """What the numbers of a table's rows stand for: its other columns in words.

    >>> _meant(pl.Series("n", [1]), pl.DataFrame({"n": [0, 1], "b": [1, 2], "a": ["x", "y"]}))[0]
    'a=y, b=2'
    """
    names = sorted(name for name in table.columns if name != numbers.name)
    words = {
        row[numbers.name]: ", ".join(f"{name}={_word(row[name])}" for name in names)
        for row in table.iter_rows(named=True)
    }
    return pl.Series(numbers.name, [words.get(n) for n in numbers], dtype=pl.String)


def _word(value: object) -> str:
    """A value of a point: 1 and 1.0 are one value.

    >>> _word(1.0), _word(1), _word(None)
    ('1', '1', 'as it stands')
    """
    if value is None:
        return "as it stands"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:.12g}" if is_number else str(value)


def _changed(a: pl.DataFrame, b: pl.DataFrame, keys: Sequence[str]) -> Iterator[dict[str, Any]]:
    on = [*(f"{key} as text" for key in keys), "nth"]
    joined = a.join(b, on=on, suffix="_b", maintain_order="left", nulls_equal=True)
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
