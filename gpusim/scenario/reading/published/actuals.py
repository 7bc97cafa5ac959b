"""Reported figures: a tidy table with a row for each quarter's end and line."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from gpusim.scenario.language.errors import Mistake, ScenarioError, shortened
from gpusim.scenario.language.limits import MISTAKES
from gpusim.scenario.reading.bundled import data_file, shown_path
from gpusim.scenario.reading.files import read_table
from gpusim.scenario.reading.plain_text import hidden_in

COLUMNS: Final = ("quarter_end", "metric", "value", "unit", "source")
SCALES: Final = {
    "USD": 1.0,
    "USD_m": 1e6,
    "USDm": 1e6,
    "USD_bn": 1e9,
    "USDbn": 1e9,
    "MW": 1.0,
}
"""Units of figures that can be compared, and what one is in USD or MW."""
OTHER_UNITS: Final = frozenset({"percent", "%", "count", "million", "years", "bp", "GPUs"})
"""Units of rows that a table of reported figures may hold and nothing here compares."""
ENDS: Final = ((3, 31), (6, 30), (9, 30), (12, 31))
BOUNDS: Final = ("low", "high")


class Actual(NamedTuple):
    """A reported figure."""

    quarter_end: dt.date
    metric: str
    value: float  # [USD or MW]
    unit: str  # USD or MW
    source: str


Table = dict[tuple[dt.date, str], Actual]


def bundled(model: str) -> Path | None:
    """The table that comes with a model's operator: a name's first part, such as coreweave."""
    path = data_file(f"actuals_{model.split('-')[0]}.csv")
    return path if path.is_file() else None


def read(path: Path, aliases: Mapping[str, str]) -> Table:
    """Figures by quarter's end and metric.

    aliases: metric by the caption that a filing gives it; of two captions of one metric the first
    in this order is kept. Rows in units that nothing compares are left out.

    Raises:
        ScenarioError: the file lacks columns or holds a wrong or a repeated value; says the line.
    """
    found: Table = {}
    rank: dict[tuple[dt.date, str], int] = {}
    order = {caption: place for place, caption in enumerate(aliases)}
    lines: dict[tuple[dt.date, str], int] = {}
    mistakes: list[Mistake] = []
    for line, row in read_table(path, COLUMNS):
        if row["unit"] in OTHER_UNITS:
            continue
        actual = _actual(path, line, row, mistakes)
        if len(mistakes) >= MISTAKES.most:
            break
        if actual is None:
            continue
        raw = (actual.quarter_end, actual.metric)
        if raw in lines:
            what = f"{actual.metric} of {actual.quarter_end} again"
            mistakes.append(_mistake(path, line, "metric", what, f"one, as in line {lines[raw]}"))
        lines[raw] = line
        named = actual._replace(metric=_named(actual.metric, aliases))
        key, place = (named.quarter_end, named.metric), order.get(actual.metric, -1)
        if key not in found or place < rank[key]:
            found[key], rank[key] = named, place
    if mistakes:
        raise ScenarioError(mistakes)
    return found


def _named(caption: str, aliases: Mapping[str, str]) -> str:
    """A metric by its caption, also within guide_nextq_CAPTION_low and the like."""
    parts = caption.split("_")
    if parts[0] == "guide" and len(parts) > 3 and parts[-1] in BOUNDS:
        inner = "_".join(parts[2:-1])
        return "_".join(("guide", parts[1], aliases.get(inner, inner), parts[-1]))
    return aliases.get(caption, caption)


def _actual(
    path: Path, line: int, row: Mapping[str, str], mistakes: list[Mistake]
) -> Actual | None:
    texts = {column: row[column].strip() for column in COLUMNS}
    for column, text in texts.items():
        if hidden := hidden_in(text):
            mistakes.append(_mistake(path, line, column, hidden, "plain text"))
            return None
    date, value = _date(texts["quarter_end"]), _number(texts["value"])
    if date is None:
        found = texts["quarter_end"] or "nothing"
        mistakes.append(
            _mistake(path, line, "quarter_end", found, "a quarter's last day such as 2025-06-30")
        )
    if value is None:
        mistakes.append(_mistake(path, line, "value", texts["value"] or "nothing", "a number"))
    if not texts["metric"]:
        mistakes.append(_mistake(path, line, "metric", "nothing", "the name of a metric"))
    unit = texts["unit"]
    if unit not in SCALES:
        mistakes.append(_mistake(path, line, "unit", unit or "nothing", ", ".join(SCALES)))
    if date is None or value is None or not texts["metric"] or unit not in SCALES:
        return None
    kind = "MW" if unit == "MW" else "USD"
    return Actual(date, texts["metric"], value * SCALES[unit], kind, texts["source"])


def _date(text: str) -> dt.date | None:
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return date if (date.month, date.day) in ENDS else None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _mistake(file: Path, line: int, key: str, found: str, expected: str) -> Mistake:
    return Mistake(shown_path(file), line, min(line, 1), key, shortened(found), expected)
