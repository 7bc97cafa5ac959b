"""What `gpusim units` prints: unit economics as tables, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gpusim.appraisal.returns import Figure
from gpusim.appraisal.unit_economics import Units
from gpusim.appraisal.unit_figures import UNITS, Row
from gpusim.reports.layout import MILLION, number, percent

TIMING: Final = (
    "hardware paid, prepayment and loan received in month 0; then the term, cash at month ends, "
    "8,760 hours a year; nothing late, no income tax; rates from monthly cash, compounded to a year"
)
TOLD: Final = ("contract", "on-demand", "total")
Show = Callable[[float], str]
Column = tuple[str, str, Show]


def _millions(figure: float) -> str:
    return number(1)(figure / MILLION)


PRICE: Final = number(2)
CHAIN: Final[tuple[Column, ...]] = (
    ("rent", "rent_price", PRICE),
    ("capital", "capital_recovery", PRICE),
    ("power", "power_cost", PRICE),
    ("site", "site_rent", PRICE),
    ("staff", "staff_cost", PRICE),
    ("overhead", "overhead_cost", PRICE),
    ("interest", "interest_cost", PRICE),
    ("margin", "margin", PRICE),
)
RETURNS: Final[tuple[Column, ...]] = (
    ("IRR", "irr_unlevered", percent),
    ("year-end IRR", "irr_year_end", percent),
    ("levered IRR", "irr_levered", percent),
    ("multiple a year", "annualised_multiple", percent),
    ("payback, years", "payback_years", number(2)),
    ("payback before power", "payback_before_power_years", number(2)),
    ("lowest DSCR", "dscr_lowest", number(3)),
    ("lowest before rent", "dscr_lowest_before_rent", number(3)),
)
BREAK_EVEN: Final[tuple[Column, ...]] = (
    ("returns capital", "price_return_of_capital", number(3)),
    ("at hurdle", "price_at_hurdle", number(3)),
    ("DSCR 1", "price_at_dscr_one", number(3)),
    ("DSCR 1 before rent", "price_at_dscr_one_before_rent", number(3)),
    ("covenant", "price_at_covenant", number(3)),
    ("covenant before rent", "price_at_covenant_before_rent", number(3)),
)
PER_MW: Final[tuple[Column, ...]] = (
    ("capital", "capital_per_mw", _millions),
    ("revenue", "revenue_per_mw_year", _millions),
    ("EBITDA", "ebitda_per_mw_year", _millions),
    ("return on capital", "return_on_capital", percent),
    ("revenue at no return", "revenue_per_mw_year_at_zero_return", _millions),
    ("at hurdle return", "revenue_per_mw_year_at_hurdle_return", _millions),
)


def show(units: Units, console: Console) -> None:
    """Print all tables, then what is not defined and why."""
    model = units.scenario.model
    console.print(Text(f"{units.scenario.name}: {model.title}", style="bold"))
    console.print(Text(f"as of {model.as_of}; planned path: {TIMING}"), soft_wrap=True)
    end = "what the books then carry"
    if units.residual is not None:
        end = f"{units.residual:.0%} of its cost"
    console.print(Text(f"hardware is worth {end} at the end of a term"))
    console.print(Text(str(units.explained)), soft_wrap=True)
    console.print()
    deals = [row for row in units.rows if row.kind != "site"]
    for title, rows, columns in (
        ("USD per billed GPU-hour", deals, CHAIN),
        ("Returns", deals, RETURNS),
        (f"Break-even rent, USD per GPU-hour; hurdle {units.hurdle:.1%}", deals, BREAK_EVEN),
        (f"Per MW of critical IT, USD m; hurdle {units.hurdle:.1%}", units.rows, PER_MW),
    ):
        console.print(_table(title, rows, columns))
        console.print()
    for line in remarks(units):
        console.print(Text(line), soft_wrap=True)


def remarks(units: Units) -> Iterator[str]:
    """Notes, and the reason of every figure that is not defined, each told once.

    Of contracts, GPUs on demand and the total: generations and sites are sums of the same lots.
    """
    rows = [row for row in units.rows if row.kind in TOLD]
    told: dict[str, dict[str, None]] = {}
    for row in rows:
        for note in row.notes:
            told.setdefault(note, {})[label(row)] = None
    for row in rows:
        for figure in row.figures.values():
            if figure.value is None:
                told.setdefault(f"- {figure.reason}", {})[label(row)] = None
    for text, names in told.items():
        yield f"{text}: {', '.join(names)}"


def label(row: Row) -> str:
    """A row's name with its kind."""
    kinds = {"generation": " (all contracts)", "on-demand": " (on demand)", "site": " (site)"}
    return row.name + kinds.get(row.kind, "")


def text(units: Units) -> str:
    """All rows and figures as JSON; an undefined figure is null with its reason."""
    return json.dumps(
        {
            "model": units.scenario.name,
            "as_of": units.scenario.model.as_of.isoformat(),
            "assumed_share": units.explained.assumed_share,
            "explained": units.explained._asdict(),
            "timing": TIMING,
            "hurdle": units.hurdle,
            "residual_share": units.residual,
            "figures": {name: {"unit": u, "meaning": m} for name, (u, m) in UNITS.items()},
            "rows": [_plain(row) for row in units.rows],
        },
        allow_nan=False,
    )


def _plain(row: Row) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "name": row.name,
        "gpus": row.gpus,
        "mw": row.mw,
        "term_years": row.term_years,
        "figures": {name: figure._asdict() for name, figure in row.figures.items()},
        "dscr": [year._asdict() for year in row.dscr],
        "dscr_before_rent": [year._asdict() for year in row.dscr_before_rent],
        "irr_roots": row.irr_roots,
        "notes": list(row.notes),
    }


def _table(title: str, rows: list[Row], columns: tuple[Column, ...]) -> Table:
    table = Table(box=None, title=title, title_justify="left", title_style="bold")
    table.padding = (0, 2, 0, 0)
    table.add_column("", overflow="fold")
    table.add_column("GPUs", justify="right", no_wrap=True)
    table.add_column("years", justify="right", no_wrap=True)
    for head, _, _ in columns:
        table.add_column(head, justify="right")
    for row in rows:
        cells = [_cell(row.figures[name], form) for _, name, form in columns]
        style = "bold" if row.kind == "total" else ""
        table.add_row(
            Text(label(row)), f"{row.gpus:,}", number(1)(row.term_years), *cells, style=style
        )
    return table


def _cell(figure: Figure, form: Show) -> Text:
    return Text("-" if figure.value is None else form(figure.value) or "0")
