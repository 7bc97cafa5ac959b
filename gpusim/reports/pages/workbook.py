"""The tables of a page as a workbook: the same names and units, figures as numbers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import polars as pl
import xlsxwriter

from gpusim.reports.pages import headline
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.reading import COUNT, MW, POINTS, RATIO, SHARE, USD_M, periods_of
from gpusim.results.stored.opened import Opened

NUMBER_FORMATS: Final = {
    USD_M: "#,##0.0;(#,##0.0);0.0",
    SHARE: "0.0%",
    RATIO: "0.00",
    POINTS: "0.0;(0.0)",
    MW: "#,##0.0",
    COUNT: "#,##0",
}
LONGEST_SHEET_NAME: Final = 31
WIDEST: Final = 60


def workbook(run: Opened, figures: Sequence[Figure]) -> bytes:
    """The bytes of a workbook: what was run, a sheet a figure, the statements, every source."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"nan_inf_to_errors": False, "in_memory": True}) as book:
        _about(book, run)
        for figure in figures:
            _sheet(book, figure.key, figure.table, figure.units, figure.title)
        if run.has("summary") and run.has("outcomes"):
            _sheet(book, "statements", *_statements(run), "Statements: mean, median and 80% band")
        if run.has("sources"):
            assumed = headline.sources(run)
            _sheet(book, assumed.key, assumed.table, assumed.units, assumed.title)
            rows = run.table("sources")
            _sheet(book, "sources", rows, {}, "Every number with its source or assumption")
    return stream.getvalue()


def _about(book: Any, run: Opened) -> None:
    sheet = book.add_worksheet("about")
    bold = book.add_format({"bold": True})
    rows = [(name, value) for name, value in run.manifest.items() if not isinstance(value, dict)]
    if run.has("backlog_to_cash"):
        rows += [(tile.label, f"{tile.value}; {tile.detail}") for tile in headline.tiles(run)]
    for place, (name, value) in enumerate(rows):
        sheet.write_string(place, 0, str(name), bold)
        text = " ".join(map(str, value)) if isinstance(value, list) else value
        if isinstance(text, int | float) and not isinstance(text, bool):
            sheet.write_number(place, 1, text)
        else:
            sheet.write_string(place, 1, "" if text is None else str(text))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, WIDEST)


def _sheet(book: Any, key: str, table: pl.DataFrame, units: Any, title: str) -> None:
    sheet = book.add_worksheet(key[:LONGEST_SHEET_NAME])
    bold = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 12}))
    for column, name in enumerate(table.columns):
        unit = units.get(name)
        head = f"{name} [{unit}]" if unit else name
        form = book.add_format({"num_format": NUMBER_FORMATS.get(unit, "General")})
        sheet.write_string(1, column, head, bold)
        longest = len(head) / 2
        for row, value in enumerate(table[name], start=2):
            longest = max(longest, _write(sheet, row, column, value, form))
        sheet.set_column(column, column, min(max(10, longest + 2), WIDEST))
    sheet.freeze_panes(2, 1)


def _write(sheet: Any, row: int, column: int, value: object, form: Any) -> int:
    """One cell; returns its length. What is undefined stays empty."""
    if value is None or value != value:
        return 0
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, value, form)
        return 9
    sheet.write_string(row, column, str(value))
    return len(str(value))


def _statements(run: Opened) -> tuple[pl.DataFrame, dict[str, str]]:
    table: dict[str, Any] = {"period": periods_of(run)}
    units = {}
    for line in headline.statements(run):
        for band in headline.FIGURES:
            name = f"{line.label}, {band}"
            table[name] = line.figures[band]
            units[name] = line.unit
    return pl.DataFrame(table), units
