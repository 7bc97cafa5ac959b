"""What `gpusim units --by-year` prints: a contract's cash, owner's and lender's side, by year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from rich.table import Table
from rich.text import Text

from gpusim.appraisal.sides.by_year import RELET, CashYear
from gpusim.appraisal.sides.lender import LenderYear
from gpusim.appraisal.unit_economics import Units
from gpusim.appraisal.unit_figures import Row
from gpusim.reports.layout import MILLION, money_decimals, number, percent

SHOWN: Final = ("contract", "total", "on-demand")
EARNED: Final = (
    ("rent", "rent_price"),
    ("revenue", "revenue"),
    ("power", "power"),
    ("site", "site_rent"),
    ("staff", "staff"),
    ("overhead", "overhead"),
    ("EBITDA", "ebitda"),
)
OWNED: Final = (
    ("EBITDA", "ebitda"),
    ("prepaid", "net_prepaid"),
    ("capex", "capex"),
    ("sale", "residual"),
    ("before\ndebt", "unlevered"),
    ("drawn", "drawn"),
    ("debt\nservice", "service"),
    ("reserve", "reserve"),
    ("equity\ncash", "levered"),
)
LENT: Final = (
    "owed",
    "book\nvalue",
    "LTV",
    "resale\nvalue",
    "worth\nre-let",
    "recovered\nat book",
    "sold",
    "re-let",
)


def tables_of(units: Units) -> Iterator[Table]:
    """Two or three tables a contract, for the total and for GPUs on demand."""
    for row in units.rows:
        if row.kind not in SHOWN:
            continue
        scale = _scale(row)
        unit = "USD m" if scale == MILLION else "USD"
        yield _cash(f"{row.name}: earned by year, {unit}, rent in USD/GPU-hour", row, EARNED, scale)
        yield _cash(f"{row.name}: cash by year, {unit}", row, OWNED, scale)
        if row.lender:
            yield _lender(row, scale)


def _scale(row: Row) -> float:
    """Millions, or single dollars where a row is about a few GPUs."""
    most = max((abs(year.revenue) for year in row.years), default=0.0)
    return MILLION if most >= MILLION else 1.0


def _cash(title: str, row: Row, columns: tuple[tuple[str, str], ...], scale: float) -> Table:
    table = _blank(title, [head for head, _ in columns])
    largest = np.array([max(abs(year.unlevered), abs(year.revenue)) for year in row.years])
    decimals = money_decimals(largest) if scale == MILLION else 0
    for year in row.years:
        cells = [_cell(year, name, scale, decimals) for _, name in columns]
        table.add_row(_year_name(year), *cells)
    return table


def _year_name(year: CashYear) -> Text:
    """What a line is called; month 0 is the start."""
    name = "start" if year.year == 0 else f"year {year.year}"
    return Text(f"{name}, re-let" if year.part == RELET else name)


def _cell(year: CashYear, name: str, scale: float, decimals: int) -> Text:
    if name == "rent_price":
        return Text("" if year.rent_price is None else number(2)(year.rent_price))
    sums = {
        "service": year.interest + year.principal + year.balloon,
        "net_prepaid": year.prepaid - year.credited,
    }
    amount = sums[name] if name in sums else getattr(year, name)
    return Text(number(decimals)(amount / scale))


def _lender(row: Row, scale: float) -> Table:
    unit = "USD m" if scale == MILLION else "USD"
    title = f"{row.name}: its lenders if the contract ended with the year, {unit}"
    table = _blank(title, LENT)
    for year in row.lender:
        table.add_row(f"year {year.year}", *_lent(year, scale))
    return table


def _lent(year: LenderYear, scale: float) -> list[Text]:
    decimals = 1 if scale == MILLION else 0
    amounts = (year.owed, year.book, year.resale, year.relet)
    owed, book, resale, relet = (
        "-" if amount is None else number(decimals)(amount / scale) or "0" for amount in amounts
    )
    ratios = (year.ltv, year.recovered_book, year.recovered_resale, year.recovered_relet)
    of_nothing = year.ltv is None and year.owed > 0  # owed on hardware that is written off
    ltv, *recovered = ("-" if one is None else percent(one) or "0" for one in ratios)
    ltv = "∞" if of_nothing else ltv
    return [Text(text) for text in (owed, book, ltv, resale, relet, *recovered)]


def _blank(title: str, heads: tuple[str, ...] | list[str]) -> Table:
    table = Table(box=None, title=title, title_justify="left", title_style="bold")
    table.padding = (0, 2, 0, 0)
    table.add_column("", no_wrap=True)
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    return table
