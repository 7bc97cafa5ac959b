"""`gpusim models catalogue`: what models may name instead of writing it out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gpusim.cli.errors import guarded
from gpusim.cli.options import SCREEN_WIDTH, AsJson, Traceback, console, table

if TYPE_CHECKING:
    from gpusim.scenario.reading.catalogue import Catalogue
    from gpusim.scenario.starting.catalogued import Catalogued

COLUMNS: Final = {
    "gpus": (
        ("it_kw_per_gpu", "kW"),
        ("capex_usd_per_gpu", "USD"),
        ("on_demand_usd_per_gpu_hour", "USD/h"),
        ("book_life_years", "book life"),
        ("economic_life_years", "used for"),
        ("lead.planned_days", "lead days"),
    ),
    "sites": (
        ("kind", "kind"),
        ("pue", "PUE"),
        ("tariff_usd_per_kwh", "USD/kWh"),
        ("rent_usd_per_kw_month", "USD/kW-month"),
        ("lease_years", "lease years"),
    ),
    "debt": (
        ("kind", "kind"),
        ("base", "base"),
        ("margin", "margin"),
        ("advance_rate", "advance"),
        ("amortisation.months", "months"),
    ),
    "overheads": (
        ("line", "line"),
        ("monthly_usd", "USD/month"),
        ("revenue_share", "of revenue"),
    ),
}
"""Keys that the list of a noun's entries shows, and their heads."""
TITLES: Final = {
    "gpus": "GPU generations, a GPU: all-in price, critical IT power with network and storage",
    "sites": "Site classes by region",
    "debt": "Loan classes by whose contract pays them back",
    "overheads": "Cost classes",
}


def catalogue(
    entry: Annotated[
        str | None, typer.Argument(help="All of one entry, as gpus.GB200 or GB200.")
    ] = None,
    version: Annotated[
        str | None, typer.Option("--catalogue", metavar="VERSION", help="Default: the newest.")
    ] = None,
    as_json: AsJson = False,
    show_traceback: Traceback = False,
) -> None:
    """List what a model may name: use = "catalogue", or "catalogue/NAME", in its tables."""
    with guarded(show_traceback=show_traceback):
        from gpusim.scenario.starting.catalogued import asked_for, values_of

        of = asked_for(version)
        rows = values_of(of, entry)
        if as_json:
            told = [row._asdict() for row in rows]
            print(json.dumps({"catalogue": of.version, "values": told}, default=str))
        elif entry is not None:
            _whole(rows)
        else:
            _all(of, rows)


def _whole(rows: list[Catalogued]) -> None:
    """Every value of an entry with its source, or its range and reason."""
    lines = [
        (
            row.key,
            _plain(row.value),
            row.unit,
            "" if row.low is None else f"{_plain(row.low)} to {_plain(row.high)}",
            f"{row.text} (as of {row.as_of})" if row.as_of else row.text,
        )
        for row in rows
    ]
    table(("key", "value", "unit", "range", "source, or reason with a range"), lines)


HOW_ONE: Final = "All of one, with sources and ranges: gpusim models catalogue gpus.GB200"


def _all(of: Catalogue, rows: list[Catalogued]) -> None:
    """A table for each noun."""
    from gpusim.reports.layout import broken

    head = of.tree.values["catalogue"]
    shown = console(SCREEN_WIDTH, as_asked=True)
    title = f"catalogue {of.version}, as of {head['as_of']}: {head['title']}"
    shown.print(broken(title, shown.width))
    released = of.released
    for noun, columns in COLUMNS.items():
        names = dict.fromkeys(row.entry for row in rows if row.noun == noun)
        heads = ["name", *(text for _, text in columns), "sourced"]
        lines = []
        for name in names:
            own = [row for row in rows if (row.noun, row.entry) == (noun, name)]
            values = {row.key: _plain(row.value) for row in own}
            numbers = [row for row in own if row.kind]
            sourced = sum(row.kind == "source" for row in numbers)
            line = [name, *(values.get(key, "") for key, _ in columns)]
            line.append(f"{sourced} of {len(numbers)}")
            if noun == "gpus":
                line.append(str(released[name].date))
            lines.append(tuple(line))
        shown.print("", broken(TITLES[noun], shown.width), sep="\n")
        table((*heads, "released") if noun == "gpus" else tuple(heads), lines)
    shown.print("", broken(HOW_ONE, shown.width), sep="\n")


def _plain(value: object) -> str:
    """A number in figures, anything else as it is.

    >>> _plain(0.0862), _plain(54167), _plain("SOFR")
    ('0.0862', '54,167', 'SOFR')
    """
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)
