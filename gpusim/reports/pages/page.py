"""The HTML page: one file that opens offline, prints, and has a table under every picture."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, NamedTuple

import jinja2
import numpy as np
import polars as pl

from gpusim.reports.layout import Format, counted
from gpusim.reports.pages import headline
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.reading import after_the_end, formats, largest_of, periods_of
from gpusim.results.drawn.sets import DRAWN
from gpusim.results.stored.opened import Opened

TEMPLATE = "page.html.j2"


class Cell(NamedTuple):
    """A cell of a table."""

    text: str
    numeric: bool = True


class Table(NamedTuple):
    """A table in words: heads with units, then rows."""

    heads: list[Cell]
    rows: list[list[Cell]]


class Shown(NamedTuple):
    """A figure as the template takes it."""

    figure: Figure
    picture: str  # a data URI; empty: none
    table: Table


def of_run(run: Opened, figures: Sequence[Figure]) -> str:
    """The page of a run."""
    manifest = run.manifest
    return render(
        title=f"{manifest['model']}: {manifest['title']}",
        facts=provenance(manifest),
        changes=headline.changes(manifest),
        answer=headline.answer(run),
        tiles=headline.tiles(run),
        figures=[shown(figure) for figure in figures],
        statements=statements(run),
        means=means(run),
        ended=after_the_end(run, periods_of(run)),
        assumed=shown(headline.sources(run)),
        provenance=headline.provenance(run),
        manifest=manifest,
    )


def of_design(run: Opened, title: str, answer: str, figures: Sequence[Figure]) -> str:
    """The page of a comparison or a sweep."""
    return render(
        title=title,
        facts=provenance(run.manifest),
        changes=headline.changes(run.manifest),
        answer=answer,
        tiles=[],
        figures=[shown(figure) for figure in figures],
        statements=None,
        assumed=shown(headline.sources(run)) if run.has("sources") else None,
        provenance=headline.provenance(run) if run.has("sources") else [],
        manifest=run.manifest,
    )


def render(template: str = TEMPLATE, **parts: Any) -> str:
    """A template of this folder, filled; nothing that a part holds is read as tags."""
    loader = jinja2.PackageLoader("gpusim.reports", "pages")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["counted"] = counted
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}
    return environment.get_template(template).render(**parts)


def provenance(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """What was run, in pairs; what a manifest does not say is left out."""
    told = [
        ("as of", manifest.get("as_of")),
        ("quarters", manifest.get("quarters")),
        ("replications", manifest.get("replications")),
        ("inputs", "drawn" if manifest.get("inputs") == DRAWN else None),
        ("seed", manifest.get("seed")),
        ("engine", manifest.get("engine")),
        ("written", manifest.get("written")),
        ("status", manifest.get("status")),
        ("gpusim", (manifest.get("versions") or {}).get("gpusim")),
    ]
    return [(name, str(value)) for name, value in told if value not in (None, "not installed")]


def shown(figure: Figure) -> Shown:
    """A figure with its picture inside it."""
    picture = ""
    if figure.draw is not None:
        picture = "data:image/svg+xml;base64," + base64.b64encode(figure.svg()).decode("ascii")
    return Shown(figure, picture, table_of(figure))


def table_of(figure: Figure) -> Table:
    """A figure's table in words."""
    heads, columns = [], []
    for name in figure.table.columns:
        unit = figure.units.get(name)
        series = figure.table[name]
        heads.append(Cell(f"{name} [{unit}]" if unit else name, unit is not None))
        columns.append([Cell(text, unit is not None) for text in texts(series, unit)])
    return Table(heads, [list(row) for row in zip(*columns, strict=True)])


def texts(series: pl.Series, unit: str | None) -> list[str]:
    """A column in words; what is undefined is a dash, zero of a figure is 0."""
    if unit is None:
        return ["" if value is None else str(value) for value in series]
    values = series.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    show = formats(unit, largest_of(values))
    return [show(float(value)) or "0" for value in values]


def statements(run: Opened) -> Table:
    """The statements: quarters as columns, negatives in brackets, blank for zero."""
    periods = periods_of(run)
    rows = []
    for line in headline.statements(run):
        show = formats(line.unit, largest_of(line.figures["p50"]))
        rows.append(
            [
                Cell(f"{line.label} [{line.unit}]", numeric=False),
                *(Cell(text) for text in banded(line, show)),
            ]
        )
    return Table([Cell("median; 10-90%", numeric=False), *(Cell(p) for p in periods)], rows)


def means(run: Opened) -> Table:
    """The income statement in means, which add up: quarters as columns."""
    rows = []
    for line in headline.statements(run):
        if line.adds_up:
            show = formats(line.unit, largest_of(line.figures["mean"]))
            cells = [Cell(show(float(figure))) for figure in line.figures["mean"]]
            rows.append([Cell(f"{line.label} [{line.unit}]", numeric=False), *cells])
    return Table([Cell("mean", numeric=False), *(Cell(p) for p in periods_of(run))], rows)


def banded(line: headline.Statement, show: Format) -> list[str]:
    """Each period's median and, on a second line, its band where it has width."""
    cells = []
    for low, middle, high in zip(*(line.figures[p] for p in headline.BAND), strict=True):
        text = show(float(middle))
        ends = (show(float(low)) or "0", show(float(high)) or "0")
        if np.isfinite(middle) and ends[0] != ends[1]:
            text += f"\n{ends[0]} - {ends[1]}"
        cells.append(text)
    return cells
