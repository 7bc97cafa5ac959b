"""What `gpusim units --by-year` prints: a contract's cash, owner's and lender's side, by year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from rich.console import Group

from gpusim.appraisal.let_power import letting
from gpusim.appraisal.let_power.kw_figures import LetRow
from gpusim.appraisal.sides.by_year import RELET, CashYear
from gpusim.appraisal.sides.lender import LenderYear
from gpusim.appraisal.unit_economics import Units
from gpusim.appraisal.unit_figures import Row
from gpusim.reports.layout import MILLION, Cells, money_decimals, number, percent, titled

SHOWN: Final = ("contract", "total", "order", "on-demand")
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
LET: Final = (
    ("billed", "revenue"),
    ("power", "power"),
    ("site\nrent", "site_rent"),
    ("staff,\nother", "staff"),
    ("overhead", "overhead"),
    ("EBITDA", "ebitda"),
)
LET_SHOWN: Final = (letting.TENANT, letting.TOTAL[0])
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


def tables_of(units: Units, width: int) -> Iterator[Group]:
    """Two or three tables a contract, for the total and for GPUs on demand; two a tenant.

    width: of the screen [characters].
    """
    for row in units.rows:
        if row.kind not in SHOWN:
            continue
        scale = _scale(row)
        unit = "USD m" if scale == MILLION else "USD"
        earned = f"{row.name}: earned by year, {unit}, rent in USD/GPU-hour"
        yield _cash(earned, row, EARNED, scale, width)
        yield _cash(f"{row.name}: cash by year, {unit}", row, OWNED, scale, width)
        if row.lender:
            yield _lender(row, scale, width)
    for let in units.let:
        if let.kind in LET_SHOWN:
            scale = _scale(let)
            unit = "USD m" if scale == MILLION else "USD"
            yield _cash(f"{let.name}: earned by year, {unit}", let, LET, scale, width)
            yield _cash(f"{let.name}: cash by year, {unit}", let, OWNED, scale, width)


def _scale(row: Row | LetRow) -> float:
    """Millions, or single dollars where a row is about a few GPUs."""
    most = max((abs(year.revenue) for year in row.years), default=0.0)
    return MILLION if most >= MILLION else 1.0


def _cash(
    title: str, row: Row | LetRow, columns: tuple[tuple[str, str], ...], scale: float, width: int
) -> Group:
    largest = np.array([max(abs(year.unlevered), abs(year.revenue)) for year in row.years])
    decimals = money_decimals(largest) if scale == MILLION else 0
    cells = [
        Cells(head, [_cell(year, name, scale, decimals) for year in row.years])
        for head, name in columns
    ]
    years = Cells("", [_year_name(year) for year in row.years], right=False)
    return titled(title, years, cells, width)


def _year_name(year: CashYear) -> str:
    """What a line is called; month 0 is the start."""
    name = "start" if year.year == 0 else f"year {year.year}"
    return f"{name}, re-let" if year.part == RELET else name


def _cell(year: CashYear, name: str, scale: float, decimals: int) -> str:
    if name == "rent_price":
        return "" if year.rent_price is None else number(2)(year.rent_price)
    sums = {
        "service": year.interest + year.principal + year.balloon,
        "net_prepaid": year.prepaid - year.credited,
    }
    amount = sums[name] if name in sums else getattr(year, name)
    return number(decimals)(amount / scale)


def _lender(row: Row, scale: float, width: int) -> Group:
    unit = "USD m" if scale == MILLION else "USD"
    title = f"{row.name}: its lenders if the contract ended with the year, {unit}"
    columns = zip(*(_lent(year, scale) for year in row.lender), strict=True)
    cells = [Cells(head, column) for head, column in zip(LENT, columns, strict=True)]
    years = Cells("", [f"year {year.year}" for year in row.lender], right=False)
    return titled(title, years, cells, width)


def _lent(year: LenderYear, scale: float) -> list[str]:
    decimals = 1 if scale == MILLION else 0
    amounts = (year.owed, year.book, year.resale, year.relet)
    owed, book, resale, relet = (
        "-" if amount is None else number(decimals)(amount / scale) or "0" for amount in amounts
    )
    ratios = (year.ltv, year.recovered_book, year.recovered_resale, year.recovered_relet)
    of_nothing = year.ltv is None and year.owed > 0  # owed on hardware that is written off
    ltv, *recovered = ("-" if one is None else percent(one) or "0" for one in ratios)
    ltv = "∞" if of_nothing else ltv
    return [owed, book, ltv, resale, relet, *recovered]
