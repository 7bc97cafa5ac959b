"""What `gpusim units RUN` prints: the realised unit economics of a run folder."""

from __future__ import annotations

import json
from typing import Any, Final

from rich.console import Console, Group
from rich.text import Text

from gpusim.appraisal.realised import NO_HARDWARE, UNRESERVED
from gpusim.appraisal.returns import Figure
from gpusim.reports.layout import (
    MILLION,
    Cells,
    Format,
    blocked,
    broken,
    counted,
    number,
    percent,
    titled,
)
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
    """Print two tables, then what is not defined and why; of hours only where some are billed."""
    console.print(Text(f"{manifest['model']}: {manifest['title']}", style="bold"))
    count = counted(manifest["replications"], "replication")
    told = f"as of {manifest['as_of']}, {counted(manifest['quarters'], 'quarter')}, {count}, "
    width = console.width
    console.print(broken(f"{told}seed {manifest['seed']}; realised: {TIMING}", width))
    console.print()
    rows = [row for row in rows if row.noun != "vintage" or row.name == OPENING]
    if any(row.chain["margin"].value is not None for row in rows):
        console.print(_chain(rows, width))
        console.print()
    console.print(_returns(rows, width))
    console.print()
    for text, names in _remarks(rows).items():
        console.print(broken(f"{text}: {', '.join(names)}", width))


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


def _chain(rows: list[Realised], width: int) -> Group:
    columns = [
        Cells(LABELS.get(head, head), [_cell(row.chain[head], number(2)) for row in rows])
        for head in (*CHAIN, "margin")
    ]
    billed = Cells("billed", [_cell(row.utilisation, percent) for row in rows])
    return _table("USD per billed GPU-hour", rows, [*columns, billed], width)


def _returns(rows: list[Realised], width: int) -> Group:
    heads = ("revenue a year", "margin a year", "book value", "IRR", "payback, years")
    cells = [
        [
            *map(_millions, (row.revenue_per_mw_year, row.margin_per_mw_year, row.capital_per_mw)),
            _cell(row.irr, percent),
            _cell(row.payback_years, number(2)),
        ]
        for row in rows
    ]
    (columns,) = blocked([heads], cells)
    return _table("Per MW of critical IT, USD m, and returns", rows, columns, width)


def _table(title: str, rows: list[Realised], columns: list[Cells], width: int) -> Group:
    """A row a row, with how many GPUs it is about, if any is about some."""
    gpus = ["" if row.name == UNRESERVED[NO_HARDWARE] else f"{row.gpus:,.0f}" for row in rows]
    strong = [n for n, row in enumerate(rows) if row.noun == TOTAL]
    labels = Cells("", [label(row) for row in rows], right=False)
    size = [Cells("GPUs", gpus)] if any(row.gpus for row in rows) else []
    return titled(title, labels, [*size, *columns], width, strong)


def label(row: Realised) -> str:
    """A row's name with its noun."""
    if row.name == UNRESERVED[NO_HARDWARE]:
        return "before any is in service"
    nouns = {"generation": " (all of it)", "vintage": " (signed)"}
    return row.name + nouns.get(row.noun, "")


def _remarks(rows: list[Realised]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    hours = any(row.chain["margin"].value is not None for row in rows)
    for row in rows:
        for note in row.notes:
            told.setdefault(note, []).append(label(row))
        figures = {"IRR": row.irr, "payback": row.payback_years}
        if hours:
            figures["per hour"] = row.chain["margin"]
        for name, figure in figures.items():
            if figure.value is None:
                told.setdefault(f"- {name}: {figure.reason}", []).append(label(row))
    return told


def _cell(figure: Figure, form: Format) -> str:
    return "-" if figure.value is None else form(figure.value) or "0"


def _millions(figure: Figure) -> str:
    return _cell(figure, lambda usd: number(1)(usd / MILLION))
