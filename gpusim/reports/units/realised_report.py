"""What `gpusim units RUN` prints: the realised unit economics of a run folder."""

from __future__ import annotations

import json
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gpusim.appraisal.realised import NO_HARDWARE, UNRESERVED
from gpusim.appraisal.returns import Figure
from gpusim.reports.layout import MILLION, counted, number, percent
from gpusim.results.replications.realised_units import CHAIN, Realised

LABELS: Final = {
    "revenue": "rent",
    "rent": "site",
    "depreciation": "deprec.",
    "impairment": "impaired",
    "disposal_gain": "disposals",
}
TIMING: Final = (
    "means over replications; returns from cash on its own days, what is owned and owed at the "
    "as-of day and at the end at its book value, no loans, no income tax"
)
TOTAL: Final = "total"
OPENING: Final = "opening"
"""The vintage of what was signed by the as-of day; later ones are cohorts of their own already."""


def show(manifest: dict[str, Any], rows: list[Realised], console: Console) -> None:
    """Print two tables, then what is not defined and why."""
    console.print(Text(f"{manifest['model']}: {manifest['title']}", style="bold"))
    count = counted(manifest["replications"], "replication")
    told = f"as of {manifest['as_of']}, {counted(manifest['quarters'], 'quarter')}, {count}, "
    console.print(Text(f"{told}seed {manifest['seed']}; realised: {TIMING}"), soft_wrap=True)
    console.print()
    rows = [row for row in rows if row.noun != "vintage" or row.name == OPENING]
    console.print(_chain(rows))
    console.print()
    console.print(_returns(rows))
    console.print()
    for text, names in _remarks(rows).items():
        console.print(Text(f"{text}: {', '.join(names)}"), soft_wrap=True)


def text(manifest: dict[str, Any], rows: list[Realised]) -> str:
    """All rows as JSON; an undefined figure is null with its reason."""
    head = {key: manifest[key] for key in ("model", "as_of", "quarters", "seed", "replications")}
    return json.dumps(head | {"timing": TIMING, "rows": [_plain(r) for r in rows]}, allow_nan=False)


def _plain(row: Realised) -> dict[str, Any]:
    return {
        name: value._asdict()
        if isinstance(value, Figure)
        else {key: figure._asdict() for key, figure in value.items()}
        if isinstance(value, dict)
        else value
        for name, value in row._asdict().items()
    }


def _chain(rows: list[Realised]) -> Table:
    table = _blank("USD per billed GPU-hour")
    heads = [*CHAIN, "margin"]
    for head in heads:
        table.add_column(LABELS.get(head, head), justify="right")
    table.add_column("billed", justify="right")
    for row in rows:
        cells = [_cell(row.chain[head], number(2)) for head in heads]
        _add(table, row, [*cells, _cell(row.utilisation, percent)])
    return table


def _returns(rows: list[Realised]) -> Table:
    table = _blank("Per MW of critical IT, USD m, and returns")
    for head in ("revenue a year", "margin a year", "book value", "IRR", "payback, years"):
        table.add_column(head, justify="right")
    for row in rows:
        money = [
            _cell(figure, lambda usd: number(1)(usd / MILLION))
            for figure in (row.revenue_per_mw_year, row.margin_per_mw_year, row.capital_per_mw)
        ]
        judged = [_cell(row.irr, percent), _cell(row.payback_years, number(2))]
        _add(table, row, [*money, *judged])
    return table


def _blank(title: str) -> Table:
    table = Table(box=None, title=title, title_justify="left", title_style="bold")
    table.padding = (0, 2, 0, 0)
    table.add_column("", overflow="fold")
    table.add_column("GPUs", justify="right", no_wrap=True)
    return table


def _add(table: Table, row: Realised, cells: list[Text]) -> None:
    style = "bold" if row.noun == TOTAL else ""
    gpus = "" if row.name == UNRESERVED[NO_HARDWARE] else f"{row.gpus:,.0f}"
    table.add_row(Text(label(row)), gpus, *cells, style=style)


def label(row: Realised) -> str:
    """A row's name with its noun."""
    if row.name == UNRESERVED[NO_HARDWARE]:
        return "before any is in service"
    nouns = {"generation": " (all of it)", "vintage": " (signed)"}
    return row.name + nouns.get(row.noun, "")


def _remarks(rows: list[Realised]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for row in rows:
        for note in row.notes:
            told.setdefault(note, []).append(label(row))
        figures = {"IRR": row.irr, "payback": row.payback_years, "per hour": row.chain["margin"]}
        for name, figure in figures.items():
            if figure.value is None:
                told.setdefault(f"- {name}: {figure.reason}", []).append(label(row))
    return told


def _cell(figure: Figure, form: Any) -> Text:
    return Text("-" if figure.value is None else form(figure.value) or "0")
